/* SPDX-License-Identifier: Apache-2.0 */
/* Who asked and who searched, read from the log itself and not from the file. */
#include "gateway/base/bytes.h"
#include "gateway/index/index_int.h"
#include "gateway/query/query.h"

/* Of searches those that look for a person to ask about: others say what else they are for. */
bool index_asked_is_wanted(const struct audit_entry *entry) {
    switch (entry->kind) {
    case AUDIT_ASK:
        return true;
    case AUDIT_DENIAL:
        return !entry->is_part;
    case AUDIT_SEARCH:
        return span_equal_text(entry->reason, query_find_what);
    default:
        return false;
    }
}

/* A question's sealed part and a search's begin alike: version, system, user, role, display name,
 * case reference (gateway/query/trail.c, gateway/service/search.c); a search's has nothing more. */
static void who_read(const struct index_derived *derived, bool is_question,
                     struct index_asked *out) {
    enum { SEARCH_VERSION = 1 };
    struct reader r = reader_of(derived->sealed);
    bool is_search = reader_u8(&r) == SEARCH_VERSION;
    struct span system = reader_part(&r);
    struct span user_id = reader_part(&r);
    struct span role = reader_part(&r);
    (void)reader_part(&r);
    struct span case_reference = reader_part(&r);
    if (is_question ? !r.failed : is_search && !lg_failed(reader_end(&r))) {
        out->system = system;
        out->user_id = user_id;
        out->role = role;
        out->case_reference = case_reference;
    }
}

static struct index_asked asked_of(const struct index_derived *derived) {
    struct query_trail_record record = {.is_enough = false};
    struct index_asked asked = {
        .position = derived->position,
        .entry = derived->entry,
        .has_subject = derived->has_subject,
        .has_person = derived->has_person,
        .person = derived->person,
        .subject = derived->subject,
    };
    bool is_question = derived->entry.kind != AUDIT_SEARCH &&
                       !lg_failed(query_trail_read(derived->sealed, &record)) && !record.is_part;
    asked.is_enough = is_question && record.is_enough;
    asked.age_class = record.age_class;
    who_read(derived, is_question, &asked);
    return asked;
}

/* A part shows its day alone. */
static int64_t later_ms(int64_t latest_ms, const struct audit_entry *entry) {
    return entry->is_part ? latest_ms : entry->time_ms;
}

struct lg_err index_asked_make(const struct index_derived *derived, size_t count,
                               struct arena *arena, struct index_asked_found *out_found) {
    struct index_asked_found found = {.latest_ms = INT64_MIN};
    found.items = arena_array(arena, count, sizeof *found.items);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < count; i++) {
        found.latest_ms = later_ms(found.latest_ms, &derived[i].entry);
        if (derived[i].wants_sealed) {
            found.items[found.count++] = asked_of(&derived[i]);
        }
    }
    *out_found = found;
    return LG_OK;
}

struct lg_err index_asked_read(struct index_log *index, const struct index_asked_range *range,
                               struct arena *arena, struct index_asked_found *out_found) {
    struct index_derived *items = arena_array(arena, range->count, sizeof *items);
    struct index_stretch stretch = {
        .trials = UINT64_MAX, .is_over = range->is_over, .ctx = range->ctx};
    struct index_asked_found found;
    int64_t latest_ms = INT64_MIN;
    TRY(arena_failed(arena));
    for (size_t i = 0; i < range->count; i++) {
        struct index_derived *it = &items[stretch.count];
        TRY(index_read(index, range->first + i, arena, it));
        latest_ms = later_ms(latest_ms, &it->entry);
        it->wants_sealed = index_asked_is_wanted(&it->entry);
        stretch.count += it->wants_sealed ? 1 : 0;
    }
    TRY(index_resolve(index, &stretch, items, arena));
    TRY(index_asked_make(items, stretch.is_spent ? 0 : stretch.count, arena, &found));
    found.latest_ms = latest_ms;
    found.through = range->first + range->count;
    found.is_over = stretch.is_spent;
    *out_found = found;
    return LG_OK;
}
