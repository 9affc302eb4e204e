/* The functions of math.h that are no single instruction. */
#include <math.h>
#include <stdint.h>

static uint64_t bits_of(double x)
{
    uint64_t bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double from_bits(uint64_t bits)
{
    double x;
    __builtin_memcpy(&x, &bits, sizeof x);
    return x;
}

double round(double x)
{
    double whole = trunc(x);
    return fabs(x - whole) >= 0.5 ? whole + copysign(1, x) : copysign(whole, x);
}

float roundf(float x)
{
    float whole = truncf(x);
    return fabsf(x - whole) >= 0.5F ? whole + copysignf(1, x) : copysignf(whole, x);
}

/* 2^exponent, exponent in [-1022, 1023]. */
static double power_of_two(int exponent)
{
    return from_bits((uint64_t)(exponent + 1023) << 52);
}

double ldexp(double x, int exponent)
{
    /* Steps that stay exact until the last, which rounds once where the result is subnormal. */
    if (exponent > 1023) {
        x *= power_of_two(1023);
        exponent -= 1023;
        if (exponent > 1023) {
            x *= power_of_two(1023);
            exponent -= 1023;
            exponent = exponent > 1023 ? 1023 : exponent;
        }
    } else if (exponent < -1022) {
        /* 53 bits above the lowest normal exponent, so that the first step does not round. */
        x *= power_of_two(-1022 + 53);
        exponent += 1022 - 53;
        if (exponent < -1022) {
            x *= power_of_two(-1022 + 53);
            exponent += 1022 - 53;
            exponent = exponent < -1022 ? -1022 : exponent;
        }
    }
    return x * power_of_two(exponent);
}

double frexp(double x, int *exponent)
{
    uint64_t bits = bits_of(x);
    int field = (int)(bits >> 52 & 0x7ff);
    *exponent = 0;
    if (field == 0x7ff || !(fabs(x) > 0))
        return x;
    if (field == 0) { /* subnormal */
        x = frexp(x * power_of_two(64), exponent);
        *exponent -= 64;
        return x;
    }
    *exponent = field - 1022;
    return from_bits((bits & ~((uint64_t)0x7ff << 52)) | (uint64_t)1022 << 52);
}

/* Long division in binary: x shrinks by y * 2^k as long as it fits. */
double fmod(double x, double y)
{
    double rest = fabs(x), divisor = fabs(y);
    if (isnan(x) || isnan(y) || isinf(x) || !(divisor > 0))
        return NAN;
    if (isinf(y))
        return x;
    while (rest >= divisor) {
        int of_rest, of_divisor;
        frexp(rest, &of_rest);
        frexp(divisor, &of_divisor);
        double step = ldexp(divisor, of_rest - of_divisor);
        if (step > rest)
            step = ldexp(divisor, of_rest - of_divisor - 1);
        rest -= step;
    }
    return copysign(rest, x);
}

float fmodf(float x, float y)
{
    return (float)fmod((double)x, (double)y);
}
