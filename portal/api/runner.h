/* The thread that does the store's jobs, one after another. */
#ifndef PORTAL_API_RUNNER_H
#define PORTAL_API_RUNNER_H

#include "portal/api/app.h"

enum mh_code pt_runner_start(
    struct pt_app *app, struct mh_err *err) MH_MUST_USE;
void pt_runner_stop(struct pt_app *app);

/* One job if one is due; false: none was. */
bool pt_runner_once(struct pt_app *app, int64_t now);

#endif
