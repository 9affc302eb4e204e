/* Text and exit through semihosting, the same two calls on Cortex-M and RISC-V. */
#include "board.h"

#include <stdint.h>

enum { SYS_WRITE0 = 0x04, SYS_EXIT_EXTENDED = 0x20, APPLICATION_EXIT = 0x20026 };

static void semihost(uintptr_t operation, uintptr_t argument)
{
#if defined(__arm__)
    register uintptr_t r0 __asm__("r0") = operation;
    register uintptr_t r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
#elif defined(__riscv)
    register uintptr_t a0 __asm__("a0") = operation;
    register uintptr_t a1 __asm__("a1") = argument;
    /* The three must be uncompressed and on one page: the host knows the call by its neighbours. */
    __asm__ volatile(".option push\n\t"
                     ".option norvc\n\t"
                     ".balign 16\n\t"
                     "slli zero, zero, 0x1f\n\t"
                     "ebreak\n\t"
                     "srai zero, zero, 7\n\t"
                     ".option pop"
                     : "+r"(a0)
                     : "r"(a1)
                     : "memory");
#else
#error "no semihosting here"
#endif
}

void board_puts(const char *line)
{
    semihost(SYS_WRITE0, (uintptr_t)line);
    semihost(SYS_WRITE0, (uintptr_t)"\n");
}

_Noreturn void board_exit(int code)
{
    const uintptr_t block[2] = {APPLICATION_EXIT, (uintptr_t)code};

    for (;;)
        semihost(SYS_EXIT_EXTENDED, (uintptr_t)block);
}
