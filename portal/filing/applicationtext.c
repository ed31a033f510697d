/* The text of an application, in Azerbaijani, the language of the courts. */
#include "portal/filing/application.h"

#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "portal/money/money.h"

enum {
    BAKU = 4 * 3600, /* seconds ahead of UTC, the whole year */
};

/* The words of the courts; they are part of what is signed. */
static const char *
side_words(const struct pt_application *a, enum pt_case_role side)
{
    bool complains = a->act[0] != '\0';

    if (side == PT_CASE_CLAIMANTS_LAWYER)
        return complains ? "Şikayətçinin nümayəndəsi"
               : strcmp(a->kind, "claim") == 0 ? "İddiaçının nümayəndəsi"
                                               : "Ərizəçinin nümayəndəsi";
    if (side == PT_CASE_DEFENDANTS_LAWYER)
        return complains ? "Qarşı tərəfin nümayəndəsi"
               : strcmp(a->kind, "order") == 0 ? "Borclunun nümayəndəsi"
                                               : "Cavabdehin nümayəndəsi";
    if (complains && side != PT_CASE_THIRD)
        return side == PT_CASE_CLAIMANT ? "Şikayətçi" : "Qarşı tərəf";
    if (side == PT_CASE_CLAIMANT)
        return strcmp(a->kind, "claim") == 0 ? "İddiaçı" : "Ərizəçi";
    if (side == PT_CASE_DEFENDANT)
        return strcmp(a->kind, "order") == 0 ? "Borclu" : "Cavabdeh";
    return "Üçüncü şəxs";
}

static const char *
fee_words(const char *fee)
{
    return strcmp(fee, "paid") == 0                ? "burada ödənilib"
           : strcmp(fee, "exempt_claimed") == 0    ? "azadolma tələb olunur"
           : strcmp(fee, "receipt_submitted") == 0 ? "qəbz əlavə olunur"
                                                   : "möhlət xahiş olunur";
}

/* Texts of people are longer than a line that mh_buf_printf makes. */
static void
write_all(struct mh_buf *out, const char *const *text, size_t texts)
{
    for (size_t i = 0; i < texts; i++)
        mh_buf_str(out, text[i]);
}
#define WRITE(out, ...)                                                        \
    write_all(out, (const char *const[]){__VA_ARGS__},                         \
        sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void
write_party(const struct pt_application *a,
    const struct pt_application_party *p, struct mh_buf *out)
{
    const char *const more[] = {p->birth, p->address, p->phone, p->email};

    WRITE(out, side_words(a, p->side), ": ", p->name);
    if (p->ident[0] != '\0')
        WRITE(out, strlen(p->ident) == PT_FIN ? ", FİN " : ", VÖEN ", p->ident);
    else
        WRITE(out, " (FİN məlum deyil: ", p->why, ")");
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
        if (more[i][0] != '\0')
            WRITE(out, ", ", more[i]);
    mh_buf_byte(out, '\n');
}

static void
write_parties(const struct pt_dossier *d, struct mh_buf *out)
{
    for (size_t i = 0; i < d->parties.count; i++)
        write_party(&d->a, &d->parties.item[i], out);
}

/* A line a side: how many are on it, after the name of the first if named. */
static void
write_sides(const struct pt_dossier *d, bool named, struct mh_buf *out)
{
    size_t of[PT_CASE_ROLES] = {0};

    for (size_t i = 0; i < d->parties.count; i++)
        of[d->parties.item[i].side]++;
    for (size_t i = 0; i < d->parties.count; i++) {
        const struct pt_application_party *p = &d->parties.item[i];
        size_t rest = of[p->side];

        if (rest == 0)
            continue;
        of[p->side] = 0; /* its line is written */
        WRITE(out, side_words(&d->a, p->side), ": ", named ? p->name : "");
        if (!named)
            mh_buf_printf(out, "cəmi %zu", rest);
        else if (rest > 1)
            mh_buf_printf(out, " və başqaları (cəmi %zu)", rest);
        mh_buf_byte(out, '\n');
    }
    WRITE(out, "Tərəflərin siyahısı ərizənin sonundadır.\n");
}

/* Whether from start on there are no more characters than a head may have. */
static bool
head_fits(const struct mh_buf *out, size_t start)
{
    struct mh_span left = mh_buf_get(out);
    uint32_t cp;
    size_t n = 0;

    left.ptr += start;
    left.len -= start;
    while (n <= PT_APPLICATION_HEAD && mh_utf8_next(&left, &cp))
        n++;
    return n <= PT_APPLICATION_HEAD;
}

/* Court and parties.  false: they are too long for a head, which says how many
   there are; they stand in a list at the end. */
static bool
write_head(const struct pt_dossier *d, struct mh_buf *out)
{
    size_t start = mh_buf_get(out).len, after;

    WRITE(out, d->a.court_name, "\n\n");
    after = mh_buf_get(out).len;
    write_parties(d, out);
    if (head_fits(out, start))
        return true;
    mh_buf_cut(out, after);
    write_sides(d, true, out);
    if (head_fits(out, start))
        return false;
    mh_buf_cut(out, after);
    write_sides(d, false, out);
    return false;
}

/* The first second after the last day as that day in Baku, or any time. */
static void
write_day(const char *what, int64_t t, struct mh_buf *out)
{
    struct mh_civil c;

    if (t != MH_TIME_NONE && mh_time_to_civil(t + BAKU, &c))
        mh_buf_printf(
            out, "%s: %02d.%02d.%04d\n", what, c.day, c.month, c.year);
}

/* What a complaint is against, and whether there was time. */
static void
write_against(const struct pt_application *a, struct mh_buf *out)
{
    if (a->act[0] == '\0')
        return;
    WRITE(out, "\nŞikayət edilən akt: ", a->act_title,
        "\nMəhkəmə: ", a->act_court, "\nİşin nömrəsi: ", a->act_number, "\n");
    write_day("Aktın təqdim edildiyi gün", a->served, out);
    if (a->deadline != MH_TIME_NONE)
        write_day("Şikayət müddətinin son günü", a->deadline - 1, out);
    if (a->late[0] != '\0')
        WRITE(out, "Buraxılmış müddətin bərpası xahiş olunur: ", a->late, "\n");
}

static void
write_files(const struct pt_dossier *d, struct mh_buf *out)
{
    char hex[2 * PT_HASH + 1];

    if (d->files.count > 0)
        WRITE(out, "\nQoşulan sənədlər:\n");
    for (size_t i = 0; i < d->files.count; i++) {
        const struct pt_application_file *f = &d->files.item[i];

        mh_hex_encode((struct mh_span){f->sha256, PT_HASH}, hex);
        mh_buf_printf(out, "%zu. ", i + 1);
        WRITE(out, f->title[0] == '\0' ? f->name : f->title, " (", f->name);
        if (f->day[0] != '\0')
            WRITE(out, ", ", f->day);
        if (f->pages > 0)
            mh_buf_printf(out, ", %u %s", f->pages,
                f->format == MH_FORMAT_PDF || f->format == MH_FORMAT_JPEG
                    ? "səhifə"
                    : "fayl");
        WRITE(out, ")\nSHA-256 ", hex, "\n");
    }
}

void
pt_application_text(const struct pt_dossier *d, struct mh_buf *out)
{
    const struct pt_application *a = &d->a;
    char amount[PT_MONEY_TEXT];
    bool whole = write_head(d, out);

    write_against(a, out);
    mh_buf_byte(out, '\n');
    if (pt_application_valued(a)) {
        pt_money_write(a->price, MH_AZ, amount);
        WRITE(out, "İddianın qiyməti: ", amount, " AZN\n");
    }
    if (a->fee[0] != '\0') {
        pt_money_write(a->total, MH_AZ, amount);
        WRITE(
            out, "Dövlət rüsumu: ", amount, " AZN (", fee_words(a->fee), ")\n");
        if (a->fee_why[0] != '\0')
            WRITE(out, a->fee_why, "\n");
    }
    WRITE(out, "\n", a->title, "\n\n", a->body, "\n\nTələblər:\n", a->claims,
        "\n");
    write_files(d, out);
    if (!whole) {
        WRITE(out, "\nTərəflərin siyahısı:\n");
        write_parties(d, out);
    }
}
