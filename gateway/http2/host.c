/* SPDX-License-Identifier: Apache-2.0 */
/* The pools that the connections of one worker share, so that a request costs no allocation. */
#define _DEFAULT_SOURCE
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/log.h"
#include "gateway/http2/http2_int.h"

static struct lg_err no_memory(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_HTTP2, HTTP2_MEMORY);
}

static struct lg_err bad_address(void) {
    return lg_err_make(LG_CLASS_CONFIG, LG_HTTP2, HTTP2_ADDRESS);
}

/* Splits "name:port" or "[name]:port" in a copy. */
static struct lg_err split_address(char *text, char **out_name, char **out_port) {
    char *colon = strrchr(text, ':');
    if (colon == NULL || colon == text || colon[1] == '\0') {
        return bad_address();
    }
    *colon = '\0';
    char *name = text;
    if (name[0] == '[') {
        if (colon[-1] != ']') {
            return bad_address();
        }
        colon[-1] = '\0';
        name++;
    } else if (strchr(name, ':') != NULL) {
        return bad_address();
    }
    *out_name = name;
    *out_port = colon + 1;
    return LG_OK;
}

struct lg_err http2_address_resolve(const char *text, struct http2_address *out_address) {
    char copy[300];
    size_t len = strlen(text);
    if (len >= sizeof copy) {
        return bad_address();
    }
    memcpy(copy, text, len + 1);
    char *name = NULL;
    char *port = NULL;
    TRY(split_address(copy, &name, &port));
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    if (getaddrinfo(name, port, &hints, &found) != 0) {
        return bad_address();
    }
    struct http2_address address = {.len = found->ai_addrlen};
    ASSERT(found->ai_addrlen <= sizeof address.storage);
    memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    *out_address = address;
    return LG_OK;
}

struct lg_err http2_host_new(struct loop *loop, struct http2_host **out_host) {
    OWN(http2_host_free) struct http2_host *host = calloc(1, sizeof *host);
    if (host == NULL) {
        return no_memory();
    }
    host->loop = loop;
    host->age_state = (uint64_t)loop_now_ms(loop);
    TRY(http2_session_setup(host));
    *out_host = TAKE(host);
    return LG_OK;
}

static void free_pools(struct http2_host *host) {
    while (host->buffers != NULL) {
        struct http2_buffer *next = host->buffers->next;
        free(host->buffers);
        host->buffers = next;
    }
    while (host->chunks != NULL) {
        struct http2_chunk *next = host->chunks->next;
        free(host->chunks);
        host->chunks = next;
    }
    while (host->streams != NULL) {
        struct http2_stream *next = host->streams->next;
        free(host->streams);
        host->streams = next;
    }
}

void http2_host_free(struct http2_host **host) {
    if (*host == NULL) {
        return;
    }
    while ((*host)->abandoned != NULL) {
        http2_connection_drop((*host)->abandoned, HTTP2_WHY_DONE);
    }
    ASSERT((*host)->connections == 0);
    http2_session_teardown(*host);
    free_pools(*host);
    http2_shelf_clear(&(*host)->shelf);
    free(*host);
    *host = NULL;
}

struct loop *http2_host_loop(const struct http2_host *host) {
    return host->loop;
}

const struct http2_counters *http2_host_counters(const struct http2_host *host) {
    return &host->counters;
}

struct http2_buffer *http2_host_buffer(struct http2_host *host) {
    struct http2_buffer *buffer = host->buffers;
    if (buffer == NULL) {
        return malloc(sizeof *buffer);
    }
    host->buffers = buffer->next;
    host->buffer_count--;
    return buffer;
}

void http2_host_buffer_drop(struct http2_host *host, struct http2_buffer *buffer, size_t used) {
    if (buffer == NULL) {
        return;
    }
    explicit_bzero(buffer->data, used);
    if (host->buffer_count >= LIMIT_HTTP2_POOL_BUFFERS) {
        free(buffer);
        return;
    }
    buffer->next = host->buffers;
    host->buffers = buffer;
    host->buffer_count++;
}

struct http2_chunk *http2_host_chunk(struct http2_host *host, size_t size) {
    struct http2_chunk *chunk = host->chunks;
    if (size <= HTTP2_CHUNK_SIZE && chunk != NULL) {
        host->chunks = chunk->next;
        host->chunk_count--;
    } else {
        size_t room = size < HTTP2_CHUNK_SIZE ? HTTP2_CHUNK_SIZE : size;
        chunk = malloc(sizeof *chunk + room);
        if (chunk == NULL) {
            return NULL;
        }
        chunk->size = room;
    }
    chunk->next = NULL;
    chunk->from = 0;
    chunk->used = 0;
    return chunk;
}

static void drop_chunk(struct http2_host *host, struct http2_chunk *chunk) {
    /* Answers hold personal data, which ends with them. */
    explicit_bzero(chunk->data, chunk->used);
    if (chunk->size != HTTP2_CHUNK_SIZE || host->chunk_count >= LIMIT_HTTP2_POOL_CHUNKS) {
        free(chunk);
        return;
    }
    chunk->next = host->chunks;
    host->chunks = chunk;
    host->chunk_count++;
}

void http2_host_chunks_drop(struct http2_host *host, struct http2_chunk *chunks) {
    while (chunks != NULL) {
        struct http2_chunk *next = chunks->next;
        drop_chunk(host, chunks);
        chunks = next;
    }
}

struct http2_stream *http2_host_stream(struct http2_host *host) {
    struct http2_stream *stream = host->streams;
    if (stream == NULL) {
        return calloc(1, sizeof *stream);
    }
    host->streams = stream->next;
    host->stream_count--;
    *stream = (struct http2_stream){0};
    return stream;
}

void http2_host_stream_drop(struct http2_host *host, struct http2_stream *stream) {
    if (host->stream_count >= LIMIT_HTTP2_POOL_STREAMS) {
        free(stream);
        return;
    }
    stream->next = host->streams;
    host->streams = stream;
    host->stream_count++;
}

void http2_host_note_refusal(struct http2_host *host, const char *wanted, const char *why) {
    int64_t now_ms = loop_now_ms(host->loop);
    host->counters.peers_refused++;
    if (now_ms - host->told_ms >= LIMIT_HTTP2_TOLD_MS) {
        host->told_ms = now_ms;
        host->told = 0;
    }
    if (host->told == LIMIT_HTTP2_TOLD) {
        return;
    }
    host->told++;
    log_line(LOG_WARN, "tls.refused", "peer=%s why=%s", wanted == NULL ? "client" : wanted, why);
}

/* splitmix64: only has to keep connections from ending together. */
int64_t http2_host_spread(struct http2_host *host, int64_t max) {
    ASSERT(max > 0);
    host->age_state += 0x9e3779b97f4a7c15U;
    uint64_t z = host->age_state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return (int64_t)((z ^ (z >> 31)) % (uint64_t)max);
}
