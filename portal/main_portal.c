/*
 * mohur-portal: HTTP, API and store.  Started by mohur serve without
 * arguments and with its channel as MH_HELPER_FD, or by itself with
 * descriptors that somebody else opened:
 *
 *   mohur-portal --state DIR --listen-fd N [--host NAME]... [--front]
 *     [--store sqlite|postgresql:CONNINFO]
 *     [--anonymous] [--lenient] [--workers N] [--connections N]
 *     [--header-ms N] [--idle-ms N] [--grace-ms N] [--rate BYTES]
 *     [--examiner-fd N] [--examiner-pdf-fd N] [--examiner-sign-fd N]
 *     [--courier-fd N] [--trust-fd N] [--upload-max BYTES] [--reserve BYTES]
 *   mohur-portal --state DIR --add-client NAME [--per-minute N]
 *     [--bytes-a-day N]        prints the client's key, once
 *
 * Order: settings, store, lock-down, threads, input.  SIGTERM: no new
 * connections, what is under way is finished, exit 0.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/sys/heap.h"
#include "base/sys/helper.h"
#include "base/sys/log.h"
#include "base/sys/sandbox.h"
#include "base/text.h"
#include "portal/api/app.h"
#include "portal/control.h"
#include "portal/data/demo.h"
#include "portal/data/series.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/jobs/sweep.h"
#include "portal/pages/kept.h"
#include "portal/people/accounts.h"
#include "portal/people/courts.h"

enum {
    HOSTS_MAX = 32,
    STOP_MS = 8000,
    KEEP = 90 * 86400, /* seconds */
    MEMORY_CAP = 256 << 20,
    KEY_BYTES = 32,
    HEAP_KEPT = 1 << 20, /* bytes */
};

#define DISK_CAP ((uint64_t)8 << 30)

struct args {
    const char *state, *store, *add; /* store: NULL: as it was */
    const char *host[HOSTS_MAX];
    size_t hosts;
    uint64_t per_minute, bytes_a_day, workers, connections;
    uint64_t header_ms, idle_ms, grace_ms, rate, upload_max, reserve;
    int listen_fd, part[MH_EXAMINER_PARTS], courier_fd, trust_fd;
    bool front, anonymous, lenient;
};

enum option_of {
    O_STATE = 256,
    O_STORE,
    O_LISTEN,
    O_HOST,
    O_FRONT,
    O_ANONYMOUS,
    O_LENIENT,
    O_WORKERS,
    O_CONNECTIONS,
    O_HEADER,
    O_IDLE,
    O_GRACE,
    O_RATE,
    O_PLAIN,
    O_PDF,
    O_SIGN,
    O_COURIER,
    O_TRUST,
    O_ADD,
    O_MINUTE,
    O_DAY,
    O_UPLOAD,
    O_RESERVE,
};

static const struct option options[] = {
    {"state", required_argument, NULL, O_STATE},
    {"store", required_argument, NULL, O_STORE},
    {"listen-fd", required_argument, NULL, O_LISTEN},
    {"host", required_argument, NULL, O_HOST},
    {"front", no_argument, NULL, O_FRONT},
    {"anonymous", no_argument, NULL, O_ANONYMOUS},
    {"lenient", no_argument, NULL, O_LENIENT},
    {"workers", required_argument, NULL, O_WORKERS},
    {"connections", required_argument, NULL, O_CONNECTIONS},
    {"header-ms", required_argument, NULL, O_HEADER},
    {"idle-ms", required_argument, NULL, O_IDLE},
    {"grace-ms", required_argument, NULL, O_GRACE},
    {"rate", required_argument, NULL, O_RATE},
    {"examiner-fd", required_argument, NULL, O_PLAIN},
    {"examiner-pdf-fd", required_argument, NULL, O_PDF},
    {"examiner-sign-fd", required_argument, NULL, O_SIGN},
    {"courier-fd", required_argument, NULL, O_COURIER},
    {"trust-fd", required_argument, NULL, O_TRUST},
    {"add-client", required_argument, NULL, O_ADD},
    {"per-minute", required_argument, NULL, O_MINUTE},
    {"bytes-a-day", required_argument, NULL, O_DAY},
    {"upload-max", required_argument, NULL, O_UPLOAD},
    {"reserve", required_argument, NULL, O_RESERVE},
    {NULL, 0, NULL, 0},
};

static int
complain(const char *what, const struct mh_err *err)
{
    (void)fprintf(stderr, "mohur-portal: %s%s%s\n", what,
        err == NULL ? "" : ": ",
        err == NULL ? "" : err->msg); /* nowhere else to say */
    return 64;
}

static bool
number(const char *text, uint64_t max, uint64_t *out)
{
    char *end = NULL;

    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno == 0 && *text >= '0' && *text <= '9' && *end == '\0' &&
           *out <= max;
}

static bool
descriptor(const char *text, int *out)
{
    uint64_t v;

    if (!number(text, 1 << 16, &v))
        return false;
    *out = (int)v;
    return true;
}

static bool
take_number(struct args *a, int c)
{
    const struct {
        int option;
        uint64_t max, *slot;
    } rows[] = {
        {O_WORKERS, 64, &a->workers},
        {O_CONNECTIONS, 1 << 20, &a->connections},
        {O_HEADER, 1 << 30, &a->header_ms},
        {O_IDLE, 1 << 30, &a->idle_ms},
        {O_GRACE, 1 << 30, &a->grace_ms},
        {O_RATE, 1 << 30, &a->rate},
        {O_MINUTE, UINT32_MAX, &a->per_minute},
        {O_DAY, INT64_MAX, &a->bytes_a_day},
        {O_UPLOAD, INT64_MAX, &a->upload_max},
        {O_RESERVE, INT64_MAX, &a->reserve},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].option == c)
            return number(optarg, rows[i].max, rows[i].slot);
    return false;
}

static bool
take_option(struct args *a, int c)
{
    switch (c) {
    case O_STATE:
        a->state = optarg;
        return true;
    case O_STORE:
        a->store = optarg;
        return true;
    case O_ADD:
        a->add = optarg;
        return true;
    case O_HOST:
        if (a->hosts == HOSTS_MAX)
            return false;
        a->host[a->hosts++] = optarg;
        return true;
    case O_FRONT:
        return a->front = true;
    case O_ANONYMOUS:
        return a->anonymous = true;
    case O_LENIENT:
        return a->lenient = true;
    case O_LISTEN:
        return descriptor(optarg, &a->listen_fd);
    case O_PLAIN:
        return descriptor(optarg, &a->part[MH_EXAMINER_PLAIN]);
    case O_PDF:
        return descriptor(optarg, &a->part[MH_EXAMINER_PDF]);
    case O_SIGN:
        return descriptor(optarg, &a->part[MH_EXAMINER_SIGN]);
    case O_COURIER:
        return descriptor(optarg, &a->courier_fd);
    case O_TRUST:
        return descriptor(optarg, &a->trust_fd);
    default:
        return take_number(a, c);
    }
}

static bool
read_args(int argc, char **argv, struct args *a)
{
    int c;

    *a = (struct args){.listen_fd = -1,
        .part = {-1, -1, -1},
        .courier_fd = -1,
        .trust_fd = -1,
        .workers = 3,
        .connections = 8192,
        .header_ms = 10000,
        .idle_ms = 30000,
        .grace_ms = 10000,
        .rate = 4096};
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!take_option(a, c))
            return false;
    if (a->hosts == 0) {
        a->host[a->hosts++] = "localhost";
        a->host[a->hosts++] = "127.0.0.1";
        a->host[a->hosts++] = "[::1]";
    }
    return optind == argc && a->state != NULL && a->workers > 0 &&
           a->rate > 0 && a->connections > 0 &&
           (a->listen_fd >= 0 || a->add != NULL);
}

/* A key is 256 random bits; only its SHA-256 is kept. */
static int
add_client(struct pt_store *store, const struct args *a)
{
    struct pt_client client = {.created = pt_time(),
        .requests_per_minute = (uint32_t)a->per_minute,
        .bytes_per_day = a->bytes_a_day,
        .may = MH_MAY_ALL};
    uint8_t key[KEY_BYTES], hash[MH_DIGEST_MAX];
    char hex[2 * KEY_BYTES + 1], printed[sizeof(hex) + 8];
    struct mh_err err = {.msg = ""};
    int64_t id;

    if (strlen(a->add) > PT_NAME_MAX)
        return complain("--add-client: a name of at most 64 bytes", NULL);
    (void)snprintf(client.name, sizeof(client.name), "%s", a->add);
    pt_random(key, sizeof(key));
    mh_hex_encode((struct mh_span){key, sizeof(key)}, hex);
    (void)snprintf(printed, sizeof(printed), "mohur_%s", hex); /* fits */
    if (mh_digest_once(MH_SHA256, mh_span_str(printed), &err, hash) != MH_OK ||
        pt_store_client_add(store, &client, hash, &err, &id) != MH_OK)
        return complain("--add-client", &err);
    explicit_bzero(key, sizeof(key));
    explicit_bzero(hex, sizeof(hex));
    return puts(printed) < 0 || fflush(stdout) != 0 ? 70 : 0;
}

static enum mh_code
attach(struct pt_app *app, const struct args *a, struct mh_err *err)
{
    static const struct mh_fetch_setup nowhere = {.proxy = "", .ca_file = ""};
    enum mh_code code = MH_OK;

    for (int i = 0; i < MH_EXAMINER_PARTS && code == MH_OK; i++)
        if (a->part[i] >= 0)
            code = pt_judge_attach(
                app->judge, (enum mh_examiner_part)i, a->part[i], err);
    if (code == MH_OK && a->trust_fd >= 0)
        code = pt_judge_trust(app->judge, a->trust_fd, err);
    if (code == MH_OK && a->courier_fd >= 0)
        code = pt_judge_courier(app->judge, a->courier_fd, &nowhere, err);
    return code;
}

static enum mh_code
start_server(struct pt_app *app, const struct args *a, struct mh_err *err)
{
    struct pt_server_settings set;

    pt_server_defaults(app, &set);
    set.listen_fd = a->listen_fd;
    set.connections = (unsigned)a->connections;
    set.gate = (struct pt_gate_settings){a->host, a->hosts, a->front, ""};
    set.header_ms = (int64_t)a->header_ms;
    set.idle_ms = (int64_t)a->idle_ms;
    set.grace_ms = (int64_t)a->grace_ms;
    set.rate = a->rate;
    set.upload_max = a->upload_max;
    return pt_server_start(&set, err, &app->server);
}

/* As many descriptors as there may be connections, and some. */
static void
raise_limit(uint64_t connections)
{
    struct rlimit lim;

    if (getrlimit(RLIMIT_NOFILE, &lim) != 0)
        return;
    lim.rlim_cur =
        connections + 512 < lim.rlim_max ? connections + 512 : lim.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &lim); /* fewer serve fewer */
}

/* Blocks until somebody wants the end. */
static void
wait_for_end(const sigset_t *set)
{
    int sig = 0;

    while (sigwait(set, &sig) != 0 || sig == SIGHUP)
        ;
}

static int
serve(struct pt_app *app, const struct args *a, const sigset_t *signals)
{
    struct mh_err err = {.msg = ""};
    enum mh_code code = pt_judge_new(&err, &app->judge);

    app->kept = pt_kept_new();
    if (code == MH_OK && app->kept == NULL)
        code = mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    if (code == MH_OK)
        code = mh_sandbox_service(pt_store_is_remote(app->store)
                                      ? MH_PROFILE_PORTAL_NODE
                                      : MH_PROFILE_PORTAL,
            a->state, true, &err);
    if (code == MH_OK)
        code = pt_store_start(app->store, &err);
    if (code == MH_OK)
        code = pt_store_recover(app->store, &err);
    if (code == MH_OK)
        code = attach(app, a, &err);
    if (code == MH_OK)
        code = pt_app_start(app, &err);
    if (code == MH_OK)
        code = start_server(app, a, &err);
    if (code != MH_OK) {
        (void)complain("start", &err);
        return 70;
    }
    mh_log("start", "routes=%zu workers=%u", pt_routes_count, app->set.workers);
    wait_for_end(signals);
    mh_log("stop", "waiting=%zu", pt_pool_waiting(app->pool));
    atomic_store(&app->stopping, true);
    pt_server_stop(app->server, STOP_MS);
    pt_app_stop(app);
    pt_judge_free(app->judge);
    pt_kept_free(app->kept);
    return 0;
}

int
main(int argc, char **argv)
{
    static struct pt_app app;
    struct mh_err err = {.msg = ""};
    struct args a;
    sigset_t signals;
    enum mh_code code;
    int rc;

    mh_log_prog("portal");
    mh_heap_keep(HEAP_KEPT);
    if (argc > 1 && strcmp(argv[1], "account") == 0)
        return pt_account_main(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "court") == 0)
        return pt_court_main(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "demo") == 0)
        return pt_demo_main(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "series") == 0)
        return pt_series_main(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "sweep") == 0)
        return pt_sweep_main(argc - 1, argv + 1);
    if (argc > 1 && !read_args(argc, argv, &a))
        return complain("unknown or incomplete options", NULL);
    /* Every thread is started with these blocked: main alone waits for them. */
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    if (argc == 1) {
        raise_limit(1 << 16);
        return mh_digest_init(&err) == MH_OK ? pt_control_run(MH_HELPER_FD)
                                             : 70;
    }
    app.set = (struct pt_settings){.anonymous = a.anonymous ? MH_MAY_VERIFY : 0,
        .strict = !a.lenient,
        .workers = (unsigned)a.workers,
        .keep_seconds = KEEP};
    app.notify = (struct mh_notify_settings){
        .mail_from = "", .operator_to = "", .sms_sender = ""};
    app.flight.memory_cap = MEMORY_CAP;
    app.flight.disk_cap = DISK_CAP;
    app.flight.reserve = a.reserve;
    raise_limit(a.connections);
    code = mh_digest_init(&err);
    if (code == MH_OK)
        code = pt_app_init(&app, &err);
    if (code == MH_OK)
        code = pt_store_open_in(a.state, a.store, pt_time(), &err, &app.store);
    if (code == MH_OK && a.add != NULL)
        code = pt_store_start(app.store, &err);
    if (code != MH_OK) {
        (void)complain(a.state, &err);
        return 70;
    }
    rc = a.add != NULL ? add_client(app.store, &a) : serve(&app, &a, &signals);
    pt_store_close(app.store);
    return rc;
}
