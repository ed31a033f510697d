/*
 * Cases that a clerk registers (portal.md 5): the next number of the court's
 * series, parties, those of them who have an account, a record, and what they
 * are told, all or nothing.  And who the officials of courts are.
 *
 * Times are seconds UTC.  Texts are clean UTF-8 within the limits of cases.h.
 */
#ifndef PORTAL_STORE_REGISTER_H
#define PORTAL_STORE_REGISTER_H

#include "portal/data/series.h"
#include "portal/store/sent.h"

enum {
    PT_VOEN = 10,        /* digits of the number of a taxpayer */
    PT_JUDGES_MAX = 200, /* judges that are listed at once */
};

struct pt_register_party {
    struct pt_party p;
    char ident[PT_VOEN + 1]; /* FIN or VÖEN, or "" */
    int64_t account; /* who takes part at once, where active; 0: nobody */
};

struct pt_register {
    int64_t clerk; /* who registers, an official of the court */
    int64_t court; /* its number in the store */
    int64_t judge; /* an account, a judge of the court; 0: none yet */
    const struct pt_series *series;
    const char *proceeding, *subject;
    bool restricted;
    const struct pt_register_party *party;
    size_t parties;
    int64_t now;
    const char *form; /* one case for each (sent.h) */
    uint8_t digest[PT_HASH];
    bool electronic; /* opened so: its number says it */
    /*
     * What else is written with it; NULL: nothing.  Called in the writer's
     * transaction before there is a case (case_id NULL), when it may say that
     * none shall be, and once more when it is there.
     */
    enum mh_code (*with)(struct pt_store *store, void *ctx, const char *case_id,
        struct mh_err *err, bool *good);
    void *ctx;
};

enum pt_registered {
    PT_REGISTERED,        /* now, or when the form came first */
    PT_REGISTERED_OTHER,  /* the form was used for something else */
    PT_REGISTERED_NOT,    /* clerk or judge are none of the court, or `with`
                             said so */
    PT_REGISTERED_SERIES, /* the court takes no new cases, or none of this
                             type (courtinfo.h); not where `with` is given */
};
struct pt_register_done {
    enum pt_registered what;
    char id[27]; /* REGISTERED: of the case */
};
/* MH_ELIMIT: the series is at its end. */
enum mh_code pt_store_case_register(struct pt_store *store,
    const struct pt_register *what, struct mh_err *err,
    struct pt_register_done *out) MH_MUST_USE;

/* The courts of an official, by their names. */
struct pt_own_court {
    int64_t id; /* its number in the store */
    struct pt_court court;
};
struct pt_own_courts {
    struct pt_own_court *item; /* in the arena */
    size_t count;
};
enum mh_code pt_store_official_courts(struct pt_store *store, int64_t account,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_own_courts *out) MH_MUST_USE;

/* The active judges of the courts of an official, by court and name. */
struct pt_judge_of {
    int64_t account, court;
    char name[2 * PT_TEXT_MAX + 2];
};
struct pt_judges {
    struct pt_judge_of *item; /* in the arena */
    size_t count;
};
enum mh_code pt_store_official_judges(struct pt_store *store, int64_t account,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_judges *out) MH_MUST_USE;

#endif
