/* SPDX-License-Identifier: MIT */
#include "whiten.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void whiten_means(double *mean, uint32_t *count, const int8_t *points, const uint32_t *group, uint32_t n, uint32_t c,
                  uint32_t groups)
{
    memset(mean, 0, (size_t)groups * c * sizeof *mean);
    memset(count, 0, groups * sizeof *count);
    for (uint32_t j = 0; j < n; j++) {
        count[group[j]]++;
        for (uint32_t i = 0; i < c; i++)
            mean[(size_t)group[j] * c + i] += points[(size_t)j * c + i];
    }
    for (uint32_t g = 0; g < groups; g++)
        for (uint32_t i = 0; i < c && count[g]; i++)
            mean[(size_t)g * c + i] /= count[g];
}

/* Lower triangle of sum over pairs / n - sum over groups of count * mean * mean' / n. The first sum is of whole numbers: exact. */
static void covariance(double *s, const double *mean, const uint32_t *count, const int8_t *points, uint32_t n,
                       uint32_t c, uint32_t groups)
{
    for (uint32_t a = 0; a < c; a++)
        for (uint32_t b = 0; b <= a; b++) {
            int64_t sum = 0;
            for (uint32_t j = 0; j < n; j++)
                sum += points[(size_t)j * c + a] * points[(size_t)j * c + b];
            double within = (double)sum;
            for (uint32_t g = 0; g < groups; g++)
                within -= count[g] * (mean[(size_t)g * c + a] * mean[(size_t)g * c + b]);
            s[(size_t)a * c + b] = within / n;
        }
}

/* s = l l', in place. */
static int cholesky(double *s, uint32_t c)
{
    for (uint32_t a = 0; a < c; a++)
        for (uint32_t b = 0; b <= a; b++) {
            double sum = s[(size_t)a * c + b];
            for (uint32_t k = 0; k < b; k++)
                sum -= s[(size_t)a * c + k] * s[(size_t)b * c + k];
            if (a == b && !(sum > 0))
                return 0;
            s[(size_t)a * c + b] = a == b ? sqrt(sum) : sum / s[(size_t)b * c + b];
        }
    return 1;
}

static void invert(double *w, const double *l, uint32_t c)
{
    memset(w, 0, (size_t)c * c * sizeof *w);
    for (uint32_t b = 0; b < c; b++)
        for (uint32_t a = b; a < c; a++) {
            double sum = a == b;
            for (uint32_t k = b; k < a; k++)
                sum -= l[(size_t)a * c + k] * w[(size_t)k * c + b];
            w[(size_t)a * c + b] = sum / l[(size_t)a * c + a];
        }
}

int whiten(double *w, const int8_t *points, const uint32_t *group, uint32_t n, uint32_t c, uint32_t groups,
           double ridge)
{
    double *mean = malloc((size_t)groups * c * sizeof *mean), *s = malloc((size_t)c * c * sizeof *s);
    uint32_t *count = malloc(groups * sizeof *count);
    int good = mean && s && count && n;
    if (good) {
        whiten_means(mean, count, points, group, n, c, groups);
        covariance(s, mean, count, points, n, c, groups);
        for (uint32_t i = 0; i < c; i++)
            s[(size_t)i * c + i] += ridge;
        good = cholesky(s, c);
    }
    if (good)
        invert(w, s, c);
    free(mean);
    free(s);
    free(count);
    return good;
}

double whiten_round(double x)
{
    int exponent;
    double mantissa = frexp(x, &exponent);
    return ldexp(floor(ldexp(mantissa, 16) + 0.5), exponent - 16);
}
