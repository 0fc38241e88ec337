/* SPDX-License-Identifier: Apache-2.0 */
/* Names and the URI that binds a certificate to an agency's system. One spelling each, so that two
 * names that look different never mean one system, nor the other way round. */
#include <string.h>

#include "gateway/config/config.h"

static bool is_name_byte(uint8_t byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-';
}

bool config_name_is_valid(struct span name) {
    if (name.len == 0 || name.len > CONFIG_NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (!is_name_byte(name.ptr[i])) {
            return false;
        }
    }
    return true;
}

static bool take_name(struct span *rest, char out_name[static CONFIG_NAME_MAX + 1]) {
    struct span part;
    if (!span_split(rest, '/', &part) || !config_name_is_valid(part)) {
        return false;
    }
    memcpy(out_name, part.ptr, part.len);
    out_name[part.len] = '\0';
    return true;
}

struct lg_err config_uri_read(struct span text, struct config_uri *out_uri) {
    const struct span scheme = span_text("lockgate://");
    struct config_uri uri = {0};
    bool good = text.len <= CONFIG_URI_MAX && span_starts_with(text, scheme);
    struct span rest = span_slice(text, good ? scheme.len : text.len, text.len);
    good = good && take_name(&rest, uri.partnership) && take_name(&rest, uri.agency) &&
           take_name(&rest, uri.system);
    struct span more;
    if (!good || span_split(&rest, '/', &more)) {
        return lg_err_make(LG_CLASS_INPUT, LG_CONFIG, CONFIG_VALUE);
    }
    *out_uri = uri;
    return LG_OK;
}
