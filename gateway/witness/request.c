/* SPDX-License-Identifier: Apache-2.0 */
/* The body of add-checkpoint (c2sp.org/tlog-witness):
 *
 *   old N            decimal
 *   BASE64           one line a hash, 0 to 63
 *                    an empty line
 *   NOTE             the checkpoint, to the end */
#include <inttypes.h>
#include <string.h>

#include "gateway/audit/note.h"
#include "gateway/base/bytes.h"
#include "gateway/witness/witness.h"

enum { HASH_BASE64_SIZE = 44 };

static const char OLD[] = "old ";

static struct lg_err malformed(void) {
    return lg_err_make(LG_CLASS_INPUT, LG_WITNESS, WITNESS_REQUEST);
}

static bool line_take(struct span *rest, struct span *out_line) {
    size_t end = span_index(*rest, '\n');
    if (end == rest->len) {
        return false;
    }
    *out_line = span_slice(*rest, 0, end);
    *rest = span_slice(*rest, end + 1, rest->len);
    return true;
}

static bool hash_read(struct span line, struct audit_hash *out_hash) {
    uint8_t bytes[AUDIT_HASH_SIZE + 1];
    size_t len = 0;
    if (lg_failed(bytes_from_base64(line, bytes, sizeof bytes, &len)) || len != AUDIT_HASH_SIZE) {
        return false;
    }
    memcpy(out_hash->bytes, bytes, AUDIT_HASH_SIZE);
    return true;
}

struct lg_err witness_request_read(struct span bytes, struct witness_request *out_request) {
    struct witness_request request = {.old_size = 0};
    struct span rest = bytes;
    struct span line;
    if (!span_starts_with(rest, span_text(OLD)) || !line_take(&rest, &line) ||
        lg_failed(audit_decimal_read(span_slice(line, strlen(OLD), line.len), &request.old_size))) {
        return malformed();
    }
    while (line_take(&rest, &line)) {
        if (line.len == 0) {
            request.note = rest;
            *out_request = request;
            return rest.len > 0 ? LG_OK : malformed();
        }
        if (request.proof.count == AUDIT_CONSISTENCY_MAX ||
            !hash_read(line, &request.proof.hashes[request.proof.count])) {
            return malformed();
        }
        request.proof.count++;
    }
    return malformed();
}

struct lg_err witness_request_write(const struct witness_request *request, struct arena *arena,
                                    struct span *out_bytes) {
    size_t size = 32 + (AUDIT_CONSISTENCY_MAX * (HASH_BASE64_SIZE + 1)) + 1 + request->note.len;
    uint8_t *buf = arena_alloc(arena, size);
    struct span first = arena_format(arena, "%s%" PRIu64 "\n", OLD, request->old_size);
    TRY(arena_failed(arena));
    struct writer w = writer_of(buf, size);
    writer_bytes(&w, first);
    for (size_t i = 0; i < request->proof.count; i++) {
        char text[HASH_BASE64_SIZE + 1];
        bytes_to_base64(span_of(request->proof.hashes[i].bytes, AUDIT_HASH_SIZE), text);
        writer_text(&w, text);
        writer_text(&w, "\n");
    }
    writer_text(&w, "\n");
    writer_bytes(&w, request->note);
    return writer_end(&w, out_bytes);
}
