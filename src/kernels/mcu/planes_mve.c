/* VMLADAV multiplies 4 x 4 pixels of x by a kernel of 3 x 3 with zeros around it. A stride of 1 has four results in such a patch, one for
 * each place of the kernel in it: a load and 4 VMLADAV for 36 products. A stride of 2 has one. Assembly, as compilers do not find
 * registers for it.
 * SPDX-License-Identifier: MIT */
#include "planes_mve.h"

_Static_assert(offsetof(bds_tile_lines_mve, spots) == 16 && offsetof(bds_tile_lines_mve, x) == 32 &&
                   offsetof(bds_tile_lines_mve, x_line) == 40 && offsetof(bds_tile_lines_mve, tiles) == 48 &&
                   offsetof(bds_tile_lines_mve, last_wanted) == 56 && offsetof(bds_tile_lines_mve, bias) == 64 &&
                   offsetof(bds_tile_lines_mve, x_step) == 76 && offsetof(bds_tile_lines_mve, lines) == 84 &&
                   offsetof(bds_tile_lines_mve, multiplier) == 88 && offsetof(bds_tile_lines_mve, weights) == 92,
               "the assembly below knows these places");

/* clang-format off */
#define BEGIN                                                                                                          \
        "push {r4-r11, lr}\n\t"                                                                                        \
        "vpush {d8-d15}\n\t"                                                                                           \
        "ldrd r2, r3, [r0, #88]\n\t"                                                                                   \
        "vdup.32 q4, r2\n\t"                                                                                           \
        "vldrb.u8 q0, [r3]\n\t"                                                                                        \
        "vldrb.u8 q1, [r3, #-1]\n\t"                                                                                   \
        "vldrb.u8 q2, [r3, #-4]\n\t"                                                                                   \
        "vldrb.u8 q3, [r3, #-5]\n\t"                                                                                   \
        "vldrh.u16 q6, [r0]\n\t"                                                                                       \
        "vldrw.u32 q7, [r0, #16]\n\t"                                                                                  \
        "ldr r5, [r0, #64]\n\t"               /* bias */                                                               \
        "ldrd r7, r9, [r0, #68]\n\t"          /* rounding, up */                                                       \
        "ldrd r11, r10, [r0, #76]\n\t"        /* x_step, out_step */                                                   \
        "ldr r12, [r0, #84]\n"                /* lines */                                                              \
                                                                                                                       \
        "1:\n\t"                              /* a line; r1: x, r3: out */                                             \
        "ldrd r1, r3, [r0, #32]\n\t"                                                                                   \
        "ldrd r2, r4, [r0, #40]\n\t"                                                                                   \
        "add r2, r1\n\t"                                                                                               \
        "add r4, r3\n\t"                                                                                               \
        "strd r2, r4, [r0, #32]\n\t"                                                                                   \
        "ldrd r2, r4, [r0, #48]\n\t"                                                                                   \
        "subs r12, #1\n\t"                                                                                             \
        "it eq\n\t"                                                                                                    \
        "ldreq r4, [r0, #56]\n\t"                                                                                      \
        "vmsr p0, r4\n\t"                                                                                              \
        "wls lr, r2, 3f\n"                                                                                             \
        "2:\n\t"

/* Sums in r2, r4, r6 and r8. */
#define END                                                                                                            \
        "vmov q5[2], q5[0], r2, r6\n\t"                                                                                \
        "vmov q5[3], q5[1], r4, r8\n\t"                                                                                \
        "vadd.i32 q5, q5, r5\n\t"                                                                                      \
        "vqdmlash.s32 q5, q4, r7\n\t"                                                                                  \
        "vqshl.s32 q5, r9\n\t"                                                                                         \
        "vshr.s32 q5, q5, #24\n\t"                                                                                     \
        "vpst\n\t"                                                                                                     \
        "vstrbt.32 q5, [r3, q7]\n\t"                                                                                   \
        "add r3, r10\n\t"                                                                                              \
        "le lr, 2b\n"                                                                                                  \
                                                                                                                       \
        "3:\n\t"                              /* the rest, unless there is none or it was this one */                  \
        "ldr r2, [r0, #60]\n\t"                                                                                        \
        "vmrs r4, p0\n\t"                                                                                              \
        "bics r2, r4, r2\n\t"                                                                                          \
        "beq 4f\n\t"                                                                                                   \
        "cmp r2, r4\n\t"                                                                                               \
        "beq 4f\n\t"                                                                                                   \
        "vmsr p0, r2\n\t"                                                                                              \
        "mov lr, #1\n\t"                                                                                               \
        "b 2b\n"                                                                                                       \
        "4:\n\t"                                                                                                       \
        "cmp r12, #0\n\t"                                                                                              \
        "bne 1b\n\t"                                                                                                   \
        "vpop {d8-d15}\n\t"                                                                                            \
        "pop {r4-r11, pc}"

__attribute__((naked)) void bds_tile_lines_1_mve(bds_tile_lines_mve *t __attribute__((unused)))
{
    __asm__(
        BEGIN
        "vldrh.u16 q5, [r1, q6]\n\t"
        "add r1, r11\n\t"
        "vmladav.s8 r2, q5, q0\n\t"           /* the kernel at the upper left, */
        "vmladav.s8 r4, q5, q1\n\t"           /* one column to the right, */
        "vmladav.s8 r6, q5, q2\n\t"           /* one row down, */
        "vmladav.s8 r8, q5, q3\n\t"           /* both */
        END);
}

#define ONE_OF_STRIDE_2(SUM)                                                                                           \
        "vldrh.u16 q5, [r1, q6]\n\t"                                                                                   \
        "add r1, r11\n\t"                                                                                              \
        "vmladav.s8 " SUM ", q5, q0\n\t"

__attribute__((naked)) void bds_tile_lines_2_mve(bds_tile_lines_mve *t __attribute__((unused)))
{
    __asm__(
        BEGIN
        ONE_OF_STRIDE_2("r2")
        ONE_OF_STRIDE_2("r4")
        ONE_OF_STRIDE_2("r6")
        ONE_OF_STRIDE_2("r8")
        END);
}
/* clang-format on */
