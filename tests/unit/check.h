/* The smallest test frame: a failed CHECK prints where and counts; main returns check_done().
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_TESTS_CHECK_H
#define BEDSIDE_TESTS_CHECK_H

#include <stdio.h>

static int check_count, check_failures;

#define CHECK(condition) check_at(!!(condition), #condition, __FILE__, __LINE__)

/* Returns what it was given, so that a caller can stop where going on makes no sense. */
static inline int check_at(int ok, const char *text, const char *file, int line)
{
    check_count++;
    if (!ok && ++check_failures <= 20)
        fprintf(stderr, "%s:%d: failed: %s\n", file, line, text);
    return ok;
}

static inline int check_done(void)
{
    printf("%d checks, %d failed\n", check_count, check_failures);
    return check_failures || !check_count;
}

#endif
