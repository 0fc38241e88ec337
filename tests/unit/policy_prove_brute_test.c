/* SPDX-License-Identifier: Apache-2.0 */
/* The proof varies few facts and sets the others to their best; every question that there is must
 * come to the same: random promises of random agreements, cell by cell. */
#include "policy/compare/prove.h"
#include "tests/support/policy_brute.h"
#include "tests/unit/policy_model.h"

enum { PROMISES = 200 };

struct promise {
    unsigned party;
    int role; /* -1: every role of the party */
    unsigned category;
    int field;   /* -1: the whole category */
    int purpose; /* -1: any */
    struct brute_ways ways;
};

static struct promise make_promise(struct chance *chance) {
    return (struct promise){
        .party = below(chance, PARTIES),
        .role = one_in(chance, 2) ? -1 : (int)below(chance, ROLES),
        .category = below(chance, CATEGORIES),
        .field = one_in(chance, 3) ? -1 : (int)below(chance, FIELDS),
        .purpose = one_in(chance, 3) ? -1 : (int)below(chance, PURPOSES),
        .ways = {.without_consent = one_in(chance, 2), .without_emergency = one_in(chance, 2)},
    };
}

static void put_promise(struct out *out, const struct promise *promise) {
    put(out, "promise T never\n  who: a%u/", promise->party);
    put(out, promise->role < 0 ? "*\n" : "r%d\n", promise->role);
    put(out, "  sees: c%u.", promise->category);
    put(out, promise->field < 0 ? "*\n" : "f%d\n", promise->field);
    if (promise->purpose >= 0) {
        put(out, "  for: p%d\n", promise->purpose);
    }
    put(out, "%s%s", promise->ways.without_consent ? "  without: consent\n" : "",
        promise->ways.without_emergency ? "  unless: emergency\n" : "");
}

static bool lies_within(int purpose, int wider) {
    while (purpose >= 0 && purpose != wider) {
        purpose = parents[purpose];
    }
    return purpose == wider;
}

static bool speaks_of(const struct promise *promise, const int cell[4]) {
    return (promise->role < 0 || promise->role == cell[0]) &&
           (promise->purpose < 0 || lies_within(cell[2], promise->purpose)) &&
           (promise->field < 0 || promise->field == cell[3]);
}

/* Whether any question that the promise forbids is shared. */
static bool brute_breaks(const struct policy *policy, const struct promise *promise,
                         const struct brute_times *times) {
    for (int i = 0; i < ROLES * PARTIES * PURPOSES * FIELDS; i++) {
        const int cell[4] = {i % ROLES, i / ROLES % PARTIES, i / ROLES / PARTIES % PURPOSES,
                             i / ROLES / PARTIES / PURPOSES};
        char texts[4][24];
        snprintf(texts[0], sizeof texts[0], "a%u/r%d", promise->party, cell[0]);
        snprintf(texts[1], sizeof texts[1], "a%d", cell[1]);
        snprintf(texts[2], sizeof texts[2], "p%d", cell[2]);
        snprintf(texts[3], sizeof texts[3], "c%u.f%d", promise->category, cell[3]);
        const struct brute_cell named = {span_text(texts[0]), span_text(texts[1]),
                                         span_text(texts[2]), span_text(texts[3])};
        if (speaks_of(promise, cell) && policy_brute_shares(policy, &named, times, promise->ways)) {
            return true;
        }
    }
    return false;
}

static void random_promises_agree(void **state) {
    (void)state;
    struct chance chance = {.state = UINT64_C(0x2545f4914f6cdd1d)};
    struct out text = {.text = calloc(1, TEXT)};
    struct out floor = {.text = calloc(1, TEXT)};
    int32_t day = 0;
    unsigned broken = 0;
    assert_non_null(text.text);
    assert_non_null(floor.text);
    assert_true(policy_day_parse(span_text("2026-06-10"), &day));
    const int64_t moments[] = {(int64_t)day * 86400 + 12 * 3600, (int64_t)day * 86400 + 3 * 3600};
    const struct brute_times times = {.at_s = moments, .count = 2, .few_consents = true};
    for (int done = 0; done < PROMISES;) {
        struct model model;
        struct diag diag = {0};
        OWN(policy_free) struct policy *policy = NULL;
        OWN(arena_free) struct arena *arena = NULL;
        struct policy_proofs proofs;
        text.used = 0;
        floor.used = 0;
        make_model(&chance, &model);
        put_model(&model, &text, &floor);
        struct promise promise = make_promise(&chance);
        put_promise(&text, &promise);
        if (lg_failed(policy_compile_unproven(span_of(text.text, text.used),
                                              span_of(floor.text, floor.used), &diag, &policy))) {
            continue;
        }
        assert_false(lg_failed(arena_new(1 << 24, &arena)));
        assert_false(lg_failed(policy_prove(policy, NULL, 0, arena, &proofs)));
        bool breaks = brute_breaks(policy, &promise, &times);
        if (proofs.proofs[0].holds == breaks) {
            fail_msg("%s\nthe proof says %s", text.text, breaks ? "it holds" : "it is broken");
        }
        broken += breaks;
        done++;
    }
    free(text.text);
    free(floor.text);
    print_message("%u of %d promises are broken\n", broken, PROMISES);
    assert_true(broken > 30 && broken < PROMISES - 30);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_promises_agree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
