#include "hsm/module.h"

#include <dlfcn.h>
#include <stdio.h>

#include "base/span.h"

static const struct {
    CK_RV rv;
    enum mh_token_class cls;
    const char *text;
} meanings[] = {
    {CKR_PIN_INCORRECT, MH_TOKEN_CLASS_PIN, "the PIN is wrong"},
    {CKR_PIN_INVALID, MH_TOKEN_CLASS_PIN, "the PIN has a wrong character"},
    {CKR_PIN_LEN_RANGE, MH_TOKEN_CLASS_PIN, "the PIN has a wrong length"},
    {CKR_PIN_EXPIRED, MH_TOKEN_CLASS_PIN, "the PIN has expired"},
    {CKR_PIN_LOCKED, MH_TOKEN_CLASS_PIN, "the PIN is locked"},
    {CKR_USER_NOT_LOGGED_IN, MH_TOKEN_CLASS_PIN, "the token wants its PIN"},
    {CKR_USER_PIN_NOT_INITIALIZED, MH_TOKEN_CLASS_CONFIGURATION,
        "the token has no PIN yet"},
    {CKR_FUNCTION_CANCELED, MH_TOKEN_CLASS_CANCELLED,
        "cancelled or timed out on the PIN pad"},
    {CKR_CANCEL, MH_TOKEN_CLASS_CANCELLED,
        "cancelled or timed out on the PIN pad"},
    {CKR_DEVICE_REMOVED, MH_TOKEN_CLASS_GONE, "the token was taken out"},
    {CKR_TOKEN_NOT_PRESENT, MH_TOKEN_CLASS_GONE, "the token is not there"},
    {CKR_SESSION_HANDLE_INVALID, MH_TOKEN_CLASS_GONE,
        "the token was taken out or reset"},
    {CKR_SESSION_CLOSED, MH_TOKEN_CLASS_GONE, "the token closed the session"},
    {CKR_OBJECT_HANDLE_INVALID, MH_TOKEN_CLASS_GONE,
        "the key is no longer there"},
    {CKR_KEY_HANDLE_INVALID, MH_TOKEN_CLASS_GONE, "the key is no longer there"},
    {CKR_GENERAL_ERROR, MH_TOKEN_CLASS_DEVICE, "the token or reader failed"},
    {CKR_FUNCTION_FAILED, MH_TOKEN_CLASS_DEVICE, "the token or reader failed"},
    {CKR_DEVICE_ERROR, MH_TOKEN_CLASS_DEVICE, "the token or reader failed"},
    {CKR_DEVICE_MEMORY, MH_TOKEN_CLASS_DEVICE, "the token is out of memory"},
    {CKR_HOST_MEMORY, MH_TOKEN_CLASS_DEVICE, "the module is out of memory"},
    {CKR_MECHANISM_INVALID, MH_TOKEN_CLASS_CONFIGURATION,
        "the token does not know this algorithm"},
    {CKR_MECHANISM_PARAM_INVALID, MH_TOKEN_CLASS_CONFIGURATION,
        "the token does not take these parameters"},
    {CKR_FUNCTION_NOT_SUPPORTED, MH_TOKEN_CLASS_CONFIGURATION,
        "the token cannot do this"},
    {CKR_KEY_TYPE_INCONSISTENT, MH_TOKEN_CLASS_CONFIGURATION,
        "the key is of another type"},
    {CKR_KEY_SIZE_RANGE, MH_TOKEN_CLASS_CONFIGURATION,
        "the token does not take a key of this size"},
    {CKR_KEY_FUNCTION_NOT_PERMITTED, MH_TOKEN_CLASS_CONFIGURATION,
        "the key may not sign"},
    {CKR_SESSION_COUNT, MH_TOKEN_CLASS_FULL, "the token has no session left"},
};

enum {
    MEANINGS = sizeof(meanings) / sizeof(meanings[0])
};

/* Wakes what a module loads late: readers, their library, token files. */
static CK_RV
look_once(CK_FUNCTION_LIST *f)
{
    CK_ULONG n = 0;

    return f->C_GetSlotList(CK_FALSE, NULL, &n);
}

enum mh_code
hsm_module_load(const char *path, struct mh_err *err, struct hsm_module *out)
{
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
    CK_RV rv;
    union {
        void *object;
        CK_C_GetFunctionList function;
    } get;

    *out = (struct hsm_module){0};
    out->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (out->library == NULL)
        return mh_fail(
            err, MH_EIO, MH_NO_OFFSET, "module: it cannot be loaded");
    get.object = dlsym(out->library, "C_GetFunctionList");
    if (get.object == NULL || get.function(&out->f) != CKR_OK || out->f == NULL)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "module: not a PKCS#11 module");
    rv = out->f->C_Initialize(&args);
    if (rv == CKR_CANT_LOCK) /* one thread is all we have */
        rv = out->f->C_Initialize(NULL);
    if (rv == CKR_OK)
        rv = out->f->C_GetInfo(&out->info);
    if (rv == CKR_OK)
        rv = look_once(out->f);
    if (rv != CKR_OK)
        return mh_fail(
            err, MH_EIO, MH_NO_OFFSET, "module: it does not start (0x%lx)", rv);
    return MH_OK;
}

void
hsm_module_end(struct hsm_module *m)
{
    if (m->f != NULL)
        (void)m->f->C_Finalize(NULL); /* the process ends in any case */
    m->f = NULL;
}

bool
hsm_module_fail(struct mh_token_failed *out, CK_RV rv, const char *what)
{
    size_t i = 0;

    while (i < MEANINGS && meanings[i].rv != rv)
        i++;
    out->rv = rv;
    out->cls = i < MEANINGS ? meanings[i].cls : MH_TOKEN_CLASS_UNKNOWN;
    out->text = i < MEANINGS ? meanings[i].text : what;
    return false;
}

bool
hsm_module_refuse(
    struct mh_token_failed *out, enum mh_token_class cls, const char *text)
{
    out->rv = CKR_OK;
    out->cls = cls;
    out->text = text;
    return false;
}

bool
hsm_module_gone(CK_RV rv)
{
    struct mh_token_failed f = {0};

    (void)hsm_module_fail(&f, rv, ""); /* only asked for its class */
    return f.cls == MH_TOKEN_CLASS_GONE;
}

enum mh_pin_level
hsm_module_level(const CK_TOKEN_INFO *t)
{
    if ((t->flags & CKF_USER_PIN_LOCKED) != 0)
        return MH_PIN_LEVEL_LOCKED;
    if ((t->flags & CKF_USER_PIN_FINAL_TRY) != 0)
        return MH_PIN_LEVEL_FINAL;
    if ((t->flags & CKF_USER_PIN_COUNT_LOW) != 0)
        return MH_PIN_LEVEL_LOW;
    return MH_PIN_LEVEL_OK;
}
