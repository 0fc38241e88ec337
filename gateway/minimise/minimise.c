/* SPDX-License-Identifier: Apache-2.0 */
/* One source's answer becomes its extract. What decides is the list of granted fields: an item that
 * is not in it does not exist here, whatever the source sent. */
#include "gateway/minimise/minimise.h"

struct work {
    const struct minimise_input *input;
    struct arena *arena;
    struct held_back *held;
    size_t held_count;
    size_t held_max;
};

static const struct minimise_field *field_find(const struct minimise_input *input,
                                               struct span item) {
    for (size_t i = 0; i < input->field_count; i++) {
        if (span_equal(input->fields[i].item, item)) {
            return &input->fields[i];
        }
    }
    return NULL;
}

/* Notes an item as held back, once for each item and code. */
static void hold_back(struct work *work, const struct minimise_field *field, const char *code,
                      const char *sentence) {
    for (size_t i = 0; i < work->held_count; i++) {
        if (span_equal(work->held[i].item, field->item)) {
            return;
        }
    }
    if (work->held_count == work->held_max) {
        return;
    }
    work->held[work->held_count++] = (struct held_back){
        .item = field->item,
        .code = span_text(code),
        .clause = field->clause,
        .sentence = span_text(sentence),
    };
}

/* The value as it may leave, or false. */
static bool treat(struct work *work, const struct minimise_field *field,
                  const struct source_item *item, struct span *out_value) {
    const struct minimise_input *input = work->input;
    switch (field->treatment) {
    case TREATMENT_PASS:
        *out_value = item->value;
        return true;
    case TREATMENT_GENERALISE:
        if (!minimise_rule_apply(field->rule, item->value, input->tables, work->arena, out_value)) {
            hold_back(work, field, "VALUE_NOT_UNDERSTOOD",
                      "The source's value does not fit the rule that would make it coarser.");
            return false;
        }
        return true;
    case TREATMENT_PSEUDONYMISE:
        *out_value = input->pseudonym;
        if (input->pseudonym.len == 0) {
            hold_back(
                work, field, "NO_PSEUDONYM",
                "The value is replaced by a pseudonym, and none could be made now: ask again.");
        }
        return input->pseudonym.len > 0;
    case TREATMENT_AGGREGATE:
        hold_back(work, field, "AGGREGATE_ONLY",
                  "The clause shares counts over a group, not one person's record.");
        return false;
    case TREATMENT_REDACT:
    case TREATMENT_NONE:
        return false;
    }
    return false;
}

/* A generalised value keeps no exact date: its month only. */
static struct span coarse_date(const struct minimise_field *field, struct span date) {
    return field->treatment == TREATMENT_GENERALISE ? span_slice(date, 0, 7) : date;
}

static bool is_too_old(const struct minimise_field *field, struct span date) {
    return field->data_from.len > 0 && span_compare(date, field->data_from) < 0;
}

static bool is_spoilt(struct span text) {
    return span_index(text, MODEL_SPOILT) < text.len;
}

/* What a source sent as text that is not plain was blanked when it was read. */
static bool is_readable(struct work *work, const struct source_record *record,
                        const struct source_item *item, const struct minimise_field *field) {
    if (!is_spoilt(record->record) && !is_spoilt(item->value) && !is_spoilt(item->date)) {
        return true;
    }
    hold_back(work, field, "VALUE_UNREADABLE",
              "The source's text holds control or direction characters, which could change how "
              "what stands beside it is read.");
    return false;
}

static size_t items_apply(struct work *work, const struct source_record *record,
                          struct released_item *out) {
    size_t count = 0;
    for (size_t i = 0; i < record->item_count; i++) {
        const struct source_item *item = &record->items[i];
        const struct minimise_field *field = field_find(work->input, item->item);
        struct span value = span_of(NULL, 0);
        if (field == NULL || !field->shared || !is_readable(work, record, item, field) ||
            is_too_old(field, item->date) || !treat(work, field, item, &value)) {
            continue;
        }
        out[count++] = (struct released_item){
            .item = field->item,
            .value = value,
            .treatment = field->treatment,
            .rule = field->treatment == TREATMENT_GENERALISE ? field->rule : span_of(NULL, 0),
            .date = coarse_date(field, item->date),
            .standing = item->standing,
        };
    }
    return count;
}

static size_t links_apply(struct work *work, size_t record_index, struct released_link *out) {
    const struct minimise_input *input = work->input;
    const struct source_record *record = &input->answer->records[record_index];
    size_t count = 0;
    for (size_t i = 0; input->link != NULL && i < record->link_count; i++) {
        if (input->link(input->ctx, record_index, i, &out[count])) {
            out[count].relation = minimise_relation(out[count].relation);
            count++;
        }
    }
    return count;
}

/* True when something of the record is left. */
static bool record_apply(struct work *work, size_t index, struct released_record *out) {
    const struct source_record *record = &work->input->answer->records[index];
    struct released_item *items = arena_array(work->arena, record->item_count, sizeof *items);
    struct released_link *links = arena_array(work->arena, record->link_count, sizeof *links);
    if (items == NULL || links == NULL) {
        return false;
    }
    size_t item_count = items_apply(work, record, items);
    size_t link_count = is_spoilt(record->record) ? 0 : links_apply(work, index, links);
    if (item_count == 0 && link_count == 0) {
        return false;
    }
    *out = (struct released_record){
        .record = work->input->row_pseudonym(work->input->ctx, work->arena, record->record),
        .items = items,
        .item_count = item_count,
        .links = links,
        .link_count = link_count,
    };
    return out->record.ptr != NULL;
}

/* How a record stands among others for a headline: by the newest date of what may be shown of it.
 * What may not be shown must neither push a record forward nor tell by that. */
struct headline_rank {
    bool shows; /* some item of it may be shown */
    struct span date;
};

static struct headline_rank record_rank(const struct minimise_input *input,
                                        const struct source_record *record) {
    struct headline_rank rank = {.date = span_of(NULL, 0)};
    for (size_t i = 0; i < record->item_count; i++) {
        const struct source_item *item = &record->items[i];
        const struct minimise_field *field = field_find(input, item->item);
        if (field == NULL || !field->shared || is_too_old(field, item->date) ||
            is_spoilt(item->value) || is_spoilt(item->date) || is_spoilt(record->record)) {
            continue;
        }
        rank.shows = true;
        if (span_compare(item->date, rank.date) > 0) {
            rank.date = item->date;
        }
    }
    return rank;
}

/* For a headline the newest record alone; the first of equals. */
static size_t newest_record(const struct minimise_input *input) {
    size_t best = 0;
    struct headline_rank best_rank = {.shows = false};
    for (size_t i = 0; i < input->answer->record_count; i++) {
        struct headline_rank rank = record_rank(input, &input->answer->records[i]);
        bool is_newer =
            rank.shows == best_rank.shows && span_compare(rank.date, best_rank.date) > 0;
        if (is_newer || (rank.shows && !best_rank.shows)) {
            best = i;
            best_rank = rank;
        }
    }
    return best;
}

static size_t records_apply(struct work *work, struct released_record *out) {
    const struct answer *answer = work->input->answer;
    size_t from = 0;
    size_t to = answer->record_count;
    if (work->input->tier == TIER_HEADLINE && to > 1) {
        from = newest_record(work->input);
        to = from + 1;
    }
    size_t count = 0;
    for (size_t i = from; i < to; i++) {
        count += record_apply(work, i, &out[count]) ? 1 : 0;
    }
    return count;
}

static void refusals_note(struct work *work) {
    for (size_t i = 0; i < work->input->field_count; i++) {
        const struct minimise_field *field = &work->input->fields[i];
        if (!field->shared && work->held_count < work->held_max) {
            work->held[work->held_count++] = (struct held_back){
                .item = field->item,
                .code = field->code,
                .clause = field->clause,
                .sentence = field->sentence,
            };
        }
    }
}

struct lg_err minimise_apply(const struct minimise_input *input, struct arena *arena,
                             struct extract *out_extract) {
    struct work work = {.input = input, .arena = arena, .held_max = input->field_count};
    work.held = arena_array(arena, work.held_max, sizeof *work.held);
    struct released_record *records =
        arena_array(arena, input->answer->record_count, sizeof *records);
    TRY(arena_failed(arena));
    refusals_note(&work);
    size_t record_count = records_apply(&work, records);
    TRY(arena_failed(arena));
    *out_extract = (struct extract){
        .source = input->source,
        .state = record_count > 0 ? SOURCE_ANSWERED : SOURCE_NOTHING_TO_SHOW,
        .records = records,
        .record_count = record_count,
        .held_back = work.held,
        .held_back_count = work.held_count,
        .as_of_s = record_count > 0 ? input->answer->as_of_s : 0,
    };
    return LG_OK;
}
