/*
 * mohur backup and mohur restore: store, documents and log together (cli.md).
 *
 * The order makes a copy of a running service consistent.  First the store,
 * while no one may write to it; then keyd's operations, the log's checkpoints,
 * its tiles, its records; then the documents, which are written before a row
 * names them and are never changed.  So the log of a copy is at least as new as
 * the store that refers to it, and as the checkpoints over it.
 */
#include "signer/cmd/cmd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/sys/chan.h"
#include "base/text.h"
#include "base/time.h"
#include "hsm/hsm.h"
#include "signer/cmd/backup_copy.h"
#include "signer/cmd/init_tree.h"

enum {
    PATH_BYTES = 4096,
    /* The file format of SQLite, 2.3.3.2: locks of the WAL index. */
    WAL_WRITE_LOCK = 120,
    WAL_LOCKS = 2, /* that one and the checkpointer's, one byte each */
    LOCK_TRIES = 300,
    LOCK_PAUSE = 100, /* ms */
};

static const struct option long_options[] = {
    {"out", required_argument, NULL, 'o'},
    {"from", required_argument, NULL, 'f'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "usage: mohur backup [--out FOLDER] DIR\n"
    "       mohur restore --from FOLDER DIR\n"
    "DIR is an instance (mohur init) or the state folder of the service.\n"
    "backup copies store, documents and audit log, also of a running service,\n"
    "to FOLDER, which must be empty or not there; default\n"
    "mohur-backup-TIME.  restore checks every file of such a copy, the audit\n"
    "log and every document's SHA-256, and puts them into a DIR that has "
    "none;\n"
    "the service must not run.  Keys, PINs and mohur.conf are not in it.\n";

/* The folder that holds portal/ and keyd/. */
static int
open_state(const char *dir, struct mh_err *err)
{
    char path[PATH_BYTES];
    int fd;

    (void)snprintf(path, sizeof(path), "%s/state", dir); /* cut: not found */
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        (void)mh_fail_sys(err, "state"); /* the caller sees -1 */
    return fd;
}

/* Nobody writes to the store or moves its log into it while *fd is open. */
static enum mh_code
lock_store(int state, struct mh_err *err, int *fd)
{
    struct flock lock = {.l_type = F_WRLCK,
        .l_whence = SEEK_SET,
        .l_start = WAL_WRITE_LOCK,
        .l_len = WAL_LOCKS};
    struct timespec pause = {0, LOCK_PAUSE * 1000000L};

    *fd = openat(state, "portal/store.db-shm", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (*fd < 0)
        return errno == ENOENT ? MH_OK /* it is not in use */
                               : mh_fail_sys(err, "store: lock");
    for (int i = 0; i < LOCK_TRIES; i++) {
        if (fcntl(*fd, F_SETLK, &lock) == 0)
            return MH_OK;
        (void)nanosleep(&pause, NULL); /* earlier does no harm */
    }
    mh_close(fd);
    return mh_fail(err, MH_EIO, MH_NO_OFFSET, "store: always in use");
}

static enum mh_code
copy_store(struct sg_copy *copy, struct mh_err *err)
{
    bool absent;
    int lock = -1;
    enum mh_code code;

    if (faccessat(copy->from, "portal/postgresql", F_OK, 0) == 0) {
        (void)fputs("mohur: backup: the store is in PostgreSQL and not in this"
                    " backup; make one of the database first\n",
            stderr); /* nobody else to tell */
        return MH_OK;
    }
    code = lock_store(copy->from, err, &lock);
    if (code == MH_OK)
        code = sg_copy_file(copy, "portal/store.db", &absent, err);
    if (code == MH_OK)
        code = sg_copy_file(copy, "portal/store.db-wal", &absent, err);
    mh_close(&lock);
    return code;
}

static enum mh_code
copy_all(struct sg_copy *copy, struct mh_err *err)
{
    static const char *const heads[] = {
        "keyd/log/log.pub", "keyd/log/checkpoint", "keyd/log/checkpoints.log"};
    static const char *const folders[] = {
        "keyd/log/tst", "keyd/log/tile", "keyd/log/seg", "portal/objects"};
    enum mh_code code = copy_store(copy, err);
    bool absent;

    if (code == MH_OK)
        code = sg_copy_below(copy, "keyd/ops", err);
    for (size_t i = 0; i < 3 && code == MH_OK; i++)
        code = sg_copy_file(copy, heads[i], &absent, err);
    for (size_t i = 0; i < 4 && code == MH_OK; i++)
        code = sg_copy_below(copy, folders[i], err);
    return code;
}

static enum mh_code
write_manifest(const char *out, struct mh_buf *list, struct mh_err *err)
{
    struct sg_tree tree = {.dir = out};
    size_t files = 0;

    for (size_t i = 0; i < list->len; i++)
        files += list->ptr[i] == '\n';
    if (files == 0)
        return mh_fail(err, MH_EIO, MH_NO_OFFSET, "state: nothing in it");
    mh_buf_printf(list, "end %zu\n", files);
    if (!mh_buf_ok(list))
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "backup: too many files");
    return sg_tree_file(&tree, "MANIFEST", 0600, mh_buf_get(list), err);
}

static enum mh_code
backup(const char *dir, const char *out, struct mh_err *err, char *at)
{
    struct mh_arena *arena = mh_arena_new(1 << 16);
    struct sg_copy copy = {.from = -1, .to = -1};
    const char *real = NULL;
    struct mh_buf list;
    bool made = false;
    enum mh_code code = arena == NULL ? MH_ENOMEM : mh_digest_init(err);

    mh_buf_init(&list, SG_BACKUP_MANIFEST_MAX);
    copy.list = &list;
    if (code == MH_OK) {
        copy.from = open_state(dir, err);
        code = copy.from < 0 ? MH_EIO : MH_OK;
    }
    if (code == MH_OK)
        code = sg_tree_begin(out, arena, err, &real, &made);
    if (code == MH_OK) {
        copy.to = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        code = copy.to < 0                  ? mh_fail_sys(err, "backup")
               : fchmod(copy.to, 0700) != 0 ? mh_fail_sys(err, "backup")
                                            : copy_all(&copy, err);
        if (code == MH_OK)
            code = write_manifest(real, &list, err);
        if (code == MH_OK && syncfs(copy.to) != 0)
            code = mh_fail_sys(err, "backup");
        if (code != MH_OK)
            sg_tree_undo(real, made);
    }
    memcpy(at, copy.at, sizeof(copy.at));
    mh_close(&copy.from);
    mh_close(&copy.to);
    mh_buf_fini(&list);
    mh_arena_free(arena);
    return code;
}

/* One line of the manifest: the file is as it was, and goes to its place. */
static enum mh_code
restore_line(struct sg_copy *copy, char *line, struct mh_err *err)
{
    char hex[65];
    char *size = strchr(line, ' '), *name;
    uint64_t got = 0;
    enum mh_code code;
    const char *leaf;

    name = size == NULL ? NULL : strchr(size + 1, ' ');
    if (name == NULL || size - line != 64)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "MANIFEST: malformed");
    *size++ = '\0';
    *name++ = '\0';
    (void)snprintf(copy->at, sizeof(copy->at), "%s", name); /* only shown */
    if ((strncmp(name, "portal/", 7) != 0 && strncmp(name, "keyd/", 5) != 0) ||
        strstr(name, "/../") != NULL || strstr(name, "//") != NULL ||
        strlen(name) > SG_BACKUP_PATH_MAX)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "MANIFEST: odd name");
    code = sg_copy_hash(copy->from, name, err, hex, &got);
    if (code != MH_OK)
        return code;
    leaf = strrchr(name, '/') + 1;
    if (strcmp(hex, line) != 0)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "file was altered");
    if (strncmp(name, "portal/objects/", 15) == 0 && strcmp(leaf, hex) != 0)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "document is not what its name says");
    return sg_copy_file(copy, name, NULL, err);
}

static enum mh_code
restore_lines(struct sg_copy *copy, char *text, struct mh_err *err)
{
    size_t files = 0, told = SIZE_MAX;
    enum mh_code code = MH_OK;
    char *line = text, *end;

    while (code == MH_OK && (end = strchr(line, '\n')) != NULL) {
        *end = '\0';
        if (told != SIZE_MAX)
            code = mh_fail(
                err, MH_EFORMAT, MH_NO_OFFSET, "MANIFEST: more after its end");
        else if (strncmp(line, "end ", 4) == 0)
            told = strtoul(line + 4, NULL, 10);
        else
            code = restore_line(copy, line, err);
        files += told == SIZE_MAX;
        line = end + 1;
    }
    if (code == MH_OK && (told != files || *line != '\0'))
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "MANIFEST: cut");
    return code;
}

/* The log as it was copied, against its own key. */
static enum mh_code
verify_log(const char *dir, struct mh_err *err)
{
    static struct hsm_audit_report report;
    char path[PATH_BYTES];
    struct hsm_audit_input input = {.dir = path};
    enum mh_code code;

    (void)snprintf(path, sizeof(path), "%s/keyd/log", dir); /* cut: not there */
    if (access(path, F_OK) != 0)
        return MH_OK; /* the service had none yet */
    code = hsm_audit_verify(&input, err, &report);
    if (code == MH_OK && report.problems > 0)
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "audit log: %.120s",
            report.problem[0].text);
    return code;
}

static bool
folder_empty(int dir, const char *name)
{
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *e;
    bool empty = true;

    if (d == NULL)
        return fd < 0 && errno == ENOENT;
    while ((e = readdir(d)) != NULL)
        empty = empty && e->d_name[0] == '.';
    (void)closedir(d); /* it was only read */
    return empty;
}

/* What was restored beside becomes what the service finds. */
static enum mh_code
put_in_place(int state, struct mh_err *err)
{
    static const char *const names[] = {"keyd", "portal"};

    for (size_t i = 0; i < 2; i++) {
        char from[64];

        (void)snprintf(from, sizeof(from), "restoring/%s", names[i]); /* fits */
        if (faccessat(state, from, F_OK, 0) != 0)
            continue;                                  /* there was none */
        (void)unlinkat(state, names[i], AT_REMOVEDIR); /* empty, or absent */
        if (renameat(state, from, state, names[i]) != 0)
            return mh_fail_sys(err, "restore");
    }
    if (unlinkat(state, "restoring", AT_REMOVEDIR) != 0 || fsync(state) != 0)
        return mh_fail_sys(err, "restore");
    return MH_OK;
}

static enum mh_code
restore_into(struct sg_copy *copy, int state, struct mh_err *err)
{
    struct mh_map map = {0};
    struct stat st = {0};
    char beside[64];
    char *text = NULL;
    int list = openat(copy->from, "MANIFEST", O_RDONLY | O_CLOEXEC);
    enum mh_code code = MH_OK;

    if (list < 0 || fstat(list, &st) != 0)
        code = mh_fail_sys(err, "MANIFEST");
    else if (st.st_size > (off_t)SG_BACKUP_MANIFEST_MAX)
        code = mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "MANIFEST: too large");
    if (code == MH_OK)
        code = mh_map_fd(list, (uint64_t)st.st_size, err, &map);
    if (code == MH_OK) {
        text = calloc(1, map.bytes.len + 1);
        if (text == NULL)
            code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "no memory");
        else if (map.bytes.len != 0)
            memcpy(text, map.bytes.ptr, map.bytes.len);
    }
    if (code == MH_OK)
        code = text == NULL ? MH_EINTERNAL : restore_lines(copy, text, err);
    (void)snprintf(
        beside, sizeof(beside), "/proc/self/fd/%d", copy->to); /* fits */
    if (code == MH_OK)
        code = verify_log(beside, err);
    if (code == MH_OK)
        code = put_in_place(state, err);
    free(text);
    mh_map_fini(&map);
    mh_close(&list);
    return code;
}

static enum mh_code
restore(const char *from, const char *dir, struct mh_err *err, char *at)
{
    struct sg_copy copy = {.from = -1, .to = -1};
    int state = open_state(dir, err);
    enum mh_code code = state < 0 ? MH_EIO : mh_digest_init(err);
    struct stat st = {0};

    if (code == MH_OK &&
        (!folder_empty(state, "portal") || !folder_empty(state, "keyd")))
        code = mh_fail(err, MH_EIO, MH_NO_OFFSET,
            "state: portal or keyd is not empty; restore into a new one");
    if (code == MH_OK) {
        copy.from = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (copy.from < 0 || fstat(state, &st) != 0 ||
            mkdirat(state, "restoring", 0700) != 0)
            code = mh_fail_sys(err, "restore");
    }
    if (code == MH_OK) {
        copy.give = geteuid() == 0;
        copy.uid = st.st_uid;
        copy.gid = st.st_gid;
        copy.to =
            openat(state, "restoring", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        code = copy.to < 0 ? mh_fail_sys(err, "restore")
                           : restore_into(&copy, state, err);
        if (code != MH_OK)
            sg_tree_undo_below(state, "restoring");
    }
    memcpy(at, copy.at, sizeof(copy.at));
    mh_close(&copy.from);
    mh_close(&copy.to);
    mh_close(&state);
    return code;
}

static int
finish(enum mh_code code, const struct mh_err *err, const char *at,
    const char *dir, const char *what)
{
    if (code == MH_OK) {
        (void)printf("%s\n", what); /* nowhere else to say */
        return SG_EXIT_OK;
    }
    sg_complain(at[0] == '\0' ? dir : at, mh_code_name(code), err->msg);
    return SG_EXIT_INTERNAL;
}

static int
run(int argc, char **argv, bool back)
{
    char at[SG_BACKUP_PATH_MAX + 1] = "", name[64], when[32];
    const char *out = NULL, *from = NULL;
    struct mh_err err = {.msg = "no memory"};
    int c;

    opterr = 0;
    while ((c = getopt_long(argc, argv, "+", long_options, NULL)) >= 0)
        switch (c) {
        case 'o':
            out = optarg;
            break;
        case 'f':
            from = optarg;
            break;
        case 'h':
            (void)fputs(help, stdout); /* nothing to do about it */
            return SG_EXIT_OK;
        default:
            return sg_usage(argv[optind - 1], "unknown option or no value");
        }
    if (optind + 1 != argc || (back ? from : out) != NULL ||
        (!back && from == NULL))
        return sg_usage(argv[0], back ? "[--out FOLDER] DIR is needed"
                                      : "--from FOLDER DIR is needed");
    mh_time_format((int64_t)time(NULL), when);
    (void)snprintf(name, sizeof(name), "mohur-backup-%s", when); /* fits */
    if (out == NULL)
        out = name;
    return back ? finish(backup(argv[optind], out, &err, at), &err, at,
                      argv[optind], out)
                : finish(restore(from, argv[optind], &err, at), &err, at,
                      argv[optind], "restored; log and documents are whole");
}

int
sg_cmd_backup(int argc, char **argv)
{
    return run(argc, argv, true);
}

int
sg_cmd_restore(int argc, char **argv)
{
    return run(argc, argv, false);
}
