#include "base/report/labels.h"

/* Order of each row: az, en, ru (enum mh_lang). */
static const char *const labels[MH_LABELS][MH_LANGS] = {
    [MH_L_FILE] = {"Fayl", "File", "Файл"},
    [MH_L_VERDICT] = {"Nəticə", "Verdict", "Вывод"},
    [MH_L_WHY] = {"Səbəb", "Why", "Почему"},
    [MH_L_SIGNATURE] = {"İmza", "Signature", "Подпись"},
    [MH_L_SIGNER] = {"İmzalayan", "Signer", "Подписал"},
    [MH_L_ORGANIZATION] = {"Təşkilat", "Organization", "Организация"},
    [MH_L_ISSUER] = {"Sertifikatı verən", "Certificate from",
        "Сертификат выдан"},
    [MH_L_SIGNED_AT] = {"İmza vaxtı", "Signed at", "Время подписи"},
    [MH_L_PROVEN] = {"vaxt möhürü ilə təsdiqlənib", "proven by a time-stamp",
        "доказано штампом времени"},
    [MH_L_CLAIMED_ONLY] = {"yalnız imzalayanın bildirdiyi",
        "only claimed by the signer", "только со слов подписавшего"},
    [MH_L_LEVEL] = {"Səviyyə", "Level", "Уровень"},
    [MH_L_ALGORITHM] = {"Alqoritm", "Algorithm", "Алгоритм"},
    [MH_L_COVERS] = {"Əhatə edir", "Covers", "Охватывает"},
    [MH_L_EVERYTHING] = {"bütün sənədlər", "every document", "все документы"},
    [MH_L_NOTHING] = {"heç nə", "nothing", "ничего"},
    [MH_L_ROLE] = {"Rol", "Role", "Роль"},
    [MH_L_PLACE] = {"Yer", "Place", "Место"},
    [MH_L_DOCUMENTS] = {"Sənədlər", "Documents", "Документы"},
    [MH_L_UNSIGNED] = {"İMZALANMAYIB", "NOT SIGNED", "НЕ ПОДПИСАН"},
    [MH_L_POLICY] = {"Siyasət", "Policy", "Политика"},
    [MH_L_VALIDATED_AT] = {"Yoxlama vaxtı", "Validated for",
        "Проверено на время"},
    [MH_L_ERROR] = {"səhv", "error", "ошибка"},
    [MH_L_WARNING] = {"xəbərdarlıq", "warning", "предупреждение"},
    [MH_L_INFO] = {"məlumat", "info", "сведение"},
    [MH_L_STAMP] = {"Vaxt möhürü", "Time-stamp", "Штамп времени"},
    [MH_L_COUNTER] = {"təsdiqləyici", "counter-signature", "заверяющая"},
    [MH_L_FORMAT] = {"Format", "Format", "Формат"},
    [MH_L_REPORT] = {"Elektron sənədin yoxlanılması haqqında hesabat",
        "Report on the verification of an electronic document",
        "Отчёт о проверке электронного документа"},
    [MH_L_SIGNATURES] = {"İmzalar", "Signatures", "Подписи"},
    [MH_L_NO_SIGNATURES] = {"Sənəddə imza tapılmadı.",
        "No signature was found in the document.",
        "В документе подписей не найдено."},
    [MH_L_IDENTITY] = {"Seriya nömrəsi", "Serial number", "Серийный номер"},
    [MH_L_FIN] = {"FİN", "FIN", "ФИН"},
    [MH_L_CERTIFICATE] = {"Sertifikatın SHA-256 heşi",
        "SHA-256 of the certificate", "SHA-256 сертификата"},
    [MH_L_CHANGED] = {"İmzadan sonrakı dəyişikliklər", "Changes after signing",
        "Изменения после подписания"},
    [MH_L_FINDINGS] = {"Qeydlər", "Findings", "Замечания"},
    [MH_L_ABOUT_DOCUMENT] = {"Sənədin özü haqqında qeydlər",
        "Findings about the document itself", "Замечания о самом документе"},
    [MH_L_CLAUSE] = {"Əsas", "Clause", "Основание"},
    [MH_L_SIZE] = {"Ölçü", "Size", "Размер"},
    [MH_L_BYTES] = {"bayt", "bytes", "байт"},
    [MH_L_NAME] = {"Ad", "Name", "Имя"},
    [MH_L_MEDIA_TYPE] = {"Növ", "Type", "Тип"},
    [MH_L_SIGNED_BY] = {"İmzalayıb", "Signed by", "Подписан"},
    [MH_L_POLICY_HASH] = {"Siyasətin SHA-256 heşi", "SHA-256 of the policy",
        "SHA-256 политики"},
    [MH_L_HOW_JUDGED] = {"Necə yoxlanılıb", "How it was judged",
        "Как проверялось"},
    [MH_L_NOT_PROOF] = {"sübut sayılmır", "does not count as proof",
        "доказательством не считается"},
    [MH_L_AS_PROOF] = {"sübut sayılır", "counts as proof",
        "считается доказательством"},
    [MH_L_RESULT] = {"Yoxlamanın nəticəsi", "Result", "Результат"},
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
mh_label(enum mh_label label, enum mh_lang lang)
{
    return label < MH_LABELS && lang < MH_LANGS ? labels[label][lang] : "";
}

const char *
mh_verdict_words(enum mh_verdict v, enum mh_lang lang)
{
    return v < MH_VERDICTS && lang < MH_LANGS ? verdicts[v][lang] : "";
}

const char *
mh_modifications_words(enum mh_modifications m, enum mh_lang lang)
{
    return m < MH_MODS && lang < MH_LANGS ? modifications[m][lang] : "";
}

const char *
mh_indication_words(enum mh_indication i, enum mh_lang lang)
{
    return i < MH_INDICATIONS && lang < MH_LANGS ? indications[i][lang] : "";
}

const char *
mh_lang_code(enum mh_lang lang)
{
    static const char *const codes[MH_LANGS] = {"az", "en", "ru"};

    return lang < MH_LANGS ? codes[lang] : "";
}

const char *
mh_stamp_words(enum mh_stamp_kind kind, enum mh_lang lang)
{
    return kind < MH_STAMP_KINDS && lang < MH_LANGS ? stamps[kind][lang] : "";
}
