/* Two pixels by four channels: 6 loads and 8 VMLADAVA for 128 products. Their eight sums are in the even registers, the only ones that
 * VMLADAVA adds to, and the rows of weights, the pixels and the count in the odd ones: all 14 that there are, so this is assembly, and
 * what else it wants is in memory.
 * SPDX-License-Identifier: MIT */
#include "tiles_mve.h"

_Static_assert(offsetof(bds_tiles_mve, doubles) == 48 && offsetof(bds_tiles_mve, rounding) == 56 &&
                   offsetof(bds_tiles_mve, at) == 76 && offsetof(bds_tiles_mve, x) == 80 &&
                   offsetof(bds_tiles_mve, groups) == 88 && offsetof(bds_tiles_mve, bias) == 92 &&
                   offsetof(bds_tiles_mve, four_rows) == 100 && offsetof(bds_tiles_mve, last) == 104 &&
                   offsetof(bds_tiles_mve, lo) == 108 && offsetof(bds_tiles_mve, rows) == 116 &&
                   offsetof(bds_tiles_mve, blocks) == 132,
               "the assembly below knows these places");

/* clang-format off */
#define BLOCK                                                                                                          \
        "vldrb.u8 q1, [r9, #16]\n\t"                                                                                   \
        "vldrb.u8 q0, [r9], #32\n\t"                                                                                   \
        "vldrb.u8 q2, [r1], #16\n\t"                                                                                   \
        "vmladava.s8 r0, q0, q2\n\t"                                                                                   \
        "vldrb.u8 q3, [r3], #16\n\t"                                                                                   \
        "vmladava.s8 r8, q1, q2\n\t"                                                                                   \
        "vmladava.s8 r2, q0, q3\n\t"                                                                                   \
        "vldrb.u8 q2, [r5], #16\n\t"                                                                                   \
        "vmladava.s8 r10, q1, q3\n\t"                                                                                  \
        "vmladava.s8 r4, q0, q2\n\t"                                                                                   \
        "vldrb.u8 q3, [r7], #16\n\t"                                                                                   \
        "vmladava.s8 r12, q1, q2\n\t"                                                                                  \
        "vmladava.s8 r6, q0, q3\n\t"                                                                                   \
        "vmladava.s8 lr, q1, q3\n"

__attribute__((naked)) void bds_tiles_run_mve(bds_tiles_mve *t __attribute__((unused)))
{
    __asm__(
        "push {r4-r11, lr}\n\t"
        "vpush {d8-d15}\n\t"
        "sub sp, #8\n\t"
        "add r1, r0, #56\n\t"
        "strd r0, r1, [sp]\n\t"
        "ldr r1, [r0, #104]\n\t"
        "vctp.8 r1\n\t"                     /* for the last block */
        "adr.w r2, 5f\n\t"                 /* where a tile begins: an odd number of other blocks in the middle of two */
        "ldr r1, [r0, #132]\n\t"
        "lsrs r1, #1\n\t"
        "it cs\n\t"
        "adrcs.w r2, 4f\n\t"
        "orr r2, #1\n\t"
        "strd r1, r2, [r0, #48]\n\t"
        "ldrd r1, r2, [r0, #108]\n\t"
        "vdup.32 q5, r1\n\t"
        "vdup.32 q6, r2\n\t"
        "vldrw.u32 q7, [r0, #116]\n"        /* q7: rows of weights */

        "1:\n\t"                            /* four channels; r0: t */
        "ldrd r1, r2, [r0, #92]\n\t"
        "vldrw.u32 q0, [r1], #16\n\t"
        "vldrh.s32 q4, [r2], #8\n\t"        /* q4: multipliers */
        "strd r1, r2, [r0, #92]\n\t"
        "vshl.i32 q4, q4, #16\n\t"
        "vmov q1, q7\n\t"
        "vst20.32 {q0, q1}, [r0]\n\t"
        "vst21.32 {q0, q1}, [r0]\n\t"
        "vstrw.32 q0, [r0, #32]\n\t"
        "ldr r1, [r0, #100]\n\t"
        "vadd.i32 q7, q7, r1\n\t"
        "ldrd r9, r1, [r0, #80]\n\t"
        "str r1, [r0, #76]\n\t"
        "adds r1, #4\n\t"
        "str r1, [r0, #84]\n"

        "2:\n\t"                            /* two pixels */
        "ldr r11, [sp]\n\t"
        "ldm r11!, {r0-r7}\n\t"
        "ldm r11!, {r8, r10, r12, lr}\n\t"
        "ldm r11, {r11, pc}\n"             /* r11: pairs of blocks; to 4 or 5 */
        "3:\n\t"
        BLOCK
        "4:\n\t"
        BLOCK
        "5:\n\t"
        "subs r11, #1\n\t"
        "bge 3b\n\t"

        "vldrb.u8 q1, [r9, #16]\n\t"        /* the last block: no weight beyond its row is read or counts */
        "vldrb.u8 q0, [r9], #32\n\t"
        "vpstt\n\t"
        "vldrbt.u8 q2, [r1]\n\t"
        "vldrbt.u8 q3, [r3]\n\t"
        "vmladava.s8 r0, q0, q2\n\t"
        "vmladava.s8 r8, q1, q2\n\t"
        "vmladava.s8 r2, q0, q3\n\t"
        "vmladava.s8 r10, q1, q3\n\t"
        "vpstt\n\t"
        "vldrbt.u8 q2, [r5]\n\t"
        "vldrbt.u8 q3, [r7]\n\t"
        "vmladava.s8 r4, q0, q2\n\t"
        "vmladava.s8 r12, q1, q2\n\t"
        "vmladava.s8 r6, q0, q3\n\t"
        "vmladava.s8 lr, q1, q3\n\t"

        "vmov q0[2], q0[0], r0, r4\n\t"
        "vmov q0[3], q0[1], r2, r6\n\t"
        "vmov q1[2], q1[0], r8, r12\n\t"
        "vmov q1[3], q1[1], r10, lr\n\t"
        "ldr r11, [sp, #4]\n\t"
        "ldm r11, {r0-r5}\n\t"              /* rounding, left, shift, out_stride, x_end, at */
        "vshl.s32 q0, r1\n\t"
        "vshl.s32 q1, r1\n\t"
        "vqdmlash.s32 q0, q4, r0\n\t"
        "vqdmlash.s32 q1, q4, r0\n\t"
        "vshl.s32 q0, r2\n\t"
        "vshl.s32 q1, r2\n\t"
        "vmax.s32 q0, q0, q5\n\t"
        "vmax.s32 q1, q1, q5\n\t"
        "vmin.s32 q0, q0, q6\n\t"
        "vmin.s32 q1, q1, q6\n\t"
        "add r6, r5, r3\n\t"
        "vstrb.32 q1, [r6]\n\t"
        "vstrb.32 q0, [r5]\n\t"           /* second, so that it stays where out_stride is 0 */
        "add r5, r6, r3\n\t"
        "str r5, [r11, #20]\n\t"
        "cmp r9, r4\n\t"
        "bne 2b\n\t"

        "ldr r0, [sp]\n\t"
        "ldr r1, [r0, #88]\n\t"
        "subs r1, #1\n\t"
        "str r1, [r0, #88]\n\t"
        "bne 1b\n\t"
        "add sp, #8\n\t"
        "vpop {d8-d15}\n\t"
        "pop {r4-r11, pc}");
}

/* 5 loads and 4 VMLADAVA for 64 products. Of t it reads bias, multiplier, x, out, groups, rounding, left, shift, lo, hi, rows and
 * four_rows. */
__attribute__((naked)) void bds_pixel_run_mve(bds_tiles_mve *t __attribute__((unused)))
{
    __asm__(
        "push {r4-r11, lr}\n\t"
        "vpush {d8-d15}\n\t"
        "ldrd r1, r2, [r0, #108]\n\t"
        "vdup.32 q5, r1\n\t"
        "vdup.32 q6, r2\n\t"
        "vldrw.u32 q7, [r0, #116]\n\t"      /* q7: rows of weights */
        "ldr r4, [r0, #100]\n\t"
        "lsrs r4, #2\n\t"                 /* r4: depth */
        "ldrd r7, r5, [r0, #92]\n\t"      /* r7: bias, r5: multiplier */
        "ldr r6, [r0, #84]\n\t"           /* r6: out */
        "push {r0}\n"

        "1:\n\t"                           /* four channels; r0: t */
        "vstrw.32 q7, [r0]\n\t"
        "ldr r2, [r0, #100]\n\t"
        "vadd.i32 q7, q7, r2\n\t"
        "ldr r12, [r0, #80]\n\t"
        "ldm r0, {r1, r3, r9, r11}\n\t"
        "ldm r7!, {r0, r2, r8, r10}\n\t"
        "wlstp.8 lr, r4, 3f\n"
        "2:\n\t"
        "vldrb.u8 q0, [r12], #16\n\t"
        "vldrb.u8 q1, [r1], #16\n\t"
        "vmladava.s8 r0, q0, q1\n\t"
        "vldrb.u8 q2, [r3], #16\n\t"
        "vmladava.s8 r2, q0, q2\n\t"
        "vldrb.u8 q1, [r9], #16\n\t"
        "vmladava.s8 r8, q0, q1\n\t"
        "vldrb.u8 q2, [r11], #16\n\t"
        "vmladava.s8 r10, q0, q2\n\t"
        "letp lr, 2b\n"
        "3:\n\t"
        "vmov q0[2], q0[0], r0, r8\n\t"
        "vmov q0[3], q0[1], r2, r10\n\t"
        "vldrh.s32 q1, [r5], #8\n\t"
        "ldr r0, [sp]\n\t"
        "vshl.i32 q1, q1, #16\n\t"
        "ldrd r1, r2, [r0, #56]\n\t"      /* rounding, left */
        "ldr r3, [r0, #64]\n\t"           /* shift */
        "vshl.s32 q0, r2\n\t"
        "vqdmlash.s32 q0, q1, r1\n\t"
        "vshl.s32 q0, r3\n\t"
        "vmax.s32 q0, q0, q5\n\t"
        "vmin.s32 q0, q0, q6\n\t"
        "vstrb.32 q0, [r6], #4\n\t"
        "ldr r1, [r0, #88]\n\t"
        "subs r1, #1\n\t"
        "str r1, [r0, #88]\n\t"
        "bne 1b\n\t"
        "add sp, #4\n\t"
        "vpop {d8-d15}\n\t"
        "pop {r4-r11, pc}");
}
/* clang-format on */
