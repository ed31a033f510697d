/* The engine's beginning, its end, and what time does to it. */
#include "hsm/keyd/engine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "base/sys/log.h"

static int64_t
clock_us(void *arg)
{
    struct timeval tv;

    (void)arg;
    (void)gettimeofday(&tv, NULL); /* cannot fail */
    return (int64_t)tv.tv_sec * 1000000 + tv.tv_usec;
}

static enum mh_code
folders(struct hsm_engine *e, struct mh_err *err)
{
    int n =
        snprintf(e->log_dir, sizeof(e->log_dir), "%s/log", e->settings.state);

    if (n < 0 || (size_t)n >= sizeof(e->log_dir) - 8)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "state: long path");
    if (mkdir(e->log_dir, 0700) != 0 && errno != EEXIST)
        return mh_fail_sys(err, "state: log");
    return hsm_keep_clean(e->settings.state, err);
}

enum mh_code
hsm_engine_init(
    struct hsm_engine *e, hsm_keys_want *want, void *arg, struct mh_err *err)
{
    const struct mh_keyd_settings *s = &e->settings;
    enum mh_code code = folders(e, err);

    e->fresh_courier = e->fresh_trust = -1;
    for (int p = 0; p < MH_EXAMINER_PARTS; p++)
        e->fresh[p] = -1;
    if (pthread_mutex_init(&e->lock, NULL) != 0 ||
        pthread_mutex_init(&e->activation, NULL) != 0 ||
        pthread_mutex_init(&e->came, NULL) != 0 ||
        pthread_mutex_init(&e->reading, NULL) != 0)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "keyd: no memory");
    for (size_t i = 0; i < s->keys; i++)
        e->limits[i] = (struct hsm_op_limits){.key = s->key[i].name,
            .purpose = s->key[i].purpose,
            .per_minute = s->key[i].per_minute,
            .queue_max = s->queue_max,
            /* The court's seal signs documents that it has seen. */
            .digests = s->key[i].purpose == MH_KEY_JUDGE};
    e->ops = hsm_ops_new(e->limits, s->keys);
    if (code == MH_OK && e->ops == NULL)
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "keyd: no memory");
    if (code == MH_OK)
        code = hsm_filed_new(err, &e->filed);
    return code == MH_OK ? hsm_keys_new(s, want, arg, err, &e->keys) : code;
}

enum mh_code
hsm_engine_log(struct hsm_engine *e, struct mh_err *err)
{
    struct hsm_writer_options options = {
        .dir = e->log_dir, .checkpoint_s = e->settings.checkpoint_s};
    struct hsm_event event = {
        .ev = HSM_EV_START, .who = "", .obj = "", .res = "ok", .values = 1};
    char seg[HSM_KEEP_PATH + 8];
    struct stat st;
    enum mh_code code = hsm_logkey_open(
        e->settings.state, e->settings.origin, e->keys, err, &e->logkey);

    (void)snprintf(seg, sizeof(seg), "%s/seg", e->log_dir); /* it fits */
    if (code == MH_OK && stat(seg, &st) != 0)
        code = hsm_log_create(e->log_dir, hsm_logkey_line(e->logkey), err);
    if (code != MH_OK)
        return code;
    options.log.clock = clock_us;
    options.log.signer = hsm_logkey_signer(e->logkey);
    options.log.keys = hsm_logkey_keys(e->logkey);
    options.log.seen = hsm_filed_seen;
    options.log.seen_arg = e->filed;
    code = hsm_writer_new(&options, err, &e->writer);
    event.value[0] = hsm_text("version", MH_VERSION);
    return code == MH_OK ? hsm_engine_record(e, &event, err, NULL) : code;
}

void
hsm_engine_fini(struct hsm_engine *e)
{
    struct hsm_event event = {
        .ev = HSM_EV_STOP, .who = "", .obj = "", .res = "ok"};
    struct mh_err err;

    /* A full disk may keep it from being written: a start without a stop
       before it says the same. */
    if (e->writer != NULL && hsm_engine_record(e, &event, &err, NULL) != MH_OK)
        mh_log("stop.unrecorded", NULL);
    hsm_writer_free(e->writer);
    mh_online_free(e->online);
    mh_examiner_free(e->examiner);
    hsm_logkey_free(e->logkey);
    hsm_keys_free(e->keys);
    hsm_ops_free(e->ops);
    hsm_filed_free(e->filed);
}

void
hsm_engine_put_down(struct hsm_engine *e)
{
    (void)pthread_mutex_lock(&e->activation); /* it is ours */
    for (size_t i = 0; hsm_keys_has(e->keys, i); i++) {
        struct mh_key_state state;
        size_t left;

        hsm_keys_state(e->keys, i, &state);
        if (state.purpose != MH_KEY_JUDGE || !state.logged_in)
            continue;
        (void)pthread_mutex_lock(&e->lock); /* it is ours */
        left =
            hsm_ops_count(e->ops, state.name, HSM_OP_APPROVED, HSM_OP_SIGNED);
        (void)pthread_mutex_unlock(&e->lock); /* the same */
        if (left == 0)
            hsm_keys_deactivate(e->keys, i);
    }
    (void)pthread_mutex_unlock(&e->activation); /* the same */
}

void
hsm_engine_sweep(struct hsm_engine *e)
{
    (void)pthread_mutex_lock(&e->lock); /* it is ours */
    hsm_ops_expire(e->ops, hsm_engine_now(), NULL, NULL);
    (void)pthread_mutex_unlock(&e->lock); /* the same */
    hsm_engine_put_down(e);
}

void
hsm_engine_channel(
    struct hsm_engine *e, enum mh_peer peer, uint32_t index, int fd)
{
    int *place = NULL;

    if (peer == MH_PEER_TOKEN) {
        hsm_keys_channel(e->keys, index, fd);
        return;
    }
    if (peer == MH_PEER_EXAMINER)
        place = &e->fresh[MH_EXAMINER_PLAIN];
    else if (peer == MH_PEER_EXAMINER_PDF)
        place = &e->fresh[MH_EXAMINER_PDF];
    else if (peer == MH_PEER_EXAMINER_SIGN)
        place = &e->fresh[MH_EXAMINER_SIGN];
    else if (peer == MH_PEER_COURIER)
        place = &e->fresh_courier;
    else if (peer == MH_PEER_TRUST)
        place = &e->fresh_trust;
    if (place == NULL) {
        mh_close(&fd);
        return;
    }
    (void)pthread_mutex_lock(&e->came); /* it is ours */
    mh_close(place);
    *place = fd;
    (void)pthread_mutex_unlock(&e->came); /* the same */
}
