#include "signer/courier/courier.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/sys/netbox.h"
#include "signer/courier/cache.h"
#include "signer/courier/fetch.h"
#include "signer/courier/sms.h"

enum {
    CHANNEL_FD = 3, /* where mohur puts the channel */
    SETUP_ARENA = 1 << 20,
    REQUEST_ARENA = 256 << 10,
    RETRIES = 1,
    RETRY_MS = 250,
    SILENT_MAX = 64,   /* hosts remembered as silent */
    SILENT_MS = 30000, /* for so long: a batch does not wait for each */
    IDLE_MS = 1000,
};

/* Who did not answer: a host, which is the part of an address before its path,
   or a path of a host that answers to others. */
struct silent {
    char start[256];  /* of addresses */
    const char *text; /* why; static */
    int64_t until;
};

struct courier {
    int chan;
    bool ready; /* the set-up came */
    bool gone;  /* nobody takes answers any more */
    struct mh_arena *arena;
    struct mh_fetch_setup setup;
    struct mh_senders senders; /* url "": none was given */
    struct sg_cache *cache;
    CURLM *multi;
    struct sg_transfer transfer[MH_FETCHES_MAX];
    struct silent silent[SILENT_MAX];
    size_t next_silent; /* the place to be used next */
};

static int64_t
now_ms(void)
{
    struct timespec t;

    return clock_gettime(CLOCK_MONOTONIC, &t) == 0
               ? t.tv_sec * 1000 + t.tv_nsec / 1000000
               : 0;
}

static struct sg_cache_now
both_now(void)
{
    return (struct sg_cache_now){now_ms(), (int64_t)time(NULL)};
}

/* The answer's bytes in a sealed memfd. */
static void
answer(struct courier *c, const struct mh_fetched *f, struct mh_span body)
{
    struct mh_fetched reply = *f;
    struct mh_buf msg;
    int fd = -1;

    reply.size = body.len;
    if (body.len > 0) {
        enum mh_code code = mh_memfd_new("answer", body.len, NULL, &fd);

        if (code == MH_OK &&
            pwrite(fd, body.ptr, body.len, 0) != (ssize_t)body.len)
            code = MH_EIO;
        if (code == MH_OK)
            code = mh_memfd_seal(fd, NULL);
        if (code != MH_OK)
            reply = (struct mh_fetched){.id = f->id,
                .code = MH_ENOMEM,
                .message = "courier: no memory"};
        if (code != MH_OK)
            mh_close(&fd);
    }
    mh_buf_init(&msg, MH_MESSAGE_MAX);
    mh_fetched_pack(&reply, &msg);
    if (!mh_buf_ok(&msg) || mh_chan_send(c->chan, mh_buf_get(&msg), &fd,
                                fd >= 0 ? 1 : 0, NULL) != MH_OK)
        c->gone = true;
    mh_buf_fini(&msg);
    mh_close(&fd);
}

static void
end(struct sg_transfer *t)
{
    mh_arena_free(t->arena);
    *t = (struct sg_transfer){0};
}

static void
fail(struct courier *c, struct sg_transfer *t, enum mh_code code,
    const char *text)
{
    struct mh_fetched f = {.id = t->fetch.id, .code = code, .message = text};

    answer(c, &f, (struct mh_span){0});
    end(t);
}

static void
attempt(struct courier *c, struct sg_transfer *t)
{
    struct mh_err err = {.msg = ""};
    enum mh_code code = sg_transfer_start(t, &c->setup, &err);

    if (code == MH_OK && curl_multi_add_handle(c->multi, t->easy) == CURLM_OK)
        return;
    if (code == MH_OK)
        code = mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "courier: no memory");
    sg_transfer_stop(t);
    fail(c, t, code, err.msg);
}

/* Bytes of "scheme://host:port" at the start of an address. */
static size_t
origin_of(const char *url)
{
    const char *host = strstr(url, "://");

    return host == NULL ? 0
                        : (size_t)(host + 3 - url) + strcspn(host + 3, "/?#");
}

static void
remember_silent(struct courier *c, const char *url, size_t n, const char *text)
{
    struct silent *s = &c->silent[c->next_silent];

    if (n == 0 || n >= sizeof(s->start))
        return;
    memcpy(s->start, url, n);
    s->start[n] = '\0';
    s->text = text;
    s->until = now_ms() + SILENT_MS;
    c->next_silent = (c->next_silent + 1) % SILENT_MAX;
}

/* Why nobody is asked there for a while; NULL: ask. */
static const char *
silence_of(const struct courier *c, const char *url)
{
    for (size_t i = 0; i < SILENT_MAX; i++) {
        const struct silent *s = &c->silent[i];
        size_t n = strlen(s->start);

        if (s->until > now_ms() && strncmp(s->start, url, n) == 0 &&
            (url[n] == '\0' || strchr("/?#", url[n]) != NULL))
            return s->text;
    }
    return NULL;
}

static bool
key_of(const struct sg_transfer *t, struct sg_cache_key *out)
{
    struct sg_cache_question question = {
        t->url, t->pin, t->fetch.body, t->fetch.kind, t->anywhere};

    return sg_cache_key_of(&question, out);
}

/* An attempt has ended: the answer goes out, or there is one more chance. */
static void
finish(struct courier *c, struct sg_transfer *t, CURLcode result)
{
    struct sg_outcome o;
    struct mh_fetched f = {.id = t->fetch.id};
    struct sg_cache_key key;

    sg_transfer_outcome(t, result, &o);
    (void)curl_multi_remove_handle(c->multi, t->easy); /* it was added */
    if (o.again && t->chances > 0) {
        t->chances--;
        t->due = now_ms() + RETRY_MS;
        sg_transfer_stop(t);
        return;
    }
    /* An endpoint is configured and asked by people: it is tried each time. */
    if (o.silent && !t->named)
        remember_silent(c, t->url, origin_of(t->url), o.text);
    else if (o.slow && !t->named)
        remember_silent(c, t->url, strcspn(t->url, "?#"), o.text);
    f.code = o.code;
    f.message = o.text;
    f.status = o.status;
    if (o.code == MH_OK && o.status == 200 && key_of(t, &key)) {
        struct sg_cache_now now = both_now();

        sg_cache_put(c->cache, &key, t->fetch.kind, &now, mh_buf_get(&t->body));
    }
    answer(c, &f, o.code == MH_OK ? mh_buf_get(&t->body) : (struct mh_span){0});
    sg_transfer_stop(t);
    end(t);
}

static const struct mh_endpoint *
endpoint_of(const struct courier *c, const char *name)
{
    for (size_t i = 0; i < c->setup.endpoints; i++)
        if (strcmp(c->setup.endpoint[i].name, name) == 0)
            return &c->setup.endpoint[i];
    return NULL;
}

/* An endpoint's own address and what follows it, which must not change whom
   it names. */
static const char *
resolve_named(const struct courier *c, struct sg_transfer *t)
{
    const struct mh_endpoint *e = endpoint_of(c, t->fetch.endpoint);
    char first = t->fetch.url[0];

    if (e == NULL)
        return "endpoint: not configured";
    if (first != '\0' && first != '/' && first != '?')
        return "endpoint: what follows it is no path";
    if (e->pin[0] != '\0' && !sg_url_is(e->url, "https://"))
        return "endpoint: a pin is for https only";
    t->named = true;
    t->pin = e->pin;
    t->url = mh_arena_printf(t->arena, "%s%s", e->url, t->fetch.url);
    return t->url == NULL ? "courier: no memory" : NULL;
}

/* Where e-mail and SMS go: only to whom their passwords belong. */
static const char *
resolve_sender(const struct courier *c, struct sg_transfer *t)
{
    bool mail = t->fetch.kind == MH_FETCH_MAIL;
    const struct mh_sender *s = mail ? &c->senders.mail : &c->senders.sms;

    if (s->url[0] == '\0')
        return "endpoint: not configured";
    t->sender = s;
    t->named = t->anywhere = true;
    t->pin = s->pin;
    if (!sg_mail_good(t->fetch.from, t->fetch.to) && mail)
        return "mail: not an address";
    t->url = mail ? s->url : sg_sms_url(s, &t->fetch, t->arena);
    return t->url == NULL ? "message: cannot be sent" : NULL;
}

/* The whole address and its terms; NULL, or why there is none. */
static const char *
resolve(const struct courier *c, struct sg_transfer *t)
{
    const char *fault = NULL;

    t->pin = "";
    t->url = t->fetch.url;
    if (t->fetch.kind == MH_FETCH_MAIL || t->fetch.kind == MH_FETCH_SMS)
        return resolve_sender(c, t);
    if (t->fetch.endpoint[0] != '\0')
        fault = resolve_named(c, t);
    /* The library guesses a scheme where there is none. */
    if (fault == NULL && !sg_url_is(t->url, "http://") &&
        !sg_url_is(t->url, "https://"))
        fault = SG_NO_ADDRESS;
    /* Behind a proxy it is the proxy that connects, by its own rules. */
    t->anywhere = t->named || c->setup.proxy[0] != '\0' ||
                  (t->fetch.proven && !c->setup.public_only);
    return fault;
}

static bool
from_cache(struct courier *c, struct sg_transfer *t)
{
    struct mh_fetched f = {.id = t->fetch.id, .message = "", .status = 200};
    struct sg_cache_now now = both_now();
    struct sg_cache_key key;
    struct mh_span bytes;

    if (!key_of(t, &key) ||
        !sg_cache_get(c->cache, &key, &now, t->fetch.after, &bytes))
        return false;
    answer(c, &f, bytes);
    end(t);
    return true;
}

static struct sg_transfer *
free_place(struct courier *c)
{
    for (size_t i = 0; i < MH_FETCHES_MAX; i++)
        if (!c->transfer[i].busy)
            return &c->transfer[i];
    return NULL;
}

/* A request; false where the peer must not be believed. */
static bool
do_fetch(struct courier *c, struct mh_span packet)
{
    struct sg_transfer *t = free_place(c), spare = {0};
    struct mh_err err = {.msg = ""};
    const char *fault;

    if (t == NULL)
        t = &spare; /* only to refuse it */
    t->arena = mh_arena_new(REQUEST_ARENA);
    if (t->arena == NULL)
        return false;
    t->busy = true;
    if (!c->ready ||
        mh_fetch_unpack(packet, t->arena, &err, &t->fetch) != MH_OK) {
        end(t);
        return false;
    }
    t->fetch.body = mh_arena_copy(t->arena, t->fetch.body);
    t->chances = t->fetch.kind >= MH_FETCH_JSON_POST ? 0 : RETRIES;
    if (t == &spare)
        fail(c, t, MH_ELIMIT, "courier: too many requests at once");
    else if (t->fetch.body.ptr == NULL)
        fail(c, t, MH_ENOMEM, "courier: no memory");
    else if ((fault = resolve(c, t)) != NULL)
        fail(c, t, MH_EUNSUP, fault);
    else if (!t->named && silence_of(c, t->url) != NULL)
        fail(c, t, MH_EIO, silence_of(c, t->url));
    else if (!from_cache(c, t))
        attempt(c, t);
    return true;
}

static bool
do_setup(struct courier *c, struct mh_span packet)
{
    struct mh_span copy = mh_arena_copy(c->arena, packet);
    struct mh_err err = {.msg = ""};

    if (c->ready || copy.ptr == NULL)
        return false;
    /* From here on nothing but what it says can be reached. */
    if (mh_fetch_setup_unpack(copy, c->arena, &err, &c->setup) != MH_OK ||
        mh_netbox_enter(c->setup.ca_file, &err) != MH_OK) {
        (void)fprintf(stderr, "courier: %s\n", err.msg); /* last words */
        return false;
    }
    c->ready = true;
    return true;
}

/* One message; false when the peer is gone or must not be believed. */
static bool
serve(struct courier *c)
{
    static uint8_t buf[MH_MESSAGE_MAX];
    int fds[MH_MESSAGE_FDS_MAX];
    struct mh_packet p = {.buf = buf, .fd = fds};
    struct mh_err err = {.msg = ""};
    bool ok = false;

    if (mh_chan_recv(c->chan, &err, &p) != MH_OK || p.len == 0)
        return false;
    if (p.fds == 0 && buf[0] == MH_MSG_FETCH_SETUP)
        ok = do_setup(c, (struct mh_span){buf, p.len});
    else if (p.fds == 0 && buf[0] == MH_MSG_FETCH)
        ok = do_fetch(c, (struct mh_span){buf, p.len});
    mh_packet_close(&p);
    return ok;
}

/* Ends what has ended and starts again what is due. */
static void
turn(struct courier *c)
{
    struct CURLMsg *m;
    int left = 0, running = 0;

    (void)curl_multi_perform(c->multi, &running); /* told by the messages */
    while ((m = curl_multi_info_read(c->multi, &left)) != NULL)
        if (m->msg == CURLMSG_DONE) {
            struct sg_transfer *t = NULL;
            CURLcode result = m->data.result;

            if (curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t) ==
                    CURLE_OK &&
                t != NULL)
                finish(c, t, result);
        }
    for (size_t i = 0; i < MH_FETCHES_MAX; i++)
        if (c->transfer[i].busy && c->transfer[i].due != 0 &&
            c->transfer[i].due <= now_ms())
            attempt(c, &c->transfer[i]);
}

static int
timeout_of(const struct courier *c)
{
    int64_t now = now_ms(), wait = IDLE_MS;

    for (size_t i = 0; i < MH_FETCHES_MAX; i++)
        if (c->transfer[i].busy && c->transfer[i].due != 0 &&
            c->transfer[i].due - now < wait)
            wait = c->transfer[i].due > now ? c->transfer[i].due - now : 0;
    return (int)wait;
}

/* What the supervisor left open, if it did: before anything is read that
   somebody else wrote. */
static bool
take_senders(struct courier *c, struct mh_err *err)
{
    static const struct mh_sender none = {
        .url = "", .pin = "", .user = "", .password = ""};
    int fd = MH_SENDERS_FD;
    struct stat st;
    struct mh_map map;
    struct mh_span copy;
    enum mh_code code;

    c->senders = (struct mh_senders){none, none};
    if (fstat(fd, &st) != 0)
        return true;
    if (st.st_size > (off_t)MH_SENDERS_MAX || !mh_memfd_sealed(fd) ||
        mh_map_fd(fd, (uint64_t)st.st_size, err, &map) != MH_OK)
        return true; /* something else that happens to be open */
    copy = mh_arena_copy(c->arena, map.bytes);
    code = copy.ptr == NULL
               ? MH_ENOMEM
               : mh_senders_unpack(copy, c->arena, err, &c->senders);
    mh_map_fini(&map);
    mh_close(&fd);
    return code == MH_OK;
}

static bool
start(struct courier *c)
{
    struct mh_err err = {.msg = ""};

    (void)signal(SIGPIPE, SIG_IGN); /* SIGPIPE is a valid signal */
    c->chan = CHANNEL_FD;
    c->arena = mh_arena_new(SETUP_ARENA);
    /* First: what is opened from here on may get its number. */
    if (c->arena == NULL || !take_senders(c, &err) ||
        mh_digest_init(&err) != MH_OK ||
        curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return false;
    c->cache = sg_cache_new();
    c->multi = curl_multi_init();
    return c->cache != NULL && c->multi != NULL;
}

int
sg_courier_main(void)
{
    static struct courier c;

    if (fcntl(CHANNEL_FD, F_GETFD) < 0) {
        (void)fputs("mohur-courier: started by mohur only\n", stderr);
        return 64;
    }
    if (!start(&c))
        return 70;
    for (;;) {
        struct curl_waitfd channel = {.fd = c.chan, .events = CURL_WAIT_POLLIN};
        struct pollfd now = {.fd = c.chan, .events = POLLIN};

        if (curl_multi_poll(c.multi, &channel, 1, timeout_of(&c), NULL) !=
            CURLM_OK)
            return 70;
        if (poll(&now, 1, 0) > 0 && !serve(&c))
            break;
        turn(&c);
        if (c.gone)
            break;
    }
    return 0;
}
