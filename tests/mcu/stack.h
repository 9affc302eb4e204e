/* How deep the stack becomes, measured: painted below the stack pointer, it is looked at later for the lowest byte that changed.
 *
 *     stack_paint();  f();  bytes = stack_used();      in one function: f's stack frame and all below it
 *
 * Only a board's stack has an end that is known; elsewhere stack_used is 0.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_TESTS_STACK_H
#define BEDSIDE_TESTS_STACK_H

#include <stdint.h>

#if defined(__arm__) || defined(__riscv)
enum { STACK_PAINT = 0xa5, STACK_DEPTH = 32768 }; /* painted below the caller, or as much as there is */

extern uint8_t board_bss_end[]; /* memory.ld: the stack may grow down to here */

#define STACK_INLINE static inline __attribute__((always_inline)) /* so that the pointer is the caller's */

STACK_INLINE volatile uint8_t *stack_pointer(void)
{
    uint8_t *sp;

#ifdef __arm__
    __asm__ volatile("mov %0, sp" : "=r"(sp));
#else
    __asm__ volatile("mv %0, sp" : "=r"(sp));
#endif
    return sp;
}

STACK_INLINE volatile uint8_t *stack_end(void)
{
    volatile uint8_t *sp = stack_pointer();

    return sp - board_bss_end > STACK_DEPTH ? sp - STACK_DEPTH : board_bss_end;
}

/* By volatile stores: a call of memset would need a stack of its own. */
STACK_INLINE void stack_paint(void)
{
    for (volatile uint8_t *p = stack_end(); p < stack_pointer(); p++)
        *p = STACK_PAINT;
}

/* All that was painted: it was not enough. */
STACK_INLINE uint32_t stack_used(void)
{
    volatile uint8_t *p = stack_end(), *sp = stack_pointer();

    while (p < sp && *p == STACK_PAINT)
        p++;
    return (uint32_t)(sp - p);
}
#else
static inline void stack_paint(void)
{
}

static inline uint32_t stack_used(void)
{
    return 0;
}
#endif

#endif
