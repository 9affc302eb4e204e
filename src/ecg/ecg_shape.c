/* The shape of one beat: its slope in both leads, put in the middle, normalised by what is usual, and compared with the kinds of
 * beats met so far. The kind met most often lately is "the usual beat".
 * SPDX-License-Identifier: MIT */
#include "ecg_internal.h"
#include "ecg_math.h"

#include <stddef.h>

/* Zones of a window, in steps from its begin. */
enum { P_FROM = 4, P_TO = 30, QRS_FROM = 26, QRS_TO = 62, PEAK_FROM = 28, PEAK_TO = 56 };
#define SLOPE_LIMIT 4095 /* of a normalised slope: four times the usual steepest */
#define SAME_KIND 840    /* correlation of 0.82, Q10 */
#define UNLIKE 717       /* 0.7 */

/* A structure, as a constant array of arrays takes a cast in C11. */
typedef struct slopes {
    int16_t lead[BDS_ECG_LEADS][BDS_ECG_LONG];
} slopes;

static int32_t slope_at(const bds_ecg *e, uint32_t lead, uint32_t at)
{
    return ecg_filtered(e, lead, at) - ecg_filtered(e, lead, at - ECG_STEP);
}

/* The centre of the QRS complex's energy about a sample: +-50 ms first, then +-100 ms about that. Detectors and annotators put a beat
 * on its R wave, its onset or its steepest slope; this is one place for all. */
static uint32_t middle_of(const bds_ecg *e, uint32_t at)
{
    uint32_t middle = at;
    for (int32_t reach = 24; reach <= 36; reach += 12) {
        int64_t sum = 0, moment = 0;
        for (int32_t i = -reach; i <= reach; i++) {
            const int64_t a = slope_at(e, 0, middle + (uint32_t)i), b = slope_at(e, 1, middle + (uint32_t)i);
            const int64_t energy = a * a + b * b; /* < 2^31 */
            sum += energy;
            moment += energy * i;
        }
        if (sum)
            middle += (uint32_t)((moment + (moment < 0 ? -sum : sum) / 2) / sum);
    }
    return at + (uint32_t)ecg_clamp((int32_t)(middle - at), -30, 30);
}

static void take_slopes(const bds_ecg *e, uint32_t middle, int32_t raw[BDS_ECG_LEADS][BDS_ECG_LONG])
{
    for (uint32_t lead = 0; lead < BDS_ECG_LEADS; lead++)
        for (int32_t i = 0; i < BDS_ECG_LONG; i++)
            raw[lead][i] = slope_at(e, lead, middle + (uint32_t)(ECG_STEP * (i - BDS_ECG_BEFORE - BDS_ECG_MARGIN)));
}

int32_t ecg_median(const int32_t *values, uint32_t n)
{
    int32_t sorted[BDS_ECG_HISTORY] = {0};
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = i;
        for (; k > 0 && sorted[k - 1] > values[i]; k--)
            sorted[k] = sorted[k - 1];
        sorted[k] = values[i];
    }
    return sorted[n / 2];
}

/* Steepest slope about the QRS; the median of the last ones is ECG_UNIT in the result. */
static void normalise(bds_ecg *e, int32_t raw[BDS_ECG_LEADS][BDS_ECG_LONG], slopes *out, int32_t *steep)
{
    for (uint32_t lead = 0; lead < BDS_ECG_LEADS; lead++) {
        int32_t peak = 1;
        for (int32_t i = PEAK_FROM + BDS_ECG_MARGIN; i < PEAK_TO + BDS_ECG_MARGIN; i++)
            peak = ecg_abs(raw[lead][i]) > peak ? ecg_abs(raw[lead][i]) : peak;
        e->peak[lead][e->shaped % BDS_ECG_PEAKS] = peak;
        const uint32_t known = e->shaped + 1 < BDS_ECG_PEAKS ? e->shaped + 1 : BDS_ECG_PEAKS;
        int32_t usual = ecg_median(e->peak[lead], known);
        usual = usual < 8 ? 8 : usual; /* a lead that is off shows noise, not beats */
        steep[lead] = ecg_log2((uint64_t)peak) - ecg_log2((uint64_t)usual);
        for (int32_t i = 0; i < BDS_ECG_LONG; i++)
            out->lead[lead][i] = (int16_t)ecg_clamp(raw[lead][i] * ECG_UNIT / usual, -SLOPE_LIMIT, SLOPE_LIMIT);
    }
}

static int64_t energy_of(const int16_t *x, int32_t n)
{
    int64_t sum = 0;
    for (int32_t i = 0; i < n; i++)
        sum += (int32_t)x[i] * x[i];
    return sum;
}

/* Correlation in [-1024, 1024] of n values. */
static int32_t correlate(const int16_t *a, const int16_t *b, int32_t n)
{
    int64_t dot = 0;
    for (int32_t i = 0; i < n; i++)
        dot += (int32_t)a[i] * b[i];
    const int64_t norm = (int64_t)ecg_sqrt((uint64_t)energy_of(a, n)) * ecg_sqrt((uint64_t)energy_of(b, n));
    return norm ? ecg_clamp((int32_t)(dot * 1024 / norm), -1024, 1024) : 0;
}

/* Of both leads' QRS together. */
static int32_t correlate_beats(const slopes *x, int32_t lag, const bds_ecg_template *t)
{
    int64_t dot = 0, mine = 0, its = 0;
    for (uint32_t lead = 0; lead < BDS_ECG_LEADS; lead++) {
        const int16_t *a = x->lead[lead] + BDS_ECG_MARGIN + lag + QRS_FROM, *b = t->slope[lead] + QRS_FROM;
        for (int32_t i = 0; i < QRS_TO - QRS_FROM; i++)
            dot += (int32_t)a[i] * b[i];
        mine += energy_of(a, QRS_TO - QRS_FROM);
        its += energy_of(b, QRS_TO - QRS_FROM);
    }
    const int64_t norm = (int64_t)ecg_sqrt((uint64_t)mine) * ecg_sqrt((uint64_t)its);
    return norm ? ecg_clamp((int32_t)(dot * 1024 / norm), -1024, 1024) : 0;
}

static int32_t best_lag(const slopes *x, const bds_ecg_template *t, int32_t *lag)
{
    int32_t best = -2048;
    *lag = 0;
    for (int32_t i = 0; i <= 2 * BDS_ECG_MARGIN; i++) { /* 0, -1, 1, -2, ...: of equals the least move */
        const int32_t l = i & 1 ? -(i + 1) / 2 : i / 2;
        const int32_t c = correlate_beats(x, l, t);
        if (c > best) {
            best = c;
            *lag = l;
        }
    }
    return best;
}

/* Steps between the first and the last slope of at least an eighth of the beat's steepest, both leads together, Q4. */
static int32_t width_of(const slopes *x)
{
    int32_t sum[BDS_ECG_LONG], peak = 0, first = -1, last = -1;
    for (int32_t i = QRS_FROM - 4; i < QRS_TO + 6; i++) {
        sum[i] = ecg_abs(x->lead[0][i + BDS_ECG_MARGIN]) + ecg_abs(x->lead[1][i + BDS_ECG_MARGIN]);
        peak = sum[i] > peak ? sum[i] : peak;
    }
    for (int32_t i = QRS_FROM - 4; i < QRS_TO + 6; i++)
        if (sum[i] * 6 >= peak) {
            first = first < 0 ? i : first;
            last = i;
        }
    return 16 * (last - first);
}

static uint32_t usual_kind(const bds_ecg *e)
{
    uint32_t best = 0;
    for (uint32_t k = 1; k < BDS_ECG_TEMPLATES; k++)
        if (e->kinds[k].share > e->kinds[best].share)
            best = k;
    return best;
}

static void learn(bds_ecg *e, bds_ecg_template *t, const slopes *x, int32_t lag, const bds_ecg_shape *s)
{
    const int32_t n = t->beats < 15 ? (int32_t)t->beats + 1 : 16;
    int64_t p = 0;
    for (uint32_t lead = 0; lead < BDS_ECG_LEADS; lead++) {
        const int16_t *a = x->lead[lead] + BDS_ECG_MARGIN + lag;
        for (int32_t i = 0; i < BDS_ECG_WINDOW; i++) {
            const int32_t more = 8 * a[i] - t->slope[lead][i]; /* templates hold eighths */
            t->slope[lead][i] = (int16_t)(t->slope[lead][i] + more / n);
        }
        p += energy_of(a + P_FROM, P_TO - P_FROM);
    }
    const int32_t p_energy = (int32_t)(p > 1 << 28 ? 1 << 28 : p);
    t->p_energy += (p_energy - t->p_energy) / n;
    t->width += (s->width - t->width) / n;
    if (t->beats < 16)
        t->beats++;
    const int32_t rate = e->shaped < 63 ? (int32_t)e->shaped + 1 : 64;
    for (uint32_t k = 0; k < BDS_ECG_TEMPLATES; k++) {
        bds_ecg_template *o = &e->kinds[k];
        o->share += ((o == t ? 65536 : 0) - o->share) / rate;
    }
}

/* The place of the kind seen least lately. */
static bds_ecg_template *forget(bds_ecg *e)
{
    bds_ecg_template *least = &e->kinds[0];
    for (uint32_t k = 1; k < BDS_ECG_TEMPLATES; k++)
        if (e->kinds[k].share < least->share)
            least = &e->kinds[k];
    *least = (bds_ecg_template){.born = e->shaped};
    return least;
}

/* round(sqrt(8 |x|)) with x's sign: small waves keep their steps, large ones fit. 1024 becomes 91. */
static int8_t compress(int32_t x)
{
    const int32_t root = (int32_t)ecg_sqrt((uint64_t)ecg_abs(x) * 32);
    return ecg_int8(x < 0 ? -((root + 1) >> 1) : (root + 1) >> 1);
}

/* How the waves before the QRS go with those of the usual beat. */
static void look_at_p(bds_ecg_shape *s, const slopes *x, int32_t lag, const bds_ecg_template *t)
{
    int64_t steady = 0;
    for (uint32_t lead = 0; lead < BDS_ECG_LEADS; lead++) {
        const int16_t *a = x->lead[lead] + BDS_ECG_MARGIN + lag + P_FROM, *b = t->slope[lead] + P_FROM;
        const int64_t mine = energy_of(a, P_TO - P_FROM), its = energy_of(b, P_TO - P_FROM) / 64;
        s->p_match[lead] = correlate(a, b, P_TO - P_FROM);
        s->p_level[lead] = ecg_log2((uint64_t)mine + 64) - ecg_log2((uint64_t)its + 64);
        steady += its;
    }
    s->p_moved = -1024; /* the best of a P wave that comes up to 33 ms earlier or later */
    for (int32_t i = -4; i <= 4; i++) {
        const int32_t c = correlate(x->lead[0] + BDS_ECG_MARGIN + P_FROM + i, t->slope[0] + P_FROM, P_TO - P_FROM - 2);
        s->p_moved = c > s->p_moved ? c : s->p_moved;
    }
    s->p_usual = ecg_log2((uint64_t)steady + 64) - 20 * 256; /* of ECG_UNIT squared */
    s->p_steady = ecg_log2((uint64_t)steady + 64) - ecg_log2((uint64_t)t->p_energy + 64);
    /* After the QRS: the T wave. */
    int64_t mine = 0, its = 0, dot = 0;
    for (uint32_t lead = 0; lead < BDS_ECG_LEADS; lead++) {
        const int16_t *a = x->lead[lead] + BDS_ECG_MARGIN + lag + QRS_TO, *b = t->slope[lead] + QRS_TO;
        mine += energy_of(a, BDS_ECG_WINDOW - QRS_TO);
        its += energy_of(b, BDS_ECG_WINDOW - QRS_TO);
        for (int32_t i = 0; i < BDS_ECG_WINDOW - QRS_TO; i++)
            dot += (int32_t)a[i] * b[i];
    }
    const int64_t norm = (int64_t)ecg_sqrt((uint64_t)mine) * ecg_sqrt((uint64_t)its);
    s->t_match = norm ? ecg_clamp((int32_t)(dot * 1024 / norm), -1024, 1024) : 0;
    s->t_level = ecg_log2((uint64_t)mine + 64) - ecg_log2((uint64_t)its / 64 + 64);
}

void ecg_look(bds_ecg *e, uint32_t at, bds_ecg_shape *s)
{
    int32_t raw[BDS_ECG_LEADS][BDS_ECG_LONG], lag = 0, usual_lag = 0;
    slopes x;
    *s = (bds_ecg_shape){.at = at, .middle = middle_of(e, at)};
    take_slopes(e, s->middle, raw);
    normalise(e, raw, &x, s->steep);
    s->width = width_of(&x);
    s->odd = e->odd;
    s->previous_match = e->last_match;

    const uint32_t usual = usual_kind(e);
    bds_ecg_template *kind = NULL;
    if (e->shaped) {
        s->best = -1024;
        for (uint32_t k = 0; k < BDS_ECG_TEMPLATES; k++) {
            int32_t l, c;
            if (!e->kinds[k].beats)
                continue;
            c = best_lag(&x, &e->kinds[k], &l);
            if (k == usual) {
                s->match = c;
                usual_lag = l;
            }
            if (c > s->best) {
                s->best = c;
                kind = &e->kinds[k];
                lag = l;
            }
        }
        const bds_ecg_template *u = &e->kinds[usual];
        for (uint32_t lead = 0; lead < BDS_ECG_LEADS; lead++)
            s->match_lead[lead] = correlate(x.lead[lead] + BDS_ECG_MARGIN + usual_lag + QRS_FROM,
                                            u->slope[lead] + QRS_FROM, QRS_TO - QRS_FROM);
        s->width_more = s->width - u->width;
        s->usual_share = u->share;
        s->usual_early = u->early;
        s->usual_after = u->after;
        look_at_p(s, &x, usual_lag, u);
        if (s->best >= SAME_KIND) {
            s->best_share = kind->share;
            s->best_early = kind->early;
            s->best_after = kind->after;
        }
        e->odd += ((s->match < UNLIKE ? 65536 : 0) - e->odd) / 32;
    }
    for (uint32_t lead = 0; lead < BDS_ECG_LEADS; lead++)
        for (int32_t i = 0; i < BDS_ECG_WINDOW; i++) {
            s->window[i][lead] = compress(x.lead[lead][i + BDS_ECG_MARGIN]);
            s->window[i][BDS_ECG_LEADS + lead] = compress(e->kinds[usual].slope[lead][i] / 8);
        }
    e->last_match = s->match;
    if (!kind || s->best < SAME_KIND) {
        kind = forget(e);
        lag = 0;
    }
    learn(e, kind, &x, lag, s);
    s->kind = (uint32_t)(kind - e->kinds);
    s->kind_born = kind->born;
    e->shaped++;
}
