#include "portal/people/logins.h"

#include <stdio.h>

#include "portal/filing/ledger.h"
#include "portal/http/clock.h"

enum mh_code
pt_login_record(struct pt_app *app, int64_t account, unsigned level, bool good,
    struct mh_err *err)
{
    char who[32] = "-", data[32];
    const struct pt_record r = {.ev = "login",
        .who = who,
        .obj = "portal",
        .res = good ? "ok" : "refused",
        .data = data};
    enum mh_code code;

    if (account != 0)
        (void)snprintf(who, sizeof(who), "p:%lld", (long long)account);
    (void)snprintf(data, sizeof(data), "level=%u\n", level);
    code = pt_store_record_add(app->store, &r, pt_time(), err);
    pt_ledger_wake(app->ledger);
    return code;
}
