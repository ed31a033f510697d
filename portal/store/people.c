#include "portal/store/people.h"

#include <string.h>

#include "portal/store/db.h"

enum {
    SEEN_EVERY = 60,     /* seconds between two writes of a session */
    SESSIONS_SHOWN = 50, /* of one account */
};

static const char *const role_names[] = {"", "citizen", "lawyer", "participant",
    "judge", "clerk", "president", "auditor", "operator"};

const char *
pt_role_name(enum pt_role role)
{
    return role > 0 && role < PT_ROLES ? role_names[role] : "";
}

bool
pt_role_of(const char *name, enum pt_role *out)
{
    for (int i = PT_ROLE_CITIZEN; i < PT_ROLES; i++)
        if (strcmp(role_names[i], name) == 0) {
            *out = (enum pt_role)i;
            return true;
        }
    return false;
}

bool
pt_role_official(enum pt_role role)
{
    return role >= PT_ROLE_JUDGE;
}

/* Runs one statement of the writer with what bind gives it. */
struct change {
    const char *sql;
    void (*bind)(struct pt_cursor *stmt, const void *arg);
    const void *arg;
    int64_t id; /* of the row that was added */
};

static enum mh_code
run_change(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct change *c = arg;
    struct pt_db *db = &s->writer;
    struct pt_cursor *stmt = pt_db_prepare(db, c->sql);
    enum mh_code code;

    if (stmt == NULL)
        return pt_db_fail(db, "people", err);
    c->bind(stmt, c->arg);
    code = pt_db_run(db, stmt, "people", err);
    if (code == MH_EINTERNAL && pt_db_taken(db))
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "store: it is somebody's already");
    c->id = db->returned;
    return code;
}

static enum mh_code
change(struct pt_store *store, struct change *c, struct mh_err *err)
{
    struct pt_write w = {.run = run_change, .arg = c};

    return pt_write_do(store, &w, err);
}

static void
bind_account(struct pt_cursor *stmt, const void *arg)
{
    const struct pt_account *a = arg;

    pt_bind_text(stmt, 1, a->username);
    pt_bind_text(stmt, 2, a->hash);
    if (a->fin[0] != '\0')
        pt_bind_text(stmt, 3, a->fin);
    pt_bind_text(stmt, 4, a->surname);
    pt_bind_text(stmt, 5, a->name);
    pt_bind_text(stmt, 6, a->patronymic);
    pt_bind_text(stmt, 7, a->email);
    pt_bind_text(stmt, 8, a->phone);
    pt_bind_i64(stmt, 9, (int64_t)a->role);
    pt_bind_i64(stmt, 10, (int64_t)a->state);
    pt_bind_i64(stmt, 11, a->created);
    pt_bind_i64(stmt, 12, a->pending);
    pt_bind_i64(stmt, 13, a->email_proven);
    pt_bind_text(stmt, 14, a->lang[0] == '\0' ? "az" : a->lang);
    pt_bind_text(stmt, 15, a->consent);
}

enum mh_code
pt_store_account_add(struct pt_store *store, const struct pt_account *account,
    struct mh_err *err, int64_t *id)
{
    struct change c = {
        .sql = "INSERT INTO account (username, hash, fin, surname, name,"
               " patronymic, email, phone, role, state, created, pending,"
               " email_proven, lang, consent) VALUES (?1, ?2, ?3, ?4, ?5, ?6,"
               " ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) RETURNING id",
        .bind = bind_account,
        .arg = account};
    enum mh_code code = change(store, &c, err);

    if (code == MH_OK)
        *id = c.id;
    return code;
}

#define ACCOUNT                                                                \
    "a.id, a.username, a.hash, a.fin, a.surname, a.name, a.patronymic,"        \
    " a.email, a.phone, a.role, a.state, a.created, a.fails, a.locked_until,"  \
    " a.pending, a.email_proven, a.notify_email, a.notify_sms, a.lang,"        \
    " a.consent"

enum {
    ACCOUNT_COLUMNS = 20
};

static void
read_account(struct pt_cursor *stmt, struct pt_account *out)
{
    *out = (struct pt_account){.id = pt_column_i64(stmt, 0),
        .role = (enum pt_role)pt_column_int(stmt, 9),
        .state = (enum pt_account_state)pt_column_int(stmt, 10),
        .created = pt_column_i64(stmt, 11),
        .fails = (uint32_t)pt_column_i64(stmt, 12),
        .locked_until = pt_column_i64(stmt, 13),
        .pending = pt_column_int(stmt, 14) != 0,
        .email_proven = pt_column_int(stmt, 15) != 0,
        .notify_email = pt_column_int(stmt, 16) != 0,
        .notify_sms = pt_column_int(stmt, 17) != 0};
    pt_column_text(stmt, 18, out->lang, sizeof(out->lang));
    pt_column_text(stmt, 19, out->consent, sizeof(out->consent));
    pt_column_text(stmt, 1, out->username, sizeof(out->username));
    pt_column_text(stmt, 2, out->hash, sizeof(out->hash));
    pt_column_text(stmt, 3, out->fin, sizeof(out->fin));
    pt_column_text(stmt, 4, out->surname, sizeof(out->surname));
    pt_column_text(stmt, 5, out->name, sizeof(out->name));
    pt_column_text(stmt, 6, out->patronymic, sizeof(out->patronymic));
    pt_column_text(stmt, 7, out->email, sizeof(out->email));
    pt_column_text(stmt, 8, out->phone, sizeof(out->phone));
}

/* The one row of a statement that was bound. */
static enum mh_code
one_account(struct pt_db *db, struct pt_cursor *stmt, struct mh_err *err,
    struct pt_account *out, enum pt_found *found)
{
    enum mh_code code = MH_OK;
    enum pt_stepped rc = stmt == NULL ? PT_ERROR : pt_step(stmt);

    *found = PT_ABSENT;
    if (rc == PT_ROW) {
        read_account(stmt, out);
        *found = PT_FOUND;
    } else if (rc != PT_DONE) {
        code = pt_db_fail(db, "account", err);
    }
    if (stmt != NULL)
        pt_reset(stmt);
    return code;
}

enum mh_code
pt_store_account_find(struct pt_store *store, const char *username,
    struct mh_err *err, struct pt_account *out, enum pt_found *found)
{
    struct pt_db *db = pt_read_begin(store);
    struct pt_cursor *stmt = pt_db_prepare(
        db, "SELECT " ACCOUNT " FROM account a WHERE a.username = ?1");
    enum mh_code code;

    if (stmt != NULL)
        pt_bind_text(stmt, 1, username);
    code = one_account(db, stmt, err, out, found);
    pt_read_end(store, db);
    return code;
}

enum mh_code
pt_store_account_by_fin(struct pt_store *store, const char *fin,
    struct mh_err *err, struct pt_account *out, enum pt_found *found)
{
    struct pt_db *db = pt_read_begin(store);
    struct pt_cursor *stmt =
        pt_db_prepare(db, "SELECT " ACCOUNT " FROM account a WHERE a.fin = ?1");
    enum mh_code code;

    if (stmt != NULL)
        pt_bind_text(stmt, 1, fin);
    code = one_account(db, stmt, err, out, found);
    pt_read_end(store, db);
    return code;
}

enum mh_code
pt_store_account_get(struct pt_store *store, int64_t id, struct mh_err *err,
    struct pt_account *out, enum pt_found *found)
{
    struct pt_db *db = pt_read_begin(store);
    struct pt_cursor *stmt =
        pt_db_prepare(db, "SELECT " ACCOUNT " FROM account a WHERE a.id = ?1");
    enum mh_code code;

    if (stmt != NULL)
        pt_bind_i64(stmt, 1, id);
    code = one_account(db, stmt, err, out, found);
    pt_read_end(store, db);
    return code;
}

/* Several statements, each with the account and one more value. */
struct steps {
    const char *sql[3];
    int64_t account;
    const char *text, *more;
    int64_t number;
    struct mh_span bytes;
};

static enum mh_code
run_steps(struct pt_store *s, void *arg, struct mh_err *err)
{
    const struct steps *a = arg;
    struct pt_db *db = &s->writer;
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < 3 && a->sql[i] != NULL && code == MH_OK; i++) {
        struct pt_cursor *stmt = pt_db_prepare(db, a->sql[i]);
        int wants = stmt == NULL ? 0 : pt_parameters(stmt);

        if (stmt == NULL)
            return pt_db_fail(db, "people", err);
        pt_bind_i64(stmt, 1, a->account);
        if (wants > 1 && a->text != NULL)
            pt_bind_text(stmt, 2, a->text);
        else if (wants > 1 && a->bytes.ptr != NULL)
            pt_bind_blob(stmt, 2, a->bytes);
        else if (wants > 1)
            pt_bind_i64(stmt, 2, a->number);
        if (wants > 2)
            pt_bind_text(stmt, 3, a->more);
        code = pt_db_run(db, stmt, "people", err);
    }
    return code;
}

static enum mh_code
run(struct pt_store *store, struct steps *a, struct mh_err *err)
{
    struct pt_write w = {.run = run_steps, .arg = a};

    return pt_write_do(store, &w, err);
}

static const char end_sessions[] = "DELETE FROM session WHERE account = ?1";

enum mh_code
pt_store_account_password(struct pt_store *store, int64_t account,
    const char *hash, struct mh_err *err)
{
    struct steps a = {
        .sql = {"UPDATE account SET hash = ?2, fails = 0, locked_until = 0"
                " WHERE id = ?1",
            end_sessions},
        .account = account,
        .text = hash};

    return run(store, &a, err);
}

enum mh_code
pt_store_account_contact(struct pt_store *store, int64_t account,
    const char *email, const char *phone, struct mh_err *err)
{
    struct steps a = {.sql = {"UPDATE account SET email_proven = CASE WHEN"
                              " email = ?2 THEN email_proven ELSE 0 END, email "
                              "= ?2, phone = ?3 WHERE id = ?1"},
        .account = account,
        .text = email,
        .more = phone};

    return run(store, &a, err);
}

enum mh_code
pt_store_account_state(struct pt_store *store, int64_t account,
    enum pt_account_state state, struct mh_err *err)
{
    struct steps a = {.sql = {"UPDATE account SET state = ?2 WHERE id = ?1",
                          state == PT_ACCOUNT_ACTIVE ? NULL : end_sessions},
        .account = account,
        .number = (int64_t)state};

    return run(store, &a, err);
}

enum mh_code
pt_store_account_email(struct pt_store *store, int64_t account,
    const char *email, struct mh_err *err)
{
    struct steps a = {.sql = {"UPDATE account SET email = ?2, email_proven = 1"
                              " WHERE id = ?1"},
        .account = account,
        .text = email};

    return run(store, &a, err);
}

enum mh_code
pt_store_account_notify(struct pt_store *store,
    const struct pt_account *account, struct mh_err *err)
{
    struct steps a = {
        .sql = {"UPDATE account SET notify_email = ?2 & 1,"
                " notify_sms = (?2 >> 1) & 1, lang = ?3 WHERE id = ?1"},
        .account = account->id,
        .number =
            (account->notify_email ? 1 : 0) + (account->notify_sms ? 2 : 0),
        .more = account->lang};

    return run(store, &a, err);
}

enum mh_code
pt_store_account_confirm(
    struct pt_store *store, int64_t account, struct mh_err *err)
{
    struct steps a = {.sql = {"UPDATE account SET pending = 0 WHERE id = ?1"},
        .account = account};

    return run(store, &a, err);
}

enum mh_code
pt_store_account_tried(struct pt_store *store, int64_t account, bool good,
    int64_t now, struct mh_err *err)
{
    /* After the third 1 second, then twice as many each time. */
    static const char wrong[] =
        "UPDATE account SET fails = fails + 1, locked_until = CASE"
        " WHEN fails + 1 < 3 THEN 0"
        " WHEN fails + 1 > 9 THEN ?2 + 60"
        " ELSE ?2 + min(60, 1 << CAST(fails - 2 AS INT)) END WHERE id = ?1";
    static const char right[] =
        "UPDATE account SET fails = 0, locked_until = 0"
        " WHERE id = ?1 AND (fails > 0 OR locked_until > 0)";
    struct steps a = {
        .sql = {good ? right : wrong}, .account = account, .number = now};

    return run(store, &a, err);
}

static void
bind_session(struct pt_cursor *stmt, const void *arg)
{
    const struct pt_session *s = arg;

    pt_bind_blob(stmt, 1, (struct mh_span){s->token, PT_HASH});
    pt_bind_i64(stmt, 2, s->account);
    pt_bind_i64(stmt, 3, s->level);
    pt_bind_i64(stmt, 4, s->created);
    pt_bind_i64(stmt, 5, s->idle_seconds);
    pt_bind_i64(stmt, 6, s->until);
    pt_bind_blob(stmt, 7, (struct mh_span){s->agent, PT_HASH});
}

enum mh_code
pt_store_session_add(struct pt_store *store, const struct pt_session *session,
    struct mh_err *err)
{
    struct change c = {
        .sql = "INSERT INTO session (token, account, level, created, seen,"
               " idle, until, agent) VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7)",
        .bind = bind_session,
        .arg = session};

    return change(store, &c, err);
}

static void
read_session(struct pt_cursor *stmt, int at, struct pt_session *out)
{
    struct mh_span token = pt_column_blob(stmt, at);
    struct mh_span agent = pt_column_blob(stmt, at + 7);

    *out = (struct pt_session){.account = pt_column_i64(stmt, at + 1),
        .level = (uint32_t)pt_column_i64(stmt, at + 2),
        .created = pt_column_i64(stmt, at + 3),
        .seen = pt_column_i64(stmt, at + 4),
        .idle_seconds = pt_column_i64(stmt, at + 5),
        .until = pt_column_i64(stmt, at + 6)};
    if (token.len == PT_HASH)
        memcpy(out->token, token.ptr, PT_HASH);
    if (agent.len == PT_HASH)
        memcpy(out->agent, agent.ptr, PT_HASH);
}

#define SESSION                                                                \
    "s.token, s.account, s.level, s.created, s.seen, s.idle, s.until, s.agent"
#define ALIVE "s.until > ?2 AND s.seen + s.idle > ?2"

static enum mh_code
touch(struct pt_store *store, const struct pt_session *session, int64_t now,
    struct mh_err *err)
{
    struct steps a = {
        .sql = {"UPDATE session SET seen = ?1 WHERE token = ?2 AND seen < ?1"},
        .account = now,
        .bytes = {session->token, PT_HASH}};

    return run(store, &a, err);
}

enum mh_code
pt_store_session_use(struct pt_store *store,
    const uint8_t token[static PT_HASH], int64_t now, struct mh_err *err,
    struct pt_who *out)
{
    struct pt_db *db = pt_read_begin(store);
    struct pt_cursor *stmt =
        pt_db_prepare(db, "SELECT " ACCOUNT ", " SESSION
                          " FROM session s JOIN account a ON a.id = s.account"
                          " WHERE s.token = ?1 AND a.state = 1 AND " ALIVE);
    enum mh_code code = MH_OK;
    enum pt_stepped rc = PT_ERROR;

    out->found = PT_ABSENT;
    if (stmt != NULL) {
        pt_bind_blob(stmt, 1, (struct mh_span){token, PT_HASH});
        pt_bind_i64(stmt, 2, now);
        rc = pt_step(stmt);
    }
    if (rc == PT_ROW) {
        read_account(stmt, &out->account);
        read_session(stmt, ACCOUNT_COLUMNS, &out->session);
        out->found = PT_FOUND;
    } else if (rc != PT_DONE) {
        code = pt_db_fail(db, "session", err);
    }
    if (stmt != NULL)
        pt_reset(stmt);
    pt_read_end(store, db);
    if (code == MH_OK && out->found == PT_FOUND &&
        out->session.seen + SEEN_EVERY <= now) {
        out->session.seen = now;
        code = touch(store, &out->session, now, err);
    }
    return code;
}

enum mh_code
pt_store_session_list(struct pt_store *store, int64_t account, int64_t now,
    struct mh_arena *arena, struct mh_err *err, struct pt_sessions *out)
{
    struct pt_db *db = pt_read_begin(store);
    struct pt_cursor *stmt = pt_db_prepare(db,
        "SELECT " SESSION " FROM session s WHERE s.account = ?1 AND " ALIVE
        " ORDER BY s.created DESC, s.token LIMIT 50");
    enum pt_stepped rc = PT_ERROR;
    enum mh_code code = MH_OK;

    out->count = 0;
    out->session = mh_arena_array(arena, SESSIONS_SHOWN, sizeof(*out->session));
    if (stmt != NULL && out->session != NULL) {
        pt_bind_i64(stmt, 1, account);
        pt_bind_i64(stmt, 2, now);
        while ((rc = pt_step(stmt)) == PT_ROW && out->count < SESSIONS_SHOWN)
            read_session(stmt, 0, &out->session[out->count++]);
    }
    if (out->session == NULL)
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    else if (rc != PT_DONE)
        code = pt_db_fail(db, "sessions", err);
    if (stmt != NULL)
        pt_reset(stmt);
    pt_read_end(store, db);
    return code;
}

enum mh_code
pt_store_session_end(struct pt_store *store, int64_t account,
    const uint8_t token[static PT_HASH], struct mh_err *err)
{
    struct steps a = {
        .sql = {"DELETE FROM session WHERE account = ?1 AND token = ?2"},
        .account = account,
        .bytes = {token, PT_HASH}};

    return run(store, &a, err);
}

enum mh_code
pt_store_session_end_all(struct pt_store *store, int64_t account,
    const uint8_t *but, struct mh_err *err)
{
    struct steps a = {
        .sql = {but == NULL ? end_sessions
                            : "DELETE FROM session WHERE account = ?1"
                              " AND token <> ?2"},
        .account = account,
        .bytes = {but, but == NULL ? 0 : PT_HASH}};

    return run(store, &a, err);
}
