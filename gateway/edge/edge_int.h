/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEWAY_EDGE_EDGE_INT_H
#define GATEWAY_EDGE_EDGE_INT_H

#include <stdbool.h>

#include "gateway/base/span.h"
#include "gateway/edge/edge.h"

/* A name as plain a-z, titles and punctuation taken off; empty where nothing is left. False where
 * it cannot be told in plain letters: out is then empty. */
bool edge_name_fold(struct span given, char out[static EDGE_NAME_SIZE + 1]);

LG_MUST_USE static inline struct lg_err edge_fail(enum lg_class klass, enum edge_code code) {
    return lg_err_make(klass, LG_EDGE, (uint16_t)code);
}

#endif
