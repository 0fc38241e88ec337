/* SPDX-License-Identifier: Apache-2.0 */
/* Taking records out of the index. Persons stay: their consents, pseudonyms and log entries outlive
 * the last agency that knew them, until they are erased. */
#include "gateway/base/assert.h"
#include "gateway/store/enrol_int.h"

/* Records taken out in one transaction when a party leaves: other writers get their turn. */
enum { LEAVE_STEP = 256 };

static struct lg_err tag_retire(struct store *store, struct span agency,
                                const struct record_tag *tag, size_t *out_retired) {
    struct span parts[] = {agency, span_of(tag->bytes, sizeof tag->bytes)};
    struct store_tag key;
    TRY(store_tag_of(store, STORE_TAG_RECORD, parts, 2, &key));
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_RECORD_GET);
    store_query_bytes(&query, 1, store_tag_span(&key));
    bool is_there = store_query_next(&query);
    int64_t record_no = is_there ? store_query_column_number(&query, 0) : 0;
    TRY(store_query_end(&query));
    if (is_there) {
        TRY(enrol_record_delete(&store->db, record_no));
        (*out_retired)++;
    }
    return LG_OK;
}

static struct lg_err tags_retire(struct store *store, struct span agency,
                                 const struct record_tag *tags, size_t count, size_t *out_retired) {
    for (size_t i = 0; i < count; i++) {
        TRY(tag_retire(store, agency, &tags[i], out_retired));
    }
    return LG_OK;
}

struct lg_err store_retire(struct store *store, struct span agency, const struct record_tag *tags,
                           size_t count, size_t *out_retired) {
    if (!store_name_valid(agency) || count == 0 || count > STORE_RETIRE_MAX) {
        return store_fail(LG_CLASS_INPUT, STORE_FIELDS);
    }
    size_t retired = 0;
    TRY(store_write_begin(store, STORE_BACKGROUND));
    TRY(store_write_end(store, tags_retire(store, agency, tags, count, &retired)));
    *out_retired = retired;
    return LG_OK;
}

/* What leaves: all of an agency, or what it enrolled under one agreement. */
struct leaving {
    struct store_tag agency;
    bool has_enrolment;
    struct store_tag enrolment;
};

static struct lg_err step_read(struct store *store, const struct leaving *leaving,
                               int64_t out_numbers[static LEAVE_STEP], size_t *out_count) {
    OWN(store_query_done)
    struct store_query query = store_query_of(
        &store->db, leaving->has_enrolment ? SQL_RECORD_OF_ENROLMENT : SQL_RECORD_OF_AGENCY);
    store_query_bytes(&query, 1, store_tag_span(&leaving->agency));
    store_query_number(&query, 2, LEAVE_STEP);
    if (leaving->has_enrolment) {
        store_query_bytes(&query, 3, store_tag_span(&leaving->enrolment));
    }
    *out_count = 0;
    while (*out_count < LEAVE_STEP && store_query_next(&query)) {
        out_numbers[(*out_count)++] = store_query_column_number(&query, 0);
    }
    return store_query_end(&query);
}

static struct lg_err step_leave(struct store *store, const struct leaving *leaving,
                                size_t *out_count) {
    int64_t numbers[LEAVE_STEP];
    TRY(step_read(store, leaving, numbers, out_count));
    for (size_t i = 0; i < *out_count; i++) {
        TRY(enrol_record_delete(&store->db, numbers[i]));
    }
    return LG_OK;
}

static struct lg_err leave(struct store *store, const struct leaving *leaving,
                           uint64_t *out_removed) {
    uint64_t removed = 0;
    size_t count = LEAVE_STEP;
    while (count == LEAVE_STEP) {
        TRY(store_write_begin(store, STORE_BACKGROUND));
        TRY(store_write_end(store, step_leave(store, leaving, &count)));
        removed += count;
    }
    *out_removed = removed;
    return LG_OK;
}

struct lg_err store_party_leave(struct store *store, struct span agency, uint64_t *out_removed) {
    struct leaving leaving = {.has_enrolment = false};
    if (!store_name_valid(agency)) {
        return store_fail(LG_CLASS_INPUT, STORE_FIELDS);
    }
    TRY(store_tag_of(store, STORE_TAG_AGENCY, &agency, 1, &leaving.agency));
    TRY(store_write_begin(store, STORE_BACKGROUND));
    TRY(store_write_end(store, store_marks_leave(store, &leaving.agency)));
    return leave(store, &leaving, out_removed);
}

struct lg_err store_enrolment_leave(struct store *store, struct span agency, struct span agreement,
                                    uint64_t *out_removed) {
    struct leaving leaving = {.has_enrolment = true};
    if (!store_name_valid(agency) || !store_name_valid(agreement)) {
        return store_fail(LG_CLASS_INPUT, STORE_FIELDS);
    }
    TRY(store_tag_of(store, STORE_TAG_AGENCY, &agency, 1, &leaving.agency));
    TRY(store_enrolment_tag(store, agency, agreement, &leaving.enrolment));
    return leave(store, &leaving, out_removed);
}
