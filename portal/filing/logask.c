#include "portal/filing/logask.h"

#include "base/limits.h"
#include "base/sys/chan.h"

enum {
    ASK_MS = 30000,
    CHECK_MS = 1800000, /* a log of years is read and verified */
};

/* Asks with a packed message, which ends here. */
static enum mh_code
put(struct pt_log_asker *ask, struct mh_keyd_question *q,
    struct mh_buf *message, struct mh_err *err, struct mh_span *packet)
{
    struct mh_keyd_answer answer = {.fd = -1};
    enum mh_code code;

    q->message = message;
    code = mh_keyd_ask(ask->keyd, q, ask->arena, err, &answer);
    ask->heard = answer.packet.len > 0;
    *packet = answer.packet;
    mh_buf_fini(message);
    mh_close(&answer.fd);
    return code;
}

static enum mh_code
prove(struct pt_log_asker *ask, uint64_t n, bool first, struct mh_err *err,
    struct mh_keyd_proved *out)
{
    struct mh_keyd_proof m = {
        .id = mh_keyd_next(ask->keyd), .n = n, .first = first};
    struct mh_keyd_question q = {
        .id = m.id, .want = MH_KEYD_PROVED, .timeout_ms = ASK_MS};
    struct mh_span packet;
    struct mh_buf message;
    enum mh_code code;

    mh_buf_init(&message, MH_MESSAGE_MAX);
    mh_keyd_proof_pack(&m, &message);
    code = put(ask, &q, &message, err, &packet);
    return code == MH_OK ? mh_keyd_proved_unpack(packet, ask->arena, err, out)
                         : code;
}

enum mh_code
pt_log_prove(struct pt_log_asker *ask, uint64_t n, struct mh_err *err,
    struct mh_keyd_proved *out)
{
    return prove(ask, n, false, err, out);
}

enum mh_code
pt_log_prove_first(struct pt_log_asker *ask, uint64_t n, struct mh_err *err,
    struct mh_keyd_proved *out)
{
    return prove(ask, n, true, err, out);
}

enum mh_code
pt_log_read(struct pt_log_asker *ask, uint64_t n, struct mh_err *err,
    struct mh_keyd_records *out)
{
    struct mh_keyd_read m = {.id = mh_keyd_next(ask->keyd), .n = n};
    struct mh_keyd_question q = {
        .id = m.id, .want = MH_KEYD_RECORDS, .timeout_ms = ASK_MS};
    struct mh_span packet;
    struct mh_buf message;
    enum mh_code code;

    mh_buf_init(&message, MH_MESSAGE_MAX);
    mh_keyd_read_pack(&m, &message);
    code = put(ask, &q, &message, err, &packet);
    return code == MH_OK ? mh_keyd_records_unpack(packet, ask->arena, err, out)
                         : code;
}

bool
pt_log_next(struct mh_span *rest, struct mh_span *record)
{
    size_t len;

    if (rest->len < 2)
        return false;
    len = (size_t)rest->ptr[0] << 8 | rest->ptr[1];
    if (len == 0 || !mh_span_sub(*rest, 2, len, record))
        return false;
    rest->ptr += 2 + len;
    rest->len -= 2 + len;
    return true;
}

enum mh_code
pt_log_check(struct pt_log_asker *ask, bool whole, struct mh_err *err,
    struct mh_keyd_checked *out)
{
    struct mh_keyd_check m = {.id = mh_keyd_next(ask->keyd), .whole = whole};
    struct mh_keyd_question q = {.id = m.id,
        .want = MH_KEYD_CHECKED,
        .timeout_ms = whole ? CHECK_MS : ASK_MS};
    struct mh_span packet;
    struct mh_buf message;
    enum mh_code code;

    mh_buf_init(&message, MH_MESSAGE_MAX);
    mh_keyd_check_pack(&m, &message);
    code = put(ask, &q, &message, err, &packet);
    return code == MH_OK ? mh_keyd_checked_unpack(packet, ask->arena, err, out)
                         : code;
}
