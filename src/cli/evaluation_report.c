/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "evaluation.h"
#include "json_write.h"

static int write_roc(json_writer *w, const evaluation *e)
{
    scores z = evaluation_scores(e, &e->seen);
    double *odds = malloc(z.count * sizeof *odds);
    uint8_t *truth = malloc(z.count);
    ranking r = {0};
    int failed = odds && truth ? 0 : cli_fail(BDS_E_ARENA, "out of memory");
    if (!failed) {
        judge_odds(&z, evaluation_positive_output(e), odds, truth);
        failed = ranking_make(&r, odds, truth, z.count);
    }
    if (!failed) {
        double positives = 0, hits = 0, alarms = 0;
        for (uint32_t i = 0; i < z.count; i++)
            positives += truth[i];
        json_open(w, "roc", '[');
        for (uint32_t i = z.count; i-- > 0;) {
            uint32_t at = r.order[i];
            hits += truth[at];
            alarms += !truth[at];
            if (i && odds[r.order[i - 1]] >= odds[at])
                continue; /* in the middle of a tie */
            json_open(w, 0, '[');
            json_put_real(w, 0, alarms / (z.count - positives), 5);
            json_put_real(w, 0, hits / positives, 5);
            json_close(w, ']');
        }
        json_close(w, ']');
    }
    ranking_free(&r);
    free(odds);
    free(truth);
    return failed;
}

static void write_reliability(json_writer *w, const reliability *r)
{
    json_open(w, "reliability", '[');
    for (int b = 0; b < METRICS_BINS; b++) {
        if (!r->count[b])
            continue;
        json_open(w, 0, '{');
        json_put_whole(w, "count", r->count[b]);
        json_put_real(w, "predicted", r->confidence[b], 5);
        json_put_real(w, "observed", r->observed[b], 5);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void put_interval(json_writer *w, const char *name, double low, double high)
{
    json_open(w, name, '[');
    json_put_real(w, 0, low, 6);
    json_put_real(w, 0, high, 6);
    json_close(w, ']');
}

static void write_intervals(json_writer *w, const judged *j)
{
    json_open(w, "ci", '{');
    put_interval(w, "auc", j->auc_low, j->auc_high);
    put_interval(w, "acc", j->acc_low, j->acc_high);
    put_interval(w, "f1", j->f1_low, j->f1_high);
    put_interval(w, "balanced_acc", j->balanced_low, j->balanced_high);
    if (j->binary) {
        put_interval(w, "sensitivity", j->sensitivity_low, j->sensitivity_high);
        put_interval(w, "specificity", j->specificity_low, j->specificity_high);
    }
    json_close(w, '}');
}

/* Rows: the truth; columns: the answer. */
static void write_confusion(json_writer *w, const judged *j)
{
    json_open(w, "confusion", '[');
    for (uint32_t i = 0; i < j->labels; i++) {
        json_open(w, 0, '[');
        for (uint32_t k = 0; k < j->labels; k++)
            json_put_whole(w, 0, j->confusion[(size_t)i * j->labels + k]);
        json_close(w, ']');
    }
    json_close(w, ']');
}

/* The SHA-256 of all outputs of all pictures, one behind the other. */
static void write_digest(json_writer *w, const collected *c)
{
    uint8_t digest[32];
    char hex[65];
    bds_sha256(digest, c->outputs, c->count * c->output_bytes);
    session_hex(hex, digest);
    json_put_string(w, "digest", hex);
}

int evaluation_write_json(const evaluation *e, int curves)
{
    json_writer w;
    char hex[65];
    int failed = 0, binary = e->class_count == 2;
    size_t n;
    const char *name = session_text(&e->s, "name", &n);
    session_hex(hex, e->s.info.sha256);
    json_begin(&w, stdout);
    json_put_text(&w, "name", name, n);
    json_put_string(&w, "split", e->split);
    json_put_whole(&w, "pictures", e->seen.count);
    json_put_whole(&w, "file_bytes", e->s.info.file_bytes);
    json_put_string(&w, "content_sha256", hex);
    json_put_real(&w, "auc", e->integer.auc, 6);
    json_put_real(&w, "auc_low", e->integer.auc_low, 6);
    json_put_real(&w, "auc_high", e->integer.auc_high, 6);
    json_put_real(&w, "acc", e->integer.acc, 6);
    json_put_real(&w, "acc_low", e->integer.acc_low, 6);
    json_put_real(&w, "acc_high", e->integer.acc_high, 6);
    if (binary) {
        json_put_real(&w, "acc_val_threshold", e->acc_val_threshold, 6);
        json_put_string(&w, "val_threshold_method", "largest sensitivity + specificity on val (Youden)");
        json_put_real(&w, "val_threshold_log_odds", e->val_threshold, 6);
        json_put_real(&w, "sensitivity", e->integer.sensitivity, 6);
        json_put_real(&w, "specificity", e->integer.specificity, 6);
    }
    json_open(&w, "recall", '[');
    for (uint32_t i = 0; i < e->class_count; i++)
        json_put_real(&w, 0, e->integer.recall[i], 6);
    json_close(&w, ']');
    json_put_real(&w, "f1", e->integer.f1, 6);
    json_put_real(&w, "balanced_acc", e->integer.balanced, 6);
    write_confusion(&w, &e->integer);
    json_put_real(&w, "ece", e->leading.ece, 6);
    if (binary)
        json_put_real(&w, "ece_positive", e->positive_bins.ece, 6);
    json_put_real(&w, "brier", e->brier, 6);
    json_put_real(&w, "coverage", e->coverage, 6);
    json_put_real(&w, "selective_acc", e->selective, 6);
    if (e->s.info.set_coverage) {
        json_put_real(&w, "set_coverage_stated", e->s.info.set_coverage / 65536.0, 6);
        json_put_real(&w, "set_coverage", e->set_coverage, 6);
        json_put_real(&w, "set_size", e->set_size, 6);
    }
    json_put_real(&w, "flagged_unknown", e->unknown, 6);
    json_put_real(&w, "flagged_colour", e->colour, 6);
    json_put_real(&w, "flagged_any", e->doubt, 6);
    if (e->has_float) {
        json_put_real(&w, "float_auc", e->floating.auc, 6);
        json_put_real(&w, "float_acc", e->floating.acc, 6);
        json_put_real(&w, "float_agreement", e->agreement, 6);
        json_put_real(&w, "float_f1", e->floating.f1, 6);
        json_put_real(&w, "float_balanced_acc", e->floating.balanced, 6);
    }
    write_intervals(&w, &e->integer);
    write_digest(&w, &e->seen);
    if (curves && binary) {
        failed = write_roc(&w, e);
        write_reliability(&w, &e->positive_bins);
    }
    json_end(&w);
    return failed;
}

void evaluation_print(const evaluation *e)
{
    const judged *i = &e->integer, *f = &e->floating;
    int binary = e->class_count == 2;
    printf("%u pictures of %s, %u bytes of model\n", e->seen.count, e->split, e->s.info.file_bytes);
    printf("  AUC%-20s %.4f   (95 %%: %.4f to %.4f)\n", binary ? "" : " (mean, one to rest)", i->auc, i->auc_low,
           i->auc_high);
    printf("  accuracy%-15s %.4f   (95 %%: %.4f to %.4f)\n", binary ? " at 0.5" : "", i->acc, i->acc_low, i->acc_high);
    if (binary) {
        printf("  accuracy, Youden on val %.4f\n", e->acc_val_threshold);
        printf("  sensitivity             %.4f\n  specificity             %.4f\n", i->sensitivity, i->specificity);
    }
    printf("  macro F1                %.4f   (95 %%: %.4f to %.4f)\n", i->f1, i->f1_low, i->f1_high);
    printf("  balanced accuracy       %.4f   (95 %%: %.4f to %.4f)\n", i->balanced, i->balanced_low, i->balanced_high);
    for (uint32_t k = 0; k < e->class_count && !binary; k++)
        printf("  recall %-16s %.4f\n", e->classes[k], i->recall[k]);
    printf("  ECE, 15 bins            %.4f\n  Brier                   %.4f\n", e->leading.ece, e->brier);
    printf("  answered                %.4f   and right among them %.4f\n", e->coverage, e->selective);
    if (e->s.info.set_coverage)
        printf("  sets                    hold the truth in %.4f, %.3f labels in the mean\n", e->set_coverage,
               e->set_size);
    printf("  out of distribution     %.4f\n", e->unknown);
    if (e->has_float)
        printf("  float                   AUC %.4f, accuracy %.4f, same decision on %.4f\n", f->auc, f->acc,
               e->agreement);
}
