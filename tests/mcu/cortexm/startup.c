/* Reset for any Cortex-M: memory set up as C expects it, then the test. A fault ends the run with code 99. */
#include "../board.h"

#include <stdint.h>

/* From memory.ld. */
extern uint32_t board_data_load[], board_data_start[], board_data_end[], board_bss_start[], board_bss_end[],
    board_stack_top[];

void board_reset(void);

/* Kept apart from board_reset: a compiler may use vector registers in these loops, and those must be switched on before. */
static _Noreturn void __attribute__((noinline)) prepare_and_run(void)
{
    const uint32_t *from = board_data_load;

    for (uint32_t *to = board_data_start; to < board_data_end; to++)
        *to = *from++;
    for (uint32_t *to = board_bss_start; to < board_bss_end; to++)
        *to = 0;
    board_exit(board_main());
}

void board_reset(void)
{
#if __ARM_ARCH == 6 /* on a core that could more: unaligned words are refused, as by an M0+ */
    *(volatile uint32_t *)0xe000ed14u |= 1u << 3; /* CCR: UNALIGN_TRP */
#endif
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    *(volatile uint32_t *)0xe000ed88u |= 0xfu << 20; /* CPACR: full access to CP10 and CP11 */
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    prepare_and_run();
}

static void fault(void)
{
    board_puts("board: fault");
    board_exit(99);
}

/* The first sixteen vectors; no interrupt is ever enabled. */
__attribute__((section(".vectors"), used)) static const uintptr_t vectors[16] = {
    (uintptr_t)board_stack_top, (uintptr_t)board_reset, (uintptr_t)fault, (uintptr_t)fault,
    (uintptr_t)fault,           (uintptr_t)fault,       (uintptr_t)fault,
};
