/* The kernels for ARMv7-M without the DSP extension.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_MCU_V7M_H
#define BEDSIDE_KERNELS_MCU_V7M_H

#include "mcu.h"

/* One output, before lo and hi. The upper word of acc * (m * 2^16) is what mcu.h has as (acc * m) >> 16. */
static inline int32_t bds_requantise_v7m(int32_t acc, int32_t m, const mcu_requant *q)
{
    int32_t y = (int32_t)((int64_t)(acc * (1 << q->left)) * (m * (1 << 16)) >> 32);
    y = (y + q->rounding) >> q->shift;
    __asm__("ssat %0, #8, %1" : "=r"(y) : "r"(y));
    return y;
}

/* int8 throughout. Scratch: see scratch.h. Of windows that bds_conv_is_ref_mcu does not leave to the reference; */
void bds_conv_s8_v7m(const bds_conv *c);
/* of any, with scratch of bds_window_scratch_bytes bytes. */
void bds_depthwise_s8_v7m(const bds_depthwise *d);

/* kernels_v7m.c: of any type, as in the table. */
size_t bds_conv_scratch_bytes_v7m(const bds_window *w);
void bds_conv_v7m(const bds_conv *c);
void bds_depthwise_v7m(const bds_depthwise *d);
void bds_requantise_s8_v7m(int8_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq);
void bds_add_v7m(const bds_add *a);

#endif
