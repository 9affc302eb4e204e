/* The other half of the parity check: a whole model through the runtime's public interface, over a pack of pictures.
 *
 * A pack (scripts/parity-inputs.mjs writes it), little-endian: the 8 bytes "BDSPACK1", uint32 count, then for each picture
 * uint32 kind (0 pixels, 1 a JPEG or PNG file), width, height, channels (0, 0, 0 for a file), bytes; then its bytes, filled to a
 * multiple of 4.
 *
 * The digest is a chain: it begins as 32 zero bytes, and each picture replaces it by
 *     SHA-256(digest, SHA-256(input 0 as prepared), SHA-256(output 0), SHA-256(findings))
 * where findings are int32 {label, probability, low, high, logit} each, then top, doubts, distance. All little-endian.
 *
 * The first pictures are explained, too: a chain of its own, SHA-256(digest, SHA-256(class-activation map of label 1)).
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_TESTS_MODEL_CHECK_H
#define BEDSIDE_TESTS_MODEL_CHECK_H

#include "bedside.h"

enum { MODEL_CHECK_EXPLAINED = 4, MODEL_CHECK_MAP = 32 }; /* so many, so wide and high */
enum { MODEL_CHECK_PREFIX = 16 };                         /* the pictures that every target sees, boards included */

typedef struct model_report {
    bds_status status;
    uint32_t images;    /* finished; on an error the index of the culprit */
    uint8_t prefix[32]; /* the chain after MODEL_CHECK_PREFIX pictures */
    uint8_t digest[32]; /* the chain after all */
    uint8_t explained[32];
} model_report;

/* Runs all pictures of the pack, encoded ones too if this build can decode. model: 16-byte aligned. area: for the plan, and behind
 * it for decoding. */
void model_check(model_report *report, const void *model, size_t model_bytes, const uint8_t *pack, size_t pack_bytes,
                 uint32_t cpu, uint8_t *area, size_t area_bytes);

/* Prints three lines, or what went wrong; the exit code. */
int model_report_print(const model_report *report, void (*put_line)(const char *line));

#endif
