#include "portal/filing/sealedanswer.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "portal/filing/draft.h"
#include "portal/filing/keyseal.h"

enum {
    ARENA = 4 << 20, /* bytes of keyd's answers */
    AS_PDF = 4,      /* enum sg_as (signer/sign/sign.h) */
};

/* The text as a PDF in fd, an empty memfd. */
static enum mh_code
make_pdf(struct pt_app *app, const struct pt_sealed_answer *a, int fd,
    struct mh_err *err, struct pt_rule *rule)
{
    struct pt_draft_writing from = {
        .text = {.name = "text", .fd = -1}, .title = a->title, .lang = a->lang};
    size_t size = strlen(a->text);
    enum mh_code code = mh_memfd_new("answer", 0, err, &from.text.fd);

    from.text.size = size;
    if (code == MH_OK && write(from.text.fd, a->text, size) != (ssize_t)size)
        code = mh_fail_sys(err, "portal: answer");
    if (code == MH_OK)
        code = pt_draft_pdf(app, &from, err, fd, rule);
    mh_close(&from.text.fd);
    return code;
}

static enum mh_code
digest_of(struct mh_span bytes, struct mh_err *err, uint8_t out[static PT_HASH])
{
    uint8_t hash[MH_DIGEST_MAX];
    enum mh_code code = mh_digest_once(MH_SHA256, bytes, err, hash);

    if (code == MH_OK)
        memcpy(out, hash, PT_HASH);
    return code;
}

/* What keyd sealed goes to the store's spool. */
static enum mh_code
stage(struct pt_app *app, int fd, uint64_t size, struct mh_err *err,
    struct pt_staged *out)
{
    uint8_t hash[PT_HASH] = {0};
    struct mh_map map = {0};
    enum mh_code code = mh_map_fd(fd, size, err, &map);

    if (code == MH_OK)
        code = digest_of(map.bytes, err, hash);
    mh_map_fini(&map);
    return code == MH_OK
               ? pt_store_blob_stage(app->store, fd, size, hash, err, out)
               : code;
}

static enum mh_code
ask_seal(struct pt_app *app, struct pt_keyseal *k, struct mh_err *err,
    struct pt_staged *out)
{
    struct mh_arena *arena = mh_arena_new(ARENA);
    struct mh_err unheard = {.msg = ""};
    uint8_t op[MH_OP_ID];
    uint64_t size = 0;
    int fd = -1;
    enum mh_code code = arena == NULL ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET,
                                            "portal: no memory")
                                      : pt_keyseal_ticket(k, arena, err, op);

    if (code == MH_OK)
        code = pt_keyseal_make(k, op, arena, err, &fd, &size);
    if (code == MH_OK)
        code = stage(app, fd, size, err, out);
    mh_close(&fd);
    /* Where it does not hear that, it forgets it by itself. */
    if (code == MH_OK && mh_keyd_forget(k->keyd, op, arena, &unheard) != MH_OK)
        mh_log("answer", "forget=no");
    mh_arena_free(arena);
    return code;
}

/* The PDF of a memfd, sealed. */
static enum mh_code
seal(struct pt_app *app, int64_t account, int pdf, struct mh_err *err,
    struct pt_staged *out)
{
    off_t end = lseek(pdf, 0, SEEK_END);
    struct mh_keyd_file file = {"answer.pdf", end < 0 ? 0 : (uint64_t)end};
    uint8_t hash[PT_HASH] = {0};
    char who[32];
    int fd = -1;
    struct pt_keyseal k = {.keyd = app->keyd,
        .bond = {.requester = who,
            .purpose = MH_KEY_SEAL,
            .key = app->seal_key,
            .document = {hash, PT_HASH}},
        .file = &file,
        .fd = &fd,
        .files = 1,
        .as = AS_PDF,
        .level = app->tsa ? MH_LEVEL_LT : MH_LEVEL_B,
        .max = MH_SEAL_BYTES_MAX};
    struct mh_map map = {0};
    enum mh_code code = mh_map_fd(pdf, file.size, err, &map);

    (void)snprintf(who, sizeof(who), "p:%lld", (long long)account);
    if (code == MH_OK)
        code = digest_of(map.bytes, err, hash);
    if (code == MH_OK)
        code = pt_keyseal_bytes(map.bytes, err, &fd);
    mh_map_fini(&map);
    if (code == MH_OK)
        code = ask_seal(app, &k, err, out);
    mh_close(&fd);
    return code;
}

enum mh_code
pt_sealed_answer_make(struct pt_app *app, const struct pt_sealed_answer *answer,
    struct mh_err *err, struct pt_staged *staged, struct pt_rule *rule)
{
    int fd = -1;
    enum mh_code code;

    *rule = (struct pt_rule){PT_RULED_ACCEPT, "", ""};
    if (app->keyd == NULL || app->seal_key == NULL || app->seal_key[0] == '\0')
        return mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "portal: there is no seal");
    code = mh_memfd_new("pdf", 0, err, &fd);
    if (code == MH_OK)
        code = make_pdf(app, answer, fd, err, rule);
    if (code == MH_OK && rule->what != PT_RULED_REFUSE)
        code = seal(app, answer->account, fd, err, staged);
    mh_close(&fd);
    return code;
}
