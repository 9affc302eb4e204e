/* Rounding is Babai's nearest plane on H = R'R, which is the error feedback of OBQ and GPTQ (Frantar et al. 2022, arXiv:2208.11580,
 * arXiv:2210.17323): the last weight first, each one taking over what the ones before left undone. Then, as AdaRound's quadratic
 * problem (Nagel et al. 2020, arXiv:2004.10568) is solved by coordinate descent: one weight at a time goes to its best level for all
 * the others, until none moves. Everything is done block by block, in a fixed order.
 * SPDX-License-Identifier: MIT */
#include "round_rows.h"

#include <math.h>
#include <string.h>

enum { SWEEPS = 16, LANES = 16 };

/* A sum in LANES parts, whose order is fixed and which compilers can keep in vectors. */
static float dot(const float *a, const float *b, size_t n)
{
    float sum[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            sum[k] += a[i + k] * b[i + k];
    for (size_t k = 0; i < n; i++, k++)
        sum[k] += a[i] * b[i];
    for (size_t half = LANES / 2; half; half /= 2)
        for (size_t k = 0; k < half; k++)
            sum[k] += sum[k + half];
    return sum[0];
}

typedef struct block {
    const float *h, *root;
    uint32_t first, n;
} block;

static block block_of(const row_moments *m, uint32_t first)
{
    const uint32_t left = m->depth - first;
    const size_t at = row_block_at(m, first);
    return (block){m->h + at, m->root ? m->root + at : NULL, first, left < m->block ? left : m->block};
}

/* R'R = h, row by row. A pivot that rounding makes too small is held up, which is as if the weight mattered a little more. */
static void factor(const block *b, float *root, double *row)
{
    const size_t n = b->n;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i; j < n; j++)
            row[j] = (double)b->h[i * n + j];
        for (size_t k = 0; k < i; k++) {
            const float *r = root + k * n;
            const double f = (double)r[i];
            for (size_t j = i; j < n; j++)
                row[j] -= f * (double)r[j];
        }
        const double pivot = sqrt(fmax(row[i], 1e-6 * (double)b->h[i * n + i] + 1e-30));
        memset(root + i * n, 0, i * sizeof *root);
        root[i * n + i] = (float)pivot;
        for (size_t j = i + 1; j < n; j++)
            root[i * n + j] = (float)(row[j] / pivot);
    }
}

/* The diagonal of inv(R'R): squares of the rows of inv(R). Column by column: R x = e. */
static void invert_diagonal(const block *b, const float *root, double *x, float *out)
{
    const size_t n = b->n;
    for (size_t i = 0; i < n; i++)
        out[i] = 0;
    for (size_t column = 0; column < n; column++) {
        for (size_t i = column + 1; i-- > 0;) {
            double sum = i == column;
            for (size_t k = i + 1; k <= column; k++)
                sum -= (double)root[i * n + k] * x[k];
            x[i] = sum / (double)root[i * n + i];
            out[i] += (float)(x[i] * x[i]);
        }
    }
}

bdc_status row_moments_factor(bdc_context *c, row_moments *m)
{
    const uint32_t last = (m->depth - 1) / m->block * m->block;
    float *root = BDC_NEW(c, float, row_block_at(m, last) + (size_t)(m->depth - last) * (m->depth - last));
    double *row = BDC_NEW(c, double, m->block);
    m->root = NULL;
    m->inverse = BDC_NEW(c, float, m->depth);
    if (!root || !row || !m->inverse)
        return BDC_E_MEMORY;
    for (uint32_t first = 0; first < m->depth; first += m->block) {
        const block b = block_of(m, first);
        factor(&b, root + row_block_at(m, first), row);
        invert_diagonal(&b, root + row_block_at(m, first), row, m->inverse + first);
    }
    m->root = root;
    return BDC_OK;
}

/* g = h * e */
static void multiply(const block *b, const float *e, float *g)
{
    for (uint32_t i = 0; i < b->n; i++)
        g[i] = dot(b->h + (size_t)i * b->n, e, b->n);
}

/* e' h e from g = h * e. */
static double square_form(const block *b, const float *e, const float *g)
{
    double total = 0;
    for (uint32_t i = 0; i < b->n; i++)
        total += (double)e[i] * (double)g[i];
    return total;
}

void row_solve(const row_moments *m, const float *b, float *x)
{
    for (uint32_t first = 0; first < m->depth; first += m->block) {
        const block k = block_of(m, first);
        const size_t n = k.n;
        float *out = x + first;
        /* R'y = b column by column, so that R is read along its rows; then R x = y. */
        memcpy(out, b + first, n * sizeof *out);
        for (size_t i = 0; i < n; i++) {
            const float *r = k.root + i * n;
            out[i] /= r[i];
            for (size_t j = i + 1; j < n; j++)
                out[j] -= r[j] * out[i];
        }
        for (size_t i = n; i-- > 0;) {
            const float *r = k.root + i * n;
            double sum = (double)out[i];
            for (size_t j = i + 1; j < n; j++)
                sum -= (double)r[j] * (double)out[j];
            out[i] = (float)(sum / (double)r[i]);
        }
    }
}

/* g += step * row i of h */
static void move(const block *b, float *g, uint32_t i, float step)
{
    const float *h = b->h + (size_t)i * b->n;
    for (uint32_t k = 0; k < b->n; k++)
        g[k] += step * h[k];
}

void row_refit(const row_moments *m, const float *w, const uint8_t *kept, float *v, int sweeps, float *scratch)
{
    for (uint32_t first = 0; first < m->depth; first += m->block) {
        const block b = block_of(m, first);
        float *e = scratch; /* w - v */
        for (uint32_t i = 0; i < b.n; i++)
            e[i] = w[first + i] - v[first + i];
        for (int sweep = 0; sweep < sweeps; sweep++)
            for (uint32_t i = 0; i < b.n; i++) {
                if (!kept[first + i])
                    continue;
                const float *h = b.h + (size_t)i * b.n;
                v[first + i] += dot(h, e, b.n) / h[i];
                e[i] = w[first + i] - v[first + i];
            }
    }
}

/* One block's levels, those nearest to w. */
static void round_nearest(const block *b, bdc_weights kind, double scale, const float *w, const uint8_t *kept,
                          int8_t *levels)
{
    for (uint32_t i = 0; i < b->n; i++)
        levels[i] = (int8_t)(!kept || kept[i] ? levels_nearest(kind, (double)w[i] / scale) : 0);
}

/* One block's levels with feedback, the last first: e = w - level * scale of those that are done. */
static void round_plane(const block *b, bdc_weights kind, double scale, const float *w, const uint8_t *kept,
                        int8_t *levels, float *e)
{
    for (uint32_t i = b->n; i-- > 0;) {
        const float *r = b->root + (size_t)i * b->n;
        const float pull = dot(r + i + 1, e + i + 1, b->n - i - 1);
        const double wanted = (double)w[i] + (double)pull / (double)r[i];
        levels[i] = (int8_t)(!kept || kept[i] ? levels_nearest(kind, wanted / scale) : 0);
        e[i] = (float)((double)w[i] - levels[i] * scale);
    }
}

static void errors(const block *b, double scale, const float *w, const int8_t *levels, float *e)
{
    for (uint32_t i = 0; i < b->n; i++)
        e[i] = (float)((double)w[i] - levels[i] * scale);
}

/* Coordinate descent; g = h * (w - level * scale) moves along. */
static void descend(const block *b, bdc_weights kind, double scale, const uint8_t *kept, int8_t *levels, float *g)
{
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        int moved = 0;
        for (uint32_t i = 0; i < b->n; i++) {
            if (kept && !kept[i])
                continue;
            const double h = (double)b->h[(size_t)i * b->n + i];
            const int32_t level = levels_nearest(kind, levels[i] + (double)g[i] / (h * scale));
            const double step = (level - levels[i]) * scale;
            /* The error changes by -2 step g + step^2 h; what rounding in g could feign does not count. */
            if (level == levels[i] || !(step * (2 * (double)g[i] - step * h) > 1e-5 * step * step * h))
                continue;
            levels[i] = (int8_t)level;
            move(b, g, i, (float)-step);
            moved = 1;
        }
        if (!moved)
            break;
    }
}

double row_round(const row_moments *m, bdc_weights kind, double scale, const float *w, const uint8_t *kept,
                 int8_t *levels, float *scratch)
{
    float *e = scratch, *g = scratch + m->depth;
    int8_t *other = (int8_t *)(scratch + 2 * (size_t)m->depth);
    double total = 0;
    for (uint32_t first = 0; first < m->depth; first += m->block) {
        const block b = block_of(m, first);
        const uint8_t *keep = kept ? kept + first : NULL;
        int8_t *best = levels + first;
        double least = INFINITY;
        for (int start = 0; start < 2; start++) {
            if (start)
                round_plane(&b, kind, scale, w + first, keep, other, e);
            else
                round_nearest(&b, kind, scale, w + first, keep, other);
            errors(&b, scale, w + first, other, e);
            multiply(&b, e, g);
            /* Of many levels the nearest ones only set the mark: descending from them leads no further. */
            if (start || levels_most(kind) < 16)
                descend(&b, kind, scale, keep, other, g);
            errors(&b, scale, w + first, other, e);
            const double error = square_form(&b, e, g);
            if (error < least) {
                least = error;
                memcpy(best, other, b.n);
            }
        }
        total += least;
    }
    return total;
}

double row_best_scale(const row_moments *m, const float *w, const int8_t *levels, float *scratch)
{
    double product = 0, square = 0;
    for (uint32_t first = 0; first < m->depth; first += m->block) {
        const block b = block_of(m, first);
        for (uint32_t i = 0; i < b.n; i++)
            scratch[i] = levels[first + i];
        for (uint32_t i = 0; i < b.n; i++) {
            const float *h = b.h + (size_t)i * b.n;
            if (!levels[first + i])
                continue;
            product += levels[first + i] * (double)dot(h, w + first, b.n);
            square += levels[first + i] * (double)dot(h, scratch, b.n);
        }
    }
    return square > 0 ? product / square : 0;
}
