/* The gate's whitening against Mahalanobis's distance by the book: a matrix inverted by Gauss and Jordan.
 * SPDX-License-Identifier: MIT */
#include "cli/whiten.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { C = 12, N = 400, GROUPS = 3 };

static uint32_t state = 1;
static int8_t point[N * C];
static uint32_t group[N];

static int random_in(int lo, int hi)
{
    state = state * 1664525u + 1013904223u;
    return lo + (int)((state >> 8) % (uint32_t)(hi - lo + 1));
}

/* Channels that hang together, one that is constant, and groups apart from each other. */
static void make_points(void)
{
    for (uint32_t j = 0; j < N; j++) {
        int shared = random_in(-30, 30);
        group[j] = j % 7 == 0 ? 2 : j % 2; /* none is empty */
        for (int i = 0; i < C; i++)
            point[j * C + (uint32_t)i] = (int8_t)(20 * (int)group[j] + shared * i / C + random_in(-3, 3));
        point[j * C + 5] = -128;
    }
}

static void invert(double inverse[C][C], double a[C][C])
{
    memset(inverse, 0, sizeof(double) * C * C);
    for (int i = 0; i < C; i++)
        inverse[i][i] = 1;
    for (int p = 0; p < C; p++) {
        int best = p;
        for (int r = p + 1; r < C; r++)
            best = fabs(a[r][p]) > fabs(a[best][p]) ? r : best;
        for (int k = 0; k < C; k++) {
            double t = a[p][k], u = inverse[p][k];
            a[p][k] = a[best][k];
            a[best][k] = t;
            inverse[p][k] = inverse[best][k];
            inverse[best][k] = u;
        }
        double pivot = a[p][p];
        for (int k = 0; k < C; k++) {
            a[p][k] /= pivot;
            inverse[p][k] /= pivot;
        }
        for (int r = 0; r < C; r++) {
            double factor = a[r][p];
            for (int k = 0; k < C && r != p; k++) {
                a[r][k] -= factor * a[p][k];
                inverse[r][k] -= factor * inverse[p][k];
            }
        }
    }
}

static void test_mahalanobis(void)
{
    double mean[GROUPS][C] = {{0}}, covariance[C][C] = {{0}}, inverse[C][C], w[C * C], got[GROUPS * C];
    uint32_t count[GROUPS] = {0}, seen[GROUPS];
    make_points();
    for (uint32_t j = 0; j < N; j++) {
        count[group[j]]++;
        for (int i = 0; i < C; i++)
            mean[group[j]][i] += point[j * C + (uint32_t)i];
    }
    for (int g = 0; g < GROUPS; g++)
        for (int i = 0; i < C; i++)
            mean[g][i] /= count[g];
    for (uint32_t j = 0; j < N; j++)
        for (int a = 0; a < C; a++)
            for (int b = 0; b < C; b++)
                covariance[a][b] += (point[j * C + (uint32_t)a] - mean[group[j]][a]) *
                                    (point[j * C + (uint32_t)b] - mean[group[j]][b]) / (double)N;
    for (int i = 0; i < C; i++)
        covariance[i][i] += 0.25;
    invert(inverse, covariance);

    whiten_means(got, seen, point, group, N, C, GROUPS);
    for (int g = 0; g < GROUPS; g++) {
        CHECK(seen[g] == count[g]);
        for (int i = 0; i < C; i++)
            CHECK(fabs(got[g * C + i] - mean[g][i]) < 1e-9);
    }
    CHECK(whiten(w, point, group, N, C, GROUPS, 0.25));
    for (int a = 0; a < C; a++)
        for (int b = a + 1; b < C; b++)
            CHECK(!(fabs(w[a * C + b]) > 0));
    for (int t = 0; t < 50; t++) {
        double d[C], book = 0, ours = 0;
        for (int i = 0; i < C; i++)
            d[i] = random_in(-100, 100);
        for (int a = 0; a < C; a++) {
            double z = 0;
            for (int b = 0; b < C; b++) {
                book += d[a] * inverse[a][b] * d[b];
                z += w[a * C + b] * d[b];
            }
            ours += z * z;
        }
        CHECK(fabs(ours - book) < 1e-8 * book);
    }
}

static void test_edges(void)
{
    static const int8_t same[4 * 2] = {7, -3, 7, -3, 7, -3, 7, -3};
    static const uint32_t none[4] = {0};
    double w[4];
    /* No spread at all: only the ridge is left. Without it there is no inverse, and a group may be empty. */
    CHECK(whiten(w, same, none, 4, 2, 2, 0.25) && fabs(w[0] - 2) < 1e-12 && fabs(w[3] - 2) < 1e-12);
    CHECK(!whiten(w, same, none, 4, 2, 2, 0) && !whiten(w, same, none, 0, 2, 2, 0.25));
    const double third = 1.0 / 3;
    CHECK(fabs(whiten_round(third) - third) <= ldexp(1, -17) && !(fabs(whiten_round(0)) > 0));
    CHECK(!(fabs(whiten_round(third) - whiten_round(nextafter(third, 1))) > 0));
    CHECK(!(fabs(whiten_round(-third) + whiten_round(third)) > 0) && fabs(whiten_round(1e-30) / 1e-30 - 1) < 1e-4);
}

int main(void)
{
    test_mahalanobis();
    test_edges();
    return check_done();
}
