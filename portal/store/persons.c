#include "portal/store/persons.h"

#include <string.h>

#include "portal/store/fold.h"
#include "portal/store/rows.h"

#define PERSON                                                                 \
    "SELECT a.id, a.username, a.fin, trim(a.surname || ' ' || a.name || ' '"   \
    " || a.patronymic), a.role, a.state, a.pending, a.created,"                \
    " (SELECT max(s.seen) FROM session s WHERE s.account = a.id)"              \
    " FROM account a"

struct reading {
    struct pt_person *item;
    size_t count, max;
    bool more;
};

static bool
take(void *ctx, struct pt_cursor *stmt)
{
    struct reading *r = ctx;
    struct pt_person *p;

    if (r->count == r->max) {
        r->more = true;
        return false;
    }
    p = &r->item[r->count++];
    *p = (struct pt_person){.id = pt_column_i64(stmt, 0),
        .role = (enum pt_role)pt_column_int(stmt, 4),
        .state = (enum pt_account_state)pt_column_int(stmt, 5),
        .pending = pt_column_int(stmt, 6) != 0,
        .created = pt_column_i64(stmt, 7),
        .seen = pt_column_time(stmt, 8)};
    pt_column_text(stmt, 1, p->username, sizeof(p->username));
    pt_column_text(stmt, 2, p->fin, sizeof(p->fin));
    pt_column_text(stmt, 3, p->name, sizeof(p->name));
    return true;
}

/* Words of a search form, in place; those that are not there are "". */
static void
split(char *form, const char *word[static PT_PERSON_WORDS])
{
    for (size_t i = 0; i < PT_PERSON_WORDS; i++) {
        size_t n = strcspn(form, " ");

        word[i] = form;
        form += n;
        if (*form == ' ')
            *form++ = '\0';
    }
}

enum mh_code
pt_store_person_list(struct pt_store *store,
    const struct pt_person_query *query, struct mh_arena *arena,
    struct mh_err *err, struct pt_persons *out)
{
    char form[PT_TEXT_MAX + 1];
    const char *word[PT_PERSON_WORDS];
    struct reading r = {.max = PT_PERSONS_PAGE};
    struct pt_stmt s = {.sql = PERSON
                        " WHERE a.id > ?1 AND (?2 = 0 OR a.role = ?2)"
                        " AND (?3 = '' OR a.username = ?3 OR a.fin = ?3"
                        "  OR (?4 <> '' AND (SELECT instr(n, ' ' || ?4) > 0"
                        "   AND instr(n, ' ' || ?5) > 0"
                        "   AND instr(n, ' ' || ?6) > 0"
                        "   AND instr(n, ' ' || ?7) > 0 FROM (SELECT ' ' ||"
                        "   pt_fold(a.surname || ' ' || a.name || ' ' ||"
                        "    a.patronymic) AS n) w)))"
                        " ORDER BY a.id LIMIT ?8",
        .args = 8};
    enum mh_code code;

    if (!pt_fold(query->text, form, sizeof(form)))
        form[0] = '\0'; /* no name begins so */
    split(form, word);
    s.arg[0] = (struct pt_arg)PT_N(query->after);
    s.arg[1] = (struct pt_arg)PT_N(query->role);
    s.arg[2] = (struct pt_arg)PT_S(query->text);
    for (size_t i = 0; i < PT_PERSON_WORDS; i++)
        s.arg[3 + i] = (struct pt_arg)PT_S(word[i]);
    s.arg[7] = (struct pt_arg)PT_N(PT_PERSONS_PAGE + 1);
    *out = (struct pt_persons){.item = NULL};
    r.item = mh_arena_array(arena, PT_PERSONS_PAGE, sizeof(*r.item));
    if (r.item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    code = pt_rows_read(store, &s, take, &r, err);
    *out = (struct pt_persons){r.item, r.count, r.more};
    return code;
}

enum mh_code
pt_store_person_get(struct pt_store *store, int64_t id, struct mh_err *err,
    struct pt_person *out, enum pt_found *found)
{
    struct reading r = {.item = out, .max = 1};
    const struct pt_stmt s = {
        .sql = PERSON " WHERE a.id = ?1", .arg = {PT_N(id)}, .args = 1};
    enum mh_code code = pt_rows_read(store, &s, take, &r, err);

    *found = r.count == 1 ? PT_FOUND : PT_ABSENT;
    return code;
}
