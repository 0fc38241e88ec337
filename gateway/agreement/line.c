/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/agreement/line.h"

#include <stdio.h>

#include "gateway/base/bytes.h"
#include "policy/policy.h"

static const char context[] = "lockgate agreement 1\n";

enum {
    FIELDS = 12,
    CONTEXT_SIZE = sizeof context - 1,
    DAY_S = 86400,
    DAY_SIZE = 10,
    TIME_SIZE = 20,
    SIGNATURE_TEXT_SIZE = 88,
};

enum field {
    FIELD_ACT,
    FIELD_AGREEMENT,
    FIELD_VERSION,
    FIELD_TEXT,
    FIELD_REPORT,
    FIELD_PARTY,
    FIELD_OFFICE,
    FIELD_KEY,
    FIELD_TIME,
    FIELD_DAY,
    FIELD_REASON,
    FIELD_SIGNATURE,
};

struct act {
    const char *name;
    bool has_line;
    bool has_day;
    bool has_reason;
};

static const struct act acts[AGREEMENT_ACT_END] = {
    [AGREEMENT_PROPOSE] = {.name = "propose"},
    [AGREEMENT_SIGN] = {.name = "sign", .has_line = true},
    [AGREEMENT_REFUSE] = {.name = "refuse", .has_line = true, .has_reason = true},
    [AGREEMENT_ACTIVATE] = {.name = "activate"},
    [AGREEMENT_SUSPEND] = {.name = "suspend", .has_line = true, .has_reason = true},
    [AGREEMENT_RESUME] = {.name = "resume", .has_line = true},
    [AGREEMENT_WITHDRAW] = {.name = "withdraw",
                            .has_line = true,
                            .has_day = true,
                            .has_reason = true},
    [AGREEMENT_REVIEW] = {.name = "review", .has_line = true, .has_day = true},
    [AGREEMENT_END] = {.name = "end", .has_line = true, .has_day = true, .has_reason = true},
};

static struct lg_err wrong(void) {
    return lg_err_make(LG_CLASS_INPUT, LG_AGREEMENT, AGREEMENT_LINE);
}

static struct lg_err not_signed(void) {
    return lg_err_make(LG_CLASS_INPUT, LG_AGREEMENT, AGREEMENT_SIGNATURE);
}

const char *agreement_act_name(enum agreement_act act) {
    return act > 0 && act < AGREEMENT_ACT_END ? acts[act].name : "";
}

enum agreement_act agreement_act_find(struct span name) {
    for (enum agreement_act act = AGREEMENT_PROPOSE; act < AGREEMENT_ACT_END; act++) {
        if (span_equal_text(name, acts[act].name)) {
            return act;
        }
    }
    return AGREEMENT_ACT_END;
}

bool agreement_act_has_line(enum agreement_act act) {
    return act > 0 && act < AGREEMENT_ACT_END && acts[act].has_line;
}

bool agreement_act_has_day(enum agreement_act act) {
    return act > 0 && act < AGREEMENT_ACT_END && acts[act].has_day;
}

bool agreement_act_has_reason(enum agreement_act act) {
    return act > 0 && act < AGREEMENT_ACT_END && acts[act].has_reason;
}

void agreement_text_hash(struct span text, uint8_t out[static VAULT_SHA256_SIZE]) {
    vault_sha256(text, out);
}

void agreement_key_id(const struct vault_sign_public *key,
                      uint8_t out[static AGREEMENT_KEY_ID_SIZE]) {
    uint8_t hash[VAULT_SHA256_SIZE];
    vault_sha256(span_of(key->bytes, sizeof key->bytes), hash);
    memcpy(out, hash, AGREEMENT_KEY_ID_SIZE);
}

struct lg_err agreement_key_read(struct span text, struct vault_sign_public *out_key) {
    struct vault_sign_public key;
    if (lg_failed(bytes_from_hex(text, key.bytes, sizeof key.bytes))) {
        return not_signed();
    }
    *out_key = key;
    return LG_OK;
}

/* ---- Ranges ---- */

static bool id_valid(struct span id) {
    bool valid = id.len > 0 && id.len <= AGREEMENT_ID_SIZE_MAX;
    for (size_t i = 0; valid && i < id.len; i++) {
        uint8_t c = id.ptr[i];
        valid = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    }
    return valid;
}

/* A tab or a line end would make fields or lines of it; "-" says that there is none. */
static bool words_valid(struct span text, size_t size_max) {
    bool valid =
        text.len > 0 && text.len <= size_max && span_is_plain(text) && !span_equal_text(text, "-");
    for (size_t i = 0; valid && i < text.len; i++) {
        valid = text.ptr[i] >= ' ';
    }
    return valid;
}

/* Days of policy_day_parse, so that each has ten characters. */
static bool day_valid(int32_t day) {
    char text[DAY_SIZE + 1];
    int32_t back = 0;
    if (day < -30000 || day > 400000) {
        return false;
    }
    policy_day_text(day, text);
    return policy_day_parse(span_of(text, DAY_SIZE), &back) && back == day;
}

static bool line_valid(const struct agreement_line *line) {
    if (!agreement_act_has_line(line->act)) {
        return false;
    }
    const struct act *act = &acts[line->act];
    bool day = act->has_day ? day_valid(line->day) : line->day == AGREEMENT_NO_DAY;
    bool reason = act->has_reason ? words_valid(line->reason, AGREEMENT_REASON_SIZE_MAX)
                                  : line->reason.len == 0;
    return id_valid(line->agreement) && line->version > 0 && id_valid(line->party) &&
           words_valid(line->office, AGREEMENT_OFFICE_SIZE_MAX) && line->time_s >= 0 &&
           day_valid((int32_t)(line->time_s / DAY_S)) && day && reason;
}

/* ---- Writing ---- */

static void hex_write(struct writer *w, struct span bytes) {
    char hex[2 * VAULT_SHA256_SIZE + 1];
    bytes_to_hex(bytes, hex);
    writer_text(w, hex);
}

static void time_write(struct writer *w, int64_t time_s) {
    char text[DAY_SIZE + 1];
    char clock[16];
    unsigned second = (unsigned)(time_s % DAY_S);
    policy_day_text((int32_t)(time_s / DAY_S), text);
    (void)snprintf(clock, sizeof clock, "T%02u:%02u:%02uZ", second / 3600 % 24, second / 60 % 60,
                   second % 60);
    writer_text(w, text);
    writer_text(w, clock);
}

static void day_write(struct writer *w, int32_t day) {
    char text[DAY_SIZE + 1] = "-";
    if (day != AGREEMENT_NO_DAY) {
        policy_day_text(day, text);
    }
    writer_text(w, text);
}

static void words_write(struct writer *w, struct span words) {
    writer_bytes(w, words.len > 0 ? words : span_text("-"));
}

/* From ACT to REASON: what is signed after the context. */
static void signed_write(struct writer *w, const struct agreement_line *line) {
    char number[16];
    (void)snprintf(number, sizeof number, "%u", (unsigned)line->version);
    writer_text(w, acts[line->act].name);
    writer_text(w, "\t");
    writer_bytes(w, line->agreement);
    writer_text(w, "\t");
    writer_text(w, number);
    writer_text(w, "\t");
    hex_write(w, span_of(line->text, sizeof line->text));
    writer_text(w, "\t");
    if (line->has_report) {
        hex_write(w, span_of(line->report, sizeof line->report));
    } else {
        writer_text(w, "-");
    }
    writer_text(w, "\t");
    writer_bytes(w, line->party);
    writer_text(w, "\t");
    writer_bytes(w, line->office);
    writer_text(w, "\t");
    hex_write(w, span_of(line->key_id, sizeof line->key_id));
    writer_text(w, "\t");
    time_write(w, line->time_s);
    writer_text(w, "\t");
    day_write(w, line->day);
    writer_text(w, "\t");
    words_write(w, line->reason);
}

/* The bytes under the signature. */
struct message {
    uint8_t bytes[CONTEXT_SIZE + AGREEMENT_LINE_SIZE_MAX];
    struct span text;
};

static struct lg_err message_make(const struct agreement_line *line, struct message *message) {
    if (!line_valid(line)) {
        return wrong();
    }
    struct writer w = writer_of(message->bytes, sizeof message->bytes);
    writer_text(&w, context);
    signed_write(&w, line);
    return lg_failed(writer_end(&w, &message->text)) ? wrong() : LG_OK;
}

struct lg_err agreement_line_sign(struct agreement_line *line, struct vault_key *key) {
    struct message message;
    struct vault_sign_public public_key = vault_sign_public(key);
    agreement_key_id(&public_key, line->key_id);
    TRY(message_make(line, &message));
    vault_sign(key, message.text, &line->signature);
    return LG_OK;
}

struct lg_err agreement_line_write(const struct agreement_line *line,
                                   uint8_t out[static AGREEMENT_LINE_SIZE_MAX],
                                   struct span *out_written) {
    char signature[SIGNATURE_TEXT_SIZE + 1];
    if (!line_valid(line)) {
        return wrong();
    }
    struct writer w = writer_of(out, AGREEMENT_LINE_SIZE_MAX);
    bytes_to_base64(span_of(line->signature.bytes, sizeof line->signature.bytes), signature);
    signed_write(&w, line);
    writer_text(&w, "\t");
    writer_text(&w, signature);
    writer_text(&w, "\n");
    return lg_failed(writer_end(&w, out_written)) ? wrong() : LG_OK;
}

/* ---- Reading ---- */

static bool number_read(struct span text, uint32_t *out_number) {
    uint64_t number = 0;
    if (text.len == 0 || text.len > 10) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        number = number * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    *out_number = (uint32_t)number;
    return number <= UINT32_MAX;
}

static bool digits_read(struct span text, size_t at, uint32_t *out_number) {
    return number_read(span_slice(text, at, 2), out_number);
}

static bool time_read(struct span text, int64_t *out_time_s) {
    int32_t day = 0;
    uint32_t hour = 0;
    uint32_t minute = 0;
    uint32_t second = 0;
    if (text.len != TIME_SIZE || !policy_day_parse(span_slice(text, 0, DAY_SIZE), &day) ||
        !digits_read(text, 11, &hour) || !digits_read(text, 14, &minute) ||
        !digits_read(text, 17, &second) || hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    *out_time_s = (int64_t)day * DAY_S + (int64_t)(hour * 3600 + minute * 60 + second);
    return true;
}

static bool day_read(struct span text, int32_t *out_day) {
    *out_day = AGREEMENT_NO_DAY;
    return span_equal_text(text, "-") || policy_day_parse(text, out_day);
}

static struct span words_read(struct span text) {
    return span_equal_text(text, "-") ? span_of(NULL, 0) : text;
}

static bool report_read(struct span text, struct agreement_line *line) {
    line->has_report = !span_equal_text(text, "-");
    return !line->has_report || !lg_failed(bytes_from_hex(text, line->report, sizeof line->report));
}

static bool fields_split(struct span text, struct span fields[static FIELDS]) {
    size_t count = 0;
    struct span part;
    while (span_split(&text, '\t', &part)) {
        if (count == FIELDS) {
            return false;
        }
        fields[count++] = part;
    }
    return count == FIELDS;
}

static bool fields_read(const struct span *fields, struct agreement_line *line) {
    size_t signature_len = 0;
    line->act = agreement_act_find(fields[FIELD_ACT]);
    line->agreement = fields[FIELD_AGREEMENT];
    line->party = fields[FIELD_PARTY];
    line->office = fields[FIELD_OFFICE];
    line->reason = words_read(fields[FIELD_REASON]);
    return number_read(fields[FIELD_VERSION], &line->version) &&
           !lg_failed(bytes_from_hex(fields[FIELD_TEXT], line->text, sizeof line->text)) &&
           report_read(fields[FIELD_REPORT], line) &&
           !lg_failed(bytes_from_hex(fields[FIELD_KEY], line->key_id, sizeof line->key_id)) &&
           time_read(fields[FIELD_TIME], &line->time_s) &&
           day_read(fields[FIELD_DAY], &line->day) &&
           !lg_failed(bytes_from_base64(fields[FIELD_SIGNATURE], line->signature.bytes,
                                        sizeof line->signature.bytes, &signature_len)) &&
           signature_len == sizeof line->signature.bytes;
}

struct lg_err agreement_line_read(struct span text, struct agreement_line *out_line) {
    struct span fields[FIELDS];
    struct agreement_line line = {0};
    uint8_t again[AGREEMENT_LINE_SIZE_MAX];
    struct span written = span_of(NULL, 0);
    if (text.len > 0 && text.ptr[text.len - 1] == '\n') {
        text.len--;
    }
    if (text.len >= AGREEMENT_LINE_SIZE_MAX || !fields_split(text, fields) ||
        !fields_read(fields, &line) || lg_failed(agreement_line_write(&line, again, &written)) ||
        !span_equal(span_slice(written, 0, written.len - 1), text)) {
        return wrong();
    }
    *out_line = line;
    return LG_OK;
}

struct lg_err agreement_line_verify(const struct agreement_line *line,
                                    const struct vault_sign_public *key) {
    struct message message;
    uint8_t key_id[AGREEMENT_KEY_ID_SIZE];
    agreement_key_id(key, key_id);
    if (lg_failed(message_make(line, &message)) ||
        memcmp(key_id, line->key_id, sizeof key_id) != 0 ||
        lg_failed(vault_verify(key, message.text, &line->signature))) {
        return not_signed();
    }
    return LG_OK;
}
