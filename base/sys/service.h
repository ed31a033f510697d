/*
 * The service's side of base/wire/control.h: receives what the supervisor
 * says, in order, and calls the program.  A message that breaks the protocol,
 * or the end of the channel, is an error after which the program must exit.
 *
 * mh_service_serve is for one thread; mh_service_ready and mh_service_want may
 * be called by any.
 */
#ifndef BASE_SYS_SERVICE_H
#define BASE_SYS_SERVICE_H

#include "base/wire/control.h"

struct mh_service;

/* Each gets ctx; a code other than MH_OK ends mh_service_serve with it. */
struct mh_service_ops {
    /* The first message: unpack it with mh_portal_settings_unpack(packet,
       false, ...).  The packet is borrowed for the call. */
    enum mh_code (*setup)(void *ctx, struct mh_span packet, struct mh_err *err);
    /* Settings again, unpacked with again = true.  What is wrong with them
       changes nothing: they were checked, so it is an error. */
    enum mh_code (*reload)(
        void *ctx, struct mh_span packet, struct mh_err *err);
    /* A descriptor, which is taken over. */
    enum mh_code (*channel)(void *ctx, enum mh_peer peer, uint32_t index,
        int fd, struct mh_err *err);
    /* How everybody is, borrowed for the call; the answer's texts and arrays
       are borrowed until the next call. */
    void (*tick)(void *ctx, const struct mh_ctl_tick *tick,
        struct mh_ctl_health *health);
    /* Nothing new is begun from here on; the program exits when it is done,
       within MH_STOP_MS. */
    void (*stop)(void *ctx);
};

/* chan: MH_HELPER_FD; taken over.  ops and ctx are borrowed. */
enum mh_code mh_service_new(int chan, const struct mh_service_ops *ops,
    void *ctx, struct mh_err *err, struct mh_service **out) MH_MUST_USE;
void mh_service_free(struct mh_service *service); /* NULL is fine */

int mh_service_fd(const struct mh_service *service); /* to be polled (POLLIN) */

/*
 * Receives one message, waiting for it, and calls the program.  The end of the
 * channel is MH_EIO "supervisor: gone".
 */
enum mh_code mh_service_serve(
    struct mh_service *service, struct mh_err *err) MH_MUST_USE;
bool mh_service_set_up(const struct mh_service *service); /* SETUP came */

/* Says READY; once, after everything is there. */
enum mh_code mh_service_ready(
    struct mh_service *service, struct mh_err *err) MH_MUST_USE;
/* Asks to have a helper killed and started again: a new CHANNEL will come. */
enum mh_code mh_service_want(struct mh_service *service, enum mh_peer peer,
    uint32_t index, struct mh_err *err) MH_MUST_USE;

#endif
