/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cli.h"
#include "json_write.h"
#include "masks.h"

static void put_interval(json_writer *w, const char *name, double low, double high)
{
    json_open(w, name, '[');
    json_put_real(w, 0, low, 6);
    json_put_real(w, 0, high, 6);
    json_close(w, ']');
}

static void write_intervals(json_writer *w, const masks_figures *low, const masks_figures *high)
{
    json_open(w, "ci", '{');
    put_interval(w, "dice", low->dice, high->dice);
    put_interval(w, "iou", low->iou, high->iou);
    put_interval(w, "auc", low->auc, high->auc);
    put_interval(w, "acc", low->acc, high->acc);
    put_interval(w, "sensitivity", low->sensitivity, high->sensitivity);
    put_interval(w, "specificity", low->specificity, high->specificity);
    put_interval(w, "f1", low->f1, high->f1);
    put_interval(w, "empty_right", low->empty_right, high->empty_right);
    json_close(w, '}');
}

int masks_write_json(const masks *m, const session *s)
{
    const masks_figures *f = &m->figures;
    json_writer w;
    uint8_t digest[32];
    char hex[65];
    size_t n;
    const char *name = session_text(s, "name", &n);
    session_hex(hex, s->info.sha256);
    json_begin(&w, stdout);
    json_put_text(&w, "name", name, n);
    json_put_string(&w, "split", m->split);
    json_put_whole(&w, "pictures", m->seen.count);
    json_put_whole(&w, "pictures_empty", m->empty);
    json_put_whole(&w, "file_bytes", s->info.file_bytes);
    json_put_string(&w, "content_sha256", hex);
    json_put_real(&w, "dice", f->dice, 6);
    json_put_real(&w, "iou", f->iou, 6);
    json_put_real(&w, "auc", f->auc, 6);
    json_put_real(&w, "acc", f->acc, 6);
    json_put_real(&w, "sensitivity", f->sensitivity, 6);
    json_put_real(&w, "specificity", f->specificity, 6);
    json_put_real(&w, "f1", f->f1, 6);
    json_put_real(&w, "empty_right", f->empty_right, 6);
    json_put_real(&w, "ece", m->ece, 6);
    json_put_real(&w, "ece_positive", m->ece_positive, 6);
    json_put_real(&w, "brier", m->brier, 6);
    json_put_real(&w, "coverage", m->coverage, 6);
    json_put_real(&w, "selective_dice", m->selective, 6);
    json_put_real(&w, "flagged_unknown", m->unknown, 6);
    json_put_real(&w, "flagged_colour", m->colour, 6);
    json_put_real(&w, "flagged_any", m->doubt, 6);
    if (m->has_float) {
        json_put_real(&w, "float_dice", m->floating.dice, 6);
        json_put_real(&w, "float_iou", m->floating.iou, 6);
        json_put_real(&w, "float_auc", m->floating.auc, 6);
        json_put_real(&w, "float_acc", m->floating.acc, 6);
    }
    write_intervals(&w, &m->low, &m->high);
    bds_sha256(digest, m->seen.outputs, m->seen.count * m->seen.output_bytes);
    session_hex(hex, digest);
    json_put_string(&w, "digest", hex);
    json_end(&w);
    return 0;
}

void masks_print(const masks *m, const session *s)
{
    const masks_figures *f = &m->figures, *low = &m->low, *high = &m->high;
    printf("%u pictures of %s, %u of them with nothing to mark; %u bytes of model\n", m->seen.count, m->split, m->empty,
           s->info.file_bytes);
    printf("  Dice, mean              %.4f   (95 %%: %.4f to %.4f)\n", f->dice, low->dice, high->dice);
    printf("  IoU, mean               %.4f   (95 %%: %.4f to %.4f)\n", f->iou, low->iou, high->iou);
    printf("  AUC of pixels           %.4f   (95 %%: %.4f to %.4f)\n", f->auc, low->auc, high->auc);
    printf("  sensitivity             %.4f\n  specificity             %.4f\n", f->sensitivity, f->specificity);
    if (m->empty)
        printf("  rightly left unmarked   %.4f\n", f->empty_right);
    printf("  ECE of pixels, 15 bins  %.4f\n", m->ece);
    printf("  answered                %.4f   with a mean Dice of %.4f\n", m->coverage, m->selective);
    printf("  out of distribution     %.4f\n", m->unknown);
    if (m->has_float)
        printf("  float                   Dice %.4f, AUC %.4f\n", m->floating.dice, m->floating.auc);
}
