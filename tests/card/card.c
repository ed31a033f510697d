#include "tests/card/card.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TRIES = 3,
    AID_LEN = 11,
    AID_MIN = 5,
    CHAINED = 0x10, /* bit of CLA */
    CERT_MAX = 8192,
};

/* Status words. */
enum {
    OK = 0x9000,
    MORE = 0x6100,
    WRONG_LENGTH = 0x6700,
    NOT_VERIFIED = 0x6982,
    LOCKED = 0x6983,
    NOT_SELECTED = 0x6985,
    WRONG_DATA = 0x6A80,
    NO_OBJECT = 0x6A82,
    NO_KEY = 0x6A88,
    WRONG_INS = 0x6D00,
    BROKEN = 0x6F00,
    TRIES_LEFT = 0x63C0,
};

static const struct {
    uint8_t ref;
    uint32_t object; /* of its certificate */
    const char *name;
} keys[CARD_KEYS] = {
    {0x9A, 0x5FC105, "9a"}, /* authentication */
    {0x9C, 0x5FC10A, "9c"}, /* signature: the PIN anew for each use */
    {0x9D, 0x5FC10B, "9d"}, /* key management */
    {0x9E, 0x5FC101, "9e"}, /* card authentication: no PIN */
};

static const uint8_t aid[AID_LEN] = {
    0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00};

static FILE *
open_part(const struct card *c, const char *name, const char *mode)
{
    char path[600];

    (void)snprintf(path, sizeof(path), "%s/%s", c->folder, name);
    return fopen(path, mode);
}

static void
save(const struct card *c)
{
    FILE *f = open_part(c, "state", "w");

    if (f == NULL)
        abort(); /* a test that cannot count tries proves nothing */
    (void)fprintf(f, "%s %d %s\n", c->pin, c->tries, c->puk);
    (void)fclose(f);
}

static void
load_state(struct card *c)
{
    FILE *f = open_part(c, "state", "r");
    char tries[4];

    (void)snprintf(c->pin, sizeof(c->pin), "123456");
    (void)snprintf(c->puk, sizeof(c->puk), "12345678");
    c->tries = TRIES;
    if (f == NULL)
        return;
    if (fscanf(f, "%8s %3s %8s", c->pin, tries, c->puk) < 2)
        abort();
    c->tries = (int)strtol(tries, NULL, 10);
    (void)fclose(f);
}

static bool
load_key(struct card *c, size_t i)
{
    struct card_key *k = &c->key[i];
    char name[16];
    FILE *f;

    (void)snprintf(name, sizeof(name), "%s.pem", keys[i].name);
    f = open_part(c, name, "r");
    if (f == NULL)
        return false;
    k->key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
    (void)fclose(f);
    (void)snprintf(name, sizeof(name), "%s.crt", keys[i].name);
    f = open_part(c, name, "rb");
    if (f != NULL) {
        k->cert = malloc(CERT_MAX);
        k->cert_len = k->cert == NULL ? 0 : fread(k->cert, 1, CERT_MAX, f);
        (void)fclose(f);
    }
    return k->key != NULL;
}

bool
card_load(struct card *c, const char *folder)
{
    bool any = false;

    card_unload(c);
    (void)snprintf(c->folder, sizeof(c->folder), "%s", folder);
    load_state(c);
    for (size_t i = 0; i < CARD_KEYS; i++)
        any = load_key(c, i) || any;
    return any;
}

void
card_unload(struct card *c)
{
    for (size_t i = 0; i < CARD_KEYS; i++) {
        EVP_PKEY_free(c->key[i].key);
        free(c->key[i].cert);
    }
    memset(c, 0, sizeof(*c));
}

void
card_reset(struct card *c)
{
    c->selected = c->verified = c->fresh = false;
    c->chain_len = c->rest_len = c->rest_off = 0;
}

static size_t
put_status(uint8_t *out, unsigned sw)
{
    out[0] = (uint8_t)(sw >> 8);
    out[1] = (uint8_t)sw;
    return 2;
}

static size_t
put_len(uint8_t *out, size_t len)
{
    if (len < 0x80) {
        out[0] = (uint8_t)len;
        return 1;
    }
    if (len < 0x100) {
        out[0] = 0x81;
        out[1] = (uint8_t)len;
        return 2;
    }
    out[0] = 0x82;
    out[1] = (uint8_t)(len >> 8);
    out[2] = (uint8_t)len;
    return 3;
}

static size_t
put_tlv(uint8_t *out, uint8_t tag, const void *value, size_t len)
{
    size_t n;

    out[0] = tag;
    n = 1 + put_len(out + 1, len);
    if (len > 0)
        memcpy(out + n, value, len);
    return n + len;
}

/* Reads a BER length; false if it does not fit into what is left. */
static bool
get_len(const uint8_t **p, const uint8_t *end, size_t *len)
{
    size_t v, n;

    if (*p >= end)
        return false;
    v = *(*p)++;
    if ((v & 0x80) != 0) {
        n = v & 0x7f;
        if (n > 2 || n > (size_t)(end - *p))
            return false;
        for (v = 0; n > 0; n--)
            v = v << 8 | *(*p)++;
    }
    *len = v;
    return v <= (size_t)(end - *p);
}

/* Gives out at most le bytes of the rest, and says whether there is more. */
static size_t
give(struct card *c, size_t le, uint8_t *out)
{
    size_t left = c->rest_len - c->rest_off, n = left < le ? left : le;

    memcpy(out, c->rest + c->rest_off, n);
    c->rest_off += n;
    left -= n;
    return n + put_status(out + n, left == 0    ? OK
                                   : left > 255 ? MORE
                                                : MORE | (unsigned)left);
}

static size_t
put_chuid(const struct card *c, uint8_t *out)
{
    uint8_t fascn[25], guid[16];
    FILE *f = open_part(c, "fascn", "rb");
    size_t n;

    memset(fascn, 0xD4, sizeof(fascn));
    if (f != NULL) {
        if (fread(fascn, 1, sizeof(fascn), f) != sizeof(fascn))
            abort();
        (void)fclose(f);
    }
    memcpy(guid, fascn + 5, sizeof(guid));
    n = put_tlv(out, 0x30, fascn, sizeof(fascn));
    n += put_tlv(out + n, 0x34, guid, sizeof(guid));
    n += put_tlv(out + n, 0x35, "20400101", 8);
    n += put_tlv(out + n, 0x3E, NULL, 0);
    return n + put_tlv(out + n, 0xFE, NULL, 0);
}

static size_t
put_ccc(uint8_t *out)
{
    static const uint8_t id[21] = {0xA0, 0, 0, 1, 0x16, 0xFF, 2};
    size_t n = put_tlv(out, 0xF0, id, sizeof(id));

    n += put_tlv(out + n, 0xF1, "\x21", 1);
    n += put_tlv(out + n, 0xF2, "\x21", 1);
    n += put_tlv(out + n, 0xF4, "", 1);
    n += put_tlv(out + n, 0xF5, "\x10", 1);
    return n + put_tlv(out + n, 0xFE, NULL, 0);
}

static unsigned
get_data(struct card *c, const uint8_t *data, size_t len)
{
    uint8_t body[CERT_MAX + 64];
    uint32_t object = 0;
    size_t n = 0;

    if (len < 3 || data[0] != 0x5C || data[1] > 3 || data[1] + 2U > len)
        return WRONG_DATA;
    for (size_t i = 0; i < data[1]; i++)
        object = object << 8 | data[2 + i];
    if (object == 0x5FC102)
        n = put_chuid(c, body);
    else if (object == 0x5FC107)
        n = put_ccc(body);
    for (size_t i = 0; i < CARD_KEYS; i++)
        if (keys[i].object == object && c->key[i].cert_len > 0) {
            n = put_tlv(body, 0x70, c->key[i].cert, c->key[i].cert_len);
            n += put_tlv(body + n, 0x71, "", 1);
            n += put_tlv(body + n, 0xFE, NULL, 0);
        }
    if (n == 0)
        return NO_OBJECT;
    c->rest_len = put_tlv(c->rest, 0x53, body, n);
    c->rest_off = 0;
    return OK;
}

/* Finds 7C { 81 challenge }. */
static bool
find_challenge(
    const uint8_t *p, size_t len, const uint8_t **challenge, size_t *out)
{
    const uint8_t *end = p + len;
    size_t n = 0;

    *challenge = NULL;
    if (len < 2 || *p++ != 0x7C || !get_len(&p, end, &n))
        return false;
    for (end = p + n; p < end; p += n) {
        uint8_t tag = *p++;

        if (!get_len(&p, end, &n))
            return false;
        if (tag == 0x81) {
            *challenge = p;
            *out = n;
        }
    }
    return *challenge != NULL;
}

static uint8_t
algorithm_of(EVP_PKEY *key)
{
    int bits = EVP_PKEY_get_bits(key);

    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
        return bits == 2048 ? 0x07 : bits == 3072 ? 0x05 : bits == 1024 ? 6 : 0;
    return bits == 256 ? 0x11 : bits == 384 ? 0x14 : 0;
}

static bool
private_operation(
    EVP_PKEY *key, const uint8_t *in, size_t len, uint8_t *out, size_t *out_len)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    bool ok;

    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
        ok = len == (size_t)EVP_PKEY_get_size(key) &&
             EVP_PKEY_decrypt_init(ctx) == 1 &&
             EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1 &&
             EVP_PKEY_decrypt(ctx, out, out_len, in, len) == 1;
    else
        ok = EVP_PKEY_sign_init(ctx) == 1 &&
             EVP_PKEY_sign(ctx, out, out_len, in, len) == 1;
    EVP_PKEY_CTX_free(ctx);
    return ok;
}

static unsigned
general_authenticate(struct card *c, uint8_t algorithm, uint8_t ref,
    const uint8_t *data, size_t len)
{
    uint8_t value[600], body[700];
    const uint8_t *challenge;
    size_t n = sizeof(value), challenge_len = 0, i = 0;

    while (i < CARD_KEYS && (keys[i].ref != ref || c->key[i].key == NULL))
        i++;
    if (i == CARD_KEYS)
        return NO_KEY;
    if ((ref != 0x9E && !c->verified) || (ref == 0x9C && !c->fresh))
        return NOT_VERIFIED;
    c->fresh = false;
    if (algorithm != algorithm_of(c->key[i].key) ||
        !find_challenge(data, len, &challenge, &challenge_len))
        return WRONG_DATA;
    if (!private_operation(c->key[i].key, challenge, challenge_len, value, &n))
        return BROKEN;
    n = put_tlv(body, 0x82, value, n);
    c->rest_len = put_tlv(c->rest, 0x7C, body, n);
    c->rest_off = 0;
    return OK;
}

static bool
pin_is(const char *pin, const uint8_t *padded)
{
    uint8_t want[CARD_PIN];

    memset(want, 0xFF, sizeof(want));
    memcpy(want, pin, strlen(pin));
    return memcmp(want, padded, sizeof(want)) == 0;
}

static unsigned
lost_try(struct card *c)
{
    c->verified = c->fresh = false;
    c->tries--;
    save(c);
    return c->tries > 0 ? TRIES_LEFT | (unsigned)c->tries : LOCKED;
}

static unsigned
verify(struct card *c, uint8_t p1, const uint8_t *data, size_t len)
{
    load_state(c); /* a test, or another process, may have changed it */
    if (p1 == 0xFF) {
        c->verified = c->fresh = false;
        return OK;
    }
    if (len == 0 && c->verified)
        return OK;
    if (c->tries == 0)
        return LOCKED;
    if (len == 0)
        return TRIES_LEFT | (unsigned)c->tries;
    if (len != CARD_PIN)
        return WRONG_DATA;
    if (!pin_is(c->pin, data))
        return lost_try(c);
    c->tries = TRIES;
    c->verified = c->fresh = true;
    save(c);
    return OK;
}

/* CHANGE REFERENCE DATA with the PIN, RESET RETRY COUNTER with the PUK. */
static unsigned
change(struct card *c, bool reset, const uint8_t *data, size_t len)
{
    size_t n = 0;

    load_state(c);
    if (len != (size_t)2 * CARD_PIN)
        return WRONG_DATA;
    if (!reset && c->tries == 0)
        return LOCKED;
    if (!pin_is(reset ? c->puk : c->pin, data))
        return reset ? TRIES_LEFT | 2U : lost_try(c);
    for (; n < CARD_PIN && data[CARD_PIN + n] != 0xFF; n++)
        c->pin[n] = (char)data[CARD_PIN + n];
    c->pin[n] = '\0';
    c->tries = TRIES;
    save(c);
    return OK;
}

static unsigned
select_application(struct card *c, const uint8_t *data, size_t len)
{
    uint8_t body[64], inner[16];
    size_t n;

    if (len < AID_MIN || len > AID_LEN ||
        memcmp(data, aid, len < 9 ? len : 9) != 0)
        return NO_OBJECT;
    n = put_tlv(body, 0x4F, aid + 5, 6);
    n += put_tlv(body + n, 0x79, inner, put_tlv(inner, 0x4F, aid, AID_MIN));
    c->rest_len = put_tlv(c->rest, 0x61, body, n);
    c->rest_off = 0;
    c->selected = true; /* and the PIN stays verified */
    return OK;
}

struct command {
    uint8_t cla, ins, p1, p2;
    const uint8_t *data;
    size_t lc, le;
};

/* ISO 7816-3 cases 1 to 4, short and extended. */
static bool
parse(const uint8_t *a, size_t n, struct command *out)
{
    *out = (struct command){.cla = a[0], .ins = a[1], .p1 = a[2], .p2 = a[3]};
    if (n == 4)
        return true;
    if (n == 5) {
        out->le = a[4] == 0 ? 256 : a[4];
        return true;
    }
    if (a[4] == 0 && n >= 7) {
        size_t v = (size_t)a[5] << 8 | a[6];

        if (n == 7) {
            out->le = v == 0 ? 65536 : v;
            return true;
        }
        out->lc = v;
        out->data = a + 7;
        if (n < 7 + v)
            return false;
        if (n >= 9 + v) {
            out->le = (size_t)a[7 + v] << 8 | a[8 + v];
            out->le = out->le == 0 ? 65536 : out->le;
        }
        return true;
    }
    out->lc = a[4];
    out->data = a + 5;
    if (n < 5 + out->lc)
        return false;
    if (n > 5 + out->lc)
        out->le = a[5 + out->lc] == 0 ? 256 : a[5 + out->lc];
    return true;
}

static unsigned
run(struct card *c, const struct command *m)
{
    if (m->ins == 0xA4 && m->p1 == 0x04)
        return select_application(c, m->data, m->lc);
    if (!c->selected)
        return NOT_SELECTED;
    if (m->ins == 0xCB && m->p1 == 0x3F && m->p2 == 0xFF)
        return get_data(c, m->data, m->lc);
    if (m->ins == 0x20 && m->p2 == 0x80)
        return verify(c, m->p1, m->data, m->lc);
    if ((m->ins == 0x24 || m->ins == 0x2C) && m->p2 == 0x80)
        return change(c, m->ins == 0x2C, m->data, m->lc);
    if (m->ins == 0x87)
        return general_authenticate(c, m->p1, m->p2, m->data, m->lc);
    return WRONG_INS;
}

size_t
card_apdu(struct card *c, const uint8_t *in, size_t len, uint8_t *out)
{
    struct command m;
    unsigned sw;

    if (len < 4 || !parse(in, len, &m))
        return put_status(out, WRONG_LENGTH);
    if (m.ins == 0xC0)
        return give(c, m.le == 0 ? 256 : m.le, out);
    c->rest_len = c->rest_off = 0; /* a new command drops the rest */
    if (c->chain_len + m.lc > sizeof(c->chain))
        return put_status(out, WRONG_LENGTH);
    if (m.lc > 0)
        memcpy(c->chain + c->chain_len, m.data, m.lc);
    c->chain_len += m.lc;
    if ((m.cla & CHAINED) != 0)
        return put_status(out, OK);
    m.data = c->chain;
    m.lc = c->chain_len;
    c->chain_len = 0;
    sw = run(c, &m);
    if (sw == OK && c->rest_len > 0)
        return give(c, m.le == 0 ? 256 : m.le, out);
    return put_status(out, sw);
}
