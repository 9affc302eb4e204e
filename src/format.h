/* The .bds file: on-disk structures, little-endian, every section on a 64-byte boundary. Normative text: docs/format.md.
 * Shared by the runtime (reads) and the compiler (writes).
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_FORMAT_H
#define BEDSIDE_FORMAT_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define BDF_MAGIC                                                                                                      \
    "\x89"                                                                                                             \
    "BDS\r\n\x1a\n" /* 8 bytes; as in PNG it exposes text-mode transfers */
#define BDF_MAJOR 1u
#define BDF_MINOR 0u
#define BDF_NONE 0xffffffffu /* "no such blob / tensor" */
#define BDF_SECTION_ALIGN 64u
#define BDF_BLOB_ALIGN 16u

/* Limits that keep every product of two file values within 32 or 64 bits. */
#define BDF_MAX_TENSORS 1024u
#define BDF_MAX_OPS 1024u
#define BDF_MAX_BLOBS 4096u
#define BDF_MAX_DIM 65535u
#define BDF_MAX_TENSOR_BYTES (1u << 28)
#define BDF_MAX_INPUTS 32u
#define BDF_MAX_LABELS 1024u
#define BDF_MAX_TAPS 65536u         /* kernel height x width */
#define BDF_MAX_ROW_TAPS (1u << 24) /* of all windows of one output row */
#define BDF_MAX_BLOB_COUNT (1u << 26)
#define BDF_MAX_PER_BYTE 65536u /* coded weights per stored byte: a short stream cannot stand for endless weights */

typedef struct bdf_header {
    uint8_t magic[8];
    uint16_t major, minor;
    uint32_t file_bytes;
    uint32_t section_count;
    uint32_t crc32c; /* CRC-32C of the whole file with this field as zero */
    uint32_t reserved[2];
    uint8_t sha256[32]; /* SHA-256 of bytes [64, file_bytes) */
} bdf_header;
static_assert(sizeof(bdf_header) == 64, "header is 64 bytes");

/* The section table follows the header. A kind occurs at most once. */
typedef enum bdf_section_kind {
    BDF_META = 1,    /* bdf_meta[] then the text they point to */
    BDF_INPUTS = 2,  /* bdf_input[] */
    BDF_TENSORS = 3, /* bdf_tensor[] */
    BDF_OPS = 4,     /* bdf_op[] in order of execution */
    BDF_LINKS = 5,   /* uint32_t tensor indices: inputs of operators, then the graph's outputs */
    BDF_BLOBS = 6,   /* bdf_blob[] */
    BDF_DATA = 7,    /* the blobs' bytes */
    BDF_RESULT = 8   /* one bdf_result */
} bdf_section_kind;

typedef struct bdf_section {
    uint32_t kind;
    uint32_t offset; /* from the beginning of the file, multiple of 64 */
    uint32_t bytes;  /* without padding */
    uint32_t count;  /* of records; for BDF_DATA 0 */
} bdf_section;
static_assert(sizeof(bdf_section) == 16, "section is 16 bytes");

typedef struct bdf_meta {
    uint32_t key_offset, key_bytes, text_offset, text_bytes; /* from the beginning of the section; UTF-8 */
} bdf_meta;
static_assert(sizeof(bdf_meta) == 16, "meta is 16 bytes");

/* Tensor types are bds_type: 1 int8, 2 int16. Layout NHWC, N = 1. */
typedef struct bdf_tensor {
    uint32_t dims[4]; /* 1, height, width, channels */
    uint16_t type;
    uint16_t reserved;
    int32_t zero_point;
    float scale;
    uint32_t arena_offset; /* of the activations, multiple of 16; checked against every tensor alive at the same time */
} bdf_tensor;
static_assert(sizeof(bdf_tensor) == 32, "tensor is 32 bytes");

typedef enum bdf_coding {
    BDF_RAW = 0,    /* used in place */
    BDF_RANGE = 1,  /* adaptive binary range coder, src/entropy.h: weights, int8, or int16 in [-255, 255] */
    BDF_STATIC = 2, /* tables and interleaved rANS: the same weights, decoded faster */
    BDF_NUMBERS = 3 /* coded numbers, src/numbers.h: biases int32, multipliers int16 */
} bdf_coding;

typedef struct bdf_blob {
    uint32_t offset; /* into BDF_DATA; raw blobs on 16 bytes */
    uint32_t stored_bytes;
    uint32_t count;      /* elements after decoding */
    uint16_t type;       /* bds_type */
    uint16_t coding;     /* bdf_coding */
    uint32_t row_length; /* elements per output channel: context of the coder; 0 when not coded */
    uint32_t reserved[3];
} bdf_blob;
static_assert(sizeof(bdf_blob) == 32, "blob is 32 bytes");

/* The operators. Each operand and result is int8 or int16 by itself, unless a line says otherwise; "same quantisation" means type, zero
 * point and scale of operands and result. x' = x - zero point of x; y' the same. rq is the requantisation by left, shift and a
 * multiplier, with bias and clamp; round(... / 2^shift) goes to the nearest, halves upward. docs/arithmetic.md has each formula whole.
 *
 * CONV, DEPTHWISE, FULLY_CONNECTED  weights int8, or int16 in [-255, 255]: [OC][KH][KW][IC / groups], [KH][KW][C], [OC][H * W * C]
 * ADD            a, b (b may be 1x1xC, for each pixel): y' = round((a' * m_a + b' * m_b) / 2^shift), clamped to [lo, hi]
 * MUL            a, b (the same): y' = rq(a' * b') by m_a
 * MIN, MAX       a, b (the same): y = min(a, b) clamped to [lo, hi]; same quantisation
 * MAX_POOL       padding does not take part; same quantisation
 * AVG_POOL       multipliers int16[KH * KW], entry n - 1 for n pixels under the window; global: KH = H, KW = W
 * CONCAT         along the channels; same quantisation
 * PAD            height and width, with the constant m_a; same quantisation
 * TABLE          any function of one value. int8 -> int8: table int8[256], int8 -> int16: int16[256]: y = table[x + 128].
 *                int16 -> any: int16[257], samples at x = -32768, -32512, ... 32768 and lines between them; for y int8 in 1/256
 * CHANNEL_TABLE  the same with one table after the other for the channels: [C][256] or [C][257]
 * SOFTMAX        over the channels of each pixel; table uint16[257] of exp(-d), 2^shift apart; y int8 of scale 1/256 and zero point
 *                -128, or int16 of scale 1/32768 and zero point 0
 * RESHAPE        same bytes, same quantisation
 * VIEW           table int32[13]: count[6], stride[6], offset, in elements: y in order of memory = x[offset + i0 * stride[0] + ... +
 *                i5 * stride[5]], i5 fastest; the counts' product is y's elements; same quantisation. Transposes, slices, repeats
 * MATMUL         a [H][M][K], b [H][K][N] (m_b = 0) or [H][N][K] (m_b = 1): y' [H][M][N] = rq(sum of a' * b') by m_a. Both int8, or
 *                a int16; an int16 operand has the zero point 0
 * RESIZE         linear; table uint16[H + W][3], for the rows of y, then its columns: first and second row (column) of x, weight of
 *                the second in 1/1024; same quantisation
 * LAYER_NORM     over the channels of each pixel: y' = round((x normalised * multipliers[c] + bias[c]) / 2^shift), clamped to [lo, hi];
 *                multipliers int16[C], signed; bias int32[C] within 2^18; shift in [1, 19]; m_a >= 0: epsilon in units of x's step
 *                squared (x int16) or of 1/65536 of that (x int8)
 * INSTANCE_NORM  the same over height, width and the channels of each of `groups` groups
 * ARG_MAX        over the channels of each pixel; y int16 with one channel, scale 1, zero point 0; of equals the first
 * CONVERT        another scale or type: y' = round(x' * m_a / 2^shift), clamped to [lo, hi] */
typedef enum bdf_opcode {
    BDF_CONV = 1,
    BDF_DEPTHWISE = 2,
    BDF_FULLY_CONNECTED = 3,
    BDF_ADD = 4,
    BDF_MUL = 5,
    BDF_MAX_POOL = 6,
    BDF_AVG_POOL = 7,
    BDF_CONCAT = 8,
    BDF_PAD = 9,
    BDF_TABLE = 10,
    BDF_SOFTMAX = 11,
    BDF_RESHAPE = 12,
    BDF_VIEW = 13,
    BDF_MATMUL = 14,
    BDF_MIN = 15,
    BDF_MAX = 16,
    BDF_CHANNEL_TABLE = 17,
    BDF_RESIZE = 18,
    BDF_LAYER_NORM = 19,
    BDF_INSTANCE_NORM = 20,
    BDF_ARG_MAX = 21,
    BDF_CONVERT = 22
} bdf_opcode;

typedef struct bdf_op {
    uint16_t code;
    uint16_t groups;                   /* BDF_CONV, BDF_INSTANCE_NORM; else 1 */
    uint32_t input_first, input_count; /* in BDF_LINKS */
    uint32_t output;                   /* tensor */
    uint16_t kernel_h, kernel_w, stride_h, stride_w;
    uint16_t dilation_h, dilation_w, pad_top, pad_left, pad_bottom, pad_right;
    uint8_t left;   /* of rq: in [0, 7] */
    uint8_t shift;  /* of rq: in [17, 38]; ADD, CONVERT: in [1, 30]; SOFTMAX: log2 of the table's step */
    int16_t lo, hi; /* clamp of the stored result */
    uint16_t reserved;
    uint32_t weights, bias, multipliers, table; /* blobs or BDF_NONE. bias int32[OC] holds -zp_x * sum(w) already */
    int32_t m_a, m_b;                           /* multipliers: in [1, 32767] of rq, within 32767 of ADD and CONVERT */
} bdf_op;
static_assert(sizeof(bdf_op) == 68, "op is 68 bytes");

typedef enum bdf_crop { BDF_CROP_NONE = 0, BDF_CROP_CENTRE_SQUARE = 1 } bdf_crop;

/* How input tensor is made from a picture: crop, to grey or RGB, resize (area when both sides shrink, else bilinear), then a
 * table from 8-bit pixel to int8. */
typedef struct bdf_input {
    uint32_t tensor;
    uint16_t is_image;   /* 0: only raw data can be given */
    uint16_t crop;       /* bdf_crop */
    uint32_t table;      /* blob int8[channels][256] or BDF_NONE when not an image */
    uint32_t max_chroma; /* mean |max - min| of R, G, B, in 1/256: above it BDS_DOUBT_COLOUR; BDF_NONE: no check */
} bdf_input;
static_assert(sizeof(bdf_input) == 16, "input is 16 bytes");

typedef enum bdf_result_kind {
    BDF_RESULT_SOFTMAX = 1, /* one of several labels */
    BDF_RESULT_SIGMOID = 2, /* each label by itself */
    BDF_RESULT_SEGMENT = 3  /* one label, for each pixel by itself */
} bdf_result_kind;

/* From logits to calibrated findings, or to a mask. */
typedef struct bdf_result {
    uint32_t kind;   /* bdf_result_kind */
    uint32_t tensor; /* logits: int16 or int8, count = labels; SEGMENT: int8 with one channel */
    uint32_t label_count;
    uint32_t curve; /* blob uint16[257]: exp(-d) for softmax over d = max - logit >= 0; the logistic for sigmoid over
                     * logit + 32768. SEGMENT: uint16[256], the probability of a logit at logit + 128, 65535 = 1 */
    uint32_t curve_shift; /* log2 of the table's step in logit units; SEGMENT: 0 */
    uint32_t
        interval; /* blob uint16[labels][33][2]: low, high (65535 = 1) at probabilities k / 32; BDF_NONE: no interval */
    uint32_t abstain_below; /* Q16: leading probability, or a mask's certainty, under it sets BDS_DOUBT_UNSURE */
    uint32_t gate_tensor;   /* int8 features [1,1,1,C] or BDF_NONE */
    uint32_t gate_groups;   /* class means */
    uint32_t gate_mean;     /* blob int8[groups][C] */
    uint32_t gate_weight;   /* blob uint16[C]: 256 / variance, in stored units */
    uint32_t gate_limit;    /* distance (Q8 mean of squared z) above it sets BDS_DOUBT_UNKNOWN */
    uint32_t mark_from;     /* SEGMENT, Q16 in [1, 65536]: pixels of this probability or more are marked; else 0 */
    uint32_t set_from;      /* SOFTMAX, Q16: labels of this probability or more form the conformal set; 0: none */
    uint32_t set_coverage;  /* Q16: how often that set holds the right label */
    uint32_t reserved;
} bdf_result;
static_assert(sizeof(bdf_result) == 64, "result is 64 bytes");

#endif
