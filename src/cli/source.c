/* SPDX-License-Identifier: MIT */
#include "source.h"

#include <string.h>

#define NOISE_SAMPLES 16u

void source_noise(source *s, bdc_graph *graph, const double *mean, const double *std, bdc_options *options)
{
    if (!std) {
        options->sample = bdc_noise;
        options->sample_cookie = graph;
        options->sample_count = BDC_NOISE_SAMPLES;
        return;
    }
    s->pictures = (samples){.graph = graph};
    memcpy(s->pictures.mean, mean, sizeof s->pictures.mean);
    memcpy(s->pictures.std, std, sizeof s->pictures.std);
    options->sample = samples_give;
    options->sample_cookie = &s->pictures;
    options->sample_count = NOISE_SAMPLES;
}

int source_pictures(source *s, bdc_graph *graph, const uint8_t *file, size_t n, uint32_t limit, bdc_options *options)
{
    int failed = session_open_copy(&s->preparer, "the compiled file", file, n, BDS_CPU_ALL);
    if (failed)
        return failed;
    s->has_preparer = 1;
    s->pictures = (samples){.graph = graph, .preparer = &s->preparer, .set = &s->set};
    s->pictures.count = limit < s->set.count ? limit : s->set.count;
    options->sample = samples_give;
    options->sample_cookie = &s->pictures;
    options->sample_count = s->pictures.count;
    return 0;
}

int source_numbers(source *s, bdc_graph *graph, const char *path, uint32_t limit, bdc_options *options)
{
    int failed = tensors_open(&s->numbers, graph, path);
    if (failed)
        return failed;
    s->has_numbers = 1;
    options->sample = tensors_give;
    options->sample_cookie = &s->numbers;
    options->sample_count = s->numbers.count < limit ? s->numbers.count : limit;
    return 0;
}

void source_close(source *s)
{
    if (s->has_set)
        dataset_close(&s->set);
    if (s->has_preparer)
        session_close(&s->preparer);
    if (s->has_numbers)
        tensors_close(&s->numbers);
    memset(s, 0, sizeof *s);
}
