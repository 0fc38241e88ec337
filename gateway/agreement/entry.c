/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/agreement/entry.h"

#include "gateway/base/bytes.h"

enum { MARK_SIZE = 4 };

static const char mark[] = "AGR1";

bool agreement_entry_is(struct span body) {
    return span_starts_with(body, span_text(mark));
}

const char *agreement_entry_code(enum agreement_act act) {
    static const char *const codes[AGREEMENT_ACT_END] = {
        [AGREEMENT_PROPOSE] = "PROPOSE",   [AGREEMENT_SIGN] = "SIGN",
        [AGREEMENT_REFUSE] = "REFUSE",     [AGREEMENT_ACTIVATE] = "ACTIVATE",
        [AGREEMENT_SUSPEND] = "SUSPEND",   [AGREEMENT_RESUME] = "RESUME",
        [AGREEMENT_WITHDRAW] = "WITHDRAW", [AGREEMENT_REVIEW] = "REVIEW",
        [AGREEMENT_END] = "END",
    };
    return act > 0 && act < AGREEMENT_ACT_END ? codes[act] : "";
}

bool agreement_act_stops(enum agreement_act act) {
    return act == AGREEMENT_SUSPEND || act == AGREEMENT_WITHDRAW || act == AGREEMENT_END;
}

bool agreement_act_starts(enum agreement_act act) {
    return act == AGREEMENT_PROPOSE || act == AGREEMENT_ACTIVATE || act == AGREEMENT_RESUME;
}

static bool line_fits(const struct agreement_entry *entry) {
    const struct agreement_line *line = &entry->signed_line;
    return line->act == entry->act && span_equal(line->agreement, entry->agreement) &&
           line->version == entry->version && span_equal(line->party, entry->agency) &&
           memcmp(line->text, entry->text, sizeof line->text) == 0 &&
           line->has_report == entry->has_report &&
           memcmp(line->report, entry->report, sizeof line->report) == 0;
}

static bool name_fits(struct span name) {
    return name.len > 0 && name.len <= AGREEMENT_ID_SIZE_MAX;
}

static bool entry_valid(struct agreement_entry *entry) {
    if (entry->act < AGREEMENT_PROPOSE || entry->act >= AGREEMENT_ACT_END ||
        !name_fits(entry->agreement) || !name_fits(entry->agency) || entry->version == 0) {
        return false;
    }
    if (!agreement_act_has_line(entry->act)) {
        return entry->line.len == 0;
    }
    bool has_end = entry->line.len > 0 && entry->line.ptr[entry->line.len - 1] == '\n';
    return has_end && !lg_failed(agreement_line_read(entry->line, &entry->signed_line)) &&
           line_fits(entry);
}

struct lg_err agreement_entry_encode(const struct agreement_entry *entry,
                                     uint8_t out[static AGREEMENT_BODY_SIZE_MAX],
                                     struct span *out_body) {
    struct agreement_entry checked = *entry;
    struct writer w = writer_of(out, AGREEMENT_BODY_SIZE_MAX);
    writer_text(&w, mark);
    writer_u8(&w, (uint8_t)entry->act);
    writer_u32(&w, entry->version);
    writer_bytes(&w, span_of(entry->text, sizeof entry->text));
    writer_u8(&w, entry->has_report ? 1 : 0);
    writer_bytes(&w, span_of(entry->report, sizeof entry->report));
    writer_part(&w, entry->agreement);
    writer_part(&w, entry->line);
    writer_part(&w, entry->agency);
    writer_part(&w, entry->system);
    writer_part(&w, entry->user_id);
    writer_part(&w, entry->role);
    writer_part(&w, entry->display_name);
    if (!entry_valid(&checked) || lg_failed(writer_end(&w, out_body))) {
        return lg_err_make(LG_CLASS_INPUT, LG_AGREEMENT, AGREEMENT_LINE);
    }
    return LG_OK;
}

struct lg_err agreement_entry_decode(struct span body, struct agreement_entry *out_entry) {
    struct reader r = reader_of(body);
    struct agreement_entry entry = {0};
    struct span head = reader_bytes(&r, MARK_SIZE);
    entry.act = (enum agreement_act)reader_u8(&r);
    entry.version = reader_u32(&r);
    reader_copy(&r, entry.text, sizeof entry.text);
    uint8_t has_report = reader_u8(&r);
    reader_copy(&r, entry.report, sizeof entry.report);
    entry.has_report = has_report == 1;
    entry.agreement = reader_part(&r);
    entry.line = reader_part(&r);
    entry.agency = reader_part(&r);
    entry.system = reader_part(&r);
    entry.user_id = reader_part(&r);
    entry.role = reader_part(&r);
    entry.display_name = reader_part(&r);
    if (lg_failed(reader_end(&r)) || !span_equal_text(head, mark) || has_report > 1 ||
        !entry_valid(&entry)) {
        return lg_err_make(LG_CLASS_STORE, LG_AGREEMENT, AGREEMENT_ENTRY);
    }
    *out_entry = entry;
    return LG_OK;
}
