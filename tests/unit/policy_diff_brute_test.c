/* SPDX-License-Identifier: Apache-2.0 */
/* The comparison of versions against brute force: every cell of a pair, every question. */
#include "policy/compare/compare.h"
#include "tests/support/policy_brute.h"
#include "tests/support/support.h"
#include "tests/unit/policy_edit.h"
#include "tests/unit/policy_model.h"

enum { PAIRS = 20, CELLS_MAX = 8192 };

/* A cell and the class that a line gave it. */
struct classed {
    struct brute_cell cell;
    int class;
};

struct table {
    struct classed *items;
    size_t count;
    size_t found[POLICY_CHANGE_TEXT + 1];
};

static bool is_own(struct span role, struct span party) {
    return role.len > party.len && role.ptr[party.len] == '/' && span_starts_with(role, party);
}

static void take_line(struct table *table, const struct policy_change *line) {
    size_t total = line->roles.count * line->sources.count * line->purposes.count;
    for (size_t i = 0; i < total * line->fields.count; i++) {
        size_t rest = i / line->fields.count;
        struct brute_cell cell = {.field = line->fields.items[i % line->fields.count]};
        cell.purpose = line->purposes.items[rest % line->purposes.count];
        rest /= line->purposes.count;
        cell.source = line->sources.items[rest % line->sources.count];
        cell.role = line->roles.items[rest / line->sources.count];
        if (!is_own(cell.role, cell.source)) {
            assert_true(table->count < CELLS_MAX);
            table->items[table->count++] = (struct classed){cell, (int)line->class};
        }
    }
}

static int class_of(const struct table *table, const struct brute_cell *cell) {
    int class = 0;
    for (size_t i = 0; i < table->count; i++) {
        const struct brute_cell *other = &table->items[i].cell;
        if (span_equal(cell->role, other->role) && span_equal(cell->source, other->source) &&
            span_equal(cell->purpose, other->purpose) && span_equal(cell->field, other->field)) {
            assert_int_equal(class, 0); /* one line a cell */
            class = table->items[i].class;
        }
    }
    return class;
}

struct pair {
    const struct policy *before;
    const struct policy *after;
    const struct brute_times *times;
    uint64_t questions;
};

static void check_cell(struct pair *pair, struct table *table, const struct brute_cell *cell) {
    int wanted = policy_brute_class(pair->before, pair->after, cell, pair->times, &pair->questions);
    int got = class_of(table, cell);
    table->found[wanted]++;
    if (wanted != got) {
        fail_msg(
            "%.*s from %.*s for %.*s `%.*s`: brute force says %s, a line says %s\n%.*s\n====\n%.*s",
            (int)cell->role.len, (const char *)cell->role.ptr, (int)cell->source.len,
            (const char *)cell->source.ptr, (int)cell->purpose.len, (const char *)cell->purpose.ptr,
            (int)cell->field.len, (const char *)cell->field.ptr,
            wanted == 0 ? "same" : policy_change_name((enum policy_change_class)wanted),
            got == 0 ? "same" : policy_change_name((enum policy_change_class)got),
            (int)policy_text(pair->before).len, (const char *)policy_text(pair->before).ptr,
            (int)policy_text(pair->after).len, (const char *)policy_text(pair->after).ptr);
    }
}

static void check_roles(struct pair *pair, struct table *table, const struct policy *names,
                        size_t role_index) {
    char text[160];
    struct policy_role role = policy_role_at(names, role_index);
    snprintf(text, sizeof text, "%.*s/%.*s", (int)role.party.len, (const char *)role.party.ptr,
             (int)role.id.len, (const char *)role.id.ptr);
    for (size_t i = 0; i < policy_party_count(names); i++) {
        for (size_t j = 0; j < policy_purpose_count(names); j++) {
            for (size_t k = 0; k < policy_field_count(names); k++) {
                const struct brute_cell cell = {span_text(text), policy_party_at(names, i).id,
                                                policy_purpose_at(names, j),
                                                policy_field_at(names, k).id};
                check_cell(pair, table, &cell);
            }
        }
    }
}

/* Both versions have the same names here. */
static void check_pair(struct pair *pair, size_t found[static POLICY_CHANGE_TEXT + 1]) {
    struct arena *arena = NULL;
    struct policy_diff diff;
    struct table table = {.items = calloc(CELLS_MAX, sizeof(struct classed))};
    assert_non_null(table.items);
    assert_false(lg_failed(arena_new(1 << 28, &arena)));
    assert_false(lg_failed(policy_diff_make(pair->before, pair->after, arena, &diff)));
    for (size_t i = 0; i < diff.count; i++) {
        if (diff.changes[i].is_cell) {
            take_line(&table, &diff.changes[i]);
        }
    }
    assert_int_equal(table.count, diff.cells_changed);
    for (size_t i = 0; i < policy_role_count(pair->after); i++) {
        check_roles(pair, &table, pair->after, i);
    }
    for (size_t i = 0; i <= POLICY_CHANGE_TEXT; i++) {
        found[i] += table.found[i];
    }
    free(table.items);
    arena_free(&arena);
}

/* ---- random agreements with random edits ---- */

static void edit_clause(struct chance *chance, struct model *model, struct clause *clause) {
    switch (below(chance, 13)) {
    case 0:
        clause->consent = (enum rule)below(chance, 3);
        return;
    case 1:
        clause->needs_case = !clause->needs_case;
        return;
    case 2:
        clause->needs_second = !clause->needs_second;
        return;
    case 3:
        clause->needs_reason = !clause->needs_reason;
        return;
    case 4:
        clause->about = (int)below(chance, 3);
        return;
    case 5:
        clause->when_emergency = !clause->when_emergency;
        return;
    case 6:
        clause->by_day = !clause->by_day;
        return;
    case 7:
        clause->is_limited = !clause->is_limited;
        return;
    case 8:
        clause->bases = 1 | below(chance, 8);
        return;
    case 9:
        clause->from = one_in(chance, 3) ? 0 : 1 + below(chance, 15);
        return;
    case 10:
        clause->purposes = 1U << below(chance, PURPOSES);
        return;
    case 11:
        clause->items[below(chance, (unsigned)clause->item_count)].treatment =
            one_in(chance, 2) ? TREATMENT_PASS : TREATMENT_PSEUDONYMISE;
        return;
    default:
        *clause = make_clause(chance, model, true);
        clause->bases |= 1;
    }
}

static void edit(struct chance *chance, struct model *model) {
    switch (below(chance, 9)) {
    case 0:
        model->classes[below(chance, CATEGORIES)] = (int)below(chance, 3);
        return;
    case 1:
        model->reasons[below(chance, BASES)] = below(chance, 8);
        return;
    case 2:
        model->declare = 1 + below(chance, 255);
        model->senior &= model->declare;
        return;
    case 3:
        model->aside = 1 | below(chance, 8);
        return;
    case 4:
        if (model->never_count > 0) {
            model->never[0].unless_emergency = !model->never[0].unless_emergency;
        }
        return;
    case 5:
        model->never_count -= model->never_count > 0;
        return;
    case 6:
        model->covers[1 + below(chance, BASES - 1)] = 1U << below(chance, PURPOSES);
        return;
    default:
        edit_clause(chance, model, &model->share[below(chance, (unsigned)model->share_count)]);
    }
}

/* NULL where the model is no agreement (two clauses tie). */
static struct policy *compile_model(const struct model *model, struct out *text,
                                    struct out *floor) {
    struct policy *policy = NULL;
    struct diag diag = {0};
    text->used = 0;
    floor->used = 0;
    put_model(model, text, floor);
    lg_err_ignore(policy_compile(span_of(text->text, text->used), span_of(floor->text, floor->used),
                                 &diag, &policy),
                  "a model that ties is left out");
    return policy;
}

static void random_edits_agree(void **state) {
    (void)state;
    struct chance chance = {.state = UINT64_C(0x5deece66d1234567)};
    struct out text = {.text = calloc(1, TEXT)};
    struct out floor = {.text = calloc(1, TEXT)};
    int32_t day = 0;
    size_t found[POLICY_CHANGE_TEXT + 1] = {0};
    uint64_t questions = 0;
    assert_non_null(text.text);
    assert_non_null(floor.text);
    assert_true(policy_day_parse(span_text("2026-06-10"), &day));
    const int64_t moments[] = {(int64_t)day * 86400 + 12 * 3600, (int64_t)day * 86400 + 3 * 3600};
    const struct brute_times times = {.at_s = moments, .count = 2, .few_consents = true};
    for (int done = 0; done < PAIRS;) {
        struct model model;
        make_model(&chance, &model);
        OWN(policy_free) struct policy *before = compile_model(&model, &text, &floor);
        for (unsigned i = 2 + below(&chance, 5); i > 0; i--) {
            edit(&chance, &model);
        }
        OWN(policy_free)
        struct policy *after = before == NULL ? NULL : compile_model(&model, &text, &floor);
        if (after != NULL) {
            struct pair pair = {.before = before, .after = after, .times = &times};
            check_pair(&pair, found);
            questions += pair.questions;
            done++;
        }
    }
    free(text.text);
    free(floor.text);
    for (int i = POLICY_CHANGE_NEW; i <= POLICY_CHANGE_GONE; i++) {
        print_message("%zu cells %s\n", found[i], policy_change_name((enum policy_change_class)i));
        assert_true(found[i] > 5);
    }
    print_message("%llu questions put to both versions of %d pairs\n",
                  (unsigned long long)questions, PAIRS);
}

/* ---- one setting at a time, made by hand ---- */

static struct policy *compile_text(const char *text) {
    struct diag diag = {0};
    struct policy *policy = NULL;
    if (lg_failed(policy_compile(span_text(text), span_of(NULL, 0), &diag, &policy))) {
        fail_msg("line %u: %s", (unsigned)diag.line, diag.text);
    }
    return policy;
}

static void single_settings_agree(void **state) {
    (void)state;
    static const struct {
        const char *from;
        const char *to;
        bool twice; /* at night as well */
    } edits[] = {
        {"  consent recorded by: not the asker alone\n", "", false},
        {"  consent is: confidentiality\n", "  consent is: service\n", false},
        {"  requires: case reference, second person\n", "  requires: case reference\n", false},
        {"  keep: 5 days\n", "  keep: 50 days\n", true},
        {"  smallest group: 10\n", "  smallest group: 8\n", false},
        {"  onward: ask alpha\n", "  onward: no\n", true},
        {"  onward: to delta for care\n", "  onward: to beta for care\n", false},
        {"  existence: open\n  tells", "  existence: hidden\n  tells", false},
        {"  tells source: agency and purpose\n", "", false},
        {"  consent shown: yes\n", "", false},
        {"  receives under: plain-duty\n", "", false},
        {"  data from: 2020-01-01\n", "  data from: 2024-01-01\n", false},
        {"  data from: last 52 weeks\n", "", false},
        {"  generalise: person.born by band\n", "  generalise: person.born by month\n", false},
        {"  refusal set aside by: alpha/manager, beta/officer\n",
         "  refusal set aside by: beta/officer\n", true},
        {"  class: special\n", "  class: criminal\n", false},
        {"  per person: 3 in 30 minutes\n", "  per person: 4 in 30 minutes\n", true},
        {"  open: 22:00 to 06:00 on every day\n", "  open: 02:00 to 13:00 on every day\n", true},
        {"  kind: recognised-interest\n", "  kind: statutory\n", true},
        {"  basis for refusal: duty\n", "  basis for refusal: asked\n", true},
    };
    size_t len = 0;
    char *text = support_file_read(LOCKGATE_SOURCE "/tests/vectors/policy", "whole.isa", &len);
    assert_non_null(text);
    OWN(policy_free) struct policy *before = compile_text(text);
    int32_t day = 0;
    assert_true(policy_day_parse(span_text("2026-06-10"), &day));
    const int64_t moments[] = {(int64_t)day * 86400 + 11 * 3600, (int64_t)day * 86400 + 22 * 3600};
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        char *changed = edited(text, edits[i].from, edits[i].to);
        OWN(policy_free) struct policy *after = compile_text(changed);
        const struct brute_times times = {
            .at_s = moments,
            .count = edits[i].twice ? 2 : 1,
        };
        struct pair pair = {.before = before, .after = after, .times = &times};
        size_t found[POLICY_CHANGE_TEXT + 1] = {0};
        check_pair(&pair, found);
        print_message("%zu new, %zu weaker, %zu changed, %zu stronger, %zu gone: %s", found[1],
                      found[2], found[3], found[4], found[5],
                      edits[i].to[0] == 0 ? edits[i].from : edits[i].to);
        free(changed);
    }
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_edits_agree),
        cmocka_unit_test(single_settings_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
