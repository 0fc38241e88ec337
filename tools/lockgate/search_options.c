/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/base/day.h"
#include "tools/lockgate/person_options.h"
#include "tools/lockgate/search_int.h"

static const int64_t DAY_MS = 86400000;

/* ---- words for numbers of the contract ---- */

static bool word_find(const char *const *words, size_t count, const char *value,
                      unsigned *out_number) {
    for (size_t i = 1; i < count; i++) {
        if (words[i] != NULL && strcmp(words[i], value) == 0) {
            *out_number = (unsigned)i;
            return true;
        }
    }
    return false;
}

static bool kind_take(void *ctx, const char *value) {
    static const char *const words[AUDIT_KIND_END] = {
        [AUDIT_ASK] = "ask",
        [AUDIT_RELEASE] = "release",
        [AUDIT_OUTCOME] = "outcome",
        [AUDIT_DENIAL] = "denial",
        [AUDIT_SEARCH] = "search",
        [AUDIT_ERASURE] = "erasure",
        [AUDIT_CONSENT] = "consent",
        [AUDIT_STOP] = "stop",
        [AUDIT_ENROL] = "enrol",
        [AUDIT_REVIEW] = "review",
        [AUDIT_AGREEMENT] = "agreement",
        [AUDIT_SUBJECT_ACCESS] = "subject-access",
        [AUDIT_DUTY] = "duty",
        [AUDIT_INCIDENT] = "incident",
    };
    struct wire_audit_search_request *request = ctx;
    return request->kind == 0 && word_find(words, AUDIT_KIND_END, value, &request->kind);
}

static bool outcome_take(void *ctx, const char *value) {
    static const char *const words[AUDIT_DECISION_END] = {
        [AUDIT_DECISION_PERMIT] = "permitted",    [AUDIT_DECISION_PARTIAL] = "partial",
        [AUDIT_DECISION_REFUSE] = "refused",      [AUDIT_DECISION_NOT_DELIVERED] = "not-delivered",
        [AUDIT_DECISION_ABANDONED] = "abandoned",
    };
    struct wire_audit_search_request *request = ctx;
    return request->outcome == 0 && word_find(words, AUDIT_DECISION_END, value, &request->outcome);
}

static bool side_take(void *ctx, const char *value) {
    static const char *const words[] = {NULL, "asked", "was-asked"};
    struct wire_audit_search_request *request = ctx;
    return request->side == 0 && word_find(words, 3, value, &request->side);
}

static bool reason_take(void *ctx, const char *value) {
    static const char *const words[] = {NULL, "subject-access", "complaint", "case"};
    struct wire_audit_search_request *request = ctx;
    unsigned number = 0;
    if (request->reason != WIRE_SEARCH_NO_REASON || !word_find(words, 4, value, &number)) {
        return false;
    }
    request->reason = (enum wire_search_reason)number;
    return true;
}

/* 1 to `most`. */
static bool number_read(const char *text, uint32_t most, uint32_t *out_number) {
    uint64_t number = 0;
    char *end = NULL;
    if (text[0] < '1' || text[0] > '9' || strlen(text) > 9) {
        return false;
    }
    number = strtoull(text, &end, 10);
    *out_number = (uint32_t)number;
    return *end == '\0' && number <= most;
}

static bool most_take(void *ctx, const char *value) {
    struct wire_audit_search_request *request = ctx;
    return request->most == 0 && number_read(value, LIMIT_INDEX_PAGE, &request->most);
}

static bool question_take(void *ctx, const char *value) {
    struct search_options *options = ctx;
    struct span text = span_text(value);
    if (options->request.question_id.len > 0 ||
        lg_failed(bytes_from_hex(text, options->question_id, MODEL_REQUEST_ID_SIZE))) {
        return false;
    }
    options->request.question_id = span_of(options->question_id, MODEL_REQUEST_ID_SIZE);
    return true;
}

/* ---- what goes together ---- */

static bool days_read(struct search_options *options) {
    int32_t day = 0;
    if (options->since != NULL) {
        if (!day_read(span_text(options->since), &day)) {
            return false;
        }
        options->request.from_ms = day * DAY_MS;
    }
    if (options->until != NULL) {
        if (!day_read(span_text(options->until), &day)) {
            return false;
        }
        options->request.to_ms = (day + INT64_C(1)) * DAY_MS;
    }
    return true;
}

static bool pace_read(struct search_options *options) {
    enum { EVERY_DEFAULT = 10, EVERY_MAX = 3600, TIMES_MAX = 1000000 };
    options->every_s = EVERY_DEFAULT;
    return (options->every == NULL || number_read(options->every, EVERY_MAX, &options->every_s)) &&
           (options->times == NULL || number_read(options->times, TIMES_MAX, &options->times_max));
}

bool search_options_read(int argc, char **argv, struct search_options *out_options) {
    *out_options = (struct search_options){.config = NULL};
    struct wire_audit_search_request *request = &out_options->request;
    struct option asked[QUESTION_OPTIONS];
    const struct option own[] = {
        {"--config", .text = &out_options->config},
        {"--identity", .text = &out_options->identity},
        {"--key", .text = &out_options->key},
        {"--since", .text = &out_options->since},
        {"--until", .text = &out_options->until},
        {"--every", .text = &out_options->every},
        {"--times", .text = &out_options->times},
        {"--json", .is_set = &out_options->is_json},
        {"--agency", .span = &request->agency},
        {"--under", .span = &request->agreement},
        {"--for", .span = &request->purpose},
        {"--on", .span = &request->basis},
        {"--emergency", .is_set = &request->emergency},
        {"--rescan", .is_set = &request->rescan},
        {"--kind", .take = kind_take, .ctx = request},
        {"--outcome", .take = outcome_take, .ctx = request},
        {"--side", .take = side_take, .ctx = request},
        {"--reason", .take = reason_take, .ctx = request},
        {"--most", .take = most_take, .ctx = request},
        {"--question", .take = question_take, .ctx = out_options},
    };
    question_table(&out_options->question, asked);
    const struct option_table tables[] = {{asked, sizeof asked / sizeof asked[0]},
                                          {own, sizeof own / sizeof own[0]}};
    return options_read(argc, argv, tables, 2) && out_options->config != NULL &&
           question_is_whole(&out_options->question) && days_read(out_options) &&
           pace_read(out_options);
}
