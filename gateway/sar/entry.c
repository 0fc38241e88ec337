/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a SUBJECT_ACCESS entry, sealed by the log and by the store.
 *
 *    1  version, 2; 1 has no answer
 *    1  kind (enum sar_step_kind)
 *    8  number of the request; 0 in its OPEN
 *    8  when, ms since 1970 UTC
 *    4  day, since 1970
 *    1  months    1  pause    1  outcome    1  exemption
 *    8  line
 *    1  flags: 1 the person is known, 2 somebody asks for them
 *   16  person
 *    -  agency, system, user, role, case reference, evidence, reason: each after a 16-bit length
 *    -  answer, after a 16-bit length: of an EXPORT
 *          1  form    1  to whom    8  size of the log    4  lines    32  digest of the lines
 *         32  digest of the document
 *       of all others nothing
 *
 * Valid where everything that its kind needs is in its range, everything else is 0 or empty, and
 * nothing is left over. */
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/sar/sar.h"

enum {
    BODY_VERSION = 2,
    BODY_VERSION_BEFORE = 1, /* had no exports, and ends before the answer */
    TEXTS = 7,
    FLAG_PERSON = 1,
    FLAG_REPRESENTED = 2,
    DAY_MAX = 2932896, /* 9999-12-31 */
    ANSWER_SIZE = 1 + 1 + 8 + 4 + 2 * VAULT_SHA256_SIZE,
};

static struct lg_err fail(enum lg_class klass, enum sar_code code) {
    return lg_err_make(klass, LG_SAR, (uint16_t)code);
}

static void texts_of(struct sar_step *step, struct span *out[static TEXTS]) {
    struct span *const texts[TEXTS] = {
        &step->agency,         &step->system,   &step->user_id, &step->role,
        &step->case_reference, &step->evidence, &step->reason,
    };
    memcpy(out, texts, sizeof texts);
}

static bool is_zero(const struct person_id *person) {
    static const struct person_id zero;
    return memcmp(person->bytes, zero.bytes, sizeof zero.bytes) == 0;
}

/* What only the first step has. */
static bool opening_valid(const struct sar_step *step) {
    bool is_open = step->kind == SAR_OPEN;
    bool has_evidence = step->evidence.len > 0;
    if (!is_open) {
        return step->number > 0 && !step->has_person && !step->is_represented &&
               is_zero(&step->person) && step->case_reference.len == 0 && !has_evidence &&
               (step->reason.len > 0 || step->kind == SAR_EXPORT);
    }
    return step->number == 0 && step->reason.len == 0 && !is_zero(&step->person) &&
           has_evidence == step->is_represented;
}

static bool numbers_valid(const struct sar_step *step) {
    bool is_mark = step->kind == SAR_WITHHOLD || step->kind == SAR_REVEAL;
    bool has_day = step->kind == SAR_OPEN || step->kind == SAR_PAUSE || step->kind == SAR_RESUME;
    bool months = step->kind == SAR_EXTEND
                      ? step->months >= 1 && step->months <= SAR_EXTRA_MONTHS_MAX
                      : step->months == 0;
    bool pause = step->kind == SAR_PAUSE
                     ? step->pause > SAR_PAUSE_NONE && step->pause < SAR_PAUSE_END
                     : step->pause == SAR_PAUSE_NONE;
    bool outcome = step->kind == SAR_CLOSE
                       ? step->outcome > SAR_OUTCOME_NONE && step->outcome < SAR_OUTCOME_END
                       : step->outcome == SAR_OUTCOME_NONE;
    bool exemption = step->kind == SAR_WITHHOLD ? sar_exemption_at(step->exemption) != NULL
                                                : step->exemption == 0;
    return months && pause && outcome && exemption && (is_mark || step->line == 0) &&
           (has_day ? step->day > 0 && step->day <= DAY_MAX : step->day == 0);
}

static bool is_no_answer(const struct sar_answer *answer) {
    static const uint8_t zero[VAULT_SHA256_SIZE];
    return answer->form == SAR_ANSWER_NONE && answer->to == SAR_TO_NOBODY && answer->covered == 0 &&
           answer->line_count == 0 && memcmp(answer->lines, zero, sizeof zero) == 0 &&
           memcmp(answer->document, zero, sizeof zero) == 0;
}

static bool answer_valid(const struct sar_step *step) {
    const struct sar_answer *answer = &step->answer;
    if (step->kind != SAR_EXPORT) {
        return is_no_answer(answer);
    }
    return answer->form > SAR_ANSWER_NONE && answer->form < SAR_ANSWER_END &&
           answer->to > SAR_TO_NOBODY && answer->to < SAR_TO_END && answer->covered > 0 &&
           answer->covered <= INT64_MAX && answer->line_count <= answer->covered;
}

static bool step_valid(const struct sar_step *step) {
    return step->kind >= SAR_OPEN && step->kind < SAR_STEP_END && step->at_ms >= 0 &&
           step->number <= INT64_MAX && step->line <= INT64_MAX && step->agency.len > 0 &&
           step->agency.len <= STORE_NAME_SIZE_MAX && step->system.len > 0 &&
           step->user_id.len > 0 && step->role.len > 0 && opening_valid(step) &&
           numbers_valid(step) && answer_valid(step);
}

static void answer_write(struct writer *w, const struct sar_step *step) {
    const struct sar_answer *answer = &step->answer;
    writer_u16(w, step->kind == SAR_EXPORT ? ANSWER_SIZE : 0);
    if (step->kind == SAR_EXPORT) {
        writer_u8(w, (uint8_t)answer->form);
        writer_u8(w, (uint8_t)answer->to);
        writer_u64(w, answer->covered);
        writer_u32(w, answer->line_count);
        writer_bytes(w, span_of(answer->lines, sizeof answer->lines));
        writer_bytes(w, span_of(answer->document, sizeof answer->document));
    }
}

/* False where it is there and should not be, or the other way round. */
static bool answer_read(struct reader *r, struct sar_step *step) {
    struct span part = reader_part(r);
    struct reader inner = reader_of(part);
    struct sar_answer *answer = &step->answer;
    if (step->kind != SAR_EXPORT || r->failed) {
        return part.len == 0;
    }
    answer->form = (enum sar_answer_form)reader_u8(&inner);
    answer->to = (enum sar_recipient)reader_u8(&inner);
    answer->covered = reader_u64(&inner);
    answer->line_count = reader_u32(&inner);
    reader_copy(&inner, answer->lines, sizeof answer->lines);
    reader_copy(&inner, answer->document, sizeof answer->document);
    return !lg_failed(reader_end(&inner));
}

struct lg_err sar_step_encode(const struct sar_step *step, struct arena *arena,
                              struct span *out_body) {
    if (!step_valid(step)) {
        return fail(LG_CLASS_INPUT, SAR_FIELDS);
    }
    uint8_t *body = arena_alloc(arena, STORE_SAR_BODY_MAX);
    if (body == NULL) {
        return fail(LG_CLASS_LIMIT, SAR_MEMORY);
    }
    struct writer w = writer_of(body, STORE_SAR_BODY_MAX);
    struct sar_step copy = *step;
    struct span *texts[TEXTS];
    texts_of(&copy, texts);
    writer_u8(&w, BODY_VERSION);
    writer_u8(&w, (uint8_t)step->kind);
    writer_u64(&w, step->number);
    writer_u64(&w, (uint64_t)step->at_ms);
    writer_u32(&w, (uint32_t)step->day);
    writer_u8(&w, step->months);
    writer_u8(&w, (uint8_t)step->pause);
    writer_u8(&w, (uint8_t)step->outcome);
    writer_u8(&w, step->exemption);
    writer_u64(&w, step->line);
    writer_u8(&w, (uint8_t)((step->has_person ? FLAG_PERSON : 0) |
                            (step->is_represented ? FLAG_REPRESENTED : 0)));
    writer_bytes(&w, span_of(step->person.bytes, sizeof step->person.bytes));
    for (size_t i = 0; i < TEXTS; i++) {
        writer_part(&w, *texts[i]);
    }
    answer_write(&w, step);
    return lg_failed(writer_end(&w, out_body)) ? fail(LG_CLASS_INPUT, SAR_FIELDS) : LG_OK;
}

struct lg_err sar_step_decode(struct span body, struct sar_step *out_step) {
    struct reader r = reader_of(body);
    struct sar_step step = {.number = 0};
    struct span *texts[TEXTS];
    texts_of(&step, texts);
    uint8_t version = reader_u8(&r);
    step.kind = (enum sar_step_kind)reader_u8(&r);
    step.number = reader_u64(&r);
    step.at_ms = (int64_t)reader_u64(&r);
    step.day = (int32_t)reader_u32(&r);
    step.months = reader_u8(&r);
    step.pause = (enum sar_pause)reader_u8(&r);
    step.outcome = (enum sar_outcome)reader_u8(&r);
    step.exemption = reader_u8(&r);
    step.line = reader_u64(&r);
    uint8_t flags = reader_u8(&r);
    step.has_person = (flags & FLAG_PERSON) != 0;
    step.is_represented = (flags & FLAG_REPRESENTED) != 0;
    reader_copy(&r, step.person.bytes, sizeof step.person.bytes);
    for (size_t i = 0; i < TEXTS; i++) {
        *texts[i] = reader_part(&r);
    }
    bool is_before = version == BODY_VERSION_BEFORE;
    bool is_whole = is_before ? step.kind != SAR_EXPORT : answer_read(&r, &step);
    if (!is_whole || lg_failed(reader_end(&r)) || (version != BODY_VERSION && !is_before) ||
        (flags & ~(FLAG_PERSON | FLAG_REPRESENTED)) != 0 || !step_valid(&step)) {
        return fail(LG_CLASS_INPUT, SAR_BODY);
    }
    *out_step = step;
    return LG_OK;
}

struct lg_err sar_row_make(uint64_t log_index, struct span body, struct store_sar *out_row) {
    struct sar_step step;
    TRY(sar_step_decode(body, &step));
    if (step.number >= log_index && step.kind != SAR_OPEN) {
        return fail(LG_CLASS_INPUT, SAR_BODY);
    }
    *out_row = (struct store_sar){
        .log_index = log_index,
        .number = step.kind == SAR_OPEN ? log_index : step.number,
        .opens = step.kind == SAR_OPEN,
        .closes = step.kind == SAR_CLOSE,
        .exports = step.kind == SAR_EXPORT,
        .marks = step.kind == SAR_WITHHOLD || step.kind == SAR_REVEAL,
        .is_lifted = step.kind == SAR_REVEAL,
        .line = step.line,
        .person = step.person,
        .agency = step.agency,
        .body = body,
    };
    return LG_OK;
}
