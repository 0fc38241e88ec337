/* SPDX-License-Identifier: Apache-2.0 */
/* The body of an ERASURE entry, sealed by the log and by the store.
 *
 *    1  version, 1
 *    8  when, ms since 1970 UTC
 *    -  agency, system, user, role, case reference, reason, tags of keys: each after a 16-bit
 *       length
 *
 * Valid with all but the case reference and the tags, and nothing left over. */
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/erasure/erasure.h"

enum { PROPOSAL_AT = 1 + STORE_KEY_TAG_SIZE, PROPOSAL_SIZE = 8 };
enum { BODY_VERSION = 1, TEXTS = 7, STEPS = STORE_ERASURE_RELEASED + 1 };

static const char *const reasons[STEPS] = {
    [STORE_ERASURE_ASKED] = "ERASURE_ASKED",  [STORE_ERASURE_REFUSED] = "ERASURE_REFUSED",
    [STORE_ERASURE_DONE] = "KEYS_DESTROYED",  [STORE_ERASURE_HELD] = "HOLD_PLACED",
    [STORE_ERASURE_RELEASED] = "HOLD_LIFTED",
};

static struct lg_err fail(enum lg_class klass, enum erasure_code code) {
    return lg_err_make(klass, LG_ERASURE, (uint16_t)code);
}

const char *erasure_reason(enum store_erasure_step step) {
    return reasons[step];
}

static void texts_of(struct erasure_act *act, struct span *out[static TEXTS]) {
    struct span *const texts[TEXTS] = {&act->agency, &act->system,         &act->user_id,
                                       &act->role,   &act->case_reference, &act->reason,
                                       &act->named};
    memcpy(out, texts, sizeof texts);
}

static bool act_valid(const struct erasure_act *act) {
    return act->at_ms >= 0 && act->agency.len > 0 && act->system.len > 0 && act->user_id.len > 0 &&
           act->role.len > 0 && act->reason.len > 0 && act->named.len % STORE_KEY_TAG_SIZE == 0;
}

struct lg_err erasure_act_encode(const struct erasure_act *act, struct arena *arena,
                                 struct span *out_body) {
    if (!act_valid(act)) {
        return fail(LG_CLASS_INPUT, ERASURE_FIELDS);
    }
    uint8_t *body = arena_alloc(arena, STORE_REVIEW_BODY_MAX);
    if (body == NULL) {
        return fail(LG_CLASS_LIMIT, ERASURE_MEMORY);
    }
    struct writer w = writer_of(body, STORE_REVIEW_BODY_MAX);
    struct erasure_act copy = *act;
    struct span *texts[TEXTS];
    texts_of(&copy, texts);
    writer_u8(&w, BODY_VERSION);
    writer_u64(&w, (uint64_t)act->at_ms);
    for (size_t i = 0; i < TEXTS; i++) {
        writer_part(&w, *texts[i]);
    }
    return lg_failed(writer_end(&w, out_body)) ? fail(LG_CLASS_INPUT, ERASURE_FIELDS) : LG_OK;
}

struct lg_err erasure_act_decode(struct span body, struct erasure_act *out_act) {
    struct reader r = reader_of(body);
    struct erasure_act act = {0};
    struct span *texts[TEXTS];
    uint8_t version = reader_u8(&r);
    texts_of(&act, texts);
    act.at_ms = (int64_t)reader_u64(&r);
    for (size_t i = 0; i < TEXTS; i++) {
        *texts[i] = reader_part(&r);
    }
    if (lg_failed(reader_end(&r)) || version != BODY_VERSION || !act_valid(&act)) {
        return fail(LG_CLASS_INPUT, ERASURE_BODY);
    }
    *out_act = act;
    return LG_OK;
}

static bool step_find(struct span reason, enum store_erasure_step *out_step) {
    for (int step = STORE_ERASURE_ASKED; step < STEPS; step++) {
        if (span_equal_text(reason, reasons[step])) {
            *out_step = (enum store_erasure_step)step;
            return true;
        }
    }
    return false;
}

void erasure_items_write(const struct store_key_id *id, uint64_t proposal,
                         uint8_t out[static STORE_KEY_ID_SIZE]) {
    memcpy(out, id->bytes, STORE_KEY_ID_SIZE);
    struct writer w = writer_of(&out[PROPOSAL_AT], PROPOSAL_SIZE);
    writer_u64(&w, proposal);
}

static bool items_read(struct span items, struct store_erasure *row) {
    uint8_t id[STORE_KEY_ID_SIZE];
    enum store_key_kind kind = STORE_KEY_PERSON;
    if (items.len != sizeof id) {
        return false;
    }
    memcpy(id, items.ptr, sizeof id);
    struct reader r = reader_of(span_of(&id[PROPOSAL_AT], PROPOSAL_SIZE));
    row->proposal = reader_u64(&r);
    memset(&id[PROPOSAL_AT], 0, PROPOSAL_SIZE);
    bool decides = row->step == STORE_ERASURE_DONE || row->step == STORE_ERASURE_REFUSED;
    bool fits = decides ? row->proposal < row->log_index : row->proposal == 0;
    return fits && !lg_failed(store_key_id_read(span_of(id, sizeof id), &row->key_id, &kind));
}

struct lg_err erasure_row_make(const struct erasure_logged *logged, struct store_erasure *out_row) {
    struct store_erasure row = {
        .log_index = logged->log_index, .agency = logged->agency, .body = logged->body};
    struct erasure_act act = {.at_ms = 0};
    bool reads = logged->body.len == 0 || !lg_failed(erasure_act_decode(logged->body, &act));
    if (!reads || !step_find(logged->reason, &row.step) || logged->agency.len == 0 ||
        !items_read(logged->items, &row)) {
        return fail(LG_CLASS_INPUT, ERASURE_BODY);
    }
    row.named = act.named;
    *out_row = row;
    return LG_OK;
}
