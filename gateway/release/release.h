/* SPDX-License-Identifier: Apache-2.0 */
/* The last gate: bytes leave only with a receipt whose leaf commits to exactly these bytes. Nothing
 * else in the gateway makes a reply_part. */
#ifndef GATEWAY_RELEASE_RELEASE_H
#define GATEWAY_RELEASE_RELEASE_H

#include "gateway/audit/audit.h"
#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "gateway/model/model.h"

enum release_code {
    RELEASE_MISMATCH = 1, /* INTERNAL: the receipt is not for these bytes: nothing may leave */
};

/* One source's part, with its receipt as it travels. result and salt are what audit committed to;
 * both, and the receipt, are borrowed for as long as the part is used. LIMIT when the arena is
 * full. */
LG_MUST_USE struct lg_err release_part(const struct receipt *receipt,
                                       const struct audit_commitment *commitment,
                                       struct span result, struct arena *arena,
                                       struct reply_part *out_part);

#endif
