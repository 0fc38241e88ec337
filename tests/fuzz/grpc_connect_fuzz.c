/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of Connect; the first byte says which. What a peer sends: a content type that is taken
 * is one of four or gRPC's, a timeout that is taken is as many digits. What we send: an error, and
 * the end of a stream with metadata, are JSON whatever their sentence and their values are. */
#include <stdint.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/grpc/connect_int.h"
#include "gateway/wire/json_int.h"
#include "tests/support/messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BUDGET = 4 << 20, TEXT_MAX = 4096 };

static void check_type(struct span type) {
    struct grpc_form form = grpc_form_of(type);
    bool is_long_enough = type.len >= sizeof "application/json" - 1;
    ASSERT(form.protocol == GRPC_PROTOCOL_NONE || is_long_enough);
    ASSERT(!form.is_json || form.protocol == GRPC_PROTOCOL_CONNECT ||
           form.protocol == GRPC_PROTOCOL_CONNECT_STREAM);
    ASSERT((form.protocol == GRPC_PROTOCOL_GRPC) == grpc_content_type_is_grpc(type));
}

static void check_timeout(struct span text) {
    struct http2_field field = {.name = span_text("connect-timeout-ms"), .value = text};
    struct http2_block block = {.fields = &field, .field_count = 1};
    int64_t ms = -1;
    if (lg_failed(grpc_connect_timeout(&block, &ms)) || text.ptr == NULL) {
        return;
    }
    ASSERT(text.len >= 1 && text.len <= 10);
    ASSERT(ms >= 0 && ms <= 9999999999);
    for (size_t i = text.len; i > 0; i--) {
        ASSERT(text.ptr[i - 1] == '0' + ms % 10);
        ms /= 10;
    }
}

static void check_json(struct span text) {
    OWN(arena_free) struct arena *arena = NULL;
    const struct wire_json_node *root = NULL;
    struct wire_report report = {0};
    ASSERT(!lg_failed(arena_new(BUDGET, &arena)));
    ASSERT(!lg_failed(wire_json_parse(messages_at(0), arena, text, &report, &root)));
    ASSERT(root->kind == WIRE_JSON_OBJECT);
}

/* Up to the first NUL. */
static const char *text_of(struct span bytes, char out[static TEXT_MAX]) {
    struct span text = span_slice(bytes, 0, TEXT_MAX - 1);
    if (text.len > 0) {
        memcpy(out, text.ptr, text.len);
    }
    out[text.len] = '\0';
    return out;
}

static void check_error(struct span bytes) {
    char message[TEXT_MAX];
    char out[GRPC_CONNECT_TEXT_MAX];
    enum grpc_status status = (enum grpc_status)(bytes.len % (GRPC_STATUS_COUNT + 1));
    check_json(grpc_connect_error(status, text_of(bytes, message), out));
}

/* Lines are values of metadata, the last one is the sentence. */
static void check_end(struct span bytes) {
    char message[TEXT_MAX];
    char out[GRPC_CONNECT_TEXT_MAX];
    static const char *const names[] = {"x-a", "x-b-bin", "x-a"};
    struct grpc_fields *fields = NULL;
    struct span rest = bytes;
    struct span line = {0};
    for (size_t i = 0; span_split(&rest, '\n', &line) && rest.ptr != NULL; i++) {
        lg_err_ignore(grpc_fields_add(&fields, names[i % 3], line), "what is none is left out");
    }
    enum grpc_status status = (enum grpc_status)(bytes.len % GRPC_STATUS_COUNT);
    check_json(grpc_connect_end_text(status, text_of(line, message), fields, out));
    grpc_fields_free(&fields);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static void (*const checks[])(struct span) = {check_type, check_timeout, check_error,
                                                  check_end};
    if (size > 0) {
        checks[data[0] % 4](span_of(data + 1, size - 1));
    }
    return 0;
}
