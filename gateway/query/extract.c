/* SPDX-License-Identifier: Apache-2.0 */
/* Step extract: each source's line of the answer, and the very bytes that will leave. */
#include "gateway/base/limits.h"
#include "gateway/query/query_int.h"
#include "gateway/wire/disclosures.h"

static struct span row_pseudonym(void *ctx, struct arena *arena, struct span record) {
    const struct query_part *part = ctx;
    const struct query *query = part->query;
    const struct locate_row row = {
        .agreement = query->agreement,
        .recipient = query->caller->agency,
        .agency = part->agency,
        .reference = record,
    };
    char text[LOCATE_ROW_PSEUDONYM_SIZE + 1];
    if (lg_failed(locate_row_pseudonym(query->worker->gateway->locate, &row, text))) {
        return span_of(NULL, 0);
    }
    return arena_copy(arena, span_text(text));
}

static bool link_released(void *ctx, size_t record, size_t link, struct released_link *out) {
    const struct query_part *part = ctx;
    for (size_t i = 0; i < part->link_count; i++) {
        const struct query_link *it = &part->links[i];
        if (it->record == record && it->link == link && it->is_allowed && it->pseudonym.len > 0) {
            *out = (struct released_link){
                .pseudonym = {.text = it->pseudonym},
                .relation = part->answer.records[record].links[link].relation,
            };
            return true;
        }
    }
    return false;
}

static struct span day_text(struct arena *arena, int32_t day) {
    if (day == INT32_MIN) {
        return span_of(NULL, 0);
    }
    char text[11];
    policy_day_text(day, text);
    return arena_copy(arena, span_text(text));
}

/* What the outcome says of each field, in the words of minimise. */
static struct lg_err fields_make(struct query *query, const struct query_part *part,
                                 const struct policy_outcome *outcome,
                                 struct minimise_field **out_fields) {
    struct minimise_field *fields =
        arena_array(query->arena, outcome->ruling_count, sizeof *fields);
    TRY(arena_failed(query->arena));
    for (size_t i = 0; i < outcome->ruling_count; i++) {
        const struct policy_ruling *ruling = &outcome->rulings[i];
        enum policy_reason reason = ruling->refusal;
        if (reason == POLICY_REASON_NONE && ruling->treatment == TREATMENT_REDACT) {
            reason = POLICY_REDACTED;
        }
        fields[i] = (struct minimise_field){
            .item = ruling->term->field,
            .shared = reason == POLICY_REASON_NONE,
            .treatment = ruling->treatment,
            .rule = ruling->term->rule,
            .data_from = day_text(query->arena, ruling->term->data_from_day),
            .clause = ruling->term->clause,
        };
        if (fields[i].shared) {
            continue;
        }
        bool is_special = ruling->term->data_class != POLICY_ORDINARY;
        fields[i].code =
            span_text(policy_reason_name(is_special ? policy_reason_coarse(reason) : reason));
        fields[i].sentence = policy_sentence(query->permit, part->source, ruling, query->arena);
    }
    *out_fields = fields;
    return arena_failed(query->arena);
}

static bool answer_counts(const struct query *query, const struct query_part *part) {
    enum consent_call call = consent_grant_call(query->grant, part->source);
    return part->has_answer && !part->target.is_decoy &&
           (call == CONSENT_CALL_HELD || call == CONSENT_CALL_ALWAYS);
}

/* Headlines and details come with the records; without an answer there are none. */
static struct lg_err part_minimise(struct query *query, struct query_part *part) {
    static const struct answer no_answer = {0};
    bool counts = answer_counts(query, part);
    const struct minimise_tables tables = {
        .wards = query->worker->gateway->wards,
        .ward_count = query->worker->gateway->ward_count,
        .today = query->today,
    };
    const struct policy_outcome *outcome = counts
                                               ? consent_grant_outcome(query->grant, part->source)
                                               : consent_grant_shown(query->grant, part->source);
    struct minimise_field *fields = NULL;
    TRY(fields_make(query, part, outcome, &fields));
    const struct minimise_input input = {
        .source = part->agency,
        .answer = counts ? &part->answer : &no_answer,
        .fields = fields,
        .field_count = outcome->ruling_count,
        .tier = query->question->tier,
        .pseudonym = query->pseudonym,
        .row_pseudonym = row_pseudonym,
        .link = link_released,
        .ctx = part,
        .tables = &tables,
    };
    return minimise_apply(&input, query->arena, &part->extract);
}

static const char *state_sentence(enum source_state state) {
    switch (state) {
    case SOURCE_ANSWERED:
        return "";
    case SOURCE_WITHHELD_BY_CONSENT:
        return "The person's consent does not cover this.";
    case SOURCE_NOT_PERMITTED:
        return "The agreement does not permit this question to this source.";
    case SOURCE_NOTHING_TO_SHOW:
        return "Nothing to show.";
    case SOURCE_NO_ANSWER_IN_TIME:
        return "The source did not answer in time. This says nothing about the person: ask again.";
    case SOURCE_UNAVAILABLE:
        return "The source cannot be reached. This says nothing about the person: ask again later.";
    }
    return "";
}

/* A hidden source of which nothing is released looks the same whatever the cause. */
static struct lg_err part_extract(struct query *query, struct query_part *part) {
    TRY(part_minimise(query, part));
    if (part->has_answer && part->extract.state == SOURCE_NOTHING_TO_SHOW && part->is_hidden &&
        answer_counts(query, part)) {
        part->has_answer = false;
        TRY(part_minimise(query, part)); /* what nobody's line would say */
        part->has_answer = true;
    }
    if (part->extract.state == SOURCE_ANSWERED || part->state == SOURCE_ANSWERED) {
        part->state = part->extract.state;
    }
    part->extract.state = part->state;
    part->extract.sentence = span_text(state_sentence(part->state));
    TRY(wire_source_result_encode(query->arena, &part->extract, &part->result));
    audit_commitment_make(part->result, &part->commitment);
    return LG_OK;
}

enum step step_extract(struct query *query) {
    for (size_t i = 0; i < query->part_count; i++) {
        struct query_part *part = &query->parts[i];
        struct lg_err err = LG_OK;
        if (part->stage == PART_IN_GATE) {
            err = part_extract(query, part);
        }
        if (lg_failed(err)) {
            return query_fail(query, err);
        }
    }
    return STEP_NEXT;
}
