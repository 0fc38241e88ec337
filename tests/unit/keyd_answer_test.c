/* SPDX-License-Identifier: Apache-2.0 */
/* The methods of Keys from message to message: an edge's batches come back with a proof that fits
 * the published keys, and nobody unknown gets anything. */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/edge/edge.h"
#include "gateway/keyd/answer.h"
#include "gateway/keyd/keyd.h"
#include "gateway/wire/keys.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { ARENA_SIZE = 4 << 20 };

struct fixture {
    char folder[64];
    struct config_party parties[2];
    struct config_partnership partnership;
    struct keyd *keyd;
    struct keyd_answers answers;
    struct arena *arena;
    struct keyd_question question;
};

static int64_t fixed_clock(void *ctx) {
    (void)ctx;
    return 1800000000000;
}

static int setup(void **state) {
    struct vault_report report;
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    assert_false(lg_failed(vault_init(&report)));
    snprintf(f->folder, sizeof f->folder, "/tmp/lockgate-answer-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    const struct keyd_settings settings = {
        .folder = f->folder,
        .epoch_first = 1,
        .epoch_last = 2,
        .evaluations_per_day = 100,
        .plain_evaluations_per_day = 6,
        .clock = {.wall_ms = fixed_clock, .mono_ms = fixed_clock},
    };
    static char police[] = "police";
    static char health[] = "health";
    f->parties[0].id = police;
    f->parties[1].id = health;
    f->partnership.parties = f->parties;
    f->partnership.party_count = 2;
    assert_false(lg_failed(keyd_open(&settings, NULL, &f->keyd)));
    assert_false(lg_failed(arena_new(ARENA_SIZE, &f->arena)));
    f->answers = (struct keyd_answers){.keyd = f->keyd, .partnership = &f->partnership};
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    char path[128];
    keyd_close(&f->keyd);
    arena_free(&f->arena);
    snprintf(path, sizeof path, "%s/root.key", f->folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/scalars", f->folder);
    unlink(path);
    rmdir(f->folder);
    free(f);
    return 0;
}

static struct lg_err ask(struct fixture *f, keyd_answer_fn answer, struct span message,
                         struct span *out_reply) {
    f->question = (struct keyd_question){.arena = f->arena, .message = message, .sentence = ""};
    struct lg_err err = answer(&f->answers, &f->question, out_reply);
    assert_true(!lg_failed(err) || f->question.sentence[0] != '\0');
    return err;
}

static struct edge_plan one_person(struct fixture *f) {
    const struct edge_identity person = {.primary = {
                                             .given_name = span_text("Ann"),
                                             .family_name = span_text("Example"),
                                             .born = span_text("1950-01-02"),
                                             .postcode = span_text("M1 1AE"),
                                             .scheme = span_text("nhs"),
                                             .identifier = span_text("9991234500"),
                                         }};
    struct edge_plan plan;
    assert_false(lg_failed(edge_tokens_prepare(f->arena, &person, 1, 2, &plan)));
    assert_int_equal(plan.batch_count, 5);
    return plan;
}

static struct span_list list_of(struct fixture *f, const struct vault_point *points, size_t count) {
    struct span *items = arena_array(f->arena, count, sizeof *items);
    assert_non_null(items);
    for (size_t i = 0; i < count; i++) {
        items[i] = span_of(points[i].bytes, sizeof points[i].bytes);
    }
    return (struct span_list){.items = items, .count = count};
}

static struct lg_err evaluate(struct fixture *f, const struct edge_plan *plan, const char *agency,
                              bool plain, struct wire_evaluate_reply *out) {
    struct wire_blinded_batch batches[5];
    for (size_t i = 0; i < plan->batch_count; i++) {
        batches[i] = (struct wire_blinded_batch){
            .token_class = plan->batches[i].token_class,
            .elements = list_of(f, plan->batches[i].blinded, plan->batches[i].count),
        };
    }
    const struct wire_keys_evaluate_request request = {.agency = span_text(agency),
                                                       .batches = batches,
                                                       .batch_count = plan->batch_count,
                                                       .plain = plain};
    struct span message;
    struct span reply;
    struct wire_report report;
    assert_false(lg_failed(wire_keys_evaluate_request_encode(f->arena, &request, &message)));
    TRY(ask(f, keyd_answer_evaluate, message, &reply));
    return wire_keys_evaluate_reply_decode(f->arena, reply, &report, out);
}

static struct wire_public_keys_reply public_keys(struct fixture *f) {
    struct span reply;
    struct wire_report report;
    struct wire_public_keys_reply keys;
    assert_false(lg_failed(ask(f, keyd_answer_public_keys, span_of(NULL, 0), &reply)));
    assert_false(lg_failed(wire_public_keys_reply_decode(f->arena, reply, &report, &keys)));
    assert_int_equal(keys.key_count, 10); /* five classes, two epochs */
    return keys;
}

static struct vault_point public_key(const struct wire_public_keys_reply *keys,
                                     enum token_class token_class, uint32_t epoch) {
    struct vault_point point = {{0}};
    for (size_t i = 0; i < keys->key_count; i++) {
        if (keys->keys[i].token_class == token_class && keys->keys[i].epoch == epoch) {
            memcpy(point.bytes, keys->keys[i].key.ptr, sizeof point.bytes);
        }
    }
    return point;
}

static void evaluations_fit_the_published_keys(void **state) {
    struct fixture *f = *state;
    struct edge_plan plan = one_person(f);
    struct wire_public_keys_reply keys = public_keys(f);
    struct wire_evaluate_reply reply;
    assert_false(lg_failed(evaluate(f, &plan, "police", false, &reply)));
    assert_int_equal(reply.batch_count, 5);
    for (size_t i = 0; i < 5; i++) {
        const struct wire_evaluated_batch *batch = &reply.batches[i];
        struct vault_point pinned = public_key(&keys, batch->token_class, batch->epoch);
        struct vault_point evaluated;
        struct vault_proof proof;
        struct edge_token token;
        assert_int_equal(batch->token_class, plan.batches[i].token_class);
        assert_int_equal(batch->elements.count, 1);
        memcpy(evaluated.bytes, batch->elements.items[0].ptr, sizeof evaluated.bytes);
        memcpy(proof.bytes, batch->proof.ptr, sizeof proof.bytes);
        struct edge_reply answer = {
            .epoch = batch->epoch, .evaluated = &evaluated, .count = 1, .proof = &proof};
        assert_false(lg_failed(edge_tokens_finish(&plan.batches[i], &pinned, &answer, &token)));
        struct vault_point old = public_key(&keys, batch->token_class, 1);
        assert_true(lg_failed(edge_tokens_finish(&plan.batches[i], &old, &answer, &token)));
    }
}

static void budgets_and_strangers(void **state) {
    struct fixture *f = *state;
    struct edge_plan plan = one_person(f);
    struct wire_evaluate_reply reply;
    struct lg_err err = evaluate(f, &plan, "nobody", false, &reply);
    assert_int_equal(lg_err_class(err), LG_CLASS_INPUT);
    assert_int_equal(lg_err_code(err), KEYD_NAME);
    assert_false(lg_failed(evaluate(f, &plan, "police", true, &reply)));
    err = evaluate(f, &plan, "police", true, &reply);
    assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
    assert_int_equal(lg_err_code(err), KEYD_BUDGET);
    assert_non_null(strstr(f->question.sentence, "today"));
    assert_false(lg_failed(evaluate(f, &plan, "police", false, &reply)));
}

static void elements_that_are_none_are_refused(void **state) {
    struct fixture *f = *state;
    struct edge_plan plan = one_person(f);
    struct wire_evaluate_reply reply;
    struct vault_point identity = {{0}};
    plan.batches[4].blinded = &identity;
    struct lg_err err = evaluate(f, &plan, "police", false, &reply);
    assert_int_equal(lg_err_class(err), LG_CLASS_INPUT);
    assert_int_equal(lg_err_code(err), KEYD_BATCH);
    struct span out;
    static const char *const nonsense[] = {"\xff", "\x0a\x7f", "\x0a\x06police\x50\x01"};
    static const keyd_answer_fn answers[] = {keyd_answer_evaluate, keyd_answer_pseudonymise,
                                             keyd_answer_translate, keyd_answer_public_keys};
    for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
        for (size_t k = 0; k < sizeof answers / sizeof answers[0]; k++) {
            err = ask(f, answers[k], span_text(nonsense[i]), &out);
            assert_int_equal(lg_err_class(err), LG_CLASS_INPUT);
        }
    }
}

static struct lg_err pseudonymise(struct fixture *f, const char *recipient,
                                  const struct vault_point *point, struct vault_point *out) {
    const struct wire_pseudonymise_request request = {.agreement = span_text("safe"),
                                                      .recipient = span_text(recipient),
                                                      .epoch = 1,
                                                      .elements = list_of(f, point, 1)};
    struct span message;
    struct span reply;
    struct wire_report report;
    struct span_list elements;
    assert_false(lg_failed(wire_pseudonymise_request_encode(f->arena, &request, &message)));
    TRY(ask(f, keyd_answer_pseudonymise, message, &reply));
    TRY(wire_pseudonymise_reply_decode(f->arena, reply, &report, &elements));
    assert_int_equal(elements.count, 1);
    memcpy(out->bytes, elements.items[0].ptr, sizeof out->bytes);
    return LG_OK;
}

static struct lg_err translate(struct fixture *f, const char *from, const char *to,
                               const struct vault_point *point, struct vault_point *out) {
    const struct wire_keys_translate_request request = {
        .from_agreement = span_text("safe"),
        .from_recipient = span_text(from),
        .to_agreement = span_text(to != NULL ? "safe" : ""),
        .to_recipient = span_text(to),
        .epoch = 1,
        .elements = list_of(f, point, 1),
    };
    struct span message;
    struct span reply;
    struct wire_report report;
    struct span_list elements;
    TRY(wire_keys_translate_request_encode(f->arena, &request, &message));
    TRY(ask(f, keyd_answer_translate, message, &reply));
    TRY(wire_keys_translate_reply_decode(f->arena, reply, &report, &elements));
    assert_int_equal(elements.count, 1);
    memcpy(out->bytes, elements.items[0].ptr, sizeof out->bytes);
    return LG_OK;
}

static void pseudonyms_there_across_and_back(void **state) {
    struct fixture *f = *state;
    struct vault_point m;
    struct vault_point police;
    struct vault_point health;
    struct vault_point out;
    vault_point_random(&m);
    assert_false(lg_failed(pseudonymise(f, "police", &m, &police)));
    struct lg_err err = translate(f, "health", "police", &police, &out);
    assert_int_equal(lg_err_code(err), KEYD_UNKNOWN); /* health never had one */
    assert_false(lg_failed(pseudonymise(f, "health", &m, &health)));
    assert_memory_not_equal(&police, &health, sizeof police);
    assert_false(lg_failed(translate(f, "police", "health", &police, &out)));
    assert_memory_equal(&out, &health, sizeof out);
    err = pseudonymise(f, "nobody", &m, &out);
    assert_int_equal(lg_err_code(err), KEYD_NAME);
    err = translate(f, "police", "nobody", &police, &out);
    assert_int_equal(lg_err_code(err), KEYD_NAME);
    err = translate(f, "nobody", "police", &police, &out);
    assert_int_equal(lg_err_code(err), KEYD_NAME);
    assert_false(lg_failed(translate(f, "police", NULL, &police, &out)));
    assert_memory_equal(&out, &m, sizeof out);
    assert_false(lg_failed(translate(f, "health", NULL, &police, &out)));
    assert_memory_not_equal(&out, &m, sizeof out); /* somebody else's pseudonym leads nowhere */
}

static void a_small_arena_is_a_limit(void **state) {
    struct fixture *f = *state;
    struct edge_plan plan = one_person(f);
    struct wire_evaluate_reply reply;
    struct arena *large = f->arena;
    for (size_t budget = 512; budget < 16384; budget *= 2) {
        struct wire_blinded_batch batch = {.token_class = TOKEN_N,
                                           .elements = list_of(f, plan.batches[0].blinded, 1)};
        const struct wire_keys_evaluate_request request = {
            .agency = span_text("police"), .batches = &batch, .batch_count = 1};
        struct span message;
        struct span out;
        assert_false(lg_failed(wire_keys_evaluate_request_encode(f->arena, &request, &message)));
        struct arena *small = NULL;
        assert_false(lg_failed(arena_new(budget, &small)));
        f->arena = small;
        struct lg_err err = ask(f, keyd_answer_evaluate, message, &out);
        f->arena = large;
        assert_true(!lg_failed(err) || lg_err_class(err) == LG_CLASS_LIMIT);
        arena_free(&small);
    }
    assert_false(lg_failed(evaluate(f, &plan, "police", false, &reply)));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(evaluations_fit_the_published_keys), CASE(budgets_and_strangers),
        CASE(elements_that_are_none_are_refused), CASE(pseudonyms_there_across_and_back),
        CASE(a_small_arena_is_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
