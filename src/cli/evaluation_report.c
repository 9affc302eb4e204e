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
    json_put_real(&w, "ece", e->leading.ece, 6);
    if (binary)
        json_put_real(&w, "ece_positive", e->positive_bins.ece, 6);
    json_put_real(&w, "brier", e->brier, 6);
    json_put_real(&w, "coverage", e->coverage, 6);
    json_put_real(&w, "selective_acc", e->selective, 6);
    json_put_real(&w, "flagged_unknown", e->unknown, 6);
    json_put_real(&w, "flagged_colour", e->colour, 6);
    json_put_real(&w, "flagged_any", e->doubt, 6);
    if (e->has_float) {
        json_put_real(&w, "float_auc", e->floating.auc, 6);
        json_put_real(&w, "float_acc", e->floating.acc, 6);
        json_put_real(&w, "float_agreement", e->agreement, 6);
    }
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
    for (uint32_t k = 0; k < e->class_count && !binary; k++)
        printf("  recall %-16s %.4f\n", e->classes[k], i->recall[k]);
    printf("  ECE, 15 bins            %.4f\n  Brier                   %.4f\n", e->leading.ece, e->brier);
    printf("  answered                %.4f   and right among them %.4f\n", e->coverage, e->selective);
    printf("  out of distribution     %.4f\n", e->unknown);
    if (e->has_float)
        printf("  float                   AUC %.4f, accuracy %.4f, same decision on %.4f\n", f->auc, f->acc,
               e->agreement);
}
