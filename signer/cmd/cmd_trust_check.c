/*
 * `mohur trust check`: one certificate, one path, with every input of
 * RFC 5280 section 6.
 */
#include "signer/cmd/cmd_trust.h"

#include <getopt.h>
#include <jansson.h>
#include <time.h>

#include "base/limits.h"
#include "base/time.h"
#include "base/wire/codes.h"
#include "signer/cmd/trust_files.h"
#include "signer/trust/crl.h"
#include "signer/trust/ocsp.h"
#include "signer/trust/path.h"
#include "signer/trust/pem.h"

#define ARENA_MAX    ((size_t)1 << 30)
#define POLICIES_ARG 64U
#define CRLS_ARG     1024U
#define BUSY_MAX     32U /* certificates whose check waits for another */

struct check {
    struct mh_arena *arena;
    struct sg_files anchors, intermediates, crl_files, ocsp_files;
    struct mh_span policies[POLICIES_ARG];
    size_t policy_count;
    int64_t time;
    bool explicit_policy, inhibit_mapping, inhibit_any, json;
    const char *cert_path;

    struct sg_trust *trust;
    struct mh_buf snapshot;
    struct sg_pool *pool;
    struct sg_facts *facts;
    const struct sg_crl *crls[CRLS_ARG];
    size_t crl_count;
    struct sg_ocsp *ocsps[CRLS_ARG];
    size_t ocsp_count;
    struct sg_cert *leaf;
    const struct sg_cert *busy[BUSY_MAX];
    size_t busy_count;
};

struct answer {
    bool valid;
    const char *code;
    const char *text;
};

/* Content octets of a dotted OID; false where it is none. */
static bool
encode_oid(const char *s, struct mh_arena *arena, struct mh_span *out)
{
    uint64_t arcs[32];
    uint8_t *p, *q;
    size_t n = 0;

    while (n < 32) {
        char *end;

        if (*s < '0' || *s > '9')
            return false;
        arcs[n++] = strtoull(s, &end, 10);
        if (*end == 0)
            break;
        if (*end != '.')
            return false;
        s = end + 1;
    }
    if (n < 2 || n == 32 || arcs[0] > 2 || (arcs[0] < 2 && arcs[1] > 39) ||
        arcs[1] > 1000000)
        return false;
    p = q = mh_arena_alloc(arena, n * 10);
    if (p == NULL)
        return false;
    arcs[1] += arcs[0] * 40;
    for (size_t i = 1; i < n; i++) {
        unsigned shift = 63;

        while (shift > 0 && arcs[i] >> shift == 0)
            shift -= 7;
        for (; shift > 0; shift -= 7)
            *q++ = (uint8_t)(0x80 | (arcs[i] >> shift & 0x7f));
        *q++ = (uint8_t)(arcs[i] & 0x7f);
    }
    *out = (struct mh_span){p, (size_t)(q - p)};
    return true;
}

static int
add_file(struct check *c, struct sg_files *files, const char *path)
{
    struct mh_err err = {0};

    return sg_files_add(files, path, c->arena, &err) == MH_OK
               ? 0
               : sg_cmd_trust_error(path, &err);
}

static int
text_option(struct check *c, int opt)
{
    if (opt == 't')
        return mh_time_parse(mh_span_str(optarg), false, &c->time)
                   ? 0
                   : sg_cmd_trust_usage("--time: not an RFC 3339 time");
    if (opt == 'p') {
        if (c->policy_count == POLICIES_ARG ||
            !encode_oid(optarg, c->arena, &c->policies[c->policy_count]))
            return sg_cmd_trust_usage("--policy: not an object identifier");
        c->policy_count++;
        return 0;
    }
    c->json = strcmp(optarg, "json") == 0;
    return c->json || strcmp(optarg, "text") == 0
               ? 0
               : sg_cmd_trust_usage("--report: text or json");
}

static int
option(struct check *c, int opt)
{
    switch (opt) {
    case 'a':
        return add_file(c, &c->anchors, optarg);
    case 'i':
        return add_file(c, &c->intermediates, optarg);
    case 'c':
        return add_file(c, &c->crl_files, optarg);
    case 'o':
        return add_file(c, &c->ocsp_files, optarg);
    case 't':
    case 'p':
    case 'r':
        return text_option(c, opt);
    case 'e':
        c->explicit_policy = true;
        return 0;
    case 'm':
        c->inhibit_mapping = true;
        return 0;
    case 'y':
        c->inhibit_any = true;
        return 0;
    case 'h':
        (void)puts("mohur trust check [--anchor F]... [--intermediate F]... "
                   "[--crl F]... [--ocsp F]...\n  [--time T] [--policy OID]... "
                   "[--explicit-policy] [--inhibit-mapping]\n  "
                   "[--inhibit-any-policy] [--report text|json] CERT");
        return -1;
    default:
        return 64; /* getopt has named the option */
    }
}

static int
options(struct check *c, int argc, char **argv)
{
    static const struct option longs[] = {
        {"anchor", required_argument, NULL, 'a'},
        {"intermediate", required_argument, NULL, 'i'},
        {"crl", required_argument, NULL, 'c'},
        {"ocsp", required_argument, NULL, 'o'},
        {"time", required_argument, NULL, 't'},
        {"policy", required_argument, NULL, 'p'},
        {"report", required_argument, NULL, 'r'},
        {"explicit-policy", no_argument, NULL, 'e'},
        {"inhibit-mapping", no_argument, NULL, 'm'},
        {"inhibit-any-policy", no_argument, NULL, 'y'},
        {"help", no_argument, NULL, 'h'}, {0}};
    int opt, rc;

    optind = 0;
    while ((opt = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        rc = option(c, opt);
        if (rc != 0)
            return rc;
    }
    if (optind + 1 != argc)
        return sg_cmd_trust_usage("check needs one CERT");
    c->cert_path = argv[optind];
    return 0;
}

/* Certificates that help to build a path; malformed ones cannot help. */
static void
load_pool(struct check *c)
{
    for (size_t i = 0; i < c->intermediates.count; i++) {
        struct mh_span der;
        bool bad;

        for (size_t n = 0; sg_pem_der(c->intermediates.items[i].bytes,
                 "CERTIFICATE", n, c->arena, &der, &bad);
             n++)
            if (bad || sg_pool_add_der(c->pool, der, NULL, NULL) != MH_OK)
                continue;
    }
}

/* Lists and responses; one that is malformed answers nothing. */
static void
load_revocation(struct check *c)
{
    for (size_t i = 0; i < c->crl_files.count; i++) {
        struct mh_span der;
        struct sg_crl *crl;
        bool bad;

        for (size_t n = 0; sg_pem_der(c->crl_files.items[i].bytes, "X509 CRL",
                 n, c->arena, &der, &bad);
             n++)
            if (!bad && c->crl_count < CRLS_ARG &&
                sg_crl_parse(der, c->arena, NULL, &crl) == MH_OK)
                c->crls[c->crl_count++] = crl;
    }
    for (size_t i = 0; i < c->ocsp_files.count && i < CRLS_ARG; i++)
        if (sg_ocsp_parse(c->ocsp_files.items[i].bytes, c->arena, NULL,
                &c->ocsps[c->ocsp_count]) == MH_OK)
            c->ocsp_count++;
}

static enum mh_code
load(struct check *c, struct mh_err *err)
{
    struct sg_trust_sources sources = {
        .inputs = c->anchors.items, .count = c->anchors.count};
    struct mh_span file, der;
    bool bad;
    enum mh_code rc;

    rc = sg_file_read(c->cert_path, MH_SNAPSHOT_SIZE_MAX, c->arena, err, &file);
    if (rc != MH_OK)
        return rc;
    if (!sg_pem_der(file, "CERTIFICATE", 0, c->arena, &der, &bad) || bad)
        return mh_fail_finding(err, MH_EFORMAT, MH_F_CERTIFICATE_INVALID,
            MH_NO_OFFSET, "file: no certificate");
    rc = sg_cert_parse(der, c->arena, err, &c->leaf);
    if (rc == MH_OK)
        rc = sg_trust_compile(&sources, err, &c->snapshot);
    if (rc == MH_OK)
        rc = sg_trust_open(mh_buf_get(&c->snapshot), err, &c->trust);
    c->pool = sg_pool_new(c->arena);
    c->facts = sg_facts_new();
    if (rc == MH_OK && (c->pool == NULL || c->facts == NULL))
        rc = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "trust: memory");
    if (rc != MH_OK)
        return rc;
    load_pool(c);
    load_revocation(c);
    return MH_OK;
}

/* What the given OCSP responses, then the lists, say about one certificate. */
static enum mh_code
ask(struct check *c, const struct sg_path *path, size_t at, struct mh_err *err,
    struct sg_status *out)
{
    struct sg_status_input in = {.cert = path->chain[at],
        .issuer = sg_path_issuer(path, at),
        .pool = c->pool,
        .trust = c->trust,
        .anchor = path->anchor->cert,
        .facts = c->facts,
        .arena = c->arena,
        .time = c->time};
    enum mh_code rc;

    for (size_t i = 0; i < c->ocsp_count; i++) {
        rc = sg_ocsp_check(c->ocsps[i], &in, err, out);
        if (rc != MH_OK ||
            (out->kind != SG_STATUS_NONE && out->kind != SG_STATUS_OTHER))
            return rc;
    }
    return sg_crl_check(c->crls, c->crl_count, &in, err, out);
}

static bool
refuse(struct answer *a, enum mh_finding_code finding, const char *text)
{
    *a = (struct answer){false, mh_finding_name(finding), text};
    return false;
}

/* False, with the answer why, unless the status lets the path stand. */
static bool
accept(const struct sg_status *s, struct answer *a)
{
    switch (s->kind) {
    case SG_STATUS_GOOD:
        return true;
    case SG_STATUS_REVOKED:
        return refuse(a, MH_F_CERTIFICATE_REVOKED, "certificate: revoked");
    case SG_STATUS_ON_HOLD:
        return refuse(a, MH_F_CERTIFICATE_ON_HOLD, "certificate: on hold");
    case SG_STATUS_UNKNOWN:
        return refuse(a, MH_F_CERTIFICATE_STATUS_UNKNOWN,
            "certificate: unknown to the responder");
    case SG_STATUS_OTHER:
    case SG_STATUS_NONE:
        break;
    }
    return refuse(a, MH_F_REVOCATION_MISSING,
        s->text != NULL ? s->text : "certificate: status not known");
}

static enum mh_code check_chain(struct check *c, const struct sg_path *path,
    struct mh_err *err, struct answer *a);

/* Whoever signed revocation data must not be revoked itself. */
static enum mh_code
check_signer(struct check *c, const struct sg_status *s, struct mh_err *err,
    struct answer *a) /* NOLINT(misc-no-recursion) */
{
    struct sg_path_input in = {.leaf = s->signer,
        .pool = c->pool,
        .trust = c->trust,
        .facts = c->facts,
        .arena = c->arena,
        .purpose = SG_FOR_CRL,
        .time = c->time,
        .service_time = MH_TIME_NONE};
    struct sg_path path;
    enum mh_code rc;

    if (s->signer == NULL || s->by_issuer || s->nocheck || s->listed)
        return MH_OK;
    rc = sg_path_find(&in, err, &path);
    if (rc != MH_OK)
        return rc;
    if (path.code == SG_PATH_OK)
        return check_chain(c, &path, err, a);
    (void)refuse(a, MH_F_CRL_INVALID, path.text);
    return MH_OK;
}

static bool
is_busy(const struct check *c, const struct sg_cert *cert)
{
    for (size_t i = 0; i < c->busy_count; i++)
        if (sg_cert_same(c->busy[i], cert))
            return true;
    return false;
}

/*
 * Every certificate of the path but the anchor.  A CA that renews its key
 * signs lists that cover the very certificate of the signing key; such a one
 * is under check already and is not asked about again.
 */
static enum mh_code
check_chain(struct check *c, const struct sg_path *path, struct mh_err *err,
    struct answer *a) /* NOLINT(misc-no-recursion) */
{
    for (size_t i = path->count - 1; i > 0 && a->valid; i--) {
        struct sg_status s;
        enum mh_code rc;

        if (is_busy(c, path->chain[i - 1]))
            continue;
        if (c->busy_count == BUSY_MAX) {
            (void)refuse(
                a, MH_F_REVOCATION_MISSING, "revocation: too many signers");
            return MH_OK;
        }
        rc = ask(c, path, i - 1, err, &s);
        if (rc != MH_OK)
            return rc;
        if (!accept(&s, a))
            break;
        c->busy[c->busy_count++] = path->chain[i - 1];
        rc = check_signer(c, &s, err, a);
        c->busy_count--;
        if (rc != MH_OK)
            return rc;
    }
    return MH_OK;
}

static enum mh_code
judge(struct check *c, struct mh_err *err, struct answer *a)
{
    struct sg_path_input in = {.leaf = c->leaf,
        .pool = c->pool,
        .trust = c->trust,
        .facts = c->facts,
        .arena = c->arena,
        .purpose = SG_FOR_SIGNER,
        .time = c->time,
        .service_time = MH_TIME_NONE,
        .policies = c->policies,
        .policy_count = c->policy_count,
        /* A policy that is asked for must be there. */
        .explicit_policy = c->explicit_policy || c->policy_count > 0,
        .inhibit_mapping = c->inhibit_mapping,
        .inhibit_any_policy = c->inhibit_any};
    struct sg_path path;
    enum mh_code rc = sg_path_find(&in, err, &path);

    if (rc != MH_OK)
        return rc;
    *a = (struct answer){
        path.code == SG_PATH_OK, sg_path_code_name(path.code), path.text};
    if (!a->valid || (c->crl_files.count == 0 && c->ocsp_files.count == 0))
        return MH_OK;
    return check_chain(c, &path, err, a);
}

static int
print(const struct check *c, const struct answer *a)
{
    if (c->json) {
        json_t *j = json_pack("{s:b,s:s,s:s}", "valid", (int)a->valid, "code",
            a->code, "text", a->text);
        char *s = j == NULL ? NULL : json_dumps(j, JSON_COMPACT);

        if (s == NULL)
            return 70;
        (void)puts(s);
        free(s);
        json_decref(j);
    } else {
        (void)printf(
            "%s: %s: %s\n", a->valid ? "valid" : "not valid", a->code, a->text);
    }
    return a->valid ? 0 : 1;
}

static int
run(struct check *c)
{
    struct mh_err err = {0};
    struct answer a = {0};
    enum mh_code rc = load(c, &err);

    if (rc == MH_OK)
        rc = judge(c, &err, &a);
    if (rc == MH_EFORMAT || rc == MH_EUNSUP || rc == MH_ELIMIT)
        a = (struct answer){false,
            err.finding != 0
                ? mh_finding_name((enum mh_finding_code)err.finding)
                : mh_code_name(rc),
            err.msg};
    else if (rc != MH_OK)
        return sg_cmd_trust_error(c->cert_path, &err);
    return print(c, &a);
}

int
sg_cmd_trust_check(int argc, char **argv)
{
    struct check *c = calloc(1, sizeof(*c));
    int rc = 70;

    if (c == NULL)
        return rc;
    c->arena = mh_arena_new(ARENA_MAX);
    c->time = (int64_t)time(NULL);
    mh_buf_init(&c->snapshot, MH_SNAPSHOT_SIZE_MAX);
    if (c->arena != NULL) {
        rc = options(c, argc, argv);
        if (rc == 0)
            rc = run(c);
    }
    sg_trust_free(c->trust);
    sg_facts_free(c->facts);
    mh_buf_fini(&c->snapshot);
    mh_arena_free(c->arena);
    free(c);
    return rc < 0 ? 0 : rc;
}
