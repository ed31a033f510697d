/*
 * PC/SC in process: OpenSC loads this library by its configuration in place
 * of libpcsclite, and everything above the reader is real.  No daemon, no
 * socket.
 *
 * Readers are the folders card and card2 beside the file that OPENSC_CONF
 * names.  Files in such a folder are switches, looked at with every command:
 *
 *   removed     the card is out
 *   reset       the card was out and is in again (the file goes away)
 *   other       names another folder beside it: that card is in instead
 *   hwerr       the reader fails: SCARD_E_NOT_TRANSACTED
 *   slow        so many ms for each command
 *   die         the process is killed, each time
 *   dieafter    at that command the process is killed; counts down
 *   hwerrafter  at that command hwerr appears; counts down
 *   removeafter at that command removed appears; counts down
 *   garbage     a malicious card: random, length, cut or signature
 *   pinpad      the reader has a PIN pad, and this PIN is typed on it; or
 *               cancel, timeout
 *
 * Each command adds a line to log: process, CLA INS P1 P2, length of the
 * data, status word.  Never data: PINs are among them.
 */
#include <PCSC/reader.h>
#include <PCSC/winscard.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/card/card.h"

#define EXPORT __attribute__((visibility("default")))

enum {
    SLOTS = 2,
    CONTEXT = 0x5001,
    HANDLE = 0x7000, /* + generation * SLOTS + slot */
    PAD_CONTROL = 0x42330006,
    PAD_HEADER = 19, /* bytes of PIN_VERIFY_STRUCTURE before the command */
    STEP = 20,       /* ms between two looks at the switches */
};

static const uint8_t atr[] = {0x3B, 0x80, 0x01, 0x81};

static struct slot {
    const char *name, *folder;
    struct card card;
    bool loaded, there;
    unsigned long generation;
} slots[SLOTS] = {{.name = "Mohur Test Reader 00 00", .folder = "card"},
    {.name = "Mohur Test Reader 01 00", .folder = "card2"}};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile bool cancelled;

EXPORT const SCARD_IO_REQUEST g_rgSCardT0Pci = {
    SCARD_PROTOCOL_T0, sizeof(SCARD_IO_REQUEST)};
EXPORT const SCARD_IO_REQUEST g_rgSCardT1Pci = {
    SCARD_PROTOCOL_T1, sizeof(SCARD_IO_REQUEST)};
EXPORT const SCARD_IO_REQUEST g_rgSCardRawPci = {
    SCARD_PROTOCOL_RAW, sizeof(SCARD_IO_REQUEST)};

static void
path_of(const struct slot *s, const char *name, char out[static 600])
{
    const char *conf = getenv("OPENSC_CONF");
    const char *slash = conf == NULL ? NULL : strrchr(conf, '/');

    if (slash == NULL)
        abort(); /* no test bed */
    (void)snprintf(out, 600, "%.*s/%s%s%s", (int)(slash - conf), conf,
        s->folder, name[0] == '\0' ? "" : "/", name);
}

static bool
on(const struct slot *s, const char *name)
{
    char path[600];

    path_of(s, name, path);
    return access(path, F_OK) == 0;
}

/* The first word of a switch; false if it is off. */
static bool
value(const struct slot *s, const char *name, char out[static 64])
{
    char path[600];
    FILE *f;
    bool ok;

    path_of(s, name, path);
    f = fopen(path, "r");
    if (f == NULL)
        return false;
    ok = fscanf(f, "%63s", out) == 1;
    (void)fclose(f);
    return ok;
}

static void
write_switch(const struct slot *s, const char *name, long n)
{
    char path[600];
    FILE *f;

    path_of(s, name, path);
    f = fopen(path, "w");
    if (f == NULL)
        abort(); /* a fault that does not happen proves nothing */
    (void)fprintf(f, "%ld\n", n);
    (void)fclose(f);
}

static void
clear_switch(const struct slot *s, const char *name)
{
    char path[600];

    path_of(s, name, path);
    (void)unlink(path);
}

/* Counts a switch down; true with the command it is meant for. */
static bool
due(const struct slot *s, const char *name)
{
    char text[64];
    long n;

    if (!value(s, name, text))
        return false;
    n = strtol(text, NULL, 10);
    if (n > 1) {
        write_switch(s, name, n - 1);
        return false;
    }
    clear_switch(s, name);
    return true;
}

/* Brings a slot up to its switches: which card, whether it is in. */
static void
look(struct slot *s)
{
    char folder[600], other[64], *slash;
    bool there = on(s, "") && !on(s, "removed");

    path_of(s, "", folder);
    if (there && value(s, "other", other)) {
        slash = strrchr(folder, '/');
        (void)snprintf(
            slash + 1, (size_t)(folder + 600 - slash - 1), "%s", other);
    }
    if (on(s, "reset")) {
        clear_switch(s, "reset");
        card_reset(&s->card);
        s->generation++;
    }
    if (there && (!s->loaded || strcmp(folder, s->card.folder) != 0)) {
        s->loaded = card_load(&s->card, folder);
        s->generation++;
    }
    if (s->there && !there) {
        card_reset(&s->card);
        s->generation++;
    }
    s->there = there && s->loaded;
}

static struct slot *
by_name(const char *name)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (strcmp(slots[i].name, name) == 0)
            return &slots[i];
    return NULL;
}

static struct slot *
by_handle(SCARDHANDLE h)
{
    return &slots[(unsigned long)(h - HANDLE) % SLOTS];
}

/* Whether the card of a handle is still the one it was made for. */
static LONG
check(SCARDHANDLE h)
{
    struct slot *s = by_handle(h);

    look(s);
    if (!s->there)
        return SCARD_W_REMOVED_CARD;
    if ((unsigned long)(h - HANDLE) / SLOTS != s->generation)
        return SCARD_W_RESET_CARD;
    return SCARD_S_SUCCESS;
}

/* What follows has the names and numbers of parameters that PC/SC gives it.
 * NOLINTBEGIN(readability-inconsistent-declaration-parameter-name,
 * readability-function-size) */
EXPORT LONG
SCardEstablishContext(
    DWORD scope, LPCVOID r1, LPCVOID r2, LPSCARDCONTEXT context)
{
    (void)scope;
    (void)r1;
    (void)r2;
    *context = CONTEXT;
    return SCARD_S_SUCCESS;
}

EXPORT LONG
SCardReleaseContext(SCARDCONTEXT context)
{
    (void)context;
    return SCARD_S_SUCCESS;
}

EXPORT LONG
SCardIsValidContext(SCARDCONTEXT context)
{
    return context == CONTEXT ? SCARD_S_SUCCESS : SCARD_E_INVALID_HANDLE;
}

EXPORT LONG
SCardListReaders(
    SCARDCONTEXT context, LPCSTR groups, LPSTR readers, LPDWORD len)
{
    char list[256];
    DWORD n = 0;

    (void)context;
    (void)groups;
    for (size_t i = 0; i < SLOTS; i++)
        if (on(&slots[i], "")) {
            size_t name = strlen(slots[i].name) + 1;

            memcpy(list + n, slots[i].name, name);
            n += name;
        }
    if (n == 0)
        return SCARD_E_NO_READERS_AVAILABLE;
    list[n++] = '\0';
    if (readers != NULL && *len < n) {
        *len = n;
        return SCARD_E_INSUFFICIENT_BUFFER;
    }
    if (readers != NULL)
        memcpy(readers, list, n);
    *len = n;
    return SCARD_S_SUCCESS;
}

EXPORT LONG
SCardListReaderGroups(SCARDCONTEXT context, LPSTR groups, LPDWORD len)
{
    (void)context;
    (void)groups;
    *len = 0;
    return SCARD_S_SUCCESS;
}

EXPORT LONG
SCardConnect(SCARDCONTEXT context, LPCSTR reader, DWORD share, DWORD wanted,
    LPSCARDHANDLE handle, LPDWORD protocol)
{
    struct slot *s = by_name(reader);

    (void)context;
    (void)share;
    (void)wanted;
    if (s == NULL)
        return SCARD_E_UNKNOWN_READER;
    (void)pthread_mutex_lock(&lock);
    look(s);
    *handle = (SCARDHANDLE)(HANDLE + s->generation * SLOTS +
                            (unsigned long)(s - slots));
    *protocol = SCARD_PROTOCOL_T1;
    (void)pthread_mutex_unlock(&lock);
    return s->there ? SCARD_S_SUCCESS : SCARD_E_NO_SMARTCARD;
}

static void
dispose(struct slot *s, DWORD disposition)
{
    if (disposition != SCARD_LEAVE_CARD)
        card_reset(&s->card);
}

EXPORT LONG
SCardReconnect(
    SCARDHANDLE handle, DWORD share, DWORD wanted, DWORD init, LPDWORD protocol)
{
    LONG rv;

    (void)share;
    (void)wanted;
    (void)pthread_mutex_lock(&lock);
    rv = check(handle);
    if (rv == SCARD_S_SUCCESS)
        dispose(by_handle(handle), init);
    *protocol = SCARD_PROTOCOL_T1;
    (void)pthread_mutex_unlock(&lock);
    return rv == SCARD_W_REMOVED_CARD ? SCARD_E_NO_SMARTCARD : rv;
}

EXPORT LONG
SCardDisconnect(SCARDHANDLE handle, DWORD disposition)
{
    (void)pthread_mutex_lock(&lock);
    if (check(handle) == SCARD_S_SUCCESS)
        dispose(by_handle(handle), disposition);
    (void)pthread_mutex_unlock(&lock);
    return SCARD_S_SUCCESS;
}

static LONG
locked_check(SCARDHANDLE handle)
{
    LONG rv;

    (void)pthread_mutex_lock(&lock);
    rv = check(handle);
    (void)pthread_mutex_unlock(&lock);
    return rv;
}

EXPORT LONG
SCardBeginTransaction(SCARDHANDLE handle)
{
    return locked_check(handle);
}

EXPORT LONG
SCardEndTransaction(SCARDHANDLE handle, DWORD disposition)
{
    (void)disposition;
    return locked_check(handle);
}

EXPORT LONG
SCardStatus(SCARDHANDLE handle, LPSTR reader, LPDWORD reader_len, LPDWORD state,
    LPDWORD protocol, LPBYTE out, LPDWORD out_len)
{
    struct slot *s = by_handle(handle);
    DWORD need = strlen(s->name) + 1;
    LONG rv = locked_check(handle);

    if (rv != SCARD_S_SUCCESS)
        return rv;
    if (reader != NULL && reader_len != NULL && *reader_len >= need)
        memcpy(reader, s->name, need);
    if (reader_len != NULL)
        *reader_len = need;
    if (state != NULL)
        *state = SCARD_PRESENT | SCARD_POWERED | SCARD_SPECIFIC;
    if (protocol != NULL)
        *protocol = SCARD_PROTOCOL_T1;
    if (out != NULL && out_len != NULL && *out_len >= sizeof(atr))
        memcpy(out, atr, sizeof(atr));
    if (out_len != NULL)
        *out_len = sizeof(atr);
    return SCARD_S_SUCCESS;
}

/* Fills one state; true if it is not what the caller knows. */
static bool
state_of(SCARD_READERSTATE *r)
{
    struct slot *s = by_name(r->szReader);
    DWORD now;

    if (strcmp(r->szReader, "\\\\?PnP?\\Notification") == 0) {
        r->dwEventState = SCARD_STATE_UNAWARE; /* never changes */
        return false;
    }
    if (s == NULL) {
        r->dwEventState = SCARD_STATE_UNKNOWN | SCARD_STATE_CHANGED;
        return true;
    }
    (void)pthread_mutex_lock(&lock);
    look(s);
    /* The upper half counts events, as pcscd does. */
    now = (s->there ? SCARD_STATE_PRESENT : SCARD_STATE_EMPTY) |
          (DWORD)(s->generation & 0xffff) << 16;
    (void)pthread_mutex_unlock(&lock);
    r->cbAtr = 0;
    if ((now & SCARD_STATE_PRESENT) != 0) {
        memcpy(r->rgbAtr, atr, sizeof(atr));
        r->cbAtr = sizeof(atr);
    }
    r->dwEventState = now;
    if (((r->dwCurrentState ^ now) &
            (SCARD_STATE_PRESENT | SCARD_STATE_EMPTY)) == 0 &&
        (r->dwCurrentState >> 16 == now >> 16 || r->dwCurrentState >> 16 == 0))
        return false;
    r->dwEventState |= SCARD_STATE_CHANGED;
    return true;
}

static void
sleep_ms(long ms)
{
    struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

    (void)nanosleep(&ts, NULL);
}

EXPORT LONG
SCardGetStatusChange(
    SCARDCONTEXT context, DWORD timeout, SCARD_READERSTATE *states, DWORD count)
{
    (void)context;
    cancelled = false;
    for (DWORD waited = 0;; waited += STEP) {
        bool changed = false;

        for (DWORD i = 0; i < count; i++)
            changed = state_of(&states[i]) || changed;
        if (changed || count == 0)
            return SCARD_S_SUCCESS;
        if (cancelled)
            return SCARD_E_CANCELLED;
        if (timeout != INFINITE && waited >= timeout)
            return SCARD_E_TIMEOUT;
        sleep_ms(STEP);
    }
}

EXPORT LONG
SCardCancel(SCARDCONTEXT context)
{
    (void)context;
    cancelled = true;
    return SCARD_S_SUCCESS;
}

static void
note(const struct slot *s, const uint8_t *in, size_t len, const uint8_t *out,
    size_t n)
{
    char path[600], line[128];
    int fd, size;

    path_of(s, "log", path);
    fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    size = snprintf(line, sizeof(line), "%d %02x%02x%02x%02x %u %02x%02x\n",
        (int)getpid(), in[0], in[1], in[2], in[3], len > 5 ? in[4] : 0U,
        out[n - 2], out[n - 1]);
    if (fd < 0 || write(fd, line, (size_t)size) != size)
        abort(); /* what is not counted proves nothing */
    (void)close(fd);
}

/* What a malicious card makes of its answer. */
static size_t
spoil(const struct slot *s, const uint8_t *in, uint8_t *out, size_t n)
{
    char how[64];

    if (n <= 2 || !value(s, "garbage", how))
        return n;
    if (strcmp(how, "random") == 0) {
        for (size_t i = 0; i < n - 2; i++)
            out[i] = (uint8_t)random();
    } else if (strcmp(how, "length") == 0 && in[1] == 0xCB && n > 6) {
        out[1] = 0x84; /* a length of four gigabytes */
        memset(out + 2, 0xFF, 4);
    } else if (strcmp(how, "cut") == 0) {
        memmove(out + n / 2, out + n - 2, 2);
        return n / 2 + 2;
    } else if (strcmp(how, "signature") == 0 && in[1] == 0x87) {
        out[n - 3] ^= 1;
    }
    return n;
}

static LONG
exchange(
    SCARDHANDLE handle, const uint8_t *in, size_t len, uint8_t *out, size_t *n)
{
    struct slot *s = by_handle(handle);
    char text[64];
    LONG rv;

    if (value(s, "slow", text))
        sleep_ms(strtol(text, NULL, 10));
    if (on(s, "die") || due(s, "dieafter"))
        (void)kill(getpid(), SIGKILL);
    if (due(s, "hwerrafter"))
        write_switch(s, "hwerr", 0);
    if (due(s, "removeafter"))
        write_switch(s, "removed", 0);
    if (on(s, "hwerr"))
        return SCARD_E_NOT_TRANSACTED;
    rv = check(handle);
    if (rv != SCARD_S_SUCCESS)
        return rv;
    *n = card_apdu(&s->card, in, len, out);
    note(s, in, len, out, *n);
    *n = spoil(s, in, out, *n);
    return SCARD_S_SUCCESS;
}

/* The PIN is typed, put into the command, and sent to the card. */
static LONG
pad_verify(
    SCARDHANDLE handle, const uint8_t *in, size_t len, uint8_t *out, size_t *n)
{
    static const uint8_t cancel[] = {0x64, 0x01}, late[] = {0x64, 0x00};
    uint8_t command[5 + CARD_PIN];
    char typed[64];

    if (len < PAD_HEADER + sizeof(command) ||
        !value(by_handle(handle), "pinpad", typed))
        return SCARD_E_UNSUPPORTED_FEATURE;
    *n = 2;
    if (strcmp(typed, "cancel") == 0) {
        memcpy(out, cancel, 2);
        return SCARD_S_SUCCESS;
    }
    if (strcmp(typed, "timeout") == 0) {
        memcpy(out, late, 2);
        return SCARD_S_SUCCESS;
    }
    memcpy(command, in + PAD_HEADER, 5);
    memset(command + 5, 0xFF, CARD_PIN);
    for (size_t i = 0; i < CARD_PIN && typed[i] != '\0'; i++)
        command[5 + i] = (uint8_t)typed[i];
    return exchange(handle, command, sizeof(command), out, n);
}

EXPORT LONG
SCardControl(SCARDHANDLE handle, DWORD code, LPCVOID in, DWORD in_len,
    LPVOID out, DWORD out_len, LPDWORD returned)
{
    static const uint8_t features[] = {0x06, 0x04, PAD_CONTROL >> 24,
        PAD_CONTROL >> 16 & 0xff, PAD_CONTROL >> 8 & 0xff, PAD_CONTROL & 0xff};
    uint8_t answer[CARD_ANSWER_MAX];
    size_t n = 0;
    LONG rv = SCARD_E_UNSUPPORTED_FEATURE;

    if (returned != NULL)
        *returned = 0;
    if (!on(by_handle(handle), "pinpad"))
        return rv;
    (void)pthread_mutex_lock(&lock);
    if (code == CM_IOCTL_GET_FEATURE_REQUEST) {
        n = sizeof(features);
        memcpy(answer, features, n);
        rv = SCARD_S_SUCCESS;
    } else if (code == PAD_CONTROL) {
        rv = pad_verify(handle, in, in_len, answer, &n);
    }
    (void)pthread_mutex_unlock(&lock);
    if (rv == SCARD_S_SUCCESS && n > out_len)
        return SCARD_E_INSUFFICIENT_BUFFER;
    if (rv == SCARD_S_SUCCESS)
        memcpy(out, answer, n);
    if (returned != NULL)
        *returned = n;
    return rv;
}

EXPORT LONG
SCardTransmit(SCARDHANDLE handle, const SCARD_IO_REQUEST *sent, LPCBYTE in,
    DWORD in_len, SCARD_IO_REQUEST *received, LPBYTE out, LPDWORD out_len)
{
    static uint8_t answer[CARD_ANSWER_MAX];
    size_t n = 0;
    LONG rv;

    (void)sent;
    (void)received;
    (void)pthread_mutex_lock(&lock);
    rv = in_len < 4 ? SCARD_E_INVALID_PARAMETER
                    : exchange(handle, in, in_len, answer, &n);
    if (rv == SCARD_S_SUCCESS && n > *out_len)
        rv = SCARD_E_INSUFFICIENT_BUFFER;
    if (rv == SCARD_S_SUCCESS) {
        memcpy(out, answer, n);
        *out_len = n;
    }
    (void)pthread_mutex_unlock(&lock);
    return rv;
}

EXPORT LONG
SCardGetAttrib(SCARDHANDLE handle, DWORD id, LPBYTE out, LPDWORD len)
{
    (void)handle;
    (void)id;
    (void)out;
    (void)len;
    return SCARD_E_UNSUPPORTED_FEATURE;
}

EXPORT LONG
SCardSetAttrib(SCARDHANDLE handle, DWORD id, LPCBYTE in, DWORD len)
{
    (void)handle;
    (void)id;
    (void)in;
    (void)len;
    return SCARD_E_UNSUPPORTED_FEATURE;
}

EXPORT LONG
SCardFreeMemory(SCARDCONTEXT context, LPCVOID memory)
{
    (void)context;
    (void)memory;
    return SCARD_S_SUCCESS;
}

EXPORT const char *
pcsc_stringify_error(const LONG error)
{
    (void)error;
    return "emulated reader";
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name,
 * readability-function-size) */
