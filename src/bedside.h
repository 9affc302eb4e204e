/* Bedside: diagnosis models that run where the patient is. The runtime's only public header.
 *
 * The runtime keeps no global state and never allocates: every byte lives in memory that the caller hands over. It uses no
 * floating point in inference, so the same file and the same pixels give the same bits on every target.
 * Bedside is not a medical device.
 *
 * Order of calls:  bds_model_open -> bds_plan_size -> bds_plan_create -> { bds_prepare_image -> bds_run -> bds_result }*
 * While the file is still arriving:  bds_model_head -> bds_model_open_head -> bds_plan_size -> bds_plan_create -> bds_plan_feed*
 * -> { ... }*
 *
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_H
#define BEDSIDE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BDS_VERSION "0.1.0"

/* Negative is an error, 0 done, positive "more to do". Values are pinned for ever; new ones are appended. */
typedef enum bds_status {
    BDS_OK = 0,
    BDS_MORE = 1,              /* bds_step: the network is not finished yet */
    BDS_E_ARGUMENT = -1,       /* a null pointer, an index out of range, a size of zero */
    BDS_E_FORMAT = -2,         /* the bytes are not a Bedside model */
    BDS_E_VERSION = -3,        /* a Bedside model of a version that this runtime does not read */
    BDS_E_TRUNCATED = -4,      /* the file is shorter than it says */
    BDS_E_CORRUPT = -5,        /* a checksum does not match, or a coded section does not decode */
    BDS_E_INVALID = -6,        /* the checksums match but a count, offset or shape contradicts another */
    BDS_E_UNSUPPORTED = -7,    /* an operator, type or coding that this build does not have */
    BDS_E_LIMIT = -8,          /* an accumulator could leave its proven range, or a dimension is absurd */
    BDS_E_ARENA = -9,          /* the memory handed over is too small */
    BDS_E_ALIGN = -10,         /* the model's bytes are not on a 16-byte boundary */
    BDS_E_STATE = -11,         /* calls in the wrong order: no input yet, or no finished run */
    BDS_E_HASH = -12,          /* SHA-256 differs from the one expected */
    BDS_E_IMAGE_FORMAT = -13,  /* the bytes are neither JPEG nor PNG */
    BDS_E_IMAGE_CORRUPT = -14, /* a JPEG or PNG that cannot be decoded to its end */
    BDS_E_IMAGE_SIZE = -15,    /* more pixels than allowed, or none */
    BDS_E_IMAGE_BLANK = -16,   /* a picture without content: all pixels (nearly) alike */
    BDS_E_SELF_TEST = -17      /* a fast kernel does not equal its reference on this machine */
} bds_status;

/* One plain English sentence for a status; never null. */
const char *bds_status_text(bds_status status);
/* The status's name, "BDS_E_CORRUPT"; never null. */
const char *bds_status_name(bds_status status);

/* ---- Model ------------------------------------------------------------------------------------------------------ */

/* An opened model: views into the caller's bytes. Treat the members as private. */
typedef struct bds_model {
    const uint8_t *data;
    size_t size;
    const struct bdf_tensor *tensors;
    const struct bdf_op *ops;
    const struct bdf_blob *blobs;
    const struct bdf_input *inputs;
    const struct bdf_result *result; /* null when the file has none */
    const uint32_t *links;           /* operator inputs, then graph outputs */
    const uint8_t *blob_data;
    const uint8_t *meta;
    uint32_t tensor_count, op_count, blob_count, input_count, link_count, meta_count, meta_bytes;
    uint32_t blob_data_bytes;
    uint32_t activation_bytes; /* peak of all tensors, as planned by the compiler and checked here */
    uint32_t output_first, output_count;
    uint32_t here;     /* the file's first bytes that are in data: all, or the head */
    uint32_t verified; /* the caller vouches for the bytes: no CRC */
} bds_model;

/* Opens the model in data[0, n) in place. Checks magic, length, CRC-32C over every byte, and every count, offset, shape and
 * accumulator range; and that the metadata "labels", if there, names each label of the result. data must be 16-byte aligned and
 * must outlive the model. On an error *model is unusable. */
bds_status bds_model_open(bds_model *model, const void *data, size_t n);
/* The same without the CRC, for a caller who has compared the SHA-256 of bytes 64 to n with the
 * header's by faster means. */
bds_status bds_model_open_verified(bds_model *model, const void *data, size_t n);

/* Opening while the file arrives. A file's head is all of it but the coded weights at its end, of which nothing needs to be kept: the
 * head stays where it is, the weights are decoded into the plan as they come.
 *
 * *bytes becomes the head's length. BDS_MORE: the first n bytes do not tell yet; ask again when *bytes of them are there. Any other
 * status is an error. data as in bds_model_open. */
bds_status bds_model_head(const void *data, size_t n, size_t *bytes);
/* bds_model_open with the file's first n bytes, at least the head (or BDS_E_TRUNCATED); makes every check but that of the bytes which
 * are yet to come. verified: the caller compares the SHA-256 himself, as for bds_model_open_verified, before he runs anything; else the
 * last bds_plan_feed compares the CRC. A plan of such a model takes no input before it was fed with the file's rest. */
bds_status bds_model_open_head(bds_model *model, const void *data, size_t n, int verified);

/* Recomputes the SHA-256 of the content and compares it with the header's; BDS_E_HASH if it differs. BDS_E_STATE if only the head is
 * there. */
bds_status bds_model_verify(const bds_model *model);

/* Finds a metadata text by key ("name", "labels" (one per line), "licence", ...). *text is not zero-terminated and points into the
 * model's bytes. BDS_E_ARGUMENT when there is no such key. */
bds_status bds_model_text(const bds_model *model, const char *key, const char **text, size_t *length);

/* Sizes and counts of a model. */
typedef struct bds_info {
    uint32_t inputs, outputs, operators, tensors, labels;
    uint32_t input_width, input_height, input_channels; /* of input 0 */
    uint32_t file_bytes, weight_count, activation_bytes;
    uint64_t macs;                    /* multiply-accumulates of one inference */
    uint8_t sha256[32];               /* of the content, as the header states it */
    uint32_t mask_width, mask_height; /* of what bds_mask gives; 0 for a model that answers with findings */
    uint32_t set_coverage;            /* Q16: see bds_finding.in_set; 0 when the model has no sets */
} bds_info;
bds_status bds_model_info(const bds_model *model, bds_info *info);

/* ---- Plan ------------------------------------------------------------------------------------------------------- */

/* CPU features. A feature that the build or the machine lacks is ignored. */
#define BDS_CPU_AVX2 (1u << 0)
#define BDS_CPU_SIMD128 (1u << 1)
#define BDS_CPU_RELAXED (1u << 2) /* WebAssembly's relaxed SIMD */
#define BDS_CPU_AVX_VNNI (1u << 3)
#define BDS_CPU_AVX512_VNNI (1u << 4) /* with AVX512VL */
#define BDS_CPU_NEON (1u << 5)
#define BDS_CPU_DOTPROD (1u << 6) /* NEON's SDOT, FEAT_DotProd */
#define BDS_CPU_ARM_DSP (1u << 7) /* Cortex-M4, M7, M33: ARMv7E-M, or ARMv8-M with the DSP extension */
#define BDS_CPU_MVE (1u << 8)     /* Arm's Helium, integers */
#define BDS_CPU_V7M (1u << 9)     /* Cortex-M3 and the above */
#define BDS_CPU_ALL 0xffffffffu
/* The features that this build has code for and this machine can run. Computed afresh at each call. */
uint32_t bds_cpu_features(void);

/* Configuration of a plan. Begins with its own size so that it can grow: a member that a smaller one lacks is 0. */
typedef struct bds_config {
    uint32_t size;    /* sizeof(bds_config) */
    uint32_t cpu;     /* mask of BDS_CPU_*: which features may be used; 0 = the scalar reference only */
    uint32_t threads; /* how many may be inside bds_part at a time, each with scratch of its own; 0: one */
} bds_config;
#define BDS_MAX_THREADS 16u

typedef struct bds_plan bds_plan;

/* The arena bytes that bds_plan_create needs. config may be null: all features. */
bds_status bds_plan_size(const bds_model *model, const bds_config *config, size_t *bytes);
/* Decodes and packs the weights and lays out the activations in arena[0, n). The arena needs no alignment. The plan lives at
 * the arena's beginning: there is nothing to destroy. */
bds_status bds_plan_create(bds_plan **plan, const bds_model *model, const bds_config *config, void *arena, size_t n);

/* A network that `bedside export-c` turned into C: tables and weights that stay in flash, nothing to open and nothing to decode. Treat
 * the members as private. */
typedef struct bds_network {
    const bds_model *model; /* without file and texts */
    const struct bds_kernels *kernels;
    const struct bds_node *nodes;
    uint32_t node_count;
    uint32_t arena_bytes; /* with the plan */
    uint32_t picture_offset, picture_bytes;
} bds_network;

/* The kernels that firmware gets, chosen at compile time by what the compiler may use; with BDS_SCALAR always the references. All give
 * the same bits, but want different scratch. */
#define BDS_FAMILY_REF64 0 /* references, pointers of 64 bits */
#define BDS_FAMILY_REF32 1 /* references, of 32 bits: Cortex-M0+, RV32IMAC */
#define BDS_FAMILY_V7M 2   /* Cortex-M3 */
#define BDS_FAMILY_DSP 3   /* Cortex-M4, M7, M33 with DSP instructions */
#define BDS_FAMILY_MVE 4   /* Cortex-M55, M85: Helium */
#define BDS_FAMILIES 5
#if UINTPTR_MAX > 0xffffffffu
#define BDS_FAMILY BDS_FAMILY_REF64
#elif defined(BDS_SCALAR)
#define BDS_FAMILY BDS_FAMILY_REF32
#elif defined(__ARM_FEATURE_MVE)
#define BDS_FAMILY BDS_FAMILY_MVE
#elif defined(__ARM_FEATURE_DSP)
#define BDS_FAMILY BDS_FAMILY_DSP
#elif defined(__ARM_ARCH_7M__) || defined(__ARM_ARCH_8M_MAIN__)
#define BDS_FAMILY BDS_FAMILY_V7M
#else
#define BDS_FAMILY BDS_FAMILY_REF32
#endif

/* What the plan itself takes of a network's arena. */
#if UINTPTR_MAX > 0xffffffffu
#define BDS_NETWORK_PLAN_BYTES 176u
#else
#define BDS_NETWORK_PLAN_BYTES BDS_NETWORK_PLAN_BYTES_32
#endif
#define BDS_NETWORK_PLAN_BYTES_32 112u
/* Memory for a network: BDS_NETWORK_ARENA(static, arena, KWS_ARENA_BYTES). */
#define BDS_NETWORK_ARENA(storage, name, bytes) storage unsigned char name[bytes] __attribute__((__aligned__(16)))

/* A plan for a network, at the arena's beginning; what follows is as with any plan: bds_input -> bds_run -> bds_output, bds_result.
 * Copies nothing. BDS_E_ALIGN: the arena is not on a 16-byte boundary; BDS_E_ARENA: it is smaller than NAME_ARENA_BYTES of the
 * generated header. Any number of plans of one network may exist, each in an arena of its own. */
bds_status bds_network_plan(bds_plan **plan, const bds_network *network, void *arena, size_t n);

/* The plan of a model opened by its head: takes the file's bytes that follow the head (bds_model_head says where it ends), in pieces of
 * any length. BDS_MORE until the last has come, then BDS_OK. BDS_E_CORRUPT: weights that do not decode, bytes after the file's end, or a
 * wrong CRC. After an error the plan stays unusable, and each further call returns the same; BDS_E_STATE: it needs no bytes (any more). */
bds_status bds_plan_feed(bds_plan *plan, const void *bytes, size_t n);

typedef enum bds_type { BDS_INT8 = 1, BDS_INT16 = 2, BDS_INT32 = 3, BDS_UINT16 = 4, BDS_UINT8 = 5 } bds_type;

/* A view of a tensor. real value = scale * (stored - zero_point). dims are N (1), height, width, channels. */
typedef struct bds_tensor {
    void *data;
    uint32_t dims[4];
    bds_type type;
    int32_t zero_point;
    float scale; /* copied from the file; the runtime never computes with it */
} bds_tensor;

/* The i-th input, to be filled by the caller (raw int8). Counts as handing over an input: bds_run may follow. A run may overwrite
 * its input, so fetch and fill it before every run; an input given twice begins a new set. */
bds_status bds_input(bds_plan *plan, uint32_t i, bds_tensor *tensor);
/* The i-th output of the last finished run. BDS_E_STATE before that: *tensor then says where it will lie and in what form, and its
 * values mean nothing. */
bds_status bds_output(const bds_plan *plan, uint32_t i, bds_tensor *tensor);

/* ---- Pictures --------------------------------------------------------------------------------------------------- */

/* 8-bit pixels, rows from the top, channels interleaved: 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha. Alpha changes no
 * pixel, but a picture that is more transparent than not (mean alpha under 128 after the crop) is refused as blank. */
typedef struct bds_image {
    const uint8_t *pixels;
    uint32_t width, height, channels;
    size_t stride; /* bytes from one row to the next, >= width * channels */
} bds_image;

/* Crops, resizes and normalises the picture into input i as the model file prescribes; integers only (docs/arithmetic.md).
 * BDS_E_IMAGE_SIZE: no pixels, or a side over 65,535. BDS_E_IMAGE_BLANK: nothing to see, or
 * hardly more than transparency. */
bds_status bds_prepare_image(bds_plan *plan, uint32_t i, const bds_image *image);

/* What a JPEG or PNG says of itself, without decoding it. BDS_E_IMAGE_SIZE over 64 Mi pixels; width and height are filled in
 * even then. */
typedef struct bds_image_info {
    uint32_t width, height, channels;
    size_t decode_bytes; /* a work area that suffices for bds_image_decode on ordinary files */
} bds_image_info;
bds_status bds_image_probe(const void *bytes, size_t n, bds_image_info *info);

/* Decodes a JPEG or PNG within work[0, work_bytes); image->pixels points into work. max_pixels bounds width * height
 * (0: 64 Mi). BDS_E_ARENA if work is too small: the caller may try again with more. */
bds_status bds_image_decode(const void *bytes, size_t n, uint32_t max_pixels, void *work, size_t work_bytes,
                            bds_image *image);

/* ---- Inference -------------------------------------------------------------------------------------------------- */

/* Called after each operator. name is the operator's ("conv"), out its result, valid during the call. */
typedef void bds_observer(void *cookie, uint32_t step, uint32_t steps, const char *name, const bds_tensor *out);
bds_status bds_observe(bds_plan *plan, bds_observer *observer, void *cookie); /* null: stop observing */

/* Runs the whole network. BDS_E_STATE unless every input was handed over since the last run. */
bds_status bds_run(bds_plan *plan);
/* Runs one operator; BDS_MORE until the last is done, then BDS_OK: for progress bars. */
bds_status bds_step(bds_plan *plan);

/* Several threads. The runtime starts none, waits for none and locks nothing: a caller who has some deals out the parts of the next
 * operator among them, and when all are done says so. The bits do not depend on who computes what, nor on how many parts there are.
 *
 *     do { n = bds_parts(plan); each i < n once, on any thread: bds_part(plan, thread, i, n); } while (bds_advance(plan) == BDS_MORE);
 *
 * In how many parts the next operator is worth to be dealt out among bds_config.threads; 1: it is not. */
uint32_t bds_parts(const bds_plan *plan);
/* Computes one of `parts` parts of the next operator, whatever their number, in the scratch of `thread`, which nobody else may be using.
 * The parts are runs of rows of the result; operators that are not divided are all in part 0. */
bds_status bds_part(const bds_plan *plan, uint32_t thread, uint32_t part, uint32_t parts);
/* Goes on to the operator after it; returns what bds_step would. */
bds_status bds_advance(bds_plan *plan);

/* ---- Findings --------------------------------------------------------------------------------------------------- */

/* Probabilities are Q16: 65536 is certainty. */
typedef struct bds_finding {
    uint32_t label;       /* index into the "labels" metadata */
    uint32_t probability; /* calibrated */
    uint32_t low, high;   /* 95 % interval of the calibration at this score */
    int32_t logit;        /* the stored integer that the probability was computed from */
    uint32_t
        in_set; /* 1: of the conformal set, which held the right label of bds_info.set_coverage of the validation pictures
                      * at least; it may hold several labels, or none. 0 for all when the model has no sets */
} bds_finding;

/* Reasons not to trust the answer. Any of them set: show "not sure", not the finding alone. */
enum {
    BDS_DOUBT_UNSURE =
        1u << 0, /* the leading probability, or a mask's certainty, is under the model's abstention limit */
    BDS_DOUBT_UNKNOWN = 1u << 1, /* the features are far from everything the model was trained on */
    BDS_DOUBT_COLOUR = 1u << 2,  /* a colourful picture where the model expects a grey one */
    BDS_DOUBT_SMALL = 1u << 3    /* after the crop the picture is narrower or lower than the network's input */
};
typedef struct bds_verdict {
    uint32_t top;      /* index into the findings: the most probable label */
    uint32_t doubts;   /* BDS_DOUBT_* */
    uint32_t distance; /* out-of-distribution score, Q8; 0 when the model has no such gate */
    uint32_t distance_limit;
} bds_verdict;

/* Calibrated findings of the last finished run, in the labels' order. *n: capacity in, count out. BDS_E_STATE before a run has
 * finished; BDS_E_UNSUPPORTED if the model carries no result section, or one that marks pixels. */
bds_status bds_result(const bds_plan *plan, bds_finding *out, size_t *n, bds_verdict *verdict);

/* What was marked in a picture. An empty mask says that nothing was marked, never that there is nothing. */
typedef struct bds_marking {
    uint32_t marked;    /* pixels of the mask that are 1 */
    uint32_t certainty; /* Q16: the Dice coefficient that the probabilities let expect of this mask; of an empty one the
                         * probability that its most suspicious pixel is rightly left out */
    uint32_t doubts;    /* BDS_DOUBT_* */
    uint32_t distance, distance_limit; /* as in bds_verdict */
} bds_marking;

/* The mask of the last finished run, bds_info.mask_width x mask_height pixels, rows from the top; n is the room in pixels, at least that
 * many. probability (65535 = 1, calibrated) and mask (1: marked) may each be null. BDS_E_STATE before a run has finished;
 * BDS_E_UNSUPPORTED if the model has no result section or one with findings. */
bds_status bds_mask(const bds_plan *plan, uint16_t *probability, uint8_t *mask, size_t n, bds_marking *marking);

/* ---- Explanations ------------------------------------------------------------------------------------------------ */

/* Where in the picture the evidence for a label is. Both ways use the network's own kernels: the same bits everywhere.
 * CAM, class-activation map: what the network would say if all the picture were as it is at a place.
 * OCCLUSION: how much weaker the answer is when a place is covered; for every network, one run per place.
 * AUTO: CAM where the network has an average over the whole picture, else occlusion. */
typedef enum bds_method { BDS_EXPLAIN_AUTO = 0, BDS_EXPLAIN_CAM = 1, BDS_EXPLAIN_OCCLUSION = 2 } bds_method;
#define BDS_LABEL_LEADING 0xffffffffu /* the label with the largest logit */
typedef struct bds_question {
    uint32_t method;        /* bds_method */
    uint32_t label;         /* index, or BDS_LABEL_LEADING */
    uint32_t width, height; /* of the map: 1 to 1024 */
} bds_question;
typedef struct bds_explanation {
    uint32_t method; /* the one that was used */
    uint32_t label;
    uint32_t columns, rows; /* places that were looked at; the map is linear between their middles */
    /* Evidence of the strongest place, in steps of the stored logits. CAM: by how much the label would lead the next best; OCCLUSION: by
     * how much more it leads with the place than without. Not positive: no place speaks for the label, and the map is 0. */
    int32_t peak;
    uint32_t unit; /* steps that are one unit of the calibrated log-odds, in which the odds change by e */
} bds_explanation;

/* Work memory for bds_explain. */
bds_status bds_explain_size(const bds_plan *plan, size_t *bytes);
/* Takes the place of bds_run: the inputs were given (BDS_E_STATE otherwise), and afterwards the run is finished, with the same findings and
 * outputs as without. map[width * height], rows from the top, lies over what of the picture the network sees: 0 where nothing speaks for
 * the label, 255 at the peak, or at one unit (CAM: four) if the peak is less. BDS_E_UNSUPPORTED, and the inputs stay given: the model has no findings
 * (a mask explains itself), the network was turned into C with rows shared between layers, or, for CAM, it has no average over the whole
 * picture. Observers are not called. */
bds_status bds_explain(bds_plan *plan, const bds_question *question, uint8_t *map, void *work, size_t n,
                       bds_explanation *out);

/* ---- Trust ------------------------------------------------------------------------------------------------------ */

/* SHA-256 (FIPS 180-4) of n bytes. */
void bds_sha256(uint8_t digest[32], const void *data, size_t n);

/* Compares every fast kernel that cpu_mask allows with its reference over pseudo-random shapes, `rounds` times. BDS_SELF_TEST_KINDS
 * rounds have seen every kernel at its work. scratch: at least BDS_SELF_TEST_BYTES. */
#define BDS_SELF_TEST_BYTES 65536u
#define BDS_SELF_TEST_KINDS 8u
bds_status bds_self_test(uint32_t cpu_mask, void *scratch, size_t n, uint32_t rounds);

#ifdef __cplusplus
}
#endif
#endif
