/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of the gateway's own under the log's key, as signed notes. */
#include <string.h>

#include "gateway/audit/audit_int.h"
#include "gateway/audit/note.h"
#include "gateway/base/bytes.h"

enum { KEY_ID_SIZE = 4, SIGNED_SIZE = KEY_ID_SIZE + VAULT_SIGNATURE_SIZE };

/* Nobody must be able to take it for a checkpoint, whose first line is the origin. */
static bool is_checkpoint_like(const struct audit_log *log, struct span text) {
    return span_equal_text(span_slice(text, 0, span_index(text, '\n')), log->origin);
}

struct lg_err audit_text_sign(struct audit_log *log, struct span text, struct arena *arena,
                              struct span *out_note) {
    struct vault_signature signature;
    uint8_t signed_bytes[SIGNED_SIZE];
    char signature_text[(SIGNED_SIZE + 2) / 3 * 4 + 1];
    if (text.len > AUDIT_TEXT_SIZE_MAX || is_checkpoint_like(log, text)) {
        return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_NOTE_FORMAT);
    }
    vault_sign(log->sign_key, text, &signature);
    memcpy(signed_bytes, log->vkey.id, KEY_ID_SIZE);
    memcpy(signed_bytes + KEY_ID_SIZE, signature.bytes, sizeof signature.bytes);
    bytes_to_base64(span_of(signed_bytes, sizeof signed_bytes), signature_text);
    struct span note = arena_format(arena, "%.*s\n\xe2\x80\x94 %s %s\n", (int)text.len,
                                    (const char *)text.ptr, log->origin, signature_text);
    struct audit_note parsed;
    TRY(arena_failed(arena));
    TRY(audit_note_read(note, &parsed)); /* the text is one that a note can hold */
    *out_note = note;
    return LG_OK;
}
