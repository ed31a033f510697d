/*
 * Timing for the benchmarks: medians of processor time, and one line a ratio.
 *
 * A ratio is printed with the bar of a release and the goal; b_failed counts
 * the bars that were not reached.  Absolute times are printed for the reader
 * alone: they differ from machine to machine.
 */
#ifndef TESTS_BENCH_MEASURE_H
#define TESTS_BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/span.h"

double b_cpu(void);      /* seconds of processor time of this thread */
double b_process(void);  /* of all its threads */
double b_children(void); /* of all ended children and theirs */
double b_wall(void);

/*
 * Seconds of thread time that one call of fn takes: the median of several
 * runs, each long enough to be measured.
 */
double b_time(void (*fn)(void *ctx), void *ctx);

/* The median; sorts the values. */
double b_median(double *values, size_t count);

void b_note(const char *name, double seconds); /* in microseconds */
/* value must be at most (at_least: at least) bar. */
void b_ratio(const char *name, double value, bool at_least, double bar,
    double goal, const char *unit);
int b_failed(void); /* bars not reached, for the exit status */

_Noreturn void b_stop(const char *what); /* ends the program, says why */

static inline void
b_need(bool ok, const char *what)
{
    if (!ok)
        b_stop(what);
}

static inline void
b_must(enum mh_code code, const struct mh_err *err)
{
    b_need(code == MH_OK, err->msg);
}

/* A whole file on the heap. */
struct mh_span b_file(const char *folder, const char *name);

#endif
