/*
 * The table of mohur.conf (config.def): every key with its type, range,
 * default and who is told; and whether a text is a value of a type.
 */
#ifndef SIGNER_CMD_CONFIG_TABLE_H
#define SIGNER_CMD_CONFIG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sg_config_type {
    SG_CONFIG_TEXT,    /* clean text of min to max bytes */
    SG_CONFIG_NAME,    /* an identifier: mh_name_good */
    SG_CONFIG_BOOL,    /* true, yes, on, false, no, off */
    SG_CONFIG_NUMBER,  /* decimal digits */
    SG_CONFIG_SIZE,    /* digits, then nothing, K, M, G or T: bytes */
    SG_CONFIG_TIME,    /* digits, then nothing, s, m, h or d: seconds */
    SG_CONFIG_INPUT,   /* absolute; a file or folder that exists */
    SG_CONFIG_FILE,    /* absolute; a file that exists */
    SG_CONFIG_FOLDER,  /* absolute; a folder that exists */
    SG_CONFIG_MAILURL, /* smtp:// or smtps:// and host and port */
    SG_CONFIG_ADDRESS, /* user@host */
    SG_CONFIG_STARTTLS,
    SG_CONFIG_DIALECT,
    SG_CONFIG_REFUNDS,
    SG_CONFIG_URL,     /* http:// or https:// */
    SG_CONFIG_ORIGIN,  /* scheme, host, port: nothing behind them */
    SG_CONFIG_HOST,    /* a name or address, lower case, without port */
    SG_CONFIG_LISTEN,  /* unix:PATH, 127.x.y.z:PORT, [::1]:PORT; or off */
    SG_CONFIG_LOGNAME, /* origin of a log: no space, no plus */
    SG_CONFIG_PIN,     /* sha256//BASE64 */
    SG_CONFIG_KEY,     /* pkcs11: URI */
    SG_CONFIG_SECRET,  /* file:PATH */
    SG_CONFIG_HASH,    /* 64 hexadecimal digits */
    SG_CONFIG_USER,    /* a user of the machine */
    SG_CONFIG_RIGHT,   /* one of MH_MAY_* by name */
    SG_CONFIG_POLICY,
    SG_CONFIG_PROFILE,
    SG_CONFIG_PURPOSE,
    SG_CONFIG_LANDLOCK,
};

struct sg_config_row {
    const char *section; /* "": the top */
    const char *name;
    bool list;
    enum sg_config_type type;
    uint64_t min, max;
    const char *def; /* "": none */
    const char *who;
    const char *what;
};
extern const struct sg_config_row sg_config_rows[];
extern const size_t sg_config_rows_len;

/* NULL: there is no such key. */
const struct sg_config_row *sg_config_row(
    const char *section, const char *name);

/* NULL, or what is wrong with a value: "is not a number". */
const char *sg_config_wrong(const struct sg_config_row *row, const char *value);

/* A NUMBER, SIZE or TIME; false: it is none. */
bool sg_config_number(
    enum sg_config_type type, const char *value, uint64_t *out);
bool sg_config_bool(const char *value, bool *out);
/* The bit of a RIGHT; 0: none. */
uint32_t sg_config_right(const char *value);

/* A LISTEN taken apart; false: it is none. */
struct sg_listen {
    bool off, local; /* local: path; else host and port */
    const char *path;
    bool six;        /* ::1 */
    uint8_t last[3]; /* of 127.x.y.z */
    uint16_t port;
};
bool sg_config_listen(const char *value, struct sg_listen *out);

#endif
