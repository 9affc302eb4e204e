/* The deterministic functions against the C library's in long double: many points, and the rails.
 * SPDX-License-Identifier: MIT */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "check.h"
#include "compiler/real.h"

static uint64_t state;

/* In [0, 1). */
static double uniform(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 11) * 0x1p-53;
}

/* |y - truth| in units of the last place of a double about truth. */
static double units(double y, long double truth)
{
    double near = (double)truth;
    if (isnan(y) || isnan(near))
        return isnan(y) && isnan(near) ? 0.0 : INFINITY;
    if (isinf(near) || isinf(y))
        return y == near ? 0.0 : INFINITY;
    int e;
    frexp(near, &e);
    if (e < -1021 || near == 0.0)
        e = -1021;
    return (double)(fabsl((long double)y - truth) / ldexpl(1.0L, e - 53));
}

typedef struct function {
    const char *name;
    double (*real)(double);
    long double (*truth)(long double);
    double lowest, highest; /* of random arguments */
    double most;            /* units allowed */
} function;

static long double sigmoidl(long double x)
{
    return 1.0L / (1.0L + expl(-x));
}

static const function functions[] = {
    {"exp", real_exp, expl, -750, 712, 1},
    {"exp", real_exp, expl, -1, 1, 1},
    {"log", real_log, logl, 0, 2, 1},
    {"log", real_log, logl, 0, 1e300, 1},
    {"tanh", real_tanh, tanhl, -25, 25, 3},
    {"tanh", real_tanh, tanhl, -1, 1, 3},
    {"erf", real_erf, erfl, -7, 7, 3},
    {"erf", real_erf, erfl, -0.6, 0.6, 3},
    {"sigmoid", real_sigmoid, sigmoidl, -760, 100, 3},
    {"sigmoid", real_sigmoid, sigmoidl, -5, 5, 3},
    {"sin", real_sin, sinl, -10, 10, 1},
    {"sin", real_sin, sinl, -1e9, 1e9, 1},
    {"cos", real_cos, cosl, -10, 10, 1},
    {"cos", real_cos, cosl, -1e9, 1e9, 1},
    {"tan", real_tan, tanl, -10, 10, 2},
    {"tan", real_tan, tanl, -1e9, 1e9, 2},
    {"asin", real_asin, asinl, -1, 1, 2},
    {"acos", real_acos, acosl, -1, 1, 2},
    {"atan", real_atan, atanl, -4, 4, 2},
    {"atan", real_atan, atanl, -1e6, 1e6, 1},
    {"sinh", real_sinh, sinhl, -712, 712, 2},
    {"sinh", real_sinh, sinhl, -3, 3, 2},
    {"cosh", real_cosh, coshl, -712, 712, 2},
    {"cosh", real_cosh, coshl, -3, 3, 2},
    {"asinh", real_asinh, asinhl, -4, 4, 2},
    {"asinh", real_asinh, asinhl, -1e18, 1e18, 2},
    {"acosh", real_acosh, acoshl, 1, 4, 2},
    {"acosh", real_acosh, acoshl, 1, 1e18, 2},
    {"atanh", real_atanh, atanhl, -1, 1, 2},
};

static int check_point(const function *f, double x)
{
    double y = f->real(x);
    long double truth = f->truth((long double)x);
    double error = units(y, truth);
    if (CHECK(error <= f->most))
        return 1;
    fprintf(stderr, "  %s(%a) = %a, not %a: %.2f units\n", f->name, x, y, (double)truth, error);
    return 0;
}

static void test_random(void)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        const function *f = &functions[i];
        state = i;
        double worst = 0.0;
        for (int k = 0; k < 5000; k++) {
            double x = f->lowest + (f->highest - f->lowest) * uniform();
            double error = units(f->real(x), f->truth((long double)x));
            worst = error > worst ? error : worst;
            if (!(error <= f->most) && !check_point(f, x))
                break;
        }
        CHECK(worst <= f->most);
        printf("%-8s [%g, %g]: %.3f units\n", f->name, f->lowest, f->highest, worst);
    }
}

/* Every exponent, a few numbers of each: small and large arguments, and the borders between the methods. */
static void test_exponents(void)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        const function *f = &functions[i];
        state = 100 + i;
        int trigonometric = f->real == real_sin || f->real == real_cos || f->real == real_tan;
        for (int e = -1074; e < 1024; e++)
            for (int k = 0; k < 4; k++) {
                double x = ldexp(k ? 1.0 + uniform() : 1.0, e);
                /* long double's own reduction of angles ends at 2^63 on x87 */
                if (trigonometric && x > 0x1p60)
                    continue;
                if (!check_point(f, x) || !check_point(f, -x))
                    return;
            }
    }
}

/* The double nearest to a multiple of pi / 2, where most digits cancel (Kahan), and values of sin for huge angles from tables of
 * high precision. */
static void test_angles(void)
{
    double near = 6381956970095103.0 * 0x1p797;
    CHECK(units(real_cos(near), -4.68716592425462761112e-19L) <= 1);
    CHECK(units(real_sin(near), 1.0L) <= 1);
    CHECK(units(real_sin(1e22), -0.8522008497671888017728L) <= 1);
    CHECK(units(real_cos(1e22), 0.5232147853951389454975L) <= 1);
    CHECK(fabs(real_sin(DBL_MAX)) <= 1.0 && fabs(real_cos(DBL_MAX)) <= 1.0);
    double s = real_sin(DBL_MAX), c = real_cos(DBL_MAX);
    CHECK(fabs(s * s + c * c - 1.0) < 1e-15);
}

static void test_pow(void)
{
    static const double rails[] = {
        0.0,       -0.0,       1.0,     -1.0,       0.5,         -0.5,          2.0,           -2.0,   3.0,    -3.0,
        0x1p-1074, -0x1p-1074, DBL_MAX, -DBL_MAX,   DBL_MIN,     INFINITY,      -INFINITY,     NAN,    1e-30,  1e30,
        1e9,       1e9 + 1,    0x1p53,  0x1p53 - 1, -0x1p52 - 1, 0.99999999999, 1.00000000001, 1023.5, -1074.0};
    for (size_t i = 0; i < sizeof rails / sizeof *rails; i++)
        for (size_t k = 0; k < sizeof rails / sizeof *rails; k++) {
            double y = real_pow(rails[i], rails[k]);
            long double truth = powl((long double)rails[i], (long double)rails[k]);
            int ok = units(y, truth) <= 2 && (isnan(y) || signbit(y) == signbit((double)truth));
            if (!CHECK(ok))
                fprintf(stderr, "  pow(%a, %a) = %a, not %a\n", rails[i], rails[k], y, (double)truth);
        }
    state = 7;
    double worst = 0.0;
    for (int k = 0; k < 20000; k++) {
        double x = real_exp(200.0 * uniform() - 100.0), y = 8.0 * uniform() - 4.0;
        double error = units(real_pow(x, y), powl((long double)x, (long double)y));
        worst = error > worst ? error : worst;
        if (!CHECK(error <= 2)) {
            fprintf(stderr, "  seed 7: pow(%a, %a): %.2f units\n", x, y, error);
            return;
        }
    }
    printf("pow: %.3f units\n", worst);
}

static void test_rails(void)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        const function *f = &functions[i];
        check_point(f, NAN);
        check_point(f, INFINITY);
        check_point(f, -INFINITY);
        check_point(f, DBL_MAX * (f->real == real_sin || f->real == real_cos || f->real == real_tan ? 0.0 : 1.0));
        check_point(f, -1.0);
        check_point(f, 1.0);
        if (f->real != real_cos && f->real != real_acos && f->real != real_acosh) {
            int negative = !!signbit(f->real(-0.0)), expected = !!signbit((double)f->truth(-0.0L));
            if (!CHECK(negative == expected || f->real(-0.0) != 0.0))
                fprintf(stderr, "  %s(-0)\n", f->name);
        }
    }
    CHECK(real_exp(0.0) == 1.0 && real_exp(-0.0) == 1.0);
    CHECK(real_exp(709.782712893384) < INFINITY && real_exp(709.7827128933841) == INFINITY);
    CHECK(real_exp(-745.13) == 0x1p-1074 && real_exp(-745.14) == 0.0);
    CHECK(real_log(1.0) == 0.0 && isnan(real_log(-1e-300)) && real_log(0.0) == -INFINITY &&
          real_log(-0.0) == -INFINITY);
    CHECK(real_sigmoid(-740.0) > 0.0 && real_sigmoid(40.0) == 1.0 && real_sigmoid(0.0) == 0.5);
}

/* The bits themselves, everywhere the same. */
static void test_bits(void)
{
    uint64_t hash = 14695981039346656037u;
    state = 3;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        for (int k = 0; k < 1000; k++) {
            const function *f = &functions[i];
            double x = f->lowest + (f->highest - f->lowest) * uniform();
            double y = f->real(x) + real_pow(fabs(x) + 1e-9, uniform());
            if (isnan(y))
                continue;
            uint64_t bits;
            memcpy(&bits, &y, sizeof bits);
            hash = (hash ^ bits) * 1099511628211u;
        }
    if (!CHECK(hash == 0xfbe1e39ccf3198beu))
        fprintf(stderr, "  the hash is 0x%llx\n", (unsigned long long)hash);
}

int main(void)
{
    test_random();
    test_exponents();
    test_angles();
    test_pow();
    test_rails();
    test_bits();
    return check_done();
}
