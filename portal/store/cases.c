#include "portal/store/cases.h"
#include <stdio.h>
enum mh_code
pt_store_case_get(struct pt_store *store, const char *id,
    const struct pt_account *account, struct mh_arena *arena,
    struct mh_err *err, struct pt_case *out, enum pt_found *found)
{
    (void)store;
    (void)arena;
    (void)err;
    *found = account->role == PT_ROLE_LAWYER ? PT_FOUND : PT_ABSENT;
    (void)snprintf(out->id, sizeof(out->id), "%s", id);
    (void)snprintf(out->number, sizeof(out->number), "2(103)-1/2026");
    return MH_OK;
}
bool
pt_case_may_file(const struct pt_case *c)
{
    return c->id[0] != '\0';
}
