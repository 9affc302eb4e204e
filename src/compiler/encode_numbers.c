/* Encoder of numbers, the mirror of numbers.c. SPDX-License-Identifier: MIT */
#include "encode_numbers.h"

#include "../bedside.h"

void encode_number(range_encoder *e, bds_number_model *m, uint32_t n)
{
    const uint64_t value = (uint64_t)n + 1;
    uint32_t k = 0;
    while (value >> (k + 1))
        k++;
    for (uint32_t j = 0; j < 32 && j <= k; j++)
        range_logit(e, &m->more[m->group][j], m->rate, j < k);
    m->group = k / 2;
    for (uint32_t i = 0; i < k; i++) {
        const uint32_t bit = (uint32_t)(value >> (k - 1 - i)) & 1u;
        if (i == 0)
            range_logit(e, &m->below[k][0], m->rate, bit);
        else if (i == 1)
            range_logit(e, &m->below[k][1 + ((uint32_t)(value >> (k - 1)) & 1u)], m->rate, bit);
        else
            range_plain(e, 1, bit);
    }
}

static int32_t number_at(uint32_t type, const void *numbers, size_t i)
{
    return type == BDS_INT32 ? ((const int32_t *)numbers)[i] : ((const int16_t *)numbers)[i];
}

static size_t encode(uint32_t type, const void *numbers, size_t count, uint32_t differences, uint8_t *stream,
                     size_t capacity)
{
    bds_number_model m;
    range_encoder e = {.range = UINT64_MAX, .out = stream + 1, .capacity = capacity - 1};
    uint32_t before = 0;
    bds_number_model_reset(&m);
    stream[0] = (uint8_t)differences;
    for (size_t i = 0; i < count && e.n <= e.capacity; i++) {
        const uint32_t v = (uint32_t)number_at(type, numbers, i);
        encode_number(&e, &m, bds_fold((int32_t)(v - before)));
        before = differences ? v : 0;
    }
    range_finish(&e);
    return e.n <= e.capacity ? e.n + 1 : 0;
}

size_t encode_number_blob(uint32_t type, const void *numbers, size_t count, uint8_t *stream, size_t capacity)
{
    if (capacity < 10) /* the last eight bytes are written before their zeros go */
        return 0;
    const size_t apart = encode(type, numbers, count, 0, stream, capacity);
    const size_t differences = encode(type, numbers, count, 1, stream, capacity);
    if (apart && (apart <= differences || !differences))
        return encode(type, numbers, count, 0, stream, capacity);
    return differences;
}
