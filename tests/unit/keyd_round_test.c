/* SPDX-License-Identifier: Apache-2.0 */
/* Edge, key service and index in one process: equal people give equal tokens, and pseudonyms are
 * stable, apart for two recipients, and shredded for good. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/bytes.h"
#include "gateway/base/limits.h"
#include "gateway/edge/edge.h"
#include "gateway/keyd/keyd.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { DAY_MS = 86400000, ARENA_SIZE = 8 << 20 };

struct fixture {
    char folder[64];
    int64_t wall_ms;
    struct keyd_settings settings;
    struct keyd *keyd;
    struct arena *arena;
};

static int64_t fixture_wall(void *ctx) {
    return ((struct fixture *)ctx)->wall_ms;
}

static void remove_named(const struct fixture *f, const char *name) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", f->folder, name);
    unlink(path);
}

static int setup(void **state) {
    struct vault_report report;
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    assert_false(lg_failed(vault_init(&report)));
    snprintf(f->folder, sizeof f->folder, "/tmp/lockgate-keyd-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    f->wall_ms = 20000 * (int64_t)DAY_MS;
    f->settings = (struct keyd_settings){
        .folder = f->folder,
        .epoch_first = 1,
        .epoch_last = 2,
        .evaluations_per_day = 1000,
        .plain_evaluations_per_day = 10,
        .clock = {.wall_ms = fixture_wall, .mono_ms = fixture_wall, .ctx = f},
    };
    struct diag diag = {.line = 0};
    assert_false(lg_failed(keyd_open(&f->settings, &diag, &f->keyd)));
    assert_false(lg_failed(arena_new(ARENA_SIZE, &f->arena)));
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    keyd_close(&f->keyd);
    arena_free(&f->arena);
    remove_named(f, "root.key");
    remove_named(f, "scalars");
    remove_named(f, "pass");
    rmdir(f->folder);
    free(f);
    return 0;
}

static bool code_is(struct lg_err err, enum lg_class klass, enum keyd_code code) {
    return lg_err_same(err, lg_err_make(klass, LG_KEYD, (uint16_t)code));
}

/* All tokens of some people, by way of the key service. */
struct tokens {
    struct edge_plan plan;
    struct edge_token items[128];
    uint32_t owner[128];
    size_t count;
};

static void tokens_get(struct fixture *f, const struct edge_identity *people, size_t count,
                       struct tokens *out) {
    out->count = 0;
    assert_false(lg_failed(edge_tokens_prepare(f->arena, people, count, 2, &out->plan)));
    for (size_t i = 0; i < out->plan.batch_count; i++) {
        const struct edge_batch *batch = &out->plan.batches[i];
        struct vault_point evaluated[VAULT_BATCH_MAX];
        struct vault_point public_key;
        struct vault_proof proof;
        struct keyd_evaluation evaluation = {
            .agency = span_text("housing"),
            .token_class = batch->token_class,
            .blinded = {.points = batch->blinded, .count = batch->count},
        };
        assert_false(lg_failed(keyd_evaluate(f->keyd, &evaluation, evaluated, &proof)));
        assert_false(lg_failed(keyd_public_key(f->keyd, batch->token_class, 2, &public_key)));
        struct edge_reply reply = {
            .epoch = 2, .evaluated = evaluated, .count = batch->count, .proof = &proof};
        assert_true(out->count + batch->count <= 128);
        assert_false(
            lg_failed(edge_tokens_finish(batch, &public_key, &reply, out->items + out->count)));
        memcpy(out->owner + out->count, batch->owner, batch->count * sizeof *batch->owner);
        out->count += batch->count;
    }
    assert_int_equal(out->count, out->plan.token_count);
}

/* How many classes have an equal token of person a and person b. */
static size_t shared_count(const struct tokens *t, uint32_t a, uint32_t b) {
    size_t shared = 0;
    for (size_t i = 0; i < t->count; i++) {
        for (size_t k = 0; k < t->count; k++) {
            if (t->owner[i] == a && t->owner[k] == b &&
                t->items[i].token_class == t->items[k].token_class &&
                memcmp(&t->items[i].point, &t->items[k].point, VAULT_POINT_SIZE) == 0) {
                shared++;
            }
        }
    }
    return shared;
}

static struct edge_identity person(const char *given, const char *family, const char *born,
                                   const char *postcode, const char *number) {
    return (struct edge_identity){.primary = {
                                      .given_name = span_text(given),
                                      .family_name = span_text(family),
                                      .born = span_text(born),
                                      .postcode = span_text(postcode),
                                      .scheme = span_text("nhs"),
                                      .identifier = span_text(number),
                                  }};
}

static void equal_people_give_equal_tokens(void **state) {
    struct fixture *f = *state;
    const struct edge_identity people[] = {
        person("Zo\xc3\xab", "Example-Sample", "1987-03-14", "M1 1AE", "999 123 4500"),
        person("Ms ZOE", "EXAMPLE SAMPLE", "1987-03-14", "m11ae", "9991234500"),
        person("Chloe", "Example-Sample", "1987-03-14", "M1 1AE", ""),
        person("Zoe", "Example-Sample", "1987-03-15", "M1 1AE", "9991234519"),
    };
    struct tokens tokens;
    tokens_get(f, people, 4, &tokens);
    assert_int_equal(shared_count(&tokens, 0, 0), 5);
    assert_int_equal(shared_count(&tokens, 0, 1), 5);
    assert_int_equal(shared_count(&tokens, 0, 2), 1); /* E: born and postcode */
    assert_int_equal(shared_count(&tokens, 0, 3), 0);
    /* Blinding is fresh, tokens are not: a second run agrees with the first. */
    struct tokens again;
    tokens_get(f, people, 1, &again);
    assert_int_equal(again.count, 5);
    assert_memory_not_equal(again.plan.batches[0].blinded, tokens.plan.batches[0].blinded,
                            VAULT_POINT_SIZE);
    assert_memory_equal(&again.items[0].point, &tokens.items[0].point, VAULT_POINT_SIZE);
}

static void tokens_survive_a_restart(void **state) {
    struct fixture *f = *state;
    const struct edge_identity people[] = {
        person("Ann", "Sample", "1950-01-02", "M1 1AE", "9991234500")};
    struct tokens before;
    struct tokens after;
    tokens_get(f, people, 1, &before);
    keyd_close(&f->keyd);
    assert_false(lg_failed(keyd_open(&f->settings, NULL, &f->keyd)));
    tokens_get(f, people, 1, &after);
    assert_int_equal(before.count, after.count);
    for (size_t i = 0; i < before.count; i++) {
        assert_memory_equal(&before.items[i].point, &after.items[i].point, VAULT_POINT_SIZE);
    }
}

static struct lg_err pseudonym_get(struct fixture *f, const struct keyd_scope *scope,
                                   const struct vault_point *m, struct vault_point *out) {
    struct vault_point blinded;
    struct vault_point answered;
    struct vault_scalar unblind;
    TRY(vault_point_blind(m, &blinded, &unblind));
    TRY(keyd_pseudonymise(f->keyd, scope, (struct keyd_points){.points = &blinded, .count = 1},
                          &answered));
    return vault_point_unblind(&answered, &unblind, out);
}

static const struct keyd_scope POLICE = {.agreement = {(const uint8_t *)"safe", 4},
                                         .recipient = {(const uint8_t *)"police", 6},
                                         .epoch = 1};
static const struct keyd_scope HEALTH = {.agreement = {(const uint8_t *)"safe", 4},
                                         .recipient = {(const uint8_t *)"health", 6},
                                         .epoch = 1};

static void pseudonyms_are_stable_and_apart(void **state) {
    struct fixture *f = *state;
    struct vault_point m;
    struct vault_point police;
    struct vault_point again;
    struct vault_point health;
    vault_point_random(&m);
    assert_false(lg_failed(pseudonym_get(f, &POLICE, &m, &police)));
    assert_false(lg_failed(pseudonym_get(f, &HEALTH, &m, &health)));
    assert_memory_not_equal(&police, &health, sizeof police);
    keyd_close(&f->keyd);
    assert_false(lg_failed(keyd_open(&f->settings, NULL, &f->keyd)));
    assert_false(lg_failed(pseudonym_get(f, &POLICE, &m, &again)));
    assert_memory_equal(&police, &again, sizeof police);
    /* Back to M, and across to the other recipient. */
    struct vault_point out;
    assert_false(lg_failed(
        keyd_resolve(f->keyd, &POLICE, (struct keyd_points){.points = &police, .count = 1}, &out)));
    assert_memory_equal(&out, &m, sizeof m);
    struct keyd_translation translation = {
        .from = POLICE, .to = HEALTH, .blinded = {.points = &police, .count = 1}};
    assert_false(lg_failed(keyd_translate(f->keyd, &translation, &out)));
    assert_memory_equal(&out, &health, sizeof health);
}

static void shredded_pseudonyms_never_come_back(void **state) {
    struct fixture *f = *state;
    struct vault_point m;
    struct vault_point before;
    struct vault_point after;
    vault_point_random(&m);
    assert_true(code_is(keyd_shred(f->keyd, &POLICE), LG_CLASS_INPUT, KEYD_UNKNOWN));
    assert_false(lg_failed(pseudonym_get(f, &HEALTH, &m, &after)));
    assert_false(lg_failed(pseudonym_get(f, &POLICE, &m, &before)));
    assert_false(lg_failed(keyd_shred(f->keyd, &POLICE)));
    struct keyd_points points = {.points = &before, .count = 1};
    assert_true(
        code_is(keyd_resolve(f->keyd, &POLICE, points, &after), LG_CLASS_INPUT, KEYD_UNKNOWN));
    assert_false(lg_failed(pseudonym_get(f, &POLICE, &m, &after)));
    assert_memory_not_equal(&before, &after, sizeof before);
}

static struct lg_err evaluate_some(struct fixture *f, const char *agency, bool plain,
                                   size_t count) {
    static const size_t max = VAULT_BATCH_MAX + 1;
    struct vault_point *points = calloc(max, sizeof *points);
    struct vault_point *out = calloc(max, sizeof *out);
    struct vault_proof proof;
    assert_non_null(points);
    assert_non_null(out);
    for (size_t i = 0; i < count; i++) {
        vault_point_random(&points[i]);
    }
    struct keyd_evaluation evaluation = {
        .agency = span_text(agency),
        .plain = plain,
        .token_class = TOKEN_N,
        .blinded = {.points = points, .count = count},
    };
    struct lg_err err = keyd_evaluate(f->keyd, &evaluation, out, &proof);
    free(points);
    free(out);
    return err;
}

static void budgets_hold_until_the_next_day(void **state) {
    struct fixture *f = *state;
    assert_false(lg_failed(evaluate_some(f, "police", true, 9)));
    assert_true(code_is(evaluate_some(f, "police", true, 2), LG_CLASS_LIMIT, KEYD_BUDGET));
    assert_false(lg_failed(evaluate_some(f, "police", true, 1)));
    assert_true(code_is(evaluate_some(f, "police", true, 1), LG_CLASS_LIMIT, KEYD_BUDGET));
    assert_false(lg_failed(evaluate_some(f, "police", false, 1))); /* another purse */
    assert_false(lg_failed(evaluate_some(f, "health", true, 1)));  /* another agency */
    f->wall_ms -= DAY_MS;
    assert_true(code_is(evaluate_some(f, "police", true, 1), LG_CLASS_LIMIT, KEYD_BUDGET));
    f->wall_ms += 2 * (int64_t)DAY_MS;
    assert_false(lg_failed(evaluate_some(f, "police", true, 1)));
}

static void own_budgets_replace_the_common_one(void **state) {
    struct fixture *f = *state;
    const struct keyd_budget budgets[] = {{.agency = span_text("small"), .evaluations_per_day = 2}};
    keyd_close(&f->keyd);
    f->settings.budgets = budgets;
    f->settings.budget_count = 1;
    assert_false(lg_failed(keyd_open(&f->settings, NULL, &f->keyd)));
    assert_true(code_is(evaluate_some(f, "small", false, 3), LG_CLASS_LIMIT, KEYD_BUDGET));
    assert_false(lg_failed(evaluate_some(f, "small", false, 2)));
    assert_true(code_is(evaluate_some(f, "small", false, 1), LG_CLASS_LIMIT, KEYD_BUDGET));
    assert_false(lg_failed(evaluate_some(f, "large", false, 3)));
}

static void counters_do_not_grow_without_end(void **state) {
    struct fixture *f = *state;
    char name[16];
    for (int i = 0; i < LIMIT_KEYD_AGENCIES; i++) {
        snprintf(name, sizeof name, "agency-%d", i);
        assert_false(lg_failed(evaluate_some(f, name, false, 1)));
    }
    assert_true(code_is(evaluate_some(f, "one more", false, 1), LG_CLASS_LIMIT, KEYD_AGENCIES));
    f->wall_ms += DAY_MS;
    assert_false(lg_failed(evaluate_some(f, "one more", false, 1)));
}

static void evaluation_refuses_nonsense(void **state) {
    struct fixture *f = *state;
    struct vault_point points[2] = {{{0}}, {{0}}};
    struct vault_point out[2];
    struct vault_proof proof;
    struct keyd_evaluation good = {
        .agency = span_text("police"),
        .token_class = TOKEN_E,
        .epoch = 1,
        .blinded = {.points = points, .count = 2},
    };
    vault_point_random(&points[0]);
    struct keyd_evaluation bad = good;
    assert_true(
        code_is(keyd_evaluate(f->keyd, &bad, out, &proof), LG_CLASS_INPUT, KEYD_BATCH)); /* 0 */
    memset(points[1].bytes, 0xff, sizeof points[1].bytes);
    assert_true(code_is(keyd_evaluate(f->keyd, &bad, out, &proof), LG_CLASS_INPUT, KEYD_BATCH));
    vault_point_random(&points[1]);
    assert_false(lg_failed(keyd_evaluate(f->keyd, &good, out, &proof)));
    bad.epoch = 3;
    assert_true(code_is(keyd_evaluate(f->keyd, &bad, out, &proof), LG_CLASS_INPUT, KEYD_EPOCH));
    bad = good;
    bad.token_class = TOKEN_CLASS_END;
    assert_true(code_is(keyd_evaluate(f->keyd, &bad, out, &proof), LG_CLASS_INPUT, KEYD_CLASS));
    bad = good;
    bad.agency = span_text("");
    assert_true(code_is(keyd_evaluate(f->keyd, &bad, out, &proof), LG_CLASS_INPUT, KEYD_NAME));
    assert_true(code_is(evaluate_some(f, "police", false, 0), LG_CLASS_INPUT, KEYD_BATCH));
    assert_false(lg_failed(evaluate_some(f, "police", false, VAULT_BATCH_MAX)));
    assert_true(code_is(evaluate_some(f, "police", false, VAULT_BATCH_MAX + 1), LG_CLASS_INPUT,
                        KEYD_BATCH));
    struct keyd_scope nameless = {.agreement = span_text("a"), .recipient = span_text("")};
    assert_true(code_is(pseudonym_get(f, &nameless, &points[0], out), LG_CLASS_INPUT, KEYD_NAME));
}

/* ---- State on disk ---- */

static char *scalars_path(const struct fixture *f, char out[static 128]) {
    snprintf(out, 128, "%s/scalars", f->folder);
    return out;
}

static void every_changed_byte_of_the_scalars_is_seen(void **state) {
    struct fixture *f = *state;
    struct vault_point m;
    struct vault_point out;
    char path[128];
    uint8_t file[1024];
    uint8_t changed[1024];
    size_t len = 0;
    vault_point_random(&m);
    assert_false(lg_failed(pseudonym_get(f, &POLICE, &m, &out)));
    keyd_close(&f->keyd);
    assert_false(
        lg_failed(vault_private_read(scalars_path(f, path), NULL, file, sizeof file, &len)));
    for (size_t i = 0; i < len; i += 7) {
        memcpy(changed, file, len);
        changed[i] ^= 0x10;
        assert_false(
            lg_failed(vault_private_write(path, span_of(changed, len), VAULT_WRITE_REPLACE, NULL)));
        assert_true(code_is(keyd_open(&f->settings, NULL, &f->keyd), LG_CLASS_CONFIG, KEYD_STATE));
        assert_null(f->keyd);
    }
    for (size_t cut = 0; cut < len; cut += 29) {
        assert_false(
            lg_failed(vault_private_write(path, span_of(file, cut), VAULT_WRITE_REPLACE, NULL)));
        assert_true(code_is(keyd_open(&f->settings, NULL, &f->keyd), LG_CLASS_CONFIG, KEYD_STATE));
    }
    assert_false(
        lg_failed(vault_private_write(path, span_of(file, len), VAULT_WRITE_REPLACE, NULL)));
    assert_false(lg_failed(keyd_open(&f->settings, NULL, &f->keyd)));
}

static void a_lost_half_of_the_state_stops_the_start(void **state) {
    struct fixture *f = *state;
    struct diag diag = {.line = 0};
    keyd_close(&f->keyd);
    remove_named(f, "scalars");
    assert_true(code_is(keyd_open(&f->settings, &diag, &f->keyd), LG_CLASS_CONFIG, KEYD_STATE));
    assert_non_null(strstr(diag.text, "restore"));
}

static void one_service_a_folder(void **state) {
    struct fixture *f = *state;
    struct keyd *second = NULL;
    struct diag diag = {.line = 0};
    assert_true(code_is(keyd_open(&f->settings, &diag, &second), LG_CLASS_CONFIG, KEYD_STATE));
    assert_non_null(strstr(diag.text, "in use"));
    keyd_close(&f->keyd);
    assert_int_equal(chmod(f->folder, 0750), 0);
    assert_true(code_is(keyd_open(&f->settings, &diag, &second), LG_CLASS_CONFIG, KEYD_STATE));
    assert_int_equal(chmod(f->folder, 0700), 0);
}

static void a_scalar_that_is_not_durable_is_not_used(void **state) {
    struct fixture *f = *state;
    struct vault_point m;
    struct vault_point out;
    char path[128];
    vault_point_random(&m);
    /* A folder in the place of the file that is written beside: nothing can be written there. */
    snprintf(path, sizeof path, "%s/scalars.new", f->folder);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_true(code_is(pseudonym_get(f, &POLICE, &m, &out), LG_CLASS_STORE, KEYD_WRITE));
    struct keyd_points points = {.points = &m, .count = 1};
    assert_true(
        code_is(keyd_resolve(f->keyd, &POLICE, points, &out), LG_CLASS_INPUT, KEYD_UNKNOWN));
    assert_int_equal(rmdir(path), 0);
    assert_false(lg_failed(pseudonym_get(f, &POLICE, &m, &out)));
}

static void a_sealed_root_needs_its_passphrase(void **state) {
    struct fixture *f = *state;
    char pass[128];
    struct diag diag = {.line = 0};
    keyd_close(&f->keyd);
    remove_named(f, "root.key");
    remove_named(f, "scalars");
    snprintf(pass, sizeof pass, "%s/pass", f->folder);
    assert_false(lg_failed(
        vault_private_write(pass, span_text("a long enough one\n"), VAULT_WRITE_REPLACE, NULL)));
    f->settings.passphrase_path = pass;
    assert_false(lg_failed(keyd_open(&f->settings, &diag, &f->keyd)));
    keyd_close(&f->keyd);
    assert_false(lg_failed(keyd_open(&f->settings, &diag, &f->keyd)));
    keyd_close(&f->keyd);
    assert_false(lg_failed(
        vault_private_write(pass, span_text("another one\n"), VAULT_WRITE_REPLACE, NULL)));
    assert_true(lg_failed(keyd_open(&f->settings, &diag, &f->keyd)));
    assert_non_null(strstr(diag.text, "passphrase"));
}

static void every_failing_allocation_is_an_error(void **state) {
    struct fixture *f = *state;
    keyd_close(&f->keyd);
    bool has_failed = true;
    for (uint64_t n = 1; has_failed; n++) {
        support_alloc_fail_at(n);
        struct lg_err err = keyd_open(&f->settings, NULL, &f->keyd);
        has_failed = support_alloc_seen() >= n;
        support_alloc_fail_at(0);
        assert_int_equal(f->keyd == NULL, lg_failed(err));
        assert_true(!lg_failed(err) || (has_failed && lg_err_class(err) == LG_CLASS_LIMIT));
        keyd_close(&f->keyd);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(equal_people_give_equal_tokens),
        CASE(tokens_survive_a_restart),
        CASE(pseudonyms_are_stable_and_apart),
        CASE(shredded_pseudonyms_never_come_back),
        CASE(budgets_hold_until_the_next_day),
        CASE(own_budgets_replace_the_common_one),
        CASE(counters_do_not_grow_without_end),
        CASE(evaluation_refuses_nonsense),
        CASE(every_changed_byte_of_the_scalars_is_seen),
        CASE(a_lost_half_of_the_state_stops_the_start),
        CASE(one_service_a_folder),
        CASE(a_scalar_that_is_not_durable_is_not_used),
        CASE(a_sealed_root_needs_its_passphrase),
        CASE(every_failing_allocation_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
