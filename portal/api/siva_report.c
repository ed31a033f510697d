#include "portal/api/siva_report.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/report/print.h"
#include "base/text.h"
#include "base/time.h"

enum {
    TEXT_MAX = 4096 /* bytes of one finding in words */
};

static void
set(json_t *o, const char *key, json_t *value)
{
    if (json_object_set_new_nocheck(o, key, value) != 0)
        json_object_clear(o); /* without memory: noticed at the end */
}

static void
set_text(json_t *o, const char *key, const char *value)
{
    if (value[0] != '\0')
        set(o, key, json_string(value));
}

static void
set_time(json_t *o, const char *key, int64_t t)
{
    char when[32];

    mh_time_format(t, when);
    set_text(o, key, when);
}

/* {"content": the finding in words} */
static void
add_content(json_t *list, const struct mh_finding *f)
{
    struct mh_buf text;
    json_t *o = json_object();

    mh_buf_init(&text, TEXT_MAX);
    mh_print_finding(f, MH_EN, &text);
    set(o, "content",
        mh_buf_ok(&text) && text.len > 0
            ? json_stringn((const char *)text.ptr, text.len)
            : json_string(mh_finding_name(f->code)));
    mh_buf_fini(&text);
    (void)json_array_append_new(list, o); /* NULL is noticed at the end */
}

static void
add_level(json_t *list, const struct mh_findings *from, enum mh_severity level)
{
    for (size_t i = 0; i < from->count; i++)
        if (from->item[i].level == level)
            add_content(list, &from->item[i]);
}

static bool
has_errors(const struct mh_findings *f)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->item[i].level == MH_ERROR)
            return true;
    return false;
}

/* Signatures, as SiVa counts them; time-stamps of a document are tokens. */
static bool
is_signature(const struct mh_report_sig *s)
{
    return s->kind == MH_KIND_XADES || s->kind == MH_KIND_CADES ||
           s->kind == MH_KIND_PADES;
}

static bool
is_token(const struct mh_report_sig *s)
{
    return s->kind == MH_KIND_TST;
}

static enum mh_indication
of_verdict(enum mh_verdict v)
{
    switch (v) {
    case MH_TOTAL_PASSED:
        return MH_IND_PASSED;
    case MH_INDETERMINATE:
    case MH_NO_SIGNATURE:
        return MH_IND_INDETERMINATE;
    case MH_TOTAL_FAILED:
    case MH_REFUSED:
    case MH_NOT_JUDGED:
    case MH_VERDICTS:
    default:
        return MH_IND_FAILED;
    }
}

/*
 * What the document itself did wrong, whatever its signatures say: with an
 * error of its own, or a verdict worse than that of every signature.
 */
static enum mh_indication
floor_of(const struct mh_report *r)
{
    enum mh_indication worst = MH_IND_PASSED, all = of_verdict(r->verdict);

    for (size_t i = 0; i < r->sigs; i++)
        if (r->sig[i].indication > worst)
            worst = r->sig[i].indication;
    return all > worst || has_errors(&r->findings) ? all : MH_IND_PASSED;
}

static void
set_format(json_t *o, const struct mh_report_sig *s)
{
    static const char *const family[] = {"XAdES", "CAdES", "PAdES"};
    static const char *const other[] = {
        "XML_NOT_ETSI", "CMS_NOT_ETSI", "PDF_NOT_ETSI"};
    char format[48];
    bool mark = false;

    for (size_t i = 0; i < s->stamps; i++)
        mark = mark || s->stamp[i].kind == MH_STAMP_MARK;
    if (s->level == MH_LEVEL_NONE)
        (void)snprintf(format, sizeof(format), "%s", other[s->kind]);
    else
        (void)snprintf(format, sizeof(format), "%s_BASELINE_%s%s",
            family[s->kind], mh_level_name(s->level),
            mark && s->level == MH_LEVEL_LT ? "_TM" : ""); /* always fits */
    set_text(o, "signatureFormat", format);
}

static const char *
hash_of(const char *algorithm)
{
    static const char *const names[] = {
        "SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512"};
    static const char *const words[] = {
        "sha1", "sha224", "sha256", "sha384", "sha512"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strstr(algorithm, names[i]) != NULL)
            return words[i];
    return NULL;
}

/* RFC 9231's names where there is one, else the algorithm's own. */
static void
set_method(json_t *o, const char *algorithm)
{
    const char *hash = hash_of(algorithm);
    char uri[128];

    if (hash == NULL)
        (void)snprintf(uri, sizeof(uri), "%s", algorithm);
    else if (strncmp(algorithm, "ECDSA", 5) == 0)
        (void)snprintf(uri, sizeof(uri),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-%s", hash);
    else if (strncmp(algorithm, "RSA-PSS", 7) == 0)
        (void)snprintf(uri, sizeof(uri),
            "http://www.w3.org/2007/05/xmldsig-more#%s-rsa-MGF1", hash);
    else if (strncmp(algorithm, "RSA", 3) == 0 && strcmp(hash, "sha1") == 0)
        (void)snprintf(
            uri, sizeof(uri), "http://www.w3.org/2000/09/xmldsig#rsa-sha1");
    else if (strncmp(algorithm, "RSA", 3) == 0)
        (void)snprintf(uri, sizeof(uri),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-%s", hash);
    else
        (void)snprintf(uri, sizeof(uri), "%s", algorithm); /* cut is fine */
    set(o, "signatureMethod", json_string(uri));
}

static json_t *
info(const struct mh_report_sig *s)
{
    json_t *o = json_object(), *archive = json_array();

    set_time(o, "bestSignatureTime", s->best_signature_time);
    for (size_t i = 0; i < s->stamps; i++) {
        const struct mh_stamp *t = &s->stamp[i];
        json_t *a;

        if (t->kind == MH_STAMP_SIGNATURE &&
            json_object_get(o, "timestampCreationTime") == NULL)
            set_time(o, "timestampCreationTime", t->time);
        if (t->kind != MH_STAMP_ARCHIVE)
            continue;
        a = json_object();
        set_time(a, "signedTime", t->time);
        set_text(a, "indication", t->passed ? "PASSED" : "FAILED");
        set_text(a, "signedBy", t->issuer);
        (void)json_array_append_new(archive, a); /* noticed at the end */
    }
    if (json_array_size(archive) > 0)
        set(o, "archiveTimestamps", json_incref(archive));
    json_decref(archive);
    if (s->role[0] != '\0')
        set(o, "signerRole", json_pack("[{s:s}]", "claimedRole", s->role));
    if (s->place[0] != '\0')
        set(o, "signatureProductionPlace",
            json_pack("{s:s}", "city", s->place));
    return o;
}

static json_t *
scopes(const struct mh_report *r, const struct mh_report_sig *s,
    const char *filename)
{
    json_t *a = json_array();
    bool whole = s->covers_whole_document;

    for (size_t i = 0; i < s->covers_count; i++)
        (void)json_array_append_new(
            a, json_pack("{s:s,s:s,s:s}", "name", r->file[s->covers[i]].name,
                   "scope", "FULL", "content", "Full document"));
    if (s->covers_count == 0)
        (void)json_array_append_new(
            a, json_pack("{s:s,s:s,s:s}", "name", filename, "scope",
                   whole ? "FULL" : "PARTIAL", "content",
                   whole ? "Full document" : "An earlier revision of it"));
    return a;
}

/* Advanced signatures: nobody here knows whether one is qualified. */
static const char *
legal_level(enum mh_indication i)
{
    static const char *const words[] = {
        "ADES", "INDETERMINATE_ADES", "NOT_ADES"};

    return words[i < MH_INDICATIONS ? i : MH_IND_FAILED];
}

static json_t *
signature(const struct pt_siva_subject *subject, const struct mh_report *r,
    const struct mh_report_sig *s, enum mh_indication lowest)
{
    json_t *o = json_object(), *errors = json_array(), *warnings = json_array();
    enum mh_indication i = s->indication > lowest ? s->indication : lowest;
    bool lowered = i != s->indication;

    set_text(o, "id", s->id);
    set_format(o, s);
    set_method(o, s->algorithm);
    set_text(o, "signatureLevel", legal_level(i));
    set(o, "signedBy", json_string(s->signer_name));
    set(o, "subjectDistinguishedName",
        json_pack("{s:s,s:s}", "commonName", s->signer_name, "serialNumber",
            s->signer_serial_number));
    set_text(o, "indication", mh_indication_name(i));
    if (s->sub != MH_SUB_NONE && !lowered)
        set_text(o, "subIndication", mh_sub_name(s->sub));
    else if (lowered && i == MH_IND_FAILED)
        set_text(o, "subIndication", mh_sub_name(MH_FORMAT_FAILURE));
    if (lowered && r->reason.code != MH_FINDING_NONE)
        add_content(errors, &r->reason);
    if (lowered)
        add_level(errors, &r->findings, MH_ERROR);
    add_level(errors, &s->findings, MH_ERROR);
    add_level(warnings, &s->findings, MH_WARNING);
    if (json_array_size(errors) > 0)
        set(o, "errors", json_incref(errors));
    if (json_array_size(warnings) > 0)
        set(o, "warnings", json_incref(warnings));
    json_decref(errors);
    json_decref(warnings);
    set(o, "signatureScopes", scopes(r, s, subject->filename));
    set_time(o, "claimedSigningTime", s->claimed_time);
    set(o, "info", info(s));
    return o;
}

static json_t *
token(const struct mh_report *r, const struct mh_report_sig *s,
    enum mh_indication lowest)
{
    json_t *o = json_object(), *errors = json_array();
    enum mh_indication i = s->indication > lowest ? s->indication : lowest;

    /* SiVa knows two words here. */
    set_text(o, "indication",
        mh_indication_name(i == MH_IND_PASSED ? i : MH_IND_FAILED));
    set_text(o, "subIndication", mh_sub_name(s->sub));
    set(o, "signedBy", json_string(s->signer_name));
    set_time(o, "signedTime", s->best_signature_time);
    add_level(errors, &s->findings, MH_ERROR);
    if (i != s->indication)
        add_level(errors, &r->findings, MH_ERROR);
    if (json_array_size(errors) > 0)
        set(o, "error", json_incref(errors));
    json_decref(errors);
    return o;
}

static json_t *
policy(const char *name)
{
    bool strict = strcmp(name, "POLv4") == 0;

    return json_pack("{s:s,s:s,s:s}", "policyName", name, "policyDescription",
        strict ? "What a court accepts as a filing: the strict policy of "
                 "mohur-report(5)."
               : "Any document of a supported format: the lenient policy of "
                 "mohur-report(5).",
        "policyUrl",
        strict ? "urn:mohur:policy:strict" : "urn:mohur:policy:lenient");
}

static json_t *
validated(const struct pt_siva_subject *subject)
{
    struct mh_buf b64;
    json_t *o;

    mh_buf_init(&b64, 64);
    mh_base64_encode((struct mh_span){subject->sha256, 32}, &b64);
    o = json_pack("{s:s,s:s%,s:s}", "filename", subject->filename, "fileHash",
        mh_buf_ok(&b64) ? (const char *)b64.ptr : "", (size_t)b64.len,
        "hashAlgo", "SHA256");
    mh_buf_fini(&b64);
    return o;
}

static json_t *
conclusion(const struct pt_siva_subject *subject, const struct mh_report *r)
{
    json_t *o = json_object(), *sigs = json_array(), *tokens = json_array(),
           *warnings = json_array();
    enum mh_indication lowest = floor_of(r);
    json_int_t count = 0, valid = 0;

    for (size_t i = 0; i < r->sigs; i++) {
        const struct mh_report_sig *s = &r->sig[i];

        if (is_token(s))
            (void)json_array_append_new(tokens, token(r, s, lowest));
        if (!is_signature(s))
            continue;
        count++;
        valid += s->indication == MH_IND_PASSED && lowest == MH_IND_PASSED;
        (void)json_array_append_new(sigs, signature(subject, r, s, lowest));
    }
    set(o, "policy", policy(subject->policy));
    set(o, "signaturesCount", json_integer(count));
    set(o, "validSignaturesCount", json_integer(valid));
    set_time(o, "validationTime", r->validation_time);
    add_level(warnings, &r->findings, MH_ERROR);
    add_level(warnings, &r->findings, MH_WARNING);
    if (json_array_size(warnings) > 0)
        set(o, "validationWarnings", json_incref(warnings));
    json_decref(warnings);
    set(o, "validatedDocument", validated(subject));
    if (r->format == MH_FORMAT_ASIC_S)
        set_text(o, "signatureForm", "ASiC-S");
    else if (r->format == MH_FORMAT_ASIC_E || r->format == MH_FORMAT_BDOC_1 ||
             r->format == MH_FORMAT_ADOC_2008)
        set_text(o, "signatureForm", "ASiC-E");
    if (count > 0)
        set(o, "signatures", json_incref(sigs));
    json_decref(sigs);
    if (json_array_size(tokens) > 0)
        set(o, "timeStampTokens", json_incref(tokens));
    json_decref(tokens);
    return o;
}

static int
dump(const char *bytes, size_t len, void *ctx)
{
    mh_buf_add(ctx, bytes, len);
    return 0;
}

void
pt_siva_print(const struct pt_siva_subject *subject,
    const struct mh_report *report, struct mh_buf *out)
{
    json_t *o = json_pack("{s:{s:o}}", "validationReport",
        "validationConclusion", conclusion(subject, report));

    if (o == NULL || json_dump_callback(o, dump, out, JSON_COMPACT) != 0)
        out->bad = true;
    json_decref(o);
}
