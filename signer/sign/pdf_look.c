/* What a visible signature says: who, when, as what, where, why. */
#include "signer/sign/pdf_internal.h"

enum {
    BAKU = 4 * 3600, /* seconds east of UTC: Asia/Baku has no summer time */
};

static const struct words {
    const char *title, *name, *time, *role, *place, *reason;
} words[MH_LANGS] = {
    [MH_AZ] = {"Elektron imza ilə imzalanıb", "İmzalayan", "Vaxt", "Vəzifə",
        "Yer", "Səbəb"},
    [MH_EN] = {"Signed electronically", "Signer", "Time", "Role", "Place",
        "Reason"},
    [MH_RU] = {"Подписано электронной подписью", "Подписал", "Время",
        "Должность", "Место", "Основание"},
};

struct lines {
    struct mh_arena *arena;
    const char *line[DF_APPEARANCE_LINES];
    size_t count;
    bool lost; /* no memory */
};

static void
add(struct lines *l, const char *label, const char *text)
{
    if (text[0] == '\0')
        return;
    l->line[l->count] = df_pdf_concat(l->arena, label, ": ", text, DF_PDF_END);
    l->lost = l->lost || l->line[l->count] == NULL;
    l->count++;
}

/* "31.05.2022 16:00:00 (UTC+04:00)" */
static const char *
local_time(struct mh_arena *arena, int64_t time)
{
    struct mh_civil c;

    if (!mh_time_to_civil(time + BAKU, &c))
        return NULL;
    return mh_arena_printf(arena, "%02d.%02d.%04d %02d:%02d:%02d (UTC+04:00)",
        c.day, c.month, c.year, c.hour, c.min, c.sec);
}

enum mh_code
sg_pdf_look(const struct sg_sign_spec *spec, const char *name,
    const double matrix[6], struct df_pdf_write *w, struct mh_err *err,
    uint32_t *xobject)
{
    struct mh_arena *arena = df_pdf_write_arena(w);
    const struct words *say =
        &words[(int)spec->lang < MH_LANGS ? spec->lang : MH_EN];
    const char *time = local_time(arena, spec->time);
    struct lines l = {.arena = arena, .line = {say->title}, .count = 1};
    struct df_appearance look = {
        .w = spec->w, .h = spec->h, .matrix = matrix, .line = l.line};

    if (time == NULL)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "sign: no time that can be shown");
    add(&l, say->name, name);
    add(&l, say->time, time);
    add(&l, say->role, spec->role);
    add(&l, say->place, spec->place);
    add(&l, say->reason, spec->reason);
    if (l.lost)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory");
    look.lines = l.count;
    return df_appearance_write(&look, w, arena, err, xobject);
}
