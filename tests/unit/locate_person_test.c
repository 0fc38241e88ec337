/* SPDX-License-Identifier: Apache-2.0 */
/* From tokens, handles, pseudonyms and links to a person, and what the caller may learn of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/edge/edge.h"
#include "gateway/locate/locate.h"
#include "tests/support/store_support.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const struct made_person amy = {"amy", "example", "19840517", "ZZ1 1AA", "9990000018"};
static const struct made_person amy_no_id = {"amy", "example", "19840517", "ZZ1 1AA", ""};

struct world {
    struct store_support s;
    struct vault_key *index;
    struct locate *locate;
    struct caller caller;
    struct span otr;
    struct locate_source sources[3]; /* housing and police open, health hidden */
    struct locate_asker asker;
};

static int set_up(void **state) {
    static struct world world;
    world = (struct world){0};
    struct world *w = &world;
    store_support_init(&w->s);
    assert_false(lg_failed(vault_key_new(VAULT_KIND_BOX, &w->index)));
    assert_false(lg_failed(locate_new(w->s.store, w->s.root, w->index, &w->locate)));
    w->otr = span_text("otr");
    const char *agencies[] = {"housing", "police", "health"};
    for (size_t i = 0; i < 3; i++) {
        w->sources[i] = (struct locate_source){
            .agency = span_text(agencies[i]), .enrolled_under = {&w->otr, 1}, .is_visible = i < 2};
    }
    w->caller = (struct caller){
        .agency = span_text("care"), .system = span_text("case-1"), .user_id = span_text("user-1")};
    w->asker = (struct locate_asker){.caller = &w->caller,
                                     .agreement = w->otr,
                                     .purpose = span_text("child-safeguarding"),
                                     .sources = w->sources,
                                     .source_count = 3,
                                     .now_ms = 1795435200000};
    *state = w;
    return 0;
}

static int tear_down(void **state) {
    struct world *w = *state;
    locate_free(&w->locate);
    vault_key_free(&w->index);
    store_support_done(&w->s);
    return 0;
}

/* The tokens as a message carries them. */
static struct person_ref sealed_ref(struct world *w, const struct made_person *person) {
    struct store_token plain[5];
    size_t count = store_support_tokens(person, plain);
    struct token *tokens = arena_array(w->s.arena, count, sizeof *tokens);
    struct edge_sealed_token *sealed = arena_array(w->s.arena, count, sizeof *sealed);
    struct vault_box_public box = vault_box_public(w->index);
    for (size_t i = 0; i < count; i++) {
        struct edge_token token = {.token_class = plain[i].token_class, .epoch = plain[i].epoch};
        memcpy(token.point.bytes, plain[i].point, sizeof token.point.bytes);
        assert_false(lg_failed(edge_token_seal(&box, &token, &sealed[i])));
        tokens[i] = (struct token){.token_class = plain[i].token_class,
                                   .epoch = plain[i].epoch,
                                   .sealed = span_of(sealed[i].bytes, sizeof sealed[i].bytes)};
    }
    return (struct person_ref){.kind = PERSON_TOKENS, .tokens = tokens, .token_count = count};
}

static struct locate_look look_of(struct world *w, struct arena *arena) {
    return (struct locate_look){
        .locate = w->locate, .reader = w->s.reader, .asker = &w->asker, .arena = arena};
}

static struct lg_err person_of(struct world *w, const struct person_ref *ref, struct located *out) {
    const struct locate_look look = look_of(w, w->s.arena);
    return locate_person(&look, ref, out);
}

static struct located found(struct world *w, const struct made_person *person) {
    struct person_ref ref = sealed_ref(w, person);
    struct located located = {0};
    assert_false(lg_failed(person_of(w, &ref, &located)));
    return located;
}

static bool same_person(const struct located *a, const struct located *b) {
    return memcmp(&a->person, &b->person, sizeof a->person) == 0;
}

static bool fails_with(struct lg_err err, enum locate_code code) {
    return lg_err_same(err, lg_err_make(LG_CLASS_INPUT, LG_LOCATE, (uint16_t)code));
}

/* ---- Bands -------------------------------------------------------------------------------------
 */

static void a_visible_row_decides(void **state) {
    struct world *w = *state;
    store_support_enrol(&w->s, "housing", 1, &amy);
    struct located located = found(w, &amy);
    assert_true(located.is_known && located.is_enough && located.is_visible);
    struct person_id person;
    assert_true(store_support_person(&w->s, "housing", 1, &person));
    assert_memory_equal(&located.person, &person, sizeof person);
    assert_true(vault_point_is_valid(&located.point));
}

static void nobody_is_not_enough(void **state) {
    struct world *w = *state;
    struct located first = found(w, &amy);
    struct located second = found(w, &amy);
    assert_false(first.is_known || first.is_enough || first.is_visible);
    assert_false(same_person(&first, &second)); /* random: no look-up finds it */
    assert_true(vault_point_is_valid(&first.point));
}

static void a_hidden_row_binds_and_does_not_show(void **state) {
    struct world *w = *state;
    store_support_enrol(&w->s, "health", 1, &amy);
    struct located located = found(w, &amy);
    assert_true(located.is_known);
    assert_false(located.is_enough);
    assert_false(located.is_visible);
}

/* The open agency knows the name alone; the identifier that would decide is the hidden one's. */
static void hidden_evidence_does_not_lift_the_band(void **state) {
    struct world *w = *state;
    const struct made_person name_only = {"amy", "example", "19840517", "", ""};
    store_support_enrol(&w->s, "health", 1, &amy);
    store_support_enrol(&w->s, "housing", 1, &amy);
    struct made_person changed = name_only;
    store_support_enrol(&w->s, "housing", 1, &changed);
    assert_true(store_support_joined(&w->s, "housing", 1, "health", 1));
    struct located located = found(w, &amy);
    assert_true(located.is_known && located.is_visible);
    assert_false(located.is_enough);
}

/* A runner-up whom only a hidden source knows must not lower it either. */
static void a_hidden_runner_up_does_not_lower_the_band(void **state) {
    struct world *w = *state;
    struct made_person other = amy;
    other.identifier = "9990000042";
    store_support_enrol(&w->s, "housing", 1, &amy);
    store_support_enrol(&w->s, "health", 1, &other);
    struct located located = found(w, &amy_no_id);
    assert_true(located.is_enough);
    struct person_id person;
    assert_true(store_support_person(&w->s, "housing", 1, &person));
    assert_memory_equal(&located.person, &person, sizeof person);
}

static void an_ended_enrolment_does_not_count(void **state) {
    struct world *w = *state;
    store_support_enrol(&w->s, "housing", 1, &amy);
    w->sources[0].enrolled_under.count = 0;
    struct located located = found(w, &amy);
    assert_false(located.is_known);
}

static void too_little_is_not_enough(void **state) {
    struct world *w = *state;
    const struct made_person twin = {"ann", "example", "19840517", "ZZ1 1AA", ""};
    store_support_enrol(&w->s, "housing", 1, &amy);
    struct located located = found(w, &twin);
    assert_false(located.is_enough);
    assert_false(located.is_known);
}

/* ---- Tokens ------------------------------------------------------------------------------------
 */

static void tokens_that_are_not_what_they_say_are_refused(void **state) {
    struct world *w = *state;
    struct person_ref ref = sealed_ref(w, &amy);
    struct token *tokens = arena_array(w->s.arena, ref.token_count, sizeof *tokens);
    memcpy(tokens, ref.tokens, ref.token_count * sizeof *tokens);
    ref.tokens = tokens;
    struct located located;
    assert_false(lg_failed(person_of(w, &ref, &located)));
    struct token kept = tokens[0];
    tokens[0].token_class = TOKEN_A;
    assert_true(fails_with(person_of(w, &ref, &located), LOCATE_TOKEN));
    tokens[0] = kept;
    tokens[0].epoch = 2;
    assert_true(fails_with(person_of(w, &ref, &located), LOCATE_TOKEN));
    tokens[0] = kept;
    tokens[0].sealed.len--;
    assert_true(fails_with(person_of(w, &ref, &located), LOCATE_TOKEN));
    tokens[0] = kept;
    uint8_t changed[EDGE_TOKEN_SEALED_SIZE];
    memcpy(changed, kept.sealed.ptr, sizeof changed);
    changed[sizeof changed - 1] ^= 1;
    tokens[0].sealed.ptr = changed;
    assert_true(fails_with(person_of(w, &ref, &located), LOCATE_TOKEN));
    ref.token_count = 0;
    assert_true(fails_with(person_of(w, &ref, &located), LOCATE_TOKEN));
    ref.token_count = STORE_TOKENS_MAX + 1;
    assert_true(fails_with(person_of(w, &ref, &located), LOCATE_TOKEN));
    struct person_ref none = {.kind = PERSON_NONE};
    struct person_ref clear = {.kind = PERSON_IDENTITY};
    assert_true(fails_with(person_of(w, &none, &located), LOCATE_REFERENCE));
    assert_true(fails_with(person_of(w, &clear, &located), LOCATE_REFERENCE));
}

/* ---- Handles -----------------------------------------------------------------------------------
 */

static struct person_ref handle_ref(struct world *w, const struct located *located,
                                    uint8_t bytes[static LOCATE_HANDLE_SIZE]) {
    assert_false(lg_failed(locate_handle_make(w->locate, &w->asker, located, bytes)));
    return (struct person_ref){.kind = PERSON_HANDLE, .handle = span_of(bytes, LOCATE_HANDLE_SIZE)};
}

static void a_handle_gives_the_person_back(void **state) {
    struct world *w = *state;
    store_support_enrol(&w->s, "housing", 1, &amy);
    store_support_enrol(
        &w->s, "health", 2,
        &(struct made_person){"ben", "sample", "19700101", "ZZ2 2AA", "9990000026"});
    struct located open = found(w, &amy);
    struct located hidden =
        found(w, &(struct made_person){"ben", "sample", "19700101", "ZZ2 2AA", "9990000026"});
    struct located nobody = found(w, &(struct made_person){"", "", "", "", "9990000034"});
    const struct located *all[] = {&open, &hidden, &nobody};
    for (size_t i = 0; i < 3; i++) {
        uint8_t bytes[LOCATE_HANDLE_SIZE];
        struct person_ref ref = handle_ref(w, all[i], bytes);
        struct located back;
        assert_false(lg_failed(person_of(w, &ref, &back)));
        assert_int_equal(back.is_known, all[i]->is_known);
        assert_int_equal(back.is_enough, all[i]->is_enough);
        assert_int_equal(back.is_visible, all[i]->is_visible);
        assert_int_equal(same_person(&back, all[i]), all[i]->is_known);
    }
}

static void a_handle_is_its_callers_for_its_purpose_alone(void **state) {
    struct world *w = *state;
    store_support_enrol(&w->s, "housing", 1, &amy);
    struct located located = found(w, &amy);
    uint8_t bytes[LOCATE_HANDLE_SIZE];
    struct person_ref ref = handle_ref(w, &located, bytes);
    struct caller caller = w->caller;
    struct locate_asker asker = w->asker;
    struct span *parts[] = {&w->caller.agency, &w->caller.system, &w->caller.user_id,
                            &w->asker.agreement, &w->asker.purpose};
    for (size_t i = 0; i < 5; i++) {
        *parts[i] = span_text("other");
        assert_true(fails_with(person_of(w, &ref, &located), LOCATE_HANDLE));
        w->caller = caller;
        w->asker = asker;
    }
    /* The parts are told apart, not run together. */
    w->caller.agency = span_text("carec");
    w->caller.system = span_text("ase-1");
    assert_true(fails_with(person_of(w, &ref, &located), LOCATE_HANDLE));
    w->caller = caller;
    assert_false(lg_failed(person_of(w, &ref, &located)));
}

static void a_handle_ends(void **state) {
    struct world *w = *state;
    struct located located = found(w, &amy);
    uint8_t bytes[LOCATE_HANDLE_SIZE];
    struct person_ref ref = handle_ref(w, &located, bytes);
    w->asker.now_ms += LOCATE_HANDLE_LIFE_MS - 1;
    assert_false(lg_failed(person_of(w, &ref, &located)));
    w->asker.now_ms += 1;
    assert_true(fails_with(person_of(w, &ref, &located), LOCATE_HANDLE_OLD));
    w->asker.now_ms -= LOCATE_HANDLE_LIFE_MS + 1;
    assert_true(fails_with(person_of(w, &ref, &located), LOCATE_HANDLE_OLD));
}

static void every_changed_bit_of_a_handle_is_refused(void **state) {
    struct world *w = *state;
    struct located located = found(w, &amy);
    uint8_t bytes[LOCATE_HANDLE_SIZE];
    struct person_ref ref = handle_ref(w, &located, bytes);
    for (size_t bit = 0; bit < sizeof bytes * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_true(fails_with(person_of(w, &ref, &located), LOCATE_HANDLE));
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    ref.handle.len--;
    assert_true(fails_with(person_of(w, &ref, &located), LOCATE_HANDLE));
}

/* Without a look-up: only whom it found "enough" of, for its caller, in its time. */
static void a_handle_is_recalled_where_it_was_enough(void **state) {
    static const struct made_person ben = {"ben", "sample", "19700101", "ZZ2 2AA", "9990000026"};
    struct world *w = *state;
    store_support_enrol(&w->s, "housing", 1, &amy);
    store_support_enrol(&w->s, "health", 2, &ben);
    struct located open = found(w, &amy);
    struct located hidden = found(w, &ben);
    struct located nobody = found(w, &(struct made_person){"", "", "", "", "9990000034"});
    const struct located *all[] = {&open, &hidden, &nobody};
    struct caller caller = w->caller;
    struct locate_asker asker = w->asker;
    struct person_id person;
    assert_true(hidden.is_known && !hidden.is_enough);
    for (size_t i = 0; i < 3; i++) {
        uint8_t bytes[LOCATE_HANDLE_SIZE];
        struct span handle = handle_ref(w, all[i], bytes).handle;
        assert_int_equal(locate_handle_recall(w->locate, &w->asker, handle, &person), i == 0);
        w->asker.now_ms += LOCATE_HANDLE_LIFE_MS;
        assert_false(locate_handle_recall(w->locate, &w->asker, handle, &person));
        w->asker = asker;
        w->caller.user_id = span_text("other");
        assert_false(locate_handle_recall(w->locate, &w->asker, handle, &person));
        w->caller = caller;
        w->asker.purpose = span_text("other");
        assert_false(locate_handle_recall(w->locate, &w->asker, handle, &person));
        w->asker = asker;
        bytes[30] ^= 1;
        assert_false(locate_handle_recall(w->locate, &w->asker, handle, &person));
    }
    assert_memory_equal(&person, &open.person, sizeof person);
}

static void a_handle_follows_a_merge(void **state) {
    struct world *w = *state;
    const struct made_person vague = {"amy", "example", "19840517", "", ""};
    store_support_enrol(&w->s, "police", 1, &vague);
    store_support_enrol(&w->s, "housing", 1, &amy);
    struct located before = found(w, &amy);
    uint8_t bytes[LOCATE_HANDLE_SIZE];
    struct person_ref ref = handle_ref(w, &before, bytes);
    store_support_enrol(&w->s, "police", 1, &amy);
    struct located after;
    assert_false(lg_failed(person_of(w, &ref, &after)));
    struct person_id person;
    assert_true(store_support_person(&w->s, "police", 1, &person));
    assert_memory_equal(&after.person, &person, sizeof person);
    assert_true(after.is_enough);
}

/* ---- Pseudonyms --------------------------------------------------------------------------------
 */

/* The key service, in short: multiplies a blinded point by a scalar of agreement and recipient. */
static struct person_ref pseudonym_make(struct world *w, const struct located *located,
                                        const char *recipient, struct pseudonym *out) {
    struct store_owner owner = {
        .person = located->person, .agreement = w->otr, .recipient = span_text(recipient)};
    struct locate_blinded blinded;
    struct vault_scalar secret = {{0}};
    secret.bytes[0] = (uint8_t)recipient[0];
    struct vault_point evaluated;
    struct store_pseudonym kept = {.owner = owner};
    assert_false(lg_failed(locate_pseudonym_begin(located, &blinded)));
    assert_memory_not_equal(&blinded.element, &located->point, sizeof blinded.element);
    assert_false(lg_failed(vault_point_multiply(&blinded.element, &secret, &evaluated)));
    assert_false(lg_failed(locate_pseudonym_finish(&blinded,
                                                   span_of(evaluated.bytes, sizeof evaluated.bytes),
                                                   w->s.arena, &kept.pseudonym, out)));
    struct vault_point direct;
    assert_false(lg_failed(vault_point_multiply(&located->point, &secret, &direct)));
    assert_memory_equal(&direct, &kept.pseudonym, sizeof direct);
    assert_false(lg_failed(store_pseudonyms_put(w->s.store, &kept, 1)));
    return (struct person_ref){.kind = PERSON_PSEUDONYM, .pseudonym = out->text};
}

static void a_pseudonym_is_accepted_from_its_owner_alone(void **state) {
    struct world *w = *state;
    store_support_enrol(&w->s, "housing", 1, &amy);
    struct located located = found(w, &amy);
    struct pseudonym care;
    struct pseudonym police;
    struct person_ref ref = pseudonym_make(w, &located, "care", &care);
    struct person_ref foreign = pseudonym_make(w, &located, "police", &police);
    assert_false(span_equal(care.text, police.text));
    struct located back;
    assert_false(lg_failed(person_of(w, &ref, &back)));
    assert_true(back.is_known && back.is_enough && same_person(&back, &located));
    struct pseudonym again;
    struct store_owner owner = {
        .person = located.person, .agreement = w->otr, .recipient = span_text("care")};
    assert_false(lg_failed(locate_pseudonym_find(w->s.reader, &owner, w->s.arena, &again)));
    assert_true(span_equal(again.text, care.text));
    owner.recipient = span_text("voluntary");
    assert_false(lg_failed(locate_pseudonym_find(w->s.reader, &owner, w->s.arena, &again)));
    assert_null(again.text.ptr);
    /* Another's, nobody's and nonsense are refused with one and the same code. */
    assert_true(fails_with(person_of(w, &foreign, &back), LOCATE_PSEUDONYM));
    char made_up[VAULT_PSEUDONYM_TEXT_SIZE + 1];
    struct vault_point random;
    vault_point_random(&random);
    vault_pseudonym_write(&random, made_up);
    struct person_ref nobody = {.kind = PERSON_PSEUDONYM, .pseudonym = span_text(made_up)};
    assert_true(fails_with(person_of(w, &nobody, &back), LOCATE_PSEUDONYM));
    nobody.pseudonym = span_text("nonsense");
    assert_true(fails_with(person_of(w, &nobody, &back), LOCATE_PSEUDONYM));
    w->asker.agreement = span_text("another");
    assert_true(fails_with(person_of(w, &ref, &back), LOCATE_PSEUDONYM));
}

static void what_is_no_element_is_the_key_services_fault(void **state) {
    struct world *w = *state;
    struct located located = found(w, &amy);
    struct locate_blinded blinded;
    struct vault_point point;
    struct pseudonym pseudonym;
    uint8_t zeros[32] = {0};
    struct lg_err peer = lg_err_make(LG_CLASS_PEER, LG_LOCATE, LOCATE_ELEMENT);
    assert_false(lg_failed(locate_pseudonym_begin(&located, &blinded)));
    assert_true(lg_err_same(
        locate_pseudonym_finish(&blinded, span_of(zeros, 32), w->s.arena, &point, &pseudonym),
        peer));
    assert_false(lg_failed(locate_pseudonym_begin(&located, &blinded)));
    assert_true(lg_err_same(
        locate_pseudonym_finish(&blinded, span_of(zeros, 31), w->s.arena, &point, &pseudonym),
        peer));
    struct locate_blinded wiped = {0};
    assert_memory_equal(&blinded, &wiped, sizeof wiped);
}

static void row_pseudonyms_differ_by_every_part(void **state) {
    struct world *w = *state;
    const char *rows[][4] = {{"otr", "care", "housing", "T-1"}, {"otr2", "care", "housing", "T-1"},
                             {"otr", "gp", "housing", "T-1"},   {"otr", "care", "police", "T-1"},
                             {"otr", "care", "housing", "T-2"}, {"otr", "care", "housingT", "-1"}};
    char texts[6][LOCATE_ROW_PSEUDONYM_SIZE + 1];
    char again[LOCATE_ROW_PSEUDONYM_SIZE + 1];
    for (size_t i = 0; i < 6; i++) {
        struct locate_row row = {.agreement = span_text(rows[i][0]),
                                 .recipient = span_text(rows[i][1]),
                                 .agency = span_text(rows[i][2]),
                                 .reference = span_text(rows[i][3])};
        assert_false(lg_failed(locate_row_pseudonym(w->locate, &row, texts[i])));
        assert_false(lg_failed(locate_row_pseudonym(w->locate, &row, again)));
        assert_string_equal(texts[i], again);
        assert_int_equal(strlen(texts[i]), LOCATE_ROW_PSEUDONYM_SIZE);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(texts[i], texts[j]);
        }
    }
}

/* ---- Links -------------------------------------------------------------------------------------
 */

static void a_link_leads_to_a_person_in_scope(void **state) {
    struct world *w = *state;
    store_support_enrol(&w->s, "housing", 1, &amy);
    store_support_enrol(&w->s, "health", 2, &amy_no_id);
    struct record_tag tag = store_support_tag(1);
    const struct locate_look look = look_of(w, w->s.arena);
    struct located located;
    assert_false(lg_failed(locate_linked(&look, span_text("housing"), &tag, &located)));
    assert_true(located.is_known && located.is_enough);
    assert_false(lg_failed(locate_linked(&look, span_text("police"), &tag, &located)));
    assert_false(located.is_known || located.is_enough);
    w->sources[0].enrolled_under.count = 0;
    assert_false(lg_failed(locate_linked(&look, span_text("housing"), &tag, &located)));
    assert_false(located.is_known);
}

static void finding_survives_every_failed_allocation(void **state) {
    struct world *w = *state;
    store_support_enrol(&w->s, "housing", 1, &amy);
    struct person_ref ref = sealed_ref(w, &amy);
    bool has_failed = true;
    for (uint64_t n = 1; has_failed; n++) {
        struct arena *arena = NULL;
        struct located located = {0};
        assert_false(lg_failed(arena_new(1 << 20, &arena)));
        support_alloc_fail_at(n);
        const struct locate_look look = look_of(w, arena);
        struct lg_err err = locate_person(&look, &ref, &located);
        has_failed = support_alloc_seen() >= n;
        support_alloc_fail_at(0);
        assert_true(lg_failed(err) ? lg_err_class(err) == LG_CLASS_LIMIT : located.is_enough);
        arena_free(&arena);
    }
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_visible_row_decides),
        CASE(nobody_is_not_enough),
        CASE(a_hidden_row_binds_and_does_not_show),
        CASE(hidden_evidence_does_not_lift_the_band),
        CASE(a_hidden_runner_up_does_not_lower_the_band),
        CASE(an_ended_enrolment_does_not_count),
        CASE(too_little_is_not_enough),
        CASE(tokens_that_are_not_what_they_say_are_refused),
        CASE(a_handle_gives_the_person_back),
        CASE(a_handle_is_its_callers_for_its_purpose_alone),
        CASE(a_handle_ends),
        CASE(every_changed_bit_of_a_handle_is_refused),
        CASE(a_handle_is_recalled_where_it_was_enough),
        CASE(a_handle_follows_a_merge),
        CASE(a_pseudonym_is_accepted_from_its_owner_alone),
        CASE(what_is_no_element_is_the_key_services_fault),
        CASE(row_pseudonyms_differ_by_every_part),
        CASE(a_link_leads_to_a_person_in_scope),
        CASE(finding_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
