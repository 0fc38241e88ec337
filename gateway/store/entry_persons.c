/* SPDX-License-Identifier: Apache-2.0 */
/* Which entries are about one person, without telling who that is. */
#include "gateway/store/entries.h"
#include "gateway/store/entry_duties.h"

struct looking {
    const struct store_entry_stretch *stretch;
    struct store_entry_person *persons;
};

/* A row has the subject's tag, or the one made of it where the person does not lead to the row;
 * which of them is not written, so both may be compared. */
static void person_put(const struct looking *it, const struct store *store,
                       struct store_query *query) {
    uint64_t place = (uint64_t)store_query_column_number(query, 0) - it->stretch->first;
    struct store_entry_person *person = &it->persons[place];
    *person = (struct store_entry_person){.is_there = true,
                                          .is_emergency = store_query_column_number(query, 2) != 0,
                                          .is_known = store_query_column(query, 1).len > 0};
    if (person->is_known) {
        store_query_column_copy(query, 1, person->code.bytes, sizeof person->code.bytes);
        store_entry_unled(store, &person->code, &person->other);
    }
}

static struct lg_err agency_read(const struct looking *it, const struct store *store,
                                 struct store_db *db, struct span agency) {
    const struct store_entry_stretch *stretch = it->stretch;
    OWN(store_query_done) struct store_query query = store_query_of(db, SQL_SIDE_PERSONS);
    store_query_number(&query, 1, store_entry_word(store, agency));
    store_query_number(&query, 2, (int64_t)stretch->first);
    store_query_number(&query, 3, (int64_t)(stretch->first + stretch->count));
    while (store_query_next(&query)) {
        person_put(it, store, &query);
    }
    return store_query_end(&query);
}

static struct lg_err persons_read(void *ctx, const struct store *store, struct store_db *db) {
    const struct looking *it = ctx;
    for (size_t i = 0; i < it->stretch->agencies.count; i++) {
        TRY(agency_read(it, store, db, it->stretch->agencies.items[i]));
    }
    return LG_OK;
}

struct lg_err store_entries_persons(struct store_entries *entries,
                                    const struct store_entry_stretch *stretch,
                                    struct store_entry_person *out_persons) {
    struct looking it = {.stretch = stretch, .persons = out_persons};
    for (size_t i = 0; i < stretch->count; i++) {
        out_persons[i] = (struct store_entry_person){.is_known = false};
    }
    return store_entries_read(entries, persons_read, &it);
}
