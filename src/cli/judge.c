/* SPDX-License-Identifier: MIT */
#include "judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "random.h"

void judge_odds(const scores *s, uint32_t label, double *odds, uint8_t *truth)
{
    for (uint32_t j = 0; j < s->count; j++) {
        odds[j] = score_log_odds(s, j, label, 1);
        truth[j] = (uint8_t)score_is_true(s, j, label);
    }
}

double judge_accuracy_at(const double *odds, const uint8_t *truth, uint32_t n, double threshold)
{
    uint32_t right = 0;
    for (uint32_t i = 0; i < n; i++)
        right += (odds[i] > threshold) == truth[i];
    return (double)right / n;
}

typedef struct one_label {
    double *odds;
    uint8_t *truth;
    ranking ranking;
} one_label;

static double mean_auc(const one_label *list, uint32_t n, const uint32_t *weight)
{
    double sum = 0;
    uint32_t known = 0;
    for (uint32_t i = 0; i < n; i++) {
        double auc = ranking_auc(&list[i].ranking, weight);
        if (isfinite(auc)) {
            sum += auc;
            known++;
        }
    }
    return known ? sum / known : NAN;
}

static int resample(judged *out, const one_label *list, uint32_t n, const uint8_t *right)
{
    uint32_t *weight = malloc(out->count * sizeof *weight), known = 0;
    double *auc = malloc(JUDGE_RESAMPLES * sizeof *auc), *acc = malloc(JUDGE_RESAMPLES * sizeof *acc);
    random_state seed = {JUDGE_SEED};
    if (!weight || !auc || !acc) {
        free(weight);
        free(auc);
        free(acc);
        return cli_fail(BDS_E_ARENA, "out of memory");
    }
    for (uint32_t r = 0; r < JUDGE_RESAMPLES; r++) {
        uint32_t hits = 0;
        memset(weight, 0, out->count * sizeof *weight);
        for (uint32_t i = 0; i < out->count; i++) {
            uint32_t at = random_below(&seed, out->count);
            weight[at]++;
            hits += right[at];
        }
        acc[r] = (double)hits / out->count;
        double value = mean_auc(list, n, weight);
        if (isfinite(value))
            auc[known++] = value;
    }
    percentile_interval(acc, JUDGE_RESAMPLES, &out->acc_low, &out->acc_high);
    if (known)
        percentile_interval(auc, known, &out->auc_low, &out->auc_high);
    free(weight);
    free(auc);
    free(acc);
    return 0;
}

static int decide(judged *out, const scores *s, uint32_t positive, uint8_t *right)
{
    uint32_t *all = calloc(out->labels, sizeof *all), hits = 0;
    if (!all)
        return cli_fail(BDS_E_ARENA, "out of memory");
    memset(out->recall, 0, sizeof out->recall);
    for (uint32_t j = 0; j < s->count; j++) {
        right[j] = score_decision(s, j) == s->truth[j];
        hits += right[j];
        all[s->truth[j]]++;
        out->recall[s->truth[j]] += right[j];
    }
    for (uint32_t i = 0; i < out->labels; i++)
        out->recall[i] = all[i] ? out->recall[i] / all[i] : NAN;
    out->acc = (double)hits / s->count;
    out->sensitivity = out->binary ? out->recall[positive] : NAN;
    out->specificity = out->binary ? out->recall[1 - positive] : NAN;
    free(all);
    return 0;
}

int judge(judged *out, const scores *s, uint32_t positive, int intervals)
{
    memset(out, 0, sizeof *out);
    out->count = s->count;
    out->labels = s->labels == 1 ? 2 : s->labels;
    out->binary = out->labels == 2;
    out->auc_low = out->auc_high = NAN;
    uint32_t n = out->binary ? 1 : s->labels;
    one_label *list = calloc(n, sizeof *list);
    uint8_t *right = malloc(s->count);
    int failed = list && right ? decide(out, s, positive, right) : cli_fail(BDS_E_ARENA, "out of memory");
    for (uint32_t i = 0; i < n && !failed; i++) {
        list[i].odds = malloc(s->count * sizeof(double));
        list[i].truth = malloc(s->count);
        if (!list[i].odds || !list[i].truth) {
            failed = cli_fail(BDS_E_ARENA, "out of memory");
            break;
        }
        judge_odds(s, s->labels == 1 ? 0 : out->binary ? positive : i, list[i].odds, list[i].truth);
        failed = ranking_make(&list[i].ranking, list[i].odds, list[i].truth, s->count);
    }
    if (!failed)
        out->auc = mean_auc(list, n, 0);
    if (!failed && intervals)
        failed = resample(out, list, n, right);
    for (uint32_t i = 0; list && i < n; i++) {
        ranking_free(&list[i].ranking);
        free(list[i].odds);
        free(list[i].truth);
    }
    free(list);
    free(right);
    return failed;
}
