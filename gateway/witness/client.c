/* SPDX-License-Identifier: Apache-2.0 */
/* A round, for each witness:
 *
 *   connecting  a connection is made, or the one of the last round is there
 *   asking      POST /add-checkpoint from the size that the witness last told
 *   over        cosigned; or it told another size (409) and is asked once more from there; or not
 *
 * What 409 and 422 mean for the log is decided in `conflict` and `unproved`. Until a witness has
 * told its size it is asked from 0, which a witness that knows the log answers by 409. */
#include "gateway/witness/client.h"

#include <assert.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/merkle.h"
#include "gateway/audit/note.h"
#include "gateway/audit/witnessed.h"
#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/base/log.h"

enum { ARENA_SIZE = 128 << 10, FIELDS = 5 };

struct seer {
    struct witness_client *client;
    const struct witness_peer *peer;
    struct audit_vkey vkey;
    struct http2_connection *connection;
    bool is_open;
    struct http2_stream *stream;
    bool is_busy;  /* in this round */
    bool was_told; /* of a size other than we thought, in this round */
    bool is_well;  /* the last round ended with its cosignature */
    uint64_t known_size;
    unsigned status;
    size_t answer_len;
    uint8_t answer[LIMIT_WITNESS_ANSWER];
    bool has_seen;   /* in this round */
    size_t line_len; /* of this checkpoint, in this round or an earlier one; 0: none */
    char line[AUDIT_COSIGNATURE_SIZE_MAX];
};

struct witness_client {
    struct witness_watch watch;
    struct loop *loop;
    struct loop_timer timer;
    size_t note_len; /* the round's checkpoint */
    char note[AUDIT_CHECKPOINT_SIZE_MAX];
    uint64_t size;
    bool in_round;
    bool is_hurried;          /* the next round is not to wait its time */
    int64_t last_begin_ms;    /* of a round */
    atomic_size_t seen_count; /* in this round */
    struct seer seers[LIMIT_WITNESS_COUNT];
};

/* ---- A round's end */

/* The checkpoint with the lines of those who have seen it. That of an empty log proves nothing. */
static void lines_keep(struct witness_client *client) {
    char text[LIMIT_AUDIT_WITNESSED];
    size_t len = client->note_len;
    size_t count = 0;
    static_assert(AUDIT_CHECKPOINT_SIZE_MAX + LIMIT_WITNESS_COUNT * AUDIT_COSIGNATURE_SIZE_MAX <=
                      LIMIT_AUDIT_WITNESSED,
                  "all lines fit");
    memcpy(text, client->note, len);
    for (size_t i = 0; i < client->watch.peer_count; i++) {
        const struct seer *seer = &client->seers[i];
        memcpy(text + len, seer->line, seer->line_len);
        len += seer->line_len;
        count += seer->has_seen ? 1 : 0;
    }
    if (count == 0 || client->size == 0) {
        return;
    }
    struct lg_err err = audit_witnessed_set(client->watch.log, span_of(text, len));
    if (lg_failed(err)) {
        log_line(LOG_ERROR, "witness.lines.lost", "code=%u", lg_err_code(err));
    }
}

static void on_round(void *ctx);

/* Rounds begin LIMIT_WITNESS_ROUND_MS apart, or as soon as may be. */
static void round_next(struct witness_client *client) {
    int64_t wait_ms = LIMIT_WITNESS_ROUND_MS;
    if (client->is_hurried) {
        wait_ms = client->in_round ? LIMIT_WITNESS_PATIENCE_MS : LIMIT_WITNESS_PACE_MS;
    }
    int64_t due_ms = client->last_begin_ms + wait_ms;
    struct lg_err err = loop_timer_start(client->loop, &client->timer, due_ms, on_round, client);
    ASSERT(!lg_failed(err)); /* this timer's place is kept: it runs, or has just fired */
}

static void round_check(struct witness_client *client) {
    for (size_t i = 0; i < client->watch.peer_count; i++) {
        if (client->seers[i].is_busy) {
            return;
        }
    }
    if (!client->in_round) {
        return;
    }
    client->in_round = false;
    lines_keep(client);
    if (client->watch.on_round != NULL) {
        client->watch.on_round(client->watch.ctx);
    }
    if (client->is_hurried) {
        round_next(client);
    }
}

/* Told when it changes, not every round. */
static void seer_over(struct seer *seer, const char *why) {
    bool is_well = why == NULL;
    if (!seer->is_busy) {
        return;
    }
    if (is_well != seer->is_well) {
        log_line(is_well ? LOG_INFO : LOG_WARN, is_well ? "witness.seen" : "witness.missing",
                 "witness=%s why=%s", seer->peer->uri, is_well ? "cosigned" : why);
    }
    seer->is_well = is_well;
    seer->is_busy = false;
    round_check(seer->client);
}

/* Somebody outside knows better than we do. */
static void freeze(struct seer *seer, const char *why) {
    log_line(LOG_ERROR, "witness.alarm", "witness=%s known=%" PRIu64 " ours=%" PRIu64 " why=%s",
             seer->peer->uri, seer->known_size, seer->client->size, why);
    audit_log_freeze(seer->client->watch.log, why);
    seer_over(seer, why);
}

/* ---- Asking */

static void stream_drop(struct seer *seer) {
    if (seer->stream != NULL) {
        http2_stream_set_ctx(seer->stream, NULL);
        http2_stream_release(&seer->stream);
    }
}

static struct lg_err request_make(struct seer *seer, struct arena *arena, struct span *out_bytes) {
    struct witness_client *client = seer->client;
    struct witness_request request = {.old_size = seer->known_size,
                                      .note = span_of(client->note, client->note_len)};
    if (seer->known_size > 0) {
        TRY(audit_consistency(client->watch.log, seer->known_size, client->size, &request.proof));
    }
    return witness_request_write(&request, arena, out_bytes);
}

static struct http2_field field(const char *name, const char *value) {
    return (struct http2_field){.name = span_text(name), .value = span_text(value)};
}

static struct lg_err request_send(struct seer *seer, struct span bytes) {
    const struct http2_field fields[FIELDS] = {
        field(":method", "POST"), field(":scheme", "https"), field(":authority", seer->peer->dns),
        field(":path", "/add-checkpoint"), field("content-type", "text/plain")};
    TRY(http2_stream_open(seer->connection, fields, FIELDS, false, &seer->stream));
    http2_stream_set_ctx(seer->stream, seer);
    TRY(http2_stream_send(seer->stream, (struct span){0}, bytes));
    return http2_stream_finish(seer->stream, NULL, 0);
}

static void seer_ask(struct seer *seer) {
    OWN(arena_free) struct arena *arena = NULL;
    struct span bytes;
    seer->status = 0;
    seer->answer_len = 0;
    struct lg_err err = arena_new(ARENA_SIZE, &arena);
    if (!lg_failed(err)) {
        err = request_make(seer, arena, &bytes);
    }
    if (!lg_failed(err)) {
        err = request_send(seer, bytes);
    }
    if (lg_failed(err)) {
        stream_drop(seer);
        seer_over(seer, "not-asked");
    }
}

static void seer_begin(struct seer *seer);

/* ---- Answers */

/* By name and id, as the check has it: somebody else's line of this name was not checked. */
static bool line_is_by(struct span line, const struct audit_vkey *vkey) {
    uint8_t bytes[AUDIT_COSIGNATURE_SIZE_MAX];
    size_t len = 0;
    struct span rest = span_slice(line, strlen("\xe2\x80\x94 "), line.len);
    size_t space = span_index(rest, ' ');
    struct span signature = span_slice(rest, space + 1, rest.len);
    return span_equal(span_slice(rest, 0, space), vkey->name) &&
           !lg_failed(bytes_from_base64(signature, bytes, sizeof bytes, &len)) &&
           len > sizeof vkey->id && memcmp(bytes, vkey->id, sizeof vkey->id) == 0;
}

/* The one line of the body that is the witness's, once it has been checked. */
static bool line_take(struct seer *seer, const struct audit_note *note) {
    struct span rest = note->signatures;
    struct span line;
    size_t before = seer->client->note_len;
    size_t skip = (size_t)(note->signatures.ptr - note->body.ptr);
    rest = span_slice(rest, before - skip, rest.len);
    while (rest.len > 0 && span_split(&rest, '\n', &line)) {
        if (line.len < sizeof seer->line && line_is_by(line, &seer->vkey)) {
            memcpy(seer->line, line.ptr, line.len);
            seer->line[line.len] = '\n';
            seer->line_len = line.len + 1;
            seer->has_seen = true;
            atomic_fetch_add(&seer->client->seen_count, 1);
            return true;
        }
    }
    return false;
}

/* The checkpoint with what was answered behind it is a note that the witness has signed. */
static bool is_cosigned(struct seer *seer) {
    uint8_t text[AUDIT_CHECKPOINT_SIZE_MAX + LIMIT_WITNESS_ANSWER];
    struct witness_client *client = seer->client;
    struct audit_note note;
    memcpy(text, client->note, client->note_len);
    memcpy(text + client->note_len, seer->answer, seer->answer_len);
    return !lg_failed(audit_note_read(span_of(text, client->note_len + seer->answer_len), &note)) &&
           !lg_failed(audit_note_verify(&note, &seer->vkey)) && line_take(seer, &note);
}

/* Who has cosigned this checkpoint, in this round or an earlier one. */
static size_t signers_count(const struct witness_client *client) {
    size_t count = 0;
    for (size_t i = 0; i < client->watch.peer_count; i++) {
        count += client->seers[i].line_len > 0 ? 1 : 0;
    }
    return count;
}

static void cosigned(struct seer *seer) {
    if (!is_cosigned(seer)) {
        seer_over(seer, "no-cosignature-of-this-checkpoint");
        return;
    }
    struct witness_client *client = seer->client;
    seer->known_size = client->size;
    audit_seen_set(client->watch.log, client->size, signers_count(client));
    if (client->watch.on_seen != NULL) {
        client->watch.on_seen(client->watch.ctx);
    }
    seer_over(seer, NULL);
}

static void conflict(struct seer *seer) {
    struct span text = span_of(seer->answer, seer->answer_len);
    uint64_t told = 0;
    bool is_size = text.len > 0 && text.ptr[text.len - 1] == '\n' &&
                   !lg_failed(audit_decimal_read(span_slice(text, 0, text.len - 1), &told));
    if (!is_size) {
        seer_over(seer, "no-size-told");
        return;
    }
    bool is_same = told == seer->known_size;
    seer->known_size = told;
    if (told > audit_size(seer->client->watch.log)) {
        freeze(seer, "larger-size");
    } else if (is_same && told == seer->client->size && told > 0) {
        freeze(seer, "other-root");
    } else if (is_same || seer->was_told || told > seer->client->size) {
        seer_over(seer, "size-moves"); /* the next round asks from there */
    } else {
        seer->was_told = true;
        seer_begin(seer);
    }
}

/* Our own tree does not lead from what it has seen to what we have: it has seen another. */
static void unproved(struct seer *seer) {
    if (seer->known_size > 0) {
        freeze(seer, "other-history");
    } else {
        seer_over(seer, "proof-refused");
    }
}

static void answered(struct seer *seer) {
    switch (seer->status) {
    case 200:
        cosigned(seer);
        break;
    case 409:
        conflict(seer);
        break;
    case 422:
        unproved(seer);
        break;
    case 403:
        seer_over(seer, "signature-refused");
        break;
    case 404:
        seer_over(seer, "log-unknown");
        break;
    default:
        seer_over(seer, "status");
    }
}

/* ---- What the connection tells */

static bool on_open(void *ctx, struct http2_connection *connection) {
    struct seer *seer = ctx;
    (void)connection;
    seer->is_open = true;
    if (seer->is_busy) {
        seer_ask(seer);
    }
    return true;
}

static void on_closed(void *ctx, struct http2_connection *connection, enum http2_why why) {
    struct seer *seer = ctx;
    (void)connection;
    seer->connection = NULL;
    seer->is_open = false;
    stream_drop(seer);
    seer_over(seer, why == HTTP2_WHY_HANDSHAKE ? "handshake" : "not-reached");
}

static void on_headers(void *ctx, struct http2_stream *stream, const struct http2_block *block) {
    struct seer *seer = http2_stream_ctx(stream);
    (void)ctx;
    if (seer != NULL) {
        seer->status = block->status;
    }
}

static void on_data(void *ctx, struct http2_stream *stream, struct span bytes) {
    struct seer *seer = http2_stream_ctx(stream);
    (void)ctx;
    http2_stream_consume(stream, bytes.len);
    if (seer == NULL) {
        return;
    }
    if (bytes.len > sizeof seer->answer - seer->answer_len) {
        http2_stream_reset(stream, HTTP2_CANCEL, false);
        stream_drop(seer);
        seer_over(seer, "answer-too-large");
        return;
    }
    memcpy(seer->answer + seer->answer_len, bytes.ptr, bytes.len);
    seer->answer_len += bytes.len;
}

static void on_end(void *ctx, struct http2_stream *stream) {
    struct seer *seer = http2_stream_ctx(stream);
    (void)ctx;
    if (seer != NULL) {
        stream_drop(seer);
        answered(seer);
    }
}

static void on_reset(void *ctx, struct http2_stream *stream, uint32_t error, bool unprocessed) {
    struct seer *seer = http2_stream_ctx(stream);
    (void)ctx;
    (void)error;
    (void)unprocessed;
    if (seer != NULL) {
        stream_drop(seer);
        seer_over(seer, "broken-off");
    }
}

static const struct http2_events EVENTS = {.on_open = on_open,
                                           .on_closed = on_closed,
                                           .on_headers = on_headers,
                                           .on_data = on_data,
                                           .on_end = on_end,
                                           .on_reset = on_reset};

/* ---- Rounds */

static void seer_begin(struct seer *seer) {
    if (seer->connection != NULL && seer->is_open && http2_connection_can_open(seer->connection)) {
        seer_ask(seer);
        return;
    }
    if (seer->connection != NULL && !seer->is_open) {
        return; /* on its way */
    }
    if (seer->connection != NULL) {
        http2_connection_abandon(&seer->connection);
    }
    seer->is_open = false;
    const struct http2_target target = {
        .host = seer->client->watch.host,
        .tls = seer->client->watch.tls,
        .address = seer->peer->address,
        .dns_name = seer->peer->dns,
        .uri = seer->peer->uri,
        .events = &EVENTS,
        .ctx = seer,
    };
    if (lg_failed(http2_connect(&target, &seer->connection))) {
        seer->connection = NULL;
        seer_over(seer, "not-connected");
    }
}

/* Who has not answered until the next round does not answer any more. */
static void seer_give_up(struct seer *seer) {
    if (!seer->is_busy) {
        return;
    }
    stream_drop(seer);
    if (seer->connection != NULL) {
        http2_connection_abandon(&seer->connection);
        seer->is_open = false;
    }
    seer_over(seer, "no-answer-in-time");
}

/* The round's checkpoint. Who has seen it before has seen it, also when they do not answer now. */
static bool checkpoint_take(struct witness_client *client) {
    struct audit_note note;
    struct audit_checkpoint checkpoint;
    char text[AUDIT_CHECKPOINT_SIZE_MAX];
    size_t len = 0;
    audit_checkpoint_read(client->watch.log, text, &len);
    if (!span_equal(span_of(text, len), span_of(client->note, client->note_len))) {
        for (size_t i = 0; i < client->watch.peer_count; i++) {
            client->seers[i].line_len = 0;
        }
    }
    memcpy(client->note, text, len);
    client->note_len = len;
    if (lg_failed(audit_note_read(span_of(client->note, client->note_len), &note)) ||
        lg_failed(audit_checkpoint_parse(note.body, &checkpoint))) {
        return false;
    }
    client->size = checkpoint.size;
    return true;
}

static void on_round(void *ctx) {
    struct witness_client *client = ctx;
    client->last_begin_ms = loop_now_ms(client->loop);
    client->is_hurried = false;
    for (size_t i = 0; i < client->watch.peer_count; i++) {
        seer_give_up(&client->seers[i]);
    }
    if (checkpoint_take(client)) {
        client->in_round = true;
        atomic_store(&client->seen_count, 0);
        for (size_t i = 0; i < client->watch.peer_count; i++) {
            client->seers[i].is_busy = true;
            client->seers[i].was_told = false;
            client->seers[i].has_seen = false;
        }
        for (size_t i = 0; i < client->watch.peer_count; i++) {
            seer_begin(&client->seers[i]);
        }
    }
    round_next(client);
}

/* ---- Life */

static struct lg_err seers_init(struct witness_client *client, struct diag *diag) {
    for (size_t i = 0; i < client->watch.peer_count; i++) {
        struct seer *seer = &client->seers[i];
        seer->client = client;
        seer->peer = &client->watch.peers[i];
        seer->is_well = true; /* so that the first failure is told */
        struct lg_err err = audit_vkey_read(span_text(seer->peer->vkey), &seer->vkey);
        if (lg_failed(err) || seer->vkey.type != AUDIT_KEY_COSIGNER ||
            seer->vkey.name.len > AUDIT_ORIGIN_SIZE_MAX) {
            diag_set(diag, 0,
                     "witnesses: the key of %.200s is not a witness's (NAME+ID+KEY of type 4, as "
                     "`lockgate-witness --vkey` prints it)",
                     seer->peer->uri);
            return lg_err_make(LG_CLASS_CONFIG, LG_WITNESS, WITNESS_KEYS);
        }
    }
    return LG_OK;
}

struct lg_err witness_client_new(const struct witness_watch *watch, struct diag *diag,
                                 struct witness_client **out_client) {
    OWN(witness_client_free) struct witness_client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_WITNESS, WITNESS_MEMORY);
    }
    ASSERT(watch->peer_count > 0);
    ASSERT(watch->peer_count <= LIMIT_WITNESS_COUNT);
    client->watch = *watch;
    client->loop = http2_host_loop(watch->host);
    TRY(seers_init(client, diag));
    TRY(loop_timer_start(client->loop, &client->timer, loop_now_ms(client->loop), on_round,
                         client));
    *out_client = TAKE(client);
    return LG_OK;
}

void witness_client_hurry(struct witness_client *client) {
    if (!client->is_hurried) {
        client->is_hurried = true;
        round_next(client);
    }
}

size_t witness_client_seen(const struct witness_client *client) {
    return atomic_load(&client->seen_count);
}

void witness_client_free(struct witness_client **client) {
    struct witness_client *it = *client;
    if (it == NULL) {
        return;
    }
    loop_timer_stop(it->loop, &it->timer);
    for (size_t i = 0; i < it->watch.peer_count; i++) {
        stream_drop(&it->seers[i]);
        if (it->seers[i].connection != NULL) {
            http2_connection_abandon(&it->seers[i].connection);
        }
    }
    free(it);
    *client = NULL;
}
