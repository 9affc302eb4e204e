/* Few levels need a scale that clips: the largest weights of a layer would otherwise leave nearly all others at 0. The scale of
 * least weighted square error is looked for on a grid and then refined by turns: levels for the scale, the scale for the levels.
 * SPDX-License-Identifier: MIT */
#include "levels.h"

#include <math.h>

enum { GRID = 32, TURNS = 8 };

int32_t levels_most(bdc_weights kind)
{
    static const uint8_t most[] = {127, 63, 7, 3, 1, 64};
    return most[kind];
}

/* Of 0, +-1, +-2, +-4 ... +-64. */
static int32_t nearest_power(double x)
{
    const double size = fabs(x);
    int32_t level = 0;
    if (size > 0.5)
        for (level = 1; level < 64 && size > 1.5 * level;)
            level *= 2;
    return x < 0 ? -level : level;
}

int32_t levels_nearest(bdc_weights kind, double x)
{
    if (kind == BDC_POWER)
        return nearest_power(x);
    const double most = levels_most(kind);
    return (int32_t)fmin(fmax(round(x), -most), most);
}

int levels_contain(bdc_weights kind, int32_t value)
{
    const int32_t size = value < 0 ? -value : value;
    return size <= levels_most(kind) && (kind != BDC_POWER || (size & (size - 1)) == 0);
}

/* The weighted square error at a scale; *better becomes the best scale for the levels that it leads to. */
static double error_at(bdc_weights kind, const float *w, const float *importance, uint32_t n, double scale,
                       double *better)
{
    double error = 0, product = 0, square = 0;
    for (uint32_t i = 0; i < n; i++) {
        const double h = importance ? (double)importance[i] : 1, x = (double)w[i];
        const double level = levels_nearest(kind, x / scale), miss = x - level * scale;
        error += h * miss * miss;
        product += h * x * level;
        square += h * level * level;
    }
    *better = square > 0 ? product / square : scale;
    return error;
}

/* The scale of weights that training left on the class's own grid, whatever their largest level is; 0 if they lie on none. */
static double grid_scale(bdc_weights kind, const float *w, uint32_t n, double most)
{
    for (int32_t peak = levels_most(kind); peak > 0; peak--) {
        const double scale = most / peak;
        uint32_t i = 0;
        if (!levels_contain(kind, peak))
            continue;
        while (i < n && fabs((double)w[i] / scale - levels_nearest(kind, (double)w[i] / scale)) < 1e-3)
            i++;
        if (i == n)
            return scale;
    }
    return 0;
}

double levels_scale(bdc_weights kind, const float *w, const float *importance, uint32_t n)
{
    double most = 0;
    for (uint32_t i = 0; i < n; i++)
        most = fmax(most, fabs((double)w[i]));
    const double widest = most / levels_most(kind);
    if (!(most > 0) || (kind == BDC_W8 && !importance))
        return widest;
    const double trained = kind == BDC_W8 ? 0 : grid_scale(kind, w, n, most);
    if (trained > 0)
        return trained;
    double best = widest, better, least = error_at(kind, w, importance, n, widest, &better);
    for (int i = 1; i < GRID; i++) {
        /* Wide classes need little clipping, ternary a lot: from 1 down to 1/2 or to 1/16. */
        const double f = 1 - i * (levels_most(kind) > 8 ? 0.5 : 0.9375) / (double)GRID;
        const double error = error_at(kind, w, importance, n, widest * f, &better);
        if (error < least) {
            least = error;
            best = widest * f;
        }
    }
    for (int i = 0; i < TURNS; i++) {
        double next;
        error_at(kind, w, importance, n, best, &next);
        const double error = next > 0 ? error_at(kind, w, importance, n, next, &better) : least;
        if (!(error < least))
            break;
        least = error;
        best = next;
    }
    return best;
}
