/* Who looks at the log: READ and CHECK (base/wire/keyd.h). */
#include "hsm/keyd/engine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "hsm/audit/scan.h"
#include "hsm/audit/verify.h"

static enum mh_code
open_log(const struct hsm_engine *e, struct mh_err *err, int *dir)
{
    *dir = open(e->log_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *dir < 0 ? mh_fail_sys(err, "log") : MH_OK;
}

void
hsm_engine_read(struct hsm_engine *e, struct hsm_call *call)
{
    struct mh_keyd_records answer = {.id = call->id};
    struct hsm_read want = {.max = MH_RECORDS_MAX};
    struct mh_err err = {.msg = ""};
    struct mh_keyd_read m;
    struct mh_buf bytes;
    enum mh_code code;
    int dir = -1;

    if (mh_keyd_read_unpack(call->packet, call->arena, NULL, &m) != MH_OK) {
        call->malformed = true;
        return;
    }
    mh_buf_init(&bytes, MH_RECORDS_MAX);
    want.n = m.n;
    want.size = answer.size = hsm_writer_state(e->writer).size;
    code = open_log(e, &err, &dir);
    if (code == MH_OK) {
        (void)pthread_mutex_lock(&e->reading); /* it is ours */
        code = hsm_records_read(dir, &e->reader, &want, &err, &bytes);
        (void)pthread_mutex_unlock(&e->reading); /* the same */
    }
    mh_close(&dir);
    answer.bytes = mh_buf_get(&bytes);
    if (code == MH_OK)
        mh_keyd_records_pack(&answer, &call->out);
    else
        hsm_engine_fail(e, call, code, "log", &err);
    mh_buf_fini(&bytes);
}

/* The largest number of tst/NUMBER.tsr. */
static uint64_t
stamped(int dir)
{
    int fd = openat(dir, "tst", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    uint64_t most = 0;
    struct dirent *item;

    if (d == NULL) {
        mh_close(&fd);
        return 0;
    }
    while ((item = readdir(d)) != NULL) {
        char *end;
        unsigned long long size = strtoull(item->d_name, &end, 10);

        if (end != item->d_name && strcmp(end, ".tsr") == 0 && size > most)
            most = size;
    }
    (void)closedir(d); /* it was only read */
    return most;
}

static uint64_t
committed(void *arg)
{
    return hsm_writer_state(arg).size;
}

static enum mh_code
check_all(struct hsm_engine *e, struct hsm_call *call, struct mh_err *err,
    struct mh_keyd_checked *out)
{
    const struct hsm_audit_input in = {.dir = e->log_dir,
        .keys = hsm_logkey_keys(e->logkey),
        .committed = committed,
        .committed_arg = e->writer};
    struct hsm_audit_report *r = mh_arena_array(call->arena, 1, sizeof(*r));
    enum mh_code code;

    out->problem =
        mh_arena_array(call->arena, MH_LOG_PROBLEMS, sizeof(*out->problem));
    if (r == NULL || out->problem == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "log: memory");
    code = hsm_audit_verify(&in, err, r);
    if (code != MH_OK)
        return code;
    out->whole = true;
    out->records = r->records;
    out->checkpoints = r->checkpoints;
    out->covered = r->covered;
    out->key_uses = r->key_uses;
    out->open = r->open;
    out->stamps = r->stamps;
    for (; out->problems < r->problems && out->problems < MH_LOG_PROBLEMS;
         out->problems++) {
        const struct hsm_audit_problem *p = &r->problem[out->problems];
        bool record = p->index != HSM_AUDIT_NO_INDEX;

        out->problem[out->problems] =
            (struct mh_log_problem){record, record ? p->index : 0, p->text};
    }
    return MH_OK;
}

void
hsm_engine_check(struct hsm_engine *e, struct hsm_call *call)
{
    struct mh_keyd_checked answer = {.id = call->id};
    struct mh_err err = {.msg = ""};
    struct mh_keyd_check m;
    struct mh_buf note;
    enum mh_code code;
    int dir = -1;

    if (mh_keyd_check_unpack(call->packet, call->arena, NULL, &m) != MH_OK) {
        call->malformed = true;
        return;
    }
    mh_buf_init(&note, MH_LOG_NOTE_MAX);
    code = open_log(e, &err, &dir);
    if (code == MH_OK)
        code = hsm_read_file(dir, "checkpoint", &err, &note);
    if (code == MH_EIO && err.sys == ENOENT)
        code = MH_OK; /* there is none yet */
    if (code == MH_OK)
        answer.stamped = stamped(dir);
    if (code == MH_OK && m.whole)
        code = check_all(e, call, &err, &answer);
    mh_close(&dir);
    answer.note = mh_buf_get(&note);
    if (code == MH_OK)
        mh_keyd_checked_pack(&answer, &call->out);
    else
        hsm_engine_fail(e, call, code, "log", &err);
    mh_buf_fini(&note);
}
