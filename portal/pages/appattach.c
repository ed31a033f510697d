#include "portal/pages/appattach.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/sys/log.h"
#include "base/text.h"
#include "portal/filing/draft.h"
#include "portal/http/id.h"
#include "portal/pages/appwords.h"
#include "portal/pages/docview.h"

enum {
    KB = 1024,
};

/* What is wrong with one file, named. */
static void
wrong(struct pt_wizard *w, const struct pt_attaching *from, const char *file,
    const struct pt_rule *rule)
{
    const char *why = pt_text(w->lang, rule->why);
    const char *text =
        mh_arena_printf(w->arena, "%.200s: %s (%s)", file, why, rule->code);

    pt_wizard_wrong(w, from->field, from->name, text == NULL ? why : text);
}

enum clash {
    NEW,
    SAME, /* it is there, as it is */
    TAKEN,
};

static enum clash
clash_of(const struct pt_wizard *w, const char *kind, const char *name,
    const uint8_t sha256[static PT_HASH])
{
    if (strcasecmp(name, PT_APPLICATION_PDF) == 0)
        return TAKEN;
    for (size_t i = 0; i < w->d.files.count; i++) {
        const struct pt_application_file *f = &w->d.files.item[i];

        if (strcasecmp(f->name, name) != 0)
            continue;
        return strcmp(f->name, name) == 0 && strcmp(f->kind, kind) == 0 &&
                       memcmp(f->sha256, sha256, PT_HASH) == 0
                   ? SAME
                   : TAKEN;
    }
    return NEW;
}

/* One file of the field; false: answer or a fault says why not. */
static bool
take_one(struct pt_wizard *w, const struct pt_attaching *from,
    const struct pt_file *f, struct pt_attached *out)
{
    const struct pt_draft_source source = {
        {f->part.filename, f->spool.fd, f->spool.size}, f->spool.sha256};
    struct pt_application_file *to = &out->file[out->count];
    struct pt_rule rule = {PT_RULED_ACCEPT, "", ""};
    struct mh_err err = {.msg = ""};
    struct pt_draft_file made = {.name = ""};
    uint8_t sha256[PT_HASH];
    enum clash clash;
    enum mh_code code = MH_OK;

    if (!mh_hex_decode(mh_span_str(f->spool.sha256), sha256))
        code = mh_fail(&err, MH_EINTERNAL, MH_NO_OFFSET, "portal: no digest");
    clash = clash_of(w, from->kind, f->part.filename, sha256);
    if (code == MH_OK && clash == SAME)
        return true;
    if (clash == TAKEN)
        rule = (struct pt_rule){PT_RULED_REFUSE,
            PT_T("A file of that name is attached already, or it is that of "
                 "the application itself."),
            "filing-name"};
    else if (code == MH_OK)
        code = pt_draft_take(
            w->app, &source, &err, &made, &out->staged[out->count], &rule);
    if (code != MH_OK) {
        mh_log("application", "id=%s code=%s", w->rq->id, mh_code_name(code));
        pt_page_not_stored(
            w->rq, w->answer, PT_T("The files could not be examined now"));
        return false;
    }
    if (rule.what == PT_RULED_REFUSE) {
        wrong(w, from, f->part.filename, &rule);
        return false;
    }
    *to = (struct pt_application_file){
        .format = made.format, .size = made.size, .pages = made.pages};
    memcpy(to->sha256, made.sha256, PT_HASH);
    (void)snprintf(to->name, sizeof(to->name), "%s", made.name);
    (void)snprintf(to->kind, sizeof(to->kind), "%s", from->kind);
    (void)snprintf(to->title, sizeof(to->title), "%s", from->title);
    (void)snprintf(to->day, sizeof(to->day), "%s", from->day);
    out->count++;
    w->d.files.item[w->d.files.count++] = *to;
    return true;
}

void
pt_attach_forget(struct pt_wizard *w, struct pt_attached *files)
{
    for (size_t i = 0; i < files->count; i++)
        pt_store_blob_forget(w->app->store, &files->staged[i]);
    w->d.files.count -= files->count;
    files->count = 0;
}

bool
pt_attach_take(struct pt_wizard *w, const struct pt_attaching *from,
    struct pt_attached *out)
{
    uint64_t size = w->d.files.size;
    bool good = true;

    for (size_t i = 0; i < w->rq->files && good; i++) {
        const struct pt_file *f = &w->rq->file[i];

        if (strcmp(f->part.name, from->part) != 0 || f->spool.size == 0)
            continue;
        size += f->spool.size;
        if (out->count == PT_ATTACH_FILES) {
            pt_wizard_wrong(w, from->field, from->name,
                PT_T("Choose at most 20 files at once"));
            good = false;
        } else if (w->d.files.count == PT_APPLICATION_FILES ||
                   size > PT_APPLICATION_BYTES) {
            pt_wizard_wrong(w, from->field, from->name,
                PT_T("More than 100 files, or more than 200 MB together"));
            good = false;
        } else {
            good = take_one(w, from, f, out);
        }
    }
    if (!good)
        pt_attach_forget(w, out);
    return good;
}

bool
pt_attach_keep(struct pt_wizard *w, struct pt_attached *files,
    const char *field, const char *name)
{
    const struct pt_application_adding adding = {
        files->file, files->staged, files->count};
    enum pt_application_done done = PT_APPLICATION_NONE;
    struct mh_err err = {.msg = ""};
    enum mh_code code;
    bool good;

    if (files->count == 0)
        return true;
    code = pt_store_application_add_files(
        w->app->store, &w->by, &adding, &err, &done);
    if (code == MH_OK && done == PT_APPLICATION_FULL) {
        pt_wizard_wrong(w, field, name,
            PT_T("More than 100 files, or more than 200 MB together"));
        good = false;
    } else {
        good = pt_wizard_done(w, code, done, &err, "attach");
    }
    if (!good)
        w->d.files.count -= files->count; /* the store has used them up */
    files->count = 0;
    return good;
}

/* Whether other bytes of the same kind are there under another name. */
static bool
same_bytes(const struct pt_wizard *w, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (memcmp(w->d.files.item[i].sha256, w->d.files.item[at].sha256,
                PT_HASH) == 0)
            return true;
    return false;
}

void
pt_attach_list(struct pt_wizard *w, struct pt_map *m, bool of_fee)
{
    bool above = false; /* an annex stands before it */

    pt_set_list(m, "files");
    for (size_t i = 0; i < w->d.files.count; i++) {
        const struct pt_application_file *f = &w->d.files.item[i];
        char hex[2 * PT_HASH + 1], form[27];
        struct pt_map *o;

        if (of_fee !=
            (strcmp(f->kind, "fee") == 0 || strcmp(f->kind, "exemption") == 0))
            continue;
        o = pt_add(m, "files");
        mh_hex_encode((struct mh_span){f->sha256, PT_HASH}, hex);
        pt_id_new(form);
        pt_set(o, "form", form);
        pt_set(o, "file", f->id);
        pt_set_int(o, "n", (int64_t)i);
        pt_set(o, "file_name", f->name);
        pt_set(o, "file_title", f->title);
        pt_set(o, "file_kind",
            pt_text(w->lang, pt_application_file_text(f->kind)));
        pt_set(o, "file_day", f->day);
        pt_set_int(o, "kb", (int64_t)((f->size + KB - 1) / KB));
        pt_pages_set(o, f->format, f->pages);
        pt_set(o, "digest", hex);
        pt_set_flag(o, "twice", same_bytes(w, i));
        if (above) {
            pt_id_new(form);
            pt_set(o, "raise", form);
        }
        above = !of_fee;
    }
}
