/* SPDX-License-Identifier: MIT */
#include "evaluation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "records.h"

scores evaluation_scores(const evaluation *e, const collected *c)
{
    return (scores){c->count, c->labels, c->truth, c->logits, e->sigmoid};
}

/* Kinds of picture, from the file's metadata. */
static int read_classes(evaluation *e)
{
    size_t n;
    const char *text = session_text(&e->s, "classes", &n);
    if (!n)
        text = session_text(&e->s, "labels", &n);
    e->class_text = malloc(n + 1);
    if (!e->class_text)
        return cli_fail(BDS_E_ARENA, "out of memory");
    memcpy(e->class_text, text, n);
    e->class_text[n] = 0;
    for (char *p = e->class_text; p && *p && e->class_count < BDF_MAX_LABELS;) {
        e->classes[e->class_count++] = p;
        p = strchr(p, '\n');
        if (p)
            *p++ = 0;
    }
    if (e->class_count < 2)
        return cli_fail(BDS_E_INVALID, "the model does not say which labels it tells apart");
    text = session_text(&e->s, "positive", &n);
    e->positive = n == 1 && text[0] >= '0' && text[0] <= '9' ? (uint32_t)(text[0] - '0') : 1;
    if (e->s.info.labels == 1 || e->positive >= e->class_count)
        e->positive = 1;
    return 0;
}

uint32_t evaluation_positive_output(const evaluation *e)
{
    return e->s.info.labels == 1 ? 0 : e->positive;
}

static int look(evaluation *e, const char *data, const char *float_path)
{
    dataset set;
    int failed = dataset_open(&set, data, e->split, e->classes, e->class_count);
    if (failed)
        return failed;
    if (float_path) {
        failed = float_model_open(&e->network, float_path, &e->s, set.count);
        e->has_float = !failed;
    }
    if (!failed)
        failed = collect(&e->seen, &e->s, &set, UINT32_MAX, COLLECT_NO_STEP, e->has_float ? float_model_run : 0,
                         &e->network, e->split);
    if (!failed && e->records)
        failed = records_write_labels(e->records, &e->seen, &set, e->s.info.set_coverage != 0);
    dataset_close(&set);
    if (failed || e->class_count != 2)
        return failed;
    failed = dataset_open(&set, data, "val", e->classes, e->class_count);
    if (!failed)
        failed = collect(&e->val, &e->s, &set, UINT32_MAX, COLLECT_NO_STEP, 0, 0, "val");
    dataset_close(&set);
    return failed;
}

static int judge_threshold(evaluation *e)
{
    uint32_t most = e->val.count > e->seen.count ? e->val.count : e->seen.count;
    double *odds = malloc(most * sizeof *odds);
    uint8_t *truth = malloc(most);
    ranking r;
    int failed = odds && truth ? 0 : cli_fail(BDS_E_ARENA, "out of memory");
    if (!failed) {
        scores z = evaluation_scores(e, &e->val);
        judge_odds(&z, evaluation_positive_output(e), odds, truth);
        failed = ranking_make(&r, odds, truth, z.count);
    }
    if (!failed) {
        e->val_threshold = ranking_youden(&r, 0);
        ranking_free(&r);
        scores z = evaluation_scores(e, &e->seen);
        judge_odds(&z, evaluation_positive_output(e), odds, truth);
        e->acc_val_threshold = judge_accuracy_at(odds, truth, z.count, e->val_threshold);
    }
    free(odds);
    free(truth);
    return failed;
}

static double probability_of(const evaluation *e, uint32_t j, uint32_t class)
{
    const uint32_t *p = e->seen.probability + (size_t)j * e->seen.labels;
    if (e->seen.labels == 1)
        return (class ? p[0] : 65536 - p[0]) / 65536.0;
    return p[class] / 65536.0;
}

/* The mean over pictures of the squared error: of the positive label, or summed over all labels (Brier 1950). */
static double brier_of(const evaluation *e)
{
    double sum = 0;
    for (uint32_t j = 0; j < e->seen.count; j++) {
        for (uint32_t k = 0; k < e->class_count; k++) {
            double d = probability_of(e, j, k) - (e->seen.truth[j] == k);
            sum += e->class_count == 2 && k != e->positive ? 0 : d * d;
        }
    }
    return sum / e->seen.count;
}

static int judge_calibration(evaluation *e)
{
    const collected *c = &e->seen;
    scores z = evaluation_scores(e, c);
    double *p = malloc(c->count * sizeof *p);
    uint8_t *right = malloc(c->count);
    if (!p || !right) {
        free(p);
        free(right);
        return cli_fail(BDS_E_ARENA, "out of memory");
    }
    uint32_t answered = 0, good = 0;
    for (uint32_t j = 0; j < c->count; j++) {
        uint32_t top = score_decision(&z, j), doubts = c->verdicts[j].doubts;
        p[j] = probability_of(e, j, top);
        right[j] = top == c->truth[j];
        answered += !(doubts & BDS_DOUBT_UNSURE);
        good += !(doubts & BDS_DOUBT_UNSURE) && right[j];
        e->unknown += (doubts & BDS_DOUBT_UNKNOWN) != 0;
        e->colour += (doubts & BDS_DOUBT_COLOUR) != 0;
        e->doubt += doubts != 0;
        for (uint32_t k = 0; k < c->labels; k++) {
            const uint32_t held = c->in_set[(size_t)j * c->labels + k];
            e->set_size += held;
            e->set_coverage += held && k == c->truth[j];
        }
    }
    e->set_size /= c->count;
    e->set_coverage /= c->count;
    reliability_of(&e->leading, p, right, c->count);
    for (uint32_t j = 0; j < c->count && e->class_count == 2; j++) {
        p[j] = probability_of(e, j, e->positive);
        right[j] = c->truth[j] == e->positive;
    }
    reliability_of(&e->positive_bins, p, right, c->count);
    e->coverage = (double)answered / c->count;
    e->selective = answered ? (double)good / answered : NAN;
    e->unknown /= c->count;
    e->colour /= c->count;
    e->doubt /= c->count;
    e->brier = brier_of(e);
    free(p);
    free(right);
    return 0;
}

static int judge_all(evaluation *e)
{
    scores z = evaluation_scores(e, &e->seen);
    int failed = judge(&e->integer, &z, e->positive, 1);
    if (!failed && e->class_count == 2)
        failed = judge_threshold(e);
    if (!failed)
        failed = judge_calibration(e);
    if (failed || !e->has_float)
        return failed;
    scores f = z;
    f.logits = e->network.logits;
    for (uint32_t j = 0; j < z.count; j++)
        e->agreement += score_decision(&z, j) == score_decision(&f, j);
    e->agreement /= z.count;
    return judge(&e->floating, &f, e->positive, 0);
}

int evaluation_make(evaluation *e, const char *data, const char *float_path)
{
    if (!e->s.model.result)
        return cli_fail(BDS_E_UNSUPPORTED, "the model has no result section: there is nothing to judge");
    e->sigmoid = e->s.model.result->kind == BDF_RESULT_SIGMOID;
    int failed = read_classes(e);
    if (!failed)
        failed = look(e, data, float_path);
    return failed ? failed : judge_all(e);
}

void evaluation_free(evaluation *e)
{
    judge_free(&e->integer);
    judge_free(&e->floating);
    collect_free(&e->seen);
    collect_free(&e->val);
    float_model_close(&e->network);
    free(e->class_text);
    session_close(&e->s);
    memset(e, 0, sizeof *e);
}
