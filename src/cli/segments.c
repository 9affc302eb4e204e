/* SPDX-License-Identifier: MIT */
#include "segments.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "progress.h"
#include "truth.h"

/* Room of one picture, used again for the next. */
typedef struct desk {
    uint8_t *truth, *mask;
    segments_prepared *prepared;
    void *cookie;
} desk;

static size_t output_bytes(const session *s, uint32_t i)
{
    const bdf_tensor *t = &s->model.tensors[s->model.links[s->model.output_first + i]];
    return (size_t)t->dims[1] * t->dims[2] * t->dims[3] * (t->type == BDS_INT16 ? 2 : 1);
}

static int make_truth(const segments *out, const session *s, dataset *set, uint32_t i, uint8_t *truth)
{
    bds_image drawn;
    int failed = dataset_mask(set, i, &drawn);
    if (!failed && truth_make(truth, out->width, out->height, &drawn, s->model.inputs[0].crop) < 0)
        failed = cli_fail(BDS_E_INVALID, "the mask of %s is not black and white", set->paths[i] + set->root);
    return failed;
}

static bds_status keep(segments *out, uint32_t j, const session *s, const desk *d)
{
    segment_picture *p = &out->pictures[j];
    const size_t pixels = (size_t)out->width * out->height;
    bds_tensor y;
    bds_status status = bds_mask(s->plan, NULL, d->mask, pixels, &p->marking);
    uint8_t *to = out->outputs + j * out->output_bytes;
    for (uint32_t i = 0; status == BDS_OK && i < s->model.output_count; i++) {
        status = bds_output(s->plan, i, &y);
        if (status == BDS_OK)
            memcpy(to, y.data, output_bytes(s, i));
        to += output_bytes(s, i);
    }
    if (status != BDS_OK)
        return status;
    bds_sha256(p->sha256, out->outputs + j * out->output_bytes, out->output_bytes);
    const int8_t *logits = (const int8_t *)(out->outputs + j * out->output_bytes);
    for (size_t i = 0; i < pixels; i++) {
        p->histogram.of[d->truth[i]][logits[i] - SEGMENT_FIRST]++;
        p->hits += d->truth[i] && d->mask[i];
        p->alarms += !d->truth[i] && d->mask[i];
        p->misses += d->truth[i] && !d->mask[i];
    }
    p->quiet = pixels - p->hits - p->alarms - p->misses;
    return BDS_OK;
}

static int collect_one(segments *out, uint32_t j, uint32_t index, session *s, dataset *set, const desk *d)
{
    bds_image image;
    bds_tensor input;
    int failed = make_truth(out, s, set, index, d->truth);
    if (!failed)
        failed = dataset_get(set, index, &image);
    if (failed)
        return failed;
    bds_status status = bds_prepare_image(s->plan, 0, &image);
    if (status == BDS_OK && d->prepared) {
        /* bds_input would forget the picture's doubts: look first, and prepare once more. */
        status = bds_input(s->plan, 0, &input);
        if (status == BDS_OK && (failed = d->prepared(d->cookie, j, &input, d->truth)) != 0)
            return failed;
        status = bds_prepare_image(s->plan, 0, &image);
    }
    if (status == BDS_OK)
        status = bds_run(s->plan);
    if (status == BDS_OK)
        status = keep(out, j, s, d);
    return status == BDS_OK ? 0 : cli_fail(status, "%s: %s", set->paths[index], bds_status_text(status));
}

static int allocate(segments *out, desk *d, const session *s)
{
    const size_t n = out->count, pixels = (size_t)out->width * out->height;
    for (uint32_t i = 0; i < s->model.output_count; i++)
        out->output_bytes += output_bytes(s, i);
    out->pictures = calloc(n, sizeof *out->pictures);
    out->outputs = malloc(n * out->output_bytes);
    out->feature = calloc(n * out->features + 1, 1);
    d->truth = malloc(pixels);
    d->mask = malloc(pixels);
    return out->pictures && out->outputs && out->feature && d->truth && d->mask
               ? 0
               : cli_fail(BDS_E_ARENA, "out of memory");
}

int segments_collect(segments *out, session *s, dataset *set, uint32_t limit, uint32_t gate_step,
                     segments_prepared *prepared, void *cookie, const char *stage)
{
    desk d = {.prepared = prepared, .cookie = cookie};
    memset(out, 0, sizeof *out);
    out->count = set->count < limit ? set->count : limit;
    out->width = s->info.mask_width;
    out->height = s->info.mask_height;
    if (gate_step < s->model.op_count)
        out->features = s->model.tensors[s->model.ops[gate_step].output].dims[3];
    int failed = s->info.mask_width && s->model.links[s->model.output_first] == s->model.result->tensor
                     ? allocate(out, &d, s)
                     : cli_fail(BDS_E_UNSUPPORTED, "the model's first output is no mask");
    for (uint32_t j = 0; j < out->count && !failed; j++) {
        collect_watch w = {gate_step, out->features, out->feature + (size_t)j * out->features};
        bds_observe(s->plan, out->features ? collect_observe : 0, &w);
        failed = collect_one(out, j, collect_index(j, out->count, set->count), s, set, &d);
        progress_show(stage, j + 1, out->count);
    }
    bds_observe(s->plan, 0, 0);
    free(d.truth);
    free(d.mask);
    if (failed)
        segments_free(out);
    return failed;
}

void segments_free(segments *s)
{
    free(s->pictures);
    free(s->feature);
    free(s->outputs);
    memset(s, 0, sizeof *s);
}

int segments_features(segments *from, collected *to)
{
    *to = (collected){.count = from->count, .labels = 1, .features = from->features, .feature = from->feature};
    from->feature = NULL;
    to->truth = calloc(to->count, sizeof *to->truth);
    if (to->truth)
        return 0;
    collect_free(to);
    return cli_fail(BDS_E_ARENA, "out of memory");
}

double segment_dice(const segment_picture *p)
{
    const double both = 2.0 * (double)p->hits, sum = both + (double)p->alarms + (double)p->misses;
    return sum > 0 ? both / sum : 1;
}
