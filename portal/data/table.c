#include "portal/data/table.h"

#include <string.h>

#include "base/text.h"
#include "base/time.h"

enum {
    DATE = 10, /* characters of YYYY-MM-DD */
};

const char *const pt_certainty_words[] = {
    [PT_CERTAIN_LAW] = "law",
    [PT_CERTAIN_PRESS] = "press",
    [PT_CERTAIN_UNVERIFIED] = "unverified",
    [PT_CERTAINTIES] = NULL,
};

enum mh_code
pt_table_wrong(const struct pt_table *t, const char *what)
{
    return mh_fail(t->err, MH_EFORMAT, MH_NO_OFFSET, "%s, line %zu: %s",
        t->what, t->line, what);
}

bool
pt_table_word(const char *const *words, struct mh_span s, unsigned *out)
{
    for (unsigned i = 0; words[i] != NULL; i++)
        if (mh_span_is(s, words[i])) {
            *out = i;
            return true;
        }
    return false;
}

bool
pt_table_number(struct mh_span s, int64_t max, bool optional, int64_t *out)
{
    *out = 0;
    if (mh_span_is(s, "-")) {
        *out = INT64_MAX;
        return optional;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9' || *out > max / 10)
            return false;
        *out = *out * 10 + (s.ptr[i] - '0');
    }
    return s.len > 0 && *out <= max;
}

bool
pt_table_day(struct mh_span s, bool optional, int64_t *out)
{
    char whole[DATE + sizeof("T00:00:00Z")];

    *out = INT64_MAX;
    if (mh_span_is(s, "-"))
        return optional;
    if (s.len != DATE)
        return false;
    memcpy(whole, s.ptr, DATE);
    memcpy(whole + DATE, "T00:00:00Z", sizeof("T00:00:00Z"));
    return mh_time_parse(mh_span_str(whole), false, out);
}

bool
pt_table_text(const struct pt_table *t, struct mh_span s, const char **out)
{
    *out = s.len > 0 && mh_utf8_valid(s) ? mh_arena_str(t->arena, s) : NULL;
    return *out != NULL;
}

/* What stands before the next `at`; false: s has ended. */
static bool
cut(struct mh_span *s, char at, struct mh_span *piece)
{
    const uint8_t *p;

    if (s->ptr == NULL)
        return false;
    p = s->len == 0 ? NULL : memchr(s->ptr, at, s->len);
    if (p == NULL) {
        *piece = *s;
        *s = (struct mh_span){0};
        return true;
    }
    *piece = (struct mh_span){s->ptr, (size_t)(p - s->ptr)};
    s->len -= piece->len + 1;
    s->ptr = p + 1;
    return true;
}

enum mh_code
pt_table_next(struct pt_table *t, bool *there)
{
    struct mh_span line;

    *there = false;
    while (cut(&t->left, '\n', &line)) {
        t->line++;
        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        for (t->fields = 0; t->fields < PT_TABLE_FIELDS; t->fields++)
            if (!cut(&line, '\t', &t->field[t->fields]))
                break;
        if (line.ptr != NULL)
            return pt_table_wrong(t, "too many fields");
        *there = true;
        return MH_OK;
    }
    return MH_OK;
}
