#include "signer/courier/sms.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/text.h"

enum {
    ADDRESS_MAX = 254, /* bytes, RFC 5321 4.5.3.1.3 without its brackets */
    TEXT_MAX = 1000,   /* bytes */
    URL_MAX = 8192,
    MD5_BYTES = 16,
    MD5_HEX = 2 * MD5_BYTES + 1,
};

static bool
is_address(const char *s)
{
    size_t n = strlen(s);
    const char *at = strchr(s, '@');

    if (n > ADDRESS_MAX || at == NULL || at == s || at[1] == '\0' ||
        strchr(at + 1, '@') != NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        if (s[i] <= ' ' || s[i] >= 0x7f ||
            strchr("<>,;:\"\\()[]", s[i]) != NULL)
            return false;
    return true;
}

bool
sg_mail_good(const char *from, const char *to)
{
    return is_address(from) && is_address(to);
}

/* application/x-www-form-urlencoded, all but RFC 3986's unreserved. */
static void
escape(struct mh_buf *b, const char *name, const char *value)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

    mh_buf_str(b, name);
    for (; *value != '\0'; value++)
        if (strchr(plain, *value) != NULL)
            mh_buf_byte(b, (uint8_t)*value);
        else
            mh_buf_printf(b, "%%%02X", (unsigned)(uint8_t)*value);
}

static bool
md5_hex(const struct mh_buf *in, char out[static MD5_HEX])
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    if (!mh_buf_ok(in) ||
        EVP_Digest(in->ptr, in->len, hash, &len, EVP_md5(), NULL) != 1 ||
        len != MD5_BYTES)
        return false;
    mh_hex_encode((struct mh_span){hash, len}, out);
    return true;
}

/* LSIM's key of a message: not our choice of digest. */
static bool
lsim_key(const struct mh_sender *s, const struct mh_fetch *f, const char *text,
    char out[static MD5_HEX])
{
    struct mh_buf b;
    bool ok;

    mh_buf_init(&b, URL_MAX);
    mh_buf_str(&b, s->password);
    ok = md5_hex(&b, out);
    if (b.len > 0)
        explicit_bzero(b.ptr, b.len);
    mh_buf_clear(&b);
    mh_buf_str(&b, out);
    mh_buf_str(&b, s->user);
    mh_buf_str(&b, text);
    mh_buf_str(&b, f->to);
    mh_buf_str(&b, f->from);
    ok = ok && md5_hex(&b, out);
    mh_buf_fini(&b);
    return ok;
}

static bool
is_number(const char *s)
{
    size_t n = strlen(s);

    return n >= 8 && n <= 15 && strspn(s, "0123456789") == n;
}

static void
kannel(struct mh_buf *b, const struct mh_sender *s, const struct mh_fetch *f,
    const char *text)
{
    escape(b, "username=", s->user);
    escape(b, "&password=", s->password);
    escape(b, "&from=", f->from);
    escape(b, "&to=", f->to);
    mh_buf_str(b, "&coding=2&charset=UTF-8");
    escape(b, "&text=", text);
    if (f->url[0] != '\0') {
        mh_buf_str(b, "&dlr-mask=31");
        escape(b, "&dlr-url=", f->url);
    }
}

const char *
sg_sms_url(
    const struct mh_sender *s, const struct mh_fetch *f, struct mh_arena *arena)
{
    char key[MD5_HEX];
    const char *text = mh_arena_str(arena, f->body), *url = NULL;
    struct mh_buf b;

    if (text == NULL || text[0] == '\0' || !is_number(f->to) ||
        !mh_text_is_clean(f->body, TEXT_MAX))
        return NULL;
    mh_buf_init(&b, URL_MAX);
    mh_buf_str(&b, s->url);
    mh_buf_byte(&b, strchr(s->url, '?') == NULL ? '?' : '&');
    if (s->mode == MH_SMS_KANNEL) {
        kannel(&b, s, f, text);
    } else if (lsim_key(s, f, text, key)) {
        escape(&b, "login=", s->user);
        escape(&b, "&msisdn=", f->to);
        escape(&b, "&text=", text);
        escape(&b, "&sender=", f->from);
        mh_buf_printf(&b, "&key=%s&unicode=1", key);
    } else {
        b.bad = true;
    }
    if (mh_buf_ok(&b))
        url = mh_arena_str(arena, mh_buf_get(&b));
    if (b.len > 0)
        explicit_bzero(b.ptr, b.len);
    mh_buf_fini(&b);
    return url;
}
