#include "hsm/audit/note.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum {
    ED25519_LENGTH = 32, /* bytes of a point */
    SPKI_MAX = 512,      /* bytes; that of P-256 has 91 */
};

struct key {
    EVP_PKEY *key;
    uint8_t type;
    uint8_t id[4];
    char name[HSM_NOTE_NAME_MAX + 1]; /* "": any */
};

struct hsm_note_keys {
    struct key key[HSM_NOTE_KEYS];
    size_t count;
};

static enum mh_code
bad(struct mh_err *err, const char *what)
{
    return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "public key: %s", what);
}

/* The key id (signed-note); that of ECDSA does not depend on the name. */
static void
key_id(const char *name, uint8_t type, struct mh_span raw, uint8_t id[static 4])
{
    uint8_t all[HSM_NOTE_NAME_MAX + 2 + ED25519_LENGTH];
    struct mh_span n = mh_span_str(name);
    size_t len = n.len;
    struct hsm_hash h;

    if (type == HSM_NOTE_ED25519) {
        memcpy(all, n.ptr, n.len);
        all[len++] = '\n';
        all[len++] = type;
        memcpy(all + len, raw.ptr, ED25519_LENGTH);
        raw = (struct mh_span){all, len + ED25519_LENGTH};
    }
    hsm_hash_bytes(raw, &h);
    memcpy(id, h.byte, 4);
}

/* A P-256 key from exactly these bytes. */
static EVP_PKEY *
spki_key(struct mh_span raw)
{
    const unsigned char *p = raw.ptr;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)raw.len);
    char group[32];
    size_t len = 0;

    if (key != NULL && p == raw.ptr + raw.len &&
        EVP_PKEY_is_a(key, "EC") == 1 &&
        EVP_PKEY_get_group_name(key, group, sizeof(group), &len) == 1 &&
        strcmp(group, "prime256v1") == 0)
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

static EVP_PKEY *
raw_key(uint8_t type, struct mh_span raw)
{
    if (type == HSM_NOTE_ED25519 && raw.len == ED25519_LENGTH)
        return EVP_PKEY_new_raw_public_key(
            EVP_PKEY_ED25519, NULL, raw.ptr, raw.len);
    if (type == HSM_NOTE_ECDSA && raw.len > 0 && raw.len <= SPKI_MAX)
        return spki_key(raw);
    return NULL;
}

/* "NAME+ID+BASE64" */
static enum mh_code
read_line(struct mh_span line, struct mh_err *err, struct key *out)
{
    uint8_t raw[SPKI_MAX + 4], id[4];
    const uint8_t *plus = memchr(line.ptr, '+', line.len);
    size_t at, len = 0;
    struct mh_span base64, key;

    at = plus == NULL ? 0 : (size_t)(plus - line.ptr);
    if (at == 0 || at > HSM_NOTE_NAME_MAX || line.len < at + 11 ||
        line.ptr[at + 9] != '+' ||
        !mh_hex_decode((struct mh_span){line.ptr + at + 1, 8}, id))
        return bad(err, "not NAME+ID+BASE64");
    base64 = (struct mh_span){line.ptr + at + 10, line.len - at - 10};
    if (memchr(line.ptr, ' ', line.len) != NULL ||
        mh_base64_max(base64.len) > sizeof(raw) ||
        !mh_base64_decode(base64, raw, &len) || len < 2)
        return bad(err, "not base64");
    memcpy(out->name, line.ptr, at);
    out->name[at] = '\0';
    out->type = raw[0];
    key = (struct mh_span){raw + 1, len - 1};
    out->key = raw_key(out->type, key);
    if (out->key == NULL)
        return bad(err, "neither Ed25519 nor ECDSA P-256");
    key_id(out->name, out->type, key, out->id);
    if (memcmp(id, out->id, 4) != 0)
        return bad(err, "its id is not that of the key");
    return MH_OK;
}

static enum mh_code
read_pem(struct mh_span text, struct mh_err *err, struct key *out)
{
    BIO *bio = BIO_new_mem_buf(text.ptr, (int)text.len);
    unsigned char *der = NULL;
    int len;

    out->key = bio == NULL ? NULL : PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    BIO_free(bio);
    if (out->key == NULL)
        return bad(err, "not a PEM PUBLIC KEY");
    if (EVP_PKEY_is_a(out->key, "ED25519") == 1) {
        out->type = HSM_NOTE_ED25519; /* its id depends on the name */
        return MH_OK;
    }
    len = i2d_PUBKEY(out->key, &der);
    EVP_PKEY_free(out->key);
    out->key = len > 0 ? spki_key((struct mh_span){der, (size_t)len}) : NULL;
    if (out->key != NULL) {
        out->type = HSM_NOTE_ECDSA;
        key_id("", out->type, (struct mh_span){der, (size_t)len}, out->id);
    }
    OPENSSL_free(der);
    return out->key == NULL ? bad(err, "neither Ed25519 nor ECDSA P-256")
                            : MH_OK;
}

static enum mh_code
read_lines(struct mh_span text, struct mh_err *err, struct hsm_note_keys *keys)
{
    while (text.len > 0) {
        const uint8_t *end = memchr(text.ptr, '\n', text.len);
        struct mh_span line = text;
        enum mh_code code;

        if (end != NULL)
            line.len = (size_t)(end - text.ptr);
        text.ptr += line.len;
        text.len -= line.len;
        if (text.len > 0) {
            text.ptr++;
            text.len--;
        }
        if (keys->count == HSM_NOTE_KEYS)
            return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "public key: count");
        if (line.len == 0)
            return bad(err, "an empty line");
        code = read_line(line, err, &keys->key[keys->count]);
        if (code != MH_OK)
            return code;
        keys->count++;
    }
    return keys->count == 0 ? bad(err, "none in the file") : MH_OK;
}

enum mh_code
hsm_note_keys_read(
    struct mh_span text, struct mh_err *err, struct hsm_note_keys **out)
{
    struct hsm_note_keys *keys;
    enum mh_code code;

    if (text.len > HSM_NOTE_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "public key: too long");
    keys = calloc(1, sizeof(*keys));
    if (keys == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "public key: memory");
    if (mh_span_starts(text, "-----BEGIN ")) {
        code = read_pem(text, err, &keys->key[0]);
        keys->count = code == MH_OK ? 1 : 0;
    } else {
        code = read_lines(text, err, keys);
    }
    if (code != MH_OK) {
        hsm_note_keys_free(keys);
        return code;
    }
    *out = keys;
    return MH_OK;
}

void
hsm_note_keys_free(struct hsm_note_keys *keys)
{
    if (keys == NULL)
        return;
    /* One past count may hold a key whose line was refused. */
    for (size_t i = 0; i < HSM_NOTE_KEYS; i++)
        EVP_PKEY_free(keys->key[i].key);
    free(keys);
}

enum mh_code
hsm_note_key_line(const char *name, uint8_t type, struct mh_span raw,
    struct mh_err *err, uint8_t id[static 4], struct mh_buf *out)
{
    EVP_PKEY *key = raw_key(type, raw);
    uint8_t all[SPKI_MAX + 1];
    char hex[9];

    EVP_PKEY_free(key);
    if (key == NULL)
        return bad(err, "neither Ed25519 nor ECDSA P-256");
    if (name[0] == '\0' || strlen(name) > HSM_NOTE_NAME_MAX)
        return bad(err, "no name, or a long one");
    key_id(name, type, raw, id);
    mh_hex_encode((struct mh_span){id, 4}, hex);
    all[0] = type;
    memcpy(all + 1, raw.ptr, raw.len);
    mh_buf_printf(out, "%s+%s+", name, hex);
    mh_base64_encode((struct mh_span){all, raw.len + 1}, out);
    mh_buf_byte(out, '\n');
    return mh_buf_ok(out)
               ? MH_OK
               : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "public key: memory");
}

/* Whether the line claims to be of this key. */
static bool
claims(const struct key *key, const struct hsm_checkpoint *c,
    const struct hsm_note_signature *sig)
{
    uint8_t raw[ED25519_LENGTH], id[4];
    char name[HSM_NOTE_NAME_MAX + 1];
    size_t len = sizeof(raw);

    if (!mh_span_eq(sig->name, c->origin))
        return false; /* of a witness */
    if (key->name[0] != '\0')
        return mh_span_is(sig->name, key->name) &&
               memcmp(sig->id, key->id, 4) == 0;
    if (key->type == HSM_NOTE_ECDSA)
        return memcmp(sig->id, key->id, 4) == 0;
    if (EVP_PKEY_get_raw_public_key(key->key, raw, &len) != 1)
        return false;
    memcpy(name, sig->name.ptr, sig->name.len);
    name[sig->name.len] = '\0';
    key_id(name, key->type, (struct mh_span){raw, len}, id);
    return memcmp(sig->id, id, 4) == 0;
}

/* 1: good; 0: not; anything else: libcrypto could not say. */
static int
verify(const struct key *key, struct mh_span text, struct mh_span base64)
{
    uint8_t raw[HSM_NOTE_SIGNATURE_MAX + 3];
    EVP_MD_CTX *ctx;
    size_t len = 0;
    int good;

    if (!mh_base64_decode(base64, raw, &len) || len <= 4)
        return 0; /* hsm_checkpoint_read has seen to it */
    ctx = EVP_MD_CTX_new();
    if (ctx == NULL)
        return -1;
    good = EVP_DigestVerifyInit(ctx, NULL,
        key->type == HSM_NOTE_ECDSA ? EVP_sha256() : NULL, NULL, key->key);
    if (good == 1)
        good = EVP_DigestVerify(ctx, raw + 4, len - 4, text.ptr, text.len) == 1;
    EVP_MD_CTX_free(ctx);
    return good;
}

enum mh_code
hsm_checkpoint_verify(const struct hsm_checkpoint *c,
    const struct hsm_note_keys *keys, struct mh_err *err)
{
    bool any = false;

    for (size_t i = 0; i < c->sigs; i++)
        for (size_t k = 0; k < keys->count; k++) {
            if (!claims(&keys->key[k], c, &c->sig[i]))
                continue;
            if (verify(&keys->key[k], c->text, c->sig[i].base64) != 1)
                return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                    "checkpoint: its signature is wrong");
            any = true;
        }
    if (!any)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "checkpoint: not signed with the log's key");
    return MH_OK;
}
