/* SPDX-License-Identifier: Apache-2.0 */
/* Explanations as they travel. wire.h says what decoding and encoding promise. */
#ifndef GATEWAY_WIRE_EXPLAIN_H
#define GATEWAY_WIRE_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire.h"

struct wire_explained_check {
    struct span check;
    struct span mark;
    struct span asked;
    struct span found;
};

struct wire_nearest {
    struct span clause;
    uint32_t line;
    struct span differs;
};

struct wire_hint {
    struct span kind;
    struct span value;
    int64_t at_s;
    uint32_t number;
    struct span sentence;
};

struct wire_hint_set {
    const struct wire_hint *hints;
    size_t hint_count;
    bool changes_request;
};

struct wire_explained_axis {
    struct span axis;
    struct span verdict;
    struct span source;
};

struct wire_explained_item {
    struct span item;
    struct span code;
    struct span treatment;
    struct span sentence;
    struct span clause;
    struct span clause_title;
    uint32_t clause_line;
    const struct wire_explained_check *checks;
    size_t check_count;
    const struct wire_nearest *nearest;
    size_t nearest_count;
    const struct wire_hint_set *hint_sets;
    size_t hint_set_count;
    struct span rule; /* with "generalise" */
    const struct wire_explained_axis *axes;
    size_t axis_count;
};

struct wire_explained_source {
    struct span source;
    enum decision decision;
    struct span code;
    const struct wire_explained_item *items;
    size_t item_count;
    struct span_list obligations;
};

struct wire_explained_agreement {
    struct span id;
    struct span title;
    uint32_t version;
    struct span lead;
    struct span contact;
    struct span review_day;
    struct span last_day;
    struct span_list signatories;
    struct span emergency_tell;
};

struct wire_decision_facts {
    int64_t at_s;
    struct span recipient;
    struct span role;
    struct span purpose;
    struct span basis;
    enum age_class age_class;
    struct span no_consent_reason;
    bool case_reference;
    bool second_person;
    uint32_t reasons_given;
    bool emergency;
    struct span emergency_reason;
    uint32_t rationale_chars;
    uint32_t emergency_age_min;
    uint32_t emergency_count;
    struct span consent;
    bool statement;
    struct span withholding;
    struct span withholding_office;
};

struct wire_explain_request {
    struct ground ground;
    uint64_t index;
    struct span request_id; /* 16 bytes, or empty: index counts */
};

struct wire_explain_reply {
    struct verdict verdict;
    struct wire_logged logged;
    uint64_t index;
    struct span reader;
    const struct wire_explained_source *sources;
    size_t source_count;
    bool has_agreement;
    struct wire_explained_agreement agreement;
    bool has_facts;
    struct wire_decision_facts facts;
    struct span policy_hash; /* 32 bytes, or empty */
    struct span refused_for;
};

/* ExplainRequest. Strict. */
LG_MUST_USE struct lg_err wire_explain_request_decode(struct arena *arena, struct span bytes,
                                                      struct wire_report *report,
                                                      struct wire_explain_request *out_request);
LG_MUST_USE struct lg_err wire_explain_request_encode(struct arena *arena,
                                                      const struct wire_explain_request *request,
                                                      struct span *out_bytes);

/* ExplainReply. Lenient. */
LG_MUST_USE struct lg_err wire_explain_reply_decode(struct arena *arena, struct span bytes,
                                                    struct wire_report *report,
                                                    struct wire_explain_reply *out_reply);
LG_MUST_USE struct lg_err wire_explain_reply_encode(struct arena *arena,
                                                    const struct wire_explain_reply *reply,
                                                    struct span *out_bytes);

#endif
