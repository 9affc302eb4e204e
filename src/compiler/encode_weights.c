/* Which coder a layer gets. SPDX-License-Identifier: MIT */
#include "encode_weights.h"

#include "../format.h"

bdc_status encode_weights(bdc_context *c, const weight_array *w, int fast, uint8_t *stream, size_t capacity,
                          size_t *bytes, uint16_t *coding)
{
    enum { SMALL = 1024 }; /* decoded at once either way, and tables would cost more than they save */
    const int is_static = fast && w->count > SMALL;
    *coding = is_static ? BDF_STATIC : BDF_RANGE;
    return (is_static ? encode_static : encode_adaptive)(c, w, stream, capacity, bytes);
}
