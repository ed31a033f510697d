#include "portal/pages/fees.h"

#include <string.h>

#include "pages.h"
#include "portal/api/app.h"
#include "portal/http/clock.h"
#include "portal/money/fee.h"
#include "portal/money/money.h"
#include "portal/pages/layout.h"
#include "portal/store/rules.h"

enum {
    DAY = 86400, /* seconds */
    BAKU = 4 * 3600,
};

const char *const pt_web_fees_query[] = {
    "instance", "claim", "price", "exempt", "first", NULL};

static const char *const claim_text[PT_CLAIMS] = {
    [PT_CLAIM_VALUED] = PT_T("A claim with a price"),
    [PT_CLAIM_UNVALUED] = PT_T("A claim that has no price"),
    [PT_CLAIM_DWELLING] =
        PT_T("A natural person's claim on the own dwelling or plot"),
    [PT_CLAIM_ORDER] = PT_T("An application for a court order"),
    [PT_CLAIM_SPECIAL] = PT_T("An application in special procedure"),
};

static const char *const instance_text[PT_INSTANCES] = {
    [PT_INSTANCE_FIRST] = PT_T("First instance: the claim itself"),
    [PT_INSTANCE_APPEAL] = PT_T("Appeal"),
    [PT_INSTANCE_CASSATION] = PT_T("Cassation"),
    [PT_INSTANCE_REOPENING] = PT_T("Reopening of a case"),
};

static const char *const certainty_text[PT_CERTAINTIES] = {
    [PT_CERTAIN_LAW] = PT_T("The rules were taken from the law itself."),
    [PT_CERTAIN_PRESS] =
        PT_T("The rules are as the press reported them; the law's own text was "
             "not seen. Ask the court before you rely on the amount."),
    [PT_CERTAIN_UNVERIFIED] =
        PT_T("At least one of the rules is not verified. Ask the court before "
             "you rely on the amount."),
};

static const struct {
    const char *name, *text;
} exempts[] = {
    {"wages", PT_T("Wages and other claims of labour relations")},
    {"alimony", PT_T("Alimony")},
    {"injury", PT_T("Injury to health, or the death of the breadwinner")},
    {"intellectual", PT_T("An author's claim on intellectual property")},
    {"consumer", PT_T("A consumer's claim")},
    {"regress", PT_T("Recourse of a body of social protection")},
    {"administrative", PT_T("A case of administrative law")},
    {"budget", PT_T("A body that the state budget pays, or a municipality")},
};

const char *
pt_fee_exempt_text(const char *name)
{
    for (size_t i = 0; i < sizeof(exempts) / sizeof(exempts[0]); i++)
        if (strcmp(exempts[i].name, name) == 0)
            return exempts[i].text;
    return NULL;
}

const char *
pt_fee_claim_text(enum pt_fee_claim claim)
{
    return claim < PT_CLAIMS ? claim_text[claim] : "";
}

/* What the reader asks, and whether anything is asked at all. */
struct asking {
    struct pt_request *rq;
    struct pt_page page;
    enum mh_lang lang;
    struct pt_fee_table table;
    struct pt_fee_ask ask;
    bool asked, wrong;
};

static const char *
field(const struct asking *a, const char *name)
{
    const char *value = pt_query(a->rq, name);

    return value == NULL ? "" : value;
}

static void
wrong(struct asking *a, const char *name, const char *text)
{
    const char *said = pt_text(a->lang, text);

    pt_page_error(&a->page, name, said);
    if (strcmp(name, "price") == 0)
        pt_set(&a->page.root, "price_error", said);
    a->wrong = true;
}

/* A choice of a list: its options, and the number of the one that is chosen. */
static bool
choice(struct asking *a, const char *name, const char *(*code)(size_t i),
    const char *const *texts, unsigned *out)
{
    const char *value = field(a, name);
    bool found = false;

    *out = 0;
    for (size_t i = 0; code(i) != NULL; i++) {
        struct pt_map *m = pt_add(&a->page.root, name);
        bool chosen = strcmp(value, code(i)) == 0;

        pt_set(m, "code", code(i));
        pt_set(m, "text", pt_text(a->lang, texts[i]));
        pt_set_flag(m, "chosen", chosen);
        if (chosen) {
            *out = (unsigned)i;
            found = true;
        }
    }
    return found || value[0] == '\0';
}

/* Those that count on that day. */
static void
exemptions(struct asking *a)
{
    const char *value = field(a, "exempt");
    bool found = value[0] == '\0';

    pt_set_list(&a->page.root, "exempt");
    for (size_t i = 0; i < a->table.count; i++) {
        const struct pt_fee_rule *r = &a->table.rule[i];
        const char *text =
            r->kind == PT_FEE_EXEMPT ? pt_fee_exempt_text(r->name) : NULL;
        struct pt_map *m;

        if (text == NULL || a->ask.day < r->from || a->ask.day >= r->until)
            continue;
        m = pt_add(&a->page.root, "exempt");
        pt_set(m, "code", r->name);
        pt_set(m, "text", pt_text(a->lang, text));
        pt_set_flag(m, "chosen", strcmp(value, r->name) == 0);
        if (strcmp(value, r->name) == 0) {
            a->ask.exempt = r->name;
            found = true;
        }
    }
    if (!found)
        wrong(a, "exempt", PT_T("Choose a reason from the list"));
}

static void
read_fields(struct asking *a)
{
    unsigned instance, claim;

    for (size_t i = 0; pt_web_fees_query[i] != NULL; i++)
        a->asked = a->asked || pt_query(a->rq, pt_web_fees_query[i]) != NULL;
    if (!choice(a, "instance", pt_fee_instance_code, instance_text, &instance))
        wrong(a, "instance", PT_T("Choose an instance from the list"));
    if (!choice(a, "claim", pt_fee_claim_code, claim_text, &claim))
        wrong(a, "claim", PT_T("Choose a kind of claim from the list"));
    a->ask.instance = (enum pt_fee_instance)instance;
    a->ask.claim = (enum pt_fee_claim)claim;
    exemptions(a);
    pt_set(&a->page.root, "price", field(a, "price"));
    if (a->asked && a->ask.claim == PT_CLAIM_VALUED &&
        (!pt_money_parse(field(a, "price"), &a->ask.price) ||
            a->ask.price == 0))
        wrong(a, "price",
            PT_T("Write the price in manat, as 1 250,50: from 0,01 to "
                 "1 000 000 000 000"));
    if (field(a, "first")[0] != '\0')
        a->ask.relief = "first-efiling";
    pt_set_flag(&a->page.root, "first", a->ask.relief[0] != '\0');
    if (a->ask.relief[0] != '\0' && a->ask.instance != PT_INSTANCE_FIRST)
        wrong(a, "first", PT_T("That relief is for the first instance alone"));
}

/* ---- what it comes to ---- */

/* What is told of a fee, and where to. */
struct telling {
    struct pt_map *m;
    enum mh_lang lang;
    const struct pt_fee_ask *ask;
};

/* A step: its words, and what it comes to so far. */
static struct pt_map *
step(const struct telling *a, const char *text, int64_t nano)
{
    struct pt_map *m = pt_add(a->m, "steps");
    char amount[PT_MONEY_TEXT];

    pt_money_write_exact(nano, a->lang, amount);
    pt_set(m, "text", pt_text(a->lang, text));
    pt_set(m, "amount", amount);
    return m;
}

/* "30,00 + 1 % × (5 000,00 − 1 000,00)" */
static void
arithmetic(const struct telling *a, const struct pt_fee *f, struct pt_map *m)
{
    char base[PT_MONEY_TEXT], rate[PT_MONEY_TEXT], price[PT_MONEY_TEXT];
    char over[PT_MONEY_TEXT];
    const struct pt_fee_rule *t = f->tier;
    size_t n;

    pt_money_write(t->base, a->lang, base);
    if (t->rate == 0)
        return;
    /* A thousandth of the rate is its percents: two digits at least. */
    pt_money_write_exact(t->rate * INT64_C(100000000), a->lang, rate);
    n = strlen(rate);
    while (rate[n - 1] == '0')
        n--;
    n -= rate[n - 1] == ',' || rate[n - 1] == '.';
    rate[n] = '\0';
    pt_money_write(a->ask->price, a->lang, price);
    pt_money_write(t->over, a->lang, over);
    pt_setf(m, "how", "%s + %s %% × (%s − %s)", base, rate, price, over);
}

/* The sources of the rules that were used, once each. */
static void
sources(const struct telling *a, const struct pt_fee *f)
{
    const struct pt_fee_rule *const used[] = {
        f->tier, f->share, f->relief, f->exempt, f->round};
    size_t count = sizeof(used) / sizeof(used[0]);

    for (size_t i = 0; i < count; i++) {
        bool again = used[i] == NULL;

        for (size_t j = 0; j < i && !again; j++)
            again = used[j] != NULL &&
                    strcmp(used[i]->source, used[j]->source) == 0;
        if (!again)
            pt_set(pt_add(a->m, "sources"), "text", used[i]->source);
    }
}

void
pt_fee_tell(struct pt_map *to, enum mh_lang lang, const struct pt_fee_ask *ask,
    const struct pt_fee *f)
{
    const struct telling t = {to, lang, ask}, *a = &t;
    char total[PT_MONEY_TEXT];
    struct pt_map *m = step(a, claim_text[a->ask->claim], f->duty);

    if (strcmp(f->tier->line, "-") != 0)
        pt_set(m, "line", f->tier->line);
    arithmetic(a, f, m);
    pt_set_flag(m, "capped", f->capped);
    if (f->share != NULL) {
        m = step(a, instance_text[a->ask->instance], f->shared);
        pt_set_int(m, "percent", f->share->percent);
    }
    if (f->relief != NULL) {
        m = step(a, PT_T("The first claim through the electronic court"),
            f->relieved);
        pt_set_int(m, "less", f->relief->percent);
    }
    if (f->exempt != NULL)
        (void)step(a, PT_T("Exempt from the fee"), 0);
    pt_money_write(f->total, a->lang, total);
    pt_set(a->m, "total", total);
    pt_set_flag(a->m, "certain", f->certainty == PT_CERTAIN_LAW);
    pt_set(a->m, "certainty", pt_text(a->lang, certainty_text[f->certainty]));
    sources(a, f);
}

void
pt_web_fees(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = {.rq = rq, .lang = pt_lang_of(rq)};
    struct pt_app *app = ctx;
    struct mh_span table = {0};
    struct mh_err err = {.msg = ""};
    struct pt_fee fee;
    enum mh_code code;

    a.ask = (struct pt_fee_ask){
        .relief = "", .exempt = "", .day = (pt_time() + BAKU) / DAY * DAY};
    pt_page_begin(&a.page, rq, answer, PT_T("State fee calculator"));
    code = pt_store_rules_on(
        app->store, PT_RULES_FEES, a.ask.day, rq->arena, &err, &table);
    if (code == MH_OK)
        code = pt_fee_read(table, rq->arena, &err, &a.table);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    read_fields(&a);
    if (a.asked && !a.wrong) {
        code = pt_fee_work_out(&a.table, &a.ask, &err, &fee);
        if (code == MH_OK)
            pt_fee_tell(&a.page.root, a.lang, &a.ask, &fee);
        else if (code == MH_EUNSUP)
            wrong(&a, "", PT_T("The table has no fee for that."));
        else
            wrong(&a, "price", PT_T("There is no fee for that price."));
    }
    pt_page_end(&pt_tmpl_fees, &a.page, rq, answer, a.wrong ? 422 : 200);
}
