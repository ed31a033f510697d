/*
 * mohur-token: one PKCS#11 module, one token, one key (keys.md 3.2).
 *
 *     mohur-token PROFILE MODULE [WRITABLE ...]
 *
 * Started by the client side of this room with its channel as descriptor 3;
 * not made to be run by hand.  It does one thing at a time and keeps no
 * deadline: its peer does, and kills it.  A message of a bad length, type or
 * order ends it.
 */
#include <poll.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/sys/module.h"
#include "hsm/session.h"

enum {
    CHANNEL = 3,
    POLL = 500,         /* ms between two looks at an idle token */
    KEEP_ALIVE = 20000, /* ms between two words to an idle session */
    SECRET = MH_MESSAGE_MAX + 4096, /* locked bytes: a message, then a PIN */
    WRITABLE_MAX = 32,
};

struct program {
    struct hsm_module module;
    struct hsm_session session;
    struct mh_arena *arena; /* of one request */
    struct mh_buf reply;
    uint8_t *in; /* MH_MESSAGE_MAX bytes of locked memory */
    bool over;   /* CLOSE was asked for */
};

/* Each handler answers into p->reply; false: *fail is the answer. */
static bool
do_list(struct program *p, struct mh_span in, struct mh_token_failed *fail)
{
    struct mh_token_list list;

    (void)in; /* bare */
    if (!hsm_find_all(&p->module, p->arena, fail, &list))
        return false;
    mh_token_tokens_pack(&list, &p->reply);
    return true;
}

static bool
answer_facts(struct program *p, struct mh_token_failed *fail)
{
    struct mh_token_facts facts;

    if (!hsm_session_facts(&p->session, &facts, fail))
        return false;
    mh_token_facts_pack(&facts, &p->reply);
    return true;
}

static bool
do_open(struct program *p, struct mh_span in, struct mh_token_failed *fail)
{
    struct mh_token_open m;

    if (mh_token_open_unpack(in, p->arena, NULL, &m) != MH_OK)
        _exit(1);
    if (!hsm_session_open(&p->session, &m, fail))
        return false;
    return answer_facts(p, fail);
}

static bool
do_cert(struct program *p, struct mh_span in, struct mh_token_failed *fail)
{
    struct mh_token_certificate answer;
    struct mh_token_cert m;

    if (mh_token_cert_unpack(in, NULL, &m) != MH_OK)
        _exit(1);
    answer.index = m.index;
    if (!hsm_session_cert(&p->session, m.index, &answer.der, fail))
        return false;
    mh_token_certificate_pack(&answer, &p->reply);
    return true;
}

static bool
do_state(struct program *p, struct mh_span in, struct mh_token_failed *fail)
{
    (void)in; /* bare */
    hsm_session_poll(&p->session, true);
    return answer_facts(p, fail);
}

static bool
do_login(struct program *p, struct mh_span in, struct mh_token_failed *fail)
{
    struct mh_token_login m;

    if (mh_token_login_unpack(in, NULL, &m) != MH_OK)
        _exit(1);
    if (!hsm_session_login(&p->session, &m, fail))
        return false;
    return answer_facts(p, fail);
}

static bool
do_sign(struct program *p, struct mh_span in, struct mh_token_failed *fail)
{
    uint8_t value[MH_TOKEN_VALUE_MAX];
    struct mh_token_signed answer = {{value, 0}};
    struct mh_token_sign m;

    if (mh_token_sign_unpack(in, NULL, &m) != MH_OK)
        _exit(1);
    if (!hsm_session_sign(&p->session, &m, value, &answer.value.len, fail))
        return false;
    mh_token_signed_pack(&answer, &p->reply);
    return true;
}

static bool
do_close(struct program *p, struct mh_span in, struct mh_token_failed *fail)
{
    (void)in; /* bare */
    (void)fail;
    p->over = true;
    return true;
}

/* What may be asked, when, and by whom it is answered. */
static const struct {
    enum mh_token_message type;
    bool before, after; /* an OPEN that succeeded */
    bool bare;
    bool (*run)(
        struct program *p, struct mh_span in, struct mh_token_failed *fail);
} ops[] = {
    {MH_TOKEN_LIST, true, false, true, do_list},
    {MH_TOKEN_OPEN, true, false, false, do_open},
    {MH_TOKEN_CERT, false, true, false, do_cert},
    {MH_TOKEN_STATE, false, true, true, do_state},
    {MH_TOKEN_LOGIN, false, true, false, do_login},
    {MH_TOKEN_SIGN, false, true, false, do_sign},
    {MH_TOKEN_CLOSE, true, true, true, do_close},
};

enum {
    OPS = sizeof(ops) / sizeof(ops[0])
};

static void
answer(struct program *p)
{
    if (!mh_buf_ok(&p->reply) ||
        mh_chan_send(CHANNEL, mh_buf_get(&p->reply), NULL, 0, NULL) != MH_OK)
        _exit(1); /* the peer is gone, or there is no memory */
}

static void
serve(struct program *p, struct mh_span in)
{
    struct mh_token_failed fail = {.text = ""};
    size_t i = 0;

    while (i < OPS && (uint8_t)ops[i].type != mh_token_type(in))
        i++;
    if (i >= OPS)
        _exit(1);
    if (!(p->session.opened ? ops[i].after : ops[i].before) ||
        (ops[i].bare && mh_token_unpack_bare(in, ops[i].type, NULL) != MH_OK))
        _exit(1);
    mh_arena_reset(p->arena);
    mh_buf_clear(&p->reply);
    if (!ops[i].run(p, in, &fail)) {
        mh_buf_clear(&p->reply);
        mh_token_failed_pack(&fail, &p->reply);
    }
    if (!p->over)
        answer(p);
}

static int64_t
now_ms(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail */
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Until CLOSE or the end of the channel. */
static void
loop(struct program *p)
{
    int fds[MH_MESSAGE_FDS_MAX];
    int64_t spoke = now_ms();

    while (!p->over) {
        struct pollfd pfd = {.fd = CHANNEL, .events = POLLIN};
        struct mh_packet packet = {.buf = p->in, .fd = fds};
        int n = poll(&pfd, 1, POLL);

        if (n == 0) {
            bool keep = now_ms() - spoke >= KEEP_ALIVE;

            hsm_session_poll(&p->session, keep);
            if (keep)
                spoke = now_ms();
            continue;
        }
        if (n < 0)
            continue; /* a signal */
        if (mh_chan_recv(CHANNEL, NULL, &packet) != MH_OK || packet.len == 0)
            break;
        if (packet.fds > 0)
            _exit(1);
        serve(p, (struct mh_span){p->in, packet.len});
        explicit_bzero(p->in, packet.len);
        spoke = now_ms();
    }
}

static enum mh_code
start(int argc, char **argv, struct program *p, struct mh_err *err)
{
    struct mh_module_may may = {0};
    const char *writable[WRITABLE_MAX];
    enum mh_code code;

    if (argc < 3 || argc - 3 > WRITABLE_MAX)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "token: arguments");
    may.local = strcmp(argv[1], "card") == 0;
    may.net = strcmp(argv[1], "net") == 0;
    if (!may.local && !may.net && strcmp(argv[1], "soft") != 0)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "token: profile");
    for (int i = 3; i < argc; i++)
        writable[may.writables++] = argv[i];
    may.writable = writable;
    code = mh_module_start(CHANNEL + 1, err);
    if (code != MH_OK)
        return code;
    p->in = mh_locked_memory(SECRET);
    p->arena = mh_arena_new(1 << 20);
    if (p->in == NULL || p->arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET,
            "token: no memory that can be locked");
    mh_buf_init(&p->reply, MH_MESSAGE_MAX);
    code = hsm_module_load(argv[2], err, &p->module);
    if (code == MH_OK)
        code = mh_module_confine(&may, err);
    hsm_session_init(&p->session, &p->module, p->in + MH_MESSAGE_MAX);
    return code;
}

int
main(int argc, char **argv)
{
    struct program p = {0};
    struct mh_err err = {.msg = ""};
    enum mh_code code = start(argc, argv, &p, &err);

    if (code == MH_OK) {
        mh_token_pack_bare(MH_TOKEN_READY, &p.reply);
    } else {
        struct mh_token_failed fail = {
            .cls = code == MH_EIO || code == MH_EFORMAT
                       ? MH_TOKEN_CLASS_CONFIGURATION
                       : MH_TOKEN_CLASS_UNKNOWN,
            .text = err.msg};

        mh_buf_init(&p.reply, MH_MESSAGE_MAX);
        mh_token_failed_pack(&fail, &p.reply);
    }
    answer(&p);
    if (code == MH_OK) {
        loop(&p);
        hsm_session_end(&p.session);
        hsm_module_end(&p.module);
    }
    if (p.in != NULL)
        explicit_bzero(p.in, SECRET);
    _exit(code == MH_OK ? 0 : 1); /* modules crash in exit handlers */
}
