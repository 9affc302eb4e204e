/* SPDX-License-Identifier: MIT */
#include "masks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "float_model.h"
#include "random.h"
#include "records.h"

/* ---- The float network ------------------------------------------------------------------------------------------ */

enum { FLOAT_LEVELS = 1 << 16 };
#define FLOAT_RANGE 32.0 /* logits beyond it are taken for it */

typedef struct float_side {
    float_model network;
    double mark_from;
    uint64_t *levels[2];      /* [FLOAT_LEVELS] by truth */
    uint64_t (*marked)[2][2]; /* per picture */
} float_side;

static int see_float(void *cookie, uint32_t j, const bds_tensor *input, const uint8_t *truth)
{
    float_side *f = cookie;
    int failed = float_model_run(&f->network, 0, input);
    for (uint32_t i = 0; i < f->network.labels && !failed; i++) {
        const double x = f->network.logits[i], at = (x + FLOAT_RANGE) * (FLOAT_LEVELS / (2 * FLOAT_RANGE));
        f->levels[truth[i]][at < 0 ? 0 : at > FLOAT_LEVELS - 1 ? FLOAT_LEVELS - 1 : (uint32_t)at]++;
        f->marked[j][truth[i]][x >= f->mark_from]++;
    }
    return failed;
}

/* The logit from which a pixel is marked, half a step below the first stored one that is. */
static double mark_from(const session *s)
{
    const bdf_result *r = s->model.result;
    const bdf_tensor *t = &s->model.tensors[r->tensor];
    const uint16_t *curve = (const uint16_t *)(const void *)(s->model.blob_data + s->model.blobs[r->curve].offset);
    int first = 0;
    while (first < SEGMENT_LEVELS && curve[first] + (curve[first] >> 15) < (int)r->mark_from)
        first++;
    const int stored = first + SEGMENT_FIRST - t->zero_point;
    return stored == 0 ? 0 : (double)t->scale * (stored - 0.5); /* 0, the usual limit, is a stored one exactly */
}

static int open_float(float_side *f, masks *m, const session *s, const char *path, uint32_t pictures)
{
    int failed = float_model_open(&f->network, path, s, 1);
    if (failed)
        return failed;
    m->has_float = 1;
    f->mark_from = mark_from(s);
    f->levels[0] = calloc(FLOAT_LEVELS, sizeof **f->levels);
    f->levels[1] = calloc(FLOAT_LEVELS, sizeof **f->levels);
    f->marked = calloc(pictures, sizeof *f->marked);
    return f->levels[0] && f->levels[1] && f->marked ? 0 : cli_fail(BDS_E_ARENA, "out of memory");
}

static void close_float(float_side *f)
{
    float_model_close(&f->network);
    free(f->levels[0]);
    free(f->levels[1]);
    free(f->marked);
}

/* ---- Figures ---------------------------------------------------------------------------------------------------- */

/* Pixels by truth and mark. */
typedef struct table {
    double hits, alarms, misses, quiet;
} table;

static table table_of(const segment_picture *p)
{
    return (table){(double)p->hits, (double)p->alarms, (double)p->misses, (double)p->quiet};
}

/* Sums over pictures, each as often as drawn. */
typedef struct sums {
    table pixels;
    double dice, iou, full, empty, empty_right;
} sums;

static void add(sums *s, const table *t, double times)
{
    const double all = t->hits + t->alarms + t->misses + t->quiet;
    s->pixels.hits += times * t->hits;
    s->pixels.alarms += times * t->alarms;
    s->pixels.misses += times * t->misses;
    s->pixels.quiet += times * t->quiet;
    if (t->hits + t->misses > 0) {
        s->full += times;
        s->dice += times * 2 * t->hits / (2 * t->hits + t->alarms + t->misses);
        s->iou += times * t->hits / (t->hits + t->alarms + t->misses);
    } else {
        s->empty += times;
        s->empty_right += times * (t->alarms * MASKS_NEARLY <= all);
    }
}

/* Mann and Whitney's statistic: a tie counts one half. */
static double auc_of(const uint64_t *negative, const uint64_t *positive, uint32_t levels)
{
    double below = 0, negatives = 0, positives = 0;
    for (uint32_t i = 0; i < levels; i++) {
        below += (double)positive[i] * (negatives + (double)negative[i] / 2);
        negatives += (double)negative[i];
        positives += (double)positive[i];
    }
    return negatives > 0 && positives > 0 ? below / (negatives * positives) : NAN;
}

static masks_figures figures_of(const sums *s, double auc)
{
    const table *t = &s->pixels;
    return (masks_figures){.dice = s->dice / s->full,
                           .iou = s->iou / s->full,
                           .auc = auc,
                           .acc = (t->hits + t->quiet) / (t->hits + t->alarms + t->misses + t->quiet),
                           .sensitivity = t->hits / (t->hits + t->misses),
                           .specificity = t->quiet / (t->quiet + t->alarms),
                           .f1 = 2 * t->hits / (2 * t->hits + t->alarms + t->misses),
                           .empty_right = s->empty_right / s->empty};
}

static void add_levels(segment_histogram *to, const segment_histogram *h, uint64_t times)
{
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < SEGMENT_LEVELS; i++)
            to->of[k][i] += times * h->of[k][i];
}

static masks_figures judge(const segments *seen, const uint32_t *times)
{
    sums s = {0};
    segment_histogram all = {0};
    for (uint32_t j = 0; j < seen->count; j++) {
        const uint32_t n = times ? times[j] : 1;
        const table t = table_of(&seen->pictures[j]);
        if (!n)
            continue;
        add(&s, &t, n);
        add_levels(&all, &seen->pictures[j].histogram, n);
    }
    return figures_of(&s, auc_of(all.of[0], all.of[1], SEGMENT_LEVELS));
}

/* Whole pictures are drawn: the pixels of one are not independent. */
static int bound(masks *m)
{
    const uint32_t n = m->seen.count;
    uint32_t *times = malloc(n * sizeof *times);
    double *values = malloc(sizeof *values * MASKS_FIGURES * MASKS_RESAMPLES);
    random_state seed = {MASKS_SEED};
    if (!times || !values) {
        free(times);
        free(values);
        return cli_fail(BDS_E_ARENA, "out of memory");
    }
    for (uint32_t r = 0; r < MASKS_RESAMPLES; r++) {
        memset(times, 0, n * sizeof *times);
        for (uint32_t i = 0; i < n; i++)
            times[random_below(&seed, n)]++;
        const masks_figures f = judge(&m->seen, times);
        double each[MASKS_FIGURES];
        memcpy(each, &f, sizeof f);
        for (size_t k = 0; k < MASKS_FIGURES; k++)
            values[k * MASKS_RESAMPLES + r] = each[k];
    }
    double low[MASKS_FIGURES], high[MASKS_FIGURES];
    for (size_t k = 0; k < MASKS_FIGURES; k++) {
        double *v = values + k * MASKS_RESAMPLES;
        uint32_t known = 0;
        for (uint32_t r = 0; r < MASKS_RESAMPLES; r++)
            if (isfinite(v[r]))
                v[known++] = v[r];
        low[k] = high[k] = NAN;
        if (known)
            percentile_interval(v, known, &low[k], &high[k]);
    }
    memcpy(&m->low, low, sizeof low);
    memcpy(&m->high, high, sizeof high);
    free(times);
    free(values);
    return 0;
}

/* Expected calibration error over bins of equal width, and the mean squared error of the probability. */
static void judge_calibration(masks *m, const session *s)
{
    const bdf_result *r = s->model.result;
    const uint16_t *curve = (const uint16_t *)(const void *)(s->model.blob_data + s->model.blobs[r->curve].offset);
    segment_histogram all = {0};
    double leading[METRICS_BINS][2] = {{0}}, positive[METRICS_BINS][2] = {{0}}, pixels = 0; /* sums: stated, seen */
    for (uint32_t j = 0; j < m->seen.count; j++)
        add_levels(&all, &m->seen.pictures[j].histogram, 1);
    for (int i = 0; i < SEGMENT_LEVELS; i++) {
        const double p = curve[i] / 65535.0, lead = p < 0.5 ? 1 - p : p;
        const double no = (double)all.of[0][i], yes = (double)all.of[1][i];
        const int a = (int)fmin(lead * METRICS_BINS, METRICS_BINS - 1),
                  b = (int)fmin(p * METRICS_BINS, METRICS_BINS - 1);
        leading[a][0] += lead * (no + yes);
        leading[a][1] += p < 0.5 ? no : yes;
        positive[b][0] += p * (no + yes);
        positive[b][1] += yes;
        m->brier += no * p * p + yes * (1 - p) * (1 - p);
        pixels += no + yes;
    }
    for (int b = 0; b < METRICS_BINS; b++) {
        m->ece += fabs(leading[b][0] - leading[b][1]) / pixels;
        m->ece_positive += fabs(positive[b][0] - positive[b][1]) / pixels;
    }
    m->brier /= pixels;
}

static void judge_doubts(masks *m)
{
    double answered = 0, dice = 0, full = 0;
    for (uint32_t j = 0; j < m->seen.count; j++) {
        const segment_picture *p = &m->seen.pictures[j];
        const uint32_t doubts = p->marking.doubts;
        const int has_truth = p->hits + p->misses > 0;
        m->empty += !has_truth;
        m->unknown += (doubts & BDS_DOUBT_UNKNOWN) != 0;
        m->colour += (doubts & BDS_DOUBT_COLOUR) != 0;
        m->doubt += doubts != 0;
        if (doubts & BDS_DOUBT_UNSURE)
            continue;
        answered++;
        full += has_truth;
        dice += has_truth ? segment_dice(p) : 0;
    }
    m->coverage = answered / m->seen.count;
    m->selective = full > 0 ? dice / full : NAN;
    m->unknown /= m->seen.count;
    m->colour /= m->seen.count;
    m->doubt /= m->seen.count;
}

static void judge_float(masks *m, const float_side *f)
{
    sums s = {0};
    for (uint32_t j = 0; j < m->seen.count; j++) {
        uint64_t(*n)[2] = f->marked[j];
        const table t = {(double)n[1][1], (double)n[0][1], (double)n[1][0], (double)n[0][0]};
        add(&s, &t, 1);
    }
    m->floating = figures_of(&s, auc_of(f->levels[0], f->levels[1], FLOAT_LEVELS));
}

/* ---- The whole -------------------------------------------------------------------------------------------------- */

int masks_make(masks *m, session *s, const char *data, const char *float_path)
{
    dataset set;
    float_side f = {0};
    int failed = dataset_open_masks(&set, data, m->split);
    if (failed)
        return failed;
    if (float_path)
        failed = open_float(&f, m, s, float_path, set.count);
    if (!failed)
        failed =
            segments_collect(&m->seen, s, &set, UINT32_MAX, COLLECT_NO_STEP, float_path ? see_float : 0, &f, m->split);
    if (!failed && m->records)
        failed = records_write_masks(m->records, &m->seen, &set);
    dataset_close(&set);
    if (!failed) {
        m->figures = judge(&m->seen, NULL);
        judge_calibration(m, s);
        judge_doubts(m);
        if (float_path)
            judge_float(m, &f);
        failed = bound(m);
    }
    close_float(&f);
    return failed;
}

void masks_free(masks *m)
{
    segments_free(&m->seen);
}
