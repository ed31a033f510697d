/*
 * Versions of the tables that decide (portal.md 1, "law"): court policy
 * (portal/data/policy.h) and state fees (portal/money/feetable.h).  The ones
 * inside the program come first; two operators put others after them, each
 * from a day on (proposals.h, subjects "rules:policy", "rules:fees").
 *
 * As text: a line "begins=2026-12-31", then the table.  Days are seconds UTC
 * of their midnights, as everywhere in the tables.
 */
#ifndef PORTAL_STORE_RULES_H
#define PORTAL_STORE_RULES_H

#include "portal/store/store.h"

enum {
    PT_RULES_TEXT = 1 << 15,   /* bytes of a table that is put */
    PT_RULES_SHOWN = 50,       /* versions that are listed */
    PT_RULES_AHEAD = 2 * 365,  /* days that one may begin from now */
    PT_FRONT_TEXT_MAX = 20000, /* bytes of a text of the front pages */
};

enum pt_rules {
    PT_RULES_POLICY,
    PT_RULES_FEES,
    PT_RULES_KINDS,
};
const char *pt_rules_name(enum pt_rules r); /* "policy" */
bool pt_rules_of(const char *name, enum pt_rules *out);

/* The table that counts on a day, in the arena or inside the program. */
enum mh_code pt_store_rules_on(struct pt_store *store, enum pt_rules r,
    int64_t day, struct mh_arena *arena, struct mh_err *err,
    struct mh_span *out) MH_MUST_USE;

struct pt_rules_version {
    int64_t version;
    int64_t begins; /* INT64_MIN: the one inside the program */
    char proposal[27];
};
struct pt_rules_list {
    struct pt_rules_version item[PT_RULES_SHOWN]; /* the latest first */
    size_t count;
};
enum mh_code pt_store_rules_list(struct pt_store *store, enum pt_rules r,
    struct mh_err *err, struct pt_rules_list *out) MH_MUST_USE;

/*
 * Texts of the front pages, subjects "text:useful.az": what operators wrote,
 * paragraphs with an empty line between.  In the arena; NULL: none.
 */
extern const char *const pt_front_texts[]; /* "useful"...; NULL-ended */
enum mh_code pt_store_front_text(struct pt_store *store, const char *name,
    const char *lang, struct mh_arena *arena, struct mh_err *err,
    const char **out) MH_MUST_USE;

#endif
