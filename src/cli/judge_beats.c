/* SPDX-License-Identifier: MIT */
#include "judge_beats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "judge.h"
#include "random.h"

const char *const beat_figure_names[BEAT_FIGURES] = {"acc",   "f1",   "n_se",  "n_ppv",      "s_se",
                                                     "s_ppv", "v_se", "v_ppv", "v_ppv_aami", "acc_nsv"};

static double share(double part, double whole)
{
    return whole > 0 ? part / whole : NAN;
}

void judge_beats(const beat_table t, double figures[BEAT_FIGURES])
{
    double all = 0, labelled = 0, hits = 0, f1 = 0;
    for (uint32_t i = 0; i < BEAT_CLASSES; i++)
        for (uint32_t k = 0; k < BEAT_LABELS; k++) {
            all += t[i][k];
            labelled += i < BEAT_LABELS ? t[i][k] : 0;
        }
    for (uint32_t k = 0; k < BEAT_LABELS; k++) {
        double truths = 0, answers = 0;
        for (uint32_t i = 0; i < BEAT_LABELS; i++)
            truths += t[k][i];
        for (uint32_t i = 0; i < BEAT_CLASSES; i++)
            answers += t[i][k];
        hits += t[k][k];
        f1 += share(2.0 * t[k][k], truths + answers);
        figures[BEAT_N_SE + 2 * k] = share(t[k][k], truths);
        figures[BEAT_N_PPV + 2 * k] = share(t[k][k], answers);
    }
    const double called_v = (double)t[BEAT_N][BEAT_V] + t[BEAT_S][BEAT_V] + t[BEAT_V][BEAT_V];
    figures[BEAT_V_PPV_AAMI] = share(t[BEAT_V][BEAT_V], called_v);
    figures[BEAT_ACC] = share(hits, all);
    figures[BEAT_ACC_NSV] = share(hits, labelled);
    figures[BEAT_F1] = f1 / BEAT_LABELS;
}

static void add(beat_table sum, const beat_table t)
{
    for (uint32_t i = 0; i < BEAT_CLASSES; i++)
        for (uint32_t k = 0; k < BEAT_LABELS; k++)
            sum[i][k] += t[i][k];
}

int judge_beats_intervals(const beat_table *records, uint32_t count, double low[BEAT_FIGURES],
                          double high[BEAT_FIGURES])
{
    double *values = malloc(sizeof *values * BEAT_FIGURES * JUDGE_RESAMPLES);
    uint32_t known[BEAT_FIGURES] = {0};
    random_state seed = {JUDGE_SEED};
    if (!values)
        return cli_fail(BDS_E_ARENA, "out of memory");
    for (uint32_t r = 0; r < JUDGE_RESAMPLES; r++) {
        beat_table sum = {{0}};
        double f[BEAT_FIGURES];
        for (uint32_t i = 0; i < count; i++)
            add(sum, records[random_below(&seed, count)]);
        judge_beats((const uint32_t(*)[BEAT_LABELS])sum, f);
        for (uint32_t k = 0; k < BEAT_FIGURES; k++)
            if (isfinite(f[k]))
                values[(size_t)k * JUDGE_RESAMPLES + known[k]++] = f[k];
    }
    for (uint32_t k = 0; k < BEAT_FIGURES; k++) {
        low[k] = high[k] = NAN;
        if (known[k])
            percentile_interval(values + (size_t)k * JUDGE_RESAMPLES, known[k], &low[k], &high[k]);
    }
    free(values);
    return 0;
}
