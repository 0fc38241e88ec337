/* SPDX-License-Identifier: Apache-2.0 */
/* What a person refused and is not to be forgotten with them (gateway/store/suppress.h): chosen
 * when they are erased, and counted again among the facts of whoever takes it along.
 *
 * Kept is what stops: an objection that stands, a refusal, a consent withdrawn. Not kept is what a
 * newer fact of the same kind has taken the place of in everything that it was about; where a newer
 * one covers a part of it, the consent of that part ends with the person as every consent does, and
 * the refusal before it stands. Of who recorded it and how nothing is kept but the party. */
#include <string.h>

#include "gateway/consent/consent_int.h"

static const int64_t DAY_MS = 86400000;

/* ---- What is kept */

static bool stops(const struct consent *fact) {
    bool is_lifted = fact->kind == CONSENT_KIND_OBJECTION && fact->state == CONSENT_WITHDRAWN;
    return fact->state != CONSENT_GIVEN && !is_lifted;
}

static bool has_name(const struct span_list *names, struct span name) {
    bool has = false;
    for (size_t i = 0; i < names->count && !has; i++) {
        has = span_equal(names->items[i], name);
    }
    return has;
}

/* An empty list means all. */
static bool names_cover(const struct span_list *wide, const struct span_list *narrow) {
    bool covers = wide->count == 0 || narrow->count > 0;
    for (size_t i = 0; covers && wide->count > 0 && i < narrow->count; i++) {
        covers = has_name(wide, narrow->items[i]);
    }
    return covers;
}

static bool covers(const struct consent *newer, const struct consent *fact) {
    return consent_kind_covers(newer->kind, fact->kind) &&
           names_cover(&newer->purposes, &fact->purposes) &&
           names_cover(&newer->categories, &fact->categories) &&
           names_cover(&newer->recipients, &fact->recipients) &&
           names_cover(&newer->sources, &fact->sources);
}

/* Facts are newest first. */
static bool is_replaced(const struct consent_facts *facts, size_t at) {
    bool is = false;
    for (size_t i = 0; i < at && !is; i++) {
        is = facts->items[i].log_index > facts->items[at].log_index &&
             covers(&facts->items[i], &facts->items[at]);
    }
    return is;
}

/* Nothing of it leads to the entry that it came from: no id, a day and no moment. */
static struct lg_err body_make(const struct consent *fact, struct arena *arena,
                               struct span *out_body) {
    static const struct person_id NOBODY = {.bytes = {0}};
    const struct consent kept = {
        .state = fact->state,
        .kind = fact->kind,
        .purposes = fact->purposes,
        .categories = fact->categories,
        .recipients = fact->recipients,
        .sources = fact->sources,
        .recorded_ms = fact->recorded_ms / DAY_MS * DAY_MS,
        .recorded_by = fact->recorded_by,
    };
    return consent_entry_encode(&NOBODY, &kept, arena, out_body);
}

struct keeping {
    struct span *bodies;
    size_t count;
    size_t size;
    uint32_t full; /* kinds of which not all fit */
};

/* What has to fit beside it: one for each kind. */
enum { WIDE_SIZE = 128, LISTED_MAX = STORE_SUPPRESS_FACTS_MAX - CONSENT_KIND_END };

static struct lg_err fact_keep(const struct consent *fact, struct arena *arena,
                               struct keeping *keeping) {
    struct span body;
    TRY(body_make(fact, arena, &body));
    bool fits =
        keeping->count < LISTED_MAX &&
        keeping->size + 2 + body.len <= STORE_SUPPRESS_BODY_MAX - CONSENT_KIND_END * WIDE_SIZE;
    if (!fits) {
        keeping->full |= 1U << fact->kind;
        return LG_OK;
    }
    keeping->bodies[keeping->count++] = body;
    keeping->size += 2 + body.len;
    return LG_OK;
}

/* Of a kind of which not all fit, everything is refused: too little would be a breach. */
static struct lg_err wide_keep(enum consent_kind kind, struct span recorded_by, int64_t now_ms,
                               struct arena *arena, struct keeping *keeping) {
    const struct consent wide = {
        .state = CONSENT_REFUSED, .kind = kind, .recorded_ms = now_ms, .recorded_by = recorded_by};
    struct span body;
    TRY(body_make(&wide, arena, &body));
    keeping->bodies[keeping->count++] = body;
    return LG_OK;
}

struct lg_err consent_refusals_keep(struct store_reader *reader, const struct person_id *person,
                                    int64_t now_ms, struct arena *arena,
                                    struct store_suppression *out_kept) {
    struct consent_facts facts;
    struct keeping keeping = {.count = 0};
    TRY(consent_facts_settle(reader, person, arena, &facts));
    keeping.bodies = arena_array(arena, STORE_SUPPRESS_FACTS_MAX, sizeof *keeping.bodies);
    if (keeping.bodies == NULL) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    for (size_t i = 0; i < facts.count; i++) {
        if (stops(&facts.items[i]) && !is_replaced(&facts, i)) {
            TRY(fact_keep(&facts.items[i], arena, &keeping));
        }
    }
    /* Where not all facts were read, what was left out may have been a refusal. */
    bool is_cut = facts.count >= STORE_CONSENTS_MAX;
    keeping.full |= is_cut ? 1U << CONSENT_KIND_NOT_STATED : 0;
    for (int kind = 0; kind < CONSENT_KIND_END; kind++) {
        if ((keeping.full >> kind & 1U) != 0) {
            TRY(wide_keep((enum consent_kind)kind, facts.items[0].recorded_by, now_ms, arena,
                          &keeping));
        }
    }
    out_kept->facts = keeping.bodies;
    out_kept->fact_count = keeping.count;
    return LG_OK;
}

/* ---- Counted again */

/* Without its day: an explanation that names it would tell of a time before the person came. */
static struct lg_err kept_read(const struct store_consent *row, struct arena *arena,
                               struct consent *out_fact) {
    struct person_id nobody;
    struct lg_err err = consent_entry_decode(row->body, arena, &nobody, out_fact);
    if (lg_err_class(err) == LG_CLASS_INPUT) {
        return consent_fail(LG_CLASS_STORE, CONSENT_BODY);
    }
    out_fact->log_index = row->log_index;
    out_fact->recorded_ms = 0;
    return err;
}

static bool is_before(const struct consent *a, const struct consent *b) {
    return a->log_index > b->log_index;
}

/* Both lists are newest first. */
static void lists_join(const struct consent_facts *own, const struct consent *kept,
                       size_t kept_count, struct consent_facts *out) {
    size_t i = 0;
    size_t j = 0;
    while (out->count < STORE_CONSENTS_MAX && (i < own->count || j < kept_count)) {
        bool takes_own = j == kept_count || (i < own->count && is_before(&own->items[i], &kept[j]));
        out->items[out->count++] = takes_own ? own->items[i++] : kept[j++];
    }
}

struct lg_err consent_facts_settle(struct store_reader *reader, const struct person_id *person,
                                   struct arena *arena, struct consent_facts *out_facts) {
    struct consent_facts own;
    struct store_consents rows;
    TRY(consent_facts_read(reader, person, arena, &own));
    TRY(store_suppressed_read(reader, person, arena, &rows));
    struct consent *kept = arena_array(arena, rows.count + 1, sizeof *kept);
    struct consent_facts all = {
        .items = arena_array(arena, own.count + rows.count + 1, sizeof *all.items),
        .applied_through = own.applied_through};
    if (lg_failed(arena_failed(arena))) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    for (size_t i = 0; i < rows.count; i++) {
        TRY(kept_read(&rows.items[i], arena, &kept[i]));
    }
    lists_join(&own, kept, rows.count, &all);
    *out_facts = all;
    return LG_OK;
}
