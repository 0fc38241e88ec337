/* SPDX-License-Identifier: Apache-2.0 */
/* Hits as people read them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/store/entries.h"
#include "tools/lockgate/audit_int.h"
#include "tools/lockgate/search_int.h"

static const char *kind_word(unsigned kind) {
    static const char *const words[AUDIT_KIND_END] = {
        [0] = "?",
        [AUDIT_ASK] = "ask",
        [AUDIT_RELEASE] = "release",
        [AUDIT_OUTCOME] = "outcome",
        [AUDIT_DENIAL] = "denial",
        [AUDIT_SEARCH] = "search",
        [AUDIT_ERASURE] = "erasure",
        [AUDIT_AGREEMENT] = "agreement",
        [AUDIT_NODE_EPOCH] = "start",
        [AUDIT_ROLLUP] = "rollup",
        [AUDIT_PAD] = "pad",
        [AUDIT_CONSENT] = "consent",
        [AUDIT_STOP] = "stop",
        [AUDIT_ENROL] = "enrol",
        [AUDIT_REVIEW] = "review",
        [AUDIT_SUBJECT_ACCESS] = "subject-access",
        [AUDIT_DUTY] = "duty",
        [AUDIT_INCIDENT] = "incident",
        [AUDIT_SUPPRESSION] = "suppression",
    };
    bool is_known = kind < AUDIT_KIND_END && words[kind] != NULL;
    return words[is_known ? kind : 0];
}

static const char *outcome_word(unsigned outcome) {
    static const char *const words[AUDIT_DECISION_END] = {
        [AUDIT_DECISION_NONE] = "-",
        [AUDIT_DECISION_PERMIT] = "permitted",
        [AUDIT_DECISION_PARTIAL] = "partial",
        [AUDIT_DECISION_REFUSE] = "refused",
        [AUDIT_DECISION_NOT_DELIVERED] = "not-delivered",
        [AUDIT_DECISION_ABANDONED] = "abandoned",
    };
    return words[outcome < AUDIT_DECISION_END ? outcome : 0];
}

static void word_print(struct span word, const char *otherwise) {
    if (word.len == 0) {
        (void)fputs(otherwise, stdout);
    } else {
        (void)fwrite(word.ptr, 1, word.len, stdout);
    }
}

void search_hit_print(const struct wire_audit_hit *hit) {
    char when[64];
    audit_time_write(hit->time_ms, hit->side != STORE_SIDE_SOURCE, when);
    (void)printf("%10" PRIu64 "  %-24s  %-9s  %-13s  ", hit->index, when, kind_word(hit->kind),
                 outcome_word(hit->outcome));
    word_print(hit->requester, "not told");
    if (hit->source.len > 0) {
        (void)fputs(" asked ", stdout);
        word_print(hit->source, "");
    }
    (void)fputs("  ", stdout);
    word_print(hit->purpose, "-");
    (void)fputs(" on ", stdout);
    word_print(hit->basis, "-");
    (void)fputs(hit->emergency ? "  EMERGENCY  " : "  ", stdout);
    word_print(hit->reason, "");
    (void)putchar('\n');
}

static bool is_together(const struct wire_audit_hit *a, const struct wire_audit_hit *b) {
    return a->side == b->side && span_equal(a->question_id, b->question_id);
}

void search_hits_print(const struct wire_audit_search_reply *reply) {
    for (size_t i = 0; i < reply->hit_count; i++) {
        const struct wire_audit_hit *hit = &reply->hits[i];
        if (i == 0 || !is_together(&reply->hits[i - 1], hit)) {
            char id[2 * MODEL_REQUEST_ID_SIZE + 1] = "";
            if (hit->question_id.len == MODEL_REQUEST_ID_SIZE) {
                bytes_to_hex(hit->question_id, id);
            }
            (void)printf("question %s\n", id);
        }
        search_hit_print(hit);
    }
}
