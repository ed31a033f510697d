#include "portal/pages/casewords.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "portal/pages/tmpl.h"
#include "portal/store/schedule.h"

enum {
    BAKU = 4 * 3600, /* seconds ahead of UTC, the whole year */
    YEAR_MIN = 1991,
    YEAR_MAX = 2100,
};

const char *
pt_word_text(const struct pt_word *rows, const char *code)
{
    for (; rows->code != NULL; rows++)
        if (strcmp(rows->code, code) == 0)
            return rows->text;
    return code;
}

static const struct {
    const char *code, *text, *colour;
} statuses[PT_CASE_STATUSES] = {
    [PT_CASE_REGISTERED] = {"registered", PT_T("Registered"), "grey"},
    [PT_CASE_ASSIGNED] = {"assigned", PT_T("Given to a judge"), "blue"},
    [PT_CASE_IN_PROCEEDINGS] = {"open", PT_T("In proceedings"), "blue"},
    [PT_CASE_SUSPENDED] = {"suspended", PT_T("Suspended"), "yellow"},
    [PT_CASE_FINAL_ACT] = {"decided", PT_T("Final act issued"), "green"},
    [PT_CASE_IN_FORCE] = {"in-force", PT_T("Act in force"), "green"},
    [PT_CASE_APPEALED] = {"appealed", PT_T("Appealed"), "yellow"},
    [PT_CASE_ARCHIVED] = {"archived", PT_T("In the archive"), "grey"},
    [PT_CASE_RETURNED] = {"returned", PT_T("Returned without review"), "grey"},
};

const char *
pt_case_status_text(enum pt_case_status s)
{
    return s > 0 && s < PT_CASE_STATUSES ? statuses[s].text : "";
}

const char *
pt_case_status_code(enum pt_case_status s)
{
    return s > 0 && s < PT_CASE_STATUSES ? statuses[s].code : "";
}

const char *
pt_case_status_colour(enum pt_case_status s)
{
    return s > 0 && s < PT_CASE_STATUSES ? statuses[s].colour : "grey";
}

/* domain.md 5.1 */
static const struct pt_word types[] = {
    {"2", PT_T("Civil case")},
    {"2-1", PT_T("Administrative dispute")},
    {"2-2", PT_T("Commercial dispute")},
    {"8", PT_T("Execution of court decisions")},
    {"MXMT", PT_T("Provisional measures of protection")},
    {NULL, NULL},
};

const char *
pt_case_type_text(const char *code)
{
    return pt_word_text(types, code);
}

const char *
pt_case_type_of(size_t n)
{
    return n + 1 < sizeof(types) / sizeof(types[0]) ? types[n].code : NULL;
}

static const struct pt_word proceedings[] = {
    {"claim", PT_T("Action proceedings")},
    {"special", PT_T("Special proceedings")},
    {"order", PT_T("Court order proceedings")},
    {NULL, NULL},
};

const char *
pt_case_proceeding_text(const char *code)
{
    return pt_word_text(proceedings, code);
}

const char *
pt_case_proceeding_of(size_t n)
{
    return n + 1 < sizeof(proceedings) / sizeof(proceedings[0])
               ? proceedings[n].code
               : NULL;
}

const char *
pt_case_role_code(enum pt_case_role role)
{
    static const char *const codes[PT_CASE_ROLES] = {
        [PT_CASE_CLAIMANT] = "claimant",
        [PT_CASE_DEFENDANT] = "defendant",
        [PT_CASE_THIRD] = "third",
        [PT_CASE_CLAIMANTS_LAWYER] = "claimants-lawyer",
        [PT_CASE_DEFENDANTS_LAWYER] = "defendants-lawyer",
        [PT_CASE_OTHER] = "other",
    };

    return role > 0 && role < PT_CASE_ROLES ? codes[role] : "";
}

const char *
pt_case_role_text(enum pt_case_role role)
{
    switch (role) {
    case PT_CASE_CLAIMANT:
        return PT_T("Claimant");
    case PT_CASE_DEFENDANT:
        return PT_T("Defendant");
    case PT_CASE_THIRD:
        return PT_T("Third person");
    case PT_CASE_CLAIMANTS_LAWYER:
        return PT_T("Claimant's representative");
    case PT_CASE_DEFENDANTS_LAWYER:
        return PT_T("Defendant's representative");
    case PT_CASE_OTHER:
        return PT_T("Other participant");
    case PT_CASE_ROLES:
        break;
    }
    return PT_T("Official");
}

static const struct pt_word hearings[] = {
    {"preparatory", PT_T("Preparatory hearing")},
    {"trial", PT_T("Trial")},
    {"oral", PT_T("Oral hearing")},
    {NULL, NULL},
};

const char *
pt_hearing_kind_text(const char *code)
{
    return pt_word_text(hearings, code);
}

const char *
pt_hearing_kind_of(size_t n)
{
    return n + 1 < sizeof(hearings) / sizeof(hearings[0]) ? hearings[n].code
                                                          : NULL;
}

const char *
pt_hearing_state_text(const char *code)
{
    static const struct pt_word rows[] = {
        {"scheduled", PT_T("Scheduled")},
        {"moved", PT_T("Moved to another time")},
        {"cancelled", PT_T("Cancelled")},
        {"held", PT_T("Held")},
        {NULL, NULL},
    };

    return pt_word_text(rows, code);
}

const char *
pt_event_text(const char *kind)
{
    static const struct pt_word rows[] = {
        {"registered", PT_T("The case was registered")},
        {"assigned", PT_T("The case was given to a judge")},
        {"case-registered", PT_T("The case was registered")},
        {"hearing", PT_T("A hearing was scheduled")},
        {"hearing-scheduled", PT_T("A hearing was scheduled")},
        {"hearing-moved", PT_T("A hearing was moved to another time")},
        {"hearing-cancelled", PT_T("A hearing was cancelled")},
        {"hearing-held", PT_T("A hearing took place")},
        {"document", PT_T("A document was filed")},
        {"document-accepted", PT_T("A document was accepted")},
        {"document-returned", PT_T("A document was returned")},
        {"act", PT_T("A court act was published")},
        {"act-published", PT_T("A court act was published")},
        {"act-withdrawn", PT_T("The judge took an act back from signature")},
        {"act-discarded", PT_T("The judge discarded the draft of an act")},
        {"complaint-registered",
            PT_T("A complaint against an act of the case was registered")},
        {"enforcement", PT_T("The state of a writ of execution changed")},
        {"judge-drawn", PT_T("The judge of the case was drawn")},
        {"judge-changed", PT_T("The case was given to another judge")},
        {"joined", PT_T("A party joined the case")},
        {"join-ended", PT_T("The court ended a participation")},
        {"join-locked",
            PT_T("Five wrong access codes were tried for the case")},
        {"mandate-accepted", PT_T("A representative entered the case")},
        {"mandate-ended", PT_T("The mandate of a representative ended")},
        {"application-submitted", PT_T("An application was sent")},
        {"application-withdrawn", PT_T("An application was withdrawn")},
        {"application-review", PT_T("The court has begun to look at the "
                                    "application")},
        {"application-returned", PT_T("The court returned the application")},
        {"application-rejected", PT_T("The court rejected the application")},
        {NULL, NULL},
    };

    return pt_word_text(rows, kind);
}

void
pt_event_detail(const char *kind, const char *data, enum mh_lang lang,
    char out[static PT_DETAIL_MAX + 1])
{
    static const struct pt_word sides[] = {
        {"claimant", PT_T("Claimant")},
        {"defendant", PT_T("Defendant")},
        {"third", PT_T("Third person")},
        {NULL, NULL},
    };
    struct pt_hearing_told told;
    char before[24] = "", starts[24];

    if (strcmp(kind, "joined") == 0)
        data = pt_text(lang, pt_word_text(sides, data));
    if (!pt_hearing_told(kind, data, &told)) {
        (void)snprintf(out, PT_DETAIL_MAX + 1, "%s", data); /* always fits */
        return;
    }
    pt_baku_minute(told.before, before);
    pt_baku_minute(told.starts, starts);
    (void)snprintf(out, PT_DETAIL_MAX + 1, "%s%s%s. %s: %s", before,
        before[0] == '\0' ? "" : " → ", starts, pt_text(lang, PT_T("Hall")),
        told.hall); /* always fits */
}

const char *
pt_person_text(enum pt_role role)
{
    switch (role) {
    case PT_ROLE_CITIZEN:
        return PT_T("Citizen");
    case PT_ROLE_LAWYER:
        return PT_T("Lawyer");
    case PT_ROLE_PARTICIPANT:
        return PT_T("Other participant");
    case PT_ROLE_JUDGE:
        return PT_T("Judge");
    case PT_ROLE_CLERK:
        return PT_T("Clerk");
    case PT_ROLE_PRESIDENT:
        return PT_T("President of a court");
    case PT_ROLE_AUDITOR:
        return PT_T("Auditor");
    case PT_ROLE_OPERATOR:
        return PT_T("Operator");
    case PT_ROLES:
        break;
    }
    return PT_T("The service");
}

void
pt_baku_minute(int64_t t, char out[static 24])
{
    struct mh_civil c;
    char *p = out;

    *p = '\0';
    if (t == MH_TIME_NONE || t >= INT64_MAX - BAKU ||
        !mh_time_to_civil(t + BAKU, &c) || c.year < 0 || c.year > 9999)
        return;
    p = mh_time_digits(p, (unsigned)c.day, 2);
    *p++ = '.';
    p = mh_time_digits(p, (unsigned)c.month, 2);
    *p++ = '.';
    p = mh_time_digits(p, (unsigned)c.year, 4);
    *p++ = ' ';
    p = mh_time_digits(p, (unsigned)c.hour, 2);
    *p++ = ':';
    p = mh_time_digits(p, (unsigned)c.min, 2);
    *p = '\0';
}

void
pt_baku_day(int64_t t, char out[static 16])
{
    char minute[24];

    pt_baku_minute(t, minute);
    memcpy(out, minute, 10);
    out[minute[0] == '\0' ? 0 : 10] = '\0';
}

bool
pt_baku_day_parse(const char *text, int64_t *out)
{
    int n[3] = {0, 0, 0}, part = 0;

    for (size_t i = 0; text[i] != '\0'; i++) {
        bool dot = i == 2 || i == 5;

        if (i == 10 || (dot ? text[i] != '.' : text[i] < '0' || text[i] > '9'))
            return false;
        part += dot;
        if (!dot)
            n[part] = 10 * n[part] + (text[i] - '0');
    }
    const struct mh_civil c = {.day = n[0], .month = n[1], .year = n[2]};

    if (c.year < YEAR_MIN || c.year > YEAR_MAX || !mh_time_from_civil(&c, out))
        return false;
    *out -= BAKU;
    return true;
}
