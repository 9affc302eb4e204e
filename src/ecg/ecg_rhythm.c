/* The rhythm about a beat, and all of its numbers put in their places.
 * SPDX-License-Identifier: MIT */
#include "ecg_internal.h"
#include "ecg_math.h"

#define ALIKE 20 /* intervals within 5.6 %, in log2 Q8 */

static int32_t log_interval(uint32_t samples)
{
    return ecg_log2((uint64_t)ecg_clamp((int32_t)samples, 36, ECG_CAP));
}

/* What the history says, all of it before the beat. Logarithms to base 2 in Q8. */
typedef struct rhythm {
    const int32_t *rr; /* rr[-1] newest; n of them */
    int32_t n;
    int32_t usual, mean8, mean24, deviation24, step8, step24, median_step, alike, alike_next, early_share;
} rhythm;

static int32_t mean_of_last(const rhythm *r, int32_t n)
{
    int32_t sum = 0;
    n = n < r->n ? n : r->n;
    for (int32_t i = 1; i <= n; i++)
        sum += r->rr[-i];
    return sum / n;
}

static int32_t mean_step(const rhythm *r, int32_t n)
{
    int32_t sum = 0;
    n = n < r->n - 1 ? n : r->n - 1;
    for (int32_t i = 1; i <= n; i++)
        sum += ecg_abs(r->rr[-i] - r->rr[-i - 1]);
    return n > 0 ? sum / n : 0;
}

/* Do intervals come back? In fibrillation hardly, in bigeminy every second one does. Q8 shares. */
static void look_for_pairs(rhythm *r)
{
    const int32_t n = r->n < 24 ? r->n : 24;
    int32_t pairs = 0, alike = 0, both = 0;
    for (int32_t i = 2; i <= n; i++)
        for (int32_t k = i + 1; k <= n; k++) {
            const int same = ecg_abs(r->rr[-i] - r->rr[-k]) < ALIKE;
            pairs++;
            alike += same;
            both += same && ecg_abs(r->rr[-i + 1] - r->rr[-k + 1]) < ALIKE;
        }
    r->alike = pairs ? alike * 256 / pairs : 128;
    r->alike_next = alike ? both * 256 / alike : 128;
}

static void look_back(rhythm *r, const int32_t *history, uint32_t n)
{
    int32_t steps[BDS_ECG_HISTORY], early = 0;
    int64_t square = 0;
    *r = (rhythm){.rr = history + n, .n = (int32_t)n};
    r->usual = ecg_median(history, n);
    r->mean8 = mean_of_last(r, 8);
    r->mean24 = mean_of_last(r, 24);
    r->step8 = mean_step(r, 8);
    r->step24 = mean_step(r, 24);
    const int32_t last = r->n < 24 ? r->n : 24;
    for (int32_t i = 1; i <= last; i++) {
        square += (int64_t)(r->rr[-i] - r->mean24) * (r->rr[-i] - r->mean24);
        early += r->rr[-i] < r->usual - 40;
        steps[i - 1] = i < last ? ecg_abs(r->rr[-i] - r->rr[-i - 1]) : 0;
    }
    r->deviation24 = (int32_t)ecg_sqrt((uint64_t)(square / last));
    r->median_step = last > 1 ? ecg_median(steps, (uint32_t)last - 1) : 0;
    r->early_share = early * 256 / last;
    look_for_pairs(r);
}

static int32_t back(const rhythm *r, int32_t i)
{
    return r->n >= i ? r->rr[-i] : r->usual;
}

static int32_t rank(const rhythm *r, int32_t x, int32_t first)
{
    int32_t less = 0, n = 0;
    for (int32_t i = first; i <= r->n; i++, n++)
        less += (r->rr[-i] < x ? 2 : 0) + (r->rr[-i] == x ? 1 : 0);
    return n ? (less - n) * 64 / n : 0;
}

/* Of the last 16 before the newest: the shortest, the longest, the nearest. */
static void extremes(const rhythm *r, int32_t x, int32_t *least, int32_t *most, int32_t *nearest)
{
    *least = *most = r->usual;
    *nearest = 256;
    for (int32_t i = 2; i <= r->n && i <= 17; i++) {
        const int32_t v = r->rr[-i];
        *least = v < *least ? v : *least;
        *most = v > *most ? v : *most;
        *nearest = ecg_abs(v - x) < *nearest ? ecg_abs(v - x) : *nearest;
    }
}

static void put_rhythm(int8_t *f, const rhythm *r, int32_t next, int32_t long_mean)
{
    const int32_t now = back(r, 1), before = back(r, 2);
    int32_t least, most, nearest;
    extremes(r, now, &least, &most, &nearest);
    f[0] = ecg_int8((now - r->usual) / 2);
    f[1] = ecg_int8((next - r->usual) / 2);
    f[2] = ecg_int8((now - next) / 2);
    f[3] = ecg_int8((before - r->usual) / 2);
    f[4] = ecg_int8((now - r->mean8) / 2);
    f[5] = ecg_int8((r->usual - 2090) / 4); /* 0.8 s */
    f[6] = ecg_int8((now - 2090) / 4);
    f[7] = ecg_int8(r->step8 - 64);
    f[8] = ecg_int8(r->step24 - 64);
    f[9] = ecg_int8(r->median_step * 2 - 64);
    f[10] = ecg_int8(r->deviation24 - 64);
    f[11] = ecg_int8(r->alike - 128);
    f[12] = ecg_int8(r->alike_next - 128);
    f[13] = ecg_int8(r->early_share - 64);
    f[14] = ecg_int8(rank(r, now, 2));
    f[15] = ecg_int8(rank(r, next, 1));
    f[16] = ecg_int8((now - r->mean24) * 24 / (r->deviation24 + 8));
    f[17] = ecg_int8((next - r->mean24) * 24 / (r->deviation24 + 8));
    f[18] = ecg_int8((now - least) / 2);
    f[19] = ecg_int8((next - most) / 2);
    f[20] = ecg_int8(nearest - 32);
    f[21] = ecg_int8((back(r, 3) - r->usual) / 2);
    f[22] = ecg_int8((back(r, 4) - r->usual) / 2);
    f[23] = ecg_int8((r->mean8 - r->usual) / 2);
    /* now and next together beside two usual ones: the compensatory pause. 2^(x/256) by a straight line is enough. */
    f[24] = ecg_int8((now + next - 2 * r->usual) / 2);
    f[25] = ecg_int8((now - before) / 2);
    f[26] = ecg_int8((next - before) / 2);
    f[52] = ecg_int8((now - long_mean) / 2);
    f[53] = ecg_int8((r->usual - long_mean) / 2);
    f[54] = ecg_int8((now - most) / 2);
}

static void put_shape(int8_t *f, const bds_ecg_shape *s, int32_t next_match)
{
    f[27] = ecg_int8((s->match - 768) / 4);
    f[28] = ecg_int8((s->match_lead[0] - 768) / 4);
    f[29] = ecg_int8((s->match_lead[1] - 768) / 4);
    f[30] = ecg_int8((s->best - 768) / 2);
    f[31] = ecg_int8(s->best_share / 256 - 128);
    f[32] = ecg_int8(s->usual_share / 256 - 128);
    f[33] = ecg_int8(s->best_early / 2);
    f[34] = ecg_int8(s->best_after / 2);
    f[35] = ecg_int8(s->usual_early / 2);
    f[36] = ecg_int8(s->usual_after / 2);
    f[37] = ecg_int8((s->previous_match - 768) / 4);
    f[38] = ecg_int8((next_match - 768) / 4);
    f[39] = ecg_int8(s->width / 4 - 64);
    f[40] = ecg_int8(s->width_more / 4);
    f[41] = ecg_int8(s->steep[0] / 4);
    f[42] = ecg_int8(s->steep[1] / 4);
    f[43] = ecg_int8(s->p_match[0] / 8);
    f[44] = ecg_int8(s->p_match[1] / 8);
    f[45] = ecg_int8(s->p_level[0] / 8);
    f[46] = ecg_int8(s->p_level[1] / 8);
    f[47] = ecg_int8(s->p_usual / 16 + 64);
    f[48] = ecg_int8(s->p_steady / 8);
    f[49] = ecg_int8(s->odd / 256 - 64);
    f[50] = ecg_int8(s->t_match / 8);
    f[51] = ecg_int8(s->t_level / 8);
    f[55] = ecg_int8(s->p_moved / 8);
}

/* A kind's usual timing: how early it comes, how long the pause after it is. */
static void learn_timing(bds_ecg *e, const bds_ecg_shape *s, int32_t early, int32_t after)
{
    bds_ecg_template *t = &e->kinds[s->kind];
    if (t->born != s->kind_born || !t->beats)
        return; /* another kind has its place by now */
    const int32_t n = t->timed < 15 ? (int32_t)t->timed + 1 : 16;
    t->early += (early - t->early) / n;
    t->after += (after - t->after) / n;
    if (t->timed < 16)
        t->timed++;
}

void ecg_tell(bds_ecg *e, const bds_ecg_shape *next, bds_ecg_beat *beat)
{
    const bds_ecg_shape *s = &e->waiting;
    const int32_t following = log_interval(next ? next->at - s->at : ECG_CAP);
    rhythm r;
    *beat = (bds_ecg_beat){.index = e->given++, .at = s->at};
    if (!e->intervals) /* the first beat has only the interval after it */
        e->interval[e->intervals++] = following;
    look_back(&r, e->interval, e->intervals);
    if (!e->long_count)
        e->long_mean = following * 256;
    put_rhythm(beat->scalar, &r, following, e->long_mean / 256);
    put_shape(beat->scalar, s, next ? next->match : 0);
    for (uint32_t i = 0; i < BDS_ECG_WINDOW; i++)
        for (uint32_t c = 0; c < BDS_ECG_CHANNELS; c++)
            beat->window[i][c] = s->window[i][c];
    learn_timing(e, s, ecg_clamp(back(&r, 1) - r.usual, -512, 512), ecg_clamp(following - r.usual, -512, 512));
    if (e->intervals == BDS_ECG_HISTORY) {
        for (uint32_t i = 1; i < BDS_ECG_HISTORY; i++)
            e->interval[i - 1] = e->interval[i];
        e->intervals--;
    }
    e->interval[e->intervals++] = following;
    e->long_count += e->long_count < 255;
    e->long_mean += (following * 256 - e->long_mean) / (int32_t)(e->long_count + 1);
}
