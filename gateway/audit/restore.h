/* SPDX-License-Identifier: Apache-2.0 */
/* What the start keeps of the frames that it reads: the tree, and the questions left open. */
#ifndef GATEWAY_AUDIT_RESTORE_H
#define GATEWAY_AUDIT_RESTORE_H

#include "gateway/audit/frame.h"
#include "gateway/audit/questions.h"
#include "gateway/audit/tree.h"

struct audit_restore {
    struct audit_tree *tree;
    struct audit_questions *questions;
    struct audit_leaf *leaves; /* LIMIT_AUDIT_FRAME_ENTRIES, scratch */
};

/* An audit_on_frame_fn over a struct audit_restore: reads every entry's bytes, extends the tree and
 * compares its root with the frame's. STORE AUDIT_CORRUPT where they disagree or an entry is none,
 * AUDIT_LEAF_VERSION where one is of another version. */
LG_MUST_USE struct lg_err audit_restore_frame(void *ctx, const struct audit_frame_view *frame,
                                              uint64_t segment, uint64_t at);

#endif
