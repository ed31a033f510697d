#include "portal/store/parties.h"

#include <stdio.h>
#include <string.h>

#include "portal/http/id.h"
#include "portal/store/fold.h"
#include "portal/store/rows.h"

/* ---- names ---- */

enum {
    NAME = 4 * PT_TEXT_MAX, /* bytes; more than any name has */
};

static void
sql_fold(sqlite3_context *ctx, int count, sqlite3_value **value)
{
    const unsigned char *in = sqlite3_value_text(value[0]);
    char out[NAME];

    (void)count;
    if (in == NULL || !pt_fold((const char *)in, out, sizeof(out)))
        out[0] = '\0';
    sqlite3_result_text(ctx, out, -1, SQLITE_TRANSIENT);
}

enum mh_code
pt_fold_offer(struct pt_db *db, struct mh_err *err)
{
    return sqlite3_create_function(db->db, "pt_fold", 1,
               SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL,
               sql_fold, NULL, NULL) == SQLITE_OK
               ? MH_OK
               : pt_db_fail(db, "fold", err);
}

bool
pt_word_next(const char **form, char out[static PT_TEXT_MAX + 1])
{
    const char *p = *form + (**form == ' ');
    size_t len = strcspn(p, " ");

    *form = p + len;
    (void)snprintf(out, PT_TEXT_MAX + 1, "%.*s", (int)len,
        p); /* a longer word is found by its beginning */
    return len > 0;
}

static size_t
letters(const char *word)
{
    size_t n = 0;

    for (; *word != '\0'; word++)
        n += ((unsigned char)*word & 0xc0) != 0x80;
    return n;
}

enum pt_words
pt_words_of(const char *name, char out[static PT_TEXT_MAX + 1])
{
    char word[PT_TEXT_MAX + 1];
    size_t words = 0, longest = 0;
    const char *p = out;

    if (strlen(name) > PT_TEXT_MAX || !pt_fold(name, out, PT_TEXT_MAX + 1))
        return PT_WORDS_LONG;
    for (; pt_word_next(&p, word); words++)
        if (letters(word) > longest)
            longest = letters(word);
    return words > PT_WORDS_MAX       ? PT_WORDS_LONG
           : longest < PT_LETTERS_MIN ? PT_WORDS_SHORT
                                      : PT_WORDS_GOOD;
}

/* ---- parties ---- */

static enum mh_code
put_words(
    struct pt_db *db, const char *case_id, const char *form, struct mh_err *err)
{
    char word[PT_TEXT_MAX + 1];
    enum mh_code code = MH_OK;

    while (code == MH_OK && pt_word_next(&form, word)) {
        struct pt_cursor *stmt = pt_db_prepare(db,
            "INSERT INTO party_word VALUES (?1, ?2) ON CONFLICT DO NOTHING");

        if (stmt == NULL)
            return pt_db_fail(db, "party", err);
        pt_bind_text(stmt, 1, word);
        pt_bind_text(stmt, 2, case_id);
        code = pt_db_run(db, stmt, "party", err);
    }
    return code;
}

enum mh_code
pt_party_write(struct pt_db *db, const char *case_id,
    const struct pt_party *party, struct mh_err *err)
{
    struct pt_cursor *stmt =
        pt_db_prepare(db, "INSERT INTO party (case_id, side, name, fold) VALUES"
                          " (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING");
    char form[sizeof(party->name)];
    enum mh_code code;

    if (stmt == NULL)
        return pt_db_fail(db, "party", err);
    if (!pt_fold(party->name, form, sizeof(form)))
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "store: party: name is not UTF-8");
    pt_bind_text(stmt, 1, case_id);
    pt_bind_i64(stmt, 2, (int64_t)party->side);
    pt_bind_text(stmt, 3, party->name);
    pt_bind_text(stmt, 4, form);
    code = pt_db_run(db, stmt, "party", err);
    return code == MH_OK ? put_words(db, case_id, form, err) : code;
}

struct putting {
    const char *case_id;
    const struct pt_party *party;
};

static enum mh_code
run_party(struct pt_store *store, void *arg, struct mh_err *err)
{
    const struct putting *p = arg;

    return pt_party_write(&store->writer, p->case_id, p->party, err);
}

enum mh_code
pt_store_party_put(struct pt_store *store, const char *id,
    const struct pt_party *party, struct mh_err *err)
{
    struct putting p = {id, party};
    struct pt_write w = {.run = run_party, .arg = &p};

    return pt_write_do(store, &w, err);
}

static bool
take_party(void *ctx, struct pt_cursor *stmt)
{
    struct pt_parties *list = ctx;
    struct pt_party *p = &list->item[list->count++];

    p->side = (enum pt_case_role)pt_column_int(stmt, 0);
    pt_column_text(stmt, 1, p->name, sizeof(p->name));
    return list->count < PT_PARTIES_MAX;
}

enum mh_code
pt_store_party_list(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err, struct pt_parties *out)
{
    const struct pt_stmt s = {
        .sql = "SELECT side, name FROM party WHERE case_id = ?1"
               " ORDER BY side, name LIMIT ?2",
        .arg = {PT_S(id), PT_N(PT_PARTIES_MAX)},
        .args = 2};

    *out = (struct pt_parties){
        .item = mh_arena_array(arena, PT_PARTIES_MAX, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, &s, take_party, out, err);
}

/* ---- searches ---- */

enum mh_code
pt_store_search_put(struct pt_store *store, int64_t account, const char *name,
    int64_t now, struct mh_err *err, char id[static 27])
{
    struct pt_stmt s[] = {
        {.sql = "DELETE FROM name_search WHERE created <= ?1",
            .arg = {PT_N(now - PT_SEARCH_KEEP)},
            .args = 1},
        {.sql = "INSERT INTO name_search VALUES (?1, ?2, ?3, ?4)",
            .arg = {PT_S(id), PT_N(account), PT_S(name), PT_N(now)},
            .args = 4},
    };

    pt_id_new(id);
    return pt_rows_write(store, s, sizeof(s) / sizeof(s[0]), err);
}

static bool
take_name(void *ctx, struct pt_cursor *stmt)
{
    pt_column_text(stmt, 0, ctx, PT_TEXT_MAX + 1);
    return false;
}

enum mh_code
pt_store_search_get(struct pt_store *store, const struct pt_search_key *key,
    struct mh_err *err, char name[static PT_TEXT_MAX + 1], enum pt_found *found)
{
    const struct pt_stmt s = {
        .sql = "SELECT name FROM name_search WHERE id = ?1 AND account = ?2"
               " AND created > ?3",
        .arg = {PT_S(key->id), PT_N(key->account),
            PT_N(key->now - PT_SEARCH_KEEP)},
        .args = 3};
    enum mh_code code;

    name[0] = '\0';
    code = pt_rows_read(store, &s, take_name, name, err);
    *found = name[0] == '\0' ? PT_ABSENT : PT_FOUND;
    return code;
}

/* ---- courts ---- */

static bool
take_court(void *ctx, struct pt_cursor *stmt)
{
    struct pt_courts *list = ctx;
    struct pt_court *c = &list->item[list->count++];

    pt_column_text(stmt, 0, c->code, sizeof(c->code));
    pt_column_text(stmt, 1, c->name, sizeof(c->name));
    return list->count < PT_COURTS_MAX;
}

enum mh_code
pt_store_court_list(struct pt_store *store, struct mh_arena *arena,
    struct mh_err *err, struct pt_courts *out)
{
    const struct pt_stmt s = {
        .sql = "SELECT code, name FROM court ORDER BY name, id LIMIT ?1",
        .arg = {PT_N(PT_COURTS_MAX)},
        .args = 1};

    *out = (struct pt_courts){
        .item = mh_arena_raw(arena, PT_COURTS_MAX * sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, &s, take_court, out, err);
}

static bool
take_id(void *ctx, struct pt_cursor *stmt)
{
    *(int64_t *)ctx = pt_column_i64(stmt, 0);
    return false;
}

enum mh_code
pt_store_court_find(
    struct pt_store *store, const char *code, struct mh_err *err, int64_t *id)
{
    const struct pt_stmt s = {.sql = "SELECT id FROM court WHERE code = ?1",
        .arg = {PT_S(code)},
        .args = 1};

    *id = 0;
    return pt_rows_read(store, &s, take_id, id, err);
}
