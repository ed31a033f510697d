#include "portal/filing/application.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/time.h"
#include "portal/money/money.h"
#include "portal/store/rules.h"

enum mh_code
pt_dossier_load(struct pt_store *store, const char *id, int64_t now,
    struct mh_arena *arena, struct mh_err *err, struct pt_dossier *out)
{
    struct pt_account owner = {.fin = ""};
    enum pt_found found = PT_ABSENT;
    struct pt_paid paid = {.open = ""};
    struct mh_span table = {0};
    enum mh_code code;

    *out = (struct pt_dossier){
        .arena = arena, .now = now, .day = pt_policy_day(now)};
    code = pt_store_application_get(store, id, arena, err, &out->a);
    if (code != MH_OK || out->a.id[0] == '\0')
        return code;
    code = pt_store_application_parties(store, id, arena, err, &out->parties);
    if (code == MH_OK)
        code = pt_store_application_files(store, id, arena, err, &out->files);
    if (code == MH_OK)
        code = pt_store_payment_paid(store, id, err, &paid);
    out->paid = paid.paid;
    if (code == MH_OK)
        code = pt_store_rules_on(
            store, PT_RULES_POLICY, out->day, arena, err, &table);
    if (code == MH_OK)
        code = pt_policy_read(table, arena, err, &out->policy);
    if (code == MH_OK)
        code = pt_store_rules_on(
            store, PT_RULES_FEES, out->day, arena, err, &table);
    if (code == MH_OK)
        code = pt_fee_read(table, arena, err, &out->fees);
    if (code == MH_OK)
        code = pt_store_account_get(store, out->a.owner, err, &owner, &found);
    if (code == MH_OK && found == PT_FOUND)
        memcpy(out->fin, owner.fin, sizeof(out->fin));
    return code;
}

/* ---- what is wrong ---- */

static bool
fail(struct pt_application_fault *f, const char *field, const char *rule,
    const char *of)
{
    *f = (struct pt_application_fault){field, rule, of};
    return false;
}

static const struct pt_policy_rule *
rule_of(const struct pt_dossier *d, enum pt_policy_row row, const char *code)
{
    const struct pt_policy_ask ask = {
        row, code, row == PT_POLICY_KIND ? "" : d->a.kind, d->day};

    return pt_policy_find(&d->policy, &ask);
}

/* Whether the kind has proceedings; then one of them is named. */
static bool
has_proceedings(const struct pt_dossier *d)
{
    for (size_t i = 0; i < d->policy.count; i++) {
        const struct pt_policy_rule *r = &d->policy.rule[i];

        if (r->row == PT_POLICY_PROCEEDING &&
            pt_policy_counts(r, d->a.kind, d->day))
            return true;
    }
    return false;
}

/* The claim that the kind is, or one of those that may be chosen. */
static bool
claim_fits(const char *fee, const char *claim)
{
    if (strcmp(fee, "choice") != 0)
        return strcmp(fee, claim) == 0;
    return strcmp(claim, pt_fee_claim_code(PT_CLAIM_VALUED)) == 0 ||
           strcmp(claim, pt_fee_claim_code(PT_CLAIM_UNVALUED)) == 0 ||
           strcmp(claim, pt_fee_claim_code(PT_CLAIM_DWELLING)) == 0;
}

bool
pt_application_valued(const struct pt_application *a)
{
    return strcmp(a->claim, pt_fee_claim_code(PT_CLAIM_VALUED)) == 0;
}

static bool
court_good(const struct pt_dossier *d, struct pt_application_fault *f)
{
    const struct pt_application *a = &d->a;
    const struct pt_policy_rule *kind = rule_of(d, PT_POLICY_KIND, a->kind);

    if (a->court == 0)
        return fail(f, "court", "missing", "");
    if (kind == NULL)
        return fail(f, "kind", "unknown", "");
    if (pt_appeals_kind(a->kind) != (a->act[0] != '\0'))
        return fail(f, "kind", "act", "");
    if (has_proceedings(d)
            ? rule_of(d, PT_POLICY_PROCEEDING, a->proceeding) == NULL
            : a->proceeding[0] != '\0')
        return fail(f, "proceeding", "unknown", "");
    if (rule_of(d, PT_POLICY_CATEGORY, a->category) == NULL)
        return fail(f, "category", "unknown", "");
    if (!claim_fits(kind->fee, a->claim))
        return fail(f, "claim", "unknown", "");
    if (pt_application_valued(a) ? a->price < 1 || a->price > PT_MONEY_MAX
                                 : a->price != 0)
        return fail(f, "price", "range", "");
    return true;
}

/* ASCII blanks alone say nothing. */
static bool
says(const char *text)
{
    return text[strspn(text, " \t\r\n")] != '\0';
}

/* Whose side it is; 0: neither's. */
static enum pt_case_role
camp(enum pt_case_role side)
{
    if (side == PT_CASE_CLAIMANTS_LAWYER)
        return PT_CASE_CLAIMANT;
    if (side == PT_CASE_DEFENDANTS_LAWYER)
        return PT_CASE_DEFENDANT;
    return side == PT_CASE_THIRD ? 0 : side;
}

static bool
parties_good(const struct pt_dossier *d, struct pt_application_fault *f)
{
    const struct pt_policy_rule *kind = rule_of(d, PT_POLICY_KIND, d->a.kind);
    const struct pt_application_party *p = d->parties.item;
    size_t of[PT_CASE_ROLES] = {0};

    for (size_t i = 0; i < d->parties.count; i++) {
        of[p[i].side]++;
        if (!says(p[i].name))
            return fail(f, "party", "missing", p[i].id);
        if (p[i].ident[0] == '\0' && !says(p[i].why))
            return fail(f, "party", "reason", p[i].id);
        for (size_t k = 0; k < i; k++)
            if (p[i].ident[0] != '\0' && camp(p[i].side) != 0 &&
                camp(p[k].side) != 0 && camp(p[i].side) != camp(p[k].side) &&
                strcmp(p[i].ident, p[k].ident) == 0)
                return fail(f, "party", "both-sides", p[i].id);
    }
    if (of[PT_CASE_CLAIMANT] == 0)
        return fail(f, "claimant", "missing", "");
    /* Where the kind is not known yet, step 1 says so. */
    if (kind != NULL && kind->against && of[PT_CASE_DEFENDANT] == 0)
        return fail(f, "defendant", "missing", "");
    return true;
}

bool
pt_application_late(const struct pt_dossier *d)
{
    return d->a.act[0] != '\0' && d->a.deadline != MH_TIME_NONE &&
           d->now >= d->a.deadline;
}

bool
pt_application_has(const struct pt_dossier *d, const char *kind)
{
    for (size_t i = 0; i < d->files.count; i++)
        if (strcmp(d->files.item[i].kind, kind) == 0)
            return true;
    return false;
}

/* Whoever files for a claimant shows that they may. */
static bool
files_for_itself(const struct pt_dossier *d)
{
    for (size_t i = 0; i < d->parties.count; i++)
        if (d->parties.item[i].side == PT_CASE_CLAIMANT && d->fin[0] != '\0' &&
            strcmp(d->parties.item[i].ident, d->fin) == 0)
            return true;
    return false;
}

/* Names in a container are told apart by every system that unpacks it. */
static bool
names_good(const struct pt_dossier *d, struct pt_application_fault *f)
{
    const struct pt_application_file *file = d->files.item;

    for (size_t i = 0; i < d->files.count; i++) {
        if (strcasecmp(file[i].name, PT_APPLICATION_PDF) == 0)
            return fail(f, "file", "twice", file[i].name);
        for (size_t k = 0; k < i; k++)
            if (strcasecmp(file[i].name, file[k].name) == 0)
                return fail(f, "file", "twice", file[i].name);
    }
    return true;
}

static bool
files_good(const struct pt_dossier *d, struct pt_application_fault *f)
{
    for (size_t i = 0; i < d->policy.count; i++) {
        const struct pt_policy_rule *r = &d->policy.rule[i];

        if (r->row == PT_POLICY_DOCUMENT &&
            pt_policy_counts(r, d->a.kind, d->day) &&
            !pt_application_has(d, r->code))
            return fail(f, "document", "missing", r->code);
    }
    if (!files_for_itself(d) && !pt_application_has(d, "mandate"))
        return fail(f, "mandate", "missing", "");
    return names_good(d, f);
}

/* Of at most max characters; with lines and tabs, or one line. */
static bool
text_good(const char *text, size_t max, bool lines, const char *field,
    struct pt_application_fault *f)
{
    struct mh_span left = mh_span_str(text);
    uint32_t cp;

    if (!says(text))
        return fail(f, field, "missing", "");
    for (size_t n = 0; left.len > 0; n++) {
        if (n == max)
            return fail(f, field, "length", "");
        if (!mh_utf8_next(&left, &cp) || mh_text_is_bidi(cp) ||
            (mh_text_is_control(cp) &&
                !(lines && (cp == '\n' || cp == '\r' || cp == '\t'))))
            return fail(f, field, "characters", "");
    }
    return true;
}

static bool
words_good(const struct pt_dossier *d, struct pt_application_fault *f)
{
    const struct pt_application *a = &d->a;

    return text_good(a->title, PT_APPLICATION_TITLE, false, "title", f) &&
           text_good(a->body, PT_APPLICATION_BODY, true, "body", f) &&
           text_good(a->claims, PT_APPLICATION_CLAIMS, true, "claims", f) &&
           ((a->late[0] == '\0' && !pt_application_late(d)) ||
               text_good(a->late, PT_APPLICATION_WHY, true, "late", f));
}

static bool
fee_good(const struct pt_dossier *d, struct pt_application_fault *f)
{
    const struct pt_application *a = &d->a;
    struct pt_fee fee;

    if (strcmp(a->fee, "exempt_claimed") == 0) {
        if (a->exempt[0] == '\0' || pt_application_fee(d, NULL, &fee) != MH_OK)
            return fail(f, "exempt", "unknown", a->exempt);
        if (!pt_application_has(d, "exemption"))
            return fail(f, "exemption", "missing", "");
    } else if (strcmp(a->fee, "receipt_submitted") == 0) {
        if (!pt_application_has(d, "fee"))
            return fail(f, "receipt", "missing", "");
    } else if (strcmp(a->fee, "paid") == 0) {
        if (pt_application_fee(d, NULL, &fee) == MH_OK && fee.total > d->paid)
            return fail(f, "fee", "unpaid", "");
    } else if (strcmp(a->fee, "deferral_requested") == 0) {
        if (!text_good(a->fee_why, PT_APPLICATION_WHY, true, "why", f))
            return false;
    } else {
        return fail(f, "fee", "unknown", "");
    }
    if (pt_application_fee(d, NULL, &fee) != MH_OK)
        return fail(f, "fee", "unknown", "");
    return fee.total == a->total || fail(f, "fee", "changed", "");
}

bool
pt_application_step(const struct pt_dossier *d, unsigned step,
    struct pt_application_fault *fault)
{
    static bool (*const good[])(
        const struct pt_dossier *d, struct pt_application_fault *f) = {
        court_good, parties_good, files_good, words_good, fee_good};

    *fault = (struct pt_application_fault){"", "", ""};
    return step >= 1 && step < PT_APPLICATION_STEPS && good[step - 1](d, fault);
}

unsigned
pt_application_next(const struct pt_dossier *d)
{
    struct pt_application_fault fault;
    unsigned step = 1;

    while (step < PT_APPLICATION_STEPS && pt_application_step(d, step, &fault))
        step++;
    return step;
}

/* ---- its fee ---- */

enum pt_fee_instance
pt_application_instance(const struct pt_application *a)
{
    if (a->act[0] == '\0')
        return PT_INSTANCE_FIRST;
    return strcmp(a->kind, "cassation") == 0 ? PT_INSTANCE_CASSATION
                                             : PT_INSTANCE_APPEAL;
}

enum mh_code
pt_application_fee(
    const struct pt_dossier *d, struct mh_err *err, struct pt_fee *out)
{
    const struct pt_application *a = &d->a;
    struct pt_fee_ask ask = {.claim = PT_CLAIMS,
        .instance = pt_application_instance(a),
        .price = a->price,
        .relief = a->relief ? "first-efiling" : "",
        .exempt = strcmp(a->fee, "exempt_claimed") == 0 ? a->exempt : "",
        .day = d->day};

    for (unsigned i = 0; i < PT_CLAIMS; i++)
        if (strcmp(pt_fee_claim_code(i), a->claim) == 0)
            ask.claim = (enum pt_fee_claim)i;
    if (ask.claim == PT_CLAIMS)
        return mh_fail(
            err, MH_EUNSUP, MH_NO_OFFSET, "application: no claim of the fees");
    return pt_fee_work_out(&d->fees, &ask, err, out);
}

/* ---- what is signed ---- */

enum mh_code
pt_application_payload(const struct pt_dossier *d, struct mh_err *err,
    const struct pt_draft_file **file, size_t *files)
{
    struct pt_draft_file *out;

    if (!d->a.made)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET,
            "application: nothing is prepared");
    out = mh_arena_array(d->arena, PT_APPLICATION_PAYLOAD, sizeof(*out));
    if (out == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "application: no memory");
    out[0] = (struct pt_draft_file){.name = PT_APPLICATION_PDF,
        .format = MH_FORMAT_PDF,
        .size = d->a.pdf_size};
    memcpy(out[0].sha256, d->a.pdf, PT_HASH);
    for (size_t i = 0; i < d->files.count; i++) {
        const struct pt_application_file *f = &d->files.item[i];

        out[i + 1] =
            (struct pt_draft_file){.format = f->format, .size = f->size};
        memcpy(out[i + 1].name, f->name, sizeof(f->name));
        memcpy(out[i + 1].sha256, f->sha256, PT_HASH);
    }
    *file = out;
    *files = d->files.count + 1;
    return MH_OK;
}
