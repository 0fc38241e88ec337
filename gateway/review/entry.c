/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a REVIEW entry, sealed by the log and by the store.
 *
 *    1  version, 1
 *    1  0: opens a case; else the act (enum review_act_kind)
 *   16  case
 *    8  opened, or done, ms since 1970 UTC
 * Opening:
 *    1  kind    1  capacity    8  due    8  telling due    1  person known: 0 or 1    16  person
 *    -  reviewer, agency, user, agreement, system, role, purpose, case reference, cause, rationale,
 *       capacity basis, second user, second role, office to tell: each after a 16-bit length
 *    -  sources: a 16-bit count and that many names, each after a 16-bit length
 * Act:
 *    -  agency, user, role, outcome, telling, channel, reasons: each after a 16-bit length
 *
 * Valid where every part is in its range and nothing is left over. */
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/review/review.h"

enum { BODY_VERSION = 1, OPENING_TEXTS = 14, ACT_TEXTS = 7 };

static struct lg_err fail(enum lg_class klass, enum review_code code) {
    return lg_err_make(klass, LG_REVIEW, (uint16_t)code);
}

static bool code_is_known(struct span code, const char *const *known) {
    for (size_t i = 0; known[i] != NULL; i++) {
        if (span_equal_text(code, known[i])) {
            return true;
        }
    }
    return false;
}

const char *review_kind_name(enum review_kind kind) {
    static const char *const names[REVIEW_KIND_END] = {
        [REVIEW_EMERGENCY] = "emergency",
        [REVIEW_ANOMALY] = "anomaly",
        [REVIEW_CONSENT_BY_ASKER] = "consent-by-asker",
        [REVIEW_BUDGET] = "budget",
        [REVIEW_DIFFERENCE] = "difference",
    };
    return kind >= REVIEW_EMERGENCY && kind < REVIEW_KIND_END ? names[kind] : "";
}

bool review_telling_is_known(struct span telling) {
    static const char *const known[] = {
        "tell", "tell-later", "do-not-tell-crime", "do-not-tell-harm", "not-needed", NULL};
    return code_is_known(telling, known);
}

bool review_channel_is_known(struct span channel) {
    static const char *const known[] = {"in-person", "telephone-agreed", "letter-agreed",
                                        "representative", NULL};
    return code_is_known(channel, known);
}

bool review_difference_is_known(struct span cause) {
    static const char *const known[] = {"left-without-leaf",
                                        "leaf-without-record",
                                        "released-though-withheld",
                                        "released-though-nothing-left",
                                        "agreement-differs",
                                        "items-differ",
                                        "day-differs",
                                        "commitment-differs",
                                        "leaf-differs",
                                        "receipt-unproven",
                                        "receipt-missing",
                                        "asked-twice",
                                        "more-than-left",
                                        "receipt-not-kept",
                                        "receipt-without-answer",
                                        "count-differs",
                                        "answer-differs",
                                        "record-damaged",
                                        NULL};
    return code_is_known(cause, known);
}

struct lg_err review_opener_tag(const struct store *store, const struct review_opener *opener,
                                struct store_tag *out_tag) {
    struct span parts[] = {opener->agency, opener->agreement, opener->user_id};
    return store_user_tag_make(store, STORE_TAG_OPENER, parts, 3, out_tag);
}

struct span review_leaf_agency(enum review_kind kind, struct span agency) {
    return kind == REVIEW_ANOMALY ? span_of(NULL, 0) : agency;
}

/* ---- Writing -----------------------------------------------------------------------------------
 */

static bool opening_valid(const struct review_opening *opening) {
    return opening->kind >= REVIEW_EMERGENCY && opening->kind < REVIEW_KIND_END &&
           opening->capacity <= CAPACITY_NOT_KNOWN && opening->reviewer.len > 0 &&
           opening->reviewer.len <= STORE_NAME_SIZE_MAX && opening->opened_ms >= 0 &&
           opening->due_ms >= opening->opened_ms && opening->tell_due_ms >= 0 &&
           opening->sources.count < STORE_REVIEW_SIDES_MAX;
}

/* The texts of an opening in the order of the format. */
static void opening_texts(struct review_opening *opening, struct span *out[static OPENING_TEXTS]) {
    struct span *const texts[OPENING_TEXTS] = {
        &opening->reviewer,         &opening->opener.agency,  &opening->opener.user_id,
        &opening->opener.agreement, &opening->system,         &opening->role,
        &opening->purpose,          &opening->case_reference, &opening->cause,
        &opening->rationale,        &opening->capacity_basis, &opening->second_user,
        &opening->second_role,      &opening->tell_office,
    };
    memcpy(out, texts, sizeof texts);
}

static void act_texts(struct review_act *act, struct span *out[static ACT_TEXTS]) {
    struct span *const texts[ACT_TEXTS] = {&act->agency,  &act->user_id, &act->role,
                                           &act->outcome, &act->telling, &act->channel,
                                           &act->reasons};
    memcpy(out, texts, sizeof texts);
}

static void head_write(struct writer *w, uint8_t act, const struct review_id *id, int64_t at_ms) {
    writer_u8(w, BODY_VERSION);
    writer_u8(w, act);
    writer_bytes(w, span_of(id->bytes, sizeof id->bytes));
    writer_u64(w, (uint64_t)at_ms);
}

static struct lg_err body_end(const struct writer *w, struct span *out_body) {
    return lg_failed(writer_end(w, out_body)) ? fail(LG_CLASS_INPUT, REVIEW_FIELDS) : LG_OK;
}

struct lg_err review_opening_encode(const struct review_opening *opening, struct arena *arena,
                                    struct span *out_body) {
    if (!opening_valid(opening)) {
        return fail(LG_CLASS_INPUT, REVIEW_FIELDS);
    }
    uint8_t *body = arena_alloc(arena, STORE_REVIEW_BODY_MAX);
    if (body == NULL) {
        return fail(LG_CLASS_LIMIT, REVIEW_MEMORY);
    }
    struct writer w = writer_of(body, STORE_REVIEW_BODY_MAX);
    head_write(&w, 0, &opening->id, opening->opened_ms);
    writer_u8(&w, (uint8_t)opening->kind);
    writer_u8(&w, (uint8_t)opening->capacity);
    writer_u64(&w, (uint64_t)opening->due_ms);
    writer_u64(&w, (uint64_t)opening->tell_due_ms);
    writer_u8(&w, opening->has_person ? 1 : 0);
    writer_bytes(&w, span_of(opening->person.bytes, sizeof opening->person.bytes));
    struct review_opening copy = *opening;
    struct span *texts[OPENING_TEXTS];
    opening_texts(&copy, texts);
    for (size_t i = 0; i < OPENING_TEXTS; i++) {
        writer_part(&w, *texts[i]);
    }
    writer_u16(&w, (uint16_t)opening->sources.count);
    for (size_t i = 0; i < opening->sources.count; i++) {
        writer_part(&w, opening->sources.items[i]);
    }
    return body_end(&w, out_body);
}

struct lg_err review_act_encode(const struct review_act *act, struct arena *arena,
                                struct span *out_body) {
    if (act->kind < REVIEW_TAKE || act->kind >= REVIEW_ACT_END || act->at_ms < 0) {
        return fail(LG_CLASS_INPUT, REVIEW_FIELDS);
    }
    uint8_t *body = arena_alloc(arena, STORE_REVIEW_BODY_MAX);
    if (body == NULL) {
        return fail(LG_CLASS_LIMIT, REVIEW_MEMORY);
    }
    struct writer w = writer_of(body, STORE_REVIEW_BODY_MAX);
    head_write(&w, (uint8_t)act->kind, &act->id, act->at_ms);
    struct review_act copy = *act;
    struct span *texts[ACT_TEXTS];
    act_texts(&copy, texts);
    for (size_t i = 0; i < ACT_TEXTS; i++) {
        writer_part(&w, *texts[i]);
    }
    return body_end(&w, out_body);
}

/* ---- Reading -----------------------------------------------------------------------------------
 */

static struct lg_err sources_read(struct reader *r, struct arena *arena,
                                  struct span_list *out_sources) {
    size_t count = reader_u16(r);
    if (count >= STORE_REVIEW_SIDES_MAX) {
        return fail(LG_CLASS_INPUT, REVIEW_BODY);
    }
    struct span *items = arena_array(arena, count, sizeof *items);
    if (items == NULL) {
        return fail(LG_CLASS_LIMIT, REVIEW_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        items[i] = reader_part(r);
    }
    *out_sources = (struct span_list){.items = items, .count = count};
    return LG_OK;
}

static struct lg_err opening_read(struct reader *r, struct arena *arena,
                                  struct review_opening *opening) {
    opening->kind = (enum review_kind)reader_u8(r);
    opening->capacity = (enum capacity)reader_u8(r);
    opening->due_ms = (int64_t)reader_u64(r);
    opening->tell_due_ms = (int64_t)reader_u64(r);
    uint8_t known = reader_u8(r);
    opening->has_person = known == 1;
    reader_copy(r, opening->person.bytes, sizeof opening->person.bytes);
    struct span *texts[OPENING_TEXTS];
    opening_texts(opening, texts);
    for (size_t i = 0; i < OPENING_TEXTS; i++) {
        *texts[i] = reader_part(r);
    }
    TRY(sources_read(r, arena, &opening->sources));
    if (lg_failed(reader_end(r)) || known > 1 || !opening_valid(opening)) {
        return fail(LG_CLASS_INPUT, REVIEW_BODY);
    }
    return LG_OK;
}

static struct lg_err act_read(struct reader *r, struct review_act *act) {
    struct span *texts[ACT_TEXTS];
    act_texts(act, texts);
    for (size_t i = 0; i < ACT_TEXTS; i++) {
        *texts[i] = reader_part(r);
    }
    return lg_failed(reader_end(r)) ? fail(LG_CLASS_INPUT, REVIEW_BODY) : LG_OK;
}

struct lg_err review_entry_decode(struct span body, struct arena *arena,
                                  struct review_entry *out_entry) {
    struct reader r = reader_of(body);
    struct review_entry entry = {0};
    struct review_id id;
    uint8_t version = reader_u8(&r);
    uint8_t kind = reader_u8(&r);
    reader_copy(&r, id.bytes, sizeof id.bytes);
    int64_t at_ms = (int64_t)reader_u64(&r);
    if (r.failed || version != BODY_VERSION || kind >= REVIEW_ACT_END || at_ms < 0) {
        return fail(LG_CLASS_INPUT, REVIEW_BODY);
    }
    entry.is_opening = kind == 0;
    if (entry.is_opening) {
        entry.opening = (struct review_opening){.id = id, .opened_ms = at_ms};
        TRY(opening_read(&r, arena, &entry.opening));
    } else {
        entry.act =
            (struct review_act){.id = id, .kind = (enum review_act_kind)kind, .at_ms = at_ms};
        TRY(act_read(&r, &entry.act));
    }
    *out_entry = entry;
    return LG_OK;
}

/* ---- Rows --------------------------------------------------------------------------------------
 */

static struct lg_err open_make(const struct store *store, const struct review_logged *logged,
                               const struct review_opening *opening, struct arena *arena,
                               struct store_review_open *out) {
    struct span *sides = arena_array(arena, opening->sources.count + 1, sizeof *sides);
    if (sides == NULL) {
        return fail(LG_CLASS_LIMIT, REVIEW_MEMORY);
    }
    sides[0] = opening->reviewer;
    for (size_t i = 0; i < opening->sources.count; i++) {
        sides[i + 1] = opening->sources.items[i];
    }
    *out = (struct store_review_open){
        .review =
            {
                .id = opening->id,
                .kind = (uint32_t)opening->kind,
                .opened_ms = opening->opened_ms,
                .due_ms = opening->due_ms,
                .log_index = logged->log_index,
                .body = logged->body,
            },
        .sides = {.items = sides, .count = opening->sources.count + 1},
    };
    return review_opener_tag(store, &opening->opener, &out->review.opener);
}

static enum store_review_state state_after(enum review_act_kind kind) {
    static const enum store_review_state states[REVIEW_ACT_END] = {
        [REVIEW_TAKE] = STORE_REVIEW_TAKEN,
        [REVIEW_CLOSE] = STORE_REVIEW_CLOSED,
        [REVIEW_ESCALATE] = STORE_REVIEW_ESCALATED,
        [REVIEW_TELL] = STORE_REVIEW_CLOSED, /* only a closed case lets anybody be told */
        [REVIEW_LAPSE] = STORE_REVIEW_ESCALATED,
    };
    return states[kind];
}

struct lg_err review_rows_make(const struct store *store, const struct review_logged *entries,
                               size_t count, struct arena *arena, struct review_rows *out_rows) {
    struct review_rows rows = {
        .opens = arena_array(arena, count, sizeof *rows.opens),
        .acts = arena_array(arena, count, sizeof *rows.acts),
    };
    if (lg_failed(arena_failed(arena))) {
        return fail(LG_CLASS_LIMIT, REVIEW_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        struct review_entry entry;
        TRY(review_entry_decode(entries[i].body, arena, &entry));
        if (entry.is_opening) {
            TRY(open_make(store, &entries[i], &entry.opening, arena,
                          &rows.opens[rows.open_count++]));
        } else {
            rows.acts[rows.act_count++] = (struct store_review_act){
                .id = entry.act.id,
                .state = state_after(entry.act.kind),
                .is_lapse = entry.act.kind == REVIEW_LAPSE,
                .next_side = entry.act.agency,
                .log_index = entries[i].log_index,
                .body = entries[i].body,
            };
        }
    }
    *out_rows = rows;
    return LG_OK;
}
