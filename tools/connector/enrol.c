/* SPDX-License-Identifier: Apache-2.0 */
/* Two passes. The first goes through the person table, makes each record's tag and digest and lists
 * the keys of those that were not acknowledged as they are. The second takes them in rounds:
 *
 *   read -> blind -> send -> acknowledged -> written down -> read ...
 *     |                                                        |
 *     +---------------------- none left: retire, done ---------+
 *
 * Every error ends the run; the next one goes on with what is not written down. */
#include "tools/connector/enrol.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/base/limits.h"
#include "gateway/wire/subjects.h"
#include "tools/connector/answer.h"
#include "tools/connector/blind.h"
#include "tools/connector/enrolled.h"
#include "tools/connector/opt_out.h"

/* Someone to send. */
struct waiting {
    uint64_t line;
    uint8_t key_len;
    uint8_t key[EDGE_LOCAL_SIZE_MAX];
};

struct sending {
    struct record_tag tag;
    struct connector_digest digest;
    uint64_t line;
    struct span message; /* encoded EnrolRequest */
    bool rejected;
};

struct enrolling {
    struct connector_agent *agent;
    const struct connector_enrol_options *options;
    struct connector_enrolment *counts;
    struct connector_enrolled *enrolled;
    struct connector_opt_out *opt_out; /* NULL: the agency reads none */
    struct waiting *waiting;
    size_t waiting_count;
    size_t waiting_size;
    size_t waiting_next;
    /* The round under way. */
    struct arena *arena;
    struct connector_person people[CONNECTOR_BLIND_PEOPLE];
    struct identity identities[CONNECTOR_BLIND_PEOPLE];
    size_t people_count;
    struct sending records[CONNECTOR_BLIND_PEOPLE];
    size_t record_count;
    size_t record_next;
    struct connector_blinding *blinding;
    struct grpc_leg *leg;
    bool acknowledged;
    struct record_tag gone[LIMIT_CONNECTOR_RETIRE];
    size_t gone_count;
    size_t gone_place;
    struct lg_err err;
};

static struct lg_err enrol_err(enum lg_class klass, enum connector_code code) {
    return lg_err_make(klass, LG_TOOLS, (uint16_t)code);
}

static void reject(struct enrolling *run, uint64_t line, struct span code) {
    struct connector_enrolment *counts = run->counts;
    counts->rejected++;
    if (counts->line_count < CONNECTOR_REJECTED_KEPT) {
        struct connector_rejected *kept = &counts->lines[counts->line_count++];
        kept->line = line;
        (void)snprintf(kept->code, sizeof kept->code, "%.*s", (int)code.len,
                       (const char *)code.ptr);
    }
}

static void progress(const struct enrolling *run) {
    FILE *file = run->options->progress;
    if (file == NULL || run->waiting_count == 0) {
        return;
    }
    size_t done = run->waiting_next;
    if (!run->options->is_terminal) {
        (void)fprintf(file, "%s: %zu of %zu sent\n", run->agent->config->agency, done,
                      run->waiting_count);
        return;
    }
    char bar[41];
    size_t filled = done * 40 / run->waiting_count;
    memset(bar, '.', 40);
    memset(bar, '#', filled);
    bar[40] = '\0';
    (void)fprintf(file, "\r%-16s [%s] %zu of %zu%s", run->agent->config->agency, bar, done,
                  run->waiting_count, done == run->waiting_count ? "\n" : "");
    (void)fflush(file);
}

/* Ends the run from a callback. */
static void run_end(struct enrolling *run, struct lg_err err) {
    run->err = err;
    loop_stop(run->agent->loop);
}

/* ---- first pass ---------------------------------------------------------------------------- */

/* Each part after its length, so that no two identities share an encoding. The opt-out is two parts
 * more where there is one: a new result is sent for everybody whom it is about. */
static struct lg_err digest_of(struct enrolling *run, const struct identity *identity,
                               struct arena *arena, struct connector_digest *out_digest) {
    enum opt_out opt_out = connector_opt_out_of(run->opt_out, identity);
    const uint8_t state = (uint8_t)opt_out;
    const struct span parts[] = {identity->family_name,
                                 identity->given_name,
                                 identity->born,
                                 identity->postcode,
                                 identity->scheme,
                                 identity->identifier,
                                 span_of(&state, sizeof state),
                                 connector_opt_out_day(run->opt_out, opt_out)};
    size_t part_count = sizeof parts / sizeof parts[0] - (opt_out == OPT_OUT_NOT_STATED ? 2 : 0);
    size_t size = 0;
    for (size_t i = 0; i < part_count; i++) {
        size += parts[i].len + sizeof(uint16_t);
    }
    uint8_t *buf = arena_alloc(arena, size);
    TRY(arena_failed(arena));
    struct writer writer = writer_of(buf, size);
    for (size_t i = 0; i < part_count; i++) {
        writer_part(&writer, parts[i]);
    }
    struct span bytes;
    TRY(writer_end(&writer, &bytes));
    vault_mac16(run->agent->keys.tag, bytes, out_digest->bytes);
    return LG_OK;
}

static struct lg_err waiting_add(struct enrolling *run, const struct connector_person *person) {
    if (run->waiting_count == run->waiting_size) {
        size_t size = run->waiting_size == 0 ? 1024 : 2 * run->waiting_size;
        struct waiting *larger = realloc(run->waiting, size * sizeof *larger);
        if (larger == NULL) {
            return enrol_err(LG_CLASS_LIMIT, CONNECTOR_MEMORY);
        }
        run->waiting = larger;
        run->waiting_size = size;
    }
    struct waiting *waiting = &run->waiting[run->waiting_count++];
    waiting->line = person->line;
    waiting->key_len = (uint8_t)person->key.len;
    memcpy(waiting->key, person->key.ptr, person->key.len);
    return LG_OK;
}

static struct lg_err person_consider(struct enrolling *run, const struct connector_person *person,
                                     struct arena *arena) {
    run->counts->people++;
    if (person->hidden) {
        run->counts->hidden++;
        return LG_OK;
    }
    if (person->key.len == 0) {
        reject(run, person->line, span_text(person->is_key_long ? "KEY_TOO_LONG" : "KEY_MISSING"));
        return LG_OK;
    }
    struct record_tag tag;
    struct connector_digest digest;
    TRY(edge_record_tag(run->agent->keys.tag, person->key, &tag));
    TRY(digest_of(run, &person->identity, arena, &digest));
    if (connector_enrolled_has(run->enrolled, &tag, &digest)) {
        run->counts->same++;
        return LG_OK;
    }
    return waiting_add(run, person);
}

static struct lg_err on_person(void *ctx, const struct connector_row *row, uint64_t line) {
    struct enrolling *run = ctx;
    OWN(arena_free) struct arena *arena = NULL;
    struct connector_person person;
    TRY(arena_new(LIMIT_CONNECTOR_ARENA, &arena));
    TRY(connector_person_read(run->agent->mapping, row, line, arena, &person));
    return person_consider(run, &person, arena);
}

/* ---- a round: reading and blinding --------------------------------------------------------- */

static void round_begin(struct enrolling *run);

static struct lg_err on_waiting(void *ctx, const struct connector_row *row, uint64_t line) {
    struct enrolling *run = ctx;
    (void)line;
    struct connector_person *person = &run->people[run->people_count];
    if (person->key.len > 0) {
        return LG_OK; /* a key that is there twice: the first row counts */
    }
    uint64_t place = run->waiting[run->waiting_next].line;
    return connector_person_read(run->agent->mapping, row, place, run->arena, person);
}

static struct lg_err round_read(struct enrolling *run) {
    run->people_count = 0;
    while (run->people_count < CONNECTOR_BLIND_PEOPLE && run->waiting_next < run->waiting_count) {
        const struct waiting *waiting = &run->waiting[run->waiting_next];
        struct connector_person *person = &run->people[run->people_count];
        *person = (struct connector_person){.line = waiting->line};
        TRY(connector_rows_person(run->agent->rows, span_of(waiting->key, waiting->key_len),
                                  on_waiting, run));
        run->waiting_next++;
        if (person->key.len > 0 && !person->hidden) {
            run->identities[run->people_count++] = person->identity;
        }
    }
    return LG_OK;
}

static struct lg_err record_make(struct enrolling *run, const struct connector_person *person,
                                 const struct connector_tokens *tokens) {
    struct sending *record = &run->records[run->record_count++];
    struct edge_sealed_reference sealed;
    *record = (struct sending){.line = person->line};
    TRY(edge_record_tag(run->agent->keys.tag, person->key, &record->tag));
    TRY(edge_reference_seal(&run->agent->own_public, person->key, &sealed));
    TRY(digest_of(run, &person->identity, run->arena, &record->digest));
    enum opt_out opt_out = connector_opt_out_of(run->opt_out, &person->identity);
    struct wire_enrol_request request = {
        .kind = WIRE_ENROL_RECORD,
        .record = {.line = person->line,
                   .record_tag = record->tag,
                   .reference = span_of(sealed.bytes, sizeof sealed.bytes),
                   .tokens = tokens->tokens,
                   .token_count = tokens->count,
                   .opt_out = opt_out,
                   .opt_out_day = connector_opt_out_day(run->opt_out, opt_out)}};
    return wire_enrol_request_encode(run->arena, &request, &record->message);
}

static struct lg_err records_make(struct enrolling *run, const struct connector_blinded *blinded) {
    run->record_count = 0;
    run->record_next = 0;
    for (size_t i = 0; i < run->people_count; i++) {
        if (blinded->people[i].count == 0) {
            reject(run, run->people[i].line, span_text("NOTHING_TO_COMPARE"));
            continue;
        }
        TRY(record_make(run, &run->people[i], &blinded->people[i]));
    }
    return LG_OK;
}

/* ---- a round: sending ---------------------------------------------------------------------- */

static struct lg_err peer_refused(struct enrolling *run, const struct grpc_outcome *outcome) {
    run->counts->status = outcome->status;
    (void)snprintf(run->counts->sentence, sizeof run->counts->sentence, "%.*s",
                   (int)outcome->message.len, (const char *)outcome->message.ptr);
    return enrol_err(LG_CLASS_PEER, CONNECTOR_NETWORK);
}

static struct lg_err records_send(struct enrolling *run) {
    while (run->record_next < run->record_count) {
        struct lg_err err = grpc_leg_send(run->leg, run->records[run->record_next].message);
        if (lg_err_class(err) == LG_CLASS_LIMIT) {
            return LG_OK; /* on_writable goes on */
        }
        TRY(err);
        run->record_next++;
    }
    grpc_leg_end(run->leg);
    return LG_OK;
}

static void on_send_writable(void *ctx, struct grpc_leg *leg) {
    struct enrolling *run = ctx;
    (void)leg;
    struct lg_err err = records_send(run);
    if (lg_failed(err)) {
        grpc_leg_cancel(&run->leg);
        run_end(run, err);
    }
}

static void line_rejected(struct enrolling *run, const struct wire_rejected_line *line) {
    reject(run, line->line, line->code);
    run->counts->rejected--; /* the gateway's own count is taken */
    for (size_t i = 0; i < run->record_count; i++) {
        run->records[i].rejected = run->records[i].rejected || run->records[i].line == line->line;
    }
}

static struct lg_err acknowledged_write(struct enrolling *run) {
    for (size_t i = 0; i < run->record_count; i++) {
        if (!run->records[i].rejected) {
            TRY(connector_enrolled_add(run->enrolled, &run->records[i].tag,
                                       &run->records[i].digest));
        }
    }
    return connector_enrolled_flush(run->enrolled);
}

static struct lg_err reply_take(struct enrolling *run, struct span message) {
    struct wire_enrol_reply reply;
    struct wire_report report;
    TRY(wire_enrol_reply_decode(run->arena, message, &report, &reply));
    if (reply.received != run->record_count) {
        return enrol_err(LG_CLASS_PEER, CONNECTOR_REPLY);
    }
    struct connector_enrolment *counts = run->counts;
    counts->sent += reply.received;
    counts->added += reply.added;
    counts->updated += reply.updated;
    counts->unchanged += reply.unchanged;
    counts->rejected += reply.rejected;
    for (size_t i = 0; i < reply.rejected_line_count; i++) {
        line_rejected(run, &reply.rejected_lines[i]);
    }
    TRY(acknowledged_write(run));
    run->acknowledged = true;
    return LG_OK;
}

static void on_send_answer(void *ctx, struct grpc_leg *leg, struct span message) {
    struct enrolling *run = ctx;
    (void)leg;
    run->err = reply_take(run, message);
}

static void on_send_done(void *ctx, struct grpc_leg *leg, const struct grpc_outcome *outcome) {
    struct enrolling *run = ctx;
    (void)leg;
    run->leg = NULL;
    if (outcome->status != GRPC_OK) {
        run_end(run, peer_refused(run, outcome));
        return;
    }
    if (!run->acknowledged) {
        run_end(run, lg_failed(run->err) ? run->err : enrol_err(LG_CLASS_PEER, CONNECTOR_REPLY));
        return;
    }
    progress(run);
    round_begin(run);
}

static int64_t deadline_of(const struct enrolling *run) {
    return clock_mono_ms(&run->agent->clock) + LIMIT_CONNECTOR_ENROL_MS;
}

static struct lg_err send_begin(struct enrolling *run) {
    static const struct grpc_leg_events EVENTS = {
        .on_message = on_send_answer, .on_done = on_send_done, .on_writable = on_send_writable};
    struct grpc_request call = {.path = "/lockgate.v1.Subjects/Enrol",
                                .kind = GRPC_CLIENT_STREAM,
                                .deadline_ms = deadline_of(run)};
    struct wire_enrol_request head = {
        .kind = WIRE_ENROL_HEADER,
        .header = {.agreement = span_text(run->options->agreement), .expected = run->record_count}};
    struct span bytes;
    run->acknowledged = false;
    TRY(wire_enrol_request_encode(run->arena, &head, &bytes));
    TRY(grpc_channel_call(run->agent->gateway, &call, &EVENTS, run, &run->leg));
    TRY(grpc_leg_send(run->leg, bytes));
    return records_send(run);
}

static void on_blinded(void *ctx, const struct connector_blinded *blinded) {
    struct enrolling *run = ctx;
    run->blinding = NULL;
    if (lg_failed(blinded->err)) {
        struct grpc_outcome outcome = {.status = blinded->status, .message = blinded->sentence};
        lg_err_ignore(peer_refused(run, &outcome), "the error of the blinding is told");
        run_end(run, blinded->err);
        return;
    }
    struct lg_err err = records_make(run, blinded);
    if (!lg_failed(err) && run->record_count == 0) {
        round_begin(run);
        return;
    }
    if (!lg_failed(err)) {
        err = send_begin(run);
    }
    if (lg_failed(err)) {
        run_end(run, err);
    }
}

static struct lg_err blind_begin(struct enrolling *run) {
    struct connector_blind_request request = {
        .people = run->identities,
        .count = run->people_count,
        .ground = {.agreement = span_text(run->options->agreement)},
        .deadline_ms = deadline_of(run),
        .on_blinded = on_blinded,
        .ctx = run};
    return connector_blind(run->agent, run->arena, &request, &run->blinding);
}

/* ---- people who are gone ------------------------------------------------------------------- */

static void retire_begin(struct enrolling *run);

static struct lg_err retired_take(struct enrolling *run, struct span message) {
    static const struct connector_digest ZEROS = {.bytes = {0}};
    struct wire_retire_reply reply;
    struct wire_report report;
    TRY(wire_retire_reply_decode(run->arena, message, &report, &reply));
    run->counts->retired += reply.retired;
    for (size_t i = 0; i < run->gone_count; i++) {
        TRY(connector_enrolled_add(run->enrolled, &run->gone[i], &ZEROS));
    }
    TRY(connector_enrolled_flush(run->enrolled));
    run->acknowledged = true;
    return LG_OK;
}

static void on_retire_answer(void *ctx, struct grpc_leg *leg, struct span message) {
    struct enrolling *run = ctx;
    (void)leg;
    run->err = retired_take(run, message);
}

static void on_retire_done(void *ctx, struct grpc_leg *leg, const struct grpc_outcome *outcome) {
    struct enrolling *run = ctx;
    (void)leg;
    run->leg = NULL;
    if (outcome->status != GRPC_OK) {
        run_end(run, peer_refused(run, outcome));
    } else if (!run->acknowledged) {
        run_end(run, run->err);
    } else {
        retire_begin(run);
    }
}

static struct lg_err retire_send(struct enrolling *run) {
    static const struct grpc_leg_events EVENTS = {.on_message = on_retire_answer,
                                                  .on_done = on_retire_done};
    struct span *tags = arena_array(run->arena, run->gone_count, sizeof *tags);
    TRY(arena_failed(run->arena));
    for (size_t i = 0; i < run->gone_count; i++) {
        tags[i] = span_of(run->gone[i].bytes, sizeof run->gone[i].bytes);
    }
    struct wire_retire_request request = {.agreement = span_text(run->options->agreement),
                                          .record_tags = {.items = tags, .count = run->gone_count}};
    struct grpc_request call = {.path = "/lockgate.v1.Subjects/Retire",
                                .kind = GRPC_UNARY,
                                .deadline_ms = deadline_of(run)};
    run->acknowledged = false;
    TRY(wire_retire_request_encode(run->arena, &request, &call.message));
    return grpc_channel_call(run->agent->gateway, &call, &EVENTS, run, &run->leg);
}

static void gone_count(struct enrolling *run) {
    struct record_tag tag;
    size_t place = 0;
    while (connector_enrolled_gone_next(run->enrolled, &place, &tag)) {
        run->counts->gone++;
    }
}

static void retire_begin(struct enrolling *run) {
    arena_free(&run->arena);
    run->gone_count = 0;
    while (run->gone_count < LIMIT_CONNECTOR_RETIRE &&
           connector_enrolled_gone_next(run->enrolled, &run->gone_place,
                                        &run->gone[run->gone_count])) {
        run->gone_count++;
    }
    struct lg_err err = LG_OK;
    if (run->options->retire && run->gone_count > 0) {
        err = arena_new(LIMIT_CONNECTOR_ENROL_ARENA, &run->arena);
        if (!lg_failed(err)) {
            err = retire_send(run);
        }
        if (!lg_failed(err)) {
            return;
        }
    }
    run_end(run, err);
}

/* ---- the run ------------------------------------------------------------------------------- */

/* Nobody of the round has anything to make a token of. */
static void round_reject(struct enrolling *run) {
    for (size_t i = 0; i < run->people_count; i++) {
        reject(run, run->people[i].line, span_text("NOTHING_TO_COMPARE"));
    }
}

/* True: the round is under way or the run over; false: its people were rejected, the next follows.
 */
static bool round_try(struct enrolling *run) {
    arena_free(&run->arena);
    struct lg_err err = arena_new(LIMIT_CONNECTOR_ENROL_ARENA, &run->arena);
    if (!lg_failed(err)) {
        err = round_read(run);
    }
    if (!lg_failed(err) && run->people_count == 0) {
        retire_begin(run);
        return true;
    }
    if (!lg_failed(err)) {
        err = blind_begin(run);
    }
    if (lg_err_same(err, enrol_err(LG_CLASS_INPUT, CONNECTOR_NO_PERSON))) {
        round_reject(run);
        return false;
    }
    if (lg_failed(err)) {
        run_end(run, err);
    }
    return true;
}

static void round_begin(struct enrolling *run) {
    while (!round_try(run)) {
    }
}

static void on_first_turn(void *ctx) {
    round_begin(ctx);
}

static struct lg_err run_all(struct enrolling *run) {
    struct loop_later first = {.on_due = NULL};
    TRY(connector_rows_people(run->agent->rows, on_person, run));
    gone_count(run);
    loop_later_start(run->agent->loop, &first, on_first_turn, run);
    loop_run(run->agent->loop);
    if (run->leg != NULL) {
        grpc_leg_cancel(&run->leg);
    }
    return run->err;
}

struct lg_err connector_enrol(struct connector_agent *agent,
                              const struct connector_enrol_options *options, struct diag *diag,
                              struct connector_enrolment *out_enrolment) {
    struct enrolling *run = calloc(1, sizeof *run);
    if (run == NULL) {
        return enrol_err(LG_CLASS_LIMIT, CONNECTOR_MEMORY);
    }
    *out_enrolment = (struct connector_enrolment){.people = 0};
    run->agent = agent;
    run->options = options;
    run->counts = out_enrolment;
    struct lg_err err =
        connector_opt_out_open(agent->mapping, clock_wall_ms(&agent->clock), diag, &run->opt_out);
    if (!lg_failed(err)) {
        err = connector_enrolled_open(agent->config->state, options->agreement, agent->epoch, diag,
                                      &run->enrolled);
    }
    if (!lg_failed(err)) {
        err = run_all(run);
    }
    connector_enrolled_close(&run->enrolled);
    connector_opt_out_close(&run->opt_out);
    arena_free(&run->arena);
    free(run->waiting);
    free(run);
    return err;
}
