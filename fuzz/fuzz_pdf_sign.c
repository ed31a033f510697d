/*
 * A hostile PDF is refused, or gets a signature with a fixed choice: then the
 * written file begins with the bytes of the old one, opens with one revision
 * more, every byte of that is explained, and the new signature is whole once
 * its gap is filled.  The sum of all bytes chooses: visible, certified, locked,
 * or a document time-stamp instead.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/limits.h"
#include "signer/sign/family.h"
#include "signer/verify/pdfcrypt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
    ARENA = 64 << 20,
    VISIBLE = 1,
    CERTIFY = 2,
    LOCK = 4,
    STAMP = 8,
    CERT_MAX = 8192,
};

static uint8_t cert[CERT_MAX];
static size_t cert_len;

/* A certificate of the test PKI, from the seeds of another target. */
static void
load(void)
{
    FILE *f = fopen(FZ_SOURCE_DIR "/seeds/cert/citizen", "rb");

    if (f == NULL)
        abort();
    cert_len = fread(cert, 1, sizeof(cert), f);
    (void)fclose(f); /* opened for reading */
    if (cert_len == 0 || mh_digest_init(NULL) != MH_OK)
        abort();
}

static struct mh_span
mapped(const struct mh_out *out)
{
    void *p = mmap(NULL, (size_t)out->at, PROT_READ, MAP_SHARED, out->fd, 0);

    if (p == MAP_FAILED)
        abort();
    return (struct mh_span){p, (size_t)out->at};
}

static void
unmap(struct mh_span s)
{
    void *p;

    memcpy(&p, &s.ptr, sizeof(p));
    (void)munmap(p, s.len); /* nothing to be done */
}

/* The file as it is now; whole: the gap of the last signature is filled. */
static void
check(struct mh_span old, const struct mh_out *out, bool whole)
{
    struct mh_arena *arena = mh_arena_new(ARENA);
    struct mh_span file = mapped(out);
    struct sg_pdfcrypt keys[2];
    struct df_pdf_crypto crypto[2];
    struct df_pdf *before, *after;
    struct df_notes notes;
    struct df_pdf_sigs sigs;
    struct mh_err err;
    size_t revs;

    df_notes_init(&notes, arena);
    if (file.len <= old.len || memcmp(file.ptr, old.ptr, old.len) != 0)
        abort();
    for (size_t i = 0; i < 2; i++)
        sg_pdfcrypt_init(&keys[i], &crypto[i]);
    if (df_pdf_open(old, &crypto[0], arena, &notes, NULL, &before) != MH_OK ||
        df_pdf_open(file, &crypto[1], arena, &notes, &err, &after) != MH_OK)
        abort();
    revs = df_pdf_revisions(before);
    if (df_pdf_revisions(after) != revs + 1)
        abort();
    /* A file that has its last end twice ends at the first one now: what stands
       behind that belonged to nothing before. */
    if (df_pdf_revision(after, revs - 1)->end == old.len &&
        df_pdf_account(after, revs - 1, &err) != MH_OK)
        abort();
    if (whole) {
        if (df_pdf_signatures(after, &notes, &err, &sigs) != MH_OK ||
            sigs.count == 0 || sigs.sig[sigs.count - 1].broken ||
            !sigs.sig[sigs.count - 1].whole_file)
            abort();
    }
    unmap(file);
    mh_arena_free(arena);
}

static enum mh_code
sign(const struct sg_sign_file *file, unsigned choice, struct mh_arena *arena,
    struct mh_out *out, struct mh_err *err)
{
    static const char *const fields[] = {"sum"};
    static const uint8_t value[64] = {1};
    struct sg_sign_spec spec = {.as = SG_AS_PDF,
        .level = MH_LEVEL_B,
        .scheme = SG_ECDSA,
        .digest = MH_SHA256,
        .certificate = {cert, cert_len},
        .time = 1654000000,
        .role = "r",
        .place = "Bakı",
        .reason = "",
        .visible = (choice & VISIBLE) != 0,
        .page = 1,
        .w = 40,
        .h = 20,
        .certify =
            (choice & CERTIFY) != 0 ? SG_CERTIFY_FORM_FILLING : SG_CERTIFY_NOT,
        .lock = (choice & LOCK) != 0 ? SG_LOCK_EXCLUDE : SG_LOCK_NOT,
        .field = fields,
        .fields = 1};
    struct sg_draft draft;
    enum mh_code code =
        sg_family_pdf.prepare(&spec, file, 1, arena, out, err, &draft);

    if (code != MH_OK)
        return code;
    check(file->bytes, out, false);
    if (sg_family_pdf.finish(draft.state, (struct mh_span){value, 64}, NULL,
            arena, out, err) != MH_OK)
        abort();
    return code;
}

static enum mh_code
stamp(const struct sg_sign_file *file, struct mh_arena *arena,
    struct mh_out *out, struct mh_err *err)
{
    static const uint8_t token[] = {0x30, 3, 2, 1, 5};
    struct sg_raise_item item = {.extra = {.token = {token, sizeof(token)}}};
    struct sg_imprint *imprint;
    size_t count;
    enum mh_code code = sg_family_pdf.imprints(SG_RAISE_LTA, MH_SHA256, file,
        1654000000, 64, arena, out, err, &imprint, &count);

    if (code != MH_OK)
        return code;
    check(file->bytes, out, false);
    item.state = imprint->state;
    if (sg_family_pdf.apply(
            SG_RAISE_LTA, file, &item, 1, 1654000000, arena, out, err) != MH_OK)
        abort();
    return code;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    unsigned choice = 0;
    struct sg_sign_file file = {.name = "x.pdf", .bytes = {data, len}};
    struct mh_arena *arena = mh_arena_new(ARENA);
    struct mh_out out = mh_out_at(memfd_create("fuzz", MFD_CLOEXEC), 0);
    struct mh_err err = {0};
    enum mh_code code;

    for (size_t i = 0; i < len; i++)
        choice += data[i];
    if (cert_len == 0)
        load();
    if (out.fd < 0 || arena == NULL)
        abort();
    if ((choice & STAMP) != 0)
        code = stamp(&file, arena, &out, &err);
    else
        code = sign(&file, choice, arena, &out, &err);
    if (code == MH_OK)
        check(file.bytes, &out, true);
    else if (err.msg[0] == '\0')
        abort();
    (void)close(out.fd); /* a scratch file */
    mh_arena_free(arena);
    return 0;
}
