/* An application that is whole, as it is read from the store. */
#ifndef TESTS_PORTAL_DOSSIERS_H
#define TESTS_PORTAL_DOSSIERS_H

#include "tests/t.h"

#include <stdio.h>
#include <string.h>

#include "portal/filing/application.h"
#include "portal/money/money.h"

enum {
    DAY = 1798675200, /* 2026-12-31 00:00 UTC */
    ROOM = 128 << 20, /* bytes for a PDF of the largest text */
};

/* A whole one that can be signed, of a claim of 1 000,00 AZN. */
struct whole {
    struct pt_dossier d;
    struct pt_application_party party[4];
    struct pt_application_file file[4];
};

static inline void
set(char *out, size_t size, const char *text)
{
    assert_true((size_t)snprintf(out, size, "%s", text) < size);
}
#define SET(field, text) set(field, sizeof(field), text)

static inline void
add_kind(struct whole *w, const char *kind, const char *name)
{
    struct pt_application_file *f = &w->file[w->d.files.count];

    assert_true(w->d.files.count < T_COUNT(w->file));
    *f = (struct pt_application_file){.format = MH_FORMAT_PDF, .size = 3};
    SET(f->kind, kind);
    SET(f->name, name);
    f->sha256[0] = (uint8_t)(1 + w->d.files.count++);
}

static inline void
whole_of(struct mh_arena *arena, struct whole *w)
{
    struct pt_application *a = &w->d.a;

    *w = (struct whole){.d = {.arena = arena, .day = DAY, .fin = "5TST0A1"}};
    assert_int_equal(
        pt_policy_read(pt_policy_text(), arena, NULL, &w->d.policy), MH_OK);
    assert_int_equal(
        pt_fee_read(pt_fee_text(), arena, NULL, &w->d.fees), MH_OK);
    a->court = 1;
    SET(a->court_name, "Bakı Kommersiya Məhkəməsi");
    SET(a->kind, "claim");
    SET(a->proceeding, "claim");
    SET(a->category, "contract-loan");
    SET(a->claim, "valued");
    a->price = 100000;
    SET(a->title, "Borcun qaytarılması");
    a->body = "Mətn.\nİkinci sətir.";
    a->claims = "Borc qaytarılsın.";
    SET(a->fee, "receipt_submitted");
    a->total = 3000; /* the tier of prices up to 1 000 AZN */
    w->d.parties.item = w->party;
    w->d.parties.count = 2;
    w->party[0].side = PT_CASE_CLAIMANT;
    SET(w->party[0].name, "Aygün Məmmədova");
    SET(w->party[0].ident, "5TST0A1");
    SET(w->party[0].address, "Bakı, Nizami 1");
    w->party[1].side = PT_CASE_DEFENDANT;
    SET(w->party[1].name, "\"Tikinti\" MMC");
    SET(w->party[1].ident, "1234567891");
    w->d.files.item = w->file;
    add_kind(w, "evidence", "a.pdf");
    add_kind(w, "fee", "b.pdf");
}

static inline int
open_arena(void **state)
{
    *state = mh_arena_new(ROOM);
    return *state == NULL ? -1 : 0;
}

static inline int
close_arena(void **state)
{
    mh_arena_free(*state);
    return 0;
}

#endif
