#include "signer/cmd/serve_config.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "hsm/hsm.h"
#include "signer/cmd/payment.h"

#define OPENSC "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so"

struct reader {
    cfg_t *cfg;
    const char *file;
    struct mh_arena *arena;
    struct sg_problems *problems;
    struct sg_serve_config *out;
    bool full; /* no memory */
};

static const char *
text(struct reader *r, cfg_t *cfg, const char *key)
{
    const char *value = sg_config_text(cfg, key, r->arena);

    r->full = r->full || value == NULL;
    return value == NULL ? "" : value;
}

static uint32_t
number(struct reader *r, const char *section, cfg_t *cfg, const char *key)
{
    (void)r;
    return (uint32_t)sg_config_value(cfg, section, key); /* the table's range */
}

static uint32_t
rights(struct reader *r, cfg_t *cfg, const char *key)
{
    uint32_t bits = 0;

    (void)r;
    for (unsigned i = 0; i < cfg_size(cfg, key); i++)
        bits |= sg_config_right(cfg_getnstr(cfg, key, i));
    return bits;
}

static const char *
title(struct reader *r, cfg_t *cfg, const char *what)
{
    const char *name = cfg_title(cfg);

    if (name == NULL || !mh_name_good(name)) {
        sg_problem(r->problems, r->file, cfg->line,
            "%s \"%.100s\": is not a name: [a-z0-9._-]", what,
            name == NULL ? "" : name);
        return "none";
    }
    name = mh_arena_str(r->arena, mh_span_str(name));
    r->full = r->full || name == NULL;
    return name == NULL ? "none" : name;
}

static void
take_clients(struct reader *r)
{
    struct mh_portal_settings *p = &r->out->portal;
    unsigned n = cfg_size(r->cfg, "client");

    if (n > MH_CLIENTS_MAX) {
        sg_problem(
            r->problems, r->file, 0, "client: more than %u", MH_CLIENTS_MAX);
        return;
    }
    p->client = mh_arena_array(r->arena, n, sizeof(*p->client));
    for (unsigned i = 0; i < n && p->client != NULL; i++) {
        cfg_t *one = cfg_getnsec(r->cfg, "client", i);
        const char *hex = text(r, one, "key-sha256");
        uint8_t *hash = mh_arena_array(r->arena, 32, 1);
        struct mh_client_settings *c = &p->client[p->clients++];

        *c = (struct mh_client_settings){.name = title(r, one, "client"),
            .key = {hash, 32},
            .may = rights(r, one, "may"),
            .per_minute = number(r, "client", one, "per-minute"),
            .bytes_a_day = sg_config_value(one, "client", "bytes-a-day")};
        r->full = r->full || hash == NULL;
        if (hex[0] == '\0')
            sg_problem(r->problems, r->file, one->line,
                "client %s: key-sha256 is missing", c->name);
        else if (hash != NULL && strlen(hex) == 64 &&
                 !mh_hex_decode(mh_span_str(hex), hash))
            c->may = 0; /* it was complained about */
    }
    r->full = r->full || p->client == NULL;
}

/* The name in "https://host:port". */
static struct mh_span
host_of(const char *origin)
{
    const char *host = strstr(origin, "://");
    size_t len;

    host = host == NULL ? origin : host + 3;
    len = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    if (len > strlen(host))
        len = strlen(host);
    return (struct mh_span){(const uint8_t *)host, len};
}

/* The names that may be asked for: the origin's, that of cards, and others. */
static void
take_hosts(struct reader *r)
{
    struct mh_portal_settings *p = &r->out->portal;
    unsigned n = cfg_size(r->cfg, "hosts");
    struct mh_span host = host_of(p->origin), card = host_of(p->card_origin);

    p->host = mh_arena_array(r->arena, MH_HOSTS_MAX, sizeof(*p->host));
    if (p->host == NULL || n + 2 > MH_HOSTS_MAX) {
        sg_problem(
            r->problems, r->file, 0, "hosts: more than %u", MH_HOSTS_MAX - 2);
        return;
    }
    p->host[p->hosts++] = mh_arena_str(r->arena, host);
    if (card.len > 0)
        p->host[p->hosts++] = mh_arena_str(r->arena, card);
    for (unsigned i = 0; i < n; i++)
        p->host[p->hosts++] = mh_arena_str(
            r->arena, mh_span_str(cfg_getnstr(r->cfg, "hosts", i)));
    for (size_t i = 0; i < p->hosts; i++)
        r->full = r->full || p->host[i] == NULL;
}

/* What a front says of a client's certificate is believed on a host of its
   own, and from the front alone. */
static void
check_card(struct reader *r)
{
    const struct mh_portal_settings *p = &r->out->portal;
    struct mh_span card = host_of(p->card_origin);
    unsigned n = cfg_size(r->cfg, "hosts");

    if (card.len == 0)
        return;
    if (!p->front)
        sg_problem(r->problems, r->file, 0,
            "card-origin: only with a front: listen is no unix:PATH");
    if (strncmp(p->card_origin, "https://", 8) != 0)
        sg_problem(r->problems, r->file, 0, "card-origin: https:// only");
    if (mh_span_eq(card, host_of(p->origin)))
        sg_problem(r->problems, r->file, 0,
            "card-origin: the host of origin cannot be its host");
    for (unsigned i = 0; i < n; i++)
        if (mh_span_is(card, cfg_getnstr(r->cfg, "hosts", i)))
            sg_problem(r->problems, r->file, 0,
                "card-origin: its host is one of hosts");
}

static void
take_token(struct reader *r, cfg_t *key, struct sg_token_setup *t)
{
    bool own = cfg_getstr(key, "module") != NULL;
    cfg_t *from = own ? key : r->cfg;
    const char *conf = text(r, from, "module-conf"), *slash;

    t->module = text(r, from, "module");
    t->profile = text(r, from, "module-profile");
    t->writable =
        sg_config_list(from, "module-writable", r->arena, &t->writables);
    if (t->writable == NULL || r->full) {
        r->full = true;
        return;
    }
    if (t->module[0] == '\0')
        t->module = OPENSC;
    slash = strrchr(t->module, '/');
    if (t->profile[0] == '\0')
        t->profile = strstr(slash, "softhsm") != NULL  ? "soft"
                     : strstr(slash, "opensc") != NULL ? "card"
                                                       : "net";
    if (conf[0] != '\0') {
        const char **more =
            mh_arena_array(r->arena, t->writables + 1, sizeof(*more));
        const char *end = strrchr(conf, '/');

        t->env = mh_arena_printf(r->arena, "%s=%s",
            strstr(slash, "softhsm") != NULL ? "SOFTHSM2_CONF" : "OPENSC_CONF",
            conf);
        r->full = r->full || more == NULL || t->env == NULL;
        if (r->full)
            return;
        for (size_t i = 0; i < t->writables; i++)
            more[i] = t->writable[i];
        more[t->writables] = mh_arena_str(r->arena,
            (struct mh_span){(const uint8_t *)conf, (size_t)(end - conf)});
        r->full = r->full || more[t->writables] == NULL;
        t->writable = more;
        t->writables++;
    }
}

static void
check_uri(struct reader *r, cfg_t *one, struct mh_key_settings *k)
{
    struct mh_err err = {.msg = ""};
    const char *source = NULL;

    if (k->uri[0] == '\0') {
        sg_problem(
            r->problems, r->file, one->line, "key %s: uri is missing", k->name);
        return;
    }
    if (strncmp(k->uri, "pkcs11:", 7) != 0)
        return; /* it was complained about */
    if (hsm_uri_check(k->uri, r->arena, &err, &source) != HSM_OK)
        sg_problem(
            r->problems, r->file, one->line, "key %s: %s", k->name, err.msg);
    else if (source != NULL || strstr(k->uri, "module-path") != NULL)
        sg_problem(r->problems, r->file, one->line,
            "key %s: pin-source and module are keys of their own here",
            k->name);
}

static void
take_keys(struct reader *r)
{
    struct mh_keyd_settings *d = &r->out->keyd;
    unsigned n = cfg_size(r->cfg, "key");

    if (n > MH_KEYS_MAX) {
        sg_problem(r->problems, r->file, 0, "key: more than %u", MH_KEYS_MAX);
        return;
    }
    d->key = mh_arena_array(r->arena, n, sizeof(*d->key));
    for (unsigned i = 0; i < n && d->key != NULL; i++) {
        cfg_t *one = cfg_getnsec(r->cfg, "key", i);
        const char *purpose = text(r, one, "purpose");
        struct mh_key_settings *k = &d->key[d->keys];

        *k = (struct mh_key_settings){.name = title(r, one, "key"),
            .purpose = strcmp(purpose, "log") == 0     ? MH_KEY_LOG
                       : strcmp(purpose, "judge") == 0 ? MH_KEY_JUDGE
                                                       : MH_KEY_SEAL,
            .uri = text(r, one, "uri"),
            .pin_source = text(r, one, "pin-source"),
            .pin_each_time = sg_config_flag(one, "key", "pin-each-time"),
            .per_minute = number(r, "key", one, "per-minute")};
        check_uri(r, one, k);
        take_token(r, one, &r->out->token[d->keys++]);
    }
    r->full = r->full || d->key == NULL;
}

/* Which keys there must be, and the one that seals receipts. */
static void
check_keys(struct reader *r)
{
    const struct mh_keyd_settings *d = &r->out->keyd;
    const char *wanted = text(r, r->cfg, "receipt-key"), *seal = NULL;
    size_t logs = 0, seals = 0;
    bool found = false;

    for (size_t i = 0; i < d->keys; i++) {
        logs += d->key[i].purpose == MH_KEY_LOG;
        if (d->key[i].purpose != MH_KEY_SEAL)
            continue;
        seals++;
        seal = d->key[i].name;
        found = found || strcmp(wanted, seal) == 0;
    }
    if (logs != 1)
        sg_problem(r->problems, r->file, 0,
            "key: exactly one of purpose log is needed, there are %zu", logs);
    if (wanted[0] != '\0' && !found)
        sg_problem(r->problems, r->file, 0,
            "receipt-key: \"%s\" is no key of purpose seal", wanted);
    if (wanted[0] == '\0' && seals > 1)
        sg_problem(r->problems, r->file, 0,
            "receipt-key: there are %zu keys of purpose seal", seals);
    r->out->portal.seal_key = wanted[0] != '\0' ? wanted
                              : seals == 1      ? seal
                                                : "";
}

static void
take_users(struct reader *r)
{
    const char *said = "";
    static const char *const keys[] = {"portal-user", "keyd-user", "token-user",
        "examiner-user", "courier-user"};

    r->out->switch_user = geteuid() == 0;
    for (int i = 0; i < SG_ROLES && r->out->switch_user; i++) {
        const char *name = text(r, r->cfg, keys[i]);
        const struct passwd *pw;

        if (name[0] == '\0')
            name = text(r, r->cfg, "user");
        pw = getpwnam(name);
        if (pw == NULL && strcmp(said, name) != 0)
            sg_problem(r->problems, r->file, 0,
                "user: \"%s\" is no user of this machine", name);
        if (pw == NULL)
            said = name;
        else if (pw->pw_uid == 0)
            sg_problem(r->problems, r->file, 0, "%s: may not be root", keys[i]);
        else
            r->out->user[i] = (struct sg_user){pw->pw_uid, pw->pw_gid};
    }
}

/* The server's socket is of this machine; the portal says the rest. */
static void
check_store(struct reader *r)
{
    const char *store = r->out->portal.store;
    const char *host = strstr(store, "host=/");

    if (strcmp(store, "sqlite") != 0 &&
        (strncmp(store, "postgresql:", 11) != 0 || host == NULL ||
            (host[-1] != ':' && host[-1] != ' ')))
        sg_problem(r->problems, r->file, 0,
            "store: sqlite, or postgresql:host=/FOLDER and more");
}

static void
take_portal(struct reader *r)
{
    struct mh_portal_settings *p = &r->out->portal;
    cfg_t *cfg = r->cfg;

    p->state = mh_arena_printf(r->arena, "%s/portal", r->out->state);
    r->full = r->full || p->state == NULL;
    p->store = text(r, cfg, "store");
    check_store(r);
    p->origin = text(r, cfg, "origin");
    p->card_origin = text(r, cfg, "card-origin");
    take_hosts(r);
    p->front = strncmp(r->out->listen, "unix:", 5) == 0;
    check_card(r);
    p->landlock = strcmp(text(r, cfg, "landlock"), "optional") != 0;
    p->strict = strcmp(text(r, cfg, "policy"), "strict") == 0;
    p->threads = number(r, "", cfg, "threads");
    p->connections = number(r, "", cfg, "connections");
    p->workers = number(r, "", cfg, "workers");
    p->upload_max = sg_config_value(cfg, "", "upload-max");
    p->flight_max = sg_config_value(cfg, "", "flight-max");
    p->reserve = sg_config_value(cfg, "", "reserve");
    p->keep_days = number(r, "", cfg, "keep-days");
    p->filing_level = number(r, "", cfg, "filing-level");
    p->anonymous = rights(r, cfg, "anonymous");
    p->anonymous_per_minute = number(r, "", cfg, "anonymous-per-minute");
    p->tsa = r->out->base.tsa[0] != '\0';
    p->mobile = (struct mh_mobile_settings){r->out->base.mobile_url,
        r->out->base.mobile_profile, r->out->base.mobile_uuid,
        r->out->base.mobile_name, r->out->base.mobile_text};
    p->notify = r->out->base.senders.notify;
    sg_senders_check(&r->out->base.senders, r->problems, r->file);
    r->full = !sg_payment_take(cfg, r->file, r->arena, r->problems,
                  &r->out->base, &p->payment) ||
              r->full;
    p->fetch = sg_config_courier(&r->out->base);
    take_clients(r);
    if (p->flight_max < p->upload_max)
        sg_problem(
            r->problems, r->file, 0, "flight-max: is smaller than upload-max");
}

static void
take_keyd(struct reader *r)
{
    struct mh_keyd_settings *d = &r->out->keyd;
    cfg_t *cfg = r->cfg;

    d->state = mh_arena_printf(r->arena, "%s/keyd", r->out->state);
    r->full = r->full || d->state == NULL;
    d->origin = text(r, cfg, "log-origin");
    d->landlock = r->out->portal.landlock;
    d->strict = r->out->portal.strict;
    d->checkpoint_s = number(r, "", cfg, "checkpoint-interval");
    d->stamp_s = number(r, "", cfg, "stamp-interval");
    d->ticket_s = number(r, "", cfg, "ticket-lifetime");
    d->approval_s = number(r, "", cfg, "approval-lifetime");
    d->queue_max = number(r, "", cfg, "queue-max");
    d->workers = r->out->portal.workers;
    d->tsa = r->out->portal.tsa;
    d->fetch = r->out->portal.fetch;
    take_keys(r);
}

/* What a message must hold; and the endpoint "tsa". */
static void
check_whole(struct reader *r)
{
    struct mh_buf buf;

    mh_buf_init(&buf, MH_MESSAGE_MAX);
    mh_portal_settings_pack(&r->out->portal, false, &buf);
    if (!mh_buf_ok(&buf))
        sg_problem(r->problems, r->file, 0,
            "the settings of the portal are longer than a message");
    mh_buf_fini(&buf);
    mh_buf_init(&buf, MH_MESSAGE_MAX);
    mh_keyd_settings_pack(&r->out->keyd, false, &buf);
    if (!mh_buf_ok(&buf))
        sg_problem(r->problems, r->file, 0,
            "the settings of keyd are longer than a message");
    mh_buf_fini(&buf);
}

static void
take_all(struct reader *r)
{
    struct sg_serve_config *out = r->out;

    if (out->base.tsa[0] != '\0' &&
        sg_config_endpoint(&out->base, "tsa", out->base.tsa, "", NULL) != MH_OK)
        sg_problem(r->problems, r->file, 0, "endpoint: more than %u",
            MH_ENDPOINTS_MAX);
    out->state = text(r, r->cfg, "state");
    out->listen = text(r, r->cfg, "listen");
    out->metrics = text(r, r->cfg, "metrics-listen");
    out->group = text(r, r->cfg, "listen-group");
    /* In the table's range; it is going to stay. */
    (void)snprintf(out->workers, sizeof(out->workers), "%u+",
        number(r, "", r->cfg, "workers"));
    out->start_ms =
        (int64_t)sg_config_value(r->cfg, "", "start-timeout") * 1000;
    take_users(r);
    take_portal(r);
    take_keyd(r);
    check_keys(r);
    if (strcmp(out->listen, "off") == 0)
        sg_problem(r->problems, r->file, 0, "listen: may not be off");
    for (size_t i = 0; i < out->base.endpoints; i++)
        if (out->base.endpoint[i].url[0] == '\0')
            sg_problem(r->problems, r->file, 0, "endpoint %s: url is missing",
                out->base.endpoint[i].name);
    if (r->problems->count == 0 && !r->full)
        check_whole(r);
}

enum mh_code
sg_serve_read(const char *path, struct mh_arena *arena,
    struct sg_problems *problems, struct mh_err *err,
    struct sg_serve_config *out)
{
    struct reader r = {
        .file = path, .arena = arena, .problems = problems, .out = out};
    enum mh_code code = sg_config_load(path, problems, err, &r.cfg);

    *out = (struct sg_serve_config){0};
    if (code != MH_OK || r.cfg == NULL)
        return code;
    code = sg_config_take(r.cfg, arena, err, &out->base);
    if (code == MH_ENOMEM) {
        sg_problem(problems, path, 0, "%s", err->msg);
        code = MH_OK;
    } else if (code == MH_OK) {
        take_all(&r);
    }
    (void)cfg_free(r.cfg); /* only frees */
    if (code == MH_OK && r.full)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "config: no memory");
    return code;
}

const char *
sg_serve_fixed(const struct sg_serve_config *a, const struct sg_serve_config *b)
{
    if (strcmp(a->state, b->state) != 0)
        return "state";
    if (strcmp(a->listen, b->listen) != 0)
        return "listen";
    if (strcmp(a->group, b->group) != 0)
        return "listen-group";
    if (strcmp(a->metrics, b->metrics) != 0)
        return "metrics-listen";
    if (strcmp(a->keyd.origin, b->keyd.origin) != 0)
        return "log-origin";
    return memcmp(a->user, b->user, sizeof(a->user)) != 0 ? "user" : NULL;
}

static bool
same_token(const struct sg_token_setup *a, const struct sg_token_setup *b)
{
    if (strcmp(a->module, b->module) != 0 ||
        strcmp(a->profile, b->profile) != 0 || a->writables != b->writables ||
        (a->env == NULL) != (b->env == NULL) ||
        (a->env != NULL && strcmp(a->env, b->env) != 0))
        return false;
    for (size_t i = 0; i < a->writables; i++)
        if (strcmp(a->writable[i], b->writable[i]) != 0)
            return false;
    return true;
}

bool
sg_serve_same_keys(
    const struct sg_serve_config *a, const struct sg_serve_config *b)
{
    if (a->keyd.keys != b->keyd.keys)
        return false;
    for (size_t i = 0; i < a->keyd.keys; i++) {
        const struct mh_key_settings *x = &a->keyd.key[i], *y = &b->keyd.key[i];

        if (strcmp(x->name, y->name) != 0 || strcmp(x->uri, y->uri) != 0 ||
            strcmp(x->pin_source, y->pin_source) != 0 ||
            x->purpose != y->purpose || !same_token(&a->token[i], &b->token[i]))
            return false;
    }
    return true;
}
