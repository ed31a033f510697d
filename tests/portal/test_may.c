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
                           review; payments: see, pay,
                           refund */
} rows[] = {
    {"nobody", PT_REL_NONE, "---------------------"},
    {"party", PT_REL_PARTY, "cdbfhtv---s----------"},
    {"representative", PT_REL_REPRESENTATIVE, "cdbfhtv---s----------"},
    {"other participant", PT_REL_OTHER, "c---h----------------"},
    {"judge", PT_REL_JUDGE, "cdb-ht---ssdgpb------"},
    {"judge of the court", PT_REL_COURT_JUDGE, "---------------------"},
    {"judge of the court with a reason", PT_REL_REASONED,
        "c--------------------"},
    {"clerk", PT_REL_CLERK, "cdb-ht-arssd-p-a-vs-r"},
    {"president", PT_REL_PRESIDENT, "cdb-htv---s----a--s--"},
    {"auditor", PT_REL_AUDITOR, "cd--htv---s-------s--"},
    {"applicant", PT_REL_APPLICANT, "---------------aw-sp-"},
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells),
        cmocka_unit_test(test_outside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
