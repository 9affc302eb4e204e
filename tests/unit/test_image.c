/* Pictures: exactness of the preparation against a slow rational reference, every kind of file against the formulas of
 * tests/data/make_pictures.py, and damaged files: a typed error each, never a picture.
 * SPDX-License-Identifier: MIT */
#include "image.h"

#include <stdlib.h>
#include <string.h>

#include "bedside.h"
#include "check.h"
#include "crc32c.h"
#include "format.h"

static uint32_t random_state = 1;

static uint32_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static uint32_t between(uint32_t low, uint32_t high)
{
    return low + next_random() % (high - low + 1);
}

/* ---- Preparation -------------------------------------------------------------------------------------------------- */

static uint32_t half_up(uint64_t a, uint64_t b)
{
    return (uint32_t)((2 * a + b) / (2 * b));
}

/* The channel value of a source pixel after the conversion that out_c prescribes. */
static uint32_t source_value(const bds_image *m, uint32_t out_c, uint32_t x, uint32_t y, uint32_t c)
{
    const uint8_t *p = m->pixels + y * m->stride + (size_t)x * m->channels;
    if (m->channels < 3)
        return p[0];
    return out_c == 1 ? (77u * p[0] + 150u * p[1] + 29u * p[2] + 128u) >> 8 : p[c];
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Sums over every source pixel with its overlap: no running state to get wrong. */
static uint32_t slow_area(const bds_image *m, uint32_t out_w, uint32_t out_h, uint32_t out_c, const uint32_t box[4],
                          uint32_t x, uint32_t y, uint32_t c)
{
    const int64_t width = box[2], height = box[3];
    uint64_t sum = 0;
    for (int64_t j = 0; j < height; j++) {
        const int64_t v = smaller((j + 1) * out_h, (y + 1) * height) - larger(j * out_h, y * height);
        for (int64_t i = 0; i < width && v > 0; i++) {
            const int64_t h = smaller((i + 1) * out_w, (x + 1) * width) - larger(i * out_w, x * width);
            if (h > 0)
                sum += (uint64_t)(h * v) * source_value(m, out_c, box[0] + (uint32_t)i, box[1] + (uint32_t)j, c);
        }
    }
    return half_up(sum, (uint64_t)(width * height));
}

static uint32_t slow_bilinear(const bds_image *m, uint32_t out_w, uint32_t out_h, uint32_t out_c, const uint32_t box[4],
                              uint32_t x, uint32_t y, uint32_t c)
{
    const int64_t width = box[2], height = box[3], across = 2 * (int64_t)out_w, down = 2 * (int64_t)out_h;
    const int64_t px = (2 * (int64_t)x + 1) * width - out_w + across, py = (2 * (int64_t)y + 1) * height - out_h + down;
    uint64_t sum = 0;
    for (int64_t j = 0; j < 2; j++) {
        for (int64_t i = 0; i < 2; i++) { /* px and py were moved up by one pixel to keep them positive */
            const int64_t sx = larger(0, smaller(width - 1, px / across - 1 + i)),
                          sy = larger(0, smaller(height - 1, py / down - 1 + j));
            const int64_t wx = i ? px % across : across - px % across, wy = j ? py % down : down - py % down;
            sum += (uint64_t)(wx * wy) * source_value(m, out_c, box[0] + (uint32_t)sx, box[1] + (uint32_t)sy, c);
        }
    }
    return half_up(sum, (uint64_t)(across * down));
}

static bds_status prepare(int8_t *out, uint32_t w, uint32_t h, uint32_t c, const bds_image *m, uint32_t crop,
                          const int8_t *table, uint32_t *chroma)
{
    size_t n = bds_image_prepare_scratch(w, c);
    uint8_t *scratch = malloc(n + 1);
    bds_status status =
        bds_image_prepare(out, w, h, c, m, crop, table, chroma, scratch + 1, n); /* misaligned on purpose */
    free(scratch);
    return status;
}

static void fill_tables(int8_t table[3 * 256])
{
    for (int c = 0; c < 3; c++)
        for (int v = 0; v < 256; v++)
            table[c * 256 + v] = (int8_t)((v * (c == 1 ? -1 : 1) + 5 * c) & 255); /* a bijection per channel */
}

static int mean_alpha_is_low(const bds_image *m, const uint32_t box[4])
{
    uint64_t sum = 0;
    if (m->channels % 2)
        return 0;
    for (uint32_t y = box[1]; y < box[1] + box[3]; y++)
        for (uint32_t x = box[0]; x < box[0] + box[2]; x++)
            sum += m->pixels[y * m->stride + (size_t)(x + 1) * m->channels - 1];
    return sum < 128 * (uint64_t)box[2] * box[3];
}

static void test_against_reference(uint32_t largest, int rounds)
{
    int8_t table[3 * 256];
    fill_tables(table);
    for (int round = 0; round < rounds; round++) {
        bds_image m = {NULL, between(1, largest), between(1, largest), between(1, 4), 0};
        const uint32_t w = between(1, largest), h = between(1, largest), out_c = between(0, 1) ? 3 : 1,
                       crop = between(0, 1);
        m.stride = (size_t)m.width * m.channels + between(0, 5);
        const size_t bytes = m.stride * m.height, lead = between(0, 7);
        uint8_t *pixels = malloc(bytes + lead);
        for (size_t i = 0; i < bytes; i++)
            pixels[lead + i] = (uint8_t)(next_random() >> 7);
        if (round % 4 == 0)
            memset(pixels + lead, 255, bytes);    /* at the rail nothing may wrap */
        if (m.channels % 2 == 0 && round % 5 > 0) /* mostly more opaque than not */
            for (uint32_t y = 0; y < m.height; y++)
                for (uint32_t x = 0; x < m.width; x++)
                    pixels[lead + y * m.stride + (size_t)(x + 1) * m.channels - 1] |= 128;
        m.pixels = pixels + lead;
        const uint32_t side = m.width < m.height ? m.width : m.height;
        uint32_t box[4] = {0, 0, m.width, m.height};
        if (crop) {
            box[0] = (m.width - side) / 2;
            box[1] = (m.height - side) / 2;
            box[2] = box[3] = side;
        }
        int8_t *out = malloc((size_t)w * h * out_c);
        uint32_t chroma = 77;
        const bds_status status = prepare(out, w, h, out_c, &m, crop, table, &chroma);
        if (mean_alpha_is_low(&m, box)) {
            CHECK(status == BDS_E_IMAGE_BLANK);
            free(out);
            free(pixels);
            continue;
        }

        const int area = box[2] >= w && box[3] >= h;
        uint32_t low[3] = {255, 255, 255}, high[3] = {0, 0, 0};
        int equal = 1;
        for (uint32_t y = 0; y < h; y++) {
            for (uint32_t x = 0; x < w; x++) {
                for (uint32_t c = 0; c < out_c; c++) {
                    const uint32_t v = (area ? slow_area : slow_bilinear)(&m, w, h, out_c, box, x, y, c);
                    equal &= out[((size_t)y * w + x) * out_c + c] == table[c * 256 + v];
                    low[c] = v < low[c] ? v : low[c];
                    high[c] = v > high[c] ? v : high[c];
                }
            }
        }
        CHECK(equal);
        int blank = 1;
        for (uint32_t c = 0; c < out_c; c++)
            blank &= high[c] < low[c] + 4;
        CHECK(status == (blank ? BDS_E_IMAGE_BLANK : BDS_OK));

        uint64_t spread = 0;
        for (uint32_t y = box[1]; m.channels >= 3 && y < box[1] + box[3]; y++) {
            for (uint32_t x = box[0]; x < box[0] + box[2]; x++) {
                const uint8_t *p = m.pixels + y * m.stride + (size_t)x * m.channels;
                spread += (uint64_t)(larger(p[0], larger(p[1], p[2])) - smaller(p[0], smaller(p[1], p[2])));
            }
        }
        CHECK(chroma == half_up(256 * spread, (uint64_t)box[2] * box[3]));
        free(out);
        free(pixels);
    }
}

static void test_same_size(void)
{
    uint8_t pixels[9 * 7 * 3];
    int8_t out[9 * 7 * 3], table[3 * 256];
    fill_tables(table);
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)next_random();
    const bds_image m = {pixels, 9, 7, 3, 27};
    CHECK(prepare(out, 9, 7, 3, &m, BDF_CROP_NONE, table, NULL) == BDS_OK);
    for (size_t i = 0; i < sizeof pixels; i++)
        CHECK(out[i] == table[i % 3 * 256 + pixels[i]]);
}

/* The largest sums: 65535 x 1 and 1 x 65535, all white. */
static void test_extremes(void)
{
    static uint8_t white[65535];
    static int8_t large[65535];
    int8_t table[256], out[4];
    memset(white, 255, sizeof white);
    for (int v = 0; v < 256; v++)
        table[v] = (int8_t)(v - 128);
    const bds_image wide = {white, 65535, 1, 1, 65535}, tall = {white, 1, 65535, 1, 1};
    CHECK(prepare(out, 4, 1, 1, &wide, BDF_CROP_NONE, table, NULL) == BDS_E_IMAGE_BLANK && out[0] == 127 &&
          out[3] == 127);
    CHECK(prepare(out, 1, 4, 1, &tall, BDF_CROP_NONE, table, NULL) == BDS_E_IMAGE_BLANK && out[0] == 127 &&
          out[3] == 127);
    CHECK(prepare(large, 65535, 1, 1, &tall, BDF_CROP_NONE, table, NULL) == BDS_E_IMAGE_BLANK && large[65534] == 127);
    CHECK(prepare(large, 1, 65535, 1, &wide, BDF_CROP_NONE, table, NULL) == BDS_E_IMAGE_BLANK && large[65534] == 127);
    white[65534] = 0;
    CHECK(prepare(large, 65535, 1, 1, &wide, BDF_CROP_NONE, table, NULL) == BDS_OK && large[65534] == -128 &&
          large[65533] == 127);
}

static void test_blank(void)
{
    uint8_t pixels[8 * 8 * 3];
    int8_t out[8 * 8 * 3], table[3 * 256];
    fill_tables(table);
    const bds_image m = {pixels, 8, 8, 3, 24};
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i % 3 * 100); /* one strong colour is as blank as one grey */
    CHECK(prepare(out, 8, 8, 3, &m, BDF_CROP_NONE, table, NULL) == BDS_E_IMAGE_BLANK);
    pixels[31] += 3;
    CHECK(prepare(out, 8, 8, 3, &m, BDF_CROP_NONE, table, NULL) == BDS_E_IMAGE_BLANK);
    pixels[31] += 1;
    CHECK(prepare(out, 8, 8, 3, &m, BDF_CROP_NONE, table, NULL) == BDS_OK);
}

/* Whatever colours lie under them: transparent pixels are no picture. Only the part that the crop leaves counts. */
static void test_transparent(void)
{
    uint8_t pixels[12 * 8 * 4];
    int8_t out[8 * 8 * 3], table[3 * 256];
    fill_tables(table);
    for (uint32_t channels = 2; channels <= 4; channels += 2) {
        const bds_image m = {pixels, 12, 8, channels, 12 * (size_t)channels};
        uint8_t *const alpha = pixels + channels - 1;
        for (size_t i = 0; i < sizeof pixels; i++)
            pixels[i] = (uint8_t)next_random();
        for (size_t i = 0; i < 96; i++)
            alpha[i * channels] = i % 12 < 2 || i % 12 >= 10 ? 0 : 128; /* a transparent frame left and right */
        CHECK(prepare(out, 8, 8, 3, &m, BDF_CROP_CENTRE_SQUARE, table, NULL) == BDS_OK);
        CHECK(prepare(out, 8, 8, 3, &m, BDF_CROP_NONE, table, NULL) == BDS_E_IMAGE_BLANK);
        alpha[50 * channels] -= 1; /* in the square: the mean is 128 - 1/64 */
        CHECK(prepare(out, 8, 8, 3, &m, BDF_CROP_CENTRE_SQUARE, table, NULL) == BDS_E_IMAGE_BLANK);
        alpha[51 * channels] = 255;
        CHECK(prepare(out, 8, 8, 1, &m, BDF_CROP_CENTRE_SQUARE, table, NULL) == BDS_OK);
        for (size_t i = 0; i < 96; i++)
            alpha[i * channels] = 0;
        CHECK(prepare(out, 8, 8, 1, &m, BDF_CROP_CENTRE_SQUARE, table, NULL) == BDS_E_IMAGE_BLANK);
    }
}

static void test_arguments(void)
{
    uint8_t pixels[64] = {0, 255}, scratch[256];
    int8_t out[64], table[768] = {0};
    bds_image m = {pixels, 4, 4, 1, 4};
    const size_t n = sizeof scratch;
    CHECK(bds_image_prepare(out, 4, 4, 1, &m, 0, table, NULL, scratch, n) != BDS_E_ARGUMENT);
    CHECK(bds_image_prepare(NULL, 4, 4, 1, &m, 0, table, NULL, scratch, n) == BDS_E_ARGUMENT);
    CHECK(bds_image_prepare(out, 4, 4, 1, NULL, 0, table, NULL, scratch, n) == BDS_E_ARGUMENT);
    CHECK(bds_image_prepare(out, 4, 4, 1, &m, 0, NULL, NULL, scratch, n) == BDS_E_ARGUMENT);
    CHECK(bds_image_prepare(out, 4, 4, 1, &m, 0, table, NULL, NULL, n) == BDS_E_ARGUMENT);
    CHECK(bds_image_prepare(out, 0, 4, 1, &m, 0, table, NULL, scratch, n) == BDS_E_ARGUMENT);
    CHECK(bds_image_prepare(out, 4, 65536, 1, &m, 0, table, NULL, scratch, n) == BDS_E_ARGUMENT);
    CHECK(bds_image_prepare(out, 4, 4, 2, &m, 0, table, NULL, scratch, n) == BDS_E_ARGUMENT);
    CHECK(bds_image_prepare(out, 4, 4, 1, &m, 2, table, NULL, scratch, n) == BDS_E_ARGUMENT);
    CHECK(bds_image_prepare(out, 4, 4, 1, &m, 0, table, NULL, scratch, bds_image_prepare_scratch(4, 1) - 1) ==
          BDS_E_ARENA);
    m.pixels = NULL;
    CHECK(bds_image_prepare(out, 4, 4, 1, &m, 0, table, NULL, scratch, n) == BDS_E_ARGUMENT);
    m = (bds_image){pixels, 0, 4, 1, 4};
    CHECK(bds_image_prepare(out, 4, 4, 1, &m, 0, table, NULL, scratch, n) == BDS_E_IMAGE_SIZE);
    m = (bds_image){pixels, 65536, 1, 1, 65536};
    CHECK(bds_image_prepare(out, 4, 4, 1, &m, 0, table, NULL, scratch, n) == BDS_E_IMAGE_SIZE);
    m = (bds_image){pixels, 4, 4, 5, 20};
    CHECK(bds_image_prepare(out, 4, 4, 1, &m, 0, table, NULL, scratch, n) == BDS_E_ARGUMENT);
    m = (bds_image){pixels, 4, 4, 1, 3};
    CHECK(bds_image_prepare(out, 4, 4, 1, &m, 0, table, NULL, scratch, n) == BDS_E_ARGUMENT);
}

#ifdef BDS_HAVE_DECODE
/* ---- Files -------------------------------------------------------------------------------------------------------- */

#define WIDTH 37
#define HEIGHT 23
#define WORK_BYTES (1u << 20)

static _Alignas(16) uint8_t work[WORK_BYTES];

typedef struct file {
    uint8_t bytes[8192];
    size_t n;
} file;

static file load(const char *name)
{
    char path[128];
    file f = {{0}, 0};
    snprintf(path, sizeof path, "tests/data/pictures/%s", name);
    FILE *from = fopen(path, "rb");
    if (!CHECK(from != NULL))
        return f;
    f.n = fread(f.bytes, 1, sizeof f.bytes, from);
    fclose(from);
    CHECK(f.n > 0 && f.n < sizeof f.bytes);
    return f;
}

/* The formulas of make_pictures.py. */
static int colour_at(int x, int y, int c)
{
    const int r = 255 * x / (WIDTH - 1), g = 255 * y / (HEIGHT - 1);
    return c == 0 ? r : c == 1 ? g : 255 - (r + g) / 2;
}

static int grey_at(int x, int y)
{
    return (5 * x + 3 * y) & 255;
}

static int alpha_at(int x, int y)
{
    return (11 * x + 7 * y) & 255;
}

static int palette_at(int index, int c)
{
    if (index > 15)
        return 0;
    return c == 0 ? 17 * index : c == 1 ? 255 - 17 * index : (40 * index) & 255;
}

typedef enum content {
    COLOUR,
    GREY,
    GREY_ALPHA,
    COLOUR_ALPHA,
    GREY_OF_COLOUR,
    GREY_1,
    GREY_2,
    GREY_4,
    PALETTE,
    PALETTE_ALPHA,
    PALETTE_SHORT,
    COLOUR_KEY
} content;

static int expected(content k, int x, int y, int c)
{
    const int v = grey_at(x, y), index = (x + 2 * y) & 15;
    switch (k) {
    case COLOUR:
        return colour_at(x, y, c);
    case GREY:
        return v;
    case GREY_ALPHA:
        return c ? alpha_at(x, y) : v;
    case COLOUR_ALPHA:
        return c == 3 ? alpha_at(x, y) : colour_at(x, y, c);
    case GREY_OF_COLOUR:
        return (299 * colour_at(x, y, 0) + 587 * colour_at(x, y, 1) + 114 * colour_at(x, y, 2)) / 1000;
    case GREY_1:
        return 255 * (v >> 7);
    case GREY_2:
        return 85 * (v >> 6);
    case GREY_4:
        return 17 * (v >> 4);
    case PALETTE:
        return palette_at(index, c);
    case PALETTE_ALPHA:
        return c < 3 ? palette_at(index, c) : index < 8 ? 20 * index : 255;
    case PALETTE_SHORT:
        return palette_at((x + 2 * y) & 31, c);
    case COLOUR_KEY:
        break;
    }
    return c < 3 ? colour_at(x, y, c) : x == 3 && y == 4 ? 0 : 255;
}

/* CRC-32C over the pixels of all files. */
static uint32_t decoded_digest;

static void test_kind(const char *name, content k, uint32_t channels, int tolerance)
{
    const file f = load(name);
    bds_image_info info;
    bds_image m;
    CHECK(bds_image_probe(f.bytes, f.n, &info) == BDS_OK);
    CHECK(info.width == WIDTH && info.height == HEIGHT && info.channels == channels && info.decode_bytes < WORK_BYTES);
    /* Whatever lay in the work area, and wherever it begins: the estimate suffices and the pixels are the same. */
    uint8_t *first = NULL;
    for (size_t lead = 0; lead < 3; lead++) {
        uint8_t *exact = malloc(info.decode_bytes + lead);
        memset(exact, lead ? 0xa5 : 0, info.decode_bytes + lead);
        if (!CHECK(bds_image_decode(f.bytes, f.n, 0, exact + lead, info.decode_bytes, &m) == BDS_OK)) {
            fprintf(stderr, "%s\n", name);
            free(exact);
            break;
        }
        CHECK(m.width == WIDTH && m.height == HEIGHT && m.channels == channels && m.stride == (size_t)WIDTH * channels);
        CHECK(m.pixels >= exact + lead && m.pixels + m.stride * HEIGHT <= exact + lead + info.decode_bytes);
        int worst = 0;
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++)
                for (int c = 0; c < (int)channels; c++) {
                    const int difference =
                        abs(m.pixels[(size_t)y * m.stride + (size_t)x * channels + (size_t)c] - expected(k, x, y, c));
                    worst = difference > worst ? difference : worst;
                }
        if (!CHECK(worst <= tolerance))
            fprintf(stderr, "%s: off by %d\n", name, worst);
        if (lead == 0) {
            first = malloc(m.stride * HEIGHT);
            memcpy(first, m.pixels, m.stride * HEIGHT);
            decoded_digest = bds_crc32c(decoded_digest, first, m.stride * HEIGHT);
        } else {
            CHECK(memcmp(first, m.pixels, m.stride * HEIGHT) == 0);
        }
        free(exact);
    }
    free(first);
}

static void test_kinds(void)
{
    test_kind("grey8.png", GREY, 1, 0);
    test_kind("rgb8.png", COLOUR, 3, 0); /* in many IDAT chunks */
    test_kind("greyalpha8.png", GREY_ALPHA, 2, 0);
    test_kind("rgba8.png", COLOUR_ALPHA, 4, 0);
    test_kind("grey16.png", GREY, 1, 0);
    test_kind("rgb16.png", COLOUR, 3, 0);
    test_kind("rgba16.png", COLOUR_ALPHA, 4, 0);
    test_kind("grey1.png", GREY_1, 1, 0);
    test_kind("grey2.png", GREY_2, 1, 0);
    test_kind("grey4.png", GREY_4, 1, 0);
    test_kind("palette4.png", PALETTE, 3, 0);
    test_kind("palette_alpha.png", PALETTE_ALPHA, 4, 0);
    test_kind("palette_short.png", PALETTE_SHORT, 3, 0);
    test_kind("rgb_key.png", COLOUR_KEY, 4, 0);
    test_kind("rgb8_interlaced.png", COLOUR, 3, 0);
    test_kind("grey1_interlaced.png", GREY_1, 1, 0);
    test_kind("rgb16_interlaced.png", COLOUR, 3, 0);
    test_kind("rgb420.jpg", COLOUR, 3, 14);
    test_kind("rgb422.jpg", COLOUR, 3, 14);
    test_kind("rgb444.jpg", COLOUR, 3, 8);
    test_kind("grey.jpg", GREY_OF_COLOUR, 1, 8);
    test_kind("cmyk.jpg", COLOUR, 3, 8);
    test_kind("progressive.jpg", COLOUR, 3, 14);
    test_kind("progressive_grey.jpg", GREY_OF_COLOUR, 1, 8);
    test_kind("restart.jpg", COLOUR, 3, 8);
    test_kind("progressive_restart.jpg", COLOUR, 3, 14);
    char name[] = "exif1.jpg";
    for (; name[4] <= '8'; name[4]++)
        test_kind(name, COLOUR, 3, 8); /* upright, whatever way it is stored */
    /* The same bits on every target. stb_image 2.27; another version may decode JPEGs otherwise. */
    if (!CHECK(decoded_digest == 0x37917f73u))
        fprintf(stderr, "pixels 0x%08x\n", decoded_digest);
}

static const char *const every_file[] = {
    "grey8.png", "rgb8.png",        "rgb16_interlaced.png",    "palette_alpha.png", "one.png",   "rgb420.jpg",
    "grey.jpg",  "progressive.jpg", "progressive_restart.jpg", "restart.jpg",       "exif6.jpg", "exif3.jpg"};

/* Cut after any byte: never a picture. */
static void test_truncation(void)
{
    for (size_t i = 0; i < sizeof every_file / sizeof *every_file; i++) {
        const file f = load(every_file[i]);
        for (size_t n = 0; n < f.n; n++) {
            bds_image m;
            bds_image_info info;
            uint8_t *exact = malloc(n + 1); /* so that a sanitizer sees the end */
            memcpy(exact, f.bytes, n);
            const int png = f.bytes[0] == 0x89;
            const bds_status want = n < (png ? 8u : 3u) ? BDS_E_IMAGE_FORMAT : BDS_E_IMAGE_CORRUPT;
            CHECK(bds_image_decode(exact, n, 0, work, sizeof work, &m) == want && m.pixels == NULL);
            const bds_status probed = bds_image_probe(exact, n, &info);
            CHECK(probed == want || (probed == BDS_OK && want == BDS_E_IMAGE_CORRUPT));
            /* An end marker put behind the cut hides nothing. */
            if (!png && n > 3) {
                uint8_t *mended = malloc(n + 2);
                memcpy(mended, f.bytes, n);
                mended[n] = 0xff;
                mended[n + 1] = 0xd9;
                if (n < f.n - 2)
                    CHECK(bds_image_decode(mended, n + 2, 0, work, sizeof work, &m) != BDS_OK ||
                          strncmp(every_file[i], "prog", 4) == 0);
                free(mended);
            }
            free(exact);
        }
    }
}

/* Any byte changed: a PNG is refused always; a JPEG may also decode, but must not crash. */
static void test_damage(void)
{
    for (size_t i = 0; i < sizeof every_file / sizeof *every_file; i++) {
        file f = load(every_file[i]);
        for (size_t at = 0; at < f.n; at++) {
            for (int bit = 0; bit < 8; bit++) {
                bds_image m;
                f.bytes[at] ^= (uint8_t)(1 << bit);
                const bds_status status = bds_image_decode(f.bytes, f.n, 1 << 20, work, sizeof work, &m);
                f.bytes[at] ^= (uint8_t)(1 << bit);
                CHECK(status == BDS_OK ? f.bytes[0] == 0xff : status <= BDS_E_ARENA);
            }
        }
    }
}

static void test_memory(void)
{
    for (size_t i = 0; i < sizeof every_file / sizeof *every_file; i++) {
        const file f = load(every_file[i]);
        bds_image m;
        size_t low = 0, high = sizeof work; /* low fails, high works */
        while (high - low > 1) {
            const size_t middle = low + (high - low) / 2;
            const bds_status status = bds_image_decode(f.bytes, f.n, 0, work, middle, &m);
            CHECK(status == BDS_OK || status == BDS_E_ARENA);
            *(status == BDS_OK ? &high : &low) = middle;
        }
        uint8_t *exact = malloc(high);
        CHECK(bds_image_decode(f.bytes, f.n, 0, exact, high, &m) == BDS_OK);
        CHECK(bds_image_decode(f.bytes, f.n, 0, exact, high - 1, &m) == BDS_E_ARENA && m.pixels == NULL);
        for (size_t n = 0; n < high; n += 1 + n / 64)
            CHECK(bds_image_decode(f.bytes, f.n, 0, exact, n, &m) == BDS_E_ARENA);
        free(exact);
    }
}

static void put_u32(uint8_t *p, uint32_t x)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(x >> (24 - 8 * i));
}

static uint32_t png_crc(const uint8_t *p, size_t n)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int k = 0; k < 8; k++)
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
    }
    return ~crc;
}

static void test_sizes(void)
{
    file f = load("grey8.png");
    bds_image m;
    bds_image_info info;
    static const uint32_t sides[][2] = {{30000, 30000},           {65536, 1},      {1, 65536},
                                        {0x7fffffff, 0x7fffffff}, {0xffffffff, 1}, {8193, 8192}};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        put_u32(f.bytes + 16, sides[i][0]);
        put_u32(f.bytes + 20, sides[i][1]);
        put_u32(f.bytes + 29, png_crc(f.bytes + 12, 17));
        CHECK(bds_image_decode(f.bytes, f.n, 0, work, sizeof work, &m) == BDS_E_IMAGE_SIZE);
        CHECK(bds_image_probe(f.bytes, f.n, &info) == BDS_E_IMAGE_SIZE && info.width == sides[i][0]);
    }
    put_u32(f.bytes + 16, 65535); /* as many pixels as stated, but not as many bytes */
    put_u32(f.bytes + 20, 2);
    put_u32(f.bytes + 29, png_crc(f.bytes + 12, 17));
    CHECK(bds_image_decode(f.bytes, f.n, 0, work, sizeof work, &m) == BDS_E_IMAGE_CORRUPT);
    put_u32(f.bytes + 16, 0);
    put_u32(f.bytes + 29, png_crc(f.bytes + 12, 17));
    CHECK(bds_image_decode(f.bytes, f.n, 0, work, sizeof work, &m) == BDS_E_IMAGE_CORRUPT);

    f = load("rgb444.jpg");
    CHECK(bds_image_decode(f.bytes, f.n, WIDTH * HEIGHT, work, sizeof work, &m) == BDS_OK);
    CHECK(bds_image_decode(f.bytes, f.n, WIDTH * HEIGHT - 1, work, sizeof work, &m) == BDS_E_IMAGE_SIZE);
}

/* Bytes put in front of a marker: zeros at the end of the picture only. */
static bds_status with_bytes_before(const file *f, uint8_t marker, uint8_t byte, size_t count)
{
    file longer = *f;
    bds_image m;
    size_t at = f->n - 2;
    while (at > 0 && (f->bytes[at] != 0xff || f->bytes[at + 1] != marker))
        at--;
    CHECK(at > 0);
    memmove(longer.bytes + at + count, longer.bytes + at, f->n - at);
    memset(longer.bytes + at, byte, count);
    return bds_image_decode(longer.bytes, f->n + count, 0, work, sizeof work, &m);
}

static void test_left_over(void)
{
    file f = load("restart.jpg");
    for (size_t count = 1; count < 20; count++) {
        CHECK(with_bytes_before(&f, 0xd9, 0, count) == BDS_OK);
        CHECK(with_bytes_before(&f, 0xd9, 0xff, count) == BDS_OK); /* fill bytes belong to the marker */
        CHECK(with_bytes_before(&f, 0xd9, 0x55, count) == BDS_E_IMAGE_CORRUPT);
        CHECK(with_bytes_before(&f, 0xd2, 0, count) == BDS_E_IMAGE_CORRUPT);
        CHECK(with_bytes_before(&f, 0xd2, 0x55, count) == BDS_E_IMAGE_CORRUPT);
    }
    bds_image m;
    f = load("excess.png"); /* a little more than the pixels need is in use out there */
    CHECK(bds_image_decode(f.bytes, f.n, 0, work, sizeof work, &m) == BDS_OK);
    f = load("excess_endless.png");
    uint8_t *much = malloc(4u << 20);
    CHECK(bds_image_decode(f.bytes, f.n, 0, work, sizeof work, &m) == BDS_E_IMAGE_CORRUPT);
    CHECK(bds_image_decode(f.bytes, f.n, 0, much, 4u << 20, &m) == BDS_E_IMAGE_CORRUPT);
    free(much);
}

static void test_not_pictures(void)
{
    static const char *const texts[] = {"",
                                        "x",
                                        "<!DOCTYPE html><html><body>404</body></html>",
                                        "GIF89a\1\0\1\0",
                                        "BM",
                                        "P5 1 1 255\n0",
                                        "RIFF\4\0\0\0WEBP",
                                        "\xff\xd8",
                                        "\x89PNG\r\n\x1a",
                                        "#?RADIANCE\n",
                                        "\x89PNG\n\x1a\n\0\0\0\0"};
    bds_image m;
    bds_image_info info;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        CHECK(bds_image_probe(texts[i], strlen(texts[i]), &info) == BDS_E_IMAGE_FORMAT);
        CHECK(bds_image_decode(texts[i], strlen(texts[i]), 0, work, sizeof work, &m) == BDS_E_IMAGE_FORMAT);
    }
    CHECK(bds_image_probe(NULL, 5, &info) == BDS_E_ARGUMENT);
    CHECK(bds_image_probe("abc", 3, NULL) == BDS_E_ARGUMENT);
    CHECK(bds_image_decode("abc", 3, 0, NULL, 5, &m) == BDS_E_ARGUMENT);
    CHECK(bds_image_decode("abc", 3, 0, work, 5, NULL) == BDS_E_ARGUMENT);
}

static void test_from_file_to_input(void)
{
    int8_t table[3 * 256], out[16 * 16 * 3];
    fill_tables(table);
    file f = load("rgb8.png");
    bds_image m;
    uint32_t chroma = 0;
    CHECK(bds_image_decode(f.bytes, f.n, 0, work, sizeof work, &m) == BDS_OK);
    CHECK(prepare(out, 16, 16, 3, &m, BDF_CROP_CENTRE_SQUARE, table, &chroma) == BDS_OK && chroma > 64 * 256);
    f = load("blank.png");
    CHECK(bds_image_decode(f.bytes, f.n, 0, work, sizeof work, &m) == BDS_OK);
    CHECK(prepare(out, 16, 16, 3, &m, BDF_CROP_CENTRE_SQUARE, table, NULL) == BDS_E_IMAGE_BLANK);
}
#endif

int main(void)
{
    test_against_reference(9, 1500);
    test_against_reference(40, 60);
    test_same_size();
    test_extremes();
    test_blank();
    test_transparent();
    test_arguments();
#ifdef BDS_HAVE_DECODE
    test_kinds();
    test_truncation();
    test_damage();
    test_memory();
    test_sizes();
    test_left_over();
    test_not_pictures();
    test_from_file_to_input();
#endif
    return check_done();
}
