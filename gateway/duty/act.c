/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a DUTY entry, sealed by the log and by the store.
 *
 *    1  version, 1
 *    1  act (enum store_duty_act_kind)
 *    8  when, ms since 1970 UTC
 *   16  duty
 *    1  kind    4  rule    4  agreement version    4  day    4  due day    8  count    8  through
 *    -  agency, source, agreement, user, role, outcome, reason, next agency: each after a 16-bit
 *       length
 *
 * Valid where every part is in its range and nothing is left over. */
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/duty/duty.h"

enum { BODY_VERSION = 1, TEXTS = 8 };

static struct lg_err fail(enum lg_class klass, enum duty_code code) {
    return lg_err_make(klass, LG_DUTY, (uint16_t)code);
}

bool duty_outcome_is_known(struct span outcome) {
    static const char *const known[] = {"done", "attested", "kept", "not-held"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (span_equal_text(outcome, known[i])) {
            return true;
        }
    }
    return false;
}

const char *duty_act_code(enum store_duty_act_kind kind) {
    static const char *const codes[] = {[STORE_DUTY_TAKEN] = "DUTY_TAKEN",
                                        [STORE_DUTY_DONE] = "DUTY_DONE",
                                        [STORE_DUTY_ESCALATED] = "DUTY_OVERDUE"};
    return codes[kind];
}

static void texts_of(struct duty_act *act, struct span *out[static TEXTS]) {
    struct span *const texts[TEXTS] = {&act->duty.agency, &act->duty.source, &act->duty.agreement,
                                       &act->user_id,     &act->role,        &act->outcome,
                                       &act->reason,      &act->next};
    memcpy(out, texts, sizeof texts);
}

static bool is_of_somebody(const struct duty_act *act) {
    return act->user_id.len > 0 && act->role.len > 0 && act->next.len == 0;
}

static bool kind_valid(const struct duty_act *act) {
    switch (act->kind) {
    case STORE_DUTY_TAKEN:
        return is_of_somebody(act) && act->outcome.len == 0 && act->reason.len == 0;
    case STORE_DUTY_DONE:
        return is_of_somebody(act) && duty_outcome_is_known(act->outcome) && act->reason.len > 0;
    case STORE_DUTY_ESCALATED:
        return act->user_id.len == 0 && act->role.len == 0 && act->outcome.len == 0 &&
               act->reason.len == 0;
    }
    return false;
}

static bool act_valid(const struct duty_act *act) {
    const struct store_duty *duty = &act->duty;
    return act->at_ms >= 0 && duty->kind >= STORE_DUTY_KEEP && duty->kind <= STORE_DUTY_TELL &&
           duty->agency.len > 0 && duty->agency.len <= STORE_NAME_SIZE_MAX &&
           act->next.len <= STORE_NAME_SIZE_MAX && duty->day >= 0 && duty->due_day >= duty->day &&
           kind_valid(act);
}

struct lg_err duty_act_encode(const struct duty_act *act, struct arena *arena,
                              struct span *out_body) {
    if (!act_valid(act)) {
        return fail(LG_CLASS_INPUT, DUTY_FIELDS);
    }
    uint8_t *body = arena_alloc(arena, STORE_REVIEW_BODY_MAX);
    if (body == NULL) {
        return fail(LG_CLASS_LIMIT, DUTY_MEMORY);
    }
    struct writer w = writer_of(body, STORE_REVIEW_BODY_MAX);
    struct duty_act copy = *act;
    struct span *texts[TEXTS];
    texts_of(&copy, texts);
    writer_u8(&w, BODY_VERSION);
    writer_u8(&w, (uint8_t)act->kind);
    writer_u64(&w, (uint64_t)act->at_ms);
    writer_bytes(&w, span_of(act->duty.id.bytes, sizeof act->duty.id.bytes));
    writer_u8(&w, (uint8_t)act->duty.kind);
    writer_u32(&w, act->duty.rule);
    writer_u32(&w, act->duty.agreement_version);
    writer_u32(&w, (uint32_t)act->duty.day);
    writer_u32(&w, (uint32_t)act->duty.due_day);
    writer_u64(&w, act->duty.count);
    writer_u64(&w, act->duty.through);
    for (size_t i = 0; i < TEXTS; i++) {
        writer_part(&w, *texts[i]);
    }
    return lg_failed(writer_end(&w, out_body)) ? fail(LG_CLASS_INPUT, DUTY_FIELDS) : LG_OK;
}

struct lg_err duty_act_decode(struct span body, struct duty_act *out_act) {
    struct reader r = reader_of(body);
    struct duty_act act = {.at_ms = 0};
    struct span *texts[TEXTS];
    texts_of(&act, texts);
    uint8_t version = reader_u8(&r);
    act.kind = (enum store_duty_act_kind)reader_u8(&r);
    act.at_ms = (int64_t)reader_u64(&r);
    reader_copy(&r, act.duty.id.bytes, sizeof act.duty.id.bytes);
    act.duty.kind = (enum store_duty_kind)reader_u8(&r);
    act.duty.rule = reader_u32(&r);
    act.duty.agreement_version = reader_u32(&r);
    act.duty.day = (int32_t)reader_u32(&r);
    act.duty.due_day = (int32_t)reader_u32(&r);
    act.duty.count = reader_u64(&r);
    act.duty.through = reader_u64(&r);
    for (size_t i = 0; i < TEXTS; i++) {
        *texts[i] = reader_part(&r);
    }
    if (lg_failed(reader_end(&r)) || version != BODY_VERSION || !act_valid(&act)) {
        return fail(LG_CLASS_INPUT, DUTY_BODY);
    }
    *out_act = act;
    return LG_OK;
}

struct lg_err duty_row_make(uint64_t log_index, struct span body, struct store_duty_act *out_row) {
    struct duty_act act;
    TRY(duty_act_decode(body, &act));
    *out_row = (struct store_duty_act){
        .log_index = log_index,
        .kind = act.kind,
        .duty = act.duty.id,
        .agency = act.duty.agency,
        .next = act.next,
        .body = body,
    };
    return LG_OK;
}
