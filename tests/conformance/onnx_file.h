/* The little that the conformance test reads of ONNX files by itself: tensors, and the names in a model.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_TESTS_ONNX_FILE_H
#define BEDSIDE_TESTS_ONNX_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "compiler/bedside_compiler.h"

enum { MODEL_MAX_NAMES = 512, MODEL_NAME = 160 };

typedef struct file_bytes {
    uint8_t *data;
    size_t n;
} file_bytes;

/* data is null if the file cannot be read; free it. */
file_bytes file_read(const char *path);

/* Of a model: inputs that are no constants, in order, and the types of its operators, each once. */
typedef struct model_names {
    char inputs[MODEL_MAX_NAMES][MODEL_NAME], operators[MODEL_MAX_NAMES][MODEL_NAME];
    uint32_t input_count, operator_count;
    uint64_t opset;
} model_names;

int model_read_names(file_bytes model, model_names *names);

/* A TensorProto; value->data is allocated. 0 if it is none, or of a type that bdc_type does not have. */
int tensor_read(file_bytes bytes, bdc_value *value);

#endif
