#include "portal/filing/packing.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/digest/digest.h"
#include "base/report/print.h"
#include "base/sys/chan.h"
#include "base/text.h"
#include "portal/filing/keyseal.h"
#include "portal/store/auditlog.h"
#include "portal/store/preserved.h"

enum {
    DOC_ARENA = 64 << 20,  /* bytes: a document's row and its report */
    REPORT_MAX = 16 << 20, /* bytes of a printed report */
    MORE = 1 << 20,        /* bytes that receipts and the like may have */
    ENDING = 8,            /* letters of a name's ending */
};

void
pt_pack_init(struct pt_pack *pack)
{
    memset(pack, 0, sizeof(*pack));
    for (size_t i = 0; i < PT_PACK_ITEMS; i++)
        pack->item[i].fd = -1;
}

void
pt_pack_fini(struct pt_pack *pack)
{
    for (size_t i = 0; i < PT_PACK_ITEMS; i++)
        mh_close(&pack->item[i].fd);
    pack->items = 0;
}

/* ---- files ---- */

/* The next item; NULL: the volume is full. */
static struct pt_pack_item *
next(struct pt_pack *pack, const char *name, const char *what)
{
    struct pt_pack_item *i;

    if (pack->items == PT_PACK_ITEMS)
        return NULL;
    i = &pack->item[pack->items];
    (void)snprintf(i->name, sizeof(i->name), "%s", name); /* fits */
    i->what = what;
    i->record = -1;
    return i;
}

/* Counts the item once its memfd is there. */
static enum mh_code
take(struct pt_pack *pack, struct pt_pack_item *i, struct mh_span bytes,
    struct mh_err *err)
{
    uint8_t hash[MH_DIGEST_MAX];
    enum mh_code code = pt_keyseal_bytes(bytes, err, &i->fd);

    if (code == MH_OK)
        code = mh_digest_once(MH_SHA256, bytes, err, hash);
    if (code != MH_OK) {
        mh_close(&i->fd);
        return code;
    }
    memcpy(i->sha256, hash, PT_HASH);
    i->size = bytes.len;
    pack->items++;
    return MH_OK;
}

static enum mh_code
full(struct mh_err *err)
{
    return mh_fail(
        err, MH_ELIMIT, MH_NO_OFFSET, "package: too many files in a volume");
}

enum mh_code
pt_pack_bytes(struct pt_pack *pack, const char *name, const char *what,
    struct mh_span bytes, struct mh_err *err)
{
    struct pt_pack_item *i = next(pack, name, what);

    return i == NULL ? full(err) : take(pack, i, bytes, err);
}

/* A file of the store, which must be the one that the rows name. */
static enum mh_code
put_blob(struct pt_app *app, struct pt_pack *pack, struct pt_pack_item *i,
    const uint8_t sha256[static PT_HASH], struct mh_err *err)
{
    enum pt_found found = PT_ABSENT;
    struct mh_map map = {0};
    uint64_t size = 0;
    int fd = -1;
    enum mh_code code;

    if (i == NULL)
        return full(err);
    code = pt_store_blob_open(app->store, sha256, err, &fd, &size, &found);
    if ((code == MH_EIO && err->sys == ENOENT) ||
        (code == MH_OK && found == PT_ABSENT))
        code = mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "package: %s is gone", i->name);
    if (code == MH_OK)
        code = mh_map_fd(fd, size, err, &map);
    if (code == MH_OK)
        code = take(pack, i, map.bytes, err);
    mh_map_fini(&map);
    mh_close(&fd);
    if (code == MH_OK && memcmp(i->sha256, sha256, PT_HASH) != 0)
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "package: the bytes of %s are altered", i->name);
    return code;
}

/* ---- documents ---- */

struct paper {
    struct pt_document d;
    struct pt_receipts receipts;
    struct pt_preserved copy;
    struct mh_arena *arena;
};

static enum mh_code
read_paper(
    struct pt_app *app, const char *id, struct mh_err *err, struct paper *p)
{
    enum mh_code code;

    memset(p, 0, sizeof(*p));
    p->arena = mh_arena_new(DOC_ARENA);
    if (p->arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "package: no memory");
    code = pt_store_document_get(app->store, id, p->arena, err, &p->d);
    if (code == MH_OK && p->d.id[0] == '\0')
        code = mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "package: document %s is gone", id);
    if (code == MH_OK)
        code =
            pt_store_receipt_list(app->store, id, p->arena, err, &p->receipts);
    if (code == MH_OK)
        code = pt_store_preserved_get(app->store, id, err, &p->copy);
    return code;
}

/* A copy that is not the document itself. */
static bool
has_copy(const struct paper *p)
{
    return p->copy.copied && memcmp(p->copy.sha256, p->d.sha256, PT_HASH) != 0;
}

/* What the record of a filing has: SHA-256 of "NAME\nSHA256\n". */
static enum mh_code
receipt_of(const struct pt_document *d, struct mh_err *err,
    char out[static PT_PACK_HEX])
{
    uint8_t hash[MH_DIGEST_MAX];
    char hex[PT_PACK_HEX], text[PT_DOC_NAME_MAX + PT_PACK_HEX + 4];
    enum mh_code code;

    mh_hex_encode((struct mh_span){d->sha256, PT_HASH}, hex);
    (void)snprintf(text, sizeof(text), "%s\n%s\n", d->name, hex); /* fits */
    code = mh_digest_once(MH_SHA256, mh_span_str(text), err, hash);
    if (code == MH_OK)
        mh_hex_encode((struct mh_span){hash, PT_HASH}, out);
    return code;
}

/* The newest record of its filing that the index of this node's log knows. */
static enum mh_code
find_record(struct pt_app *app, struct pt_pack_doc *doc, struct mh_arena *arena,
    struct mh_err *err)
{
    char obj[48];
    const struct pt_audit_query q = {.ev = "filing.accepted",
        .who = "",
        .obj = obj,
        .case_id = "",
        .log = pt_store_node(app->store),
        .before = {.n = -1}};
    struct pt_audit_page list = {.count = 0};
    enum mh_code code;

    (void)snprintf(obj, sizeof(obj), "filing:%s", doc->id); /* fits */
    code = pt_store_audit_search(app->store, &q, arena, err, &list);
    if (code == MH_OK && list.count > 0)
        doc->record = list.item[0].n;
    return code;
}

enum mh_code
pt_pack_measure(struct pt_app *app, struct pt_pack_doc *doc, struct mh_err *err)
{
    struct paper p;
    enum mh_code code = read_paper(app, doc->id, err, &p);

    doc->record = -1;
    if (code == MH_OK) {
        doc->files =
            1U + (p.d.report.len > 0 ? 1U : 0U) + (has_copy(&p) ? 1U : 0U);
        doc->bytes = p.d.size * (has_copy(&p) ? 2U : 1U) + MORE;
        for (size_t i = 0; i < p.receipts.count; i++)
            if (p.receipts.receipt[i].made)
                doc->files++;
        code = receipt_of(&p.d, err, doc->receipt);
    }
    if (code == MH_OK)
        code = find_record(app, doc, p.arena, err);
    mh_arena_free(p.arena);
    return code;
}

/* The letters behind the last point of a name, small; "bin": there are none. */
static void
ending_of(const char *name, char out[static ENDING + 1])
{
    const char *point = strrchr(name, '.');
    size_t n = 0;

    for (; point != NULL && n < ENDING && point[n + 1] != '\0'; n++) {
        char c = point[n + 1];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9'))
            break;
        out[n] = c;
    }
    out[n] = '\0';
    if (n == 0 || point[n + 1] != '\0')
        (void)snprintf(out, ENDING + 1, "bin");
}

static enum mh_code
put_report(struct pt_pack *pack, const struct paper *p, unsigned number,
    struct mh_err *err)
{
    char name[PT_PACK_NAME], hex[PT_PACK_HEX];
    struct mh_subject subject = {p->d.name, p->d.size, hex};
    struct mh_report report;
    struct mh_buf out;
    enum mh_code code;

    mh_hex_encode((struct mh_span){p->d.sha256, PT_HASH}, hex);
    mh_report_init(&report);
    mh_buf_init(&out, REPORT_MAX);
    code = mh_report_unpack(p->d.report, p->arena, err, &report);
    if (code == MH_OK)
        code = mh_print_json(&subject, &report, err, &out);
    if (code == MH_OK && !mh_buf_ok(&out))
        code = mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "package: report");
    (void)snprintf(name, sizeof(name), "d%05u-report.json", number);
    if (code == MH_OK)
        code = pt_pack_bytes(pack, name, "report", mh_buf_get(&out), err);
    mh_buf_fini(&out);
    return code;
}

static enum mh_code
put_all(struct pt_app *app, struct pt_pack *pack, const struct paper *p,
    unsigned number, struct mh_err *err)
{
    char name[PT_PACK_NAME], ending[ENDING + 1];
    enum mh_code code = MH_OK;

    ending_of(p->d.name, ending);
    if (p->d.report.len > 0)
        code = put_report(pack, p, number, err);
    for (size_t i = 0; i < p->receipts.count && code == MH_OK; i++) {
        if (!p->receipts.receipt[i].made)
            continue;
        (void)snprintf(name, sizeof(name), "d%05u-receipt-%zu.asice", number,
            i + 1); /* fits */
        code = put_blob(app, pack, next(pack, name, "receipt"),
            p->receipts.receipt[i].sha256, err);
    }
    if (code == MH_OK && has_copy(p)) {
        (void)snprintf(name, sizeof(name), "d%05u-lasting.%s", number, ending);
        code = put_blob(
            app, pack, next(pack, name, "lasting"), p->copy.sha256, err);
    }
    return code;
}

enum mh_code
pt_pack_document(struct pt_app *app, struct pt_pack *pack,
    const struct pt_pack_doc *doc, unsigned number, struct mh_err *err)
{
    char name[PT_PACK_NAME], ending[ENDING + 1];
    struct pt_pack_item *i;
    struct paper p;
    enum mh_code code = read_paper(app, doc->id, err, &p);

    if (code == MH_OK) {
        ending_of(p.d.name, ending);
        (void)snprintf(name, sizeof(name), "d%05u.%s", number, ending);
        i = next(pack, name, "document");
        if (i != NULL) {
            memcpy(i->document, p.d.id, sizeof(i->document));
            (void)snprintf(i->of, sizeof(i->of), "%s", p.d.name); /* fits */
            (void)snprintf(i->kind, sizeof(i->kind), "%s", p.d.kind);
            i->record = doc->recorded ? doc->record : -1;
        }
        code = put_blob(app, pack, i, p.d.sha256, err);
    }
    if (code == MH_OK)
        code = put_all(app, pack, &p, number, err);
    mh_arena_free(p.arena);
    return code;
}
