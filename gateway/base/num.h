/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic on numbers from outside. */
#ifndef GATEWAY_BASE_NUM_H
#define GATEWAY_BASE_NUM_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"

enum num_code { NUM_OVERFLOW = 1, NUM_NARROW };

/* Sum and product, or LIMIT where the result does not fit. */
LG_MUST_USE struct lg_err num_add(size_t a, size_t b, size_t *out_sum);
LG_MUST_USE struct lg_err num_mul(size_t a, size_t b, size_t *out_product);
/* The value in the narrower type, or LIMIT where it does not fit. */
LG_MUST_USE struct lg_err num_narrow_u32(uint64_t value, uint32_t *out_value);
LG_MUST_USE struct lg_err num_narrow_u16(uint64_t value, uint16_t *out_value);

static inline size_t num_min(size_t a, size_t b) {
    return a < b ? a : b;
}

static inline size_t num_max(size_t a, size_t b) {
    return a > b ? a : b;
}

#endif
