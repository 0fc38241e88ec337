/* SPDX-License-Identifier: Apache-2.0 */
/* The body of an INCIDENT entry, sealed by the log and by the store.
 *
 *    1  version, 1
 *    1  step (enum incident_step_kind)
 *   16  incident
 *   16  mark
 *    4  version of the incident
 *    8  when
 *    1  kind of the incident
 *    8  aware    8  from    8  to    8  by    8  covered
 *    1  ico    1  persons    1  outcome
 *    1  flags: 1 recall, 2 of a person, 4 the person is known, 8 not told to whom
 *   16  person
 *    8  number
 *    4  entries    4  notices
 *    -  entries (8 each), agency, system, user, role, scope's agency, system and user, other
 * agency, reason, effects, delay: each after a 16-bit length
 *
 * Valid where everything that its step needs is in its range, everything else is 0 or empty, and
 * nothing is left over. */
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/incident/incident.h"

enum {
    BODY_VERSION = 1,
    TEXTS = 12,
    ENTRY_SIZE = 8,
    FLAG_RECALL = 1,
    FLAG_OF_PERSON = 2,
    FLAG_PERSON = 4,
    FLAG_QUIET = 8,
    FLAGS = FLAG_RECALL | FLAG_OF_PERSON | FLAG_PERSON | FLAG_QUIET,
};

static struct lg_err fail(enum lg_class klass, enum incident_code code) {
    return lg_err_make(klass, LG_INCIDENT, (uint16_t)code);
}

static void texts_of(struct incident_step *step, struct span *out[static TEXTS]) {
    struct span *const texts[TEXTS] = {
        &step->entries, &step->agency,       &step->system,       &step->user_id,
        &step->role,    &step->scope_agency, &step->scope_system, &step->scope_user,
        &step->other,   &step->reason,       &step->effects,      &step->delay,
    };
    memcpy(out, texts, sizeof texts);
}

/* ---- What is valid ---- */

static bool is_zero(const uint8_t *bytes, size_t size) {
    uint8_t any = 0;
    for (size_t i = 0; i < size; i++) {
        any |= bytes[i];
    }
    return any == 0;
}

uint64_t incident_entry_at(const struct incident_step *step, size_t i) {
    struct reader r = reader_of(span_of(step->entries.ptr + i * ENTRY_SIZE, ENTRY_SIZE));
    return reader_u64(&r);
}

size_t incident_entry_count(const struct incident_step *step) {
    return step->entries.len / ENTRY_SIZE;
}

/* Rising, so that none is there twice. */
static bool entries_valid(const struct incident_step *step, size_t most) {
    size_t count = incident_entry_count(step);
    bool valid = step->entries.len % ENTRY_SIZE == 0 && count <= most;
    for (size_t i = 0; valid && i < count; i++) {
        uint64_t entry = incident_entry_at(step, i);
        valid = entry <= INT64_MAX && (i == 0 || entry > incident_entry_at(step, i - 1));
    }
    return valid;
}

/* One of: named entries, a person, a system, a user. */
static bool scope_valid(const struct incident_step *step) {
    bool by_system = step->scope_system.len > 0;
    bool by_user = step->scope_user.len > 0;
    int ways = (step->entries.len > 0) + step->is_of_person + by_system + by_user;
    bool has_time = step->from_ms != 0 || step->to_ms != 0;
    return ways == 1 && entries_valid(step, LIMIT_INCIDENT_NAMED) &&
           (step->scope_agency.len > 0) == (by_system || by_user) &&
           (by_system || by_user || !has_time) && step->from_ms >= 0 &&
           (step->to_ms == 0 || step->to_ms > step->from_ms);
}

static bool has_what(const struct incident_step *step) {
    return step->what >= INCIDENT_WRONG_PERSON && step->what < INCIDENT_KIND_END;
}

static bool has_scope(const struct incident_step *step) {
    return step->scope_agency.len + step->scope_system.len + step->scope_user.len > 0;
}

static bool open_valid(const struct incident_step *step) {
    return has_what(step) && step->aware_ms > 0 && step->aware_ms <= step->at_ms &&
           scope_valid(step) && step->reason.len > 0;
}

static bool notice_valid(const struct incident_step *step) {
    return has_what(step) && step->entries.len > 0 && step->by_ms > step->at_ms &&
           entries_valid(step, LIMIT_INCIDENT_NOTICE_ENTRIES) && step->scope_user.len == 0 &&
           (step->scope_agency.len > 0) == (step->scope_system.len > 0) && step->reason.len == 0;
}

static bool decide_valid(const struct incident_step *step) {
    return step->ico > INCIDENT_ICO_NONE && step->ico < INCIDENT_ICO_END &&
           step->persons > INCIDENT_PERSONS_NONE && step->persons < INCIDENT_PERSONS_END &&
           step->reason.len > 0;
}

static bool answer_valid(const struct incident_step *step) {
    return step->number > 0 && step->number <= INT64_MAX && step->reason.len > 0 &&
           step->outcome > INCIDENT_OUTCOME_NONE && step->outcome < INCIDENT_OUTCOME_END;
}

static bool kind_valid(const struct incident_step *step) {
    switch (step->kind) {
    case INCIDENT_OPEN:
        return open_valid(step);
    case INCIDENT_SUBJECT:
        return true;
    case INCIDENT_NOTIFY:
        return step->by_ms > step->at_ms && step->entry_count > 0 && step->notice_count > 0;
    case INCIDENT_NOTICE:
        return notice_valid(step);
    case INCIDENT_ACKNOWLEDGE:
        return answer_valid(step);
    case INCIDENT_DECIDE:
        return decide_valid(step);
    case INCIDENT_CLOSE:
        return step->reason.len > 0;
    case INCIDENT_ESCALATE:
        return has_what(step) && step->aware_ms > 0;
    default:
        return false;
    }
}

/* What is not a step's own is not in it, so that equal steps are equal bytes. */
static bool rest_is_empty(const struct incident_step *step) {
    enum incident_step_kind kind = step->kind;
    bool opens = kind == INCIDENT_OPEN;
    bool notice = kind == INCIDENT_NOTICE;
    bool notify = kind == INCIDENT_NOTIFY;
    bool decides = kind == INCIDENT_DECIDE;
    bool late = kind == INCIDENT_ESCALATE;
    bool has_person = kind == INCIDENT_SUBJECT || notice;
    bool spoken = opens || decides || kind == INCIDENT_CLOSE || kind == INCIDENT_ACKNOWLEDGE;
    return (opens || (!step->is_of_person && step->from_ms == 0 && step->to_ms == 0)) &&
           (opens || late || step->aware_ms == 0) && (opens || notice || late || step->what == 0) &&
           (notice || notify || step->by_ms == 0) &&
           (notice || !(step->is_recall || step->is_quiet)) &&
           (notify || (step->covered == 0 && step->entry_count == 0 && step->notice_count == 0)) &&
           (decides || (step->ico == 0 && step->persons == 0 && step->effects.len == 0 &&
                        step->delay.len == 0)) &&
           (kind == INCIDENT_ACKNOWLEDGE || (step->outcome == 0 && step->number == 0)) &&
           (has_person || is_zero(step->person.bytes, sizeof step->person.bytes)) &&
           (has_person || kind == INCIDENT_ACKNOWLEDGE || !step->has_person) &&
           (opens || notice || (step->entries.len == 0 && !has_scope(step))) &&
           (notice || late || step->other.len == 0) && (spoken || step->reason.len == 0);
}

static bool actor_valid(const struct incident_step *step) {
    bool is_gateway = step->kind == INCIDENT_NOTICE || step->kind == INCIDENT_ESCALATE;
    bool has_actor = step->system.len > 0 && step->user_id.len > 0 && step->role.len > 0;
    return step->agency.len > 0 && step->agency.len <= STORE_NAME_SIZE_MAX &&
           step->other.len <= STORE_NAME_SIZE_MAX &&
           (is_gateway ? step->system.len + step->user_id.len + step->role.len == 0 : has_actor);
}

static bool step_valid(const struct incident_step *step) {
    bool is_versioned = step->kind == INCIDENT_NOTIFY || step->kind == INCIDENT_DECIDE ||
                        step->kind == INCIDENT_CLOSE;
    return step->at_ms >= 0 && (step->version > 0) == is_versioned &&
           !is_zero(step->id.bytes, sizeof step->id.bytes) && actor_valid(step) &&
           step->covered <= INT64_MAX && kind_valid(step) && rest_is_empty(step);
}

/* ---- Writing and reading ---- */

static void numbers_write(const struct incident_step *step, struct writer *w) {
    writer_u8(w, BODY_VERSION);
    writer_u8(w, (uint8_t)step->kind);
    writer_bytes(w, span_of(step->id.bytes, sizeof step->id.bytes));
    writer_bytes(w, span_of(step->mark.bytes, sizeof step->mark.bytes));
    writer_u32(w, step->version);
    writer_u64(w, (uint64_t)step->at_ms);
    writer_u8(w, (uint8_t)step->what);
    writer_u64(w, (uint64_t)step->aware_ms);
    writer_u64(w, (uint64_t)step->from_ms);
    writer_u64(w, (uint64_t)step->to_ms);
    writer_u64(w, (uint64_t)step->by_ms);
    writer_u64(w, step->covered);
    writer_u8(w, (uint8_t)step->ico);
    writer_u8(w, (uint8_t)step->persons);
    writer_u8(w, (uint8_t)step->outcome);
    writer_u8(w,
              (uint8_t)((step->is_recall ? FLAG_RECALL : 0) |
                        (step->is_of_person ? FLAG_OF_PERSON : 0) |
                        (step->has_person ? FLAG_PERSON : 0) | (step->is_quiet ? FLAG_QUIET : 0)));
    writer_bytes(w, span_of(step->person.bytes, sizeof step->person.bytes));
    writer_u64(w, step->number);
    writer_u32(w, step->entry_count);
    writer_u32(w, step->notice_count);
}

struct lg_err incident_step_encode(const struct incident_step *step, struct arena *arena,
                                   struct span *out_body) {
    if (!step_valid(step)) {
        return fail(LG_CLASS_INPUT, INCIDENT_FIELDS);
    }
    uint8_t *body = arena_alloc(arena, STORE_INCIDENT_BODY_MAX);
    if (body == NULL) {
        return fail(LG_CLASS_LIMIT, INCIDENT_MEMORY);
    }
    struct writer w = writer_of(body, STORE_INCIDENT_BODY_MAX);
    struct incident_step copy = *step;
    struct span *texts[TEXTS];
    texts_of(&copy, texts);
    numbers_write(step, &w);
    for (size_t i = 0; i < TEXTS; i++) {
        writer_part(&w, *texts[i]);
    }
    return lg_failed(writer_end(&w, out_body)) ? fail(LG_CLASS_INPUT, INCIDENT_FIELDS) : LG_OK;
}

static void numbers_read(struct reader *r, struct incident_step *step) {
    step->kind = (enum incident_step_kind)reader_u8(r);
    reader_copy(r, step->id.bytes, sizeof step->id.bytes);
    reader_copy(r, step->mark.bytes, sizeof step->mark.bytes);
    step->version = reader_u32(r);
    step->at_ms = (int64_t)reader_u64(r);
    step->what = (enum incident_kind)reader_u8(r);
    step->aware_ms = (int64_t)reader_u64(r);
    step->from_ms = (int64_t)reader_u64(r);
    step->to_ms = (int64_t)reader_u64(r);
    step->by_ms = (int64_t)reader_u64(r);
    step->covered = reader_u64(r);
    step->ico = (enum incident_ico)reader_u8(r);
    step->persons = (enum incident_persons)reader_u8(r);
    step->outcome = (enum incident_outcome)reader_u8(r);
}

struct lg_err incident_step_decode(struct span body, struct incident_step *out_step) {
    struct reader r = reader_of(body);
    struct incident_step step = {.version = 0};
    struct span *texts[TEXTS];
    texts_of(&step, texts);
    uint8_t version = reader_u8(&r);
    numbers_read(&r, &step);
    uint8_t flags = reader_u8(&r);
    step.is_recall = (flags & FLAG_RECALL) != 0;
    step.is_of_person = (flags & FLAG_OF_PERSON) != 0;
    step.has_person = (flags & FLAG_PERSON) != 0;
    step.is_quiet = (flags & FLAG_QUIET) != 0;
    reader_copy(&r, step.person.bytes, sizeof step.person.bytes);
    step.number = reader_u64(&r);
    step.entry_count = reader_u32(&r);
    step.notice_count = reader_u32(&r);
    for (size_t i = 0; i < TEXTS; i++) {
        *texts[i] = reader_part(&r);
    }
    if (lg_failed(reader_end(&r)) || version != BODY_VERSION || (flags & ~FLAGS) != 0 ||
        !step_valid(&step)) {
        return fail(LG_CLASS_INPUT, INCIDENT_BODY);
    }
    *out_step = step;
    return LG_OK;
}

/* ---- For the store ---- */

static enum store_incident_op op_of(enum incident_step_kind kind) {
    static const enum store_incident_op ops[] = {
        [INCIDENT_OPEN] = STORE_INCIDENT_OPENS,       [INCIDENT_SUBJECT] = STORE_INCIDENT_IS_OF,
        [INCIDENT_NOTIFY] = STORE_INCIDENT_STEPS,     [INCIDENT_NOTICE] = STORE_INCIDENT_TELLS,
        [INCIDENT_ACKNOWLEDGE] = STORE_INCIDENT_ENDS, [INCIDENT_DECIDE] = STORE_INCIDENT_STEPS,
        [INCIDENT_CLOSE] = STORE_INCIDENT_STEPS,      [INCIDENT_ESCALATE] = STORE_INCIDENT_LAPSES,
    };
    return ops[kind];
}

struct lg_err incident_row_make(uint64_t log_index, struct span body,
                                struct store_incident_change *out_change) {
    struct incident_step step;
    TRY(incident_step_decode(body, &step));
    if (step.kind == INCIDENT_ACKNOWLEDGE && step.number >= log_index) {
        return fail(LG_CLASS_INPUT, INCIDENT_BODY);
    }
    *out_change = (struct store_incident_change){
        .log_index = log_index,
        .op = op_of(step.kind),
        .id = step.id,
        .mark = step.mark,
        .version = step.version,
        .at_ms = step.at_ms,
        .due_ms = step.kind == INCIDENT_OPEN ? incident_due_ms(step.aware_ms) : 0,
        .stops_clock = step.kind == INCIDENT_DECIDE,
        .closes = step.kind == INCIDENT_CLOSE,
        .number = step.number,
        .is_of_person = step.has_person || step.kind == INCIDENT_SUBJECT,
        .person = step.person,
        .agency = step.agency,
        .next = step.kind == INCIDENT_ESCALATE ? step.other : span_of(NULL, 0),
        .body = body,
    };
    return LG_OK;
}
