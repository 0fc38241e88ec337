/* SPDX-License-Identifier: Apache-2.0 */
/* Steps over the fields of a message, and of the ground in it, by their lengths alone: no field is
 * looked into but these two, nothing is judged but what a step needs. */
#include "gateway/wire/glance.h"

#include <stdint.h>

#include "gateway/base/limits.h"

enum { TYPE_VARINT = 0, TYPE_64 = 1, TYPE_BYTES = 2, TYPE_32 = 5, GROUND_PURPOSE = 2 };

/* Numbers in the contract: disclosures.proto, subjects.proto. 0: the message has none. */
struct places {
    uint64_t ground;
    uint64_t emergency;
};

struct field {
    uint64_t number;
    struct span bytes; /* of type 2, else empty */
};

static bool take_varint(struct span *rest, uint64_t *out_value) {
    enum { BYTES_MAX = 10 };
    uint64_t value = 0;
    for (size_t i = 0; i < BYTES_MAX && i < rest->len; i++) {
        value |= (uint64_t)(rest->ptr[i] & 0x7fU) << (7 * i);
        if (rest->ptr[i] < 0x80U) {
            *rest = span_slice(*rest, i + 1, rest->len);
            *out_value = value;
            return true;
        }
    }
    return false;
}

static bool take_bytes(struct span *rest, uint64_t len, struct span *out_bytes) {
    if (len > rest->len) {
        return false;
    }
    *out_bytes = span_slice(*rest, 0, (size_t)len);
    *rest = span_slice(*rest, (size_t)len, rest->len);
    return true;
}

/* False at the end, and where the next field cannot be stepped over. */
static bool take_field(struct span *rest, struct field *out_field) {
    uint64_t key = 0;
    uint64_t number = 0;
    struct span bytes = {0};
    if (!take_varint(rest, &key)) {
        return false;
    }
    *out_field = (struct field){.number = key >> 3};
    switch (key & 7U) {
    case TYPE_VARINT:
        return take_varint(rest, &number);
    case TYPE_64:
        return take_bytes(rest, 8, &bytes);
    case TYPE_32:
        return take_bytes(rest, 4, &bytes);
    case TYPE_BYTES:
        return take_varint(rest, &number) && take_bytes(rest, number, &out_field->bytes);
    default:
        return false;
    }
}

static struct span purpose_of(struct span ground) {
    struct field field;
    for (int i = 0; i < LIMIT_WIRE_GLANCE && take_field(&ground, &field); i++) {
        if (field.number == GROUND_PURPOSE) {
            return field.bytes;
        }
    }
    return (struct span){0};
}

static struct wire_glance glance(struct span message, struct places places) {
    struct wire_glance seen = {0};
    struct field field;
    bool has_ground = false;
    for (int i = 0; i < LIMIT_WIRE_GLANCE && take_field(&message, &field); i++) {
        if (field.number == places.ground && !has_ground) {
            has_ground = true;
            seen.purpose = purpose_of(field.bytes);
        }
        seen.has_emergency =
            seen.has_emergency || (places.emergency != 0 && field.number == places.emergency);
    }
    return seen;
}

struct wire_glance wire_ask_request_glance(struct span message) {
    return glance(message, (struct places){.ground = 6, .emergency = 10});
}

struct wire_glance wire_can_ask_request_glance(struct span message) {
    return glance(message, (struct places){.ground = 3});
}

struct wire_glance wire_find_request_glance(struct span message) {
    return glance(message, (struct places){.ground = 3});
}
