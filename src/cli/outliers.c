/* SPDX-License-Identifier: MIT */
#include "outliers.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "dataset.h"
#include "json_write.h"
#include "progress.h"

static int count_one(outliers *o, session *s, dataset *set, uint32_t i)
{
    bds_image image;
    bds_finding findings[BDF_MAX_LABELS];
    bds_verdict verdict = {0};
    bds_marking marking = {0};
    size_t n = BDF_MAX_LABELS;
    int believes = 1; /* a mask that marks nothing claims nothing */
    int failed = dataset_get(set, i, &image);
    if (failed)
        return failed;
    bds_status status = bds_prepare_image(s->plan, 0, &image);
    if (status == BDS_E_IMAGE_BLANK) {
        o->blank++;
        o->any++;
        return 0;
    }
    if (status == BDS_OK)
        status = bds_run(s->plan);
    if (status == BDS_OK && s->info.mask_width) {
        status = bds_mask(s->plan, NULL, NULL, SIZE_MAX, &marking);
        verdict.doubts = marking.doubts;
        believes = marking.marked > 0;
    } else if (status == BDS_OK) {
        status = bds_result(s->plan, findings, &n, &verdict);
    }
    if (status != BDS_OK)
        return cli_fail(status, "picture %u of the outliers: %s", i, bds_status_text(status));
    o->unknown += (verdict.doubts & BDS_DOUBT_UNKNOWN) != 0;
    o->colour += (verdict.doubts & BDS_DOUBT_COLOUR) != 0;
    o->any += verdict.doubts != 0;
    o->believed[verdict.top] += believes && verdict.doubts == 0;
    return 0;
}

int outliers_count(outliers *o, session *s, const char *path, const char *split)
{
    dataset set;
    memset(o, 0, sizeof *o);
    if (!s->model.result)
        return cli_fail(BDS_E_UNSUPPORTED, "the model has no result section: there is nothing to judge");
    int failed = dataset_open_unlabelled(&set, path, split);
    if (failed)
        return failed;
    o->pictures = set.count;
    o->labels = s->info.labels;
    for (uint32_t i = 0; i < set.count && !failed; i++) {
        failed = count_one(o, s, &set, i);
        progress_show("outliers", i + 1, set.count);
    }
    o->blank /= set.count;
    o->unknown /= set.count;
    o->colour /= set.count;
    o->any /= set.count;
    for (uint32_t k = 0; k < o->labels; k++)
        o->believed[k] /= set.count;
    dataset_close(&set);
    return failed;
}

void outliers_write_json(const outliers *o, const session *s)
{
    json_writer w;
    char hex[65];
    size_t n;
    const char *name = session_text(s, "name", &n);
    session_hex(hex, s->info.sha256);
    json_begin(&w, stdout);
    json_put_text(&w, "name", name, n);
    json_put_string(&w, "content_sha256", hex);
    json_put_whole(&w, "outliers", o->pictures);
    json_put_real(&w, "flagged_blank", o->blank, 6);
    json_put_real(&w, "flagged_unknown", o->unknown, 6);
    json_put_real(&w, "flagged_colour", o->colour, 6);
    json_put_real(&w, "flagged_any", o->any, 6);
    json_open(&w, "believed", '[');
    for (uint32_t k = 0; k < o->labels; k++)
        json_put_real(&w, 0, o->believed[k], 6);
    json_close(&w, ']');
    json_end(&w);
}

void outliers_print(const outliers *o, const session *s)
{
    printf("%u pictures that the model was not made for\n", o->pictures);
    printf("  blank                   %.4f\n  out of distribution     %.4f\n  colourful               %.4f\n", o->blank,
           o->unknown, o->colour);
    printf("  any doubt               %.4f\n", o->any);
    for (uint32_t k = 0; k < o->labels; k++) {
        size_t n;
        const char *label = session_label(s, k, &n);
        printf("  no doubt, %-13.*s %.4f\n", (int)n, label, o->believed[k]);
    }
}
