#include "portal/filing/follow.h"

#include <jansson.h>
#include <string.h>

#include "base/sys/log.h"
#include "base/text.h"
#include "base/time.h"

static enum mh_code
no_record(struct mh_err *err, const char *what)
{
    return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "record: %s", what);
}

/* A member that is a text; "" where it is none. */
static const char *
text_of(const json_t *j, const char *name)
{
    const char *text = json_string_value(json_object_get(j, name));

    return text == NULL ? "" : text;
}

static void
add_hash(struct pt_audit_row *row, const char *hex)
{
    if (row->hashes < PT_AUDIT_HASHES && strlen(hex) == (size_t)2 * PT_HASH &&
        mh_hex_decode(mh_span_str(hex), row->hash[row->hashes]))
        row->hashes++;
}

/* Which case it is of, where obj does not say: by the one that d names. */
static void
add_case(struct pt_audit_row *row, const json_t *data)
{
    static const char *const kinds[] = {"case", "filing", "act"};

    for (size_t i = 0; i < 3; i++)
        if (text_of(data, kinds[i])[0] != '\0') {
            (void)snprintf(row->case_id, sizeof(row->case_id), "%s:%.200s",
                kinds[i], text_of(data, kinds[i])); /* an id is 26 long */
            return;
        }
}

static bool
take(const json_t *j, const char *name, char *out)
{
    const char *text = text_of(j, name);

    if (strlen(text) > PT_AUDIT_TEXT)
        return false;
    memcpy(out, text, strlen(text) + 1);
    return true;
}

static enum mh_code
read_members(json_t *j, struct mh_err *err, struct pt_audit_row *out)
{
    json_t *data = json_object_get(j, "d");

    if (!json_is_integer(json_object_get(j, "n")) || !json_is_object(data))
        return no_record(err, "its members");
    out->n = json_integer_value(json_object_get(j, "n"));
    /* Whole seconds are enough to find it. */
    if (!mh_time_parse(mh_span_str(text_of(j, "t")), false, &out->at))
        return no_record(err, "its time");
    if (!take(j, "ev", out->ev) || !take(j, "who", out->who) ||
        !take(j, "obj", out->obj) || !take(j, "res", out->res))
        return no_record(err, "a text is too long");
    if (strncmp(out->obj, "doc:", 4) == 0)
        add_hash(out, out->obj + 4);
    for (void *it = json_object_iter(data); it != NULL;
         it = json_object_iter_next(data, it))
        if (json_is_string(json_object_iter_value(it)))
            add_hash(out, json_string_value(json_object_iter_value(it)));
    add_case(out, data);
    return MH_OK;
}

enum mh_code
pt_follow_row(
    struct mh_span record, struct mh_err *err, struct pt_audit_row *out)
{
    json_error_t why;
    json_t *j = json_loadb(
        (const char *)record.ptr, record.len, JSON_REJECT_DUPLICATES, &why);
    enum mh_code code;

    *out = (struct pt_audit_row){.n = 0};
    code = j == NULL ? no_record(err, "no JSON") : read_members(j, err, out);
    json_decref(j);
    return code;
}

enum mh_code
pt_follow_once(struct pt_store *store, struct pt_log_asker *ask,
    struct mh_err *err, bool *some)
{
    struct mh_keyd_records got = {.id = 0};
    struct pt_audit_row *row =
        mh_arena_array(ask->arena, PT_AUDIT_BATCH, sizeof(*row));
    struct mh_span record;
    int64_t next = 0;
    size_t rows = 0;
    enum mh_code code;

    *some = false;
    if (row == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "index: no memory");
    code = pt_store_audit_next(store, err, &next);
    if (code == MH_OK)
        code = pt_log_read(ask, (uint64_t)next, err, &got);
    if (code != MH_OK)
        return code;
    if (got.size < (uint64_t)next) {
        mh_log("index.forget", "rows=%lld records=%llu", (long long)next,
            (unsigned long long)got.size);
        *some = true;
        return pt_store_audit_forget(store, err);
    }
    while (code == MH_OK && rows < PT_AUDIT_BATCH &&
           pt_log_next(&got.bytes, &record))
        code = pt_follow_row(record, err, &row[rows++]);
    if (code == MH_OK)
        code = pt_store_audit_add(store, row, rows, err);
    *some = code == MH_OK && rows > 0;
    return code;
}
