/*
 * Small PDF files for tests, written object by object: revisions with tables
 * or streams of references, object streams, signature dictionaries whose byte
 * range fits.
 */
#ifndef TESTS_DOCFORMAT_PDFMAKE_H
#define TESTS_DOCFORMAT_PDFMAKE_H

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "docformat/pdf/sigdict.h"

enum {
    PM_OBJECTS = 256,
    PM_SIGS = 4,
    PM_CONTENTS = 64, /* digits of a signature value */
};

/* A SEQUENCE of one INTEGER: what the reader takes for a signature value. */
#define PM_VALUE "3003020105"

struct pm {
    struct mh_buf out;
    struct {
        bool set, freed, packed;
        size_t at; /* offset, or number of the object stream */
        unsigned gen, index;
    } obj[PM_OBJECTS];
    size_t prev; /* section before this one, 0: none */
    unsigned top;
    size_t sig_at[PM_SIGS]; /* of "/ByteRange" of signatures to be fitted */
    size_t sigs;
};

static inline void
pm_begin(struct pm *m)
{
    memset(m, 0, sizeof(*m));
    mh_buf_init(&m->out, 1 << 20);
    mh_buf_str(&m->out, "%PDF-1.7\n");
}

static inline void
pm_note(struct pm *m, unsigned num)
{
    m->obj[num].set = true;
    m->obj[num].freed = m->obj[num].packed = false;
    m->obj[num].gen = 0;
    m->obj[num].at = m->out.len;
    if (num > m->top)
        m->top = num;
}

static inline void
pm_obj(struct pm *m, unsigned num, const char *body)
{
    pm_note(m, num);
    mh_buf_printf(&m->out, "%u 0 obj\n", num);
    mh_buf_str(&m->out, body);
    mh_buf_str(&m->out, "\nendobj\n");
}

static inline void
pm_free(struct pm *m, unsigned num)
{
    pm_note(m, num);
    m->obj[num].freed = true;
    m->obj[num].at = 0;
    m->obj[num].gen = 1;
}

/* One object in an object stream of its own, not compressed. */
static inline void
pm_packed(struct pm *m, unsigned stream, unsigned num, const char *body)
{
    char head[32];
    int first = snprintf(head, sizeof(head), "%u 0 ", num);

    pm_note(m, stream);
    mh_buf_printf(&m->out,
        "%u 0 obj\n<</Type/ObjStm/N 1/First %d/Length %zu>>\nstream\n%s%s\n"
        "endstream\nendobj\n",
        stream, first, (size_t)first + strlen(body), head, body);
    pm_note(m, num);
    m->obj[num].packed = true;
    m->obj[num].at = stream;
    m->obj[num].index = 0;
}

/* A signature dictionary; pm_fit completes it. */
static inline void
pm_sig(struct pm *m, unsigned num, const char *more)
{
    pm_note(m, num);
    mh_buf_printf(&m->out,
        "%u 0 obj\n<</Type/Sig/Filter/Adobe.PPKLite"
        "/SubFilter/ETSI.CAdES.detached%s",
        num, more);
    m->sig_at[m->sigs++] = m->out.len;
    mh_buf_printf(&m->out,
        "/ByteRange[0 0000000000 0000000000 0000000000]/Contents<" PM_VALUE
        "%0*d>>>\nendobj\n",
        (int)(PM_CONTENTS - sizeof(PM_VALUE) + 1), 0);
}

static inline void
pm_reset(struct pm *m, size_t section)
{
    m->prev = section;
    for (unsigned i = 0; i < PM_OBJECTS; i++)
        m->obj[i].set = false;
}

/* Fits the signatures written since the last call to the end of the file. */
static inline void
pm_fit(struct pm *m)
{
    for (size_t i = 0; i < m->sigs; i++) {
        uint8_t *p = m->out.ptr + m->sig_at[i];
        char text[40];
        size_t b = m->sig_at[i] +
                   sizeof("/ByteRange[0 0000000000 0000000000 "
                          "0000000000]/Contents") -
                   1;
        size_t c = b + PM_CONTENTS + 2;

        (void)snprintf(
            text, sizeof(text), "%010zu %010zu %010zu", b, c, m->out.len - c);
        p += sizeof("/ByteRange[0 ") - 1;
        for (size_t k = 0; text[k] != 0; k++)
            p[k] = (uint8_t)text[k];
    }
    m->sigs = 0;
}

static inline void
pm_tail(struct pm *m, size_t section)
{
    mh_buf_printf(&m->out, "startxref\n%zu\n%%%%EOF\n", section);
    pm_reset(m, section);
    pm_fit(m);
}

/* Ends a revision with a table; objects in object streams are left out. */
static inline size_t
pm_table(struct pm *m, const char *more)
{
    size_t section = m->out.len;

    mh_buf_str(&m->out, "xref\n0 1\n0000000000 65535 f \n");
    for (unsigned i = 1; i < PM_OBJECTS; i++)
        if (m->obj[i].set && !m->obj[i].packed)
            mh_buf_printf(&m->out, "%u 1\n%010zu %05u %c \n", i, m->obj[i].at,
                m->obj[i].gen, m->obj[i].freed ? 'f' : 'n');
    mh_buf_printf(&m->out, "trailer\n<</Size %u/Root 1 0 R", m->top + 1);
    if (m->prev != 0)
        mh_buf_printf(&m->out, "/Prev %zu", m->prev);
    mh_buf_printf(&m->out, "%s>>\n", more);
    return section;
}

static inline void
pm_end(struct pm *m, const char *more)
{
    pm_tail(m, pm_table(m, more));
}

static inline void
pm_put(struct pm *m, uint64_t value, unsigned width)
{
    while (width-- > 0)
        mh_buf_byte(&m->out, (uint8_t)(value >> (8 * width)));
}

/* A stream of references as object num, which it names itself. */
static inline size_t
pm_refs(struct pm *m, unsigned num, const char *more)
{
    size_t section = m->out.len, count = 1;

    pm_note(m, num);
    for (unsigned i = 1; i < PM_OBJECTS; i++)
        count += m->obj[i].set;
    mh_buf_printf(&m->out,
        "%u 0 obj\n<</Type/XRef/Size %u/Root 1 0 R/W[1 4 2]/Length %zu", num,
        m->top + 1, count * 7);
    if (m->prev != 0)
        mh_buf_printf(&m->out, "/Prev %zu", m->prev);
    mh_buf_str(&m->out, "/Index[0 1");
    for (unsigned i = 1; i < PM_OBJECTS; i++)
        if (m->obj[i].set)
            mh_buf_printf(&m->out, " %u 1", i);
    mh_buf_printf(&m->out, "]%s>>\nstream\n", more);
    pm_put(m, 0xffff, 7);
    for (unsigned i = 1; i < PM_OBJECTS; i++) {
        if (!m->obj[i].set)
            continue;
        pm_put(m, m->obj[i].packed ? 2 : m->obj[i].freed ? 0 : 1, 1);
        pm_put(m, m->obj[i].at, 4);
        pm_put(m, m->obj[i].packed ? m->obj[i].index : m->obj[i].gen, 2);
    }
    mh_buf_str(&m->out, "\nendstream\nendobj\n");
    return section;
}

static inline void
pm_end_refs(struct pm *m, unsigned num, const char *more)
{
    pm_tail(m, pm_refs(m, num, more));
}

/* Ends a revision with a table and, before it, a stream of references. */
static inline void
pm_end_hybrid(struct pm *m, unsigned num)
{
    char more[40];

    (void)snprintf(more, sizeof(more), "/XRefStm %zu", pm_refs(m, num, ""));
    pm_tail(m, pm_table(m, more));
}

/* One revision: catalog 1, pages 2, page 3, text 4. */
static inline void
pm_base(struct pm *m, const char *catalog)
{
    char text[400];

    pm_begin(m);
    (void)snprintf(
        text, sizeof(text), "<</Type/Catalog/Pages 2 0 R%s>>", catalog);
    pm_obj(m, 1, text);
    pm_obj(m, 2, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
    pm_obj(
        m, 3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>");
    pm_obj(m, 4, "<</Length 3>>\nstream\nq Q\nendstream");
}

/* A second revision that signs: field 6, dictionary 7. */
static inline void
pm_sign(struct pm *m, unsigned field, unsigned sig, const char *catalog)
{
    char text[400];

    (void)snprintf(
        text, sizeof(text), "<</Type/Catalog/Pages 2 0 R%s>>", catalog);
    pm_obj(m, 1, text);
    (void)snprintf(text, sizeof(text),
        "<</FT/Sig/T(S%u)/Type/Annot/Subtype/Widget/Rect[0 0 0 0]/P 3 0 R"
        "/V %u 0 R>>",
        field, sig);
    pm_obj(m, field, text);
    pm_sig(m, sig, "/M(D:20240102030405Z)/Name(N)");
}

/* Puts with in the place of the first find; lengths may differ. */
static inline bool
pm_replace(struct mh_buf *b, const char *find, const char *with)
{
    size_t n = strlen(find);
    uint8_t *p = memmem(b->ptr, b->len, find, n);
    struct mh_buf more;
    size_t at;

    if (p == NULL)
        return false;
    at = (size_t)(p - b->ptr);
    mh_buf_init(&more, b->max);
    mh_buf_add(&more, b->ptr, at);
    mh_buf_str(&more, with);
    mh_buf_add(&more, p + n, b->len - at - n);
    mh_buf_fini(b);
    *b = more;
    return mh_buf_ok(b);
}

#endif
