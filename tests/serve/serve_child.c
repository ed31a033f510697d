/*
 * A service for the tests of the supervisor: speaks the control protocol as
 * mohur-portal or mohur-keyd (by the name it was started with), writes what it
 * is told to STATE/events, and misbehaves as STATE/behave says: one word, read
 * at the start and ten times a second, and removed when it is done.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/sys/service.h"
#include "base/wire/settings.h"

static struct {
    bool portal, stopped, deaf, unready;
    char state[1024];
    int events;
    int held[MH_PEERS][MH_KEYS_MAX];
    unsigned channels, ticks;
    struct mh_service *service;
    struct mh_arena *arena;
} me;

static void say(const char *fmt, ...) MH_PRINTF(1, 2);

static void
say(const char *fmt, ...)
{
    char line[2048];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
    va_end(ap);
    line[n++] = '\n';
    if (write(me.events, line, (size_t)n) != n)
        _exit(9);
}

/* Everything that is open, but for the folder it is read from. */
static void
say_descriptors(void)
{
    DIR *d = opendir("/proc/self/fd");
    const struct dirent *e;

    while (d != NULL && (e = readdir(d)) != NULL) {
        char link[64], target[256] = "";
        ssize_t n;

        if (e->d_name[0] == '.' || (int)strtol(e->d_name, NULL, 10) == dirfd(d))
            continue;
        (void)snprintf(link, sizeof(link), "/proc/self/fd/%.20s", e->d_name);
        n = readlink(link, target, sizeof(target) - 1);
        target[n < 0 ? 0 : n] = '\0';
        say("fd %s %s", e->d_name, target);
    }
    if (d != NULL)
        (void)closedir(d);
}

static void
say_self(void)
{
    gid_t groups[8];

    say("start pid %d uid %d gid %d groups %d nnp %d", (int)getpid(),
        (int)geteuid(), (int)getegid(), getgroups(8, groups),
        prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    for (char **e = environ; *e != NULL; e++)
        say("env %s", *e);
}

/* A message that no service may send. */
static void
lie(struct mh_span packet, int fd)
{
    if (mh_chan_send(mh_service_fd(me.service), packet, &fd, fd >= 0 ? 1 : 0,
            NULL) != MH_OK)
        _exit(8);
}

/* "NAME NUMBER": the number; 0 for another name. */
static unsigned
number_of(const char *word, const char *name)
{
    size_t n = strlen(name);

    return strncmp(word, name, n) == 0 && word[n] == ' '
               ? (unsigned)strtoul(word + n + 1, NULL, 10)
               : 0;
}

static void
do_word(const char *word)
{
    struct mh_buf buf;
    unsigned number = number_of(word, "hex"), want = number_of(word, "want");

    say("behave %s", word);
    mh_buf_init(&buf, MH_MESSAGE_MAX);
    if (strcmp(word, "die") == 0)
        _exit(3);
    else if (strcmp(word, "leave") == 0)
        _exit(0);
    else if (strcmp(word, "crash") == 0)
        abort();
    else if (strcmp(word, "hang") == 0)
        for (;;)
            (void)pause();
    else if (strcmp(word, "deaf") == 0)
        me.deaf = true;
    else if (strcmp(word, "unready") == 0 || strcmp(word, "well") == 0)
        me.unready = word[0] == 'u';
    else if (strcmp(word, "lie") == 0)
        lie(MH_SPAN_LIT("\x09garbage"), -1);
    else if (strcmp(word, "lie-fd") == 0)
        lie(MH_SPAN_LIT("\x06"), STDIN_FILENO);
    else if (strcmp(word, "ready-twice") == 0)
        lie(MH_SPAN_LIT("\x06"), -1);
    else if (strcmp(word, "stop-you") == 0)
        lie(MH_SPAN_LIT("\x05"), -1);
    else if (strcmp(word, "health-unasked") == 0)
        lie(MH_SPAN_LIT("\x07\x01\0\0\0\0\0\0\0\0"), -1);
    else if (strcmp(word, "close") == 0)
        (void)shutdown(mh_service_fd(me.service), 2);
    else if (want > 0 && mh_service_want(me.service, (enum mh_peer)(want / 100),
                             want % 100, NULL) != MH_OK)
        say("not-wanted");
    else if (strcmp(word, "fds") == 0)
        say_descriptors();
    else if (number > 0)
        for (unsigned i = 0; i < 20; i++) { /* noise of one seed */
            uint8_t noise[64];

            for (size_t k = 0; k < sizeof(noise); k++) {
                number = number * 1103515245U + 12345U;
                noise[k] = (uint8_t)(number >> 16);
            }
            noise[0] = (uint8_t)(6 + noise[0] % 3);
            if (mh_chan_send(mh_service_fd(me.service),
                    (struct mh_span){noise, 1 + number % 64}, NULL, 0,
                    NULL) != MH_OK)
                break;
        }
    mh_buf_fini(&buf);
}

static void
obey(void)
{
    char path[1100], word[64] = "";
    ssize_t n;
    int fd;

    (void)snprintf(path, sizeof(path), "%s/behave", me.state);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    n = read(fd, word, sizeof(word) - 1);
    (void)close(fd);
    if (n <= 0)
        return;
    word[n] = '\0';
    if (word[n - 1] == '!') /* it stays: every start does it again */
        word[n - 1] = '\0';
    else
        (void)unlink(path);
    do_word(word);
}

static enum mh_code
on_setup(void *ctx, struct mh_span packet, struct mh_err *err)
{
    struct mh_portal_settings portal = {.state = ""};
    struct mh_keyd_settings keyd = {.state = ""};
    char path[1100];
    enum mh_code code =
        me.portal
            ? mh_portal_settings_unpack(packet, false, me.arena, err, &portal)
            : mh_keyd_settings_unpack(packet, false, me.arena, err, &keyd);

    (void)ctx;
    if (code != MH_OK)
        return code;
    (void)snprintf(me.state, sizeof(me.state), "%s",
        me.portal ? portal.state : keyd.state);
    (void)snprintf(path, sizeof(path), "%s/events", me.state);
    me.events = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (me.events < 0)
        return mh_fail_sys(err, "events");
    say_self();
    say("setup hosts %zu clients %zu keys %zu", portal.hosts, portal.clients,
        keyd.keys);
    return MH_OK;
}

static enum mh_code
on_reload(void *ctx, struct mh_span packet, struct mh_err *err)
{
    struct mh_portal_settings portal = {.state = ""};
    struct mh_keyd_settings keyd = {.state = ""};
    enum mh_code code =
        me.portal
            ? mh_portal_settings_unpack(packet, true, me.arena, err, &portal)
            : mh_keyd_settings_unpack(packet, true, me.arena, err, &keyd);

    (void)ctx;
    say("reload hosts %zu clients %zu keys %zu checkpoint %u", portal.hosts,
        portal.clients, keyd.keys, keyd.checkpoint_s);
    return code;
}

static enum mh_code
on_channel(
    void *ctx, enum mh_peer peer, uint32_t index, int fd, struct mh_err *err)
{
    bool again = me.held[peer][index] >= 0;

    (void)ctx;
    (void)err;
    mh_close(&me.held[peer][index]);
    me.held[peer][index] = fd;
    me.channels++;
    say("channel %s %u %s", mh_peer_name(peer), index, again ? "again" : "new");
    return MH_OK;
}

static void
on_tick(void *ctx, const struct mh_ctl_tick *tick, struct mh_ctl_health *health)
{
    (void)ctx;
    say("tick ready %d procs %zu", tick->ready, tick->procs);
    for (size_t i = 0; i < tick->procs; i++)
        say("proc %s up %d pid %u restarts %u rss %d last %s",
            tick->proc[i].name, tick->proc[i].up, tick->proc[i].pid,
            tick->proc[i].restarts, tick->proc[i].rss > 0, tick->proc[i].last);
    health->ok = !me.unready;
    health->why = me.unready ? "told to be" : "";
}

static void
on_stop(void *ctx)
{
    (void)ctx;
    say("stop");
    me.stopped = true;
}

static const struct mh_service_ops ops = {
    on_setup, on_reload, on_channel, on_tick, on_stop};

/* READY when everything came that a service of its kind gets. */
static bool
complete(void)
{
    static const enum mh_peer wanted[] = {MH_PEER_EXAMINER,
        MH_PEER_EXAMINER_PDF, MH_PEER_EXAMINER_SIGN, MH_PEER_COURIER};

    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        if (me.held[wanted[i]][0] < 0)
            return false;
    if (me.portal)
        return me.held[MH_PEER_LISTENER][0] >= 0 &&
               me.held[MH_PEER_KEYD][0] >= 0;
    return me.held[MH_PEER_PORTAL][0] >= 0 && me.held[MH_PEER_TOKEN][0] >= 0;
}

int
main(int argc, char **argv)
{
    struct mh_err err = {.msg = ""};
    bool ready = false;

    (void)argc;
    memset(me.held, 0xff, sizeof(me.held));
    me.portal = strstr(argv[0], "portal") != NULL;
    me.arena = mh_arena_new(4 << 20);
    if (me.arena == NULL ||
        mh_service_new(3, &ops, NULL, &err, &me.service) != MH_OK)
        return 7;
    while (!me.stopped || me.deaf) {
        struct pollfd pfd = {mh_service_fd(me.service), POLLIN, 0};

        if (me.state[0] != '\0')
            obey();
        if (poll(&pfd, 1, 100) > 0 && !me.deaf &&
            mh_service_serve(me.service, &err) != MH_OK) {
            say("over %s", err.msg);
            return 6;
        }
        if (!ready && complete()) {
            ready = true;
            if (mh_service_ready(me.service, &err) != MH_OK)
                return 5;
        }
    }
    say("bye");
    return 0;
}
