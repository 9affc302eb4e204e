/* The marks between which count.c, the emulator's plugin, counts instructions; elsewhere they do nothing. One file of a program
 * includes this.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_TESTS_COUNT_H
#define BEDSIDE_TESTS_COUNT_H

static __attribute__((noinline, used)) void count_begin(void)
{
    __asm__ volatile("" ::: "memory");
}

static __attribute__((noinline, used)) void count_end(void)
{
    __asm__ volatile("" ::: "memory");
}

#endif
