#include "portal/store/applications.h"

#include <string.h>

#include "base/time.h"
#include "portal/store/applicationrows.h"

const char *
pt_application_state_name(enum pt_application_state s)
{
    static const char *const names[] = {"", "draft", "awaiting_payment",
        "awaiting_signature", "submitted", "in_review", "returned",
        "registered", "rejected", "withdrawn", "discarded", "archived"};

    return s > 0 && s <= PT_APPLICATION_ARCHIVED ? names[s] : "";
}

#define BIT(state) (1U << (unsigned)PT_APPLICATION_##state)

bool
pt_application_may_follow(
    enum pt_application_state from, enum pt_application_state to)
{
    static const unsigned follows[PT_APPLICATION_ARCHIVED + 1] = {
        [PT_APPLICATION_DRAFT] = BIT(AWAITING_PAYMENT) | BIT(DISCARDED),
        [PT_APPLICATION_AWAITING_PAYMENT] = BIT(AWAITING_SIGNATURE),
        [PT_APPLICATION_AWAITING_SIGNATURE] = BIT(SUBMITTED) | BIT(DRAFT),
        [PT_APPLICATION_SUBMITTED] = BIT(IN_REVIEW) | BIT(WITHDRAWN),
        [PT_APPLICATION_IN_REVIEW] =
            BIT(RETURNED) | BIT(REGISTERED) | BIT(REJECTED),
        [PT_APPLICATION_RETURNED] = BIT(ARCHIVED),
        [PT_APPLICATION_REGISTERED] = BIT(ARCHIVED),
        [PT_APPLICATION_REJECTED] = BIT(ARCHIVED),
        [PT_APPLICATION_WITHDRAWN] = BIT(ARCHIVED),
    };

    return from > 0 && from <= PT_APPLICATION_ARCHIVED &&
           (follows[from] & (1U << (unsigned)to)) != 0;
}

/* ---- one ---- */

struct reading {
    struct mh_arena *arena;
    struct pt_application *out;
    bool bad; /* memory is out */
};

static const char *
text(struct reading *r, struct pt_cursor *stmt, int at)
{
    const char *s = pt_column_str(stmt, at);
    const char *copy = mh_arena_str(r->arena, mh_span_str(s == NULL ? "" : s));

    r->bad = r->bad || copy == NULL;
    return copy == NULL ? "" : copy;
}

static void
take_hash(
    struct pt_cursor *stmt, int at, uint8_t out[static PT_HASH], bool *there)
{
    struct mh_span hash = pt_column_blob(stmt, at);

    *there = hash.len == PT_HASH;
    if (*there)
        memcpy(out, hash.ptr, PT_HASH);
}

#define COLUMNS                                                                \
    "SELECT a.id, coalesce(a.number, ''), a.state, a.owner, a.version,"        \
    " a.created, a.changed, a.until, a.archived, coalesce(a.court, 0),"        \
    " coalesce(k.code, ''), coalesce(k.name, ''), a.kind, a.proceeding,"       \
    " a.category, a.claim, a.price, a.urgent, a.title, a.body, a.claims,"      \
    " a.fee, a.exempt, a.fee_why, a.relief, a.total, a.policy, a.pdf,"         \
    " (SELECT size FROM blob WHERE blob.sha256 = a.pdf), a.submitted,"         \
    " coalesce(a.document, ''), a.name, a.format, a.sha256,"                   \
    " (SELECT size FROM blob WHERE blob.sha256 = a.sha256), a.verdict,"        \
    " a.reason, a.signer, a.report, coalesce(a.judged, 0), a.ruled, a.why,"    \
    " (SELECT name || ' ' || surname FROM account WHERE id = a.reviewer),"     \
    " a.decided, coalesce(a.case_id, ''), coalesce(c.number, ''),"             \
    " coalesce(a.origin, ''),"                                                 \
    " coalesce((SELECT id FROM application o WHERE o.origin = a.id), ''),"     \
    " (SELECT name || ' ' || surname FROM account WHERE id = a.owner),"        \
    " coalesce(a.act, ''), a.served, a.deadline, a.late, coalesce(t.kind,"     \
    " ''), coalesce(t.title, ''), coalesce(tc.number, ''),"                    \
    " coalesce(tk.name, ''), coalesce(tk.code, ''), a.pdf_pages"               \
    " FROM application a LEFT JOIN court k ON k.id = a.court"                  \
    " LEFT JOIN court_case c ON c.id = a.case_id"                              \
    " LEFT JOIN act t ON t.id = a.act"                                         \
    " LEFT JOIN court_case tc ON tc.id = t.case_id"                            \
    " LEFT JOIN court tk ON tk.id = tc.court"

static void
take_said(struct reading *r, struct pt_cursor *stmt)
{
    struct pt_application *a = r->out;

    pt_column_text(stmt, 12, a->kind, sizeof(a->kind));
    pt_column_text(stmt, 13, a->proceeding, sizeof(a->proceeding));
    pt_column_text(stmt, 14, a->category, sizeof(a->category));
    pt_column_text(stmt, 15, a->claim, sizeof(a->claim));
    a->price = pt_column_i64(stmt, 16);
    a->urgent = pt_column_int(stmt, 17) != 0;
    pt_column_text(stmt, 18, a->title, sizeof(a->title));
    a->body = text(r, stmt, 19);
    a->claims = text(r, stmt, 20);
    pt_column_text(stmt, 21, a->fee, sizeof(a->fee));
    pt_column_text(stmt, 22, a->exempt, sizeof(a->exempt));
    pt_column_text(stmt, 23, a->fee_why, sizeof(a->fee_why));
    a->relief = pt_column_int(stmt, 24) != 0;
    a->total = pt_column_i64(stmt, 25);
    a->policy = pt_column_i64(stmt, 26);
    take_hash(stmt, 27, a->pdf, &a->made);
    a->pdf_size = (uint64_t)pt_column_i64(stmt, 28);
    a->pdf_pages = (uint32_t)pt_column_i64(stmt, 58);
}

static void
take_document(struct reading *r, struct pt_cursor *stmt)
{
    struct pt_application *a = r->out;
    struct pt_document *d = &a->d;
    struct mh_span report = pt_column_blob(stmt, 38);
    bool there;

    *d = (struct pt_document){.filer = a->owner,
        .format = (enum mh_format)pt_column_int(stmt, 32),
        .size = (uint64_t)pt_column_i64(stmt, 34),
        .filed = a->submitted,
        .state = (enum pt_doc_state)pt_column_int(stmt, 40),
        .verdict = (enum mh_verdict)pt_column_int(stmt, 35),
        .judged = pt_column_i64(stmt, 39),
        .judge_at = MH_TIME_NONE};
    pt_column_text(stmt, 30, d->id, sizeof(d->id));
    memcpy(d->form, a->id, sizeof(d->form));
    pt_column_text(stmt, 31, d->name, sizeof(d->name));
    pt_column_text(stmt, 36, d->reason, sizeof(d->reason));
    pt_column_text(stmt, 37, d->signer, sizeof(d->signer));
    pt_column_text(stmt, 48, d->filer_name, sizeof(d->filer_name));
    take_hash(stmt, 33, d->sha256, &there);
    if (report.len > 0) {
        d->report = mh_arena_copy(r->arena, report);
        r->bad = r->bad || d->report.ptr == NULL;
    }
}

static void
take_against(struct pt_application *a, struct pt_cursor *stmt)
{
    pt_column_text(stmt, 49, a->act, sizeof(a->act));
    a->served = pt_column_time(stmt, 50);
    a->deadline = pt_column_time(stmt, 51);
    pt_column_text(stmt, 52, a->late, sizeof(a->late));
    pt_column_text(stmt, 53, a->act_kind, sizeof(a->act_kind));
    pt_column_text(stmt, 54, a->act_title, sizeof(a->act_title));
    pt_column_text(stmt, 55, a->act_number, sizeof(a->act_number));
    pt_column_text(stmt, 56, a->act_court, sizeof(a->act_court));
    pt_column_text(stmt, 57, a->act_code, sizeof(a->act_code));
}

static bool
take_application(void *ctx, struct pt_cursor *stmt)
{
    struct reading *r = ctx;
    struct pt_application *a = r->out;

    a->state = (enum pt_application_state)pt_column_int(stmt, 2);
    a->owner = pt_column_i64(stmt, 3);
    a->version = pt_column_i64(stmt, 4);
    a->created = pt_column_i64(stmt, 5);
    a->changed = pt_column_i64(stmt, 6);
    a->until = pt_column_i64(stmt, 7);
    a->archived = pt_column_int(stmt, 8) != 0;
    a->court = pt_column_i64(stmt, 9);
    a->submitted = pt_column_time(stmt, 29);
    a->decided = pt_column_time(stmt, 43);
    pt_column_text(stmt, 0, a->id, sizeof(a->id));
    pt_column_text(stmt, 1, a->number, sizeof(a->number));
    pt_column_text(stmt, 10, a->court_code, sizeof(a->court_code));
    pt_column_text(stmt, 11, a->court_name, sizeof(a->court_name));
    take_said(r, stmt);
    take_document(r, stmt);
    pt_column_text(stmt, 41, a->why, sizeof(a->why));
    pt_column_text(stmt, 42, a->reviewer, sizeof(a->reviewer));
    pt_column_text(stmt, 44, a->case_id, sizeof(a->case_id));
    pt_column_text(stmt, 45, a->case_number, sizeof(a->case_number));
    pt_column_text(stmt, 46, a->origin, sizeof(a->origin));
    pt_column_text(stmt, 47, a->next, sizeof(a->next));
    take_against(a, stmt);
    return false;
}

static enum mh_code
get(struct pt_store *store, const struct pt_stmt *stmt, struct mh_arena *arena,
    struct mh_err *err, struct pt_application *out)
{
    struct reading r = {.arena = arena, .out = out};
    enum mh_code code;

    *out = (struct pt_application){.body = "", .claims = ""};
    code = pt_rows_read(store, stmt, take_application, &r, err);
    return code == MH_OK && r.bad
               ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory")
               : code;
}

enum mh_code
pt_store_application_get(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err, struct pt_application *out)
{
    const struct pt_stmt stmt = {
        .sql = COLUMNS " WHERE a.id = ?1", .arg = {PT_S(id)}, .args = 1};

    return get(store, &stmt, arena, err, out);
}

enum mh_code
pt_store_application_of(struct pt_store *store, const char *document,
    struct mh_arena *arena, struct mh_err *err, struct pt_application *out)
{
    const struct pt_stmt stmt = {.sql = COLUMNS " WHERE a.document = ?1",
        .arg = {PT_S(document)},
        .args = 1};

    return get(store, &stmt, arena, err, out);
}

/* ---- its parties and files ---- */

static bool
take_party(void *ctx, struct pt_cursor *stmt)
{
    struct pt_application_parties *list = ctx;
    struct pt_application_party *p = &list->item[list->count++];

    *p = (struct pt_application_party){
        .side = (enum pt_case_role)pt_column_int(stmt, 1)};
    pt_column_text(stmt, 0, p->id, sizeof(p->id));
    pt_column_text(stmt, 2, p->ident, sizeof(p->ident));
    pt_column_text(stmt, 3, p->name, sizeof(p->name));
    pt_column_text(stmt, 4, p->birth, sizeof(p->birth));
    pt_column_text(stmt, 5, p->address, sizeof(p->address));
    pt_column_text(stmt, 6, p->phone, sizeof(p->phone));
    pt_column_text(stmt, 7, p->email, sizeof(p->email));
    pt_column_text(stmt, 8, p->why, sizeof(p->why));
    return list->count < PT_APPLICATION_PARTIES;
}

enum mh_code
pt_store_application_parties(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_application_parties *out)
{
    const struct pt_stmt stmt = {
        .sql = "SELECT id, side, ident, name, birth, address, phone, email,"
               " why FROM application_party WHERE application = ?1"
               " ORDER BY side, n",
        .arg = {PT_S(id)},
        .args = 1};

    *out = (struct pt_application_parties){
        .item =
            mh_arena_array(arena, PT_APPLICATION_PARTIES, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, &stmt, take_party, out, err);
}

static bool
take_file(void *ctx, struct pt_cursor *stmt)
{
    struct pt_application_files *list = ctx;
    struct pt_application_file *f = &list->item[list->count++];
    bool there;

    *f = (struct pt_application_file){
        .format = (enum mh_format)pt_column_int(stmt, 4),
        .size = (uint64_t)pt_column_i64(stmt, 6),
        .pages = (uint32_t)pt_column_i64(stmt, 7)};
    pt_column_text(stmt, 0, f->id, sizeof(f->id));
    pt_column_text(stmt, 1, f->kind, sizeof(f->kind));
    pt_column_text(stmt, 2, f->title, sizeof(f->title));
    pt_column_text(stmt, 3, f->name, sizeof(f->name));
    take_hash(stmt, 5, f->sha256, &there);
    pt_column_text(stmt, 8, f->day, sizeof(f->day));
    list->size += f->size;
    return list->count < PT_APPLICATION_FILES;
}

enum mh_code
pt_store_application_files(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_application_files *out)
{
    const struct pt_stmt stmt = {
        .sql = "SELECT id, kind, title, name, format, f.sha256, size,"
               " pages, day"
               " FROM application_file f JOIN blob ON blob.sha256 = f.sha256"
               " WHERE application = ?1 ORDER BY n",
        .arg = {PT_S(id)},
        .args = 1};

    *out = (struct pt_application_files){
        .item =
            mh_arena_array(arena, PT_APPLICATION_FILES, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, &stmt, take_file, out, err);
}

/* ---- lists ---- */

struct listing {
    struct pt_application_list *list;
    size_t max;
};

static bool
take_item(void *ctx, struct pt_cursor *stmt)
{
    struct listing *l = ctx;
    struct pt_application_item *i;

    if (l->list->count == l->max) {
        l->list->more = true;
        return false;
    }
    i = &l->list->item[l->list->count++];
    *i = (struct pt_application_item){
        .state = (enum pt_application_state)pt_column_int(stmt, 2),
        .changed = pt_column_i64(stmt, 7),
        .submitted = pt_column_time(stmt, 8),
        .ruled = (enum pt_doc_state)pt_column_int(stmt, 9),
        .deadline = pt_column_time(stmt, 10)};
    pt_column_text(stmt, 0, i->id, sizeof(i->id));
    pt_column_text(stmt, 1, i->number, sizeof(i->number));
    pt_column_text(stmt, 3, i->kind, sizeof(i->kind));
    pt_column_text(stmt, 4, i->title, sizeof(i->title));
    pt_column_text(stmt, 5, i->court, sizeof(i->court));
    pt_column_text(stmt, 6, i->owner, sizeof(i->owner));
    pt_column_text(stmt, 11, i->against, sizeof(i->against));
    return true;
}

#define ITEM                                                                   \
    "SELECT a.id, coalesce(a.number, ''), a.state, a.kind, a.title,"           \
    " coalesce(k.name, ''), o.name || ' ' || o.surname, a.changed,"            \
    " a.submitted, a.ruled, a.deadline, coalesce((SELECT c.number FROM act t"  \
    " JOIN court_case c ON c.id = t.case_id WHERE t.id = a.act), '')"          \
    " FROM application a"                                                      \
    " JOIN account o ON o.id = a.owner LEFT JOIN court k ON k.id = a.court"

static enum mh_code
list(struct pt_store *store, const struct pt_stmt *stmt, struct listing *l,
    struct mh_arena *arena, struct mh_err *err)
{
    *l->list = (struct pt_application_list){
        .item = mh_arena_array(arena, l->max, sizeof(*l->list->item))};
    if (l->list->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, stmt, take_item, l, err);
}

enum mh_code
pt_store_application_list(struct pt_store *store,
    const struct pt_application_query *q, struct mh_arena *arena,
    struct mh_err *err, struct pt_application_list *out)
{
    const struct pt_stmt stmt = {
        .sql = ITEM " WHERE a.owner = ?1 AND a.archived = ?2"
                    " AND CASE WHEN a.act IS NULL THEN 0 ELSE 1 END = ?6"
                    " AND (?3 = 0 OR a.state = ?3) AND (?4 = ''"
                    "  OR (a.changed, a.id) < (SELECT changed, id"
                    "   FROM application WHERE id = ?4 AND owner = ?1))"
                    " ORDER BY a.changed DESC, a.id DESC LIMIT ?5",
        .arg = {PT_N(q->account), PT_N(q->archived), PT_N((int64_t)q->state),
            PT_S(q->after), PT_N(PT_APPLICATIONS_PAGE + 1),
            PT_N(q->complaints)},
        .args = 6};
    struct listing l = {out, PT_APPLICATIONS_PAGE};

    return list(store, &stmt, &l, arena, err);
}

enum mh_code
pt_store_application_desk(struct pt_store *store, int64_t account,
    struct mh_arena *arena, struct mh_err *err, struct pt_application_list *out)
{
    const struct pt_stmt stmt = {
        .sql = ITEM " WHERE a.state IN (4, 5) AND a.court IN"
                    "  (SELECT court FROM official WHERE account = ?1)"
                    " ORDER BY a.submitted, a.id LIMIT ?2",
        .arg = {PT_N(account), PT_N(PT_DESK_MAX + 1)},
        .args = 2};
    struct listing l = {out, PT_DESK_MAX};

    return list(store, &stmt, &l, arena, err);
}

static bool
take_true(void *ctx, struct pt_cursor *stmt)
{
    bool *is = ctx;

    (void)stmt;
    *is = true;
    return false;
}

enum mh_code
pt_store_application_official(struct pt_store *store,
    const struct pt_application *a, int64_t account, struct mh_err *err,
    bool *is)
{
    const struct pt_stmt stmt = {
        .sql = "SELECT 1 FROM official WHERE account = ?1 AND court = ?2",
        .arg = {PT_N(account), PT_N(a->court)},
        .args = 2};

    *is = false;
    return pt_rows_read(store, &stmt, take_true, is, err);
}
