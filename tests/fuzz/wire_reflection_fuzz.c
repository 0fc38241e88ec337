/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of reflection, and the names in them. What is read lies within what was sent and is
 * text; a file that is found is one of the contract's, and its reply holds it whole. */
#include <stdlib.h>

#include "gateway/base/assert.h"
#include "gateway/wire/reflection.h"
#include "gateway/wire/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA = 262144 };

static void check_inside(struct span whole, struct span part) {
    ASSERT(span_is_text(part));
    ASSERT(part.len == 0 || part.ptr >= whole.ptr);
    ASSERT(part.len == 0 || part.ptr + part.len <= whole.ptr + whole.len);
}

static bool is_of_the_contract(struct span file) {
    for (size_t i = 0; i < wire_schema_file_count(); i++) {
        if (wire_schema_file(i).ptr == file.ptr) {
            return true;
        }
    }
    return false;
}

static void check_reply(struct span request, struct span host, struct span file) {
    struct wire_schema_files files;
    struct arena *arena = NULL;
    struct span bytes = {0};
    size_t size = request.len + host.len;
    wire_schema_closure(file, &files);
    for (size_t i = 0; i < files.count; i++) {
        ASSERT(is_of_the_contract(files.files[i]));
        size += files.files[i].len;
    }
    const struct wire_reflection_reply reply = {.host = host,
                                                .request = request,
                                                .tell = WIRE_REFLECTION_FILES,
                                                .items = files.files,
                                                .item_count = files.count};
    ASSERT(!lg_failed(arena_new(ARENA + size, &arena)));
    ASSERT(!lg_failed(wire_reflection_encode(arena, &reply, &bytes)));
    ASSERT(bytes.len > size);
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct span bytes = span_of(data, size);
    struct wire_reflection_request request = {0};
    struct wire_report report;
    struct lg_err err = wire_reflection_decode(bytes, &report, &request);
    if (lg_failed(err)) {
        ASSERT(lg_err_class(err) == LG_CLASS_INPUT);
        ASSERT(report.sentence[0] != '\0');
        return 0;
    }
    check_inside(bytes, request.host);
    check_inside(bytes, request.name);
    struct span file = request.ask == WIRE_REFLECTION_FILE ? wire_schema_file_find(request.name)
                                                           : wire_schema_symbol_find(request.name);
    if (file.ptr != NULL) {
        ASSERT(is_of_the_contract(file));
        check_reply(bytes, request.host, file);
    }
    return 0;
}
