#include "portal/http/form.h"

#include <string.h>

#include "base/text.h"

bool
pt_form_decode(struct mh_span in, struct mh_arena *arena, const char **out)
{
    uint8_t *p = mh_arena_raw(arena, in.len + 1);
    size_t n = 0;

    if (p == NULL)
        return false;
    for (size_t i = 0; i < in.len; i++) {
        uint8_t c = in.ptr[i];

        if (c == '%') {
            struct mh_span two;

            if (!mh_span_sub(in, i + 1, 2, &two) || !mh_hex_decode(two, &c))
                return false;
            i += 2;
        } else if (c == '+') {
            c = ' ';
        } else if (c <= 0x20 || c >= 0x7f) {
            return false;
        }
        if (c == 0)
            return false;
        p[n++] = c;
    }
    p[n] = 0;
    *out = (const char *)p;
    return mh_utf8_valid((struct mh_span){p, n});
}

static enum mh_code
take(struct mh_span pair, struct mh_arena *arena, struct mh_err *err,
    struct pt_form *out)
{
    const uint8_t *eq = pair.len == 0 ? NULL : memchr(pair.ptr, '=', pair.len);
    size_t at = eq == NULL ? pair.len : (size_t)(eq - pair.ptr);
    struct mh_span name = {pair.ptr, at}, value = {0};
    struct pt_form_field *f = &out->field[out->fields];

    if (eq != NULL)
        value = (struct mh_span){eq + 1, pair.len - at - 1};
    if (name.len == 0)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "form: a field without a name");
    if (!pt_form_decode(name, arena, &f->name) ||
        !pt_form_decode(value, arena, &f->value))
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "form: a bad escape");
    if (pt_form_get(out, f->name) != NULL)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "form: a field twice");
    out->fields++;
    return MH_OK;
}

enum mh_code
pt_form_parse(struct mh_span in, struct mh_arena *arena, struct mh_err *err,
    struct pt_form *out)
{
    size_t at = 0;

    *out = (struct pt_form){0};
    if (in.len > PT_FORM_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "form: too long");
    out->field = mh_arena_array(arena, PT_FORM_FIELDS_MAX, sizeof(*out->field));
    if (out->field == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "form: no memory");
    while (at < in.len) {
        const uint8_t *amp = memchr(in.ptr + at, '&', in.len - at);
        size_t end = amp == NULL ? in.len : (size_t)(amp - in.ptr);
        enum mh_code code;

        if (out->fields == PT_FORM_FIELDS_MAX)
            return mh_fail(
                err, MH_ELIMIT, MH_NO_OFFSET, "form: too many fields");
        code = take((struct mh_span){in.ptr + at, end - at}, arena, err, out);
        if (code != MH_OK)
            return code;
        at = end + 1;
    }
    return MH_OK;
}

const char *
pt_form_get(const struct pt_form *form, const char *name)
{
    for (size_t i = 0; i < form->fields; i++)
        if (strcmp(form->field[i].name, name) == 0)
            return form->field[i].value;
    return NULL;
}

bool
pt_form_knows(const struct pt_form *form, const char *const *name, size_t names,
    const char **unknown)
{
    for (size_t i = 0; i < form->fields; i++) {
        bool known = false;

        for (size_t k = 0; k < names; k++)
            known = known || strcmp(form->field[i].name, name[k]) == 0;
        if (!known) {
            *unknown = form->field[i].name;
            return false;
        }
    }
    return true;
}
