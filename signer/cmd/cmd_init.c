/* mohur init DIR: a ready instance with keys for demonstration (cli.md). */
#include "signer/cmd/cmd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/sys/supervise.h"
#include "base/text.h"
#include "base/wire/soft.h"
#include "signer/cmd/config_table.h"
#include "signer/cmd/init_pki.h"
#include "signer/cmd/init_tree.h"

#define MODULE "/usr/lib/softhsm/libsofthsm2.so"

enum {
    ARENA = 1 << 20,
    PIN_BYTES = 8,  /* of chance in a PIN; twice as many digits */
    KEY_BYTES = 32, /* of chance in an API key */
    PORT = 8480,
};

static const struct option long_options[] = {
    {"user", required_argument, NULL, 'u'},
    {"port", required_argument, NULL, 'p'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "usage: mohur init [--user NAME] [--port N] DIR\n"
    "Makes a ready instance in DIR, which must be empty or not there: a\n"
    "configuration, a software token with a seal key and a log key, a trust\n"
    "folder, an API key, which is printed once.  Its keys are demonstration\n"
    "keys: nobody else trusts them.\n"
    "  --user NAME  who shall run it, where root makes it; default mohur\n"
    "  --port N     its port of the loopback, and N + 1 for metrics; "
    "default 8480\n";

struct init {
    const char *user, *dir;
    struct mh_arena *arena;
    unsigned port;
    uid_t uid;
    gid_t gid;
    bool root;
    char pin[2 * PIN_BYTES + 1], so_pin[2 * PIN_BYTES + 1];
    char key[3 + 2 * KEY_BYTES + 1], key_hash[65];
    struct sg_init_pki pki;
};

static bool
random_hex(char *out, size_t bytes)
{
    uint8_t raw[KEY_BYTES];

    if (bytes > sizeof(raw) || getrandom(raw, bytes, 0) != (ssize_t)bytes)
        return false;
    mh_hex_encode((struct mh_span){raw, bytes}, out);
    explicit_bzero(raw, sizeof(raw));
    return true;
}

static enum mh_code
make_secrets(struct init *in, struct mh_err *err)
{
    uint8_t hash[32];

    memcpy(in->key, "mk_", 3);
    if (!random_hex(in->pin, PIN_BYTES) || !random_hex(in->so_pin, PIN_BYTES) ||
        !random_hex(in->key + 3, KEY_BYTES))
        return mh_fail_sys(err, "init: random numbers");
    if (mh_digest_init(err) != MH_OK ||
        mh_digest_once(MH_SHA256, mh_span_str(in->key), err, hash) != MH_OK)
        return MH_EINTERNAL;
    mh_hex_encode((struct mh_span){hash, sizeof(hash)}, in->key_hash);
    return MH_OK;
}

static const char config_text[] =
    "# A demonstration instance made by mohur init.  mohur.conf(5) has every\n"
    "# key; mohur serve --check says what is wrong.\n"
    "state = \"@D/state\"\n"
    "listen = \"127.0.0.1:@P\"\n"
    "metrics-listen = \"127.0.0.1:@M\"\n"
    "origin = \"http://127.0.0.1:@P\"\n"
    "log-origin = \"demo.mohur.invalid/log\"\n"
    "@U"
    "\n"
    "# What judgements rest on: certificates and trusted lists in this "
    "folder.\n"
    "trust = {\"@D/trust\"}\n"
    "\n"
    "# Levels T and higher need a time-stamping authority.\n"
    "# tsa = \"https://tsa.example/\"\n"
    "\n"
    "module = \"" MODULE "\"\n"
    "module-conf = \"@D/softhsm2.conf\"\n"
    "module-writable = {\"@D/tokens\"}\n"
    "seal-key = \"pkcs11:token=mohur-demo;id=%01\"\n"
    "seal-pin-source = \"file:@D/pin\"\n"
    "\n"
    "key seal {\n"
    "    purpose = seal\n"
    "    uri = \"pkcs11:token=mohur-demo;id=%01\"\n"
    "    pin-source = \"file:@D/pin\"\n"
    "}\n"
    "key log {\n"
    "    purpose = log\n"
    "    uri = \"pkcs11:token=mohur-demo;id=%02\"\n"
    "    pin-source = \"file:@D/pin\"\n"
    "}\n"
    "\n"
    "client demo {\n"
    "    key-sha256 = \"@H\"\n"
    "    may = {verify, sign, seal, extend, file, queue, audit}\n"
    "}\n";

/* Puts in for @D its folder, @P and @M its ports, @U, @H and @K. */
static const char *
expand(const struct init *in, const char *text)
{
    struct mh_buf buf;
    const char *out = NULL;

    mh_buf_init(&buf, ARENA);
    for (const char *p = text; *p != '\0'; p++) {
        if (*p != '@') {
            mh_buf_byte(&buf, (uint8_t)*p);
            continue;
        }
        p++;
        if (*p == 'D')
            mh_buf_str(&buf, in->dir);
        else if (*p == 'H' || *p == 'K')
            mh_buf_str(&buf, *p == 'H' ? in->key_hash : in->key);
        else if (*p == 'U' && in->root)
            mh_buf_printf(&buf, "user = \"%s\"\n", in->user);
        else if (*p == 'P' || *p == 'M')
            mh_buf_printf(&buf, "%u", in->port + (*p == 'M'));
    }
    if (mh_buf_ok(&buf))
        out = mh_arena_str(in->arena, mh_buf_get(&buf));
    if (buf.ptr != NULL)
        explicit_bzero(buf.ptr, buf.cap);
    mh_buf_fini(&buf);
    return out;
}

static enum mh_code
write_files(const struct init *in, struct mh_err *err)
{
    const struct sg_tree tree = {in->dir, in->root, in->uid, in->gid};
    /* What decides stays with who made it: the service only reads it. */
    const struct sg_tree kept = {in->dir, false, in->uid, in->gid};
    const char *conf = expand(in,
        "directories.tokendir = @D/tokens\nobjectstore.backend = file\n"
        "log.level = ERROR\nslots.removable = false\n");
    const char *text = expand(in, config_text);
    const char *pin = mh_arena_printf(in->arena, "%s\n", in->pin);
    enum mh_code code = MH_OK;

    if (conf == NULL || text == NULL || pin == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "init: no memory");
    code = sg_tree_folder(&tree, "state", 0711, err);
    if (code == MH_OK)
        code = sg_tree_folder(&tree, "state/portal", 0700, err);
    if (code == MH_OK)
        code = sg_tree_folder(&tree, "state/keyd", 0700, err);
    if (code == MH_OK)
        code = sg_tree_folder(&tree, "tokens", 0700, err);
    if (code == MH_OK)
        code = sg_tree_folder(&kept, "trust", 0755, err);
    if (code == MH_OK)
        code = sg_tree_folder(&tree, "run", 0755, err);
    if (code == MH_OK)
        code =
            sg_tree_file(&kept, "trust/demo.der", 0644, in->pki.authority, err);
    if (code == MH_OK)
        code =
            sg_tree_file(&kept, "softhsm2.conf", 0644, mh_span_str(conf), err);
    if (code == MH_OK)
        code = sg_tree_file(&tree, "pin", 0600, mh_span_str(pin), err);
    if (code == MH_OK)
        code = sg_tree_file(&kept, "mohur.conf", 0644, mh_span_str(text), err);
    return code;
}

static enum mh_code
converse(const struct init *in, int chan, struct mh_err *err)
{
    static uint8_t packet_bytes[MH_MESSAGE_MAX];
    int fds[MH_MESSAGE_FDS_MAX];
    struct mh_packet packet = {.buf = packet_bytes, .fd = fds};
    struct mh_soft_key key[2] = {in->pki.key[0], in->pki.key[1]};
    struct mh_soft_make make = {.label = "mohur-demo",
        .pin = mh_span_str(in->pin),
        .so_pin = mh_span_str(in->so_pin),
        .key = key,
        .keys = 2};
    struct mh_soft_made made = {.text = ""};
    struct mh_buf buf;
    enum mh_code code;

    mh_buf_init(&buf, MH_MESSAGE_MAX);
    if (mh_buf_grow(&buf, MH_MESSAGE_MAX) != NULL)
        buf.len = 0; /* its room is there: growing would leave copies */
    mh_soft_make_pack(&make, &buf);
    code = mh_buf_ok(&buf)
               ? mh_chan_send(chan, mh_buf_get(&buf), NULL, 0, err)
               : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "init: no memory");
    if (buf.ptr != NULL)
        explicit_bzero(buf.ptr, buf.cap);
    mh_buf_fini(&buf);
    if (code == MH_OK)
        code = mh_chan_recv(chan, err, &packet);
    mh_packet_close(&packet);
    if (code == MH_OK)
        code = mh_soft_made_unpack(
            (struct mh_span){packet_bytes, packet.len}, in->arena, err, &made);
    if (code == MH_OK && !made.ok)
        code = mh_fail(err, MH_EIO, MH_NO_OFFSET, "%s", made.text);
    return code;
}

static enum mh_code
make_token(const struct init *in, struct mh_err *err)
{
    const char *arg[] = {MODULE};
    const char *env[] = {
        mh_arena_printf(in->arena, "SOFTHSM2_CONF=%s/softhsm2.conf", in->dir)};
    struct mh_spawn spawn = {.program = "mohur-softtoken",
        .arg = arg,
        .args = 1,
        .env = env,
        .envs = 1,
        .quiet = true,
        .switch_user = in->root,
        .uid = in->uid,
        .gid = in->gid};
    struct mh_child child = {-1, -1};
    int pair[2] = {-1, -1};
    char how[32];
    bool clean = false;
    enum mh_code code;

    if (env[0] == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "init: no memory");
    if (access(MODULE, R_OK) != 0)
        return mh_fail(err, MH_EIO, MH_NO_OFFSET,
            "init: " MODULE " is not there (package softhsm2)");
    code = mh_chan_pair(err, pair);
    if (code != MH_OK)
        return code;
    spawn.chan = pair[1];
    code = mh_spawn(&spawn, err, &child);
    mh_close(&pair[1]);
    if (code == MH_OK)
        code = converse(in, pair[0], err);
    mh_close(&pair[0]);
    if (child.pid > 0)
        mh_child_take(&child, how, &clean);
    return code;
}

static const char ready_text[] =
    "@D is ready.  Its keys are demonstration keys: nobody else trusts them.\n"
    "\n"
    "API key of the client \"demo\", shown this once:\n"
    "  @K\n"
    "\n"
    "check:   mohur serve --config @D/mohur.conf --check\n"
    "start:   mohur serve --config @D/mohur.conf\n"
    "try:     curl -H 'Authorization: Bearer KEY' "
    "http://127.0.0.1:@P/v1/status\n"
    "verify:  mohur --config @D/mohur.conf verify FILE\n"
    "audit:   mohur audit verify @D/state/keyd/log\n"
    "backup:  mohur backup --out FILE.tar @D\n";

static void
tell(const struct init *in)
{
    const char *text = expand(in, ready_text);

    if (text != NULL)
        (void)fputs(text, stdout); /* nowhere else to say */
}

static enum mh_code
make(struct init *in, struct mh_err *err)
{
    enum mh_code code = make_secrets(in, err);

    if (code == MH_OK)
        code = sg_init_pki("demo.mohur.invalid", in->arena, err, &in->pki);
    if (code == MH_OK)
        code = write_files(in, err);
    if (code == MH_OK)
        code = make_token(in, err);
    return code;
}

static enum mh_code
who(struct init *in, struct mh_err *err)
{
    const struct passwd *pw;

    in->root = geteuid() == 0;
    if (!in->root && in->user == NULL)
        return MH_OK;
    if (!in->root)
        return mh_fail(
            err, MH_EIO, MH_NO_OFFSET, "--user: only root can give it away");
    if (in->user == NULL)
        in->user = "mohur";
    pw = getpwnam(in->user);
    if (pw == NULL || pw->pw_uid == 0)
        return mh_fail(err, MH_EIO, MH_NO_OFFSET,
            pw == NULL ? "--user: no user of this machine"
                       : "--user: may not be root");
    in->uid = pw->pw_uid;
    in->gid = pw->pw_gid;
    return MH_OK;
}

static int
run(struct init *in, const char *dir)
{
    struct mh_err err = {.msg = "no memory"};
    bool made_dir = false;
    enum mh_code code = MH_ENOMEM;

    in->arena = mh_arena_new(ARENA);
    if (in->arena != NULL)
        code = who(in, &err);
    if (code == MH_OK)
        code = sg_tree_begin(dir, in->arena, &err, &in->dir, &made_dir);
    if (code == MH_OK) {
        code = make(in, &err);
        if (code != MH_OK)
            sg_tree_undo(in->dir, made_dir);
    }
    if (code == MH_OK)
        tell(in);
    else
        sg_complain(dir, mh_code_name(code), err.msg);
    explicit_bzero(in->pin, sizeof(in->pin));
    explicit_bzero(in->so_pin, sizeof(in->so_pin));
    explicit_bzero(in->key, sizeof(in->key));
    explicit_bzero(in->pki.secret, sizeof(in->pki.secret));
    mh_arena_free(in->arena);
    return code == MH_OK ? SG_EXIT_OK : SG_EXIT_INTERNAL;
}

int
sg_cmd_init(int argc, char **argv)
{
    struct init in = {.port = PORT};
    uint64_t port = PORT;
    int c;

    opterr = 0;
    while ((c = getopt_long(argc, argv, "+", long_options, NULL)) >= 0)
        switch (c) {
        case 'u':
            in.user = optarg;
            break;
        case 'p':
            if (!sg_config_number(SG_CONFIG_NUMBER, optarg, &port) ||
                port == 0 || port > 65534)
                return sg_usage("--port", "a number from 1 to 65534");
            in.port = (unsigned)port;
            break;
        case 'h':
            (void)fputs(help, stdout); /* nothing to do about it */
            return SG_EXIT_OK;
        default:
            return sg_usage(argv[optind - 1], "unknown option or no value");
        }
    if (optind + 1 != argc)
        return sg_usage("init", "one folder is needed");
    return run(&in, argv[optind]);
}
