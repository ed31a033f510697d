#include "base/report/print.h"

#include <inttypes.h>
#include <string.h>

#include "base/report/markup.h"
#include "base/text.h"
#include "base/time.h"

/*
 * TS 119 102-2 v1.4.1.  The clauses in the comments are of that document.
 * Ours, where the standard has no word: the namespace and the constraints
 * below urn:x-mohur:.
 */

enum {
    NAME_MAX_SHOWN = 4096, /* bytes of a file name */
    WORDS_MAX = 1 << 14    /* bytes of a printed finding */
};

#define MAIN   "urn:etsi:019102:mainindication:"
#define SUB    "urn:etsi:019102:subindication:"
#define OBJECT "urn:etsi:019102:validationObject:"
#define SHA256 "http://www.w3.org/2001/04/xmlenc#sha256"

struct page {
    struct mh_buf *out;
    const struct mh_subject *subject;
    const struct mh_report *report;
};

static void
put(const struct page *p, const char *markup)
{
    mh_buf_str(p->out, markup);
}

static void
put_time(const struct page *p, const char *name, int64_t t)
{
    char when[32];

    mh_time_format(t, when);
    mh_markup_optional(p->out, name, when);
}

/* Appends a hex digest as DigestMethod and DigestValue. */
static void
digest(const struct page *p, const char *name, const char *hex)
{
    uint8_t raw[32];
    struct mh_span s = mh_span_str(hex);

    if (s.len != 2 * sizeof(raw) || !mh_hex_decode(s, raw))
        return;
    put(p, "<");
    put(p, name);
    put(p, "><ds:DigestMethod Algorithm=\"" SHA256 "\"/><ds:DigestValue>");
    mh_base64_encode((struct mh_span){raw, sizeof(raw)}, p->out);
    put(p, "</ds:DigestValue></");
    put(p, name);
    put(p, ">");
}

static bool
has_digest(const char *hex)
{
    return strlen(hex) == 64;
}

/* Clause 4.3.3; the identifier is the one of every other printed form. */
static void
identifier(const struct page *p, size_t i)
{
    mh_buf_printf(p->out, "<SignatureIdentifier id=\"S%zu\">", i);
    put(p, "<HashOnly>false</HashOnly><DocHashOnly>false</DocHashOnly>");
    mh_markup_element(p->out, "DAIdentifier", p->report->sig[i].id);
    put(p, "</SignatureIdentifier>");
}

/* Clause 4.3.5.3: which policy, by name and by the digest of its text. */
static void
policy(const struct page *p)
{
    const struct mh_report *r = p->report;

    put(p, "<SignatureValidationPolicy><SignaturePolicyIdentifier>");
    if (has_digest(r->policy_sha256)) {
        put(p, "<xades:SignaturePolicyId><xades:SigPolicyId>"
               "<xades:Identifier>urn:x-mohur:policy:");
        mh_markup_uri(p->out, mh_span_str(r->policy));
        put(p, "</xades:Identifier></xades:SigPolicyId>");
        digest(p, "xades:SigPolicyHash", r->policy_sha256);
        put(p, "</xades:SignaturePolicyId>");
    } else {
        put(p, "<xades:SignaturePolicyImplied/>");
    }
    put(p, "</SignaturePolicyIdentifier>");
    mh_markup_optional(p->out, "PolicyName", r->policy);
    put(p, "</SignatureValidationPolicy>");
}

/* One finding as a constraint that was applied, clause 4.3.5.4. */
static void
constraint(const struct page *p, const struct mh_finding *f, const char *scope)
{
    struct mh_buf words;

    mh_buf_init(&words, WORDS_MAX);
    mh_print_finding(f, MH_EN, &words);
    mh_buf_byte(&words, 0);
    put(p, "<ValidationConstraint><ValidationConstraintIdentifier>"
           "urn:x-mohur:finding:");
    put(p, mh_finding_name(f->code));
    put(p, "</ValidationConstraintIdentifier><ConstraintStatus><Status>"
           "urn:etsi:019102:constraintStatus:applied</Status>"
           "</ConstraintStatus>");
    if (f->level == MH_ERROR)
        put(p, "<ValidationStatus><MainIndication>" MAIN
               "failed</MainIndication></ValidationStatus>");
    put(p, "<Indications>");
    mh_markup_element(p->out, "m:Scope", scope);
    mh_markup_element(p->out, "m:Level", mh_severity_name(f->level));
    mh_markup_element(p->out, "m:Clause", mh_finding_clause(f->code));
    mh_markup_element(
        p->out, "m:Text", mh_buf_ok(&words) ? (const char *)words.ptr : "");
    if (f->offset != MH_NO_OFFSET)
        mh_buf_printf(p->out, "<m:Offset>%" PRIu64 "</m:Offset>", f->offset);
    put(p, "</Indications></ValidationConstraint>");
    if (!mh_buf_ok(&words))
        p->out->bad = true;
    mh_buf_fini(&words);
}

static bool
is_listed(const struct mh_findings *list, const struct mh_finding *f)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->item[i].code == f->code &&
            strcmp(list->item[i].what, f->what) == 0)
            return true;
    return false;
}

/* Clause 4.3.5; sig is NULL in the report of a document without any. */
static void
constraints(const struct page *p, const struct mh_report_sig *sig)
{
    const struct mh_report *r = p->report;

    put(p, "<ValidationConstraintsEvaluationReport>");
    policy(p);
    if (r->reason.code != MH_FINDING_NONE && sig == NULL &&
        !is_listed(&r->findings, &r->reason))
        constraint(p, &r->reason, "document");
    for (size_t i = 0; i < r->findings.count; i++)
        constraint(p, &r->findings.item[i], "document");
    for (size_t i = 0; sig != NULL && i < sig->findings.count; i++)
        constraint(p, &sig->findings.item[i], "signature");
    put(p, "</ValidationConstraintsEvaluationReport>");
}

/* Clause 4.3.6: the best-signature-time, and what proves it. */
static void
time_info(const struct page *p, const struct mh_report_sig *sig)
{
    int64_t now = p->report->validation_time;
    int64_t best = sig == NULL ? MH_TIME_NONE : sig->best_signature_time;
    bool proven = best != MH_TIME_NONE && best != now;
    char when[32];

    mh_time_format(now, when);
    if (when[0] == '\0')
        return;
    put(p, "<ValidationTimeInfo>");
    mh_markup_element(p->out, "ValidationTime", when);
    put(p, "<BestSignatureTime>");
    put_time(p, "POETime", proven ? best : now);
    put(p, "<TypeOfProof>urn:etsi:019102:poetype:validation</TypeOfProof>");
    put(p, "</BestSignatureTime></ValidationTimeInfo>");
}

/* Clause 4.3.7: the files under the signature, or the document itself. */
static void
signers_document(const struct page *p, const struct mh_report_sig *sig)
{
    if (sig->covers_count > 0) {
        put(p, "<SignersDocument><SignersDocumentRepresentation "
               "VOReference=\"");
        for (size_t i = 0; i < sig->covers_count; i++)
            mh_buf_printf(
                p->out, "%sF%" PRIu32, i == 0 ? "" : " ", sig->covers[i]);
        put(p, "\"/></SignersDocument>");
    } else if (sig->covers_whole_document && has_digest(p->subject->sha256)) {
        put(p, "<SignersDocument>");
        digest(p, "DigestAlgAndValue", p->subject->sha256);
        put(p, "</SignersDocument>");
    }
}

static const char *
stamp_element(enum mh_stamp_kind kind)
{
    switch (kind) {
    case MH_STAMP_SIGNATURE:
        return "SignatureTimeStamp";
    case MH_STAMP_CONTENT:
        return "AllDataObjectsTimeStamp";
    case MH_STAMP_ARCHIVE:
        return "ArchiveTimeStamp";
    case MH_STAMP_TOKEN:
        return "DocTimeStamp";
    case MH_STAMP_MARK: /* an OCSP answer; no attribute of annex A */
    case MH_STAMP_KINDS:
    default:
        return NULL;
    }
}

static bool
has_time(int64_t t)
{
    char when[32];

    mh_time_format(t, when);
    return when[0] != '\0';
}

/* Annex A. */
static void
attributes(const struct page *p, size_t index)
{
    const struct mh_report_sig *s = &p->report->sig[index];
    struct mh_buf list;

    mh_buf_init(&list, p->out->max);
    struct page q = {&list, p->subject, p->report};
    if (has_time(s->claimed_time)) {
        put(&q, "<SigningTime Signed=\"true\">");
        put_time(&q, "Time", s->claimed_time);
        put(&q, "</SigningTime>");
    }
    if (s->place[0] != '\0') {
        put(&q, "<SignatureProductionPlace Signed=\"true\">");
        mh_markup_element(&list, "AddressString", s->place);
        put(&q, "</SignatureProductionPlace>");
    }
    if (s->role[0] != '\0') {
        put(&q, "<SignerRole Signed=\"true\"><RoleDetails>");
        mh_markup_element(&list, "Role", s->role);
        put(&q, "<EndorsementType>claimed</EndorsementType>"
                "</RoleDetails></SignerRole>");
    }
    for (size_t i = 0; i < s->stamps; i++) {
        const char *name = stamp_element(s->stamp[i].kind);

        if (name == NULL || !has_time(s->stamp[i].time))
            continue;
        mh_buf_printf(&list,
            "<%s Signed=\"%s\"><AttributeObject VOReference=\"T%zu-%zu\"/>",
            name, s->stamp[i].kind == MH_STAMP_CONTENT ? "true" : "false",
            index, i);
        put_time(&q, "TimeStampValue", s->stamp[i].time);
        mh_buf_printf(&list, "</%s>", name);
    }
    if (list.len > 0) {
        put(p, "<SignatureAttributes>");
        mh_buf_span(p->out, mh_buf_get(&list));
        put(p, "</SignatureAttributes>");
    }
    if (!mh_buf_ok(&list))
        p->out->bad = true;
    mh_buf_fini(&list);
}

/* The first signature with the certificate of this one: it names it. */
static size_t
certificate_of(const struct mh_report *r, size_t index)
{
    size_t i = 0;

    while (strcmp(r->sig[i].certificate_sha256,
               r->sig[index].certificate_sha256) != 0)
        i++;
    return i;
}

/* Clause 4.3.9. */
static void
signer(const struct page *p, size_t index)
{
    const struct mh_report_sig *s = &p->report->sig[index];

    if (!has_digest(s->certificate_sha256))
        return;
    mh_buf_printf(p->out,
        "<SignerInformation><SignerCertificate VOReference=\"C%zu\"/>",
        certificate_of(p->report, index));
    mh_markup_optional(p->out, "Signer", s->signer_name);
    put(p, "<OtherInformation><m:SignerDetails>");
    mh_markup_optional(p->out, "m:SerialNumber", s->signer_serial_number);
    mh_markup_optional(p->out, "m:FIN", s->signer_fin);
    mh_markup_optional(p->out, "m:Organization", s->signer_organization);
    mh_markup_optional(p->out, "m:Subject", s->signer_subject);
    mh_markup_optional(p->out, "m:Issuer", s->signer_issuer);
    put(p, "</m:SignerDetails></OtherInformation></SignerInformation>");
}

static enum mh_verdict
verdict_of(const struct mh_report_sig *s)
{
    switch (s->indication) {
    case MH_IND_PASSED:
        return MH_TOTAL_PASSED;
    case MH_IND_INDETERMINATE:
        return MH_INDETERMINATE;
    case MH_IND_FAILED:
    case MH_INDICATIONS:
    default:
        return MH_TOTAL_FAILED;
    }
}

/*
 * The document's own verdict where not the signatures alone decided it, but
 * an error of the document: no reader of one signature's report may then take
 * that signature for a passed one.
 */
static enum mh_verdict
document_floor(const struct mh_report *r)
{
    enum mh_verdict worst = MH_TOTAL_PASSED;

    for (size_t i = 0; i < r->sigs; i++)
        if (verdict_of(&r->sig[i]) > worst)
            worst = verdict_of(&r->sig[i]);
    for (size_t i = 0; i < r->findings.count; i++)
        if (r->findings.item[i].level == MH_ERROR)
            return r->verdict;
    return r->sigs == 0 || r->verdict > worst ? r->verdict : MH_TOTAL_PASSED;
}

/* Clause 4.3.4: our verdict in the words of the standard. */
static void
status(const struct page *p, enum mh_verdict v, enum mh_sub sub)
{
    static const char *const words[MH_VERDICTS] = {
        [MH_TOTAL_PASSED] = MAIN "total-passed",
        [MH_NO_SIGNATURE] = "urn:x-mohur:mainindication:no-signature",
        [MH_INDETERMINATE] = MAIN "indeterminate",
        [MH_TOTAL_FAILED] = MAIN "total-failed",
        [MH_REFUSED] = MAIN "total-failed",
        [MH_NOT_JUDGED] = "urn:x-mohur:mainindication:not-judged",
    };

    put(p, "<SignatureValidationStatus>");
    mh_markup_element(p->out, "MainIndication", words[v]);
    if (sub != MH_SUB_NONE) {
        put(p, "<SubIndication>" SUB);
        put(p, mh_sub_name(sub));
        put(p, "</SubIndication>");
    }
    put(p, "</SignatureValidationStatus>");
}

/* The sub-indication where the document's structure decides. */
static enum mh_sub
structure_sub(enum mh_verdict v)
{
    if (v == MH_REFUSED || v == MH_TOTAL_FAILED)
        return MH_FORMAT_FAILURE;
    return v == MH_INDETERMINATE ? MH_SIG_CONSTRAINTS_FAILURE : MH_SUB_NONE;
}

/* What has no place of its own in the standard's form. */
static void
other(const struct page *p, const struct mh_report_sig *s)
{
    const struct mh_report *r = p->report;

    put(p, "<OtherInformation><m:Document>");
    mh_markup_element(p->out, "m:Format", mh_format_name(r->format));
    mh_markup_optional(p->out, "m:Profile", r->profile);
    mh_markup_element(p->out, "m:Verdict", mh_verdict_name(r->verdict));
    put(p, "</m:Document>");
    if (s != NULL) {
        put(p, "<m:Signature>");
        mh_markup_element(p->out, "m:Kind", mh_kind_name(s->kind));
        mh_markup_element(p->out, "m:Level", mh_level_name(s->level));
        mh_markup_optional(p->out, "m:Algorithm", s->algorithm);
        mh_markup_element(
            p->out, "m:Indication", mh_indication_name(s->indication));
        mh_markup_optional(p->out, "m:SubIndication", mh_sub_name(s->sub));
        mh_markup_element(p->out, "m:CoversWholeDocument",
            s->covers_whole_document ? "true" : "false");
        if (s->counter_signature)
            mh_markup_element(p->out, "m:CounterSignature", "true");
        if (s->modifications != MH_MODS_NOT_APPLICABLE)
            mh_markup_element(p->out, "m:Modifications",
                mh_modifications_name(s->modifications));
        put(p, "</m:Signature>");
    }
    put(p, "</OtherInformation>");
}

static void
process(const struct page *p)
{
    /* Every signature goes the longest way, EN 319 102-1 5.6. */
    put(p, "<SignatureValidationProcess><SignatureValidationProcessID>"
           "urn:etsi:019102:validationprocess:LTA"
           "</SignatureValidationProcessID></SignatureValidationProcess>");
}

static void
signature(const struct page *p, size_t i)
{
    const struct mh_report_sig *s = &p->report->sig[i];
    enum mh_verdict own = verdict_of(s), floor = document_floor(p->report);

    put(p, "\n<SignatureValidationReport>");
    identifier(p, i);
    constraints(p, s);
    time_info(p, s);
    signers_document(p, s);
    attributes(p, i);
    signer(p, i);
    process(p);
    if (floor > own)
        status(p, floor, structure_sub(floor));
    else
        status(p, own, s->sub);
    other(p, s);
    put(p, "</SignatureValidationReport>");
}

/* The standard has no empty report: the document speaks for itself. */
static void
no_signature(const struct page *p)
{
    put(p, "\n<SignatureValidationReport>");
    constraints(p, NULL);
    time_info(p, NULL);
    status(p, p->report->verdict, structure_sub(p->report->verdict));
    other(p, NULL);
    put(p, "</SignatureValidationReport>");
}

static void
object_begin(const struct page *p, const char *type)
{
    put(p, "<ObjectType>" OBJECT);
    put(p, type);
    put(p, "</ObjectType><ValidationObjectRepresentation>");
}

static void
object_end(const struct page *p)
{
    put(p, "</ValidationObjectRepresentation></ValidationObject>");
}

static void
stamps(const struct page *p, size_t index)
{
    const struct mh_report_sig *s = &p->report->sig[index];

    for (size_t i = 0; i < s->stamps; i++) {
        const struct mh_stamp *t = &s->stamp[i];

        mh_buf_printf(p->out, "\n<ValidationObject id=\"T%zu-%zu\">", index, i);
        object_begin(
            p, t->kind == MH_STAMP_MARK ? "OCSPResponse" : "timestamp");
        put(p, "<direct>");
        mh_markup_element(p->out, "m:Kind", mh_stamp_name(t->kind));
        put_time(p, "m:Time", t->time);
        mh_markup_optional(p->out, "m:Issuer", t->issuer);
        mh_markup_element(p->out, "m:Passed", t->passed ? "true" : "false");
        put(p, "</direct>");
        object_end(p);
    }
}

/* Clause 4.4: the document, its files, certificates and time-stamps. */
static void
objects(const struct page *p)
{
    const struct mh_report *r = p->report;
    struct mh_buf name;

    put(p, "\n<SignatureValidationObjects>\n<ValidationObject id=\"D\">");
    object_begin(p, "signedData");
    digest(p, "DigestAlgAndValue", p->subject->sha256);
    mh_buf_init(&name, 4 * (size_t)NAME_MAX_SHOWN);
    mh_text_clean(mh_span_str(p->subject->file), NAME_MAX_SHOWN, &name);
    mh_buf_byte(&name, 0);
    put(p, "<direct>");
    mh_markup_element(
        p->out, "m:File", mh_buf_ok(&name) ? (const char *)name.ptr : "");
    mh_buf_printf(
        p->out, "<m:Size>%" PRIu64 "</m:Size></direct>", p->subject->size);
    object_end(p);
    for (size_t i = 0; i < r->files; i++) {
        mh_buf_printf(p->out, "\n<ValidationObject id=\"F%zu\">", i);
        object_begin(p, "signedData");
        digest(p, "DigestAlgAndValue", r->file[i].sha256);
        put(p, "<direct>");
        mh_markup_element(p->out, "m:File", r->file[i].name);
        mh_buf_printf(p->out, "<m:Size>%" PRIu64 "</m:Size>", r->file[i].size);
        mh_markup_optional(p->out, "m:MediaType", r->file[i].media_type);
        mh_markup_element(p->out, "m:Signed",
            r->file[i].signed_by_count > 0 ? "true" : "false");
        put(p, "</direct>");
        object_end(p);
    }
    for (size_t i = 0; i < r->sigs; i++) {
        if (has_digest(r->sig[i].certificate_sha256) &&
            certificate_of(r, i) == i) {
            mh_buf_printf(p->out, "\n<ValidationObject id=\"C%zu\">", i);
            object_begin(p, "certificate");
            digest(p, "DigestAlgAndValue", r->sig[i].certificate_sha256);
            object_end(p);
        }
        stamps(p, i);
    }
    put(p, "</SignatureValidationObjects>");
    if (!mh_buf_ok(&name))
        p->out->bad = true;
    mh_buf_fini(&name);
}

void
mh_print_etsi(const struct mh_subject *subject, const struct mh_report *report,
    struct mh_buf *out)
{
    struct page p = {out, subject, report};

    put(&p, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<ValidationReport xmlns=\"http://uri.etsi.org/19102/v1.4.1#\""
            " xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\""
            " xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\""
            " xmlns:tsl=\"http://uri.etsi.org/02231/v2#\""
            " xmlns:m=\"urn:x-mohur:report:1\">");
    for (size_t i = 0; i < report->sigs; i++)
        signature(&p, i);
    if (report->sigs == 0)
        no_signature(&p);
    objects(&p);
    put(&p, "\n<SignatureValidator><DigitalId><tsl:Other>"
            "<m:Program>mohur</m:Program></tsl:Other></DigitalId>"
            "</SignatureValidator>\n</ValidationReport>\n");
}
