#include "signer/examiner/icu.h"

#include <stddef.h>

UConverter *
ucnv_open(const char *name, UErrorCode *err)
{
    (void)name; /* none is known */
    *err = U_FILE_ACCESS_ERROR;
    return NULL;
}

void
ucnv_close(UConverter *converter)
{
    (void)converter; /* there is none */
}

void
ucnv_convertEx(UConverter *target, UConverter *source, char **to,
    const char *to_limit, const char **from, const char *from_limit,
    UChar *pivot, UChar **pivot_from, UChar **pivot_to,
    const UChar *pivot_limit, UBool reset, UBool flush, UErrorCode *err)
{
    (void)target, (void)source, (void)to, (void)to_limit, (void)from;
    (void)from_limit, (void)pivot, (void)pivot_from, (void)pivot_to;
    (void)pivot_limit, (void)reset, (void)flush;
    *err = U_UNSUPPORTED_ERROR;
}

void
ucnv_setFromUCallBack(UConverter *converter, UConverterFromUCallback action,
    const void *context, UConverterFromUCallback *old_action,
    const void **old_context, UErrorCode *err)
{
    (void)converter, (void)action, (void)context, (void)old_action;
    (void)old_context;
    *err = U_UNSUPPORTED_ERROR;
}

void
ucnv_setToUCallBack(UConverter *converter, UConverterToUCallback action,
    const void *context, UConverterToUCallback *old_action,
    const void **old_context, UErrorCode *err)
{
    (void)converter, (void)action, (void)context, (void)old_action;
    (void)old_context;
    *err = U_UNSUPPORTED_ERROR;
}

void
UCNV_FROM_U_CALLBACK_STOP(const void *context, UConverterFromUnicodeArgs *args,
    const UChar *units, int32_t length, UChar32 code,
    UConverterCallbackReason reason, UErrorCode *err)
{
    (void)context, (void)args, (void)units, (void)length, (void)code;
    (void)reason, (void)err;
}

void
UCNV_TO_U_CALLBACK_STOP(const void *context, UConverterToUnicodeArgs *args,
    const char *units, int32_t length, UConverterCallbackReason reason,
    UErrorCode *err)
{
    (void)context, (void)args, (void)units, (void)length, (void)reason;
    (void)err;
}
