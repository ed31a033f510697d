#include "portal/people/password.h"

#include <argon2.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>

#include "base/text.h"
#include "portal/http/id.h"
#include "portal/pages/tmpl.h"

enum {
    PASSES = 2,
    MEMORY = 19456, /* KiB */
    LANES = 1,
    BEHIND = 5, /* priority of a check, as nice(1) has it */
    SALT = 16,
    TAG = 32,
};

static const char prefix[] = "$argon2id$v=19$m=19456,t=2,p=1$";

/*
 * What people take first, without regard to case; each is refused whole and
 * with digits or signs around it.
 */
static const char *const common[] = {"password", "parol", "sifre", "shifre",
    "qwerty", "qwertyuiop", "asdfghjkl", "azerbaijan", "azerbaycan", "bakubaku",
    "baku", "letmein", "welcome", "iloveyou", "admin", "administrator",
    "mehkeme", "court", "football", "neftchi", "qarabag", "qarabagh",
    "princess", "dragon", "monkey", "sunshine", "superman", "master",
    "changeme", "secret", "default", "mohur"};

static char
lower(char c)
{
    static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const char *at = c == '\0' ? NULL : strchr(upper, c);

    if (at == NULL)
        return c;
    return "abcdefghijklmnopqrstuvwxyz"[at - upper];
}

static bool
is_letter(char c)
{
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c & 0x80) != 0;
}

static size_t
characters(const char *s)
{
    size_t n = 0;

    for (; *s != '\0'; s++)
        n += (*s & 0xc0) != 0x80;
    return n;
}

/* The letters alone, lower case. */
static void
strip(const char *s, char *out, size_t size)
{
    size_t n = 0;

    for (; *s != '\0' && n + 1 < size; s++)
        if (is_letter(*s))
            out[n++] = lower(*s);
    out[n] = '\0';
}

/* Whether word over and over is all of it. */
static bool
is_all(const char *letters, const char *word)
{
    size_t n = strlen(word);

    if (letters[0] == '\0' || n == 0)
        return false;
    while (strncmp(letters, word, n) == 0)
        letters += n;
    return *letters == '\0';
}

/* Fewer than five different characters, or one after the other. */
static bool
is_monotonous(const char *s)
{
    bool seen[256] = {false};
    size_t different = 0, steps = 0, len = strlen(s);

    for (size_t i = 0; i < len; i++) {
        uint8_t c = (uint8_t)s[i];

        different += !seen[c];
        seen[c] = true;
        if (i > 0 && (c == (uint8_t)(s[i - 1] + 1) || c == (uint8_t)s[i - 1]))
            steps++;
    }
    return different < 5 || 4 * steps >= 3 * len;
}

const char *
pt_password_refused(const char *password, const char *username)
{
    char letters[PT_PASSWORD_MAX + 1] = "";

    if (strlen(password) > PT_PASSWORD_MAX)
        return PT_T("The password is longer than 256 bytes");
    if (!mh_utf8_valid(mh_span_str(password)))
        return PT_T("The password has characters that cannot be read");
    if (characters(password) < PT_PASSWORD_MIN)
        return PT_T("The password has fewer than 12 characters");
    strip(password, letters, sizeof(letters));
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
        if (is_all(letters, common[i]))
            return PT_T("This password is too easy to guess");
    if (is_monotonous(password) ||
        (username[0] != '\0' && strcasestr(password, username) != NULL &&
            strlen(password) < strlen(username) + PT_PASSWORD_MIN))
        return PT_T("This password is too easy to guess");
    return NULL;
}

enum mh_code
pt_password_hash(
    const char *password, struct mh_err *err, char out[static PT_PASSWORD_HASH])
{
    uint8_t salt[SALT];
    size_t len = strlen(password);
    int rc;

    if (len > PT_PASSWORD_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "password: too long");
    pt_random(salt, sizeof(salt));
    rc = argon2id_hash_encoded(PASSES, MEMORY, LANES, password, len, salt,
        sizeof(salt), TAG, out, PT_PASSWORD_HASH);
    if (rc != ARGON2_OK)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "password: no memory");
    return MH_OK;
}

struct checking {
    const char *password, *encoded;
    size_t len;
    bool good;
};

/* In a thread of its own, behind everything else: many who sign in at once
   take all there is, and pages are not to wait for them. */
static void *
check(void *ctx)
{
    struct checking *c = ctx;

    (void)setpriority(PRIO_PROCESS, 0, BEHIND); /* else as any other */
    c->good = argon2id_verify(c->encoded, c->password, c->len) == ARGON2_OK;
    return NULL;
}

bool
pt_password_is(const char *password, const char *encoded)
{
    /* Of a password nobody knows: a random tag. */
    static const char nobody[] =
        "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
        "r5mY0q0b7p1n3uQyF6yq0l3m5m8w1y9K2c4d6e8f0gM";
    struct checking c = {.password = password,
        .encoded = encoded == NULL ? nobody : encoded,
        .len = strlen(password)};
    pthread_t thread;

    if (c.len > PT_PASSWORD_MAX)
        c.len = PT_PASSWORD_MAX; /* it is wrong anyhow, and takes its time */
    if (pthread_create(&thread, NULL, check, &c) != 0)
        return false; /* without memory for a thread there is none for it */
    (void)pthread_join(thread, NULL); /* it was made a line above */
    return c.good && encoded != NULL && c.len == strlen(password);
}

bool
pt_password_old(const char *encoded)
{
    return strncmp(encoded, prefix, sizeof(prefix) - 1) != 0;
}
