#include "portal/store/draws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest/digest.h"
#include "base/text.h"
#include "base/time.h"
#include "portal/data/policy.h"
#include "portal/http/id.h"
#include "portal/store/events.h"
#include "portal/store/rows.h"

enum {
    DATA_MAX = 512, /* bytes of what a record says */
};

enum mh_code
pt_draw_place(const uint8_t root[static PT_HASH], const char *application,
    size_t judges, struct mh_err *err, size_t *out)
{
    uint8_t all[PT_HASH + 26], hash[MH_DIGEST_MAX];
    size_t place = 0;
    enum mh_code code;

    *out = 0;
    if (judges == 0 || judges > PT_DRAW_LIST_MAX || strlen(application) != 26)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "draw: its values");
    memcpy(all, root, PT_HASH);
    memcpy(all + PT_HASH, application, 26);
    code = mh_digest_once(
        MH_SHA256, (struct mh_span){all, sizeof(all)}, err, hash);
    for (size_t i = 0; i < PT_HASH && code == MH_OK; i++)
        place = (place * 256 + hash[i]) % judges;
    *out = place;
    return code;
}

bool
pt_draw_line(
    const char *judges, size_t n, int64_t *account, char name[static 258])
{
    const char *tab, *end;

    for (; n > 0 && judges[0] != '\0'; n--) {
        judges += strcspn(judges, "\n");
        judges += judges[0] == '\n';
    }
    tab = strchr(judges, '\t');
    end = strchr(judges, '\n');
    if (tab == NULL || end == NULL || tab > end || end - tab > 257)
        return false;
    *account = strtoll(judges, NULL, 10);
    memcpy(name, tab + 1, (size_t)(end - tab - 1));
    name[end - tab - 1] = '\0';
    return true;
}

/* ---- opening ---- */

/* The list of a court on a day; its lines are counted. */
static enum mh_code
write_list(struct pt_store *s, const char *application, int64_t day,
    struct mh_buf *out, size_t *count, struct mh_err *err)
{
    struct pt_cursor *stmt = pt_db_prepare(&s->writer,
        "SELECT p.id || char(9) || p.surname || ' ' || p.name || char(10)"
        " FROM application a JOIN official o ON o.court = a.court"
        " JOIN account p ON p.id = o.account WHERE a.id = ?1 AND p.role = 4"
        " AND p.state = 1 AND NOT EXISTS (SELECT 1 FROM judge_leave l"
        "  WHERE l.court = o.court AND l.account = p.id AND l.begins <= ?2"
        "  AND l.ends > ?2) ORDER BY p.surname, p.name, p.id");
    enum pt_stepped rc;

    *count = 0;
    if (stmt == NULL)
        return pt_db_fail(&s->writer, "draw", err);
    pt_bind_text(stmt, 1, application);
    pt_bind_i64(stmt, 2, day);
    while ((rc = pt_step(stmt)) == PT_ROW) {
        mh_buf_str(out, pt_column_str(stmt, 0));
        ++*count;
    }
    pt_reset(stmt);
    if (rc != PT_DONE)
        return pt_db_fail(&s->writer, "draw", err);
    mh_buf_byte(out, 0);
    return mh_buf_ok(out)
               ? MH_OK
               : mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "draw: a long list");
}

/* List, draw and record, in the writer's transaction. */
static enum mh_code
add_draw(struct pt_store *s, const struct pt_application_by *by,
    const char *case_id, const char *list, size_t count, struct mh_err *err)
{
    uint8_t hash[MH_DIGEST_MAX];
    char id[27], who[32], obj[48], data[DATA_MAX], hex[2 * PT_HASH + 1];
    const struct pt_record r = {
        .ev = "draw.opened", .who = who, .obj = obj, .res = "ok", .data = data};
    struct pt_stmt stmt[] = {
        {.sql = "INSERT INTO judge_list (id, court, judges, sha256, published)"
                " SELECT ?2, court, ?3, ?4, ?5 FROM application WHERE id = ?1",
            .arg = {PT_S(by->id), PT_S(id), PT_S(list),
                PT_B(((struct mh_span){hash, PT_HASH})), PT_N(by->now)},
            .args = 5},
        {.sql = "INSERT INTO draw (case_id, application, list, asked)"
                " VALUES (?1, ?2, ?3, ?4)",
            .arg = {PT_S(case_id), PT_S(by->id), PT_S(id), PT_N(by->now)},
            .args = 4}};
    enum mh_code code = mh_digest_once(MH_SHA256, mh_span_str(list), err, hash);

    if (code != MH_OK)
        return code;
    pt_id_new(id);
    mh_hex_encode((struct mh_span){hash, PT_HASH}, hex);
    (void)snprintf(who, sizeof(who), "p:%lld", (long long)by->account);
    (void)snprintf(obj, sizeof(obj), "application:%.26s", by->id);
    (void)snprintf(data, sizeof(data), "case=%.26s\njudges=%zu\nlist=%s\n",
        case_id, count, hex); /* all fit */
    code = pt_rows_run(s, &stmt[0], err);
    if (code == MH_OK)
        code = pt_rows_run(s, &stmt[1], err);
    return code == MH_OK ? pt_record_put(s, &r, by->now, err) : code;
}

enum mh_code
pt_draw_open(struct pt_store *s, const struct pt_application_by *by,
    const char *case_id, struct mh_err *err)
{
    struct mh_buf list;
    size_t count;
    enum mh_code code;

    mh_buf_init(&list, PT_DRAW_LIST_MAX);
    code = write_list(s, by->id, pt_policy_day(by->now), &list, &count, err);
    if (code == MH_OK && count > 0)
        code = add_draw(
            s, by, case_id, (const char *)mh_buf_get(&list).ptr, count, err);
    mh_buf_fini(&list);
    return code;
}

/* ---- reading ---- */

struct reading {
    struct mh_arena *arena;
    struct pt_draw *out;
    bool full;
};

static const char *
text(struct reading *r, struct pt_cursor *stmt, int at)
{
    const char *s = pt_column_str(stmt, at);
    const char *copy = mh_arena_str(r->arena, mh_span_str(s == NULL ? "" : s));

    r->full = r->full || copy == NULL;
    return copy == NULL ? "" : copy;
}

static bool
take_draw(void *ctx, struct pt_cursor *stmt)
{
    struct reading *r = ctx;
    struct pt_draw *d = r->out;
    struct mh_span sha256 = pt_column_blob(stmt, 3),
                   root = pt_column_blob(stmt, 9);

    pt_column_text(stmt, 0, d->case_id, sizeof(d->case_id));
    pt_column_text(stmt, 1, d->application, sizeof(d->application));
    d->judges = text(r, stmt, 2);
    for (const char *p = d->judges; *p != '\0'; p++)
        d->count += *p == '\n';
    if (sha256.len == PT_HASH)
        memcpy(d->sha256, sha256.ptr, PT_HASH);
    d->published = pt_column_i64(stmt, 4);
    d->asked = pt_column_i64(stmt, 5);
    d->record = pt_column_i64(stmt, 6);
    d->drawn = pt_column_time(stmt, 7);
    d->note = text(r, stmt, 8);
    if (root.len == PT_HASH)
        memcpy(d->root, root.ptr, PT_HASH);
    d->place = (size_t)pt_column_i64(stmt, 10);
    d->judge = pt_column_i64(stmt, 11);
    d->node = pt_column_i64(stmt, 12);
    d->opening = pt_column_i64(stmt, 13);
    return false;
}

#define DRAW                                                                   \
    "SELECT d.case_id, d.application, l.judges, l.sha256, l.published,"        \
    " d.asked, coalesce(d.record, (SELECT min(i.n) FROM audit_index i WHERE"   \
    "  i.node = d.node AND i.obj = CASE d.opening WHEN 1 THEN 'application:'"  \
    "  || d.application ELSE 'draw:' || d.application || ':' || d.opening END" \
    "  AND i.ev = CASE d.opening WHEN 1 THEN 'draw.opened'"                    \
    "  ELSE 'draw.reopened' END), -1) AS n, d.drawn, d.note, d.root,"          \
    " coalesce(d.place, 0), coalesce(d.judge, 0), coalesce(d.node, -1),"       \
    " d.opening FROM draw d JOIN judge_list l ON l.id = d.list"

static enum mh_code
read_draw(struct pt_store *store, const struct pt_stmt *stmt,
    struct mh_arena *arena, struct mh_err *err, struct pt_draw *out)
{
    struct reading r = {.arena = arena, .out = out};
    enum mh_code code;

    *out = (struct pt_draw){
        .judges = "", .note = "", .drawn = MH_TIME_NONE, .node = -1};
    code = pt_rows_read(store, stmt, take_draw, &r, err);
    return code == MH_OK && r.full
               ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory")
               : code;
}

enum mh_code
pt_store_draw_get(struct pt_store *store, const char *case_id,
    struct mh_arena *arena, struct mh_err *err, struct pt_draw *out)
{
    const struct pt_stmt stmt = {
        .sql = DRAW " WHERE d.case_id = ?1", .arg = {PT_S(case_id)}, .args = 1};

    return read_draw(store, &stmt, arena, err, out);
}

enum mh_code
pt_store_draw_due(struct pt_store *store, struct mh_arena *arena,
    struct mh_err *err, struct pt_draw *out)
{
    const struct pt_stmt stmt = {.sql = "SELECT * FROM (" DRAW
                                        " WHERE d.drawn IS NULL"
                                        " AND d.node = ?1) w"
                                        " WHERE n >= 0 ORDER BY asked LIMIT 1",
        .arg = {PT_N(pt_store_node(store))},
        .args = 1};

    return read_draw(store, &stmt, arena, err, out);
}

/* ---- whose it is ---- */

/* "KEY=NODE" and a line feed, or "": a store without nodes has one log. */
static void
log_name(int64_t node, const char *key, char out[static 32])
{
    out[0] = '\0';
    if (node > 0)
        (void)snprintf(
            out, 32, "%.10s=%lld\n", key, (long long)node); /* fits */
}

enum mh_code
pt_store_draw_take(
    struct pt_store *store, int64_t last, int64_t now, struct mh_err *err)
{
    /* The name of an application stands behind "application:". */
    struct pt_stmt stmt = {
        .sql = "UPDATE draw SET node = ?1, taken = ?2 WHERE node IS NULL"
               " AND drawn IS NULL AND application IN (SELECT substr(obj, 13)"
               " FROM outbox WHERE ev = 'draw.opened' AND id <= ?3)",
        .arg = {PT_N(pt_store_node(store)), PT_N(now), PT_N(last)},
        .args = 3};

    return pt_rows_write(store, &stmt, 1, err);
}

struct reopening {
    int64_t now;
    struct pt_draw d;
    int64_t count, taken;
    bool some;
};

static bool
take_late(void *ctx, struct pt_cursor *stmt)
{
    struct reopening *v = ctx;
    struct mh_span sha256 = pt_column_blob(stmt, 5);

    v->some = true;
    pt_column_text(stmt, 0, v->d.case_id, sizeof(v->d.case_id));
    pt_column_text(stmt, 1, v->d.application, sizeof(v->d.application));
    v->d.node = pt_column_i64(stmt, 2);
    v->d.opening = pt_column_i64(stmt, 3);
    v->taken = pt_column_i64(stmt, 4);
    if (sha256.len == PT_HASH)
        memcpy(v->d.sha256, sha256.ptr, PT_HASH);
    v->count = pt_column_i64(stmt, 6);
    return false;
}

static enum mh_code
reopen_rows(struct pt_store *s, const struct reopening *v, struct mh_err *err)
{
    const struct pt_draw *d = &v->d;
    struct pt_stmt stmt[] = {
        {.sql = "INSERT INTO draw_opening (case_id, n, node, taken, ended)"
                " VALUES (?1, ?2, ?3, ?4, ?5)",
            .arg = {PT_S(d->case_id), PT_N(d->opening), PT_N(d->node),
                PT_N(v->taken), PT_N(v->now)},
            .args = 5},
        {.sql = "UPDATE draw SET node = ?2, taken = ?3, opening = opening + 1"
                " WHERE case_id = ?1",
            .arg = {PT_S(d->case_id), PT_N(pt_store_node(s)), PT_N(v->now)},
            .args = 3}};
    enum mh_code code = pt_rows_run(s, &stmt[0], err);

    return code == MH_OK ? pt_rows_run(s, &stmt[1], err) : code;
}

/* The draw that another node's log has had for too long. */
static struct pt_stmt
late_draw(const struct pt_store *s, int64_t now)
{
    return (struct pt_stmt){
        .sql = "SELECT d.case_id, d.application, d.node, d.opening, d.taken,"
               " l.sha256, length(l.judges) - length(replace(l.judges,"
               " char(10), '')) FROM draw d JOIN judge_list l ON l.id = d.list"
               " WHERE d.drawn IS NULL AND d.node <> ?1 AND d.taken <= ?2"
               " ORDER BY d.taken, d.case_id LIMIT 1",
        .arg = {PT_N(pt_store_node(s)), PT_N(now - PT_DRAW_WAITS)},
        .args = 2};
}

static enum mh_code
reopen(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct reopening *v = arg;
    const struct pt_stmt late = late_draw(s, v->now);
    char obj[64], data[DATA_MAX], hex[2 * PT_HASH + 1], log[32], was[32];
    const struct pt_record r = {.ev = "draw.reopened",
        .who = "",
        .obj = obj,
        .res = "ok",
        .data = data};
    enum mh_code code = pt_rows_first(s, &late, take_late, v, err);

    if (code != MH_OK || !v->some)
        return code;
    mh_hex_encode((struct mh_span){v->d.sha256, PT_HASH}, hex);
    log_name(pt_store_node(s), "log", log);
    log_name(v->d.node, "was", was);
    (void)snprintf(obj, sizeof(obj), "draw:%.26s:%lld", v->d.application,
        (long long)v->d.opening + 1);
    (void)snprintf(data, sizeof(data),
        "case=%.26s\njudges=%lld\nlist=%s\n%sopening=%lld\n%s", v->d.case_id,
        (long long)v->count, hex, log, (long long)v->d.opening + 1,
        was); /* both fit */
    code = reopen_rows(s, v, err);
    return code == MH_OK ? pt_record_put(s, &r, v->now, err) : code;
}

enum mh_code
pt_store_draw_reopen(
    struct pt_store *store, int64_t now, struct mh_err *err, bool *some)
{
    const struct pt_stmt late = late_draw(store, now);
    struct reopening v = {.now = now};
    struct pt_write w = {.run = reopen, .arg = &v};
    enum mh_code code = MH_OK;

    *some = false;
    if (pt_store_node(store) == 0)
        return MH_OK; /* there is no other log */
    /* It is asked again and again: most of the time there is none. */
    code = pt_rows_read(store, &late, take_late, &v, err);
    if (code != MH_OK || !v.some)
        return code;
    v = (struct reopening){.now = now};
    code = pt_write_do(store, &w, err);
    *some = code == MH_OK && v.some;
    return code;
}

static bool
take_opening(void *ctx, struct pt_cursor *stmt)
{
    struct pt_draw_openings *out = ctx;

    out->item[out->count++] =
        (struct pt_draw_opening){.n = pt_column_i64(stmt, 0),
            .node = pt_column_i64(stmt, 1),
            .taken = pt_column_i64(stmt, 2),
            .ended = pt_column_i64(stmt, 3)};
    return out->count < PT_DRAW_OPENINGS;
}

enum mh_code
pt_store_draw_openings(struct pt_store *store, const char *case_id,
    struct mh_err *err, struct pt_draw_openings *out)
{
    const struct pt_stmt stmt = {
        .sql = "SELECT n, node, taken, ended FROM draw_opening"
               " WHERE case_id = ?1 ORDER BY n LIMIT ?2",
        .arg = {PT_S(case_id), PT_N(PT_DRAW_OPENINGS)},
        .args = 2};

    out->count = 0;
    return pt_rows_read(store, &stmt, take_opening, out, err);
}

/* ---- drawing ---- */

struct drawing {
    struct pt_draw *d;
    int64_t now;
};

static enum mh_code
draw_rows(struct pt_store *s, const struct drawing *v, bool *first,
    struct mh_err *err)
{
    const struct pt_draw *d = v->d;
    struct pt_stmt stmt[] = {
        {.sql = "UPDATE draw SET record = ?2, note = ?3, root = ?4, place = ?5,"
                " judge = ?6, drawn = ?7 WHERE case_id = ?1 AND drawn IS NULL"
                " AND node = ?8 AND opening = ?9",
            .arg = {PT_S(d->case_id), PT_N(d->record), PT_S(d->note),
                PT_B(((struct mh_span){d->root, PT_HASH})),
                PT_N((int64_t)d->place), PT_N(d->judge), PT_N(v->now),
                PT_N(d->node), PT_N(d->opening)},
            .args = 9},
        {.sql = "UPDATE court_case SET judge = ?2, status = CASE status"
                " WHEN 1 THEN 2 ELSE status END WHERE id = ?1"
                " AND judge IS NULL",
            .arg = {PT_S(d->case_id), PT_N(d->judge)},
            .args = 2}};
    enum mh_code code = pt_rows_run(s, &stmt[0], err);

    *first = stmt[0].changes == 1;
    return code == MH_OK && *first ? pt_rows_run(s, &stmt[1], err) : code;
}

static enum mh_code
draw(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct drawing *v = arg;
    const struct pt_draw *d = v->d;
    char obj[48], data[DATA_MAX], hex[2 * PT_HASH + 1], name[258], log[32];
    const struct pt_record r = {
        .ev = "draw.done", .who = "", .obj = obj, .res = "ok", .data = data};
    const struct pt_event_new e = {.case_id = d->case_id,
        .kind = "judge-drawn",
        .at = v->now,
        .data = name,
        .judge = true};
    int64_t account;
    bool first;
    enum mh_code code = draw_rows(s, v, &first, err);

    if (code != MH_OK || !first)
        return code;
    mh_hex_encode((struct mh_span){d->root, PT_HASH}, hex);
    (void)snprintf(obj, sizeof(obj), "case:%.26s", d->case_id);
    log_name(d->node, "log", log);
    (void)snprintf(data, sizeof(data),
        "application=%.26s\njudge=p:%lld\n%splace=%zu\nrecord=%lld\n"
        "root=%s\n",
        d->application, (long long)d->judge, log, d->place,
        (long long)d->record, hex); /* both fit */
    code = pt_record_put(s, &r, v->now, err);
    if (!pt_draw_line(d->judges, d->place, &account, name) ||
        strlen(name) > PT_TEXT_MAX)
        name[0] = '\0';
    return code == MH_OK ? pt_event_write(s, &e, err) : code;
}

enum mh_code
pt_store_draw_done(
    struct pt_store *store, struct pt_draw *d, int64_t now, struct mh_err *err)
{
    struct drawing v = {d, now};
    struct pt_write w = {.run = draw, .arg = &v};
    char name[258];
    enum mh_code code =
        pt_draw_place(d->root, d->application, d->count, err, &d->place);

    if (code != MH_OK)
        return code;
    if (!pt_draw_line(d->judges, d->place, &d->judge, name))
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "draw: its list");
    d->drawn = now;
    return pt_write_do(store, &w, err);
}
