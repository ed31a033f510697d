#include "base/wire/report.h"

#include "base/limits.h"
#include "base/time.h"
#include "base/wire/codec.h"
#include "base/wire/courier.h"

#define NAMER(func, type, end, none, ...)                                      \
    const char *func(type v)                                                   \
    {                                                                          \
        static const char *const names[] = {__VA_ARGS__};                      \
        _Static_assert(sizeof(names) / sizeof(names[0]) == (end), #func);      \
        return (unsigned)v < (end) ? names[v] : (none);                        \
    }

NAMER(mh_verdict_name, enum mh_verdict, MH_VERDICTS, "?", "TOTAL-PASSED",
    "NO-SIGNATURE", "INDETERMINATE", "TOTAL-FAILED", "REFUSED", "NOT-JUDGED")
NAMER(mh_indication_name, enum mh_indication, MH_INDICATIONS, "?",
    "TOTAL-PASSED", "INDETERMINATE", "TOTAL-FAILED")
NAMER(mh_sub_name, enum mh_sub, MH_SUBS, "?", "", "FORMAT_FAILURE",
    "HASH_FAILURE", "SIG_CRYPTO_FAILURE", "REVOKED", "EXPIRED", "NOT_YET_VALID",
    "SIG_CONSTRAINTS_FAILURE", "CHAIN_CONSTRAINTS_FAILURE",
    "CERTIFICATE_CHAIN_GENERAL_FAILURE", "CRYPTO_CONSTRAINTS_FAILURE",
    "POLICY_PROCESSING_ERROR", "SIGNATURE_POLICY_NOT_AVAILABLE",
    "TIMESTAMP_ORDER_FAILURE", "NO_SIGNING_CERTIFICATE_FOUND",
    "NO_CERTIFICATE_CHAIN_FOUND", "NO_CERTIFICATE_CHAIN_FOUND_NO_POE",
    "REVOKED_NO_POE", "REVOKED_CA_NO_POE", "OUT_OF_BOUNDS_NOT_REVOKED",
    "OUT_OF_BOUNDS_NO_POE", "REVOCATION_OUT_OF_BOUNDS_NO_POE",
    "CRYPTO_CONSTRAINTS_FAILURE_NO_POE", "NO_POE", "TRY_LATER",
    "SIGNED_DATA_NOT_FOUND")
NAMER(mh_severity_name, enum mh_severity, MH_SEVERITIES, "?", "error",
    "warning", "info")
NAMER(mh_format_name, enum mh_format, MH_FORMATS, "?", "unknown", "asic-e",
    "asic-s", "adoc-2008", "bdoc-1", "pdf", "jpeg", "cms", "xml")
NAMER(mh_kind_name, enum mh_sig_kind, MH_KINDS, "?", "xades", "cades", "pades",
    "doc-timestamp", "tst", "c2pa", "holder")
NAMER(mh_level_name, enum mh_sig_level, MH_LEVELS, "?", "none", "B", "T", "LT",
    "LTA")
NAMER(mh_modifications_name, enum mh_modifications, MH_MODS, "?", "", "none",
    "lta-update", "form-filling", "annotations", "other")
NAMER(mh_stamp_name, enum mh_stamp_kind, MH_STAMP_KINDS, "?", "signature",
    "content", "archive", "time-mark", "token")

void
mh_report_init(struct mh_report *r)
{
    *r = (struct mh_report){.profile = "",
        .verdict = MH_NOT_JUDGED,
        .reason = {.what = "", .offset = MH_NO_OFFSET},
        .validation_time = MH_TIME_NONE,
        .policy = "",
        .policy_sha256 = ""};
}

/* A code for every enum field: a cast at one place instead of at each. */
#define ENUM(c, field, end)                                                    \
    do {                                                                       \
        unsigned u_ = (unsigned)(field);                                       \
        mh_codec_enum((c), &u_, (end));                                        \
        (field) = u_;                                                          \
    } while (0)

static void
do_finding(struct mh_codec *c, struct mh_finding *f)
{
    ENUM(c, f->code, MH_FINDING_CODES);
    ENUM(c, f->level, MH_SEVERITIES);
    mh_codec_u64(c, &f->offset);
    mh_codec_text(c, &f->what);
}

static void
do_findings(struct mh_codec *c, struct mh_findings *fs)
{
    mh_codec_count(c, &fs->count, MH_REPORT_FINDINGS_MAX + 100);
    fs->item = mh_codec_array(c, fs->item, fs->count, sizeof(*fs->item));
    for (size_t i = 0; i < fs->count && fs->item != NULL; i++) {
        do_finding(c, &fs->item[i]);
        if (fs->item[i].code == MH_FINDING_NONE)
            c->bad = true;
    }
}

static void
do_indices(struct mh_codec *c, uint32_t **v, size_t *count, size_t end)
{
    mh_codec_count(c, count, end);
    *v = mh_codec_array(c, *v, *count, sizeof(**v));
    for (size_t i = 0; i < *count && *v != NULL; i++) {
        mh_codec_u32(c, &(*v)[i]);
        if ((*v)[i] >= end)
            c->bad = true;
    }
}

static void
do_stamps(struct mh_codec *c, struct mh_report_sig *s)
{
    mh_codec_count(c, &s->stamps, MH_REPORT_SIGS_MAX);
    s->stamp = mh_codec_array(c, s->stamp, s->stamps, sizeof(*s->stamp));
    for (size_t i = 0; i < s->stamps && s->stamp != NULL; i++) {
        ENUM(c, s->stamp[i].kind, MH_STAMP_KINDS);
        mh_codec_i64(c, &s->stamp[i].time);
        mh_codec_text(c, &s->stamp[i].issuer);
        mh_codec_bool(c, &s->stamp[i].passed);
    }
}

static void
do_sig(struct mh_codec *c, struct mh_report_sig *s, size_t files)
{
    mh_codec_text(c, &s->id);
    ENUM(c, s->kind, MH_KINDS);
    ENUM(c, s->level, MH_LEVELS);
    mh_codec_text(c, &s->signer_name);
    mh_codec_text(c, &s->signer_serial_number);
    mh_codec_text(c, &s->signer_fin);
    mh_codec_text(c, &s->signer_organization);
    mh_codec_text(c, &s->signer_issuer);
    mh_codec_text(c, &s->signer_subject);
    mh_codec_text(c, &s->certificate_sha256);
    mh_codec_text(c, &s->algorithm);
    mh_codec_text(c, &s->role);
    mh_codec_text(c, &s->place);
    mh_codec_i64(c, &s->claimed_time);
    mh_codec_i64(c, &s->best_signature_time);
    ENUM(c, s->indication, MH_INDICATIONS);
    ENUM(c, s->sub, MH_SUBS);
    do_indices(c, &s->covers, &s->covers_count, files);
    mh_codec_bool(c, &s->covers_whole_document);
    mh_codec_bool(c, &s->counter_signature);
    ENUM(c, s->modifications, MH_MODS);
    do_stamps(c, s);
    do_findings(c, &s->findings);
}

static void
do_file(struct mh_codec *c, struct mh_report_file *f, size_t sigs)
{
    mh_codec_text(c, &f->name);
    mh_codec_u64(c, &f->size);
    mh_codec_text(c, &f->sha256);
    mh_codec_text(c, &f->media_type);
    do_indices(c, &f->signed_by, &f->signed_by_count, sigs);
}

static void
do_need(struct mh_codec *c, struct mh_need *n)
{
    mh_codec_u32(c, &n->lack);
    ENUM(c, n->kind, MH_NEED_KINDS);
    mh_codec_bool(c, &n->proven);
    mh_codec_i64(c, &n->after);
    mh_codec_text(c, &n->url);
    mh_codec_bytes(c, &n->request, MH_FETCH_BODY_MAX);
}

/* What only a caller who asked for it gets. */
static void
do_lacks(struct mh_codec *c, struct mh_report *r)
{
    mh_codec_count(c, &r->needs, MH_REPORT_NEEDS_MAX);
    mh_codec_count(c, &r->chains, MH_POOL_CERTS_MAX);
    r->need = mh_codec_array(c, r->need, r->needs, sizeof(*r->need));
    r->chain = mh_codec_array(c, r->chain, r->chains, sizeof(*r->chain));
    for (size_t i = 0; i < r->needs && r->need != NULL && !c->bad; i++)
        do_need(c, &r->need[i]);
    for (size_t i = 0; i < r->chains && r->chain != NULL && !c->bad; i++)
        mh_codec_bytes(c, &r->chain[i], MH_CERT_SIZE_MAX);
}

/* What the second version has: the pages, where they were counted. */
static void
do_pages(struct mh_codec *c, struct mh_report *r)
{
    mh_codec_u32(c, &r->pages);
    if (r->pages == 0 || r->pages > MH_PDF_PAGES_MAX ||
        (r->format != MH_FORMAT_PDF &&
            (r->format != MH_FORMAT_JPEG || r->pages != 1)))
        c->bad = true;
}

static void
do_report(struct mh_codec *c, struct mh_report *r)
{
    uint32_t version = r->pages == 0 ? 1 : 2;

    mh_codec_u32(c, &version);
    if (version != 1 && version != 2)
        c->bad = true;
    ENUM(c, r->format, MH_FORMATS);
    mh_codec_text(c, &r->profile);
    ENUM(c, r->verdict, MH_VERDICTS);
    do_finding(c, &r->reason);
    mh_codec_i64(c, &r->validation_time);
    mh_codec_text(c, &r->policy);
    mh_codec_text(c, &r->policy_sha256);
    do_findings(c, &r->findings);
    mh_codec_count(c, &r->sigs, MH_REPORT_SIGS_MAX);
    mh_codec_count(c, &r->files, MH_REPORT_FILES_MAX);
    r->sig = mh_codec_array(c, r->sig, r->sigs, sizeof(*r->sig));
    r->file = mh_codec_array(c, r->file, r->files, sizeof(*r->file));
    for (size_t i = 0; i < r->sigs && r->sig != NULL && !c->bad; i++)
        do_sig(c, &r->sig[i], r->files);
    for (size_t i = 0; i < r->files && r->file != NULL && !c->bad; i++)
        do_file(c, &r->file[i], r->sigs);
    do_lacks(c, r);
    if (version == 2)
        do_pages(c, r);
}

void
mh_report_pack(const struct mh_report *r, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_report copy = *r; /* packing writes back what it reads */

    do_report(&c, &copy);
    if (c.bad)
        out->bad = true;
}

/* The verdict may be worse than the signatures say, never better (cli.md). */
static bool
verdict_agrees(const struct mh_report *r)
{
    for (size_t i = 0; i < r->sigs; i++) {
        if ((r->sig[i].indication == MH_IND_PASSED) !=
            (r->sig[i].sub == MH_SUB_NONE))
            return false;
        if (r->sig[i].indication == MH_IND_FAILED &&
            r->verdict < MH_TOTAL_FAILED)
            return false;
        if (r->sig[i].indication == MH_IND_INDETERMINATE &&
            r->verdict < MH_INDETERMINATE)
            return false;
    }
    if (r->verdict == MH_TOTAL_PASSED)
        return r->sigs > 0 && r->reason.code == MH_FINDING_NONE;
    return r->reason.code != MH_FINDING_NONE;
}

enum mh_code
mh_report_unpack(struct mh_span in, struct mh_arena *arena, struct mh_err *err,
    struct mh_report *out)
{
    struct mh_codec c = mh_codec_unpack(in, arena);

    mh_report_init(out);
    do_report(&c, out);
    if (!mh_codec_done(&c))
        return mh_fail(err, MH_EFORMAT, c.rd.pos, "report: malformed");
    if (!verdict_agrees(out))
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "report: verdict contradicts the signatures");
    return MH_OK;
}
