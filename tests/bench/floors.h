/*
 * The work nobody can save: each step with the fastest call there is, its
 * contexts made beforehand (limits.md 1).
 */
#ifndef TESTS_BENCH_FLOORS_H
#define TESTS_BENCH_FLOORS_H

#include "tests/bench/parts.h"

/* Seconds of the whole; each part is printed. */
double b_floors(const struct b_parts *parts);

#endif
