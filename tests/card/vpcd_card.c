/*
 * The emulated card in the virtual reader of vsmartcard's vpcd, behind the
 * pcscd that the system has (keys.md 4.3):
 *
 *     vpcd_card FOLDER PORT
 *
 * Frames are two bytes of length, big-endian, and that many bytes; one byte is
 * 0 off, 1 on, 2 reset, 4 "the ATR"; all else is a command.  Ends with the
 * reader, by a signal (the card is pulled out), or at command N where the file
 * dieafter says N.  Commands are logged as reader.c does.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/card/card.h"

enum {
    FRAME_MAX = 65535,
    TRIES = 200, /* to reach the reader, 50 ms each */
    POWER_OFF = 0,
    POWER_ON = 1,
    RESET = 2,
    GET_ATR = 4,
};

static const uint8_t atr[] = {0x3B, 0x80, 0x01, 0x81};

/* A connection to the reader, or -1. */
static int
reach(uint16_t port)
{
    const struct timespec pause = {.tv_nsec = 50000000};
    struct sockaddr_in to = {.sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int on = 1;

    for (int i = 0; i < TRIES; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd >= 0 &&
            connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0) {
            (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
            return fd;
        }
        if (fd >= 0)
            (void)close(fd);
        (void)nanosleep(&pause, NULL);
    }
    return -1;
}

/* Length and bytes come in writes of their own: without an acknowledgement
   at once the second waits 40 ms for the first one's. */
static bool
take(int fd, uint8_t *to, size_t len)
{
    const int on = 1;

    while (len > 0) {
        ssize_t n = read(fd, to, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
        to += n;
        len -= (size_t)n;
    }
    return true;
}

static bool
give(int fd, const uint8_t *from, size_t len)
{
    static uint8_t frame[FRAME_MAX + 2];

    if (len > FRAME_MAX)
        return false;
    frame[0] = (uint8_t)(len >> 8);
    frame[1] = (uint8_t)len;
    memcpy(frame + 2, from, len);
    return write(fd, frame, len + 2) == (ssize_t)(len + 2);
}

static void
path_of(const char *folder, const char *name, char out[600])
{
    (void)snprintf(out, 600, "%s/%s", folder, name);
}

/* Whether this command is the last: the file counts down. */
static bool
dies_now(const char *folder)
{
    static long left = -1;
    char path[600], text[16];
    FILE *f;

    path_of(folder, "dieafter", path);
    f = fopen(path, "re");
    if (f == NULL) {
        left = -1;
        return false;
    }
    if (left < 0)
        left =
            fgets(text, sizeof(text), f) == NULL ? 1 : strtol(text, NULL, 10);
    (void)fclose(f);
    return --left <= 0;
}

static void
note(const char *folder, const uint8_t *in, size_t len, const uint8_t *status)
{
    char path[600];
    FILE *f;

    path_of(folder, "log", path);
    f = fopen(path, "ae");
    if (f == NULL || len < 4)
        return;
    (void)fprintf(f, "%d %02x%02x%02x%02x %zu %02x%02x\n", (int)getpid(), in[0],
        in[1], in[2], in[3], len > 5 ? (size_t)in[4] : 0, status[0], status[1]);
    (void)fclose(f);
}

static bool
command(int fd, struct card *c, const uint8_t *in, size_t len)
{
    static uint8_t out[CARD_ANSWER_MAX];
    size_t n;

    if (dies_now(c->folder))
        return false;
    n = card_apdu(c, in, len, out);
    if (n < 2)
        return false;
    note(c->folder, in, len, out + n - 2);
    return give(fd, out, n);
}

int
main(int argc, char **argv)
{
    static struct card c;
    static uint8_t in[FRAME_MAX];
    uint8_t size[2];
    int fd;

    if (argc != 3 || !card_load(&c, argv[1]))
        return 64;
    fd = reach((uint16_t)strtol(argv[2], NULL, 10));
    if (fd < 0)
        return 1;
    while (take(fd, size, 2)) {
        size_t len = (size_t)size[0] << 8 | size[1];

        if (!take(fd, in, len))
            break;
        if (len == 1 && in[0] == GET_ATR) {
            if (!give(fd, atr, sizeof(atr)))
                break;
        } else if (len == 1 && in[0] <= RESET) {
            card_reset(&c);
        } else if (!command(fd, &c, in, len)) {
            break;
        }
    }
    card_unload(&c);
    (void)close(fd);
    return 0;
}
