/* portal/store/deliveries: the outbox and proofs. */
#include "tests/t.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest/digest.h"
#include "portal/store/deliveries.h"
#include "tests/folder.h"
#include "tests/portal/where.h"

static struct pt_store *store;
static char dir[] = "/tmp/test_deliveries.XXXXXX";
enum {
    NOW = 1000000
};

static int
set_up(void **state)
{
    char where[256];

    (void)state;
    assert_non_null(mkdtemp(dir));
    t_where(where, sizeof(where), dir);
    assert_int_equal(mh_digest_init(NULL), MH_OK);
    assert_int_equal(pt_store_open(where, NOW, NULL, &store), MH_OK);
    assert_int_equal(pt_store_start(store, NULL), MH_OK);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    pt_store_close(store);
    return t_remove_all(dir);
}

static struct pt_delivery
message(void)
{
    return (struct pt_delivery){.address = "a@b.az",
        .channel = PT_CHANNEL_MAIL,
        .kind = "code",
        .lang = "ru",
        .args = "123456",
        .created = NOW};
}

static enum pt_found
lease(int64_t now, struct pt_delivery *out)
{
    enum pt_found found;

    assert_int_equal(
        pt_store_delivery_lease(store, now, now + 100, NULL, out, &found),
        MH_OK);
    return found;
}

static void
end(const char *id, enum pt_delivery_state state, int64_t next)
{
    const struct pt_delivered how = {id, state, next, ""};

    assert_int_equal(pt_store_delivery_end(store, &how, NULL), MH_OK);
}

static void
test_outbox(void **state)
{
    struct pt_delivery d = message(), out;
    struct pt_delivery_counts n;
    uint8_t token[PT_HASH] = {7}, other[PT_HASH] = {8};
    enum pt_found found;

    (void)state;
    assert_int_equal(lease(NOW, &out), PT_ABSENT);
    assert_int_equal(pt_store_delivery_add(store, &d, NULL), MH_OK);
    assert_int_equal(lease(NOW - 1, &out), PT_ABSENT);
    assert_int_equal(lease(NOW, &out), PT_FOUND);
    assert_string_equal(out.address, "a@b.az");
    assert_string_equal(out.args, "123456");
    assert_string_equal(out.lang, "ru");
    assert_int_equal(out.tries, 1);
    assert_false(out.again);
    /* It is leased; once that is over, nobody knows what became of it. */
    assert_int_equal(lease(NOW + 99, &d), PT_ABSENT);
    assert_int_equal(lease(NOW + 100, &out), PT_FOUND);
    assert_int_equal(out.tries, 2);
    assert_true(out.again);
    assert_int_equal(pt_store_delivery_recover(store, NULL), MH_OK);
    assert_int_equal(lease(NOW + 101, &out), PT_FOUND);
    assert_true(out.again);
    /* Again, in time. */
    end(out.id, PT_DELIVERY_QUEUED, NOW + 500);
    assert_int_equal(lease(NOW + 499, &d), PT_ABSENT);
    assert_int_equal(lease(NOW + 500, &out), PT_FOUND);
    assert_false(out.again);
    assert_string_equal(out.args, "123456");
    assert_int_equal(pt_store_delivery_count(store, NULL, &n), MH_OK);
    assert_int_equal(n.queued, 1);
    assert_int_equal(
        pt_store_delivery_token(store, out.id, token, NULL), MH_OK);
    end(out.id, PT_DELIVERY_SENT, NOW);
    assert_int_equal(lease(NOW + 9999, &d), PT_ABSENT);
    /* Its report. */
    assert_int_equal(pt_store_delivery_report(store, out.id, other,
                         PT_DELIVERY_DELIVERED, NULL, &found),
        MH_OK);
    assert_int_equal(found, PT_ABSENT);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pt_store_delivery_report(store, out.id, token,
                             PT_DELIVERY_SENT, NULL, &found),
            MH_OK);
        assert_int_equal(found, PT_FOUND);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pt_store_delivery_report(store, out.id, token,
                             PT_DELIVERY_DELIVERED, NULL, &found),
            MH_OK);
        assert_int_equal(found, i == 0 ? PT_FOUND : PT_ABSENT);
    }
    assert_int_equal(pt_store_delivery_count(store, NULL, &n), MH_OK);
    assert_int_equal(n.queued, 0);
    assert_int_equal(n.dead, 0);
    assert_int_equal(
        pt_store_delivery_expire(store, NOW + 1, NOW, NULL), MH_OK);
}

static struct pt_proof
proof(uint8_t first)
{
    return (struct pt_proof){.token = {first},
        .purpose = "test",
        .code = {first, 1},
        .until = NOW + 600,
        .data = "what"};
}

static struct pt_proven
take(uint8_t first, uint8_t second, const char *purpose, int64_t now, bool look)
{
    const uint8_t token[PT_HASH] = {first}, code[PT_HASH] = {first, second};
    const struct pt_proof_given given = {purpose, token, code, now, look};
    struct pt_proven out;

    assert_int_equal(pt_store_proof_take(store, &given, NULL, &out), MH_OK);
    return out;
}

static void
test_proofs(void **state)
{
    struct pt_delivery d = message(), out;
    struct pt_proof p = proof(1);
    struct pt_proven got;

    (void)state;
    assert_int_equal(pt_store_proof_add(store, &p, &d, NULL), MH_OK);
    assert_int_equal(lease(NOW, &out), PT_FOUND);
    end(out.id, PT_DELIVERY_SENT, NOW);
    assert_int_equal(take(2, 1, "test", NOW, false).found, PT_ABSENT);
    assert_int_equal(take(1, 1, "other", NOW, false).found, PT_ABSENT);
    assert_int_equal(take(1, 1, "test", NOW + 600, false).found, PT_ABSENT);
    assert_int_equal(take(1, 1, "test", NOW, true).found, PT_FOUND);
    got = take(1, 2, "test", NOW, false);
    assert_int_equal(got.found, PT_ABSENT);
    assert_true(got.wrong);
    got = take(1, 1, "test", NOW, false);
    assert_int_equal(got.found, PT_FOUND);
    assert_string_equal(got.data, "what");
    assert_int_equal(take(1, 1, "test", NOW, false).found, PT_ABSENT);
    /* Five wrong ones end it. */
    p = proof(3);
    assert_int_equal(pt_store_proof_add(store, &p, &d, NULL), MH_OK);
    for (int i = 1; i <= PT_PROOF_TRIES; i++)
        assert_int_equal(
            take(3, 9, "test", NOW, false).wrong, i < PT_PROOF_TRIES);
    assert_int_equal(take(3, 1, "test", NOW, false).found, PT_ABSENT);
}

/* One that goes nowhere is kept and sent to nobody; so is one too many. */
static void
test_decoys(void **state)
{
    struct pt_account a = {.username = "x",
        .role = PT_ROLE_CITIZEN,
        .state = PT_ACCOUNT_ACTIVE,
        .created = NOW};
    struct pt_delivery d = message(), out;
    struct pt_proof p = proof(10);
    int sent = 0;

    (void)state;
    while (lease(NOW, &out) == PT_FOUND)
        end(out.id, PT_DELIVERY_SENT, NOW);
    assert_int_equal(pt_store_account_add(store, &a, NULL, &a.id), MH_OK);
    d.address[0] = '\0';
    assert_int_equal(pt_store_proof_add(store, &p, &d, NULL), MH_OK);
    assert_int_equal(lease(NOW, &out), PT_ABSENT);
    d = message();
    for (int i = 0; i < PT_PROOFS_OPEN + 2; i++) {
        p = proof((uint8_t)(20 + i));
        p.account = a.id;
        assert_int_equal(pt_store_proof_add(store, &p, &d, NULL), MH_OK);
    }
    while (lease(NOW, &out) == PT_FOUND) {
        end(out.id, PT_DELIVERY_DEAD, NOW);
        sent++;
    }
    assert_int_equal(sent, PT_PROOFS_OPEN);
}

static void
test_account(void **state)
{
    struct pt_account a = {.username = "waits",
        .fin = "7ABC0D1",
        .email = "old@b.az",
        .role = PT_ROLE_CITIZEN,
        .state = PT_ACCOUNT_ACTIVE,
        .pending = true,
        .email_proven = true,
        .lang = "ru",
        .consent = "1",
        .created = NOW};
    struct pt_account out;
    enum pt_found found;

    (void)state;
    assert_int_equal(pt_store_account_add(store, &a, NULL, &a.id), MH_OK);
    assert_int_equal(
        pt_store_account_by_fin(store, "7ABC0D1", NULL, &out, &found), MH_OK);
    assert_int_equal(found, PT_FOUND);
    assert_true(out.pending && out.email_proven && out.notify_email);
    assert_false(out.notify_sms);
    assert_string_equal(out.lang, "ru");
    assert_int_equal(pt_store_account_confirm(store, a.id, NULL), MH_OK);
    assert_int_equal(
        pt_store_account_contact(store, a.id, "new@b.az", "+1", NULL), MH_OK);
    out.notify_email = false;
    out.notify_sms = true;
    assert_int_equal(pt_store_account_notify(store, &out, NULL), MH_OK);
    assert_int_equal(
        pt_store_account_get(store, a.id, NULL, &out, &found), MH_OK);
    assert_false(out.pending || out.email_proven || out.notify_email);
    assert_true(out.notify_sms);
    assert_int_equal(
        pt_store_account_email(store, a.id, "new@b.az", NULL), MH_OK);
    assert_int_equal(
        pt_store_account_contact(store, a.id, "new@b.az", "", NULL), MH_OK);
    assert_int_equal(
        pt_store_account_get(store, a.id, NULL, &out, &found), MH_OK);
    assert_true(out.email_proven);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outbox),
        cmocka_unit_test(test_proofs),
        cmocka_unit_test(test_decoys),
        cmocka_unit_test(test_account),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
