/* SPDX-License-Identifier: Apache-2.0 */
/* Steps over the fields of a message, and of the ground in it, by their lengths alone: no field is
 * looked into but these two, nothing is judged but what a step needs. */
#include "gateway/wire/glance.h"

#include <stdint.h>

#include "gateway/base/limits.h"
#include "gateway/wire/field_int.h"

enum { GROUND_PURPOSE = 2 };

/* Numbers in the contract: disclosures.proto, subjects.proto. 0: the message has none. */
struct places {
    uint64_t ground;
    uint64_t emergency;
};

struct field {
    uint64_t number;
    struct span bytes; /* of type 2, else empty */
};

/* Nearly every field of a request: key and length of one byte each. */
static inline bool take_short(struct span *rest, struct field *out_field) {
    enum { NUMBER_1 = 8, MORE = 0x80, TYPE = 7, HEAD = 2 };
    if (rest->len < HEAD) {
        return false;
    }
    uint8_t key = rest->ptr[0];
    size_t len = rest->ptr[1];
    bool is_short = key >= NUMBER_1 && key < MORE && (key & TYPE) == WIRE_TYPE_BYTES &&
                    len < MORE && len <= rest->len - HEAD;
    if (is_short) {
        *out_field = (struct field){.number = key >> 3, .bytes = span_of(rest->ptr + HEAD, len)};
        *rest = span_of(rest->ptr + HEAD + len, rest->len - HEAD - len);
    }
    return is_short;
}

/* False at the end, and where the next field cannot be stepped over. */
static bool take_field(struct span *rest, struct field *out_field) {
    struct wire_key key = {0};
    struct wire_value value = {0};
    if (take_short(rest, out_field)) {
        return true;
    }
    if (wire_key_take(rest, &key) != 0 || wire_value_take(rest, key.type, &value) != 0) {
        return false;
    }
    *out_field = (struct field){.number = key.number};
    if (key.type == WIRE_TYPE_BYTES) {
        out_field->bytes = value.bytes;
    }
    return true;
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
