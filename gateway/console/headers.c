/* SPDX-License-Identifier: Apache-2.0 */
/* What every answer of the console says to the browser (design/console.md 1). The listener adds
 * these to whatever is answered, also by the layers below: no handler can forget them. An answer
 * that has a field of the same name keeps its own: immutable assets their cache-control. */
#include "gateway/console/console_int.h"

#define FIELD(name_text, value_text)                                                               \
    {                                                                                              \
        .name = {(const uint8_t *)(name_text), sizeof(name_text) - 1},                             \
        .value = {(const uint8_t *)(value_text), sizeof(value_text) - 1}, .is_static = true        \
    }

static const struct http2_field FIELDS[] = {
    FIELD("content-security-policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
          "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
          "require-trusted-types-for 'script'; trusted-types 'none'"),
    FIELD("strict-transport-security", "max-age=63072000"),
    FIELD("x-content-type-options", "nosniff"),
    FIELD("referrer-policy", "no-referrer"),
    FIELD("cross-origin-opener-policy", "same-origin"),
    FIELD("cross-origin-resource-policy", "same-origin"),
    FIELD("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    FIELD("cache-control", "no-store"),
};

const struct http2_field *console_headers(size_t *out_count) {
    *out_count = sizeof FIELDS / sizeof *FIELDS;
    return FIELDS;
}
