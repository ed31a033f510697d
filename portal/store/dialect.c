#include "portal/store/dialect.h"

#include <string.h>

#include "portal/store/sqltoken.h"

/* Where a translation stands. */
struct pass {
    const char *text;       /* what is left of it */
    struct pt_token before; /* the last that was no space */
    struct pt_token table;  /* that an INSERT is into */
    int depth, select;      /* parentheses; those of a query inside; 0: none */
    bool updates;           /* behind DO UPDATE SET */
    bool derived;           /* behind the name of a query in parentheses */
    bool picks;             /* rows of a query were looked up */
    uint32_t none;
    struct mh_buf *out;
};

static void
put(struct pass *p, const struct pt_token *t)
{
    mh_buf_add(p->out, t->ptr, t->len);
}

static void
put_parameter(struct pass *p, int n)
{
    if (n < 1 || n > PT_PARAMETERS_MAX)
        p->out->bad = true;
    else if (p->none >> (n - 1) & 1)
        mh_buf_str(p->out, "NULL");
    else
        mh_buf_printf(p->out, "$%d", n);
}

/* IS is for NULL alone; between two values it is another word. */
static void
put_is(struct pass *p)
{
    const char *text = p->text;
    struct pt_token next = pt_token_peek(text);

    if (pt_token_is(&next, "NULL")) {
        mh_buf_str(p->out, "IS");
        return;
    }
    if (!pt_token_is(&next, "NOT")) {
        mh_buf_str(p->out, "IS NOT DISTINCT FROM");
        return;
    }
    text = next.ptr + next.len;
    next = pt_token_peek(text);
    if (pt_token_is(&next, "NULL")) {
        mh_buf_str(p->out, "IS");
    } else {
        mh_buf_str(p->out, "IS DISTINCT FROM");
        p->text = text;
    }
}

/* Whether a name is a column of the row that is there already. */
static bool
is_own_column(const struct pass *p, const struct pt_token *t)
{
    struct pt_token next = pt_token_peek(p->text);
    bool first = pt_token_is(&p->before, "SET") || pt_token_is(&p->before, ",");

    return p->updates && p->select == 0 && p->table.len > 0 &&
           pt_token_names(t) && !pt_token_is(&p->before, ".") &&
           !pt_token_is(&next, ".") && !pt_token_is(&next, "(") &&
           !(first && p->depth == 0 && pt_token_is(&next, "="));
}

static void
put_name(struct pass *p, const struct pt_token *t)
{
    struct pt_token next = pt_token_peek(p->text);

    if (pt_token_is(t, "char") && pt_token_is(&next, "(")) {
        mh_buf_str(p->out, "chr");
        return;
    }
    if (is_own_column(p, t)) {
        put(p, &p->table);
        mh_buf_byte(p->out, '.');
    }
    if (pt_token_is(t, "user"))
        mh_buf_str(p->out, "\"user\"");
    else
        put(p, t);
}

/* Moves behind the next word. */
static void
skip_word(struct pass *p)
{
    struct pt_token next = pt_token_peek(p->text);

    p->text = next.ptr + next.len;
}

/* CROSS JOIN t a ON a.x = w.y behind a query: its rows are looked up. */
static bool
put_look_up(struct pass *p)
{
    static const char *const shape[] = {
        "JOIN", NULL, NULL, "ON", NULL, ".", NULL, "=", NULL, ".", NULL};
    enum {
        TABLE = 1,
        ALIAS = 2,
        COLUMN = 6,
        ROW = 8,
        OF_ROW = 10,
        WORDS = 11
    };
    struct pt_token t[WORDS];
    const char *text = p->text;

    for (size_t i = 0; i < WORDS; i++) {
        t[i] = pt_token_peek(text);
        if (shape[i] != NULL ? !pt_token_is(&t[i], shape[i])
                             : !pt_token_names(&t[i]))
            return false;
        text = t[i].ptr + t[i].len;
    }
    mh_buf_str(p->out, "CROSS JOIN LATERAL (SELECT * FROM ");
    put(p, &t[TABLE]);
    mh_buf_str(p->out, " WHERE ");
    put(p, &t[COLUMN]);
    mh_buf_str(p->out, " = ");
    put(p, &t[ROW]);
    mh_buf_byte(p->out, '.');
    put(p, &t[OF_ROW]);
    mh_buf_str(p->out, " OFFSET 0) ");
    put(p, &t[ALIAS]);
    p->text = text;
    p->picks = true;
    return true;
}

/* What tells SQLite in which order, and by which index; true: it was. */
static bool
skip_hint(struct pass *p, const struct pt_token *t)
{
    struct pt_token next = pt_token_peek(p->text);

    if (pt_token_is(t, "CROSS")) {
        if (p->derived)
            (void)put_look_up(p); /* else it is a hint like any other */
        return true;
    }
    if (pt_token_is(t, "NOT") && pt_token_is(&next, "INDEXED")) {
        skip_word(p);
        return true;
    }
    if (pt_token_is(t, "INDEXED")) {
        skip_word(p); /* BY */
        skip_word(p); /* its name */
        return true;
    }
    return false;
}

static void
put_word(struct pass *p, const struct pt_token *t)
{
    if (skip_hint(p, t))
        return;
    if (pt_token_is(t, "IS")) {
        put_is(p);
    } else if (pt_token_is(t, "INTEGER")) {
        mh_buf_str(p->out, "bigint");
    } else if (pt_token_is(t, "BLOB")) {
        mh_buf_str(p->out, "bytea");
    } else if (pt_token_is(t, "TEXT")) {
        mh_buf_str(p->out, "text COLLATE \"C\"");
    } else if (pt_token_names(t)) {
        if (pt_token_is(&p->before, "INTO"))
            p->table = *t;
        put_name(p, t);
    } else {
        if (pt_token_is(t, "SET") && pt_token_is(&p->before, "UPDATE"))
            p->updates = true;
        if (pt_token_is(t, "RETURNING"))
            p->updates = false;
        if (pt_token_is(t, "SELECT") && p->select == 0)
            p->select = p->depth;
        put(p, t);
    }
}

static void
put_token(struct pass *p, const struct pt_token *t)
{
    switch (t->kind) {
    case PT_TOKEN_PARAMETER:
        put_parameter(p, t->number);
        break;
    case PT_TOKEN_BYTES:
        mh_buf_str(p->out, "'\\x");
        mh_buf_add(p->out, t->ptr + 2, t->len - 2);
        mh_buf_str(p->out, "::bytea");
        break;
    case PT_TOKEN_WORD:
        put_word(p, t);
        break;
    case PT_TOKEN_OTHER:
        if (t->ptr[0] == '(')
            p->depth++;
        if (t->ptr[0] == ')' && p->depth-- == p->select)
            p->select = 0;
        put(p, t);
        break;
    case PT_TOKEN_END:
    case PT_TOKEN_SPACE:
    case PT_TOKEN_STRING:
        put(p, t);
        break;
    }
    if (t->kind == PT_TOKEN_SPACE)
        return;
    p->derived = pt_token_names(t) && pt_token_is(&p->before, ")");
    p->before = *t;
}

/* Whether it looks up rows of a query. */
static bool
translate(const char *sql, uint32_t none, struct mh_buf *out)
{
    struct pass p = {.text = sql, .none = none, .out = out};
    struct pt_token t;

    p.before = p.table = (struct pt_token){.kind = PT_TOKEN_END, .ptr = sql};
    while ((t = pt_token_next(&p.text)).kind != PT_TOKEN_END)
        put_token(&p, &t);
    return p.picks;
}

void
pt_dialect_query(const char *sql, uint32_t none, struct mh_buf *out)
{
    (void)translate(sql, none, out); /* pt_dialect_picks asks */
}

bool
pt_dialect_picks(const char *sql)
{
    struct mh_buf unused;
    bool picks;

    mh_buf_init(&unused, PT_SQL_MAX);
    picks = translate(sql, 0, &unused);
    mh_buf_fini(&unused);
    return picks;
}

int
pt_dialect_parameters(const char *sql)
{
    struct pt_token t;
    int n = 0;

    while ((t = pt_token_next(&sql)).kind != PT_TOKEN_END)
        if (t.kind == PT_TOKEN_PARAMETER && t.number > n)
            n = t.number;
    return n;
}
