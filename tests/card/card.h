/*
 * A PIV card in software (SP 800-73-4, the part that OpenSC uses), for tests.
 *
 * A card is a folder: 9a.pem, 9c.pem, 9d.pem, 9e.pem (private keys), 9a.crt
 * and so on (certificates, DER), fascn (25 bytes that make its serial number)
 * and state ("PIN tries PUK").  Reset and removal forget the PIN.
 */
#ifndef TESTS_CARD_CARD_H
#define TESTS_CARD_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CARD_KEYS       4
#define CARD_ANSWER_MAX 70000 /* bytes of one answer, status included */
#define CARD_PIN        8     /* bytes of a padded PIN */

struct card_key {
    void *key; /* EVP_PKEY; NULL: none */
    uint8_t *cert;
    size_t cert_len;
};

struct card {
    char folder[512];
    struct card_key key[CARD_KEYS];
    char pin[CARD_PIN + 1], puk[CARD_PIN + 1];
    int tries;
    bool selected, verified, fresh;
    uint8_t chain[8192]; /* of a chained command */
    size_t chain_len;
    uint8_t rest[8192]; /* what GET RESPONSE is going to fetch */
    size_t rest_len, rest_off;
};

/* Loads the folder; false if it holds no key. */
bool card_load(struct card *c, const char *folder);
void card_unload(struct card *c);
void card_reset(struct card *c);

/* One command; the answer's length, its status word at its end. */
size_t card_apdu(struct card *c, const uint8_t *in, size_t len, uint8_t *out);

#endif
