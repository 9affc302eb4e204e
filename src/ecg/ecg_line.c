/* One lead's samples as they come, before anything is resampled: do they stand still, does the lead stop at a rail? Numbers that are ours
 * were chosen on MIT-BIH's DS1.
 * SPDX-License-Identifier: MIT */
#include "ecg_internal.h"
#include "ecg_math.h"
#include "ecg_quality.h"
#include "ecg_resample.h"

#define CALM 3          /* units that a lead which is off may move in each half second */
#define FAR 60          /* units from the mean: 0.3 mV */
#define PLATEAU 25u     /* ms with one value after a corner: no top of a wave in DS1 has more than 17 ms */
#define CORNER 5        /* steps of the converter in two changes, of nine samples or more, */
#define CORNER_COARSE 3 /* and more of a coarse one, whose steps are as large as noise */
#define NOISE 6         /* units */
#define TOP 11u         /* ms, at least two samples: it may be a rail, ... */
#define HITS 3u         /* ... and is one if so many in a row end there, one of them ... */
#define WIDE 3u         /* ... for three samples, ... */
#define FINE 3 /* units per step; of coarser ones QRS complexes have such tops, and a plateau takes a sample more */
#define FROZEN 400u     /* ms with the very same value ... */
#define STILL 100u      /* ... of a converter that seldom has it for so long: */
#define COARSE_MOST 8u  /* times of standing still that are remembered, ... */
#define COARSE_BLOCKS 8 /* ... one less every 4 s: */
#define COARSE 4u       /* with so many the converter is too coarse to tell a frozen lead by it */

/* Samples in so many milliseconds, rounded up. */
static uint32_t samples_of(uint32_t rate, uint32_t milliseconds)
{
    return (rate * milliseconds + 999) / 1000;
}

/* Once, as not every processor divides. */
void ecg_line_begin(bds_ecg_quality *q, uint32_t rate)
{
    const uint32_t top = samples_of(rate, TOP);
    q->half = (rate + 1) / 2;
    q->top = top < 2 ? 2 : top;
    q->plateau = samples_of(rate, PLATEAU);
    q->still = samples_of(rate, STILL);
    q->frozen = samples_of(rate, FROZEN);
    while ((rate + rate / 2) >> q->mean_shift > 1) /* the mean is of some 1.4 s */
        q->mean_shift++;
}

static int is_coarse(const bds_ecg_line *l)
{
    return l->step > FINE;
}

/* Was the value reached by more than a wave's way to its top? A top like a parabola that has one value for n + 1 samples was lower by
 * (8 n + 16) / n^2 steps of the converter two samples before; twice that, and two steps. Of few samples noise may have made them alike. */
static int is_after_a_corner(const bds_ecg_line *l)
{
    const int32_t n = (int32_t)l->still - 1, few = n < 8;
    const int32_t steps = few ? 2 + (16 * n + 32 + n * n - 1) / (n * n) : CORNER;
    return l->entry >= (steps + (is_coarse(l) ? CORNER_COARSE : 0)) * l->step + (few ? NOISE : 0);
}

/* Has the lead stopped at a value that it does not pass? */
static int is_at_a_rail(const bds_ecg_quality *q, bds_ecg_line *l, int32_t x)
{
    if (q->low < q->high && (x <= q->low || x >= q->high))
        return 1;
    if (x <= -ECG_INPUT_LIMIT || x >= ECG_INPUT_LIMIT)
        return 1;
    const int32_t mean = l->mean >> q->mean_shift, before = l->plateau - mean;
    if (l->hits && ((before > 0 && x > l->plateau) || (before < 0 && x < l->plateau)))
        l->hits = 0; /* it passed */
    if (ecg_abs(x - mean) < FAR || l->still < q->top || !is_after_a_corner(l))
        return 0;
    if (l->still == q->top) { /* a top, once */
        const int again = l->hits && l->plateau == x;
        l->hits = again ? l->hits + 1 : 1;
        l->widest = again ? l->widest : 0;
        l->plateau = x;
    }
    l->widest = l->still > l->widest ? l->still : l->widest;
    int32_t least = l->least, most = l->most;
    for (uint32_t i = 0; i < BDS_ECG_BLOCKS && i < q->blocks; i++) {
        least = l->low[i] < least ? l->low[i] : least;
        most = l->high[i] > most ? l->high[i] : most;
    }
    if (x != least && x != most)
        return 0;
    return is_coarse(l) ? l->still > q->plateau : l->still >= q->plateau || (l->hits >= HITS && l->widest >= WIDE);
}

static void follow(const bds_ecg_quality *q, bds_ecg_line *l, int32_t x)
{
    if (!l->begun) {
        l->begun = 1;
        l->last = l->prior = l->least = l->most = x;
        l->mean = x * (1 << q->mean_shift);
    }
    const int32_t change = ecg_abs(x - l->last);
    l->least = x < l->least ? x : l->least;
    l->most = x > l->most ? x : l->most;
    l->mean += x - (l->mean >> q->mean_shift);
    l->still++;
    if (change) {
        const int32_t both = ecg_abs(x - l->prior);
        l->still = 1;
        l->entry = change > both ? change : both;
        l->prior = l->last;
        l->step = !l->step || change < l->step ? change : l->step;
    }
    l->last = x;
    if (l->still == q->still && l->stills < COARSE_MOST)
        l->stills++;
}

/* The half second is over: was this the fourth of calm? */
static int is_calm(const bds_ecg_quality *q, bds_ecg_line *l)
{
    int calm = q->blocks + 1 >= BDS_ECG_BLOCKS;
    l->low[q->blocks % BDS_ECG_BLOCKS] = l->least;
    l->high[q->blocks % BDS_ECG_BLOCKS] = l->most;
    l->least = l->most = l->last;
    for (uint32_t i = 0; i < BDS_ECG_BLOCKS; i++)
        calm = calm && l->high[i] - l->low[i] <= CALM;
    if (q->blocks % COARSE_BLOCKS == COARSE_BLOCKS - 1 && l->stills)
        l->stills--;
    return calm;
}

static void look_at(bds_ecg_quality *q, uint32_t lead, int32_t x, int ends)
{
    bds_ecg_line *l = &q->line[lead];
    if (x == BDS_ECG_NO_SAMPLE)
        ecg_raise_in(q, BDS_ECG_MISSING, lead);
    else
        follow(q, l, ecg_clamp(x, -ECG_INPUT_LIMIT, ECG_INPUT_LIMIT));
    if (x != BDS_ECG_NO_SAMPLE && is_at_a_rail(q, l, l->last))
        ecg_raise_in(q, BDS_ECG_RAIL, lead);
    if (l->still >= q->frozen && l->stills < COARSE)
        ecg_raise_in(q, BDS_ECG_FLAT, lead);
    if (ends && is_calm(q, l))
        ecg_raise_in(q, BDS_ECG_FLAT, lead);
}

void bds_ecg_quality_input(bds_ecg_quality *q, int32_t lead0, int32_t lead1)
{
    const int ends = q->in_block + 1 == q->half;
    look_at(q, 0, lead0, ends);
    if (q->leads > 1)
        look_at(q, 1, lead1, ends);
    q->in_block++;
    if (ends) {
        q->in_block = 0;
        q->blocks++;
    }
}
