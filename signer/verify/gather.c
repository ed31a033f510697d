#include "signer/verify/gather.h"

#include "base/limits.h"
#include "base/time.h"
#include "base/wire/courier.h"
#include "base/wire/material.h"
#include "signer/trust/ocspreq.h"
#include "signer/verify/out.h"

enum {
    LACKS_MAX = 64,
    CERTS_MAX = MH_MATERIALS_MAX,
    URLS_MAX = 4, /* addresses of one kind that are tried */
};

struct lack {
    const struct sg_cert *cert;
    const struct sg_cert *issuer; /* NULL: it is the issuer that is lacking */
    int64_t after;
};

struct sg_gather {
    struct mh_arena *arena;
    struct lack lack[LACKS_MAX];
    size_t lacks;
    const struct sg_cert *cert[CERTS_MAX];
    size_t certs;
};

struct sg_gather *
sg_gather_new(struct mh_arena *arena)
{
    struct sg_gather *g = mh_arena_alloc(arena, sizeof(*g));

    if (g != NULL)
        g->arena = arena;
    return g;
}

void
sg_gather_path(struct sg_gather *g, const struct sg_path *path)
{
    for (size_t i = 0; g != NULL && i < path->count; i++) {
        size_t k = 0;

        while (k < g->certs && !sg_cert_same(g->cert[k], path->chain[i]))
            k++;
        if (k == g->certs && g->certs < CERTS_MAX)
            g->cert[g->certs++] = path->chain[i];
    }
}

static void
add_lack(struct sg_gather *g, const struct sg_cert *cert,
    const struct sg_cert *issuer, int64_t after)
{
    for (size_t i = 0; i < g->lacks; i++)
        if (sg_cert_same(g->lack[i].cert, cert) &&
            (g->lack[i].issuer == NULL) == (issuer == NULL)) {
            if (after > g->lack[i].after)
                g->lack[i].after = after; /* good for both */
            return;
        }
    if (g->lacks < LACKS_MAX)
        g->lack[g->lacks++] = (struct lack){cert, issuer, after};
}

void
sg_gather_status(struct sg_gather *g, const struct sg_cert *cert,
    const struct sg_cert *issuer, int64_t after)
{
    if (g != NULL && issuer != NULL)
        add_lack(g, cert, issuer, after == MH_TIME_NONE ? 0 : after);
}

void
sg_gather_issuer(struct sg_gather *g, const struct sg_path *path)
{
    if (g != NULL && path->count > 0 && path->anchor == NULL)
        add_lack(g, path->chain[path->count - 1], NULL, 0);
}

/* Room for one more need; NULL where there is none. */
static struct mh_need *
add_need(struct mh_report *report, size_t lack, enum mh_need_kind kind,
    bool proven, struct mh_span uri, struct mh_arena *arena)
{
    const char *url = sg_clean(arena, uri);
    struct mh_need *n = &report->need[report->needs];

    /* An address that had to be made clean is none. */
    if (report->needs == MH_REPORT_NEEDS_MAX || url == NULL ||
        !mh_span_eq(mh_span_str(url), uri))
        return NULL;
    *n = (struct mh_need){
        .lack = (uint32_t)lack, .kind = kind, .proven = proven, .url = url};
    report->needs++;
    return n;
}

static enum mh_code
ocsp_needs(const struct sg_gather *g, size_t at, struct mh_err *err,
    struct mh_report *report)
{
    const struct lack *l = &g->lack[at];
    struct mh_span uri, request = {0};
    struct mh_buf buf;
    enum mh_code code = MH_OK;

    for (size_t n = 0; n < URLS_MAX && code == MH_OK &&
                       sg_cert_aia(l->cert, SG_AIA_OCSP, n, &uri);
         n++) {
        struct mh_need *need =
            add_need(report, at, MH_NEED_OCSP, true, uri, g->arena);

        if (need != NULL && request.len == 0) {
            mh_buf_init(&buf, MH_FETCH_BODY_MAX);
            code = sg_ocsp_request(l->cert, l->issuer, err, &buf);
            if (code == MH_OK)
                request = mh_arena_copy(g->arena, mh_buf_get(&buf));
            mh_buf_fini(&buf);
            if (code == MH_OK && request.ptr == NULL)
                code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "needs: memory");
        }
        if (need != NULL) {
            need->request = request;
            need->after = l->after;
        }
    }
    return code;
}

static enum mh_code
needs_of(const struct sg_gather *g, size_t at, struct mh_err *err,
    struct mh_report *report)
{
    const struct lack *l = &g->lack[at];
    struct mh_span uri;
    enum mh_code code;

    if (l->issuer == NULL) {
        for (size_t n = 0;
             n < URLS_MAX && sg_cert_aia(l->cert, SG_AIA_CA_ISSUERS, n, &uri);
             n++)
            (void)add_need(/* one more than fits is left out */
                report, at, MH_NEED_ISSUER, false, uri, g->arena);
        return MH_OK;
    }
    code = ocsp_needs(g, at, err, report);
    for (size_t n = 0; n < URLS_MAX && sg_cert_crl_uri(l->cert, n, &uri); n++)
        (void)add_need(/* the same */
            report, at, MH_NEED_CRL, true, uri, g->arena);
    return code;
}

enum mh_code
sg_gather_report(const struct sg_gather *g, bool needs, bool chains,
    struct mh_err *err, struct mh_report *report)
{
    enum mh_code code = MH_OK;

    report->need =
        mh_arena_array(g->arena, MH_REPORT_NEEDS_MAX, sizeof(*report->need));
    report->chain = mh_arena_array(g->arena, g->certs, sizeof(*report->chain));
    if (report->need == NULL || report->chain == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "needs: no memory");
    for (size_t i = 0; i < g->lacks && needs && code == MH_OK; i++)
        code = needs_of(g, i, err, report);
    for (size_t i = 0; i < g->certs && chains; i++)
        report->chain[report->chains++] = g->cert[i]->der;
    return code;
}
