/* How the runtime turns logits into findings: curves from the fitted numbers.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "../bedside.h"
#include "quantise.h"
#include "real.h"

enum { CURVE = 257, KNOTS = 33 };

/* exp(-d * unit), d = 0, 2^shift, ...: the finest steps that still reach exp(-16). */
static uint32_t exponential_curve(uint16_t curve[CURVE], double unit)
{
    uint32_t shift = 0;
    while (shift < 16 && ldexp(unit, 8 + (int)shift) < 16)
        shift++;
    for (int i = 0; i < CURVE; i++)
        curve[i] = (uint16_t)round(65535 * real_exp(-ldexp(i * unit, (int)shift)));
    return shift;
}

/* 1 / (1 + exp(-(unit * logit + bias))) at logit = -32768, -32512, ..., 32768. */
static uint32_t logistic_curve(uint16_t curve[CURVE], double unit, double bias)
{
    for (int i = 0; i < CURVE; i++)
        curve[i] = (uint16_t)round(65535 / (1 + real_exp(-(unit * (i * 256 - 32768) + bias))));
    return 8;
}

/* 1 / (1 + exp(-logit / temperature)) of each stored int8. */
static void pixel_curve(uint16_t curve[256], const quant *q, double temperature)
{
    for (int i = 0; i < 256; i++)
        curve[i] = (uint16_t)round(65535 / (1 + real_exp(-q->scale * (i - 128 - q->zero_point) / temperature)));
}

/* The least probability (Q16) of a stored logit that is no less than the given one; 65536 if there is none. */
static uint32_t mark_from(const uint16_t curve[256], const quant *q, double logit)
{
    const double stored = ceil(logit / q->scale - 1e-9) + q->zero_point + 128;
    const int i = (int)fmin(fmax(stored, 0), 255);
    const uint32_t p = curve[i] + (curve[i] >> 15);
    return stored > 255 ? 65536 : p ? p : 1;
}

/* Lines of the metadata "labels"; 0 if there are none. */
static uint32_t label_lines(const bdc_options *options)
{
    for (uint32_t i = 0; i < options->meta_count; i++) {
        if (strcmp(options->meta[i].key, "labels") != 0)
            continue;
        const char *text = options->meta[i].text;
        uint32_t lines = 0;
        for (const char *t = text; *t; t++)
            lines += *t != '\n' && (t[1] == '\n' || !t[1]);
        return lines;
    }
    return 0;
}

static bdc_status check_spec(const quantiser *z, const bdc_result_spec *s, const ir_tensor *logits, const quant *q)
{
    bdc_context *c = z->context;
    uint32_t labels = ir_count(logits), lines = label_lines(z->options);
    const int segment = s->kind == BDF_RESULT_SEGMENT;
    if (s->kind < BDF_RESULT_SOFTMAX || s->kind > BDF_RESULT_SEGMENT || segment != !!z->options->segment)
        return bdc_fail(c, BDC_E_ARGUMENT, "The result's kind is unknown, or not that of the options.");
    if (segment && (logits->c != 1 || q->type != BDS_INT8))
        return bdc_fail(c, BDC_E_UNSUPPORTED,
                        "Output '%s' is no mask: it has %u channels, or its numbers are not int8.", logits->name,
                        logits->c);
    if (segment && !isfinite(s->mark_from))
        return bdc_fail(c, BDC_E_ARGUMENT, "The limit of what is marked is not finite.");
    if (segment)
        labels = 1;
    else if (labels > BDF_MAX_LABELS || logits->h * logits->w != 1)
        return bdc_fail(c, BDC_E_UNSUPPORTED, "Output '%s' is no vector of at most %u logits.", logits->name,
                        BDF_MAX_LABELS);
    if (lines != labels)
        return bdc_fail(c, BDC_E_INVALID, "There are %u labels for %u outputs.", lines, labels);
    if (s->kind == BDF_RESULT_SIGMOID && q->type != BDS_INT16)
        return bdc_fail(c, BDC_E_UNSUPPORTED,
                        "A sigmoid result needs a last layer that is fully connected or a convolution.");
    if (!(s->temperature >= 0) || !isfinite(s->temperature) || !isfinite(s->scale) || !isfinite(s->bias) ||
        s->scale < 0)
        return bdc_fail(c, BDC_E_ARGUMENT, "The temperature, scale or bias of the result is out of range.");
    if (s->abstain_below > 65536 || s->gate_groups > BDF_MAX_LABELS || s->set_from > 65536 || s->set_coverage > 65536)
        return bdc_fail(c, BDC_E_ARGUMENT, "A limit of the result or the number of gate groups is out of range.");
    if (s->set_from && s->kind != BDF_RESULT_SOFTMAX)
        return bdc_fail(c, BDC_E_ARGUMENT, "Only a softmax result has conformal sets.");
    if (segment && s->interval)
        return bdc_fail(c, BDC_E_ARGUMENT, "A mask has no intervals.");
    return BDC_OK;
}

static bdc_status put_curve(const quantiser *z, const bdc_result_spec *s, const quant *q, bdf_result *r)
{
    uint16_t curve[CURVE];
    const double temperature = s->temperature > 0 ? s->temperature : 1;
    if (s->kind == BDF_RESULT_SOFTMAX)
        r->curve_shift = exponential_curve(curve, q->scale / temperature);
    else if (s->kind == BDF_RESULT_SIGMOID)
        r->curve_shift = logistic_curve(curve, q->scale * (s->scale > 0 ? s->scale : 1), s->bias);
    else
        pixel_curve(curve, q, temperature);
    if (s->kind == BDF_RESULT_SEGMENT)
        r->mark_from = mark_from(curve, q, s->mark_from);
    return bdc_file_blob(z->file, BDS_UINT16, curve, s->kind == BDF_RESULT_SEGMENT ? 256 : CURVE, &r->curve);
}

bdc_status result_section(quantiser *z, const bdc_result_spec *s, uint32_t gate_tensor)
{
    const uint32_t index = z->graph->outputs[0];
    const ir_tensor *logits = &z->graph->tensors[index];
    const quant *q = &z->quants[index];
    bdc_file *f = z->file;
    bdf_result *r = &f->result;
    BDC_TRY(check_spec(z, s, logits, q));
    *r = (bdf_result){.kind = s->kind,
                      .tensor = index,
                      .label_count = s->kind == BDF_RESULT_SEGMENT ? 1 : ir_count(logits),
                      .abstain_below = s->abstain_below,
                      .set_from = s->set_from,
                      .set_coverage = s->set_from ? s->set_coverage : 0};
    r->interval = r->gate_tensor = r->gate_mean = r->gate_weight = BDF_NONE;
    BDC_TRY(put_curve(z, s, q, r));
    if (s->interval)
        BDC_TRY(bdc_file_blob(f, BDS_UINT16, s->interval, (size_t)r->label_count * KNOTS * 2, &r->interval));
    if (s->gate_groups) {
        if (gate_tensor == IR_NONE || !s->gate_mean || !s->gate_weight)
            return bdc_fail(z->context, BDC_E_ARGUMENT,
                            "This network has no features for a gate, or the gate has no means or weights.");
        const size_t channels = ir_count(&z->graph->tensors[gate_tensor]);
        r->gate_tensor = gate_tensor;
        r->gate_groups = s->gate_groups;
        r->gate_limit = s->gate_limit;
        BDC_TRY(bdc_file_blob(f, BDS_INT8, s->gate_mean, s->gate_groups * channels, &r->gate_mean));
        BDC_TRY(bdc_file_blob(f, BDS_UINT16, s->gate_weight, channels, &r->gate_weight));
    }
    f->has_result = 1;
    return BDC_OK;
}
