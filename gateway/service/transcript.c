/* SPDX-License-Identifier: Apache-2.0 */
/* All messages of one answer as one run of bytes, each after its 32-bit length: what the register
 * keeps of a question and gives to those who repeat it. */
#include "gateway/base/bytes.h"
#include "gateway/service/service_int.h"

struct lg_err service_transcript_add(struct service_transcript *transcript, struct span message) {
    if (transcript->count == SERVICE_TRANSCRIPT_MAX) {
        return lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, SERVICE_MEMORY);
    }
    transcript->messages[transcript->count++] = message;
    return LG_OK;
}

struct lg_err service_transcript_join(const struct service_transcript *transcript,
                                      struct arena *arena, struct span *out_joined) {
    size_t size = 0;
    for (size_t i = 0; i < transcript->count; i++) {
        size += sizeof(uint32_t) + transcript->messages[i].len;
    }
    uint8_t *bytes = arena_alloc(arena, size);
    TRY(arena_failed(arena));
    struct writer w = writer_of(bytes, size);
    for (size_t i = 0; i < transcript->count; i++) {
        writer_u32(&w, (uint32_t)transcript->messages[i].len);
        writer_bytes(&w, transcript->messages[i]);
    }
    return writer_end(&w, out_joined);
}

bool service_transcript_send(struct grpc_call *call, struct span joined) {
    struct reader r = reader_of(joined);
    while (r.rest.len > 0) {
        size_t len = reader_u32(&r);
        if (lg_failed(grpc_call_send(call, reader_bytes(&r, len)))) {
            grpc_call_finish(call, GRPC_RESOURCE_EXHAUSTED,
                             "The answer is larger than one message may be: ask for fewer items");
            return false;
        }
    }
    grpc_call_finish(call, GRPC_OK, NULL);
    return true;
}
