/*
 * The request gate over any bytes.  What it lets through is checked again
 * here, in another way: by searching for what must not be there.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "portal/http/form.h"
#include "portal/http/gate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(bool ok)
{
    if (!ok)
        abort();
}

/* Cuts at the next end byte; all that is left where there is none. */
static struct mh_span
cut(struct mh_span *s, char end)
{
    const uint8_t *p = s->len == 0 ? NULL : memchr(s->ptr, end, s->len);
    struct mh_span out = {s->ptr, p == NULL ? s->len : (size_t)(p - s->ptr)};
    size_t skip = out.len + (p != NULL);

    if (s->len > 0)
        s->ptr += skip;
    s->len -= skip;
    return out;
}

static size_t
named(const struct pt_gate_input *in, const char *name)
{
    size_t n = 0;

    for (size_t i = 0; i < in->fields; i++)
        n += pt_span_is_nocase(in->field[i].name, name);
    return n;
}

static bool
has(struct mh_span s, const char *what)
{
    return memmem(s.ptr, s.len, what, strlen(what)) != NULL;
}

static void
accepted(const struct pt_gate_input *in, const struct pt_gate *g)
{
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct pt_form form;

    check(arena != NULL);
    check(in->target.len <= PT_TARGET_MAX && in->target.ptr[0] == '/');
    check(!has(g->path, "//") && !has(g->path, "/.") && !has(g->path, "%") &&
          !has(g->path, "\\") &&
          memchr(in->target.ptr, 0, in->target.len) == NULL);
    check(named(in, "host") == 1 && named(in, "cookie") <= 1 &&
          named(in, "content-length") <= 1 &&
          named(in, "transfer-encoding") <= 1);
    check(!(g->has_length && g->chunked));
    check(!g->chunked || mh_span_is(in->version, "HTTP/1.1"));
    check(g->method == PT_POST || (g->length == 0 && !g->chunked));
    check(named(in, "x-forwarded-for") == 0 && named(in, "forwarded") == 0);
    check(pt_span_is_nocase(g->host, "localhost") ||
          (g->host.len > 10 && memcmp(g->host.ptr + 9, ":", 1) == 0));
    /* Whatever query is let through, the strict form parser may still refuse
       (UTF-8), but never for a field that stands twice. */
    if (pt_form_parse(g->query, arena, NULL, &form) == MH_OK)
        for (size_t i = 0; i < form.fields; i++)
            for (size_t k = 0; k < i; k++)
                check(strcmp(form.field[i].name, form.field[k].name) != 0);
    mh_arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char *const hosts[] = {"localhost"};
    const struct pt_gate_settings settings = {hosts, 1, false, ""};
    struct pt_field field[PT_FIELDS_MAX + 8];
    struct mh_span s = {data, len}, line;
    struct pt_gate_input in = {.field = field};
    struct pt_gate g, again;

    line = cut(&s, '\n');
    in.method = cut(&line, ' ');
    in.target = cut(&line, ' ');
    in.version = line;
    while (s.len > 0 && in.fields < PT_FIELDS_MAX + 8) {
        line = cut(&s, '\n');
        field[in.fields].name = cut(&line, ':');
        field[in.fields++].value = line;
    }
    pt_gate_judge(&settings, &in, &g);
    pt_gate_judge(&settings, &in, &again);
    check(g.status == again.status && strcmp(g.rule, again.rule) == 0);
    check((g.status == 0) == (g.rule[0] == '\0'));
    if (g.status == 0)
        accepted(&in, &g);
    return 0;
}
