/* Small ONNX models from a line of text, for tests that need many:
 *   in x 1 c h w; const k 8 c 3 3; Conv x k > y pads=[1,1,1,1]; out y
 * Statements: in NAME dims; const NAME dims (floats in [-1, 1]); pos NAME dims (floats in [0.5, 1.5]); scalar NAME 0.5; ints NAME 1 2 3;
 * zrows and zbytes are const and bytes with half of the rows (of the first dimension) all 0;
 * bytes NAME dims (int8 in [-127, 127]); ubytes NAME dims (uint8); words NAME dims (int32 in [-1000, 1000]); i8 NAME 3 (a scalar),
 * u8 NAME 3; inb NAME dims, inub NAME dims (inputs of int8, uint8); out NAME; all else is an operator. A dimension is a number, a
 * letter from the table of sizes, or number*letter. Attributes: axis=1 an integer, alpha=0.5 a float, pads=[1,1] integers, mode='linear'
 * a text.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_TESTS_ONNX_TEXT_H
#define BEDSIDE_TESTS_ONNX_TEXT_H

#include <stdio.h>

#include "test_compiler_onnx.h"

static inline uint32_t onnx_text_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* sizes: per letter a .. z. */
static inline long onnx_text_dim(const char *word, const int *sizes)
{
    const char *star = strchr(word, '*');
    long factor = star ? strtol(word, NULL, 10) : 1;
    const char *rest = star ? star + 1 : word;
    return *rest >= 'a' && *rest <= 'z' ? factor * sizes[*rest - 'a'] : factor * strtol(rest, NULL, 10);
}

static inline void onnx_text_input(onnx *m, const char *name, char **words, int n, const int *sizes, int type)
{
    proto info = {0}, kind = {0}, tensor = {0}, shape = {0};
    for (int i = 0; i < n; i++) {
        proto dim = {0};
        proto_int(&dim, 1, onnx_text_dim(words[i], sizes));
        proto_message(&shape, 1, &dim);
    }
    proto_int(&tensor, 1, type);
    proto_message(&tensor, 2, &shape);
    proto_message(&kind, 1, &tensor);
    proto_text(&info, 1, name);
    proto_message(&info, 2, &kind);
    proto_message(&m->graph, 11, &info);
}

/* Which rows of zrows and zbytes are 0: others for each name. */
static inline int onnx_text_zero_row(const char *name, size_t row)
{
    uint32_t state = (uint32_t)row * 2654435761u;
    while (*name)
        state = state * 31 + (uint8_t)*name++;
    return onnx_text_random(&state) % 2;
}

static inline void onnx_text_constant(onnx *m, const char *kind, const char *name, char **words, int n,
                                      const int *sizes, uint32_t *seed)
{
    proto t = {0};
    size_t count = 1;
    const int list = !strcmp(kind, "ints"),
              scalar = !strcmp(kind, "scalar") || !strcmp(kind, "i8") || !strcmp(kind, "u8");
    if (list) {
        proto_int(&t, 1, n);
        proto_int(&t, 2, 7);
        for (int i = 0; i < n; i++)
            proto_int(&t, 7, onnx_text_dim(words[i], sizes));
        proto_text(&t, 8, name);
        proto_message(&m->graph, 5, &t);
        return;
    }
    for (int i = 0; i < n && !scalar; i++) {
        const long dim = onnx_text_dim(words[i], sizes);
        proto_int(&t, 1, dim);
        count *= (size_t)dim;
    }
    const int type = !strcmp(kind, "bytes") || !strcmp(kind, "zbytes") || !strcmp(kind, "i8") ? 3
                     : !strcmp(kind, "ubytes") || !strcmp(kind, "u8")                         ? 2
                     : !strcmp(kind, "words")                                                 ? 6
                                                                                              : 1;
    const size_t size = type == 1 || type == 6 ? 4 : 1;
    uint8_t *data = malloc(count * size + 1);
    for (size_t i = 0; data && i < count; i++) {
        const uint32_t r = onnx_text_random(seed);
        float f = (float)(r % 20001) / 10000.0f - 1;
        if (!strcmp(kind, "pos"))
            f = f * 0.5f + 1;
        if (scalar)
            f = strtof(words[0], NULL);
        const int zero = *kind == 'z' && onnx_text_zero_row(name, i / (count / (size_t)onnx_text_dim(words[0], sizes)));
        f = zero ? 0 : f;
        const int32_t word = type == 6 ? (int32_t)(r % 2001) - 1000 : 0;
        if (type == 1)
            memcpy(data + 4 * i, &f, 4);
        else if (type == 6)
            memcpy(data + 4 * i, &word, 4);
        else
            data[i] = scalar ? (uint8_t)strtol(words[0], NULL, 10)
                             : (uint8_t)(zero ? 0 : (int)(r % 255) - (type == 3 ? 127 : 0));
    }
    proto_int(&t, 2, type);
    proto_text(&t, 8, name);
    proto_string(&t, 9, data, count * size);
    free(data);
    proto_message(&m->graph, 5, &t);
}

static inline void onnx_text_attribute(onnx *m, char *word)
{
    char *value = strchr(word, '=');
    proto a = {0};
    *value++ = 0;
    proto_text(&a, 1, word);
    if (*value == '\'') {
        value[strlen(value) - 1] = 0;
        proto_text(&a, 4, value + 1);
    } else if (*value == '[') {
        for (char *at = value + 1; *at && *at != ']';) {
            proto_int(&a, 8, strtol(at, &at, 10));
            at += *at == ',';
        }
    } else if (strchr(value, '.')) {
        proto_float(&a, 2, strtof(value, NULL));
    } else {
        proto_int(&a, 3, strtol(value, NULL, 10));
    }
    proto_message(&m->node, 5, &a);
}

/* Attribute lists that depend on sizes are not needed: sizes stand in constants. */
static inline void onnx_text_model(onnx *m, const char *text, const int *sizes, uint32_t seed)
{
    char line[1024], *words[64];
    while (*text) {
        size_t length = strcspn(text, ";"), n = 0;
        if (length >= sizeof line)
            abort();
        memcpy(line, text, length);
        line[length] = 0;
        text += length + (text[length] == ';');
        for (char *w = strtok(line, " \n"); w && n < 64; w = strtok(NULL, " \n"))
            words[n++] = w;
        if (!n)
            continue;
        onnx_end_node(m);
        static const char *const constants[] = {"const", "pos", "scalar", "ints",  "bytes", "ubytes",
                                                "words", "i8",  "u8",     "zrows", "zbytes"};
        int constant = 0;
        for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
            constant |= !strcmp(words[0], constants[i]);
        if (!strcmp(words[0], "in") || !strcmp(words[0], "inb") || !strcmp(words[0], "inub")) {
            const int type = words[0][2] == 'b' ? 3 : words[0][2] == 'u' ? 2 : 1;
            onnx_text_input(m, words[1], words + 2, (int)n - 2, sizes, type);
        } else if (!strcmp(words[0], "out")) {
            onnx_output(m, words[1]);
        } else if (constant) {
            onnx_text_constant(m, words[0], words[1], words + 2, (int)n - 2, sizes, &seed);
        } else {
            char names[512] = "";
            size_t k = 1;
            for (; k < n && !strchr(words[k], '='); k++) {
                strcat(names, *names ? " " : "");
                strcat(names, words[k]);
            }
            onnx_op(m, words[0], names);
            for (; k < n; k++)
                onnx_text_attribute(m, words[k]);
        }
    }
}

#endif
