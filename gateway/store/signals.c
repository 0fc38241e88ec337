/* SPDX-License-Identifier: Apache-2.0 */
/* Hits of the rules of misuse, and what is counted for them: written seldom, in pieces of one
 * sealed value each. */
#include "gateway/store/signals.h"

#include <string.h>

#include "gateway/base/num.h"
#include "gateway/store/store_int.h"

static struct span review_span(const struct review_id *id) {
    return span_of(id->bytes, sizeof id->bytes);
}

/* ---- Hits ---- */

static struct lg_err signal_add(struct store *store, const struct store_signal *signal) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_SIGNAL_ADD);
    store_query_bytes(&query, 1, store_tag_span(&signal->opener));
    store_query_number(&query, 2, signal->rule);
    store_query_number(&query, 3, (int64_t)signal->log_index);
    store_query_number(&query, 4, signal->at_ms);
    store_query_bytes(&query, 5, review_span(&signal->review));
    store_query_number(&query, 6, LIMIT_SIGNALS_HITS);
    return store_query_run(&query);
}

struct lg_err store_signals_put(struct store *store, const struct store_signal *signals,
                                size_t count) {
    for (size_t i = 0; i < count; i++) {
        TRY(signal_add(store, &signals[i]));
    }
    return LG_OK;
}

struct lg_err store_signals_add(struct store *store, const struct store_signal *signals,
                                size_t count) {
    TRY(store_write_begin(store, STORE_BACKGROUND));
    return store_write_end(store, store_signals_put(store, signals, count));
}

static void signal_read(struct store_query *query, struct store_signal *out) {
    store_query_column_copy(query, 0, out->opener.bytes, sizeof out->opener.bytes);
    out->rule = (uint32_t)store_query_column_number(query, 1);
    out->log_index = (uint64_t)store_query_column_number(query, 2);
    out->at_ms = store_query_column_number(query, 3);
    store_query_column_copy(query, 4, out->review.bytes, sizeof out->review.bytes);
}

struct lg_err store_signal_last(struct store_reader *reader, const struct store_tag *opener,
                                uint32_t rule, bool *out_found, struct store_signal *out_signal) {
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_SIGNAL_LAST);
    struct store_signal signal = {.rule = 0};
    store_query_bytes(&query, 1, store_tag_span(opener));
    store_query_number(&query, 2, rule);
    bool found = store_query_next(&query);
    if (found) {
        signal_read(&query, &signal);
    }
    TRY(store_query_end(&query));
    *out_found = found;
    *out_signal = signal;
    return LG_OK;
}

static struct lg_err earlier_count(struct store_reader *reader, struct store_signals_of *of) {
    const struct store_signal *any = &of->shown[0];
    OWN(store_query_done)
    struct store_query query = store_query_of(&reader->db, SQL_SIGNAL_EARLIER);
    store_query_bytes(&query, 1, store_tag_span(&any->opener));
    store_query_number(&query, 2, any->rule);
    store_query_number(&query, 3, (int64_t)any->log_index);
    store_query_bytes(&query, 4, review_span(&any->review));
    store_query_number(&query, 5, STORE_REVIEW_COUNT_MAX);
    int64_t count = store_query_next(&query) ? store_query_column_number(&query, 0) : 0;
    TRY(store_query_end(&query));
    of->earlier = (uint32_t)count;
    return LG_OK;
}

static struct lg_err of_case(struct store_reader *reader, const struct review_id *review,
                             struct store_signals_of *of) {
    {
        OWN(store_query_done)
        struct store_query query = store_query_of(&reader->db, SQL_SIGNAL_OF_CASE);
        store_query_bytes(&query, 1, review_span(review));
        store_query_number(&query, 2, LIMIT_SIGNALS_HITS);
        while (store_query_next(&query)) {
            if (of->shown_count < LIMIT_SIGNALS_HITS_SHOWN) {
                signal_read(&query, &of->shown[of->shown_count++]);
            }
            of->count++;
        }
        TRY(store_query_end(&query));
    }
    return of->count == 0 ? LG_OK : earlier_count(reader, of);
}

struct lg_err store_signals_of_case(struct store_reader *reader, const struct review_id *review,
                                    struct store_signals_of *out_of) {
    *out_of = (struct store_signals_of){.count = 0};
    TRY(store_db_begin(&reader->db, false));
    return store_db_end(&reader->db, of_case(reader, review, out_of));
}

struct lg_err store_signal_has(struct store_reader *reader, const struct review_id *review,
                               const struct store_tag *opener, bool *out_has) {
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_SIGNAL_HAS);
    store_query_bytes(&query, 1, review_span(review));
    store_query_bytes(&query, 2, store_tag_span(opener));
    bool has = store_query_next(&query);
    TRY(store_query_end(&query));
    *out_has = has;
    return LG_OK;
}

/* ---- Counts ---- */

static const char through_name[] = "signals_through";

/* A piece that changed its place does not open. */
static struct store_place piece_place(const struct store_tag *agency, const uint8_t *number) {
    return (struct store_place){
        .table = "signal_count", .row = store_tag_span(agency), .owner = span_of(number, 1)};
}

static struct lg_err piece_put(struct store *store, const struct store_tag *agency, uint8_t number,
                               struct span piece) {
    uint8_t sealed[STORE_SEALED_MAX];
    const struct store_place place = piece_place(agency, &number);
    store_seal(store->seal_key, &place, piece, sealed);
    OWN(store_query_done)
    struct store_query query = store_query_of(&store->db, SQL_SIGNAL_COUNT_PUT);
    store_query_bytes(&query, 1, store_tag_span(agency));
    store_query_number(&query, 2, number);
    store_query_bytes(&query, 3, span_of(sealed, piece.len + VAULT_SEAL_OVERHEAD));
    return store_query_run(&query);
}

static struct lg_err pieces_drop(struct store *store, const struct store_tag *agency) {
    OWN(store_query_done)
    struct store_query query = store_query_of(&store->db, SQL_SIGNAL_COUNT_DROP);
    store_query_bytes(&query, 1, store_tag_span(agency));
    return store_query_run(&query);
}

static struct lg_err counts_put(struct store *store, const struct store_signal_counts *counts) {
    struct store_tag agency;
    TRY(store_tag_of(store, STORE_TAG_AGENCY, &counts->agency, 1, &agency));
    TRY(pieces_drop(store, &agency));
    size_t done = 0;
    for (uint8_t number = 0; done < counts->body.len; number++) {
        size_t len = num_min(counts->body.len - done, STORE_PLAIN_MAX);
        TRY(piece_put(store, &agency, number, span_of(counts->body.ptr + done, len)));
        done += len;
    }
    return LG_OK;
}

static struct lg_err through_put(struct store *store, uint64_t through) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_META_PUT);
    store_query_text(&query, 1, through_name);
    store_query_number(&query, 2, (int64_t)through);
    return store_query_run(&query);
}

static struct lg_err signals_forget(struct store *store, int64_t before_ms) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_SIGNAL_FORGET);
    store_query_number(&query, 1, before_ms);
    return store_query_run(&query);
}

static struct lg_err written_put(struct store *store, const struct store_signals_written *written) {
    for (size_t i = 0; i < written->count; i++) {
        TRY(counts_put(store, &written->counts[i]));
    }
    TRY(signals_forget(store, written->forget_ms));
    return through_put(store, written->through);
}

struct lg_err store_signals_write(struct store *store,
                                  const struct store_signals_written *written) {
    for (size_t i = 0; i < written->count; i++) {
        if (written->counts[i].body.len > STORE_SIGNALS_BODY_MAX) {
            return store_fail(LG_CLASS_INPUT, STORE_FIELDS);
        }
    }
    TRY(store_write_begin(store, STORE_BACKGROUND));
    return store_write_end(store, written_put(store, written));
}

static struct lg_err pieces_read(struct store_reader *reader, const struct store_tag *agency,
                                 uint8_t *body, size_t *len, struct arena *arena) {
    OWN(store_query_done)
    struct store_query query = store_query_of(&reader->db, SQL_SIGNAL_COUNT_LIST);
    store_query_bytes(&query, 1, store_tag_span(agency));
    for (uint8_t number = 0; store_query_next(&query); number++) {
        const struct store_place place = piece_place(agency, &number);
        struct span piece;
        TRY(store_unseal_dup(reader->store->seal_key, &place, store_query_column(&query, 0), arena,
                             &piece));
        if (piece.len > STORE_SIGNALS_BODY_MAX - *len) {
            return store_fail(LG_CLASS_STORE, STORE_CORRUPT);
        }
        memcpy(body + *len, piece.ptr, piece.len);
        *len += piece.len;
    }
    return store_query_end(&query);
}

struct lg_err store_signals_read(struct store_reader *reader, struct span agency,
                                 struct arena *arena, struct span *out_body) {
    struct store_tag tag;
    size_t len = 0;
    TRY(store_tag_of(reader->store, STORE_TAG_AGENCY, &agency, 1, &tag));
    uint8_t *body = arena_alloc(arena, STORE_SIGNALS_BODY_MAX);
    if (body == NULL) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    TRY(pieces_read(reader, &tag, body, &len, arena));
    *out_body = span_of(body, len);
    return LG_OK;
}

struct lg_err store_signals_through(struct store_reader *reader, bool *out_found,
                                    uint64_t *out_through) {
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_META_GET);
    store_query_text(&query, 1, through_name);
    bool found = store_query_next(&query);
    int64_t through = found ? store_query_column_number(&query, 0) : 0;
    TRY(store_query_end(&query));
    if (through < 0) {
        return store_fail(LG_CLASS_STORE, STORE_CORRUPT);
    }
    *out_found = found;
    *out_through = (uint64_t)through;
    return LG_OK;
}
