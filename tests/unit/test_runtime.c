/* The runtime through its public interface: opening good and bad files, order of calls, memory, findings.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "entropy.h"
#include "support/tiny_model.h"
#include "unit/check.h"

static alignas(64) uint8_t file[1 << 15], copy[1 << 15];
static alignas(64) uint8_t arena[1 << 17];
static uint8_t pixels[64];

static bds_plan *make_plan(bds_model *m, uint32_t n, uint32_t cpu)
{
    bds_config config = {.size = sizeof config, .cpu = cpu};
    bds_plan *plan = NULL;
    CHECK(bds_model_open(m, file, n) == BDS_OK);
    CHECK(bds_plan_create(&plan, m, &config, arena, sizeof arena) == BDS_OK);
    return plan;
}

static bds_image picture(uint32_t seed)
{
    for (int i = 0; i < 64; i++)
        pixels[i] = (uint8_t)(seed = seed * 1664525u + 1013904223u, seed >> 24);
    bds_image image = {pixels, 8, 8, 1, 8};
    return image;
}

static void test_every_truncation_and_flip(uint32_t n)
{
    bds_model m;
    for (uint32_t i = 0; i < n; i++) {
        bds_status st = bds_model_open(&m, file, i);
        CHECK(i == 0 ? st == BDS_E_ARGUMENT : st == BDS_E_TRUNCATED);
    }
    for (uint32_t i = 0; i < n; i++) {
        memcpy(copy, file, n);
        copy[i] ^= 0x10;
        bds_status st = bds_model_open(&m, copy, n);
        CHECK(i < 8               ? st == BDS_E_FORMAT
              : i >= 12 && i < 16 ? st == BDS_E_TRUNCATED || st == BDS_E_CORRUPT
                                  : st == BDS_E_CORRUPT);
        CHECK(m.data == NULL);
    }
    CHECK(bds_model_open(&m, file, n) == BDS_OK);
    memcpy(copy, file, n);
    CHECK(bds_model_open(&m, copy + 1, n - 1) == BDS_E_ALIGN);
    CHECK(bds_model_open(&m, copy, n + 1) == BDS_E_CORRUPT);
    static const char html[64] = "<!doctype html><title>Not found</title>";
    alignas(16) uint8_t page[64];
    memcpy(page, html, sizeof page);
    CHECK(bds_model_open(&m, page, sizeof page) == BDS_E_FORMAT);
}

/* Every byte after the header changed, with checksums made right again: whatever opens must also run without harm (the sanitizers
 * watch), and the clean file must still work afterwards. */
static void test_sealed_flips(uint32_t n)
{
    uint32_t opened = 0, refused = 0;
    for (uint32_t i = sizeof(bdf_header); i < n; i++)
        for (uint32_t bit = 0; bit < 8; bit += 3) {
            memcpy(copy, file, n);
            copy[i] ^= (uint8_t)(1u << bit);
            tiny_seal(copy, n);
            bds_model m;
            bds_plan *plan = NULL;
            size_t bytes = 0;
            if (bds_model_open(&m, copy, n) < 0 || bds_plan_size(&m, NULL, &bytes) < 0 || bytes > sizeof arena) {
                refused++;
                continue;
            }
            opened++;
            CHECK(bds_model_verify(&m) == BDS_OK);
            bds_status st = bds_plan_create(&plan, &m, NULL, arena, bytes);
            CHECK(st == BDS_OK || (st == BDS_E_CORRUPT && plan == NULL)); /* a raw blob that now claims to be coded */
            if (st < 0)
                continue;
            bds_image image = picture(7);
            bds_finding f[2];
            bds_verdict v;
            size_t count = 2;
            if (bds_prepare_image(plan, 0, &image) == BDS_OK && bds_run(plan) == BDS_OK)
                (void)bds_result(plan, f, &count, &v);
        }
    CHECK(opened > 100 && refused > 100);
}

static void test_arena(uint32_t n)
{
    bds_model m;
    bds_plan *plan = NULL;
    size_t bytes = 0;
    CHECK(bds_model_open(&m, file, n) == BDS_OK);
    CHECK(bds_plan_size(&m, NULL, &bytes) == BDS_OK);
    CHECK(bds_plan_create(&plan, &m, NULL, arena, bytes - 1) == BDS_E_ARENA && plan == NULL);
    /* Exactly as much, at every alignment; the heap block lets the sanitizer see a byte too far. */
    for (size_t shift = 0; shift < 64; shift += 7) {
        uint8_t *block = malloc(bytes + shift);
        bds_image image = picture(3);
        CHECK(bds_plan_create(&plan, &m, NULL, block + shift, bytes) == BDS_OK);
        CHECK(bds_prepare_image(plan, 0, &image) == BDS_OK && bds_run(plan) == BDS_OK);
        free(block);
    }
    bds_config old = {.size = 4, .cpu = BDS_CPU_ALL};
    CHECK(bds_plan_create(&plan, &m, &old, arena, sizeof arena) == BDS_E_ARGUMENT);
}

static void test_order_of_calls(uint32_t n)
{
    bds_model m;
    bds_plan *plan = make_plan(&m, n, BDS_CPU_ALL);
    bds_finding f[2];
    bds_verdict v;
    bds_tensor t;
    size_t count = 2;
    CHECK(bds_run(plan) == BDS_E_STATE);
    CHECK(bds_result(plan, f, &count, &v) == BDS_E_STATE);
    CHECK(bds_output(plan, 0, &t) == BDS_E_STATE);
    bds_image image = picture(1);
    CHECK(bds_prepare_image(plan, 0, &image) == BDS_OK);
    CHECK(bds_result(plan, f, &count, &v) == BDS_E_STATE);
    CHECK(bds_step(plan) == BDS_MORE);
    CHECK(bds_result(plan, f, &count, &v) == BDS_E_STATE);
    CHECK(bds_run(plan) == BDS_OK); /* finishes what step began */
    CHECK(bds_result(plan, f, &count, &v) == BDS_OK && count == 2);
    CHECK(f[0].probability + f[1].probability >= 65535 && f[0].probability + f[1].probability <= 65537);
    CHECK(bds_run(plan) == BDS_E_STATE); /* the input may be overwritten by now */
    CHECK(bds_prepare_image(plan, 0, &image) == BDS_OK && bds_run(plan) == BDS_OK);
    bds_image none = {pixels, 0, 8, 1, 8};
    CHECK(bds_prepare_image(plan, 0, &none) == BDS_E_IMAGE_SIZE);
    CHECK(bds_result(plan, f, &count, &v) == BDS_E_STATE); /* not the former picture's */
    memset(pixels, 90, sizeof pixels);
    image.pixels = pixels;
    CHECK(bds_prepare_image(plan, 0, &image) == BDS_E_IMAGE_BLANK);
    CHECK(bds_run(plan) == BDS_E_STATE);
    count = 1;
    image = picture(1);
    CHECK(bds_prepare_image(plan, 0, &image) == BDS_OK && bds_run(plan) == BDS_OK);
    CHECK(bds_result(plan, f, &count, &v) == BDS_E_ARGUMENT);
    CHECK(bds_input(plan, 1, &t) == BDS_E_ARGUMENT && bds_output(plan, 9, &t) == BDS_E_ARGUMENT);
}

typedef struct seen {
    uint32_t steps;
    uint64_t digest;
} seen;

static void watch(void *cookie, uint32_t step, uint32_t steps, const char *name, const bds_tensor *out)
{
    seen *s = cookie;
    uint32_t bytes = out->dims[1] * out->dims[2] * out->dims[3] * (out->type == BDS_INT16 ? 2u : 1u);
    CHECK(step == s->steps && steps == 8 && name[0]);
    s->steps++;
    for (uint32_t i = 0; i < bytes; i++)
        s->digest = (s->digest ^ ((const uint8_t *)out->data)[i]) * 1099511628211u;
}

/* Layer by layer, scalar and SIMD plans agree. */
static void test_same_bits(uint32_t n)
{
    bds_model m;
    for (uint32_t seed = 1; seed < 40; seed++) {
        seen s[2] = {{0, 1}, {0, 1}};
        for (uint32_t i = 0; i < 2; i++) {
            bds_plan *plan = make_plan(&m, n, i ? BDS_CPU_ALL : 0);
            bds_image image = picture(seed);
            CHECK(bds_observe(plan, watch, &s[i]) == BDS_OK);
            CHECK(bds_prepare_image(plan, 0, &image) == BDS_OK && bds_run(plan) == BDS_OK);
        }
        if (!CHECK(s[0].digest == s[1].digest && s[0].steps == 8))
            fprintf(stderr, "seed %u\n", (unsigned)seed);
    }
}

static void test_texts_and_info(uint32_t n)
{
    bds_model m;
    bds_info info;
    const char *text = NULL;
    size_t length = 0;
    CHECK(bds_model_open(&m, file, n) == BDS_OK && bds_model_info(&m, &info) == BDS_OK);
    CHECK(info.labels == 2 && info.operators == 8 && info.input_width == 8 && info.input_channels == 1 &&
          info.file_bytes == n);
    CHECK(info.macs == 64 * 36 + 64 * 36 + 16 * 8 + 8 && info.weight_count == 36 + 36 + 8 + 8);
    CHECK(bds_model_text(&m, "labels", &text, &length) == BDS_OK && length == 14 &&
          !memcmp(text, "normal\nfinding", 14));
    CHECK(bds_model_text(&m, "label", &text, &length) == BDS_E_ARGUMENT);
    for (int st = -40; st < 3; st++)
        CHECK(bds_status_text((bds_status)st)[0] && bds_status_name((bds_status)st)[0]);
}

/* Opens what the caller changed in a fresh classifier. */
static bds_status open_changed(const tiny_model *t)
{
    bds_model m;
    uint32_t n = tiny_write(t, copy, sizeof copy);
    return bds_model_open(&m, copy, n);
}

static void test_contradictions(void)
{
    tiny_model t;
#define REFUSED(change, status)                                                                                        \
    do {                                                                                                               \
        tiny_classifier(&t);                                                                                           \
        change;                                                                                                        \
        CHECK(open_changed(&t) == status);                                                                             \
    } while (0)
    REFUSED((void)0, BDS_OK);
    REFUSED(t.ops[0].code = 99, BDS_E_UNSUPPORTED);
    REFUSED(t.ops[0].output = 99, BDS_E_INVALID);
    REFUSED(t.ops[0].stride_h = 0, BDS_E_INVALID);
    REFUSED(t.ops[0].kernel_h = 0, BDS_E_INVALID);
    REFUSED(t.ops[0].pad_top = 2, BDS_E_INVALID);
    REFUSED(t.ops[0].groups = 0, BDS_E_INVALID);
    REFUSED(t.ops[0].weights = BDF_NONE, BDS_E_INVALID);
    REFUSED(t.ops[0].bias = t.ops[0].weights, BDS_E_INVALID);
    REFUSED(t.ops[0].shift = 16, BDS_E_INVALID);
    REFUSED(t.ops[0].shift = 39, BDS_E_INVALID);
    REFUSED(t.ops[0].left = 8, BDS_E_INVALID);
    REFUSED((t.ops[0].lo = 5, t.ops[0].hi = 4), BDS_E_INVALID);
    REFUSED(t.ops[4].m_a = 40000, BDS_E_INVALID);
    REFUSED(t.ops[2].pad_top = 2, BDS_E_INVALID);
    REFUSED(t.op_links[1] = 5, BDS_E_INVALID);                              /* wrong shape */
    REFUSED(t.op_links[5] = 7, BDS_E_INVALID);                              /* used before it is made */
    REFUSED(t.op_links[0] = 99, BDS_E_INVALID);                             /* no such tensor */
    REFUSED(t.tensors[1].arena_offset = 0, BDS_E_INVALID);                  /* conv over its own input */
    REFUSED(t.tensors[5].arena_offset = t.tensors[4].arena_offset, BDS_OK); /* add over an operand that dies: allowed */
    REFUSED(t.tensors[5].arena_offset = t.tensors[4].arena_offset + 16, BDS_E_INVALID);
    REFUSED(t.tensors[1].arena_offset = 8, BDS_E_INVALID);
    REFUSED(t.tensors[1].dims[3] = 70000, BDS_E_LIMIT);
    REFUSED(t.tensors[1].dims[0] = 2, BDS_E_UNSUPPORTED);
    REFUSED(t.tensors[1].dims[1] = 0, BDS_E_INVALID);
    REFUSED(t.tensors[1].zero_point = 128, BDS_E_INVALID);
    REFUSED((t.tensors[1].dims[1] = t.tensors[1].dims[2] = t.tensors[1].dims[3] = 65535), BDS_E_LIMIT);
    REFUSED(t.blobs[0].offset = 0xfffffff0u, BDS_E_INVALID);
    REFUSED(t.blobs[0].count = 0x40000001u, BDS_E_LIMIT);
    REFUSED(t.result.label_count = 3, BDS_E_INVALID);
    REFUSED(t.result.curve = 0, BDS_E_INVALID);
    REFUSED(t.result.gate_tensor = 2, BDS_E_INVALID);
    REFUSED(t.output_count = 0, BDS_E_INVALID);
    REFUSED(t.inputs[0].table = 99, BDS_E_INVALID);
    REFUSED(t.inputs[0].tensor = 99, BDS_E_INVALID);
    REFUSED(memset(t.data + t.blobs[t.ops[0].bias].offset, 0x40, 4), BDS_E_LIMIT);       /* bias over 2^30 */
    REFUSED(memset(t.data + t.blobs[t.ops[0].multipliers].offset, 0, 2), BDS_E_INVALID); /* multiplier 0 */
#undef REFUSED
}

static void test_doubts(void)
{
    tiny_model t;
    bds_model m;
    bds_finding f[2];
    bds_verdict v;
    size_t count = 2;
    static uint8_t rgb[8 * 8 * 3];
    tiny_classifier(&t);
    t.inputs[0].max_chroma = 12 * 256;
    t.result.abstain_below = 65536; /* never sure enough */
    int8_t mean[4] = {0};
    uint16_t weight[4] = {256, 256, 256, 256};
    t.result.gate_tensor = 7;
    t.result.gate_groups = 1;
    t.result.gate_mean = tiny_blob(&t, BDS_INT8, 4, mean, 4);
    t.result.gate_weight = tiny_blob(&t, BDS_UINT16, 4, weight, 8);
    t.result.gate_limit = 0;
    bds_plan *plan = make_plan(&m, tiny_write(&t, file, sizeof file), BDS_CPU_ALL);
    for (int i = 0; i < 8 * 8 * 3; i++)
        rgb[i] = (uint8_t)(i * 77);
    bds_image image = {rgb, 8, 8, 3, 24};
    CHECK(bds_prepare_image(plan, 0, &image) == BDS_OK && bds_run(plan) == BDS_OK);
    CHECK(bds_result(plan, f, &count, &v) == BDS_OK);
    CHECK(v.doubts & BDS_DOUBT_COLOUR && !(v.doubts & BDS_DOUBT_SMALL));
    CHECK(v.doubts & BDS_DOUBT_UNKNOWN && v.distance > 0);
    CHECK(v.doubts & BDS_DOUBT_UNSURE || f[v.top].probability == 65536);
    image = picture(5);
    image.width = image.height = 7;
    CHECK(bds_prepare_image(plan, 0, &image) == BDS_OK && bds_run(plan) == BDS_OK);
    CHECK(bds_result(plan, f, &count, &v) == BDS_OK && v.doubts & BDS_DOUBT_SMALL && !(v.doubts & BDS_DOUBT_COLOUR));
}

/* A model of two inputs runs only when both were given, each time anew. */
static void test_two_inputs(void)
{
    static tiny_model t;
    bds_model m;
    bds_tensor x;
    memset(&t, 0, sizeof t);
    uint32_t a = tiny_tensor(&t, 2, 2, 3, BDS_INT8, 0), b = tiny_tensor(&t, 2, 2, 3, BDS_INT8, 0);
    tiny_input(&t, a, 0);
    tiny_input(&t, b, 0);
    uint32_t y = tiny_tensor(&t, 2, 2, 3, BDS_INT8, 0);
    bdf_op *op = tiny_op(&t, BDF_ADD, a, b, y);
    op->m_a = op->m_b = 1 << 14;
    op->shift = 14;
    t.outputs[t.output_count++] = y;
    bds_plan *plan = make_plan(&m, tiny_write(&t, file, sizeof file), BDS_CPU_ALL);
    for (int round = 0; round < 2; round++) {
        CHECK(bds_input(plan, 0, &x) == BDS_OK);
        memset(x.data, 5, 12);
        CHECK(bds_run(plan) == BDS_E_STATE);
        CHECK(bds_input(plan, 0, &x) == BDS_OK); /* the same again: still one missing */
        CHECK(bds_run(plan) == BDS_E_STATE);
        CHECK(bds_input(plan, 1, &x) == BDS_OK);
        memset(x.data, 7, 12);
        CHECK(bds_run(plan) == BDS_OK && bds_output(plan, 0, &x) == BDS_OK && ((int8_t *)x.data)[11] == 12);
        CHECK(bds_run(plan) == BDS_E_STATE);
    }
}

/* ---- Windows whose height and width differ in everything, against loops that know no windows ---------------------- */

static uint32_t random_state = 1;

static uint16_t below(uint32_t n)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (uint16_t)((random_state >> 16) % n);
}

static uint32_t outputs(uint32_t side, uint32_t before, uint32_t after, uint32_t kernel, uint32_t dilation,
                        uint32_t stride)
{
    const uint32_t padded = side + before + after, span = dilation * (kernel - 1) + 1;
    return padded < span ? 0 : (padded - span) / stride + 1;
}

static int8_t requantised(int64_t acc, const bdf_op *op, int32_t m, int32_t zero_point)
{
    const int64_t y =
        ((acc * ((int64_t)1 << op->left) * m + ((int64_t)1 << (op->shift - 1))) >> op->shift) + zero_point;
    return (int8_t)(y < op->lo ? op->lo : y > op->hi ? op->hi : y);
}

/* The value of output (oy, ox, oc). */
static int8_t window_value(const tiny_model *t, const int8_t *x, uint32_t oy, uint32_t ox, uint32_t oc)
{
    const bdf_op *op = &t->ops[0];
    const bdf_tensor *in = &t->tensors[0], *out = &t->tensors[1];
    const int pool = op->code == BDF_MAX_POOL || op->code == BDF_AVG_POOL;
    const uint32_t depth = op->code == BDF_CONV ? in->dims[3] / op->groups : 1,
                   first = op->code == BDF_CONV ? oc / (out->dims[3] / op->groups) * depth : oc;
    const int8_t *w = (const int8_t *)t->data + (pool ? 0 : t->blobs[op->weights].offset);
    int32_t n = 0, most = -128;
    int64_t sum = 0;
    for (uint32_t ky = 0; ky < op->kernel_h; ky++)
        for (uint32_t kx = 0; kx < op->kernel_w; kx++)
            for (uint32_t c = 0; c < depth; c++) {
                const int32_t iy = (int32_t)(oy * op->stride_h + ky * op->dilation_h) - op->pad_top,
                              ix = (int32_t)(ox * op->stride_w + kx * op->dilation_w) - op->pad_left;
                const int inside = iy >= 0 && iy < (int32_t)in->dims[1] && ix >= 0 && ix < (int32_t)in->dims[2];
                const size_t at = ((size_t)iy * in->dims[2] + (size_t)ix) * in->dims[3] + first + c;
                const int32_t v = inside ? x[at] : in->zero_point;
                const uint32_t tap = ky * op->kernel_w + kx, taps = (uint32_t)op->kernel_h * op->kernel_w;
                if (!pool)
                    sum += v * w[op->code == BDF_CONV ? (oc * taps + tap) * depth + c : tap * in->dims[3] + oc];
                else if (inside) {
                    n++;
                    sum += v - in->zero_point;
                    most = v > most ? v : most;
                }
            }
    if (op->code == BDF_MAX_POOL)
        return (int8_t)most;
    int16_t m;
    int32_t bias = 0;
    memcpy(&m, t->data + t->blobs[op->multipliers].offset + 2 * (pool ? (uint32_t)n - 1 : oc), 2);
    if (!pool)
        memcpy(&bias, t->data + t->blobs[op->bias].offset + 4 * oc, 4);
    return requantised(sum + bias, op, m, out->zero_point);
}

/* Makes a model of one window operator; 0 if these sides leave no output. */
static int random_window(tiny_model *t, bdf_opcode code)
{
    const int pool = code == BDF_MAX_POOL || code == BDF_AVG_POOL;
    memset(t, 0, sizeof *t);
    const uint16_t groups = code == BDF_CONV ? (uint16_t)(1 + below(2)) : 1, kh = (uint16_t)(1 + below(3)),
                   kw = (uint16_t)(1 + below(3)), sh = (uint16_t)(1 + below(3)), sw = (uint16_t)(1 + below(3)),
                   dh = (uint16_t)(pool ? 1 : 1 + below(3)), dw = (uint16_t)(pool ? 1 : 1 + below(3)),
                   top = below(pool ? kh : 4), bottom = below(pool ? kh : 4), left = below(pool ? kw : 4),
                   right = below(pool ? kw : 4);
    const uint32_t h = 3 + below(7), w = 3 + below(7), in = groups * (1u + below(9)),
                   out = code == BDF_CONV ? groups * (1u + below(5)) : in, taps = (uint32_t)kh * kw;
    const uint32_t oh = outputs(h, top, bottom, kh, dh, sh), ow = outputs(w, left, right, kw, dw, sw);
    if (!oh || !ow)
        return 0;
    const uint32_t x = tiny_tensor(t, h, w, in, BDS_INT8, below(256) - 128);
    tiny_input(t, x, 0);
    const uint32_t y = tiny_tensor(t, oh, ow, out, BDS_INT8, code == BDF_MAX_POOL ? t->tensors[x].zero_point : 7);
    bdf_op *op = tiny_op(t, code, x, BDF_NONE, y);
    op->groups = groups;
    op->kernel_h = kh;
    op->kernel_w = kw;
    op->stride_h = sh;
    op->stride_w = sw;
    op->dilation_h = dh;
    op->dilation_w = dw;
    op->pad_top = top;
    op->pad_bottom = bottom;
    op->pad_left = left;
    op->pad_right = right;
    t->outputs[t->output_count++] = y;
    int16_t multipliers[9];
    for (int i = 0; i < 9; i++)
        multipliers[i] = (int16_t)(32767 / (i + 1));
    if (pool) {
        op->multipliers = tiny_blob(t, BDS_INT16, taps, multipliers, taps * 2);
        op->shift = 17;
        op->left = 2;
        return 1;
    }
    op->weights = tiny_weights(t, code == BDF_CONV ? out * taps * (in / groups) : out * taps, below(1000));
    op->bias = tiny_i32(t, out, below(2000));
    op->multipliers = tiny_i16(t, out, (int16_t)(9000 + below(9000)));
    return 1;
}

static void test_windows(void)
{
    static const bdf_opcode codes[4] = {BDF_CONV, BDF_DEPTHWISE, BDF_MAX_POOL, BDF_AVG_POOL};
    static tiny_model t;
    static int8_t x[16 * 16 * 32];
    bds_model m;
    bds_tensor in, out;
    uint32_t run = 0;
    for (int round = 0; round < 400; round++) {
        if (!random_window(&t, codes[round % 4]))
            continue;
        bds_plan *plan = make_plan(&m, tiny_write(&t, file, sizeof file), round % 8 < 4 ? 0 : BDS_CPU_ALL);
        CHECK(bds_input(plan, 0, &in) == BDS_OK);
        const size_t n = (size_t)in.dims[1] * in.dims[2] * in.dims[3];
        for (size_t i = 0; i < n; i++)
            ((int8_t *)in.data)[i] = x[i] = (int8_t)(below(256) - 128);
        CHECK(bds_run(plan) == BDS_OK && bds_output(plan, 0, &out) == BDS_OK);
        const int8_t *y = out.data;
        int equal = 1;
        for (uint32_t oy = 0; oy < out.dims[1]; oy++)
            for (uint32_t ox = 0; ox < out.dims[2]; ox++)
                for (uint32_t c = 0; c < out.dims[3]; c++)
                    equal &= *y++ == window_value(&t, x, oy, ox, c);
        if (!CHECK(equal))
            fprintf(stderr, "round %d, operator %d\n", round, (int)codes[round % 4]);
        run++;
    }
    CHECK(run > 300);
}

static void test_pad(void)
{
    static tiny_model t;
    bds_model m;
    bds_tensor in, out;
    memset(&t, 0, sizeof t);
    const uint32_t x = tiny_tensor(&t, 2, 3, 2, BDS_INT8, 5), y = tiny_tensor(&t, 5, 10, 2, BDS_INT8, 5);
    tiny_input(&t, x, 0);
    bdf_op *op = tiny_op(&t, BDF_PAD, x, BDF_NONE, y);
    op->pad_top = 1;
    op->pad_bottom = 2;
    op->pad_left = 3;
    op->pad_right = 4;
    op->m_a = -9;
    t.outputs[t.output_count++] = y;
    bds_plan *plan = make_plan(&m, tiny_write(&t, file, sizeof file), BDS_CPU_ALL);
    CHECK(bds_input(plan, 0, &in) == BDS_OK);
    for (int i = 0; i < 12; i++)
        ((int8_t *)in.data)[i] = (int8_t)(i + 1);
    CHECK(bds_run(plan) == BDS_OK && bds_output(plan, 0, &out) == BDS_OK);
    for (int r = 0; r < 5; r++)
        for (int c = 0; c < 10; c++)
            for (int k = 0; k < 2; k++) {
                const int inside = r >= 1 && r < 3 && c >= 3 && c < 6;
                CHECK(((int8_t *)out.data)[(r * 10 + c) * 2 + k] == (inside ? ((r - 1) * 3 + c - 3) * 2 + k + 1 : -9));
            }
}

static void test_arithmetic_shift(void)
{
    volatile int64_t minus = -5;
    volatile int32_t minus32 = -5;
    CHECK(minus >> 1 == -3 && minus32 >> 1 == -3); /* the contract relies on it */
}

int main(void)
{
    static tiny_model t;
    tiny_classifier(&t);
    uint32_t n = tiny_write(&t, file, sizeof file);
    test_arithmetic_shift();
    test_every_truncation_and_flip(n);
    test_arena(n);
    test_order_of_calls(n);
    test_same_bits(n);
    test_texts_and_info(n);
    test_contradictions();
    test_sealed_flips(n);
    test_doubts();
    test_two_inputs();
    test_windows();
    test_pad();
    return check_done();
}
