/* SPDX-License-Identifier: Apache-2.0 */
/* The formatter: the one form, the same meaning, the same bytes the second time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "policy/format/format.h"
#include "policy/format/format_int.h"
#include "policy/policy_int.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const char FOLDER[] = LOCKGATE_SOURCE "/tests/vectors/policy";

enum { ARENA = 1 << 26, MUTANTS = 300 };

static char *read_text(const char *name) {
    size_t len;
    char *text = support_file_read(FOLDER, name, &len);
    assert_non_null(text);
    return text;
}

/* The formatted text; it must format to itself. */
static struct span formatted(struct span text, struct arena *arena) {
    struct span once;
    struct span twice;
    struct diag diag = {0};
    if (lg_failed(policy_format(text, arena, &diag, &once))) {
        fail_msg("line %u: %s", (unsigned)diag.line, diag.text);
    }
    assert_false(lg_failed(policy_format(once, arena, &diag, &twice)));
    assert_true(span_equal(once, twice));
    return once;
}

static void assert_same_rows(const struct policy *a, const struct policy *b) {
    size_t cells = (size_t)a->role_names.count * a->party_names.count * a->purpose_names.count;
    size_t entries = (size_t)a->table.row_count * a->field_names.count;
    assert_int_equal(a->role_names.count, b->role_names.count);
    assert_int_equal(a->party_names.count, b->party_names.count);
    assert_int_equal(a->purpose_names.count, b->purpose_names.count);
    assert_int_equal(a->field_names.count, b->field_names.count);
    assert_int_equal(a->table.row_count, b->table.row_count);
    assert_int_equal(a->table.ban_count, b->table.ban_count);
    assert_memory_equal(a->table.index, b->table.index, cells * sizeof *a->table.index);
    assert_memory_equal(a->table.rows, b->table.rows, entries * sizeof *a->table.rows);
}

static void assert_same_clauses(const struct policy *a, const struct policy *b) {
    assert_int_equal(a->clause_count, b->clause_count);
    assert_int_equal(a->arm_count, b->arm_count);
    for (uint32_t i = 0; i < a->clause_count; i++) {
        const struct clause *one = &a->clauses[i];
        const struct clause *two = &b->clauses[i];
        assert_true(span_equal(one->shown.id, two->shown.id));
        assert_true(span_equal(one->shown.title, two->shown.title));
        assert_true(span_equal(one->receives_under, two->receives_under));
        assert_int_equal(one->bases, two->bases);
        assert_int_equal(one->consent, two->consent);
        assert_int_equal(one->keep_days, two->keep_days);
        assert_int_equal(one->hours, two->hours);
        assert_int_equal(one->limit, two->limit);
        assert_int_equal(one->data.count, two->data.count);
    }
    for (uint32_t i = 0; i < a->arm_count; i++) {
        assert_int_equal(a->arms[i].treatment, b->arms[i].treatment);
        assert_int_equal(a->arms[i].clause, b->arms[i].clause);
    }
}

/* Both compile to the same, or both do not. Gives whether they do. */
static bool assert_same_meaning(struct span a, struct span b) {
    struct policy *one = NULL;
    struct policy *two = NULL;
    struct diag diag_a = {0};
    struct diag diag_b = {0};
    struct lg_err err_a = policy_compile(a, span_of(NULL, 0), &diag_a, &one);
    struct lg_err err_b = policy_compile(b, span_of(NULL, 0), &diag_b, &two);
    bool good = !lg_failed(err_a);
    if (good != !lg_failed(err_b)) {
        fail_msg("one compiles and one does not: %u %s / %u %s", (unsigned)diag_a.line, diag_a.text,
                 (unsigned)diag_b.line, diag_b.text);
    }
    assert_string_equal(diag_a.code, diag_b.code);
    if (good) {
        assert_same_rows(one, two);
        assert_same_clauses(one, two);
        assert_true(span_equal(one->title, two->title));
    }
    policy_free(&one);
    policy_free(&two);
    return good;
}

static void the_one_form(void **state) {
    (void)state;
    struct arena *arena = NULL;
    char *text = read_text("format/untidy.isa");
    char *wanted = read_text("format/tidy.isa");
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    struct span got = formatted(span_text(text), arena);
    if (!span_equal_text(got, wanted)) {
        fprintf(stderr, "%.*s", (int)got.len, (const char *)got.ptr);
        fail_msg("tidy.isa should read as printed");
    }
    arena_free(&arena);
    free(text);
    free(wanted);
}

static void vectors_keep_their_meaning(void **state) {
    (void)state;
    static const char *const names[] = {"whole.isa", "consent.isa", "lint/clean.isa", "law.isa"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct arena *arena = NULL;
        char *text = read_text(names[i]);
        assert_false(lg_failed(arena_new(ARENA, &arena)));
        assert_true(assert_same_meaning(span_text(text), formatted(span_text(text), arena)));
        arena_free(&arena);
        free(text);
    }
}

/* The example of the design, where its data is at hand. */
static void example_keeps_its_meaning(void **state) {
    (void)state;
    size_t len;
    char *text = support_file_read(LOCKGATE_DATA "/policy", "one-trafford-response.isa", &len);
    struct arena *arena = NULL;
    if (text == NULL) {
        skip();
    }
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    assert_true(assert_same_meaning(span_text(text), formatted(span_text(text), arena)));
    arena_free(&arena);
    free(text);
}

/* The floor is a text of the same language. */
static void floor_formats(void **state) {
    (void)state;
    struct arena *arena = NULL;
    char *text = read_text("floor.isa");
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    assert_true(formatted(span_text(text), arena).len > 0);
    arena_free(&arena);
    free(text);
}

/* ---- mutants ---- */

static uint32_t next(uint64_t *seed) {
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

static void append(char *out, size_t *used, const char *text, size_t len) {
    memcpy(out + *used, text, len);
    *used += len;
}

/* Copies a setting with its blanks spread: more of them, and line breaks behind commas. */
static void spread_line(const char *line, size_t len, uint64_t *seed, char *out, size_t *used) {
    for (size_t i = 0; i < len; i++) {
        append(out, used, &line[i], 1);
        bool at_comma = line[i] == ',' && line[i + 1] == ' ';
        if (at_comma && next(seed) % 3 == 0) {
            bool aside = next(seed) % 2 == 0;
            append(out, used, "\n    # aside\n   ", aside ? 16 : 0);
            append(out, used, "\n   ", aside ? 0 : 4);
        } else if (line[i] == ' ' && memchr(line, ':', i) != NULL && next(seed) % 6 == 0) {
            append(out, used, "  ", 1 + next(seed) % 2);
        }
    }
    append(out, used, "\n", 1);
}

/* The same agreement written otherwise: blanks, breaks, comments, and now and then a wrong word. */
static struct span mutant(const char *text, uint64_t seed, char *out) {
    size_t used = 0;
    while (*text != 0) {
        size_t len = strcspn(text, "\n");
        bool is_setting = text[0] == ' ' && text[2] != ' ' && text[2] != '#';
        if (next(&seed) % 20 == 0) {
            append(out, &used, "\n# at the margin\n", 17);
        }
        if (next(&seed) % 20 == 0 && used > 0) {
            append(out, &used, "   # indented\n", 14);
        }
        if (next(&seed) % 400 == 0 && is_setting) {
            append(out, &used, "  wrong: word\n", 14);
        }
        if (is_setting) {
            spread_line(text, len, &seed, out, &used);
        } else {
            append(out, &used, text, len + 1);
        }
        text += len + (text[len] == '\n');
    }
    return span_of(out, used);
}

static void mutants_keep_their_meaning(void **state) {
    (void)state;
    char *text = read_text("whole.isa");
    char *out = calloc(1, 262144);
    uint32_t compiled = 0;
    uint32_t refused = 0;
    assert_non_null(out);
    for (uint64_t seed = 1; seed <= MUTANTS; seed++) {
        struct arena *arena = NULL;
        struct span changed = mutant(text, seed, out);
        struct span once;
        struct diag diag = {0};
        assert_false(lg_failed(arena_new(ARENA, &arena)));
        if (lg_failed(policy_format(changed, arena, &diag, &once))) {
            if (strstr(diag.text, "`wrong`") == NULL) {
                fail_msg("line %u: %s", (unsigned)diag.line, diag.text);
            }
            refused++;
        } else {
            compiled += assert_same_meaning(changed, formatted(changed, arena));
        }
        arena_free(&arena);
    }
    assert_true(compiled > MUTANTS / 4);
    assert_true(refused > 0);
    free(out);
    free(text);
}

/* ---- edges ---- */

/* Formats a text that is no whole agreement, and compares. */
static void expect_format(const char *text, const char *wanted) {
    struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    struct span got = formatted(span_text(text), arena);
    if (!span_equal_text(got, wanted)) {
        fail_msg("got\n%.*s\nwanted\n%s", (int)got.len, (const char *)got.ptr, wanted);
    }
    arena_free(&arena);
}

static void edges(void **state) {
    (void)state;
    expect_format("isa 1\n", "isa 1\n");
    expect_format("\n\n# top\n\n\n# second\nisa   1\n\n\n# end\n",
                  "# top\n\n# second\nisa 1\n\n# end\n");
    /* A word with # in front would become a comment at the start of a line. */
    expect_format(
        "isa 1\npurpose p\n  title: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "
        "bbbbbbbbbbb #ccccc ddd\n",
        "isa 1\n\npurpose p\n  title: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
        "    bbbbbbbbbbb #ccccc ddd\n");
    /* Commas of a text stay as they are, those of a list do not. */
    expect_format("isa 1\ngeneralise g\n  to: 1,000  or , so\nbasis b\n  kind:\n    statutory\n"
                  "  covers: a ,b,\n    c\n  title: T\n",
                  "isa 1\n\ngeneralise g\n  to: 1,000 or , so\n\nbasis b\n  title: T\n"
                  "  kind: statutory\n  covers: a, b, c\n");
    /* Comments inside a value move before it; indented ones behind the last setting stay behind. */
    expect_format(
        "isa 1\npurpose p\n  title: A\n    # in between\n    B\n      # behind\n\n# next\n"
        "purpose q\n  # q\n  title: Q\n",
        "isa 1\n\npurpose p\n  # in between\n  title: A B\n  # behind\n\n# next\n"
        "purpose q\n  # q\n  title: Q\n");
    /* Short sections of one kind stay close where their author put them close. */
    expect_format("isa 1\npurpose p\n  title: P\npurpose q\n  title: Q\n\npurpose r\n  title: R\n"
                  "purpose s\n  title: S\n  within: r\n",
                  "isa 1\n\npurpose p\n  title: P\npurpose q\n  title: Q\n\npurpose r\n  title: R\n"
                  "\npurpose s\n  title: S\n  within: r\n");
}

static void refused(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",
        "isa 1",
        "isa 1\nparty\t\n",
        "isa 1\nparti x\n",
        "isa 2\n",
        "isa 1\n  a: b\n",
        "isa 1\npurpose p\n  title: a\n  title: b\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct arena *arena = NULL;
        struct diag diag = {0};
        struct span out;
        assert_false(lg_failed(arena_new(ARENA, &arena)));
        struct lg_err err = policy_format(span_text(texts[i]), arena, &diag, &out);
        assert_int_equal(lg_err_class(err), LG_CLASS_CONFIG);
        assert_int_not_equal(diag.text[0], 0);
        assert_int_equal(diag.code[0], 'E');
        arena_free(&arena);
    }
}

/* Two thousand items that are one too many for a value when they are written apart. */
static void grows_too_large(void **state) {
    (void)state;
    char *text = calloc(1, 200000);
    struct arena *arena = NULL;
    struct diag diag = {0};
    struct span out;
    assert_non_null(text);
    size_t used = (size_t)snprintf(text, 200000,
                                   "isa 1\ncategory c\n  title: T\n  class: ordinary\n"
                                   "  held by: any\n  fields:\n");
    for (int line = 0; line < 66; line++) {
        used += (size_t)snprintf(text + used, 200000 - used, "    ");
        for (int i = 0; i < 490; i++) {
            used += (size_t)snprintf(text + used, 200000 - used, "a,");
        }
        used += (size_t)snprintf(text + used, 200000 - used, "\n");
    }
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    struct lg_err err = policy_format(span_text(text), arena, &diag, &out);
    assert_int_equal(lg_err_class(err), LG_CLASS_CONFIG);
    assert_non_null(strstr(diag.text, "its one form"));
    arena_free(&arena);
    free(text);
}

/* The widest line stays within what is allowed. */
static void wide_lines(void **state) {
    (void)state;
    char text[2200] = "isa 1\npurpose p\n  title:\n    ";
    char wide[997];
    struct arena *arena = NULL;
    memset(wide, 'x', sizeof wide - 1);
    wide[sizeof wide - 1] = 0;
    size_t used = strlen(text);
    snprintf(text + used, sizeof text - used, "%s\n#%s\n", wide, wide);
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    struct span out = formatted(span_text(text), arena);
    assert_true(out.len > 1990);
    arena_free(&arena);
}

static void memory(void **state) {
    (void)state;
    char *text = read_text("whole.isa");
    uint64_t seen = 0;
    for (uint64_t n = 1;; n++) {
        struct arena *arena = NULL;
        struct span out;
        support_alloc_fail_at(n);
        struct lg_err err = arena_new(ARENA, &arena);
        bool made = !lg_failed(err);
        err = made ? policy_format(span_text(text), arena, NULL, &out) : err;
        seen = support_alloc_seen();
        support_alloc_fail_at(0);
        arena_free(&arena);
        if (!lg_failed(err) && seen < n) {
            break;
        }
        assert_true(!lg_failed(err) || lg_err_class(err) == LG_CLASS_LIMIT);
        assert_true(n < 10000);
    }
    assert_true(seen > 5);
    for (size_t budget = 1000; budget < 400000; budget += 20011) {
        struct arena *arena = NULL;
        struct span out;
        assert_false(lg_failed(arena_new(budget, &arena)));
        struct lg_err err = policy_format(span_text(text), arena, NULL, &out);
        assert_true(!lg_failed(err) || lg_err_class(err) == LG_CLASS_LIMIT);
        arena_free(&arena);
    }
    free(text);
}

/* The check would notice: another word, setting, section or comment than those of the text. */
static void a_change_would_be_noticed(void **state) {
    (void)state;
    static const char text[] = "# note\nisa 1\npurpose a\n  title: N\nrole a/b\n";
    static const struct {
        const char *written;
        bool is_same;
    } rows[] = {
        {"# note\nisa 1\npurpose a\n  title: N\nrole a/b\n", true},
        {"# other\nisa   1\npurpose a\n  title:\n    N\nrole a/b\n", true},
        {"isa 1\npurpose a\n  title: N\nrole a/b\n", false},
        {"# note\nisa 1\npurpose a\n  title: M\nrole a/b\n", false},
        {"# note\nisa 1\npurpose a\n  title: N\n  dpv: X\nrole a/b\n", false},
        {"# note\nisa 1\npurpose b\n  title: N\nrole a/b\n", false},
        {"# note\nisa 1\npurpose a\n  title: N\n", false},
        {"# note\nisa 1\nrole a/b\npurpose a\n  title: N\n", false},
        {"# note\nisa 1\ngeneralise a\n  to: N\nrole a/b\n", false},
        {"# note\nisa 1\nwhat a\n  title: N\nrole a/b\n", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        OWN(arena_free) struct arena *arena = NULL;
        struct diag diag = {0};
        struct sheet sheet;
        assert_false(lg_failed(arena_new(ARENA, &arena)));
        struct policy scratch = {.arena = arena};
        assert_false(lg_failed(policy_sheet_read(span_text(text), &scratch, &diag, &sheet)));
        struct lg_err err = policy_format_check(&sheet, span_text(rows[i].written), &scratch);
        if (lg_failed(err) == rows[i].is_same) {
            fail_msg("row %zu", i);
        }
        assert_true(rows[i].is_same || strcmp(diag.code, "E00") == 0);
    }
}

/* A word that begins with # stays on its line however long it is, an item of a list that is wider
 * than a line is broken at its words, and a comment as long as a line may be stands at its start.
 */
static void what_is_wide_stays_what_it_is(void **state) {
    (void)state;
    OWN(arena_free) struct arena *arena = NULL;
    char word[101];
    char note[LIMIT_POLICY_LINE_SIZE + 1];
    memset(word, 'x', sizeof word);
    memset(note, 'y', sizeof note);
    word[0] = '#';
    word[sizeof word - 1] = 0;
    note[0] = '#';
    note[sizeof note - 1] = 0;
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    struct span text = arena_format(
        arena,
        "isa 1\nrole a/b\n  # short\n%s\n  training: %s\npurpose a\n  title: one %s\n"
        "category c\n  title: C\n  class: ordinary\n  held by: any\n  fields: one, two that has a "
        "name of many words and a reference which is longer than any line that people like, "
        "three\n",
        note, word, word);
    struct span got = formatted(text, arena);
    const char *lines[] = {
        "\n  # short\n",
        "\n  training: #xxx",
        "\n  title:\n    one #xxx",
        "\n    many words and a reference which is longer than any line that people like,\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (strstr((const char *)arena_text(arena, got), lines[i]) == NULL) {
            fail_msg("missing `%s` in\n%.*s", lines[i], (int)got.len, (const char *)got.ptr);
        }
    }
    assert_non_null(strstr((const char *)arena_text(arena, got), note));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_would_be_noticed),
        cmocka_unit_test(what_is_wide_stays_what_it_is),
        cmocka_unit_test(the_one_form),
        cmocka_unit_test(vectors_keep_their_meaning),
        cmocka_unit_test(example_keeps_its_meaning),
        cmocka_unit_test(floor_formats),
        cmocka_unit_test(mutants_keep_their_meaning),
        cmocka_unit_test(edges),
        cmocka_unit_test(refused),
        cmocka_unit_test(grows_too_large),
        cmocka_unit_test(wide_lines),
        cmocka_unit_test(memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
