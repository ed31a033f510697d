#ifndef PORTAL_STORE_CASES_H
#define PORTAL_STORE_CASES_H
#include "portal/store/people.h"
struct pt_case {
    char id[27];
    char number[64];
};
enum mh_code pt_store_case_get(struct pt_store *store, const char *id,
    const struct pt_account *account, struct mh_arena *arena,
    struct mh_err *err, struct pt_case *out, enum pt_found *found);
bool pt_case_may_file(const struct pt_case *c);
#endif
