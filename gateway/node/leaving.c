/* SPDX-License-Identifier: Apache-2.0 */
/* Deletes what parties enrolled under agreements that they have left, or that are over. */
#include "gateway/base/log.h"
#include "gateway/node/node_int.h"

enum { STEP = 16 };

static void on_committed(void *ctx, const struct audit_outcome *outcome) {
    bool *committed = ctx;
    *committed = outcome->result == AUDIT_COMMITTED;
}

/* After the deletion, as with all people who are taken out: every grant made so far is stale. */
static struct lg_err leaving_log(struct node *node, const struct agreement_leaver *leaver,
                                 uint64_t removed) {
    bool committed = false;
    struct audit_entry_fields fields = {
        .kind = AUDIT_ENROL,
        .requesting_agency = span_text(leaver->party),
        .source_agency = span_text(leaver->party),
        .agreement = span_text(leaver->agreement),
        .agreement_version = leaver->version,
        .decision = AUDIT_DECISION_PERMIT,
        .reason = span_text("LEFT"),
        .record_count = removed > UINT32_MAX ? UINT32_MAX : (uint32_t)removed,
    };
    const struct audit_batch batch = {.entries = &fields, .count = 1, .changed_all = true};
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    TRY(audit_commit_wait(node->log, &batch, on_committed, &committed));
    return committed ? LG_OK : lg_err_make(LG_CLASS_STORE, LG_SERVICE, NODE_AGREEMENT);
}

static struct lg_err leaver_delete(struct node *node, const struct agreement_leaver *leaver) {
    uint64_t removed = 0;
    TRY(store_enrolment_leave(node->store, span_text(leaver->party), span_text(leaver->agreement),
                              &removed));
    if (removed > 0) {
        TRY(leaving_log(node, leaver, removed));
        log_line(LOG_INFO, "node.enrolments.deleted", "agency=%s agreement=%s records=%llu",
                 leaver->party, leaver->agreement, (unsigned long long)removed);
    }
    agreement_book_left(node->agreements.book, leaver);
    return LG_OK;
}

void node_leavers_delete(struct node *node) {
    struct agreement_leaver leavers[STEP];
    size_t count = agreement_book_leavers(node->agreements.book, leavers, STEP);
    for (size_t i = 0; i < count; i++) {
        if (lg_failed(leaver_delete(node, &leavers[i]))) {
            log_line(LOG_WARN, "node.enrolments", "agency=%s deleted=no", leavers[i].party);
            return; /* the next call tries again */
        }
    }
}
