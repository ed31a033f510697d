#include "signer/remote/remote.h"

#include <string.h>

#include "signer/trust/key.h"

enum {
    CHECK_ARENA = 1 << 20,
    RSA_BITS_MIN = 2048, /* RSA of 2048 bits, P-256, P-384 (domain.md 1.7) */
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

/* "PNOEE-60001019906" or the number alone (EN 319 412-1 5.1.3). */
static bool
names(struct mh_span serial, const char *user)
{
    size_t n = strlen(user);

    return serial.len >= n &&
           memcmp(serial.ptr + serial.len - n, user, n) == 0 &&
           (serial.len == n || serial.ptr[serial.len - n - 1] == '-');
}

bool
sg_remote_person_fits(const struct mh_mid_profile *p, const char *user,
    struct mh_span certificate)
{
    struct mh_arena *arena;
    struct sg_cert *cert;
    bool fits = false;

    if (!p->user_in_subject)
        return true;
    arena = mh_arena_new(CHECK_ARENA);
    if (arena != NULL &&
        sg_cert_parse(certificate, arena, NULL, &cert) == MH_OK) {
        const struct sg_attr *a =
            sg_name_find(&cert->subject, SG_ATTR_SERIAL_NUMBER);

        fits = a != NULL && names(sg_attr_text(a, arena), user);
    }
    mh_arena_free(arena);
    return fits;
}
