#include "hsm/keyd/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "base/sys/module.h"

struct key {
    struct hsm_keys *keys;
    uint32_t index;
    const struct mh_key_settings *settings;
    uint8_t *pin; /* locked memory; NULL: none is stored */
    size_t pin_len;
    struct hsm_launch launch;

    pthread_mutex_t use; /* of the token */
    struct hsm_token *token;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t came;
    int parked; /* a channel that nobody uses yet; -1: none */
    struct mh_key_state state;
};

struct hsm_keys {
    struct key key[MH_KEYS_MAX];
    size_t count;
    hsm_keys_want *want;
    void *arg;
};

/* ---- starting mohur-token ---- */

static enum mh_code
launch(void *arg, unsigned ms, struct mh_err *err, int *chan)
{
    struct key *k = arg;
    struct timespec until;

    (void)clock_gettime(CLOCK_MONOTONIC, &until); /* cannot fail */
    until.tv_sec += ms / 1000;
    (void)pthread_mutex_lock(&k->lock); /* it is ours */
    while (k->parked < 0)
        if (pthread_cond_timedwait(&k->came, &k->lock, &until) != 0)
            break;
    *chan = k->parked;
    k->parked = -1;
    (void)pthread_mutex_unlock(&k->lock); /* the same */
    return *chan >= 0 ? MH_OK
                      : mh_fail(err, MH_EIO, MH_NO_OFFSET,
                            "mohur-token: not started in time");
}

static void
put_down(void *arg)
{
    struct key *k = arg;

    k->keys->want(k->keys->arg, k->index);
}

void
hsm_keys_channel(struct hsm_keys *keys, uint32_t i, int chan)
{
    struct key *k = &keys->key[i];

    if (i >= keys->count) {
        mh_close(&chan);
        return;
    }
    (void)pthread_mutex_lock(&k->lock); /* it is ours */
    mh_close(&k->parked);
    k->parked = chan;
    (void)pthread_cond_broadcast(&k->came); /* cannot fail */
    (void)pthread_mutex_unlock(&k->lock);   /* the same */
}

/* ---- PINs ---- */

static enum mh_code
read_pin(const char *path, struct mh_err *err, uint8_t *out, size_t *len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    enum mh_code code = MH_OK;
    struct stat st;
    ssize_t n;

    if (fd < 0 || fstat(fd, &st) != 0) {
        code = mh_fail_sys(err, "pin-source");
        mh_close(&fd);
        return code;
    }
    n = read(fd, out, MH_KEYD_PIN_MAX + 2);
    if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
        (st.st_mode & 077) != 0)
        code = mh_fail(err, MH_EIO, MH_NO_OFFSET,
            "pin-source: not a file of mode 0600 of this user");
    while (n > 0 && (out[n - 1] == '\n' || out[n - 1] == '\r'))
        n--;
    if (code == MH_OK && (n <= 0 || n > (ssize_t)MH_KEYD_PIN_MAX))
        code = mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "pin-source: no PIN, or a long one");
    *len = n > 0 ? (size_t)n : 0;
    mh_close(&fd);
    return code;
}

/* Asked after a restart of mohur-token. */
static bool
pin_again(void *arg, uint8_t *pin, size_t max, size_t *len)
{
    const struct key *k = arg;

    if (k->pin == NULL || k->pin_len > max)
        return false;
    memcpy(pin, k->pin, k->pin_len);
    *len = k->pin_len;
    return true;
}

/* ---- life ---- */

static enum mh_code
token_new(struct key *k, struct mh_err *err)
{
    struct hsm_options options = {
        .launch = &k->launch, .again = pin_again, .again_arg = k};

    return hsm_new(&options, k->settings->uri, err, &k->token) == HSM_OK
               ? MH_OK
               : MH_EFORMAT;
}

static enum mh_code
key_init(struct key *k, struct mh_err *err)
{
    const char *source = k->settings->pin_source;
    static const char file[] = "file:";
    pthread_condattr_t attr;
    enum mh_code code = MH_OK;

    k->parked = -1;
    k->launch = (struct hsm_launch){launch, put_down, k};
    k->state = (struct mh_key_state){
        .name = k->settings->name, .purpose = k->settings->purpose};
    if (pthread_mutex_init(&k->use, NULL) != 0 ||
        pthread_mutex_init(&k->lock, NULL) != 0 ||
        pthread_condattr_init(&attr) != 0 ||
        pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) != 0 ||
        pthread_cond_init(&k->came, &attr) != 0)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "key: no memory");
    if (strncmp(source, file, sizeof(file) - 1) == 0) {
        k->pin = mh_locked_memory(4096);
        code = k->pin == NULL ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET,
                                    "key: no memory that can be locked")
                              : read_pin(source + sizeof(file) - 1, err, k->pin,
                                    &k->pin_len);
    }
    return code == MH_OK ? token_new(k, err) : code;
}

enum mh_code
hsm_keys_new(const struct mh_keyd_settings *settings, hsm_keys_want *want,
    void *arg, struct mh_err *err, struct hsm_keys **out)
{
    struct hsm_keys *keys = calloc(1, sizeof(*keys));
    enum mh_code code = MH_OK;

    if (keys == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "keys: no memory");
    keys->want = want;
    keys->arg = arg;
    for (size_t i = 0; i < settings->keys && code == MH_OK; i++) {
        struct key *k = &keys->key[i];

        k->keys = keys;
        k->index = (uint32_t)i;
        k->settings = &settings->key[i];
        keys->count++;
        code = key_init(k, err);
    }
    if (code != MH_OK) {
        hsm_keys_free(keys);
        return code;
    }
    *out = keys;
    return MH_OK;
}

void
hsm_keys_free(struct hsm_keys *keys)
{
    if (keys == NULL)
        return;
    for (size_t i = 0; i < keys->count; i++) {
        struct key *k = &keys->key[i];

        hsm_free(k->token);
        mh_close(&k->parked);
        if (k->pin != NULL)
            explicit_bzero(k->pin, 4096);
    }
    free(keys);
}

bool
hsm_keys_has(const struct hsm_keys *keys, size_t i)
{
    return i < keys->count;
}

size_t
hsm_keys_find(const struct hsm_keys *keys, const char *name)
{
    size_t i = 0;

    while (i < keys->count && strcmp(keys->key[i].settings->name, name) != 0)
        i++;
    return i;
}

size_t
hsm_keys_of(const struct hsm_keys *keys, enum mh_key_purpose purpose)
{
    size_t i = 0;

    while (i < keys->count && keys->key[i].settings->purpose != purpose)
        i++;
    return i;
}

/* ---- use ---- */

/* Opens, and logs in with a stored PIN; the key's use is locked. */
static enum hsm_class
ready(struct key *k, struct mh_err *err)
{
    enum hsm_class c;

    if (k->token == NULL)
        return HSM_INTERNAL;
    c = hsm_open(k->token, err);
    if (c == HSM_OK && k->pin != NULL && !hsm_facts(k->token)->logged_in) {
        struct hsm_login login = {.pin = {k->pin, k->pin_len},
            .stored = true,
            .keep = k->settings->pin_each_time};

        c = hsm_login(k->token, &login, err);
    }
    return c;
}

static void
note(struct key *k)
{
    struct hsm_health h = {0};
    const struct hsm_facts *f = NULL;

    if (k->token != NULL) {
        h = hsm_health(k->token);
        f = hsm_facts(k->token);
    }
    (void)pthread_mutex_lock(&k->lock); /* it is ours */
    k->state.open = f != NULL && f->serial != NULL;
    k->state.logged_in = f != NULL && f->logged_in;
    k->state.down = h.down;
    k->state.faults = h.faults;
    k->state.signatures = h.signatures;
    (void)pthread_mutex_unlock(&k->lock); /* the same */
}

static enum hsm_class
facts(struct key *k, struct mh_arena *arena, struct mh_err *err,
    struct hsm_key_facts *out)
{
    size_t n = hsm_others(k->token);
    enum hsm_class c = hsm_preferred(k->token, err, &out->scheme, &out->hash);

    if (c != HSM_OK)
        return c;
    /* A key for signing in must never sign a document (keys.md 7.3). */
    if (hsm_facts(k->token)->authentication) {
        (void)mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
            "this key is for signing in, not for documents");
        return HSM_CONFIGURATION;
    }
    out->always_authenticate = hsm_facts(k->token)->always_authenticate;
    out->certificate = mh_arena_copy(arena, hsm_certificate(k->token));
    out->chain = mh_arena_array(arena, n + 1, sizeof(*out->chain));
    if (out->chain == NULL || out->certificate.ptr == NULL)
        return HSM_INTERNAL;
    for (size_t i = 0; i < n && i < 16; i++)
        out->chain[out->chains++] =
            mh_arena_copy(arena, hsm_other(k->token, i));
    return HSM_OK;
}

enum hsm_class
hsm_keys_facts(struct hsm_keys *keys, size_t i, struct mh_arena *arena,
    struct mh_err *err, struct hsm_key_facts *out)
{
    struct key *k = &keys->key[i];
    enum hsm_class c;

    *out = (struct hsm_key_facts){.chains = 0};
    (void)pthread_mutex_lock(&k->use); /* it is ours */
    c = ready(k, err);
    if (c == HSM_OK)
        c = facts(k, arena, err, out);
    note(k);
    (void)pthread_mutex_unlock(&k->use); /* the same */
    return c;
}

enum hsm_class
hsm_keys_sign(struct hsm_keys *keys, size_t i,
    const struct hsm_request *request, struct mh_err *err, uint8_t *out,
    size_t *len)
{
    struct key *k = &keys->key[i];
    enum hsm_class c;

    (void)pthread_mutex_lock(&k->use); /* it is ours */
    c = ready(k, err);
    if (c == HSM_OK)
        c = hsm_sign(k->token, request, err, out, len);
    note(k);
    (void)pthread_mutex_unlock(&k->use); /* the same */
    return c;
}

/* Ends mohur-token and what it knows; the key's use is locked. */
static void
renew(struct key *k)
{
    hsm_free(k->token);
    k->token = NULL;
    /* Its URI was fine before: only memory can lack, and then it is down. */
    if (token_new(k, NULL) != MH_OK)
        k->token = NULL;
}

enum hsm_class
hsm_keys_activate(
    struct hsm_keys *keys, size_t i, struct mh_span pin, struct mh_err *err)
{
    struct key *k = &keys->key[i];
    struct hsm_login login = {.pin = pin, .pad = pin.len == 0, .keep = true};
    enum hsm_class c = HSM_INTERNAL;

    (void)pthread_mutex_lock(&k->use); /* it is ours */
    /* The PIN is checked anew, by a mohur-token that nobody is logged in to. */
    if (k->token != NULL && hsm_facts(k->token)->logged_in)
        renew(k);
    if (k->token != NULL)
        c = hsm_open(k->token, err);
    if (c == HSM_OK)
        c = hsm_login(k->token, &login, err);
    note(k);
    (void)pthread_mutex_unlock(&k->use); /* the same */
    return c;
}

void
hsm_keys_deactivate(struct hsm_keys *keys, size_t i)
{
    struct key *k = &keys->key[i];

    (void)pthread_mutex_lock(&k->use); /* it is ours */
    renew(k);
    note(k);
    (void)pthread_mutex_unlock(&k->use); /* the same */
}

void
hsm_keys_state(struct hsm_keys *keys, size_t i, struct mh_key_state *out)
{
    struct key *k = &keys->key[i];

    (void)pthread_mutex_lock(&k->lock); /* it is ours */
    *out = k->state;
    (void)pthread_mutex_unlock(&k->lock); /* the same */
}
