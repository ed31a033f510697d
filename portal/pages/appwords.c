#include "portal/pages/appwords.h"

#include <string.h>

#include "portal/pages/casewords.h"
#include "portal/pages/tmpl.h"

static const struct {
    const char *text, *colour;
} states[PT_APPLICATION_STATES] = {
    [PT_APPLICATION_DRAFT] = {PT_T("Draft of an application"), "grey"},
    [PT_APPLICATION_AWAITING_PAYMENT] = {PT_T("Awaits payment"), "yellow"},
    [PT_APPLICATION_AWAITING_SIGNATURE] = {PT_T("Awaits signature"), "yellow"},
    [PT_APPLICATION_SUBMITTED] = {PT_T("Sent"), "blue"},
    [PT_APPLICATION_IN_REVIEW] = {PT_T("In review"), "blue"},
    [PT_APPLICATION_RETURNED] = {PT_T("Returned"), "red"},
    [PT_APPLICATION_REGISTERED] = {PT_T("Registered"), "green"},
    [PT_APPLICATION_REJECTED] = {PT_T("Rejected"), "red"},
    [PT_APPLICATION_WITHDRAWN] = {PT_T("Withdrawn"), "grey"},
};

const char *
pt_application_state_text(enum pt_application_state s)
{
    return s > 0 && s < PT_APPLICATION_STATES ? states[s].text : "";
}

const char *
pt_application_state_colour(enum pt_application_state s)
{
    return s > 0 && s < PT_APPLICATION_STATES ? states[s].colour : "grey";
}

const char *
pt_application_kind_text(const char *code)
{
    static const struct pt_word rows[] = {
        {"claim", PT_T("Statement of claim")},
        {"order", PT_T("Application for a court order")},
        {"special", PT_T("Application in special proceedings")},
        {"interim", PT_T("Application for provisional measures")},
        {"appeal", PT_T("Appeal")},
        {"cassation", PT_T("Cassation complaint")},
        {"ruling", PT_T("Complaint against a ruling")},
        {NULL, NULL},
    };

    return pt_word_text(rows, code);
}

const char *
pt_application_category_text(const char *code)
{
    static const struct pt_word rows[] = {
        {"contract", PT_T("Contract")},
        {"contract-loan", PT_T("Loan")},
        {"contract-credit", PT_T("Bank credit")},
        {"contract-sale", PT_T("Sale")},
        {"contract-lease", PT_T("Lease")},
        {"damage", PT_T("Damage")},
        {"damage-health", PT_T("Damage to health")},
        {"damage-property", PT_T("Damage to property")},
        {"labour", PT_T("Labour")},
        {"labour-wages", PT_T("Wages")},
        {"labour-dismissal", PT_T("Dismissal")},
        {"family", PT_T("Family")},
        {"family-divorce", PT_T("Divorce")},
        {"family-alimony", PT_T("Alimony")},
        {"housing", PT_T("Housing")},
        {"inheritance", PT_T("Inheritance")},
        {"consumer", PT_T("Consumer rights")},
        {"other", PT_T("Other dispute")},
        {"order-debt", PT_T("A debt")},
        {"order-alimony", PT_T("Alimony")},
        {"order-other", PT_T("Another demand")},
        {"special-fact", PT_T("A fact of legal meaning")},
        {"special-missing", PT_T("A person who is missing")},
        {"special-other", PT_T("Another matter")},
        {"interim-property", PT_T("Measures on property")},
        {"interim-other", PT_T("Other measures")},
        {"appeal-whole", PT_T("The whole act")},
        {"appeal-part", PT_T("A part of the act")},
        {"cassation-whole", PT_T("The whole act")},
        {"cassation-part", PT_T("A part of the act")},
        {"ruling-whole", PT_T("The whole act")},
        {"ruling-part", PT_T("A part of the act")},
        {NULL, NULL},
    };

    return pt_word_text(rows, code);
}

const char *
pt_application_file_text(const char *code)
{
    static const struct pt_word rows[] = {
        {"evidence", PT_T("Evidence")},
        {"act", PT_T("The act that is complained of")},
        {"mandate", PT_T("Power of attorney")},
        {"other", PT_T("Other document")},
        {"fee", PT_T("Proof of the state fee")},
        {"exemption", PT_T("Proof of the exemption")},
        {NULL, NULL},
    };

    return pt_word_text(rows, code);
}

static const struct pt_word fees[] = {
    {"paid", PT_T("I pay here, with a card")},
    {"receipt_submitted", PT_T("I have paid, and attach the receipt")},
    {"exempt_claimed", PT_T("I am exempt, and attach the proof")},
    {"deferral_requested", PT_T("I ask the court to defer the fee")},
    {NULL, NULL},
};

const char *
pt_application_fee_text(const char *code)
{
    return pt_word_text(fees, code);
}

const char *
pt_application_fee_of(size_t n)
{
    return n + 1 < sizeof(fees) / sizeof(fees[0]) ? fees[n].code : NULL;
}

const char *
pt_application_step_text(unsigned step)
{
    static const char *const names[PT_APPLICATION_STEPS] = {
        PT_T("Court and kind of application"), PT_T("Parties"),
        PT_T("Documents"), PT_T("Text of the application"), PT_T("State fee"),
        PT_T("Check and sign")};

    return step >= 1 && step <= PT_APPLICATION_STEPS ? names[step - 1] : "";
}

const char *
pt_application_side_text(const struct pt_application *a, enum pt_case_role side)
{
    if (a->act[0] != '\0' && side == PT_CASE_CLAIMANT)
        return PT_T("Who complains");
    if (a->act[0] != '\0' && side == PT_CASE_DEFENDANT)
        return PT_T("Other side");
    if (a->act[0] != '\0' && side == PT_CASE_CLAIMANTS_LAWYER)
        return PT_T("Representative of who complains");
    if (a->act[0] != '\0' && side == PT_CASE_DEFENDANTS_LAWYER)
        return PT_T("Representative of the other side");
    return pt_case_role_text(side);
}

const char *
pt_application_fault_text(const struct pt_application_fault *f)
{
    static const struct {
        const char *field, *rule, *text;
    } rows[] = {
        {"court", "missing", PT_T("Choose a court from the list")},
        {"kind", "unknown", PT_T("Choose the kind of the application")},
        {"kind", "act",
            PT_T("A complaint is begun on the page of the act that it is "
                 "against, and stays one")},
        {"proceeding", "unknown", PT_T("Choose the kind of the application")},
        {"category", "unknown",
            PT_T("Choose what it is about, of those of its kind")},
        {"claim", "unknown", PT_T("Choose whether the claim has a price")},
        {"price", "range",
            PT_T("A claim with a price has one of 0,01 to 1 000 000 000 000 "
                 "AZN, and no other has one")},
        {"claimant", "missing", PT_T("Name at least one claimant")},
        {"defendant", "missing", PT_T("Name at least one defendant")},
        {"party", "missing", PT_T("Write the name")},
        {"party", "reason",
            PT_T("Give the FIN or VÖEN, or say why it is not known")},
        {"party", "both-sides",
            PT_T("The same FIN or VÖEN stands on both sides")},
        {"document", "missing",
            PT_T("Attach what the application rests on: at least one piece of "
                 "evidence")},
        {"mandate", "missing",
            PT_T("You are none of those who file it: attach the power of "
                 "attorney")},
        {"file", "twice",
            PT_T("Two files have the same name, or one has that of the "
                 "application itself. Remove one, and attach it under another "
                 "name.")},
        {"title", "missing", PT_T("Write the heading")},
        {"title", "length", PT_T("The heading is longer than 200 characters")},
        {"body", "missing", PT_T("Write the text")},
        {"body", "length", PT_T("The text is longer than 200,000 characters")},
        {"claims", "missing", PT_T("Write what you ask the court for")},
        {"late", "missing", PT_T("Write why the complaint is late")},
        {"late", "length",
            PT_T("The reason is longer than 500 characters, or has characters "
                 "that cannot be read")},
        {"claims", "length",
            PT_T("What you ask for is longer than 20,000 characters")},
        {"fee", "unknown", PT_T("Choose how the fee is settled")},
        {"fee", "changed",
            PT_T("The fee comes to another sum now. Look at it and save it "
                 "again.")},
        {"fee", "unpaid", PT_T("The fee is not paid yet")},
        {"exempt", "unknown", PT_T("Choose a reason from the list")},
        {"exemption", "missing", PT_T("Attach the proof of the exemption")},
        {"receipt", "missing", PT_T("Attach the receipt of the payment")},
        {"why", "missing", PT_T("Write why the fee shall be deferred")},
        {"why", "length",
            PT_T("The reason is longer than 500 characters, or has characters "
                 "that cannot be read")},
    };

    if (strcmp(f->field, "document") == 0 && strcmp(f->of, "act") == 0)
        return PT_T("Attach the act that is complained of");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].field, f->field) == 0 &&
            strcmp(rows[i].rule, f->rule) == 0)
            return rows[i].text;
    return PT_T("The text has characters that cannot be read");
}
