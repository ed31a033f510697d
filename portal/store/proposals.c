#include "portal/store/proposals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest/digest.h"
#include "base/text.h"
#include "base/time.h"
#include "portal/store/changes.h"
#include "portal/store/documents.h"

enum {
    HEX = 2 * PT_HASH + 1,
};

static const char *const kind_names[PT_PROPOSAL_KINDS] = {
    "", "person", "court", "rules", "text"};

static const struct pt_change_kind *const kinds[PT_PROPOSAL_KINDS] = {
    [PT_PROPOSE_PERSON] = &pt_change_person,
    [PT_PROPOSE_COURT] = &pt_change_court,
    [PT_PROPOSE_RULES] = &pt_change_rules,
    [PT_PROPOSE_TEXT] = &pt_change_text,
};

const char *
pt_proposal_kind_name(enum pt_proposal_kind kind)
{
    return kind > 0 && kind < PT_PROPOSAL_KINDS ? kind_names[kind] : "";
}

const struct pt_change_kind *
pt_change_kind_of(enum pt_proposal_kind kind)
{
    return kind > 0 && kind < PT_PROPOSAL_KINDS ? kinds[kind] : NULL;
}

/* ---- small parts ---- */

enum mh_code
pt_change_number(struct pt_db *db, const struct pt_stmt *s, struct mh_err *err,
    int64_t *out, bool *there)
{
    struct pt_cursor *stmt = pt_rows_bind(db, s);
    enum pt_stepped rc;

    *there = false;
    *out = 0;
    if (stmt == NULL)
        return pt_db_fail(db, "proposal", err);
    rc = pt_step(stmt);
    if (rc == PT_ROW) {
        *there = true;
        *out = pt_column_i64(stmt, 0);
    }
    pt_reset(stmt);
    return rc == PT_ROW || rc == PT_DONE ? MH_OK
                                         : pt_db_fail(db, "proposal", err);
}

enum mh_code
pt_change_text_of(struct pt_db *db, const struct pt_stmt *s, struct mh_err *err,
    struct mh_buf *out, bool *there)
{
    struct pt_cursor *stmt = pt_rows_bind(db, s);
    enum pt_stepped rc;

    *there = false;
    if (stmt == NULL)
        return pt_db_fail(db, "proposal", err);
    rc = pt_step(stmt);
    if (rc == PT_ROW) {
        *there = true;
        mh_buf_span(out, pt_column_blob(stmt, 0));
    }
    pt_reset(stmt);
    if (rc != PT_ROW && rc != PT_DONE)
        return pt_db_fail(db, "proposal", err);
    return mh_buf_ok(out)
               ? MH_OK
               : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
}

int64_t
pt_change_account(const char *subject)
{
    size_t n;

    if (strncmp(subject, "p:", 2) != 0)
        return 0;
    subject += 2;
    n = strspn(subject, "0123456789");
    return n > 0 && n <= 15 && subject[n] == '\0' ? strtoll(subject, NULL, 10)
                                                  : 0;
}

bool
pt_change_value(const char *text, const char *key, char *out, size_t size)
{
    size_t n = strlen(key);

    out[0] = '\0';
    while (*text != '\0') {
        size_t line = strcspn(text, "\n");

        if (line > n && text[n] == '=' && strncmp(text, key, n) == 0) {
            if (line - n - 1 >= size)
                return false;
            memcpy(out, text + n + 1, line - n - 1);
            out[line - n - 1] = '\0';
            return true;
        }
        text += line + (text[line] != '\0');
    }
    return true;
}

enum mh_code
pt_change_operator(
    struct pt_db *db, int64_t account, struct mh_err *err, bool *out)
{
    const struct pt_stmt s = {
        .sql = "SELECT 1 FROM account WHERE id = ?1 AND role = ?2"
               " AND state = ?3",
        .arg = {PT_N(account), PT_N(PT_ROLE_OPERATOR), PT_N(PT_ACCOUNT_ACTIVE)},
        .args = 3};
    int64_t one;

    return pt_change_number(db, &s, err, &one, out);
}

static enum mh_code
hex_of(const char *text, struct mh_err *err, char out[static HEX])
{
    uint8_t hash[MH_DIGEST_MAX];
    enum mh_code code = mh_digest_once(MH_SHA256, mh_span_str(text), err, hash);

    out[0] = '\0';
    if (code == MH_OK)
        mh_hex_encode((struct mh_span){hash, PT_HASH}, out);
    return code;
}

enum mh_code
pt_change_noted(struct pt_store *s, const struct pt_change_note *n,
    const char *data, struct mh_err *err)
{
    char who[32] = "-", obj[48];
    const struct pt_record r = {
        .ev = n->ev, .who = who, .obj = obj, .res = n->res, .data = data};

    if (n->account != 0)
        (void)snprintf(
            who, sizeof(who), "p:%lld", (long long)n->account);      /* fits */
    (void)snprintf(obj, sizeof(obj), "proposal:%.26s", n->proposal); /* too */
    return pt_record_put(s, &r, n->now, err);
}

enum mh_code
pt_change_data(const struct pt_proposal *p, struct mh_err *err,
    char out[static PT_CHANGE_DATA])
{
    char was[HEX] = "", will[HEX] = "", role[32] = "", state[32] = "";
    enum mh_code code = hex_of(p->was, err, was);

    if (code == MH_OK)
        code = hex_of(p->will, err, will);
    if (p->kind == PT_PROPOSE_PERSON &&
        (!pt_change_value(p->will, "role", role, sizeof(role)) ||
            !pt_change_value(p->will, "state", state, sizeof(state))))
        role[0] = '\0';
    (void)snprintf(out, PT_CHANGE_DATA,
        "kind=%s\nproposer=p:%lld\n%s%s%s%s%s%ssubject=%s\nwas=%s\nwill=%s\n",
        pt_proposal_kind_name(p->kind), (long long)p->proposer,
        role[0] == '\0' ? "" : "role=", role, role[0] == '\0' ? "" : "\n",
        role[0] == '\0' ? "" : "state=", role[0] == '\0' ? "" : state,
        role[0] == '\0' ? "" : "\n", p->subject, was, will); /* fits */
    return code;
}

/* ---- reading ---- */

#define PROPOSAL                                                               \
    "p.id, p.kind, p.subject, p.reason, p.why, p.state, p.proposer,"           \
    " p.decider, p.created, p.until, p.decided, a.username,"                   \
    " coalesce(d.username, ''), coalesce((SELECT s.username FROM account s"    \
    "  WHERE p.kind = 1 AND s.id = CAST(substr(p.subject, 3) AS INTEGER)), "   \
    "'')"
#define PROPOSALS                                                              \
    " FROM proposal p JOIN account a ON a.id = p.proposer"                     \
    " LEFT JOIN account d ON d.id = p.decider"

static void
read_row(struct pt_cursor *stmt, struct pt_proposal *p)
{
    *p = (struct pt_proposal){
        .kind = (enum pt_proposal_kind)pt_column_int(stmt, 1),
        .state = (enum pt_proposal_state)pt_column_int(stmt, 5),
        .proposer = pt_column_i64(stmt, 6),
        .decider = pt_column_i64(stmt, 7), /* NULL is 0 */
        .created = pt_column_i64(stmt, 8),
        .until = pt_column_i64(stmt, 9),
        .decided = pt_column_time(stmt, 10)};
    pt_column_text(stmt, 0, p->id, sizeof(p->id));
    pt_column_text(stmt, 2, p->subject, sizeof(p->subject));
    pt_column_text(stmt, 3, p->reason, sizeof(p->reason));
    pt_column_text(stmt, 4, p->why, sizeof(p->why));
    pt_column_text(stmt, 11, p->proposer_name, sizeof(p->proposer_name));
    pt_column_text(stmt, 12, p->decider_name, sizeof(p->decider_name));
    pt_column_text(stmt, 13, p->person, sizeof(p->person));
}

struct reading {
    struct mh_arena *arena;
    struct pt_proposal *one;
    struct pt_proposals *list;
    bool full;
};

static bool
take_one(void *ctx, struct pt_cursor *stmt)
{
    struct reading *r = ctx;

    read_row(stmt, r->one);
    r->one->was = mh_arena_str(r->arena, pt_column_blob(stmt, 14));
    r->one->will = mh_arena_str(r->arena, pt_column_blob(stmt, 15));
    r->full = r->one->was == NULL || r->one->will == NULL;
    return false;
}

enum mh_code
pt_store_proposal_get(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err, struct pt_proposal *out)
{
    const struct pt_stmt s = {.sql =
                                  "SELECT " PROPOSAL ", p.was, p.will" PROPOSALS
                                  " WHERE p.id = ?1",
        .arg = {PT_S(id)},
        .args = 1};
    struct reading r = {.arena = arena, .one = out};
    enum mh_code code;

    *out = (struct pt_proposal){.id = ""};
    code = pt_rows_read(store, &s, take_one, &r, err);
    return code == MH_OK && r.full
               ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory")
               : code;
}

static bool
take_item(void *ctx, struct pt_cursor *stmt)
{
    struct pt_proposals *list = ctx;

    if (list->count == PT_PROPOSALS_SHOWN) {
        list->more = true;
        return false;
    }
    read_row(stmt, &list->item[list->count++]);
    return true;
}

enum mh_code
pt_store_proposal_list(struct pt_store *store,
    const struct pt_proposal_query *query, struct mh_arena *arena,
    struct mh_err *err, struct pt_proposals *out)
{
    static const char open[] =
        "SELECT " PROPOSAL PROPOSALS " WHERE p.state = 1 AND p.until > ?2"
        " AND (?1 = '' OR p.subject = ?1)"
        " ORDER BY p.created, p.id LIMIT ?3";
    static const char ended[] =
        "SELECT " PROPOSAL PROPOSALS " WHERE (p.state > 1 OR p.until <= ?2)"
        " AND (?1 = '' OR p.subject = ?1)"
        " ORDER BY p.created DESC, p.id DESC LIMIT ?3";
    const struct pt_stmt s = {.sql = query->open ? open : ended,
        .arg = {PT_S(query->subject), PT_N(query->now),
            PT_N(PT_PROPOSALS_SHOWN + 1)},
        .args = 3};

    *out = (struct pt_proposals){
        .item = mh_arena_array(arena, PT_PROPOSALS_SHOWN, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, &s, take_item, out, err);
}

enum mh_code
pt_store_proposal_now(struct pt_store *store, enum pt_proposal_kind kind,
    const char *subject, struct mh_arena *arena, struct mh_err *err,
    const char **out)
{
    const struct pt_change_kind *k = pt_change_kind_of(kind);
    struct pt_db *db;
    struct mh_buf text;
    bool there = false;
    enum mh_code code;

    *out = NULL;
    if (k == NULL)
        return mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "store: proposal: no such kind");
    mh_buf_init(&text, PT_PROPOSAL_MAX);
    db = pt_read_begin(store);
    code = k->read(db, subject, err, &text, &there);
    pt_read_end(store, db);
    if (code == MH_OK && there)
        *out = mh_arena_str(arena, mh_buf_get(&text));
    if (code == MH_OK && there && *out == NULL)
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    mh_buf_fini(&text);
    return code;
}
