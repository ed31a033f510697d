/* portal/filing/rule, portal/store/documents: what a verdict does to a filing,
   and what is kept of it. */
#include "tests/t.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/sys/chan.h"
#include "base/time.h"
#include "portal/filing/rule.h"
#include "portal/http/id.h"
#include "portal/store/cases.h"
#include "portal/store/desk.h"
#include "portal/store/documents.h"
#include "tests/folder.h"
#include "tests/portal/where.h"

static struct pt_store *store;
static struct mh_arena *arena;
static int64_t filer;
static struct pt_case matter = {.number = "2-2(103)-660/2021",
    .type = "2-2",
    .proceeding = "claim",
    .status = PT_CASE_IN_PROCEEDINGS};
static char dir[] = "/tmp/test_filing.XXXXXX";
enum {
    NOW = 1000000
};

static int
set_up(void **state)
{
    struct pt_account a = {.username = "aygun",
        .hash = "hash",
        .fin = "5ABCDEF",
        .name = "Aygün",
        .surname = "Məmmədova",
        .role = PT_ROLE_LAWYER,
        .state = PT_ACCOUNT_ACTIVE,
        .created = NOW};
    char where[256];
    int64_t court;

    (void)state;
    arena = mh_arena_new(16 << 20);
    assert_non_null(arena);
    assert_non_null(mkdtemp(dir));
    t_where(where, sizeof(where), dir);
    assert_int_equal(mh_digest_init(NULL), MH_OK);
    assert_int_equal(pt_store_open(where, NOW, NULL, &store), MH_OK);
    assert_int_equal(pt_store_start(store, NULL), MH_OK);
    assert_int_equal(pt_store_account_add(store, &a, NULL, &filer), MH_OK);
    assert_int_equal(
        pt_store_court_put(store, "103", "Bakı", NULL, &court), MH_OK);
    assert_int_equal(pt_store_case_add(store, &matter, court, 0, NULL), MH_OK);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    pt_store_close(store);
    mh_arena_free(arena);
    return t_remove_all(dir);
}

/* ---- the rule ---- */

/* A signature as a row writes it: whose, whether it passed, what it covers. */
struct sig {
    const char *fin;
    enum mh_indication indication;
    enum mh_sub sub;
    bool whole;
    enum mh_sig_kind kind;
    enum mh_modifications mods;
    bool counter;
};

#define GOOD                                                                   \
    {                                                                          \
        "5ABCDEF", MH_IND_PASSED, MH_SUB_NONE, true, 0, 0, false               \
    }
#define LATER                                                                  \
    {                                                                          \
        "5ABCDEF", MH_IND_INDETERMINATE, MH_TRY_LATER, true, 0, 0, false       \
    }
#define UNKNOWN                                                                \
    {                                                                          \
        "5ABCDEF", MH_IND_INDETERMINATE, MH_NO_CERTIFICATE_CHAIN_FOUND, true,  \
            0, 0, false                                                        \
    }

static const struct {
    const char *name;
    enum mh_verdict verdict;
    enum mh_format format;
    const char *file;
    struct sig sig[2];
    size_t sigs;
    enum pt_ruling want;
    const char *code;
} rules[] = {
    {"passed, own", MH_TOTAL_PASSED, MH_FORMAT_ASIC_E, "a.edoc", {GOOD}, 1,
        PT_RULED_ACCEPT, ""},
    {"passed, ADOC, capitals", MH_TOTAL_PASSED, MH_FORMAT_ADOC_2008, "A.ADOC",
        {GOOD}, 1, PT_RULED_ACCEPT, ""},
    {"passed, of another", MH_TOTAL_PASSED, MH_FORMAT_ASIC_E, "a.edoc",
        {{"1ABCDEF", MH_IND_PASSED, MH_SUB_NONE, true, 0, 0, false}}, 1,
        PT_RULED_REFUSE, "filing-signer"},
    {"passed, of nobody", MH_TOTAL_PASSED, MH_FORMAT_ASIC_E, "a.edoc",
        {{"", MH_IND_PASSED, MH_SUB_NONE, true, 0, 0, false}}, 1,
        PT_RULED_REFUSE, "filing-signer"},
    {"passed, own and another's", MH_TOTAL_PASSED, MH_FORMAT_ASIC_E, "a.edoc",
        {{"1ABCDEF", MH_IND_PASSED, MH_SUB_NONE, true, 0, 0, false}, GOOD}, 2,
        PT_RULED_ACCEPT, ""},
    {"own over a part", MH_TOTAL_PASSED, MH_FORMAT_ASIC_E, "a.edoc",
        {{"5ABCDEF", MH_IND_PASSED, MH_SUB_NONE, false, 0, 0, false}}, 1,
        PT_RULED_REFUSE, "filing-signer"},
    {"own as a countersignature", MH_TOTAL_PASSED, MH_FORMAT_ASIC_E, "a.edoc",
        {{"5ABCDEF", MH_IND_PASSED, MH_SUB_NONE, true, 0, 0, true}}, 1,
        PT_RULED_REFUSE, "filing-signer"},
    {"a time-stamp is nobody's", MH_TOTAL_PASSED, MH_FORMAT_PDF, "a.pdf",
        {{"5ABCDEF", MH_IND_PASSED, MH_SUB_NONE, true, MH_KIND_DOC_TIMESTAMP, 0,
            false}},
        1, PT_RULED_REFUSE, "filing-signer"},
    {"PDF with an archive time-stamp behind", MH_TOTAL_PASSED, MH_FORMAT_PDF,
        "a.pdf",
        {{"5ABCDEF", MH_IND_PASSED, MH_SUB_NONE, false, MH_KIND_PADES,
            MH_MODS_LTA_UPDATE, false}},
        1, PT_RULED_ACCEPT, ""},
    {"PDF with other changes behind", MH_TOTAL_PASSED, MH_FORMAT_PDF, "a.pdf",
        {{"5ABCDEF", MH_IND_PASSED, MH_SUB_NONE, false, MH_KIND_PADES,
            MH_MODS_OTHER, false}},
        1, PT_RULED_REFUSE, "filing-signer"},
    {"another name's ending", MH_TOTAL_PASSED, MH_FORMAT_PDF, "a.edoc", {GOOD},
        1, PT_RULED_REFUSE, "filing-name"},
    {"no ending", MH_TOTAL_PASSED, MH_FORMAT_PDF, "pdf", {GOOD}, 1,
        PT_RULED_REFUSE, "filing-name"},
    {"ASiC-S", MH_TOTAL_PASSED, MH_FORMAT_ASIC_S, "a.asics", {GOOD}, 1,
        PT_RULED_REFUSE, "filing-format"},
    {"a signature alone", MH_TOTAL_PASSED, MH_FORMAT_CMS, "a.p7s", {GOOD}, 1,
        PT_RULED_REFUSE, "filing-format"},
    {"revocation not known", MH_INDETERMINATE, MH_FORMAT_ASIC_E, "a.edoc",
        {LATER}, 1, PT_RULED_WAIT, "revocation-missing"},
    {"one passed, one later", MH_INDETERMINATE, MH_FORMAT_ASIC_E, "a.edoc",
        {GOOD, LATER}, 2, PT_RULED_WAIT, "revocation-missing"},
    {"later, but of another", MH_INDETERMINATE, MH_FORMAT_ASIC_E, "a.edoc",
        {{"1ABCDEF", MH_IND_INDETERMINATE, MH_TRY_LATER, true, 0, 0, false}}, 1,
        PT_RULED_REFUSE, "filing-signer"},
    {"unknown issuer", MH_INDETERMINATE, MH_FORMAT_ASIC_E, "a.edoc", {UNKNOWN},
        1, PT_RULED_DESK, "revocation-missing"},
    {"unknown issuer and later", MH_INDETERMINATE, MH_FORMAT_ASIC_E, "a.edoc",
        {LATER, UNKNOWN}, 2, PT_RULED_DESK, "revocation-missing"},
    {"all passed, the document not", MH_INDETERMINATE, MH_FORMAT_ASIC_E,
        "a.edoc", {GOOD}, 1, PT_RULED_DESK, "revocation-missing"},
    {"not judged", MH_NOT_JUDGED, MH_FORMAT_UNKNOWN, "a.edoc", {GOOD}, 0,
        PT_RULED_WAIT, "not-judged"},
    {"failed", MH_TOTAL_FAILED, MH_FORMAT_ASIC_E, "a.edoc", {GOOD}, 1,
        PT_RULED_REFUSE, "revocation-missing"},
    {"refused", MH_REFUSED, MH_FORMAT_UNKNOWN, "a.edoc", {GOOD}, 0,
        PT_RULED_REFUSE, "revocation-missing"},
    {"no signature", MH_NO_SIGNATURE, MH_FORMAT_PDF, "a.pdf", {GOOD}, 0,
        PT_RULED_REFUSE, "no-signature"},
    {"a picture", MH_NO_SIGNATURE, MH_FORMAT_JPEG, "a.jpg", {GOOD}, 0,
        PT_RULED_REFUSE, "no-signature"},
};

static void
fill(struct mh_report *r, struct mh_report_sig *sig, const struct sig *from,
    size_t count)
{
    mh_report_init(r);
    for (size_t i = 0; i < count; i++)
        sig[i] = (struct mh_report_sig){.id = "S0",
            .signer_fin = from[i].fin,
            .signer_name = "Aygün",
            .indication = from[i].indication,
            .sub = from[i].sub,
            .covers_whole_document = from[i].whole,
            .kind = from[i].kind,
            .modifications = from[i].mods,
            .counter_signature = from[i].counter};
    r->sig = sig;
    r->sigs = count;
}

static void
test_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(rules); i++) {
        struct mh_report_sig sig[2];
        struct mh_report r;
        struct pt_rule got;

        fill(&r, sig, rules[i].sig, rules[i].sigs);
        r.verdict = rules[i].verdict;
        r.format = rules[i].format;
        r.reason.code = r.verdict == MH_TOTAL_PASSED ? MH_FINDING_NONE
                                                     : MH_F_REVOCATION_MISSING;
        got = pt_filing_rule(&r, rules[i].file, "5ABCDEF");
        if (got.what != rules[i].want || strcmp(got.code, rules[i].code) != 0)
            fail_msg("%s: %d %s", rules[i].name, (int)got.what, got.code);
        if ((got.what == PT_RULED_ACCEPT) != (got.why[0] == '\0'))
            fail_msg("%s: why", rules[i].name);
        /* Nobody without a FIN files what is signed. */
        got = pt_filing_rule(&r, rules[i].file, "");
        if (got.what != PT_RULED_REFUSE && r.verdict != MH_NOT_JUDGED)
            fail_msg("%s: without a FIN", rules[i].name);
    }
}

/* ---- the store ---- */

static void
stage(const char *bytes, struct pt_staged *out, uint8_t sha256[static PT_HASH])
{
    uint8_t hash[MH_DIGEST_MAX];
    char path[64];
    FILE *f;
    int fd;

    (void)snprintf(path, sizeof(path), "%s/bytes", dir);
    f = fopen(path, "w+");
    assert_non_null(f);
    assert_true(fputs(bytes, f) >= 0);
    assert_int_equal(fflush(f), 0);
    assert_int_equal(
        mh_digest_once(MH_SHA256, mh_span_str(bytes), NULL, hash), MH_OK);
    memcpy(sha256, hash, PT_HASH);
    fd = fileno(f);
    assert_int_equal(
        pt_store_blob_stage(store, fd, strlen(bytes), sha256, NULL, out),
        MH_OK);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(unlink(path), 0);
}

static struct pt_document
document(const char *form, int64_t judge_at)
{
    struct pt_document d = {.filer = filer,
        .kind = "motion",
        .title = "Vəsatət",
        .name = "a.edoc",
        .note = "Qeyd",
        .format = MH_FORMAT_ASIC_E,
        .filed = NOW,
        .state = judge_at == MH_TIME_NONE ? PT_DOC_ACCEPTED : PT_DOC_RECEIVED,
        .verdict =
            judge_at == MH_TIME_NONE ? MH_TOTAL_PASSED : MH_INDETERMINATE,
        .reason = "",
        .signer = "Aygün",
        .report = {(const uint8_t *)"packed", 6},
        .judged = NOW,
        .judge_at = judge_at};

    pt_id_new(d.id);
    memcpy(d.case_id, matter.id, sizeof(d.case_id));
    (void)snprintf(d.form, sizeof(d.form), "%s", form);
    return d;
}

static struct pt_receipt
owed(const struct pt_document *d, const char *status, int64_t when)
{
    struct pt_receipt r = {.text = "verdict", .created = when, .next_at = when};

    pt_random(r.op, sizeof(r.op));
    memcpy(r.document, d->id, sizeof(r.document));
    (void)snprintf(r.status, sizeof(r.status), "%s", status);
    return r;
}

static enum pt_filed
file(struct pt_document *d, const char *bytes, char id[static 27])
{
    struct pt_staged staged;
    struct pt_filed_doc filed;
    struct pt_receipt r;

    stage(bytes, &staged, d->sha256);
    r = owed(d, d->state == PT_DOC_ACCEPTED ? "accepted" : "received", NOW);
    assert_int_equal(
        pt_store_document_file(store, d, &r, &staged, NULL, &filed), MH_OK);
    memcpy(id, filed.id, sizeof(filed.id));
    return filed.what;
}

static void
test_filing(void **state)
{
    struct pt_document d = document("f1", MH_TIME_NONE), got, again;
    struct pt_documents list;
    char id[27], other[27];

    (void)state;
    assert_int_equal(file(&d, "bytes", id), PT_FILED_NEW);
    assert_string_equal(id, d.id);
    assert_int_equal(
        pt_store_document_get(store, id, arena, NULL, &got), MH_OK);
    assert_string_equal(got.title, "Vəsatət");
    assert_string_equal(got.note, "Qeyd");
    assert_string_equal(got.filer_name, "Aygün Məmmədova");
    assert_string_equal(got.case_id, d.case_id);
    assert_int_equal(got.size, 5);
    assert_int_equal(got.state, PT_DOC_ACCEPTED);
    assert_int_equal(got.judge_at, MH_TIME_NONE);
    assert_true(mh_span_is(got.report, "packed"));
    /* The same form with the same bytes is the same filing. */
    again = document("f1", MH_TIME_NONE);
    assert_int_equal(file(&again, "bytes", other), PT_FILED_AGAIN);
    assert_string_equal(other, id);
    assert_int_equal(file(&again, "other bytes", other), PT_FILED_OTHER);
    assert_int_equal(
        pt_store_document_list(store, d.case_id, arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 1);
    assert_int_equal(pt_store_document_list(store, "bbbbbbbbbbbbbbbbbbbbbbbbbb",
                         arena, NULL, &list),
        MH_OK);
    assert_int_equal(list.count, 0);
    assert_int_equal(
        pt_store_document_get(store, "nothing", arena, NULL, &got), MH_OK);
    assert_string_equal(got.id, "");
}

static void
test_receipts(void **state)
{
    struct pt_receipt r, again;
    struct pt_receipts list;
    struct pt_staged staged;
    uint8_t sha256[PT_HASH];
    enum pt_found found;
    uint64_t removed, size;
    int fd;

    (void)state;
    assert_int_equal(
        pt_store_receipt_due(store, NOW - 1, NOW, arena, NULL, &r), MH_OK);
    assert_int_equal(r.tries, 0);
    assert_int_equal(
        pt_store_receipt_due(store, NOW, NOW + 15, arena, NULL, &r), MH_OK);
    assert_int_equal(r.tries, 1);
    assert_string_equal(r.status, "accepted");
    assert_false(r.made);
    /* It is somebody's until his time is over; then it is due again. */
    assert_int_equal(
        pt_store_receipt_due(store, NOW + 14, NOW + 30, arena, NULL, &again),
        MH_OK);
    assert_int_equal(again.tries, 0);
    assert_int_equal(
        pt_store_receipt_due(store, NOW + 15, NOW + 30, arena, NULL, &again),
        MH_OK);
    assert_int_equal(again.tries, 2);
    assert_memory_equal(again.op, r.op, MH_OP_ID);
    /* Nothing is told to keyd before it is stored. */
    assert_int_equal(pt_store_receipt_told(store, r.op, NULL), MH_OK);
    assert_int_equal(
        pt_store_receipt_due(store, NOW + 30, NOW + 31, arena, NULL, &again),
        MH_OK);
    assert_int_equal(again.tries, 3);
    for (int i = 0; i < 2; i++) { /* both who make it at once are right */
        stage("receipt", &staged, sha256);
        assert_int_equal(
            pt_store_receipt_made(store, r.op, 41 + i, NOW, &staged, NULL),
            MH_OK);
    }
    assert_int_equal(
        pt_store_receipt_list(store, r.document, arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 1);
    assert_true(list.receipt[0].made);
    assert_int_equal(list.receipt[0].record, 41);
    assert_memory_equal(list.receipt[0].sha256, sha256, PT_HASH);
    assert_int_equal(pt_store_receipt_told(store, r.op, NULL), MH_OK);
    assert_int_equal(
        pt_store_receipt_due(store, NOW + 99, NOW + 100, arena, NULL, &again),
        MH_OK);
    assert_int_equal(again.tries, 0);
    /* What documents and receipts name is not swept. */
    assert_int_equal(
        pt_store_blob_collect(store, NOW + 1000, NULL, &removed), MH_OK);
    assert_int_equal(
        pt_store_blob_open(store, sha256, NULL, &fd, &size, &found), MH_OK);
    assert_int_equal(found, PT_FOUND);
    assert_int_equal(size, 7);
    mh_close(&fd);
}

static void
test_judged_again(void **state)
{
    struct pt_document d = document("f2", NOW + 60), got, stale;
    struct pt_record record = {.ev = "verdict",
        .who = "p:1",
        .obj = "filing:x",
        .res = "ok",
        .data = "state=accepted\n"};
    struct pt_receipt r = owed(&d, "accepted", NOW + 61);
    struct pt_receipts list;
    struct pt_records records;
    enum pt_found found;
    char id[27];

    (void)state;
    assert_int_equal(file(&d, "later", id), PT_FILED_NEW);
    assert_int_equal(
        pt_store_document_due(store, NOW + 59, NOW + 600, arena, NULL, &got),
        MH_OK);
    assert_string_equal(got.id, "");
    assert_int_equal(
        pt_store_document_due(store, NOW + 60, NOW + 600, arena, NULL, &stale),
        MH_OK);
    assert_string_equal(stale.id, id);
    assert_int_equal(stale.tries, 1);
    /* His time runs out, another has it, and his word counts no more. */
    assert_int_equal(
        pt_store_document_due(store, NOW + 600, NOW + 900, arena, NULL, &got),
        MH_OK);
    assert_int_equal(got.tries, 2);
    stale.state = PT_DOC_RETURNED;
    assert_int_equal(
        pt_store_document_judged(store, &stale, NULL, &record, NULL, &found),
        MH_OK);
    assert_int_equal(found, PT_ABSENT);
    assert_int_equal(pt_store_record_list(store, arena, NULL, &records), MH_OK);
    assert_int_equal(records.count, 0);
    got.state = PT_DOC_ACCEPTED;
    got.verdict = MH_TOTAL_PASSED;
    got.judge_at = MH_TIME_NONE;
    assert_int_equal(
        pt_store_document_judged(store, &got, &r, &record, NULL, &found),
        MH_OK);
    assert_int_equal(found, PT_FOUND);
    assert_int_equal(pt_store_document_due(
                         store, NOW + 9999, NOW + 99999, arena, NULL, &got),
        MH_OK);
    assert_string_equal(got.id, "");
    assert_int_equal(
        pt_store_document_get(store, id, arena, NULL, &got), MH_OK);
    assert_int_equal(got.state, PT_DOC_ACCEPTED);
    assert_int_equal(
        pt_store_receipt_list(store, id, arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.receipt[0].status, "received");
    assert_string_equal(list.receipt[1].status, "accepted");
}

static void
test_records(void **state)
{
    struct pt_record r = {.ev = "login",
        .who = "p:1",
        .obj = "session:x",
        .res = "ok",
        .data = "level=1\n"};
    struct pt_records list;
    int64_t last;

    (void)state;
    for (int i = 0; i < PT_RECORDS_MAX; i++)
        assert_int_equal(pt_store_record_add(store, &r, NOW, NULL), MH_OK);
    assert_int_equal(pt_store_record_list(store, arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, PT_RECORDS_MAX);
    assert_string_equal(list.record[0].ev, "verdict"); /* of the test before */
    last = list.record[list.count - 1].id;
    assert_int_equal(pt_store_record_done(store, last, NULL), MH_OK);
    assert_int_equal(pt_store_record_list(store, arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.record[0].ev, "login");
    assert_string_equal(list.record[0].data, "level=1\n");
    assert_true(list.record[0].id > last);
    assert_int_equal(
        pt_store_record_done(store, list.record[0].id, NULL), MH_OK);
    /* A number is not given twice, even where all are gone. */
    assert_int_equal(pt_store_record_add(store, &r, NOW, NULL), MH_OK);
    last = list.record[0].id;
    assert_int_equal(pt_store_record_list(store, arena, NULL, &list), MH_OK);
    assert_true(list.record[0].id > last);
    /* What keyd would never take is refused, and stops nothing behind it. */
    r.ev = "key.use";
    assert_int_equal(pt_store_record_add(store, &r, NOW, NULL), MH_EINTERNAL);
    r.ev = "filing.accepte";
    assert_int_equal(pt_store_record_add(store, &r, NOW, NULL), MH_EINTERNAL);
}

/* The oldest hundred are listed, and that there are more. */
static void
test_desk(void **state)
{
    struct pt_account a = {.username = "clerk",
        .hash = "hash",
        .name = "Elnur",
        .surname = "Quliyev",
        .role = PT_ROLE_CLERK,
        .state = PT_ACCOUNT_ACTIVE,
        .created = NOW};
    struct pt_desk desk;
    int64_t clerk, court;

    (void)state;
    assert_int_equal(pt_store_account_add(store, &a, NULL, &clerk), MH_OK);
    assert_int_equal(
        pt_store_court_put(store, "103", "Bakı", NULL, &court), MH_OK);
    assert_int_equal(pt_store_official_put(store, clerk, court, NULL), MH_OK);
    for (int i = 0; i <= PT_DESK_MAX; i++) {
        char form[16], bytes[16], id[27];
        struct pt_document d;

        (void)snprintf(form, sizeof(form), "desk%d", i);
        (void)snprintf(bytes, sizeof(bytes), "bytes %d", i);
        d = document(form, MH_TIME_NONE);
        d.state = PT_DOC_DESK;
        d.filed = NOW + PT_DESK_MAX - i;
        assert_int_equal(file(&d, bytes, id), PT_FILED_NEW);
        assert_int_equal(
            pt_store_desk_list(store, clerk, arena, NULL, &desk), MH_OK);
        assert_int_equal(desk.count, i < PT_DESK_MAX ? i + 1 : PT_DESK_MAX);
        assert_true(desk.more == (i == PT_DESK_MAX));
        assert_string_equal(desk.item[0].document, id);
    }
    assert_int_equal(
        pt_store_desk_list(store, filer, arena, NULL, &desk), MH_OK);
    assert_int_equal(desk.count, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rule),
        cmocka_unit_test(test_filing),
        cmocka_unit_test(test_receipts),
        cmocka_unit_test(test_judged_again),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_desk),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
