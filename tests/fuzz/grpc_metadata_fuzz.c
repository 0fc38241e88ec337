/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata. Whatever may be added arrives as it was; whatever a peer sends is kept as it was meant
 * or not at all, and what was kept survives being sent on; no name of ours is anybody else's. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/grpc/grpc_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char BINARY[] = "x-note-bin";
static const char PLAIN[] = "x-note";

static struct grpc_kept take(const struct http2_field *fields, size_t count, const char *name) {
    struct grpc_kept kept = {0};
    struct http2_block block = {.fields = fields, .field_count = count};
    grpc_kept_take(&kept, &block, name);
    ASSERT(kept.count <= LIMIT_GRPC_METADATA_FIELDS);
    ASSERT(kept.used <= LIMIT_GRPC_METADATA_SIZE);
    return kept;
}

/* Sent and taken again. A value without bytes is one all the same. */
static void check_round(const char *name, struct span value) {
    struct grpc_fields *fields = NULL;
    struct http2_field list[LIMIT_GRPC_ADDED_FIELDS];
    if (lg_failed(grpc_fields_add(&fields, name, value))) {
        ASSERT(name != BINARY || value.len > LIMIT_GRPC_METADATA_SIZE);
        ASSERT(grpc_fields_list(fields, list) == 0);
        grpc_fields_free(&fields);
        return;
    }
    ASSERT(grpc_fields_list(fields, list) == 1);
    for (size_t i = 0; i < list[0].value.len; i++) {
        ASSERT(list[0].value.ptr[i] >= 0x20 && list[0].value.ptr[i] <= 0x7e);
    }
    struct grpc_kept kept = take(list, 1, name);
    ASSERT(kept.count == 1 || value.len > LIMIT_GRPC_METADATA_SIZE);
    ASSERT(kept.count == 0 || span_equal(grpc_kept_find(&kept, name, 0), value));
    grpc_fields_free(&fields);
}

static void check_received(const char *name, struct span value) {
    const struct http2_field field = {.name = span_text(name), .value = value};
    struct grpc_kept kept = take(&field, 1, name);
    for (size_t i = 0; i < kept.count; i++) {
        struct span one = grpc_kept_find(&kept, name, i);
        ASSERT(one.ptr != NULL);
        ASSERT(name == BINARY || span_equal(one, value));
        if (name == BINARY) {
            check_round(name, one);
        }
    }
    ASSERT(grpc_kept_find(&kept, name, kept.count).ptr == NULL);
    ASSERT(grpc_kept_find(&kept, "x-other", 0).ptr == NULL);
}

static void check_name(struct span text) {
    char name[64];
    struct grpc_fields *fields = NULL;
    struct span cut = span_slice(text, 0, sizeof name - 1);
    if (cut.len > 0) {
        memcpy(name, cut.ptr, cut.len);
    }
    name[cut.len] = '\0';
    if (!lg_failed(grpc_fields_add(&fields, name, (struct span){0}))) {
        struct span taken = span_text(name);
        ASSERT(taken.len > 0 && taken.ptr[0] != ':');
        ASSERT(!span_starts_with(taken, span_text("grpc-")));
        for (size_t i = 0; i < taken.len; i++) {
            ASSERT(taken.ptr[i] > 0x20 && taken.ptr[i] < 0x7f);
            ASSERT(taken.ptr[i] < 'A' || taken.ptr[i] > 'Z');
        }
    }
    grpc_fields_free(&fields);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    /* The library gives values with an address, also those without bytes. */
    struct span value = span_of(data == NULL ? (const uint8_t *)"" : data, size);
    check_round(BINARY, value);
    check_round(PLAIN, value);
    check_received(BINARY, value);
    check_received(PLAIN, value);
    check_name(value);
    return 0;
}
