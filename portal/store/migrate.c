/* Numbered migrations; each is applied once, and stays what it was. */
#include "portal/store/sqlite.h"

#include "base/digest/digest.h"

/* Signatures that a client makes (portal/store/signing.h). */
#define SIGN_TABLES                                                            \
    "CREATE TABLE signing (id TEXT PRIMARY KEY,"                               \
    " client INTEGER NOT NULL REFERENCES client, created INTEGER NOT NULL,"    \
    " until INTEGER NOT NULL, algorithm TEXT NOT NULL, format TEXT NOT NULL,"  \
    " digest BLOB NOT NULL CHECK (length(digest) BETWEEN 32 AND 64),"          \
    " draft BLOB NOT NULL, prepared BLOB NOT NULL, document BLOB) STRICT;"     \
    "CREATE INDEX signing_client ON signing (client, until);"                  \
    "CREATE INDEX signing_created ON signing (created);"

static const char *const migrations[] = {
    /* 1 */
    "CREATE TABLE client (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " key_sha256 BLOB NOT NULL UNIQUE CHECK (length(key_sha256) = 32),"
    " created INTEGER NOT NULL, disabled INTEGER NOT NULL DEFAULT 0"
    "  CHECK (disabled IN (0, 1)),"
    " requests_per_minute INTEGER NOT NULL, bytes_per_day INTEGER NOT NULL,"
    " may INTEGER NOT NULL) STRICT;"
    "INSERT INTO client VALUES (0, '', zeroblob(32), 0, 1, 0, 0, 0);"
    "CREATE TABLE client_use (client INTEGER NOT NULL REFERENCES client,"
    " day INTEGER NOT NULL, requests INTEGER NOT NULL, bytes INTEGER NOT NULL,"
    " PRIMARY KEY (client, day)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE idempotency (client INTEGER NOT NULL REFERENCES client,"
    " key TEXT NOT NULL, request BLOB NOT NULL CHECK (length(request) = 32),"
    " created INTEGER NOT NULL, status INTEGER, type TEXT, location TEXT,"
    " body BLOB, PRIMARY KEY (client, key)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE blob (sha256 BLOB PRIMARY KEY CHECK (length(sha256) = 32),"
    " size INTEGER NOT NULL, created INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE job (id TEXT PRIMARY KEY,"
    " client INTEGER NOT NULL REFERENCES client, kind TEXT NOT NULL,"
    " payload BLOB NOT NULL,"
    " state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),"
    " created INTEGER NOT NULL, run_at INTEGER NOT NULL, finished INTEGER,"
    " tries INTEGER NOT NULL DEFAULT 0, lease INTEGER NOT NULL DEFAULT 0,"
    " until INTEGER, type TEXT, result BLOB, error TEXT) STRICT;"
    "CREATE INDEX job_due ON job (run_at) WHERE state < 2;"
    "CREATE TABLE job_blob (job TEXT NOT NULL REFERENCES job ON DELETE CASCADE,"
    " n INTEGER NOT NULL, name TEXT NOT NULL,"
    " sha256 BLOB NOT NULL REFERENCES blob, PRIMARY KEY (job, n))"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX job_blob_sha256 ON job_blob (sha256);",
    /* 2: people */
    "CREATE TABLE account (id INTEGER PRIMARY KEY,"
    " username TEXT NOT NULL UNIQUE CHECK (length(username) BETWEEN 1 AND 64),"
    " hash TEXT NOT NULL, fin TEXT UNIQUE, surname TEXT NOT NULL,"
    " name TEXT NOT NULL, patronymic TEXT NOT NULL, email TEXT NOT NULL,"
    " phone TEXT NOT NULL, role INTEGER NOT NULL CHECK (role BETWEEN 1 AND 8),"
    " state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 3),"
    " created INTEGER NOT NULL, fails INTEGER NOT NULL DEFAULT 0,"
    " locked_until INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE TABLE session (token BLOB PRIMARY KEY CHECK (length(token) = 32),"
    " account INTEGER NOT NULL REFERENCES account, level INTEGER NOT NULL,"
    " created INTEGER NOT NULL, seen INTEGER NOT NULL, idle INTEGER NOT NULL,"
    " until INTEGER NOT NULL, agent BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX session_account ON session (account);",
    /* 3: signing */
    SIGN_TABLES,
};

enum {
    COUNT = sizeof(migrations) / sizeof(migrations[0])
};

static enum mh_code
hash_of(size_t n, struct mh_err *err, uint8_t out[static MH_DIGEST_MAX])
{
    return mh_digest_once(MH_SHA256, mh_span_str(migrations[n]), err, out);
}

/* What was applied must be what this program would apply. */
static enum mh_code
compare(struct pt_db *db, struct mh_err *err, size_t *applied)
{
    sqlite3_stmt *stmt =
        pt_db_prepare(db, "SELECT n, sha256 FROM migration ORDER BY n");
    uint8_t hash[MH_DIGEST_MAX];
    enum mh_code code = MH_OK;

    *applied = 0;
    if (stmt == NULL)
        return pt_db_fail(db, "migrations", err);
    while (code == MH_OK && sqlite3_step(stmt) == SQLITE_ROW) {
        if (*applied >= COUNT ||
            sqlite3_column_int64(stmt, 0) != (int64_t)*applied + 1)
            code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                "store: it is newer than this program");
        else
            code = hash_of(*applied, err, hash);
        if (code == MH_OK && !mh_span_eq(pt_column_blob(stmt, 1),
                                 (struct mh_span){hash, MH_SHA256_LENGTH}))
            code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                "store: migration %zu is not the one that was applied",
                *applied + 1);
        ++*applied;
    }
    /* A row that could not be read is one that is applied in vain: the next
       statement says so. */
    (void)sqlite3_reset(stmt);
    return code;
}

static enum mh_code
apply(struct pt_db *db, size_t n, int64_t now, struct mh_err *err)
{
    uint8_t hash[MH_DIGEST_MAX];
    sqlite3_stmt *stmt;
    enum mh_code code = hash_of(n, err, hash);

    if (code == MH_OK)
        code = pt_db_exec(db, migrations[n], err);
    if (code != MH_OK)
        return code;
    stmt = pt_db_prepare(db, "INSERT INTO migration VALUES (?1, ?2, ?3)");
    if (stmt == NULL)
        return pt_db_fail(db, "migrations", err);
    pt_bind_i64(stmt, 1, (int64_t)n + 1);
    pt_bind_blob(stmt, 2, (struct mh_span){hash, MH_SHA256_LENGTH});
    pt_bind_i64(stmt, 3, now);
    return pt_db_run(db, stmt, "migrations", err);
}

enum mh_code
pt_db_migrate(struct pt_db *db, int64_t now, struct mh_err *err)
{
    size_t applied = 0;
    enum mh_code code = pt_db_exec(db,
        "BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS migration ("
        "n INTEGER PRIMARY KEY, sha256 BLOB NOT NULL, at INTEGER NOT NULL)"
        " STRICT;",
        err);

    if (code == MH_OK)
        code = compare(db, err, &applied);
    while (code == MH_OK && applied < COUNT)
        code = apply(db, applied++, now, err);
    if (code == MH_OK)
        return pt_db_exec(db, "COMMIT", err);
    pt_db_try(db, "ROLLBACK"); /* the first failure counts */
    return code;
}
