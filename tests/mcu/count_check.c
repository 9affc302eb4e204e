/* Does count.c count right? Two stretches through the same loop of known instructions, the second with more turns.
 * SPDX-License-Identifier: MIT */
#include "board.h"

#include <stdint.h>

#include "count.h"

/* Two instructions a turn. */
static __attribute__((noinline, used)) void known_loop(uint32_t turns)
{
#ifdef __arm__
    __asm__ volatile(".syntax unified\n1: subs %0, %0, #1\n\tbne 1b" : "+l"(turns) : : "cc");
#elif defined(__riscv)
    __asm__ volatile("1: addi %0, %0, -1\n\tbnez %0, 1b" : "+r"(turns));
#else
    (void)turns;
#endif
}

/* The same code for each number of turns. */
static __attribute__((noinline)) void stretch(uint32_t turns)
{
    known_loop(17); /* outside: not counted */
    count_begin();
    known_loop(turns);
    count_end();
}

int main(void)
{
    stretch(1000);
    stretch(1000);
    stretch(31000);
    return 0;
}
