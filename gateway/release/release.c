/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/release/release.h"

#include "gateway/base/log.h"

struct lg_err release_part(const struct receipt *receipt, const struct audit_commitment *commitment,
                           struct span result, struct arena *arena, struct reply_part *out_part) {
    if (!audit_receipt_commitment_matches(receipt, commitment->salt, result)) {
        log_line(LOG_ERROR, "release.mismatch", "index=%llu",
                 (unsigned long long)audit_receipt_index(receipt));
        return lg_err_make(LG_CLASS_INTERNAL, LG_RELEASE, RELEASE_MISMATCH);
    }
    struct reply_part part = {.result = result};
    TRY(audit_receipt_form(receipt, span_of(commitment->salt, AUDIT_SALT_SIZE), arena,
                           &part.receipt));
    *out_part = part;
    return LG_OK;
}
