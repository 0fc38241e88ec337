/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/base/num.h"

struct lg_err num_add(size_t a, size_t b, size_t *out_sum) {
    if (a > SIZE_MAX - b) {
        return lg_err_make(LG_CLASS_LIMIT, LG_BASE, NUM_OVERFLOW);
    }
    *out_sum = a + b;
    return LG_OK;
}

struct lg_err num_mul(size_t a, size_t b, size_t *out_product) {
    if (b != 0 && a > SIZE_MAX / b) {
        return lg_err_make(LG_CLASS_LIMIT, LG_BASE, NUM_OVERFLOW);
    }
    *out_product = a * b;
    return LG_OK;
}

struct lg_err num_narrow_u32(uint64_t value, uint32_t *out_value) {
    if (value > UINT32_MAX) {
        return lg_err_make(LG_CLASS_LIMIT, LG_BASE, NUM_NARROW);
    }
    *out_value = (uint32_t)value;
    return LG_OK;
}

struct lg_err num_narrow_u16(uint64_t value, uint16_t *out_value) {
    if (value > UINT16_MAX) {
        return lg_err_make(LG_CLASS_LIMIT, LG_BASE, NUM_NARROW);
    }
    *out_value = (uint16_t)value;
    return LG_OK;
}
