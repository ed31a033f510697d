/* Algorithm names of XML signatures, and RSASSA-PSS parameters. */
#define MH_ALLOW_BANNED
#include "signer/verify/dsig_alg.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/digest/digest.h"
#include "docformat/xml/xml.h"
#include "tests/t.h"

#define DSIG   "http://www.w3.org/2000/09/xmldsig#"
#define MORE   "http://www.w3.org/2001/04/xmldsig-more#"
#define MORE07 "http://www.w3.org/2007/05/xmldsig-more#"
#define ENC    "http://www.w3.org/2001/04/xmlenc#"

static void
test_digests(void **state)
{
    static const struct {
        const char *uri;
        enum mh_digest_alg alg;
    } rows[] = {
        {DSIG "sha1", MH_SHA1},
        {ENC "sha256", MH_SHA256},
        {ENC "sha512", MH_SHA512},
        {MORE "sha224", MH_SHA224},
        {MORE "sha384", MH_SHA384},
        {MORE "md5", MH_MD5},
        {MORE07 "sha3-256", MH_SHA3_256},
        {MORE07 "sha3-384", MH_SHA3_384},
        {MORE07 "sha3-512", MH_SHA3_512},
        {"", MH_DIGEST_NONE},
        {ENC "sha256 ", MH_DIGEST_NONE},
        {ENC "SHA256", MH_DIGEST_NONE},
        {DSIG "sha256", MH_DIGEST_NONE},
        {ENC "sha2560", MH_DIGEST_NONE},
        {ENC "sha25", MH_DIGEST_NONE},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++)
        T_CHECK(rows[i].uri,
            sg_xml_digest(mh_span_str(rows[i].uri)) == rows[i].alg);
}

static void
test_signatures(void **state)
{
    static const struct {
        const char *uri;
        unsigned scheme; /* enum sg_scheme; 0: unknown */
        enum mh_digest_alg digest;
    } rows[] = {
        {DSIG "rsa-sha1", SG_RSA_PKCS1, MH_SHA1},
        {MORE "rsa-md5", SG_RSA_PKCS1, MH_MD5},
        {MORE "rsa-sha224", SG_RSA_PKCS1, MH_SHA224},
        {MORE "rsa-sha256", SG_RSA_PKCS1, MH_SHA256},
        {MORE "rsa-sha384", SG_RSA_PKCS1, MH_SHA384},
        {MORE "rsa-sha512", SG_RSA_PKCS1, MH_SHA512},
        {MORE "ecdsa-sha1", SG_ECDSA, MH_SHA1},
        {MORE "ecdsa-sha224", SG_ECDSA, MH_SHA224},
        {MORE "ecdsa-sha256", SG_ECDSA, MH_SHA256},
        {MORE "ecdsa-sha384", SG_ECDSA, MH_SHA384},
        {MORE "ecdsa-sha512", SG_ECDSA, MH_SHA512},
        {MORE07 "ecdsa-sha3-256", SG_ECDSA, MH_SHA3_256},
        {MORE07 "sha1-rsa-MGF1", SG_RSA_PSS, MH_SHA1},
        {MORE07 "sha224-rsa-MGF1", SG_RSA_PSS, MH_SHA224},
        {MORE07 "sha256-rsa-MGF1", SG_RSA_PSS, MH_SHA256},
        {MORE07 "sha384-rsa-MGF1", SG_RSA_PSS, MH_SHA384},
        {MORE07 "sha512-rsa-MGF1", SG_RSA_PSS, MH_SHA512},
        {MORE07 "sha3-512-rsa-MGF1", SG_RSA_PSS, MH_SHA3_512},
        {"", 0, MH_DIGEST_NONE}, {DSIG "dsa-sha1", 0, MH_DIGEST_NONE},
        {DSIG "rsa-sha256", 0, MH_DIGEST_NONE},
        {DSIG "hmac-sha1", 0, MH_DIGEST_NONE},
        {MORE "hmac-sha256", 0, MH_DIGEST_NONE},
        {MORE "rsa-sha256x", 0, MH_DIGEST_NONE},
        {MORE07 "rsa-pss", 0, MH_DIGEST_NONE}, /* with parameters, below */
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct sg_sigalg alg = {.form = SG_ECDSA_DER};
        bool known = sg_xml_signature(mh_span_str(rows[i].uri), &alg);

        T_CHECK(rows[i].uri, known == (rows[i].scheme != 0));
        if (known) {
            T_CHECK(rows[i].uri, alg.scheme == rows[i].scheme);
            T_CHECK(rows[i].uri, alg.digest == rows[i].digest);
            T_CHECK(rows[i].uri, alg.form == SG_ECDSA_PLAIN);
        }
        T_CHECK(rows[i].uri, sg_xml_is_hmac(mh_span_str(rows[i].uri)) ==
                                 (strstr(rows[i].uri, "hmac") != NULL));
        T_CHECK(rows[i].uri, sg_xml_is_pss(mh_span_str(rows[i].uri)) ==
                                 (strcmp(rows[i].uri, MORE07 "rsa-pss") == 0));
    }
}

#define DM(uri) "<ds:DigestMethod Algorithm='" uri "'/>"
#define MGF(dm)                                                                \
    "<p:MaskGenerationFunction Algorithm='" MORE07 "MGF1'>" dm                 \
    "</p:MaskGenerationFunction>"
#define SALT(n)  "<p:SaltLength>" n "</p:SaltLength>"
#define TAIL(n)  "<p:TrailerField>" n "</p:TrailerField>"
#define PSS(all) "<p:RSAPSSParams>" all "</p:RSAPSSParams>"

static void
test_pss(void **state)
{
    static const struct {
        const char *row;
        const char *xml;
        enum mh_digest_alg digest; /* NONE: refused */
    } rows[] = {
        {"absent", "", MH_SHA256},
        {"empty", PSS(""), MH_SHA256},
        {"sha256", PSS(DM(ENC "sha256")), MH_SHA256},
        {"all of sha256",
            PSS(DM(ENC "sha256") MGF(DM(ENC "sha256")) SALT("32") TAIL("1")),
            MH_SHA256},
        {"all of sha512",
            PSS(DM(ENC "sha512") MGF(DM(ENC "sha512")) SALT("64") TAIL("1")),
            MH_SHA512},
        {"sha512 without MGF", PSS(DM(ENC "sha512") SALT("64")),
            MH_DIGEST_NONE},
        {"sha512, MGF with sha256", PSS(DM(ENC "sha512") MGF("") SALT("64")),
            MH_DIGEST_NONE},
        {"sha512, default salt", PSS(DM(ENC "sha512") MGF(DM(ENC "sha512"))),
            MH_DIGEST_NONE},
        {"unknown digest", PSS(DM("urn:x")), MH_DIGEST_NONE},
        {"unknown digest in both", PSS(DM("urn:x") MGF(DM("urn:x")) SALT("0")),
            MH_DIGEST_NONE},
        {"digest twice", PSS(DM(ENC "sha256") DM(ENC "sha256")),
            MH_DIGEST_NONE},
        {"other mask", PSS("<p:MaskGenerationFunction Algorithm='urn:x'/>"),
            MH_DIGEST_NONE},
        {"mask without name", PSS("<p:MaskGenerationFunction/>"),
            MH_DIGEST_NONE},
        {"salt 31", PSS(SALT("31")), MH_DIGEST_NONE},
        {"salt 33", PSS(SALT("33")), MH_DIGEST_NONE},
        {"salt 0", PSS(SALT("0")), MH_DIGEST_NONE},
        {"salt -32", PSS(SALT("-32")), MH_DIGEST_NONE},
        {"salt empty", PSS(SALT("")), MH_DIGEST_NONE},
        {"salt long", PSS(SALT("00032")), MH_DIGEST_NONE},
        {"salt 2^32+32", PSS(SALT("4294967328")), MH_DIGEST_NONE},
        {"trailer 2", PSS(TAIL("2")), MH_DIGEST_NONE},
        {"trailer 0", PSS(TAIL("0")), MH_DIGEST_NONE},
        {"another child", "<p:Other/>", MH_DIGEST_NONE},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_arena *arena = mh_arena_new(1U << 20);
        struct sg_sigalg alg = {.form = SG_ECDSA_DER};
        struct df_xml *xml = NULL;
        char doc[1024];
        bool ok;

        assert_non_null(arena);
        (void)snprintf(doc, sizeof(doc),
            "<ds:SignatureMethod xmlns:ds='" DSIG "' xmlns:p='" MORE07
            "'>%s</ds:SignatureMethod>",
            rows[i].xml);
        T_CHECK(rows[i].row,
            df_xml_load(mh_span_str(doc), arena, NULL, &xml) == MH_OK);
        ok = sg_xml_pss_params(df_xml_root(xml), arena, &alg);
        T_CHECK(rows[i].row, ok == (rows[i].digest != MH_DIGEST_NONE));
        if (ok) {
            T_CHECK(rows[i].row, alg.scheme == SG_RSA_PSS);
            T_CHECK(rows[i].row, alg.digest == rows[i].digest);
        }
        df_xml_free(xml);
        mh_arena_free(arena);
    }
}

static int
setup(void **state)
{
    (void)state;
    return mh_digest_init(NULL) == MH_OK ? 0 : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_digests),
        cmocka_unit_test(test_signatures), cmocka_unit_test(test_pss)};

    return cmocka_run_group_tests(tests, setup, NULL);
}
