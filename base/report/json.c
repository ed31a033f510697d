#include "base/report/print.h"

#include <jansson.h>

#include "base/text.h"
#include "base/time.h"

enum {
    FILE_NAME_MAX = 4096,
    TEXT_MAX = 4096
}; /* bytes */

/* Sets a member; a failure shows as a missing object at the end. */
static void
set(json_t *o, const char *key, json_t *value)
{
    if (json_object_set_new_nocheck(o, key, value) != 0)
        json_object_clear(o); /* without memory: nothing is printed */
}

static void
set_text(json_t *o, const char *key, const char *value)
{
    set(o, key, json_string(value));
}

static void
set_time(json_t *o, const char *key, int64_t t)
{
    char when[32];

    mh_time_format(t, when);
    set(o, key, when[0] == '\0' ? json_null() : json_string(when));
}

static json_t *
finding_text(const struct mh_finding *f)
{
    struct mh_buf buf;
    json_t *s;

    mh_buf_init(&buf, TEXT_MAX);
    mh_print_finding(f, MH_EN, &buf);
    s = mh_buf_ok(&buf) ? json_stringn((const char *)buf.ptr, buf.len)
                        : json_string("");
    mh_buf_fini(&buf);
    return s;
}

static json_t *
finding(const struct mh_finding *f, bool with_level)
{
    json_t *o = json_object();

    set_text(o, "code", mh_finding_name(f->code));
    if (with_level)
        set_text(o, "level", mh_severity_name(f->level));
    set_text(o, "clause", mh_finding_clause(f->code));
    set(o, "text", finding_text(f));
    if (f->offset != MH_NO_OFFSET && f->offset <= INT64_MAX)
        set(o, "offset", json_integer((json_int_t)f->offset));
    return o;
}

static json_t *
finding_list(const struct mh_findings *list)
{
    json_t *a = json_array();

    for (size_t i = 0; i < list->count; i++)
        (void)json_array_append_new(a, finding(&list->item[i], true));
    return a;
}

static json_t *
signer(const struct mh_report_sig *s)
{
    json_t *o = json_object();

    set_text(o, "name", s->signer_name);
    set_text(o, "serial_number", s->signer_serial_number);
    set_text(o, "fin", s->signer_fin);
    set_text(o, "organization", s->signer_organization);
    set_text(o, "issuer", s->signer_issuer);
    set_text(o, "subject", s->signer_subject);
    set_text(o, "certificate_sha256", s->certificate_sha256);
    return o;
}

static json_t *
stamps(const struct mh_report_sig *s)
{
    json_t *a = json_array();

    for (size_t i = 0; i < s->stamps; i++) {
        json_t *o = json_object();

        set_text(o, "kind", mh_stamp_name(s->stamp[i].kind));
        set_time(o, "time", s->stamp[i].time);
        set_text(o, "issuer", s->stamp[i].issuer);
        set(o, "passed", json_boolean(s->stamp[i].passed));
        (void)json_array_append_new(a, o);
    }
    return a;
}

static json_t *
signature(const struct mh_report *r, const struct mh_report_sig *s)
{
    json_t *o = json_object(), *covers = json_array();

    for (size_t i = 0; i < s->covers_count; i++)
        (void)json_array_append_new(
            covers, json_string(r->file[s->covers[i]].name));
    set_text(o, "id", s->id);
    set_text(o, "kind", mh_kind_name(s->kind));
    set_text(o, "level", mh_level_name(s->level));
    set(o, "signer", signer(s));
    set_text(o, "algorithm", s->algorithm);
    if (s->role[0] != '\0')
        set_text(o, "role", s->role);
    if (s->place[0] != '\0')
        set_text(o, "place", s->place);
    set_time(o, "claimed_time", s->claimed_time);
    set_time(o, "best_signature_time", s->best_signature_time);
    set_text(o, "indication", mh_indication_name(s->indication));
    set(o, "sub_indication",
        s->sub == MH_SUB_NONE ? json_null() : json_string(mh_sub_name(s->sub)));
    set(o, "covers", covers);
    set(o, "covers_whole_document", json_boolean(s->covers_whole_document));
    if (s->counter_signature)
        set(o, "counter_signature", json_true());
    if (s->modifications != MH_MODS_NOT_APPLICABLE)
        set_text(o, "modifications", mh_modifications_name(s->modifications));
    set(o, "timestamps", stamps(s));
    set(o, "findings", finding_list(&s->findings));
    return o;
}

static json_t *
file(const struct mh_report *r, const struct mh_report_file *f)
{
    json_t *o = json_object(), *by = json_array();

    for (size_t i = 0; i < f->signed_by_count; i++)
        (void)json_array_append_new(
            by, json_string(r->sig[f->signed_by[i]].id));
    set_text(o, "name", f->name);
    set(o, "size", json_integer((json_int_t)(f->size & INT64_MAX)));
    set_text(o, "sha256", f->sha256);
    set_text(o, "media_type", f->media_type);
    set(o, "signed_by", by);
    return o;
}

static json_t *
whole(const struct mh_subject *subject, const struct mh_report *r)
{
    json_t *o = json_object(), *sigs = json_array(), *files = json_array();
    struct mh_buf name;

    mh_buf_init(&name, FILE_NAME_MAX + 16);
    mh_text_clean(mh_span_str(subject->file), FILE_NAME_MAX, &name);
    for (size_t i = 0; i < r->sigs; i++)
        (void)json_array_append_new(sigs, signature(r, &r->sig[i]));
    for (size_t i = 0; i < r->files; i++)
        (void)json_array_append_new(files, file(r, &r->file[i]));
    set(o, "v", json_integer(1));
    set(o, "file",
        name.len == 0 ? json_string("")
                      : json_stringn((const char *)name.ptr, name.len));
    mh_buf_fini(&name);
    set(o, "size", json_integer((json_int_t)(subject->size & INT64_MAX)));
    set_text(o, "sha256", subject->sha256);
    set_text(o, "format", mh_format_name(r->format));
    set_text(o, "profile", r->profile);
    set_text(o, "verdict", mh_verdict_name(r->verdict));
    if (r->reason.code != MH_FINDING_NONE)
        set(o, "reason", finding(&r->reason, false));
    set_time(o, "validation_time", r->validation_time);
    set_text(o, "policy", r->policy);
    set_text(o, "policy_sha256", r->policy_sha256);
    set(o, "findings", finding_list(&r->findings));
    set(o, "signatures", sigs);
    set(o, "files", files);
    return o;
}

static int
dump(const char *bytes, size_t len, void *ctx)
{
    mh_buf_add(ctx, bytes, len);
    return 0;
}

enum mh_code
mh_print_json(const struct mh_subject *subject, const struct mh_report *report,
    struct mh_err *err, struct mh_buf *out)
{
    json_t *o = whole(subject, report);
    int rc = -1;

    /* An object that lost a member is printed to nobody. */
    if (o != NULL && json_object_get(o, "files") != NULL &&
        json_object_get(o, "v") != NULL)
        rc = json_dump_callback(o, dump, out, JSON_COMPACT);
    json_decref(o);
    mh_buf_byte(out, '\n');
    if (rc != 0 || !mh_buf_ok(out))
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "report: no memory");
    return MH_OK;
}
