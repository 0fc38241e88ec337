/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens, sealed references and pinned keys: shapes, refusals, allocations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/edge/edge.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { ARENA_SIZE = 4 << 20, PEOPLE = VAULT_BATCH_MAX + 44 };

struct fixture {
    struct arena *arena;
    struct vault_key *token_key;
    struct vault_point public_key;
    struct vault_key *index;
};

static int setup(void **state) {
    struct vault_report report;
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    assert_false(lg_failed(vault_init(&report)));
    assert_false(lg_failed(arena_new(ARENA_SIZE, &f->arena)));
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SCALAR, &f->token_key)));
    assert_false(lg_failed(vault_key_new(VAULT_KIND_BOX, &f->index)));
    f->public_key = vault_oprf_public(f->token_key);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    arena_free(&f->arena);
    vault_key_free(&f->token_key);
    vault_key_free(&f->index);
    free(f);
    return 0;
}

static bool code_is(struct lg_err err, enum lg_class klass, enum edge_code code) {
    return lg_err_same(err, lg_err_make(klass, LG_EDGE, (uint16_t)code));
}

static struct edge_identity full_person(void) {
    return (struct edge_identity){.primary = {
                                      .given_name = span_text("Ann"),
                                      .family_name = span_text("Example"),
                                      .born = span_text("1950-01-02"),
                                      .postcode = span_text("M1 1AE"),
                                      .scheme = span_text("nhs"),
                                      .identifier = span_text("9991234500"),
                                  }};
}

static size_t count_of(const struct edge_plan *plan, enum token_class token_class) {
    size_t count = 0;
    for (size_t i = 0; i < plan->batch_count; i++) {
        if (plan->batches[i].token_class == token_class) {
            count += plan->batches[i].count;
        }
    }
    return count;
}

static struct edge_plan prepare(struct fixture *f, const struct edge_identity *person) {
    struct edge_plan plan;
    assert_false(lg_failed(edge_tokens_prepare(f->arena, person, 1, 1, &plan)));
    return plan;
}

/* Which of N A C D E a person has, as text. */
static const char *classes_of(const struct edge_plan *plan, char out[static 6]) {
    size_t used = 0;
    for (enum token_class c = TOKEN_N; c < TOKEN_CLASS_END; c++) {
        if (count_of(plan, c) > 0) {
            out[used++] = "?NACDE"[c];
        }
    }
    out[used] = '\0';
    return out;
}

static void a_missing_part_takes_its_classes_away(void **state) {
    struct fixture *f = *state;
    char text[6];
    struct edge_identity person = full_person();
    struct edge_plan plan = prepare(f, &person);
    assert_string_equal(classes_of(&plan, text), "NACDE");
    assert_int_equal(plan.token_count, 5);
    person.primary.identifier = span_text("");
    plan = prepare(f, &person);
    assert_string_equal(classes_of(&plan, text), "ACDE");
    person.primary.postcode = span_text("ZZ99 3VZ");
    plan = prepare(f, &person);
    assert_string_equal(classes_of(&plan, text), "AC");
    person.primary.given_name = span_text("");
    plan = prepare(f, &person);
    assert_string_equal(classes_of(&plan, text), ""); /* surname and date of birth make none */
    assert_int_equal(plan.batch_count, 0);
    person = full_person();
    person.primary.family_name = span_text("");
    plan = prepare(f, &person);
    assert_string_equal(classes_of(&plan, text), "NDE");
    person = full_person();
    person.primary.born = span_text("1900-01-01");
    plan = prepare(f, &person);
    assert_string_equal(classes_of(&plan, text), "N"); /* never a name or postcode alone */
    assert_int_equal(plan.flaws[0], 0);
    person.primary.identifier = span_text("9991234501");
    plan = prepare(f, &person);
    assert_int_equal(plan.token_count, 0);
    assert_int_equal(plan.flaws[0], EDGE_FLAW_IDENTIFIER);
}

static void aliases_make_more_tokens_but_no_equal_ones(void **state) {
    struct fixture *f = *state;
    const struct edge_name names[] = {
        {.given_name = span_text("Nan"), .family_name = span_text("Example")},
        {.given_name = span_text("ANN"), .family_name = span_text("Example")},
        {.given_name = span_text("Ann"), .family_name = span_text("Sample")},
        {.given_name = span_text("Bea"), .family_name = span_text("Other")},
    };
    const struct span postcodes[] = {span_text("M1 1AE"), span_text("M2 1AE"), span_text("M3 1AE"),
                                     span_text("M4 1AE")};
    struct edge_identity person = full_person();
    person.aliases = names;
    person.alias_count = 4;
    person.postcodes = postcodes;
    person.postcode_count = 4;
    struct edge_plan plan = prepare(f, &person);
    assert_int_equal(count_of(&plan, TOKEN_N), 1);
    assert_int_equal(count_of(&plan, TOKEN_A), 4);
    assert_int_equal(count_of(&plan, TOKEN_C), 4); /* a-example n-example a-sample b-other */
    assert_int_equal(count_of(&plan, TOKEN_D), 6); /* ann nan bea at M1; ann at M2 M3 M4 */
    assert_int_equal(count_of(&plan, TOKEN_E), 4);
    assert_true(plan.token_count <= EDGE_TOKENS_MAX);
}

static void many_people_are_cut_into_batches(void **state) {
    struct fixture *f = *state;
    static struct edge_identity people[PEOPLE];
    static char numbers[PEOPLE][16];
    for (size_t i = 0; i < PEOPLE; i++) {
        snprintf(numbers[i], sizeof numbers[i], "T%07zu", i);
        people[i] = (struct edge_identity){
            .primary = {.scheme = span_text("tenancy"), .identifier = span_text(numbers[i])}};
    }
    struct edge_plan plan;
    assert_false(lg_failed(edge_tokens_prepare(f->arena, people, PEOPLE, 7, &plan)));
    assert_int_equal(plan.batch_count, 2);
    assert_int_equal(plan.batches[0].count, VAULT_BATCH_MAX);
    assert_int_equal(plan.batches[1].count, PEOPLE - VAULT_BATCH_MAX);
    assert_int_equal(plan.batches[1].owner[0], VAULT_BATCH_MAX);
    assert_int_equal(plan.batches[1].epoch, 7);
    /* The owner's token is that of its own identifier: unblinding fits blinding across the cut. */
    static struct vault_point evaluated[VAULT_BATCH_MAX];
    static struct edge_token tokens[VAULT_BATCH_MAX];
    struct vault_proof proof;
    const struct edge_batch *batch = &plan.batches[1];
    struct vault_oprf_request request = {
        .key = f->token_key, .blinded = batch->blinded, .count = batch->count};
    struct edge_reply reply = {
        .epoch = 7, .evaluated = evaluated, .count = batch->count, .proof = &proof};
    assert_false(lg_failed(vault_oprf_evaluate(VAULT_VOPRF, &request, evaluated, &proof)));
    assert_false(lg_failed(edge_tokens_finish(batch, &f->public_key, &reply, tokens)));
    struct edge_plan alone = prepare(f, &people[PEOPLE - 1]);
    request.blinded = alone.batches[0].blinded;
    request.count = 1;
    reply.count = 1;
    reply.epoch = 1;
    assert_false(lg_failed(vault_oprf_evaluate(VAULT_VOPRF, &request, evaluated, &proof)));
    struct edge_token token;
    assert_false(lg_failed(edge_tokens_finish(&alone.batches[0], &f->public_key, &reply, &token)));
    assert_memory_equal(&token.point, &tokens[batch->count - 1].point, VAULT_POINT_SIZE);
    assert_memory_not_equal(&token.point, &tokens[0].point, VAULT_POINT_SIZE);
}

static void a_reply_that_is_not_honest_is_refused(void **state) {
    struct fixture *f = *state;
    struct edge_identity person = full_person();
    struct edge_plan plan = prepare(f, &person);
    const struct edge_batch *batch = &plan.batches[0];
    struct vault_point evaluated[2];
    struct vault_proof proof;
    struct edge_token token;
    struct vault_oprf_request request = {
        .key = f->token_key, .blinded = batch->blinded, .count = 1};
    struct edge_reply reply = {.epoch = 1, .evaluated = evaluated, .count = 1, .proof = &proof};
    assert_false(lg_failed(vault_oprf_evaluate(VAULT_VOPRF, &request, evaluated, &proof)));
    assert_false(lg_failed(edge_tokens_finish(batch, &f->public_key, &reply, &token)));
    struct edge_reply bad = reply;
    bad.epoch = 2;
    assert_true(code_is(edge_tokens_finish(batch, &f->public_key, &bad, &token), LG_CLASS_PEER,
                        EDGE_REPLY));
    bad = reply;
    bad.count = 0;
    assert_true(code_is(edge_tokens_finish(batch, &f->public_key, &bad, &token), LG_CLASS_PEER,
                        EDGE_REPLY));
    struct vault_point other;
    vault_point_random(&other);
    assert_true(
        code_is(edge_tokens_finish(batch, &other, &reply, &token), LG_CLASS_PEER, EDGE_REPLY));
    proof.bytes[3] ^= 4;
    assert_true(code_is(edge_tokens_finish(batch, &f->public_key, &reply, &token), LG_CLASS_PEER,
                        EDGE_REPLY));
    proof.bytes[3] ^= 4;
    evaluated[0] = other;
    assert_true(code_is(edge_tokens_finish(batch, &f->public_key, &reply, &token), LG_CLASS_PEER,
                        EDGE_REPLY));
}

static void ceilings_of_a_plan(void **state) {
    struct fixture *f = *state;
    struct edge_identity person = full_person();
    struct edge_plan plan;
    assert_true(
        code_is(edge_tokens_prepare(f->arena, &person, 0, 1, &plan), LG_CLASS_LIMIT, EDGE_PEOPLE));
    assert_true(code_is(edge_tokens_prepare(f->arena, &person, EDGE_PEOPLE_MAX + 1, 1, &plan),
                        LG_CLASS_LIMIT, EDGE_PEOPLE));
    assert_true(
        code_is(edge_tokens_prepare(f->arena, &person, 1, 0, &plan), LG_CLASS_INPUT, EDGE_EPOCH));
    struct arena *small = NULL;
    assert_false(lg_failed(arena_new(100, &small)));
    assert_int_equal(lg_err_class(edge_tokens_prepare(small, &person, 1, 1, &plan)),
                     LG_CLASS_LIMIT);
    arena_free(&small);
}

static void every_failing_allocation_is_an_error(void **state) {
    (void)state;
    struct edge_identity person = full_person();
    for (uint64_t n = 1;; n++) {
        struct arena *arena = NULL;
        struct edge_plan plan = {.token_count = 0};
        support_alloc_fail_at(n);
        struct lg_err err = arena_new(ARENA_SIZE, &arena);
        if (!lg_failed(err)) {
            err = edge_tokens_prepare(arena, &person, 1, 1, &plan);
        }
        uint64_t seen = support_alloc_seen();
        support_alloc_fail_at(0);
        arena_free(&arena);
        if (seen == 0) {
            skip(); /* a sanitizer owns malloc */
        }
        if (n > seen) {
            assert_false(lg_failed(err));
            assert_int_equal(plan.token_count, 5);
            return;
        }
        assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
        assert_int_equal(plan.token_count, 0);
    }
}

/* ---- Sealing ---- */

static void tokens_open_for_the_index_alone(void **state) {
    struct fixture *f = *state;
    struct edge_token token = {.token_class = TOKEN_D, .epoch = 3};
    struct edge_token opened;
    struct edge_sealed_token sealed;
    struct edge_sealed_token again;
    struct vault_box_public index = vault_box_public(f->index);
    vault_point_random(&token.point);
    assert_false(lg_failed(edge_token_seal(&index, &token, &sealed)));
    assert_false(lg_failed(edge_token_seal(&index, &token, &again)));
    assert_memory_not_equal(&sealed, &again, sizeof sealed);
    struct span bytes = span_of(sealed.bytes, sizeof sealed.bytes);
    assert_false(lg_failed(edge_token_open(f->index, bytes, &opened)));
    assert_int_equal(opened.token_class, TOKEN_D);
    assert_int_equal(opened.epoch, 3);
    assert_memory_equal(&opened.point, &token.point, VAULT_POINT_SIZE);
    for (size_t i = 0; i < sizeof sealed.bytes; i++) {
        sealed.bytes[i] ^= 0x40;
        assert_true(code_is(edge_token_open(f->index, bytes, &opened), LG_CLASS_INPUT, EDGE_TOKEN));
        sealed.bytes[i] ^= 0x40;
    }
    for (size_t len = 0; len < sizeof sealed.bytes; len++) {
        assert_true(code_is(edge_token_open(f->index, span_slice(bytes, 0, len), &opened),
                            LG_CLASS_INPUT, EDGE_TOKEN));
    }
    struct vault_key *other = NULL;
    assert_false(lg_failed(vault_key_new(VAULT_KIND_BOX, &other)));
    assert_true(code_is(edge_token_open(other, bytes, &opened), LG_CLASS_INPUT, EDGE_TOKEN));
    vault_key_free(&other);
    index = (struct vault_box_public){{0}}; /* of low order */
    assert_true(code_is(edge_token_seal(&index, &token, &sealed), LG_CLASS_INPUT, EDGE_TOKEN));
}

/* Well sealed, and still not a token. */
static void sealed_nonsense_is_refused(void **state) {
    struct fixture *f = *state;
    struct vault_box_public index = vault_box_public(f->index);
    struct edge_token token;
    struct vault_point point;
    uint8_t plain[37];
    uint8_t sealed[EDGE_TOKEN_SEALED_SIZE];
    vault_point_random(&point);
    static const struct {
        uint8_t token_class;
        uint8_t epoch;
        bool identity;
        bool fits;
    } rows[] = {{1, 1, false, true},  {5, 1, false, true},  {0, 1, false, false},
                {6, 1, false, false}, {1, 0, false, false}, {1, 1, true, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memset(plain, 0, sizeof plain);
        memcpy(plain, point.bytes, rows[i].identity ? 0 : sizeof point.bytes);
        plain[32] = rows[i].token_class;
        plain[36] = rows[i].epoch;
        assert_false(lg_failed(vault_box_seal(&index, span_of(plain, sizeof plain), sealed)));
        assert_int_equal(
            lg_failed(edge_token_open(f->index, span_of(sealed, sizeof sealed), &token)),
            !rows[i].fits);
    }
}

static void references_and_decoys_have_one_size(void **state) {
    struct fixture *f = *state;
    struct edge_agency agency;
    struct vault_key *secret = NULL;
    uint8_t local[EDGE_LOCAL_SIZE_MAX + 1];
    struct edge_sealed_reference sealed;
    struct edge_reference opened;
    memset(local, 'r', sizeof local);
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SECRET, &secret)));
    assert_false(lg_failed(edge_agency_open(secret, &agency)));
    struct vault_box_public to = vault_box_public(agency.box);
    struct span bytes = span_of(sealed.bytes, sizeof sealed.bytes);
    for (size_t len = 1; len <= EDGE_LOCAL_SIZE_MAX; len++) {
        assert_false(lg_failed(edge_reference_seal(&to, span_of(local, len), &sealed)));
        assert_false(lg_failed(edge_reference_open(agency.box, bytes, &opened)));
        assert_false(opened.is_decoy);
        assert_int_equal(opened.local_len, len);
        assert_memory_equal(opened.local, local, len);
    }
    for (int i = 0; i < 300; i++) { /* any random length byte is fine in a decoy */
        assert_false(lg_failed(edge_reference_decoy(&to, &sealed)));
        assert_false(lg_failed(edge_reference_open(agency.box, bytes, &opened)));
        assert_true(opened.is_decoy);
        assert_int_equal(opened.local_len, 0);
    }
    assert_true(code_is(edge_reference_seal(&to, span_of(local, 0), &sealed), LG_CLASS_INPUT,
                        EDGE_REFERENCE));
    assert_true(code_is(edge_reference_seal(&to, span_of(local, sizeof local), &sealed),
                        LG_CLASS_INPUT, EDGE_REFERENCE));
    assert_true(
        code_is(edge_reference_open(f->index, bytes, &opened), LG_CLASS_INPUT, EDGE_REFERENCE));
    sealed.bytes[60] ^= 1;
    assert_true(
        code_is(edge_reference_open(agency.box, bytes, &opened), LG_CLASS_INPUT, EDGE_REFERENCE));
    assert_true(code_is(edge_reference_open(agency.box, span_slice(bytes, 0, 111), &opened),
                        LG_CLASS_INPUT, EDGE_REFERENCE));
    edge_agency_close(&agency);
    vault_key_free(&secret);
}

static void references_have_one_inside(void **state) {
    struct fixture *f = *state;
    struct vault_box_public to = vault_box_public(f->index);
    struct edge_reference opened;
    static const struct {
        uint8_t kind;
        uint8_t len;
        uint8_t last;
        bool fits;
    } rows[] = {{1, 5, 0, true},  {1, 62, 7, true}, {1, 0, 0, false}, {1, 63, 0, false},
                {1, 5, 7, false}, {0, 5, 0, false}, {3, 5, 0, false}, {1, 255, 0, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t plain[64] = {rows[i].kind, rows[i].len, 'a', 'b', 'c', 'd', 'e'};
        uint8_t sealed[EDGE_REFERENCE_SIZE];
        plain[63] = rows[i].last;
        assert_false(lg_failed(vault_box_seal(&to, span_of(plain, sizeof plain), sealed)));
        assert_int_equal(
            lg_failed(edge_reference_open(f->index, span_of(sealed, sizeof sealed), &opened)),
            !rows[i].fits);
    }
}

static void an_agency_is_its_secret(void **state) {
    (void)state;
    struct edge_agency a;
    struct edge_agency b;
    struct vault_key *secret = NULL;
    struct vault_key *other = NULL;
    struct record_tag tags[4];
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SECRET, &secret)));
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SECRET, &other)));
    assert_false(lg_failed(edge_agency_open(secret, &a)));
    assert_false(lg_failed(edge_agency_open(secret, &b)));
    assert_false(lg_failed(edge_record_tag(a.tag, span_text("H-1"), &tags[0])));
    assert_false(lg_failed(edge_record_tag(b.tag, span_text("H-1"), &tags[1])));
    assert_false(lg_failed(edge_record_tag(b.tag, span_text("H-2"), &tags[2])));
    edge_agency_close(&b);
    edge_agency_close(&b);
    assert_false(lg_failed(edge_agency_open(other, &b)));
    assert_false(lg_failed(edge_record_tag(b.tag, span_text("H-1"), &tags[3])));
    assert_memory_equal(&tags[0], &tags[1], sizeof tags[0]);
    assert_memory_not_equal(&tags[0], &tags[2], sizeof tags[0]);
    assert_memory_not_equal(&tags[0], &tags[3], sizeof tags[0]);
    assert_true(
        code_is(edge_record_tag(a.tag, span_text(""), &tags[0]), LG_CLASS_INPUT, EDGE_REFERENCE));
    edge_agency_close(&a);
    edge_agency_close(&b);
    vault_key_free(&secret);
    vault_key_free(&other);
}

/* ---- Pinned keys ---- */

static void pins_are_what_was_written(void **state) {
    struct fixture *f = *state;
    struct edge_pins pins = {.has_index = true, .index = vault_box_public(f->index)};
    struct edge_pins again;
    char text[EDGE_PINS_TEXT_SIZE];
    for (uint32_t epoch = 1; epoch <= 4; epoch++) {
        for (enum token_class c = TOKEN_N; c < TOKEN_CLASS_END; c++) {
            struct edge_pin *pin = &pins.tokens[pins.token_count++];
            *pin = (struct edge_pin){.token_class = c, .epoch = epoch * 1000000007U};
            vault_point_random(&pin->public_key);
        }
    }
    assert_int_equal(pins.token_count, EDGE_PINS_MAX);
    edge_pins_write(&pins, text);
    assert_false(lg_failed(edge_pins_read(span_text(text), NULL, &again)));
    assert_memory_equal(&pins.index, &again.index, sizeof pins.index);
    assert_int_equal(again.token_count, EDGE_PINS_MAX);
    for (size_t i = 0; i < EDGE_PINS_MAX; i++) {
        const struct vault_point *found =
            edge_pins_find(&again, pins.tokens[i].token_class, pins.tokens[i].epoch);
        assert_non_null(found);
        assert_memory_equal(found, &pins.tokens[i].public_key, sizeof *found);
    }
    assert_null(edge_pins_find(&again, TOKEN_N, 5));
    assert_int_equal(edge_pins_epoch(&again), 4000000028U);
    again.token_count--;
    assert_int_equal(edge_pins_epoch(&again), 3000000021U);
    again.token_count = 4;
    assert_int_equal(edge_pins_epoch(&again), 0);
}

/* Copies `from` with `key` for every @. */
static void fill(const char *from, const char *key, char out[static 256]) {
    size_t used = 0;
    for (; *from != '\0'; from++) {
        size_t size = *from == '@' ? strlen(key) : 1;
        assert_true(used + size < 256);
        memcpy(out + used, *from == '@' ? key : from, size);
        used += size;
    }
    out[used] = '\0';
}

static void wrong_pins_are_named_with_their_line(void **state) {
    (void)state;
    static const char key[] = "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76";
    static const struct {
        const char *text; /* @ stands for a key */
        uint32_t line;    /* 0: fits */
    } rows[] = {
        {"# keys\n\n token N 1 @ \n", 0},
        {"token N 1 @", 0},
        {"token N 1 @\ntoken N 1 @\n", 2},
        {"\ntoken B 1 @\n", 2},
        {"token NA 1 @\n", 1},
        {"token N 0 @\n", 1},
        {"token N 01 @\n", 1},
        {"token N 4294967296 @\n", 1},
        {"token N -1 @\n", 1},
        {"token N 1 @0\n", 1},
        {"token N 1 @ x\n", 1},
        {"token N 1\n", 1},
        {"index @\n", 0},
        {"index @\nindex @\n", 2},
        {"index\n", 1},
        {"keys @\n", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[256];
        struct diag diag = {.line = 0};
        struct edge_pins pins;
        fill(rows[i].text, key, text);
        struct lg_err err = edge_pins_read(span_text(text), &diag, &pins);
        assert_int_equal(lg_failed(err), rows[i].line != 0);
        assert_int_equal(diag.line, rows[i].line);
    }
    struct edge_pins pins;
    char zero[128] = "token N 1 ";
    memset(zero + 10, '0', 64); /* the identity */
    assert_true(code_is(edge_pins_read(span_text(zero), NULL, &pins), LG_CLASS_CONFIG, EDGE_PINS));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(a_missing_part_takes_its_classes_away),
        CASE(aliases_make_more_tokens_but_no_equal_ones),
        CASE(many_people_are_cut_into_batches),
        CASE(a_reply_that_is_not_honest_is_refused),
        CASE(ceilings_of_a_plan),
        CASE(every_failing_allocation_is_an_error),
        CASE(tokens_open_for_the_index_alone),
        CASE(sealed_nonsense_is_refused),
        CASE(references_and_decoys_have_one_size),
        CASE(references_have_one_inside),
        CASE(an_agency_is_its_secret),
        CASE(pins_are_what_was_written),
        CASE(wrong_pins_are_named_with_their_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
