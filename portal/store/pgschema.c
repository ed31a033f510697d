#include "portal/store/pgschema.h"

#include <string.h>

#include "base/buf.h"
#include "portal/store/fold.h"

enum {
    FOLD_SQL_MAX = 64 << 10, /* bytes */
    FOLD_LAST = 0xffff,      /* the last character that has another form */
};

static const char functions[] =
    /* The next key of a table, as SQLite counts: what is taken back leaves no
       gap.  One node writes at a time. */
    "CREATE OR REPLACE FUNCTION pt_next(name text) RETURNS bigint"
    " LANGUAGE plpgsql VOLATILE AS $f$ DECLARE key text; n bigint; BEGIN"
    " SELECT a.attname INTO STRICT key FROM pg_index i JOIN pg_attribute a"
    "  ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
    "  WHERE i.indrelid = name::regclass AND i.indisprimary;"
    " EXECUTE format('SELECT coalesce(max(%I), 0) + 1 FROM %I', key, name)"
    "  INTO n; RETURN n; END $f$;"
    "CREATE OR REPLACE FUNCTION instr(a text, b text) RETURNS bigint"
    " LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS"
    " 'SELECT strpos(a, b)::bigint';"
    "CREATE OR REPLACE FUNCTION hex(a bytea) RETURNS text"
    " LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS"
    " $f$SELECT upper(encode(a, 'hex'))$f$;"
    "CREATE OR REPLACE FUNCTION zeroblob(n bigint) RETURNS bytea"
    " LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS"
    " $f$SELECT decode(repeat('00', n::integer), 'hex')$f$;"
    "CREATE OR REPLACE FUNCTION unixepoch() RETURNS bigint"
    " LANGUAGE sql STABLE AS"
    " 'SELECT floor(extract(epoch FROM clock_timestamp()))::bigint';"
    "CREATE OR REPLACE FUNCTION max(a bigint, b bigint) RETURNS bigint"
    " LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS"
    " 'SELECT greatest(a, b)';"
    "CREATE OR REPLACE FUNCTION min(a bigint, b bigint) RETURNS bigint"
    " LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS"
    " 'SELECT least(a, b)';"
    "CREATE OR REPLACE FUNCTION date(at bigint, form text) RETURNS text"
    " LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS"
    " $f$SELECT to_char(to_timestamp(at) AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
    "$f$;"
    "CREATE OR REPLACE FUNCTION strftime(form text, at bigint, kind text)"
    " RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS"
    " $f$SELECT to_char(to_timestamp(at) AT TIME ZONE 'UTC', replace(replace("
    "replace(replace(replace(replace(form, '%d', 'DD'), '%m', 'MM'), '%Y',"
    " 'YYYY'), '%H', 'HH24'), '%M', 'MI'), '%S', 'SS'))$f$;"
    "CREATE OR REPLACE FUNCTION randomblob(n bigint) RETURNS bytea"
    " LANGUAGE sql VOLATILE STRICT AS"
    " $f$SELECT substring(string_agg(uuid_send(gen_random_uuid()), ''::bytea)"
    " FROM 1 FOR n::integer) FROM generate_series(0, n / 8)$f$;"
    "CREATE OR REPLACE FUNCTION pt_concat(a text, b text, sign text)"
    " RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS"
    " 'SELECT CASE WHEN a IS NULL THEN b WHEN b IS NULL THEN a"
    "  ELSE a || sign || b END';"
    "CREATE OR REPLACE AGGREGATE group_concat(text, text)"
    " (sfunc = pt_concat, stype = text);";

static const char tables[] =
    /* Documents, piece by piece. */
    "CREATE TABLE IF NOT EXISTS blob_piece (sha256 bytea NOT NULL,"
    " n bigint NOT NULL, bytes bytea NOT NULL, PRIMARY KEY (sha256, n));"
    "ALTER TABLE blob_piece ALTER COLUMN bytes SET STORAGE EXTERNAL;"
    /* Nodes that serve, and when each was last heard. */
    "CREATE TABLE IF NOT EXISTS node (id bigint PRIMARY KEY,"
    " seen double precision NOT NULL);"
    "CREATE TABLE IF NOT EXISTS leader (one bigint PRIMARY KEY"
    "  CHECK (one = 1), node bigint NOT NULL, epoch bigint NOT NULL);"
    "CREATE OR REPLACE FUNCTION pt_node() RETURNS bigint LANGUAGE sql STABLE"
    " AS $f$SELECT coalesce(nullif(current_setting('mohur.node', true), ''),"
    " '0')::bigint$f$;";

/* Work is taken by putting off when it is due. */
#define TAKEN(table, due)                                                      \
    "ALTER TABLE " table " ADD COLUMN IF NOT EXISTS node bigint NOT NULL"      \
    " DEFAULT 0; CREATE OR REPLACE TRIGGER " table "_taken"                    \
    " BEFORE UPDATE OF " due " ON " table                                      \
    " FOR EACH ROW EXECUTE FUNCTION on_taken();"

static const char owners[] =
    /* The order in which rows came, where the store asks for it. */
    "ALTER TABLE event ADD COLUMN IF NOT EXISTS rowid bigint"
    " GENERATED ALWAYS AS IDENTITY;"
    "ALTER TABLE enforcement_step ADD COLUMN IF NOT EXISTS rowid bigint"
    " GENERATED ALWAYS AS IDENTITY;"
    "ALTER TABLE case_reason ADD COLUMN IF NOT EXISTS rowid bigint"
    " GENERATED ALWAYS AS IDENTITY;"
    "ALTER TABLE job ADD COLUMN IF NOT EXISTS node bigint NOT NULL"
    " DEFAULT pt_node();"
    "ALTER TABLE idempotency ADD COLUMN IF NOT EXISTS node bigint NOT NULL"
    " DEFAULT pt_node();"
    "CREATE OR REPLACE FUNCTION on_taken() RETURNS trigger LANGUAGE plpgsql"
    " AS $f$ BEGIN new.node = pt_node(); RETURN new; END $f$;"
    "CREATE OR REPLACE TRIGGER job_taken BEFORE UPDATE OF lease ON job"
    " FOR EACH ROW EXECUTE FUNCTION on_taken();"
    "CREATE OR REPLACE TRIGGER idempotency_taken BEFORE UPDATE OF created"
    " ON idempotency FOR EACH ROW EXECUTE FUNCTION on_taken();" TAKEN(
        "document", "judge_at") TAKEN("receipt", "next_at")
        TAKEN("preserved", "due") TAKEN("audit_job", "due")
    /* What is older than the names of logs is of the log of who led. */
    "DO $f$ BEGIN IF EXISTS (SELECT 1 FROM audit_index WHERE node = 0) OR"
    " EXISTS (SELECT 1 FROM draw WHERE node = 0 AND drawn IS NULL) THEN"
    " DELETE FROM audit_index WHERE NOT EXISTS (SELECT 1 FROM leader);"
    " DELETE FROM audit_hash WHERE NOT EXISTS (SELECT 1 FROM leader);"
    " UPDATE audit_index i SET node = l.node FROM leader l WHERE i.node = 0;"
    " UPDATE audit_hash h SET node = l.node FROM leader l WHERE h.node = 0;"
    " UPDATE draw d SET node = l.node FROM leader l WHERE d.node = 0"
    "  AND d.drawn IS NULL;"
    " END IF; END $f$;";

static size_t
encode(uint32_t c, char out[static 5])
{
    size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
    static const uint8_t head[] = {0, 0, 0xc0, 0xe0};

    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (c & 0x3f));
        c >>= 6;
    }
    out[0] = (char)(head[len] | c);
    out[len] = '\0';
    return len;
}

/*
 * Two characters stand around each one, so that a space is told from nothing:
 * "a a" and "aa".  from and to are what translate() takes: what comes to
 * nothing is at the end of from.
 */
static void
fold_tables(struct mh_buf *from, struct mh_buf *to, struct mh_buf *none)
{
    for (uint32_t c = 1; c <= FOLD_LAST; c++) {
        char in[16], out[16], one[5];
        size_t len = encode(c, one);

        if (c >= 0xd800 && c <= 0xdfff) /* no characters */
            continue;
        in[0] = 'a';
        memcpy(in + 1, one, len);
        memcpy(in + 1 + len, "a", 2);
        if (!pt_fold(in, out, sizeof(out)) || strcmp(in, out) == 0)
            continue;
        if (strcmp(out, "aa") == 0) {
            mh_buf_str(none, one);
            if (c == '\'')
                mh_buf_byte(none, '\''); /* a quote is two in a literal */
        } else {
            mh_buf_str(from, one);
            mh_buf_add(to, out + 1, strlen(out) - 2);
        }
    }
}

static enum mh_code
make_fold(struct pt_pg *pg, struct mh_err *err)
{
    struct mh_buf sql, to, none;
    enum mh_code code = MH_OK;

    mh_buf_init(&sql, FOLD_SQL_MAX);
    mh_buf_init(&to, FOLD_SQL_MAX);
    mh_buf_init(&none, FOLD_SQL_MAX);
    mh_buf_str(&sql,
        "CREATE OR REPLACE FUNCTION pt_fold(name text) RETURNS text"
        " LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$SELECT trim(regexp_replace"
        "(translate(coalesce(name, ''), '");
    fold_tables(&sql, &to, &none);
    mh_buf_span(&sql, mh_buf_get(&none));
    mh_buf_str(&sql, "', '");
    mh_buf_span(&sql, mh_buf_get(&to));
    mh_buf_str(&sql, "'), ' +', ' ', 'g'))$f$");
    mh_buf_byte(&sql, '\0');
    if (!mh_buf_ok(&sql) || !mh_buf_ok(&to) || !mh_buf_ok(&none))
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    else
        code = pt_pg_exec(pg, (const char *)mh_buf_get(&sql).ptr, err);
    mh_buf_fini(&sql);
    mh_buf_fini(&to);
    mh_buf_fini(&none);
    return code;
}

enum mh_code
pt_pgschema_begin(struct pt_pg *pg, struct mh_err *err)
{
    /* A migration takes the time it takes. */
    enum mh_code code = pt_pg_exec(pg, "SET LOCAL statement_timeout = 0", err);

    if (code == MH_OK)
        code = pt_pg_exec(pg, functions, err);
    if (code == MH_OK)
        code = make_fold(pg, err);
    return code == MH_OK ? pt_pg_exec(pg, tables, err) : code;
}

enum mh_code
pt_pgschema_end(struct pt_pg *pg, struct mh_err *err)
{
    return pt_pg_exec(pg, owners, err);
}
