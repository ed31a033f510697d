#include "signer/report/labels.h"

/* Order of each row: az, en, ru (enum mh_lang). */
static const char *const labels[SG_LABELS][MH_LANGS] = {
    [SG_L_FILE] = {"Fayl", "File", "Файл"},
    [SG_L_VERDICT] = {"Nəticə", "Verdict", "Вывод"},
    [SG_L_WHY] = {"Səbəb", "Why", "Почему"},
    [SG_L_SIGNATURE] = {"İmza", "Signature", "Подпись"},
    [SG_L_SIGNER] = {"İmzalayan", "Signer", "Подписал"},
    [SG_L_ORGANIZATION] = {"Təşkilat", "Organization", "Организация"},
    [SG_L_ISSUER] = {"Sertifikatı verən", "Certificate from",
        "Сертификат выдан"},
    [SG_L_SIGNED_AT] = {"İmza vaxtı", "Signed at", "Время подписи"},
    [SG_L_PROVEN] = {"vaxt möhürü ilə təsdiqlənib", "proven by a time-stamp",
        "доказано штампом времени"},
    [SG_L_CLAIMED_ONLY] = {"yalnız imzalayanın bildirdiyi",
        "only claimed by the signer", "только со слов подписавшего"},
    [SG_L_LEVEL] = {"Səviyyə", "Level", "Уровень"},
    [SG_L_ALGORITHM] = {"Alqoritm", "Algorithm", "Алгоритм"},
    [SG_L_COVERS] = {"Əhatə edir", "Covers", "Охватывает"},
    [SG_L_EVERYTHING] = {"bütün sənədlər", "every document", "все документы"},
    [SG_L_NOTHING] = {"heç nə", "nothing", "ничего"},
    [SG_L_ROLE] = {"Rol", "Role", "Роль"},
    [SG_L_PLACE] = {"Yer", "Place", "Место"},
    [SG_L_DOCUMENTS] = {"Sənədlər", "Documents", "Документы"},
    [SG_L_UNSIGNED] = {"İMZALANMAYIB", "NOT SIGNED", "НЕ ПОДПИСАН"},
    [SG_L_POLICY] = {"Siyasət", "Policy", "Политика"},
    [SG_L_VALIDATED_AT] = {"Yoxlama vaxtı", "Validated for",
        "Проверено на время"},
    [SG_L_ERROR] = {"səhv", "error", "ошибка"},
    [SG_L_WARNING] = {"xəbərdarlıq", "warning", "предупреждение"},
    [SG_L_INFO] = {"məlumat", "info", "сведение"},
    [SG_L_STAMP] = {"Vaxt möhürü", "Time-stamp", "Штамп времени"},
    [SG_L_COUNTER] = {"təsdiqləyici", "counter-signature", "заверяющая"},
    [SG_L_FORMAT] = {"Format", "Format", "Формат"},
};

static const char *const stamps[MH_STAMP_KINDS][MH_LANGS] = {
    [MH_STAMP_SIGNATURE] = {"imza", "signature", "подпись"},
    [MH_STAMP_CONTENT] = {"məzmun", "content", "содержимое"},
    [MH_STAMP_ARCHIVE] = {"arxiv", "archive", "архив"},
    [MH_STAMP_MARK] = {"vaxt nişanı", "time-mark", "отметка времени"},
    [MH_STAMP_TOKEN] = {"sənəd", "document", "документ"},
};

static const char *const verdicts[MH_VERDICTS][MH_LANGS] = {
    [MH_TOTAL_PASSED] = {"imza etibarlıdır", "the signature is valid",
        "подпись действительна"},
    [MH_NO_SIGNATURE] = {"imza yoxdur", "there is no signature", "подписи нет"},
    [MH_INDETERMINATE] = {"imzanın etibarlılığı sübut olunmur",
        "validity is not proven", "действительность не доказана"},
    [MH_TOTAL_FAILED] = {"imza etibarsızdır", "the signature is not valid",
        "подпись недействительна"},
    [MH_REFUSED] = {"sənəd qəbul edilmir", "the document is not acceptable",
        "документ не принимается"},
    [MH_NOT_JUDGED] = {"sənəd yoxlanıla bilmədi",
        "the document could not be judged", "документ не удалось проверить"},
};

const char *
sg_label(enum sg_label label, enum mh_lang lang)
{
    return label < SG_LABELS && lang < MH_LANGS ? labels[label][lang] : "";
}

const char *
sg_verdict_words(enum mh_verdict v, enum mh_lang lang)
{
    return v < MH_VERDICTS && lang < MH_LANGS ? verdicts[v][lang] : "";
}

const char *
sg_stamp_words(enum mh_stamp_kind kind, enum mh_lang lang)
{
    return kind < MH_STAMP_KINDS && lang < MH_LANGS ? stamps[kind][lang] : "";
}
