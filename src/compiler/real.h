/* Transcendental functions that give the same bits on every machine and in the browser: a C library's do not. Only additions,
 * multiplications, divisions and square roots of doubles are used, which IEEE 754 fixes to the last bit, so the sources must be
 * compiled without contraction (-ffp-contract=off) and without fast-math. Errors stay within 1 unit in the last
 * place of a double for exp, log, sin and cos, within 3 for the others. Not numbers, infinities and signed zeros come out as in C.
 * Internal.
 * sqrt, fabs, floor, ceil, round, ldexp, frexp, fmin and fmax of <math.h> are exact and may be used beside them.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_REAL_H
#define BEDSIDE_COMPILER_REAL_H

double real_exp(double x);
double real_log(double x);
double real_pow(double x, double y);
double real_tanh(double x);
double real_erf(double x);
double real_sigmoid(double x); /* 1 / (1 + exp(-x)) */
double real_sin(double x);     /* of any x */
double real_cos(double x);
double real_tan(double x);
double real_asin(double x);
double real_acos(double x);
double real_atan(double x);
double real_sinh(double x);
double real_cosh(double x);
double real_asinh(double x);
double real_acosh(double x);
double real_atanh(double x);

#endif
