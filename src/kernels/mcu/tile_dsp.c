/* Registers of both loops: r4-r7 sums, r8-r11 pairs of x (of one pixel r10, r11; r8 and r9 lead to other channels' weights), r0 x, r1
 * weights, r2 and r3 four weights as pairs, r12 where a loop ends, lr the structure. The weights are read to their last byte and no
 * further: the word that holds the last one to three of a row begins before them, which takes a row of at least four.
 * SPDX-License-Identifier: MIT */
#include "tile_dsp.h"

_Static_assert(offsetof(tile_dsp, bias_end) == 12 && offsetof(tile_dsp, step) == 24 && offsetof(tile_dsp, x) == 28 &&
                   offsetof(tile_dsp, fours) == 36 && offsetof(tile_dsp, row) == 44 &&
                   offsetof(tile_dsp, weights) == 52 && offsetof(tile_dsp, next) == 56,
               "the assembly counts on these");

#define LINE(text) text "\n\t"

/* clang-format off */

/* Four values of four pixels by the four weights in r2: 16 products in 12 instructions, 13 with the load; 9 words are read. */
#define FOUR_VALUES \
    LINE("ldmia r0!, {r8-r11}") \
    LINE("sxtb16 r3, r2") \
    LINE("sxtb16 r2, r2, ror #8") \
    LINE("smlad r4, r3, r8, r4") \
    LINE("smlad r5, r3, r9, r5") \
    LINE("smlad r6, r3, r10, r6") \
    LINE("smlad r7, r3, r11, r7") \
    LINE("ldmia r0!, {r8-r11}") \
    LINE("smlad r4, r2, r8, r4") \
    LINE("smlad r5, r2, r9, r5") \
    LINE("smlad r6, r2, r10, r6") \
    LINE("smlad r7, r2, r11, r7")
#define NEXT_FOUR_VALUES \
    LINE("ldr r2, [r1], #4") \
    FOUR_VALUES

#define REQUANTISE(sum) \
    LINE("smlawb " sum ", " sum ", r12, r9") \
    LINE("asr " sum ", " sum ", r10") \
    LINE("ssat " sum ", #8, " sum)

/* Around the loops 31 instructions for the four results of a channel; 3 more where the depth is no multiple of 16. */
__attribute__((naked, noinline)) void bds_four_pixels_dsp(__attribute__((unused)) tile_dsp *t)
{
    __asm__ volatile(
        LINE("push {r4-r11, lr}")
        LINE("mov lr, r0")
        LINE("ldr r1, [lr, #52]")
        LINE("ldmia lr, {r0, r2, r3}")
        LINE("1:") /* a channel */
        LINE("ldr r4, [r3], #4")
        LINE("stmia lr, {r0, r2, r3}")
        LINE("ldrd r0, r12, [lr, #28]")
        LINE("mov r5, r4")
        LINE("mov r6, r4")
        LINE("mov r7, r4")
        LINE("add r12, r12, r1")
        LINE("b 3f")
        LINE("2:")
        NEXT_FOUR_VALUES NEXT_FOUR_VALUES NEXT_FOUR_VALUES NEXT_FOUR_VALUES
        LINE("3:")
        LINE("cmp r1, r12")
        LINE("bne 2b")
        LINE("ldrd r2, r3, [lr, #36]")
        LINE("orrs r12, r2, r3")
        LINE("beq 6f")
        LINE("add r12, r1, r2")
        LINE("b 5f")
        LINE("4:")
        NEXT_FOUR_VALUES
        LINE("5:")
        LINE("cmp r1, r12")
        LINE("bne 4b")
        LINE("ldr r3, [lr, #40]")
        LINE("cbz r3, 6f")
        LINE("add r1, r1, r3") /* the rest: its values of x are followed by zeros */
        LINE("ldr r2, [r1, #-4]")
        LINE("rsb r3, r3, #4")
        LINE("lsl r3, r3, #3")
        LINE("lsr r2, r2, r3")
        FOUR_VALUES
        LINE("6:")
        LINE("ldmia lr, {r0, r2, r3, r8, r9, r10, r11}")
        LINE("ldrsh r12, [r0], #2")
        REQUANTISE("r4")
        REQUANTISE("r5")
        REQUANTISE("r6")
        REQUANTISE("r7")
        LINE("strb r5, [r2, r11]")
        LINE("strb r6, [r2, r11, lsl #1]")
        LINE("add r11, r11, r11, lsl #1")
        LINE("strb r7, [r2, r11]")
        LINE("strb r4, [r2], #1")
        LINE("cmp r3, r8")
        LINE("bne 1b")
        LINE("pop {r4-r11, pc}") ::: "memory");
}

/* Four values of a pixel by weights of four channels: 16 products in 21 instructions; 6 words are read. */
#define CHANNEL(sum, weights) \
    LINE("ldr r2, " weights) \
    LINE("sxtb16 r3, r2") \
    LINE("sxtb16 r2, r2, ror #8") \
    LINE("smlad " sum ", r3, r10, " sum) \
    LINE("smlad " sum ", r2, r11, " sum)
#define FOUR_CHANNELS \
    LINE("ldrd r10, r11, [r0], #8") \
    CHANNEL("r5", "[r1, r8]") \
    CHANNEL("r6", "[r1, r8, lsl #1]") \
    CHANNEL("r7", "[r1, r9]") \
    CHANNEL("r4", "[r1], #4")

#define STORE(sum) \
    LINE("ldrsh r12, [r0], #2") \
    LINE("lsl " sum ", " sum ", r11") \
    REQUANTISE(sum) \
    LINE("strb " sum ", [r2], #1")

/* Around the loops 45 instructions for four results. */
__attribute__((naked, noinline)) void bds_one_pixel_dsp(__attribute__((unused)) tile_dsp *t)
{
    __asm__ volatile(
        LINE("push {r4-r11, lr}")
        LINE("mov lr, r0")
        LINE("ldr r1, [lr, #52]")
        LINE("ldmia lr, {r0, r2, r3}")
        LINE("1:") /* four channels */
        LINE("ldmia r3!, {r4-r7}")
        LINE("stmia lr, {r0, r2, r3}")
        LINE("ldrd r8, r9, [lr, #44]")
        LINE("ldrd r0, r12, [lr, #28]")
        LINE("add r12, r12, r1")
        LINE("b 3f")
        LINE("2:")
        FOUR_CHANNELS FOUR_CHANNELS FOUR_CHANNELS FOUR_CHANNELS
        LINE("3:")
        LINE("cmp r1, r12")
        LINE("bne 2b")
        LINE("ldrd r2, r3, [lr, #36]")
        LINE("orrs r12, r2, r3")
        LINE("beq 6f")
        LINE("add r12, r1, r2")
        LINE("b 5f")
        LINE("4:")
        FOUR_CHANNELS
        LINE("5:")
        LINE("cmp r1, r12")
        LINE("bne 4b")
        LINE("ldr r3, [lr, #40]")
        LINE("cbz r3, 6f")
        LINE("add r1, r1, r3") /* the rest: its values of x follow zeros */
        LINE("sub r1, r1, #4")
        FOUR_CHANNELS
        LINE("6:")
        LINE("ldr r2, [lr, #56]") /* to the next four rows */
        LINE("add r1, r1, r2")
        LINE("ldmia lr, {r0, r2, r3, r8, r9, r10, r11}")
        LINE("cbz r2, 7f")
        STORE("r4") STORE("r5") STORE("r6") STORE("r7")
        LINE("cmp r3, r8")
        LINE("bne 1b")
        LINE("pop {r4-r11, pc}")
        LINE("7:") /* more products are to come */
        LINE("stmia r0!, {r4-r7}")
        LINE("cmp r3, r8")
        LINE("bne 1b")
        LINE("pop {r4-r11, pc}") ::: "memory");
}

/* Four values in 5 instructions. */
#define WIDEN \
    LINE("ldr r3, [r1], #4") \
    LINE("sxtb16 r12, r3") \
    LINE("sxtb16 r3, r3, ror #8") \
    LINE("str r12, [r0], #16") \
    LINE("str r3, [r0], #16")

__attribute__((naked, noinline)) uint32_t *bds_widen_dsp(__attribute__((unused)) uint32_t *to,
                                                         __attribute__((unused)) const int8_t *from,
                                                         __attribute__((unused)) uint32_t fours)
{
    __asm__ volatile(
        LINE("subs r2, r2, #4")
        LINE("blo 2f")
        LINE("1:")
        WIDEN WIDEN WIDEN WIDEN
        LINE("subs r2, r2, #4")
        LINE("bhs 1b")
        LINE("2:")
        LINE("adds r2, r2, #4")
        LINE("beq 4f")
        LINE("3:")
        WIDEN
        LINE("subs r2, r2, #1")
        LINE("bne 3b")
        LINE("4:")
        LINE("bx lr") ::: "memory");
}

/* clang-format on */
