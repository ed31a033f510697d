/*
 * Certificates of the shared corpus through our reader and libcrypto's:
 * whatever we accept libcrypto accepts, and both see the same.  What only
 * libcrypto accepts is counted by the rule of ours that refuses it.
 */
#define MH_ALLOW_BANNED
#include <dirent.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "signer/trust/key.h"
#include "tests/t.h"

#define CORPUS T_SOURCE_DIR "/../../shared/corpus/"

/* Rules of ours that libcrypto's reader does not have. */
static struct {
    const char *text, *why;
    size_t count;
} stricter[] = {
    {"certificate: serial number not allowed",
        "RFC 5280 4.1.2.2: positive, at most 20 bytes", 0},
    {"certificate: two signature algorithms", "4.1.1.2: both are equal", 0},
    {"certificate: malformed validity",
        "4.1.2.5: whole seconds, UTC, no other form", 0},
    {"certificate: malformed name", "X.690: DER, sets not empty", 0},
    {"certificate: malformed public key", "X.690: DER", 0},
    {"certificate: malformed version", "4.1.2.1: 1, 2 or 3", 0},
    {"certificate: malformed unique identifier", "X.690: DER", 0},
    {"certificate: malformed content", "X.690: DER", 0},
    {"certificate: malformed outer structure", "X.690: DER", 0},
    {"certificate: malformed extensions", "4.1: at least one", 0},
    {"certificate: malformed extension", "X.690: DER", 0},
    {"certificate: malformed value of an extension",
        "4.2: each known extension in its exact form", 0},
    {"certificate: extension twice", "4.2: one of each", 0},
    {"certificate: not one DER value", "X.690: DER, nothing behind it", 0},
    {"certificate: too large", "base/limits.h", 0},
};

struct counts {
    size_t files, both, neither, ours_only, theirs_only, keys, signatures;
};

static int64_t
their_time(const ASN1_TIME *t)
{
    struct tm tm;

    assert_int_equal(ASN1_TIME_to_tm(t, &tm), 1);
    return (int64_t)timegm(&tm);
}

static void
same_name(const char *row, const struct sg_name *ours, X509_NAME *theirs)
{
    const unsigned char *der = NULL;
    size_t len = 0;

    T_CHECK(row, X509_NAME_get0_der(theirs, &der, &len) == 1);
    T_CHECK(row, len == ours->raw.len && memcmp(der, ours->raw.ptr, len) == 0);
    T_CHECK(row, (size_t)X509_NAME_entry_count(theirs) == ours->count);
}

/* The magnitude of the serial number. */
static void
same_serial(const char *row, struct mh_span ours, const X509 *x)
{
    const ASN1_INTEGER *theirs = X509_get0_serialNumber(x);

    while (ours.len > 1 && ours.ptr[0] == 0) {
        ours.ptr++;
        ours.len--;
    }
    T_CHECK(row, ASN1_STRING_type(theirs) == V_ASN1_INTEGER);
    T_CHECK(row, (size_t)ASN1_STRING_length(theirs) == ours.len);
    T_CHECK(
        row, memcmp(ASN1_STRING_get0_data(theirs), ours.ptr, ours.len) == 0);
}

static void
same_key(const char *row, const struct sg_cert *c, X509 *x, struct counts *n)
{
    struct sg_facts *facts = sg_facts_new();
    const struct sg_key *key;
    EVP_PKEY *theirs = X509_get0_pubkey(x);
    enum sg_verdict v = SG_SIG_KEY;

    assert_non_null(facts);
    if (sg_facts_key(facts, c, NULL, &key) == MH_OK) {
        T_CHECK(row, theirs != NULL);
        if (sg_key_type(key) == SG_KEY_RSA || sg_key_type(key) == SG_KEY_EC)
            T_CHECK(
                row, (unsigned)EVP_PKEY_get_bits(theirs) == sg_key_bits(key));
        n->keys++;
        T_CHECK(row, sg_facts_signed_by(facts, c, c, NULL, &v) == MH_OK);
        if (v == SG_SIG_GOOD) {
            T_CHECK(row, X509_verify(x, theirs) == 1);
            n->signatures++;
        } else if (v == SG_SIG_BAD) {
            T_CHECK(row, X509_verify(x, theirs) != 1);
        }
    }
    ERR_clear_error();
    sg_facts_free(facts);
}

static void
explain(const char *row, const char *msg)
{
    for (size_t i = 0; i < T_COUNT(stricter); i++)
        if (strcmp(stricter[i].text, msg) == 0) {
            stricter[i].count++;
            return;
        }
    fail_msg("%s: refused without a rule: %s", row, msg);
}

static void
one(const char *row, struct mh_span der, struct counts *n)
{
    const unsigned char *p = der.ptr;
    X509 *x = d2i_X509(NULL, &p, (long)der.len);
    struct mh_arena *arena = mh_arena_new(8U << 20);
    struct mh_err err = {0};
    struct sg_cert *c = NULL;
    enum mh_code rc;

    assert_non_null(arena);
    ERR_clear_error();
    rc = sg_cert_parse(der, arena, &err, &c);
    n->files++;
    if (rc == MH_OK) {
        T_CHECK(row, x != NULL);
        T_CHECK(row, p == der.ptr + der.len);
        same_serial(row, c->serial, x);
        same_name(row, &c->issuer, X509_get_issuer_name(x));
        same_name(row, &c->subject, X509_get_subject_name(x));
        T_CHECK(row, c->not_before == their_time(X509_get0_notBefore(x)));
        T_CHECK(row, c->not_after == their_time(X509_get0_notAfter(x)));
        T_CHECK(row, (long)c->version == X509_get_version(x) + 1);
        same_key(row, c, x, n);
        n->both++;
    } else if (x != NULL) {
        explain(row, err.msg);
        n->theirs_only++;
    } else {
        n->neither++;
    }
    X509_free(x);
    mh_arena_free(arena);
}

static void
run_file(const char *path, struct counts *n)
{
    static uint8_t room[1U << 20];
    FILE *f = fopen(path, "rb");
    BIO *bio;
    char *name, *header;
    unsigned char *data;
    size_t len;
    long got;

    assert_non_null(f);
    len = fread(room, 1, sizeof(room), f);
    assert_int_equal(fclose(f), 0);
    if (memmem(room, len, "-----BEGIN", 10) == NULL) {
        one(path, (struct mh_span){room, len}, n);
        return;
    }
    bio = BIO_new_mem_buf(room, (int)len);
    assert_non_null(bio);
    while (PEM_read_bio(bio, &name, &header, &data, &got) == 1) {
        if (strcmp(name, "CERTIFICATE") == 0)
            one(path, (struct mh_span){data, (size_t)got}, n);
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(data);
    }
    ERR_clear_error();
    BIO_free(bio);
}

static bool
run_folder(const char *folder, struct counts *n)
{
    DIR *dir = opendir(folder);
    struct dirent *e;

    if (dir == NULL)
        return false;
    while ((e = readdir(dir)) != NULL) {
        char path[1024];

        (void)snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        if (e->d_name[0] != '.' && e->d_type == DT_REG)
            run_file(path, n);
    }
    (void)closedir(dir);
    return true;
}

static void
test_corpus(void **state)
{
    struct counts n = {0};

    (void)state;
    assert_int_equal(mh_digest_init(NULL), MH_OK);
    if (!run_folder(CORPUS "suites/x509-seeds/cert", &n)) {
        (void)puts("differential: no shared corpus beside the project");
        skip();
        return;
    }
    assert_true(run_folder(CORPUS "suites/x509-seeds/certificate", &n));
    assert_true(run_folder(CORPUS "trust/dss", &n));
    assert_true(run_folder(CORPUS "trust/signserver", &n));
    (void)printf("differential: %zu certificates: %zu accepted by both, %zu "
                 "by none, %zu by libcrypto only; %zu keys, %zu own "
                 "signatures\n",
        n.files, n.both, n.neither, n.theirs_only, n.keys, n.signatures);
    for (size_t i = 0; i < T_COUNT(stricter); i++)
        if (stricter[i].count > 0)
            (void)printf("  %zu: %s (%s)\n", stricter[i].count,
                stricter[i].text, stricter[i].why);
    assert_true(n.both > 0 && n.keys > 0);
}

/* The same over our own certificates, which stand in the project. */
static void
test_own(void **state)
{
    struct counts n = {0};

    (void)state;
    assert_int_equal(mh_digest_init(NULL), MH_OK);
    for (size_t i = 0; i < T_COUNT(stricter); i++)
        stricter[i].count = 0;
    {
        DIR *dir = opendir(T_SOURCE_DIR "/trust/data");
        struct dirent *e;

        assert_non_null(dir);
        while ((e = readdir(dir)) != NULL) {
            char path[1024];

            (void)snprintf(path, sizeof(path), "%s/trust/data/%s", T_SOURCE_DIR,
                e->d_name);
            if (strncmp(e->d_name, "cert-", 5) == 0)
                run_file(path, &n);
        }
        (void)closedir(dir);
    }
    assert_true(n.both >= 35);
    assert_int_equal(n.theirs_only + n.neither, 4); /* cert-bad-* */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own), cmocka_unit_test(test_corpus)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
