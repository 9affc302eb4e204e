/* The model compiler's only public header: a network (ONNX, TensorFlow Lite) in, an integer .bds file out.
 *
 * Order of calls:  bdc_create -> bdc_import_onnx -> [bdc_run] -> bdc_optimise -> bdc_calibrate -> bdc_compile, as often as
 * wanted, -> bdc_destroy. Everything that a context hands out lives until bdc_destroy. bdc_compile performs the steps before it
 * that were left out. No globals, no stdio: several contexts may be used from several threads, one context from one at a time.
 * The bytes of a model are never trusted: every malformed file ends in a status and a sentence.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_H
#define BEDSIDE_COMPILER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum bdc_status {
    BDC_OK = 0,
    BDC_E_ARGUMENT = -1,    /* a null pointer or an option out of range */
    BDC_E_MEMORY = -2,      /* the allocator returned null, or the context's limit is reached */
    BDC_E_FORMAT = -3,      /* the bytes are not a well-formed model file */
    BDC_E_INVALID = -4,     /* well-formed, but contradictory: shapes, missing tensors, cycles */
    BDC_E_UNSUPPORTED = -5, /* an operator, attribute, type or shape that Bedside does not have */
    BDC_E_LIMIT = -6,       /* absurdly large, or a range that the integer arithmetic cannot hold */
    BDC_E_STATE = -7,       /* no calibration data, or calls in the wrong order */
    BDC_E_CANCELLED = -8    /* the progress or sample callback asked to stop */
} bdc_status;

const char *bdc_status_name(bdc_status status); /* "BDC_E_FORMAT"; never null */

/* The last failure of a context: one plain sentence that names the operator, attribute or tensor. */
typedef struct bdc_error {
    bdc_status status;
    char text[512];
} bdc_error;

/* Where memory comes from. allocate returns at least 16-byte aligned memory or null. limit: most bytes held at once, 0: none. */
typedef struct bdc_allocator {
    void *(*allocate)(void *cookie, size_t bytes);
    void (*release)(void *cookie, void *memory);
    void *cookie;
    size_t limit;
} bdc_allocator;

/* Called now and then with a stage ("import", "calibrate", "encode", ...) and done <= total. Non-zero: stop. */
typedef int bdc_progress(void *cookie, const char *stage, uint32_t done, uint32_t total);

typedef struct bdc_context bdc_context;
typedef struct bdc_graph bdc_graph;

/* allocator null: malloc and free, at most 2 GiB. error is the caller's, may be null, and must outlive the context. */
bdc_status bdc_create(bdc_context **context, const bdc_allocator *allocator, bdc_error *error);
void bdc_destroy(bdc_context *context); /* null is fine */
void bdc_on_progress(bdc_context *context, bdc_progress *progress, void *cookie);
/* on: bdc_optimise runs the network on random input after each pass, and fails with the pass's name if the results change. */
void bdc_check_passes(bdc_context *context, int on);

/* ---- Import ----------------------------------------------------------------------------------------------------- */

/* ONNX's numbers. */
typedef enum bdc_type {
    BDC_FLOAT = 1,
    BDC_UINT8 = 2,
    BDC_INT8 = 3,
    BDC_UINT16 = 4,
    BDC_INT16 = 5,
    BDC_INT32 = 6,
    BDC_INT64 = 7,
    BDC_BOOL = 9, /* one byte, 0 or 1 */
    BDC_FLOAT16 = 10,
    BDC_DOUBLE = 11,
    BDC_UINT32 = 12,
    BDC_UINT64 = 13
} bdc_type;

size_t bdc_type_bytes(bdc_type type); /* 0: unknown */

enum { BDC_MAX_RANK = 8 };

/* A tensor as the file has it: batch included, row-major, dense, native byte order. */
typedef struct bdc_value {
    const char *name;
    bdc_type type;
    uint32_t rank; /* 0: a scalar */
    uint32_t dims[BDC_MAX_RANK];
    void *data;
} bdc_value;

/* The size of a dimension that the file leaves open: name is its symbol ("height"), or the input's name and the axis ("x:2"). */
typedef struct bdc_dimension {
    const char *name;
    uint32_t size;
} bdc_dimension;

/* All zero is a good default. */
typedef struct bdc_import_options {
    uint32_t batch; /* size of an open first dimension of an input; 0: 1 */
    const bdc_dimension *dimensions;
    uint32_t dimension_count;
    /* Inputs that become constants, by name: what an operator must know beforehand, such as the target of a Reshape. */
    const bdc_value *constants;
    uint32_t constant_count;
} bdc_import_options;

/* Reads an ONNX model (opset 7 to 21, and older ones where an operator's form is the same); nothing points into bytes afterwards.
 * options null: the default. Whatever is computed from constants alone is computed here. */
bdc_status bdc_import_onnx_with(bdc_context *context, const void *bytes, size_t n, const bdc_import_options *options,
                                bdc_graph **graph);
/* The same without options. */
bdc_status bdc_import_onnx(bdc_context *context, const void *bytes, size_t n, bdc_graph **graph);
/* Reads a TensorFlow Lite model, float or quantised. */
bdc_status bdc_import_tflite(bdc_context *context, const void *bytes, size_t n, const bdc_import_options *options,
                             bdc_graph **graph);

/* Reads either, whichever the bytes are. */
bdc_status bdc_import(bdc_context *context, const void *bytes, size_t n, const bdc_import_options *options,
                      bdc_graph **graph);

uint32_t bdc_input_count(const bdc_graph *graph);
uint32_t bdc_output_count(const bdc_graph *graph);
/* Name, type and shape; data becomes null. */
bdc_status bdc_input_info(const bdc_graph *graph, uint32_t i, bdc_value *info);
bdc_status bdc_output_info(const bdc_graph *graph, uint32_t i, bdc_value *info);

/* A tensor as channels, height, width, in this order in memory (ONNX's NCHW with N = 1). Whatever has another form, a batch for
 * instance, counts as that many channels. */
typedef struct bdc_shape {
    const char *name;
    uint32_t channels, height, width;
} bdc_shape;

bdc_status bdc_input_shape(const bdc_graph *graph, uint32_t i, bdc_shape *shape);
bdc_status bdc_output_shape(const bdc_graph *graph, uint32_t i, bdc_shape *shape);
/* About how many multiply-adds one float run takes, to refuse what would take too long. */
uint64_t bdc_work(const bdc_graph *graph);

/* ---- Float ------------------------------------------------------------------------------------------------------ */

/* Runs the network as imported, whatever was done to the graph since. inputs[i] are checked against bdc_input_info. outputs[i] are
 * filled in; where data is null on entry it is set to the result, which lives until the next run, else the result is copied there. */
bdc_status bdc_run(bdc_graph *graph, const bdc_value *inputs, bdc_value *outputs);

/* Runs the network in float32: inputs[i] and outputs[i] have channels * height * width elements. Before bdc_optimise this is the
 * model as imported; after it batch norms are folded and a final softmax or sigmoid is gone, so that outputs are logits. */
bdc_status bdc_run_float(bdc_graph *graph, const float *const *inputs, float *const *outputs);

/* ---- Compile ---------------------------------------------------------------------------------------------------- */

typedef enum bdc_final { BDC_FINAL_NONE = 0, BDC_FINAL_SOFTMAX = 1, BDC_FINAL_SIGMOID = 2 } bdc_final;

/* Folds batch norms and pads, fuses activations, removes what does nothing. keep: 0, or of these BDC_KEEP_FINAL to leave a last Softmax
 * or Sigmoid in the network, else it is taken off, for the result section to do it with a calibrated temperature; and
 * BDC_KEEP_DEAD_CHANNELS to leave channels whose weights are all 0. Runs once per graph: later calls, and bdc_options, change nothing. */
enum { BDC_KEEP_FINAL = 1, BDC_KEEP_DEAD_CHANNELS = 2 };
bdc_status bdc_optimise(bdc_graph *graph, int keep);
/* What bdc_optimise took off the end. */
bdc_final bdc_final_activation(const bdc_graph *graph);

typedef enum bdc_method {
    BDC_METHOD_MSE = 0,        /* range of least mean square error; the default */
    BDC_METHOD_PERCENTILE = 1, /* leaves 1 - percentile / 100 of the values outside, half on either side */
    BDC_METHOD_MINMAX = 2
} bdc_method;

/* Fills inputs[k] (channels * height * width floats, as the model wants them: normalised) with calibration sample i. Is called
 * for i = 0 .. count - 1 in order, twice. Non-zero: stop. */
typedef int bdc_sample(void *cookie, uint32_t i, float *const *inputs);

/* Input 0 is a picture: x = (pixel / 255 - mean) / std per channel. */
typedef struct bdc_image_input {
    uint32_t crop;          /* BDF_CROP_* of format.h */
    double mean[4], std[4]; /* std > 0 */
    uint32_t max_chroma;    /* see bdf_input; BDF_NONE: no check */
} bdc_image_input;

typedef struct bdc_text {
    const char *key, *text; /* UTF-8, zero-terminated */
} bdc_text;

/* What a weight may be. All are stored as int8 with one scale per output channel; the coder turns fewer values into fewer bits. */
typedef enum bdc_weights {
    BDC_W8 = 0,      /* [-127, 127] */
    BDC_W7 = 1,      /* [-63, 63]: exact in relaxed SIMD and 16-bit pair sums */
    BDC_W4 = 2,      /* [-7, 7] */
    BDC_W3 = 3,      /* [-3, 3] */
    BDC_TERNARY = 4, /* -1, 0, 1 */
    BDC_POWER = 5    /* 0, +-1, +-2, +-4 ... +-64: shifts instead of products */
} bdc_weights;

typedef enum bdc_coder {
    BDC_CODER_ADAPTIVE = 0, /* the smallest file */
    BDC_CODER_STATIC = 1,   /* decodes several times faster, for large models */
    BDC_CODER_RAW = 2       /* used in place from flash */
} bdc_coder;

/* Weights that are 0 already, masks of a training recipe, stay 0 through all of this. */
typedef enum bdc_pruning {
    BDC_PRUNE_NONE = 0,
    BDC_PRUNE_MAGNITUDE =
        1, /* the smallest share `sparsity` of a layer's weights become 0; with reconstruct: the least needed */
    BDC_PRUNE_N_M = 2,     /* in each m consecutive weights of an output, along its inputs, at most n are not 0 */
    BDC_PRUNE_CHANNELS = 3 /* the share `sparsity` of a layer's output channels goes, and what reads them shrinks */
} bdc_pruning;

/* One layer's part. Layers with weights only; named by the tensor that they make, as in bdc_layer. */
typedef struct bdc_choice {
    const char *name; /* null: every layer that no other choice names */
    bdc_weights weights;
    bdc_pruning pruning;
    double sparsity; /* [0, 1); weights that are 0 already count */
    uint32_t n, m;   /* BDC_PRUNE_N_M: 1 <= n <= m <= 64 */
    int wide;        /* the layer's result is int16 */
} bdc_choice;

/* All zero is a good default, but for sample and sample_count. */
typedef struct bdc_options {
    bdc_sample *sample;
    void *sample_cookie;
    uint32_t sample_count;
    bdc_method method;
    double percentile; /* in (50, 100]; 0: 99.99 */
    int keep_final;    /* see bdc_optimise */
    int no_bias_correction;
    bdc_coder coder;
    const bdc_choice *choices;
    uint32_t choice_count;
    int equalise;          /* cross-layer equalisation before calibration (Nagel et al. 2019, arXiv:1906.04721) */
    int adaptive_rounding; /* each weight up or down by what the layer's result needs (Nagel et al. 2020, arXiv:2004.10568) */
    /* Layer after layer is fitted on what the layers before it, quantised and pruned, make of the calibration samples: the weights
     * that are left take over what pruning and rounding took away. Includes adaptive_rounding; takes longer. */
    int reconstruct;
    int keep_dead_channels; /* do not remove channels whose weights are all 0 */
    /* Output 0 is a picture of logits, one channel, for a mask (BDF_RESULT_SEGMENT). */
    int segment, no_gate;
    /* The layer, named as in bdc_layer, at the means over height and width of whose result the gate looks. Null: what the last layer
     * reads or, of a segmentation, the last result of the fewest pixels. no_gate: no gate. */
    const char *gate_layer;
    const bdc_image_input *image; /* null: input 0 takes raw data only */
    const bdc_text *meta;         /* "name", "labels" (one per line), ... */
    uint32_t meta_count;
} bdc_options;

/* ---- Looking in ------------------------------------------------------------------------------------------------- */

/* A tensor of the optimised float network, just made. Values lie in the order of height, width, channels. */
typedef struct bdc_seen {
    const char *name, *kind; /* as in bdc_layer; kinds of layers with weights are named more coarsely */
    uint32_t shape[3];
    int has_weights;
    const float *values;
} bdc_seen;
typedef void bdc_on_layer(void *cookie, const bdc_seen *layer);

/* Runs the optimised float network and shows every layer's result. inputs as in bdc_run_float. These four optimise the graph if
 * that was not done (and keep a last softmax then). */
bdc_status bdc_run_layers(bdc_graph *graph, const float *const *inputs, bdc_on_layer *see, void *cookie);
/* 1 if the file has channels before height and width: the compiled model has them last. */
int bdc_input_is_channels_first(bdc_graph *graph, uint32_t i);
int bdc_output_is_channels_first(bdc_graph *graph, uint32_t i);
/* 1 if the file fixed the scale of every tensor: compiling it takes no calibration data. */
int bdc_is_quantised(bdc_graph *graph);

/* Collects the range of every tensor over the samples. Done once; called again it starts afresh. */
bdc_status bdc_calibrate(bdc_graph *graph, const bdc_options *options);

/* What every file says of its origin: name, compiler, source and its SHA-256 and, without_data, that its ranges are from noise. The
 * texts live as long as the context. Returns how many there are, 0 when memory ran out. */
enum { BDC_ORIGIN_TEXTS = 5 };
uint32_t bdc_origin(bdc_context *context, const char *name, const void *bytes, size_t n, int without_data,
                    bdc_text texts[BDC_ORIGIN_TEXTS]);

/* Noise in place of data, the same everywhere: a bdc_sample whose cookie is the graph. Good for timing, not for answers. */
enum { BDC_NOISE_SAMPLES = 16 };
int bdc_noise(void *graph, uint32_t i, float *const *inputs);

/* How logits become findings; all figures are fitted by the caller on validation data. */
typedef struct bdc_result_spec {
    uint32_t kind;               /* BDF_RESULT_SOFTMAX, BDF_RESULT_SIGMOID or BDF_RESULT_SEGMENT */
    double temperature;          /* softmax(logits / temperature), of a mask sigmoid(logit / temperature); 0: 1 */
    double mark_from;            /* of a mask: the logit from which a pixel is marked */
    uint32_t set_from;           /* Q16: see bdf_result; 0: no conformal set */
    uint32_t set_coverage;       /* Q16 */
    double scale, bias;          /* sigmoid: 1 / (1 + exp(-(scale * logit + bias))); scale 0: 1 */
    const uint16_t *interval;    /* [labels][33][2] or null */
    uint32_t abstain_below;      /* Q16 */
    uint32_t gate_groups;        /* 0: no gate */
    const int8_t *gate_mean;     /* [groups][gate_channels] */
    const uint16_t *gate_weight; /* [gate_channels] */
    uint32_t gate_limit;
    /* Optional: the gate looks at projection * features + offset, which one more dense layer computes. Both in steps of its
     * int8 result (zero point 0, saturating) per real unit of the features. */
    uint32_t gate_projected;      /* rows; 0: none, the gate looks at the features themselves */
    uint32_t gate_features;       /* columns: the features that are left when channels went */
    const float *gate_projection; /* [gate_projected][gate_features] */
    const float *gate_offset;     /* [gate_projected] */
} bdc_result_spec;

/* One operator of the compiled network. Shapes are height, width, channels. */
typedef struct bdc_layer {
    const char *name; /* of the ONNX tensor that it makes */
    const char *kind; /* "conv", "depthwise", ... */
    uint32_t input[3], output[3];
    uint32_t kernel_h, kernel_w, stride_h, stride_w;
    uint64_t macs;
    uint32_t weight_count, weight_bytes; /* weights, and bytes of them in the file */
    uint32_t zero_count;                 /* of these weights those that are 0 */
    uint32_t removed_count;              /* weights that went with pruned channels */
    uint32_t
        coarse_channels; /* of a layer that the file quantised: channels whose multiplier has under 9 bits; else 0 */
    bdc_weights weights; /* with weight_count only */
    double scale;
    int32_t zero_point; /* of the output */
} bdc_layer;

/* A finished file and what the caller must know to fit its result section. */
typedef struct bdc_compiled {
    const uint8_t *bytes;
    size_t byte_count;
    const bdc_layer *layers;
    uint32_t layer_count;
    uint64_t macs;
    uint32_t weight_count, weight_bytes, activation_bytes;
    uint32_t zero_count, removed_count; /* of all layers */
    double
        sparsity; /* S of the survey's equation (1): the share of weights that are 0 or were removed, of all there were */
    uint32_t labels;    /* elements of the logits tensor, output 0 */
    double logit_scale; /* real logit = logit_scale * (stored - logit_zero_point) */
    int32_t logit_zero_point;
    uint32_t
        gate_step; /* the operator whose result the gate looks at (step of bds_observe); BDF_NONE: none is possible */
    uint32_t gate_channels; /* with a projection: its rows */
} bdc_compiled;

/* Quantises, plans memory and writes the file. The same graph and options give the same bytes, but for the result section, which
 * result (null: none) describes: compile once, fit on what the runtime says, compile again. */
bdc_status bdc_compile(bdc_graph *graph, const bdc_options *options, const bdc_result_spec *result,
                       bdc_compiled *compiled);

/* How near the integer network comes to the float one: the network with the weights and ranges that bdc_compile chose, rounded at
 * every tensor as the runtime does, on up to 64 of the calibration samples. 10 log10(signal / noise) of all outputs, in dB. */
bdc_status bdc_signal_to_noise(bdc_graph *graph, const bdc_options *options, double *decibels);

/* ---- Search ----------------------------------------------------------------------------------------------------- */

/* Measures a finished file, for instance by running it on labelled validation data: more is better (AUC, accuracy, minus a loss).
 * The bytes live until it returns. It may call bdc_run and bdc_run_float, nothing else of this header. Non-zero: stop. */
typedef int bdc_measure(void *cookie, const uint8_t *bytes, size_t n, double *value);

/* One row of the table of what was tried: the whole network with these choices. */
typedef struct bdc_trial {
    const char *
        name; /* "int8", "all 4 bits", "chosen 12": by so many steps, "with ternary in conv3": one layer changed, ... */
    const bdc_choice *choices;
    uint32_t choice_count;
    bdc_coder coder;
    size_t bytes;
    double metric;   /* by measure, or the signal to noise ratio in dB */
    double decibels; /* signal to noise on the calibration samples, see bdc_signal_to_noise */
    int allowed;     /* within the limits */
} bdc_trial;

/* One layer's options as measured alone: the noise that each brings to the outputs, relative to the signal, and its bytes. */
typedef struct bdc_sensitivity {
    const char *layer;
    bdc_weights weights;
    double sparsity;
    uint32_t bytes;
    double noise;
} bdc_sensitivity;

/* Called for each row as it is finished. Non-zero: stop. */
typedef int bdc_on_trial(void *cookie, const bdc_trial *trial);

typedef struct bdc_search_options {
    const bdc_options
        *base; /* must give calibration samples, unless the graph is calibrated; layers named by its choices keep
                                    * them, all others are searched */
    const bdc_result_spec *result; /* null: none */
    bdc_measure *measure;          /* null: the signal to noise ratio on the calibration samples, in dB */
    void *measure_cookie;
    bdc_on_trial *on_trial; /* may be null */
    void *on_trial_cookie;
    /* At least one limit. With max_bytes: the best metric of a file that is no larger. With max_drop: the smallest file whose
     * metric is at least reference - max_drop. With both: the smallest that keeps both. */
    size_t max_bytes; /* 0: none */
    int has_max_drop;
    double max_drop; /* in units of the metric */
    int has_reference;
    double reference;    /* the metric of the float network; without has_reference the int8 file's is taken */
    uint32_t max_trials; /* whole files measured; 0: 60 */
    int same_class;      /* one class and sparsity for all layers: a short search */
} bdc_search_options;

typedef struct bdc_search_result {
    const bdc_trial *trials; /* in the order in which they were tried; the first is int8 */
    uint32_t trial_count;
    uint32_t best; /* of trials; UINT32_MAX: nothing within the limits was found */
    double reference;
    const bdc_sensitivity *sensitivities;
    uint32_t sensitivity_count;
    bdc_compiled compiled; /* the best one's file, if there is one */
} bdc_search_result;

/* Chooses class and sparsity of each layer, and the coder, under limits of size or loss. First each option of each layer is tried
 * alone and what it does to the outputs is measured; these noises add up, so the best choice for any size follows from one price of
 * a byte (a Lagrange multiplier). That price is then searched by measuring whole files, and the result refined layer by layer. The
 * same graph, options and measure give the same result. BDC_OK also if nothing was within the limits: see best. */
bdc_status bdc_search(bdc_graph *graph, const bdc_search_options *options, bdc_search_result *result);

#ifdef __cplusplus
}
#endif
#endif
