/*
 * A caller of mohur-courier that is driven line by line, for courier.py.
 *
 *     courier_client PATH-OF-COURIER
 *
 * Words of a line are parted by one tab; an empty word is empty text.
 *
 *     setup PROXY CA-FILE PUBLIC-ONLY [NAME URL PIN]...
 *     fetch ID KIND ENDPOINT URL PROVEN TIMEOUT-MS BODY-IN-HEX
 *     raw PACKET-IN-HEX [fd]     with "fd" a descriptor travels beside it
 *     shut                       closes this end and waits for the courier
 *
 * The courier gets this program's environment.  Answers, as they come:
 *
 *     pid N                            at the start
 *     fetched ID CODE STATUS SIZE SHA256 MESSAGE
 *     bad WHAT                         an answer that breaks the rules
 *     gone EXIT-STATUS|-SIGNAL         the courier has ended
 */
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/text.h"
#include "base/wire/courier.h"

enum {
    CHANNEL_FD = 3,
    HIGH_FD = 10,
    LINE = 256 << 10, /* bytes; a message in hexadecimal and more */
    WORDS = 3 * (int)MH_ENDPOINTS_MAX + 8,
    ARENA = 4 << 20,
};

struct client {
    int chan;
    pid_t pid;
    struct mh_arena *arena; /* of one line or packet */
};

static _Noreturn void
die(const char *what)
{
    (void)fprintf(stderr, "courier_client: %s\n", what);
    exit(2);
}

static void
start(struct client *c, const char *path)
{
    char *name = strdup("mohur-courier");
    char *argv[] = {name, NULL};
    posix_spawn_file_actions_t actions;
    int pair[2], high;

    if (name == NULL || mh_chan_pair(NULL, pair) != MH_OK)
        die("channel");
    high = fcntl(pair[1], F_DUPFD_CLOEXEC, HIGH_FD);
    mh_close(&pair[1]);
    if (high < 0 || posix_spawn_file_actions_init(&actions) != 0 ||
        posix_spawn_file_actions_adddup2(&actions, high, CHANNEL_FD) != 0 ||
        posix_spawn(&c->pid, path, &actions, NULL, argv, environ) != 0)
        die("courier cannot be started");
    (void)posix_spawn_file_actions_destroy(&actions);
    mh_close(&high);
    free(name);
    c->chan = pair[0];
    (void)printf("pid %ld\n", (long)c->pid);
}

static void
ended(struct client *c)
{
    int status = 0;

    mh_close(&c->chan);
    if (waitpid(c->pid, &status, 0) != c->pid)
        die("wait");
    (void)printf("gone %d\n",
        WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

static void
send_bytes(struct client *c, struct mh_span bytes, bool with_fd)
{
    int fd = STDIN_FILENO;

    /* Whoever ended is heard of by the end of the channel. */
    (void)!mh_chan_send(c->chan, bytes, &fd, with_fd ? 1 : 0, NULL);
}

static struct mh_span
hex(struct client *c, const char *word)
{
    size_t n = strlen(word) / 2;
    uint8_t *out = mh_arena_raw(c->arena, n + 1);

    if (out == NULL || !mh_hex_decode(mh_span_str(word), out))
        die("hexadecimal");
    return (struct mh_span){out, n};
}

static void
do_setup(struct client *c, char **word, size_t words)
{
    struct mh_endpoint endpoint[WORDS];
    struct mh_fetch_setup s = {.proxy = word[1],
        .ca_file = word[2],
        .public_only = strcmp(word[3], "1") == 0,
        .endpoint = endpoint};
    struct mh_buf out;

    for (size_t i = 4; i + 2 < words; i += 3)
        endpoint[s.endpoints++] =
            (struct mh_endpoint){word[i], word[i + 1], word[i + 2]};
    mh_buf_init(&out, MH_MESSAGE_MAX);
    mh_fetch_setup_pack(&s, &out);
    if (!mh_buf_ok(&out))
        die("set-up");
    send_bytes(c, mh_buf_get(&out), false);
    mh_buf_fini(&out);
}

static void
do_fetch(struct client *c, char **word)
{
    struct mh_fetch f = {.id = strtoull(word[1], NULL, 10),
        .kind = (enum mh_fetch_kind)strtoul(word[2], NULL, 10),
        .endpoint = word[3],
        .url = word[4],
        .proven = strcmp(word[5], "1") == 0,
        .timeout_ms = (uint32_t)strtoul(word[6], NULL, 10),
        .body = hex(c, word[7])};
    struct mh_buf out;

    mh_buf_init(&out, MH_MESSAGE_MAX);
    mh_fetch_pack(&f, &out);
    if (!mh_buf_ok(&out))
        die("request");
    send_bytes(c, mh_buf_get(&out), false);
    mh_buf_fini(&out);
}

/* One line; a courier that is gone hears nothing. */
static void
obey(struct client *c, char *line)
{
    char *word[WORDS], *next = line;
    size_t words = 0;

    while (next != NULL && words < WORDS) {
        word[words++] = next;
        next = strchr(next, '\t');
        if (next != NULL)
            *next++ = '\0';
    }
    c->arena = mh_arena_new(ARENA);
    if (c->arena == NULL || c->chan < 0)
        die("nobody to speak to");
    if (strcmp(word[0], "setup") == 0 && words >= 4)
        do_setup(c, word, words);
    else if (strcmp(word[0], "fetch") == 0 && words == 8)
        do_fetch(c, word);
    else if (strcmp(word[0], "raw") == 0 && words >= 2)
        send_bytes(c, hex(c, word[1]), words == 3);
    else if (strcmp(word[0], "shut") == 0)
        ended(c);
    else
        die("unknown line");
    mh_arena_free(c->arena);
}

static void
show(struct client *c, const struct mh_packet *p)
{
    struct mh_fetched f;
    struct mh_map map = {.bytes = {(const uint8_t *)"", 0}};
    uint8_t hash[MH_DIGEST_MAX];
    char text[2 * MH_SHA256_LENGTH + 1];

    if (mh_fetched_unpack(
            (struct mh_span){p->buf, p->len}, c->arena, NULL, &f) != MH_OK ||
        p->fds != (f.size > 0 ? 1 : 0) ||
        (p->fds == 1 &&
            (!mh_memfd_sealed(p->fd[0]) ||
                mh_map_fd(p->fd[0], f.size, NULL, &map) != MH_OK))) {
        (void)printf("bad answer\n");
        return;
    }
    if (mh_digest_once(MH_SHA256, map.bytes, NULL, hash) != MH_OK)
        die("digest");
    mh_hex_encode((struct mh_span){hash, MH_SHA256_LENGTH}, text);
    (void)printf("fetched %llu %s %u %llu %s %s\n", (unsigned long long)f.id,
        mh_code_name(f.code), f.status, (unsigned long long)f.size, text,
        f.message);
    if (map.base != NULL)
        mh_map_fini(&map);
}

static void
listen_to(struct client *c)
{
    static uint8_t buf[MH_MESSAGE_MAX];
    static int fds[MH_MESSAGE_FDS_MAX];
    struct mh_packet p = {.buf = buf, .fd = fds};

    if (mh_chan_recv(c->chan, NULL, &p) != MH_OK || p.len == 0) {
        ended(c);
        return;
    }
    c->arena = mh_arena_new(ARENA);
    if (c->arena == NULL)
        die("memory");
    show(c, &p);
    mh_arena_free(c->arena);
    mh_packet_close(&p);
}

/* What stdin has; false at its end. */
static bool
read_lines(struct client *c)
{
    static char line[LINE];
    static size_t have;
    ssize_t n = read(STDIN_FILENO, line + have, sizeof(line) - have);
    char *end;

    if (n <= 0)
        return false;
    have += (size_t)n;
    while ((end = memchr(line, '\n', have)) != NULL) {
        size_t used = (size_t)(end - line) + 1;

        *end = '\0';
        obey(c, line);
        have -= used;
        memmove(line, line + used, have);
    }
    return have < sizeof(line);
}

int
main(int argc, char **argv)
{
    struct client c = {.chan = -1};
    bool more = true;

    if (argc != 2 || mh_digest_init(NULL) != MH_OK)
        die("usage: courier_client PATH-OF-COURIER");
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    start(&c, argv[1]);
    while (more) {
        struct pollfd p[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
            {.fd = c.chan, .events = POLLIN}};

        if (poll(p, 2, -1) < 0)
            die("poll");
        if (p[1].revents != 0)
            listen_to(&c);
        if (p[0].revents != 0)
            more = read_lines(&c);
    }
    if (c.chan >= 0)
        ended(&c);
    return 0;
}
