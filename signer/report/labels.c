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
    [SG_L_REPORT] = {"Elektron sənədin yoxlanılması haqqında hesabat",
        "Report on the verification of an electronic document",
        "Отчёт о проверке электронного документа"},
    [SG_L_SIGNATURES] = {"İmzalar", "Signatures", "Подписи"},
    [SG_L_NO_SIGNATURES] = {"Sənəddə imza tapılmadı.",
        "No signature was found in the document.",
        "В документе подписей не найдено."},
    [SG_L_IDENTITY] = {"Seriya nömrəsi", "Serial number", "Серийный номер"},
    [SG_L_FIN] = {"FİN", "FIN", "ФИН"},
    [SG_L_CERTIFICATE] = {"Sertifikatın SHA-256 heşi",
        "SHA-256 of the certificate", "SHA-256 сертификата"},
    [SG_L_CHANGED] = {"İmzadan sonrakı dəyişikliklər", "Changes after signing",
        "Изменения после подписания"},
    [SG_L_FINDINGS] = {"Qeydlər", "Findings", "Замечания"},
    [SG_L_ABOUT_DOCUMENT] = {"Sənədin özü haqqında qeydlər",
        "Findings about the document itself", "Замечания о самом документе"},
    [SG_L_CLAUSE] = {"Əsas", "Clause", "Основание"},
    [SG_L_SIZE] = {"Ölçü", "Size", "Размер"},
    [SG_L_BYTES] = {"bayt", "bytes", "байт"},
    [SG_L_NAME] = {"Ad", "Name", "Имя"},
    [SG_L_MEDIA_TYPE] = {"Növ", "Type", "Тип"},
    [SG_L_SIGNED_BY] = {"İmzalayıb", "Signed by", "Подписан"},
    [SG_L_POLICY_HASH] = {"Siyasətin SHA-256 heşi", "SHA-256 of the policy",
        "SHA-256 политики"},
    [SG_L_HOW_JUDGED] = {"Necə yoxlanılıb", "How it was judged",
        "Как проверялось"},
    [SG_L_NOT_PROOF] = {"sübut sayılmır", "does not count as proof",
        "доказательством не считается"},
    [SG_L_AS_PROOF] = {"sübut sayılır", "counts as proof",
        "считается доказательством"},
    [SG_L_RESULT] = {"Yoxlamanın nəticəsi", "Result", "Результат"},
};

static const char *const modifications[MH_MODS][MH_LANGS] = {
    [MH_MODS_NOT_APPLICABLE] = {"", "", ""},
    [MH_MODS_NONE] = {"imzadan sonra heç nə dəyişdirilməyib",
        "nothing was changed after this signature",
        "после этой подписи ничего не изменено"},
    [MH_MODS_LTA_UPDATE] = {"imzadan sonra yalnız yoxlama məlumatları və vaxt "
                            "möhürləri əlavə olunub",
        "only validation data and time-stamps were added after this signature",
        "после этой подписи добавлены только данные проверки и штампы времени"},
    [MH_MODS_FORM_FILLING] = {"imzadan sonra forma sahələri doldurulub və ya "
                              "başqa imza əlavə olunub",
        "form fields were filled in or another signature was added after this "
        "signature",
        "после этой подписи заполнены поля формы или добавлена другая подпись"},
    [MH_MODS_ANNOTATIONS] = {"imzadan sonra səhifələrə qeydlər əlavə olunub "
                             "və ya dəyişdirilib",
        "annotations on pages were added or changed after this signature",
        "после этой подписи на страницах добавлены или изменены пометки"},
    [MH_MODS_OTHER] = {"SƏNƏD İMZADAN SONRA DƏYİŞDİRİLİB",
        "THE DOCUMENT WAS CHANGED AFTER THIS SIGNATURE",
        "ДОКУМЕНТ ИЗМЕНЁН ПОСЛЕ ЭТОЙ ПОДПИСИ"},
};

static const char *const indications[MH_INDICATIONS][MH_LANGS] = {
    [MH_IND_PASSED] = {"imza etibarlıdır", "this signature is valid",
        "подпись действительна"},
    [MH_IND_INDETERMINATE] = {"imzanın etibarlılığı sübut olunmur",
        "the validity of this signature is not proven",
        "действительность подписи не доказана"},
    [MH_IND_FAILED] = {"imza etibarsızdır", "this signature is not valid",
        "подпись недействительна"},
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
sg_modifications_words(enum mh_modifications m, enum mh_lang lang)
{
    return m < MH_MODS && lang < MH_LANGS ? modifications[m][lang] : "";
}

const char *
sg_indication_words(enum mh_indication i, enum mh_lang lang)
{
    return i < MH_INDICATIONS && lang < MH_LANGS ? indications[i][lang] : "";
}

const char *
sg_lang_code(enum mh_lang lang)
{
    static const char *const codes[MH_LANGS] = {"az", "en", "ru"};

    return lang < MH_LANGS ? codes[lang] : "";
}

const char *
sg_stamp_words(enum mh_stamp_kind kind, enum mh_lang lang)
{
    return kind < MH_STAMP_KINDS && lang < MH_LANGS ? stamps[kind][lang] : "";
}
