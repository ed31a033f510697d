#include "portal/store/drafts.h"

#include <string.h>

#include "portal/store/rows.h"

struct adding {
    const struct pt_draft *draft;
    struct pt_staged *staged;
};

static enum mh_code
count_drafts(struct pt_store *s, const struct pt_draft *d, struct mh_err *err)
{
    struct pt_cursor *stmt = pt_db_prepare(&s->writer,
        "SELECT count(*) FROM draft WHERE account = ?1 AND until > ?2");
    int64_t n = PT_DRAFTS_EACH;
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(&s->writer, "draft", err);
    pt_bind_i64(stmt, 1, d->account);
    pt_bind_i64(stmt, 2, d->created);
    rc = pt_step(stmt);
    if (rc == PT_ROW)
        n = pt_column_i64(stmt, 0);
    pt_reset(stmt);
    if (rc != PT_ROW)
        return pt_db_fail(&s->writer, "draft", err);
    return n < PT_DRAFTS_EACH
               ? MH_OK
               : mh_fail(err, MH_ELIMIT, MH_NO_OFFSET,
                     "draft: %d of them wait already", PT_DRAFTS_EACH);
}

static enum mh_code
add_file(
    struct pt_store *s, const struct adding *a, size_t n, struct mh_err *err)
{
    const struct pt_draft_file *f = &a->draft->file[n];
    struct pt_stmt row = {
        .sql = "INSERT INTO draft_file (draft, n, name, format, sha256,"
               " pages) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        .arg = {PT_S(a->draft->id), PT_N((int64_t)n), PT_S(f->name),
            PT_N((int64_t)f->format),
            PT_B(((struct mh_span){a->staged[n].sha256, PT_HASH})),
            PT_N(f->pages)},
        .args = 6};
    enum mh_code code = pt_blob_keep(s, &a->staged[n], a->draft->created, err);

    return code == MH_OK ? pt_rows_run(s, &row, err) : code;
}

static enum mh_code
add(struct pt_store *s, void *arg, struct mh_err *err)
{
    const struct adding *a = arg;
    const struct pt_draft *d = a->draft;
    struct pt_stmt row = {
        .sql = "INSERT INTO draft (id, case_id, account, kind, title, note,"
               " created, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        .arg = {PT_S(d->id), PT_S(d->case_id), PT_N(d->account), PT_S(d->kind),
            PT_S(d->title), PT_S(d->note), PT_N(d->created), PT_N(d->until)},
        .args = 8};
    enum mh_code code = count_drafts(s, d, err);

    if (code == MH_OK)
        code = pt_rows_run(s, &row, err);
    for (size_t i = 0; i < d->files && code == MH_OK; i++)
        code = add_file(s, a, i, err);
    return code;
}

enum mh_code
pt_store_draft_add(struct pt_store *store, const struct pt_draft *draft,
    struct pt_staged *staged, struct mh_err *err)
{
    struct adding a = {draft, staged};
    struct pt_write w = {.run = add, .arg = &a};
    enum mh_code code = pt_write_do(store, &w, err);

    for (size_t i = 0; i < draft->files; i++)
        pt_store_blob_forget(store, &staged[i]); /* where it was not used */
    return code;
}

#define COLUMNS "id, case_id, account, kind, title, note, created, until"

static void
read_draft(struct pt_cursor *stmt, struct pt_draft *d)
{
    *d = (struct pt_draft){.account = pt_column_i64(stmt, 2),
        .created = pt_column_i64(stmt, 6),
        .until = pt_column_i64(stmt, 7)};
    pt_column_text(stmt, 0, d->id, sizeof(d->id));
    pt_column_text(stmt, 1, d->case_id, sizeof(d->case_id));
    pt_column_text(stmt, 3, d->kind, sizeof(d->kind));
    pt_column_text(stmt, 4, d->title, sizeof(d->title));
    pt_column_text(stmt, 5, d->note, sizeof(d->note));
}

static bool
one_row(void *ctx, struct pt_cursor *stmt)
{
    read_draft(stmt, ctx);
    return false;
}

static bool
file_row(void *ctx, struct pt_cursor *stmt)
{
    struct pt_draft *d = ctx;
    struct pt_draft_file *f = &d->file[d->files++];
    struct mh_span sha256 = pt_column_blob(stmt, 2);

    pt_column_text(stmt, 0, f->name, sizeof(f->name));
    f->format = (enum mh_format)pt_column_int(stmt, 1);
    if (sha256.len == PT_HASH)
        memcpy(f->sha256, sha256.ptr, PT_HASH);
    f->size = (uint64_t)pt_column_i64(stmt, 3);
    f->pages = (uint32_t)pt_column_i64(stmt, 4);
    return d->files < PT_DRAFT_FILES;
}

enum mh_code
pt_store_draft_get(struct pt_store *store, const char *id, int64_t account,
    int64_t now, struct mh_err *err, struct pt_draft *out)
{
    const struct pt_stmt draft = {
        .sql = "SELECT " COLUMNS " FROM draft WHERE id = ?1 AND account = ?2"
               " AND until > ?3",
        .arg = {PT_S(id), PT_N(account), PT_N(now)},
        .args = 3};
    const struct pt_stmt files = {
        .sql = "SELECT name, format, draft_file.sha256, size, pages"
               " FROM draft_file"
               " JOIN blob ON blob.sha256 = draft_file.sha256"
               " WHERE draft = ?1 ORDER BY n",
        .arg = {PT_S(id)},
        .args = 1};
    enum mh_code code;

    *out = (struct pt_draft){.id = ""};
    code = pt_rows_read(store, &draft, one_row, out, err);
    return code == MH_OK && out->id[0] != '\0'
               ? pt_rows_read(store, &files, file_row, out, err)
               : code;
}

enum mh_code
pt_store_draft_drop(
    struct pt_store *store, const char *id, int64_t account, struct mh_err *err)
{
    struct pt_stmt stmt = {
        .sql = "DELETE FROM draft WHERE id = ?1 AND account = ?2",
        .arg = {PT_S(id), PT_N(account)},
        .args = 2};

    return pt_rows_write(store, &stmt, 1, err);
}

enum mh_code
pt_store_draft_expire(struct pt_store *store, int64_t now, struct mh_err *err)
{
    struct pt_stmt stmt = {.sql = "DELETE FROM draft WHERE until <= ?1",
        .arg = {PT_N(now)},
        .args = 1};

    return pt_rows_write(store, &stmt, 1, err);
}

static bool
list_row(void *ctx, struct pt_cursor *stmt)
{
    struct pt_drafts *list = ctx;

    read_draft(stmt, &list->item[list->count++]);
    return list->count < PT_DRAFTS_EACH;
}

enum mh_code
pt_store_draft_list(struct pt_store *store, const struct pt_draft *of,
    int64_t now, struct mh_arena *arena, struct mh_err *err,
    struct pt_drafts *out)
{
    const struct pt_stmt stmt = {
        .sql = "SELECT " COLUMNS " FROM draft WHERE account = ?1"
               " AND case_id = ?2 AND until > ?3 ORDER BY created DESC, id",
        .arg = {PT_N(of->account), PT_S(of->case_id), PT_N(now)},
        .args = 3};

    *out = (struct pt_drafts){
        .item = mh_arena_array(arena, PT_DRAFTS_EACH, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, &stmt, list_row, out, err);
}
