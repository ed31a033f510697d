/*
 * mohur-softtoken: makes one token of a software PKCS#11 module, with keys.
 *
 *     mohur-softtoken MODULE
 *
 * Started by `mohur init` with its channel as descriptor 3; not made to be run
 * by hand.  It serves one MAKE (base/wire/soft.h), answers MADE and ends.
 */
#include <unistd.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/sys/module.h"
#include "base/wire/soft.h"
#include "hsm/module.h"

enum {
    CHANNEL = 3,
    LABEL = 32, /* bytes of a token's label, space-padded */
    SLOTS = 16,
};

/* prime256v1 (SEC 2 2.4.2), as CKA_EC_PARAMS has it. */
static uint8_t p256[] = {
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

/* Attributes are read only, their type does not say so. */
static CK_ATTRIBUTE
attr(CK_ATTRIBUTE_TYPE type, const void *value, size_t len)
{
    union {
        const void *given;
        void *wanted;
    } v = {value};

    return (CK_ATTRIBUTE){type, v.wanted, len};
}

static CK_UTF8CHAR *
bytes(struct mh_span s)
{
    union {
        const uint8_t *given;
        CK_UTF8CHAR *wanted;
    } v = {s.ptr};

    return v.wanted;
}

/* The first slot whose token is not initialized. */
static CK_RV
free_slot(CK_FUNCTION_LIST *f, CK_SLOT_ID *out)
{
    CK_SLOT_ID slot[SLOTS];
    CK_ULONG n = SLOTS;
    CK_RV rv = f->C_GetSlotList(CK_TRUE, slot, &n);

    for (CK_ULONG i = 0; rv == CKR_OK && i < n; i++) {
        CK_TOKEN_INFO info;

        if (f->C_GetTokenInfo(slot[i], &info) == CKR_OK &&
            (info.flags & CKF_TOKEN_INITIALIZED) == 0) {
            *out = slot[i];
            return CKR_OK;
        }
    }
    return rv == CKR_OK ? CKR_TOKEN_NOT_PRESENT : rv;
}

static CK_RV
make_token(CK_FUNCTION_LIST *f, const struct mh_soft_make *m,
    CK_SESSION_HANDLE *session)
{
    CK_UTF8CHAR label[LABEL];
    CK_SLOT_ID slot = 0;
    size_t len = strnlen(m->label, LABEL);
    CK_RV rv = free_slot(f, &slot);

    memset(label, ' ', sizeof(label));
    memcpy(label, m->label, len);
    if (rv == CKR_OK)
        rv = f->C_InitToken(slot, bytes(m->so_pin), m->so_pin.len, label);
    if (rv == CKR_OK)
        rv = f->C_OpenSession(
            slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, session);
    if (rv == CKR_OK)
        rv = f->C_Login(*session, CKU_SO, bytes(m->so_pin), m->so_pin.len);
    if (rv == CKR_OK)
        rv = f->C_InitPIN(*session, bytes(m->pin), m->pin.len);
    if (rv == CKR_OK)
        rv = f->C_Logout(*session);
    if (rv == CKR_OK)
        rv = f->C_Login(*session, CKU_USER, bytes(m->pin), m->pin.len);
    return rv;
}

static CK_RV
put_key(
    CK_FUNCTION_LIST *f, CK_SESSION_HANDLE session, const struct mh_soft_key *k)
{
    CK_OBJECT_CLASS private_key = CKO_PRIVATE_KEY,
                    certificate = CKO_CERTIFICATE;
    CK_KEY_TYPE ec = CKK_EC;
    CK_CERTIFICATE_TYPE x509 = CKC_X_509;
    CK_ATTRIBUTE key[] = {attr(CKA_CLASS, &private_key, sizeof(private_key)),
        attr(CKA_KEY_TYPE, &ec, sizeof(ec)), attr(CKA_TOKEN, &yes, sizeof(yes)),
        attr(CKA_PRIVATE, &yes, sizeof(yes)),
        attr(CKA_SENSITIVE, &yes, sizeof(yes)),
        attr(CKA_EXTRACTABLE, &no, sizeof(no)),
        attr(CKA_SIGN, &yes, sizeof(yes)),
        attr(CKA_LABEL, k->label, strlen(k->label)),
        attr(CKA_ID, k->id.ptr, k->id.len),
        attr(CKA_SUBJECT, k->subject.ptr, k->subject.len),
        attr(CKA_EC_PARAMS, p256, sizeof(p256)),
        attr(CKA_VALUE, k->value.ptr, k->value.len)};
    CK_ATTRIBUTE cert[] = {attr(CKA_CLASS, &certificate, sizeof(certificate)),
        attr(CKA_CERTIFICATE_TYPE, &x509, sizeof(x509)),
        attr(CKA_TOKEN, &yes, sizeof(yes)), attr(CKA_PRIVATE, &no, sizeof(no)),
        attr(CKA_LABEL, k->label, strlen(k->label)),
        attr(CKA_ID, k->id.ptr, k->id.len),
        attr(CKA_SUBJECT, k->subject.ptr, k->subject.len),
        attr(CKA_VALUE, k->cert.ptr, k->cert.len)};
    CK_OBJECT_HANDLE handle = 0;
    CK_RV rv =
        f->C_CreateObject(session, key, sizeof(key) / sizeof(key[0]), &handle);

    if (rv == CKR_OK)
        rv = f->C_CreateObject(
            session, cert, sizeof(cert) / sizeof(cert[0]), &handle);
    return rv;
}

static enum mh_code
make(const char *module, const struct mh_soft_make *m, struct mh_err *err)
{
    struct hsm_module mod = {0};
    CK_SESSION_HANDLE session = 0;
    enum mh_code code = hsm_module_load(module, err, &mod);
    CK_RV rv;

    if (code != MH_OK)
        return code;
    rv = make_token(mod.f, m, &session);
    for (size_t i = 0; i < m->keys && rv == CKR_OK; i++)
        rv = put_key(mod.f, session, &m->key[i]);
    if (rv == CKR_OK)
        rv = mod.f->C_Logout(session);
    hsm_module_end(&mod);
    if (rv != CKR_OK)
        return mh_fail(err, MH_EIO, MH_NO_OFFSET,
            "module: the token cannot be made (0x%lx)", rv);
    return MH_OK;
}

int
main(int argc, char **argv)
{
    static uint8_t in[MH_MESSAGE_MAX];
    int fds[MH_MESSAGE_FDS_MAX];
    struct mh_packet packet = {.buf = in, .fd = fds};
    struct mh_arena *arena = mh_arena_new(1 << 16);
    struct mh_err err = {.msg = "arguments"};
    struct mh_soft_make m = {.label = ""};
    struct mh_buf reply;
    enum mh_code code = argc == 2 && arena != NULL ? MH_OK : MH_EINTERNAL;

    if (code == MH_OK)
        code = mh_module_start(CHANNEL + 1, &err);
    if (code == MH_OK)
        code = mh_chan_recv(CHANNEL, &err, &packet);
    if (code == MH_OK && (packet.fds > 0 || packet.len == 0))
        _exit(1);
    if (code == MH_OK)
        code = mh_soft_make_unpack(
            (struct mh_span){in, packet.len}, arena, &err, &m);
    if (code == MH_OK)
        code = make(argv[1], &m, &err);
    explicit_bzero(in, sizeof(in));
    mh_buf_init(&reply, MH_MESSAGE_MAX);
    mh_soft_made_pack(
        &(struct mh_soft_made){code == MH_OK, code == MH_OK ? "" : err.msg},
        &reply);
    if (!mh_buf_ok(&reply) ||
        mh_chan_send(CHANNEL, mh_buf_get(&reply), NULL, 0, NULL) != MH_OK)
        _exit(1);
    _exit(code == MH_OK ? 0 : 1); /* modules crash in exit handlers */
}
