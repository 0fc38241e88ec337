/* SPDX-License-Identifier: Apache-2.0 */
/* Duties as rows of entries.db. The names in a row are sealed: the file tells by itself neither who
 * received something nor from whom.
 *
 * Body: agreement version 4 | rule 4 | day 4 | agency, source, agreement, each after a 16-bit
 * length. */
#include "gateway/store/entry_duties.h"

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"

enum { BODY_MAX = 3 * 4 + 3 * (2 + STORE_NAME_SIZE_MAX), NUMBERS_SIZE = 1 + 4 * 4 };

static struct store_place place_of(const struct store_tag *id) {
    return (struct store_place){.table = "duty", .row = store_tag_span(id)};
}

struct lg_err store_duty_identify(const struct store *store, struct store_duty *duty) {
    uint8_t numbers[NUMBERS_SIZE];
    struct writer w = writer_of(numbers, sizeof numbers);
    writer_u8(&w, (uint8_t)duty->kind);
    writer_u32(&w, duty->agreement_version);
    writer_u32(&w, duty->rule);
    writer_u32(&w, (uint32_t)duty->day);
    writer_u32(&w, (uint32_t)duty->due_day);
    const struct span parts[] = {span_of(numbers, sizeof numbers), duty->agency, duty->source,
                                 duty->agreement};
    return store_tag_of(store, STORE_TAG_DUTY, parts, sizeof parts / sizeof *parts, &duty->id);
}

static struct lg_err body_write(const struct store_duty *duty, uint8_t buf[static BODY_MAX],
                                struct span *out_body) {
    struct writer w = writer_of(buf, BODY_MAX);
    writer_u32(&w, duty->agreement_version);
    writer_u32(&w, duty->rule);
    writer_u32(&w, (uint32_t)duty->day);
    writer_part(&w, duty->agency);
    writer_part(&w, duty->source);
    writer_part(&w, duty->agreement);
    return lg_failed(writer_end(&w, out_body)) ? store_fail(LG_CLASS_INPUT, STORE_FIELDS) : LG_OK;
}

static struct lg_err row_add(const struct store *store, struct store_db *db,
                             const struct store_duty *duty) {
    uint8_t buf[BODY_MAX];
    uint8_t sealed[BODY_MAX + VAULT_SEAL_OVERHEAD];
    const struct store_place place = place_of(&duty->id);
    struct span body;
    TRY(body_write(duty, buf, &body));
    store_seal(store->seal_key, &place, body, sealed);
    OWN(store_query_done) struct store_query query = store_query_of(db, SQL_DUTY_ADD);
    store_query_bytes(&query, 1, store_tag_span(&duty->id));
    store_query_number(&query, 2, store_entry_word(store, duty->agency));
    store_query_number(&query, 3, duty->kind);
    store_query_number(&query, 4, duty->due_day);
    store_query_number(&query, 5, (int64_t)duty->count);
    store_query_number(&query, 6, (int64_t)duty->through);
    store_query_bytes(&query, 7, span_of(sealed, body.len + VAULT_SEAL_OVERHEAD));
    return store_query_run(&query);
}

struct lg_err store_duties_add(const struct store *store, struct store_db *db,
                               const struct store_sides *sides) {
    for (size_t i = 0; i < sides->duty_count; i++) {
        TRY(row_add(store, db, &sides->duties[i]));
    }
    return LG_OK;
}

/* The row that a query of DUTY_FROM stands on. */
static struct lg_err row_read(const struct store *store, struct store_query *query,
                              struct arena *arena, struct store_duty *out_duty) {
    struct store_duty duty = {
        .kind = (enum store_duty_kind)store_query_column_number(query, 1),
        .due_day = (int32_t)store_query_column_number(query, 2),
        .count = (uint64_t)store_query_column_number(query, 3),
        .through = (uint64_t)store_query_column_number(query, 4),
    };
    struct span body;
    store_query_column_copy(query, 0, duty.id.bytes, sizeof duty.id.bytes);
    const struct store_place place = place_of(&duty.id);
    TRY(store_unseal_dup(store->seal_key, &place, store_query_column(query, 5), arena, &body));
    struct reader r = reader_of(body);
    duty.agreement_version = reader_u32(&r);
    duty.rule = reader_u32(&r);
    duty.day = (int32_t)reader_u32(&r);
    duty.agency = reader_part(&r);
    duty.source = reader_part(&r);
    duty.agreement = reader_part(&r);
    if (lg_failed(reader_end(&r))) {
        return store_fail(LG_CLASS_STORE, STORE_CORRUPT);
    }
    *out_duty = duty;
    return LG_OK;
}

/* ---- Over ------------------------------------------------------------------------------------ */

struct over {
    const struct store_duty *duties;
    size_t count;
};

static struct lg_err over_write(void *ctx, const struct store *store, struct store_db *db) {
    const struct over *over = ctx;
    (void)store;
    for (size_t i = 0; i < over->count; i++) {
        OWN(store_query_done) struct store_query query = store_query_of(db, SQL_DUTY_OVER);
        store_query_bytes(&query, 1, store_tag_span(&over->duties[i].id));
        store_query_number(&query, 2, (int64_t)over->duties[i].through);
        TRY(store_query_run(&query));
    }
    return LG_OK;
}

struct lg_err store_duties_over(struct store_entries *entries, const struct store_duty *duties,
                                size_t count) {
    struct over over = {.duties = duties, .count = count};
    return count == 0 ? LG_OK : store_entries_write(entries, over_write, &over);
}

/* ---- Looking --------------------------------------------------------------------------------- */

struct listing {
    const struct store_duty_look *look;
    struct arena *arena;
    struct store_duties *duties;
};

static void look_bind(struct store_query *query, const struct store *store,
                      const struct store_duty_look *look) {
    if (look->agency.len > 0) {
        store_query_number(query, 1, store_entry_word(store, look->agency));
        store_query_number(query, 5, look->kind);
    }
    store_query_number(query, 2, look->due_before);
    store_query_number(query, 3, look->after_day);
    store_query_bytes(query, 4, store_tag_span(&look->after_id));
    store_query_number(query, 6, (int64_t)look->most);
}

static struct lg_err list_read(void *ctx, const struct store *store, struct store_db *db) {
    const struct listing *listing = ctx;
    const struct store_duty_look *look = listing->look;
    struct store_duties *duties = listing->duties;
    enum store_sql own = look->is_open ? SQL_DUTY_LIST_OPEN : SQL_DUTY_LIST;
    OWN(store_query_done)
    struct store_query query = store_query_of(db, look->agency.len == 0 ? SQL_DUTY_PAST : own);
    look_bind(&query, store, look);
    while (duties->count < look->most && store_query_next(&query)) {
        TRY(row_read(store, &query, listing->arena, &duties->items[duties->count]));
        duties->count++;
    }
    return store_query_end(&query);
}

struct lg_err store_duties_list(struct store_entries *entries, const struct store_duty_look *look,
                                struct arena *arena, struct store_duties *out_duties) {
    ASSERT(look->most <= LIMIT_DUTY_LOOK);
    struct store_duties duties = {.items = arena_array(arena, look->most, sizeof *duties.items)};
    struct listing listing = {look, arena, &duties};
    if (duties.items == NULL) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    TRY(store_entries_read(entries, list_read, &listing));
    *out_duties = duties;
    return LG_OK;
}

struct finding {
    const struct store_duty_key *key;
    struct arena *arena;
    bool is_found;
    struct store_duty duty;
};

static struct lg_err one_read(void *ctx, const struct store *store, struct store_db *db) {
    struct finding *finding = ctx;
    OWN(store_query_done) struct store_query query = store_query_of(db, SQL_DUTY_GET);
    store_query_bytes(&query, 1, store_tag_span(&finding->key->id));
    store_query_number(&query, 2, store_entry_word(store, finding->key->agency));
    finding->is_found = store_query_next(&query);
    if (finding->is_found) {
        TRY(row_read(store, &query, finding->arena, &finding->duty));
    }
    return store_query_end(&query);
}

struct lg_err store_duty_find(struct store_entries *entries, const struct store_duty_key *key,
                              struct arena *arena, bool *out_found, struct store_duty *out_duty) {
    struct finding finding = {.key = key, .arena = arena};
    *out_found = false;
    TRY(store_entries_read(entries, one_read, &finding));
    *out_found = finding.is_found;
    *out_duty = finding.duty;
    return LG_OK;
}
