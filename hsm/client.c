#include "hsm/client.h"

#include <stdarg.h>
#include <time.h>

#include "base/limits.h"

enum {
    FACTS_ARENA = 64 << 10, /* bytes */
};

static const char *const class_names[] = {
    [HSM_OK] = "ok",
    [HSM_USAGE] = "usage",
    [HSM_PIN] = "pin",
    [HSM_CANCELLED] = "cancelled",
    [HSM_GONE] = "gone",
    [HSM_DEVICE] = "device",
    [HSM_CONFIGURATION] = "configuration",
    [HSM_FULL] = "full",
    [HSM_UNKNOWN] = "unknown",
    [HSM_DOWN] = "down",
    [HSM_INTERNAL] = "internal",
};

const char *
hsm_class_name(enum hsm_class c)
{
    return (unsigned)c < HSM_CLASSES ? class_names[c] : "?";
}

const char *
hsm_pin_level_name(enum mh_pin_level level)
{
    switch (level) {
    case MH_PIN_LEVEL_OK:
        return "ok";
    case MH_PIN_LEVEL_LOW:
        return "few tries";
    case MH_PIN_LEVEL_FINAL:
        return "final try";
    case MH_PIN_LEVEL_LOCKED:
        return "locked";
    case MH_PIN_LEVELS:
        break;
    }
    return "?";
}

enum hsm_class
hsm_say(struct mh_err *err, enum hsm_class c, const char *fmt, ...)
{
    char line[sizeof(err->msg)];
    va_list ap;

    if (err == NULL)
        return c;
    va_start(ap, fmt);
    (void)vsnprintf(line, sizeof(line), fmt, ap); /* cut at its end */
    va_end(ap);
    (void)mh_fail(err, c == HSM_INTERNAL ? MH_EINTERNAL : MH_EIO, MH_NO_OFFSET,
        "%s", line); /* the code is ours to give */
    return c;
}

static enum hsm_class
class_of(enum mh_token_class cls)
{
    switch (cls) {
    case MH_TOKEN_CLASS_PIN:
        return HSM_PIN;
    case MH_TOKEN_CLASS_CANCELLED:
        return HSM_CANCELLED;
    case MH_TOKEN_CLASS_GONE:
        return HSM_GONE;
    case MH_TOKEN_CLASS_DEVICE:
        return HSM_DEVICE;
    case MH_TOKEN_CLASS_CONFIGURATION:
        return HSM_CONFIGURATION;
    case MH_TOKEN_CLASS_FULL:
        return HSM_FULL;
    case MH_TOKEN_CLASS_UNKNOWN:
    case MH_TOKEN_CLASSES:
        break;
    }
    return HSM_UNKNOWN;
}

/* At once, then after 0.1, 1 and 5 s; then down (keys.md 3.2). */
void
hsm_client_fault(struct hsm_token *t)
{
    static const int64_t waits[] = {0, 0, 100, 1000, 5000};

    hsm_worker_kill(&t->worker);
    t->open = false;
    t->log_in = t->log_in || t->logged_in;
    t->logged_in = false;
    t->facts.logged_in = false;
    t->faults++;
    t->not_before = hsm_now() + (t->faults < HSM_FAULTS_DOWN ? waits[t->faults]
                                                             : t->times.revive);
}

/* The class of a FAILED answer, and its line. */
static enum hsm_class
take_failed(struct hsm_token *t, struct mh_span answer, struct mh_err *err,
    struct hsm_end *end)
{
    struct mh_arena *arena = mh_arena_new(4096);
    struct mh_token_failed f = {.text = ""};
    enum hsm_class c;

    if (arena == NULL ||
        mh_token_failed_unpack(answer, arena, NULL, &f) != MH_OK) {
        mh_arena_free(arena);
        hsm_client_fault(t);
        end->fault = true;
        return hsm_say(err, HSM_DEVICE, "mohur-token: malformed answer");
    }
    c = class_of(f.cls);
    end->pin_used = f.pin_used;
    if (f.pin_used || c == HSM_PIN)
        t->facts.level = f.level;
    if (c == HSM_PIN)
        t->facts.logged_in = t->logged_in = false;
    if (c == HSM_PIN && f.level != MH_PIN_LEVEL_OK)
        (void)hsm_say(
            err, c, "%.100s (%s)", f.text, hsm_pin_level_name(f.level));
    else if (f.rv != 0 && (c == HSM_DEVICE || c == HSM_UNKNOWN))
        (void)hsm_say(
            err, c, "%.100s (0x%llx)", f.text, (unsigned long long)f.rv);
    else
        (void)hsm_say(err, c, "%.150s", f.text); /* the class is known */
    mh_arena_free(arena);
    if (c == HSM_DEVICE || c == HSM_UNKNOWN) {
        hsm_client_fault(t); /* its next call may hang (keys.md 2.1) */
        end->fault = true;
    }
    return c;
}

enum hsm_class
hsm_client_ask(struct hsm_token *t, const struct mh_buf *msg,
    enum mh_token_message want, int64_t deadline, struct mh_err *err,
    struct hsm_end *end)
{
    enum hsm_answer got;

    *end = (struct hsm_end){0};
    if (msg != NULL && !mh_buf_ok(msg))
        return hsm_say(err, HSM_USAGE, "the request is too large");
    got = hsm_worker_ask(&t->worker, msg, deadline, &end->answer);
    if (got == HSM_ANSWERED && mh_token_type(end->answer) == (uint8_t)want)
        return HSM_OK;
    if (got == HSM_ANSWERED && mh_token_type(end->answer) == MH_TOKEN_FAILED)
        return take_failed(t, end->answer, err, end);
    hsm_client_fault(t);
    end->fault = true;
    end->silent = true;
    if (got == HSM_NO_ANSWER)
        return hsm_say(err, HSM_DEVICE,
            "no answer in time; its process was ended, try again");
    if (got == HSM_DIED)
        return hsm_say(err, HSM_DEVICE, "mohur-token died; try again");
    return hsm_say(err, HSM_DEVICE, "mohur-token: malformed answer");
}

enum hsm_class
hsm_client_ready(struct hsm_token *t, int64_t deadline, struct mh_err *err)
{
    struct hsm_end end = {0};

    return hsm_client_ask(t, NULL, MH_TOKEN_READY, deadline, err, &end);
}

/* Bits that make sense for the certificate's key. */
static uint32_t
fitting(const struct hsm_check *check, uint32_t bits)
{
    return check->rsa ? bits & ~MH_TOKEN_HAS_ECDSA : bits & MH_TOKEN_HAS_ECDSA;
}

enum hsm_class
hsm_client_facts(struct hsm_token *t, struct mh_span answer, struct mh_err *err)
{
    struct mh_arena *arena = mh_arena_new(FACTS_ARENA);
    struct mh_token_facts f;

    if (arena == NULL)
        return hsm_say(err, HSM_INTERNAL, "no memory");
    if (mh_token_facts_unpack(answer, arena, NULL, &f) != MH_OK) {
        mh_arena_free(arena);
        hsm_client_fault(t);
        return hsm_say(err, HSM_DEVICE, "mohur-token: malformed answer");
    }
    mh_arena_free(t->facts_arena);
    t->facts_arena = arena;
    t->logged_in = f.logged_in;
    t->facts = (struct hsm_facts){.label = f.label,
        .manufacturer = f.manufacturer,
        .model = f.model,
        .serial = f.serial,
        .key_label = f.key_label,
        .key_id = mh_arena_copy(arena, f.key_id),
        .rsa = t->check.rsa,
        .bits = t->check.bits,
        .mechanisms = fitting(&t->check, f.mechanisms),
        .always_authenticate = f.always_authenticate,
        .login_required = f.login_required && !f.key_seen,
        .logged_in = f.logged_in,
        .pad = f.pad,
        .level = f.level,
        .pin_min = f.pin_min,
        .pin_max = f.pin_max,
        .non_repudiation = t->check.non_repudiation,
        .authentication = t->check.authentication};
    return HSM_OK;
}

static void
sleep_until(int64_t when)
{
    int64_t left = when - hsm_now();
    struct timespec ts = {left / 1000, left % 1000 * 1000000};

    if (left > 0)
        (void)nanosleep(&ts, NULL); /* earlier does no harm */
}

static enum hsm_class
start(struct hsm_token *t, int64_t deadline, struct mh_err *err)
{
    if (t->faults >= HSM_FAULTS_DOWN && hsm_now() < t->not_before)
        return hsm_say(err, HSM_DOWN,
            "failed %u times in a row; not tried again for now", t->faults);
    if (t->not_before >= deadline)
        return hsm_say(err, HSM_DEVICE, "restarts in a moment; try again");
    sleep_until(t->not_before);
    if (hsm_worker_start(&t->worker, &t->start, err) != MH_OK)
        return HSM_INTERNAL; /* err has its line */
    return hsm_client_ready(t, deadline, err);
}

/* Fetches one certificate; *out borrows from the answer. */
static enum hsm_class
fetch(struct hsm_token *t, uint32_t index, int64_t deadline, struct mh_err *err,
    struct mh_span *out)
{
    struct mh_token_cert m = {index};
    struct mh_token_certificate c;
    struct hsm_end end = {0};
    struct mh_buf msg;
    enum hsm_class got;

    mh_buf_init(&msg, MH_MESSAGE_MAX);
    mh_token_cert_pack(&m, &msg);
    got = hsm_client_ask(t, &msg, MH_TOKEN_CERTIFICATE, deadline, err, &end);
    mh_buf_fini(&msg);
    if (got != HSM_OK)
        return got;
    if (mh_token_certificate_unpack(end.answer, NULL, &c) != MH_OK ||
        c.index != index) {
        hsm_client_fault(t);
        return hsm_say(err, HSM_DEVICE, "mohur-token: malformed answer");
    }
    *out = c.der;
    return HSM_OK;
}

static enum hsm_class
learn_others(
    struct hsm_token *t, uint32_t count, int64_t deadline, struct mh_err *err)
{
    enum hsm_class c = HSM_OK;

    t->others = 0;
    for (uint32_t i = 1; i < count && c == HSM_OK; i++) {
        struct mh_span der = {0};

        c = fetch(t, i, deadline, err, &der);
        if (c == HSM_OK)
            t->other[t->others] = mh_arena_copy(t->arena, der);
        if (c == HSM_OK && t->other[t->others++].ptr == NULL)
            c = hsm_say(err, HSM_INTERNAL, "no memory");
    }
    return c;
}

/* Remembers the certificate the first time, compares it afterwards. */
static enum hsm_class
identify(struct hsm_token *t, const char *serial, uint32_t count,
    int64_t deadline, struct mh_err *err)
{
    struct mh_span der = {0};
    enum hsm_class c = fetch(t, 0, deadline, err, &der);

    if (c != HSM_OK)
        return c;
    if (t->known) {
        if (strcmp(serial, t->serial) == 0 && mh_span_eq(der, t->own))
            return HSM_OK;
        hsm_worker_end(&t->worker);
        return hsm_say(err, HSM_GONE,
            "another card: serial number or certificate have changed");
    }
    if (hsm_check_init(der, err, &t->check) != MH_OK) {
        hsm_worker_end(&t->worker);
        return HSM_CONFIGURATION; /* err has its line */
    }
    t->own = mh_arena_copy(t->arena, der);
    t->serial = mh_arena_str(t->arena, mh_span_str(serial));
    c = t->own.ptr == NULL || t->serial == NULL
            ? hsm_say(err, HSM_INTERNAL, "no memory")
            : learn_others(t, count, deadline, err);
    if (c == HSM_OK)
        t->known = true;
    else
        hsm_check_fini(&t->check);
    return c;
}

enum hsm_class
hsm_client_open(struct hsm_token *t, int64_t deadline, struct mh_err *err)
{
    struct mh_token_open m = {t->uri, t->known ? t->serial : ""};
    struct mh_arena *arena;
    struct mh_token_facts f;
    struct mh_buf msg;
    struct hsm_end end = {0};
    enum hsm_class c = HSM_OK;

    if (t->open && !hsm_worker_idle(&t->worker))
        hsm_client_fault(t); /* it died since the last request */
    if (t->open)
        return HSM_OK;
    if (!hsm_worker_runs(&t->worker))
        c = start(t, deadline, err);
    if (c != HSM_OK)
        return c;
    mh_buf_init(&msg, MH_MESSAGE_MAX);
    mh_token_open_pack(&m, &msg);
    c = hsm_client_ask(t, &msg, MH_TOKEN_FACTS, deadline, err, &end);
    mh_buf_fini(&msg);
    if (c != HSM_OK) {
        /* Some modules look for tokens only once, when they are loaded. */
        hsm_worker_end(&t->worker);
        return c;
    }
    arena = mh_arena_new(FACTS_ARENA);
    if (arena == NULL)
        return hsm_say(err, HSM_INTERNAL, "no memory");
    if (mh_token_facts_unpack(end.answer, arena, NULL, &f) != MH_OK) {
        hsm_client_fault(t);
        c = hsm_say(err, HSM_DEVICE, "mohur-token: malformed answer");
    }
    if (c == HSM_OK) {
        /* The answer is kept: asking for certificates writes over it. */
        struct mh_span kept = mh_arena_copy(arena, end.answer);

        c = identify(t, f.serial, f.certificates, deadline, err);
        if (c == HSM_OK && kept.ptr == NULL)
            c = hsm_say(err, HSM_INTERNAL, "no memory");
        if (c == HSM_OK)
            c = hsm_client_facts(t, kept, err);
    }
    mh_arena_free(arena);
    t->open = c == HSM_OK;
    return c;
}
