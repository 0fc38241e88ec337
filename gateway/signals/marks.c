/* SPDX-License-Identifier: Apache-2.0 */
/* What the entry of a mark seals:
 *
 *   version 2 u8 | system, user, role, display name, label, each after a 16-bit length | kind u8 |
 *   tags u8 | each: 16
 *
 * Valid where the kind is known, the label is not empty, there are at most STORE_TOKENS_MAX tags,
 * and nothing is left. Version 1 ended with the label. The tags are the store's codes of tokens:
 * without its key they say nothing of anybody. */
#include "gateway/base/bytes.h"
#include "gateway/signals/signals.h"

enum { VERSION = 2, BODY_MAX = 2048 };

static struct lg_err fail(enum lg_class cls, enum signals_code code) {
    return lg_err_make(cls, LG_SIGNALS, (uint16_t)code);
}

/* Of kind and whether it is taken off. */
static const char *const reasons[][2] = {
    [STORE_MARK_STAFF] = {"STAFF_MARKED", "STAFF_TAKEN_OFF"},
    [STORE_MARK_CANARY] = {"CANARY_MARKED", "CANARY_TAKEN_OFF"},
};

const char *signals_mark_reason(const struct store_mark *mark) {
    return reasons[mark->kind][mark->tag_count == 0 ? 1 : 0];
}

bool signals_mark_is(struct span reason) {
    bool is = false;
    for (int kind = STORE_MARK_STAFF; kind <= STORE_MARK_CANARY; kind++) {
        is = is || span_equal_text(reason, reasons[kind][0]) ||
             span_equal_text(reason, reasons[kind][1]);
    }
    return is;
}

struct lg_err signals_mark_encode(const struct signals_mark_entry *entry, struct arena *arena,
                                  struct span *out_body) {
    const struct store_mark *mark = &entry->mark;
    uint8_t *buf = arena_alloc(arena, BODY_MAX);
    if (buf == NULL) {
        return fail(LG_CLASS_LIMIT, SIGNALS_MEMORY);
    }
    struct writer w = writer_of(buf, BODY_MAX);
    writer_u8(&w, VERSION);
    writer_part(&w, entry->system);
    writer_part(&w, entry->user_id);
    writer_part(&w, entry->role);
    writer_part(&w, entry->display_name);
    writer_part(&w, mark->label);
    writer_u8(&w, (uint8_t)mark->kind);
    writer_u8(&w, (uint8_t)mark->tag_count);
    for (size_t i = 0; i < mark->tag_count; i++) {
        writer_bytes(&w, span_of(mark->tags[i].bytes, sizeof mark->tags[i].bytes));
    }
    bool fits = mark->tag_count <= STORE_TOKENS_MAX && !lg_failed(writer_end(&w, out_body));
    return fits ? LG_OK : fail(LG_CLASS_INPUT, SIGNALS_MARK);
}

struct lg_err signals_mark_decode(struct span body, struct arena *arena,
                                  struct signals_mark_entry *out_entry) {
    struct signals_mark_entry entry = {.system = span_of(NULL, 0)};
    struct reader r = reader_of(body);
    bool is_ours = reader_u8(&r) == VERSION;
    entry.system = reader_part(&r);
    entry.user_id = reader_part(&r);
    entry.role = reader_part(&r);
    entry.display_name = reader_part(&r);
    entry.mark.label = reader_part(&r);
    entry.mark.kind = (enum store_mark_kind)reader_u8(&r);
    entry.mark.tag_count = reader_u8(&r);
    bool is_known = entry.mark.kind == STORE_MARK_STAFF || entry.mark.kind == STORE_MARK_CANARY;
    if (!is_ours || r.failed || !is_known || entry.mark.label.len == 0 ||
        entry.mark.tag_count > STORE_TOKENS_MAX) {
        return fail(LG_CLASS_INPUT, SIGNALS_MARK);
    }
    struct store_tag *tags = arena_array(arena, entry.mark.tag_count + 1, sizeof *tags);
    if (tags == NULL) {
        return fail(LG_CLASS_LIMIT, SIGNALS_MEMORY);
    }
    for (size_t i = 0; i < entry.mark.tag_count; i++) {
        reader_copy(&r, tags[i].bytes, sizeof tags[i].bytes);
    }
    entry.mark.tags = tags;
    if (lg_failed(reader_end(&r))) {
        return fail(LG_CLASS_INPUT, SIGNALS_MARK);
    }
    *out_entry = entry;
    return LG_OK;
}
