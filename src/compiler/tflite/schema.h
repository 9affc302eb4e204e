/* The numbers of TensorFlow Lite's file format, version 3: fields of its tables, operators, types. They are those of the public
 * schema.fbs of TensorFlow Lite (LiteRT); fields of options stand where they are read, in convert_*.c. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_TFLITE_SCHEMA_H
#define BEDSIDE_COMPILER_TFLITE_SCHEMA_H

#include <stdint.h>

#define TFL_IDENTIFIER "TFL3"
enum { TFL_VERSION = 3 };

enum { MODEL_VERSION = 0, MODEL_OPERATOR_CODES = 1, MODEL_SUBGRAPHS = 2, MODEL_BUFFERS = 4 };
/* deprecated_builtin_code is a byte that holds up to 127; builtin_code came later, and the larger of both counts. */
enum { CODE_DEPRECATED_BUILTIN = 0, CODE_CUSTOM = 1, CODE_BUILTIN = 3 };
enum { SUBGRAPH_TENSORS = 0, SUBGRAPH_INPUTS = 1, SUBGRAPH_OUTPUTS = 2, SUBGRAPH_OPERATORS = 3 };
enum { BUFFER_DATA = 0, BUFFER_OFFSET = 1, BUFFER_SIZE = 2 };
enum {
    TENSOR_SHAPE = 0,
    TENSOR_TYPE = 1,
    TENSOR_BUFFER = 2,
    TENSOR_NAME = 3,
    TENSOR_QUANTIZATION = 4,
    TENSOR_IS_VARIABLE = 5,
    TENSOR_SPARSITY = 6,
    TENSOR_SHAPE_SIGNATURE = 7,
    TENSOR_HAS_RANK = 8,
    TENSOR_VARIANT_TENSORS = 9
};
enum { QUANTIZATION_SCALE = 2, QUANTIZATION_ZERO_POINT = 3, QUANTIZATION_DETAILS_TYPE = 4, QUANTIZATION_AXIS = 6 };
enum { OPERATOR_CODE = 0, OPERATOR_INPUTS = 1, OPERATOR_OUTPUTS = 2, OPERATOR_OPTIONS_TYPE = 3, OPERATOR_OPTIONS = 4 };

typedef enum tfl_type {
    TFL_FLOAT32 = 0,
    TFL_FLOAT16 = 1,
    TFL_INT32 = 2,
    TFL_UINT8 = 3,
    TFL_INT64 = 4,
    TFL_BOOL = 6,
    TFL_INT16 = 7,
    TFL_INT8 = 9,
    TFL_FLOAT64 = 10,
    TFL_UINT64 = 12,
    TFL_UINT32 = 15,
    TFL_UINT16 = 16,
    TFL_INT4 = 17
} tfl_type;

typedef enum tfl_padding { TFL_SAME = 0, TFL_VALID = 1 } tfl_padding;

typedef enum tfl_activation {
    TFL_ACT_NONE = 0,
    TFL_ACT_RELU = 1,
    TFL_ACT_RELU_N1_TO_1 = 2,
    TFL_ACT_RELU6 = 3,
    TFL_ACT_TANH = 4,
    TFL_ACT_SIGN_BIT = 5,
    TFL_ACT_RELU_0_TO_1 = 100 /* an operator of its own; not fused */
} tfl_activation;

typedef enum tfl_builtin {
    TFL_ADD = 0,
    TFL_AVERAGE_POOL_2D = 1,
    TFL_CONCATENATION = 2,
    TFL_CONV_2D = 3,
    TFL_DEPTHWISE_CONV_2D = 4,
    TFL_DEPTH_TO_SPACE = 5,
    TFL_DEQUANTIZE = 6,
    TFL_EMBEDDING_LOOKUP = 7,
    TFL_FLOOR = 8,
    TFL_FULLY_CONNECTED = 9,
    TFL_L2_NORMALIZATION = 11,
    TFL_L2_POOL_2D = 12,
    TFL_LOCAL_RESPONSE_NORMALIZATION = 13,
    TFL_LOGISTIC = 14,
    TFL_MAX_POOL_2D = 17,
    TFL_MUL = 18,
    TFL_RELU = 19,
    TFL_RELU_N1_TO_1 = 20,
    TFL_RELU6 = 21,
    TFL_RESHAPE = 22,
    TFL_RESIZE_BILINEAR = 23,
    TFL_SOFTMAX = 25,
    TFL_SPACE_TO_DEPTH = 26,
    TFL_TANH = 28,
    TFL_CUSTOM = 32,
    TFL_PAD = 34,
    TFL_GATHER = 36,
    TFL_BATCH_TO_SPACE_ND = 37,
    TFL_SPACE_TO_BATCH_ND = 38,
    TFL_TRANSPOSE = 39,
    TFL_MEAN = 40,
    TFL_SUB = 41,
    TFL_DIV = 42,
    TFL_SQUEEZE = 43,
    TFL_UNIDIRECTIONAL_SEQUENCE_LSTM = 44,
    TFL_STRIDED_SLICE = 45,
    TFL_EXP = 47,
    TFL_TOPK_V2 = 48,
    TFL_SPLIT = 49,
    TFL_LOG_SOFTMAX = 50,
    TFL_CAST = 53,
    TFL_PRELU = 54,
    TFL_MAXIMUM = 55,
    TFL_ARG_MAX = 56,
    TFL_MINIMUM = 57,
    TFL_LESS = 58,
    TFL_NEG = 59,
    TFL_PADV2 = 60,
    TFL_GREATER = 61,
    TFL_GREATER_EQUAL = 62,
    TFL_LESS_EQUAL = 63,
    TFL_SELECT = 64,
    TFL_SLICE = 65,
    TFL_SIN = 66,
    TFL_TRANSPOSE_CONV = 67,
    TFL_TILE = 69,
    TFL_EXPAND_DIMS = 70,
    TFL_EQUAL = 71,
    TFL_NOT_EQUAL = 72,
    TFL_LOG = 73,
    TFL_SUM = 74,
    TFL_SQRT = 75,
    TFL_RSQRT = 76,
    TFL_SHAPE = 77,
    TFL_POW = 78,
    TFL_ARG_MIN = 79,
    TFL_REDUCE_PROD = 81,
    TFL_REDUCE_MAX = 82,
    TFL_PACK = 83,
    TFL_LOGICAL_OR = 84,
    TFL_ONE_HOT = 85,
    TFL_LOGICAL_AND = 86,
    TFL_LOGICAL_NOT = 87,
    TFL_UNPACK = 88,
    TFL_REDUCE_MIN = 89,
    TFL_FLOOR_DIV = 90,
    TFL_SQUARE = 92,
    TFL_ZEROS_LIKE = 93,
    TFL_FILL = 94,
    TFL_FLOOR_MOD = 95,
    TFL_RANGE = 96,
    TFL_RESIZE_NEAREST_NEIGHBOR = 97,
    TFL_LEAKY_RELU = 98,
    TFL_SQUARED_DIFFERENCE = 99,
    TFL_MIRROR_PAD = 100,
    TFL_ABS = 101,
    TFL_SPLIT_V = 102,
    TFL_CEIL = 104,
    TFL_REVERSE_V2 = 105,
    TFL_ADD_N = 106,
    TFL_GATHER_ND = 107,
    TFL_COS = 108,
    TFL_RANK = 110,
    TFL_ELU = 111,
    TFL_QUANTIZE = 114,
    TFL_ROUND = 116,
    TFL_HARD_SWISH = 117,
    TFL_SELECT_V2 = 123,
    TFL_BATCH_MATMUL = 126,
    TFL_CUMSUM = 128,
    TFL_BROADCAST_TO = 130,
    TFL_GELU = 150,
    TFL_RELU_0_TO_1 = 152,
    TFL_SIGN = 158
} tfl_builtin;

const char *tfl_builtin_name(uint32_t code); /* "CONV_2D"; never null */
const char *tfl_type_name(uint32_t type);    /* "INT8"; never null */

#endif
