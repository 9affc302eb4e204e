/* What the files behind real.h share: polynomials, and sums and products with their rounding errors. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_REAL_DOUBLE_H
#define BEDSIDE_COMPILER_REAL_DOUBLE_H

/* terms[0] + terms[1] x + ... by Horner's rule. */
static inline double real_polynomial(const double *terms, int count, double x)
{
    double y = terms[count - 1];
    for (int i = count - 2; i >= 0; i--)
        y = y * x + terms[i];
    return y;
}

/* An unevaluated sum; low is about a rounding error of high. */
typedef struct real_pair {
    double high, low;
} real_pair;

/* a + b exactly (Knuth). */
static inline real_pair real_sum(double a, double b)
{
    double high = a + b, b_part = high - a;
    return (real_pair){high, (a - (high - b_part)) + (b - b_part)};
}

/* The upper 26 bits of a (Veltkamp); |a| < 2^990. */
static inline double real_upper_half(double a)
{
    double c = 134217729.0 * a; /* 2^27 + 1 */
    return c - (c - a);
}

/* a * b exactly (Dekker), as far as neither overflows nor the product is tiny. */
static inline real_pair real_product(double a, double b)
{
    double high = a * b;
    double a1 = real_upper_half(a), a2 = a - a1, b1 = real_upper_half(b), b2 = b - b1;
    return (real_pair){high, ((a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2};
}

#endif
