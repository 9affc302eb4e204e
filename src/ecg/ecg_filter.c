/* Samples in: a low-pass filter of two moving sums (6 and 3 samples: no mains hum of 60 Hz passes and a quarter of 50 Hz at most, -3 dB
 * at 24 Hz), a ring of results, and the beats that wait for the end of their windows.
 * SPDX-License-Identifier: MIT */
#include "ecg_internal.h"
#include "ecg_math.h"

#include <stddef.h>

void bds_ecg_begin(bds_ecg *e)
{
    unsigned char *p = (unsigned char *)e;
    for (size_t i = 0; i < sizeof *e; i++)
        p[i] = 0;
}

static int16_t filter(bds_ecg *e, uint32_t lead, int32_t x)
{
    int32_t *in = e->input[lead], *sums = e->last6[lead];
    const uint32_t n = e->turn;
    if (e->filled == 0) { /* as if it had always been so */
        for (int i = 0; i < 6; i++)
            in[i] = x;
        e->sum6[lead] = 6 * x;
        sums[0] = sums[1] = sums[2] = 6 * x;
    }
    e->sum6[lead] += x - in[n];
    in[n] = x;
    sums[n % 3] = e->sum6[lead];
    return (int16_t)((sums[0] + sums[1] + sums[2] + 2) >> 2);
}

void bds_ecg_sample(bds_ecg *e, int32_t lead0, int32_t lead1)
{
    e->ring[0][e->count % BDS_ECG_RING] = filter(e, 0, ecg_clamp(lead0, -ECG_INPUT_LIMIT, ECG_INPUT_LIMIT));
    e->ring[1][e->count % BDS_ECG_RING] = filter(e, 1, ecg_clamp(lead1, -ECG_INPUT_LIMIT, ECG_INPUT_LIMIT));
    e->count++;
    e->turn = e->turn == 5 ? 0 : e->turn + 1;
    e->filled += e->filled < BDS_ECG_RING;
}

int32_t ecg_filtered(const bds_ecg *e, uint32_t lead, uint32_t at)
{
    const int32_t age = (int32_t)(e->count - 1 - (at + ECG_DELAY));
    const uint32_t back = age < 0 ? 0 : (uint32_t)age < e->filled ? (uint32_t)age : e->filled - 1;
    return e->ring[lead][(e->count - 1 - back) % BDS_ECG_RING];
}

/* The middle of a beat may lie MIDDLE samples after what was noted. */
int ecg_is_complete(const bds_ecg *e, uint32_t at)
{
    const uint32_t need = (BDS_ECG_AFTER + BDS_ECG_MARGIN) * ECG_STEP + 30 + ECG_DELAY;
    return e->finished || e->count - at > need;
}

bds_ecg_status bds_ecg_note(bds_ecg *e, uint32_t at)
{
    if ((int32_t)(at - e->count) >= 0 || (e->noted && (int32_t)(at - e->last_note) <= 0))
        return BDS_ECG_E_ORDER;
    if (e->count - at > BDS_ECG_LATEST)
        return BDS_ECG_E_LATE;
    if (e->queued == BDS_ECG_QUEUE)
        return BDS_ECG_E_CROWDED;
    e->queue[e->queued++] = at;
    e->last_note = at;
    e->noted++;
    return BDS_ECG_NONE;
}

void bds_ecg_finish(bds_ecg *e)
{
    e->finished = 1;
}

/* A beat is told when the next one has been looked at, or when none came in time; then the next is not looked for. */
bds_ecg_status bds_ecg_next(bds_ecg *e, bds_ecg_beat *beat)
{
    while (e->queued && ecg_is_complete(e, e->queue[0])) {
        bds_ecg_shape seen;
        const uint32_t at = e->queue[0];
        const int alone = e->has_waiting && at - e->waiting.at >= ECG_CAP;
        if (alone)
            break;
        ecg_look(e, at, &seen);
        for (uint32_t i = 1; i < e->queued; i++)
            e->queue[i - 1] = e->queue[i];
        e->queued--;
        const int had = e->has_waiting;
        if (had)
            ecg_tell(e, &seen, beat);
        e->waiting = seen;
        e->has_waiting = 1;
        if (had)
            return BDS_ECG_READY;
    }
    /* No beat noted later can lie within the three seconds any more. */
    const uint32_t silence = e->has_waiting ? e->count - e->waiting.at : 0;
    const int alone = e->has_waiting && (e->queued ? e->queue[0] - e->waiting.at >= ECG_CAP
                                                   : e->finished || silence > ECG_CAP + BDS_ECG_LATEST);
    if (!alone)
        return BDS_ECG_NONE;
    ecg_tell(e, NULL, beat);
    e->has_waiting = 0;
    return BDS_ECG_READY;
}
