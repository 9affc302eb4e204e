/* Registers: r4-r7 sums, lr the structure, r12 where a loop ends; of two pixels r0 and r1 x, r2 and r3 weights, r8-r11 a value of each; of
 * one pixel r0 x, r1 weights, r8 and r9 from one channel's weights to the second and fourth, r10 a value of x, r2 and r3 of weights.
 * SPDX-License-Identifier: MIT */
#include "tile_v7m.h"

_Static_assert(offsetof(tile_v7m, x) == 28 && offsetof(tile_v7m, fours) == 36 && offsetof(tile_v7m, depth_3) == 44 &&
                   offsetof(tile_v7m, bias_end) == 48 && offsetof(tile_v7m, weights) == 52,
               "the assembly counts on these");

/* clang-format off */

#define LINE(text) text "\n\t"

/* 4 products in 8 instructions; 4 bytes are read. */
#define TWO_PIXELS \
    LINE("ldrsb r8, [r0], #1") \
    LINE("ldrsb r9, [r1], #1") \
    LINE("ldrsb r10, [r2], #1") \
    LINE("ldrsb r11, [r3], #1") \
    LINE("mla r4, r8, r10, r4") \
    LINE("mla r5, r9, r10, r5") \
    LINE("mla r6, r8, r11, r6") \
    LINE("mla r7, r9, r11, r7")

/* The upper word of acc * (m * 2^16) is what mcu.h has as (acc * m) >> 16. */
#define MULTIPLIER \
    LINE("ldrsh r12, [r0], #2") \
    LINE("lsl r12, r12, #16")
#define REQUANTISE(sum) \
    LINE("smull r8, " sum ", " sum ", r12") \
    LINE("add " sum ", " sum ", r9") \
    LINE("asr " sum ", " sum ", r10") \
    LINE("ssat " sum ", #8, " sum)
#define SHIFT_LEFT \
    LINE("lsl r4, r4, r12") \
    LINE("lsl r5, r5, r12") \
    LINE("lsl r6, r6, r12") \
    LINE("lsl r7, r7, r12")

__attribute__((naked, noinline)) void bds_two_pixels_v7m(__attribute__((unused)) tile_v7m *t)
{
    __asm__ volatile(
        LINE("push {r4-r11, lr}")
        LINE("mov lr, r0")
        LINE("ldr r2, [lr, #52]")
        LINE("ldmia lr, {r0, r1, r3}")
        LINE("1:") /* two channels */
        LINE("ldmia r3!, {r4, r6}")
        LINE("stmia lr, {r0, r1, r3}")
        LINE("ldrd r0, r1, [lr, #28]")
        LINE("ldrd r12, r3, [lr, #36]")
        LINE("mov r5, r4")
        LINE("mov r7, r6")
        LINE("add r3, r3, r2")
        LINE("add r12, r12, r0")
        LINE("b 3f")
        LINE("2:")
        TWO_PIXELS TWO_PIXELS TWO_PIXELS TWO_PIXELS
        LINE("3:")
        LINE("cmp r0, r12")
        LINE("bne 2b")
        LINE("ldr r12, [lr, #28]")
        LINE("ldr r8, [lr, #40]")
        LINE("add r12, r12, r8")
        LINE("b 5f")
        LINE("4:")
        TWO_PIXELS
        LINE("5:")
        LINE("cmp r0, r12")
        LINE("bne 4b")
        LINE("mov r2, r3") /* behind the second row */
        LINE("ldmia lr, {r0, r1, r3, r9, r10, r11, r12}")
        SHIFT_LEFT
        MULTIPLIER
        REQUANTISE("r4")
        REQUANTISE("r5")
        LINE("strb r5, [r1, r11]")
        LINE("strb r4, [r1], #1")
        MULTIPLIER
        REQUANTISE("r6")
        REQUANTISE("r7")
        LINE("strb r7, [r1, r11]")
        LINE("strb r6, [r1], #1")
        LINE("ldr r8, [lr, #48]")
        LINE("cmp r3, r8")
        LINE("bne 1b")
        LINE("pop {r4-r11, pc}") ::: "memory");
}

/* 4 products in 9 instructions; 5 bytes are read. */
#define ONE_PIXEL \
    LINE("ldrsb r10, [r0], #1") \
    LINE("ldrsb r2, [r1, r8]") \
    LINE("ldrsb r3, [r1, r8, lsl #1]") \
    LINE("mla r5, r2, r10, r5") \
    LINE("ldrsb r2, [r1, r9]") \
    LINE("mla r6, r3, r10, r6") \
    LINE("ldrsb r3, [r1], #1") \
    LINE("mla r7, r2, r10, r7") \
    LINE("mla r4, r3, r10, r4")

#define STORE(sum) \
    MULTIPLIER \
    REQUANTISE(sum) \
    LINE("strb " sum ", [r1], #1")

__attribute__((naked, noinline)) void bds_one_pixel_v7m(__attribute__((unused)) tile_v7m *t)
{
    __asm__ volatile(
        LINE("push {r4-r11, lr}")
        LINE("mov lr, r0")
        LINE("ldr r2, [lr, #52]")
        LINE("ldmia lr, {r0, r1, r3}")
        LINE("1:") /* four channels */
        LINE("ldmia r3!, {r4-r7}")
        LINE("stmia lr, {r0, r1, r3}")
        LINE("mov r1, r2")
        LINE("ldr r0, [lr, #28]")
        LINE("ldrd r8, r9, [lr, #40]")
        LINE("ldr r12, [lr, #36]")
        LINE("add r12, r12, r0")
        LINE("b 3f")
        LINE("2:")
        ONE_PIXEL ONE_PIXEL ONE_PIXEL ONE_PIXEL
        LINE("3:")
        LINE("cmp r0, r12")
        LINE("bne 2b")
        LINE("ldr r12, [lr, #28]")
        LINE("add r12, r12, r8")
        LINE("b 5f")
        LINE("4:")
        ONE_PIXEL
        LINE("5:")
        LINE("cmp r0, r12")
        LINE("bne 4b")
        LINE("add r2, r1, r9") /* behind the fourth row */
        LINE("ldmia lr, {r0, r1, r3, r9, r10, r11, r12}")
        SHIFT_LEFT
        STORE("r4") STORE("r5") STORE("r6") STORE("r7")
        LINE("ldr r8, [lr, #48]")
        LINE("cmp r3, r8")
        LINE("bne 1b")
        LINE("pop {r4-r11, pc}") ::: "memory");
}

/* clang-format on */
