/* SPDX-License-Identifier: Apache-2.0 */
/* What signatories sign besides the text: what the new version shares that the old one did not, in
 * sentences, and what else the proposer attached (a replay of questions that were asked).
 *
 *   What version 2 changes against version 1
 *   CLASS: SENTENCE             a line for each change, special and criminal classes first
 *   COUNTS
 *   attached bytes, after an empty line */
#include <stdio.h>

#include "gateway/agreement/book_int.h"
#include "gateway/base/bytes.h"
#include "policy/compare/compare.h"

enum { LINE_SIZE = 256 };

/* False where it does not fit any more: what was written before stays. */
static bool line_put(struct writer *w, struct span head, struct span text) {
    if (w->size - w->used < head.len + text.len + 1) {
        return false;
    }
    writer_bytes(w, head);
    writer_bytes(w, text);
    writer_u8(w, '\n');
    return true;
}

static void changes_put(struct writer *w, const struct policy_diff *diff) {
    char head[LINE_SIZE];
    for (size_t i = 0; i < diff->count; i++) {
        const struct policy_change *change = &diff->changes[i];
        int len = snprintf(head, sizeof head, "%s: ", policy_change_name(change->class));
        if (!line_put(w, span_of(head, (size_t)len), change->sentence)) {
            len = snprintf(head, sizeof head, "%zu more changes", diff->count - i);
            (void)line_put(w, span_of(head, (size_t)len), span_of(NULL, 0));
            return;
        }
    }
}

static void counts_put(struct writer *w, const struct policy_diff *diff) {
    char line[LINE_SIZE];
    int len = snprintf(line, sizeof line,
                       "%zu newly visible, %zu weaker, %zu changed, %zu stronger, %zu gone, %zu "
                       "text only; %llu of %llu cells changed",
                       diff->counts[POLICY_CHANGE_NEW], diff->counts[POLICY_CHANGE_WEAKER],
                       diff->counts[POLICY_CHANGE_CHANGED], diff->counts[POLICY_CHANGE_STRONGER],
                       diff->counts[POLICY_CHANGE_GONE], diff->counts[POLICY_CHANGE_TEXT],
                       (unsigned long long)diff->cells_changed, (unsigned long long)diff->cells);
    (void)line_put(w, span_of(line, (size_t)len), span_of(NULL, 0));
}

static struct lg_err diff_put(struct writer *w, const struct policy *before,
                              const struct policy *after) {
    OWN(arena_free) struct arena *arena = NULL;
    struct policy_diff diff;
    char line[LINE_SIZE];
    int len = snprintf(line, sizeof line, "What version %u changes against version %u",
                       (unsigned)policy_version(after), (unsigned)policy_version(before));
    TRY(arena_new(LIMIT_POLICY_MEMORY, &arena));
    TRY(policy_diff_make(before, after, arena, &diff));
    (void)line_put(w, span_of(line, (size_t)len), span_of(NULL, 0));
    counts_put(w, &diff);
    changes_put(w, &diff);
    return LG_OK;
}

struct lg_err agreement_report_make(const struct policy *before, const struct policy *after,
                                    struct span attached, struct arena *arena,
                                    struct span *out_report) {
    if (before == NULL) {
        *out_report = attached;
        return LG_OK;
    }
    uint8_t *bytes = arena_alloc(arena, LIMIT_AGREEMENT_REPORT_SIZE);
    TRY(arena_failed(arena));
    /* Room for what was attached is kept; that has its own ceiling. */
    struct writer w = writer_of(bytes, LIMIT_AGREEMENT_REPORT_SIZE - attached.len - 1);
    TRY(diff_put(&w, before, after));
    w.size = LIMIT_AGREEMENT_REPORT_SIZE;
    if (attached.len > 0) {
        writer_u8(&w, '\n');
        writer_bytes(&w, attached);
    }
    return writer_end(&w, out_report);
}
