/*
 * Ratio 15 of limits.md: whatever XML is accepted is loaded, walked and
 * canonicalised in time linear in its size; and the loading of a snapshot.
 *
 *     bench_xml FOLDER     as make_input.py writes it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "docformat/docformat.h"
#include "signer/trust/store.h"
#include "signer/verify/warm.h"
#include "tests/bench/measure.h"

enum {
    CASES_SIZE = 9 << 20, /* bytes of the largest case */
    SMALL = 16,           /* the part of the size that linear is judged by */
};

/* A document: head, body as often as there is room and the limit, tail. */
struct shape {
    const char *name, *head, *body, *tail;
    size_t count; /* of bodies at most */
};

#define DS "<s:S xmlns:s='http://www.w3.org/2000/09/xmldsig#'>"
#define A8 " a='' b='' c='' d='' e='' f='' g='' h=''"
#define NS8                                                                    \
    " xmlns:a='u:a' xmlns:b='u:b' xmlns:c='u:c' xmlns:d='u:d'"                 \
    " xmlns:e='u:e' xmlns:f='u:f' xmlns:g='u:g' xmlns:h='u:h'"
#define TEXT32 "abcdefgh ijklmnop qrstuvwx 12345"
#define TEXT   TEXT32 TEXT32 TEXT32 TEXT32 TEXT32 TEXT32 TEXT32 TEXT32
#define REFS   "&#x41;&amp;&lt;&#66;&gt;&quot;&#x43;&#68;"

static const struct shape shapes[] = {
    {"empty elements", "<a>", "<b/>", "</a>", MH_XML_ELEMENTS_MAX - 1},
    {"elements with text", "<a>", "<b>text</b>", "</a>",
        MH_XML_ELEMENTS_MAX - 1},
    {"attributes", "<a>", "<b" A8 "/>", "</a>", MH_XML_ATTRS_TOTAL_MAX / 8},
    {"prefixes", "<a" NS8 ">", "<b:b a:a='' c:c='' h:h=''/>", "</a>",
        MH_XML_ATTRS_TOTAL_MAX / 3},
    {"deep", "<a>", "<b><b><b><b><b><b><b><b></b></b></b></b></b></b></b></b>",
        "</a>", MH_XML_ELEMENTS_MAX / 8 - 1},
    {"identifiers", DS, "<s:a Id=''/>", "</s:S>", MH_XML_SIGNATURES_MAX},
    {"comments", "<a>", "<!--c-->", "</a>", MH_XML_ELEMENTS_MAX - 2},
    {"instructions", "<a>", "<?p q?>", "</a>", MH_XML_ELEMENTS_MAX - 2},
    {"CDATA", "<a>", "<![CDATA[x]]><b/>", "</a>", MH_XML_ELEMENTS_MAX / 2 - 1},
    {"text", "<a>", "<b>" TEXT "</b>", "</a>", 14000},
    {"one text", "<a>", TEXT, "</a>", 16000},
    {"line ends", "<a>", "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n", "</a>", 250000},
    {"references in text", "<a>", REFS, "</a>", SIZE_MAX},
    {"references in an attribute", "<a b='", REFS, "'/>", SIZE_MAX},
};

struct run {
    struct mh_span in;
    struct mh_buf out;
    const struct df_xml *xml;
    enum df_c14n_method method;
};

static struct mh_span
build(const struct shape *s, size_t bodies, struct mh_buf *buf)
{
    mh_buf_clear(buf);
    mh_buf_str(buf, s->head);
    for (size_t i = 0; i < bodies; i++)
        mh_buf_str(buf, s->body);
    mh_buf_str(buf, s->tail);
    b_need(mh_buf_ok(buf), "memory");
    return mh_buf_get(buf);
}

static bool
accepted(struct mh_span in)
{
    struct mh_arena *arena = mh_arena_new(MH_DOC_ARENA_MAX);
    struct df_xml *xml = NULL;
    bool ok = df_xml_load(in, arena, NULL, &xml) == MH_OK;

    df_xml_free(xml);
    mh_arena_free(arena);
    return ok;
}

/* The most bodies that are still accepted. */
static size_t
most(const struct shape *s, struct mh_buf *buf)
{
    size_t lo = 0, hi = (CASES_SIZE - 64) / strlen(s->body);

    if (hi > s->count)
        hi = s->count;
    if (accepted(build(s, hi, buf)))
        return hi;
    while (hi - lo > 1 + hi / 64) {
        size_t mid = lo + (hi - lo) / 2;

        if (accepted(build(s, mid, buf)))
            lo = mid;
        else
            hi = mid;
    }
    b_need(lo > 0, s->name);
    return lo;
}

static void
canonical(void *ctx)
{
    struct run *r = ctx;
    struct df_c14n how = {.method = r->method, .comments = true};
    struct mh_err err = {.msg = ""};

    mh_buf_clear(&r->out);
    b_must(
        df_c14n_write(r->xml, df_xml_root(r->xml), &how, &err, &r->out), &err);
}

/* Load, walk, canonicalise, free. */
static void
whole(void *ctx)
{
    struct run *r = ctx;
    struct mh_arena *arena = mh_arena_new(MH_DOC_ARENA_MAX);
    struct mh_err err = {.msg = ""};
    struct df_xml *xml;
    size_t n = 0;

    b_must(df_xml_load(r->in, arena, &err, &xml), &err);
    for (const struct df_node *e = df_xml_root(xml); e != NULL;
         e = df_node_walk(df_xml_root(xml), e))
        n++;
    b_need(n > 0, "walk");
    r->xml = xml;
    canonical(r);
    df_xml_free(xml);
    mh_arena_free(arena);
}

static double
worst_form(struct run *r)
{
    struct mh_arena *arena = mh_arena_new(MH_DOC_ARENA_MAX);
    struct mh_err err = {.msg = ""};
    struct df_xml *xml;
    double worst = 0;

    b_must(df_xml_load(r->in, arena, &err, &xml), &err);
    r->xml = xml;
    for (int m = DF_C14N_10; m <= DF_C14N_EXC; m++) {
        double t;

        r->method = (enum df_c14n_method)m;
        t = b_time(canonical, r);
        if (t > worst)
            worst = t;
    }
    df_xml_free(xml);
    mh_arena_free(arena);
    return worst;
}

static void
measure_xml(void)
{
    double worst = 0, crooked = 0, slowest = 0;
    struct run r = {.method = DF_C14N_EXC};
    struct mh_buf buf;

    mh_buf_init(&buf, MH_XML_SIZE_MAX);
    mh_buf_init(&r.out, 64 << 20);
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        size_t n = most(&shapes[i], &buf);
        double small = 0, large, form;

        if (n >= SMALL) {
            r.in = build(&shapes[i], n / SMALL, &buf);
            small = b_time(whole, &r) / (double)r.in.len;
        }
        r.in = build(&shapes[i], n, &buf);
        r.method = DF_C14N_EXC;
        large = b_time(whole, &r) / (double)r.in.len;
        form = worst_form(&r);
        (void)printf("      %-28s %9zu bytes %6.1f ns a byte (a sixteenth "
                     "%6.1f), form %6.2f ms\n",
            shapes[i].name, r.in.len, large * 1e9, small * 1e9, form * 1e3);
        worst = large > worst ? large : worst;
        slowest = form > slowest ? form : slowest;
        if (small > 0 && large / small > crooked)
            crooked = large / small;
    }
    b_ratio("15 worst accepted XML, a byte", worst * 1e9, false, 60, 40, "ns");
    b_ratio("15 a byte of the whole over one of a sixteenth", crooked, false, 2,
        1.5, "x");
    b_ratio("15 worst canonical form", slowest * 1e3, false, 100, 50, "ms");
    mh_buf_fini(&r.out);
    mh_buf_fini(&buf);
}

static void
open_snapshot(void *ctx)
{
    const struct mh_span *snapshot = ctx;
    struct mh_err err = {.msg = ""};
    struct sg_trust *trust;

    b_must(sg_trust_open(*snapshot, &err, &trust), &err);
    sg_trust_free(trust);
}

int
main(int argc, char **argv)
{
    struct mh_err err = {.msg = ""};
    struct mh_span snapshot;

    b_need(argc == 2, "usage: bench_xml FOLDER");
    b_must(sg_warm(&err), &err);
    snapshot = b_file(argv[1], "trust.snap");
    b_ratio("snapshot of 158 services opened",
        b_time(open_snapshot, &snapshot) * 1e3, false, 0.3, 0.2, "ms");
    measure_xml();
    return b_failed() > 0 ? 1 : 0;
}
