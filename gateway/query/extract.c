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
        struct query_link *it = &part->links[i];
        bool named = part->is_tried || it->pseudonym.len > 0;
        if (it->record == record && it->link == link && named) {
            it->is_released = !part->is_tried;
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

/* One source's line at work: what of the decision counts, and the memory it is made in. */
struct extraction {
    struct query *query;
    struct query_part *part;
    const struct policy_outcome *outcome;
    struct arena *arena;
};

static void field_refuse(const struct extraction *at, const struct policy_ruling *ruling,
                         struct minimise_field *field) {
    bool is_redacted = ruling->refusal == POLICY_REASON_NONE;
    field->code = span_text(policy_reason_name(is_redacted ? POLICY_REDACTED : ruling->told));
    field->sentence = policy_sentence(at->query->permit, at->part->source, ruling, at->arena);
}

/* What the outcome says of each field, in the words of minimise. */
static struct lg_err fields_make(const struct extraction *at, struct minimise_field **out_fields) {
    const struct policy_outcome *outcome = at->outcome;
    struct minimise_field *fields = arena_array(at->arena, outcome->ruling_count, sizeof *fields);
    TRY(arena_failed(at->arena));
    for (size_t i = 0; i < outcome->ruling_count; i++) {
        const struct policy_ruling *ruling = &outcome->rulings[i];
        fields[i] = (struct minimise_field){
            .item = ruling->term->field,
            .shared =
                ruling->refusal == POLICY_REASON_NONE && ruling->treatment != TREATMENT_REDACT,
            .treatment = ruling->treatment,
            .rule = ruling->term->rule,
            .data_from = day_text(at->arena, ruling->term->data_from_day),
            .clause = ruling->term->clause,
        };
        if (!fields[i].shared) {
            field_refuse(at, ruling, &fields[i]);
        }
    }
    *out_fields = fields;
    return arena_failed(at->arena);
}

static bool answer_counts(const struct query *query, const struct query_part *part) {
    enum consent_call call = consent_grant_call(query->grant, part->source);
    return part->has_answer && !part->is_too_long && !part->target.is_decoy &&
           (call == CONSENT_CALL_HELD || call == CONSENT_CALL_ALWAYS);
}

/* Headlines and details come with the records; without an answer there are none. */
static struct lg_err part_minimise(const struct extraction *at, const struct answer *answer,
                                   struct extract *out_extract) {
    const struct query *query = at->query;
    const struct minimise_tables tables = {
        .wards = query->worker->gateway->wards,
        .ward_count = query->worker->gateway->ward_count,
        .today = query->today,
    };
    struct minimise_field *fields = NULL;
    TRY(fields_make(at, &fields));
    for (size_t i = 0; i < at->part->link_count; i++) {
        at->part->links[i].is_released = false;
    }
    const struct minimise_input input = {
        .source = at->part->agency,
        .answer = answer,
        .fields = fields,
        .field_count = at->outcome->ruling_count,
        .tier = query->question->tier,
        .pseudonym = at->part->is_tried ? span_text("tried") : query->pseudonym,
        .row_pseudonym = row_pseudonym,
        .link = link_released,
        .ctx = at->part,
        .tables = &tables,
    };
    return minimise_apply(&input, at->arena, out_extract);
}

static const char too_long[] =
    "The source answered more than this reply can hold. Ask it alone, or for fewer items.";

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
    case SOURCE_WITHHELD_BY_SOURCE:
        return "The source decided not to share this. Its decision is in the log.";
    }
    return "";
}

/* The line with the answer in it. */
static struct lg_err answer_extract(struct query *query, struct query_part *part,
                                    struct extract *out_extract) {
    const struct extraction at = {
        .query = query,
        .part = part,
        .outcome = consent_grant_outcome(query->grant, part->source),
        .arena = part->memory,
    };
    return part_minimise(&at, &part->answer, out_extract);
}

/* What the line says where nothing came, or where nobody may know that something did. */
static struct lg_err nothing_extract(struct query *query, struct query_part *part,
                                     struct extract *out_extract) {
    static const struct answer no_answer = {0};
    const struct extraction at = {
        .query = query,
        .part = part,
        .outcome = query_part_shown(query, part),
        .arena = query->arena,
    };
    return part_minimise(&at, &no_answer, out_extract);
}

struct lg_err query_part_try(struct query *query, struct query_part *part, bool *out_shows) {
    struct extract extract = {.state = SOURCE_NOTHING_TO_SHOW};
    struct lg_err err = LG_OK;
    if (answer_counts(query, part)) {
        part->is_tried = true;
        err = answer_extract(query, part, &extract);
        part->is_tried = false;
    }
    TRY(err);
    *out_shows = extract.state == SOURCE_ANSWERED;
    return LG_OK;
}

/* The bytes that will leave; they outlive the answer. */
static struct lg_err part_encode(struct query *query, struct query_part *part,
                                 struct arena *arena) {
    struct span bytes;
    part->extract.state = part->state;
    part->extract.sentence = span_text(part->is_too_long ? too_long : state_sentence(part->state));
    TRY(wire_source_result_encode(arena, &part->extract, &bytes));
    part->result = arena == query->arena ? bytes : arena_copy(query->arena, bytes);
    part->line_len = 0;
    audit_commitment_make(part->result, &part->commitment);
    return arena_failed(query->arena);
}

static struct lg_err answered_make(struct query *query, struct query_part *part) {
    TRY(answer_extract(query, part, &part->extract));
    if (part->extract.state != SOURCE_ANSWERED && part->is_hidden) {
        return LG_OK;
    }
    part->state = part->extract.state;
    part->seen = consent_grant_outcome(query->grant, part->source);
    return part_encode(query, part, part->memory);
}

/* A hidden source of which nothing is released looks the same whatever the cause. */
struct lg_err query_part_extract(struct query *query, struct query_part *part) {
    part->seen = NULL;
    TRY(query_part_withheld_settle(query, part));
    if (answer_counts(query, part) && lg_failed(answered_make(query, part))) {
        query_part_spoil(part);
        part->seen = NULL;
    }
    if (part->seen != NULL) {
        return LG_OK;
    }
    part->state = part->state == SOURCE_ANSWERED ? SOURCE_NOTHING_TO_SHOW : part->state;
    part->seen = query_part_shown(query, part);
    TRY(nothing_extract(query, part, &part->extract));
    return part_encode(query, part, query->arena);
}

enum step step_extract(struct query *query) {
    for (size_t i = 0; i < query->part_count; i++) {
        struct query_part *part = &query->parts[i];
        struct lg_err err = LG_OK;
        if (part->stage == PART_IN_GATE) {
            err = query_part_extract(query, part);
        }
        if (lg_failed(err)) {
            return query_fail(query, err);
        }
    }
    return STEP_NEXT;
}
