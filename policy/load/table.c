/* SPDX-License-Identifier: Apache-2.0 */
/* The table: for every (role, source, purpose) a row, for every field of a row 16 bits.
 *
 *   0                 no clause
 *   1 .. 0x7fff       arm + 1: a share clause and its treatment
 *   0x8000 | n        something forbids the cell: n counts struct ban
 *
 * Rows that are equal are kept once. A question then costs one look-up a field, however many
 * clauses there are. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/num.h"
#include "policy/load/load.h"

static_assert((int)LIMIT_POLICY_ARMS < (int)ROW_BAN, "an arm + 1 fits below the ban bit");
static_assert((int)LIMIT_POLICY_BANS < (int)ROW_BAN, "a ban fits below the ban bit");
static_assert(LIMIT_POLICY_CLAUSES < POLICY_NO16, "a clause number is never the none");

/* Twice as many as bans, so that there is always a free one. */
enum { BAN_SLOTS = 65536 };
static_assert((int)BAN_SLOTS > (int)LIMIT_POLICY_BANS, "a free slot ends every search");

/* One cell while a row is made. */
struct cell {
    uint32_t fit;
    uint16_t arm1;
    uint16_t tie; /* clause that fits as well, POLICY_NO16 none */
    uint16_t floor;
    uint16_t hard;
    uint16_t soft;
};

struct build {
    struct load *load;
    struct policy *policy;
    struct arena *scratch;
    struct cell *cells;   /* a field each */
    struct bits *by_role; /* clauses that name the role */
    struct bits *by_source;
    struct bits *by_purpose;
    struct bits match; /* clauses of the present row */
    struct bits tied;  /* clauses that were told to tie */
    uint16_t *row;
    uint32_t row_size; /* rows there is room for */
    uint32_t *slots;   /* hash: row + 1 */
    uint32_t slot_count;
    uint16_t *ban_slots; /* hash: ban + 1 */
    uint32_t role;
    uint32_t source;
    uint32_t purpose;
};

uint16_t policy_table_get(const struct policy *policy, uint32_t role, uint32_t source,
                          uint32_t purpose, uint32_t field) {
    size_t parties = policy->party_names.count;
    size_t purposes = policy->purpose_names.count;
    size_t cell = ((size_t)role * parties + source) * purposes + purpose;
    size_t row = policy->table.index[cell];
    return policy->table.rows[row * policy->field_names.count + field];
}

static uint64_t hash_row(const uint16_t *row, uint32_t count) {
    uint64_t hash = UINT64_C(14695981039346656037);
    for (uint32_t i = 0; i < count; i++) {
        hash = (hash ^ row[i]) * UINT64_C(1099511628211);
    }
    return hash ^ (hash >> 32);
}

/* ---- which clauses meet in a row ---- */

static struct lg_err sets_init(struct build *build, struct bits **out_sets, uint32_t count) {
    struct bits *sets = arena_array(build->scratch, count, sizeof *sets);
    if (sets == NULL) {
        return policy_no_memory();
    }
    for (uint32_t i = 0; i < count; i++) {
        TRY(policy_bits_init(&sets[i], build->policy->clause_count, build->scratch));
    }
    *out_sets = sets;
    return LG_OK;
}

static bool names_purpose(const struct policy *policy, const struct clause *clause,
                          uint32_t purpose) {
    for (uint32_t at = purpose; at != POLICY_NO16; at = policy->purposes[at].parent) {
        if (policy_bits_has(&clause->purposes, at)) {
            return true;
        }
    }
    return clause->any_purpose;
}

static void index_clause(struct build *build, uint32_t index) {
    const struct policy *policy = build->policy;
    struct clause *clause = &build->policy->clauses[index];
    for (uint32_t i = 0; i < clause->data.count; i++) {
        const struct datum *datum = &clause->data.items[i];
        clause->reach +=
            datum->kind == DATA_FIELD ? 1 : policy->categories[datum->index].field_count;
    }
    for (uint32_t role = 0; role < policy->role_names.count; role++) {
        if (policy_targets_match(policy, &clause->to, role) > 0) {
            policy_bits_add(&build->by_role[role], index);
        }
    }
    for (uint32_t source = 0; source < policy->party_names.count; source++) {
        if (policy_bits_has(&clause->from, source)) {
            policy_bits_add(&build->by_source[source], index);
        }
    }
    for (uint32_t purpose = 0; purpose < policy->purpose_names.count; purpose++) {
        if (names_purpose(policy, clause, purpose)) {
            policy_bits_add(&build->by_purpose[purpose], index);
        }
    }
}

static struct lg_err index_clauses(struct build *build) {
    const struct policy *policy = build->policy;
    TRY(sets_init(build, &build->by_role, policy->role_names.count));
    TRY(sets_init(build, &build->by_source, policy->party_names.count));
    TRY(sets_init(build, &build->by_purpose, policy->purpose_names.count));
    TRY(policy_bits_init(&build->match, policy->clause_count, build->scratch));
    TRY(policy_bits_init(&build->tied, policy->clause_count, build->scratch));
    for (uint32_t i = 0; i < policy->clause_count; i++) {
        if (policy->clauses[i].kind != CLAUSE_ENROL) {
            uint64_t targets = policy->clauses[i].to.count;
            TRY(policy_load_steps(build->load, targets * policy->role_names.count));
            index_clause(build, i);
        }
    }
    return LG_OK;
}

/* ---- one row ---- */

static void mark_share(struct build *build, const struct datum *datum, uint32_t field,
                       uint32_t fit) {
    struct cell *cell = &build->cells[field];
    fit += datum->kind == DATA_FIELD ? POLICY_FIT_FIELD : 0;
    if (fit > cell->fit) {
        cell->fit = fit;
        cell->arm1 = (uint16_t)(datum->arm + 1);
        cell->tie = POLICY_NO16;
    } else if (fit == cell->fit) {
        cell->tie = build->policy->arms[datum->arm].clause;
    }
}

static void mark_never(struct build *build, uint32_t index, uint32_t field) {
    const struct clause *clause = &build->policy->clauses[index];
    struct cell *cell = &build->cells[field];
    uint16_t *place = clause->shown.is_floor     ? &cell->floor
                      : clause->unless_emergency ? &cell->soft
                                                 : &cell->hard;
    /* Clauses come in file order: the first is kept. */
    *place = *place == POLICY_NO16 ? (uint16_t)index : *place;
}

static void mark_clause(struct build *build, uint32_t index) {
    const struct policy *policy = build->policy;
    const struct clause *clause = &policy->clauses[index];
    uint32_t fit = 0;
    if (clause->kind == CLAUSE_SHARE) {
        fit = policy_clause_fit(policy, clause, build->role, build->source, build->purpose);
    }
    for (uint32_t i = 0; i < clause->data.count; i++) {
        const struct datum *datum = &clause->data.items[i];
        bool is_field = datum->kind == DATA_FIELD;
        const struct category *category =
            &policy->categories[is_field ? policy->fields[datum->index].category : datum->index];
        uint32_t first = is_field ? datum->index : category->first_field;
        uint32_t count = is_field ? 1 : category->field_count;
        /* What the source does not hold is refused before the table is looked at, so clauses do not
         * meet there. */
        if (!policy_bits_has(&category->holders, build->source)) {
            continue;
        }
        for (uint32_t field = first; field < first + count; field++) {
            if (clause->kind == CLAUSE_SHARE) {
                mark_share(build, datum, field, fit);
            } else {
                mark_never(build, index, field);
            }
        }
    }
}

static void clear_cells(struct build *build) {
    for (uint32_t i = 0; i < build->policy->field_names.count; i++) {
        build->cells[i] = (struct cell){
            .tie = POLICY_NO16, .floor = POLICY_NO16, .hard = POLICY_NO16, .soft = POLICY_NO16};
    }
}

/* Gives how much was gone through. */
static uint64_t mark_row(struct build *build) {
    const struct policy *policy = build->policy;
    uint64_t marks = policy_bits_words(policy->clause_count);
    clear_cells(build);
    /* Nor does anybody ask itself. */
    if (policy->roles[build->role].party == build->source) {
        return 0;
    }
    for (uint32_t word = 0; word < policy_bits_words(policy->clause_count); word++) {
        uint64_t left = build->by_role[build->role].words[word] &
                        build->by_source[build->source].words[word] &
                        build->by_purpose[build->purpose].words[word];
        for (uint32_t bit = 0; left != 0; bit++, left >>= 1) {
            if ((left & 1U) != 0) {
                mark_clause(build, word * 64 + bit);
                marks += policy->clauses[word * 64 + bit].reach;
            }
        }
    }
    return marks;
}

/* E02. */
static struct lg_err stop_tie(const struct build *build, uint32_t field) {
    const struct policy *policy = build->policy;
    const struct cell *cell = &build->cells[field];
    const struct policy_clause *one = &policy->clauses[policy->arms[cell->arm1 - 1].clause].shown;
    const struct policy_clause *two = &policy->clauses[cell->tie].shown;
    const struct policy_role *role = &policy->roles[build->role].shown;
    struct span source = policy->parties[build->source].shown.id;
    struct span purpose = policy->purposes[build->purpose].id;
    struct span id = policy->fields[field].id;
    return policy_load_fault(
        build->load, "E02", policy_on_line(two->line),
        "clauses %.*s and %.*s both govern `%.*s` from %.*s to %.*s/%.*s for %.*s, neither more "
        "closely",
        (int)one->id.len, (const char *)one->id.ptr, (int)two->id.len, (const char *)two->id.ptr,
        (int)id.len, (const char *)id.ptr, (int)source.len, (const char *)source.ptr,
        (int)role->party.len, (const char *)role->party.ptr, (int)role->id.len,
        (const char *)role->id.ptr, (int)purpose.len, (const char *)purpose.ptr);
}

/* One cell of two clauses is enough to show. */
static struct lg_err note_tie(struct build *build, uint32_t field) {
    uint16_t clause = build->cells[field].tie;
    if (policy_bits_has(&build->tied, clause)) {
        return LG_OK;
    }
    policy_bits_add(&build->tied, clause);
    return policy_load_past(build->load, stop_tie(build, field));
}

/* The whole of a ban as one number. */
static uint64_t ban_key(const struct ban *ban) {
    return (uint64_t)ban->floor << 48 | (uint64_t)ban->hard << 32 | (uint64_t)ban->soft << 16 |
           ban->arm1;
}

static uint32_t ban_slot(const struct ban *ban) {
    return (uint32_t)((ban_key(ban) * UINT64_C(0x9e3779b97f4a7c15)) >> 48) % BAN_SLOTS;
}

/* Only agreements that forbid anything need the room. */
static struct lg_err bans_init(struct build *build) {
    struct policy *policy = build->policy;
    build->ban_slots = arena_array(build->scratch, BAN_SLOTS, sizeof *build->ban_slots);
    policy->table.bans = arena_array(policy->arena, LIMIT_POLICY_BANS, sizeof *policy->table.bans);
    return build->ban_slots == NULL || policy->table.bans == NULL ? policy_no_memory() : LG_OK;
}

/* The number of this ban, made where it is new. */
static struct lg_err ban_number(struct build *build, const struct ban *ban, uint16_t *out_number) {
    struct table *table = &build->policy->table;
    if (table->bans == NULL) {
        TRY(bans_init(build));
    }
    uint32_t slot = ban_slot(ban);
    for (; build->ban_slots[slot] != 0; slot = (slot + 1) % BAN_SLOTS) {
        if (ban_key(&table->bans[build->ban_slots[slot] - 1]) == ban_key(ban)) {
            *out_number = (uint16_t)(build->ban_slots[slot] - 1);
            return LG_OK;
        }
    }
    if (table->ban_count == LIMIT_POLICY_BANS) {
        return policy_load_fault(build->load, "E00", policy_on_line(0),
                                 "prohibitions and shares meet in more than %d ways",
                                 LIMIT_POLICY_BANS);
    }
    *out_number = (uint16_t)table->ban_count;
    table->bans[table->ban_count++] = *ban;
    build->ban_slots[slot] = (uint16_t)table->ban_count;
    return LG_OK;
}

static struct lg_err make_row(struct build *build) {
    uint64_t marks = mark_row(build);
    TRY(policy_load_steps(build->load, build->policy->field_names.count + marks));
    for (uint32_t field = 0; field < build->policy->field_names.count; field++) {
        const struct cell *cell = &build->cells[field];
        if (cell->tie != POLICY_NO16) {
            TRY(note_tie(build, field));
        }
        build->row[field] = cell->arm1;
        if (cell->floor == POLICY_NO16 && cell->hard == POLICY_NO16 && cell->soft == POLICY_NO16) {
            continue;
        }
        struct ban ban = {cell->floor, cell->hard, cell->soft, cell->arm1};
        uint16_t number = 0;
        TRY(ban_number(build, &ban, &number));
        build->row[field] = (uint16_t)(ROW_BAN | number);
    }
    return LG_OK;
}

/* ---- all rows ---- */

static struct lg_err grow_rows(struct build *build) {
    struct table *table = &build->policy->table;
    uint32_t size = (uint32_t)num_max(64, (size_t)build->row_size * 2);
    size_t width = build->policy->field_names.count * sizeof *table->rows;
    uint16_t *rows = arena_array(build->policy->arena, size, width);
    uint32_t *slots = arena_array(build->scratch, (size_t)size * 2, sizeof *slots);
    if (rows == NULL || slots == NULL) {
        return policy_no_memory();
    }
    if (table->row_count > 0) {
        memcpy(rows, table->rows, table->row_count * width);
    }
    table->rows = rows;
    build->slots = slots;
    build->slot_count = size * 2;
    build->row_size = size;
    for (uint32_t i = 0; i < table->row_count; i++) {
        const uint16_t *row = rows + (size_t)i * build->policy->field_names.count;
        uint32_t at =
            (uint32_t)(hash_row(row, build->policy->field_names.count) % build->slot_count);
        while (slots[at] != 0) {
            at = (at + 1) % build->slot_count;
        }
        slots[at] = i + 1;
    }
    return LG_OK;
}

/* The number of the row just made; kept once. */
static struct lg_err row_number(struct build *build, uint32_t *out_number) {
    struct table *table = &build->policy->table;
    uint32_t fields = build->policy->field_names.count;
    if (table->row_count == build->row_size) {
        TRY(grow_rows(build));
    }
    uint32_t at = (uint32_t)(hash_row(build->row, fields) % build->slot_count);
    for (; build->slots[at] != 0; at = (at + 1) % build->slot_count) {
        const uint16_t *row = table->rows + (size_t)(build->slots[at] - 1) * fields;
        if (memcmp(row, build->row, fields * sizeof *row) == 0) {
            *out_number = build->slots[at] - 1;
            return LG_OK;
        }
    }
    memcpy(table->rows + (size_t)table->row_count * fields, build->row,
           fields * sizeof *table->rows);
    build->slots[at] = table->row_count + 1;
    *out_number = table->row_count++;
    return LG_OK;
}

static struct lg_err make_rows(struct build *build) {
    struct policy *policy = build->policy;
    uint32_t *place = policy->table.index;
    for (build->role = 0; build->role < policy->role_names.count; build->role++) {
        for (build->source = 0; build->source < policy->party_names.count; build->source++) {
            for (build->purpose = 0; build->purpose < policy->purpose_names.count;
                 build->purpose++) {
                TRY(make_row(build));
                TRY(row_number(build, place++));
            }
        }
    }
    return LG_OK;
}

static struct lg_err build_in(struct build *build) {
    struct policy *policy = build->policy;
    uint64_t cells = (uint64_t)policy->role_names.count * policy->party_names.count *
                     policy->purpose_names.count;
    if (cells > LIMIT_POLICY_CELLS) {
        return policy_load_fault(build->load, "E00", policy_on_line(0),
                                 "roles x parties x purposes make %llu cells; at most %d are "
                                 "allowed",
                                 (unsigned long long)cells, LIMIT_POLICY_CELLS);
    }
    policy->table.index = arena_array(policy->arena, cells, sizeof *policy->table.index);
    build->cells = arena_array(build->scratch, policy->field_names.count, sizeof *build->cells);
    build->row = arena_array(build->scratch, policy->field_names.count, sizeof *build->row);
    if (policy->table.index == NULL || build->cells == NULL || build->row == NULL) {
        return policy_no_memory();
    }
    TRY(index_clauses(build));
    return make_rows(build);
}

struct lg_err policy_table_build(struct load *load) {
    OWN(arena_free) struct arena *scratch = NULL;
    if (lg_failed(arena_new(LIMIT_POLICY_MEMORY, &scratch))) {
        return policy_no_memory();
    }
    struct build build = {.load = load, .policy = load->policy, .scratch = scratch};
    return build_in(&build);
}
