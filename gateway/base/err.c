/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/base/err.h"

#include <stdio.h>
#include <stdlib.h>

#include "gateway/base/assert.h"

const char *lg_class_name(enum lg_class klass) {
    switch (klass) {
    case LG_CLASS_NONE:
        return "none";
    case LG_CLASS_INPUT:
        return "input";
    case LG_CLASS_LIMIT:
        return "limit";
    case LG_CLASS_PEER:
        return "peer";
    case LG_CLASS_STORE:
        return "store";
    case LG_CLASS_CONFIG:
        return "config";
    case LG_CLASS_INTERNAL:
        return "internal";
    }
    return "unknown";
}

void lg_assert_failed(const char *expression, const char *file, int line) {
    fprintf(stderr, "assertion failed: %s (%s:%d)\n", expression, file, line);
    abort();
}
