/* SPDX-License-Identifier: Apache-2.0 */
/* People and answers. All queries of an answer run before anything is looked at, whoever is asked
 * for, so that time tells nothing about the person (README.md of the design, rule 5). */
#define _POSIX_C_SOURCE 200809L
#include "tools/connector/answer.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/limits.h"
#include "gateway/edge/edge.h"

/* ---- people -------------------------------------------------------------------------------- */

struct person_reading {
    const struct mapping *mapping;
    const struct connector_row *row;
    struct arena *arena;
    struct connector_person *person;
};

static struct lg_err identity_field(struct person_reading *reading,
                                    const struct mapping_field *field,
                                    enum connector_identity_field bit, struct span *out_text) {
    if (field == NULL) {
        return LG_OK;
    }
    struct connector_value value;
    TRY(connector_value_read(&reading->mapping->source, field, reading->row, reading->arena,
                             &value));
    if (value.state == CONNECTOR_REJECTED) {
        reading->person->rejected |= (unsigned)bit;
    }
    *out_text = value.text;
    return LG_OK;
}

static bool row_says(const struct connector_row *row, const char *column, const char *word) {
    return span_equal_text(span_trim(connector_row_text(row, column)), word);
}

static bool is_hidden(const struct mapping *mapping, const struct connector_row *row) {
    return mapping->hide != NULL && row_says(row, mapping->hide->column, mapping->hide->equals);
}

static const struct mapping_withhold *withhold_find(const struct mapping *mapping,
                                                    const struct connector_row *row) {
    for (uint32_t i = 0; i < mapping->withhold_count; i++) {
        if (row_says(row, mapping->withhold[i].column, mapping->withhold[i].equals)) {
            return &mapping->withhold[i];
        }
    }
    return NULL;
}

struct lg_err connector_person_read(const struct mapping *mapping, const struct connector_row *row,
                                    uint64_t line, struct arena *arena,
                                    struct connector_person *out_person) {
    const struct mapping_identity *from = &mapping->person.identity;
    struct connector_person person = {
        .line = line, .hidden = is_hidden(mapping, row), .withhold = withhold_find(mapping, row)};
    struct person_reading reading = {
        .mapping = mapping, .row = row, .arena = arena, .person = &person};
    struct identity *to = &person.identity;
    TRY(identity_field(&reading, from->family_name, CONNECTOR_FAMILY_NAME, &to->family_name));
    TRY(identity_field(&reading, from->given_name, CONNECTOR_GIVEN_NAME, &to->given_name));
    TRY(identity_field(&reading, from->born, CONNECTOR_BORN, &to->born));
    TRY(identity_field(&reading, from->postcode, CONNECTOR_POSTCODE, &to->postcode));
    TRY(identity_field(&reading, from->identifier, CONNECTOR_IDENTIFIER, &to->identifier));
    to->scheme = to->identifier.len > 0 ? span_text(from->scheme) : (struct span){.ptr = NULL};
    struct span key = connector_row_text(row, mapping->person.key);
    person.is_key_long = key.len > EDGE_LOCAL_SIZE_MAX;
    if (key.len >= 1 && !person.is_key_long) {
        person.key = arena_copy(arena, key);
    }
    TRY(arena_failed(arena));
    *out_person = person;
    return LG_OK;
}

/* ---- age ----------------------------------------------------------------------------------- */

/* Whether 18 years have passed since `born` (YYYY-MM-DD). */
static enum age_class age_class_of(struct span born, int64_t now_s) {
    struct tm today;
    time_t now = (time_t)now_s;
    if (born.len != CONNECTOR_DATE_SIZE || gmtime_r(&now, &today) == NULL) {
        return AGE_UNKNOWN;
    }
    char text[CONNECTOR_DATE_SIZE + 1] = {0};
    memcpy(text, born.ptr, CONNECTOR_DATE_SIZE);
    long year = strtol(text, NULL, 10);
    long month = strtol(text + 5, NULL, 10);
    long day = strtol(text + 8, NULL, 10);
    long age = today.tm_year + 1900L - year;
    bool before_birthday =
        today.tm_mon + 1L < month || (today.tm_mon + 1L == month && today.tm_mday < day);
    age -= before_birthday ? 1 : 0;
    return age < 18 ? AGE_CHILD : AGE_ADULT;
}

/* ---- answers ------------------------------------------------------------------------------- */

/* A record with the date that orders it. */
struct dated_record {
    struct source_record record;
    char newest[CONNECTOR_DATE_SIZE + 1];
};

/* An answer in the making. */
struct making {
    const struct connector_question *question;
    const struct mapping *mapping;
    struct arena *arena;
    const struct mapping_group *group; /* under way */
    const struct mapping_link *link;
    struct dated_record *records;
    size_t record_count;
    size_t group_start; /* first record of the group under way */
    struct source_link *links;
    size_t link_count;
    struct connector_person person;
    bool known;
};

static bool is_asked(const struct connector_question *question, const char *item) {
    for (size_t i = 0; i < question->items.count; i++) {
        if (span_equal_text(question->items.items[i], item)) {
            return true;
        }
    }
    return false;
}

static struct lg_err on_person(void *ctx, const struct connector_row *row, uint64_t line) {
    struct making *making = ctx;
    if (making->known) {
        return LG_OK; /* a key that is there twice: the first row counts */
    }
    making->known = true;
    return connector_person_read(making->mapping, row, line, making->arena, &making->person);
}

static struct lg_err item_read(struct making *making, const struct mapping_item *from,
                               const struct connector_row *row, struct source_item *items,
                               size_t *count) {
    struct connector_value value;
    const struct mapping_source *source = &making->mapping->source;
    TRY(connector_value_read(source, &from->field, row, making->arena, &value));
    if (value.state != CONNECTOR_PRESENT || !is_asked(making->question, from->item)) {
        return LG_OK;
    }
    struct connector_value dated = {.state = CONNECTOR_MISSING};
    if (from->dated != NULL) {
        TRY(connector_value_read(source, from->dated, row, making->arena, &dated));
    }
    items[(*count)++] = (struct source_item){.item = span_text(from->item),
                                             .value = value.text,
                                             .date = dated.text,
                                             .standing = from->standing};
    return LG_OK;
}

static struct lg_err record_newest(struct making *making, const struct connector_row *row,
                                   struct dated_record *record) {
    if (making->group->newest == NULL) {
        return LG_OK;
    }
    struct connector_value value;
    TRY(connector_value_read(&making->mapping->source, making->group->newest, row, making->arena,
                             &value));
    size_t len = value.text.len > CONNECTOR_DATE_SIZE ? CONNECTOR_DATE_SIZE : value.text.len;
    if (len > 0) {
        memcpy(record->newest, value.text.ptr, len);
    }
    return LG_OK;
}

static struct lg_err on_record(void *ctx, const struct connector_row *row, uint64_t line) {
    struct making *making = ctx;
    const struct mapping_group *group = making->group;
    (void)line;
    struct source_item *items = arena_array(making->arena, group->item_count, sizeof *items);
    TRY(arena_failed(making->arena));
    if (making->record_count == LIMIT_CONNECTOR_RECORDS) {
        return LG_OK;
    }
    size_t count = 0;
    for (uint32_t i = 0; i < group->item_count; i++) {
        TRY(item_read(making, &group->items[i], row, items, &count));
    }
    if (count == 0) {
        return LG_OK;
    }
    const char *name = group->record != NULL ? group->record
                       : group->key != NULL  ? group->key
                                             : making->mapping->person.key;
    struct span reference = span_slice(connector_row_text(row, name), 0, 128);
    struct dated_record *record = &making->records[making->record_count++];
    record->record = (struct source_record){
        .record = arena_copy(making->arena, reference), .items = items, .item_count = count};
    return record_newest(making, row, record);
}

/* Newest first; equal dates keep the order of the rows. At most LIMIT_CONNECTOR_RECORDS. */
static void records_order(struct dated_record *records, size_t count) {
    for (size_t i = 1; i < count; i++) {
        struct dated_record moved = records[i];
        size_t place = i;
        while (place > 0 && strcmp(records[place - 1].newest, moved.newest) < 0) {
            records[place] = records[place - 1];
            place--;
        }
        records[place] = moved;
    }
}

static struct lg_err groups_read(struct connector_rows *rows, struct making *making) {
    for (uint32_t i = 0; i < making->mapping->record_count; i++) {
        making->group = &making->mapping->records[i];
        making->group_start = making->record_count;
        TRY(connector_rows_group(rows, i, making->question->key, on_record, making));
        records_order(making->records + making->group_start,
                      making->record_count - making->group_start);
        if (making->question->tier != TIER_DETAIL && making->record_count > making->group_start) {
            making->record_count = making->group_start + 1;
        }
    }
    return LG_OK;
}

static struct lg_err on_link(void *ctx, const struct connector_row *row, uint64_t line) {
    struct making *making = ctx;
    (void)line;
    struct span other = connector_row_text(row, making->link->other);
    struct connector_value relation;
    TRY(connector_value_read(&making->mapping->source, making->link->relation, row, making->arena,
                             &relation));
    bool usable = relation.state == CONNECTOR_PRESENT && other.len >= 1 &&
                  other.len <= EDGE_LOCAL_SIZE_MAX && making->link_count < LIMIT_CONNECTOR_LINKS;
    if (!usable) {
        return LG_OK;
    }
    struct source_link *link = &making->links[making->link_count++];
    link->relation = relation.text;
    return edge_record_tag(making->question->tag_key, other, &link->record_tag);
}

static struct lg_err links_read(struct connector_rows *rows, struct making *making) {
    for (uint32_t i = 0; i < making->mapping->link_count; i++) {
        making->link = &making->mapping->links[i];
        TRY(connector_rows_links(rows, i, making->question->key, on_link, making));
    }
    return LG_OK;
}

/* A headline is one record: what the newest row of each group says, put together. An item that two
 * groups have is that of the first. */
static struct lg_err headline_merge(struct making *making) {
    size_t total = 0;
    for (size_t i = 0; i < making->record_count; i++) {
        total += making->records[i].record.item_count;
    }
    struct source_item *items = arena_array(making->arena, total, sizeof *items);
    TRY(arena_failed(making->arena));
    size_t count = 0;
    for (size_t i = 0; i < making->record_count; i++) {
        const struct source_record *record = &making->records[i].record;
        for (size_t j = 0; j < record->item_count; j++) {
            bool is_there = false;
            for (size_t k = 0; k < count; k++) {
                is_there = is_there || span_equal(items[k].item, record->items[j].item);
            }
            if (!is_there) {
                items[count++] = record->items[j];
            }
        }
    }
    making->records[0].record.items = items;
    making->records[0].record.item_count = count;
    making->record_count = 1;
    return LG_OK;
}

static void withhold(const struct mapping_withhold *rule, struct answer *answer) {
    static const char *const codes[] = {
        [MAPPING_MORE_DETRIMENTAL] = "more-detrimental",
        [MAPPING_NOT_NECESSARY] = "not-necessary",
        [MAPPING_NOT_REASONABLE] = "not-reasonable",
    };
    answer->is_withheld = true;
    answer->withholding = (struct withholding){.code = span_text(codes[rule->code]),
                                               .office = span_text(rule->office)};
    answer->record_count = 0;
}

/* The links hang from the first record. What is withheld is what there is: of nothing there is no
 * decision to tell. */
static struct lg_err answer_finish(struct making *making, struct answer *out_answer) {
    struct source_record *records =
        arena_array(making->arena, making->record_count, sizeof *records);
    TRY(arena_failed(making->arena));
    bool shown = making->known && !making->person.hidden && !making->question->is_decoy;
    size_t count = shown ? making->record_count : 0;
    for (size_t i = 0; i < count; i++) {
        records[i] = making->records[i].record;
    }
    if (count > 0) {
        records[0].links = making->links;
        records[0].link_count = making->link_count;
    }
    out_answer->records = records;
    out_answer->record_count = count;
    if (count > 0) {
        out_answer->age_class = age_class_of(making->person.identity.born, making->question->now_s);
    }
    if (count > 0 && making->person.withhold != NULL) {
        withhold(making->person.withhold, out_answer);
    }
    return LG_OK;
}

struct lg_err connector_answer(struct connector_rows *rows,
                               const struct connector_question *question, struct arena *arena,
                               struct answer *out_answer) {
    struct making making = {
        .question = question, .mapping = connector_rows_mapping(rows), .arena = arena};
    making.records = arena_array(arena, LIMIT_CONNECTOR_RECORDS, sizeof *making.records);
    making.links = arena_array(arena, LIMIT_CONNECTOR_LINKS, sizeof *making.links);
    TRY(arena_failed(arena));
    TRY(connector_rows_person(rows, question->key, on_person, &making));
    TRY(groups_read(rows, &making));
    if (question->tier != TIER_DETAIL && making.record_count > 1) {
        TRY(headline_merge(&making));
    }
    TRY(links_read(rows, &making));
    struct answer answer = {.as_of_s = connector_rows_as_of_s(rows)};
    TRY(answer_finish(&making, &answer));
    if (answer.as_of_s == 0) {
        answer.as_of_s = question->now_s;
    }
    *out_answer = answer;
    return LG_OK;
}
