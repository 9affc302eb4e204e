/* SPDX-License-Identifier: MIT */
#include "ecg_resample.h"

#include "ecg_internal.h"
#include "ecg_math.h"

#define ONE 32768 /* weights are of 15 bits */

int bds_ecg_resample_begin(bds_ecg_resampler *r, uint32_t rate)
{
    *r = (bds_ecg_resampler){.rate = rate};
    if (rate < BDS_ECG_RATE_LEAST || rate > BDS_ECG_RATE_MOST)
        return -1;
    r->group = rate < BDS_ECG_RATE ? 1 : rate / BDS_ECG_RATE;
    return 0;
}

static void take(bds_ecg_resampler *r, int32_t x)
{
    if (r->rate == BDS_ECG_RATE) { /* they pass as they are, and at once */
        r->last[1] = x;
        r->known = 4;
        r->phase = 0;
        return;
    }
    if (r->known == 0) /* as if it had always been so */
        r->last[0] = r->last[r->known++] = x;
    if (r->known < 4) {
        r->last[r->known++] = x;
        return;
    }
    for (uint32_t i = 0; i < 3; i++)
        r->last[i] = r->last[i + 1];
    r->last[3] = x;
    r->phase -= BDS_ECG_RATE * r->group;
}

void bds_ecg_resample_put(bds_ecg_resampler *r, int32_t x)
{
    if (x == BDS_ECG_NO_SAMPLE)
        r->lost++;
    else
        r->sum += ecg_clamp(x, -ECG_INPUT_LIMIT, ECG_INPUT_LIMIT);
    if (++r->taken < r->group)
        return;
    const int32_t n = (int32_t)r->group, twice = 2 * r->sum + n;
    const int32_t mean =
        twice >= 0 ? twice / (2 * n) : -((-twice + 2 * n - 1) / (2 * n)); /* to the nearest, halves up */
    take(r, r->lost ? BDS_ECG_NO_SAMPLE : mean);
    r->sum = 0;
    r->taken = r->lost = 0;
}

/* The cubic through four equally spaced samples at f / d between the middle two (Lagrange's formula). */
static int32_t between(const int32_t x[4], uint32_t f, uint32_t d)
{
    const int64_t t = f, u = (int64_t)d - f, cube = (int64_t)d * d * d; /* d <= 1800: 2^15 * 6 d^3 < 2^51 */
    const int64_t w0 = -(t * u * (u + d) * ONE + 3 * cube) / (6 * cube);
    const int64_t w2 = (t * (t + d) * (u + d) * ONE + cube) / (2 * cube);
    const int64_t w3 = -(t * u * (t + d) * ONE + 3 * cube) / (6 * cube);
    const int64_t sum = w0 * x[0] + (ONE - w0 - w2 - w3) * x[1] + w2 * x[2] + w3 * x[3];
    return (int32_t)((sum + ONE / 2) >> 15);
}

int bds_ecg_resample_next(bds_ecg_resampler *r, int32_t *y)
{
    const uint32_t whole = BDS_ECG_RATE * r->group;
    if (r->known < 4 || r->phase >= whole)
        return 0;
    if (r->phase == 0)
        *y = r->last[1];
    else if (r->last[0] == BDS_ECG_NO_SAMPLE || r->last[1] == BDS_ECG_NO_SAMPLE || r->last[2] == BDS_ECG_NO_SAMPLE ||
             r->last[3] == BDS_ECG_NO_SAMPLE)
        *y = BDS_ECG_NO_SAMPLE;
    else
        *y = between(r->last, r->phase, whole);
    r->phase += r->rate;
    return 1;
}

uint32_t bds_ecg_resample_time(const bds_ecg_resampler *r, uint32_t i)
{
    return (uint32_t)(((uint64_t)i * r->rate + BDS_ECG_RATE / 2) / BDS_ECG_RATE) + (r->group - 1) / 2;
}
