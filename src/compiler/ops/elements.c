/* Loads and stores of elements of any type.
 * SPDX-License-Identifier: MIT */
#include "elements.h"

#include <math.h>
#include <string.h>

int elements_are_real(net_type type)
{
    return type == NET_FLOAT || type == NET_DOUBLE || type == NET_FLOAT16;
}

int elements_are_unsigned(net_type type)
{
    return type == NET_UINT8 || type == NET_UINT16 || type == NET_UINT32 || type == NET_UINT64 || type == NET_BOOL;
}

/* 1 sign, 5 exponent (bias 15), 10 fraction bits. */
double elements_half_to_real(uint16_t half)
{
    const int exponent = half >> 10 & 31, fraction = half & 1023;
    double x;
    if (exponent == 31)
        x = fraction ? NAN : INFINITY;
    else if (exponent == 0)
        x = fraction * 0x1p-24;
    else
        x = ldexp(1024 + fraction, exponent - 25);
    return half >> 15 ? -x : x;
}

uint16_t elements_real_to_half(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    const unsigned sign = (unsigned)(bits >> 63) << 15;
    const double a = fabs(x);
    if (x != x)
        return (uint16_t)(sign | 0x7e00u);
    if (a >= 65520.0) /* half a step above the largest */
        return (uint16_t)(sign | 0x7c00u);
    int exponent = -14;
    if (a >= 0x1p-14)
        exponent = (int)(bits >> 52 & 0x7ff) - 1023;
    /* Units of the last place, below 2048; adding 1.5 * 2^52 rounds halves to even. */
    const double units = (ldexp(a, 10 - exponent) + 0x1.8p52) - 0x1.8p52;
    const unsigned fraction = (unsigned)units; /* 1024 and above: the implicit bit, and a carry into the exponent */
    return (uint16_t)(sign | (((unsigned)(exponent + 14) << 10) + fraction));
}

#define LOAD(T, EXPRESSION)                                                                                            \
    {                                                                                                                  \
        const T *p = (const T *)from + first;                                                                          \
        if (stride == 1)                                                                                               \
            for (size_t i = 0; i < count; i++) {                                                                       \
                const T x = p[i];                                                                                      \
                to[i] = EXPRESSION;                                                                                    \
            }                                                                                                          \
        else                                                                                                           \
            for (size_t i = 0; i < count; i++) {                                                                       \
                const T x = p[i * stride];                                                                             \
                to[i] = EXPRESSION;                                                                                    \
            }                                                                                                          \
        return;                                                                                                        \
    }

void elements_load_real(net_type type, const void *from, size_t first, size_t stride, size_t count, double *to)
{
    switch (type) {
    case NET_FLOAT:
        LOAD(float, (double)x)
    case NET_DOUBLE:
        LOAD(double, x)
    case NET_FLOAT16:
        LOAD(uint16_t, elements_half_to_real(x))
    case NET_UINT8:
    case NET_BOOL:
        LOAD(uint8_t, (double)x)
    case NET_INT8:
        LOAD(int8_t, (double)x)
    case NET_UINT16:
        LOAD(uint16_t, (double)x)
    case NET_INT16:
        LOAD(int16_t, (double)x)
    case NET_UINT32:
        LOAD(uint32_t, (double)x)
    case NET_INT32:
        LOAD(int32_t, (double)x)
    case NET_UINT64:
        LOAD(uint64_t, (double)x)
    case NET_INT64:
        LOAD(int64_t, (double)x)
    }
    memset(to, 0, count * sizeof *to);
}

void elements_load_bits(net_type type, const void *from, size_t first, size_t stride, size_t count, uint64_t *to)
{
    switch (type) {
    case NET_UINT8:
    case NET_BOOL:
        LOAD(uint8_t, x)
    case NET_INT8:
        LOAD(int8_t, (uint64_t)(int64_t)x)
    case NET_UINT16:
        LOAD(uint16_t, x)
    case NET_INT16:
        LOAD(int16_t, (uint64_t)(int64_t)x)
    case NET_UINT32:
        LOAD(uint32_t, x)
    case NET_INT32:
        LOAD(int32_t, (uint64_t)(int64_t)x)
    case NET_UINT64:
        LOAD(uint64_t, x)
    case NET_INT64:
        LOAD(int64_t, (uint64_t)x)
    case NET_FLOAT:
    case NET_DOUBLE:
    case NET_FLOAT16:
        break;
    }
    memset(to, 0, count * sizeof *to);
}

/* Towards zero, within limits that a double can hold; not-a-number gives 0. */
static int64_t to_signed(double x, double lowest, double highest)
{
    if (!(x > lowest))
        return x != x ? 0 : (int64_t)lowest;
    return (int64_t)(x < highest ? x : highest);
}

static int64_t to_int64(double x)
{
    return x >= 0x1p63 ? INT64_MAX : to_signed(x, -0x1p63, 0x1p63);
}

static uint64_t to_uint64(double x)
{
    if (!(x > 0.0))
        return 0;
    return x >= 0x1p64 ? UINT64_MAX : (uint64_t)x;
}

#define STORE(T, EXPRESSION)                                                                                           \
    {                                                                                                                  \
        T *p = (T *)to + first;                                                                                        \
        for (size_t i = 0; i < count; i++)                                                                             \
            p[i] = (T)(EXPRESSION);                                                                                    \
        return;                                                                                                        \
    }

void elements_store_real(net_type type, void *to, size_t first, size_t count, const double *from)
{
    switch (type) {
    case NET_FLOAT:
        STORE(float, from[i])
    case NET_DOUBLE:
        STORE(double, from[i])
    case NET_FLOAT16:
        STORE(uint16_t, elements_real_to_half(from[i]))
    case NET_BOOL:
        STORE(uint8_t, from[i] != 0.0)
    case NET_UINT8:
        STORE(uint8_t, to_signed(from[i], 0.0, UINT8_MAX))
    case NET_INT8:
        STORE(int8_t, to_signed(from[i], INT8_MIN, INT8_MAX))
    case NET_UINT16:
        STORE(uint16_t, to_signed(from[i], 0.0, UINT16_MAX))
    case NET_INT16:
        STORE(int16_t, to_signed(from[i], INT16_MIN, INT16_MAX))
    case NET_UINT32:
        STORE(uint32_t, to_signed(from[i], 0.0, UINT32_MAX))
    case NET_INT32:
        STORE(int32_t, to_signed(from[i], INT32_MIN, INT32_MAX))
    case NET_UINT64:
        STORE(uint64_t, to_uint64(from[i]))
    case NET_INT64:
        STORE(int64_t, to_int64(from[i]))
    }
}

void elements_store_bits(net_type type, void *to, size_t first, size_t count, const uint64_t *from)
{
    switch (type) {
    case NET_BOOL:
        STORE(uint8_t, from[i] != 0)
    case NET_UINT8:
    case NET_INT8:
        STORE(uint8_t, from[i])
    case NET_UINT16:
    case NET_INT16:
        STORE(uint16_t, from[i])
    case NET_UINT32:
    case NET_INT32:
        STORE(uint32_t, from[i])
    case NET_UINT64:
    case NET_INT64:
        STORE(uint64_t, from[i])
    case NET_FLOAT:
    case NET_DOUBLE:
    case NET_FLOAT16:
        break;
    }
}

double elements_real_at(net_type type, const void *from, size_t index)
{
    double x;
    elements_load_real(type, from, index, 1, 1, &x);
    return x;
}

int64_t elements_integer_at(net_type type, const void *from, size_t index)
{
    uint64_t x;
    elements_load_bits(type, from, index, 1, 1, &x);
    if (type == NET_UINT64 && x > INT64_MAX)
        return INT64_MAX;
    return (int64_t)x;
}
