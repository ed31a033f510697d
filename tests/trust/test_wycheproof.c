/*
 * Signature values of the Wycheproof suites (JSON, schema version 1) against
 * sg_verify, where the shared corpus lies beside the project.
 */
#define MH_ALLOW_BANNED
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signer/trust/key.h"
#include "tests/t.h"

struct counts {
    size_t files, valid, invalid, acceptable, unsupported;
};

static struct mh_span
unhex(const json_t *j, struct mh_arena *arena)
{
    const char *s = json_string_value(j);
    size_t n = s == NULL ? 0 : strlen(s) / 2;
    uint8_t *p = mh_arena_alloc(arena, n);

    assert_non_null(s);
    assert_non_null(p);
    for (size_t i = 0; i < n; i++) {
        char two[3] = {s[2 * i], s[2 * i + 1], 0};

        p[i] = (uint8_t)strtoul(two, NULL, 16);
    }
    return (struct mh_span){p, n};
}

static const char *
text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s == NULL ? "" : s;
}

static enum mh_digest_alg
digest(const char *name)
{
    static const enum mh_digest_alg all[] = {MH_SHA1, MH_SHA224, MH_SHA256,
        MH_SHA384, MH_SHA512, MH_SHA3_256, MH_SHA3_384, MH_SHA3_512};

    for (size_t i = 0; i < T_COUNT(all); i++)
        if (strcmp(name, mh_digest_name(all[i])) == 0)
            return all[i];
    return MH_DIGEST_NONE;
}

/*
 * What a group asks for; false where we have no name for it: other digests,
 * PSS with another MGF digest or salt (refused by sg_sigalg_parse).
 */
static bool
algorithm(const json_t *group, struct sg_sigalg *out)
{
    const char *type = text(group, "type");

    *out = (struct sg_sigalg){.digest = digest(text(group, "sha"))};
    if (out->digest == MH_DIGEST_NONE)
        return false;
    if (strcmp(type, "EcdsaVerify") == 0) {
        out->scheme = SG_ECDSA;
    } else if (strcmp(type, "EcdsaP1363Verify") == 0) {
        out->scheme = SG_ECDSA;
        out->form = SG_ECDSA_PLAIN;
    } else if (strcmp(type, "RsassaPkcs1Verify") == 0) {
        out->scheme = SG_RSA_PKCS1;
    } else {
        out->scheme = SG_RSA_PSS;
        return strncmp(type, "RsassaPss", 9) == 0 &&
               strcmp(text(group, "sha"), text(group, "mgfSha")) == 0 &&
               (size_t)json_integer_value(json_object_get(group, "sLen")) ==
                   mh_digest_length(out->digest);
    }
    return true;
}

/* A certificate that has nothing but the key. */
static bool
key_of(const json_t *group, struct mh_arena *arena, struct sg_cert *c)
{
    struct df_der d = df_der_from(
                      unhex(json_object_get(group, "publicKeyDer"), arena)),
                  in;

    *c = (struct sg_cert){.spki = df_der_get_all(&d, DF_SEQUENCE)};
    in = df_der_from(c->spki);
    in = df_der_enter(&in, DF_SEQUENCE);
    return mh_digest_once(MH_SHA256, c->spki, NULL, c->sha256) == MH_OK &&
           sg_algid_read(&in, &c->key_alg) &&
           df_der_bit_bytes(df_der_get(&in, DF_BIT_STRING), &c->key_bits) &&
           df_der_done(&in);
}

static void
run_group(const char *file, const json_t *group, struct counts *n)
{
    struct mh_arena *arena = mh_arena_new(64U << 20);
    struct sg_facts *facts = sg_facts_new();
    const json_t *tests = json_object_get(group, "tests");
    const struct sg_key *key;
    struct sg_sigalg alg;
    struct sg_cert cert;

    assert_non_null(arena);
    assert_non_null(facts);
    assert_true(key_of(group, arena, &cert));
    if (!algorithm(group, &alg)) {
        n->unsupported += json_array_size(tests);
    } else {
        assert_int_equal(sg_facts_key(facts, &cert, NULL, &key), MH_OK);
        for (size_t i = 0; i < json_array_size(tests); i++) {
            const json_t *t = json_array_get(tests, i);
            const char *result = text(t, "result");
            enum sg_verdict v = SG_SIG_KEY;
            char row[512];

            (void)snprintf(row, sizeof(row), "%s %d (%s)", file,
                (int)json_integer_value(json_object_get(t, "tcId")),
                text(t, "comment"));
            T_CHECK(row,
                sg_verify(key, &alg, unhex(json_object_get(t, "msg"), arena),
                    unhex(json_object_get(t, "sig"), arena), NULL,
                    &v) == MH_OK);
            if (strcmp(result, "valid") == 0) {
                T_CHECK(row, v == SG_SIG_GOOD);
                n->valid++;
            } else if (strcmp(result, "invalid") == 0) {
                T_CHECK(row, v == SG_SIG_BAD || v == SG_SIG_FORM);
                n->invalid++;
            } else {
                n->acceptable++;
            }
        }
    }
    sg_facts_free(facts);
    mh_arena_free(arena);
}

static void
run_file(const char *folder, const char *name, struct counts *n)
{
    char path[1024];
    json_t *j;
    const json_t *groups;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    j = json_load_file(path, 0, NULL);
    assert_non_null(j);
    groups = json_object_get(j, "testGroups");
    for (size_t i = 0; i < json_array_size(groups); i++)
        run_group(name, json_array_get(groups, i), n);
    n->files++;
    json_decref(j);
}

static void
test_suites(void **state)
{
    static const char folder[] =
        T_SOURCE_DIR "/../../shared/corpus/suites/wycheproof";
    DIR *dir = opendir(folder);
    struct counts n = {0};
    struct dirent *e;

    (void)state;
    if (dir == NULL) {
        (void)puts("wycheproof: no shared corpus beside the project");
        skip();
        return;
    }
    assert_int_equal(mh_digest_init(NULL), MH_OK);
    while ((e = readdir(dir)) != NULL)
        if (strstr(e->d_name, "_test.json") != NULL)
            run_file(folder, e->d_name, &n);
    (void)closedir(dir);
    (void)printf("wycheproof: %zu files, %zu valid, %zu invalid, %zu "
                 "acceptable, %zu of algorithms that are refused\n",
        n.files, n.valid, n.invalid, n.acceptable, n.unsupported);
    assert_true(n.valid > 0 && n.invalid > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_suites)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
