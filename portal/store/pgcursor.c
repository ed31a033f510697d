/* Statements on PostgreSQL: values, rows, columns (pgdb.h). */
#include "portal/store/pgdb.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "portal/store/dialect.h"
#include "portal/store/pgconn.h"

enum {
    COLUMNS = 64,  /* of a row; more than any statement has */
    TEXTS_MAX = 8, /* of a statement, for different types of values */
    INT8 = 20,     /* PostgreSQL's numbers of its types */
    TEXT = 25,
    BYTEA = 17,
};

/* A value, and in what form it is sent. */
enum kind {
    NOTHING,
    NUMBER,
    STRING,
    BYTES,
};

struct value {
    enum kind kind;
    char number[24];
    char *text; /* owned */
    struct mh_span bytes;
};

/* The statement as it was prepared for values of these kinds. */
struct text {
    uint64_t kinds; /* two bits for each */
    uint64_t session;
    char name[16];
};

struct pt_pgcursor {
    struct pt_pg *pg;
    const char *sql;
    int parameters;
    bool picks; /* planned for its values, each time (dialect.h) */
    struct value value[PT_PARAMETERS_MAX];
    bool bad; /* a value could not be taken */
    struct text text[TEXTS_MAX];
    size_t texts;
    PGresult *res; /* NULL: not run yet */
    int row;
    uint8_t *decoded[COLUMNS]; /* of the row; owned */
};

struct pt_pgcursor *
pt_pg_prepare(struct pt_pg *pg, const char *sql)
{
    struct pt_pgcursor *c = calloc(1, sizeof(*c));

    if (c == NULL)
        return NULL;
    c->pg = pg;
    c->sql = sql;
    c->parameters = pt_dialect_parameters(sql);
    c->picks = pt_dialect_picks(sql);
    if (c->parameters > PT_PARAMETERS_MAX) {
        free(c);
        return NULL;
    }
    return c;
}

int
pt_pg_parameters(const struct pt_pgcursor *c)
{
    return c->parameters;
}

static void
forget_row(struct pt_pgcursor *c)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        free(c->decoded[i]);
        c->decoded[i] = NULL;
    }
}

void
pt_pg_reset(struct pt_pgcursor *c)
{
    forget_row(c);
    PQclear(c->res);
    c->res = NULL;
}

void
pt_pg_clear(struct pt_pgcursor *c)
{
    for (int i = 0; i < c->parameters; i++) {
        free(c->value[i].text);
        c->value[i] = (struct value){.kind = NOTHING};
    }
    c->bad = false;
}

void
pt_pgcursor_free(struct pt_pgcursor *c)
{
    if (c == NULL)
        return;
    pt_pg_reset(c);
    pt_pg_clear(c);
    free(c);
}

/* ---- values ---- */

static struct value *
value_at(struct pt_pgcursor *c, int at)
{
    if (at < 1 || at > c->parameters)
        return NULL; /* SQLite does not mind either */
    free(c->value[at - 1].text);
    c->value[at - 1] = (struct value){.kind = NOTHING};
    return &c->value[at - 1];
}

void
pt_pg_bind_i64(struct pt_pgcursor *c, int at, int64_t v)
{
    struct value *to = value_at(c, at);

    if (to == NULL)
        return;
    to->kind = NUMBER;
    (void)snprintf(
        to->number, sizeof(to->number), "%lld", (long long)v); /* always fits */
}

void
pt_pg_bind_text(struct pt_pgcursor *c, int at, const char *v)
{
    struct value *to = value_at(c, at);

    if (to == NULL || v == NULL)
        return;
    to->kind = STRING;
    to->text = strdup(v);
    c->bad = c->bad || to->text == NULL;
}

void
pt_pg_bind_blob(struct pt_pgcursor *c, int at, struct mh_span v)
{
    struct value *to = value_at(c, at);

    if (to == NULL)
        return;
    to->kind = BYTES;
    to->bytes = v;
    c->bad = c->bad || v.len > INT32_MAX;
}

/* ---- running ---- */

static uint64_t
kinds_of(const struct pt_pgcursor *c, uint32_t *none)
{
    uint64_t kinds = 0;

    *none = 0;
    for (int i = 0; i < c->parameters; i++) {
        kinds |= (uint64_t)c->value[i].kind << (2 * i);
        if (c->value[i].kind == NOTHING)
            *none |= 1U << i;
    }
    return kinds;
}

/* The statement in PostgreSQL's words, a text in sql; its values' types. */
static void
translate(const struct pt_pgcursor *c, uint32_t none, struct mh_buf *sql,
    Oid type[static PT_PARAMETERS_MAX])
{
    for (int i = 0; i < c->parameters; i++)
        type[i] = c->value[i].kind == STRING  ? TEXT
                  : c->value[i].kind == BYTES ? BYTEA
                                              : INT8;
    mh_buf_init(sql, PT_SQL_MAX);
    pt_dialect_query(c->sql, none, sql);
    mh_buf_byte(sql, '\0');
}

/* Prepares the statement under the name of t; false: the state says why. */
static bool
prepare(struct pt_pgcursor *c, struct text *t, uint32_t none)
{
    Oid type[PT_PARAMETERS_MAX];
    struct mh_buf sql;
    PGresult *res = NULL;

    translate(c, none, &sql, type);
    (void)snprintf(
        t->name, sizeof(t->name), "s%u", ++c->pg->statements); /* fits */
    if (mh_buf_ok(&sql))
        res = PQprepare(c->pg->conn, t->name,
            (const char *)mh_buf_get(&sql).ptr, c->parameters, type);
    pt_pg_note(c->pg, res);
    PQclear(res);
    mh_buf_fini(&sql);
    return c->pg->state[0] == '\0';
}

/* The text for the values there are, prepared in this session. */
static const struct text *
find_text(struct pt_pgcursor *c)
{
    uint32_t none;
    uint64_t kinds = kinds_of(c, &none);
    struct text *t = NULL;

    for (size_t i = 0; i < c->texts && t == NULL; i++)
        if (c->text[i].kinds == kinds)
            t = &c->text[i];
    if (t != NULL && t->session == c->pg->session)
        return t;
    if (t == NULL && c->texts < TEXTS_MAX)
        t = &c->text[c->texts++];
    if (t == NULL) /* so many forms are none: the last gives way */
        t = &c->text[TEXTS_MAX - 1];
    t->session = 0;
    t->kinds = kinds;
    if (!prepare(c, t, none))
        return NULL;
    t->session = c->pg->session;
    return t;
}

/* The values as they are sent. */
struct sent {
    const char *value[PT_PARAMETERS_MAX];
    int length[PT_PARAMETERS_MAX], format[PT_PARAMETERS_MAX];
};

static void
put_values(const struct pt_pgcursor *c, struct sent *s)
{
    for (int i = 0; i < c->parameters; i++) {
        const struct value *v = &c->value[i];

        s->format[i] = v->kind == BYTES;
        s->length[i] = v->kind == BYTES ? (int)v->bytes.len : 0;
        s->value[i] = v->kind == NOTHING  ? NULL
                      : v->kind == NUMBER ? v->number
                      : v->kind == STRING ? v->text
                      : v->bytes.len == 0 ? ""
                                          : (const char *)v->bytes.ptr;
    }
}

static void
execute_planned(struct pt_pgcursor *c, const struct sent *s)
{
    Oid type[PT_PARAMETERS_MAX];
    struct mh_buf sql;
    uint32_t none;

    (void)kinds_of(c, &none); /* those alone */
    translate(c, none, &sql, type);
    if (mh_buf_ok(&sql))
        c->res = PQexecParams(c->pg->conn, (const char *)mh_buf_get(&sql).ptr,
            c->parameters, type, s->value, s->length, s->format, 0);
    mh_buf_fini(&sql);
    pt_pg_note(c->pg, c->res);
}

static void
execute(struct pt_pgcursor *c)
{
    struct sent s;
    const struct text *t;

    put_values(c, &s);
    if (c->picks) {
        execute_planned(c, &s);
        return;
    }
    t = find_text(c);
    if (t == NULL)
        return;
    c->res = PQexecPrepared(
        c->pg->conn, t->name, c->parameters, s.value, s.length, s.format, 0);
    pt_pg_note(c->pg, c->res);
}

/* Runs it; a reader whose connection is gone makes another, and asks again. */
static void
run(struct pt_pgcursor *c)
{
    struct pt_pg *pg = c->pg;

    if (pg->conn != NULL)
        execute(c);
    if (pg->writer || PQstatus(pg->conn) == CONNECTION_OK)
        return;
    pt_pg_reset(c);
    if (pt_pg_ensure(pg, NULL) == MH_OK)
        execute(c);
    else
        pt_pg_note(pg, NULL);
}

int
pt_pg_step(struct pt_pgcursor *c)
{
    if (c->bad) {
        memcpy(c->pg->state, "53200", 6);
        return -1;
    }
    if (c->res == NULL) {
        run(c);
        if (c->pg->state[0] != '\0') {
            pt_pg_reset(c);
            return -1;
        }
        c->row = -1;
    }
    forget_row(c);
    return ++c->row < PQntuples(c->res);
}

/* ---- columns ---- */

bool
pt_pg_null(const struct pt_pgcursor *c, int at)
{
    return at >= PQnfields(c->res) || PQgetisnull(c->res, c->row, at) != 0;
}

const char *
pt_pg_str(const struct pt_pgcursor *c, int at)
{
    return pt_pg_null(c, at) ? NULL : PQgetvalue(c->res, c->row, at);
}

int64_t
pt_pg_i64(const struct pt_pgcursor *c, int at)
{
    const char *s = pt_pg_str(c, at);

    if (s == NULL)
        return 0;
    return s[0] == 't' ? 1 : strtoll(s, NULL, 10); /* t and f: yes and no */
}

/* \x and two digits for each byte. */
static struct mh_span
decode(struct pt_pgcursor *c, int at, const char *hex, size_t len)
{
    uint8_t *out = malloc(len / 2 + 1);

    if (out == NULL)
        return (struct mh_span){NULL, 0};
    if (!mh_hex_decode((struct mh_span){(const uint8_t *)hex, len}, out)) {
        free(out);
        return (struct mh_span){NULL, 0};
    }
    free(c->decoded[at]);
    c->decoded[at] = out;
    return (struct mh_span){out, len / 2};
}

struct mh_span
pt_pg_blob(struct pt_pgcursor *c, int at)
{
    const char *s = pt_pg_str(c, at);
    size_t len;

    if (s == NULL || at >= COLUMNS)
        return (struct mh_span){NULL, 0};
    len = (size_t)PQgetlength(c->res, c->row, at);
    if (PQftype(c->res, at) == BYTEA)
        return len <= 2 ? (struct mh_span){NULL, 0}
                        : decode(c, at, s + 2, len - 2);
    return (struct mh_span){(const uint8_t *)s, len};
}
