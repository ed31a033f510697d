#include "docformat/pdf/second.h"

#include <qpdf/qpdf-c.h>
#include <string.h>

#include "docformat/pdf/file.h"

struct second {
    struct df_pdf *pdf;
    const struct df_pdf_sigs *sigs;
    struct mh_err *err;
    size_t rev;
    qpdf_data q;
};

static enum mh_code
disagree(const struct second *s, const char *what)
{
    return mh_fail_finding(s->err, MH_EFORMAT, MH_F_PDF_READERS_DISAGREE,
        df_pdf_revision(s->pdf, s->rev)->xref, "pdf: readers disagree about %s",
        what);
}

/* An error or a warning of qpdf: whose fault it is shows its message. */
static enum mh_code
not_clean(const struct second *s, qpdf_error e)
{
    const char *text = qpdf_get_error_message_detail(s->q, e);
    enum qpdf_error_code_e code = qpdf_get_error_code(s->q, e);
    uint64_t at = (uint64_t)qpdf_get_error_file_position(s->q, e);

    if (text != NULL && strstr(text, "bad_alloc") != NULL)
        return mh_fail(s->err, MH_ENOMEM, MH_NO_OFFSET,
            "pdf: no memory for the second reader");
    if (code == qpdf_e_password)
        return mh_fail_finding(s->err, MH_EUNSUP, MH_F_PDF_ENCRYPTED, at,
            "pdf: encrypted to the second reader");
    if (code == qpdf_e_internal)
        return mh_fail(s->err, MH_EINTERNAL, at, "pdf: second reader failed");
    return mh_fail_finding(s->err, MH_EFORMAT, MH_F_PDF_NOT_CLEAN, at,
        "pdf: second reader finds it damaged");
}

/*
 * /Size is the author's claim (7.5.5).  Where it is larger than need be no
 * reader sees anything else: that warning alone is expected, and check_size has
 * seen to the other case.
 */
static bool
is_expected(const struct second *s, qpdf_error e)
{
    const char *text = qpdf_get_error_message_detail(s->q, e);
    static const char start[] = "reported number of objects";

    return text != NULL && strncmp(text, start, sizeof(start) - 1) == 0;
}

static enum mh_code
check_state(const struct second *s)
{
    if (qpdf_has_error(s->q))
        return not_clean(s, qpdf_get_error(s->q));
    while (qpdf_more_warnings(s->q)) {
        qpdf_error e = qpdf_next_warning(s->q);

        if (!is_expected(s, e))
            return not_clean(s, e);
    }
    return MH_OK;
}

static bool
is_object(const struct second *s, qpdf_oh oh, const struct df_pdf_obj *ref)
{
    if (!df_pdf_is(ref, DF_PDF_REF))
        return !qpdf_oh_is_indirect(s->q, oh);
    return qpdf_oh_get_object_id(s->q, oh) == (int)ref->num &&
           qpdf_oh_get_generation(s->q, oh) == (int)ref->gen;
}

/* Catalog and the top of the form. */
static enum mh_code
check_form(const struct second *s)
{
    const struct df_pdf_obj *trailer = df_pdf_revision(s->pdf, s->rev)->trailer;
    const struct df_pdf_obj *root, *form = NULL, *fields = NULL;
    qpdf_oh oh = qpdf_get_root(s->q), list;
    size_t theirs = 0;
    enum mh_code code = df_pdf_root(s->pdf, s->rev, s->err, &root);

    if (code == MH_OK && !is_object(s, oh, df_pdf_key(trailer, "Root")))
        code = disagree(s, "the catalog");
    if (code == MH_OK)
        code = df_pdf_at(s->pdf, s->rev, root, "AcroForm", s->err, &form);
    if (code == MH_OK)
        code = df_pdf_at(s->pdf, s->rev, form, "Fields", s->err, &fields);
    if (code != MH_OK)
        return code;
    oh = qpdf_oh_get_key(s->q, oh, "/AcroForm");
    list = qpdf_oh_is_dictionary(s->q, oh)
               ? qpdf_oh_get_key(s->q, oh, "/Fields")
               : qpdf_oh_new_null(s->q);
    if (qpdf_oh_is_array(s->q, list))
        theirs = (size_t)qpdf_oh_get_array_n_items(s->q, list);
    if (theirs != (fields == NULL ? 0 : fields->count))
        return disagree(s, "the number of form fields");
    for (size_t i = 0; i < theirs; i++) {
        qpdf_oh item = qpdf_oh_get_array_item(s->q, list, (int)i);

        if (!is_object(s, item, fields->item[i]))
            return disagree(s, "a form field");
        qpdf_oh_release(s->q, item);
    }
    return MH_OK;
}

/*
 * 7.6.2: the value is never encrypted; but qpdf leaves it alone only where
 * /Type is /Sig, and gives back the nonsense of its decryption for a time-stamp
 * or where /Type is left out.  What it then has to agree about is which
 * dictionary it is and the range around the value.
 */
static bool
is_spoilt(const struct second *s, const struct df_pdf_sig *sig)
{
    return df_pdf_encrypted(s->pdf) &&
           !df_pdf_is_name(df_pdf_key(sig->dict, "Type"), "Sig");
}

static bool
same_range(const struct second *s, qpdf_oh dict, const struct df_pdf_sig *sig)
{
    qpdf_oh range = qpdf_oh_get_key(s->q, dict, "/ByteRange");

    if (!qpdf_oh_is_array(s->q, range) ||
        qpdf_oh_get_array_n_items(s->q, range) != 4)
        return false;
    for (int i = 0; i < 4; i++) {
        qpdf_oh item = qpdf_oh_get_array_item(s->q, range, i);

        if (!qpdf_oh_is_integer(s->q, item) ||
            qpdf_oh_get_int_value(s->q, item) != (long long)sig->range[i])
            return false;
    }
    return true;
}

/* The dictionary through the field, as the reader sees it at the revision. */
static enum mh_code
check_signature(const struct second *s, const struct df_pdf_sig *sig)
{
    const struct df_pdf_obj *contents = df_pdf_key(sig->dict, "Contents");
    qpdf_oh dict = qpdf_get_object_by_id(s->q, (int)sig->field_num, 0);
    qpdf_oh value;
    const char *bytes;
    size_t len = 0;

    if (sig->field_num == 0 || contents == NULL)
        return MH_OK; /* it has a defect already */
    if (!qpdf_oh_is_dictionary(s->q, dict))
        return disagree(s, "a signature field");
    dict = qpdf_oh_get_key(s->q, dict, "/V");
    if (!qpdf_oh_is_dictionary(s->q, dict) ||
        (sig->num != 0 && qpdf_oh_get_object_id(s->q, dict) != (int)sig->num))
        return disagree(s, "a signature dictionary");
    value = qpdf_oh_get_key(s->q, dict, "/Contents");
    if (!qpdf_oh_is_string(s->q, value))
        return disagree(s, "a signature value");
    bytes = qpdf_oh_get_binary_string_value(s->q, value, &len);
    if (is_spoilt(s, sig))
        return same_range(s, dict, sig) ? MH_OK : disagree(s, "a byte range");
    if (len != contents->bytes.len || bytes == NULL ||
        memcmp(bytes, contents->bytes.ptr, len) != 0)
        return disagree(s, "a signature value");
    return same_range(s, dict, sig) ? MH_OK : disagree(s, "a byte range");
}

static enum mh_code
check_view(const struct second *s)
{
    enum mh_code code = check_state(s);

    if (code == MH_OK)
        code = check_form(s);
    for (size_t i = 0; code == MH_OK && i < s->sigs->count; i++) {
        const struct df_pdf_sig *sig = &s->sigs->sig[i];

        if (!sig->broken && sig->added <= s->rev)
            code = check_signature(s, sig);
    }
    return code == MH_OK ? check_state(s) : code;
}

/* Objects past /Size are missing to a reader that believes it (7.5.5). */
static enum mh_code
check_size(const struct second *s)
{
    uint64_t highest, size;

    df_pdf_sizes(s->pdf, s->rev, &highest, &size);
    return size > highest
               ? MH_OK
               : mh_fail_finding(s->err, MH_EFORMAT, MH_F_PDF_NOT_CLEAN,
                     df_pdf_revision(s->pdf, s->rev)->xref,
                     "pdf: more objects than the trailer counts");
}

static enum mh_code
open_prefix(struct second *s, uint64_t len)
{
    enum mh_code code = check_size(s);

    if (code != MH_OK)
        return code;
    s->q = qpdf_init();
    if (s->q == NULL)
        return mh_fail(s->err, MH_ENOMEM, MH_NO_OFFSET,
            "pdf: no memory for the second reader");
    qpdf_silence_errors(s->q);
    qpdf_set_suppress_warnings(s->q, QPDF_TRUE);
    qpdf_set_attempt_recovery(s->q, QPDF_FALSE);
    /* Errors and warnings show in check_state. */
    (void)qpdf_read_memory(
        s->q, "document", (const char *)df_pdf_file(s->pdf).ptr, len, NULL);
    code = check_view(s);
    qpdf_oh_release_all(s->q);
    qpdf_cleanup(&s->q);
    return code;
}

/* Revisions that a signature covers are read as they were. */
static bool
is_covered(const struct df_pdf_sigs *sigs, size_t rev)
{
    for (size_t i = 0; i < sigs->count; i++)
        if (!sigs->sig[i].broken && sigs->sig[i].covered == rev)
            return true;
    return false;
}

/*
 * A cross-reference stream is an object with a number of its own (7.5.8.1).
 * Where its section says that this number stands elsewhere, and it does, some
 * readers see the stream and others the object.
 */
static enum mh_code
check_own_number(
    struct df_pdf *pdf, struct df_pdf_section *s, struct mh_err *err)
{
    struct df_pdf_entry e = {.where = DF_PDF_ABSENT};
    struct df_pdf_lex lex;
    uint32_t num, gen;
    enum mh_code code = MH_OK;

    if (s->stream)
        code = df_pdf_section_find(pdf->file, s, s->num, pdf->arena, err, &e);
    if (code != MH_OK || e.where != DF_PDF_AT || e.offset == s->start ||
        e.offset >= pdf->file.len)
        return code;
    lex = df_pdf_lex_at(pdf->file, (size_t)e.offset, pdf->arena);
    if (!df_pdf_head(&lex, &num, &gen) || num != s->num)
        return MH_OK; /* whoever asks for it will say so */
    return mh_fail_finding(err, MH_EFORMAT, MH_F_PDF_READERS_DISAGREE, s->start,
        "pdf: a cross-reference stream has the number of another object");
}

/* qpdf unpacks every section, without a limit: ours does it first, with one. */
static enum mh_code
make_ready(struct df_pdf *pdf, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < pdf->revs && code == MH_OK; i++) {
        struct df_pdf_saved *s = &pdf->rev[i];

        code = df_pdf_section_ready(s->main, pdf->arena, err);
        if (code == MH_OK)
            code = check_own_number(pdf, s->main, err);
        if (code == MH_OK && s->second != NULL)
            code = df_pdf_section_ready(s->second, pdf->arena, err);
        if (code == MH_OK && s->second != NULL)
            code = check_own_number(pdf, s->second, err);
    }
    return code;
}

enum mh_code
df_pdf_second(
    struct df_pdf *pdf, const struct df_pdf_sigs *sigs, struct mh_err *err)
{
    struct second s = {pdf, sigs, err, 0, NULL};
    size_t last = df_pdf_revisions(pdf) - 1;
    enum mh_code code = make_ready(pdf, err);

    for (; s.rev < last && code == MH_OK; s.rev++)
        if (is_covered(sigs, s.rev))
            code = open_prefix(&s, df_pdf_revision(pdf, s.rev)->end);
    if (code == MH_OK)
        code = open_prefix(&s, df_pdf_file(pdf).len);
    return code;
}

/* A document of one empty page tree; its section stands at 101. */
enum mh_code
df_pdf_second_warm(struct mh_err *err)
{
    static const char text[] =
        "%PDF-1.7\n"
        "1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
        "2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n"
        "xref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n"
        "0000000054 00000 n \n"
        "trailer\n<</Size 3/Root 1 0 R>>\nstartxref\n100\n%%EOF\n";
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct df_pdf_sigs sigs = {0};
    struct df_notes notes;
    struct df_pdf *pdf;
    enum mh_code code;

    if (arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "warm-up: no memory");
    df_notes_init(&notes, arena);
    code = df_pdf_open(mh_span_str(text), NULL, arena, &notes, err, &pdf);
    if (code == MH_OK)
        code = df_pdf_signatures(pdf, &notes, err, &sigs);
    if (code == MH_OK)
        code = df_pdf_second(pdf, &sigs, err);
    mh_arena_free(arena);
    return code;
}
