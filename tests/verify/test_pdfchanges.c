/*
 * What came after a signature: small PDFs, written here object by object, and
 * the level, the findings and the permission that each later revision gets.
 */
#define MH_ALLOW_BANNED
#include "signer/verify/pdfchanges.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "signer/verify/pdfdiff.h"
#include "tests/t.h"
#include "tests/verify/pdfrevise.h"

static char loaded[PR_FILE_MAX];

/* What a row says: the level, whether allowed, and a finding by name. */
struct expected {
    enum mh_modifications level;
    bool allowed;
    const char *finding; /* NULL: none is asked for */
};

static bool
found(const struct sg_out *out, const char *name)
{
    for (const struct sg_finding_node *n = out->first; n != NULL; n = n->next)
        if (strcmp(mh_finding_name(n->f.code), name) == 0)
            return true;
    return false;
}

static void
show(const struct sg_out *out)
{
    for (const struct sg_finding_node *n = out->first; n != NULL; n = n->next)
        print_message("    %s %s: %s\n", mh_severity_name(n->f.level),
            mh_finding_name(n->f.code), n->f.what);
}

/* Judges the signature with this index. */
static void
judge(const char *name, const struct pr_writer *w, size_t index,
    const struct expected *want)
{
    struct mh_arena *arena = mh_arena_new(MH_DOC_ARENA_MAX);
    struct mh_err err = {.msg = ""};
    struct df_notes notes;
    struct df_pdf *pdf;
    struct df_pdf_sigs sigs = {0};
    struct sg_pdf_changes *changes = NULL;
    struct sg_pdf_verdict v;
    struct sg_out out;
    enum mh_code code;

    assert_non_null(arena);
    memcpy(loaded, w->text, w->len);
    df_notes_init(&notes, arena);
    sg_out_init(&out, arena);
    code = df_pdf_open((struct mh_span){(const uint8_t *)loaded, w->len}, NULL,
        arena, &notes, &err, &pdf);
    if (code == MH_OK)
        code = df_pdf_signatures(pdf, &notes, &err, &sigs);
    if (code == MH_OK)
        code = sg_pdf_changes_find(pdf, &sigs, &err, &changes);
    if (code != MH_OK)
        fail_msg("%s: %s", name, err.msg);
    T_CHECK(name, index < sigs.count);
    T_CHECK(name, changes != NULL);
    if (changes == NULL || sigs.sig == NULL)
        return;
    if (sigs.sig[index].broken)
        fail_msg("%s: %s", name, sigs.sig[index].defect_text);
    v = sg_pdf_changes_judge(changes, index, &out);
    if (v.level != want->level || v.allowed != want->allowed ||
        (want->finding != NULL && !found(&out, want->finding))) {
        show(&out);
        fail_msg("%s: %s, allowed %d", name, mh_modifications_name(v.level),
            v.allowed);
    }
    T_CHECK(name, v.allowed == (sg_out_first(&out, MH_ERROR) == NULL));
    mh_arena_free(arena);
}

/* One object of a later revision: body, stream data with keys, or freed. */
struct part {
    unsigned num;
    const char *body;
    const char *data; /* not NULL: a stream, body are its keys */
};

struct row {
    const char *name;
    struct part part[5];
    struct expected want;
};

#define OTHER(finding)                                                         \
    {                                                                          \
        MH_MODS_OTHER, false, finding                                          \
    }
#define FILLED(finding)                                                        \
    {                                                                          \
        MH_MODS_FORM_FILLING, true, finding                                    \
    }
#define UPDATED                                                                \
    {                                                                          \
        MH_MODS_LTA_UPDATE, true, "pdf-change-validation-data"                 \
    }
#define NOTED                                                                  \
    {                                                                          \
        MH_MODS_ANNOTATIONS, false, "pdf-change-annotation"                    \
    }

static const struct row rows[] = {
    /* Nothing that a reader sees. */
    {"nothing", {{0}}, {MH_MODS_NONE, true, NULL}},
    {"the same again",
        {{4, "", "q /X Do Q"},
            {3, PAGE "/Annots [6 0 R 7 0 R 12 0 R 20 0 R] >>", NULL}},
        {MH_MODS_NONE, true, NULL}},
    {"an object nothing refers to", {{30, "<< /Evil true >>", NULL}},
        {MH_MODS_NONE, true, NULL}},
    {"a new one nothing refers to", {{31, "<< /Evil true >>", NULL}},
        {MH_MODS_NONE, true, NULL}},
    {"an unused one freed", {{30, NULL, NULL}}, {MH_MODS_NONE, true, NULL}},
    /* Validation data. */
    {"DSS",
        {{1, CATALOG "/DSS 31 0 R >>", NULL},
            {31, "<< /Certs [32 0 R] /VRI << /AB << /Cert [32 0 R] >> >> >>",
                NULL},
            {32, "", "cert"}},
        UPDATED},
    {"DSS direct",
        {{1, CATALOG "/DSS << /Certs 31 0 R >> >>", NULL},
            {31, "[32 0 R]", NULL}, {32, "", "cert"}},
        UPDATED},
    {"DSS with a page's picture",
        {{1, CATALOG "/DSS << /Certs [9 0 R] >> >>", NULL},
            {9, BOX, "1 0 0 rg"}},
        OTHER("pdf-change-object")},
    {"DSS of no streams", {{1, CATALOG "/DSS << /Certs [(x)] >> >>", NULL}},
        OTHER("pdf-change-dss")},
    {"DSS with an unknown key",
        {{1, CATALOG "/DSS << /Page 3 0 R >> >>", NULL}},
        OTHER("pdf-change-dss")},
    {"extensions",
        {{1,
            CATALOG "/Extensions << /ESIC << /BaseVersion /1.7 "
                    "/ExtensionLevel 5 >> >> >>",
            NULL}},
        UPDATED},
    {"version raised", {{1, CATALOG "/Version /2.0 >>", NULL}}, UPDATED},
    {"version lowered", {{1, CATALOG "/Version /1.4 >>", NULL}},
        OTHER("pdf-change-catalog")},
    {"metadata",
        {{1, CATALOG "/Metadata 31 0 R >>", NULL},
            {31, "/Type /Metadata /Subtype /XML", "<x/>"}},
        UPDATED},
    {"metadata that is the page's picture",
        {{1, CATALOG "/Metadata 9 0 R >>", NULL},
            {9, "/Type /Metadata /Subtype /Form /BBox [0 0 80 20]",
                "1 0 0 rg"}},
        OTHER("pdf-change-object")},
    {"date of change",
        {{13, "<< /Producer (z) /Title (y) /ModDate (D:2) >>", NULL}}, UPDATED},
    {"title", {{13, "<< /Producer (x) /Title (z) >>", NULL}},
        OTHER("pdf-change-metadata")},
    {"information with a reference",
        {{13, "<< /Producer (x) /Title (y) /ModDate 31 0 R >>", NULL},
            {31, "(D:2)", NULL}},
        OTHER("pdf-change-metadata")},
    /* The form. */
    {"filled in",
        {{7, TEXT "/V (2) /AP << /N 31 0 R >> >>", NULL},
            {31, BOX, "BT (2) Tj ET"}},
        FILLED("pdf-change-field")},
    {"appearance overwritten", {{8, BOX, "BT (2) Tj ET"}},
        FILLED("pdf-change-field")},
    {"a picture without its value", {{8, BOX, "BT (2) Tj ET"}},
        FILLED("pdf-value-appearance")},
    {"a value without its picture",
        {{7, TEXT "/V (2) /AP << /N 8 0 R >> >>", NULL}},
        FILLED("pdf-value-appearance")},
    {"states of an appearance",
        {{7,
             TEXT "/AS /Yes /AP << /N << /Yes 8 0 R /Off 31 0 R >> >> /V (1) "
                  ">>",
             NULL},
            {31, BOX, "BT (2) Tj ET"}},
        FILLED("pdf-change-field")},
    {"a value in an object of its own",
        {{7, TEXT "/V 31 0 R /AP << /N 8 0 R >> >>", NULL}, {31, "(2)", NULL}},
        FILLED("pdf-change-field")},
    {"a field moved",
        {{7,
            "<< /Type /Annot /Subtype /Widget /FT /Tx /T (sum) "
            "/P 3 0 R /Rect [10 10 99 99] /DA (/Helv 12 Tf) "
            "/V (1) /AP << /N 8 0 R >> >>",
            NULL}},
        OTHER("pdf-change-form")},
    {"an action", {{7, TEXT "/V (1) /AP << /N 8 0 R >> /AA << >> >>", NULL}},
        OTHER("pdf-change-form")},
    {"a field removed", {{5, "<< /SigFlags 3 /Fields [6 0 R 20 0 R] >>", NULL}},
        OTHER("pdf-change-form")},
    {"fields in another order",
        {{5, "<< /SigFlags 3 /Fields [7 0 R 6 0 R 20 0 R] >>", NULL}},
        OTHER("pdf-change-form")},
    {"a new text field",
        {{5, "<< /SigFlags 3 /Fields [6 0 R 7 0 R 20 0 R 31 0 R] >>", NULL},
            {31, "<< /FT /Tx /T (more) >>", NULL}},
        OTHER("pdf-change-form")},
    {"SigFlags lowered",
        {{5, "<< /SigFlags 0 /Fields [6 0 R 7 0 R 20 0 R] >>", NULL}},
        OTHER("pdf-change-form")},
    {"XFA",
        {{5, "<< /SigFlags 3 /Fields [6 0 R 7 0 R 20 0 R] /XFA 31 0 R >>",
             NULL},
            {31, "", "<xdp/>"}},
        OTHER("pdf-change-form")},
    {"a font for the form",
        {{5,
             "<< /SigFlags 3 /Fields [6 0 R 7 0 R 20 0 R] /DR << /Font << /F "
             "31 0 R >> >> >>",
             NULL},
            {31, "<< /Type /Font >>", NULL}},
        FILLED("pdf-change-form")},
    /* Signature fields. */
    {"a new empty field",
        {{5, "<< /SigFlags 3 /Fields [6 0 R 7 0 R 20 0 R 31 0 R] >>", NULL},
            {31, "<< /FT /Sig /T (third) /Rect [0 0 0 0] >>", NULL}},
        FILLED("pdf-change-field")},
    {"a new field that shows a picture",
        {{5, "<< /SigFlags 3 /Fields [6 0 R 7 0 R 20 0 R 31 0 R] >>", NULL},
            {31,
                "<< /FT /Sig /T (third) /Subtype /Widget /Rect [0 0 90 90] "
                "/AP << /N 32 0 R >> >>",
                NULL},
            {32, BOX, "1 0 0 rg"},
            {3, PAGE "/Annots [6 0 R 7 0 R 12 0 R 20 0 R 31 0 R] >>", NULL}},
        FILLED("pdf-visible-field")},
    {"a new field with an action",
        {{5, "<< /SigFlags 3 /Fields [6 0 R 7 0 R 20 0 R 31 0 R] >>", NULL},
            {31, "<< /FT /Sig /T (third) /A << /S /JavaScript >> >>", NULL}},
        OTHER("pdf-change-form")},
    {"the signed field's name",
        {{6,
            "<< /Type /Annot /Subtype /Widget /FT /Sig /T (first) /P 3 0 R "
            "/F 132 /Rect [0 0 0 0] /V 10 0 R /TU (x)  >>",
            NULL}},
        OTHER("pdf-change-signature-field")},
    {"the signed field's picture",
        {{6,
             "<< /Type /Annot /Subtype /Widget /FT /Sig /T (first) /P 3 0 R "
             "/F 132 /Rect [0 0 0 0] /V 10 0 R /AP << /N 31 0 R >>  >>",
             NULL},
            {31, BOX, "1 0 0 rg"}},
        OTHER("pdf-change-signature-field")},
    /* Annotations. */
    {"a note added",
        {{3, PAGE "/Annots [6 0 R 7 0 R 12 0 R 20 0 R 31 0 R] >>", NULL},
            {31, "<< /Subtype /FreeText /Rect [0 0 9 9] /T (someone) >>",
                NULL}},
        NOTED},
    {"a direct note",
        {{3,
            PAGE "/Annots [6 0 R 7 0 R 12 0 R 20 0 R << "
                 "/Subtype /Stamp /Rect [0 0 9 9] >>] >>",
            NULL}},
        NOTED},
    {"a note removed", {{3, PAGE "/Annots [6 0 R 7 0 R 20 0 R] >>", NULL}},
        NOTED},
    {"a note changed",
        {{12,
            "<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents "
            "(other) >>",
            NULL}},
        NOTED},
    {"another order",
        {{3, PAGE "/Annots [7 0 R 6 0 R 12 0 R 20 0 R] >>", NULL}}, NOTED},
    {"a note with an action",
        {{12,
            "<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents "
            "(note) /A << /S /URI /URI (x) >> >>",
            NULL}},
        OTHER("pdf-change-annotation")},
    {"a film added",
        {{3, PAGE "/Annots [6 0 R 7 0 R 12 0 R 20 0 R 31 0 R] >>", NULL},
            {31, "<< /Subtype /Screen /Rect [0 0 9 9] >>", NULL}},
        OTHER("pdf-change-annotation")},
    {"a link added",
        {{3, PAGE "/Annots [6 0 R 7 0 R 12 0 R 20 0 R 31 0 R] >>", NULL},
            {31, "<< /Subtype /Link /Rect [0 0 9 9] /A << /S /URI >> >>",
                NULL}},
        OTHER("pdf-change-annotation")},
    {"a field's widget removed",
        {{3, PAGE "/Annots [6 0 R 12 0 R 20 0 R] >>", NULL}},
        OTHER("pdf-change-annotation")},
    {"all annotations removed", {{3, PAGE ">>", NULL}},
        OTHER("pdf-change-annotation")},
    /* Content. */
    {"page content", {{4, "", "q Q"}}, OTHER("pdf-change-object")},
    {"a picture of the page", {{9, BOX, "1 0 0 rg"}},
        OTHER("pdf-change-object")},
    {"the page's size",
        {{3,
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] "
            "/Contents 4 0 R /Resources << /XObject << /X 9 0 "
            "R >> >> /Annots [6 0 R 7 0 R 12 0 R 20 0 R] >>",
            NULL}},
        OTHER("pdf-change-page")},
    {"a page added",
        {{2, "<< /Type /Pages /Kids [3 0 R 31 0 R] /Count 2 >>", NULL},
            {31, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>", NULL}},
        OTHER("pdf-change-page")},
    {"a tree that comes back to itself",
        {{2, "<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 >>", NULL}},
        OTHER("pdf-change-page")},
    {"a page exchanged",
        {{2, "<< /Type /Pages /Kids [31 0 R] /Count 1 >>", NULL},
            {31, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>", NULL}},
        OTHER("pdf-change-page")},
    {"another page tree",
        {{1, "<< /Type /Catalog /Pages 31 0 R /AcroForm 5 0 R >>", NULL},
            {31, "<< /Type /Pages /Kids [] /Count 0 >>", NULL}},
        OTHER("pdf-change-page")},
    {"a page freed", {{3, NULL, NULL}}, OTHER(NULL)},
    {"a picture freed", {{9, NULL, NULL}}, OTHER("pdf-change-deleted")},
    {"an action at opening",
        {{1, CATALOG "/OpenAction << /S /JavaScript /JS (x) >> >>", NULL}},
        OTHER("pdf-change-catalog")},
    {"names", {{1, CATALOG "/Names << >> >>", NULL}},
        OTHER("pdf-change-catalog")},
    {"optional content", {{1, CATALOG "/OCProperties << >> >>", NULL}},
        OTHER("pdf-change-catalog")},
    {"permissions", {{1, CATALOG "/Perms << >> >>", NULL}},
        OTHER("pdf-change-permissions")},
    /* One path explains it, another does not. */
    {"the field shows the page's picture",
        {{7, TEXT "/V (2) /AP << /N 9 0 R >> >>", NULL}, {9, BOX, "1 0 0 rg"}},
        OTHER("pdf-change-object")},
    {"the page's content as a value",
        {{7, TEXT "/V 4 0 R /AP << /N 8 0 R >> >>", NULL}, {4, "", "q Q"}},
        OTHER("pdf-change-object")},
    {"a new appearance with the page's picture",
        {{7, TEXT "/V (2) /AP << /N 31 0 R >> >>", NULL},
            {31, BOX " /Resources << /XObject << /X 9 0 R >> >>", "/X Do"},
            {9, BOX, "1 0 0 rg"}},
        OTHER("pdf-change-object")},
    {"a new signature field with the page's picture",
        {{5, "<< /SigFlags 3 /Fields [6 0 R 7 0 R 20 0 R 31 0 R] >>", NULL},
            {31, "<< /FT /Sig /T (third) /Rect [0 0 0 0] /AP << /N 9 0 R >> >>",
                NULL},
            {9, BOX, "1 0 0 rg"}},
        OTHER("pdf-change-object")},
};

static void
apply(struct pr_writer *w, const struct part *part, size_t count)
{
    for (size_t i = 0; i < count && part[i].num != 0; i++) {
        if (part[i].data != NULL)
            pr_stream(w, part[i].num, part[i].body, part[i].data);
        else if (part[i].body == NULL)
            pr_free(w, part[i].num);
        else
            pr_object(w, part[i].num, part[i].body);
    }
}

static struct pr_writer w;

static void
test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        pr_base(&w, "", "");
        apply(&w, rows[i].part, T_COUNT(rows[i].part));
        pr_end(&w);
        judge(rows[i].name, &w, 0, &rows[i].want);
    }
}

/* The same in two steps: first the object, later the reference to it. */
static void
test_prepared(void **state)
{
    static const struct expected other = OTHER("pdf-change-page");

    (void)state;
    pr_base(&w, "", "");
    pr_object(&w, 31, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>");
    pr_end(&w);
    pr_object(&w, 2, "<< /Type /Pages /Kids [31 0 R] /Count 1 >>");
    pr_end(&w);
    judge("prepared", &w, 0, &other);
}

/* An unchanged /AP that is also the page's list of pictures. */
static void
test_shared_container(void **state)
{
    static const struct expected other = OTHER("pdf-change-object");

    (void)state;
    memset(&w, 0, sizeof(w));
    (void)snprintf(w.trailer, sizeof(w.trailer), "/Root 1 0 R");
    pr_put(&w, "%PDF-1.7\n");
    pr_object(&w, 1, CATALOG ">>");
    pr_object(&w, 2, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    pr_object(&w, 3,
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents "
        "4 0 R /Resources << /XObject 11 0 R >> /Annots [7 0 R] >>");
    pr_stream(&w, 4, "", "/N Do");
    pr_object(&w, 5, "<< /SigFlags 3 /Fields [6 0 R 7 0 R] >>");
    pr_object(&w, 6, "<< /FT /Sig /T (first) /V 10 0 R >>");
    pr_object(&w, 7, TEXT "/AP 11 0 R >>");
    pr_stream(&w, 8, BOX, "BT (1) Tj ET");
    pr_signature(&w, 10, "");
    pr_object(&w, 11, "<< /N 8 0 R >>");
    pr_end_signed(&w);
    pr_stream(&w, 8, BOX, "BT (2) Tj ET");
    pr_end(&w);
    judge("shared container", &w, 0, &other);
}

/* A field is added hidden, and shows itself when it is signed. */
static void
test_hidden_field(void **state)
{
    static const struct expected drawn = {
        MH_MODS_ANNOTATIONS, false, "pdf-visible-field"};

    (void)state;
    pr_base(&w, CERTIFY("2"), "");
    pr_object(&w, 5, "<< /SigFlags 3 /Fields [6 0 R 7 0 R 20 0 R 40 0 R] >>");
    pr_object(&w, 40, "<< /FT /Sig /T (third) /Rect [0 0 90 90] /F 2 >>");
    pr_end(&w);
    pr_object(
        &w, 40, "<< /FT /Sig /T (third) /Rect [0 0 90 90] /F 4 /V 41 0 R >>");
    pr_signature(&w, 41, "");
    pr_end_signed(&w);
    judge("hidden field", &w, 0, &drawn);
}

/* What a certification and locks permit. */
static void
test_permissions(void **state)
{
    static const struct part fill[] = {
        {7, TEXT "/V (2) /AP << /N 8 0 R >> >>", NULL}};
    static const struct part note[] = {
        {3, PAGE "/Annots [6 0 R 7 0 R 12 0 R 20 0 R 31 0 R] >>", NULL},
        {31, "<< /Subtype /FreeText /Rect [0 0 9 9] >>", NULL}};
    static const struct part drawn[] = {
        {5, "<< /SigFlags 3 /Fields [6 0 R 7 0 R 20 0 R 31 0 R] >>", NULL},
        {31, "<< /FT /Sig /T (third) /Subtype /Widget /Rect [0 0 90 90] >>",
            NULL}};
    static const struct part dates[] = {
        {13, "<< /Producer (z) /Title (y) >>", NULL}};
    static const struct part anew[] = {{5,
        "<< /SigFlags 3 /Fields [6 0 R 7 0 R 20 0 R] /NeedAppearances "
        "true >>",
        NULL}};
    static const struct part page[] = {{4, "", "q Q"}};
    static const struct {
        const char *name, *sig, *field;
        const struct part *part;
        size_t parts;
        struct expected want;
    } table[] = {
        {"P 1, dates", CERTIFY("1"), "", dates, 1, UPDATED},
        {"P 1, filled", CERTIFY("1"), "", fill, 1,
            {MH_MODS_FORM_FILLING, false, "pdf-change-field"}},
        {"P 2, filled", CERTIFY("2"), "", fill, 1, FILLED("pdf-change-field")},
        {"P 2, note", CERTIFY("2"), "", note, 2, NOTED},
        {"P 2, picture of a new field", CERTIFY("2"), "", drawn, 2,
            {MH_MODS_ANNOTATIONS, false, "pdf-visible-field"}},
        {"P 3, note", CERTIFY("3"), "", note, 2,
            {MH_MODS_ANNOTATIONS, true, "pdf-change-annotation"}},
        {"P 3, picture of a new field", CERTIFY("3"), "", drawn, 2,
            {MH_MODS_ANNOTATIONS, true, "pdf-visible-field"}},
        {"P 3, page", CERTIFY("3"), "", page, 1, OTHER("pdf-change-object")},
        {"no certification, picture", "", "", drawn, 2,
            FILLED("pdf-visible-field")},
        {"lock of all", LOCKED "/Action /All >> >>]", "", fill, 1,
            {MH_MODS_FORM_FILLING, false, "pdf-field-locked"}},
        {"lock of this", LOCKED "/Action /Include /Fields [(sum)] >> >>]", "",
            fill, 1, {MH_MODS_FORM_FILLING, false, "pdf-field-locked"}},
        {"lock of another", LOCKED "/Action /Include /Fields [(summ)] >> >>]",
            "", fill, 1, FILLED("pdf-change-field")},
        {"lock of all but this",
            LOCKED "/Action /Exclude /Fields [(sum)] >> >>]", "", fill, 1,
            FILLED("pdf-change-field")},
        {"lock of all but another",
            LOCKED "/Action /Exclude /Fields [(second)] >> >>]", "", fill, 1,
            {MH_MODS_FORM_FILLING, false, "pdf-field-locked"}},
        {"lock of another, appearances anew",
            LOCKED "/Action /Include /Fields [(summ)] >> >>]", "", anew, 1,
            {MH_MODS_FORM_FILLING, false, "pdf-field-locked"}},
        {"appearances anew", "", "", anew, 1, FILLED("pdf-change-form")},
        {"lock in the field", "",
            "/Lock << /Type /SigFieldLock /Action /All >>", fill, 1,
            {MH_MODS_FORM_FILLING, false, "pdf-field-locked"}},
        {"lock to P 1", "",
            "/Lock << /Type /SigFieldLock /Action /Include /Fields [(x)] "
            "/P 1 >>",
            fill, 1, {MH_MODS_FORM_FILLING, false, "pdf-change-field"}},
        {"lock to P 3 loosens nothing", CERTIFY("2"),
            "/Lock << /Type /SigFieldLock /Action /Include /Fields [(x)] "
            "/P 3 >>",
            note, 2, NOTED},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(table); i++) {
        pr_base(&w, table[i].sig, table[i].field);
        apply(&w, table[i].part, table[i].parts);
        pr_end(&w);
        judge(table[i].name, &w, 0, &table[i].want);
    }
}

#define SECOND "<< /SigFlags 3 /Fields [6 0 R 7 0 R 20 0 R 40 0 R] >>"

/* A second signature: what it does to the first, and what it may be. */
static void
test_second(void **state)
{
    static const struct expected filled = FILLED("pdf-change-signed");
    static const struct expected none = {MH_MODS_NONE, true, NULL};
    static const struct expected twice = {
        MH_MODS_NONE, false, "pdf-certification"};
    static const struct expected forbidden = {
        MH_MODS_FORM_FILLING, false, "pdf-change-signed"};
    static const struct expected allowed = UPDATED;

    (void)state;
    pr_base(&w, "", "");
    pr_object(&w, 20, EMPTY "/Rect [0 0 0 0] /V 41 0 R >>");
    pr_signature(&w, 41, "");
    pr_end_signed(&w);
    judge("signed in a field", &w, 0, &filled);
    judge("signed in a field, itself", &w, 1, &none);

    pr_base(&w, "", "");
    pr_object(&w, 5, SECOND);
    pr_object(&w, 40, "<< /FT /Sig /T (third) /Rect [0 0 0 0] /V 41 0 R >>");
    pr_signature(&w, 41, "");
    pr_end_signed(&w);
    judge("signed in a new field", &w, 0, &filled);

    pr_base(&w, "", "");
    pr_object(&w, 5, SECOND);
    pr_object(&w, 40, "<< /FT /Sig /T (third) /Rect [0 0 0 0] /V 41 0 R >>");
    pr_signature(&w, 41, CERTIFY("3"));
    pr_end_signed(&w);
    judge("a second one certifies", &w, 1, &twice);

    pr_base(&w, CERTIFY("1"), "");
    pr_object(&w, 5, SECOND);
    pr_object(&w, 40, "<< /FT /Sig /T (third) /Rect [0 0 0 0] /V 41 0 R >>");
    pr_signature(&w, 41, "");
    pr_end_signed(&w);
    judge("P 1 and a second signature", &w, 0, &forbidden);

    pr_base(&w, CERTIFY("1"), "");
    pr_object(&w, 5, SECOND);
    pr_object(&w, 40, "<< /FT /Sig /T (third) /Rect [0 0 0 0] /V 41 0 R >>");
    pr_signature(&w, 41, "/Type /DocTimeStamp");
    /* The key stands twice in the text: take the first away. */
    memset(strstr(w.text + w.at[41], "/Type /Sig"), ' ', 10);
    memcpy(strstr(w.text + w.at[41], "/ETSI.CAdES.detached"),
        "/ETSI.RFC3161       ", 20);
    pr_end_signed(&w);
    judge("P 1 and a document time-stamp", &w, 0, &allowed);
    judge("the document time-stamp itself", &w, 1, &none);
}

/* A kid of a signed field is a part of it. */
static void
test_kid_of_signed(void **state)
{
    static const struct expected drawn = OTHER("pdf-change-object");
    static const struct expected moved = OTHER("pdf-change-signature-field");

    (void)state;
    for (int step = 0; step < 2; step++) {
        memset(&w, 0, sizeof(w));
        (void)snprintf(w.trailer, sizeof(w.trailer), "/Root 1 0 R");
        pr_put(&w, "%PDF-1.7\n");
        pr_object(&w, 1, CATALOG ">>");
        pr_object(&w, 2, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
        pr_object(&w, 3,
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] "
            "/Annots [7 0 R] >>");
        pr_object(&w, 5, "<< /SigFlags 3 /Fields [6 0 R] >>");
        pr_object(&w, 6, "<< /FT /Sig /T (first) /V 10 0 R /Kids [7 0 R] >>");
        pr_object(&w, 7,
            "<< /Subtype /Widget /Parent 6 0 R /Rect [0 0 9 9] "
            "/AP << /N 8 0 R >> >>");
        pr_stream(&w, 8, BOX, "BT (1) Tj ET");
        pr_signature(&w, 10, "");
        pr_end_signed(&w);
        if (step == 0)
            pr_stream(&w, 8, BOX, "BT (2) Tj ET");
        else
            pr_object(&w, 7,
                "<< /Subtype /Widget /Parent 6 0 R /Rect [0 0 9 "
                "9] /F 2 /AP << /N 8 0 R >> >>");
        pr_end(&w);
        judge("kid of a signed field", &w, 0, step == 0 ? &drawn : &moved);
    }
}

/* An annotation that the page also takes for a graphics state. */
static void
test_annotation_elsewhere(void **state)
{
    static const struct expected other = OTHER(NULL);

    (void)state;
    memset(&w, 0, sizeof(w));
    (void)snprintf(w.trailer, sizeof(w.trailer), "/Root 1 0 R");
    pr_put(&w, "%PDF-1.7\n");
    pr_object(&w, 1, CATALOG "/Perms << /DocMDP 10 0 R >> >>");
    pr_object(&w, 2, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    pr_object(&w, 3,
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] "
        "/Contents 4 0 R /Resources << /ExtGState << /Parent 7 0 "
        "R >> >> /Annots [7 0 R] >>");
    pr_stream(&w, 4, "", "/Parent gs");
    pr_object(&w, 5, "<< /SigFlags 3 /Fields [6 0 R] >>");
    pr_object(&w, 6, "<< /FT /Sig /T (first) /V 10 0 R >>");
    pr_object(&w, 7, "<< /Subtype /Text /Rect [0 0 9 9] /ca 1 >>");
    pr_signature(&w, 10, CERTIFY("3"));
    pr_end_signed(&w);
    pr_object(&w, 7, "<< /Subtype /Text /Rect [0 0 9 9] /ca 0 >>");
    pr_end(&w);
    judge("annotation elsewhere", &w, 0, &other);
}

static char long_body[48 << 10];

/* begin, count times what "member" prints of a counter, end. */
static const char *
repeat(const char *begin, bool keys, size_t count, const char *end)
{
    size_t len = (size_t)snprintf(long_body, sizeof(long_body), "%s", begin);

    for (size_t k = 0; k < count; k++)
        len += (size_t)snprintf(long_body + len, sizeof(long_body) - len,
            keys ? "/K%zu 0 " : "8 0 R ", k);
    assert_true(len + 100 < sizeof(long_body));
    (void)snprintf(long_body + len, sizeof(long_body) - len, "%s", end);
    return long_body;
}

/* /DSS at the limit of one array, and one past it. */
static void
test_dss_limit(void **state)
{
    static const struct expected updated = UPDATED;
    static const struct expected failed = OTHER("pdf-change-dss");

    (void)state;
    for (size_t past = 0; past < 2; past++) {
        pr_base(&w, "", "");
        pr_object(&w, 1,
            repeat(CATALOG "/DSS << /Certs [", false, MH_PDF_DSS_MAX + past,
                "] >> >>"));
        pr_end(&w);
        assert_false(w.full);
        judge("DSS", &w, 0, past == 0 ? &updated : &failed);
    }
}

/* A catalog with as many keys as are compared, and with one more. */
static void
test_keys_limit(void **state)
{
    static const struct expected updated = UPDATED;
    static const struct expected failed = OTHER("pdf-change-catalog");

    (void)state;
    for (size_t past = 0; past < 2; past++) {
        /* /Type, /Pages, /AcroForm and /Version are there beside them. */
        size_t count = MH_PDF_KEYS_MAX - 4 + past;

        memset(&w, 0, sizeof(w));
        (void)snprintf(w.trailer, sizeof(w.trailer), "/Root 1 0 R");
        pr_put(&w, "%PDF-1.7\n");
        pr_object(&w, 1, repeat(CATALOG, true, count, "/Version /1.7 >>"));
        pr_object(&w, 2, "<< /Type /Pages /Kids [] /Count 0 >>");
        pr_object(&w, 5, "<< /SigFlags 3 /Fields [6 0 R] >>");
        pr_object(&w, 6, "<< /FT /Sig /T (first) /V 10 0 R >>");
        pr_signature(&w, 10, "");
        pr_end_signed(&w);
        pr_object(&w, 1, repeat(CATALOG, true, count, "/Version /2.0 >>"));
        pr_end(&w);
        assert_false(w.full);
        judge("keys", &w, 0, past == 0 ? &updated : &failed);
    }
}

/* The limit of visits, and one past it. */
static void
test_visits(void **state)
{
    struct mh_err err = {.msg = ""};
    struct sg_pdf_scratch shared = {.visits = MH_PDF_CHANGE_VISITS - 1};
    struct sg_pdf_diff d = {.err = &err, .shared = &shared};

    (void)state;
    assert_int_equal(sg_pdf_visit(&d), MH_OK);
    assert_int_equal(sg_pdf_visit(&d), MH_ELIMIT);
    assert_int_equal(err.finding, MH_F_PDF_LIMIT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows),
        cmocka_unit_test(test_prepared),
        cmocka_unit_test(test_shared_container),
        cmocka_unit_test(test_permissions), cmocka_unit_test(test_second),
        cmocka_unit_test(test_kid_of_signed),
        cmocka_unit_test(test_hidden_field),
        cmocka_unit_test(test_annotation_elsewhere),
        cmocka_unit_test(test_dss_limit), cmocka_unit_test(test_keys_limit),
        cmocka_unit_test(test_visits)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
