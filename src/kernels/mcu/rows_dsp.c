/* Registers: r4-r7 sums, r8-r10 weights, r2, r3 and r11 pairs of x, r0 and r1 where those come from, r12 the result, lr the channel's
 * lower weights. On the stack: row_dsp without its last member, where the loop ends, channels left.
 * SPDX-License-Identifier: MIT */
#include "rows_dsp.h"

_Static_assert(sizeof(channel_dsp) == 32 && offsetof(channel_dsp, bias) == 24 && offsetof(row_dsp, out) == 28,
               "the assembly counts on these");

#define LINE(text) text "\n\t"
#define MORE(sum, x, w) LINE("smlad " sum ", " x ", " w ", " sum)
#define NEXT(from) LINE("ldmia " from "!, {r2, r3, r11}")
#define HERE(from) LINE("ldmia " from ", {r2, r3, r11}")
#define FORWARD(from, bytes) LINE("add " from ", " from ", #" bytes)

/* clang-format off */

/* Of one row of pairs: six columns make four results, with stride 2 nine. */
#define FOUR_1(from) \
    NEXT(from) \
    MORE("r4", "r2", "r8") \
    MORE("r4", "r3", "r9") MORE("r5", "r3", "r8") \
    MORE("r4", "r11", "r10") MORE("r5", "r11", "r9") MORE("r6", "r11", "r8") \
    HERE(from) \
    FORWARD(from, "4") \
    MORE("r5", "r2", "r10") MORE("r6", "r2", "r9") MORE("r7", "r2", "r8") \
    MORE("r6", "r3", "r10") MORE("r7", "r3", "r9") \
    MORE("r7", "r11", "r10")

#define FOUR_2(from) \
    NEXT(from) \
    MORE("r4", "r2", "r8") \
    MORE("r4", "r3", "r9") \
    MORE("r4", "r11", "r10") MORE("r5", "r11", "r8") \
    NEXT(from) \
    MORE("r5", "r2", "r9") \
    MORE("r5", "r3", "r10") MORE("r6", "r3", "r8") \
    MORE("r6", "r11", "r9") \
    HERE(from) \
    FORWARD(from, "8") \
    MORE("r6", "r2", "r10") MORE("r7", "r2", "r8") \
    MORE("r7", "r3", "r9") \
    MORE("r7", "r11", "r10")

#define ONE(from) \
    HERE(from) \
    MORE("r4", "r2", "r8") \
    MORE("r4", "r3", "r9") \
    MORE("r4", "r11", "r10")

#define REQUANTISE(sum) \
    LINE("smlawb " sum ", " sum ", r11, r2") \
    LINE("asr " sum ", " sum ", r3") \
    LINE("ssat " sum ", #8, " sum)

/* Four results with stride 1 take 59 instructions and read 24 words, those behind them 23 each; and 16 to 20 for each channel. */
#define ROW(four, bytes) \
    LINE("push {r4-r11, lr}") \
    LINE("sub sp, sp, #36") \
    LINE("add lr, r0, #12") \
    LINE("mov r0, r1") \
    LINE("mov r1, r2") \
    LINE("ldmia r3, {r4-r10, r12}") \
    LINE("movs r11, #4") \
    LINE("stmia sp, {r4-r10}") \
    LINE("str r11, [sp, #32]") \
    LINE("1:") /* a channel */ \
    LINE("ldr r2, [sp, #12]") \
    LINE("cmp r2, #0") \
    LINE("beq 3f") \
    LINE("add r2, r2, r12") \
    LINE("str r2, [sp, #28]") \
    LINE("2:") /* four results */ \
    LINE("ldr r4, [lr, #12]") \
    LINE("mov r5, r4") \
    LINE("mov r6, r4") \
    LINE("mov r7, r4") \
    LINE("ldmdb lr, {r8-r10}") \
    four("r0") \
    LINE("ldmia lr, {r8-r10}") \
    four("r1") \
    LINE("ldr r11, [lr, #16]") \
    LINE("ldmia sp, {r2, r3, r8}") \
    REQUANTISE("r4") \
    REQUANTISE("r5") \
    REQUANTISE("r6") \
    REQUANTISE("r7") \
    LINE("add r9, r8, r8, lsl #1") \
    LINE("strb r5, [r12, r8]") \
    LINE("strb r6, [r12, r8, lsl #1]") \
    LINE("strb r7, [r12, r9]") \
    LINE("strb r4, [r12]") \
    LINE("add r12, r12, r8, lsl #2") \
    LINE("ldr r2, [sp, #28]") \
    LINE("cmp r12, r2") \
    LINE("bne 2b") \
    LINE("3:") \
    LINE("ldr r2, [sp, #16]") \
    LINE("cbz r2, 5f") \
    LINE("add r2, r2, r12") \
    LINE("str r2, [sp, #28]") \
    LINE("4:") /* one */ \
    LINE("ldr r4, [lr, #12]") \
    LINE("ldmdb lr, {r8-r10}") \
    ONE("r0") \
    FORWARD("r0", bytes) \
    LINE("ldmia lr, {r8-r10}") \
    ONE("r1") \
    FORWARD("r1", bytes) \
    LINE("ldr r11, [lr, #16]") \
    LINE("ldmia sp, {r2, r3, r8}") \
    REQUANTISE("r4") \
    LINE("strb r4, [r12]") \
    LINE("add r12, r12, r8") \
    LINE("ldr r2, [sp, #28]") \
    LINE("cmp r12, r2") \
    LINE("bne 4b") \
    LINE("5:") \
    LINE("ldrd r2, r3, [sp, #20]") \
    LINE("add r0, r0, r2") \
    LINE("add r1, r1, r2") \
    LINE("sub r12, r12, r3") \
    LINE("add lr, lr, #32") \
    LINE("ldr r2, [sp, #32]") \
    LINE("subs r2, r2, #1") \
    LINE("str r2, [sp, #32]") \
    LINE("bne 1b") \
    LINE("add sp, sp, #36") \
    LINE("pop {r4-r11, pc}")

/* clang-format on */

#define UNUSED __attribute__((unused))

__attribute__((naked, noinline)) void bds_row_3x3_dsp(UNUSED const channel_dsp four[4], UNUSED const uint32_t *above,
                                                      UNUSED const uint32_t *below, UNUSED const row_dsp *r)
{
    __asm__ volatile(ROW(FOUR_1, "4")::: "memory");
}

__attribute__((naked, noinline)) void bds_row_3x3_stride_2_dsp(UNUSED const channel_dsp four[4],
                                                               UNUSED const uint32_t *above,
                                                               UNUSED const uint32_t *below, UNUSED const row_dsp *r)
{
    __asm__ volatile(ROW(FOUR_2, "8")::: "memory");
}
