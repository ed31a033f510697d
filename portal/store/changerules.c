/* Tables of rules, and texts of the front pages, that two operators agree on
   (rules.h). */
#include "portal/store/rules.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "portal/data/policy.h"
#include "portal/money/feetable.h"
#include "portal/store/changes.h"

enum {
    DAY = 86400,          /* seconds */
    READ_ARENA = 4 << 20, /* bytes of a table that is read */
    DAY_LENGTH = 10,      /* characters of 2026-12-31 */
};

static const char *const names[PT_RULES_KINDS] = {"policy", "fees"};
const char *const pt_front_texts[] = {
    "useful", "rules", "laws", "contact", NULL};
static const char *const langs[] = {"az", "en", "ru", NULL};
static const char begins[] = "begins=";

const char *
pt_rules_name(enum pt_rules r)
{
    return r < PT_RULES_KINDS ? names[r] : "";
}

bool
pt_rules_of(const char *name, enum pt_rules *out)
{
    for (int i = 0; i < PT_RULES_KINDS; i++)
        if (strcmp(names[i], name) == 0) {
            *out = (enum pt_rules)i;
            return true;
        }
    return false;
}

static struct mh_span
inside(enum pt_rules r)
{
    return r == PT_RULES_POLICY ? pt_policy_text() : pt_fee_text();
}

/* "policy" of "rules:policy". */
static bool
subject_of(const char *subject, enum pt_rules *out)
{
    static const char prefix[] = "rules:";

    return strncmp(subject, prefix, sizeof(prefix) - 1) == 0 &&
           pt_rules_of(subject + sizeof(prefix) - 1, out);
}

/* ---- tables ---- */

/* The latest one, be its day to come. */
static enum mh_code
read_rules(struct pt_db *db, const char *subject, struct mh_err *err,
    struct mh_buf *out, bool *there)
{
    enum pt_rules r = PT_RULES_KINDS;
    bool known = subject_of(subject, &r), put = false;
    const struct pt_stmt q = {
        .sql = "SELECT 'begins=' || date(begins, 'unixepoch') || char(10)"
               " || text FROM rules WHERE name = ?1"
               " ORDER BY begins DESC LIMIT 1",
        .arg = {PT_S(pt_rules_name(r))},
        .args = 1};
    enum mh_code code = MH_OK;

    if (known)
        code = pt_change_text_of(db, &q, err, out, &put);
    if (code == MH_OK && known && !put) {
        mh_buf_str(out, "begins=-\n");
        mh_buf_span(out, inside(r));
    }
    *there = known;
    return code;
}

/* The day of the first line, and the table behind it. */
static bool
split(const char *text, int64_t *day, struct mh_span *table)
{
    const char *line = text + sizeof(begins) - 1;
    size_t n;

    if (strncmp(text, begins, sizeof(begins) - 1) != 0)
        return false;
    n = strcspn(line, "\n");
    *table = mh_span_str(line + n + (line[n] != '\0'));
    if (n == 1 && line[0] == '-') {
        *day = INT64_MIN;
        return true;
    }
    return n == DAY_LENGTH &&
           pt_table_day((struct mh_span){(const uint8_t *)line, n}, false, day);
}

/* The program's own reader; *version of a policy, 0 of fees. */
static enum mh_code
read_table(
    enum pt_rules r, struct mh_span table, struct mh_err *err, int64_t *version)
{
    struct mh_arena *arena = mh_arena_new(READ_ARENA);
    struct pt_policy policy = {.version = 0};
    struct pt_fee_table fees;
    enum mh_code code;

    if (arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    code = r == PT_RULES_POLICY ? pt_policy_read(table, arena, err, &policy)
                                : pt_fee_read(table, arena, err, &fees);
    *version = policy.version;
    mh_arena_free(arena);
    return code;
}

static enum mh_code
check_table(enum pt_rules r, const struct pt_change *c, struct mh_err *err,
    struct pt_proposed_done *out)
{
    struct mh_err wrong = {.msg = ""};
    struct mh_span was, will;
    int64_t last = 0, day = 0, before = 0, version = 0;
    int64_t today = pt_policy_day(c->now);
    enum mh_code code;

    if (!split(c->was, &last, &was) || !split(c->will, &day, &will) ||
        day == INT64_MIN) {
        out->rule = "day";
        return MH_OK;
    }
    if (will.len > PT_RULES_TEXT) {
        out->rule = "table-long";
        return MH_OK;
    }
    if (day <= today || day <= last ||
        day > today + (int64_t)PT_RULES_AHEAD * DAY) {
        out->rule = "day";
        return MH_OK;
    }
    code = read_table(r, will, &wrong, &version);
    if (code == MH_EFORMAT || code == MH_ELIMIT) {
        out->rule = "table";
        (void)snprintf(
            out->detail, sizeof(out->detail), "%s", wrong.msg); /* fits */
        return MH_OK;
    }
    if (code == MH_OK)
        code = read_table(r, was, &wrong, &before);
    if (code != MH_OK)
        return mh_fail(err, code, MH_NO_OFFSET, "%s", wrong.msg);
    if (r == PT_RULES_POLICY && version <= before)
        out->rule = "version";
    return MH_OK;
}

static enum mh_code
check_rules(struct pt_store *s, const struct pt_change *c, struct mh_err *err,
    struct pt_proposed_done *out)
{
    enum pt_rules r;

    (void)s; /* the latest one is in the change */
    if (!subject_of(c->subject, &r)) {
        out->rule = "form";
        return MH_OK;
    }
    return check_table(r, c, err, out);
}

static enum mh_code
apply_rules(struct pt_store *s, const struct pt_change *c, struct mh_err *err)
{
    enum pt_rules r = PT_RULES_KINDS;
    struct mh_span table;
    int64_t day = 0, version = 0;
    struct pt_stmt add = {
        .sql =
            "INSERT INTO rules (name, begins, version, text, proposal)"
            " VALUES (?1, ?2, CASE WHEN ?3 > 0 THEN ?3 ELSE (SELECT"
            "  coalesce(max(version), 1) + 1 FROM rules WHERE name = ?1) END,"
            " ?4, ?5)",
        .args = 5};
    enum mh_code code;

    if (!subject_of(c->subject, &r) || !split(c->will, &day, &table))
        return mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "store: rules: cannot be read");
    code = read_table(r, table, err, &version);
    add.arg[0] = (struct pt_arg)PT_S(names[r]);
    add.arg[1] = (struct pt_arg)PT_N(day);
    add.arg[2] = (struct pt_arg)PT_N(version);
    add.arg[3] = (struct pt_arg)PT_S((const char *)table.ptr); /* to its NUL */
    add.arg[4] = (struct pt_arg)PT_S(c->id);
    return code == MH_OK ? pt_rows_run(s, &add, err) : code;
}

const struct pt_change_kind pt_change_rules = {
    read_rules, check_rules, apply_rules};

/* ---- texts ---- */

/* "useful" and "az" of "text:useful.az". */
static bool
text_of(const char *subject, char name[static 16], const char **lang)
{
    static const char prefix[] = "text:";
    const char *dot = strchr(subject, '.');
    size_t n;

    if (strncmp(subject, prefix, sizeof(prefix) - 1) != 0 || dot == NULL)
        return false;
    subject += sizeof(prefix) - 1;
    n = (size_t)(dot - subject);
    if (n >= 16)
        return false;
    memcpy(name, subject, n);
    name[n] = '\0';
    *lang = NULL;
    for (size_t i = 0; langs[i] != NULL; i++)
        if (strcmp(langs[i], dot + 1) == 0)
            *lang = langs[i];
    for (size_t i = 0; pt_front_texts[i] != NULL; i++)
        if (strcmp(pt_front_texts[i], name) == 0)
            return *lang != NULL;
    return false;
}

static enum mh_code
read_text(struct pt_db *db, const char *subject, struct mh_err *err,
    struct mh_buf *out, bool *there)
{
    char name[16] = "";
    const char *lang = "";
    bool put, known = text_of(subject, name, &lang);
    const struct pt_stmt q = {
        .sql = "SELECT text FROM front_text WHERE name = ?1 AND lang = ?2",
        .arg = {PT_S(name), PT_S(known ? lang : "")},
        .args = 2};
    enum mh_code code = pt_change_text_of(db, &q, err, out, &put);

    *there = known; /* one that nobody wrote yet is empty */
    return code;
}

static enum mh_code
check_text(struct pt_store *s, const struct pt_change *c, struct mh_err *err,
    struct pt_proposed_done *out)
{
    struct mh_span left = mh_span_str(c->will);
    uint32_t cp;

    (void)s; /* nothing else counts */
    (void)err;
    if (left.len > PT_FRONT_TEXT_MAX)
        out->rule = "text-long";
    while (out->rule == NULL && left.len > 0)
        if (!mh_utf8_next(&left, &cp) || mh_text_is_bidi(cp) ||
            (cp != '\n' && mh_text_is_control(cp)))
            out->rule = "text";
    return MH_OK;
}

static enum mh_code
apply_text(struct pt_store *s, const struct pt_change *c, struct mh_err *err)
{
    char name[16] = "";
    const char *lang = "";
    struct pt_stmt put = {
        .sql = "INSERT INTO front_text (name, lang, text) VALUES (?1, ?2, ?3)"
               " ON CONFLICT (name, lang) DO UPDATE SET text = ?3",
        .args = 3};

    if (!text_of(c->subject, name, &lang))
        return mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "store: text: cannot be read");
    put.arg[0] = (struct pt_arg)PT_S(name);
    put.arg[1] = (struct pt_arg)PT_S(lang);
    put.arg[2] = (struct pt_arg)PT_S(c->will);
    return pt_rows_run(s, &put, err);
}

const struct pt_change_kind pt_change_text = {
    read_text, check_text, apply_text};

/* ---- reading ---- */

struct reading {
    struct mh_arena *arena;
    const char *text;
    bool full;
};

static bool
take_text(void *ctx, struct pt_cursor *stmt)
{
    struct reading *r = ctx;

    r->text = mh_arena_str(r->arena, pt_column_blob(stmt, 0));
    r->full = r->text == NULL;
    return false;
}

static enum mh_code
one_text(struct pt_store *store, const struct pt_stmt *s,
    struct mh_arena *arena, struct mh_err *err, const char **out)
{
    struct reading r = {.arena = arena};
    enum mh_code code = pt_rows_read(store, s, take_text, &r, err);

    *out = r.text;
    return code == MH_OK && r.full
               ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory")
               : code;
}

enum mh_code
pt_store_rules_on(struct pt_store *store, enum pt_rules r, int64_t day,
    struct mh_arena *arena, struct mh_err *err, struct mh_span *out)
{
    const struct pt_stmt s = {
        .sql = "SELECT text FROM rules WHERE name = ?1 AND begins <= ?2"
               " ORDER BY begins DESC LIMIT 1",
        .arg = {PT_S(pt_rules_name(r)), PT_N(day)},
        .args = 2};
    const char *text = NULL;
    enum mh_code code = one_text(store, &s, arena, err, &text);

    *out = text == NULL ? inside(r) : mh_span_str(text);
    return code;
}

enum mh_code
pt_store_front_text(struct pt_store *store, const char *name, const char *lang,
    struct mh_arena *arena, struct mh_err *err, const char **out)
{
    const struct pt_stmt s = {
        .sql = "SELECT text FROM front_text WHERE name = ?1 AND lang = ?2"
               " AND text <> ''",
        .arg = {PT_S(name), PT_S(lang)},
        .args = 2};

    return one_text(store, &s, arena, err, out);
}

static bool
take_version(void *ctx, struct pt_cursor *stmt)
{
    struct pt_rules_list *list = ctx;
    struct pt_rules_version *v = &list->item[list->count++];

    *v = (struct pt_rules_version){
        .version = pt_column_i64(stmt, 0), .begins = pt_column_i64(stmt, 1)};
    pt_column_text(stmt, 2, v->proposal, sizeof(v->proposal));
    return list->count < PT_RULES_SHOWN - 1;
}

enum mh_code
pt_store_rules_list(struct pt_store *store, enum pt_rules r, struct mh_err *err,
    struct pt_rules_list *out)
{
    const struct pt_stmt s = {
        .sql = "SELECT version, begins, proposal FROM rules WHERE name = ?1"
               " ORDER BY begins DESC",
        .arg = {PT_S(pt_rules_name(r))},
        .args = 1};
    enum mh_code code;

    *out = (struct pt_rules_list){.count = 0};
    code = pt_rows_read(store, &s, take_version, out, err);
    out->item[out->count++] =
        (struct pt_rules_version){.version = 1, .begins = INT64_MIN};
    return code;
}
