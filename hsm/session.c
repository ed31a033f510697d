#include "hsm/session.h"

#include "hsm/mech.h"

enum {
    ARENA = 8 << 20, /* bytes: 33 certificates and their names */
};

void
hsm_session_init(
    struct hsm_session *s, const struct hsm_module *m, uint8_t *pin)
{
    *s = (struct hsm_session){.m = m, .pin = pin};
}

static void
forget_pin(struct hsm_session *s)
{
    explicit_bzero(s->pin, MH_TOKEN_PIN_MAX);
    s->pin_len = 0;
}

/*
 * Handles are forgotten, not closed: after trouble the module may hang.  The
 * next opening closes what is left.
 */
static void
drop(struct hsm_session *s)
{
    s->live = false;
    s->key_seen = false;
    s->key = 0;
    s->always_authenticate = false;
}

/* A PIN was refused: the whole token is logged out (keys.md 2.1). */
static void
pin_refused(struct hsm_session *s)
{
    forget_pin(s);
    s->logged_in = false;
    s->refused = true;
    drop(s);
}

static bool
fail_rv(struct hsm_session *s, CK_RV rv, const char *what,
    struct mh_token_failed *fail)
{
    (void)hsm_module_fail(fail, rv, what); /* always false */
    if (fail->cls == MH_TOKEN_CLASS_GONE)
        drop(s);
    return false;
}

/* Fresh PIN flags of the token; they decide whether a PIN may be spent. */
static bool
read_token(struct hsm_session *s, struct mh_token_failed *fail)
{
    CK_RV rv = s->m->f->C_GetTokenInfo(s->found.slot, &s->found.token);

    if (rv != CKR_OK)
        return fail_rv(s, rv, "the token cannot be read", fail);
    fail->level = hsm_module_level(&s->found.token);
    return true;
}

static bool
key_attributes(struct hsm_session *s, struct mh_token_failed *fail)
{
    struct mh_span always = {0}, sign = {0}, list = {0};
    struct hsm_at at = {s->m, s->found.session};
    CK_RV rv = hsm_find_attribute(at, s->key, CKA_ALWAYS_AUTHENTICATE,
        sizeof(CK_BBOOL), s->arena, &always);

    if (rv == CKR_OK)
        rv = hsm_find_attribute(
            at, s->key, CKA_SIGN, sizeof(CK_BBOOL), s->arena, &sign);
    if (rv == CKR_OK)
        rv = hsm_find_attribute(at, s->key, CKA_ALLOWED_MECHANISMS,
            HSM_OBJECTS_MAX * sizeof(CK_MECHANISM_TYPE), s->arena, &list);
    if (rv != CKR_OK)
        return fail_rv(s, rv, "the key cannot be read", fail);
    if (sign.len == 1 && sign.ptr[0] == CK_FALSE)
        return hsm_module_refuse(
            fail, MH_TOKEN_CLASS_CONFIGURATION, "the key may not sign");
    s->always_authenticate = always.len == 1 && always.ptr[0] != CK_FALSE;
    if (list.len >= sizeof(CK_MECHANISM_TYPE)) {
        CK_MECHANISM_TYPE allowed[HSM_OBJECTS_MAX];

        memcpy(allowed, list.ptr, list.len);
        s->mechanisms = hsm_mech_allowed(
            s->mechanisms, allowed, list.len / sizeof(allowed[0]));
    }
    s->key_seen = true;
    return true;
}

/* Finds the private key where it is visible; must: it has to be. */
static bool
find_key(struct hsm_session *s, bool must, struct mh_token_failed *fail)
{
    size_t n = 0;
    CK_RV rv;

    if (s->key_seen)
        return true;
    rv = hsm_find_objects((struct hsm_at){s->m, s->found.session},
        CKO_PRIVATE_KEY, s->found.own.id, &s->key, 1, &n);
    if (rv != CKR_OK)
        return fail_rv(s, rv, "the key cannot be found", fail);
    if (n > 1)
        return hsm_module_refuse(fail, MH_TOKEN_CLASS_CONFIGURATION,
            "two private keys bear the same id");
    if (n == 1)
        return key_attributes(s, fail);
    return !must || hsm_module_refuse(fail, MH_TOKEN_CLASS_CONFIGURATION,
                        "the certificate has no private key on the token");
}

static void
take_serial(struct hsm_session *s)
{
    size_t len = sizeof(s->found.token.serialNumber);

    while (len > 0 && (s->found.token.serialNumber[len - 1] == ' ' ||
                          s->found.token.serialNumber[len - 1] == '\0'))
        len--;
    memset(s->serial, 0, sizeof(s->serial));
    memcpy(s->serial, s->found.token.serialNumber, len);
}

/* Opens with a new arena; was: what was open before, to be compared. */
static bool
open_again(struct hsm_session *s, const char *serial, struct mh_span was,
    struct mh_token_failed *fail)
{
    if (!hsm_find_key(s->m, &s->uri, s->arena, fail, &s->found))
        return false;
    take_serial(s);
    if ((serial[0] != '\0' && strcmp(serial, s->serial) != 0) ||
        (was.len > 0 && !mh_span_eq(was, s->found.own.der))) {
        (void)s->m->f->C_CloseSession(s->found.session); /* not used */
        return hsm_module_refuse(fail, MH_TOKEN_CLASS_GONE,
            "another card: serial number or certificate have changed");
    }
    s->mechanisms = hsm_mech_of_slot(s->m, s->found.slot);
    s->live = true;
    if (!find_key(s, false, fail)) {
        drop(s);
        return false;
    }
    fail->level = hsm_module_level(&s->found.token);
    return true;
}

bool
hsm_session_open(struct hsm_session *s, const struct mh_token_open *m,
    struct mh_token_failed *fail)
{
    bool ok;

    hsm_uri_fini(&s->uri);
    mh_arena_free(s->arena);
    s->arena = mh_arena_new(ARENA);
    if (s->arena == NULL)
        return hsm_module_fail(fail, CKR_HOST_MEMORY, "");
    if (hsm_uri_parse(m->uri, NULL, &s->uri) != MH_OK)
        return hsm_module_refuse(
            fail, MH_TOKEN_CLASS_CONFIGURATION, "malformed key URI");
    ok = open_again(s, m->serial, (struct mh_span){0}, fail);
    s->opened = ok;
    return ok;
}

static bool reopen(struct hsm_session *s, struct mh_token_failed *fail);

bool
hsm_session_facts(struct hsm_session *s, struct mh_token_facts *out,
    struct mh_token_failed *fail)
{
    const CK_TOKEN_INFO *t = &s->found.token;
    const struct hsm_cert *own;

    if (!s->live && !reopen(s, fail))
        return false;
    if (!read_token(s, fail))
        return false;
    own = &s->found.own;
    *out = (struct mh_token_facts){
        .label = hsm_find_text(s->arena, t->label, sizeof(t->label)),
        .manufacturer = hsm_find_text(
            s->arena, t->manufacturerID, sizeof(t->manufacturerID)),
        .model = hsm_find_text(s->arena, t->model, sizeof(t->model)),
        .serial =
            hsm_find_text(s->arena, t->serialNumber, sizeof(t->serialNumber)),
        .key_label = hsm_find_text(s->arena, own->label.ptr, own->label.len),
        .key_id = own->id,
        .mechanisms = s->mechanisms,
        .key_seen = s->key_seen,
        .always_authenticate = s->always_authenticate,
        .login_required = (t->flags & CKF_LOGIN_REQUIRED) != 0,
        .logged_in = s->logged_in,
        .pad = (t->flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0,
        .level = hsm_module_level(t),
        .pin_min = (uint32_t)t->ulMinPinLen,
        .pin_max = (uint32_t)t->ulMaxPinLen,
        .certificates = (uint32_t)s->found.others + 1,
    };
    return true;
}

bool
hsm_session_cert(const struct hsm_session *s, uint32_t index,
    struct mh_span *out, struct mh_token_failed *fail)
{
    if (index > s->found.others)
        return hsm_module_refuse(
            fail, MH_TOKEN_CLASS_CONFIGURATION, "no such certificate");
    *out = index == 0 ? s->found.own.der : s->found.other[index - 1].der;
    return true;
}

/* Whether a PIN may be spent at all, by what the token tells of it. */
static bool
may_spend(struct hsm_session *s, bool stored, bool last_try,
    struct mh_token_failed *fail)
{
    if (!read_token(s, fail))
        return false;
    if (fail->level == MH_PIN_LEVEL_LOCKED)
        return hsm_module_refuse(fail, MH_TOKEN_CLASS_PIN, "the PIN is locked");
    if (stored && fail->level != MH_PIN_LEVEL_OK)
        return hsm_module_refuse(fail, MH_TOKEN_CLASS_PIN,
            "tries were lost before; a stored PIN is not tried");
    if (fail->level == MH_PIN_LEVEL_FINAL && !last_try)
        return hsm_module_refuse(fail, MH_TOKEN_CLASS_PIN,
            "only the last try is left, and spending it was not confirmed");
    return true;
}

static bool
check_login(struct hsm_session *s, const struct mh_token_login *m,
    struct mh_token_failed *fail)
{
    const CK_TOKEN_INFO *t = &s->found.token;

    if (!may_spend(s, m->stored, m->last_try, fail))
        return false;
    if (m->stored && s->stored_used)
        return hsm_module_refuse(fail, MH_TOKEN_CLASS_PIN,
            "the stored PIN was tried before; it is tried once");
    if (m->pad && (t->flags & CKF_PROTECTED_AUTHENTICATION_PATH) == 0)
        return hsm_module_refuse(
            fail, MH_TOKEN_CLASS_CONFIGURATION, "the reader has no PIN pad");
    if (!m->pad && t->ulMaxPinLen > 0 &&
        (m->pin.len < t->ulMinPinLen || m->pin.len > t->ulMaxPinLen))
        return hsm_module_refuse(
            fail, MH_TOKEN_CLASS_PIN, "the PIN has a wrong length");
    return true;
}

/* One C_Login; NULL: typed on the pad. */
static CK_RV
spend(struct hsm_session *s, CK_USER_TYPE user, uint8_t *pin, size_t len,
    struct mh_token_failed *fail)
{
    CK_RV rv = s->m->f->C_Login(s->found.session, user, pin, len);

    fail->pin_used = rv != CKR_USER_ALREADY_LOGGED_IN;
    if (rv == CKR_USER_ALREADY_LOGGED_IN && user == CKU_USER) {
        /* No proof that the token has seen a PIN (keys.md 2.1). */
        (void)s->m->f->C_Logout(s->found.session); /* then it says no */
        rv = s->m->f->C_Login(s->found.session, user, pin, len);
        fail->pin_used = true;
    }
    return rv;
}

/* What is left to do when a login failed; the line names the new level. */
static bool
login_failed(struct hsm_session *s, CK_RV rv, struct mh_token_failed *fail)
{
    struct mh_token_failed other = {0};

    (void)hsm_module_fail(fail, rv, "the token refused the login");
    if (fail->cls == MH_TOKEN_CLASS_PIN) {
        if (read_token(s, &other))
            fail->level = other.level;
        pin_refused(s);
    } else if (fail->cls == MH_TOKEN_CLASS_GONE) {
        drop(s);
    } else if (fail->cls == MH_TOKEN_CLASS_CANCELLED) {
        s->logged_in = false;
    }
    return false;
}

bool
hsm_session_login(struct hsm_session *s, const struct mh_token_login *m,
    struct mh_token_failed *fail)
{
    CK_RV rv;

    s->logged_in = false; /* a new login replaces one that was kept */
    forget_pin(s);
    if ((!s->live && !reopen(s, fail)) || !check_login(s, m, fail))
        return false;
    if (m->stored)
        s->stored_used = true;
    s->by_pad = m->pad;
    s->keep = m->keep;
    s->stored = m->stored;
    s->last_try = m->last_try;
    if (m->pin.len > 0)
        memcpy(s->pin, m->pin.ptr, m->pin.len);
    s->pin_len = m->pin.len;
    rv = spend(
        s, CKU_USER, m->pad ? NULL : s->pin, m->pad ? 0 : s->pin_len, fail);
    if (rv != CKR_OK) {
        forget_pin(s);
        return login_failed(s, rv, fail);
    }
    s->logged_in = true;
    s->refused = false;
    if (!find_key(s, true, fail))
        return false;
    if (!s->keep && !s->always_authenticate)
        forget_pin(s);
    return true;
}

/*
 * Logs in with the PIN that was good before, after the token was out.  It is
 * treated as a stored one: no person is there to confirm anything.
 */
static bool
log_in_again(struct hsm_session *s, struct mh_token_failed *fail)
{
    CK_RV rv;

    s->logged_in = false;
    if (s->by_pad || !s->keep || s->pin_len == 0 || s->refused)
        return hsm_module_refuse(fail, MH_TOKEN_CLASS_PIN,
            "the token was reset; it wants its PIN again");
    if (!may_spend(s, true, false, fail))
        return false;
    rv = spend(s, CKU_USER, s->pin, s->pin_len, fail);
    if (rv != CKR_OK)
        return login_failed(s, rv, fail);
    s->logged_in = true;
    return find_key(s, true, fail);
}

/* Opens anew what was open, and only the same token with the same key. */
static bool
reopen(struct hsm_session *s, struct mh_token_failed *fail)
{
    struct mh_arena *old = s->arena;
    struct mh_span was = s->found.own.der;
    struct hsm_found found = s->found;
    char serial[sizeof(s->serial)];
    bool again = s->logged_in;

    memcpy(serial, s->serial, sizeof(serial));
    s->arena = mh_arena_new(ARENA);
    if (s->arena == NULL) {
        s->arena = old;
        return hsm_module_fail(fail, CKR_HOST_MEMORY, "");
    }
    drop(s);
    /* Dead handles are closed here; most are gone already. */
    (void)s->m->f->C_CloseAllSessions(s->found.slot);
    if (!open_again(s, serial, was, fail)) {
        mh_arena_free(s->arena);
        s->arena = old;
        s->found = found;
        s->found.session = 0;
        memcpy(s->serial, serial, sizeof(serial));
        return false;
    }
    mh_arena_free(old);
    return !again || log_in_again(s, fail);
}

/* The session answers, and is logged in as far as we believe it is. */
static bool
make_live(struct hsm_session *s, struct mh_token_failed *fail)
{
    CK_SESSION_INFO info = {0};
    CK_RV rv = CKR_SESSION_HANDLE_INVALID;

    if (s->live)
        rv = s->m->f->C_GetSessionInfo(s->found.session, &info);
    if (rv != CKR_OK && !hsm_module_gone(rv))
        return fail_rv(s, rv, "the session does not answer", fail);
    if (rv != CKR_OK)
        return reopen(s, fail);
    if (s->logged_in && info.state != CKS_RO_USER_FUNCTIONS &&
        info.state != CKS_RW_USER_FUNCTIONS)
        return log_in_again(s, fail);
    return true;
}

static bool
key_ready(struct hsm_session *s, struct mh_token_failed *fail)
{
    if (!find_key(s, s->logged_in, fail))
        return false;
    if (!s->key_seen)
        return hsm_module_refuse(
            fail, MH_TOKEN_CLASS_PIN, "the token wants its PIN first");
    if (!s->always_authenticate)
        return true;
    if (!s->by_pad && s->pin_len == 0)
        return hsm_module_refuse(fail, MH_TOKEN_CLASS_PIN,
            "the key wants its PIN for every signature");
    /* The level is asked before the operation begins: in between, the token
       would forget the PIN (keys.md 2.2).  OpenSC goes on showing the level
       of before the login, so a confirmation holds for the PIN it was for. */
    return may_spend(s, s->stored, s->last_try, fail);
}

/* C_SignInit, the context login where the key wants it, C_Sign. */
static bool
operate(struct hsm_session *s, struct hsm_mech *mech, uint8_t *out,
    CK_ULONG *len, struct mh_token_failed *fail)
{
    union {
        const uint8_t *given;
        uint8_t *wanted; /* PKCS#11 knows no const; C_Sign reads only */
    } in = {mech->input.ptr};
    CK_RV rv = s->m->f->C_SignInit(s->found.session, &mech->mechanism, s->key);

    if (rv == CKR_OK && s->always_authenticate) {
        rv = spend(s, CKU_CONTEXT_SPECIFIC, s->by_pad ? NULL : s->pin,
            s->by_pad ? 0 : s->pin_len, fail);
        if (rv != CKR_OK) {
            (void)login_failed(s, rv, fail); /* always false */
            drop(s); /* an operation is left open in that session */
            return false;
        }
    }
    if (rv == CKR_OK)
        rv = s->m->f->C_Sign(
            s->found.session, in.wanted, mech->input.len, out, len);
    if (rv == CKR_OK)
        return true;
    (void)hsm_module_fail(fail, rv, "the token refused to sign");
    if (fail->cls == MH_TOKEN_CLASS_PIN)
        pin_refused(s);
    drop(s);
    return false;
}

bool
hsm_session_sign(struct hsm_session *s, const struct mh_token_sign *m,
    uint8_t *out, size_t *len, struct mh_token_failed *fail)
{
    CK_ULONG n = MH_TOKEN_VALUE_MAX;
    struct hsm_mech mech;
    struct mh_err err;
    bool ok;

    if (!make_live(s, fail) || !key_ready(s, fail))
        return false;
    if (hsm_mech_build(m, s->mechanisms, &err, &mech) != MH_OK)
        return hsm_module_refuse(fail, MH_TOKEN_CLASS_CONFIGURATION,
            "the key does not know this algorithm");
    ok = operate(s, &mech, out, &n, fail);
    if (!s->keep) {
        forget_pin(s); /* good for one signature */
        s->by_pad = false;
    }
    if (ok && (n == 0 || n > MH_TOKEN_VALUE_MAX))
        return hsm_module_refuse(
            fail, MH_TOKEN_CLASS_UNKNOWN, "a signature of impossible length");
    *len = n;
    return ok;
}

void
hsm_session_poll(struct hsm_session *s, bool keep_alive)
{
    CK_SESSION_INFO session = {0};
    CK_SLOT_INFO slot = {0};
    CK_RV rv;

    if (!s->live)
        return;
    rv = s->m->f->C_GetSlotInfo(s->found.slot, &slot);
    if (rv == CKR_OK && (slot.flags & CKF_TOKEN_PRESENT) == 0)
        rv = CKR_TOKEN_NOT_PRESENT;
    if (rv == CKR_OK && keep_alive)
        rv = s->m->f->C_GetSessionInfo(s->found.session, &session);
    if (rv != CKR_OK)
        drop(s);
}

void
hsm_session_end(struct hsm_session *s)
{
    if (s->live && s->logged_in)
        (void)s->m->f->C_Logout(s->found.session); /* the end in any case */
    if (s->opened)
        (void)s->m->f->C_CloseAllSessions(s->found.slot); /* likewise */
    forget_pin(s);
    hsm_uri_fini(&s->uri);
    mh_arena_free(s->arena);
    *s = (struct hsm_session){.m = s->m, .pin = s->pin};
}
