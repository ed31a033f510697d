#include "base/remote/remote.h"

#include <stdio.h>

enum {
    CODE_DIGEST_MIN = 20, /* bytes; a SHA-1 value is the shortest in use */
};

static const struct {
    const char *name;
    const char *text[MH_LANGS];
} rows[MH_REMOTE_OUTCOMES] = {
    [MH_REMOTE_OK] = {"ok", {"imzalandı", "signed", "подписано"}},
    [MH_REMOTE_PENDING] = {"pending",
        {"telefonda təsdiq gözlənilir", "waiting for the telephone",
            "ожидается подтверждение на телефоне"}},
    [MH_REMOTE_NOT_CLIENT] = {"not-client",
        {"bu nömrə və istifadəçi xidmətdə qeydiyyatda deyil",
            "this number and user are not registered with the service",
            "этот номер и пользователь не зарегистрированы в сервисе"}},
    [MH_REMOTE_TIMEOUT] = {"timeout",
        {"vaxt bitdi: telefonda təsdiq edilmədi",
            "time is up: it was not confirmed on the telephone",
            "время истекло: на телефоне не подтверждено"}},
    [MH_REMOTE_CANCELLED] = {"cancelled",
        {"telefonda imtina edildi", "it was refused on the telephone",
            "на телефоне отказано"}},
    [MH_REMOTE_HASH_MISMATCH] = {"hash-mismatch",
        {"telefon başqa məlumatı imzaladı",
            "the telephone answered for another digest",
            "телефон ответил для другого хеша"}},
    [MH_REMOTE_ABSENT] = {"phone-absent",
        {"telefon söndürülüb və ya şəbəkədən kənardadır",
            "the telephone is off or out of reach",
            "телефон выключен или вне сети"}},
    [MH_REMOTE_DELIVERY] = {"delivery-error",
        {"sorğu telefona çatdırılmadı",
            "the request could not be delivered to the telephone",
            "запрос не доставлен на телефон"}},
    [MH_REMOTE_SIM] = {"sim-error",
        {"SIM kartda xəta baş verdi", "the SIM card reports an error",
            "ошибка SIM-карты"}},
    [MH_REMOTE_EXPIRED] = {"session-expired",
        {"sorğunun müddəti bitib", "the request has expired at the service",
            "срок запроса истёк"}},
    [MH_REMOTE_REFUSED] = {"service-refused",
        {"xidmət bizi qəbul etmir", "the service does not accept us",
            "сервис нас не принимает"}},
    [MH_REMOTE_BAD_REQUEST] = {"bad-request",
        {"xidmət sorğunu qəbul etmədi",
            "the service does not accept the request",
            "сервис не принимает запрос"}},
    [MH_REMOTE_UNAVAILABLE] = {"service-unavailable",
        {"xidmət hazırda işləmir", "the service does not work at present",
            "сервис сейчас не работает"}},
    [MH_REMOTE_MALFORMED] = {"malformed-answer",
        {"xidmətin cavabı oxunmur", "the service's answer cannot be read",
            "ответ сервиса не читается"}},
    [MH_REMOTE_WRONG_PERSON] = {"wrong-person",
        {"sertifikat başqa şəxsə aiddir", "the certificate is another person's",
            "сертификат принадлежит другому лицу"}},
    [MH_REMOTE_WRONG_VALUE] = {"wrong-signature",
        {"imza bizim məlumata uyğun deyil",
            "the signature is not one over our digest",
            "подпись не соответствует нашему хешу"}},
};

const char *
mh_remote_name(enum mh_remote_outcome outcome)
{
    return outcome < MH_REMOTE_OUTCOMES ? rows[outcome].name : "?";
}

const char *
mh_remote_text(enum mh_remote_outcome outcome, enum mh_lang lang)
{
    return outcome < MH_REMOTE_OUTCOMES && lang < MH_LANGS
               ? rows[outcome].text[lang]
               : "?";
}

bool
mh_remote_code(struct mh_span digest, char out[static 5])
{
    unsigned code;

    if (digest.len < CODE_DIGEST_MIN)
        return false;
    code = (digest.ptr[0] & 0xfcU) << 5 |
           (digest.ptr[digest.len - 1] & 0x7fU); /* at most 8191 */
    (void)snprintf(out, 5, "%04u", code);
    return true;
}
