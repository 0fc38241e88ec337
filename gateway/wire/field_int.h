/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of wire: the pieces that every protobuf message is made of.
 *
 *   message  = *field
 *   field    = key value         key = varint of number << 3 | wire type
 *   value    = varint (type 0) | 8 bytes (1) | varint length, that many bytes (2) | 4 bytes (5)
 *   varint   = at most 10 bytes, least significant 7 bits first, none more than needed
 *
 * Types 3 and 4 (groups), 6 and 7 are refused. Each function takes something off the front of *rest
 * and gives 0, or WIRE_TRUNCATED, WIRE_VARINT, WIRE_FIELD_NUMBER or WIRE_TYPE. They are here and
 * not in a file of their own because every byte of a question passes through them. */
#ifndef GATEWAY_WIRE_FIELD_INT_H
#define GATEWAY_WIRE_FIELD_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/attr.h"
#include "gateway/base/span.h"
#include "gateway/wire/wire.h"

enum wire_type {
    WIRE_TYPE_VARINT = 0,
    WIRE_TYPE_64 = 1,
    WIRE_TYPE_BYTES = 2,
    WIRE_TYPE_32 = 5,
};

struct wire_key {
    uint32_t number; /* of the field, 1 or more */
    uint32_t type;   /* not checked */
};

/* One value: the number of a varint, the bytes of all others. */
struct wire_value {
    uint64_t number;
    struct span bytes;
};

enum { WIRE_FIELD_NUMBER_MAX = (1 << 29) - 1, WIRE_VARINT_BYTES_MAX = 10 };

LG_MUST_USE static inline uint16_t wire_varint_take(struct span *rest, uint64_t *out_value) {
    uint64_t value = 0;
    if (rest->len > 0 && rest->ptr[0] < 0x80U) { /* nearly all of them */
        *out_value = rest->ptr[0];
        *rest = span_of(rest->ptr + 1, rest->len - 1);
        return 0;
    }
    for (size_t i = 0; i < WIRE_VARINT_BYTES_MAX; i++) {
        if (i == rest->len) {
            return WIRE_TRUNCATED;
        }
        uint8_t byte = rest->ptr[i];
        value |= (uint64_t)(byte & 0x7fU) << (7 * i);
        if (byte < 0x80U) {
            bool is_padded = i > 0 && byte == 0;
            bool is_past_64 = i == WIRE_VARINT_BYTES_MAX - 1 && byte > 1;
            *rest = span_slice(*rest, i + 1, rest->len);
            *out_value = value;
            return is_padded || is_past_64 ? WIRE_VARINT : 0;
        }
    }
    return WIRE_VARINT;
}

LG_MUST_USE static inline uint16_t wire_bytes_take(struct span *rest, uint64_t len,
                                                   struct span *out_bytes) {
    if (len > rest->len) {
        return WIRE_TRUNCATED;
    }
    *out_bytes = span_of(rest->ptr, (size_t)len);
    *rest = span_of(rest->ptr + len, rest->len - (size_t)len);
    return 0;
}

LG_MUST_USE static inline uint16_t wire_key_take(struct span *rest, struct wire_key *out_key) {
    uint64_t key = 0;
    uint16_t fault = wire_varint_take(rest, &key);
    if (fault != 0) {
        return fault;
    }
    uint64_t number = key >> 3;
    if (number == 0 || number > WIRE_FIELD_NUMBER_MAX) {
        return WIRE_FIELD_NUMBER;
    }
    *out_key = (struct wire_key){.number = (uint32_t)number, .type = (uint32_t)(key & 7U)};
    return 0;
}

LG_MUST_USE static inline uint16_t wire_value_take(struct span *rest, uint32_t type,
                                                   struct wire_value *out_value) {
    uint16_t fault = 0;
    switch (type) {
    case WIRE_TYPE_VARINT:
        return wire_varint_take(rest, &out_value->number);
    case WIRE_TYPE_64:
        return wire_bytes_take(rest, 8, &out_value->bytes);
    case WIRE_TYPE_32:
        return wire_bytes_take(rest, 4, &out_value->bytes);
    case WIRE_TYPE_BYTES:
        fault = wire_varint_take(rest, &out_value->number);
        return fault != 0 ? fault : wire_bytes_take(rest, out_value->number, &out_value->bytes);
    default:
        return WIRE_TYPE;
    }
}

#endif
