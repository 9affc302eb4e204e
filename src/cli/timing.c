/* SPDX-License-Identifier: MIT */
#include "timing.h"

#include <stdlib.h>
#include <time.h>

double timing_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

timing timing_of(double *samples, size_t count)
{
    qsort(samples, count, sizeof *samples, ascending);
    return (timing){samples[0], samples[count / 2], samples[(count - 1) * 95 / 100]};
}
