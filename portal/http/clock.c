#include "portal/http/clock.h"

#include <time.h>

int64_t
pt_now_ms(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
        return 0; /* cannot happen */
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
pt_time(void)
{
    return (int64_t)time(NULL);
}
