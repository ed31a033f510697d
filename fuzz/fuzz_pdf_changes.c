/*
 * Later revisions of a signed PDF: whatever they do, what the pages show of
 * content must be the same unless the change was named as one that is never
 * allowed.  What a page shows is found here on its own, by following every
 * reference from the page but for its annotations, in both views.
 *
 * The input is a row of blocks that end with a NUL: a letter that is the
 * object's number ('0' is 0), and its body; "~keys LF data" is a stream, no
 * body frees the object, number 0 ends the revision.  A byte of '!' and above
 * before all says what the signature forbids: bases[].
 */
#define MH_ALLOW_BANNED
#include <stdint.h>
#include <stdlib.h>

#include "base/limits.h"
#include "signer/verify/pdfchanges.h"
#include "tests/verify/pdfrevise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
    DEPTH = 9,      /* references and members followed from a page */
    STEPS = 200000, /* members looked at, in all */
    BODY = 3000     /* bytes of one object */
};

static const struct {
    const char *sig, *field;
} bases[] = {
    {"", ""},
    {CERTIFY("1"), ""},
    {CERTIFY("2"), ""},
    {CERTIFY("3"), ""},
    {LOCKED "/Action /All >> >>]", ""},
    {LOCKED "/Action /Include /Fields [(sum)] >> >>]", ""},
    {LOCKED "/Action /Exclude /Fields [(second)] >> >>]", ""},
    {"", "/Lock << /Type /SigFieldLock /Action /All >>"},
    {"", "/Lock << /Type /SigFieldLock /Action /Include /Fields [(x)] /P 1 >>"},
    {CERTIFY("2"),
        "/Lock << /Type /SigFieldLock /Action /Include /Fields [(x)] /P 3 >>"},
};

struct look {
    struct df_pdf *pdf;
    size_t rev, steps;
};

static uint64_t
mix(uint64_t h, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;

    for (size_t i = 0; i < len; i++)
        h = (h ^ p[i]) * UINT64_C(0x100000001b3);
    return (h ^ len) * UINT64_C(0x100000001b3);
}

/* Keys of a page that lead to annotations, or up again. */
static bool
is_aside(struct mh_span key)
{
    return mh_span_is(key, "Annots") || mh_span_is(key, "Parent");
}

static uint64_t
shown(struct look *l, const struct df_pdf_obj *obj, unsigned depth)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    if (++l->steps > STEPS || depth > DEPTH ||
        df_pdf_resolve(l->pdf, l->rev, obj, NULL, &obj) != MH_OK || obj == NULL)
        return 0;
    h = mix(h, &obj->type, sizeof(obj->type));
    if (obj->type == DF_PDF_INT || obj->type == DF_PDF_REAL) {
        double v = strtod((const char *)obj->bytes.ptr, NULL); /* ends there */

        return mix(UINT64_C(0xcbf29ce484222325), &v, sizeof(v));
    }
    h = mix(h, obj->bytes.ptr, obj->bytes.len) + obj->truth;
    if (obj->type == DF_PDF_ARRAY)
        for (size_t i = 0; i < obj->count; i++) {
            uint64_t m = shown(l, obj->item[i], depth + 1);

            h = mix(h, &m, sizeof(m));
        }
    else if (df_pdf_is_dict(obj))
        for (size_t i = 0; i < obj->count; i++) {
            uint64_t m;

            if (is_aside(obj->pair[i].key))
                continue;
            m = shown(l, obj->pair[i].value, depth + 1);
            if (m != 0) /* in any order, null as absent */
                h += mix(m, obj->pair[i].key.ptr, obj->pair[i].key.len);
        }
    return h;
}

/* The page tree with all its pages; catalogs' other keys as well. */
static uint64_t
document(struct df_pdf *pdf, size_t rev)
{
    struct look l = {pdf, rev, 0};
    const struct df_pdf_obj *root;

    if (df_pdf_root(pdf, rev, NULL, &root) != MH_OK)
        return 0;
    return shown(&l, df_pdf_key(root, "Pages"), 0) +
           3 * shown(&l, df_pdf_key(root, "OpenAction"), 0) +
           5 * shown(&l, df_pdf_key(root, "Names"), 0) +
           7 * shown(&l, df_pdf_key(root, "OCProperties"), 0);
}

static void
build(struct pr_writer *w, const uint8_t *data, size_t len)
{
    static char body[BODY + 1];
    size_t base = 0;

    if (len > 0 && *data >= '!' &&
        (size_t)(*data - '!') < sizeof(bases) / sizeof(bases[0])) {
        base = (size_t)(*data++ - '!');
        len--;
    }
    pr_base(w, bases[base].sig, bases[base].field);
    while (len > 0) {
        const uint8_t *end = memchr(data, 0, len);
        size_t n = end == NULL ? len : (size_t)(end - data);
        unsigned num = n == 0 ? 0 : (unsigned)(*data - '0') % PR_OBJECTS;
        char *lf;

        if (n > BODY)
            n = BODY;
        memcpy(body, data, n);
        body[n] = '\0';
        lf = strchr(body, '\n');
        if (num == 0)
            pr_end(w);
        else if (n == 1)
            pr_free(w, num);
        else if (body[1] == '~' && lf != NULL) {
            *lf = '\0';
            pr_stream(w, num, body + 2, lf + 1);
        } else {
            pr_object(w, num, body + 1);
        }
        n = end == NULL ? len : (size_t)(end - data) + 1;
        data += n;
        len -= n;
    }
    pr_end(w);
}

static void
judge(
    struct df_pdf *pdf, const struct df_pdf_sigs *sigs, struct mh_arena *arena)
{
    struct sg_pdf_changes *changes;
    struct sg_pdf_verdict v;
    struct sg_out out;
    size_t last = df_pdf_revisions(pdf) - 1, from;

    if (sigs->count == 0 || sigs->sig[0].broken ||
        sg_pdf_changes_find(pdf, sigs, NULL, &changes) != MH_OK)
        return;
    sg_out_init(&out, arena);
    v = sg_pdf_changes_judge(changes, 0, &out);
    from = sigs->sig[0].covered;
    if (v.level == MH_MODS_OTHER) {
        if (v.allowed || sg_out_first(&out, MH_ERROR) == NULL)
            abort(); /* always named */
        return;
    }
    if (v.allowed != (sg_out_first(&out, MH_ERROR) == NULL))
        abort();
    if (document(pdf, from) != document(pdf, last))
        abort();
}

/* Nothing but signatures behind the signed revision: what was seen stays. */
static void
judge_signed(struct df_pdf *pdf, const struct df_pdf_sigs *sigs,
    struct mh_span file, struct mh_arena *arena)
{
    bool only = false;
    size_t from;

    if (sigs->count == 0 || sigs->sig[0].broken)
        return;
    from = sigs->sig[0].covered;
    if (sg_pdf_only_signed(file, df_pdf_revision(pdf, from)->eof, arena, NULL,
            &only) == MH_OK &&
        only && document(pdf, from) != document(pdf, df_pdf_revisions(pdf) - 1))
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct pr_writer w;
    struct mh_arena *arena = mh_arena_new(64U << 20);
    struct df_notes notes;
    struct df_pdf *pdf;
    struct df_pdf_sigs sigs;

    df_notes_init(&notes, arena);
    build(&w, data, len);
    if (!w.full &&
        df_pdf_open((struct mh_span){(const uint8_t *)w.text, w.len}, NULL,
            arena, &notes, NULL, &pdf) == MH_OK &&
        df_pdf_signatures(pdf, &notes, NULL, &sigs) == MH_OK) {
        judge(pdf, &sigs, arena);
        judge_signed(pdf, &sigs,
            (struct mh_span){(const uint8_t *)w.text, w.len}, arena);
    }
    mh_arena_free(arena);
    return 0;
}
