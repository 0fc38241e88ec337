/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about consent, derived from the log. They and applied_through are written in one
 * transaction and read in one, so that a grant knows what it was read at (audit.md 4.8). */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/store/changes_int.h"
#include "gateway/store/signals.h"
#include "gateway/store/suppress_int.h"

static struct store_place fact_place(const struct consent_id *id) {
    return (struct store_place){.table = "consent", .row = span_of(id->bytes, sizeof id->bytes)};
}

static struct lg_err through_read(struct store_db *db, uint64_t *out_through) {
    OWN(store_query_done) struct store_query query = store_query_of(db, SQL_META_GET);
    store_query_text(&query, 1, "applied_through");
    int64_t through = store_query_next(&query) ? store_query_column_number(&query, 0) : 0;
    TRY(store_query_end(&query));
    if (through < 0) {
        return store_fail(LG_CLASS_STORE, STORE_CORRUPT);
    }
    *out_through = (uint64_t)through;
    return LG_OK;
}

static struct lg_err through_write(struct store_db *db, uint64_t through) {
    OWN(store_query_done) struct store_query query = store_query_of(db, SQL_META_PUT);
    store_query_text(&query, 1, "applied_through");
    store_query_number(&query, 2, (int64_t)through);
    return store_query_run(&query);
}

static struct lg_err fact_add(struct store *store, const struct store_consent *fact) {
    struct store_person_row row;
    TRY(store_person_get(store, &store->db, &fact->person, &row));
    uint8_t sealed[STORE_CONSENT_BODY_MAX + VAULT_SEAL_OVERHEAD];
    struct store_place place = fact_place(&fact->id);
    store_seal(store->seal_key, &place, fact->body, sealed);
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_CONSENT_ADD);
    store_query_bytes(&query, 1, span_of(fact->id.bytes, sizeof fact->id.bytes));
    store_query_bytes(&query, 2, store_person_span(&row.person.id));
    store_query_number(&query, 3, (int64_t)fact->log_index);
    store_query_bytes(&query, 4, span_of(sealed, fact->body.len + VAULT_SEAL_OVERHEAD));
    return store_query_run(&query);
}

/* The row that a query of the four columns stands on. */
static struct lg_err fact_read(const struct store *store, struct store_query *query,
                               struct arena *arena, struct store_consent *out_fact) {
    store_query_column_copy(query, 0, out_fact->id.bytes, sizeof out_fact->id.bytes);
    store_query_column_copy(query, 1, out_fact->person.bytes, sizeof out_fact->person.bytes);
    out_fact->log_index = (uint64_t)store_query_column_number(query, 2);
    struct store_place place = fact_place(&out_fact->id);
    return store_unseal_dup(store->seal_key, &place, store_query_column(query, 3), arena,
                            &out_fact->body);
}

/* Facts that the log put between a release and the row that it made: they end it as well. */
static struct lg_err facts_since(struct store *store, const struct store_consent_change *change,
                                 const struct person_id *person, struct arena *arena,
                                 struct store_consents *out_facts) {
    struct store_consent *facts = NULL;
    size_t count = 0;
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_CONSENT_SINCE);
    store_query_bytes(&query, 1, store_person_span(person));
    store_query_number(&query, 2, (int64_t)change->released_index);
    store_query_number(&query, 3, STORE_CONSENTS_MAX);
    while (count < STORE_CONSENTS_MAX && store_query_next(&query)) {
        facts = arena_more(arena, facts, count, sizeof *facts);
        if (facts == NULL) {
            return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
        }
        TRY(fact_read(store, &query, arena, &facts[count]));
        count++;
    }
    out_facts->items = facts;
    out_facts->count = count;
    return store_query_end(&query);
}

/* Bodies of as many facts as are read. */
enum { SINCE_BUDGET = STORE_CONSENTS_MAX * (STORE_CONSENT_BODY_MAX + 512) };

static struct lg_err uses_apply(struct store *store, const struct store_consent_change *change,
                                const struct store_ending *ending) {
    OWN(arena_free) struct arena *arena = NULL;
    struct store_person_row row;
    struct store_consents facts = {0};
    if (lg_failed(arena_new(SINCE_BUDGET, &arena))) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    TRY(store_person_get(store, &store->db, &change->person, &row));
    TRY(store_uses_add(store, &row.person.id, change));
    TRY(facts_since(store, change, &row.person.id, arena, &facts));
    for (size_t i = 0; i < facts.count; i++) {
        TRY(store_reliances_end(store, &row.person.id, &facts.items[i], ending));
    }
    return LG_OK;
}

static struct lg_err consent_apply(struct store *store, const struct store_consent_change *change,
                                   const struct store_ending *ending) {
    struct store_person_row row;
    TRY(fact_add(store, &change->consent));
    if (change->tally.agency.len > 0) {
        TRY(store_tally_add(store, &change->tally));
    }
    if (ending == NULL) {
        return LG_OK;
    }
    TRY(store_person_get(store, &store->db, &change->consent.person, &row));
    return store_reliances_end(store, &row.person.id, &change->consent, ending);
}

/* What was under way when its person was erased comes too late. */
static struct lg_err change_is_late(const struct store *store, struct store_db *db,
                                    const struct store_consent_change *change, bool *out_late) {
    *out_late = false;
    if (change->kind == STORE_CHANGE_ACKNOWLEDGED) {
        return LG_OK;
    }
    const struct person_id *person =
        change->kind == STORE_CHANGE_CONSENT ? &change->consent.person : &change->person;
    return store_person_is_erased(store, db, person, out_late);
}

static struct lg_err change_apply(struct store *store, const struct store_consent_change *change,
                                  const struct store_ending *ending) {
    bool is_late = false;
    TRY(change_is_late(store, &store->db, change, &is_late));
    if (is_late) {
        return LG_OK;
    }
    switch (change->kind) {
    case STORE_CHANGE_CONSENT:
        return consent_apply(store, change, ending);
    case STORE_CHANGE_USES:
        return uses_apply(store, change, ending);
    case STORE_CHANGE_ACKNOWLEDGED:
        break;
    }
    return store_notice_acknowledge(store, &change->notice, change->log_index);
}

static struct lg_err facts_apply(struct store *store, const struct store_changes *changes,
                                 uint64_t applied) {
    for (size_t i = 0; i < changes->consent_count; i++) {
        if (changes->consents[i].log_index >= applied) {
            TRY(change_apply(store, &changes->consents[i], changes->ending));
        }
    }
    return LG_OK;
}

static struct lg_err cases_apply(struct store *store, const struct store_changes *changes,
                                 uint64_t applied) {
    for (size_t i = 0; i < changes->open_count; i++) {
        if (changes->opens[i].review.log_index >= applied) {
            TRY(store_review_open(store, &changes->opens[i]));
        }
    }
    for (size_t i = 0; i < changes->act_count; i++) {
        if (changes->acts[i].log_index >= applied) {
            TRY(store_review_act(store, &changes->acts[i]));
        }
    }
    for (size_t i = 0; i < changes->stop_count; i++) {
        if (changes->stops[i].log_index >= applied) {
            TRY(store_stop_apply(store, &changes->stops[i]));
        }
    }
    for (size_t i = 0; i < changes->agreement_act_count; i++) {
        if (changes->agreement_acts[i].log_index >= applied) {
            TRY(store_agreement_act_add(store, &changes->agreement_acts[i]));
        }
    }
    return LG_OK;
}

/* Requests and erasures in the order of the log, as one run of many entries and as many of one:
 * each depends on those of the other that came before it (sar.h, erasure.h). After everything else
 * of the run: what an entry before or behind an erasure in the run added about the person goes too.
 */
static struct lg_err persons_apply(struct store *store, const struct store_changes *changes,
                                   uint64_t applied) {
    size_t sar = 0;
    size_t erasure = 0;
    while (sar < changes->sar_count || erasure < changes->erasure_count) {
        bool is_sar = erasure == changes->erasure_count ||
                      (sar < changes->sar_count &&
                       changes->sars[sar].log_index < changes->erasures[erasure].log_index);
        if (is_sar && changes->sars[sar].log_index >= applied) {
            TRY(store_sar_apply(store, &changes->sars[sar]));
        }
        if (!is_sar && changes->erasures[erasure].log_index >= applied) {
            TRY(store_erasure_apply(store, &changes->erasures[erasure]));
        }
        sar += is_sar ? 1 : 0;
        erasure += is_sar ? 0 : 1;
    }
    return LG_OK;
}

/* Before the erasures that they go with. */
static struct lg_err suppressions_apply(struct store *store, const struct store_changes *changes,
                                        uint64_t applied) {
    for (size_t i = 0; i < changes->suppression_count; i++) {
        if (changes->suppressions[i].log_index >= applied) {
            TRY(store_suppression_apply(store, &changes->suppressions[i]));
        }
    }
    return LG_OK;
}

static struct lg_err duties_apply(struct store *store, const struct store_changes *changes,
                                  uint64_t applied) {
    for (size_t i = 0; i < changes->duty_act_count; i++) {
        if (changes->duty_acts[i].log_index >= applied) {
            TRY(store_duty_act_apply(store, &changes->duty_acts[i]));
        }
    }
    return LG_OK;
}

static struct lg_err marks_apply(struct store *store, const struct store_changes *changes,
                                 uint64_t applied) {
    for (size_t i = 0; i < changes->mark_count; i++) {
        if (changes->marks[i].log_index >= applied) {
            TRY(store_mark_apply(store, &changes->marks[i].mark));
        }
    }
    return LG_OK;
}

static struct lg_err incidents_apply(struct store *store, const struct store_changes *changes,
                                     uint64_t applied) {
    for (size_t i = 0; i < changes->incident_count; i++) {
        if (changes->incidents[i].log_index >= applied) {
            TRY(store_incident_apply(store, &changes->incidents[i]));
        }
    }
    return LG_OK;
}

static struct lg_err changes_apply(struct store *store, const struct store_changes *changes) {
    uint64_t applied = 0;
    TRY(through_read(&store->db, &applied));
    if (changes->through <= applied) {
        return LG_OK;
    }
    TRY(facts_apply(store, changes, applied));
    TRY(cases_apply(store, changes, applied));
    TRY(duties_apply(store, changes, applied));
    TRY(marks_apply(store, changes, applied));
    TRY(incidents_apply(store, changes, applied));
    TRY(suppressions_apply(store, changes, applied));
    TRY(persons_apply(store, changes, applied));
    if (changes->stop_count > 0) {
        TRY(store_stops_note(store));
    }
    return through_write(&store->db, changes->through);
}

static bool body_valid(struct span body, size_t size_max) {
    return body.len > 0 && body.len <= size_max;
}

static bool change_valid(const struct store_consent_change *change,
                         const struct store_ending *ending) {
    bool valid = change->kind >= STORE_CHANGE_CONSENT && change->kind <= STORE_CHANGE_ACKNOWLEDGED;
    if (change->kind == STORE_CHANGE_CONSENT) {
        valid = body_valid(change->consent.body, STORE_CONSENT_BODY_MAX) &&
                change->consent.log_index == change->log_index;
    }
    if (change->kind == STORE_CHANGE_USES) {
        valid = change->use_count <= STORE_USES_MAX && change->released_index <= INT64_MAX &&
                ending != NULL;
    }
    for (size_t i = 0; valid && change->kind == STORE_CHANGE_USES && i < change->use_count; i++) {
        valid = body_valid(change->uses[i].body, STORE_RELIANCE_BODY_MAX);
    }
    return valid;
}

static bool facts_valid(const struct store_changes *changes) {
    const struct store_consent_change *consents = changes->consents;
    bool valid = changes->consent_count <= STORE_APPLY_MAX && changes->through <= INT64_MAX;
    for (size_t i = 0; valid && i < changes->consent_count; i++) {
        valid = change_valid(&consents[i], changes->ending) &&
                consents[i].log_index < changes->through &&
                (i == 0 || consents[i].log_index > consents[i - 1].log_index);
    }
    return valid;
}

static bool cases_valid(const struct store_changes *changes) {
    bool valid = changes->open_count <= STORE_APPLY_MAX && changes->act_count <= STORE_APPLY_MAX &&
                 changes->stop_count <= STORE_APPLY_MAX;
    for (size_t i = 0; valid && i < changes->open_count; i++) {
        const struct store_review_open *open = &changes->opens[i];
        valid = body_valid(open->review.body, STORE_REVIEW_BODY_MAX) && open->sides.count > 0 &&
                open->sides.count <= STORE_REVIEW_SIDES_MAX &&
                open->review.log_index < changes->through;
    }
    for (size_t i = 0; valid && i < changes->act_count; i++) {
        valid = body_valid(changes->acts[i].body, STORE_REVIEW_BODY_MAX) &&
                changes->acts[i].log_index < changes->through;
    }
    for (size_t i = 0; valid && i < changes->stop_count; i++) {
        valid = body_valid(changes->stops[i].body, STORE_REVIEW_BODY_MAX) &&
                changes->stops[i].log_index < changes->through;
    }
    return valid;
}

static bool agreements_valid(const struct store_changes *changes) {
    bool valid = changes->agreement_act_count <= STORE_APPLY_MAX;
    for (size_t i = 0; valid && i < changes->agreement_act_count; i++) {
        valid = body_valid(changes->agreement_acts[i].body, STORE_AGREEMENT_BODY_MAX) &&
                changes->agreement_acts[i].log_index < changes->through;
    }
    return valid;
}

static bool erasures_valid(const struct store_changes *changes) {
    bool valid = changes->erasure_count <= STORE_APPLY_MAX;
    for (size_t i = 0; valid && i < changes->erasure_count; i++) {
        const struct store_erasure *it = &changes->erasures[i];
        valid = it->step >= STORE_ERASURE_ASKED && it->step <= STORE_ERASURE_RELEASED &&
                store_name_valid(it->agency) && it->body.len <= STORE_REVIEW_BODY_MAX &&
                it->log_index < changes->through && it->proposal <= it->log_index &&
                it->named.len % STORE_KEY_TAG_SIZE == 0;
    }
    return valid;
}

static bool suppressions_valid(const struct store_changes *changes) {
    bool valid = changes->suppression_count <= STORE_APPLY_MAX;
    for (size_t i = 0; valid && i < changes->suppression_count; i++) {
        valid = store_suppression_valid(&changes->suppressions[i], changes->through);
    }
    return valid;
}

static bool sars_valid(const struct store_changes *changes) {
    bool valid = changes->sar_count <= STORE_APPLY_MAX;
    for (size_t i = 0; valid && i < changes->sar_count; i++) {
        valid = store_sar_valid(&changes->sars[i], changes->through);
    }
    return valid;
}

static bool incidents_valid(const struct store_changes *changes) {
    bool valid = changes->incident_count <= STORE_APPLY_MAX;
    for (size_t i = 0; valid && i < changes->incident_count; i++) {
        valid = store_incident_valid(&changes->incidents[i], changes->through);
    }
    return valid;
}

static bool duties_valid(const struct store_changes *changes) {
    bool valid = changes->duty_act_count <= STORE_APPLY_MAX;
    for (size_t i = 0; valid && i < changes->duty_act_count; i++) {
        const struct store_duty_act *it = &changes->duty_acts[i];
        valid = it->kind >= STORE_DUTY_TAKEN && it->kind <= STORE_DUTY_ESCALATED &&
                body_valid(it->body, STORE_REVIEW_BODY_MAX) && store_name_valid(it->agency) &&
                (it->next.len == 0 || store_name_valid(it->next)) &&
                it->log_index < changes->through;
    }
    return valid;
}

static bool marks_valid(const struct store_changes *changes) {
    bool valid = changes->mark_count <= STORE_APPLY_MAX;
    for (size_t i = 0; valid && i < changes->mark_count; i++) {
        valid = store_mark_valid(&changes->marks[i], changes->through);
    }
    return valid;
}

/* The write-ahead file had the rows too. Where a reader is in the way it is cut later. */
static void traces_remove(struct store *store) {
    store_turn_take(&store->turn, STORE_URGENT);
    if (!store_is_latched(store)) {
        (void)store_db_truncate(&store->db);
        store_latch_check(store, &store->db);
    }
    store_turn_give(&store->turn);
}

struct lg_err store_changes_apply(struct store *store, const struct store_changes *changes) {
    if (!facts_valid(changes) || !cases_valid(changes) || !agreements_valid(changes) ||
        !erasures_valid(changes) || !suppressions_valid(changes) || !sars_valid(changes) ||
        !duties_valid(changes) || !marks_valid(changes) || !incidents_valid(changes)) {
        return store_fail(LG_CLASS_INPUT, STORE_FIELDS);
    }
    TRY(store_write_begin(store, STORE_URGENT));
    TRY(store_write_end(store, changes_apply(store, changes)));
    if (changes->erasure_count > 0) {
        traces_remove(store);
    }
    return LG_OK;
}

struct lg_err store_consents_apply(struct store *store, const struct store_consent *consents,
                                   size_t count, uint64_t through) {
    if (count > STORE_APPLY_MAX) {
        return store_fail(LG_CLASS_INPUT, STORE_FIELDS);
    }
    OWN(arena_free) struct arena *arena = NULL;
    if (lg_failed(arena_new((count + 1) * sizeof(struct store_consent_change) + 4096, &arena))) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    struct store_consent_change *rows = arena_array(arena, count, sizeof *rows);
    if (rows == NULL) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        rows[i] = (struct store_consent_change){.kind = STORE_CHANGE_CONSENT,
                                                .log_index = consents[i].log_index,
                                                .consent = consents[i]};
    }
    const struct store_changes changes = {
        .consents = rows, .consent_count = count, .through = through};
    return store_changes_apply(store, &changes);
}

struct lg_err store_applied_through(struct store_reader *reader, uint64_t *out_through) {
    return through_read(&reader->db, out_through);
}

static struct lg_err facts_read(struct store_reader *reader, const struct person_id *person,
                                struct arena *arena, struct store_consents *out_consents) {
    struct store_consent *facts = NULL;
    struct store_person_row row;
    TRY(store_person_get(reader->store, &reader->db, person, &row));
    OWN(store_query_done)
    struct store_query query = store_query_of(&reader->db, SQL_CONSENT_OF_PERSON);
    store_query_bytes(&query, 1, store_person_span(&row.person.id));
    store_query_number(&query, 2, STORE_CONSENTS_MAX);
    size_t count = 0;
    while (count < STORE_CONSENTS_MAX && store_query_next(&query)) {
        facts = arena_more(arena, facts, count, sizeof *facts);
        if (facts == NULL) {
            return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
        }
        TRY(fact_read(reader->store, &query, arena, &facts[count]));
        count++;
    }
    TRY(store_query_end(&query));
    out_consents->items = facts;
    out_consents->count = count;
    return through_read(&reader->db, &out_consents->applied_through);
}

struct lg_err store_consents_read(struct store_reader *reader, const struct person_id *person,
                                  struct arena *arena, struct store_consents *out_consents) {
    struct person_id nobody;
    vault_random(nobody.bytes, sizeof nobody.bytes);
    TRY(store_db_begin(&reader->db, false));
    return store_db_end(&reader->db,
                        facts_read(reader, person == NULL ? &nobody : person, arena, out_consents));
}

struct lg_err store_consent_find(struct store_reader *reader, const struct consent_id *id,
                                 struct arena *arena, bool *out_found,
                                 struct store_consent *out_consent) {
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_CONSENT_GET);
    store_query_bytes(&query, 1, span_of(id->bytes, sizeof id->bytes));
    *out_found = false;
    if (!store_query_next(&query)) {
        return store_query_end(&query);
    }
    TRY(fact_read(reader->store, &query, arena, out_consent));
    *out_found = true;
    return store_query_end(&query);
}
