/* SPDX-License-Identifier: Apache-2.0 */
/* Each word of an agreement that uses every setting, left out, written twice and taken for others:
 * whatever comes of it is refused with a line that is in the text and a sentence, or compiles. */
#include "policy/lint/lint.h"
#include "tests/unit/policy_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

enum { WORDS_MIN = 800, WORD_LEN = 4096 };

static const char *const others[] = {
    "",
    "zz",
    "0",
    "1",
    "99999999999",
    "to",
    "by",
    "for",
    "and",
    "any",
    ",",
    "yes",
    "no",
    "days",
    "emergency",
    "consent",
    "24:00",
    "8:00",
    "99:99",
    "weekends",
    "monday",
    "alpha/*",
    "person.*",
    "2026-13-01",
    "in",
    "on",
    "per",
    "within",
    "characters",
    "never",
    "2026-06-10",
    "gamma",
    "within 1",
    "1 in 1",
    "a: b",
    "to gamma for",
    "10:00 to 09:00",
    "at least 1 characters",
};

struct tally {
    unsigned compiled;
    unsigned refused;
};

static uint32_t lines_of(const char *text) {
    uint32_t count = 1;
    for (; *text != 0; text++) {
        count += *text == '\n';
    }
    return count;
}

/* Several findings at once have to say no more and no less than the first one alone. */
static void check_says_the_same(const char *text, bool compiles) {
    struct arena *arena = NULL;
    struct policy *policy = NULL;
    struct policy_findings findings;
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    assert_false(lg_failed(policy_findings_init(&findings, arena)));
    struct lg_err err = policy_check(span_text(text), span_of(NULL, 0), &findings, &policy);
    assert_int_equal(!lg_failed(err), compiles);
    assert_true(compiles || findings.count > 0);
    if (compiles) {
        assert_false(lg_failed(policy_lint(policy, &findings)));
    }
    policy_free(&policy);
    arena_free(&arena);
}

static void try_text(const char *text, struct tally *tally) {
    struct policy *policy = NULL;
    struct diag diag = {0};
    struct lg_err err = policy_compile(span_text(text), span_of(NULL, 0), &diag, &policy);
    if (lg_failed(err)) {
        assert_int_equal(lg_err_class(err), LG_CLASS_CONFIG);
        assert_null(policy);
        assert_in_range(diag.line, 1, lines_of(text));
        assert_int_not_equal(diag.text[0], 0);
        tally->refused++;
    } else {
        tally->compiled++;
    }
    check_says_the_same(text, !lg_failed(err));
    policy_free(&policy);
}

/* The text with `len` bytes at `at` replaced. */
static void try_edit(const char *text, size_t at, size_t len, const char *with,
                     struct tally *tally) {
    size_t size = strlen(text) + strlen(with) + 1;
    char *edited = malloc(size);
    assert_non_null(edited);
    snprintf(edited, size, "%.*s%s%s", (int)at, text, with, text + at + len);
    try_text(edited, tally);
    free(edited);
}

static void each_word(void **state) {
    (void)state;
    char *text = vector("whole.isa");
    struct tally tally = {0};
    size_t words = 0;
    size_t count = sizeof others / sizeof others[0];
    for (size_t at = strspn(text, " \n"); text[at] != 0; words++) {
        size_t len = strcspn(text + at, " ,:\n");
        char twice[WORD_LEN];
        snprintf(twice, sizeof twice, "%.*s %.*s", (int)len, text + at, (int)len, text + at);
        try_edit(text, at, len, twice, &tally);
        try_edit(text, at, len, "", &tally);
        /* Two of the others a word, in turn: all of them at every kind of place. */
        try_edit(text, at, len, others[words % count], &tally);
        try_edit(text, at, len, others[(words * 7 + 3) % count], &tally);
        at += len;
        at += strspn(text + at, " ,:\n");
    }
    assert_true(words > WORDS_MIN);
    assert_true(tally.compiled > 100);
    assert_true(tally.refused > 1000);
    print_message("%zu words: %u texts compiled, %u refused\n", words, tally.compiled,
                  tally.refused);
    free(text);
}

/* Each line left out, and each cut off behind its first words. */
static void each_line(void **state) {
    (void)state;
    char *text = vector("whole.isa");
    struct tally tally = {0};
    for (size_t at = 0; text[at] != 0;) {
        size_t len = strcspn(text + at, "\n") + 1;
        try_edit(text, at, len, "", &tally);
        for (size_t cut = 1; cut + 1 < len; cut++) {
            if (text[at + cut] == ' ') {
                try_edit(text, at + cut, len - cut - 1, "", &tally);
            }
        }
        at += len;
    }
    assert_true(tally.compiled > 50);
    assert_true(tally.refused > 500);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_word),
        cmocka_unit_test(each_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
