/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed parts of questions read back; their format is drawn in gateway/query/trail.c. */
#include "gateway/base/bytes.h"
#include "gateway/query/query_int.h"

/* Past the texts and numbers of a question, which explain nothing. */
static void ask_skip(struct reader *r, bool is_new, struct query_trail_record *out) {
    for (size_t i = 0; i < TRAIL_ASK_TEXTS; i++) {
        (void)reader_part(r);
    }
    (void)reader_u8(r);
    out->age_class = (enum age_class)reader_u8(r);
    out->is_enough = is_new && reader_u8(r) != 0;
}

/* A text that was filled up with zeros. */
static struct span padded_read(struct reader *r) {
    struct span text = reader_part(r);
    while (text.len > 0 && text.ptr[text.len - 1] == 0) {
        text.len--;
    }
    return text;
}

/* Past all but the withholding, which comes last of the texts, and how the source was asked. */
static void part_skip(struct reader *r, bool is_new, struct query_trail_record *out) {
    for (size_t i = 0; i < TRAIL_PART_TEXTS - 2; i++) {
        (void)reader_part(r);
    }
    out->withholding.code = padded_read(r);
    out->withholding.office = padded_read(r);
    out->record_count = reader_u32(r);
    out->is_decoy = reader_u8(r) != 0;
    out->is_called = is_new && reader_u8(r) != 0;
    out->is_enough = is_new && reader_u8(r) != 0;
}

static void duties_read(struct reader *r, struct query_trail_record *out) {
    out->keep_days = reader_u32(r);
    out->onward = (enum policy_onward)reader_u8(r);
}

static bool is_part_version(uint8_t version) {
    return version == TRAIL_PART_VERSION || version == TRAIL_PART_VERSION_DUTYLESS ||
           version == TRAIL_PART_VERSION_BEFORE;
}

struct lg_err query_trail_read(struct span sealed, struct query_trail_record *out_record) {
    struct reader r = reader_of(sealed);
    struct query_trail_record record = {.is_part = false};
    uint8_t version = reader_u8(&r);
    if (version == TRAIL_VERSION || version == TRAIL_VERSION_BEFORE) {
        ask_skip(&r, version == TRAIL_VERSION, &record);
        record.bytes = reader_part(&r);
    } else if (is_part_version(version)) {
        record.is_part = true;
        part_skip(&r, version != TRAIL_PART_VERSION_BEFORE, &record);
        record.ask_index = reader_u64(&r);
        record.bytes = reader_part(&r);
    }
    if (version == TRAIL_PART_VERSION) {
        duties_read(&r, &record);
    }
    if (lg_failed(reader_end(&r)) || (unsigned)record.onward > POLICY_ONWARD_NO) {
        return lg_err_make(LG_CLASS_INPUT, LG_QUERY, QUERY_ERR_RECORD);
    }
    *out_record = record;
    return LG_OK;
}
