#include "tests/t.h"

#include "hsm/uri.h"

#include "base/wire/token.h"

struct row {
    const char *name;
    const char *uri;
    const char *why; /* part of the error line; NULL: accepted */
};

static const struct row rows[] = {
    {"token and id", "pkcs11:token=court;id=%02;type=private", NULL},
    {"serial", "pkcs11:serial=0123;id=%02", NULL},
    {"label", "pkcs11:token=a;object=seal%20key", NULL},
    {"everything",
        "pkcs11:token=a;manufacturer=b;model=c;serial=d;id=%00%01;object=e;"
        "type=private;library-manufacturer=f;library-description=g;"
        "library-version=1.2?pin-source=file:/run/pin&module-path=/usr/x.so",
        NULL},
    {"upper case hexadecimal", "pkcs11:id=%aF", NULL},
    {"scheme", "pkcs12:token=a", "begin"},
    {"upper-case scheme", "PKCS11:token=a", "begin"},
    {"empty", "", "begin"},
    {"a blank label", "pkcs11:token=%20%20", "an attribute is blank"},
    {"a label of a space and more", "pkcs11:token=%20a", NULL},
    {"an identifier of a space", "pkcs11:id=%20", NULL},
    {"nothing named", "pkcs11:", "names nothing"},
    {"only a query", "pkcs11:?pin-source=file:/a", "names nothing"},
    {"only a model", "pkcs11:model=a", "neither token nor key"},
    {"PIN", "pkcs11:token=a?pin-value=1234", "pin-value"},
    {"empty PIN", "pkcs11:token=a?pin-value=", "pin-value"},
    {"PIN in the path", "pkcs11:token=a;pin-value=1", "pin-value"},
    {"slot id", "pkcs11:token=a;slot-id=1", "slot"},
    {"slot description", "pkcs11:token=a;slot-description=b", "slot"},
    {"module name", "pkcs11:token=a?module-name=b", "module-path"},
    {"vendor attribute", "pkcs11:token=a;x-b=c", "unknown"},
    {"vendor query", "pkcs11:token=a?x-b=c", "unknown"},
    {"unknown query", "pkcs11:token=a?b=c", "unknown"},
    {"query in the path", "pkcs11:token=a;pin-source=file:/a", "unknown"},
    {"twice", "pkcs11:token=a;token=a", "twice"},
    {"id twice", "pkcs11:id=%01;id=%01", "twice"},
    {"query twice", "pkcs11:token=a?pin-source=file:/a&pin-source=file:/b",
        "twice"},
    {"no value", "pkcs11:token", "no value"},
    {"empty value", "pkcs11:token=", "empty"},
    {"empty id", "pkcs11:token=a;id=", "empty"},
    {"trailing semicolon", "pkcs11:token=a;", "no value"},
    {"trailing mark", "pkcs11:token=a?", "no value"},
    {"NUL in a label", "pkcs11:token=a%00b", "NUL"},
    {"NUL in a path", "pkcs11:token=a?pin-source=file:/a%00b", "NUL"},
    {"public key", "pkcs11:id=%01;type=public", "type"},
    {"certificate", "pkcs11:id=%01;type=cert", "type"},
    {"relative PIN file", "pkcs11:token=a?pin-source=file:a", "pin-source"},
    {"PIN by command", "pkcs11:token=a?pin-source=|a", "pin-source"},
    {"relative module", "pkcs11:token=a?module-path=a.so", "module-path"},
    {"space", "pkcs11:token=a b", "percent"},
    {"line feed", "pkcs11:token=a\n", "percent"},
    {"UTF-8", "pkcs11:token=\xc9\x99", "percent"},
    {"half an escape", "pkcs11:token=a%2", "encoding"},
    {"no escape", "pkcs11:token=a%zz", "encoding"},
    {"version", "pkcs11:token=a;library-version=x", "version"},
    {"label of 33 bytes", "pkcs11:token=123456789012345678901234567890123",
        "too long"},
    {"label of 32 bytes", "pkcs11:token=12345678901234567890123456789012",
        NULL},
};

static void
test_uri_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_err err = {.msg = ""};
        struct hsm_uri uri;
        enum mh_code code = hsm_uri_parse(rows[i].uri, &err, &uri);

        T_CHECK(rows[i].name, (code == MH_OK) == (rows[i].why == NULL));
        if (rows[i].why != NULL) {
            T_CHECK(rows[i].name, code == MH_EFORMAT);
            if (strstr(err.msg, rows[i].why) == NULL)
                fail_msg("%s: %s", rows[i].name, err.msg);
            T_CHECK(rows[i].name, uri.parsed == NULL);
        }
        hsm_uri_fini(&uri);
    }
}

static void
test_uri_query(void **state)
{
    struct hsm_uri uri;

    (void)state;
    assert_int_equal(
        hsm_uri_parse("pkcs11:id=%01?module-path=/usr/lib/x.so&pin-source="
                      "file:/run/a%20b",
            NULL, &uri),
        MH_OK);
    assert_string_equal(uri.pin_source, "/run/a b");
    assert_string_equal(uri.module_path, "/usr/lib/x.so");
    assert_false(hsm_uri_has_label(&uri));
    hsm_uri_fini(&uri);
    assert_int_equal(hsm_uri_parse("pkcs11:object=a", NULL, &uri), MH_OK);
    assert_null(uri.pin_source);
    assert_null(uri.module_path);
    assert_true(hsm_uri_has_label(&uri));
    hsm_uri_fini(&uri);
}

/* Length of the whole, and of an id, at the limit and one past it. */
static void
test_uri_limits(void **state)
{
    char text[MH_TOKEN_URI_MAX + 2] = "pkcs11:token=a?pin-source=file:/";
    size_t head = strlen(text);
    struct hsm_uri uri;

    (void)state;
    memset(text + head, 'a', MH_TOKEN_URI_MAX - head);
    assert_int_equal(hsm_uri_parse(text, NULL, &uri), MH_OK);
    hsm_uri_fini(&uri);
    text[MH_TOKEN_URI_MAX] = 'a';
    assert_int_equal(hsm_uri_parse(text, NULL, &uri), MH_EFORMAT);
    memset(text, 0, sizeof(text));
    (void)snprintf(text, sizeof(text), "pkcs11:id=");
    memset(text + 10, 'a', MH_TOKEN_ID_MAX);
    assert_int_equal(hsm_uri_parse(text, NULL, &uri), MH_OK);
    hsm_uri_fini(&uri);
    text[10 + MH_TOKEN_ID_MAX] = 'a';
    assert_int_equal(hsm_uri_parse(text, NULL, &uri), MH_EFORMAT);
}

static CK_TOKEN_INFO
token_of(const char *label, const char *serial)
{
    CK_TOKEN_INFO t = {0};

    memset(t.label, ' ', sizeof(t.label));
    memset(t.manufacturerID, ' ', sizeof(t.manufacturerID));
    memset(t.model, ' ', sizeof(t.model));
    memset(t.serialNumber, ' ', sizeof(t.serialNumber));
    memcpy(t.label, label, strlen(label));
    memcpy(t.serialNumber, serial, strlen(serial));
    return t;
}

/* Padding does not count, everything else does. */
static void
test_uri_matches(void **state)
{
    CK_TOKEN_INFO same = token_of("court", "0123");
    CK_TOKEN_INFO label = token_of("courts", "0123");
    CK_TOKEN_INFO serial = token_of("court", "01234");
    CK_INFO module = {0};
    uint8_t id[] = {2}, other[] = {2, 0};
    char name[] = "seal";
    CK_ATTRIBUTE a = {CKA_ID, id, 1}, b = {CKA_ID, other, 2};
    CK_ATTRIBUTE text = {CKA_LABEL, name, 4}, cut = {CKA_LABEL, name, 3};
    struct hsm_uri uri;

    (void)state;
    assert_int_equal(
        hsm_uri_parse(
            "pkcs11:token=court;serial=0123;id=%02;object=seal", NULL, &uri),
        MH_OK);
    assert_true(hsm_uri_is_token(&uri, &module, &same));
    assert_false(hsm_uri_is_token(&uri, &module, &label));
    assert_false(hsm_uri_is_token(&uri, &module, &serial));
    assert_true(hsm_uri_is_object(&uri, &a, &text, true));
    assert_false(hsm_uri_is_object(&uri, &b, &text, true));
    assert_false(hsm_uri_is_object(&uri, &a, &cut, true));
    assert_true(hsm_uri_is_object(&uri, &a, &cut, false));
    hsm_uri_fini(&uri);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uri_rows),
        cmocka_unit_test(test_uri_query),
        cmocka_unit_test(test_uri_limits),
        cmocka_unit_test(test_uri_matches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
