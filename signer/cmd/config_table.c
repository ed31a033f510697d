#include "signer/cmd/config_table.h"

#include <errno.h>
#include <pwd.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/text.h"
#include "base/wire/settings.h"

enum {
    PATH_BYTES = 900,   /* a settings message takes texts of 1,024 */
    SOCKET_BYTES = 100, /* of sun_path */
    URL_BYTES = 1000,
    USER_BYTES = 64,  /* before the @ */
    HOST_BYTES = 253, /* RFC 1035 2.3.4 */
    PIN_HASH = 32,    /* bytes of SHA-256 */
    PIN_DIGITS = 44,  /* their base64 */
    PORT_MAX = 65535,
};

#define SG_KEY(section, name, form, type, min, max, def, who, what)            \
    {section, name, form, SG_CONFIG_##type, min, max, def, who, what},
#define ONE  false
#define LIST true
const struct sg_config_row sg_config_rows[] = {
#include "signer/cmd/config.def"
};
#undef ONE
#undef LIST
const size_t sg_config_rows_len =
    sizeof(sg_config_rows) / sizeof(sg_config_rows[0]);

static const struct {
    const char *name;
    uint32_t bit;
} rights[] = {
    {"verify", MH_MAY_VERIFY},
    {"sign", MH_MAY_SIGN},
    {"seal", MH_MAY_SEAL},
    {"extend", MH_MAY_EXTEND},
    {"file", MH_MAY_FILE},
    {"queue", MH_MAY_QUEUE},
    {"audit", MH_MAY_AUDIT},
};

const struct sg_config_row *
sg_config_row(const char *section, const char *name)
{
    for (size_t i = 0; i < sg_config_rows_len; i++)
        if (strcmp(sg_config_rows[i].section, section) == 0 &&
            strcmp(sg_config_rows[i].name, name) == 0)
            return &sg_config_rows[i];
    return NULL;
}

uint32_t
sg_config_right(const char *value)
{
    for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++)
        if (strcmp(rights[i].name, value) == 0)
            return rights[i].bit;
    return 0;
}

bool
sg_config_bool(const char *value, bool *out)
{
    static const char *const words[] = {
        "false", "true", "no", "yes", "off", "on"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasecmp(words[i], value) == 0) {
            *out = i % 2 == 1;
            return true;
        }
    return false;
}

static bool
unit(enum sg_config_type type, const char *suffix, uint64_t *factor)
{
    static const char sizes[] = "KMGT", times[] = "smhd";
    static const uint64_t seconds[] = {1, 60, 3600, 86400};
    const char *at;

    *factor = 1;
    if (suffix[0] == '\0')
        return true;
    if (suffix[1] != '\0' || type == SG_CONFIG_NUMBER)
        return false;
    at = strchr(type == SG_CONFIG_SIZE ? sizes : times, suffix[0]);
    if (at == NULL)
        return false;
    *factor = type == SG_CONFIG_SIZE ? UINT64_C(1) << (10 * (at - sizes + 1))
                                     : seconds[at - times];
    return true;
}

bool
sg_config_number(enum sg_config_type type, const char *value, uint64_t *out)
{
    uint64_t v = 0, factor;
    const char *p = value;

    for (; *p >= '0' && *p <= '9'; p++)
        if (__builtin_mul_overflow(v, 10U, &v) ||
            __builtin_add_overflow(v, (unsigned)(*p - '0'), &v))
            return false;
    if (p == value || !unit(type, p, &factor) ||
        __builtin_mul_overflow(v, factor, &v))
        return false;
    *out = v;
    return true;
}

/* Digits of a number of at most max; *p stands behind them. */
static bool
digits(const char **p, unsigned max, unsigned *out)
{
    const char *start = *p;
    unsigned v = 0;

    for (; **p >= '0' && **p <= '9' && *p - start < 6; (*p)++)
        v = v * 10 + (unsigned)(**p - '0');
    *out = v;
    return *p > start && v <= max && (*start != '0' || *p == start + 1);
}

bool
sg_config_listen(const char *value, struct sg_listen *out)
{
    unsigned part[4] = {0}, port;
    const char *p = value;

    *out = (struct sg_listen){.off = strcmp(value, "off") == 0};
    if (out->off)
        return true;
    if (strncmp(value, "unix:", 5) == 0) {
        out->local = true;
        out->path = value + 5;
        return value[5] == '/' && strnlen(value, SOCKET_BYTES) < SOCKET_BYTES;
    }
    if (strncmp(p, "[::1]", 5) == 0) {
        out->six = true;
        p += 5;
    } else {
        for (int i = 0; i < 4; i++)
            if (!digits(&p, 255, &part[i]) || (i < 3 && *p++ != '.'))
                return false;
        if (part[0] != 127)
            return false;
        for (int i = 0; i < 3; i++)
            out->last[i] = (uint8_t)part[i + 1];
    }
    if (*p++ != ':' || !digits(&p, PORT_MAX, &port) || *p != '\0')
        return false;
    out->port = (uint16_t)port;
    return true;
}

static bool
is_clean(const char *value, size_t max)
{
    return mh_text_is_clean(mh_span_str(value), max);
}

static const char *
wrong_path(enum sg_config_type type, const char *value)
{
    struct stat st;

    if (value[0] != '/' || !is_clean(value, PATH_BYTES))
        return "is not an absolute path";
    if (stat(value, &st) != 0)
        return strerrordesc_np(errno);
    if (type == SG_CONFIG_FILE && !S_ISREG(st.st_mode))
        return "is not a file";
    if (type == SG_CONFIG_FOLDER && !S_ISDIR(st.st_mode))
        return "is not a folder";
    return NULL;
}

static bool
is_host(const char *s, size_t len)
{
    if (len == 0 || len > HOST_BYTES || s[0] == '.' || s[0] == '-')
        return false;
    for (size_t i = 0; i < len; i++) {
        bool plain = (s[i] >= 'a' && s[i] <= 'z') ||
                     (s[i] >= '0' && s[i] <= '9') || s[i] == '.' ||
                     s[i] == '-' || s[i] == '[' || s[i] == ']' || s[i] == ':';

        if (!plain)
            return false;
    }
    return true;
}

/* The host behind the scheme, without its port; NULL: it is no URL. */
static const char *
after_scheme(const char *value)
{
    if (strncmp(value, "https://", 8) == 0)
        return value + 8;
    return strncmp(value, "http://", 7) == 0 ? value + 7 : NULL;
}

static const char *
wrong_url(enum sg_config_type type, const char *value)
{
    const char *host = after_scheme(value);

    if (host == NULL || !is_clean(value, URL_BYTES) ||
        strpbrk(value, " \"<>\\^`{|}#@") != NULL || *host == '/' ||
        *host == '\0')
        return "is not an address http://... or https://... without user";
    if (type == SG_CONFIG_ORIGIN && !is_host(host, strlen(host)))
        return "is not scheme, host and port alone, in lower case";
    return NULL;
}

/* smtp(s)://host:port, and nothing behind it. */
static const char *
wrong_mail_url(const char *value)
{
    const char *host = strncmp(value, "smtps://", 8) == 0  ? value + 8
                       : strncmp(value, "smtp://", 7) == 0 ? value + 7
                                                           : NULL;

    return host != NULL && is_host(host, strlen(host))
               ? NULL
               : "is not smtp:// or smtps://, a host in lower case and a port";
}

/* user@host of RFC 5321 4.1.2, as far as it is needed. */
static const char *
wrong_address(const char *value)
{
    static const char user[] = "abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#$%&'*+-"
                               "/=?^_`{|}~";
    size_t n = strspn(value, user);

    return n > 0 && n <= USER_BYTES && value[n] == '@' &&
                   is_host(value + n + 1, strlen(value + n + 1)) &&
                   strpbrk(value + n + 1, ":[]") == NULL
               ? NULL
               : "is not an address user@host";
}

static const char *
wrong_pin(const char *value)
{
    uint8_t hash[PIN_DIGITS];
    size_t len = 0;

    if (strncmp(value, "sha256//", 8) != 0 || strlen(value) != 8 + PIN_DIGITS ||
        !mh_base64_decode(mh_span_str(value + 8), hash, &len) ||
        len != PIN_HASH)
        return "is not sha256// and the base64 of a SHA-256";
    return NULL;
}

static const char *
wrong_hash(const char *value)
{
    uint8_t hash[PIN_HASH];

    if (strlen(value) != 2 * sizeof(hash) ||
        !mh_hex_decode(mh_span_str(value), hash))
        return "is not 64 hexadecimal digits";
    return NULL;
}

static const char *
wrong_number(const struct sg_config_row *row, const char *value)
{
    uint64_t v;

    if (!sg_config_number(row->type, value, &v))
        return row->type == SG_CONFIG_NUMBER ? "is not a number"
               : row->type == SG_CONFIG_SIZE
                   ? "is not a size: digits and K, M, G or T"
                   : "is not a time: digits and s, m, h or d";
    if (v < row->min)
        return "is too small";
    return v > row->max ? "is too large" : NULL;
}

static bool
one_of(const char *value, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i], value) == 0)
            return true;
    return false;
}

static const char *
wrong_word(enum sg_config_type type, const char *value)
{
    static const char *const policies[] = {"strict", "lenient"};
    static const char *const profiles[] = {"card", "soft", "net"};
    static const char *const purposes[] = {"seal", "judge", "log"};
    static const char *const tls[] = {"required", "optional", "no"};
    static const char *const dialects[] = {"kannel", "lsim"};
    static const char *const refunds[] = {"no", "amount-first", "order-first"};
    static const char *const locks[] = {"required", "optional"};

    if (type == SG_CONFIG_POLICY)
        return one_of(value, policies, 2) ? NULL : "is not strict or lenient";
    if (type == SG_CONFIG_STARTTLS)
        return one_of(value, tls, 3) ? NULL : "is not required, optional or no";
    if (type == SG_CONFIG_DIALECT)
        return one_of(value, dialects, 2) ? NULL : "is not kannel or lsim";
    if (type == SG_CONFIG_REFUNDS)
        return one_of(value, refunds, 3)
                   ? NULL
                   : "is not no, amount-first or order-first";
    if (type == SG_CONFIG_PROFILE)
        return one_of(value, profiles, 3) ? NULL : "is not card, soft or net";
    if (type == SG_CONFIG_PURPOSE)
        return one_of(value, purposes, 3) ? NULL : "is not seal, judge or log";
    return one_of(value, locks, 2) ? NULL : "is not required or optional";
}

static const char *
wrong_text(const struct sg_config_row *row, const char *value)
{
    size_t len = strlen(value);

    if (len < row->min || len > row->max)
        return len < row->min ? "is too short" : "is too long";
    return is_clean(value, len) ? NULL : "has controls or is not UTF-8";
}

static const char *
wrong_log_name(const char *value)
{
    size_t len = strlen(value);

    if (len == 0 || len > HOST_BYTES || !is_clean(value, len) ||
        strpbrk(value, " +") != NULL)
        return "is not an origin: no space and no plus";
    return NULL;
}

static const char *
wrong_secret(const char *value)
{
    const char *what;

    if (strncmp(value, "file:", 5) != 0)
        return "is not file: and a path";
    what = wrong_path(SG_CONFIG_FILE, value + 5);
    return what;
}

const char *
sg_config_wrong(const struct sg_config_row *row, const char *value)
{
    struct sg_listen listen;
    bool flag;

    switch (row->type) {
    case SG_CONFIG_TEXT:
        return wrong_text(row, value);
    case SG_CONFIG_NAME:
        return mh_name_good(value) ? NULL : "is not a name: [a-z0-9._-]";
    case SG_CONFIG_BOOL:
        return sg_config_bool(value, &flag) ? NULL : "is not true or false";
    case SG_CONFIG_NUMBER:
    case SG_CONFIG_SIZE:
    case SG_CONFIG_TIME:
        return wrong_number(row, value);
    case SG_CONFIG_INPUT:
    case SG_CONFIG_FILE:
    case SG_CONFIG_FOLDER:
        return wrong_path(row->type, value);
    case SG_CONFIG_URL:
    case SG_CONFIG_ORIGIN:
        return wrong_url(row->type, value);
    case SG_CONFIG_HOST:
        return is_host(value, strlen(value)) ? NULL
                                             : "is not a host in lower case";
    case SG_CONFIG_LISTEN:
        return sg_config_listen(value, &listen)
                   ? NULL
                   : "is not unix:PATH, or an address of the loopback with "
                     "its port";
    case SG_CONFIG_LOGNAME:
        return wrong_log_name(value);
    case SG_CONFIG_PIN:
        return wrong_pin(value);
    case SG_CONFIG_KEY:
        return strncmp(value, "pkcs11:", 7) == 0 && is_clean(value, URL_BYTES)
                   ? NULL
                   : "is not a pkcs11: URI";
    case SG_CONFIG_SECRET:
        return wrong_secret(value);
    case SG_CONFIG_HASH:
        return wrong_hash(value);
    case SG_CONFIG_USER:
        return getpwnam(value) != NULL ? NULL : "is no user of this machine";
    case SG_CONFIG_RIGHT:
        return sg_config_right(value) != 0
                   ? NULL
                   : "is not verify, sign, seal, extend, file, queue or audit";
    case SG_CONFIG_MAILURL:
        return wrong_mail_url(value);
    case SG_CONFIG_ADDRESS:
        return wrong_address(value);
    case SG_CONFIG_STARTTLS:
    case SG_CONFIG_DIALECT:
    case SG_CONFIG_REFUNDS:
    case SG_CONFIG_POLICY:
    case SG_CONFIG_PROFILE:
    case SG_CONFIG_PURPOSE:
    case SG_CONFIG_LANDLOCK:
        break;
    }
    return wrong_word(row->type, value);
}
