#include "hsm/client.h"

#include "base/limits.h"
#include "hsm/uri.h"

enum {
    ARENA = 4 << 20, /* bytes: certificates, options */
    OPEN = 10000,    /* ms, keys.md 3.2 */
    LOGIN = 10000,
    SIGN = 10000,
    PAD_LOGIN = 60000,
    PAD_SIGN = 70000,
    REVIVE = 30000,
    HOUR = 3600000, /* ms; no deadline is longer */
};

enum hsm_class
hsm_uri_check(const char *uri, struct mh_arena *arena, struct mh_err *err,
    const char **pin_source)
{
    struct hsm_uri parsed;
    const char *copy = NULL;
    enum mh_code code = hsm_uri_parse(uri, err, &parsed);

    *pin_source = NULL;
    if (code != MH_OK)
        return code == MH_ENOMEM ? HSM_INTERNAL : HSM_USAGE;
    if (parsed.pin_source != NULL) {
        copy = mh_arena_str(arena, mh_span_str(parsed.pin_source));
        if (copy == NULL)
            code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "key URI: no memory");
    }
    hsm_uri_fini(&parsed);
    *pin_source = copy;
    return code == MH_OK ? HSM_OK : HSM_INTERNAL;
}

/* Which module: that of the URI if it is allowed, of the options, OpenSC's. */
static enum hsm_class
choose_module(const struct hsm_options *o, const char *wanted,
    struct mh_err *err, const char **out)
{
    *out = o->module != NULL ? o->module : HSM_MODULE_DEFAULT;
    if (wanted == NULL)
        return HSM_OK;
    for (size_t i = 0; i < o->alloweds; i++)
        if (strcmp(o->allowed[i], wanted) == 0) {
            *out = o->allowed[i];
            return HSM_OK;
        }
    return hsm_say(
        err, HSM_USAGE, "key URI: module-path is not an allowed module");
}

enum hsm_class
hsm_client_options(const struct hsm_options *o, const char *module_path,
    struct mh_arena *arena, struct mh_err *err, struct hsm_worker_options *out)
{
    const char *module = NULL;
    const char **writable;
    enum hsm_class c = choose_module(o, module_path, err, &module);
    bool lost;

    if (c != HSM_OK)
        return c;
    *out =
        (struct hsm_worker_options){.profile = o->profile, .launch = o->launch};
    out->module = mh_arena_str(arena, mh_span_str(module));
    if (o->program != NULL)
        out->program = mh_arena_str(arena, mh_span_str(o->program));
    writable = mh_arena_array(arena, o->writables + 1, sizeof(*writable));
    lost = out->module == NULL || writable == NULL ||
           (o->program != NULL && out->program == NULL);
    for (size_t i = 0; i < o->writables && !lost; i++) {
        writable[i] = mh_arena_str(arena, mh_span_str(o->writable[i]));
        lost = writable[i] == NULL;
    }
    if (lost)
        return hsm_say(err, HSM_INTERNAL, "no memory");
    out->writable = writable;
    out->writables = o->writables;
    /* The profile that was given is that of the module that was given. */
    if (out->profile == MH_TOKEN_BY_NAME || module_path != NULL)
        out->profile = hsm_worker_profile(out->module);
    return HSM_OK;
}

static unsigned
or_else(unsigned given, unsigned usual)
{
    if (given == 0)
        return usual;
    return given < HOUR ? given : HOUR;
}

static void
take_times(const struct hsm_times *given, struct hsm_times *out)
{
    out->open = or_else(given->open, OPEN);
    out->login = or_else(given->login, LOGIN);
    out->sign = or_else(given->sign, SIGN);
    out->pad_login = or_else(given->pad_login, PAD_LOGIN);
    out->pad_sign = or_else(given->pad_sign, PAD_SIGN);
    out->revive = or_else(given->revive, REVIVE);
}

enum hsm_class
hsm_new(const struct hsm_options *options, const char *uri, struct mh_err *err,
    struct hsm_token **out)
{
    static const struct hsm_options usual;
    const struct hsm_options *o = options != NULL ? options : &usual;
    struct hsm_token *t;
    struct hsm_uri parsed;
    enum hsm_class c = HSM_OK;
    enum mh_code code = hsm_uri_parse(uri, err, &parsed);

    *out = NULL;
    if (code != MH_OK)
        return code == MH_ENOMEM ? HSM_INTERNAL : HSM_USAGE;
    t = calloc(1, sizeof(*t));
    if (t == NULL) {
        hsm_uri_fini(&parsed);
        return hsm_say(err, HSM_INTERNAL, "no memory");
    }
    t->arena = mh_arena_new(ARENA);
    if (t->arena != NULL)
        t->uri = mh_arena_str(t->arena, mh_span_str(uri));
    if (t->uri == NULL || hsm_worker_init(&t->worker, err) != MH_OK)
        c = hsm_say(err, HSM_INTERNAL, "no memory");
    else
        c = hsm_client_options(o, parsed.module_path, t->arena, err, &t->start);
    hsm_uri_fini(&parsed);
    if (c != HSM_OK) {
        hsm_free(t);
        return c;
    }
    take_times(&o->times, &t->times);
    t->again = o->again;
    t->again_arg = o->again_arg;
    *out = t;
    return HSM_OK;
}

void
hsm_free(struct hsm_token *t)
{
    if (t == NULL)
        return;
    if (t->worker.in != NULL) {
        hsm_worker_end(&t->worker);
        hsm_worker_fini(&t->worker);
    }
    hsm_check_fini(&t->check);
    mh_arena_free(t->facts_arena);
    mh_arena_free(t->arena);
    free(t);
}

enum hsm_class
hsm_open(struct hsm_token *t, struct mh_err *err)
{
    int64_t deadline = hsm_now() + t->times.open;
    enum hsm_class c = hsm_client_open(t, deadline, err);

    /* Opening spends no PIN: a fault of the device is tried once more. */
    if (c == HSM_DEVICE || c == HSM_UNKNOWN)
        c = hsm_client_open(t, deadline, err);
    return c;
}

enum hsm_class
hsm_refresh(struct hsm_token *t, struct mh_err *err)
{
    int64_t deadline = hsm_now() + t->times.open;
    struct mh_buf msg;
    struct hsm_end end = {0};
    enum hsm_class c;

    if (!t->open)
        return hsm_open(t, err);
    mh_buf_init(&msg, MH_MESSAGE_MAX);
    mh_token_pack_bare(MH_TOKEN_STATE, &msg);
    c = hsm_client_ask(t, &msg, MH_TOKEN_FACTS, deadline, err, &end);
    mh_buf_fini(&msg);
    return c == HSM_OK ? hsm_client_facts(t, end.answer, err) : c;
}

const struct hsm_facts *
hsm_facts(const struct hsm_token *t)
{
    return &t->facts;
}

struct mh_span
hsm_certificate(const struct hsm_token *t)
{
    return t->own;
}

size_t
hsm_others(const struct hsm_token *t)
{
    return t->others;
}

struct mh_span
hsm_other(const struct hsm_token *t, size_t i)
{
    return i < t->others ? t->other[i] : (struct mh_span){0};
}

struct hsm_health
hsm_health(const struct hsm_token *t)
{
    return (struct hsm_health){.down = t->faults >= HSM_FAULTS_DOWN,
        .faults = t->faults,
        .signatures = t->signatures,
        .last_ms = t->last_ms,
        .worker = (int)t->worker.pid};
}

/* Asks a mohur-token of its own, which ends again. */
static enum hsm_class
list_with(struct hsm_token *t, struct mh_arena *arena, struct mh_err *err,
    struct mh_token_list *out)
{
    int64_t deadline = hsm_now() + t->times.open;
    struct mh_span kept;
    struct mh_buf msg;
    struct hsm_end end = {0};
    enum hsm_class c;

    if (hsm_worker_start(&t->worker, &t->start, err) != MH_OK)
        return HSM_INTERNAL; /* err has its line */
    c = hsm_client_ready(t, deadline, err);
    if (c != HSM_OK)
        return c;
    mh_buf_init(&msg, MH_MESSAGE_MAX);
    mh_token_pack_bare(MH_TOKEN_LIST, &msg);
    c = hsm_client_ask(t, &msg, MH_TOKEN_TOKENS, deadline, err, &end);
    mh_buf_fini(&msg);
    if (c != HSM_OK)
        return c;
    kept = mh_arena_copy(arena, end.answer);
    if (kept.ptr == NULL)
        return hsm_say(err, HSM_INTERNAL, "no memory");
    if (mh_token_tokens_unpack(kept, arena, NULL, out) != MH_OK)
        return hsm_say(err, HSM_DEVICE, "mohur-token: malformed answer");
    return HSM_OK;
}

enum hsm_class
hsm_list(const struct hsm_options *options, struct mh_arena *arena,
    struct mh_err *err, struct mh_token_list *out)
{
    struct hsm_token *t = NULL;
    enum hsm_class c;

    *out = (struct mh_token_list){0};
    /* Any URI: none is asked for. */
    c = hsm_new(options, "pkcs11:token=any", err, &t);
    if (c == HSM_OK && t != NULL)
        c = list_with(t, arena, err, out);
    hsm_free(t);
    return c;
}
