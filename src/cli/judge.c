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

/* What follows from a table of truths and answers. */
typedef struct decided {
    double acc, f1, balanced, sensitivity, specificity;
} decided;

static decided weigh(const uint32_t *confusion, uint32_t n, uint32_t positive, double *recall)
{
    double hits = 0, pictures = 0, f1 = 0, balanced = 0, known[2] = {NAN, NAN};
    uint32_t present = 0;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t hit = confusion[(size_t)i * n + i];
        uint32_t truths = 0, answers = 0;
        for (uint32_t k = 0; k < n; k++) {
            truths += confusion[(size_t)i * n + k];
            answers += confusion[(size_t)k * n + i];
        }
        const double share = truths ? (double)hit / truths : NAN;
        if (recall)
            recall[i] = share;
        if (n == 2)
            known[i] = share;
        hits += hit;
        pictures += truths;
        if (!truths)
            continue;
        present++;
        balanced += share;
        f1 += 2.0 * hit / (truths + answers);
    }
    return (decided){hits / pictures, f1 / present, balanced / present, n == 2 ? known[positive] : NAN,
                     n == 2 ? known[1 - positive] : NAN};
}

enum { AUC, ACC, F1, BALANCED, SENSITIVITY, SPECIFICITY, FIGURES };

static void keep(double *const values[FIGURES], uint32_t known[FIGURES], int figure, double value)
{
    if (isfinite(value))
        values[figure][known[figure]++] = value;
}

static void draw(judged *out, const one_label *list, uint32_t n, uint32_t positive, const uint32_t *answer,
                 const uint32_t *truth, uint32_t *weight, uint32_t *confusion, double *const values[FIGURES])
{
    random_state seed = {JUDGE_SEED};
    uint32_t known[FIGURES] = {0};
    for (uint32_t r = 0; r < JUDGE_RESAMPLES; r++) {
        memset(weight, 0, out->count * sizeof *weight);
        memset(confusion, 0, (size_t)out->labels * out->labels * sizeof *confusion);
        for (uint32_t i = 0; i < out->count; i++) {
            uint32_t at = random_below(&seed, out->count);
            weight[at]++;
            confusion[(size_t)truth[at] * out->labels + answer[at]]++;
        }
        const decided d = weigh(confusion, out->labels, positive, NULL);
        keep(values, known, AUC, mean_auc(list, n, weight));
        keep(values, known, ACC, d.acc);
        keep(values, known, F1, d.f1);
        keep(values, known, BALANCED, d.balanced);
        keep(values, known, SENSITIVITY, d.sensitivity);
        keep(values, known, SPECIFICITY, d.specificity);
    }
    double *const bounds[FIGURES][2] = {{&out->auc_low, &out->auc_high},
                                        {&out->acc_low, &out->acc_high},
                                        {&out->f1_low, &out->f1_high},
                                        {&out->balanced_low, &out->balanced_high},
                                        {&out->sensitivity_low, &out->sensitivity_high},
                                        {&out->specificity_low, &out->specificity_high}};
    for (int f = 0; f < FIGURES; f++) {
        *bounds[f][0] = *bounds[f][1] = NAN;
        if (known[f])
            percentile_interval(values[f], known[f], bounds[f][0], bounds[f][1]);
    }
}

static int resample(judged *out, const one_label *list, uint32_t n, uint32_t positive, const uint32_t *answer,
                    const uint32_t *truth)
{
    uint32_t *weight = malloc(out->count * sizeof *weight);
    uint32_t *confusion = malloc((size_t)out->labels * out->labels * sizeof *confusion);
    double *room = malloc(sizeof *room * FIGURES * JUDGE_RESAMPLES), *values[FIGURES];
    const int failed = weight && confusion && room ? 0 : cli_fail(BDS_E_ARENA, "out of memory");
    for (int f = 0; f < FIGURES; f++)
        values[f] = room + (size_t)f * JUDGE_RESAMPLES;
    if (!failed)
        draw(out, list, n, positive, answer, truth, weight, confusion, values);
    free(weight);
    free(confusion);
    free(room);
    return failed;
}

static int decide(judged *out, const scores *s, uint32_t positive, uint32_t *answer)
{
    out->confusion = calloc((size_t)out->labels * out->labels, sizeof *out->confusion);
    if (!out->confusion)
        return cli_fail(BDS_E_ARENA, "out of memory");
    for (uint32_t j = 0; j < s->count; j++) {
        answer[j] = score_decision(s, j);
        out->confusion[(size_t)s->truth[j] * out->labels + answer[j]]++;
    }
    const decided d = weigh(out->confusion, out->labels, positive, out->recall);
    out->acc = d.acc;
    out->f1 = d.f1;
    out->balanced = d.balanced;
    out->sensitivity = d.sensitivity;
    out->specificity = d.specificity;
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
    uint32_t *answer = malloc(s->count * sizeof *answer);
    int failed = list && answer ? decide(out, s, positive, answer) : cli_fail(BDS_E_ARENA, "out of memory");
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
        failed = resample(out, list, n, positive, answer, s->truth);
    for (uint32_t i = 0; list && i < n; i++) {
        ranking_free(&list[i].ranking);
        free(list[i].odds);
        free(list[i].truth);
    }
    free(list);
    free(answer);
    if (failed)
        judge_free(out);
    return failed;
}

void judge_free(judged *j)
{
    free(j->confusion);
    j->confusion = NULL;
}
