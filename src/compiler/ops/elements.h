/* Elements of any type in a few wide ones, shapes that are broadcast together, and elements picked by a table per axis: what most
 * operators are made of, so that none of them needs a loop per type.
 *
 * Float types pass through double. For sums, differences, products, quotients and square roots of float and float16 that changes
 * nothing: a double has more than twice their digits, so rounding twice equals rounding once. Integers and bool pass through
 * uint64_t, sign-extended where the type is signed: sums and products then wrap around as two's complement does, without undefined
 * behaviour, and storing keeps the lowest bits. Internal to ops/.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_OPS_ELEMENTS_H
#define BEDSIDE_COMPILER_OPS_ELEMENTS_H

#include "ops.h"

enum { ELEMENTS_BLOCK = 256 }; /* elements that an operator takes at a time */

int elements_are_real(net_type type);     /* float, double, float16 */
int elements_are_unsigned(net_type type); /* bool as well */

double elements_half_to_real(uint16_t half);
uint16_t elements_real_to_half(double x); /* halves to even */

/* count elements from[first], from[first + stride], ... as doubles (of any type) or as 64 bits (not of a float type). */
void elements_load_real(net_type type, const void *from, size_t first, size_t stride, size_t count, double *to);
void elements_load_bits(net_type type, const void *from, size_t first, size_t stride, size_t count, uint64_t *to);
/* Stores to[first ..]. A double that an integer type cannot hold becomes its nearest limit, not-a-number 0; bool: not zero. */
void elements_store_real(net_type type, void *to, size_t first, size_t count, const double *from);
void elements_store_bits(net_type type, void *to, size_t first, size_t count, const uint64_t *from);

/* One element as a double; one integer or bool as a signed number (uint64 beyond its range: the largest). */
double elements_real_at(net_type type, const void *from, size_t index);
int64_t elements_integer_at(net_type type, const void *from, size_t index);

/* ---- operands that are broadcast to one shape --------------------------------------------------------------------- */

typedef struct broadcast {
    uint32_t rank, operands;
    size_t dims[NET_MAX_RANK];  /* of the result, axes merged where every operand allows it */
    size_t *strides;            /* [operand][axis], 0 where the operand repeats */
    size_t index[NET_MAX_RANK]; /* of the present row */
    size_t row, count;          /* first element of the present row in the result; elements in a row */
    size_t *first;              /* [operand]: its first element of the present row */
} broadcast;

/* Prepares the walk over rows of the result: for (start; broadcast_more; broadcast_next). */
bdc_status broadcast_start(bdc_context *c, broadcast *b, const net_tensor *result, const net_tensor *const *operands,
                           uint32_t count);
int broadcast_more(const broadcast *b);
void broadcast_next(broadcast *b);
/* Step from element to element of a row. */
size_t broadcast_stride(const broadcast *b, uint32_t operand);

/* ---- elements picked by a table per axis -------------------------------------------------------------------------- */

#define PICK_FILL 0xffffffffu
/* The element of the result at (i0, i1, ...) is from[table0[i0] + table1[i1] + ...], or *fill where a table says PICK_FILL. */
typedef struct pick {
    uint32_t rank;
    size_t dims[NET_MAX_RANK]; /* of the result */
    uint32_t *tables[NET_MAX_RANK];
} pick;

/* Tables for a result of these dims, all zero. */
bdc_status pick_make(bdc_context *c, pick *p, uint32_t rank, const uint32_t *dims);
/* bytes: of one element. fill may be null where no table says PICK_FILL. */
void pick_run(const pick *p, uint32_t bytes, const void *from, const void *fill, void *to);
/* Elements from one step along each axis to the next, of a dense tensor. */
void elements_strides(const net_tensor *t, size_t strides[NET_MAX_RANK]);

/* A tensor as [outer, length, inner] about an axis. */
typedef struct axis_split {
    size_t outer, length, inner;
} axis_split;

axis_split elements_split(const net_tensor *t, uint32_t axis);

#endif
