/* portal/filing/application: what is wrong in which step, the fee and the
   files of what is signed. */
#include "tests/portal/applications.h"

#include "tests/portal/dossiers.h"

/* ---- steps ---- */

static char long_text[PT_APPLICATION_BODY + 2];

/* Changes of a whole one: what each row of the table below begins with. */
#define TO(name, ...)                                                          \
    static void to_##name(struct whole *w)                                     \
    {                                                                          \
        __VA_ARGS__;                                                           \
    }
TO(none, (void)w)
TO(no_court, w->d.a.court = 0)
TO(no_kind, SET(w->d.a.kind, ""))
TO(other_kind, SET(w->d.a.kind, "appeal"))
TO(early, w->d.day = 0)
TO(no_proceeding, SET(w->d.a.proceeding, ""))
/* Of another kind. */
TO(other_proceeding, SET(w->d.a.proceeding, "order"))
TO(other_category, SET(w->d.a.category, "order-debt"))
TO(no_claim, SET(w->d.a.claim, ""))
TO(order_claim, SET(w->d.a.claim, "order"))
TO(no_price, w->d.a.price = 0)
TO(max_price, w->d.a.price = PT_MONEY_MAX)
TO(past_price, w->d.a.price = PT_MONEY_MAX + 1)
TO(priced, SET(w->d.a.claim, "unvalued"))
TO(interim, SET(w->d.a.kind, "interim"); SET(w->d.a.proceeding, "");
    SET(w->d.a.category, "interim-other"); SET(w->d.a.claim, "unvalued");
    w->d.a.price = 0; w->d.a.total = 10000)
/* That kind has none. */
TO(interim_proceeding, to_interim(w); SET(w->d.a.proceeding, "claim"))
TO(interim_valued, to_interim(w); SET(w->d.a.claim, "valued"); w->d.a.price = 1)
TO(no_parties, w->d.parties.count = 0)
TO(no_defendant, w->d.parties.count = 1)
/* Against nobody. */
TO(special, SET(w->d.a.kind, "special"); w->d.parties.count = 1)
TO(no_name, SET(w->party[1].name, " "))
TO(no_ident, SET(w->party[1].ident, ""))
TO(reason, SET(w->party[1].ident, "");
    SET(w->party[1].why, "Ünvanı ilə məlumdur"))
TO(both_sides, SET(w->party[1].ident, "5TST0A1"))
TO(third, w->d.parties.count = 3; w->party[2] = w->party[1];
    w->party[2].side = PT_CASE_THIRD)
TO(no_evidence, SET(w->file[0].kind, "other"))
TO(other_owner, SET(w->d.fin, "5TST0A9"))
TO(no_fin, SET(w->d.fin, ""); SET(w->party[0].ident, "");
    SET(w->party[0].why, "Səbəb"))
TO(mandate, to_other_owner(w); add_kind(w, "mandate", "m.pdf"))
TO(twice, SET(w->file[1].name, "A.PDF"))
TO(reserved, SET(w->file[1].name, "Application.pdf"))
TO(no_title, SET(w->d.a.title, " \t"))
TO(max_title, char title[2 * PT_APPLICATION_TITLE + 1];
    for (size_t i = 0; i < PT_APPLICATION_TITLE; i++)
        memcpy(title + 2 * i, "ə", 3);
    SET(w->d.a.title, title))
TO(past_title, to_max_title(w);
    memcpy(w->d.a.title + strlen(w->d.a.title), "a", 2))
TO(two_titles, SET(w->d.a.title, "Bir\nİki"))
TO(no_body, w->d.a.body = "\n\n")
TO(max_body, w->d.a.body = long_text + 1)
TO(past_body, w->d.a.body = long_text)
TO(bidi, w->d.a.body = "a\u202e"
                       "b")
TO(control, w->d.a.body = "a\x1b[2J")
TO(broken, w->d.a.body = "a\xc9")
TO(no_claims, w->d.a.claims = "")
TO(max_claims,
    w->d.a.claims = long_text + sizeof(long_text) - 1 - PT_APPLICATION_CLAIMS)
TO(past_claims,
    w->d.a.claims = long_text + sizeof(long_text) - 2 - PT_APPLICATION_CLAIMS)
TO(no_fee, SET(w->d.a.fee, ""))
TO(paid, SET(w->d.a.fee, "paid"))
TO(paid_less, SET(w->d.a.fee, "paid"); w->d.paid = w->d.a.total - 1)
TO(paid_all, SET(w->d.a.fee, "paid"); w->d.paid = w->d.a.total)
TO(paid_otherwise, SET(w->d.a.fee, "Paid"); w->d.paid = w->d.a.total)
TO(no_receipt, w->d.files.count = 1)
TO(raised, w->d.a.price = 200000)
TO(old_rules, w->d.day = DAY - 3000 * 86400)
TO(exempt, SET(w->d.a.fee, "exempt_claimed"); SET(w->d.a.exempt, "wages");
    w->d.a.total = 0; add_kind(w, "exemption", "e.pdf"))
TO(exempt_sum, to_exempt(w); w->d.a.total = 3000)
TO(exempt_none, to_exempt(w); SET(w->d.a.exempt, ""))
TO(exempt_other, to_exempt(w); SET(w->d.a.exempt, "nobody"))
TO(exempt_unproven, to_exempt(w); w->d.files.count--)
TO(deferral, SET(w->d.a.fee, "deferral_requested");
    SET(w->d.a.fee_why, "Gəlirim yoxdur"))
TO(deferral_unsaid, to_deferral(w); SET(w->d.a.fee_why, ""))

/* A complaint, in the last second of its time. */
static void
to_complaint(struct whole *w)
{
    struct pt_application *a = &w->d.a;

    SET(a->kind, "appeal");
    SET(a->category, "appeal-whole");
    a->proceeding[0] = '\0';
    SET(a->act, "abcdefghijklmnopqrstuvwxyz");
    SET(a->act_title, "Qətnamə");
    SET(a->act_number, "2-2(113)-1/2026");
    a->served = DAY - 86400;
    a->deadline = DAY;
    w->d.now = DAY - 1;
}

static void
to_claim_against(struct whole *w)
{
    SET(w->d.a.act, "abcdefghijklmnopqrstuvwxyz");
}

static void
to_no_act(struct whole *w)
{
    to_complaint(w);
}

static void
to_late(struct whole *w)
{
    to_complaint(w);
    w->d.now = DAY;
}

static void
to_late_reason(struct whole *w)
{
    to_late(w);
    SET(w->d.a.late, "Xəstə idim");
}

static void
to_early_reason(struct whole *w)
{
    to_complaint(w);
    SET(w->d.a.late, "Xəstə idim");
}

static void
to_max_late(struct whole *w)
{
    to_late(w);
    memset(w->d.a.late, 'x', PT_APPLICATION_WHY);
}

static void
to_past_late(struct whole *w)
{
    to_late(w);
    memset(w->d.a.late, 'x', PT_APPLICATION_WHY + 1);
}

static const struct {
    void (*to)(struct whole *w);
    unsigned step;
    const char *field, *rule; /* "": it is as it must be */
} rows[] = {
    {to_none, 1, "", ""},
    {to_no_court, 1, "court", "missing"},
    {to_no_kind, 1, "kind", "unknown"},
    {to_other_kind, 1, "kind", "act"},
    {to_claim_against, 1, "kind", "act"},
    {to_complaint, 1, "", ""},
    {to_complaint, 4, "", ""},
    {to_late, 4, "late", "missing"},
    {to_late_reason, 4, "", ""},
    {to_early_reason, 4, "", ""},
    {to_max_late, 4, "", ""},
    {to_past_late, 4, "late", "length"},
    {to_no_act, 3, "document", "missing"},
    {to_early, 1, "kind", "unknown"},
    {to_no_proceeding, 1, "proceeding", "unknown"},
    {to_other_proceeding, 1, "proceeding", "unknown"},
    {to_other_category, 1, "category", "unknown"},
    {to_no_claim, 1, "claim", "unknown"},
    {to_order_claim, 1, "claim", "unknown"},
    {to_no_price, 1, "price", "range"},
    {to_max_price, 1, "", ""},
    {to_past_price, 1, "price", "range"},
    {to_priced, 1, "price", "range"},
    {to_interim, 1, "", ""},
    {to_interim_proceeding, 1, "proceeding", "unknown"},
    {to_interim_valued, 1, "claim", "unknown"},
    {to_none, 2, "", ""},
    {to_no_parties, 2, "claimant", "missing"},
    {to_no_defendant, 2, "defendant", "missing"},
    {to_special, 2, "", ""},
    {to_no_name, 2, "party", "missing"},
    {to_no_ident, 2, "party", "reason"},
    {to_reason, 2, "", ""},
    {to_both_sides, 2, "party", "both-sides"},
    {to_third, 2, "", ""},
    {to_none, 3, "", ""},
    {to_no_evidence, 3, "document", "missing"},
    {to_other_owner, 3, "mandate", "missing"},
    {to_no_fin, 3, "mandate", "missing"},
    {to_mandate, 3, "", ""},
    {to_twice, 3, "file", "twice"},
    {to_reserved, 3, "file", "twice"},
    {to_none, 4, "", ""},
    {to_no_title, 4, "title", "missing"},
    {to_max_title, 4, "", ""},
    {to_past_title, 4, "title", "length"},
    {to_two_titles, 4, "title", "characters"},
    {to_no_body, 4, "body", "missing"},
    {to_max_body, 4, "", ""},
    {to_past_body, 4, "body", "length"},
    {to_bidi, 4, "body", "characters"},
    {to_control, 4, "body", "characters"},
    {to_broken, 4, "body", "characters"},
    {to_no_claims, 4, "claims", "missing"},
    {to_max_claims, 4, "", ""},
    {to_past_claims, 4, "claims", "length"},
    {to_none, 5, "", ""},
    {to_no_fee, 5, "fee", "unknown"},
    {to_paid, 5, "fee", "unpaid"},
    {to_paid_less, 5, "fee", "unpaid"},
    {to_paid_all, 5, "", ""},
    {to_paid_otherwise, 5, "fee", "unknown"},
    {to_no_receipt, 5, "receipt", "missing"},
    {to_raised, 5, "fee", "changed"},
    {to_no_claim, 5, "fee", "unknown"},
    {to_old_rules, 5, "fee", "unknown"},
    {to_exempt, 5, "", ""},
    {to_exempt_sum, 5, "fee", "changed"},
    {to_exempt_none, 5, "exempt", "unknown"},
    {to_exempt_other, 5, "exempt", "unknown"},
    {to_exempt_unproven, 5, "exemption", "missing"},
    {to_deferral, 5, "", ""},
    {to_deferral_unsaid, 5, "why", "missing"},
};

/* Which one it is that is wrong. */
static void
test_which(const struct whole *good)
{
    static const struct {
        void (*to)(struct whole *w);
        unsigned step;
        const char *of;
    } which[] = {{to_both_sides, 2, "second"}, {to_no_ident, 2, "second"},
        {to_no_name, 2, "second"}, {to_no_evidence, 3, "evidence"},
        {to_twice, 3, "A.PDF"}, {to_exempt_other, 5, "nobody"},
        {to_no_title, 4, ""}};

    for (size_t i = 0; i < T_COUNT(which); i++) {
        struct pt_application_fault f;
        struct whole w = *good;

        w.d.parties.item = w.party;
        w.d.files.item = w.file;
        SET(w.party[1].id, "second");
        which[i].to(&w);
        assert_false(pt_application_step(&w.d, which[i].step, &f));
        assert_string_equal(f.of, which[i].of);
    }
}

static void
test_steps(void **state)
{
    struct whole w;

    memset(long_text, 'a', sizeof(long_text) - 1);
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct pt_application_fault f;
        bool good;

        whole_of(*state, &w);
        rows[i].to(&w);
        good = pt_application_step(&w.d, rows[i].step, &f);
        if (good != (rows[i].field[0] == '\0') ||
            strcmp(f.field, rows[i].field) != 0 ||
            strcmp(f.rule, rows[i].rule) != 0)
            fail_msg("row %zu: %s %s", i, f.field, f.rule);
        /* Nobody comes past a step that is wrong. */
        if (!good)
            assert_true(pt_application_next(&w.d) <= rows[i].step);
    }
    whole_of(*state, &w);
    assert_int_equal(pt_application_next(&w.d), 6);
    test_which(&w);
    w.d.a.claims = "";
    assert_int_equal(pt_application_next(&w.d), 4);
    w.d.files.count = 0;
    assert_int_equal(pt_application_next(&w.d), 3);
    w.d.a = (struct pt_application){.body = "", .claims = ""};
    assert_int_equal(pt_application_next(&w.d), 1);
    for (unsigned step = 0; step <= 7; step += step == 0 ? 6 : 1) {
        struct pt_application_fault f;

        whole_of(*state, &w);
        assert_false(pt_application_step(&w.d, step, &f)); /* there is none */
    }
}

/* ---- the fee ---- */

static void
test_fee(void **state)
{
    static const struct {
        const char *claim, *fee, *exempt;
        int64_t price;
        bool relief;
        int64_t total;
    } fees[] = {
        {"valued", "receipt_submitted", "", 1, false, 3000},
        {"valued", "receipt_submitted", "", 100000, false, 3000},
        {"valued", "receipt_submitted", "", 1000000, false, 12000},
        {"valued", "receipt_submitted", "", 1000000, true, 10800},
        {"unvalued", "deferral_requested", "", 0, false, 10000},
        {"dwelling", "deferral_requested", "", 0, true, 9000},
        {"order", "receipt_submitted", "", 0, false, 10000},
        {"special", "receipt_submitted", "", 0, false, 10000},
        {"valued", "exempt_claimed", "wages", 1000000, false, 0},
        /* Said before, and not claimed any more. */
        {"valued", "receipt_submitted", "wages", 1000000, false, 12000},
    };
    struct whole w;
    struct pt_fee fee;

    whole_of(*state, &w);
    for (size_t i = 0; i < T_COUNT(fees); i++) {
        SET(w.d.a.claim, fees[i].claim);
        SET(w.d.a.fee, fees[i].fee);
        SET(w.d.a.exempt, fees[i].exempt);
        w.d.a.price = fees[i].price;
        w.d.a.relief = fees[i].relief;
        assert_int_equal(pt_application_fee(&w.d, NULL, &fee), MH_OK);
        if (fee.total != fees[i].total)
            fail_msg("row %zu: %lld", i, (long long)fee.total);
    }
    /* Half of it for a complaint, without the relief of first claims. */
    to_complaint(&w);
    SET(w.d.a.exempt, "");
    assert_int_equal(pt_application_fee(&w.d, NULL, &fee), MH_OK);
    assert_int_equal(fee.total, 6000);
    SET(w.d.a.kind, "cassation");
    assert_int_equal(pt_application_fee(&w.d, NULL, &fee), MH_OK);
    assert_int_equal(fee.total, 6000);
    w.d.a.relief = true;
    assert_int_equal(pt_application_fee(&w.d, NULL, &fee), MH_EUNSUP);
    SET(w.d.a.claim, "gift");
    assert_int_equal(pt_application_fee(&w.d, NULL, &fee), MH_EUNSUP);
    SET(w.d.a.claim, "valued");
    w.d.a.price = 0;
    assert_int_equal(pt_application_fee(&w.d, NULL, &fee), MH_EFORMAT);
}

/* ---- what is signed ---- */

static void
test_payload(void **state)
{
    struct whole w;
    const struct pt_draft_file *file = NULL;
    size_t files = 0;

    whole_of(*state, &w);
    assert_int_equal(
        pt_application_payload(&w.d, NULL, &file, &files), MH_EINTERNAL);
    w.d.a.made = true;
    w.d.a.pdf[5] = 77;
    w.d.a.pdf_size = 1234;
    assert_int_equal(pt_application_payload(&w.d, NULL, &file, &files), MH_OK);
    assert_int_equal(files, 3);
    assert_string_equal(file[0].name, "application.pdf");
    assert_int_equal(file[0].format, MH_FORMAT_PDF);
    assert_int_equal(file[0].size, 1234);
    assert_memory_equal(file[0].sha256, w.d.a.pdf, PT_HASH);
    assert_string_equal(file[2].name, "b.pdf");
    assert_int_equal(file[2].size, 3);
    assert_memory_equal(file[2].sha256, w.file[1].sha256, PT_HASH);
}

/* ---- from the store ---- */

static void
test_load(void **state)
{
    struct fixture *f = *state;
    const struct pt_draft_file *file = NULL;
    struct pt_dossier d;
    size_t files = 0;
    char id[27];

    assert_int_equal(pt_dossier_load(f->store, "01AAAAAAAAAAAAAAAAAAAAAAAA",
                         NOW, f->arena, NULL, &d),
        MH_OK);
    assert_string_equal(d.a.id, "");
    prepare(f, id);
    t_do(f, "UPDATE account SET fin = '5TST0A1' WHERE username = 'owner'");
    assert_int_equal(
        pt_dossier_load(f->store, id, DAY, f->arena, NULL, &d), MH_OK);
    assert_string_equal(d.a.id, id);
    assert_string_equal(d.fin, "5TST0A1");
    assert_int_equal(d.parties.count, 2);
    assert_int_equal(d.files.count, 1);
    assert_int_equal(d.day, DAY);
    assert_true(d.policy.count > 0 && d.fees.count > 0);
    assert_int_equal(pt_application_payload(&d, NULL, &file, &files), MH_OK);
    assert_int_equal(files, 2);
    assert_string_equal(file[1].name, "a.pdf");
    assert_int_equal(pt_application_next(&d), 1); /* no category is chosen */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_steps, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_fee, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_payload, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_load, setup, teardown),
    };

    if (mh_digest_init(NULL) != MH_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
