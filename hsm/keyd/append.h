/* Records that come over a channel; answered when they are on the disk. */
#ifndef HSM_KEYD_APPEND_H
#define HSM_KEYD_APPEND_H

#include "base/wire/keyd.h"
#include "hsm/keyd/writer.h"

/* Sends an answer; called by the writer's thread. */
typedef void hsm_append_answer(void *arg, const struct mh_buf *answer);

/*
 * src: of the channel.  An event that only keyd may record, or a record that
 * breaks a rule, is answered by FAILED.  MH_EFORMAT: the packet is malformed;
 * answer is not called then.  Otherwise it is called once.
 */
enum mh_code hsm_append(struct hsm_writer *w, struct mh_span packet,
    const char *src, hsm_append_answer *answer, void *arg,
    struct mh_err *err) MH_MUST_USE;

#endif
