#include "signer/remote/remote.h"

#include <stdio.h>

#include "signer/trust/key.h"

enum {
    CODE_DIGEST_MIN = 20, /* bytes; a SHA-1 value is the shortest in use */
    CHECK_ARENA = 1 << 20,
    RSA_BITS_MIN = 2048, /* RSA of 2048 bits, P-256, P-384 (domain.md 1.7) */
};

static const struct {
    const char *name;
    const char *text[MH_LANGS];
} rows[SG_REMOTE_OUTCOMES] = {
    [SG_REMOTE_OK] = {"ok", {"imzalandı", "signed", "подписано"}},
    [SG_REMOTE_PENDING] = {"pending",
        {"telefonda təsdiq gözlənilir", "waiting for the telephone",
            "ожидается подтверждение на телефоне"}},
    [SG_REMOTE_NOT_CLIENT] = {"not-client",
        {"bu nömrə və istifadəçi xidmətdə qeydiyyatda deyil",
            "this number and user are not registered with the service",
            "этот номер и пользователь не зарегистрированы в сервисе"}},
    [SG_REMOTE_TIMEOUT] = {"timeout",
        {"vaxt bitdi: telefonda təsdiq edilmədi",
            "time is up: it was not confirmed on the telephone",
            "время истекло: на телефоне не подтверждено"}},
    [SG_REMOTE_CANCELLED] = {"cancelled",
        {"telefonda imtina edildi", "it was refused on the telephone",
            "на телефоне отказано"}},
    [SG_REMOTE_HASH_MISMATCH] = {"hash-mismatch",
        {"telefon başqa məlumatı imzaladı",
            "the telephone answered for another digest",
            "телефон ответил для другого хеша"}},
    [SG_REMOTE_ABSENT] = {"phone-absent",
        {"telefon söndürülüb və ya şəbəkədən kənardadır",
            "the telephone is off or out of reach",
            "телефон выключен или вне сети"}},
    [SG_REMOTE_DELIVERY] = {"delivery-error",
        {"sorğu telefona çatdırılmadı",
            "the request could not be delivered to the telephone",
            "запрос не доставлен на телефон"}},
    [SG_REMOTE_SIM] = {"sim-error",
        {"SIM kartda xəta baş verdi", "the SIM card reports an error",
            "ошибка SIM-карты"}},
    [SG_REMOTE_EXPIRED] = {"session-expired",
        {"sorğunun müddəti bitib", "the request has expired at the service",
            "срок запроса истёк"}},
    [SG_REMOTE_REFUSED] = {"service-refused",
        {"xidmət bizi qəbul etmir", "the service does not accept us",
            "сервис нас не принимает"}},
    [SG_REMOTE_BAD_REQUEST] = {"bad-request",
        {"xidmət sorğunu qəbul etmədi",
            "the service does not accept the request",
            "сервис не принимает запрос"}},
    [SG_REMOTE_UNAVAILABLE] = {"service-unavailable",
        {"xidmət hazırda işləmir", "the service does not work at present",
            "сервис сейчас не работает"}},
    [SG_REMOTE_MALFORMED] = {"malformed-answer",
        {"xidmətin cavabı oxunmur", "the service's answer cannot be read",
            "ответ сервиса не читается"}},
    [SG_REMOTE_WRONG_PERSON] = {"wrong-person",
        {"sertifikat başqa şəxsə aiddir", "the certificate is another person's",
            "сертификат принадлежит другому лицу"}},
    [SG_REMOTE_WRONG_VALUE] = {"wrong-signature",
        {"imza bizim məlumata uyğun deyil",
            "the signature is not one over our digest",
            "подпись не соответствует нашему хешу"}},
};

const char *
sg_remote_name(enum sg_remote_outcome outcome)
{
    return outcome < SG_REMOTE_OUTCOMES ? rows[outcome].name : "?";
}

const char *
sg_remote_text(enum sg_remote_outcome outcome, enum mh_lang lang)
{
    return outcome < SG_REMOTE_OUTCOMES && lang < MH_LANGS
               ? rows[outcome].text[lang]
               : "?";
}

bool
sg_remote_code(struct mh_span digest, char out[static 5])
{
    unsigned code;

    if (digest.len < CODE_DIGEST_MIN)
        return false;
    code = (digest.ptr[0] & 0xfcU) << 5 |
           (digest.ptr[digest.len - 1] & 0x7fU); /* at most 8191 */
    (void)snprintf(out, 5, "%04u", code);
    return true;
}

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
