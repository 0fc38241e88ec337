/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/records.h"

#include "gateway/base/bytes.h"
#include "gateway/base/num.h"

/* Sources of one question, and texts in one file. */
enum {
    PARTS_MAX = LIMIT_POLICY_SOURCES,
    TEXTS_MAX = 256,
    RECORDS_WRONG = 20,
    QUESTION_MEMORY = 67108864,
};

struct known_text {
    struct policy_record_hash hash;
    struct policy *policy;
};

struct reading {
    const struct policy_register *statutes;
    struct rehearsal *rehearsal;
    struct diag *diag;
    uint32_t line;
    struct known_text texts[TEXTS_MAX];
    size_t text_count;
    struct arena *arena; /* of the present question; NULL: there is none */
    struct span ask;
    struct span parts[PARTS_MAX];
    size_t part_count;
    uint32_t ask_line;
};

static struct lg_err wrong(const struct reading *it, uint32_t line, const char *what) {
    diag_set(it->diag, line, "%s", what);
    return lg_err_make(LG_CLASS_INPUT, LG_TOOLS, RECORDS_WRONG);
}

static struct lg_err from_base64(const struct reading *it, struct span word, struct arena *arena,
                                 struct span *out_bytes) {
    uint8_t *bytes = arena_alloc(arena, word.len);
    size_t len = 0;
    if (bytes == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_POLICY, POLICY_MEMORY);
    }
    if (lg_failed(bytes_from_base64(word, bytes, word.len, &len))) {
        return wrong(it, it->line, "a word that should be base64 is not");
    }
    *out_bytes = span_of(bytes, len);
    return LG_OK;
}

/* ---- questions ---- */

static const struct policy *text_find(const struct reading *it,
                                      const struct policy_record_hash *hash) {
    struct span wanted = span_of(hash->bytes, sizeof hash->bytes);
    for (size_t i = 0; i < it->text_count; i++) {
        const struct policy_record_hash *other = &it->texts[i].hash;
        if (span_equal(wanted, span_of(other->bytes, sizeof other->bytes))) {
            return it->texts[i].policy;
        }
    }
    return NULL;
}

static struct lg_err play(struct reading *it) {
    struct policy_record_ask ask;
    struct policy_rehearse_record record = {
        .ask = it->ask, .parts = it->parts, .part_count = it->part_count};
    if (lg_failed(policy_record_ask_read(it->ask, it->arena, &ask))) {
        return wrong(it, it->ask_line, "the record of a question cannot be read");
    }
    size_t count = policy_record_ask_text_count(&ask);
    const struct policy **policies = arena_array(it->arena, count, sizeof *policies);
    if (policies == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_POLICY, POLICY_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        policies[i] = text_find(it, policy_record_ask_hash(&ask, i));
        if (policies[i] == NULL) {
            return wrong(it, it->ask_line,
                         "the question falls under an agreement whose text is not in the file");
        }
    }
    record.texts = policy_record_texts_of(&ask, policies);
    struct lg_err err = policy_rehearse_record(it->rehearsal, &record);
    if (lg_err_class(err) == LG_CLASS_INPUT) {
        return wrong(it, it->ask_line, "the records of a question do not fit its agreements");
    }
    return err;
}

/* The question that was read so far. */
static struct lg_err flush(struct reading *it) {
    struct lg_err err = it->arena == NULL ? LG_OK : play(it);
    arena_free(&it->arena);
    it->part_count = 0;
    return err;
}

/* ---- lines ---- */

static struct lg_err read_agreement(struct reading *it, struct span rest) {
    OWN(arena_free) struct arena *arena = NULL;
    struct known_text *known = &it->texts[it->text_count];
    struct span hash;
    struct span word;
    struct span text;
    struct span floor = span_of(NULL, 0);
    struct diag diag = {0};
    if (it->text_count == TEXTS_MAX || !span_split(&rest, ' ', &hash) ||
        !span_split(&rest, ' ', &word)) {
        return wrong(it, it->line, "an agreement is written `agreement HASH TEXT FLOOR`");
    }
    if (lg_failed(bytes_from_hex(hash, known->hash.bytes, sizeof known->hash.bytes))) {
        return wrong(it, it->line, "the hash of an agreement is 64 hex digits");
    }
    TRY(arena_new(QUESTION_MEMORY, &arena));
    TRY(from_base64(it, word, arena, &text));
    if (!span_equal_text(rest, "-")) {
        TRY(from_base64(it, rest, arena, &floor));
    }
    struct lg_err err = policy_compile_law(text, floor, it->statutes, &diag, &known->policy);
    if (lg_err_class(err) == LG_CLASS_CONFIG) {
        return wrong(it, it->line, "the text of an agreement cannot be evaluated");
    }
    TRY(err);
    it->text_count++;
    return LG_OK;
}

static struct lg_err read_ask(struct reading *it, struct span rest) {
    TRY(flush(it));
    TRY(arena_new(QUESTION_MEMORY, &it->arena));
    it->ask_line = it->line;
    return from_base64(it, rest, it->arena, &it->ask);
}

static struct lg_err read_part(struct reading *it, struct span rest) {
    if (it->arena == NULL || it->part_count == PARTS_MAX) {
        return wrong(it, it->line, "a part stands behind its question, at most 256 of them");
    }
    TRY(from_base64(it, rest, it->arena, &it->parts[it->part_count]));
    it->part_count++;
    return LG_OK;
}

static struct lg_err read_line(struct reading *it, struct span line) {
    struct span word;
    if (!span_split(&line, ' ', &word)) {
        return wrong(it, it->line, "the line is empty");
    }
    if (span_equal_text(word, "agreement")) {
        return read_agreement(it, line);
    }
    if (span_equal_text(word, "ask")) {
        return read_ask(it, line);
    }
    if (span_equal_text(word, "part")) {
        return read_part(it, line);
    }
    return wrong(it, it->line, "the line is none of agreement, ask and part");
}

static struct lg_err read_all(struct reading *it, struct span text) {
    struct span line;
    if (!span_split(&text, '\n', &line) || !span_equal_text(line, "lockgate-records 1")) {
        return wrong(it, 1, "the file does not begin with `lockgate-records 1`");
    }
    for (it->line = 2; text.len > 0 && span_split(&text, '\n', &line); it->line++) {
        TRY(read_line(it, line));
    }
    return flush(it);
}

struct lg_err records_rehearse(struct span text, const struct policy_register *statutes,
                               struct rehearsal *rehearsal, struct diag *diag) {
    struct reading it = {.statutes = statutes, .rehearsal = rehearsal, .diag = diag, .line = 1};
    struct lg_err err = read_all(&it, text);
    arena_free(&it.arena);
    for (size_t i = 0; i < it.text_count; i++) {
        policy_free(&it.texts[i].policy);
    }
    return err;
}
