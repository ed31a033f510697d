/*
 * An application from its steps to what is signed (portal.md 3.8): what is
 * wrong in which step, what the fee comes to, the text that becomes its PDF,
 * and the files of its EDOC.
 *
 * Nothing here asks a person or the network; rules of the court and fees are
 * those of the day of the application (portal/data/policy.h, money/fee.h).
 */
#ifndef PORTAL_FILING_APPLICATION_H
#define PORTAL_FILING_APPLICATION_H

#include "base/buf.h"
#include "portal/data/appeals.h"
#include "portal/data/policy.h"
#include "portal/money/fee.h"
#include "portal/store/applications.h"
#include "portal/store/drafts.h"
#include "portal/store/payments.h"

#define PT_APPLICATION_PDF "application.pdf" /* the name of its text */

enum {
    PT_APPLICATION_STEPS = 6,
    PT_APPLICATION_PAYLOAD = 1 + PT_APPLICATION_FILES, /* files of an EDOC */
    PT_APPLICATION_TEXT = 4 << 20,                     /* bytes of its text */
    PT_APPLICATION_HEAD = 2000, /* characters of its court and parties */
};

/* An application with all that it has; everything lives in the arena. */
struct pt_dossier {
    struct mh_arena *arena;
    struct pt_application a;
    struct pt_application_parties parties;
    struct pt_application_files files;
    struct pt_policy policy;
    struct pt_fee_table fees;
    int64_t now;
    int64_t paid;         /* qəpik of its fee that were paid here */
    int64_t day;          /* whose rules count: pt_policy_day */
    char fin[PT_FIN + 1]; /* of its owner, or "" */
};

/* As the rules are at a time.  a.id "": there is none, and nothing else is
   read. */
enum mh_code pt_dossier_load(struct pt_store *store, const char *id,
    int64_t now, struct mh_arena *arena, struct mh_err *err,
    struct pt_dossier *out) MH_MUST_USE;

/*
 * What is wrong with a step: the field and the rule, both words that stay as
 * they are.
 *
 *   step  field                   rules
 *   1     court                   missing
 *         kind, proceeding,
 *         category, claim         unknown: none of the policy on that day
 *         kind                    act: a complaint is against an act, and what
 *                                 is against one is a complaint
 *         price                   range: 1 to PT_MONEY_MAX qəpik, of a valued
 *                                 claim only
 *   2     claimant, defendant     missing
 *         party                   missing (its name), reason (its FIN is not
 *                                 given and not said why), both-sides
 *   3     document                missing: of a kind that there must be
 *         mandate                 missing: its owner is none of the claimants
 *         file                    twice: of a name, or that of the text
 *   4     title, body, claims     missing, length, characters
 *         late                    the same, after the time for a complaint
 *   5     fee                     unknown, unpaid: as much as it comes to,
 *                                 changed: it comes to another sum
 *         exempt                  unknown
 *         exemption, receipt      missing: the file that proves it
 *         why                     missing, length, characters
 */
struct pt_application_fault {
    const char *field, *rule;
    /* Which: party: its id; document: its kind; file: its name; exempt: its
       code; else "".  Borrowed of the dossier. */
    const char *of;
};
/* Whether a step, from 1 to 5, is as it must be; else *fault, the first. */
bool pt_application_step(const struct pt_dossier *d, unsigned step,
    struct pt_application_fault *fault);
/* The first step that is not as it must be; 6: all are, and it may be
   signed. */
unsigned pt_application_next(const struct pt_dossier *d);

/* Whether its claim has a price. */
bool pt_application_valued(const struct pt_application *a);
/* Whether it is a complaint whose time is over. */
bool pt_application_late(const struct pt_dossier *d);
/* Of which instance its fee is. */
enum pt_fee_instance pt_application_instance(const struct pt_application *a);

/* Whether a file of that kind is there. */
bool pt_application_has(const struct pt_dossier *d, const char *kind);

/*
 * The fee that is owed as it is asked for: with its relief, and with its
 * exemption where one is claimed.  MH_EUNSUP: a claim, a relief or an
 * exemption that the table does not have on that day.  MH_EFORMAT: the price
 * is none.
 */
enum mh_code pt_application_fee(const struct pt_dossier *d, struct mh_err *err,
    struct pt_fee *out) MH_MUST_USE;

/*
 * Appends its text, in Azerbaijani, the language of the courts: court, parties,
 * price, fee, heading, body, claims, and each file with its SHA-256.  Where
 * court and parties are longer than PT_APPLICATION_HEAD, the head names the
 * first party of each side and says how many more there are, or only how many,
 * and all of them stand at the end.  out has room for PT_APPLICATION_TEXT
 * bytes.
 */
void pt_application_text(const struct pt_dossier *d, struct mh_buf *out);

/* What is signed, in the arena: the PDF, then the files in their order.
   MH_EINTERNAL: no PDF is made. */
enum mh_code pt_application_payload(const struct pt_dossier *d,
    struct mh_err *err, const struct pt_draft_file **file,
    size_t *files) MH_MUST_USE;

#endif
