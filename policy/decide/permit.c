/* SPDX-License-Identifier: Apache-2.0 */
/* Making a permit: which agreements, which sources, which fields, and which agreement comes first.
 */
#include "gateway/base/assert.h"
#include "gateway/base/num.h"
#include "policy/decide/foremost.h"

static struct lg_err too_large(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_POLICY, POLICY_TOO_LARGE);
}

/* ---- agreements ---- */

static bool is_asked(const struct policy_force *force, const struct policy_request *request) {
    return request->agreement.len == 0 || span_equal(request->agreement, force->policy->id);
}

static struct lg_err make_scopes(struct permit *permit, const struct policy_force *force,
                                 size_t force_count, struct arena *arena) {
    permit->scopes = arena_array(arena, force_count + 1, sizeof *permit->scopes);
    if (permit->scopes == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < force_count; i++) {
        if (is_asked(&force[i], &permit->request)) {
            policy_scope_init(&force[i], &permit->request, &permit->scopes[permit->scope_count++]);
        }
    }
    if (permit->scope_count == 0) {
        permit->scopes[permit->scope_count++] = (struct scope){
            .request = &permit->request,
            .recipient = POLICY_NONE,
            .role = POLICY_NONE,
            .purpose = POLICY_NONE,
            .basis = POLICY_NONE,
        };
    }
    return LG_OK;
}

/* ---- sources ---- */

static bool has_source(const struct permit *permit, struct span id) {
    for (size_t i = 0; i < permit->source_count; i++) {
        if (span_equal(permit->sources[i].id, id)) {
            return true;
        }
    }
    return false;
}

static void add_source(struct permit *permit, struct span id) {
    ASSERT(permit->source_count < permit->source_room);
    permit->sources[permit->source_count++].id = id;
}

/* Every party of every agreement that the request may fall under, but the recipient. */
static struct lg_err add_parties(struct permit *permit, const struct scope *scope) {
    if (scope->policy == NULL || scope->recipient == POLICY_NONE) {
        return LG_OK;
    }
    for (uint32_t i = 0; i < scope->policy->party_names.count; i++) {
        struct span id = scope->policy->parties[i].shown.id;
        if (i == scope->recipient || has_source(permit, id)) {
            continue;
        }
        if (permit->source_count == permit->source_room) {
            return too_large();
        }
        add_source(permit, id);
    }
    return LG_OK;
}

/* Room for every source that there can be, and not for more: this is done for every question. */
static size_t source_room(const struct permit *permit) {
    size_t asked = permit->request.sources.count;
    size_t room = asked;
    for (size_t i = 0; asked == 0 && i < permit->scope_count; i++) {
        const struct policy *policy = permit->scopes[i].policy;
        room += policy == NULL ? 0 : policy->party_names.count;
    }
    return num_min(room, LIMIT_POLICY_SOURCES);
}

static struct lg_err make_sources(struct permit *permit, struct arena *arena) {
    const struct span_list *asked = &permit->request.sources;
    permit->source_room = source_room(permit);
    permit->sources = arena_array(arena, permit->source_room, sizeof *permit->sources);
    if (permit->sources == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < asked->count; i++) {
        if (!has_source(permit, asked->items[i])) {
            add_source(permit, asked->items[i]);
        }
    }
    for (size_t i = 0; asked->count == 0 && i < permit->scope_count; i++) {
        TRY(add_parties(permit, &permit->scopes[i]));
    }
    return LG_OK;
}

/* ---- fields ---- */

/* Fields with their number in each agreement, POLICY_NONE where it has none: looked up once, not
 * for every source. */
struct field_list {
    const struct permit *permit;
    struct span *items;
    uint32_t *indexes; /* [field][scope] */
    size_t count;
    size_t size;
};

static struct lg_err list_init(const struct permit *permit, struct arena *arena,
                               struct field_list *out_list) {
    size_t asked = permit->request.fields.count;
    size_t room = asked;
    for (size_t i = 0; asked == 0 && i < permit->scope_count; i++) {
        const struct policy *policy = permit->scopes[i].policy;
        room += policy == NULL ? 0 : policy->field_names.count;
    }
    struct field_list list = {.permit = permit, .size = num_min(room, LIMIT_POLICY_ASKED)};
    list.items = arena_array(arena, list.size, sizeof *list.items);
    list.indexes = arena_array(arena, list.size * permit->scope_count, sizeof *list.indexes);
    *out_list = list;
    return list.items == NULL || list.indexes == NULL ? policy_no_memory() : LG_OK;
}

static bool list_has(const struct field_list *list, struct span id) {
    for (size_t i = 0; i < list->count; i++) {
        if (span_equal(list->items[i], id)) {
            return true;
        }
    }
    return false;
}

/* One that is not in the list. `known` is the agreement in which its number is `index`. */
static void add_field(struct field_list *list, struct span id, size_t known, uint32_t index) {
    const struct permit *permit = list->permit;
    ASSERT(list->count < list->size);
    for (size_t i = 0; i < permit->scope_count; i++) {
        const struct policy *policy = permit->scopes[i].policy;
        uint32_t found = POLICY_NONE;
        if (i == known) {
            found = index;
        } else if (policy != NULL) {
            found = policy_names_find(&policy->field_names, id);
        }
        list->indexes[list->count * permit->scope_count + i] = found;
    }
    list->items[list->count++] = id;
}

/* Those asked for by name, without repeats. */
static struct lg_err list_asked(struct permit *permit, struct arena *arena,
                                struct field_list *out_list) {
    const struct span_list *asked = &permit->request.fields;
    TRY(list_init(permit, arena, out_list));
    for (size_t i = 0; i < asked->count; i++) {
        if (!list_has(out_list, asked->items[i])) {
            add_field(out_list, asked->items[i], SIZE_MAX, POLICY_NONE);
        }
    }
    return LG_OK;
}

/* Every field of the source that some clause of this agreement governs for this caller. Only what
 * an agreement before it has put there can repeat. */
static struct lg_err add_governed(const struct seat *seat, size_t known, struct field_list *list) {
    const struct scope *scope = seat->scope;
    const struct policy *policy = scope->policy;
    size_t before = list->count;
    for (uint32_t field = 0; field < policy->field_names.count; field++) {
        const struct category *category = &policy->categories[policy->fields[field].category];
        struct span id = policy->fields[field].id;
        if (!policy_bits_has(&category->holders, seat->source) ||
            policy_table_get(policy, scope->role, seat->source, scope->purpose, field) == 0 ||
            (before > 0 && list_has(list, id))) {
            continue;
        }
        if (list->count == list->size) {
            return too_large();
        }
        add_field(list, id, known, field);
    }
    return LG_OK;
}

static struct lg_err list_governed(const struct permit *permit, struct permit_source *source,
                                   struct arena *arena, struct field_list *out_list) {
    TRY(list_init(permit, arena, out_list));
    for (size_t i = 0; i < permit->scope_count; i++) {
        const struct seat *seat = &source->seats[i];
        if (seat->refusal == POLICY_REASON_NONE) {
            TRY(add_governed(seat, i, out_list));
        } else if (seat->refusal > source->refusal) {
            source->refusal = seat->refusal;
        }
    }
    return LG_OK;
}

/* ---- which agreement comes first ---- */

static bool has_both_parties(const struct scope *scope, struct span source) {
    /* Where there is none, it is the only scope, and comes first. */
    ASSERT(scope->policy != NULL);
    return scope->recipient != POLICY_NONE &&
           policy_names_find(&scope->policy->party_names, source) != POLICY_NONE;
}

static struct contender contender_of(const struct candidate *candidate) {
    return (struct contender){candidate, candidate->term.refusal, candidate->stage};
}

static bool comes_first(const struct candidate *a, const struct candidate *b) {
    const struct contender left = contender_of(a);
    const struct contender right = contender_of(b);
    return policy_comes_first(&left, &right);
}

static size_t find_lead(const struct permit *permit, const struct permit_source *source,
                        size_t field) {
    const struct candidate *all = &source->candidates[field * permit->scope_count];
    size_t lead = SIZE_MAX;
    for (size_t i = 0; i < permit->scope_count; i++) {
        bool counts = has_both_parties(&permit->scopes[i], source->id);
        if (counts && (lead == SIZE_MAX || comes_first(&all[i], &all[lead]))) {
            lead = i;
        }
    }
    return lead == SIZE_MAX ? 0 : lead;
}

/* ---- limits ---- */

static struct lg_err make_limits(struct permit *permit, struct arena *arena) {
    for (size_t i = 0; i < permit->scope_count; i++) {
        const struct policy *policy = permit->scopes[i].policy;
        permit->limit_room += policy == NULL ? 0 : policy->limit_names.count;
    }
    permit->limits = arena_array(arena, permit->limit_room, sizeof *permit->limits);
    return permit->limits == NULL ? policy_no_memory() : LG_OK;
}

static void add_limit(struct permit *permit, struct candidate *candidate) {
    const struct policy *policy = candidate->scope->policy;
    if (candidate->term.refusal != POLICY_REASON_NONE || candidate->clause->limit == POLICY_NO16) {
        return;
    }
    for (size_t i = 0; i < permit->limit_count; i++) {
        if (permit->limits[i].policy == policy &&
            permit->limits[i].limit == candidate->clause->limit) {
            candidate->term.limit = i;
            return;
        }
    }
    ASSERT(permit->limit_count < permit->limit_room);
    candidate->term.limit = permit->limit_count;
    permit->limits[permit->limit_count++] = (struct limit_ref){policy, candidate->clause->limit};
}

/* ---- one source ---- */

static void sum_up(struct permit_source *source, const struct candidate *candidate) {
    const struct policy_term *term = &candidate->term;
    if (term->refusal != POLICY_REASON_NONE) {
        return;
    }
    source->is_hidden |= term->is_hidden;
    if (source->tells == 0 || term->tells < source->tells) {
        source->tells = term->tells;
    }
}

static void decide_field(struct permit *permit, struct permit_source *source,
                         const struct field_list *list) {
    size_t at = source->field_count++;
    for (size_t i = 0; i < permit->scope_count; i++) {
        size_t place = at * permit->scope_count + i;
        struct candidate *candidate = &source->candidates[place];
        policy_candidate_decide_at(&source->seats[i], list->items[at], list->indexes[place],
                                   candidate);
        add_limit(permit, candidate);
        sum_up(source, candidate);
    }
    source->leads[at] = permit->scope_count == 1 ? 0 : find_lead(permit, source, at);
}

/* NONE where a field is still open, else the first refusal. */
static enum policy_reason source_refusal(const struct permit *permit,
                                         const struct permit_source *source) {
    enum policy_reason first = POLICY_REASON_NONE;
    for (size_t i = 0; i < source->field_count; i++) {
        const struct candidate *lead =
            &source->candidates[i * permit->scope_count + source->leads[i]];
        if (lead->term.refusal == POLICY_REASON_NONE) {
            return POLICY_REASON_NONE;
        }
        first = first == POLICY_REASON_NONE ? lead->term.refusal : first;
    }
    if (source->field_count > 0) {
        return first;
    }
    return source->refusal == POLICY_REASON_NONE ? POLICY_NO_CLAUSE : source->refusal;
}

static struct lg_err make_seats(const struct permit *permit, struct permit_source *source,
                                struct arena *arena) {
    source->seats = arena_array(arena, permit->scope_count, sizeof *source->seats);
    if (source->seats == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < permit->scope_count; i++) {
        policy_seat_init(&permit->scopes[i], source->id, &source->seats[i]);
        source->seats[i].is_alone = permit->scope_count == 1;
    }
    return LG_OK;
}

/* `asked` holds what was asked for by name; where that is nothing, each source has a list of its
 * own. */
static struct lg_err decide_source(struct permit *permit, struct permit_source *source,
                                   const struct field_list *asked, struct arena *arena) {
    struct field_list list = *asked;
    TRY(make_seats(permit, source, arena));
    if (permit->request.fields.count == 0) {
        TRY(list_governed(permit, source, arena, &list));
    }
    permit->term_count += list.count * permit->scope_count;
    if (permit->term_count > LIMIT_POLICY_TERMS) {
        return too_large();
    }
    source->candidates =
        arena_array(arena, list.count * permit->scope_count, sizeof *source->candidates);
    source->leads = arena_array(arena, list.count, sizeof *source->leads);
    if (source->candidates == NULL || source->leads == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < list.count; i++) {
        decide_field(permit, source, &list);
    }
    source->refusal = source_refusal(permit, source);
    return LG_OK;
}

struct lg_err policy_decide(const struct policy_force *force, size_t force_count,
                            const struct policy_request *request, struct arena *arena,
                            const struct permit **out_permit) {
    if (force_count > LIMIT_POLICY_AGREEMENTS || request->sources.count > LIMIT_POLICY_SOURCES ||
        request->fields.count > LIMIT_POLICY_ASKED) {
        return too_large();
    }
    struct permit *permit = arena_alloc(arena, sizeof *permit);
    if (permit == NULL) {
        return policy_no_memory();
    }
    permit->request = *request;
    TRY(make_scopes(permit, force, force_count, arena));
    TRY(policy_law_bindings_make(permit, force, force_count, arena));
    TRY(make_sources(permit, arena));
    TRY(make_limits(permit, arena));
    struct field_list asked = {0};
    if (permit->request.fields.count > 0) {
        TRY(list_asked(permit, arena, &asked));
    }
    for (size_t i = 0; i < permit->source_count; i++) {
        TRY(decide_source(permit, &permit->sources[i], &asked, arena));
    }
    *out_permit = permit;
    return LG_OK;
}

/* ---- reading ---- */

static const struct permit_source *source_at(const struct permit *permit, size_t source) {
    ASSERT(source < permit->source_count);
    return &permit->sources[source];
}

const struct policy_request *policy_permit_request(const struct permit *permit) {
    return &permit->request;
}

size_t policy_permit_source_count(const struct permit *permit) {
    return permit->source_count;
}

struct span policy_permit_source(const struct permit *permit, size_t source) {
    return source_at(permit, source)->id;
}

enum policy_reason policy_permit_refusal(const struct permit *permit, size_t source) {
    return source_at(permit, source)->refusal;
}

bool policy_permit_is_hidden(const struct permit *permit, size_t source) {
    return source_at(permit, source)->is_hidden;
}

enum policy_tells policy_permit_tells(const struct permit *permit, size_t source) {
    enum policy_tells tells = source_at(permit, source)->tells;
    return tells == 0 ? POLICY_TELLS_PERMIT : tells;
}

size_t policy_permit_term_count(const struct permit *permit, size_t source) {
    return source_at(permit, source)->field_count;
}

const struct policy_term *policy_permit_term(const struct permit *permit, size_t source,
                                             size_t field) {
    const struct permit_source *it = source_at(permit, source);
    ASSERT(field < it->field_count);
    return &it->candidates[field * permit->scope_count + it->leads[field]].term;
}

size_t policy_permit_limit_count(const struct permit *permit) {
    return permit->limit_count;
}

struct policy_limit policy_permit_limit(const struct permit *permit, size_t limit) {
    ASSERT(limit < permit->limit_count);
    const struct policy *policy = permit->limits[limit].policy;
    const struct limit *it = &policy->limits[permit->limits[limit].limit];
    return (struct policy_limit){
        .agreement = policy->id,
        .id = it->id,
        .per_person = it->per_person,
        .per_agency = it->per_agency,
        .per_subject = it->per_subject,
    };
}

bool policy_permit_is_open(const struct permit *permit) {
    for (size_t i = 0; i < permit->source_count; i++) {
        if (permit->sources[i].refusal == POLICY_REASON_NONE) {
            return true;
        }
    }
    return false;
}

/* True where one agreement neither refuses, redacts nor hides the field. */
static bool shows_existence(const struct permit_source *source, size_t candidate) {
    const struct policy_term *term = &source->candidates[candidate].term;
    return term->refusal == POLICY_REASON_NONE && term->treatment != TREATMENT_REDACT &&
           !term->is_hidden;
}

struct lg_err policy_permit_findable(const struct permit *permit, struct arena *arena,
                                     struct span_list *out_sources) {
    struct span *items = arena_array(arena, permit->source_count, sizeof *items);
    size_t count = 0;
    if (items == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < permit->source_count; i++) {
        const struct permit_source *source = &permit->sources[i];
        size_t at = 0;
        while (at < source->field_count &&
               !shows_existence(source, at * permit->scope_count + source->leads[at])) {
            at++;
        }
        if (at < source->field_count) {
            items[count++] = source->id;
        }
    }
    *out_sources = (struct span_list){.items = items, .count = count};
    return LG_OK;
}
