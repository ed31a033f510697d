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
    SMALL = 16, /* the part of the size that linear is judged by */
};

/*
 * A document: head, bodies, tail, and text where there is too much markup for
 * the size.
 */
struct shape {
    const char *name, *head, *body, *tail;
    size_t count;  /* of bodies at most; more than the limits allow is fine */
    size_t pieces; /* of one body, as MH_XML_PIECE_BYTES counts them */
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
    {"empty elements", "<a>", "<b/>", "</a>", 99000, 1},
    {"elements with text", "<a>", "<b>text</b>", "</a>", 99000, 2},
    {"attributes", "<a>", "<b" A8 "/>", "</a>", 24000, 9},
    {"prefixes", "<a" NS8 ">", "<b:b a:a='' c:c='' h:h=''/>", "</a>", 66000, 4},
    {"deep", "<a>", "<b><b><b><b><b><b><b><b></b></b></b></b></b></b></b></b>",
        "</a>", 12000, 8},
    {"identifiers", DS, "<s:a Id='@'/>", "</s:S>", 19000, 2},
    {"comments", "<a>", "<!--c-->", "</a>", 99000, 1},
    {"instructions", "<a>", "<?p q?>", "</a>", 99000, 1},
    {"CDATA", "<a>", "<![CDATA[x]]><b/>", "</a>", 49000, 2},
    {"text", "<a>", "<b>" TEXT "</b>", "</a>", 14000, 2},
    {"one text", "<a>", TEXT, "</a>", 16000, 0},
    {"line ends", "<a>", "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n", "</a>", 250000, 0},
    {"references in text", "<a>", REFS, "</a>", 99000, 0},
    {"references in an attribute", "<a b='", REFS, "'/>", 99000, 0},
};

struct run {
    struct mh_span in;
    struct mh_buf out;
    const struct df_xml *xml;
    enum df_c14n_method method;
};

/* An @ in the body is a running number. */
static struct mh_span
build(const struct shape *s, size_t bodies, struct mh_buf *buf)
{
    size_t at = strcspn(s->body, "@");

    mh_buf_clear(buf);
    mh_buf_str(buf, s->head);
    for (size_t i = 0; i < bodies; i++) {
        mh_buf_add(buf, s->body, at);
        if (s->body[at] != '\0') {
            mh_buf_printf(buf, "%06zu", i);
            mh_buf_str(buf, s->body + at + 1);
        }
    }
    while (s->pieces != 0 &&
           mh_buf_get(buf).len < bodies * s->pieces * MH_XML_PIECE_BYTES)
        mh_buf_str(buf, TEXT);
    mh_buf_str(buf, s->tail);
    b_need(mh_buf_ok(buf), "memory");
    return mh_buf_get(buf);
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
        size_t n = shapes[i].count;
        double small, large, form;

        r.in = build(&shapes[i], n / SMALL, &buf);
        small = b_time(whole, &r) / (double)r.in.len;
        r.in = build(&shapes[i], n, &buf);
        r.method = DF_C14N_EXC;
        large = b_time(whole, &r) / (double)r.in.len;
        form = worst_form(&r);
        (void)printf("      %-28s %9zu bytes %6.1f ns a byte (a sixteenth "
                     "%6.1f), form %6.2f ms\n",
            shapes[i].name, r.in.len, large * 1e9, small * 1e9, form * 1e3);
        worst = large > worst ? large : worst;
        slowest = form > slowest ? form : slowest;
        if (large / small > crooked)
            crooked = large / small;
    }
    b_ratio("15 worst accepted XML, a byte", worst * 1e9, false, 60, 40, "ns");
    /* Caches make it two; what is quadratic makes it sixteen. */
    b_ratio("15 a byte of the whole over one of a sixteenth", crooked, false, 4,
        2, "x");
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
