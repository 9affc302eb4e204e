/* From logits to calibrated findings, and the reasons to doubt them. Integers only; probabilities in Q16.
 * SPDX-License-Identifier: MIT */
#include "internal.h"

#define INTERVAL_KNOTS 32u /* the interval table has a knot at each k / 32 */

/* p_i = exp(logit_i / T) / sum; the temperature is in the curve. The distance from the largest logit is in [0, 65535]. */
static void softmax(const bds_plan *p, bds_finding *out)
{
    const bdf_result *r = p->model->result;
    const uint16_t *curve = bds_blob_data(p->model, r->curve);
    int32_t most = INT32_MIN;
    uint32_t sum = 0;
    for (uint32_t i = 0; i < r->label_count; i++)
        most = out[i].logit > most ? out[i].logit : most;
    for (uint32_t i = 0; i < r->label_count; i++) {
        out[i].probability = bds_curve(curve, (uint32_t)(most - out[i].logit), r->curve_shift);
        sum += out[i].probability; /* >= curve[0] >= 1 */
    }
    for (uint32_t i = 0; i < r->label_count; i++)
        out[i].probability = bds_share(out[i].probability, sum);
}

/* Independent labels: the curve is the logistic function over logit + 32768; 65535 stands for 1. */
static void sigmoid(const bds_plan *p, bds_finding *out)
{
    const bdf_result *r = p->model->result;
    const uint16_t *curve = bds_blob_data(p->model, r->curve);
    for (uint32_t i = 0; i < r->label_count; i++)
        out[i].probability = bds_share(bds_curve(curve, (uint32_t)(out[i].logit + 32768), r->curve_shift), 65535);
}

/* The bound at probability p (Q16), linear between the knots; 65535 in the table stands for 1. */
static uint32_t interval_bound(const uint16_t *knots, uint32_t p)
{
    const uint32_t step = 65536 / INTERVAL_KNOTS;
    uint32_t k = p / step, part = p % step;
    uint32_t low = knots[2 * k], high = part ? knots[2 * k + 2] : low;
    uint64_t bound = (uint64_t)low * (step - part) + (uint64_t)high * part; /* 65535 * step = 1 */
    return (uint32_t)bds_round_div(bound << 16, (uint64_t)65535 * step);
}

static void set_interval(const bds_plan *p, uint32_t i, bds_finding *f)
{
    const bdf_result *r = p->model->result;
    f->low = f->high = f->probability;
    if (r->interval == BDF_NONE)
        return;
    const uint16_t *knots =
        (const uint16_t *)bds_blob_data(p->model, r->interval) + (size_t)i * (INTERVAL_KNOTS + 1) * 2;
    uint32_t low = interval_bound(knots, f->probability), high = interval_bound(knots + 1, f->probability);
    f->low = low < f->probability ? low : f->probability;
    f->high = high > f->probability ? high : f->probability;
}

/* ---- Doubts ----------------------------------------------------------------------------------------------------- */

/* Smallest distance of the features to a class mean: mean over channels of squared z, Q8 (Lee et al. 2018, with a diagonal
 * covariance shared by the classes). */
static uint32_t gate_distance(const bds_plan *p)
{
    const bdf_result *r = p->model->result;
    if (r->gate_tensor == BDF_NONE)
        return 0;
    const int8_t *x = bds_plan_data(p, r->gate_tensor), *mean = bds_blob_data(p->model, r->gate_mean);
    const uint16_t *weight = bds_blob_data(p->model, r->gate_weight);
    const uint32_t channels = bds_tensor_count(&p->model->tensors[r->gate_tensor]);
    uint64_t least = UINT64_MAX;
    for (uint32_t g = 0; g < r->gate_groups; g++, mean += channels) {
        uint64_t sum = 0;
        for (uint32_t c = 0; c < channels; c++) {
            int32_t d = x[c] - mean[c];
            sum += (uint64_t)(uint32_t)(d * d) * weight[c]; /* < 2^32, and channels <= 2^28 */
        }
        least = sum < least ? sum : least;
    }
    least /= channels;
    return least > UINT32_MAX ? UINT32_MAX : (uint32_t)least;
}

static uint32_t most_probable(const bds_finding *f, uint32_t n)
{
    uint32_t top = 0;
    for (uint32_t i = 1; i < n; i++)
        if (f[i].probability > f[top].probability)
            top = i;
    return top;
}

/* Softmax: the leading label is too close to the others. Sigmoid: some label is neither clearly there nor clearly absent. */
static int is_unsure(const bdf_result *r, const bds_finding *f, uint32_t top)
{
    if (r->kind == BDF_RESULT_SOFTMAX)
        return f[top].probability < r->abstain_below;
    for (uint32_t i = 0; i < r->label_count; i++)
        if (f[i].probability < r->abstain_below && 65536 - f[i].probability < r->abstain_below)
            return 1;
    return 0;
}

/* Also how far the features are away. */
static uint32_t doubts_of(const bds_plan *p, int unsure, uint32_t *distance, uint32_t *limit)
{
    const bdf_result *r = p->model->result;
    *distance = gate_distance(p);
    *limit = r->gate_tensor == BDF_NONE ? 0 : r->gate_limit;
    return p->doubts | (unsure ? BDS_DOUBT_UNSURE : 0) | (*distance > *limit ? BDS_DOUBT_UNKNOWN : 0);
}

/* ---- The two answers -------------------------------------------------------------------------------------------- */

/* A finished run of a model that answers in that way. */
static bds_status check_done(const bds_plan *p, int segment)
{
    if (p->state != BDS_PLAN_DONE)
        return BDS_E_STATE;
    const bdf_result *r = p->model->result;
    return r && (r->kind == BDF_RESULT_SEGMENT) == segment ? BDS_OK : BDS_E_UNSUPPORTED;
}

bds_status bds_result(const bds_plan *plan, bds_finding *out, size_t *n, bds_verdict *verdict)
{
    if (!plan || !out || !n || !verdict)
        return BDS_E_ARGUMENT;
    bds_status st = check_done(plan, 0);
    if (st < 0)
        return st;
    const bdf_result *r = plan->model->result;
    if (*n < r->label_count)
        return BDS_E_ARGUMENT;
    for (uint32_t i = 0; i < r->label_count; i++) {
        out[i].label = i;
        out[i].logit = bds_label_logit(plan, i);
    }
    if (r->kind == BDF_RESULT_SOFTMAX)
        softmax(plan, out);
    else
        sigmoid(plan, out);
    for (uint32_t i = 0; i < r->label_count; i++) {
        set_interval(plan, i, &out[i]);
        out[i].in_set = r->set_from && out[i].probability >= r->set_from;
    }
    *n = r->label_count;
    verdict->top = most_probable(out, r->label_count);
    verdict->doubts = doubts_of(plan, is_unsure(r, out, verdict->top), &verdict->distance, &verdict->distance_limit);
    return BDS_OK;
}

bds_status bds_mask(const bds_plan *plan, uint16_t *probability, uint8_t *mask, size_t n, bds_marking *marking)
{
    if (!plan || !marking)
        return BDS_E_ARGUMENT;
    bds_status st = check_done(plan, 1);
    if (st < 0)
        return st;
    const bdf_result *r = plan->model->result;
    const int8_t *logits = bds_plan_data(plan, r->tensor);
    const uint16_t *curve = bds_blob_data(plan->model, r->curve);
    const uint32_t pixels = bds_tensor_count(&plan->model->tensors[r->tensor]);
    if (n < pixels)
        return BDS_E_ARGUMENT;
    uint64_t all = 0, within = 0; /* sums of Q16 over at most 2^28 pixels: up to 2^44 */
    uint32_t marked = 0, most = 0;
    for (uint32_t i = 0; i < pixels; i++) {
        const uint16_t value = curve[logits[i] + 128];
        const uint32_t p = value + (value >> 15), is_marked = p >= r->mark_from; /* bds_share(value, 65535) */
        if (probability)
            probability[i] = value;
        if (mask)
            mask[i] = (uint8_t)is_marked;
        all += p;
        within += is_marked ? p : 0;
        marked += is_marked;
        most = p > most ? p : most;
    }
    /* Twice the expected overlap by both expected areas (Borges et al., arXiv:2402.10665): 2^61 by at least 1. */
    marking->certainty = marked ? (uint32_t)bds_round_div(within << 17, all + ((uint64_t)marked << 16)) : 65536 - most;
    marking->marked = marked;
    marking->doubts =
        doubts_of(plan, marking->certainty < r->abstain_below, &marking->distance, &marking->distance_limit);
    return BDS_OK;
}
