/* Slices, reversals and padding.
 * SPDX-License-Identifier: MIT */
#include "tflite.h"

/* A cut through every dimension of x. */
typedef struct cut {
    int64_t starts[NET_MAX_RANK], steps[NET_MAX_RANK];
    uint32_t dims[NET_MAX_RANK];
} cut;

static void cut_whole(const net_tensor *t, cut *s)
{
    for (uint32_t i = 0; i < t->rank; i++) {
        s->starts[i] = 0;
        s->steps[i] = 1;
        s->dims[i] = t->dims[i];
    }
}

bdc_status tfl_slice(tfl_importer *m, net_code code)
{
    (void)code;
    const int64_t *begin, *size;
    uint32_t x, y, begins, sizes;
    BDC_TRY(tfl_real(m, 0, &x));
    BDC_TRY(tfl_integers(m, 1, &begin, &begins));
    BDC_TRY(tfl_integers(m, 2, &size, &sizes));
    const net_tensor *t = tfl_net_tensor(m, x);
    if (begins != t->rank || sizes != t->rank)
        return tfl_refuse(m, BDC_E_INVALID, "has not one begin and one size for each dimension");
    cut s;
    cut_whole(t, &s);
    for (uint32_t i = 0; i < t->rank; i++) {
        int64_t dim = t->dims[i], length = size[i];
        if (begin[i] < 0 || begin[i] > dim || length < -1 || length > dim - begin[i])
            return bdc_fail(m->context, BDC_E_INVALID, "Operator %s '%s' reaches outside dimension %u of its input.",
                            m->op->type, m->op->name, i);
        s.starts[i] = begin[i];
        s.dims[i] = (uint32_t)(length == -1 ? dim - begin[i] : length);
        if (!s.dims[i])
            s.starts[i] = 0;
    }
    BDC_TRY(tfl_slice_of(m, x, s.starts, s.steps, s.dims, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

typedef struct stride_spec {
    const int64_t *begin, *end, *step;
    uint32_t count;
    uint32_t begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_mask;
    int end_is_size;
} stride_spec;

static int64_t clamp(int64_t x, int64_t lo, int64_t hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

/* Entry i of the specification, for dimension d of x. */
static bdc_status stride_along(tfl_importer *m, const stride_spec *p, uint32_t i, int64_t dim, cut *s, uint32_t d)
{
    int64_t step = p->step[i], begin = p->begin[i];
    if (step == 0 || step < -NET_MAX_ELEMENTS || step > NET_MAX_ELEMENTS)
        return tfl_refuse(m, BDC_E_INVALID, "has a stride of 0 or an absurd one");
    if (p->shrink_mask >> i & 1) {
        begin += begin < 0 ? dim : 0;
        if (begin < 0 || begin >= dim)
            return bdc_fail(m->context, BDC_E_INVALID, "Operator %s '%s' takes an element outside dimension %u.",
                            m->op->type, m->op->name, d);
        s->starts[d] = begin;
        s->dims[d] = 1;
        return BDC_OK;
    }
    /* As Python's slices: what lies outside is moved to the edge. */
    int64_t lo = step > 0 ? 0 : -1, hi = step > 0 ? dim : dim - 1;
    int64_t first = step > 0 ? lo : hi, last = step > 0 ? hi : lo;
    if (!(p->begin_mask >> i & 1))
        first = clamp(begin < 0 ? begin + dim : begin, lo, hi);
    if (!(p->end_mask >> i & 1)) {
        int64_t end = p->end[i];
        if (p->end_is_size)
            last = clamp(first + clamp(end, 0, dim), lo, hi);
        else
            last = clamp(end < 0 ? end + dim : end, lo, hi);
    }
    int64_t count = step > 0 ? (last - first + step - 1) / step : (first - last - step - 1) / -step;
    s->dims[d] = (uint32_t)(count > 0 ? count : 0);
    s->starts[d] = count > 0 ? first : 0;
    s->steps[d] = count > 0 ? step : 1;
    return BDC_OK;
}

bdc_status tfl_strided_slice(tfl_importer *m, net_code code)
{
    (void)code;
    stride_spec p = {.begin_mask = (uint32_t)tfl_option(m, 0, 4, 0),
                     .end_mask = (uint32_t)tfl_option(m, 1, 4, 0),
                     .ellipsis_mask = (uint32_t)tfl_option(m, 2, 4, 0),
                     .new_axis_mask = (uint32_t)tfl_option(m, 3, 4, 0),
                     .shrink_mask = (uint32_t)tfl_option(m, 4, 4, 0),
                     .end_is_size = tfl_option(m, 5, 1, 0) != 0};
    uint32_t x, y, ends, steps;
    BDC_TRY(tfl_real(m, 0, &x));
    BDC_TRY(tfl_integers(m, 1, &p.begin, &p.count));
    BDC_TRY(tfl_integers(m, 2, &p.end, &ends));
    BDC_TRY(tfl_integers(m, 3, &p.step, &steps));
    if (p.count != ends || p.count != steps || p.count > 2 * NET_MAX_RANK)
        return tfl_refuse(m, BDC_E_INVALID, "has not as many begins as ends and strides");
    net_tensor t = *tfl_net_tensor(m, x);
    uint32_t used = 0; /* dimensions of x that entries speak of */
    for (uint32_t i = 0; i < p.count; i++)
        used += !((p.ellipsis_mask | p.new_axis_mask) >> i & 1);
    if (used > t.rank)
        return tfl_refuse(m, BDC_E_INVALID, "speaks of more dimensions than its input has");
    cut s;
    cut_whole(&t, &s);
    uint32_t dims[3 * NET_MAX_RANK], rank = 0, d = 0;
    for (uint32_t i = 0; i < p.count; i++) {
        if (p.ellipsis_mask >> i & 1) {
            for (; used < t.rank; used++)
                dims[rank++] = t.dims[d++];
        } else if (p.new_axis_mask >> i & 1) {
            dims[rank++] = 1;
        } else {
            BDC_TRY(stride_along(m, &p, i, t.dims[d], &s, d));
            if (!(p.shrink_mask >> i & 1))
                dims[rank++] = s.dims[d];
            d++;
        }
    }
    while (d < t.rank)
        dims[rank++] = t.dims[d++];
    if (rank > NET_MAX_RANK)
        return tfl_refuse(m, BDC_E_LIMIT, "makes too many dimensions");
    BDC_TRY(tfl_slice_of(m, x, s.starts, s.steps, s.dims, &y));
    if (p.new_axis_mask || p.shrink_mask)
        BDC_TRY(tfl_reshape(m, y, rank, dims, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

bdc_status tfl_reverse(tfl_importer *m, net_code code)
{
    (void)code;
    const int64_t *axes;
    uint32_t x, y, count;
    BDC_TRY(tfl_real(m, 0, &x));
    BDC_TRY(tfl_integers(m, 1, &axes, &count));
    const net_tensor *t = tfl_net_tensor(m, x);
    cut s;
    cut_whole(t, &s);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t axis;
        BDC_TRY(tfl_axis(m, axes[i], t->rank, &axis));
        if (!t->dims[axis])
            continue;
        s.starts[axis] = (int64_t)t->dims[axis] - 1;
        s.steps[axis] = -1;
    }
    BDC_TRY(tfl_slice_of(m, x, s.starts, s.steps, s.dims, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

/* The amounts before and after each dimension of x: constant input 1, rows of two. */
static bdc_status paddings(tfl_importer *m, uint32_t x, const int64_t **pads)
{
    uint32_t count;
    BDC_TRY(tfl_integers(m, 1, pads, &count));
    if (count != 2 * tfl_net_tensor(m, x)->rank)
        return tfl_refuse(m, BDC_E_INVALID, "has not two amounts for each dimension");
    for (uint32_t i = 0; i < count; i++)
        if ((*pads)[i] < 0 || (*pads)[i] > NET_MAX_ELEMENTS)
            return tfl_refuse(m, BDC_E_INVALID, "has an amount that is negative or absurd");
    return BDC_OK;
}

/* PAD and PADV2, whose third input is the value. */
bdc_status tfl_pad(tfl_importer *m, net_code code)
{
    const int64_t *pads;
    uint32_t inputs[2] = {NET_NONE, NET_NONE}, count = 1, y;
    net_attributes a = {0};
    BDC_TRY(tfl_real(m, 0, &inputs[0]));
    BDC_TRY(paddings(m, inputs[0], &pads));
    uint32_t rank = tfl_net_tensor(m, inputs[0])->rank;
    for (uint32_t i = 0; i < rank; i++) {
        a.pads[i] = pads[2 * i];
        a.pads[rank + i] = pads[2 * i + 1];
    }
    if (tfl_has(m, 2)) {
        BDC_TRY(tfl_real_parameter(m, 2, &inputs[1]));
        if (net_count(tfl_net_tensor(m, inputs[1])) != 1)
            return tfl_refuse(m, BDC_E_INVALID, "has a value of more than one element");
        BDC_TRY(tfl_reshape(m, inputs[1], 0, NULL, &inputs[1]));
        count = 2;
    }
    BDC_TRY(tfl_emit(m, code, inputs, count, &a, NULL, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

/* A mirror in front of the first element and behind the last: the edges themselves are repeated. */
static bdc_status symmetric(tfl_importer *m, uint32_t x, uint32_t axis, const int64_t *amounts, uint32_t *y)
{
    uint32_t parts[3] = {NET_NONE, x, NET_NONE};
    for (uint32_t end = 0; end < 2; end++) {
        const net_tensor *t = tfl_net_tensor(m, x);
        int64_t side = t->dims[axis], amount = amounts[end];
        cut s;
        if (amount == 0)
            continue;
        cut_whole(t, &s);
        s.steps[axis] = -1;
        s.starts[axis] = end ? side - 1 : amount - 1;
        s.dims[axis] = (uint32_t)amount;
        BDC_TRY(tfl_slice_of(m, x, s.starts, s.steps, s.dims, &parts[2 * end]));
    }
    uint32_t inputs[3], count = 0;
    for (uint32_t i = 0; i < 3; i++)
        if (parts[i] != NET_NONE)
            inputs[count++] = parts[i];
    const net_attributes a = {.axis = axis};
    *y = x;
    return count > 1 ? tfl_emit(m, NET_CONCAT, inputs, count, &a, NULL, y) : BDC_OK;
}

bdc_status tfl_mirror_pad(tfl_importer *m, net_code code)
{
    const int64_t *pads;
    uint32_t x, y;
    uint64_t mode = fb_unsigned(&m->op->options, 0, 1, 0);
    net_attributes a = {.mode = 1};
    BDC_TRY(tfl_real(m, 0, &x));
    BDC_TRY(paddings(m, x, &pads));
    net_tensor t = *tfl_net_tensor(m, x);
    if (mode > 1)
        return tfl_refuse(m, BDC_E_INVALID, "has a mode that is neither REFLECT nor SYMMETRIC");
    for (uint32_t i = 0; i < t.rank; i++) {
        int64_t most = (int64_t)t.dims[i] - (mode == 0);
        if ((pads[2 * i] && pads[2 * i] > most) || (pads[2 * i + 1] && pads[2 * i + 1] > most))
            return bdc_fail(m->context, BDC_E_INVALID, "Operator %s '%s' mirrors more than dimension %u has.",
                            m->op->type, m->op->name, i);
        a.pads[i] = pads[2 * i];
        a.pads[t.rank + i] = pads[2 * i + 1];
    }
    if (mode == 0) {
        BDC_TRY(tfl_emit(m, code, &x, 1, &a, NULL, &y));
        return tfl_finish(m, 0, y, TFL_ACT_NONE);
    }
    for (uint32_t i = 0; i < t.rank; i++)
        BDC_TRY(symmetric(m, x, i, pads + 2 * i, &x));
    if (x < m->first_new || x == tfl_stored(m, 0))
        BDC_TRY(tfl_unary(m, NET_IDENTITY, x, &x));
    return tfl_finish(m, 0, x, TFL_ACT_NONE);
}
