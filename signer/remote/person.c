#include "signer/remote/person.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "signer/trust/fin.h"
#include "signer/trust/key.h"

enum {
    CHECK_ARENA = 1 << 20,  /* bytes */
    PERSON_ARENA = 1 << 20, /* the same */
    RSA_BITS_MIN = 2048,    /* RSA of 2048 bits, P-256, P-384 (domain.md 1.7) */
};

/* A certificate's key, with what it lives in. */
struct opened {
    struct mh_arena *arena;
    struct sg_facts *facts;
    const struct sg_key *key;
};

static enum mh_code
open_key(struct mh_span certificate, struct mh_err *err, struct opened *o)
{
    struct sg_cert *cert;
    enum mh_code code;

    *o = (struct opened){mh_arena_new(CHECK_ARENA), sg_facts_new(), NULL};
    if (o->arena == NULL || o->facts == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "remote: no memory");
    code = sg_cert_parse(certificate, o->arena, err, &cert);
    return code == MH_OK ? sg_facts_key(o->facts, cert, err, &o->key) : code;
}

static void
close_key(struct opened *o)
{
    sg_facts_free(o->facts);
    mh_arena_free(o->arena);
}

enum mh_code
sg_remote_check(struct mh_span certificate, enum mh_digest_alg alg,
    struct mh_span digest, struct mh_span value, struct mh_err *err, bool *good)
{
    struct sg_sigalg sig = {.digest = alg, .form = SG_ECDSA_PLAIN};
    enum sg_verdict verdict = SG_SIG_KEY;
    struct opened o;
    enum mh_code code = open_key(certificate, err, &o);

    if (code == MH_OK) {
        sig.scheme = sg_key_type(o.key) == SG_KEY_RSA ? SG_RSA_PKCS1 : SG_ECDSA;
        code = sg_verify_digest(o.key, &sig, digest, value, err, &verdict);
    }
    *good = code == MH_OK && verdict == SG_SIG_GOOD;
    close_key(&o);
    return code;
}

enum mh_code
sg_remote_key(struct mh_span certificate, struct mh_err *err, bool *rsa,
    enum mh_digest_alg *digest)
{
    struct opened o;
    enum mh_code code = open_key(certificate, err, &o);

    if (code == MH_OK) {
        unsigned bits = sg_key_bits(o.key);

        *rsa = sg_key_type(o.key) == SG_KEY_RSA;
        *digest = !*rsa && bits > 256 ? MH_SHA384 : MH_SHA256;
        if ((*rsa && bits < RSA_BITS_MIN) ||
            (!*rsa && (sg_key_type(o.key) != SG_KEY_EC || bits > 384)))
            code = mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
                "remote: a key of a kind that is not accepted");
    }
    close_key(&o);
    return code;
}

/* The subject's attribute as clean text, "" where there is none. */
static const char *
attribute(
    const struct sg_cert *cert, enum sg_attr_type type, struct mh_arena *arena)
{
    const struct sg_attr *a = sg_name_find(&cert->subject, type);
    const char *text = "";
    struct mh_buf clean;

    if (a == NULL)
        return text;
    mh_buf_init(&clean, MH_REPORT_TEXT_MAX);
    mh_text_clean(sg_attr_text(a, arena), MH_REPORT_TEXT_MAX, &clean);
    if (mh_buf_ok(&clean))
        text = mh_arena_str(arena, mh_buf_get(&clean));
    mh_buf_fini(&clean);
    return text == NULL ? "" : text;
}

enum mh_code
sg_remote_person(struct mh_span certificate, struct mh_arena *arena,
    struct mh_err *err, struct mh_sign_key *out)
{
    struct sg_cert *cert;
    bool rsa = false;
    enum mh_code code = sg_remote_key(certificate, err, &rsa, &out->digest);

    if (code == MH_OK)
        code = sg_cert_parse(certificate, arena, err, &cert);
    if (code != MH_OK)
        return code;
    out->scheme = rsa ? SG_RSA_PKCS1 : SG_ECDSA;
    out->name = attribute(cert, SG_ATTR_CN, arena);
    out->serial = attribute(cert, SG_ATTR_SERIAL_NUMBER, arena);
    out->fin = strcmp(attribute(cert, SG_ATTR_C, arena), "AZ") == 0
                   ? sg_fin_of(out->serial)
                   : "";
    return MH_OK;
}

bool
sg_mid_person_fits(const struct mh_mid_profile *p, const char *user,
    struct mh_span certificate)
{
    struct mh_arena *arena;
    struct sg_cert *cert;
    bool fits = false;

    if (!p->user_in_subject)
        return true;
    arena = mh_arena_new(PERSON_ARENA);
    if (arena != NULL &&
        sg_cert_parse(certificate, arena, NULL, &cert) == MH_OK) {
        const struct sg_attr *a =
            sg_name_find(&cert->subject, SG_ATTR_SERIAL_NUMBER);

        fits = a != NULL && mh_mid_user_fits(p, user, sg_attr_text(a, arena));
    }
    mh_arena_free(arena);
    return fits;
}
