/* portal/notify, signer/courier/sms: messages, their words, and input that
   wants to be more than that. */
#include "tests/t.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "portal/notify/mail.h"
#include "portal/notify/provider.h"
#include "portal/notify/sms.h"
#include "portal/notify/text.h"
#include "signer/courier/sms.h"

static const struct pt_mail good = {.from = "court@court.az",
    .to = "a@b.az",
    .subject = "Yeni bildiriş",
    .text = "Salam\nDünya\n",
    .id = "0a1b",
    .date = 1764195327};

static enum mh_code
build(const struct pt_mail *mail, struct mh_buf *out)
{
    struct mh_err err = {.msg = ""};

    mh_buf_init(out, PT_MAIL_MAX);
    return pt_mail_build(mail, &err, out);
}

static void
test_mail(void **state)
{
    static const char wanted[] =
        "Date: Wed, 26 Nov 2025 22:15:27 +0000\r\n"
        "From: <court@court.az>\r\nTo: <a@b.az>\r\n"
        "Subject: =?UTF-8?B?WWVuaSBiaWxkaXJpxZ8=?=\r\n"
        "Message-ID: <0a1b@court.az>\r\n"
        "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
        "U2FsYW0NCkTDvG55YQ0K\r\n";
    struct mh_buf out;

    (void)state;
    assert_int_equal(build(&good, &out), MH_OK);
    assert_int_equal(out.len, sizeof(wanted) - 1);
    assert_memory_equal(out.ptr, wanted, out.len);
    mh_buf_fini(&out);
}

/* Every line is short, and no character is cut (RFC 2047 5). */
static void
test_long(void **state)
{
    char subject[PT_MAIL_SUBJECT_MAX + 2] = "";
    static char text[PT_MAIL_TEXT_MAX + 2];
    struct pt_mail m = good;
    struct mh_buf out;
    size_t line = 0;

    (void)state;
    for (size_t i = 0; i < PT_MAIL_SUBJECT_MAX; i += 2) { /* a schwa */
        subject[i] = '\xc9';
        subject[i + 1] = '\x99';
    }
    memset(text, 'x', PT_MAIL_TEXT_MAX);
    m.subject = subject;
    m.text = text;
    assert_int_equal(build(&m, &out), MH_OK);
    for (size_t i = 0; i < out.len; i++) {
        line = out.ptr[i] == '\n' ? 0 : line + 1;
        assert_true(line <= 78); /* with its CR */
    }
    mh_buf_fini(&out);
    subject[PT_MAIL_SUBJECT_MAX] = 'x';
    assert_int_equal(build(&m, &out), MH_ELIMIT);
    mh_buf_fini(&out);
    m.subject = good.subject;
    text[PT_MAIL_TEXT_MAX] = 'x';
    assert_int_equal(build(&m, &out), MH_ELIMIT);
    mh_buf_fini(&out);
}

static void
test_hostile(void **state)
{
    static const struct {
        const char *name, *from, *to, *subject, *text, *id;
    } rows[] = {
        {"a field behind the address", "c@c.az", "a@b.az\r\nBcc: x@y.az", "s",
            "t", "a"},
        {"two recipients", "c@c.az", "a@b.az,x@y.az", "s", "t", "a"},
        {"a name", "c@c.az", "A <a@b.az>", "s", "t", "a"},
        {"quotes", "c@c.az", "\"a b\"@b.az", "s", "t", "a"},
        {"no host", "c@c.az", "a@", "s", "t", "a"},
        {"no user", "c@c.az", "@b.az", "s", "t", "a"},
        {"nobody", "c@c.az", "", "s", "t", "a"},
        {"not ASCII", "c@c.az", "ə@b.az", "s", "t", "a"},
        {"sender", "c@c.az>\r\nX: y", "a@b.az", "s", "t", "a"},
        {"a field in the subject", "c@c.az", "a@b.az", "s\r\nBcc: x@y.az", "t",
            "a"},
        {"LF in the subject", "c@c.az", "a@b.az", "s\nBcc: x@y.az", "t", "a"},
        {"empty subject", "c@c.az", "a@b.az", "", "t", "a"},
        {"not UTF-8", "c@c.az", "a@b.az", "s", "t\xff", "a"},
        {"controls", "c@c.az", "a@b.az", "s", "t\r\n.\r\n", "a"},
        {"an id", "c@c.az", "a@b.az", "s", "t", "a>\r\nX: y"},
        {"no id", "c@c.az", "a@b.az", "s", "t", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct pt_mail m = {.from = rows[i].from,
            .to = rows[i].to,
            .subject = rows[i].subject,
            .text = rows[i].text,
            .id = rows[i].id};
        struct mh_buf out;

        if (build(&m, &out) != MH_EFORMAT)
            fail_msg("%s", rows[i].name);
        assert_int_equal(out.len, 0);
        mh_buf_fini(&out);
    }
    assert_true(sg_mail_good("c@c.az", "a@b.az"));
    assert_false(sg_mail_good("c@c.az", "a@b.az> NOTIFY=NEVER"));
    assert_false(sg_mail_good("", "a@b.az"));
}

static const char *
url(enum mh_sender_mode mode, const char *to, const char *text,
    const char *report, struct mh_arena *arena)
{
    const struct mh_sender s = {.url = "http://h/send",
        .pin = "",
        .mode = mode,
        .user = "u&x",
        .password = "p=1"};
    const struct mh_fetch f = {.kind = MH_FETCH_SMS,
        .url = report,
        .from = "MEHKEME",
        .to = to,
        .body = mh_span_str(text)};

    return sg_sms_url(&s, &f, arena);
}

static void
test_urls(void **state)
{
    struct mh_arena *arena = mh_arena_new(1 << 20);
    char text[1002] = "";

    (void)state;
    assert_non_null(arena);
    assert_string_equal(url(MH_SMS_KANNEL, "994501234567", "ə &b", "", arena),
        "http://h/send?username=u%26x&password=p%3D1&from=MEHKEME"
        "&to=994501234567&coding=2&charset=UTF-8&text=%C9%99%20%26b");
    assert_non_null(strstr(
        url(MH_SMS_KANNEL, "994501234567", "x", "http://p/r?a=1&s=%d", arena),
        "&dlr-mask=31&dlr-url=http%3A%2F%2Fp%2Fr%3Fa%3D1%26s%3D%25d"));
    /* md5(md5hex("p=1") "u&x" "x" "994501234567" "MEHKEME") */
    assert_string_equal(url(MH_SMS_LSIM, "994501234567", "x", "", arena),
        "http://h/send?login=u%26x&msisdn=994501234567&text=x&sender=MEHKEME"
        "&key=54ca1effe27e019edefa46aaa8e6a1a6&unicode=1");
    assert_null(url(MH_SMS_KANNEL, "9945012345&to=1", "x", "", arena));
    assert_null(url(MH_SMS_KANNEL, "1234567", "x", "", arena));
    assert_null(url(MH_SMS_KANNEL, "1234567890123456", "x", "", arena));
    assert_null(url(MH_SMS_KANNEL, "994501234567", "", "", arena));
    assert_null(url(MH_SMS_KANNEL, "994501234567", "a\nb", "", arena));
    assert_null(url(MH_SMS_KANNEL, "994501234567", "\xff", "", arena));
    memset(text, 'x', 1000);
    assert_non_null(url(MH_SMS_KANNEL, "994501234567", text, "", arena));
    text[1000] = 'x';
    assert_null(url(MH_SMS_KANNEL, "994501234567", text, "", arena));
    mh_arena_free(arena);
}

static void
test_answers(void **state)
{
    static const struct {
        uint32_t status;
        const char *body;
        enum pt_sms_outcome kannel, lsim;
    } rows[] = {
        {202, "0: Accepted for delivery", PT_SMS_TAKEN, PT_SMS_LATER},
        {202, "3: Queued for later delivery", PT_SMS_TAKEN, PT_SMS_LATER},
        {202, "", PT_SMS_LATER, PT_SMS_LATER},
        {403, "Authorization failed", PT_SMS_REFUSED, PT_SMS_LATER},
        {503, "Temporal failure, try again later.", PT_SMS_LATER, PT_SMS_LATER},
        {200, "{\"obj\": 12345, \"errorCode\": 0}", PT_SMS_LATER, PT_SMS_TAKEN},
        {200, "{\"errorCode\": -102}", PT_SMS_LATER, PT_SMS_REFUSED},
        {200, "{\"errorCode\": -104}", PT_SMS_LATER, PT_SMS_LATER},
        {200, "{\"errorCode\": \"0\"}", PT_SMS_LATER, PT_SMS_LATER},
        {200, "{\"errorCode\": 0, \"errorCode\": 0}", PT_SMS_LATER,
            PT_SMS_LATER},
        {200, "[[[", PT_SMS_LATER, PT_SMS_LATER},
    };
    char ref[24];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mh_span body = mh_span_str(rows[i].body);

        assert_int_equal(pt_sms_kannel(rows[i].status, body), rows[i].kannel);
        assert_int_equal(pt_sms_lsim(rows[i].status, body, ref), rows[i].lsim);
        assert_string_equal(ref, i == 5 ? "12345" : "");
    }
    assert_int_equal(pt_sms_report("1"), PT_SMS_ARRIVED);
    assert_int_equal(pt_sms_report("2"), PT_SMS_LOST);
    assert_int_equal(pt_sms_report("16"), PT_SMS_LOST);
    assert_int_equal(pt_sms_report("8"), PT_SMS_UNKNOWN);
    assert_int_equal(pt_sms_report(""), PT_SMS_UNKNOWN);
}

static void
test_senders(void **state)
{
    struct mh_arena *arena = mh_arena_new(1 << 16);
    const struct mh_senders s = {{"smtps://m:465", "", MH_MAIL_TLS, "u", "p"},
        {"http://s/x", "", MH_SMS_LSIM, "v", "q"}};
    struct mh_senders out;
    struct mh_buf b;

    (void)state;
    assert_non_null(arena);
    mh_buf_init(&b, MH_SENDERS_MAX);
    mh_senders_pack(&s, &b);
    assert_int_equal(
        mh_senders_unpack(mh_buf_get(&b), arena, NULL, &out), MH_OK);
    assert_string_equal(out.mail.password, "p");
    assert_int_equal(out.sms.mode, MH_SMS_LSIM);
    for (size_t n = 0; n < b.len; n++)
        assert_int_equal(
            mh_senders_unpack((struct mh_span){b.ptr, n}, arena, NULL, &out),
            MH_EFORMAT);
    mh_buf_fini(&b);
    mh_arena_free(arena);
}

/* What is said of an event: in the reader's language, without names; of what
   may not be named, nothing. */
static void
test_letters(void **state)
{
    static const struct {
        enum pt_channel channel;
        const char *lang, *args, *want, *never;
    } rows[] = {
        {PT_CHANNEL_MAIL, "az",
            "2-2(103)-1/2026\nabc\nhearing-scheduled\n1767225600 Zal 3",
            "Məhkəmə iclası təyin edildi: 01.01.2026 04:00. Zal: Zal 3\n"
            "İşin nömrəsi: 2-2(103)-1/2026\n",
            "hearing-"},
        {PT_CHANNEL_MAIL, "en",
            "2-2(103)-1/2026\nabc\nhearing-moved\n1767225600 1767229200 3",
            "A hearing was moved to another time: 01.01.2026 04:00 → "
            "01.01.2026 05:00. Hall: 3\n",
            "hearing-"},
        {PT_CHANNEL_MAIL, "ru",
            "2-2(103)-1/2026\nabc\nhearing-cancelled\n1767225600 3",
            "Судебное заседание отменено: 01.01.2026 04:00. Зал: 3\n",
            "hearing-"},
        {PT_CHANNEL_MAIL, "en", "2-2(103)-1/2026\nabc\ncase-registered\n",
            "The case was registered.\nCase number: 2-2(103)-1/2026\n",
            "case-registered"},
        {PT_CHANNEL_MAIL, "en", "2-2(103)-1/2026\nabc",
            "There is something new in your case.\n", "A hearing"},
        {PT_CHANNEL_SMS, "az",
            "2-2(103)-1/2026\nabc\nhearing-scheduled\n1767225600 Zal 3",
            "Məhkəmə iclası təyin edildi: 01.01.2026 04:00. Zal: Zal 3. "
            "https://c.az/notifications",
            "2-2(103)"},
        {PT_CHANNEL_SMS, "en",
            "2-2(103)-1/2026\nabc\nhearing-moved\n1767225600 1767229200 3",
            "A hearing was moved to another time: 01.01.2026 04:00 → "
            "01.01.2026 05:00. Hall: 3. https://c.az/notifications",
            "2-2(103)"},
        {PT_CHANNEL_SMS, "ru",
            "2-2(103)-1/2026\nabc\nhearing-cancelled\n1767225600 3",
            "Судебное заседание отменено: 01.01.2026 04:00. Зал: 3. "
            "https://c.az/notifications",
            "2-2(103)"},
        {PT_CHANNEL_SMS, "en", "2-2(103)-1/2026\nabc\ncase-registered\n",
            "You have a new notification of the court: "
            "https://c.az/notifications",
            "2-2(103)"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pt_delivery d = {.channel = rows[i].channel, .kind = "notice"};
        struct pt_letter letter;

        (void)snprintf(d.lang, sizeof(d.lang), "%s", rows[i].lang);
        (void)snprintf(d.args, sizeof(d.args), "%s", rows[i].args);
        assert_true(pt_letter_make(&d, "https://c.az", &letter));
        mh_buf_byte(&letter.text, '\0');
        assert_true(mh_buf_ok(&letter.text));
        assert_ptr_equal(strstr((const char *)letter.text.ptr, rows[i].want),
            letter.text.ptr);
        assert_null(strstr((const char *)letter.text.ptr, rows[i].never));
        mh_buf_fini(&letter.text);
    }
}

/* A letter to the operator keeps its lines. */
static void
test_letter_of_lines(void **state)
{
    struct pt_delivery d = {.channel = PT_CHANNEL_MAIL,
        .kind = "letter",
        .lang = "en",
        .args = "ali\none\n\ntwo\nthree\nfour"};
    struct pt_letter letter;

    (void)state;
    assert_true(pt_letter_make(&d, "https://c.az", &letter));
    mh_buf_byte(&letter.text, '\0');
    assert_string_equal(
        letter.text.ptr, "User name: ali\n\none\n\ntwo\nthree\nfour\n");
    mh_buf_fini(&letter.text);
}

/* Of a reply of a time-stamping authority its status alone is read. */
static void
test_granted(void **state)
{
    static const struct {
        const char *name, *bytes;
        size_t len;
        bool granted;
    } rows[] = {
        {"granted", "\x30\x07\x30\x03\x02\x01\x00\x30\x00", 9, true},
        {"with changes", "\x30\x07\x30\x03\x02\x01\x01\x30\x00", 9, true},
        {"long form", "\x30\x82\x01\x00\x30\x03\x02\x01\x00\x30", 10, true},
        {"rejected", "\x30\x07\x30\x03\x02\x01\x02\x30\x00", 9, false},
        {"no integer", "\x30\x07\x30\x03\x04\x01\x00\x30\x00", 9, false},
        {"no sequence", "\x31\x07\x30\x03\x02\x01\x00\x30\x00", 9, false},
        {"five bytes of length", "\x30\x85\x01\x01\x01\x01\x01\x30", 8, false},
        {"cut", "\x30\x07\x30\x03\x02\x01", 6, false},
        {"a page", "<html>", 6, false},
        {"nothing", "", 0, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct mh_span s = {(const uint8_t *)rows[i].bytes, rows[i].len};

        if (pt_provider_granted(s) != rows[i].granted)
            fail_msg("%s", rows[i].name);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_granted),
        cmocka_unit_test(test_mail),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_senders),
        cmocka_unit_test(test_letters),
        cmocka_unit_test(test_letter_of_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
