/* SPDX-License-Identifier: MIT */
#include "samples.h"

#include "cli.h"
#include "collect.h"
#include "order.h"

/* Every pixel value occurs, both ends included, so that a range taken from this covers whatever a picture can hold. */
static void give_noise(const samples *s, uint32_t i, uint32_t k, float *to)
{
    bdc_shape shape;
    random_state noise = {(uint64_t)i << 8 | k};
    if (bdc_input_shape(s->graph, k, &shape) != BDC_OK)
        return;
    size_t plane = (size_t)shape.height * shape.width;
    for (uint32_t c = 0; c < shape.channels; c++)
        for (size_t p = 0; p < plane; p++) {
            uint32_t pixel = p == 0 ? 0 : p == 1 ? 255 : random_below(&noise, 256);
            uint32_t known = c < 4 && s->std[c] > 0 ? c : 0;
            double std = s->std[known] > 0 ? s->std[known] : 0.25, mean = s->std[known] > 0 ? s->mean[known] : 0.5;
            to[c * plane + p] = (float)((pixel / 255.0 - mean) / std);
        }
}

int samples_give(void *cookie, uint32_t i, float *const *inputs)
{
    samples *s = cookie;
    bds_tensor input;
    if (!s->preparer) {
        for (uint32_t k = 0; k < bdc_input_count(s->graph); k++)
            give_noise(s, i, k, inputs[k]);
        return 0;
    }
    uint32_t index = collect_index(i, s->count, s->set->count);
    s->failed = dataset_prepare(s->set, index, s->preparer->plan);
    for (uint32_t k = 0; k < bdc_input_count(s->graph) && !s->failed; k++) {
        bds_status status = bds_input(s->preparer->plan, k, &input);
        if (status == BDS_OK)
            order_load(inputs[k], &input, bdc_input_is_channels_first(s->graph, k));
        else
            s->failed = cli_fail(status, "picture %u of the data: %s", index, bds_status_text(status));
    }
    return s->failed;
}
