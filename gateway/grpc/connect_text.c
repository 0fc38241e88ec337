/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of Connect: codes, their HTTP statuses, errors and ends of streams as JSON. */
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/grpc/connect_int.h"

struct code_row {
    const char *name;
    const char *http;
};

static const struct code_row CODES[GRPC_STATUS_COUNT] = {
    [GRPC_OK] = {"", "200"},
    [GRPC_CANCELLED] = {"canceled", "499"},
    [GRPC_UNKNOWN] = {"unknown", "500"},
    [GRPC_INVALID_ARGUMENT] = {"invalid_argument", "400"},
    [GRPC_DEADLINE_EXCEEDED] = {"deadline_exceeded", "504"},
    [GRPC_NOT_FOUND] = {"not_found", "404"},
    [GRPC_ALREADY_EXISTS] = {"already_exists", "409"},
    [GRPC_PERMISSION_DENIED] = {"permission_denied", "403"},
    [GRPC_RESOURCE_EXHAUSTED] = {"resource_exhausted", "429"},
    [GRPC_FAILED_PRECONDITION] = {"failed_precondition", "400"},
    [GRPC_ABORTED] = {"aborted", "409"},
    [GRPC_OUT_OF_RANGE] = {"out_of_range", "400"},
    [GRPC_UNIMPLEMENTED] = {"unimplemented", "501"},
    [GRPC_INTERNAL] = {"internal", "500"},
    [GRPC_UNAVAILABLE] = {"unavailable", "503"},
    [GRPC_DATA_LOSS] = {"data_loss", "500"},
    [GRPC_UNAUTHENTICATED] = {"unauthenticated", "401"},
};

static const struct code_row *row_of(enum grpc_status status) {
    return (unsigned)status < GRPC_STATUS_COUNT ? &CODES[status] : &CODES[GRPC_UNKNOWN];
}

const char *grpc_connect_code(enum grpc_status status) {
    return row_of(status)->name;
}

const char *grpc_connect_http(enum grpc_status status) {
    return row_of(status)->http;
}

/* ---- JSON ---- */

static void put_byte(struct writer *writer, uint8_t byte) {
    static const char digits[] = "0123456789abcdef";
    const char escape[] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15U], '\0'};
    if (byte < 0x20) {
        writer_text(writer, escape);
        return;
    }
    if (byte == '"' || byte == '\\') {
        writer_u8(writer, '\\');
    }
    writer_u8(writer, byte);
}

static void put_string(struct writer *writer, struct span text) {
    writer_u8(writer, '"');
    for (size_t i = 0; i < text.len; i++) {
        put_byte(writer, text.ptr[i]);
    }
    writer_u8(writer, '"');
}

/* What is no UTF-8 is left out: an owner's message may come from anywhere, and the text must be
 * JSON. */
static void put_error(struct writer *writer, enum grpc_status status, const char *message) {
    struct span text = grpc_text_cut(span_text(message), LIMIT_GRPC_STATUS_MESSAGE);
    writer_text(writer, "{\"code\":");
    put_string(writer, span_text(grpc_connect_code(status)));
    if (text.len > 0 && span_is_text(text)) {
        writer_text(writer, ",\"message\":");
        put_string(writer, text);
    }
    writer_text(writer, "}");
}

/* A code, and 1,024 bytes of message as escapes of six: no error is longer. */
_Static_assert(LIMIT_GRPC_STATUS_MESSAGE * 6 + 64 <= GRPC_CONNECT_TEXT_MAX, "an error fits");
/* And metadata: printable, so that escapes are of two; quotes, brackets and commas of each. */
_Static_assert(LIMIT_GRPC_STATUS_MESSAGE * 6 + 128 + LIMIT_GRPC_ADDED_SIZE * 2 +
                       LIMIT_GRPC_ADDED_FIELDS * 8 <=
                   GRPC_CONNECT_TEXT_MAX,
               "an end of a stream fits");

static struct span written(const struct writer *writer) {
    struct span text = {0};
    lg_err_ignore(writer_end(writer, &text), "it fits, as asserted above");
    return text;
}

struct span grpc_connect_error(enum grpc_status status, const char *message,
                               char out[static GRPC_CONNECT_TEXT_MAX]) {
    struct writer writer = writer_of(out, GRPC_CONNECT_TEXT_MAX);
    put_error(&writer, status, message);
    return written(&writer);
}

/* Whether an earlier field has this name: its values stand there. */
static bool is_repeated(const struct http2_field *fields, size_t index) {
    for (size_t i = 0; i < index; i++) {
        if (span_equal(fields[i].name, fields[index].name)) {
            return true;
        }
    }
    return false;
}

static void put_values(struct writer *writer, const struct http2_field *fields, size_t count,
                       size_t index) {
    put_string(writer, fields[index].name);
    writer_text(writer, ":[");
    for (size_t i = index; i < count; i++) {
        if (span_equal(fields[i].name, fields[index].name)) {
            writer_text(writer, i > index ? "," : "");
            put_string(writer, fields[i].value);
        }
    }
    writer_text(writer, "]");
}

static void put_metadata(struct writer *writer, const struct grpc_fields *trailers) {
    struct http2_field fields[LIMIT_GRPC_ADDED_FIELDS];
    size_t count = grpc_fields_list(trailers, fields);
    writer_text(writer, "\"metadata\":{");
    for (size_t i = 0; i < count; i++) {
        if (!is_repeated(fields, i)) {
            writer_text(writer, i > 0 ? "," : "");
            put_values(writer, fields, count, i);
        }
    }
    writer_text(writer, "}");
}

struct span grpc_connect_end_text(enum grpc_status status, const char *message,
                                  const struct grpc_fields *trailers,
                                  char out[static GRPC_CONNECT_TEXT_MAX]) {
    struct writer writer = writer_of(out, GRPC_CONNECT_TEXT_MAX);
    writer_text(&writer, "{");
    if (status != GRPC_OK) {
        writer_text(&writer, "\"error\":");
        put_error(&writer, status, message);
    }
    if (trailers != NULL && trailers->count > 0) {
        writer_text(&writer, status != GRPC_OK ? "," : "");
        put_metadata(&writer, trailers);
    }
    writer_text(&writer, "}");
    return written(&writer);
}
