#include "tests/bench/measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum {
    RUNS = 9,      /* of which the median is taken */
    CALLS = 100000 /* at most in one run */
};
#define RUN_SECONDS 0.03

static int failed;

static double
seconds(clockid_t clock)
{
    struct timespec t;

    b_need(clock_gettime(clock, &t) == 0, "clock");
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double
b_cpu(void)
{
    return seconds(CLOCK_THREAD_CPUTIME_ID);
}

double
b_wall(void)
{
    return seconds(CLOCK_MONOTONIC);
}

static double
usage(int who)
{
    struct rusage u;

    b_need(getrusage(who, &u) == 0, "getrusage");
    return (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

double
b_process(void)
{
    return usage(RUSAGE_SELF);
}

double
b_children(void)
{
    return usage(RUSAGE_CHILDREN);
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double
b_median(double *values, size_t count)
{
    qsort(values, count, sizeof(*values), compare);
    return values[count / 2];
}

double
b_time(void (*fn)(void *ctx), void *ctx)
{
    double value[RUNS], from;
    size_t calls = 1;

    fn(ctx);
    from = b_cpu();
    fn(ctx);
    from = b_cpu() - from;
    if (from < RUN_SECONDS)
        calls = from * CALLS < RUN_SECONDS ? CALLS
                                           : (size_t)(RUN_SECONDS / from) + 1;
    for (size_t r = 0; r < RUNS; r++) {
        from = b_cpu();
        for (size_t i = 0; i < calls; i++)
            fn(ctx);
        value[r] = (b_cpu() - from) / (double)calls;
    }
    return b_median(value, RUNS);
}

void
b_note(const char *name, double s)
{
    (void)printf("      %-52s %10.1f us\n", name, s * 1e6);
}

void
b_ratio(const char *name, double value, bool at_least, double bar, double goal,
    const char *unit)
{
    bool ok = at_least ? value >= bar : value <= bar;

    (void)printf("%s  %-52s %10.2f %s  (%s %.2f, goal %.2f)\n",
        ok ? "PASS" : "FAIL", name, value, unit,
        at_least ? "at least" : "at most", bar, goal);
    (void)fflush(stdout);
    failed += ok ? 0 : 1;
}

int
b_failed(void)
{
    return failed;
}

void
b_stop(const char *what)
{
    (void)fprintf(stderr, "bench: %s\n", what);
    exit(2);
}

struct mh_span
b_file(const char *folder, const char *name)
{
    char path[4096];
    FILE *f;
    long size;
    uint8_t *p;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    f = fopen(path, "rbe");
    b_need(f != NULL && fseek(f, 0, SEEK_END) == 0, path);
    size = ftell(f);
    b_need(size > 0 && fseek(f, 0, SEEK_SET) == 0, path);
    p = malloc((size_t)size);
    b_need(p != NULL && fread(p, 1, (size_t)size, f) == (size_t)size, path);
    (void)fclose(f); /* opened for reading */
    return (struct mh_span){p, (size_t)size};
}
