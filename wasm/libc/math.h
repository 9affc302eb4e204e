/* The exact functions of <math.h> that the model compiler uses: each has one right result, so every machine agrees. Functions that
 * can only be approximated are not here on purpose: they come from src/compiler/real.h. Needs -fno-math-errno. */
#ifndef BEDSIDE_WASM_MATH_H
#define BEDSIDE_WASM_MATH_H

#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
#define HUGE_VAL __builtin_inf()
#define isnan(x) __builtin_isnan(x)
#define isinf(x) __builtin_isinf(x)
#define isfinite(x) __builtin_isfinite(x)
#define signbit(x) __builtin_signbit(x)

/* One instruction each. */
static inline double fabs(double x)
{
    return __builtin_fabs(x);
}
static inline float fabsf(float x)
{
    return __builtin_fabsf(x);
}
static inline double sqrt(double x)
{
    return __builtin_sqrt(x);
}
static inline float sqrtf(float x)
{
    return __builtin_sqrtf(x);
}
static inline double floor(double x)
{
    return __builtin_floor(x);
}
static inline float floorf(float x)
{
    return __builtin_floorf(x);
}
static inline double ceil(double x)
{
    return __builtin_ceil(x);
}
static inline float ceilf(float x)
{
    return __builtin_ceilf(x);
}
static inline double trunc(double x)
{
    return __builtin_trunc(x);
}
static inline float truncf(float x)
{
    return __builtin_truncf(x);
}
/* Halves to even, as everywhere that nobody changed the rounding mode. */
static inline double nearbyint(double x)
{
    return __builtin_rint(x);
}
static inline float nearbyintf(float x)
{
    return __builtin_rintf(x);
}
static inline double rint(double x)
{
    return __builtin_rint(x);
}
static inline float rintf(float x)
{
    return __builtin_rintf(x);
}
static inline double copysign(double x, double y)
{
    return __builtin_copysign(x, y);
}
static inline float copysignf(float x, float y)
{
    return __builtin_copysignf(x, y);
}

/* A not-a-number loses against a number. */
static inline double fmin(double a, double b)
{
    return a < b || b != b ? a : b;
}
static inline double fmax(double a, double b)
{
    return a > b || b != b ? a : b;
}
static inline float fminf(float a, float b)
{
    return a < b || b != b ? a : b;
}
static inline float fmaxf(float a, float b)
{
    return a > b || b != b ? a : b;
}

/* Halves away from zero. */
double round(double x);
float roundf(float x);
double ldexp(double x, int exponent);
double frexp(double x, int *exponent);
/* The remainder of x / y with x's sign; exact. */
double fmod(double x, double y);
float fmodf(float x, float y);
int abs(int value);

#endif
