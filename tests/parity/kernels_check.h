/* The checker of the arithmetic, the same source on every target: runs the selected kernels and the references over pseudo-random
 * shapes, tails, misaligned pointers and rails, requires equality, and yields one digest per kernel and one over all.
 * Two targets compute alike if and only if their digests are equal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_TESTS_KERNELS_CHECK_H
#define BEDSIDE_TESTS_KERNELS_CHECK_H

#include <stddef.h>
#include <stdint.h>

enum {
    KERNELS_CHECKED = 30,
    /* How many of them are under the first and the second digest. */
    KERNELS_FIRST = 24,
    KERNELS_SECOND = 2,
    KERNELS_CHECK_BYTES = 512 * 1024
};

/* Where a case's buffers come from. take: aligned to 16 bytes. A host can give every buffer its own allocation, so that a
 * sanitizer sees each byte outside it; a board has one fixed area. */
typedef struct check_memory {
    void *(*take)(struct check_memory *memory, size_t bytes); /* null: exhausted */
    void (*release_all)(struct check_memory *memory);
    size_t guard; /* bytes to watch behind packed weights and scratch, where no sanitizer does */
} check_memory;

/* A fixed area, [area, area + bytes). */
typedef struct check_area {
    check_memory memory;
    uint8_t *area;
    size_t bytes, used;
} check_area;
void check_area_init(check_area *a, void *area, size_t bytes);

typedef struct kernels_report {
    struct {
        const char *name;
        uint32_t cases, mismatches;
        uint64_t digest; /* FNV-1a over the selected kernel's results */
    } kernel[KERNELS_CHECKED];
    uint32_t mismatches;        /* of all kernels */
    uint32_t exhausted;         /* the memory did not suffice: the digests mean nothing */
    uint8_t digest[32];         /* SHA-256 over the kernels' digests, of the first KERNELS_FIRST, */
    uint8_t windows_digest[32]; /* of the KERNELS_SECOND after them, */
    uint8_t deep_digest[32];    /* and of the others */
} kernels_report;

/* cpu: a mask of BDS_CPU_*. The digests do not depend on it, unless a kernel is wrong. */
void kernels_check(kernels_report *report, uint32_t cpu, check_memory *memory);

/* Prints the report through puts, one line per kernel and one for all; the exit code: 0 if all is well. */
int kernels_report_print(const kernels_report *report, void (*put_line)(const char *line));

#endif
