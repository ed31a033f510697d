#include "portal/notify/sms.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum {
    ANSWER_MAX = 4096, /* bytes that are looked at */
};

enum pt_sms_outcome
pt_sms_kannel(uint32_t status, struct mh_span body)
{
    static const char queued[] = "3: ", sent[] = "0: ";

    if (status == 202 || status == 200) {
        if (body.len >= 3 && (memcmp(body.ptr, queued, 3) == 0 ||
                                 memcmp(body.ptr, sent, 3) == 0))
            return PT_SMS_TAKEN;
        return PT_SMS_LATER;
    }
    /* 400 and 403: the message or our name, which somebody must put right. */
    return status >= 400 && status < 500 && status != 408 && status != 429
               ? PT_SMS_REFUSED
               : PT_SMS_LATER;
}

/* {"successMessage": ..., "obj": 123, "errorCode": 0} */
enum pt_sms_outcome
pt_sms_lsim(uint32_t status, struct mh_span body, char ref[static 24])
{
    json_t *root, *code, *obj;
    enum pt_sms_outcome out = PT_SMS_LATER;

    ref[0] = '\0';
    if (status != 200 || body.len == 0 || body.len > ANSWER_MAX)
        return PT_SMS_LATER;
    root = json_loadb(
        (const char *)body.ptr, body.len, JSON_REJECT_DUPLICATES, NULL);
    code = json_object_get(root, "errorCode");
    obj = json_object_get(root, "obj");
    if (json_is_integer(code)) {
        json_int_t n = json_integer_value(code);

        if (n >= 0 && n <= 100)
            out = PT_SMS_TAKEN;
        /* The number, its text, a black list: no try changes them. */
        else if (n == -101 || n == -102 || n == -105 || n == 104 || n == 109)
            out = PT_SMS_REFUSED;
        if (out == PT_SMS_TAKEN && json_is_integer(obj))
            (void)snprintf(ref, 24, "%lld",
                (long long)json_integer_value(obj)); /* it fits */
    }
    json_decref(root);
    return out;
}

enum pt_sms_report
pt_sms_report(const char *type)
{
    if (strcmp(type, "1") == 0)
        return PT_SMS_ARRIVED;
    return strcmp(type, "2") == 0 || strcmp(type, "16") == 0 ? PT_SMS_LOST
                                                             : PT_SMS_UNKNOWN;
}
