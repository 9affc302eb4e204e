/* The parity check for targets without files or arguments: boards and WebAssembly. The kernels; and where CMake gave a model and
 * pictures to build in, the model.
 * SPDX-License-Identifier: MIT */
#include "board.h"

#include "kernels_check.h"
#include "model_check.h"

/* PARITY_AREA_BYTES for the kernels' cases, then for the plan. */
static uint8_t *area(void)
{
#ifdef __wasm__
    return (uint8_t *)(__builtin_wasm_memory_grow(0, PARITY_AREA_BYTES >> 16) << 16); /* in pages of 64 KiB */
#else
    static uint8_t bytes[PARITY_AREA_BYTES];

    return bytes;
#endif
}

static int check_kernels(void)
{
    static kernels_report report;
    check_area memory;

    check_area_init(&memory, area(), PARITY_AREA_BYTES);
    kernels_check(&report, BDS_CPU_ALL, &memory.memory);
    return kernels_report_print(&report, board_puts);
}

#ifdef PARITY_MODEL
/* Both files as they are, in read-only memory. */
#define EMBED(name, path)                                                                                              \
    __asm__(".section .rodata." #name ", \"a\"\n.balign 16\n.global " #name "\n" #name ":\n.incbin \"" path            \
            "\"\n.global " #name "_end\n" #name "_end:\n.text\n")
EMBED(parity_model, PARITY_MODEL);
EMBED(parity_pack, PARITY_PACK);
extern const uint8_t parity_model[], parity_model_end[], parity_pack[], parity_pack_end[];

static int check_model(void)
{
    static model_report report;

    model_check(&report, parity_model, (size_t)(parity_model_end - parity_model), parity_pack,
                (size_t)(parity_pack_end - parity_pack), BDS_CPU_ALL, area(), PARITY_AREA_BYTES);
    return model_report_print(&report, board_puts);
}
#else
static int check_model(void)
{
    return 0;
}
#endif

int main(void)
{
    int wrong = check_kernels();

    return wrong | check_model();
}
