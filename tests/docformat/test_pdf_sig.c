#include "tests/t.h"

#include "docformat/pdf/sigdict.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/wire/codes.h"
#include "docformat/pdf/second.h"
#include "tests/docformat/pdfmake.h"

#define FORM "/AcroForm<</Fields[6 0 R]/SigFlags 3>>"
#define BOTH "/AcroForm<</Fields[6 0 R 8 0 R]/SigFlags 3>>"
#define SIG7 "<</FT/Sig/T(S6)/V 7 0 R>>"

struct found {
    struct mh_arena *arena;
    struct df_notes notes;
    struct mh_err err;
    struct df_pdf *pdf;
    struct df_pdf_sigs sigs;
    enum mh_code code;
    enum mh_code second; /* of the second reader, where the first is content */
};

static void
find(struct found *f, struct mh_span file)
{
    memset(f, 0, sizeof(*f));
    f->arena = mh_arena_new(32 << 20);
    df_notes_init(&f->notes, f->arena);
    f->code = df_pdf_open(file, NULL, f->arena, &f->notes, &f->err, &f->pdf);
    if (f->code == MH_OK)
        f->code = df_pdf_signatures(f->pdf, &f->notes, &f->err, &f->sigs);
    if (f->code == MH_OK)
        f->second = df_pdf_second(f->pdf, &f->sigs, &f->err);
}

static bool
has_note(const struct df_notes *notes, int code, enum df_class class)
{
    for (const struct df_note *n = notes->first; n != NULL; n = n->next)
        if ((int)n->code == code && n->class == class)
            return true;
    return false;
}

/* A signed file of two revisions. */
static void
make_signed(struct pm *m)
{
    pm_base(m, "");
    pm_end(m, "");
    pm_sign(m, 6, 7, FORM);
    pm_end(m, "");
}

static void
test_signed(void **state)
{
    const struct df_pdf_sig *s;
    struct found f;
    struct pm m;

    (void)state;
    make_signed(&m);
    find(&f, mh_buf_get(&m.out));
    assert_string_equal(f.err.msg, "");
    assert_int_equal(f.sigs.count, 1);
    assert_int_equal(f.notes.count, 0);
    s = &f.sigs.sig[0];
    assert_false(s->broken);
    assert_true(mh_span_is(s->field, "S6"));
    assert_int_equal(s->field_num, 6);
    assert_int_equal(s->num, 7);
    assert_int_equal(s->added, 1);
    assert_int_equal(s->covered, 1);
    assert_true(s->whole_file);
    assert_true(f.sigs.has_covered);
    assert_int_equal(f.sigs.first_covered, 1);
    assert_int_equal(s->subfilter, DF_PDF_SUB_CADES);
    assert_true(mh_span_is(s->filter, "Adobe.PPKLite"));
    assert_int_equal(s->contents.len, 5);
    assert_memory_equal(s->contents.ptr, "\x30\x03\x02\x01\x05", 5);
    assert_ptr_equal(s->signed_part[0].ptr, m.out.ptr);
    assert_int_equal(
        s->signed_part[0].len + s->signed_part[1].len + PM_CONTENTS + 2,
        m.out.len);
    assert_true(mh_span_is(s->name, "N"));
    assert_true(mh_span_is(s->m, "D:20240102030405Z"));
    assert_true(s->has_time);
    assert_int_equal(s->time, 1704164645);
    mh_arena_free(f.arena);
    mh_buf_fini(&m.out);
}

struct row {
    const char *name;
    const char *find, *with; /* equal in length but where nothing moves */
    int defect;              /* of the signature; 0: usable */
    int note;                /* 0: none but the defect */
};

/* Changes of a signed file that leave every offset as it is. */
static const struct row rows[] = {
    {"as it is", "/Name(N)", "/Name(M)", 0, 0},
    {"no byte range", "/ByteRange", "/ByteRanxx", MH_F_PDF_SIGNATURE_EMPTY, 0},
    {"three numbers", "/ByteRange[0 ", "/ByteRange[  ", MH_F_PDF_BYTE_RANGE, 0},
    {"does not begin at 0", "/ByteRange[0", "/ByteRange[1", MH_F_PDF_BYTE_RANGE,
        0},
    {"negative", "/ByteRange[0 0", "/ByteRange[0 -", MH_F_PDF_BYTE_RANGE, 0},
    {"real", "/ByteRange[0 0", "/ByteRange[0 .", MH_F_PDF_BYTE_RANGE, 0},
    {"huge", "/ByteRange[0 0", "/ByteRange[0 9", MH_F_PDF_BYTE_RANGE, 0},
    {"no value", "/Contents<", "/Contenxx<", MH_F_PDF_SIGNATURE_EMPTY, 0},
    {"zero value", "<" PM_VALUE, "<0000000000", MH_F_PDF_SIGNATURE_EMPTY, 0},
    {"odd value", PM_VALUE "0", PM_VALUE " ", MH_F_PDF_CONTENTS, 0},
    {"spaced value", PM_VALUE "00", PM_VALUE "  ", 0, MH_F_PDF_CONTENTS_FORM},
    {"other tag", "<30", "<31", MH_F_PDF_CONTENTS, 0},
    {"longer than the string", "<3003", "<3083", MH_F_PDF_CONTENTS, 0},
    {"length past the string", "<3003", "<307f", MH_F_PDF_CONTENTS, 0},
    {"second value", PM_VALUE "0000", PM_VALUE "3000", MH_F_PDF_CONTENTS, 0},
    {"bytes behind it", PM_VALUE "0000", PM_VALUE "4142", 0,
        MH_F_PDF_CONTENTS_FORM},
    {"open length", "<" PM_VALUE "000000", "<3080020105000000", 0, 0},
    {"open lengths ended by the padding", "<" PM_VALUE "00", "<308030803080", 0,
        0},
    {"other subfilter", "ETSI.CAdES.detached", "ETSI.CAdES.detachex", 0, 0},
    {"no type", "/Type/Sig", "/Typx/Sig", 0, 0},
    {"value leads nowhere", "/V 7 0 R", "/V 9 0 R", MH_F_PDF_SIGNATURE_EMPTY,
        0},
    {"value of another generation", "/V 7 0 R", "/V 7 1 R",
        MH_F_PDF_SIGNATURE_EMPTY, 0},
    {"value is the page", "/V 7 0 R", "/V 3 0 R", MH_F_PDF_CONTENTS, 0},
    {"text field", "/FT/Sig", "/FT/Tx ", MH_F_PDF_SIGNATURE_PLACE, 0},
};

static void
test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        const struct row *r = &rows[i];
        const struct df_pdf_sig *s;
        struct found f;
        struct pm m;

        make_signed(&m);
        T_CHECK(r->name, strlen(r->find) == strlen(r->with));
        T_CHECK(r->name, pm_replace(&m.out, r->find, r->with));
        find(&f, mh_buf_get(&m.out));
        if (f.code != MH_OK || f.sigs.count != 1)
            fail_msg("%s: %s", r->name, f.err.msg);
        s = &f.sigs.sig[0];
        if (s->broken != (r->defect != 0) ||
            (s->broken && (int)s->defect != r->defect))
            fail_msg("%s: %d %s", r->name, s->defect,
                s->broken ? s->defect_text : "usable");
        T_CHECK(
            r->name, r->defect == 0 || has_note(&f.notes, r->defect, DF_FAIL));
        T_CHECK(
            r->name, r->note == 0 || has_note(&f.notes, r->note, DF_STRICT));
        T_CHECK(r->name, f.sigs.has_covered == !s->broken);
        if (!s->broken)
            T_CHECK(r->name, f.second == MH_OK);
        mh_arena_free(f.arena);
        mh_buf_fini(&m.out);
    }
}

/* What may follow a signature, step by step. */
enum after {
    NOTHING,
    PLAIN,        /* a changed page */
    STREAM,       /* the same with a stream of references */
    COMMENT,      /* and a comment */
    LOOSE,        /* bytes that belong to nothing */
    UNNAMED,      /* an object that no section names */
    TWICE,        /* an object of the revision stands twice */
    HIDDEN,       /* an object in an object stream that nothing names */
    EXCHANGED,    /* an object stream is exchanged */
    HYBRID_NEW,   /* a hybrid revision adds */
    HYBRID_OTHER, /* a hybrid revision contradicts itself */
    SECOND,       /* a second signature */
    REPLACED,     /* another dictionary in the field */
    REWRITTEN,    /* the same dictionary with another reason */
    COPIED,       /* the same dictionary, byte for byte */
    REMOVED,      /* no form any more */
    EMPTIED,      /* a field without a value */
    MOVED,        /* the dictionary in another field */
    NAMESAKE,     /* a second field of that name */
    OUTSIDE,      /* a signature that no field leads to */
    RIGHTS,       /* usage rights */
    TEXT_FIELD,   /* a second signature in a text field */
    SHARED,       /* two fields with a new signature */
};

static void
put_hidden(struct pm *m, bool named)
{
    pm_packed(m, 10, 11, "[1]");
    if (!named)
        m->obj[11].set = false;
    pm_end_refs(m, 12, "");
}

static void
put_hybrid(struct pm *m, bool contradicts)
{
    char more[40];
    size_t at;

    pm_obj(m, 11, "[1]");
    if (contradicts)
        m->obj[11].at -= 20;
    at = pm_refs(m, 12, "");
    if (contradicts)
        m->obj[11].at += 20;
    (void)snprintf(more, sizeof(more), "/XRefStm %zu", at);
    pm_tail(m, pm_table(m, more));
}

static void
copy_dictionary(struct pm *m)
{
    uint8_t *from = memmem(m->out.ptr, m->out.len, "7 0 obj", 7);
    uint8_t *end;
    char text[400] = "";

    assert_non_null(from);
    from += 8;
    end = memmem(from, 400, "\nendobj", 7);
    assert_non_null(end);
    memcpy(text, from, (size_t)(end - from));
    pm_obj(m, 7, text);
}

/* Those that are about the form. */
static void
put_fields(struct pm *m, enum after what)
{
    switch ((int)what) {
    case SECOND:
        pm_sign(m, 8, 9, BOTH);
        break;
    case REPLACED:
        pm_obj(m, 6, "<</FT/Sig/T(S6)/V 9 0 R>>");
        pm_sig(m, 9, "");
        break;
    case REWRITTEN:
        pm_sig(m, 7, "/Reason(other)");
        break;
    case COPIED:
        copy_dictionary(m);
        break;
    case REMOVED:
        pm_obj(m, 1, "<</Type/Catalog/Pages 2 0 R>>");
        break;
    case EMPTIED:
        pm_obj(m, 6, "<</FT/Sig/T(S6)>>");
        break;
    case MOVED:
        pm_obj(m, 6, "<</FT/Sig/T(Other)/V 7 0 R>>");
        break;
    case NAMESAKE:
        pm_obj(m, 1, "<</Type/Catalog/Pages 2 0 R" BOTH ">>");
        pm_obj(m, 8, "<</FT/Tx/T(S6)/V(x)>>");
        break;
    case OUTSIDE:
        pm_sig(m, 9, "");
        break;
    case RIGHTS:
        pm_obj(
            m, 1, "<</Type/Catalog/Pages 2 0 R" FORM "/Perms<</UR3 9 0 R>>>>");
        pm_sig(m, 9, "");
        break;
    case TEXT_FIELD:
        pm_obj(m, 1, "<</Type/Catalog/Pages 2 0 R" BOTH ">>");
        pm_obj(m, 8, "<</FT/Tx/T(S8)/V 9 0 R>>");
        pm_sig(m, 9, "");
        break;
    case SHARED:
        pm_obj(m, 1,
            "<</Type/Catalog/Pages 2 0 R"
            "/AcroForm<</Fields[6 0 R 8 0 R 13 0 R]>>>>");
        pm_obj(m, 8, "<</FT/Sig/T(A)/V 9 0 R>>");
        pm_obj(m, 13, "<</FT/Sig/T(B)/V 9 0 R>>");
        pm_sig(m, 9, "");
        break;
    default:
        break;
    }
}

static void
put_after(struct pm *m, enum after what)
{
    switch ((int)what) {
    case NOTHING:
        return;
    case PLAIN:
        pm_obj(m, 4, "<</Length 4>>\nstream\nq  Q\nendstream");
        break;
    case STREAM:
        pm_obj(m, 4, "<</Length 4>>\nstream\nq  Q\nendstream");
        pm_end_refs(m, 12, "");
        return;
    case COMMENT:
        mh_buf_str(&m->out, "%remark\n");
        pm_obj(m, 4, "<</Length 4>>\nstream\nq  Q\nendstream");
        break;
    case LOOSE:
        mh_buf_str(&m->out, "bytes\n");
        break;
    case UNNAMED:
        mh_buf_str(&m->out, "11 0 obj\n[1]\nendobj\n");
        break;
    case TWICE:
        pm_obj(m, 4, "[1]");
        pm_obj(m, 4, "[2]");
        break;
    case HIDDEN:
        put_hidden(m, false);
        return;
    case EXCHANGED:
        put_hidden(m, true);
        pm_packed(m, 10, 11, "[2]");
        pm_end_refs(m, 12, "");
        return;
    case HYBRID_NEW:
    case HYBRID_OTHER:
        put_hybrid(m, what == HYBRID_OTHER);
        return;
    default:
        put_fields(m, what);
        break;
    }
    pm_end(m, "");
}

static const struct {
    const char *name;
    enum after after;
    size_t sigs;
    int finding; /* of the refusal, or of a note of this class */
    int class;   /* -1: refused */
    int second;  /* finding of the second reader, or 0 */
} afters[] = {
    {"nothing", NOTHING, 1, 0, 0, 0},
    {"plain", PLAIN, 1, 0, 0, 0},
    {"stream", STREAM, 1, 0, 0, 0},
    {"comment", COMMENT, 1, MH_F_PDF_COMMENT, DF_INFO, 0},
    {"loose bytes", LOOSE, 0, MH_F_PDF_UNEXPLAINED_BYTES, -1, 0},
    {"unnamed object", UNNAMED, 0, MH_F_PDF_UNEXPLAINED_BYTES, -1, 0},
    {"object twice", TWICE, 0, MH_F_PDF_UNEXPLAINED_BYTES, -1, 0},
    {"hidden object", HIDDEN, 0, MH_F_PDF_UNEXPLAINED_BYTES, -1, 0},
    {"exchanged stream", EXCHANGED, 0, MH_F_PDF_OBJECT_STREAM, -1, 0},
    {"hybrid adds", HYBRID_NEW, 1, 0, 0, 0},
    {"hybrid contradicts", HYBRID_OTHER, 0, MH_F_PDF_HYBRID_VIEWS, -1, 0},
    {"second signature", SECOND, 2, 0, 0, 0},
    {"replaced", REPLACED, 2, MH_F_PDF_SIGNATURE_REPLACED, DF_FAIL, 0},
    {"rewritten", REWRITTEN, 1, MH_F_PDF_SIGNATURE_REPLACED, DF_FAIL, 0},
    {"copied", COPIED, 1, 0, 0, 0},
    {"removed", REMOVED, 1, MH_F_PDF_SIGNATURE_REMOVED, DF_FAIL, 0},
    {"emptied", EMPTIED, 1, MH_F_PDF_SIGNATURE_REMOVED, DF_FAIL, 0},
    {"moved", MOVED, 1, MH_F_PDF_SIGNATURE_REPLACED, DF_FAIL, 0},
    {"namesake", NAMESAKE, 1, MH_F_PDF_FIELD_DUPLICATE, DF_FAIL, 0},
    {"outside", OUTSIDE, 1, MH_F_PDF_SIGNATURE_PLACE, DF_FAIL, 0},
    {"usage rights", RIGHTS, 1, MH_F_PDF_SIGNATURE_PLACE, DF_INFO, 0},
    {"text field", TEXT_FIELD, 2, MH_F_PDF_SIGNATURE_PLACE, DF_FAIL, 0},
    {"shared", SHARED, 2, MH_F_PDF_FIELD_DUPLICATE, DF_FAIL, 0},
};

static void
test_after(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(afters); i++) {
        const char *name = afters[i].name;
        struct found f;
        struct pm m;

        make_signed(&m);
        put_after(&m, afters[i].after);
        find(&f, mh_buf_get(&m.out));
        if (afters[i].class < 0) {
            if (f.code == MH_OK || f.err.finding != afters[i].finding)
                fail_msg("%s: %d %s", name, f.code, f.err.msg);
            mh_arena_free(f.arena);
            mh_buf_fini(&m.out);
            continue;
        }
        if (f.code != MH_OK)
            fail_msg("%s: %s", name, f.err.msg);
        T_CHECK(name, f.sigs.count == afters[i].sigs);
        if (afters[i].finding != 0)
            T_CHECK(name, has_note(&f.notes, afters[i].finding,
                              (enum df_class)afters[i].class));
        else
            T_CHECK(name, f.notes.count == 0);
        if (f.second != MH_OK)
            fail_msg("%s: second: %s", name, f.err.msg);
        mh_arena_free(f.arena);
        mh_buf_fini(&m.out);
    }
}

/* Before the first signature nothing is refused for loose bytes. */
static void
test_before(void **state)
{
    struct found f;
    struct pm m;

    (void)state;
    pm_base(&m, "");
    pm_end(&m, "");
    mh_buf_str(&m.out, "loose\n");
    pm_sign(&m, 6, 7, FORM);
    pm_end(&m, "");
    find(&f, mh_buf_get(&m.out));
    assert_int_equal(f.code, MH_OK);
    assert_false(f.sigs.sig[0].broken);
    assert_int_equal(f.second, MH_OK);
    mh_arena_free(f.arena);
    mh_buf_fini(&m.out);
}

static const struct {
    const char *fields; /* objects of the form: field 6 and below */
    const char *six, *eight;
    size_t sigs, empty;
    int error; /* finding, or 0 */
} forms[] = {
    {"[6 0 R]", "<</FT/Sig/T(A)>>", "null", 0, 1, 0},
    {"[6 0 R]", "<</FT/Sig/T(A)/V null>>", "null", 0, 1, 0},
    {"[6 0 R]", "<</FT/Sig/T(A)/V<</Type/Sig>>>>", "null", 1, 0, 0},
    {"[6 0 R]", "<</FT/Sig/T(A)/Kids[8 0 R]>>", "<</T(B)/Parent 6 0 R>>", 0, 1,
        0},
    {"[6 0 R]", "<</FT/Sig/T(A)/Kids[8 0 R]>>", "<</T(B)/Parent 6 0 R/V<<>>>>",
        1, 0, 0},
    {"[6 0 R]", "<</FT/Sig/T(A)/Kids[8 0 R]>>", "<</Parent 6 0 R>>", 0, 1, 0},
    {"[6 0 R]", "<</T(A)/Kids[6 0 R]>>", "null", 0, 0, MH_F_PDF_LIMIT},
    {"[6 0 R]", "<</T/A>>", "null", 0, 0, MH_F_PDF_FORM},
    {"[6 0 R]", "[1]", "null", 0, 0, MH_F_PDF_FORM},
    {"[6 0 R]", "<</T(A)/Kids 8 0 R>>", "<<>>", 0, 0, MH_F_PDF_FORM},
    {"6 0 R", "<<>>", "null", 0, 0, MH_F_PDF_FORM},
    {"6 0 R", "[8 0 R]", "<</FT/Sig/T(A)>>", 0, 1, 0},
    {"[null 99 0 R]", "null", "null", 0, 0, 0},
    {"[<</FT/Sig/T(A)/V<</Type/Sig>>>>]", "null", "null", 1, 0, 0},
};

static void
test_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(forms); i++) {
        char text[200];
        struct found f;
        struct pm m;

        (void)snprintf(
            text, sizeof(text), "/AcroForm<</Fields %s>>", forms[i].fields);
        pm_base(&m, text);
        pm_obj(&m, 6, forms[i].six);
        pm_obj(&m, 8, forms[i].eight);
        pm_end(&m, "");
        find(&f, mh_buf_get(&m.out));
        if ((f.code != MH_OK) != (forms[i].error != 0) ||
            f.err.finding != forms[i].error)
            fail_msg("%s %s: %s", forms[i].fields, forms[i].six, f.err.msg);
        T_CHECK(forms[i].six, f.sigs.count == forms[i].sigs);
        T_CHECK(forms[i].six,
            f.code != MH_OK || f.sigs.empty_fields == forms[i].empty);
        for (size_t k = 0; k < f.sigs.count; k++)
            T_CHECK(forms[i].six, f.sigs.sig[k].broken);
        mh_arena_free(f.arena);
        mh_buf_fini(&m.out);
    }
}

/* What the dictionary and the field claim. */
static const struct {
    const char *sig, *field;
    unsigned docmdp, lock_p;
    enum df_pdf_action fieldmdp, lock;
    size_t names;
    bool rights, broken;
} claims[] = {
    {"", "", 0, 0, DF_PDF_ACT_NONE, DF_PDF_ACT_NONE, 0, false, false},
    {"/Reference[<</TransformMethod/DocMDP/TransformParams<</P 1>>>>]", "", 1,
        0, DF_PDF_ACT_NONE, DF_PDF_ACT_NONE, 0, false, false},
    {"/Reference[<</TransformMethod/DocMDP>>]", "", 2, 0, DF_PDF_ACT_NONE,
        DF_PDF_ACT_NONE, 0, false, false},
    {"/Reference[<</TransformMethod/DocMDP/TransformParams<</P 4>>>>]", "", 2,
        0, DF_PDF_ACT_NONE, DF_PDF_ACT_NONE, 0, false, true},
    {"/Reference[<</TransformMethod/FieldMDP/TransformParams"
     "<</Action/Include/Fields[(a)(b)]>>>>]",
        "", 0, 0, DF_PDF_ACT_INCLUDE, DF_PDF_ACT_NONE, 2, false, false},
    {"/Reference[<</TransformMethod/FieldMDP/TransformParams"
     "<</Action/Other>>>>]",
        "", 0, 0, DF_PDF_ACT_NONE, DF_PDF_ACT_NONE, 0, false, true},
    {"/Reference[<</TransformMethod/UR3>>]", "", 0, 0, DF_PDF_ACT_NONE,
        DF_PDF_ACT_NONE, 0, true, false},
    {"/Reference[<</TransformMethod/Identity>>]", "", 0, 0, DF_PDF_ACT_NONE,
        DF_PDF_ACT_NONE, 0, false, true},
    {"/Reference 1", "", 0, 0, DF_PDF_ACT_NONE, DF_PDF_ACT_NONE, 0, false,
        true},
    {"", "/Lock<</Action/All/P 2>>", 0, 2, DF_PDF_ACT_NONE, DF_PDF_ACT_ALL, 0,
        false, false},
    {"", "/Lock<</Action/Exclude/Fields[(a)]>>", 0, 0, DF_PDF_ACT_NONE,
        DF_PDF_ACT_EXCLUDE, 1, false, false},
    {"", "/Lock<</Action/All/P 7>>", 0, 0, DF_PDF_ACT_NONE, DF_PDF_ACT_ALL, 0,
        false, true},
    {"", "/Lock<</Action/Exclude/Fields 1>>", 0, 0, DF_PDF_ACT_NONE,
        DF_PDF_ACT_EXCLUDE, 0, false, true},
};

static void
test_claims(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(claims); i++) {
        const struct df_pdf_sig *s;
        char text[300];
        struct found f;
        struct pm m;

        pm_base(&m, FORM "/Perms<</DocMDP 7 0 R>>");
        (void)snprintf(
            text, sizeof(text), "<</FT/Sig/T(A)/V 7 0 R%s>>", claims[i].field);
        pm_obj(&m, 6, text);
        pm_sig(&m, 7, claims[i].sig);
        pm_end(&m, "");
        find(&f, mh_buf_get(&m.out));
        T_CHECK(claims[i].sig, f.code == MH_OK && f.sigs.count == 1);
        s = &f.sigs.sig[0];
        T_CHECK(claims[i].sig, s->docmdp == claims[i].docmdp);
        T_CHECK(claims[i].sig, s->fieldmdp.action == claims[i].fieldmdp);
        T_CHECK(claims[i].field, s->lock.action == claims[i].lock);
        T_CHECK(claims[i].field, s->lock.p == claims[i].lock_p);
        T_CHECK(claims[i].sig,
            s->fieldmdp.count + s->lock.count == claims[i].names);
        T_CHECK(claims[i].sig, s->usage_rights == claims[i].rights);
        T_CHECK(claims[i].sig, s->broken == claims[i].broken);
        T_CHECK(claims[i].sig, s->in_perms);
        mh_arena_free(f.arena);
        mh_buf_fini(&m.out);
    }
}

static const struct {
    const char *in;
    bool good;
    int64_t t;
} dates[] = {
    {"D:20240102030405Z", true, 1704164645},
    {"D:20240102030405+04'00'", true, 1704150245},
    {"D:20240102030405-04'30", true, 1704180845},
    {"D:20240102030405", true, 1704164645},
    {"D:20240102", true, 1704153600},
    {"2024", true, 1704067200},
    {"D:2024010203040", false, 0},
    {"D:20241302", false, 0},
    {"D:20240102030405+24'00'", false, 0},
    {"D:20240102030405Zx", false, 0},
    {"D:", false, 0},
    {"", false, 0},
};

static void
test_dates(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(dates); i++) {
        int64_t t = 0;

        T_CHECK(dates[i].in,
            df_pdf_date(mh_span_str(dates[i].in), &t) == dates[i].good);
        T_CHECK(dates[i].in, t == dates[i].t);
    }
}

/* Two hundred signatures are read, one more is not. */
static void
test_many(void **state)
{
    (void)state;
    for (unsigned more = 0; more < 2; more++) {
        unsigned count = MH_PDF_SIGNATURES_MAX + more;
        char text[8 * (MH_PDF_SIGNATURES_MAX + 2)] = "[";
        struct found f;
        struct pm m;

        pm_base(&m, "/AcroForm<</Fields 5 0 R>>");
        for (unsigned k = 0; k < count; k++) {
            char field[64];
            size_t len = strlen(text);

            (void)snprintf(text + len, sizeof(text) - len, "%u 0 R ", 10 + k);
            (void)snprintf(field, sizeof(field), "<</FT/Sig/T(A%u)/V<<>>>>", k);
            pm_obj(&m, 10 + k, field);
        }
        text[strlen(text) - 1] = ']';
        pm_obj(&m, 5, text);
        pm_end(&m, "");
        find(&f, mh_buf_get(&m.out));
        if (more == 0) {
            assert_string_equal(f.err.msg, "");
            assert_int_equal(f.sigs.count, count);
        } else {
            assert_int_equal(f.code, MH_ELIMIT);
            assert_int_equal(f.err.finding, MH_F_PDF_LIMIT);
        }
        mh_arena_free(f.arena);
        mh_buf_fini(&m.out);
    }
}

/* The second reader refuses what it finds damaged or reads otherwise. */
static void
test_second(void **state)
{
    struct mh_err err = {0};
    struct found f;
    struct pm m;

    (void)state;
    assert_int_equal(df_pdf_second_warm(&err), MH_OK);
    make_signed(&m);
    find(&f, mh_buf_get(&m.out));
    assert_int_equal(f.second, MH_OK);
    /* The first reader's view is falsified: the two cannot agree. */
    f.sigs.sig[0].range[3]++;
    assert_int_equal(df_pdf_second(f.pdf, &f.sigs, &f.err), MH_EFORMAT);
    assert_int_equal(f.err.finding, MH_F_PDF_READERS_DISAGREE);
    f.sigs.sig[0].range[3]--;
    f.sigs.sig[0].field_num = 3;
    assert_int_equal(df_pdf_second(f.pdf, &f.sigs, &f.err), MH_EFORMAT);
    assert_int_equal(f.err.finding, MH_F_PDF_READERS_DISAGREE);
    f.sigs.sig[0].field_num = 4;
    assert_int_equal(df_pdf_second(f.pdf, &f.sigs, &f.err), MH_EFORMAT);
    mh_arena_free(f.arena);
    mh_buf_fini(&m.out);

    /* A section that names more objects than it counts. */
    make_signed(&m);
    assert_true(pm_replace(&m.out, "/Size 8", "/Size 6"));
    find(&f, mh_buf_get(&m.out));
    assert_int_equal(f.code, MH_OK);
    assert_int_equal(f.second, MH_EFORMAT);
    assert_int_equal(f.err.finding, MH_F_PDF_NOT_CLEAN);
    mh_arena_free(f.arena);
    mh_buf_fini(&m.out);

    /* A claim that is larger than need be. */
    make_signed(&m);
    assert_true(pm_replace(&m.out, "/Size 8", "/Size 9"));
    find(&f, mh_buf_get(&m.out));
    assert_int_equal(f.second, MH_OK);
    mh_arena_free(f.arena);
    mh_buf_fini(&m.out);
}

/* Any byte that changes after the first reading is noticed or harmless: the
   signed parts are always the whole file but for the value. */
static void
test_flips(void **state)
{
    struct pm m;

    (void)state;
    make_signed(&m);
    for (size_t i = 0; i < m.out.len; i++) {
        struct found f;

        m.out.ptr[i] ^= 1;
        find(&f, mh_buf_get(&m.out));
        for (size_t k = 0; f.code == MH_OK && k < f.sigs.count; k++) {
            const struct df_pdf_sig *s = &f.sigs.sig[k];
            size_t covered;

            if (s->broken)
                continue;
            covered =
                s->signed_part[0].len + s->signed_part[1].len + PM_CONTENTS + 2;
            /* The last line end may be left out. */
            assert_true(covered == m.out.len || covered == m.out.len - 1);
            assert_int_equal(m.out.ptr[s->signed_part[0].len], (uint8_t)'<');
        }
        mh_arena_free(f.arena);
        m.out.ptr[i] ^= 1;
    }
    mh_buf_fini(&m.out);
}

static void
test_memory(void **state)
{
    struct pm m;

    (void)state;
    make_signed(&m);
    put_after(&m, SECOND);
    for (size_t budget = 1 << 10; budget < 160 << 10; budget += 1 << 10) {
        struct mh_arena *arena = mh_arena_new(budget);
        struct df_pdf_sigs sigs;
        struct df_notes notes;
        struct mh_err err = {0};
        struct df_pdf *pdf;
        enum mh_code code;

        df_notes_init(&notes, arena);
        code = df_pdf_open(mh_buf_get(&m.out), NULL, arena, &notes, &err, &pdf);
        if (code == MH_OK)
            code = df_pdf_signatures(pdf, &notes, &err, &sigs);
        assert_true(code == MH_OK || code == MH_ELIMIT);
        assert_int_equal(err.finding, 0);
        mh_arena_free(arena);
    }
    mh_buf_fini(&m.out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signed),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_after),
        cmocka_unit_test(test_before),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_claims),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_second),
        cmocka_unit_test(test_flips),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
