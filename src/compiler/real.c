/* Exponentials, logarithms, hyperbolic functions and the error function: argument reduction and a polynomial each.
 * Polynomials are Taylor series, whose coefficients are plain fractions, except erfcx_terms: Chebyshev interpolation at 60 digits.
 * The arrangement of rounding errors in logarithms follows Tang's and fdlibm's published descriptions.
 * SPDX-License-Identifier: MIT */
#include "real.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "real_double.h"

/* ln 2 in two parts; the first has 32 bits, so that its product with an exponent is exact. */
#define LN2_HIGH 0x1.62e42feep-1
#define LN2_LOW 0x1.a39ef35793c76p-33
#define LN2 0x1.62e42fefa39efp-1

/* x * 2^k for x about 1: at most one rounding that matters, in the last step. */
static double scale(double x, int k)
{
    for (; k > 1023; k -= 1023)
        x *= 0x1p1023;
    for (; k < -960; k += 960)
        x *= 0x1p-960;
    uint64_t bits = (uint64_t)(1023 + k) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return x * power;
}

/* x + low = n ln 2 + r; returns exp(r) - 1, |r| <= 0.35. For |x| < 1000. */
static double reduced_expm1(double x, double low, int *n)
{
    static const double terms[13] = {/* 1 / (i + 2)! */
                                     1.0 / 2.0,          1.0 / 6.0,        1.0 / 24.0,        1.0 / 120.0,
                                     1.0 / 720.0,        1.0 / 5040.0,     1.0 / 40320.0,     1.0 / 362880.0,
                                     1.0 / 3628800.0,    1.0 / 39916800.0, 1.0 / 479001600.0, 1.0 / 6227020800.0,
                                     1.0 / 87178291200.0};
    double k = (x * 0x1.71547652b82fep+0 + 0x1.8p52) - 0x1.8p52; /* the nearest whole number */
    *n = (int)k;
    double high = x - k * LN2_HIGH;
    low -= k * LN2_LOW;
    double r = high + low;
    double lost = low - (r - high);
    return r + (lost + r * r * real_polynomial(terms, 13, r));
}

double real_exp(double x)
{
    if (x != x)
        return x;
    if (x > 710.0)
        return INFINITY;
    if (x < -746.0)
        return 0.0;
    int n;
    double r = reduced_expm1(x, 0.0, &n);
    return scale(1.0 + r, n);
}

/* exp(x) - 1 for x in [0, 50]. */
static double expm1_positive(double x)
{
    int n;
    double r = reduced_expm1(x, 0.0, &n);
    return n ? scale(r, n) + (scale(1.0, n) - 1.0) : r;
}

/* 2 atanh(s) / s - 2 for s^2 = z <= 0.03: the series of 2 / (2 i + 1). */
static double atanh_series(double z)
{
    static const double terms[11] = {2.0 / 3.0,  2.0 / 5.0,  2.0 / 7.0,  2.0 / 9.0,  2.0 / 11.0, 2.0 / 13.0,
                                     2.0 / 15.0, 2.0 / 17.0, 2.0 / 19.0, 2.0 / 21.0, 2.0 / 23.0};
    return z * real_polynomial(terms, 11, z);
}

/* log(2^k (1 + f) + low), 1 + f in [0.7, 1.42], low relative to the sum and small. With s = f / (2 + f):
 * log(1 + f) = 2 atanh(s), and 2 s = f - f^2 / 2 + s f^2 / 2, so the leading f carries no error. */
static double log_near_one(double f, double low, int k)
{
    double half_square = 0.5 * f * f, s = f / (2.0 + f);
    double tail = s * (half_square + atanh_series(s * s));
    return k * LN2_HIGH - ((half_square - (tail + (k * LN2_LOW + low))) - f);
}

/* x = 2^k m, m in [sqrt(1/2), sqrt(2)); x positive and finite. */
static double split_exponent(double x, int *k)
{
    int extra = 0;
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        extra = -54;
    }
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    *k = (int)(bits >> 52) - 1023 + extra;
    bits = (bits & 0xfffffffffffffu) | 0x3ff0000000000000u;
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m < 0x1.6a09e667f3bcdp+0)
        return m;
    *k += 1;
    return 0.5 * m;
}

double real_log(double x)
{
    if (x != x || x == INFINITY)
        return x;
    if (x <= 0.0)
        return x == 0.0 ? -INFINITY : NAN;
    int k;
    double m = split_exponent(x, &k);
    return log_near_one(m - 1.0, 0.0, k);
}

/* log(1 + x) for finite x > -1. */
static double log1p_finite(double x)
{
    if (x > -0.29 && x < 0.41)
        return log_near_one(x, 0.0, 0);
    double u = 1.0 + x;
    double lost = x > 1.0 ? 1.0 - (u - x) : x - (u - 1.0);
    int k;
    double m = split_exponent(u, &k);
    return log_near_one(m - 1.0, lost / u, k);
}

/* y log(x) as a sum of two doubles, for positive finite x and |y| in [2^-80, 2^65]. */
static real_pair multiple_of_log(double x, double y)
{
    int k;
    double m = split_exponent(x, &k);
    /* s = (m - 1) / (m + 1) with its error; m - 1 is exact. */
    double f = m - 1.0, d = m + 1.0;
    double s = f / d;
    real_pair back = real_product(s, d);
    double s_low = (((f - back.high) - back.low) - s * (m - (d - 1.0))) / d;
    real_pair sum = real_sum(k * LN2_HIGH, 2.0 * s);
    double low = sum.low + (k * LN2_LOW + (2.0 * s_low + s * atanh_series(s * s)));
    real_pair log = real_sum(sum.high, low);
    real_pair product = real_product(y, log.high);
    return real_sum(product.high, product.low + y * log.low);
}

static int is_whole(double y)
{
    return floor(y) == y;
}

static int is_odd(double y)
{
    return is_whole(y) && fabs(y) < 0x1p53 && !is_whole(0.5 * y);
}

double real_pow(double x, double y)
{
    if (y == 0.0 || x == 1.0)
        return 1.0;
    if (x != x || y != y)
        return NAN;
    double a = fabs(x), sign = x < 0.0 && is_odd(y) ? -1.0 : 1.0;
    if (a == 1.0 && fabs(y) == INFINITY)
        return 1.0;
    if (a == 0.0) {
        sign = is_odd(y) ? copysign(1.0, x) : 1.0;
        return y < 0.0 ? sign * INFINITY : sign * 0.0;
    }
    if (a == INFINITY)
        return y < 0.0 ? sign * 0.0 : sign * INFINITY;
    if (x < 0.0 && !is_whole(y))
        return NAN;
    if (y == 2.0)
        return x * x;
    if (a == 1.0)
        return sign;
    if (fabs(y) > 0x1p65)
        return (a > 1.0) == (y > 0.0) ? INFINITY : 0.0;
    if (fabs(y) < 0x1p-80)
        return sign;
    real_pair e = multiple_of_log(a, y);
    if (e.high > 710.0)
        return sign * INFINITY;
    if (e.high < -746.0)
        return sign * 0.0;
    int n;
    double r = reduced_expm1(e.high, e.low, &n);
    return sign * scale(1.0 + r, n);
}

double real_sigmoid(double x)
{
    if (x >= 0.0)
        return 1.0 / (1.0 + real_exp(-x));
    double e = real_exp(x); /* not 1 / (1 + exp(-x)), which would lose the smallest results */
    return e / (1.0 + e);
}

double real_tanh(double x)
{
    if (x != x)
        return x;
    double a = fabs(x);
    if (a > 22.0)
        return copysign(1.0, x);
    double e = expm1_positive(2.0 * a);
    return copysign(a < 0.5 ? e / (e + 2.0) : 1.0 - 2.0 / (e + 2.0), x);
}

double real_sinh(double x)
{
    static const double terms[10] = {/* 1 / (2 i + 3)! */
                                     1.0 / 6.0,
                                     1.0 / 120.0,
                                     1.0 / 5040.0,
                                     1.0 / 362880.0,
                                     1.0 / 39916800.0,
                                     1.0 / 6227020800.0,
                                     1.0 / 1307674368000.0,
                                     1.0 / 355687428096000.0,
                                     1.0 / 121645100408832000.0,
                                     1.0 / 51090942171709440000.0};
    double a = fabs(x);
    if (x != x)
        return x;
    if (a > 711.0)
        return copysign(INFINITY, x);
    if (a < 1.0)
        return x + x * (x * x) * real_polynomial(terms, 10, x * x);
    int n;
    double e = 1.0 + reduced_expm1(a, 0.0, &n);
    double half = scale(e, n - 1);
    return copysign(a < 25.0 ? half - 0.25 / half : half, x);
}

double real_cosh(double x)
{
    double a = fabs(x);
    if (x != x)
        return x;
    if (a > 711.0)
        return INFINITY;
    int n;
    double e = 1.0 + reduced_expm1(a, 0.0, &n);
    double half = scale(e, n - 1);
    return a < 25.0 ? half + 0.25 / half : half;
}

double real_asinh(double x)
{
    double a = fabs(x), result;
    if (!(a < INFINITY) || a < 0x1p-28)
        return x;
    if (a > 0x1p28)
        result = log1p_finite(a - 1.0) + LN2;
    else if (a > 2.0)
        result = real_log(2.0 * a + 1.0 / (a + sqrt(a * a + 1.0)));
    else
        result = log1p_finite(a + a * a / (1.0 + sqrt(1.0 + a * a)));
    return copysign(result, x);
}

double real_acosh(double x)
{
    if (!(x >= 1.0))
        return NAN;
    if (x == INFINITY)
        return x;
    if (x > 0x1p28)
        return real_log(x) + LN2;
    if (x > 2.0)
        return real_log(2.0 * x - 1.0 / (x + sqrt(x * x - 1.0)));
    double t = x - 1.0;
    return log1p_finite(t + sqrt(2.0 * t + t * t));
}

double real_atanh(double x)
{
    double a = fabs(x);
    if (!(a < 1.0))
        return a == 1.0 ? copysign(INFINITY, x) : NAN;
    if (a < 0x1p-28)
        return x;
    if (a < 0.17)
        return x + x * (0.5 * atanh_series(x * x));
    return copysign(0.5 * log1p_finite(2.0 * (a / (1.0 - a))), x);
}

double real_erf(double x)
{
    /* (-1)^i 2 / sqrt(pi) / (i! (2 i + 1)), less 1 in the first place */
    static const double series[14] = {0.1283791670955126,      -0.37612638903183754,   0.11283791670955126,
                                      -0.026866170645131252,   0.005223977625442188,   -0.0008548327023450853,
                                      0.00012055332981789664,  -1.492565035840625e-05, 1.6462114365889248e-06,
                                      -1.6365844691234924e-07, 1.4807192815879218e-08, -1.2290555301717928e-09,
                                      9.422759064650411e-11,   -6.7113668551641105e-12};
    /* exp(x^2) (1 - erf(x)) in t = (x - 2) / (x + 2), x in [0.5, 6]; below 1e-17 after the factor exp(-x^2) */
    static const double erfcx_terms[20] = {
        0.25539567631050575,     -0.4271858474139584,     0.24165819424246626,    -0.07897858101573758,
        0.003732892404352216,    0.006997461739586452,    -0.0008471432521923169, -0.0009819770390078909,
        4.355563752091672e-05,   0.00017436137783897202,  2.752489831399834e-05,  -2.758184971565695e-05,
        -1.3962297572829724e-05, 1.4019502629271052e-06,  3.7566561435696354e-06, 1.1644391392604635e-06,
        -4.441825456932561e-07,  -4.5012042299337303e-07, -6.513517873478719e-08, 3.479996146010901e-08};
    double a = fabs(x);
    if (x != x)
        return x;
    if (a < 0.5)
        return x + x * real_polynomial(series, 14, x * x);
    if (a >= 6.0)
        return copysign(1.0, x);
    double rest = real_exp(-a * a) * real_polynomial(erfcx_terms, 20, (a - 2.0) / (a + 2.0));
    return copysign(1.0 - rest, x);
}
