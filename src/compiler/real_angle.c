/* Trigonometric functions and their inverses.
 * Angles are reduced by the method of Payne and Hanek: only those bits of 2 / pi that matter are multiplied, in integers, so that the
 * remainder is right for every double. Polynomials: Taylor series; asin_terms and atan_terms: Chebyshev interpolation at 60 digits.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "real.h"
#include "real_double.h"

#define HALF_PI_HIGH 0x1.921fb54442d18p+0
#define HALF_PI_LOW 0x1.1a62633145c07p-54

enum { WINDOW = 7, PRODUCT = WINDOW + 2, FRACTION = 5 }; /* words of 32 bits */

/* 2 / pi, 32 bits each. Doubles below 2^1024 need words up to (1024 - 53 - 2) / 32 + WINDOW - 1. */
static const uint32_t two_over_pi[37] = {
    0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561,
    0xb7246e3a, 0x424dd2e0, 0x06492eea, 0x09d1921c, 0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484,
    0xe99c7026, 0xb45f7e41, 0x3991d639, 0x835339f4, 0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f,
    0xef2f118b, 0x5a0a6d1f, 0x6d367ecf, 0x27cb09b7, 0x4f463f66, 0x9e5fea2d, 0x7527bac7, 0xebe5f17b,
    0x3d0739f7, 0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08, 0x56033046};

/* 32 bits from a little-endian number, zeros beyond its end. */
static uint32_t bits_at(const uint32_t *words, int count, int position)
{
    int word = position / 32, shift = position % 32;
    uint64_t two = word < count ? words[word] : 0;
    if (word + 1 < count)
        two |= (uint64_t)words[word + 1] << 32;
    return (uint32_t)(two >> shift);
}

/* x = n pi / 2 + remainder, |remainder| <= pi / 4, for finite x > pi / 4. Returns n mod 4. */
static unsigned reduce_large(double x, real_pair *remainder)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint64_t m = (bits & 0xfffffffffffffu) | 0x10000000000000u;
    int e = (int)(bits >> 52) - 1075; /* x = m 2^e, e in [-53, 971] */
    /* Words of 2 / pi before `first` make multiples of 4 quadrants. */
    int first = e >= 2 ? (e - 2) / 32 : 0;

    uint32_t product[PRODUCT] = {0}; /* m times the window, little-endian */
    for (int half = 0; half < 2; half++) {
        uint64_t factor = half ? m >> 32 : m & 0xffffffffu, carry = 0;
        for (int i = 0; i < WINDOW; i++) {
            carry += factor * two_over_pi[first + WINDOW - 1 - i] + product[i + half];
            product[i + half] = (uint32_t)carry;
            carry >>= 32;
        }
        product[WINDOW + half] += (uint32_t)carry;
    }

    int point = 32 * (first + WINDOW) - e; /* bits of the product behind the point, at least 191 */
    unsigned n = bits_at(product, PRODUCT, point) & 3u;
    uint32_t fraction[FRACTION];
    for (int i = 0; i < FRACTION; i++)
        fraction[i] = bits_at(product, PRODUCT, point - 32 * (i + 1));
    double sign = 1.0;
    if (fraction[0] >> 31) { /* a half or more: from the next quadrant down */
        sign = -1.0;
        n++;
        uint64_t carry = 1;
        for (int i = FRACTION - 1; i >= 0; i--) {
            carry += (uint32_t)~fraction[i];
            fraction[i] = (uint32_t)carry;
            carry >>= 32;
        }
    }
    real_pair f = {0.0, 0.0};
    double unit = 0x1p-32;
    for (int i = 0; i < FRACTION; i++) {
        real_pair sum = real_sum(f.high, fraction[i] * unit);
        f = (real_pair){sum.high, f.low + sum.low};
        unit *= 0x1p-32;
    }
    real_pair angle = real_product(f.high, HALF_PI_HIGH);
    angle.low += f.high * HALF_PI_LOW + f.low * HALF_PI_HIGH;
    *remainder = (real_pair){sign * angle.high, sign * angle.low};
    return n & 3u;
}

/* sin and cos of r, |r| <= pi / 4. */
static double sine(real_pair r)
{
    static const double terms[9] = {/* (-1)^(i + 1) / (2 i + 3)! */
                                    -1.0 / 6.0,
                                    1.0 / 120.0,
                                    -1.0 / 5040.0,
                                    1.0 / 362880.0,
                                    -1.0 / 39916800.0,
                                    1.0 / 6227020800.0,
                                    -1.0 / 1307674368000.0,
                                    1.0 / 355687428096000.0,
                                    -1.0 / 121645100408832000.0};
    double z = r.high * r.high;
    return r.high + (r.low * (1.0 - 0.5 * z) + r.high * z * real_polynomial(terms, 9, z));
}

static double cosine(real_pair r)
{
    static const double terms[8] = {
        /* (-1)^i / (2 i + 4)! */
        1.0 / 24.0,        -1.0 / 720.0,         1.0 / 40320.0,          -1.0 / 3628800.0,
        1.0 / 479001600.0, -1.0 / 87178291200.0, 1.0 / 20922789888000.0, -1.0 / 6402373705728000.0};
    double z = r.high * r.high, half = 0.5 * z, near = 1.0 - half;
    return near + (((1.0 - near) - half) + (z * z * real_polynomial(terms, 8, z) - r.high * r.low));
}

/* n mod 4 and the remainder for any finite x, |x| not tiny. */
static unsigned reduce(double x, real_pair *remainder)
{
    if (fabs(x) <= 0x1.921fb54442d18p-1) {
        *remainder = (real_pair){x, 0.0};
        return 0;
    }
    unsigned n = reduce_large(fabs(x), remainder);
    if (x > 0.0)
        return n;
    *remainder = (real_pair){-remainder->high, -remainder->low};
    return (4u - n) & 3u;
}

double real_sin(double x)
{
    if (fabs(x) < 0x1p-27)
        return x;
    if (!(fabs(x) < INFINITY))
        return NAN;
    real_pair r;
    unsigned n = reduce(x, &r);
    double y = n & 1u ? cosine(r) : sine(r);
    return n & 2u ? -y : y;
}

double real_cos(double x)
{
    if (!(fabs(x) < INFINITY))
        return NAN;
    real_pair r;
    unsigned n = reduce(x, &r);
    double y = n & 1u ? sine(r) : cosine(r);
    return n == 1u || n == 2u ? -y : y;
}

double real_tan(double x)
{
    if (fabs(x) < 0x1p-27)
        return x;
    if (!(fabs(x) < INFINITY))
        return NAN;
    real_pair r;
    unsigned n = reduce(x, &r);
    return n & 1u ? -(cosine(r) / sine(r)) : sine(r) / cosine(r);
}

/* asin(x) / x - 1 for x^2 = z <= 1/4. */
static double asin_tail(double z)
{
    static const double asin_terms[13] = {
        0.16666666666666669,  0.07499999999998433,   0.04464285714635543,  0.030381944138531247, 0.02237217294214989,
        0.017352392720869973, 0.013971212973552933,  0.011479177415184906, 0.01032281435018578,  0.005457506718640358,
        0.01740087944269402,  -0.014851887071247204, 0.028757851367421566};
    return z * real_polynomial(asin_terms, 13, z);
}

/* 2 asin(sqrt(z)) for z in [0, 1/4]. */
static real_pair twice_asin_root(double z)
{
    if (z == 0.0)
        return (real_pair){0.0, 0.0};
    double s = sqrt(z);
    real_pair square = real_product(s, s);
    double lost = ((z - square.high) - square.low) / (2.0 * s);
    return (real_pair){2.0 * s, 2.0 * (s * asin_tail(z) + lost)};
}

double real_asin(double x)
{
    double a = fabs(x);
    if (!(a <= 1.0))
        return NAN;
    if (a < 0x1p-27)
        return x;
    if (a < 0.5)
        return x + x * asin_tail(x * x);
    real_pair t = twice_asin_root(0.5 * (1.0 - a));
    return copysign((HALF_PI_HIGH - t.high) - (t.low - HALF_PI_LOW), x);
}

double real_acos(double x)
{
    double a = fabs(x);
    if (!(a <= 1.0))
        return NAN;
    if (a < 0.5)
        return HALF_PI_HIGH - (x - (HALF_PI_LOW - x * asin_tail(x * x)));
    real_pair t = twice_asin_root(0.5 * (1.0 - a));
    if (x > 0.0)
        return t.high + t.low;
    return 2.0 * (HALF_PI_HIGH + HALF_PI_LOW) - t.high - (t.low - 2.0 * HALF_PI_LOW);
}

double real_atan(double x)
{
    static const double atan_terms[13] = {
        -0.3333333333333333,  0.19999999999999488,  -0.14285714285599188, 0.11111111100917376,  -0.09090908620322523,
        0.07692294712540285,  -0.06666435677235948, 0.05879578429582425,  -0.05240099507994713, 0.04628024868570153,
        -0.03806653672057366, 0.025006503566489507, -0.009215792047089858};
    double a = fabs(x);
    if (x != x || a < 0x1p-27)
        return x;
    /* atan(a) = base + atan(t), |t| <= 1/2 */
    double t = a, base = 0.0, base_low = 0.0;
    if (a > 2.0) {
        t = -1.0 / a;
        base = HALF_PI_HIGH;
        base_low = HALF_PI_LOW;
    } else if (a > 0.5) {
        t = (a - 1.0) / (a + 1.0);
        base = 0.5 * HALF_PI_HIGH;
        base_low = 0.5 * HALF_PI_LOW;
    }
    double z = t * t, tail = t * z * real_polynomial(atan_terms, 13, z);
    return copysign(base + (t + (tail + base_low)), x);
}
