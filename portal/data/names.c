#include "portal/data/names.h"

#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const men[] = {"Əli", "Murad", "Elçin", "Rəşad", "Orxan",
    "Vüsal", "Tural", "Kamran", "Nicat", "Samir", "Ramil", "Elnur", "Fuad",
    "İlqar", "Cavid", "Toğrul", "Anar", "Pərviz", "Şahin", "Zaur", "Rauf",
    "Namiq", "Mübariz", "Yusif", "İsmayıl", "Xəyal", "Bəxtiyar", "Göyüş",
    "Həsən", "Əşrəf", "Çingiz", "Ülvi"};
static const char *const women[] = {"Aygün", "Günel", "Leyla", "Nigar",
    "Sevinc", "Aysel", "Könül", "Lalə", "Ülkər", "Şəbnəm", "Nərmin", "Günay",
    "Fidan", "Zəhra", "Fatimə", "Səbinə", "Türkan", "İradə", "Məleykə",
    "Xatirə", "Çinarə", "Röya", "Pərvanə", "Zümrüd", "Mehriban", "Elmira",
    "Jalə", "Dürdanə", "Şəfiqə", "Bahar", "Təranə", "Ofeliya"};
/* Without the ending that follows whose it is. */
static const char *const surnames[] = {"Məmməd", "Əli", "Həsən", "Hüseyn",
    "Quli", "İbrahim", "İsmayıl", "Abbas", "Kərim", "Rəhim", "Süleyman",
    "Cəfər", "Vəli", "Mustafa", "Baxış", "Qəhrəman", "Şirin", "Ağa", "Nəsir",
    "Rüstəm", "Yusif", "Zeynal", "Novruz", "Orucəli", "Tağı", "Bağır", "Səfər",
    "İskəndər", "Mirzə", "Qasım", "Əsgər", "Fərzəli", "Umud", "Çoban",
    "Daşdəmir", "Xəlil", "Pənah", "Sadıq", "Əhməd", "Göyüş"};
static const char *const heads[] = {"Bal", "Dar", "Gör", "Xan", "Kür", "Lal",
    "Mar", "Nur", "Pir", "Sal", "Tər", "Var", "Yar", "Zər", "Çal", "Şam", "Ör",
    "Üz", "İl", "Əf", "Qar", "Bər", "Dəl", "Gül"};
static const char *const middles[] = {"da", "bə", "mi", "gü", "la", "rə", "şı",
    "ça", "nə", "zi", "qa", "tü", "yo", "və", "sı", "ğa"};
static const char *const tails[] = {"qul", "xan", "dar", "vər", "man", "yar",
    "bəy", "şad", "zad", "gün", "nur", "çin", "tay", "mir", "rəs", "lan"};
static const char *const firms[] = {"Nümunə", "Sınaq", "Misal", "Ulduz",
    "Bərəkət", "Çinar", "Günəş", "Qızıl", "Şəfəq", "Xəzri", "Gilavar", "Zirvə",
    "Körpü", "Ümid", "İnci", "Dəmir", "Əmək", "Səhər", "Palıd", "Bulaq"};
static const char *const trades[] = {"Ticarət", "İnşaat", "Logistika",
    "Tikinti", "Servis", "Aqro", "Tekstil", "Nəqliyyat", "Mebel", "Qida",
    "Texnika", "Sığorta"};
static const char *const kinds[] = {"MMC", "MMC", "MMC", "ASC", "QSC"};
static const char *const districts[] = {"Abşeron", "Ağcabədi", "Ağdam", "Ağdaş",
    "Ağstafa", "Ağsu", "Astara", "Balakən", "Beyləqan", "Bərdə", "Biləsuvar",
    "Cəbrayıl", "Cəlilabad", "Daşkəsən", "Füzuli", "Gədəbəy", "Goranboy",
    "Göyçay", "Göygöl", "Hacıqabul", "İmişli", "İsmayıllı", "Kəlbəcər",
    "Kürdəmir", "Qax", "Qazax", "Qəbələ", "Qobustan", "Quba", "Qubadlı",
    "Qusar", "Laçın", "Lerik", "Lənkəran", "Masallı", "Neftçala", "Oğuz",
    "Saatlı", "Sabirabad", "Salyan", "Samux", "Siyəzən", "Şabran", "Şamaxı",
    "Şəki", "Şəmkir", "Şuşa", "Tərtər", "Tovuz", "Ucar", "Xaçmaz", "Xızı",
    "Xocalı", "Xocavənd", "Yardımlı", "Yevlax", "Zaqatala", "Zəngilan",
    "Zərdab", "Naftalan"};

/* Əliyev, but Həsənov. */
static bool
ends_in_vowel(const char *stem)
{
    static const char *const vowels[] = {"a", "ə", "i", "ı"};
    size_t len = strlen(stem);

    for (size_t i = 0; i < COUNT(vowels); i++)
        if (len >= strlen(vowels[i]) &&
            strcmp(stem + len - strlen(vowels[i]), vowels[i]) == 0)
            return true;
    return false;
}

void
pt_invent_parts(const struct pt_invented *who,
    char surname[static PT_TEXT_MAX + 1], char name[static PT_TEXT_MAX + 1],
    char patronymic[static PT_TEXT_MAX + 1])
{
    const char *end = who->man ? "ov" : "ova";
    size_t n = who->surname;
    const char *stem = surnames[(n * COUNT(surnames) >> 16) % COUNT(surnames)];

    /* All of these are short. */
    if (who->rare)
        (void)snprintf(surname, PT_TEXT_MAX + 1, "%s%s%s%s",
            heads[n % COUNT(heads)], middles[n / 32 % COUNT(middles)],
            tails[n / 512 % COUNT(tails)], end);
    else
        (void)snprintf(surname, PT_TEXT_MAX + 1, "%s%s%s", stem,
            ends_in_vowel(stem) ? "y" : "",
            ends_in_vowel(stem) ? (who->man ? "ev" : "eva") : end);
    (void)snprintf(name, PT_TEXT_MAX + 1, "%s",
        who->man ? men[who->name % COUNT(men)]
                 : women[who->name % COUNT(women)]);
    (void)snprintf(patronymic, PT_TEXT_MAX + 1, "%s %s",
        men[who->father % COUNT(men)], who->man ? "oğlu" : "qızı");
}

void
pt_invent_person(
    const struct pt_invented *who, char out[static 2 * PT_TEXT_MAX + 2])
{
    char surname[PT_TEXT_MAX + 1], name[PT_TEXT_MAX + 1];
    char patronymic[PT_TEXT_MAX + 1];

    pt_invent_parts(who, surname, name, patronymic);
    (void)snprintf(out, 2 * PT_TEXT_MAX + 2, "%.100s %.100s %.100s", surname,
        name, patronymic); /* always fits */
}

void
pt_invent_firm(
    const struct pt_invented *who, char out[static 2 * PT_TEXT_MAX + 2])
{
    (void)snprintf(out, 2 * PT_TEXT_MAX + 2, "“%s%s %s” %s",
        firms[who->name % COUNT(firms)],
        who->rare ? tails[who->surname % COUNT(tails)] : "",
        trades[who->father % COUNT(trades)],
        kinds[who->surname % COUNT(kinds)]); /* always fits */
}

void
pt_invent_court(size_t n, char code[static PT_COURT_CODE_MAX + 1],
    char name[static PT_COURT_MAX + 1])
{
    (void)snprintf(code, PT_COURT_CODE_MAX + 1, "%03zu", 500 + n % 400);
    (void)snprintf(name, PT_COURT_MAX + 1, "%s Rayon Məhkəməsi",
        districts[n % COUNT(districts)]); /* both fit */
}
