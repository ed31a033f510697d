#include "portal/store/deliveries.h"

#include <string.h>

#include "base/text.h"
#include "portal/http/id.h"
#include "portal/store/rows.h"

static void
id_new(char out[static PT_DELIVERY_ID + 1])
{
    uint8_t raw[PT_DELIVERY_ID / 2];

    pt_random(raw, sizeof(raw));
    mh_hex_encode((struct mh_span){raw, sizeof(raw)}, out);
}

/* NULL for an account that is nobody's. */
static struct pt_arg
account_arg(int64_t account)
{
    return account == 0 ? (struct pt_arg){.none = true}
                        : (struct pt_arg){.number = account};
}

static struct pt_stmt
adding(const struct pt_delivery *d, const char *id)
{
    return (struct pt_stmt){
        .sql = "INSERT INTO delivery (id, account, address, channel, kind,"
               " lang, args, state, next_at, created)"
               " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)",
        .arg = {PT_S(id), account_arg(d->account), PT_S(d->address),
            PT_N((int64_t)d->channel), PT_S(d->kind), PT_S(d->lang),
            PT_S(d->args), PT_N(PT_DELIVERY_QUEUED), PT_N(d->created)},
        .args = 9};
}

enum mh_code
pt_store_delivery_add(struct pt_store *store,
    const struct pt_delivery *delivery, struct mh_err *err)
{
    char id[PT_DELIVERY_ID + 1] = "";
    struct pt_stmt s = adding(delivery, id);

    id_new(id);
    return pt_rows_write(store, &s, 1, err);
}

enum mh_code
pt_delivery_write(struct pt_store *store, const struct pt_delivery *delivery,
    struct mh_err *err)
{
    char id[PT_DELIVERY_ID + 1];
    struct pt_stmt s;

    id_new(id);
    s = adding(delivery, id);
    return pt_rows_run(store, &s, err);
}

enum mh_code
pt_delivery_fan_out(
    struct pt_store *store, const char *event, struct mh_err *err)
{
    struct pt_stmt s = {
        .sql =
            "INSERT INTO delivery (id, account, address, channel, kind, lang,"
            " args, state, next_at, created)"
            " SELECT lower(hex(randomblob(16))), a.id, '', w.channel,"
            " 'notice', a.lang, coalesce(c.number, f.number, '') || char(10)"
            " || n.id ||"
            " CASE WHEN e.kind = 'case-registered' OR e.kind LIKE 'hearing-%'"
            "  THEN char(10) || e.kind || char(10) || e.data"
            /* Titles may have names; a term may have begun all the same. */
            "  WHEN e.kind IN ('act-published', 'complaint-registered')"
            "  THEN char(10) || e.kind || char(10) ELSE '' END,"
            " 1, n.at, n.at"
            " FROM event e JOIN notification n ON n.event = e.id"
            " JOIN account a ON a.id = n.recipient"
            " LEFT JOIN court_case c ON c.id = e.case_id"
            " LEFT JOIN application f ON f.id = e.application"
            " JOIN (SELECT 1 AS channel UNION ALL SELECT 2) w"
            "  ON w.channel > 0"
            " WHERE e.id = ?1 AND a.state = 1 AND a.pending = 0 AND"
            " CASE w.channel WHEN 1 THEN a.notify_email = 1 AND a.email_proven "
            "= 1"
            " AND a.email <> '' ELSE a.notify_sms = 1 AND a.phone <> '' END",
        .arg = {PT_S(event)},
        .args = 1};

    return pt_rows_run(store, &s, err);
}

struct lease {
    int64_t now, until;
    struct pt_delivery *out;
    enum pt_found *found;
};

#define DUE "state IN (1, 2) AND next_at <= ?1"

static bool
take_delivery(void *ctx, struct pt_cursor *stmt)
{
    struct lease *l = ctx;
    struct pt_delivery *d = l->out;

    *d = (struct pt_delivery){.account = pt_column_i64(stmt, 1),
        .channel = (enum pt_channel)pt_column_int(stmt, 3),
        .again = pt_column_int(stmt, 7) == PT_DELIVERY_SENDING,
        .tries = (uint32_t)pt_column_i64(stmt, 8) + 1,
        .created = pt_column_i64(stmt, 9)};
    pt_column_text(stmt, 0, d->id, sizeof(d->id));
    pt_column_text(stmt, 2, d->address, sizeof(d->address));
    pt_column_text(stmt, 4, d->kind, sizeof(d->kind));
    pt_column_text(stmt, 5, d->lang, sizeof(d->lang));
    pt_column_text(stmt, 6, d->args, sizeof(d->args));
    *l->found = PT_FOUND;
    return false;
}

enum mh_code
pt_store_delivery_lease(struct pt_store *store, int64_t now, int64_t until,
    struct mh_err *err, struct pt_delivery *out, enum pt_found *found)
{
    struct lease l = {now, until, out, found};
    const struct pt_stmt look = {
        .sql =
            "SELECT d.id, coalesce(d.account, 0), CASE"
            " WHEN d.account IS NULL OR d.address <> '' THEN d.address"
            " WHEN d.channel = 1 THEN a.email ELSE a.phone END,"
            " d.channel, d.kind, d.lang, d.args, d.state, d.tries,"
            " d.created FROM delivery d LEFT JOIN account a"
            " ON a.id = d.account WHERE d." DUE " ORDER BY d.next_at LIMIT 1",
        .arg = {PT_N(now)},
        .args = 1};
    struct pt_stmt mark = {.sql = "UPDATE delivery SET state = 2, next_at = ?2,"
                                  " tries = tries + 1 WHERE id = ?3 AND " DUE,
        .arg = {PT_N(now), PT_N(until), PT_S(out->id)},
        .args = 3};
    enum mh_code code;

    *found = PT_ABSENT;
    code = pt_rows_read(store, &look, take_delivery, &l, err);
    if (code == MH_OK && *found == PT_FOUND) {
        code = pt_rows_write(store, &mark, 1, err);
        if (mark.changes != 1)
            *found = PT_ABSENT;
    }
    return code;
}

enum mh_code
pt_store_delivery_recover(struct pt_store *store, struct mh_err *err)
{
    struct pt_stmt s = {
        .sql = "UPDATE delivery SET next_at = 0 WHERE state = 2"};

    return pt_rows_write(store, &s, 1, err);
}

enum mh_code
pt_store_delivery_end(
    struct pt_store *store, const struct pt_delivered *end, struct mh_err *err)
{
    struct pt_stmt s = {
        .sql = "UPDATE delivery SET state = ?2, next_at = ?3,"
               " provider_ref = ?4, args = CASE ?2 WHEN 1 THEN args ELSE ''"
               " END WHERE id = ?1 AND state = 2",
        .arg = {PT_S(end->id), PT_N((int64_t)end->state), PT_N(end->next_at),
            PT_S(end->ref)},
        .args = 4};

    return pt_rows_write(store, &s, 1, err);
}

enum mh_code
pt_store_delivery_token(struct pt_store *store, const char *id,
    const uint8_t token[static PT_HASH], struct mh_err *err)
{
    const struct mh_span hash = {token, PT_HASH};
    struct pt_stmt s = {.sql = "UPDATE delivery SET token = ?2 WHERE id = ?1",
        .arg = {PT_S(id), PT_B(hash)},
        .args = 2};

    return pt_rows_write(store, &s, 1, err);
}

enum mh_code
pt_store_delivery_report(struct pt_store *store, const char *id,
    const uint8_t token[static PT_HASH], enum pt_delivery_state state,
    struct mh_err *err, enum pt_found *found)
{
    const struct mh_span hash = {token, PT_HASH};
    /* A report may come before the answer to the request. */
    struct pt_stmt s = {
        .sql =
            "UPDATE delivery SET state = CASE ?3 WHEN 3 THEN state ELSE ?3 END,"
            " token = CASE ?3 WHEN 3 THEN token END,"
            " args = CASE ?3 WHEN 3 THEN args ELSE '' END"
            " WHERE id = ?1 AND token = ?2 AND state IN (2, 3)",
        .arg = {PT_S(id), PT_B(hash), PT_N((int64_t)state)},
        .args = 3};
    enum mh_code code = pt_rows_write(store, &s, 1, err);

    *found = s.changes == 1 ? PT_FOUND : PT_ABSENT;
    return code;
}

static bool
take_counts(void *ctx, struct pt_cursor *stmt)
{
    struct pt_delivery_counts *c = ctx;

    c->queued = (uint64_t)pt_column_i64(stmt, 0);
    c->dead = (uint64_t)pt_column_i64(stmt, 1);
    return false;
}

enum mh_code
pt_store_delivery_count(
    struct pt_store *store, struct mh_err *err, struct pt_delivery_counts *out)
{
    const struct pt_stmt s = {
        .sql = "SELECT (SELECT count(*) FROM delivery WHERE state IN (1, 2)),"
               " (SELECT count(*) FROM delivery WHERE state = 6)"};

    *out = (struct pt_delivery_counts){0, 0};
    return pt_rows_read(store, &s, take_counts, out, err);
}

enum mh_code
pt_store_delivery_expire(
    struct pt_store *store, int64_t before, int64_t now, struct mh_err *err)
{
    struct pt_stmt s[] = {
        {.sql = "DELETE FROM delivery WHERE state >= 3 AND created < ?1",
            .arg = {PT_N(before)},
            .args = 1},
        {.sql = "DELETE FROM proof WHERE until < ?1",
            .arg = {PT_N(now)},
            .args = 1}};

    return pt_rows_write(store, s, 2, err);
}

static struct pt_stmt
keeping(const struct pt_proof *proof)
{
    const struct mh_span token = {proof->token, PT_HASH},
                         code = {proof->code, PT_HASH};

    return (struct pt_stmt){
        .sql = "INSERT INTO proof (token, purpose, account, code, until, data)"
               " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        .arg = {PT_B(token), PT_S(proof->purpose), PT_N(proof->account),
            PT_B(code), PT_N(proof->until), PT_S(proof->data)},
        .args = 6};
}

enum mh_code
pt_store_proof_keep(
    struct pt_store *store, const struct pt_proof *proof, struct mh_err *err)
{
    struct pt_stmt s = keeping(proof);

    return pt_rows_write(store, &s, 1, err);
}

enum mh_code
pt_store_proof_add(struct pt_store *store, const struct pt_proof *proof,
    const struct pt_delivery *delivery, struct mh_err *err)
{
    char id[PT_DELIVERY_ID + 1] = "";
    struct pt_stmt s[] = {adding(delivery, id), keeping(proof),
        {.sql = "UPDATE delivery SET state = 5, args = '' WHERE id = ?1 AND"
                " (address = '' OR (?2 > 0 AND (SELECT count(*) FROM proof"
                " WHERE account = ?2 AND purpose = ?3 AND until > ?4) > ?5))",
            .arg = {PT_S(id), PT_N(proof->account), PT_S(proof->purpose),
                PT_N(delivery->created), PT_N(PT_PROOFS_OPEN)},
            .args = 5}};

    id_new(id);
    return pt_rows_write(store, s, 3, err);
}

struct taking {
    const struct pt_proof_given *given;
    struct pt_proven *out;
    uint8_t code[PT_HASH];
    uint32_t tries;
};

static bool
take_proof(void *ctx, struct pt_cursor *stmt)
{
    struct taking *t = ctx;
    struct mh_span code = pt_column_blob(stmt, 1);

    if (code.len == PT_HASH)
        memcpy(t->code, code.ptr, PT_HASH);
    t->out->account = pt_column_i64(stmt, 0);
    t->tries = (uint32_t)pt_column_i64(stmt, 2);
    pt_column_text(stmt, 3, t->out->data, sizeof(t->out->data));
    t->out->found = PT_FOUND;
    return false;
}

/* All bytes are looked at, wherever they differ. */
static bool
same(const uint8_t *a, const uint8_t *b)
{
    uint8_t d = 0;

    for (size_t i = 0; i < PT_HASH; i++)
        d |= (uint8_t)(a[i] ^ b[i]);
    return d == 0;
}

enum mh_code
pt_store_proof_take(struct pt_store *store, const struct pt_proof_given *given,
    struct mh_err *err, struct pt_proven *out)
{
    static const uint8_t none[PT_HASH];
    struct taking t = {.given = given, .out = out};
    const struct mh_span token = {given->token, PT_HASH};
    const struct pt_stmt look = {
        .sql = "SELECT account, code, tries, data FROM proof WHERE token = ?1"
               " AND purpose = ?2 AND until > ?3 AND tries < ?4",
        .arg = {PT_B(token), PT_S(given->purpose), PT_N(given->now),
            PT_N(PT_PROOF_TRIES)},
        .args = 4};
    /* The number of tries is the fence: two at once are not one. */
    struct pt_stmt end = {
        .sql = "DELETE FROM proof WHERE token = ?1 AND tries = ?2",
        .arg = {PT_B(token), PT_N(0)},
        .args = 2};
    enum mh_code code;
    bool right;

    *out = (struct pt_proven){.found = PT_ABSENT};
    code = pt_rows_read(store, &look, take_proof, &t, err);
    if (code != MH_OK || out->found == PT_ABSENT || given->look)
        return code;
    right = same(t.code, given->code == NULL ? none : given->code);
    end.arg[1].number = t.tries;
    if (!right) {
        end.sql = "UPDATE proof SET tries = tries + 1"
                  " WHERE token = ?1 AND tries = ?2";
        out->found = PT_ABSENT;
        out->wrong = t.tries + 1 < PT_PROOF_TRIES;
    }
    code = pt_rows_write(store, &end, 1, err);
    if (code == MH_OK && end.changes != 1)
        out->found = PT_ABSENT;
    return code;
}

enum mh_code
pt_store_letter_add(struct pt_store *store, int64_t account, const char *text,
    const struct pt_delivery *delivery, struct mh_err *err)
{
    char id[PT_DELIVERY_ID + 1] = "";
    struct pt_stmt s[] = {
        {.sql = "INSERT INTO letter (account, text, created)"
                " VALUES (?1, ?2, ?3)",
            .arg = {PT_N(account), PT_S(text), PT_N(delivery->created)},
            .args = 3},
        adding(delivery, id)};

    id_new(id);
    return pt_rows_write(store, s, delivery->address[0] == '\0' ? 1 : 2, err);
}
