/* Instructions of the DSP extension (ARMv7E-M, ARMv8-M) that C has no words for. They are spelled as assembly, as the compilers'
 * own names for them come with bookkeeping for the Q flag, which nobody reads here.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_MCU_DSP_H
#define BEDSIDE_KERNELS_MCU_DSP_H

#include "mcu.h"

/* Bytes 0 and 2 as int16; bytes 1 and 3. */
static inline uint32_t bds_even(uint32_t bytes)
{
    uint32_t pair;
    __asm__("sxtb16 %0, %1" : "=r"(pair) : "r"(bytes));
    return pair;
}

static inline uint32_t bds_odd(uint32_t bytes)
{
    uint32_t pair;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(bytes));
    return pair;
}

/* sum + both products of a pair. */
static inline int32_t bds_dot(uint32_t a, uint32_t b, int32_t sum)
{
    __asm__("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(a), "r"(b));
    return sum;
}

/* sum + (bytes 0 and 2 of b, or 1 and 3, added to the pair a) */
static inline uint32_t bds_add_even(uint32_t a, uint32_t bytes)
{
    __asm__("sxtab16 %0, %0, %1" : "+r"(a) : "r"(bytes));
    return a;
}

static inline uint32_t bds_add_odd(uint32_t a, uint32_t bytes)
{
    __asm__("sxtab16 %0, %0, %1, ror #8" : "+r"(a) : "r"(bytes));
    return a;
}

/* sum + product of the lower, or upper, halves of both. */
static inline int32_t bds_low(uint32_t a, uint32_t b, int32_t sum)
{
    __asm__("smlabb %0, %1, %2, %0" : "+r"(sum) : "r"(a), "r"(b));
    return sum;
}

static inline int32_t bds_high(uint32_t a, uint32_t b, int32_t sum)
{
    __asm__("smlatt %0, %1, %2, %0" : "+r"(sum) : "r"(a), "r"(b));
    return sum;
}

/* The lower halves of both, or the upper ones, as a pair: a's is the lower. */
static inline uint32_t bds_lows(uint32_t a, uint32_t b)
{
    uint32_t pair;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(pair) : "r"(a), "r"(b));
    return pair;
}

static inline uint32_t bds_highs(uint32_t a, uint32_t b)
{
    uint32_t pair;
    __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(pair) : "r"(b), "r"(a));
    return pair;
}

static inline int32_t bds_to_int8(int32_t x)
{
    __asm__("ssat %0, #8, %1" : "=r"(x) : "r"(x));
    return x;
}

/* One output, before lo and hi. */
static inline int32_t bds_requantise_dsp(int32_t acc, int32_t m, const mcu_requant *q)
{
    int32_t y = acc << q->left;
    __asm__("smlawb %0, %1, %2, %3" : "=r"(y) : "r"(y), "r"(m), "r"(q->rounding));
    return bds_to_int8(y >> q->shift);
}

/* int8 throughout. Scratch: see scratch.h. Of windows that bds_conv_is_ref_mcu does not leave to the reference; */
void bds_conv_s8_dsp(const bds_conv *c);
/* of a single one that lies together (bds_mcu_in_place): a fully connected layer; */
void bds_dense_s8_dsp(const bds_conv *c);
/* of any; */
void bds_depthwise_s8_dsp(const bds_depthwise *d);
/* of those of bds_depthwise_is_3x3_dsp. */
void bds_depthwise_3x3_s8_dsp(const bds_depthwise *d);

/* kernels_dsp.c: of any type, as in the table. */
size_t bds_conv_scratch_bytes_dsp(const bds_window *w);
void bds_conv_dsp(const bds_conv *c);
size_t bds_depthwise_scratch_bytes_dsp(const bds_window *w);
void bds_depthwise_dsp(const bds_depthwise *d);
void bds_requantise_s8_dsp(int8_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq);
void bds_add_dsp(const bds_add *a);
void bds_sum_pool_dsp(int32_t *sum, const bds_pool *p, int32_t zero_point);

#endif
