/* portal/people/may: every cell of the table (portal.md 6). */
#include "tests/t.h"

#include "portal/people/may.h"

/* A letter a right, in their order; '-': not. */
static const struct {
    const char *name;
    enum pt_relation relation;
    const char *rights; /* case, documents, bytes, file, hearings, history,
                           views, decide, register, schedule; acts: see, draft,
                           sign, publish, take back; applications: see, write,
                           review; complain, give to another judge;
                           writs: see, keep; joins: see, invite; lawyer, rate;
                           payments: see, pay, refund; versions for everybody;
                           inquiries: ask, answer */
} rows[] = {
    {"nobody", PT_REL_NONE, "--------------------------------"},
    {"party", PT_REL_PARTY, "cdbfhtv---s-------l-w---lm----q-"},
    {"representative", PT_REL_REPRESENTATIVE,
        "cdbfhtv---s-------l-w----m----q-"},
    {"other participant", PT_REL_OTHER, "c---h--------------------m------"},
    {"judge", PT_REL_JUDGE, "cdb-ht---ssdgpb-----w-j------x--"},
    {"judge of the court", PT_REL_COURT_JUDGE,
        "--------------------------------"},
    {"judge of the court with a reason", PT_REL_REASONED,
        "c-------------------------------"},
    {"clerk", PT_REL_CLERK, "cdb-ht-arssd-p-a-v--wkji--s-rx-n"},
    {"president", PT_REL_PRESIDENT, "cdb-htv---s----a---jw-j---s-----"},
    {"auditor", PT_REL_AUDITOR, "cd--htv---s---------w-j---s-----"},
    {"applicant", PT_REL_APPLICANT, "---------------aw---------sp----"},
    {"reader by a mandate", PT_REL_READER, "cdb-htv---s---------w----m------"},
};

static void
test_cells(void **state)
{
    (void)state;
    assert_int_equal(T_COUNT(rows), PT_RELATIONS);
    for (size_t i = 0; i < T_COUNT(rows); i++)
        for (unsigned r = 0; r < PT_RIGHTS; r++)
            if (pt_may(rows[i].relation, (enum pt_right)r) !=
                (rows[i].rights[r] != '-'))
                fail_msg("%s: right %u", rows[i].name, r);
}

static void
test_outside(void **state)
{
    (void)state;
    assert_false(pt_may(PT_RELATIONS, PT_MAY_SEE_CASE));
    assert_false(pt_may(PT_REL_PARTY, PT_RIGHTS));
}

/* What the bits of a mandate come to; without reading it is nothing. */
static void
test_scopes(void **state)
{
    (void)state;
    for (unsigned s = 0; s <= PT_SCOPES_ALL; s++)
        assert_int_equal(pt_relation_of_scopes(s), (s & 1) == 0 ? PT_REL_NONE
                                                   : (s & 2) == 0
                                                       ? PT_REL_READER
                                                       : PT_REL_REPRESENTATIVE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells),
        cmocka_unit_test(test_outside),
        cmocka_unit_test(test_scopes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
