#include "portal/filing/keyseal.h"

#include <unistd.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/wire/sign.h"

enum {
    SEAL_MS = 120000, /* authorities may be slow */
    TICKET_MS = 10000,
};

enum mh_code
pt_keyseal_bytes(struct mh_span bytes, struct mh_err *err, int *fd)
{
    enum mh_code code = mh_memfd_new("document", bytes.len, err, fd);
    size_t at = 0;

    while (code == MH_OK && at < bytes.len) {
        ssize_t n = pwrite(*fd, bytes.ptr + at, bytes.len - at, (off_t)at);

        if (n <= 0)
            code = mh_fail_sys(err, "seal: memory");
        else
            at += (size_t)n;
    }
    return code == MH_OK ? mh_memfd_seal(*fd, err) : code;
}

enum mh_code
pt_keyseal_copy(int from, uint64_t size, struct mh_err *err, int *fd)
{
    struct mh_map map = {0};
    enum mh_code code = size > 0 ? mh_map_fd(from, size, err, &map) : MH_OK;

    if (code == MH_OK)
        code = pt_keyseal_bytes(map.bytes, err, fd);
    mh_map_fini(&map);
    return code;
}

static enum mh_code
ask(struct pt_keyseal *s, struct mh_keyd_question *q, struct mh_buf *message,
    struct mh_arena *arena, struct mh_err *err, struct mh_keyd_answer *out)
{
    enum mh_code code;

    *out = (struct mh_keyd_answer){.fd = -1, .where = ""};
    q->message = message;
    code = mh_keyd_ask(s->keyd, q, arena, err, out);
    s->refusal = out->refusal;
    s->where = out->where == NULL ? "" : out->where;
    s->refused = code != MH_OK && out->packet.len > 0;
    mh_buf_fini(message);
    return code;
}

enum mh_code
pt_keyseal_ticket(struct pt_keyseal *s, struct mh_arena *arena,
    struct mh_err *err, uint8_t op[static MH_OP_ID])
{
    struct mh_keyd_ticket m = {.id = mh_keyd_next(s->keyd), .bond = s->bond};
    struct mh_keyd_question q = {
        .id = m.id, .want = MH_KEYD_TICKETED, .timeout_ms = TICKET_MS};
    struct mh_keyd_answer answer;
    struct mh_keyd_ticketed t;
    struct mh_buf message;
    enum mh_code code;

    mh_buf_init(&message, MH_MESSAGE_MAX);
    mh_keyd_ticket_pack(&m, &message);
    code = ask(s, &q, &message, arena, err, &answer);
    mh_close(&answer.fd);
    if (code == MH_OK)
        code = mh_keyd_ticketed_unpack(answer.packet, arena, err, &t);
    if (code == MH_OK)
        memcpy(op, t.op.ptr, MH_OP_ID);
    return code;
}

enum mh_code
pt_keyseal_make(struct pt_keyseal *s, const uint8_t op[static MH_OP_ID],
    struct mh_arena *arena, struct mh_err *err, int *fd, uint64_t *size)
{
    struct mh_sign_request request = {.op = MH_SIGN_PREPARE,
        .spec = {.as = s->as,
            .level = s->level,
            .role = "",
            .place = "",
            .reason = ""}};
    struct mh_keyd_seal m = {.id = mh_keyd_next(s->keyd),
        .op = {op, MH_OP_ID},
        .bond = s->bond,
        .file = s->file,
        .files = s->files};
    struct mh_keyd_question q = {.id = m.id,
        .fd = s->fd,
        .fds = s->files,
        .want = MH_KEYD_SEALED,
        .timeout_ms = SEAL_MS};
    struct mh_keyd_answer answer;
    struct mh_keyd_sealed sealed;
    struct mh_buf spec, message;
    enum mh_code code;

    mh_buf_init(&spec, MH_SEAL_SPEC_MAX);
    mh_sign_request_pack(&request, &spec);
    m.spec = mh_buf_get(&spec);
    mh_buf_init(&message, MH_MESSAGE_MAX);
    mh_keyd_seal_pack(&m, &message);
    code = ask(s, &q, &message, arena, err, &answer);
    mh_buf_fini(&spec);
    if (code == MH_OK)
        code =
            mh_keyd_sealed_unpack(answer.packet, MH_KEYD_SEALED, err, &sealed);
    if (code == MH_OK)
        code = mh_keyd_memfd_check(answer.fd, sealed.size, s->max, err);
    if (code != MH_OK) {
        mh_close(&answer.fd);
        return code;
    }
    *fd = answer.fd;
    *size = sealed.size;
    return MH_OK;
}
