/* Operators with windows against plain loops over random shapes, both layouts; and against numbers worked out by hand.
 * SPDX-License-Identifier: MIT */
#include "ops.h"
#include "random.h"

enum { MOST = 1 << 14 };

/* A random network input: N C spatial, of 1 to 3 dimensions, and a window that fits. */
typedef struct shape {
    uint32_t spatial, batch, channels, in[3];
    int last;
} shape;

static shape random_shape(net_window *w)
{
    shape s = {1 + random_below(3), 1 + random_below(2), 1 + random_below(7), {1, 1, 1}, (int)random_below(2)};
    *w = (net_window){.spatial = s.spatial};
    for (uint32_t d = 0; d < s.spatial; d++) {
        s.in[d] = 1 + random_below(9);
        w->kernel[d] = 1 + random_below(3);
        w->stride[d] = 1 + random_below(3);
        w->dilation[d] = 1 + random_below(2);
        w->pad_begin[d] = random_below(3);
        w->pad_end[d] = random_below(3);
        while ((w->kernel[d] - 1) * w->dilation[d] + 1 > s.in[d] + w->pad_begin[d] + w->pad_end[d])
            w->kernel[d]--;
    }
    return s;
}

static void tensor_dims(const shape *s, uint32_t channels, const uint32_t *spatial, uint32_t *dims)
{
    dims[0] = s->batch;
    dims[s->last ? s->spatial + 1 : 1] = channels;
    for (uint32_t d = 0; d < s->spatial; d++)
        dims[d + (s->last ? 1 : 2)] = spatial[d];
}

static size_t volume(const uint32_t *sides, uint32_t count)
{
    size_t v = 1;
    for (uint32_t d = 0; d < count; d++)
        v *= sides[d];
    return v;
}

/* The element of picture n, channel c, position `at` in a tensor of these channels and sides. */
static size_t element(const shape *s, uint32_t channels, const uint32_t *sides, size_t n, size_t c, size_t pixel)
{
    const size_t pixels = volume(sides, s->spatial);
    return s->last ? (n * pixels + pixel) * channels + c : (n * channels + c) * pixels + pixel;
}

/* The position of output pixel o through tap t: the input's pixel, or -1; padded is 1 within the declared padding. */
static int64_t look(const shape *s, const net_window *w, const uint32_t *out, size_t o, size_t t, int *padded)
{
    size_t unit_out = volume(out, s->spatial), unit_tap = volume(w->kernel, s->spatial);
    int64_t index = 0;
    int inside = 1;
    *padded = 1;
    for (uint32_t d = 0; d < s->spatial; d++) {
        unit_out /= out[d];
        unit_tap /= w->kernel[d];
        const int64_t at = (int64_t)(o / unit_out % out[d]) * w->stride[d] +
                           (int64_t)(t / unit_tap % w->kernel[d]) * w->dilation[d] - w->pad_begin[d];
        inside &= at >= 0 && at < s->in[d];
        *padded &= at < (int64_t)s->in[d] + w->pad_end[d];
        index = index * s->in[d] + at;
    }
    return inside ? index : -1;
}

static void whole_windows(const shape *s, const net_window *w, uint32_t *out)
{
    for (uint32_t d = 0; d < s->spatial; d++)
        out[d] =
            (s->in[d] + w->pad_begin[d] + w->pad_end[d] - (w->kernel[d] - 1) * w->dilation[d] - 1) / w->stride[d] + 1;
}

static int near(double a, double b)
{
    return fabs(a - b) <= 1e-5 + 1e-5 * fabs(b);
}

static void test_conv(uint64_t seed)
{
    static float x[MOST], w[MOST], b[64];
    random_seed(seed);
    net_window window;
    shape s = random_shape(&window);
    const uint32_t group = 1 + random_below(3), group_in = 1 + random_below(4), group_out = 1 + random_below(5);
    s.channels = group * group_in;
    const uint32_t m = group * group_out, taps = (uint32_t)volume(window.kernel, s.spatial);
    uint32_t dims[5], out[3], w_dims[5] = {m, group_in, window.kernel[0], window.kernel[1], window.kernel[2]};
    whole_windows(&s, &window, out);
    random_values(x, MOST);
    random_values(w, MOST);
    random_values(b, 64);

    net_op *op = ops_begin(NET_CONV, 3, 1);
    op->a.window = window;
    op->a.group = group;
    op->a.channels_last = s.last;
    tensor_dims(&s, s.channels, s.in, dims);
    ops_input(0, NET_FLOAT, s.spatial + 2, dims, x);
    ops_input(1, NET_FLOAT, s.spatial + 2, w_dims, w);
    ops_input(2, NET_FLOAT, 1, OPS_DIMS(m), b);
    ops_output(0);
    int ok = CHECK(ops_run() == BDC_OK);
    tensor_dims(&s, m, out, dims);
    ok = ok && CHECK(ops_has_dims(0, s.spatial + 2, dims));
    const float *y = ok ? ops_values(0) : NULL;
    for (size_t n = 0; ok && n < s.batch; n++)
        for (size_t o = 0; o < m; o++)
            for (size_t p = 0; p < volume(out, s.spatial); p++) {
                double sum = b[o];
                for (size_t t = 0; t < taps; t++)
                    for (size_t i = 0; i < group_in; i++) {
                        int padded;
                        const int64_t pixel = look(&s, &window, out, p, t, &padded);
                        if (pixel >= 0)
                            sum +=
                                (double)
                                    x[element(&s, s.channels, s.in, n, o / group_out * group_in + i, (size_t)pixel)] *
                                w[(o * group_in + i) * taps + t];
                    }
                ok = ok && near(y[element(&s, m, out, n, o, p)], sum);
            }
    if (!CHECK(ok))
        fprintf(stderr, "convolution of seed %u\n", (unsigned)seed);
}

/* The transposed convolution is the adjoint of the convolution: <conv(a), b> = <a, transposed(b)>. */
static void test_conv_transpose(uint64_t seed)
{
    static float x[MOST], w[MOST], bias[64];
    random_seed(seed + 1000);
    net_window window;
    shape s = random_shape(&window); /* in: the larger side, of the result */
    const uint32_t group = 1 + random_below(3), group_out = 1 + random_below(4), group_in = 1 + random_below(5);
    const uint32_t c = group * group_in, m = group * group_out, taps = (uint32_t)volume(window.kernel, s.spatial);
    uint32_t dims[5], small[3], w_dims[5] = {c, group_out, window.kernel[0], window.kernel[1], window.kernel[2]};
    whole_windows(&s, &window, small);
    for (uint32_t d = 0; d < s.spatial; d++) {
        const uint32_t reach = (window.kernel[d] - 1) * window.dilation[d] + 1;
        window.output_pad[d] =
            s.in[d] + window.pad_begin[d] + window.pad_end[d] - reach - (small[d] - 1) * window.stride[d];
    }
    random_values(x, MOST);
    random_values(w, MOST);
    random_values(bias, 64);

    net_op *op = ops_begin(NET_CONV_TRANSPOSE, 3, 1);
    op->a.window = window;
    op->a.group = group;
    op->a.channels_last = s.last;
    tensor_dims(&s, c, small, dims);
    ops_input(0, NET_FLOAT, s.spatial + 2, dims, x);
    ops_input(1, NET_FLOAT, s.spatial + 2, w_dims, w);
    ops_input(2, NET_FLOAT, 1, OPS_DIMS(m), bias);
    ops_output(0);
    int ok = CHECK(ops_run() == BDC_OK);
    tensor_dims(&s, m, s.in, dims);
    ok = ok && CHECK(ops_has_dims(0, s.spatial + 2, dims));
    const float *y = ok ? ops_values(0) : NULL;
    static double expected[MOST];
    for (size_t n = 0; ok && n < s.batch; n++) {
        const size_t pixels = volume(s.in, s.spatial);
        for (size_t o = 0; o < m; o++)
            for (size_t p = 0; p < pixels; p++)
                expected[o * pixels + p] = bias[o];
        for (size_t i = 0; i < c; i++)
            for (size_t p = 0; p < volume(small, s.spatial); p++)
                for (size_t t = 0; t < taps; t++) {
                    int padded;
                    const int64_t to = look(&s, &window, small, p, t, &padded);
                    for (size_t o = 0; to >= 0 && o < group_out; o++)
                        expected[(i / group_in * group_out + o) * pixels + (size_t)to] +=
                            (double)x[element(&s, c, small, n, i, p)] * w[(i * group_out + o) * taps + t];
                }
        for (size_t o = 0; o < m; o++)
            for (size_t p = 0; p < pixels; p++)
                ok = ok && near(y[element(&s, m, s.in, n, o, p)], expected[o * pixels + p]);
    }
    if (!CHECK(ok))
        fprintf(stderr, "transposed convolution of seed %u\n", (unsigned)seed);
}

static void test_conv_integer(uint64_t seed)
{
    static uint8_t x[MOST], w[MOST];
    random_seed(seed + 2000);
    net_window window;
    shape s = random_shape(&window);
    const uint32_t m = 1 + random_below(5), taps = (uint32_t)volume(window.kernel, s.spatial);
    uint32_t dims[5], out[3], w_dims[5] = {m, s.channels, window.kernel[0], window.kernel[1], window.kernel[2]};
    const int is_signed = (int)random_below(2);
    uint8_t zero_x = (uint8_t)random_below(256), zero_w[8];
    whole_windows(&s, &window, out);
    for (size_t i = 0; i < MOST; i++) {
        x[i] = (uint8_t)random_below(256);
        w[i] = (uint8_t)random_below(256);
    }
    for (size_t i = 0; i < 8; i++)
        zero_w[i] = (uint8_t)random_below(256);

    net_op *op = ops_begin(NET_CONV_INTEGER, 4, 1);
    op->a.window = window;
    op->a.group = 1;
    op->a.channels_last = s.last;
    tensor_dims(&s, s.channels, s.in, dims);
    ops_input(0, NET_UINT8, s.spatial + 2, dims, x);
    ops_input(1, is_signed ? NET_INT8 : NET_UINT8, s.spatial + 2, w_dims, w);
    ops_input(2, NET_UINT8, 0, NULL, &zero_x);
    ops_input(3, is_signed ? NET_INT8 : NET_UINT8, 1, OPS_DIMS(m), zero_w);
    ops_output(0);
    int ok = CHECK(ops_run() == BDC_OK);
    const int32_t *y = ok ? ops_values(0) : NULL;
    for (size_t n = 0; ok && n < s.batch; n++)
        for (size_t o = 0; o < m; o++)
            for (size_t p = 0; p < volume(out, s.spatial); p++) {
                int32_t sum = 0;
                for (size_t t = 0; t < taps; t++)
                    for (size_t i = 0; i < s.channels; i++) {
                        int padded;
                        const int64_t pixel = look(&s, &window, out, p, t, &padded);
                        const uint8_t v = w[(o * s.channels + i) * taps + t];
                        const int32_t weight = is_signed ? (int8_t)v - (int8_t)zero_w[o] : v - zero_w[o];
                        if (pixel >= 0)
                            sum += (x[element(&s, s.channels, s.in, n, i, (size_t)pixel)] - zero_x) * weight;
                    }
                ok = ok && y[element(&s, m, out, n, o, p)] == sum;
            }
    if (!CHECK(ok))
        fprintf(stderr, "convolution of integers of seed %u\n", (unsigned)seed);
}

static void test_pool(uint64_t seed, net_code code)
{
    static float x[MOST];
    random_seed(seed + 3000);
    net_window window;
    const shape s = random_shape(&window);
    const uint32_t taps = (uint32_t)volume(window.kernel, s.spatial);
    const int mode = code == NET_AVERAGE_POOL && random_below(2), ceiled = (int)random_below(2);
    uint32_t dims[5], out[3];
    whole_windows(&s, &window, out);
    for (uint32_t d = 0; d < s.spatial && ceiled; d++) /* one more where it still begins within the input */
        out[d] += out[d] * window.stride[d] < s.in[d] + window.pad_begin[d];
    random_values(x, MOST);

    net_op *op = ops_begin(code, 1, code == NET_MAX_POOL ? 2 : 1);
    op->a.window = window;
    op->a.mode = mode;
    op->a.axis = 2;
    op->a.channels_last = s.last;
    tensor_dims(&s, s.channels, s.in, dims);
    ops_input(0, NET_FLOAT, s.spatial + 2, dims, x);
    tensor_dims(&s, s.channels, out, dims);
    if (ceiled)
        ops_output_dims(0, s.spatial + 2, dims);
    else
        ops_output(0);
    if (code == NET_MAX_POOL)
        ops_output(1);
    int ok = CHECK(ops_run() == BDC_OK) && CHECK(ops_has_dims(0, s.spatial + 2, dims));
    const float *y = ok ? ops_values(0) : NULL;
    const int64_t *indices = ok && code == NET_MAX_POOL ? ops_values(1) : NULL;
    for (size_t n = 0; ok && n < s.batch; n++)
        for (size_t c = 0; c < s.channels; c++)
            for (size_t p = 0; p < volume(out, s.spatial); p++) {
                double sum = 0, squares = 0, largest = -INFINITY, taps_seen = 0;
                int64_t best = 0;
                for (size_t t = 0; t < taps; t++) {
                    int padded;
                    const int64_t pixel = look(&s, &window, out, p, t, &padded);
                    taps_seen += mode ? padded : pixel >= 0;
                    if (pixel < 0)
                        continue;
                    const double v = x[element(&s, s.channels, s.in, n, c, (size_t)pixel)];
                    sum += v;
                    squares += v * v;
                    if (v > largest) {
                        largest = v;
                        best = (int64_t)((n * s.channels + c) * volume(s.in, s.spatial)) + pixel;
                    }
                }
                const size_t at = element(&s, s.channels, out, n, c, p);
                if (code == NET_MAX_POOL)
                    ok = ok && (double)y[at] == largest && (isinf(largest) || indices[at] == best);
                else if (code == NET_AVERAGE_POOL)
                    ok = ok && near(y[at], taps_seen > 0 ? sum / taps_seen : 0);
                else
                    ok = ok && near(y[at], sqrt(squares));
            }
    if (!CHECK(ok))
        fprintf(stderr, "%s of seed %u\n", net_op_name(code), (unsigned)seed);
}

static void test_global_pools(void)
{
    const float first[] = {1, 2, 3, 6, -1, -2, -3, -8}, last[] = {1, -1, 2, -2, 3, -3, 6, -8};
    const float mean[] = {3, -3.5f}, largest[] = {6, -1}, norm[] = {12, 14};
    for (int channels_last = 0; channels_last < 2; channels_last++)
        for (net_code code = NET_GLOBAL_MAX_POOL; code <= NET_GLOBAL_LP_POOL; code++) {
            net_op *op = ops_begin(code, 1, 1);
            op->a.channels_last = channels_last;
            op->a.axis = 1;
            if (channels_last)
                ops_input(0, NET_FLOAT, 4, OPS_DIMS(1, 2, 2, 2), last);
            else
                ops_input(0, NET_FLOAT, 4, OPS_DIMS(1, 2, 2, 2), first);
            ops_output(0);
            CHECK(ops_run() == BDC_OK);
            CHECK(ops_is(0, NET_FLOAT, 2,
                         code == NET_GLOBAL_MAX_POOL       ? largest
                         : code == NET_GLOBAL_AVERAGE_POOL ? mean
                                                           : norm));
        }
}

static void test_depth_space(void)
{
    /* Four channels of one row of two pixels. */
    const int16_t x[] = {0, 1, 10, 11, 20, 21, 30, 31}, wide[] = {0, 10, 1, 11, 20, 30, 21, 31};
    net_op *op = ops_begin(NET_DEPTH_TO_SPACE, 1, 1);
    op->a.block = 2;
    ops_input(0, NET_INT16, 4, OPS_DIMS(1, 4, 1, 2), x);
    ops_output(0);
    CHECK(ops_run() == BDC_OK && ops_has_dims(0, 4, OPS_DIMS(1, 1, 2, 4)) && ops_is(0, NET_INT16, 8, wide));
    op = ops_begin(NET_SPACE_TO_DEPTH, 1, 1);
    op->a.block = 2;
    ops_input(0, NET_INT16, 4, OPS_DIMS(1, 1, 2, 4), wide);
    ops_output(0);
    CHECK(ops_run() == BDC_OK && ops_has_dims(0, 4, OPS_DIMS(1, 4, 1, 2)) && ops_is(0, NET_INT16, 8, x));

    /* Eight channels of one pixel into two: by blocks in DCR, by channels in CRD. */
    const float eight[] = {0, 1, 2, 3, 4, 5, 6, 7}, dcr[] = {0, 2, 4, 6, 1, 3, 5, 7};
    for (int mode = 0; mode < 2; mode++) {
        op = ops_begin(NET_DEPTH_TO_SPACE, 1, 1);
        op->a.block = 2;
        op->a.mode = mode;
        ops_input(0, NET_FLOAT, 4, OPS_DIMS(1, 8, 1, 1), eight);
        ops_output(0);
        CHECK(ops_run() == BDC_OK && ops_has_dims(0, 4, OPS_DIMS(1, 2, 2, 2)));
        CHECK(ops_is(0, NET_FLOAT, 8, mode ? eight : dcr));
        op = ops_begin(NET_DEPTH_TO_SPACE, 1, 1);
        op->a.block = 2;
        op->a.channels_last = 1;
        ops_input(0, NET_FLOAT, 4, OPS_DIMS(1, 1, 1, 8), eight);
        ops_output(0);
        CHECK(ops_run() == BDC_OK && ops_has_dims(0, 4, OPS_DIMS(1, 2, 2, 2)));
        CHECK(ops_is(0, NET_FLOAT, 8, eight));
    }
}

static bdc_status resize(net_resize r, uint32_t in, const float *x, uint32_t out)
{
    net_op *op = ops_begin(NET_RESIZE, 1, 1);
    op->a.resize = &r;
    r.scales[0] = 1;
    if (r.scales[1] == 0)
        r.scales[1] = (float)out / (float)in;
    ops_input(0, NET_FLOAT, 2, OPS_DIMS(1, in), x);
    ops_output_dims(0, 2, OPS_DIMS(1, out));
    return ops_run();
}

static int resized(const float *expected, uint32_t count)
{
    int ok = net_count(ops_result(0)) == count;
    for (uint32_t k = 0; ok && k < count; k++)
        ok = near(((const float *)ops_values(0))[k], expected[k]);
    return ok;
}

static void test_resize(void)
{
    const float x[] = {1, 2, 4, 8};
    /* Twice as many, positions -0.25 0.25 0.75 1.25 ... */
    CHECK(resize((net_resize){.mode = NET_LINEAR}, 4, x, 8) == BDC_OK);
    CHECK(resized((const float[]){1, 1.25f, 1.75f, 2.5f, 3.5f, 5, 7, 8}, 8));
    CHECK(resize((net_resize){.mode = NET_LINEAR, .coordinates = NET_ALIGN_CORNERS}, 4, x, 7) == BDC_OK);
    CHECK(resized((const float[]){1, 1.5f, 2, 3, 4, 6, 8}, 7));
    CHECK(resize((net_resize){.mode = NET_LINEAR, .coordinates = NET_ASYMMETRIC}, 4, x, 8) == BDC_OK);
    CHECK(resized((const float[]){1, 1.5f, 2, 3, 4, 6, 8, 8}, 8));
    /* Half as many: positions 0.5 and 2.5 are ties of nearest. */
    CHECK(resize((net_resize){.nearest = NET_ROUND_PREFER_FLOOR}, 4, x, 2) == BDC_OK);
    CHECK(resized((const float[]){1, 4}, 2));
    CHECK(resize((net_resize){.nearest = NET_ROUND_PREFER_CEIL}, 4, x, 2) == BDC_OK);
    CHECK(resized((const float[]){2, 8}, 2));
    CHECK(resize((net_resize){.nearest = NET_FLOOR_NEAREST}, 4, x, 2) == BDC_OK);
    CHECK(resized((const float[]){1, 4}, 2));
    CHECK(resize((net_resize){.nearest = NET_CEIL_NEAREST}, 4, x, 2) == BDC_OK);
    CHECK(resized((const float[]){2, 8}, 2));
    /* A ratio that no float holds: 3 to 7 elements, position o * 3 / 7. */
    CHECK(resize((net_resize){.coordinates = NET_ASYMMETRIC, .nearest = NET_FLOOR_NEAREST}, 3, x, 7) == BDC_OK);
    CHECK(resized((const float[]){1, 1, 1, 2, 2, 4, 4}, 7));
    /* Keys' kernel with a = -0.75 at distances 0.5 and 1.5: 0.59375 and -0.09375. */
    CHECK(resize((net_resize){.mode = NET_CUBIC, .cubic_a = -0.75f}, 4, x, 2) == BDC_OK);
    CHECK(resized((const float[]){-0.09375f * (1 + 4) + 0.59375f * (1 + 2), -0.09375f * (2 + 8) + 0.59375f * (4 + 8)},
                  2));
    CHECK(resize((net_resize){.mode = NET_CUBIC, .cubic_a = -0.75f, .exclude_outside = 1}, 4, x, 2) == BDC_OK);
    CHECK(resized(
        (const float[]){(-0.09375f * 4 + 0.59375f * 3) / 1.09375f, (-0.09375f * 2 + 0.59375f * 12) / 1.09375f}, 2));
    /* With antialias the triangle is twice as wide: weights 1/8 3/8 3/8 1/8, at the edges repeated. */
    CHECK(resize((net_resize){.mode = NET_LINEAR, .antialias = 1}, 4, x, 2) == BDC_OK);
    CHECK(resized((const float[]){(1 + 3 * 1 + 3 * 2 + 4) / 8.0f, (2 + 3 * 4 + 3 * 8 + 8) / 8.0f}, 2));
    /* A crop from the middle to one and a half times the length. */
    net_resize crop = {.mode = NET_LINEAR, .coordinates = NET_TF_CROP, .extrapolation = -5};
    crop.roi[1] = 0.5f;
    crop.roi[3] = 1.5f;
    CHECK(resize(crop, 5, (const float[]){1, 2, 4, 8, 16}, 5) == BDC_OK);
    CHECK(resized((const float[]){4, 8, 16, -5, -5}, 5));
    CHECK(resize((net_resize){.antialias = 1}, 4, x, 2) != BDC_OK && ops_says(BDC_E_UNSUPPORTED, "antialias"));
    CHECK(resize((net_resize){.scales = {0, -1}}, 4, x, 2) != BDC_OK && ops_says(BDC_E_INVALID, "scales"));
}

/* Each is refused in one sentence that names what is wrong. */
static void test_refusals(void)
{
    static const float x[4096];
    static const struct {
        uint32_t kernel, stride, dilation, pad, group, w0, w1;
        const char *says;
    } rows[] = {
        {3, 0, 1, 0, 1, 4, 4, "strides"},         {3, 1, 0, 0, 1, 4, 4, "dilations"},
        {3, 1, 1, 1u << 31, 1, 4, 4, "pads"},     {3, 1, 1, 0, 3, 4, 4, "group"},
        {3, 1, 1, 0, 0, 4, 4, "group"},           {3, 1, 1, 0, 1, 4, 3, "channels"},
        {2, 1, 1, 0, 1, 4, 4, "kernel_shape"},    {0, 1, 1, 0, 1, 4, 4, "kernel_shape"},
        {3, 1, 9, 0, 1, 4, 4, "larger than the"}, {3, 1, 1u << 31, 0, 1, 4, 4, "dilations"},
    };
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        net_op *op = ops_begin(NET_CONV, 2, 1);
        op->a.group = rows[k].group;
        op->a.window.spatial = 2;
        for (int d = 0; d < 2; d++) {
            op->a.window.kernel[d] = rows[k].kernel;
            op->a.window.stride[d] = rows[k].stride;
            op->a.window.dilation[d] = rows[k].dilation;
            op->a.window.pad_begin[d] = rows[k].pad;
        }
        ops_input(0, NET_FLOAT, 4, OPS_DIMS(1, 4, 8, 8), x);
        ops_input(1, NET_FLOAT, 4, OPS_DIMS(rows[k].w0, rows[k].w1, 3, 3), x);
        ops_output(0);
        CHECK(ops_infer() != BDC_OK && ops_says(BDC_E_INVALID, rows[k].says));
    }
    net_op *op = ops_begin(NET_CONV, 2, 1);
    op->a.group = 1;
    ops_input(0, NET_FLOAT16, 4, OPS_DIMS(1, 4, 8, 8), x);
    ops_input(1, NET_FLOAT16, 4, OPS_DIMS(4, 4, 3, 3), x);
    ops_output(0);
    CHECK(ops_infer() != BDC_OK && ops_says(BDC_E_UNSUPPORTED, "float16"));
}

int main(void)
{
    for (uint64_t seed = 0; seed < 200; seed++) {
        test_conv(seed);
        test_conv_transpose(seed);
        test_conv_integer(seed);
        test_pool(seed, NET_MAX_POOL);
        test_pool(seed, NET_AVERAGE_POOL);
        test_pool(seed, NET_LP_POOL);
    }
    test_global_pools();
    test_depth_space();
    test_resize();
    test_refusals();
    return ops_done();
}
