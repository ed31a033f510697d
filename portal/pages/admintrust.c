/* The anchors that judging rests on (admin.h): read only. */
#include "portal/pages/admin.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/sys/chan.h"
#include "base/text.h"
#include "base/time.h"
#include "base/wire/snapshot.h"
#include "pages.h"
#include "portal/http/clock.h"
#include "portal/pages/casewords.h"

enum {
    TRUST_ARENA = 64 << 20, /* bytes; a list of Europe has some thousands */
    SHOWN = 500,            /* anchors of one page */
    SOON = 7 * 86400,       /* seconds */
};

static void
set_list(struct pt_map *m, const struct mh_snap_list *l, enum mh_lang lang)
{
    int64_t now = pt_time();
    bool none = l->next_update == MH_TIME_NONE;
    bool over = !none && l->next_update <= now;
    bool soon = !none && !over && l->next_update <= now + SOON;
    char when[24] = "–";

    if (!none)
        pt_baku_minute(l->next_update, when);
    pt_set_span(m, "label", l->label);
    pt_set(m, "next", when);
    pt_set(m, "word",
        pt_text(lang, over           ? PT_T("Out of date")
                      : !l->checked  ? PT_T("Signature not checked")
                      : soon || none ? PT_T("Look")
                                     : PT_T("Good")));
    pt_set(m, "colour",
        over                          ? "red"
        : !l->checked || soon || none ? "yellow"
                                      : "green");
}

static void
set_anchor(struct pt_map *m, const struct mh_snap_anchor *a, enum mh_lang lang)
{
    static const struct {
        uint32_t bit;
        const char *text;
    } kinds[] = {
        {MH_SNAP_CA, PT_T("issues certificates")},
        {MH_SNAP_OCSP, PT_T("answers about certificates")},
        {MH_SNAP_TSA, PT_T("makes time-stamps")},
        {MH_SNAP_LEAF, PT_T("trusted directly")},
    };
    char hex[65], says[400] = "";

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        size_t n = strlen(says);

        if ((a->flags & kinds[i].bit) != 0)
            (void)snprintf(says + n, sizeof(says) - n, "%s%s",
                n == 0 ? "" : ", ",
                pt_text(lang, kinds[i].text)); /* cut is fine */
    }
    mh_hex_encode(a->sha256, hex);
    pt_set_span(m, "name", a->name);
    pt_set_span(m, "list", a->list);
    pt_set(m, "kinds", says);
    pt_set_flag(m, "qualified", (a->flags & MH_SNAP_QUALIFIED) != 0);
    pt_set_flag(m, "granted", a->granted);
    pt_set(m, "sha256", hex);
}

static void
set_view(struct pt_map *m, const struct mh_snap_view *v, enum mh_lang lang)
{
    pt_set_flag(m, "there", true);
    pt_set_int(m, "certs", (int64_t)v->certs);
    pt_set_int(m, "count", (int64_t)v->anchors);
    for (size_t i = 0; i < v->lists; i++)
        set_list(pt_add(m, "lists"), &v->list[i], lang);
    for (size_t i = 0; i < v->anchors && i < SHOWN; i++)
        set_anchor(pt_add(m, "anchors"), &v->anchor[i], lang);
    pt_set_flag(m, "more", v->anchors > SHOWN);
}

void
pt_web_trust(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct mh_arena *arena;
    struct mh_map map = {.base = NULL};
    struct mh_snap_view view = {.certs = 0};
    struct mh_err err = {.msg = ""};
    struct stat st;
    struct pt_page page;
    struct pt_who who;
    int64_t since;
    char when[24];
    int fd;

    if (!pt_operator(app, rq, answer, &who))
        return;
    fd = pt_judge_snapshot(app->judge, &since);
    arena = mh_arena_new(TRUST_ARENA);
    pt_admin_begin(
        &page, rq, answer, PT_T("Anchors of trust"), &who, "at_trust");
    pt_set_flag(&page.root, "wide", true);
    if (fd >= 0 && arena != NULL && fstat(fd, &st) == 0 &&
        mh_map_fd(fd, (uint64_t)st.st_size, &err, &map) == MH_OK &&
        mh_snap_read(map.bytes, arena, &err, &view) == MH_OK) {
        set_view(&page.root, &view, pt_lang_of(rq));
        pt_baku_minute(since, when);
        pt_set(&page.root, "since", when);
    }
    pt_page_end(&pt_tmpl_admin_trust, &page, rq, answer, 200);
    mh_map_fini(&map);
    mh_close(&fd);
    mh_arena_free(arena);
}
