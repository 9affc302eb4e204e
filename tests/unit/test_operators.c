/* Every operator with random shapes and types, through the public interface, against loops written from docs/arithmetic.md that share
 * nothing with the runtime: wide integers or real numbers. The seed of a failure is printed.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "support/tiny_model.h"
#include "unit/check.h"

enum { MAX_VALUES = 1 << 15 };

static alignas(64) uint8_t file[1 << 18];
static alignas(64) uint8_t arena[1 << 20];
static tiny_model t;
static int32_t in[2][MAX_VALUES], out[MAX_VALUES];
static uint32_t seed;

static int32_t between(int32_t lo, int32_t hi)
{
    seed = seed * 1664525u + 1013904223u;
    return lo + (int32_t)((uint64_t)(seed >> 4) * (uint64_t)((int64_t)hi - lo + 1) >> 28);
}

static uint32_t upto(uint32_t lo, uint32_t hi)
{
    return (uint32_t)between((int32_t)lo, (int32_t)hi);
}

static bds_type any_type(void)
{
    return between(0, 1) ? BDS_INT16 : BDS_INT8;
}

static int32_t least_of(bds_type type)
{
    return type == BDS_INT16 ? INT16_MIN : INT8_MIN;
}

static int32_t most_of(bds_type type)
{
    return type == BDS_INT16 ? INT16_MAX : INT8_MAX;
}

static int32_t any_zero_point(bds_type type)
{
    return between(0, 3) ? between(-128, 127) : between(0, 1) ? least_of(type) : most_of(type);
}

static uint32_t count_of(uint32_t tensor)
{
    const uint32_t *d = t.tensors[tensor].dims;
    return d[1] * d[2] * d[3];
}

static uint32_t tensor(uint32_t h, uint32_t w, uint32_t c, bds_type type, int32_t zero_point)
{
    return tiny_tensor(&t, h, w, c, type, zero_point);
}

/* An input with values from the whole of its type, from a narrow part of it, or from its ends. */
static uint32_t input(uint32_t h, uint32_t w, uint32_t c, bds_type type, int32_t zero_point)
{
    const uint32_t i = t.input_count, x = tensor(h, w, c, type, zero_point);
    const int32_t lo = least_of(type), hi = most_of(type), kind = between(0, 3), middle = between(lo, hi);
    tiny_input(&t, x, 0);
    for (uint32_t k = 0; k < count_of(x); k++) {
        const int32_t near = middle + between(-3, 3);
        in[i][k] = kind == 0   ? (between(0, 1) ? lo : hi)
                   : kind == 1 ? near < lo   ? lo
                                 : near > hi ? hi
                                             : near
                               : between(lo, hi);
    }
    return x;
}

static bdf_op *operation(bdf_opcode code, uint32_t a, uint32_t b, uint32_t y)
{
    t.outputs[t.output_count++] = y;
    return tiny_op(&t, code, a, b, y);
}

static int32_t value_of(const bds_tensor *x, uint32_t i)
{
    return x->type == BDS_INT16 ? ((const int16_t *)x->data)[i] : ((const int8_t *)x->data)[i];
}

enum { THREADS = 3 };

/* As bds_run does, but in parts, of which the last comes first. */
static bds_status run_in_parts(bds_plan *plan)
{
    bds_status st;
    uint32_t parts = 1;
    do {
        for (uint32_t i = parts; i-- > 0;)
            CHECK(bds_part(plan, i % THREADS, i, parts) == BDS_OK);
        parts = parts % 5 + 2;
    } while ((st = bds_advance(plan)) == BDS_MORE);
    return st;
}

/* Runs the model with the inputs; the first output's values come into out. */
static int run_with(uint32_t cpu, uint32_t threads)
{
    const bds_config config = {.size = sizeof config, .cpu = cpu, .threads = threads};
    bds_model m;
    bds_plan *plan;
    bds_tensor x;
    const bds_status status = bds_model_open(&m, file, tiny_write(&t, file, sizeof file));
    if (!CHECK(status == BDS_OK)) {
        fprintf(stderr, "%s\n", bds_status_name(status));
        return 0;
    }
    if (!CHECK(bds_plan_create(&plan, &m, &config, arena, sizeof arena) == BDS_OK))
        return 0;
    for (uint32_t i = 0; i < t.input_count; i++) {
        CHECK(bds_input(plan, i, &x) == BDS_OK);
        for (uint32_t k = 0; k < count_of(t.inputs[i].tensor); k++)
            if (x.type == BDS_INT16)
                ((int16_t *)x.data)[k] = (int16_t)in[i][k];
            else
                ((int8_t *)x.data)[k] = (int8_t)in[i][k];
    }
    CHECK((threads ? run_in_parts(plan) : bds_run(plan)) == BDS_OK && bds_output(plan, 0, &x) == BDS_OK);
    for (uint32_t k = 0; k < count_of(t.outputs[0]); k++)
        out[k] = value_of(&x, k);
    return 1;
}

/* With the scalar reference, in parts, and with all there is. */
static int run_both(void)
{
    static int32_t scalar[MAX_VALUES];
    if (!run_with(0, 0))
        return 0;
    memcpy(scalar, out, sizeof scalar);
    if (!run_with(BDS_CPU_ALL, THREADS) || !CHECK(memcmp(scalar, out, count_of(t.outputs[0]) * sizeof *out) == 0))
        return 0;
    return run_with(BDS_CPU_ALL, 0) && CHECK(memcmp(scalar, out, count_of(t.outputs[0]) * sizeof *out) == 0);
}

static void begin(uint32_t number)
{
    memset(&t, 0, sizeof t);
    seed = number * 2654435761u + 12345u;
}

static void report(int equal, const char *what, uint32_t number)
{
    if (!CHECK(equal))
        fprintf(stderr, "%s, round %u\n", what, (unsigned)number);
}

/* floor(x / 2^shift + 1/2) without a shift of x. */
static int64_t rounded(int64_t x, int shift)
{
    const int64_t one = (int64_t)1 << shift;
    int64_t quotient = x / one, rest = x % one;
    if (rest < 0) {
        rest += one;
        quotient--;
    }
    return quotient + (rest >= one / 2);
}

static int32_t clamped(int64_t y, const bdf_op *op)
{
    return (int32_t)(y < op->lo ? op->lo : y > op->hi ? op->hi : y);
}

static int32_t requantised(int64_t acc, int32_t m, const bdf_op *op)
{
    return clamped(rounded(acc * ((int64_t)m << op->left), op->shift) + t.tensors[op->output].zero_point, op);
}

static void random_clamp(bdf_op *op)
{
    if (between(0, 1)) {
        op->lo = (int16_t)between(op->lo, 0);
        op->hi = (int16_t)between(op->lo, op->hi);
    }
}

/* ---- Sums of products --------------------------------------------------------------------------------------------- */

static int32_t weights[1 << 14];

static void random_weights(bdf_op *op, uint32_t count)
{
    const int wide = between(0, 1);
    int8_t narrow8[1 << 13];
    int16_t wide16[1 << 13];
    for (uint32_t i = 0; i < count; i++) {
        weights[i] = wide ? between(-255, 255) : between(-128, 127);
        narrow8[i] = (int8_t)weights[i];
        wide16[i] = (int16_t)weights[i];
    }
    op->weights =
        wide ? tiny_blob(&t, BDS_INT16, count, wide16, 2 * count) : tiny_blob(&t, BDS_INT8, count, narrow8, count);
}

static void random_layer(bdf_op *op, uint32_t channels, bds_type x, bds_type y)
{
    op->bias = tiny_i32(&t, channels, between(-100000, 100000));
    op->multipliers = tiny_i16(&t, channels, (int16_t)between(8000, 32767));
    op->left = (uint8_t)between(0, 2);
    op->shift = (uint8_t)(17 + op->left + (x == BDS_INT16 ? 8 : 0) + (y == BDS_INT16 ? 0 : 7) + between(0, 4));
    random_clamp(op);
}

static void read_layer(const bdf_op *op, uint32_t c, int32_t *bias, int16_t *m)
{
    memcpy(bias, t.data + t.blobs[op->bias].offset + 4 * c, 4);
    memcpy(m, t.data + t.blobs[op->multipliers].offset + 2 * c, 2);
}

static void test_convolution(uint32_t number)
{
    begin(number);
    const bds_type tx = any_type(), ty = any_type();
    const int depthwise = between(0, 2) == 0;
    const uint32_t groups = depthwise ? 1 : upto(1, 3), gi = upto(1, 9), go = upto(1, 20);
    const uint32_t ic = depthwise ? upto(1, 20) : groups * gi, oc = depthwise ? ic : groups * go;
    const uint32_t kh = upto(1, 3), kw = upto(1, 3), stride = upto(1, 2), pad = upto(0, 1), h = upto(3, 6),
                   w = upto(3, 6);
    const uint32_t x = input(h, w, ic, tx, any_zero_point(tx));
    const uint32_t oh = (h + 2 * pad - kh) / stride + 1, ow = (w + 2 * pad - kw) / stride + 1;
    const uint32_t y = tensor(oh, ow, oc, ty, any_zero_point(ty));
    bdf_op *op = operation(depthwise ? BDF_DEPTHWISE : BDF_CONV, x, BDF_NONE, y);
    op->groups = (uint16_t)groups;
    op->kernel_h = (uint16_t)kh;
    op->kernel_w = (uint16_t)kw;
    op->stride_h = op->stride_w = (uint16_t)stride;
    op->pad_top = op->pad_left = op->pad_bottom = op->pad_right = (uint16_t)pad;
    random_weights(op, depthwise ? kh * kw * oc : oc * kh * kw * gi);
    random_layer(op, oc, tx, ty);
    if (!run_both())
        return;
    int equal = 1;
    for (uint32_t i = 0; i < oh * ow * oc; i++) {
        const uint32_t c = i % oc, ox = i / oc % ow, oy = i / oc / ow;
        int32_t bias;
        int16_t m;
        read_layer(op, c, &bias, &m);
        int64_t acc = bias;
        for (uint32_t ky = 0; ky < kh; ky++)
            for (uint32_t kx = 0; kx < kw; kx++)
                for (uint32_t k = 0; k < (depthwise ? 1 : gi); k++) {
                    const int32_t iy = (int32_t)(oy * stride + ky) - (int32_t)pad,
                                  ix = (int32_t)(ox * stride + kx) - (int32_t)pad;
                    const int inside = iy >= 0 && ix >= 0 && iy < (int32_t)h && ix < (int32_t)w;
                    const uint32_t from = depthwise ? c : c / go * gi + k, tap = ky * kw + kx;
                    const int64_t v =
                        inside ? in[0][((uint32_t)iy * w + (uint32_t)ix) * ic + from] : t.tensors[x].zero_point;
                    acc += v * weights[depthwise ? tap * oc + c : (c * kh * kw + tap) * gi + k];
                }
        equal &= out[i] == requantised(acc, m, op);
    }
    report(equal, depthwise ? "depthwise" : "conv", number);
}

static void test_fully_connected(uint32_t number)
{
    begin(number);
    const bds_type tx = any_type(), ty = any_type();
    const uint32_t h = upto(1, 3), w = upto(1, 3), c = upto(1, 30), oc = upto(1, 20), depth = h * w * c;
    const uint32_t x = input(h, w, c, tx, any_zero_point(tx)), y = tensor(1, 1, oc, ty, any_zero_point(ty));
    bdf_op *op = operation(BDF_FULLY_CONNECTED, x, BDF_NONE, y);
    random_weights(op, depth * oc);
    random_layer(op, oc, tx, ty);
    if (!run_both())
        return;
    int equal = 1;
    for (uint32_t n = 0; n < oc; n++) {
        int32_t bias;
        int16_t m;
        read_layer(op, n, &bias, &m);
        int64_t acc = bias;
        for (uint32_t k = 0; k < depth; k++)
            acc += (int64_t)in[0][k] * weights[n * depth + k];
        equal &= out[n] == requantised(acc, m, op);
    }
    report(equal, "fully connected", number);
}

static void test_matmul(uint32_t number)
{
    begin(number);
    const bds_type ta = any_type(), tb = ta == BDS_INT16 ? any_type() : BDS_INT8, ty = any_type();
    const uint32_t h = upto(1, 3), rows = upto(1, 12), depth = upto(1, 40), columns = upto(1, 36),
                   transposed = upto(0, 1);
    const int32_t za = ta == BDS_INT16 ? 0 : any_zero_point(ta), zb = tb == BDS_INT16 ? 0 : any_zero_point(tb);
    const uint32_t a = input(h, rows, depth, ta, za);
    const uint32_t b = transposed ? input(h, columns, depth, tb, zb) : input(h, depth, columns, tb, zb);
    bdf_op *op = operation(BDF_MATMUL, a, b, tensor(h, rows, columns, ty, any_zero_point(ty)));
    op->m_a = between(1, 32767);
    op->m_b = (int32_t)transposed;
    op->left = (uint8_t)between(0, 1);
    op->shift = (uint8_t)(19 + (ta == BDS_INT16 ? 8 : 0) + (tb == BDS_INT16 ? 8 : 0) + (ty == BDS_INT16 ? 0 : 8) -
                          between(0, 2));
    if (op->shift > 38)
        op->shift = 38;
    random_clamp(op);
    if (!run_both())
        return;
    int equal = 1;
    for (uint32_t i = 0; i < h * rows * columns; i++) {
        const uint32_t n = i % columns, r = i / columns % rows, z = i / columns / rows;
        int64_t acc = 0;
        for (uint32_t k = 0; k < depth; k++)
            acc += (int64_t)(in[0][(z * rows + r) * depth + k] - za) *
                   (in[1][transposed ? (z * columns + n) * depth + k : (z * depth + k) * columns + n] - zb);
        equal &= out[i] == requantised(acc, op->m_a, op);
    }
    report(equal, "matmul", number);
}

/* ---- Value by value ----------------------------------------------------------------------------------------------- */

static void test_pair(uint32_t number)
{
    static const bdf_opcode codes[4] = {BDF_ADD, BDF_MUL, BDF_MIN, BDF_MAX};
    begin(number);
    const bdf_opcode code = codes[between(0, 3)];
    const int extreme = code == BDF_MIN || code == BDF_MAX, broadcast = between(0, 1);
    const bds_type ta = any_type(), tb = extreme ? ta : any_type(), ty = extreme ? ta : any_type();
    const int32_t za = any_zero_point(ta), zb = extreme ? za : any_zero_point(tb),
                  zy = extreme ? za : any_zero_point(ty);
    const uint32_t h = upto(1, 4), w = upto(1, 4), c = upto(1, 20);
    const uint32_t a = input(h, w, c, ta, za), b = broadcast ? input(1, 1, c, tb, zb) : input(h, w, c, tb, zb);
    bdf_op *op = operation(code, a, b, tensor(h, w, c, ty, zy));
    op->m_a = between(code == BDF_MUL ? 1 : -32767, 32767);
    op->m_b = between(-32767, 32767);
    op->left = (uint8_t)between(0, 7);
    op->shift = (uint8_t)(code == BDF_MUL ? between(17, 38) : between(1, 30));
    random_clamp(op);
    if (!run_both())
        return;
    int equal = 1;
    for (uint32_t i = 0; i < h * w * c; i++) {
        const int64_t x = in[0][i], z = in[1][broadcast ? i % c : i];
        const int32_t want = code == BDF_ADD
                                 ? clamped(rounded((x - za) * op->m_a + (z - zb) * op->m_b, op->shift) + zy, op)
                             : code == BDF_MUL ? requantised((x - za) * (z - zb), op->m_a, op)
                                               : clamped((code == BDF_MIN) == (x < z) ? x : z, op);
        equal &= out[i] == want;
    }
    report(equal, "pair", number);
}

static void test_convert(uint32_t number)
{
    begin(number);
    const bds_type tx = any_type(), ty = any_type();
    const uint32_t n = upto(1, 100), x = input(1, 1, n, tx, any_zero_point(tx));
    bdf_op *op = operation(BDF_CONVERT, x, BDF_NONE, tensor(1, 1, n, ty, any_zero_point(ty)));
    op->m_a = between(-32767, 32767);
    op->shift = (uint8_t)between(1, 30);
    random_clamp(op);
    if (!run_both())
        return;
    int equal = 1;
    for (uint32_t i = 0; i < n; i++)
        equal &= out[i] == clamped(rounded((int64_t)(in[0][i] - t.tensors[0].zero_point) * op->m_a, op->shift) +
                                       t.tensors[1].zero_point,
                                   op);
    report(equal, "convert", number);
}

/* One table, or one for each channel. */
static void test_table(uint32_t number)
{
    static int16_t wide[20 * 257];
    static int8_t narrow[20 * 257];
    begin(number);
    const bds_type tx = any_type(), ty = any_type();
    const uint32_t h = upto(1, 4), w = upto(1, 4), c = upto(1, 20), each = upto(0, 1), rows = each ? c : 1;
    const uint32_t length = tx == BDS_INT8 ? 256 : 257, count = rows * length;
    const uint32_t x = input(h, w, c, tx, 0);
    bdf_op *op = operation(each ? BDF_CHANNEL_TABLE : BDF_TABLE, x, BDF_NONE, tensor(h, w, c, ty, 0));
    for (uint32_t i = 0; i < count; i++) {
        wide[i] = (int16_t)between(-32768, 32767);
        narrow[i] = (int8_t)between(-128, 127);
    }
    const int is_narrow = tx == BDS_INT8 && ty == BDS_INT8;
    op->table =
        is_narrow ? tiny_blob(&t, BDS_INT8, count, narrow, count) : tiny_blob(&t, BDS_INT16, count, wide, 2 * count);
    if (!run_both())
        return;
    int equal = 1;
    for (uint32_t i = 0; i < h * w * c; i++) {
        const uint32_t row = each ? i % c : 0;
        int32_t want;
        if (tx == BDS_INT8)
            want = is_narrow ? narrow[row * 256 + (uint32_t)(in[0][i] + 128)]
                             : wide[row * 256 + (uint32_t)(in[0][i] + 128)];
        else { /* every number here is exact as a double */
            const double at = (in[0][i] + 32768) / 256.0, below = floor(at);
            const int16_t *s = wide + row * 257 + (int)below;
            const double y = (1 - (at - below)) * s[0] + (at - below) * s[1];
            want = (int32_t)floor((ty == BDS_INT8 ? y / 256 : y) + 0.5);
            want = want > most_of(ty) ? most_of(ty) : want;
        }
        equal &= out[i] == want;
    }
    report(equal, "table", number);
}

static void test_softmax(uint32_t number)
{
    begin(number);
    const bds_type tx = any_type(), ty = any_type();
    const uint32_t h = upto(1, 3), w = upto(1, 3), c = upto(1, 30), step = tx == BDS_INT8 ? 0 : 8;
    const double scale = tx == BDS_INT8 ? 0.05 : 0.0002;
    const uint32_t x = input(h, w, c, tx, 0);
    bdf_op *op = operation(BDF_SOFTMAX, x, BDF_NONE, tensor(h, w, c, ty, ty == BDS_INT8 ? -128 : 0));
    uint16_t curve[257];
    for (int i = 0; i < 257; i++)
        curve[i] = (uint16_t)round(65535 * exp(-scale * i * (1 << step)));
    op->table = tiny_blob(&t, BDS_UINT16, 257, curve, sizeof curve);
    op->shift = (uint8_t)step;
    if (!run_both())
        return;
    double worst = 0;
    for (uint32_t p = 0; p < h * w; p++) {
        double most = -1e9, sum = 0;
        for (uint32_t k = 0; k < c; k++)
            most = fmax(most, scale * in[0][p * c + k]);
        for (uint32_t k = 0; k < c; k++)
            sum += exp(scale * in[0][p * c + k] - most);
        for (uint32_t k = 0; k < c; k++) {
            const double want = exp(scale * in[0][p * c + k] - most) / sum;
            const double got = ty == BDS_INT8 ? (out[p * c + k] + 128) / 256.0 : out[p * c + k] / 32768.0;
            worst = fmax(worst, fabs(want - got));
        }
    }
    /* The curve's rounding and its lines, then half a step of the result; a whole one where the share of 1 does not fit. */
    report(worst < 1e-3 + (ty == BDS_INT8 ? 1 / 256.0 : 1 / 32768.0), "softmax", number);
}

/* ---- Pools and what moves values ---------------------------------------------------------------------------------- */

static void test_pool(uint32_t number)
{
    begin(number);
    const int average = between(0, 1);
    const bds_type tx = any_type(), ty = average ? any_type() : tx;
    const uint32_t h = upto(2, 7), w = upto(2, 7), c = upto(1, 20), k = 2, pad = upto(0, 1);
    const int32_t zx = any_zero_point(tx), zy = average ? any_zero_point(ty) : zx;
    const uint32_t oh = h + 2 * pad - k + 1, ow = w + 2 * pad - k + 1;
    bdf_op *op =
        operation(average ? BDF_AVG_POOL : BDF_MAX_POOL, input(h, w, c, tx, zx), BDF_NONE, tensor(oh, ow, c, ty, zy));
    op->kernel_h = op->kernel_w = (uint16_t)k;
    op->pad_top = op->pad_left = op->pad_bottom = op->pad_right = (uint16_t)pad;
    int16_t m[4];
    for (int i = 0; i < 4; i++)
        m[i] = (int16_t)between(1, 32767);
    op->multipliers = tiny_blob(&t, BDS_INT16, 4, m, sizeof m);
    op->left = (uint8_t)between(0, 7);
    op->shift = (uint8_t)(17 + op->left + between(0, 6));
    if (!run_both())
        return;
    int equal = 1;
    for (uint32_t i = 0; i < oh * ow * c; i++) {
        int32_t n = 0, most = INT32_MIN;
        int64_t sum = 0;
        for (uint32_t q = 0; q < k * k; q++) {
            const int32_t iy = (int32_t)(i / c / ow + q / k) - (int32_t)pad,
                          ix = (int32_t)(i / c % ow + q % k) - (int32_t)pad;
            if (iy < 0 || ix < 0 || iy >= (int32_t)h || ix >= (int32_t)w)
                continue;
            const int32_t v = in[0][((uint32_t)iy * w + (uint32_t)ix) * c + i % c];
            n++;
            sum += v - zx;
            most = v > most ? v : most;
        }
        equal &= out[i] == (average ? requantised(sum, m[n - 1], op) : most);
    }
    report(equal, "pool", number);
}

static void test_moving(uint32_t number)
{
    begin(number);
    const bds_type type = any_type();
    const uint32_t h = upto(1, 4), w = upto(1, 4), c = upto(1, 9), d = upto(1, 9);
    uint32_t x = input(h, w, c, type, 5), z = input(h, w, d, type, 5);
    const uint32_t joined = tensor(h, w, c + d, type, 5), padded = tensor(h + 3, w + 2, c + d, type, 5),
                   flat = tensor(1, 1, (h + 3) * (w + 2) * (c + d), type, 5);
    tiny_op(&t, BDF_CONCAT, x, z, joined);
    bdf_op *op = tiny_op(&t, BDF_PAD, joined, BDF_NONE, padded);
    op->pad_top = 1;
    op->pad_bottom = op->pad_left = 2;
    op->m_a = least_of(type) + 1;
    operation(BDF_RESHAPE, padded, BDF_NONE, flat);
    if (!run_both())
        return;
    int equal = 1;
    for (uint32_t i = 0; i < count_of(flat); i++) {
        const uint32_t k = i % (c + d), ox = i / (c + d) % (w + 2), oy = i / (c + d) / (w + 2);
        const int inside = oy >= 1 && oy < h + 1 && ox >= 2;
        const uint32_t pixel = (oy - 1) * w + ox - 2;
        equal &= out[i] == (!inside ? op->m_a : k < c ? in[0][pixel * c + k] : in[1][pixel * d + k - c]);
    }
    report(equal, "concat, pad, reshape", number);
}

/* Counts and strides of every kind, made so that all indices are in x. */
static void test_view(uint32_t number)
{
    begin(number);
    const bds_type type = any_type();
    int32_t table[13];
    int64_t least = 0, most = 0;
    uint32_t total = 1;
    for (int d = 5; d >= 0; d--) {
        const int32_t kind = between(0, 4);
        table[d] = between(1, kind == 0 ? 1 : 4);
        /* Where the faster dimension ends, one after the other, or anything. */
        table[6 + d] = d < 5 && kind == 1 ? table[7 + d] * table[1 + d] : d == 5 && kind < 3 ? 1 : between(-9, 9);
        const int64_t reach = (int64_t)(table[d] - 1) * table[6 + d];
        least += reach < 0 ? reach : 0;
        most += reach > 0 ? reach : 0;
        total *= (uint32_t)table[d];
    }
    for (int d = 0; d < 6; d++)
        if (table[d] == 1 && between(0, 1))
            table[6 + d] = between(INT32_MIN / 2, INT32_MAX / 2); /* a step that does not count */
    table[12] = (int32_t)-least + between(0, 5);
    const uint32_t n = (uint32_t)(table[12] + most) + 1u + upto(0, 5);
    if (n > MAX_VALUES)
        return;
    bdf_op *op = operation(BDF_VIEW, input(1, 1, n, type, -7), BDF_NONE, tensor(1, total, 1, type, -7));
    op->table = tiny_blob(&t, BDS_INT32, 13, table, sizeof table);
    if (!run_both())
        return;
    int equal = 1;
    uint32_t i = 0;
    for (int32_t a = 0; a < table[0]; a++)
        for (int32_t b = 0; b < table[1]; b++)
            for (int32_t c = 0; c < table[2]; c++)
                for (int32_t d = 0; d < table[3]; d++)
                    for (int32_t e = 0; e < table[4]; e++)
                        for (int32_t f = 0; f < table[5]; f++, i++)
                            equal &= out[i] == in[0][table[12] + (int64_t)a * table[6] + (int64_t)b * table[7] +
                                                     (int64_t)c * table[8] + (int64_t)d * table[9] +
                                                     (int64_t)e * table[10] + (int64_t)f * table[11]];
    report(equal && i == total, "view", number);
}

static void test_resize(uint32_t number)
{
    static uint16_t lines[3 * 20];
    begin(number);
    const bds_type type = any_type();
    const uint32_t h = upto(1, 6), w = upto(1, 6), c = upto(1, 9), oh = upto(1, 9), ow = upto(1, 9);
    bdf_op *op = operation(BDF_RESIZE, input(h, w, c, type, 3), BDF_NONE, tensor(oh, ow, c, type, 3));
    for (uint32_t i = 0; i < oh + ow; i++) {
        const uint32_t side = i < oh ? h : w;
        lines[3 * i] = (uint16_t)upto(0, side - 1);
        lines[3 * i + 1] = (uint16_t)upto(0, side - 1);
        lines[3 * i + 2] = (uint16_t)(between(0, 3) ? between(0, 1024) : 1024 * between(0, 1));
    }
    op->table = tiny_blob(&t, BDS_UINT16, 3 * (oh + ow), lines, 6 * (oh + ow));
    if (!run_both())
        return;
    int equal = 1;
    for (uint32_t i = 0; i < oh * ow * c; i++) {
        const uint16_t *row = lines + 3 * (i / c / ow), *column = lines + 3 * (oh + i / c % ow);
        const double down = row[2] / 1024.0, right = column[2] / 1024.0; /* all of this is exact */
        const int32_t *x = in[0] + i % c;
        const double above = x[(row[0] * w + column[0]) * c] * (1 - right) + x[(row[0] * w + column[1]) * c] * right;
        const double below = x[(row[1] * w + column[0]) * c] * (1 - right) + x[(row[1] * w + column[1]) * c] * right;
        equal &= out[i] == (int32_t)floor(above * (1 - down) + below * down + 0.5);
    }
    report(equal, "resize", number);
}

static void test_arg_max(uint32_t number)
{
    begin(number);
    const bds_type type = any_type();
    const uint32_t h = upto(1, 4), w = upto(1, 4), c = upto(1, 50);
    operation(BDF_ARG_MAX, input(h, w, c, type, any_zero_point(type)), BDF_NONE, tensor(h, w, 1, BDS_INT16, 0));
    if (!run_both())
        return;
    int equal = 1;
    for (uint32_t p = 0; p < h * w; p++) {
        const int32_t *x = in[0] + p * c;
        equal &= out[p] >= 0 && out[p] < (int32_t)c;
        for (int32_t k = 0; equal && k < (int32_t)c; k++)
            equal &= k < out[p] ? x[k] < x[out[p]] : x[k] <= x[out[p]];
    }
    report(equal, "arg max", number);
}

/* ---- Normalisation ------------------------------------------------------------------------------------------------ */

static void test_normalise(uint32_t number)
{
    begin(number);
    const bds_type tx = any_type(), ty = any_type();
    const int layer = between(0, 1);
    const uint32_t h = upto(1, 5), w = upto(1, 5), groups = layer ? 1 : upto(1, 4), part = upto(1, 12),
                   c = groups * part;
    const int32_t zy = between(-5, 5);
    bdf_op *op = operation(layer ? BDF_LAYER_NORM : BDF_INSTANCE_NORM, input(h, w, c, tx, any_zero_point(tx)), BDF_NONE,
                           tensor(h, w, c, ty, zy));
    int16_t scale[48];
    int32_t bias[48];
    for (uint32_t i = 0; i < c; i++) {
        scale[i] = (int16_t)between(-32768, 32767);
        bias[i] = between(-(1 << 18), 1 << 18);
    }
    op->groups = (uint16_t)groups;
    op->multipliers = tiny_blob(&t, BDS_INT16, c, scale, 2 * c);
    op->bias = tiny_blob(&t, BDS_INT32, c, bias, 4 * c);
    op->shift = (uint8_t)(ty == BDS_INT8 ? between(9, 19) : between(1, 12));
    op->m_a = between(0, 2) ? between(0, tx == BDS_INT8 ? 1 << 20 : 100) : between(0, INT32_MAX - 1);
    random_clamp(op);
    if (!run_both())
        return;
    const double epsilon = tx == BDS_INT8 ? op->m_a / 65536.0 : op->m_a;
    double worst = 0;
    for (uint32_t i = 0; i < h * w * c; i++) {
        double sum = 0, squares = 0, n = 0;
        for (uint32_t k = 0; k < h * w * c; k++)
            if (layer ? k / c == i / c : k % c / part == i % c / part) {
                sum += in[0][k];
                n++;
            }
        for (uint32_t k = 0; k < h * w * c; k++)
            if (layer ? k / c == i / c : k % c / part == i % c / part)
                squares += (in[0][k] - sum / n) * (in[0][k] - sum / n);
        const double deviation = sqrt(squares / n + epsilon), power = ldexp(1, -op->shift);
        const double z = deviation > 0 ? (in[0][i] - sum / n) / deviation : 0;
        double y = (z * scale[i % c] + bias[i % c]) * power + zy;
        y = fmin(fmax(y, op->lo), op->hi);
        /* The mean is known to 1/512, the reciprocal to 2^-19 of itself, the variance to about 1/256. */
        const double unsure =
            fabs(scale[i % c] * power) *
            (deviation > 0 ? 1 / 500.0 / deviation + fabs(z) * (ldexp(1, -18) + 1 / 500.0 / (deviation * deviation))
                           : 0);
        worst = fmax(worst, fabs(out[i] - y) - 0.5 - unsure);
    }
    report(worst < 1e-6, layer ? "layer norm" : "instance norm", number);
}

/* The result may lie over an operand that dies; every such operator must allow it. */
static void test_in_place(uint32_t number)
{
    static int32_t apart[MAX_VALUES];
    static const bdf_opcode codes[6] = {BDF_ADD, BDF_MUL, BDF_MIN, BDF_MAX, BDF_LAYER_NORM, BDF_INSTANCE_NORM};
    for (int together = 0; together < 2; together++) {
        begin(number);
        const bds_type type = any_type();
        const bdf_opcode code = codes[number % 6];
        const int two = code <= BDF_MAX;
        const uint32_t x = input(3, 2, 8, type, 0), z = two ? input(3, 2, 8, type, 0) : BDF_NONE,
                       y = tensor(3, 2, 8, type, 0);
        bdf_op *op = operation(code, x, z, y);
        op->m_a = 20000;
        op->m_b = -9000;
        op->shift = code == BDF_MUL ? 22 : 14;
        op->multipliers = tiny_i16(&t, 8, 32000);
        op->bias = tiny_i32(&t, 8, 7);
        op->groups = 2;
        if (together)
            t.tensors[y].arena_offset = t.tensors[two && between(0, 1) ? z : x].arena_offset;
        if (!run_both())
            return;
        if (!together)
            memcpy(apart, out, sizeof apart);
    }
    report(memcmp(apart, out, 48 * sizeof *out) == 0, "in place", number);
}

int main(void)
{
    for (uint32_t number = 0; number < 150; number++) {
        test_convolution(number);
        test_fully_connected(number);
        test_matmul(number);
        test_pair(number);
        test_convert(number);
        test_table(number);
        test_softmax(number);
        test_pool(number);
        test_moving(number);
        test_view(number);
        test_resize(number);
        test_arg_max(number);
        test_normalise(number);
        test_in_place(number);
    }
    return check_done();
}
