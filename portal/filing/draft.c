#include "portal/filing/draft.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "base/text.h"
#include "base/wire/sign.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/pages/tmpl.h"

enum {
    REPORT_ARENA = 64 << 20, /* bytes of one report */
};

static struct pt_rule
refuse(const char *why, const char *code)
{
    return (struct pt_rule){PT_RULED_REFUSE, why, code};
}

bool
pt_draft_is_pdf(const struct pt_draft *d)
{
    return d->files == 1 && d->file[0].format == MH_FORMAT_PDF;
}

/* ---- what is taken ---- */

/* A name that may stand in a container. */
static bool
name_good(const char *name)
{
    return name[0] != '\0' && name[0] != '.' && strpbrk(name, "/\\") == NULL &&
           strcasecmp(name, "mimetype") != 0 &&
           mh_text_is_clean(mh_span_str(name), PT_DOC_NAME_MAX);
}

static bool
name_new(const struct pt_draft *d, const char *name)
{
    for (size_t i = 0; i < d->files; i++)
        if (strcasecmp(d->file[i].name, name) == 0)
            return false;
    return true;
}

/* What the judgement of a file that is to be signed comes to. */
static struct pt_rule
rule_of(const struct mh_report *r, const char *name)
{
    if (r->verdict == MH_REFUSED)
        return refuse(PT_T("The document breaks a rule of its format, so "
                           "nobody can rely on it."),
            mh_finding_name(r->reason.code));
    if (r->verdict != MH_NO_SIGNATURE && r->verdict != MH_NOT_JUDGED)
        return refuse(PT_T("This document is signed already: file it as it "
                           "is."),
            "already-signed");
    if (r->format != MH_FORMAT_PDF && r->format != MH_FORMAT_JPEG)
        return refuse(
            PT_T("Only a PDF or a JPG can be signed here."), "filing-format");
    if (!pt_filing_name_fits(r->format, name))
        return refuse(PT_T("The ending of the file's name is not that of its "
                           "kind. Give the file its right name."),
            "filing-name");
    return (struct pt_rule){PT_RULED_ACCEPT, "", ""};
}

static enum mh_code
judge(struct pt_app *app, const struct pt_judge_file *file,
    struct mh_arena *arena, struct mh_err *err, struct mh_report *out)
{
    struct pt_question q = {
        .document = *file, .time = pt_time(), .offline = true};
    enum mh_code code;

    mh_policy_default(&q.policy, true);
    code = pt_judge_verify(app->judge, &q, arena, err, out);
    if (code == MH_OK && out->verdict == MH_NOT_JUDGED)
        code = mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "draft: it could not be examined");
    return code;
}

static struct pt_rule
bad_name(void)
{
    return refuse(PT_T("Two files have the same name, or a name cannot "
                       "stand in a container."),
        "filing-name");
}

enum mh_code
pt_draft_take(struct pt_app *app, const struct pt_draft_source *from,
    struct mh_err *err, struct pt_draft_file *f, struct pt_staged *staged,
    struct pt_rule *rule)
{
    struct mh_arena *arena;
    struct mh_report report;
    enum mh_code code;

    *rule = (struct pt_rule){PT_RULED_ACCEPT, "", ""};
    if (from->file.size > PT_DRAFT_FILE)
        *rule = refuse(PT_T("A file is larger than 100 MB."), "filing-size");
    else if (!name_good(from->file.name))
        *rule = bad_name();
    if (rule->what == PT_RULED_REFUSE)
        return MH_OK;
    arena = mh_arena_new(REPORT_ARENA);
    if (arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "draft: no memory");
    code = judge(app, &from->file, arena, err, &report);
    if (code == MH_OK) {
        *rule = rule_of(&report, from->file.name);
        f->format = report.format;
        f->pages = pt_filing_pages(&report);
    }
    mh_arena_free(arena);
    if (code != MH_OK || rule->what == PT_RULED_REFUSE)
        return code;
    (void)snprintf(f->name, sizeof(f->name), "%s", from->file.name);
    f->size = from->file.size;
    if (!mh_hex_decode(mh_span_str(from->sha256), f->sha256))
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "draft: no digest");
    return pt_store_blob_stage(
        app->store, from->file.fd, f->size, f->sha256, err, staged);
}

static enum mh_code
take_file(struct pt_app *app, const struct pt_draft_source *from,
    struct mh_err *err, struct pt_draft *d, struct pt_staged *staged,
    struct pt_rule *rule)
{
    enum mh_code code;

    if (!name_new(d, from->file.name)) {
        *rule = bad_name();
        return MH_OK;
    }
    code = pt_draft_take(app, from, err, &d->file[d->files], staged, rule);
    d->files += code == MH_OK && rule->what != PT_RULED_REFUSE;
    return code;
}

/* ---- a text ---- */

static enum mh_code
count_text(
    const struct pt_judge_file *text, struct mh_err *err, struct pt_rule *rule)
{
    struct mh_map map = {0};
    enum mh_code code = mh_map_fd(text->fd, text->size, err, &map);
    size_t n = 0;
    uint32_t cp;

    if (code != MH_OK)
        return code;
    for (struct mh_span left = map.bytes; left.len > 0; n++)
        if (n == PT_DRAFT_TEXT || !mh_utf8_next(&left, &cp)) {
            *rule = refuse(PT_T("The text is longer than 50,000 characters, or "
                                "has characters that cannot be read."),
                "filing-text");
            break;
        }
    mh_map_fini(&map);
    return MH_OK;
}

/* Its bytes in fd, a memfd; a text that cannot be written is refused. */
static enum mh_code
write_pdf(struct pt_app *app, const struct pt_draft_writing *from,
    struct mh_err *err, int fd, uint32_t *pages, struct pt_rule *rule)
{
    struct mh_sign_request request = {.op = MH_SIGN_TEXT,
        .spec = {.role = "",
            .place = "",
            .reason = from->title,
            .lang = from->lang,
            .time = pt_time()},
        .time = pt_time()};
    struct pt_sign_step step = {&request, &from->text, 1, fd};
    struct mh_arena *arena = mh_arena_new(REPORT_ARENA);
    struct mh_span said = {0};
    enum mh_code code;

    *rule = (struct pt_rule){PT_RULED_ACCEPT, "", ""};
    *pages = 0;
    code = arena == NULL
               ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "draft: no memory")
               : pt_judge_sign(app->judge, &step, arena, err, &said);
    if (code == MH_OK && mh_sign_pages_unpack(said, err, pages) != MH_OK)
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "examiner: malformed");
    mh_arena_free(arena);
    if (code == MH_EFORMAT || code == MH_EUNSUP || code == MH_ELIMIT) {
        *rule = refuse(PT_T("The text has a letter that cannot be written into "
                            "a PDF."),
            "filing-text");
        return MH_OK;
    }
    return code;
}

enum mh_code
pt_draft_pdf(struct pt_app *app, const struct pt_draft_writing *from,
    struct mh_err *err, int fd, struct pt_rule *rule)
{
    uint32_t pages;

    return write_pdf(app, from, err, fd, &pages, rule);
}

static enum mh_code
stage_pdf(struct pt_app *app, int fd, struct mh_err *err,
    struct pt_draft_file *f, struct pt_staged *staged)
{
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_map map = {0};
    off_t size = lseek(fd, 0, SEEK_END);
    enum mh_code code = size < 0 ? mh_fail_sys(err, "draft: text")
                                 : mh_map_fd(fd, (uint64_t)size, err, &map);

    if (code == MH_OK)
        code = mh_digest_once(MH_SHA256, map.bytes, err, hash);
    mh_map_fini(&map);
    if (code != MH_OK)
        return code;
    memcpy(f->sha256, hash, PT_HASH);
    f->size = (uint64_t)size;
    f->format = MH_FORMAT_PDF;
    return pt_store_blob_stage(app->store, fd, f->size, f->sha256, err, staged);
}

enum mh_code
pt_draft_write(struct pt_app *app, const struct pt_draft_writing *from,
    struct mh_err *err, struct pt_draft_file *f, struct pt_staged *staged,
    struct pt_rule *rule)
{
    int fd = -1;
    enum mh_code code = mh_memfd_new("text", 0, err, &fd);

    *rule = (struct pt_rule){PT_RULED_ACCEPT, "", ""};
    if (code == MH_OK)
        code = write_pdf(app, from, err, fd, &f->pages, rule);
    if (code == MH_OK && rule->what != PT_RULED_REFUSE)
        code = stage_pdf(app, fd, err, f, staged);
    mh_close(&fd);
    return code;
}

enum mh_code
pt_draft_text(struct pt_app *app, const struct pt_draft_sources *from,
    struct mh_err *err, struct pt_draft *d, struct pt_staged *staged,
    struct pt_rule *rule)
{
    const struct pt_draft_writing writing = {
        from->text, d->title[0] == '\0' ? d->kind : d->title, from->lang};
    struct pt_draft_file *f = &d->file[d->files];
    enum mh_code code = count_text(&from->text, err, rule);

    if (code != MH_OK || rule->what == PT_RULED_REFUSE)
        return code;
    (void)snprintf(f->name, sizeof(f->name), "%.60s.pdf", d->kind);
    code = pt_draft_write(app, &writing, err, f, staged, rule);
    d->files += code == MH_OK && rule->what != PT_RULED_REFUSE;
    return code;
}

enum mh_code
pt_draft_make(struct pt_app *app, const struct pt_draft_sources *from,
    struct mh_err *err, struct pt_draft *d, struct pt_rule *rule)
{
    struct pt_staged staged[PT_DRAFT_FILES];
    enum mh_code code = MH_OK;

    *rule = (struct pt_rule){PT_RULED_ACCEPT, "", ""};
    d->files = 0;
    if (from->text.size > 0)
        code = pt_draft_text(app, from, err, d, &staged[0], rule);
    for (size_t i = 0;
         i < from->files && code == MH_OK && rule->what != PT_RULED_REFUSE;
         i++) {
        if (d->files == PT_DRAFT_FILES)
            *rule = refuse(PT_T("More than ten files."), "filing-count");
        else
            code =
                take_file(app, &from->file[i], err, d, &staged[d->files], rule);
    }
    if (code == MH_OK && rule->what != PT_RULED_REFUSE) {
        pt_id_new(d->id);
        d->created = pt_time();
        d->until = d->created + PT_DRAFT_KEEP;
        return pt_store_draft_add(app->store, d, staged, err);
    }
    for (size_t i = 0; i < d->files; i++)
        pt_store_blob_forget(app->store, &staged[i]);
    return code;
}

/* ---- what comes back ---- */

static const char not_the_same[] =
    PT_T("This is not what was prepared here: other files, or other "
         "bytes in them. Download the prepared files, sign just "
         "these, and upload the result.");

/* Whether a file begins with the prepared bytes, and has more. */
static enum mh_code
begins_with(const struct pt_draft_file *f, const struct pt_judge_file *document,
    struct mh_err *err, bool *same)
{
    uint8_t hash[MH_DIGEST_MAX] = {0};
    struct mh_map map = {0};
    struct mh_span head;
    enum mh_code code;

    *same = false;
    if (document->size <= f->size)
        return MH_OK;
    code = mh_map_fd(document->fd, document->size, err, &map);
    if (code != MH_OK)
        return code;
    if (mh_span_sub(map.bytes, 0, (size_t)f->size, &head))
        code = mh_digest_once(MH_SHA256, head, err, hash);
    mh_map_fini(&map);
    *same = code == MH_OK && memcmp(hash, f->sha256, PT_HASH) == 0;
    return code;
}

/* Whether nothing but signatures stands behind the prepared bytes: a revision
   may change what is seen and be signed with the rest. */
static enum mh_code
only_signed(struct pt_app *app, const struct pt_draft_file *f,
    const struct pt_judge_file *document, struct mh_arena *arena,
    struct mh_err *err, bool *same)
{
    struct mh_sign_request request = {.op = MH_SIGN_ADDED,
        .spec = {.role = "", .place = "", .reason = ""},
        .room = f->size};
    int fd = -1;
    struct mh_span word = {0};
    enum mh_code code = mh_memfd_new("added", 0, err, &fd);

    *same = false;
    if (code == MH_OK) {
        struct pt_sign_step step = {&request, document, 1, fd};

        code = pt_judge_sign(app->judge, &step, arena, err, &word);
    }
    mh_close(&fd);
    if (code == MH_OK && (word.len != 1 || word.ptr[0] > 1))
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "examiner: malformed");
    *same = code == MH_OK && word.ptr[0] == 1;
    return code;
}

/* Where in a list of prepared files one of a report is; files: nowhere. */
static size_t
find_file(const struct pt_draft_file *file, size_t files,
    const struct mh_report_file *of)
{
    char hex[2 * PT_HASH + 1];
    size_t i = 0;

    for (; i < files; i++) {
        mh_hex_encode((struct mh_span){file[i].sha256, PT_HASH}, hex);
        if (strcmp(of->name, file[i].name) == 0 && strcmp(of->sha256, hex) == 0)
            break;
    }
    return i;
}

bool
pt_draft_same(
    const struct pt_draft_file *file, size_t files, const struct mh_report *r)
{
    bool seen[PT_DRAFT_SAME] = {false};

    if (r->format != MH_FORMAT_ASIC_E || r->files != files ||
        files > PT_DRAFT_SAME)
        return false;
    for (size_t k = 0; k < files; k++) {
        size_t i = find_file(file, files, &r->file[k]);

        if (i == files || seen[i])
            return false;
        seen[i] = true;
    }
    return true;
}

enum mh_code
pt_draft_compare(struct pt_app *app, const struct pt_draft *d,
    const struct pt_judge_file *document, struct mh_err *err, const char **why)
{
    struct mh_arena *arena = mh_arena_new(REPORT_ARENA);
    struct mh_report report = {.files = 0};
    bool same = false;
    enum mh_code code =
        arena == NULL
            ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "draft: no memory")
            : judge(app, document, arena, err, &report);

    *why = NULL;
    if (code == MH_OK && report.format == MH_FORMAT_PDF && pt_draft_is_pdf(d))
        code = begins_with(&d->file[0], document, err, &same);
    else if (code == MH_OK)
        same = pt_draft_same(d->file, d->files, &report);
    if (code == MH_OK && same && report.format == MH_FORMAT_PDF)
        code = only_signed(app, &d->file[0], document, arena, err, &same);
    mh_arena_free(arena);
    if (code == MH_OK && !same)
        *why = not_the_same;
    return code;
}

enum mh_code
pt_draft_compare_container(struct pt_app *app, const struct pt_draft_file *file,
    size_t files, const struct pt_judge_file *document, struct mh_err *err,
    const char **why)
{
    struct mh_arena *arena = mh_arena_new(REPORT_ARENA);
    struct mh_report report = {.files = 0};
    enum mh_code code =
        arena == NULL
            ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "draft: no memory")
            : judge(app, document, arena, err, &report);

    *why = NULL;
    if (code == MH_OK && !pt_draft_same(file, files, &report))
        *why = not_the_same;
    mh_arena_free(arena);
    return code;
}

void
pt_draft_filed(struct pt_app *app, const struct pt_draft *d)
{
    struct mh_err err = {.msg = ""};

    if (pt_store_draft_drop(app->store, d->id, d->account, &err) != MH_OK)
        mh_log("draft", "id=%s stays=%s", d->id, mh_code_name(err.code));
}
