/*
 * The floor of isolation (limits.md 1, "fork from a small warm zygote"): the
 * examiner's order of steps with no document behind it.  A small process
 * takes a packet with a reply socket and a document, forks, and the child
 * maps the document, locks itself down, answers and ends.  bench_verify
 * starts it with the channel as descriptor 3.
 */
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/sys/sandbox.h"
#include "tests/bench/measure.h"

enum {
    CHANNEL = 3
};

static _Noreturn void
child(struct mh_packet *p)
{
    static const uint8_t answer[16] = "done";
    struct mh_err err = {.msg = ""};
    struct mh_map map;
    off_t size = lseek(p->fd[1], 0, SEEK_END);

    b_need(size > 0, "size");
    b_must(mh_map_fd(p->fd[1], (uint64_t)size, &err, &map), &err);
    b_must(mh_sandbox_limits(map.bytes.len, false, 0, &err), &err);
    b_must(mh_sandbox_enter(MH_PROFILE_WORKER, &err), &err);
    b_must(mh_chan_send(p->fd[0], (struct mh_span){answer, sizeof(answer)},
               NULL, 0, &err),
        &err);
    _exit(map.bytes.ptr[0] == 'P' ? 0 : 1);
}

int
main(void)
{
    static uint8_t buf[MH_MESSAGE_MAX];
    int fds[MH_MESSAGE_FDS_MAX];
    struct mh_packet p = {.buf = buf, .fd = fds};
    struct mh_err err = {.msg = ""};

    b_must(mh_sandbox_prepare(&err), &err);
    b_must(mh_sandbox_confine(&err), &err);
    b_must(mh_sandbox_enter(MH_PROFILE_ZYGOTE, &err), &err);
    for (;;) {
        struct pollfd pfd = {.fd = CHANNEL, .events = POLLIN};

        (void)poll(&pfd, 1, -1); /* the receive says what is wrong */
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
        b_must(mh_chan_recv(CHANNEL, &err, &p), &err);
        if (p.len == 0)
            return 0;
        b_need(p.fds == 2, "packet");
        if (fork() == 0)
            child(&p);
        mh_packet_close(&p);
    }
}
