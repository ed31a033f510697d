#include "portal/notify/mail.h"

#include <string.h>
#include <time.h>

#include "base/text.h"

enum {
    ADDRESS_MAX = 200,
    WORD = 39, /* bytes of an encoded word: lines of 76 at most (RFC 2047 2) */
    LINE = 57, /* bytes of a line: 76 digits (RFC 2045 6.8) */
};

bool
pt_mail_address(const char *s)
{
    const char *at = strchr(s, '@');

    if (at == NULL || at == s || strchr(at + 1, '@') != NULL ||
        strchr(at + 1, '.') == NULL || strlen(s) > ADDRESS_MAX)
        return false;
    for (; *s != '\0'; s++)
        if (*s <= ' ' || *s >= 0x7f || strchr("<>,;:\"\\()[]", *s) != NULL)
            return false;
    return true;
}

static bool
is_id(const char *s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789";

    return *s != '\0' && s[strspn(s, plain)] == '\0';
}

/* Text of several lines. */
static bool
is_text(struct mh_span s)
{
    uint32_t cp;

    while (s.len > 0)
        if (!mh_utf8_next(&s, &cp) || (cp != '\n' && mh_text_is_control(cp)))
            return false;
    return true;
}

/* Whole characters of at most max bytes at the start of s. */
static size_t
whole(struct mh_span s, size_t max)
{
    size_t n = s.len < max ? s.len : max;

    while (n > 0 && n < s.len && (s.ptr[n] & 0xc0) == 0x80)
        n--;
    return n;
}

static void
add_subject(struct mh_buf *out, struct mh_span s)
{
    const char *before = "Subject: ";

    do {
        size_t n = whole(s, WORD);

        mh_buf_str(out, before);
        mh_buf_str(out, "=?UTF-8?B?");
        mh_base64_encode((struct mh_span){s.ptr, n}, out);
        mh_buf_str(out, "?=\r\n");
        s.ptr += n;
        s.len -= n;
        before = " ";
    } while (s.len > 0);
}

/* RFC 5322 3.3, whatever the locale is. */
static void
add_date(struct mh_buf *out, int64_t seconds)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t t = (time_t)seconds;
    struct tm tm;

    if (gmtime_r(&t, &tm) == NULL) {
        out->bad = true;
        return;
    }
    mh_buf_printf(out, "Date: %.3s, %02d %.3s %d %02d:%02d:%02d +0000\r\n",
        days + (size_t)tm.tm_wday * 3, tm.tm_mday,
        months + (size_t)tm.tm_mon * 3, tm.tm_year + 1900, tm.tm_hour,
        tm.tm_min, tm.tm_sec);
}

/* The text with CR LF at the ends of lines, in base64. */
static void
add_text(struct mh_buf *out, const char *text)
{
    struct mh_buf lines;
    struct mh_span s;

    mh_buf_init(&lines, (size_t)2 * PT_MAIL_TEXT_MAX);
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            mh_buf_byte(&lines, '\r');
        mh_buf_byte(&lines, (uint8_t)*text);
    }
    s = mh_buf_get(&lines);
    while (s.len > 0) {
        size_t n = s.len < LINE ? s.len : LINE;

        mh_base64_encode((struct mh_span){s.ptr, n}, out);
        mh_buf_str(out, "\r\n");
        s.ptr += n;
        s.len -= n;
    }
    if (!mh_buf_ok(&lines))
        out->bad = true;
    mh_buf_fini(&lines);
}

enum mh_code
pt_mail_build(
    const struct pt_mail *mail, struct mh_err *err, struct mh_buf *out)
{
    struct mh_span subject = mh_span_str(mail->subject);
    struct mh_span text = mh_span_str(mail->text);

    if (subject.len > PT_MAIL_SUBJECT_MAX || text.len > PT_MAIL_TEXT_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "mail: too long");
    if (!pt_mail_address(mail->from) || !pt_mail_address(mail->to))
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "mail: not an address");
    if (subject.len == 0 || text.len == 0 || !is_id(mail->id) ||
        !mh_text_is_clean(subject, PT_MAIL_SUBJECT_MAX) || !is_text(text))
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "mail: not clean text");
    add_date(out, mail->date);
    mh_buf_printf(out, "From: <%s>\r\nTo: <%s>\r\n", mail->from, mail->to);
    add_subject(out, subject);
    mh_buf_printf(out, "Message-ID: <%s%s>\r\n", mail->id,
        strchr(mail->from, '@'));                        /* it has one */
    mh_buf_str(out, "Auto-Submitted: auto-generated\r\n" /* RFC 3834 5 */
                    "MIME-Version: 1.0\r\n"
                    "Content-Type: text/plain; charset=utf-8\r\n"
                    "Content-Transfer-Encoding: base64\r\n\r\n");
    add_text(out, mail->text);
    return mh_buf_ok(out)
               ? MH_OK
               : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "mail: no memory");
}
