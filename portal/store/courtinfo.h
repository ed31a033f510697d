/*
 * What is known of a court beside its name: how it is reached, whether it
 * works with the electronic court, which series of cases it numbers.  Changed
 * by two operators (proposals.h).
 */
#ifndef PORTAL_STORE_COURTINFO_H
#define PORTAL_STORE_COURTINFO_H

#include "portal/store/cases.h"

enum {
    PT_COURT_TYPES = 128, /* bytes of the types of cases of a court */
    PT_COURT_PLACE = 32,  /* bytes of the code of its place */
};

struct pt_court_info {
    int64_t id; /* of the row: for other calls of the store alone */
    struct pt_court court;
    bool connected;                 /* else papers go to its address */
    bool closed;                    /* it takes no new cases */
    char types[PT_COURT_TYPES + 1]; /* "2,2-1": of its series; "": any */
    char place[PT_COURT_PLACE + 1]; /* a code of data/places.h, or "" */
    char address[PT_TEXT_MAX + 1], phone[PT_TEXT_MAX + 1],
        email[PT_TEXT_MAX + 1];
    uint32_t act_days;  /* from the announcement of an act to publication */
    uint32_t officials; /* active accounts; counted in the list of all alone */
};
/* One of nothing said is connected, open, of any series and place, 3 days. */
enum mh_code pt_store_court_info(struct pt_store *store, const char *code,
    struct mh_err *err, struct pt_court_info *out,
    enum pt_found *found) MH_MUST_USE;
/* All, by their codes. */
struct pt_court_infos {
    struct pt_court_info *item; /* in the arena */
    size_t count;
};
enum mh_code pt_store_court_infos(struct pt_store *store,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_court_infos *out) MH_MUST_USE;

/* Says where a court is; what else is known of it stays.  place: a code of the
   places (data/places.h), or "". */
enum mh_code pt_store_court_place(struct pt_store *store, int64_t court,
    const char *place, struct mh_err *err) MH_MUST_USE;

/* 1 to PT_COURT_CODE_MAX small letters, digits and dashes. */
bool pt_court_code_good(const char *code);

#endif
