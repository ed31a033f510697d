/*
 * The work nobody can save: each step with the fastest call there is, its
 * contexts made beforehand (limits.md 1).
 */
#ifndef TESTS_BENCH_FLOORS_H
#define TESTS_BENCH_FLOORS_H

#include "tests/bench/parts.h"

/*
 * Seconds of the whole for one document, taken over all of them in turn, so
 * that their bytes are as cold as in the flow that is measured; each part is
 * printed.  count: at most B_FLOORS_MAX.
 */
#define B_FLOORS_MAX 64
double b_floors(const struct b_parts *parts, size_t count);

#endif
