/* The listening sockets of the service, and what is said to systemd. */
#ifndef SIGNER_CMD_SERVE_LISTEN_H
#define SIGNER_CMD_SERVE_LISTEN_H

#include "base/err.h"

/*
 * Opens what listen (mohur.conf: unix:PATH or the loopback) names; group "" :
 * everybody of the machine may connect to a unix socket.  A socket that is
 * there already is replaced if nobody answers on it.  Not blocking.  *out is -1
 * for "off".
 */
enum mh_code sg_listen_open(const char *listen, const char *group,
    struct mh_err *err, int *out) MH_MUST_USE;

/* sd_notify(3): state is "READY=1" and the like; without NOTIFY_SOCKET in the
   environment nothing happens, and nothing is said of a failure. */
void sg_notify(const char *state);

#endif
