/* Applying migrations, on either engine. */
#include "portal/store/db.h"

#include <string.h>

#include "base/buf.h"
#include "base/digest/digest.h"
#include "portal/store/dialect.h"
#include "portal/store/migrate.h"
#include "portal/store/parties.h"
#include "portal/store/pgschema.h"

static enum mh_code
hash_of(size_t n, struct mh_err *err, uint8_t out[static MH_DIGEST_MAX])
{
    return mh_digest_once(MH_SHA256, mh_span_str(pt_migrations[n]), err, out);
}

/* What was applied must be what this program would apply. */
static enum mh_code
compare(struct pt_db *db, struct mh_err *err, size_t *applied)
{
    struct pt_cursor *stmt =
        pt_db_prepare(db, "SELECT n, sha256 FROM migration ORDER BY n");
    uint8_t hash[MH_DIGEST_MAX];
    enum mh_code code = MH_OK;

    *applied = 0;
    if (stmt == NULL)
        return pt_db_fail(db, "migrations", err);
    while (code == MH_OK && pt_step(stmt) == PT_ROW) {
        if (*applied >= pt_migration_count ||
            pt_column_i64(stmt, 0) != (int64_t)*applied + 1)
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
    pt_reset(stmt);
    return code;
}

/*
 * A database of PostgreSQL never had rows from before migration FIRST: of the
 * migrations up to there it takes the tables and what every store has in them,
 * and no changes of rows.
 */
enum {
    FIRST = 21,
    STATEMENT_MAX = 64 << 10 /* bytes */
};

static bool
changes_rows(const char *sql)
{
    sql += strspn(sql, " ");
    return strncmp(sql, "UPDATE", 6) == 0 || strncmp(sql, "WITH", 4) == 0 ||
           (strncmp(sql, "INSERT", 6) == 0 && strstr(sql, "SELECT") != NULL);
}

static enum mh_code
run_translated(struct pt_db *db, size_t n, struct mh_err *err)
{
    const char *script = pt_migrations[n];
    enum mh_code code = MH_OK;
    struct mh_buf sql;

    mh_buf_init(&sql, STATEMENT_MAX);
    while (code == MH_OK && pt_dialect_next(&script, &sql)) {
        mh_buf_byte(&sql, '\0');
        if (!mh_buf_ok(&sql))
            code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET,
                "store: migration %zu: a statement without a translation",
                n + 1);
        else if (n >= FIRST || !changes_rows((char *)sql.ptr))
            code = pt_db_exec(db, (char *)sql.ptr, err);
        mh_buf_clear(&sql);
    }
    mh_buf_fini(&sql);
    return code;
}

static enum mh_code
apply(struct pt_db *db, size_t n, int64_t now, struct mh_err *err)
{
    uint8_t hash[MH_DIGEST_MAX];
    struct pt_cursor *stmt;
    enum mh_code code = hash_of(n, err, hash);

    if (code == MH_OK)
        code = db->pg != NULL ? run_translated(db, n, err)
                              : pt_db_exec(db, pt_migrations[n], err);
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

static enum mh_code
prepare(struct pt_db *db, struct mh_err *err)
{
    enum mh_code code;

    if (db->pg != NULL) {
        code = pt_db_exec(db,
            "CREATE TABLE IF NOT EXISTS migration (n bigint PRIMARY KEY,"
            " sha256 bytea NOT NULL, at bigint NOT NULL)",
            err);
        return code == MH_OK ? pt_pgschema_begin(db->pg, err) : code;
    }
    code = pt_db_exec(db,
        "CREATE TABLE IF NOT EXISTS migration ("
        "n INTEGER PRIMARY KEY, sha256 BLOB NOT NULL, at INTEGER NOT NULL)"
        " STRICT;",
        err);
    return code == MH_OK ? pt_fold_offer(db, err) : code;
}

enum mh_code
pt_db_migrate(struct pt_db *db, int64_t now, struct mh_err *err)
{
    const bool stop = true;
    size_t applied = 0;
    enum mh_code code = pt_db_begin(db, &stop, err);

    if (code == MH_OK)
        code = prepare(db, err);
    if (code == MH_OK)
        code = compare(db, err, &applied);
    while (code == MH_OK && applied < pt_migration_count)
        code = apply(db, applied++, now, err);
    if (code == MH_OK && db->pg != NULL)
        code = pt_pgschema_end(db->pg, err);
    if (code == MH_OK)
        return pt_db_commit(db, &stop, err);
    pt_db_rollback(db); /* the first failure counts */
    return code;
}
