/*
 * mohur-portal under mohur serve: settings, listener and channels come from
 * the supervisor (base/wire/control.h).
 */
#ifndef PORTAL_CONTROL_H
#define PORTAL_CONTROL_H

#include "portal/api/app.h"

/* Runs until the supervisor says STOP; the exit status of the program. */
int pt_control_run(int chan);

/* The server's settings that do not depend on where the rest came from. */
void pt_server_defaults(struct pt_app *app, struct pt_server_settings *set);

#endif
