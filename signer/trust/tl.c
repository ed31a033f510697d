#include "signer/trust/tl.h"

#include "base/limits.h"
#include "base/text.h"
#include "base/time.h"
#include "base/wire/codes.h"
#include "docformat/docformat.h"
#include "signer/trust/tlsig.h"

#define HISTORY_MAX  256U /* states of one service; a list has a handful */
#define IDENTITY_MAX 16U  /* certificates of one service, all of one key */

struct reader {
    struct mh_arena *arena;
    struct mh_err *err;
    struct sg_tl *tl;
    size_t cap;
};

static enum mh_code
bad(struct reader *r, const char *what)
{
    return mh_fail_finding(r->err, MH_EFORMAT, MH_F_XML_MALFORMED, MH_NO_OFFSET,
        "trusted list: %s", what);
}

static enum mh_code
memory(struct reader *r)
{
    return mh_fail(r->err, MH_ENOMEM, MH_NO_OFFSET, "trusted list: memory");
}

static const struct df_node *
child(const struct df_node *n, const char *local)
{
    return n == NULL ? NULL : df_node_child(n, DF_NS_TSL, local);
}

static const struct df_node *
next(const struct df_node *n, const char *local)
{
    return df_node_sibling(n, DF_NS_TSL, local);
}

static struct mh_span
trim(struct mh_span s)
{
    while (s.len > 0 && s.ptr[0] <= ' ') {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && s.ptr[s.len - 1] <= ' ')
        s.len--;
    return s;
}

/* The text of a child, trimmed; empty where it is absent. */
static enum mh_code
text_of(struct reader *r, const struct df_node *n, const char *local,
    struct mh_span *out)
{
    const struct df_node *c = child(n, local);
    enum mh_code rc;

    *out = (struct mh_span){0};
    if (c == NULL)
        return MH_OK;
    rc = df_node_text(c, r->arena, r->err, out);
    *out = trim(*out);
    return rc;
}

struct type {
    const char *uri;
    unsigned kinds;
    bool qualified;
};

#define SVC "http://uri.etsi.org/TrstSvc/Svctype/"

static const struct type types[] = {
    {SVC "CA/QC", SG_KIND_CA, true},
    {SVC "CA/PKC", SG_KIND_CA, false},
    {SVC "Certstatus/OCSP", SG_KIND_OCSP, false},
    {SVC "Certstatus/OCSP/QC", SG_KIND_OCSP, true},
    {SVC "TSA", SG_KIND_TSA, false},
    {SVC "TSA/QTST", SG_KIND_TSA, true},
    {SVC "TSA/TSS-QC", SG_KIND_TSA, false},
    {SVC "TSA/TSS-AdESQCandQES", SG_KIND_TSA, false},
};

static const struct type *
find_type(struct mh_span uri)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (mh_span_is(uri, types[i].uri))
            return &types[i];
    return NULL;
}

/* TS 119 612 5.5.4, and the names in use before 2016. */
static bool
is_granted(struct mh_span status)
{
    static const char *const good[] = {"granted", "undersupervision",
        "accredited", "supervisionincessation", "recognisedatnationallevel"};
    static const char prefix[] = "http://uri.etsi.org/TrstSvc/";
    size_t slash = status.len;
    struct mh_span word;

    if (!mh_span_starts(status, prefix))
        return false;
    while (slash > 0 && status.ptr[slash - 1] != '/')
        slash--;
    if (!mh_span_sub(status, slash, status.len - slash, &word))
        return false;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (mh_span_is(word, good[i]))
            return true;
    return false;
}

/* One state of a service: ServiceInformation or ServiceHistoryInstance. */
static enum mh_code
read_state(struct reader *r, const struct df_node *n, unsigned kinds,
    struct sg_service_status *out)
{
    struct mh_span type, status = {0}, start = {0};
    const struct type *t;
    enum mh_code rc = text_of(r, n, "ServiceTypeIdentifier", &type);

    if (rc == MH_OK)
        rc = text_of(r, n, "ServiceStatus", &status);
    if (rc == MH_OK)
        rc = text_of(r, n, "StatusStartingTime", &start);
    if (rc != MH_OK)
        return rc;
    if (!mh_time_parse(start, true, &out->from))
        return bad(r, "malformed StatusStartingTime");
    t = find_type(type);
    out->granted = t != NULL && t->kinds == kinds && is_granted(status);
    return MH_OK;
}

/* Oldest first; of two states of one moment the one granted less counts. */
static void
sort_states(struct sg_service_status *s, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k > 0; k--) {
            struct sg_service_status t = s[k];

            if (s[k - 1].from < t.from ||
                (s[k - 1].from == t.from && s[k - 1].granted >= t.granted))
                break;
            s[k] = s[k - 1];
            s[k - 1] = t;
        }
}

static enum mh_code
read_states(struct reader *r, const struct df_node *service, unsigned kinds,
    struct sg_tl_service *out)
{
    const struct df_node *info = child(service, "ServiceInformation");
    const struct df_node *old = child(service, "ServiceHistory");
    size_t max = 1;
    enum mh_code rc;

    if (old != NULL)
        max += df_node_count(old, DF_NS_TSL, "ServiceHistoryInstance");
    if (max > HISTORY_MAX)
        return mh_fail(r->err, MH_ELIMIT, MH_NO_OFFSET,
            "trusted list: history of a service too long");
    out->history = mh_arena_array(r->arena, max, sizeof(*out->history));
    if (out->history == NULL)
        return memory(r);
    rc = read_state(r, info, kinds, &out->history[0]);
    out->history_count = 1;
    for (const struct df_node *n = child(old, "ServiceHistoryInstance");
         rc == MH_OK && n != NULL; n = next(n, "ServiceHistoryInstance"))
        rc = read_state(r, n, kinds, &out->history[out->history_count++]);
    sort_states(out->history, out->history_count);
    return rc;
}

static enum mh_code
add_service(struct reader *r, const struct sg_tl_service *s)
{
    if (r->tl->count == MH_TL_SERVICES_MAX)
        return mh_fail(
            r->err, MH_ELIMIT, MH_NO_OFFSET, "trusted list: too many services");
    if (r->tl->count == r->cap) {
        size_t cap = r->cap == 0 ? 64 : r->cap * 2;
        struct sg_tl_service *p = mh_arena_array(r->arena, cap, sizeof(*p));

        if (p == NULL)
            return memory(r);
        if (r->tl->count > 0)
            memcpy(p, r->tl->services, r->tl->count * sizeof(*p));
        r->tl->services = p;
        r->cap = cap;
    }
    r->tl->services[r->tl->count++] = *s;
    return MH_OK;
}

/* The DER of a DigitalId that is a certificate; other identities are not. */
static enum mh_code
read_identity(struct reader *r, const struct df_node *id, struct mh_span *der)
{
    struct mh_span text;
    uint8_t *p;
    size_t len;
    enum mh_code rc = text_of(r, id, "X509Certificate", &text);

    *der = (struct mh_span){0};
    if (rc != MH_OK || text.len == 0)
        return rc;
    p = mh_arena_alloc(r->arena, mh_base64_max(text.len));
    if (p == NULL)
        return memory(r);
    if (mh_base64_decode(text, p, &len))
        *der = (struct mh_span){p, len};
    return MH_OK;
}

/* ServiceName: English if there, else the first. */
static enum mh_code
read_name(struct reader *r, const struct df_node *info, struct mh_span *out)
{
    const struct df_node *all = child(info, "ServiceName");
    const struct df_node *best = child(all, "Name");
    struct mh_span lang;
    enum mh_code rc;

    *out = (struct mh_span){0};
    if (best == NULL)
        return MH_OK;
    for (const struct df_node *n = best; n != NULL; n = next(n, "Name"))
        if (df_node_attr(n, DF_NS_XML, "lang", &lang) &&
            mh_span_is(lang, "en")) {
            best = n;
            break;
        }
    rc = df_node_text(best, r->arena, r->err, out);
    *out = trim(*out);
    return rc;
}

static enum mh_code
read_service(struct reader *r, const struct df_node *service)
{
    const struct df_node *info = child(service, "ServiceInformation");
    const struct df_node *ids = child(info, "ServiceDigitalIdentity");
    struct sg_tl_service s = {0};
    struct mh_span uri;
    const struct type *t;
    unsigned n = 0;
    enum mh_code rc;

    if (info == NULL)
        return bad(r, "service without information");
    rc = text_of(r, info, "ServiceTypeIdentifier", &uri);
    if (rc != MH_OK)
        return rc;
    t = find_type(uri);
    if (t == NULL)
        return MH_OK; /* a service that is not about signatures */
    s.kinds = t->kinds;
    s.qualified = t->qualified;
    rc = read_name(r, info, &s.name);
    if (rc == MH_OK)
        rc = read_states(r, service, t->kinds, &s);
    for (const struct df_node *id = child(ids, "DigitalId");
         rc == MH_OK && id != NULL; id = next(id, "DigitalId")) {
        rc = read_identity(r, id, &s.cert);
        if (rc == MH_OK && s.cert.len > 0 && ++n <= IDENTITY_MAX)
            rc = add_service(r, &s);
    }
    return rc;
}

static enum mh_code
read_providers(struct reader *r, const struct df_node *list)
{
    enum mh_code rc = MH_OK;

    for (const struct df_node *p = child(list, "TrustServiceProvider");
         rc == MH_OK && p != NULL; p = next(p, "TrustServiceProvider")) {
        const struct df_node *all = child(p, "TSPServices");

        for (const struct df_node *s = child(all, "TSPService");
             rc == MH_OK && s != NULL; s = next(s, "TSPService"))
            rc = read_service(r, s);
    }
    return rc;
}

static enum mh_code
read_scheme(struct reader *r, const struct df_node *info)
{
    struct mh_span version, issued = {0}, update = {0};
    enum mh_code rc;

    if (info == NULL)
        return bad(r, "no SchemeInformation");
    rc = text_of(r, info, "TSLVersionIdentifier", &version);
    if (rc != MH_OK)
        return rc;
    if (!mh_span_is(version, "5") && !mh_span_is(version, "6"))
        return mh_fail(r->err, MH_EUNSUP, MH_NO_OFFSET,
            "trusted list: version is neither 5 nor 6");
    rc = text_of(r, info, "SchemeTerritory", &r->tl->territory);
    if (rc == MH_OK)
        rc = text_of(r, info, "ListIssueDateTime", &issued);
    if (rc == MH_OK)
        rc = text_of(r, child(info, "NextUpdate"), "dateTime", &update);
    if (rc != MH_OK)
        return rc;
    if (!mh_time_parse(issued, true, &r->tl->issued))
        return bad(r, "malformed ListIssueDateTime");
    r->tl->next_update = MH_TIME_NONE;
    if (update.len > 0 && !mh_time_parse(update, true, &r->tl->next_update))
        return bad(r, "malformed NextUpdate");
    return MH_OK;
}

enum mh_code
sg_tl_parse(struct mh_span xml, const struct mh_span *signers,
    size_t signer_count, struct mh_arena *arena, struct mh_err *err,
    struct sg_tl **out)
{
    struct reader r = {.arena = arena, .err = err};
    const struct df_node *root;
    struct df_xml *doc;
    enum mh_code rc;

    if (xml.len > MH_TL_SIZE_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "trusted list: too large");
    r.tl = mh_arena_alloc(arena, sizeof(*r.tl));
    if (r.tl == NULL)
        return memory(&r);
    rc = df_xml_load(xml, arena, err, &doc);
    if (rc != MH_OK)
        return rc;
    root = df_xml_root(doc);
    if (!df_node_is(root, DF_NS_TSL, "TrustServiceStatusList"))
        rc = bad(&r, "not a list of trust services");
    if (rc == MH_OK && signer_count > 0) {
        rc = sg_tl_verify(doc, signers, signer_count, arena, err);
        r.tl->verified = rc == MH_OK;
    }
    if (rc == MH_OK)
        rc = read_scheme(&r, child(root, "SchemeInformation"));
    if (rc == MH_OK)
        rc = read_providers(&r, child(root, "TrustServiceProviderList"));
    /* Texts may borrow from the document: keep what outlives it. */
    if (rc == MH_OK)
        r.tl->territory = mh_arena_copy(arena, r.tl->territory);
    for (size_t i = 0; rc == MH_OK && i < r.tl->count; i++)
        r.tl->services[i].name = mh_arena_copy(arena, r.tl->services[i].name);
    df_xml_free(doc);
    if (rc == MH_OK)
        *out = r.tl;
    return rc;
}
