/* SPDX-License-Identifier: Apache-2.0 */
/* Who asked or looked, of an entry that is open: it stands in what questions, refusals of whole
 * ones, and searches seal. What a source's part seals does not have the system; its question's
 * entry has, which is about the same person and so under the same key, unless the quarter changed
 * between the two. */
#include "gateway/base/bytes.h"
#include "gateway/index/index_int.h"
#include "gateway/query/query.h"

bool index_says_who(const struct audit_entry *entry) {
    return entry->kind == AUDIT_ASK || entry->kind == AUDIT_SEARCH ||
           (entry->kind == AUDIT_DENIAL && !entry->is_part);
}

/* What all of them begin with: version, system, user (gateway/query/trail.c,
 * gateway/service/search.c). */
static void who_read(struct span sealed, struct index_derived *derived) {
    struct reader r = reader_of(sealed);
    (void)reader_u8(&r);
    struct span system = reader_part(&r);
    struct span user_id = reader_part(&r);
    if (!r.failed && system.len <= AUDIT_CODE_SIZE_MAX && user_id.len <= LIMIT_WIRE_ACTOR) {
        derived->system = system;
        derived->user_id = user_id;
    }
}

/* The key of the same subject for the quarter of the question: of nobody, and of a person whom the
 * log remembers. *out_key NULL: not to be had. */
static struct lg_err other_quarter(struct index_log *index, const struct index_derived *derived,
                                   uint32_t quarter, struct vault_key **out_key) {
    const struct person_id *person = derived->has_subject ? &derived->person : NULL;
    if (derived->has_subject && !derived->has_person) {
        return LG_OK;
    }
    return store_key_find(index->config.store, person, quarter, out_key);
}

static struct lg_err ask_open(struct index_derived *derived, struct span leaf,
                              struct vault_key *key, struct arena *arena) {
    struct audit_opened opened;
    struct lg_err err = audit_entry_open(leaf, key, arena, &opened);
    if (lg_err_class(err) == LG_CLASS_INPUT) {
        return LG_OK;
    }
    TRY(err);
    who_read(opened.sealed, derived);
    return LG_OK;
}

/* What the question said that was opened just before: most parts come soon after theirs. */
static bool neighbour_take(struct index_derived *derived, uint64_t position) {
    uint64_t back = derived->position - position;
    const struct index_derived *ask = back <= derived->neighbours ? derived - back : NULL;
    if (ask == NULL || ask->entry.kind != AUDIT_ASK || ask->user_id.len == 0) {
        return false;
    }
    derived->system = ask->system;
    derived->user_id = ask->user_id;
    return true;
}

/* Of the part's question. An index that is no question's, or of one that no key opens, says
 * nobody. */
static struct lg_err ask_find(struct index_log *index, struct index_derived *derived,
                              uint64_t position, struct vault_key *key, struct arena *arena) {
    OWN(vault_key_free) struct vault_key *other = NULL;
    struct index_derived ask = {.position = position};
    if (position >= derived->position || neighbour_take(derived, position)) {
        return LG_OK;
    }
    TRY(audit_entry_get(index->config.log, position, arena, &ask.leaf));
    TRY(audit_entry_decode(ask.leaf, &ask.entry));
    if (ask.entry.kind != AUDIT_ASK) {
        return LG_OK;
    }
    if (ask.entry.quarter != derived->entry.quarter) {
        TRY(other_quarter(index, derived, ask.entry.quarter, &other));
        key = other;
    }
    return key == NULL ? LG_OK : ask_open(derived, ask.leaf, key, arena);
}

struct lg_err index_who_find(struct index_log *index, struct index_derived *derived,
                             struct vault_key *key, struct arena *arena) {
    struct query_trail_record record = {.is_part = false};
    if (index_says_who(&derived->entry)) {
        who_read(derived->sealed, derived);
        return LG_OK;
    }
    if (!derived->entry.is_part || lg_failed(query_trail_read(derived->sealed, &record)) ||
        !record.is_part) {
        return LG_OK;
    }
    return ask_find(index, derived, record.ask_index, key, arena);
}

struct lg_err index_question_find(struct index_log *index, const struct index_part *part,
                                  struct arena *arena, bool *out_found,
                                  struct request_id *out_question) {
    struct store_sides_found found;
    struct audit_detail detail;
    struct index_derived derived;
    const struct store_side_filter filter = {
        .agency = store_entry_word(index->config.store, part->agency),
        .role = STORE_SIDE_REQUESTER,
        .from_ms = INT64_MIN,
        .to_ms = INT64_MAX,
        .before = part->position + 1,
        .most = 1,
    };
    *out_found = false;
    if (!index_is_ready(index)) {
        return lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_IO);
    }
    TRY(index_forget(index));
    TRY(store_entries_find(index->entries, &filter, arena, &found));
    if (found.count == 0 || found.sides[0].position != part->position) {
        return LG_OK;
    }
    TRY(index_read(index, part->position, arena, &derived));
    if (!lg_failed(audit_detail_read(&derived.entry, found.sides[0].detail, &detail))) {
        *out_question = detail.question_id;
        *out_found = true;
    }
    return LG_OK;
}
