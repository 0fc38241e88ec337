/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to calls of the key service and back. */
#include "gateway/keyd/answer.h"

#include <string.h>

#include "gateway/keyd/keyd_int.h"
#include "gateway/wire/keys.h"

/* What the peer is told; nothing of its own request, nothing of ours inside. */
static const char *sentence_of(enum keyd_code code) {
    switch (code) {
    case KEYD_BATCH:
        return "A batch has 1 to 256 elements, each a ristretto255 element but the identity.";
    case KEYD_CLASS:
        return "There is no such token class.";
    case KEYD_EPOCH:
        return "This epoch is not in use.";
    case KEYD_NAME:
        return "The agency, agreement or recipient is not known here.";
    case KEYD_BUDGET:
        return "The agency's evaluations of today are used up.";
    case KEYD_AGENCIES:
    case KEYD_SCALARS:
    case KEYD_MEMORY:
        return "The key service is at a limit; tell its operator.";
    case KEYD_UNKNOWN:
        return "No pseudonym was ever given under this agreement, recipient and epoch.";
    case KEYD_STATE:
    case KEYD_WRITE:
        break;
    }
    return "The key service cannot use its state now.";
}

/* Adds the sentence where the error is ours to explain. */
static struct lg_err explain(struct keyd_question *question, struct lg_err err) {
    bool ours = ((err.word >> 16) & 0xff) == LG_KEYD;
    question->sentence =
        ours ? sentence_of((enum keyd_code)lg_err_code(err)) : "The key service could not answer.";
    return err;
}

static struct lg_err misread(struct keyd_question *question, const struct wire_report *report,
                             struct lg_err err) {
    const char *sentence = arena_text(question->arena, span_text(report->sentence));
    question->sentence = sentence != NULL ? sentence : "The message cannot be read.";
    return err;
}

static bool is_known(const struct keyd_answers *answers, struct span party) {
    return config_party_find(answers->partnership, party) != NULL;
}

/* The elements as points; sizes were checked by wire, membership is checked by keyd. */
static struct lg_err points_read(struct arena *arena, const struct span_list *elements,
                                 struct keyd_points *out) {
    struct vault_point *points = arena_array(arena, elements->count, sizeof *points);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < elements->count; i++) {
        if (elements->items[i].len != VAULT_POINT_SIZE) {
            return keyd_fail(LG_CLASS_INPUT, KEYD_BATCH);
        }
        memcpy(points[i].bytes, elements->items[i].ptr, VAULT_POINT_SIZE);
    }
    *out = (struct keyd_points){.points = points, .count = elements->count};
    return LG_OK;
}

static struct lg_err points_list(struct arena *arena, const struct vault_point *points,
                                 size_t count, struct span_list *out) {
    struct span *items = arena_array(arena, count, sizeof *items);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < count; i++) {
        items[i] = span_of(points[i].bytes, VAULT_POINT_SIZE);
    }
    *out = (struct span_list){.items = items, .count = count};
    return LG_OK;
}

/* ---- Evaluate ---- */

static struct lg_err batch_evaluate(const struct keyd_answers *answers, struct arena *arena,
                                    const struct wire_keys_evaluate_request *request, size_t index,
                                    struct wire_evaluated_batch *out) {
    const struct wire_blinded_batch *batch = &request->batches[index];
    struct keyd_evaluation evaluation = {
        .agency = request->agency,
        .plain = request->plain,
        .token_class = batch->token_class,
        .epoch = keyd_epoch_last(answers->keyd),
    };
    TRY(points_read(arena, &batch->elements, &evaluation.blinded));
    struct vault_point *points = arena_array(arena, batch->elements.count, sizeof *points);
    struct vault_proof *proof = arena_alloc(arena, sizeof *proof);
    TRY(arena_failed(arena));
    TRY(keyd_evaluate(answers->keyd, &evaluation, points, proof));
    out->token_class = evaluation.token_class;
    out->epoch = evaluation.epoch;
    out->proof = span_of(proof->bytes, sizeof proof->bytes);
    return points_list(arena, points, evaluation.blinded.count, &out->elements);
}

static struct lg_err evaluate_all(const struct keyd_answers *answers, struct arena *arena,
                                  const struct wire_keys_evaluate_request *request,
                                  struct wire_evaluate_reply *out) {
    if (!is_known(answers, request->agency)) {
        return keyd_fail(LG_CLASS_INPUT, KEYD_NAME);
    }
    struct wire_evaluated_batch *batches =
        arena_array(arena, request->batch_count, sizeof *batches);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < request->batch_count; i++) {
        TRY(batch_evaluate(answers, arena, request, i, &batches[i]));
    }
    *out = (struct wire_evaluate_reply){.batches = batches, .batch_count = request->batch_count};
    return LG_OK;
}

struct lg_err keyd_answer_evaluate(const struct keyd_answers *answers,
                                   struct keyd_question *question, struct span *out_reply) {
    struct wire_report report;
    struct wire_keys_evaluate_request request;
    struct wire_evaluate_reply reply;
    struct lg_err err =
        wire_keys_evaluate_request_decode(question->arena, question->message, &report, &request);
    if (lg_failed(err)) {
        return misread(question, &report, err);
    }
    err = evaluate_all(answers, question->arena, &request, &reply);
    if (!lg_failed(err)) {
        err = wire_keys_evaluate_reply_encode(question->arena, &reply, out_reply);
    }
    return lg_failed(err) ? explain(question, err) : LG_OK;
}

/* ---- Pseudonymise ---- */

static struct lg_err pseudonymise_all(const struct keyd_answers *answers, struct arena *arena,
                                      const struct wire_pseudonymise_request *request,
                                      struct span_list *out) {
    const struct keyd_scope scope = {
        .agreement = request->agreement, .recipient = request->recipient, .epoch = request->epoch};
    if (!is_known(answers, request->recipient)) {
        return keyd_fail(LG_CLASS_INPUT, KEYD_NAME);
    }
    struct keyd_points blinded;
    TRY(points_read(arena, &request->elements, &blinded));
    struct vault_point *points = arena_array(arena, blinded.count, sizeof *points);
    TRY(arena_failed(arena));
    TRY(keyd_pseudonymise(answers->keyd, &scope, blinded, points));
    return points_list(arena, points, blinded.count, out);
}

struct lg_err keyd_answer_pseudonymise(const struct keyd_answers *answers,
                                       struct keyd_question *question, struct span *out_reply) {
    struct wire_report report;
    struct wire_pseudonymise_request request;
    struct span_list elements;
    struct lg_err err =
        wire_pseudonymise_request_decode(question->arena, question->message, &report, &request);
    if (lg_failed(err)) {
        return misread(question, &report, err);
    }
    err = pseudonymise_all(answers, question->arena, &request, &elements);
    if (!lg_failed(err)) {
        err = wire_pseudonymise_reply_encode(question->arena, &elements, out_reply);
    }
    return lg_failed(err) ? explain(question, err) : LG_OK;
}

/* ---- Translate ---- */

static struct lg_err translate_all(const struct keyd_answers *answers, struct arena *arena,
                                   const struct wire_keys_translate_request *request,
                                   struct span_list *out) {
    struct keyd_translation translation = {
        .from = {.agreement = request->from_agreement,
                 .recipient = request->from_recipient,
                 .epoch = request->epoch},
        .to = {.agreement = request->to_agreement,
               .recipient = request->to_recipient,
               .epoch = request->epoch},
    };
    bool back = request->to_agreement.len == 0 && request->to_recipient.len == 0;
    if (!is_known(answers, request->from_recipient) ||
        (!back && !is_known(answers, request->to_recipient))) {
        return keyd_fail(LG_CLASS_INPUT, KEYD_NAME);
    }
    TRY(points_read(arena, &request->elements, &translation.blinded));
    size_t count = translation.blinded.count;
    struct vault_point *points = arena_array(arena, count, sizeof *points);
    TRY(arena_failed(arena));
    TRY(back ? keyd_resolve(answers->keyd, &translation.from, translation.blinded, points)
             : keyd_translate(answers->keyd, &translation, points));
    return points_list(arena, points, count, out);
}

struct lg_err keyd_answer_translate(const struct keyd_answers *answers,
                                    struct keyd_question *question, struct span *out_reply) {
    struct wire_report report;
    struct wire_keys_translate_request request;
    struct span_list elements;
    struct lg_err err =
        wire_keys_translate_request_decode(question->arena, question->message, &report, &request);
    if (lg_failed(err)) {
        return misread(question, &report, err);
    }
    err = translate_all(answers, question->arena, &request, &elements);
    if (!lg_failed(err)) {
        err = wire_keys_translate_reply_encode(question->arena, &elements, out_reply);
    }
    return lg_failed(err) ? explain(question, err) : LG_OK;
}

/* ---- PublicKeys ---- */

static struct lg_err public_keys_all(const struct keyd_answers *answers, struct arena *arena,
                                     struct wire_public_keys_reply *out) {
    uint32_t first = keyd_epoch_first(answers->keyd);
    size_t epochs = (size_t)(keyd_epoch_last(answers->keyd) - first) + 1;
    size_t classes = TOKEN_CLASS_END - TOKEN_N;
    struct wire_public_key *keys = arena_array(arena, epochs * classes, sizeof *keys);
    struct vault_point *points = arena_array(arena, epochs * classes, sizeof *points);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < epochs * classes; i++) {
        keys[i].epoch = first + (uint32_t)(i / classes);
        keys[i].token_class = (enum token_class)(TOKEN_N + (int)(i % classes));
        keys[i].key = span_of(points[i].bytes, sizeof points[i].bytes);
        TRY(keyd_public_key(answers->keyd, keys[i].token_class, keys[i].epoch, &points[i]));
    }
    *out = (struct wire_public_keys_reply){.keys = keys, .key_count = epochs * classes};
    return LG_OK;
}

struct lg_err keyd_answer_public_keys(const struct keyd_answers *answers,
                                      struct keyd_question *question, struct span *out_reply) {
    struct wire_report report;
    struct wire_public_keys_reply reply;
    struct lg_err err = wire_empty_decode(question->message, &report);
    if (lg_failed(err)) {
        return misread(question, &report, err);
    }
    err = public_keys_all(answers, question->arena, &reply);
    if (!lg_failed(err)) {
        err = wire_public_keys_reply_encode(question->arena, &reply, out_reply);
    }
    return lg_failed(err) ? explain(question, err) : LG_OK;
}
