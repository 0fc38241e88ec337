/* SPDX-License-Identifier: Apache-2.0 */
/* The policy engine as a program that answers lines, so that an evaluator in another language can
 * be held against it. One line in, one line out, columns parted by tabs.
 *
 *   register FILE               agreements after it are judged by it; refused as below; no FILE:
 * none agreement SLOT FILE FLOOR   ok, or: refused LINE SENTENCE        FLOOR empty: none format
 * FILE OUT             writes the one form of FILE to OUT: ok, or refused as above diff SLOT SLOT
 * cell|ROLES,|SOURCES,|PURPOSES,|FIELDS, or other|||| ;... a change each question ...
 * decide_line.h; the answer is decision reason clauses obligations fields, where fields has for
 * every field, `;` between them: TEXT|AGREEMENT|CLAUSE|EMERGENCY 0/1|OBJECTION 0/1|BASIS|MARKS|AXES
 *     BASIS  that is recorded, empty where the field is refused
 *     MARKS  a digit for every check in order, enum policy_mark
 *     AXES   VERDICTS,ROUTE,ENTRY,TERM,REGIME,PERMISSION: a letter of "-mwsrn" an axis; what set
 *            confidence aside; the provision; 0/1 for duty, may be withheld, unchecked, locked and
 *            into the other regime; enum policy_regime; index of the permission relied on */
#define _POSIX_C_SOURCE 200809L /* getline */
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#include "policy/compare/compare.h"
#include "policy/format/format.h"
#include "policy/law/axes.h"
#include "policy/register/register.h"
#include "tests/oracle/decide_line.h"

enum {
    QUESTION_MEMORY = 4194304,
    FORMAT_MEMORY = 67108864,
    DIFF_MEMORY = 268435456,
    CHECKS = 16,
    ALL_EVERY = 8,
    FILE_MAX = 1048576
};

struct file {
    char *bytes;
    size_t len;
};

static struct file read_file(struct span name) {
    char path[1024];
    snprintf(path, sizeof path, "%.*s", (int)name.len, (const char *)name.ptr);
    FILE *stream = fopen(path, "rb");
    if (stream == NULL) {
        line_wrong("a file cannot be opened");
    }
    struct file file = {.bytes = malloc(FILE_MAX)};
    if (file.bytes == NULL) {
        line_wrong("memory");
    }
    file.len = fread(file.bytes, 1, FILE_MAX, stream);
    fclose(stream);
    return file;
}

/* What was loaded. */
struct engine {
    struct policy *policies[LINE_SLOTS];
    struct policy_register *statutes;
};

static void print_result(struct lg_err err, const struct diag *diag) {
    if (lg_failed(err)) {
        printf("refused\t%u\t%s\n", (unsigned)diag->line, diag->text);
    } else {
        puts("ok");
    }
}

static void load_register(struct span line, struct engine *engine) {
    struct span name = line_column(&line, '\t');
    struct diag diag = {0};
    struct lg_err err = LG_OK;
    policy_register_free(&engine->statutes);
    if (name.len > 0) {
        struct file text = read_file(name);
        err = policy_register_compile(span_of(text.bytes, text.len), &diag, &engine->statutes);
        free(text.bytes);
    }
    print_result(err, &diag);
}

static void load(struct span line, struct engine *engine) {
    long slot = strtol((const char *)line_column(&line, '\t').ptr, NULL, 10);
    if (slot < 0 || slot >= LINE_SLOTS) {
        line_wrong("no such slot");
    }
    struct file text = read_file(line_column(&line, '\t'));
    struct span floor_name = line_column(&line, '\t');
    struct file floor = {.bytes = NULL};
    if (floor_name.len > 0) {
        floor = read_file(floor_name);
    }
    struct diag diag = {0};
    policy_free(&engine->policies[slot]);
    struct lg_err err =
        policy_compile_law(span_of(text.bytes, text.len), span_of(floor.bytes, floor.len),
                           engine->statutes, &diag, &engine->policies[slot]);
    print_result(err, &diag);
    free(text.bytes);
    free(floor.bytes);
}

static void print_span(struct span text) {
    fwrite(text.ptr, 1, text.len, stdout);
}

static void print_list(const struct span_list *items) {
    for (size_t i = 0; i < items->count; i++) {
        fputs(i == 0 ? "" : ";", stdout);
        print_span(items->items[i]);
    }
    putchar('\t');
}

static void print_treatment(const struct policy_ruling *ruling) {
    static const char *const words[] = {
        [TREATMENT_NONE] = "none",
        [TREATMENT_PASS] = "pass",
        [TREATMENT_GENERALISE] = "generalise",
        [TREATMENT_PSEUDONYMISE] = "pseudonymise",
        [TREATMENT_AGGREGATE] = "aggregate",
        [TREATMENT_REDACT] = "redact",
    };
    if (ruling->refusal != POLICY_REASON_NONE) {
        printf("deny:%s", policy_reason_name(ruling->refusal));
        return;
    }
    fputs(words[ruling->treatment], stdout);
    if (ruling->treatment == TREATMENT_GENERALISE) {
        printf("(%.*s)", (int)ruling->term->rule.len, (const char *)ruling->term->rule.ptr);
    }
}

static void print_axes(const struct policy_ruling *ruling, const struct policy_register *statutes) {
    const struct policy_term *term = ruling->term;
    for (unsigned i = 0; i < POLICY_AXES; i++) {
        putchar("-mwsrn"[policy_axes_get(ruling->axes, (enum policy_axis)i)]);
    }
    printf(",%s,", policy_confidence_name(policy_axes_confidence(ruling->axes)));
    uint32_t place = policy_axes_entry(ruling->axes);
    if (place > 0) {
        print_span(policy_register_at(statutes, place - 1).id);
    }
    printf(",%d%d%d%d%d,%d,", term->is_duty, term->holder_may_withhold, term->law_unchecked,
           term->purpose_lock, term->regime_crossing, term->regime);
    if (ruling->permission != NULL && ruling->refusal == POLICY_REASON_NONE) {
        printf("%llu", (unsigned long long)ruling->permission->log_index);
    }
}

static void print_ruling(const struct policy_ruling *ruling,
                         const struct policy_register *statutes) {
    print_treatment(ruling);
    putchar('|');
    print_span(ruling->term->agreement);
    putchar('|');
    print_span(ruling->term->clause);
    printf("|%d|%d|", ruling->by_emergency, ruling->objection_noted);
    if (ruling->refusal == POLICY_REASON_NONE) {
        print_span(ruling->basis);
    }
    putchar('|');
    for (size_t i = 0; i < CHECKS; i++) {
        putchar('0' + (int)(ruling->checks >> (2 * i) & 3));
    }
    putchar('|');
    print_axes(ruling, statutes);
}

static void print_outcome(const struct policy_outcome *outcome, const struct engine *engine,
                          struct arena *arena) {
    static const char *const decisions[] = {
        [DECISION_PERMIT] = "permit", [DECISION_PARTIAL] = "partial", [DECISION_REFUSE] = "deny"};
    struct span_list codes;
    if (lg_failed(policy_duty_codes(&outcome->duties, arena, &codes))) {
        line_wrong("memory");
    }
    printf("%s\t%s\t", decisions[outcome->decision], policy_reason_name(outcome->reason));
    print_list(&outcome->clauses);
    print_list(&codes);
    for (size_t i = 0; i < outcome->ruling_count; i++) {
        fputs(i == 0 ? "" : ";", stdout);
        print_ruling(&outcome->rulings[i], engine->statutes);
    }
    putchar('\n');
}

static struct policy_counts counts_for(const struct line_question *it, struct policy_limit limit) {
    for (size_t i = 0; i < it->count_count; i++) {
        if (span_equal(it->counts[i].agreement, limit.agreement) &&
            span_equal(it->counts[i].limit, limit.id)) {
            return it->counts[i].counts;
        }
    }
    return (struct policy_counts){0};
}

/* The term of a source and field, or NULL where the permit has none. */
static const struct policy_term *term_of(const struct permit *permit, struct span source,
                                         struct span field) {
    for (size_t i = 0; i < policy_permit_source_count(permit); i++) {
        bool is_it = span_equal(policy_permit_source(permit, i), source);
        for (size_t j = 0; is_it && j < policy_permit_term_count(permit, i); j++) {
            const struct policy_term *term = policy_permit_term(permit, i, j);
            if (span_equal(term->field, field)) {
                return term;
            }
        }
    }
    return NULL;
}

static void print_term(const char *how, const struct policy_term *term) {
    if (term == NULL) {
        fprintf(stderr, "%s: not there\n", how);
        return;
    }
    fprintf(stderr, "%s: %.*s %s, treatment %d, %.*s clause %.*s\n", how, (int)term->field.len,
            (const char *)term->field.ptr, policy_reason_name(term->refusal), (int)term->treatment,
            (int)term->agreement.len, (const char *)term->agreement.ptr, (int)term->clause.len,
            (const char *)term->clause.ptr);
}

/* Who names nobody and nothing asks everybody for everything that there is a clause for: a field
 * that was named alone has to come out alike in there, and may be missing only where it is refused.
 * (Alone, since a name that an agreement does not know refuses all that is named with it.) */
static void ask_all(const struct line_question *it, struct arena *arena) {
    struct policy_request request = it->request;
    const struct permit *all;
    const struct permit *one;
    request.sources = (struct span_list){0};
    request.fields = (struct span_list){0};
    if (lg_failed(policy_decide(it->forces, it->force_count, &request, arena, &all))) {
        line_wrong("the engine cannot decide for all sources and fields");
    }
    request.sources = it->request.sources;
    request.fields.count = 1;
    for (size_t i = 0; i < it->request.fields.count; i++) {
        request.fields.items = &it->request.fields.items[i];
        if (lg_failed(policy_decide(it->forces, it->force_count, &request, arena, &one))) {
            line_wrong("the engine cannot decide");
        }
        const struct policy_term *a = policy_permit_term(one, 0, 0);
        const struct policy_term *b = term_of(all, policy_permit_source(one, 0), a->field);
        bool same = b == NULL ? a->refusal != POLICY_REASON_NONE
                              : a->refusal == b->refusal && a->treatment == b->treatment &&
                                    span_equal(a->agreement, b->agreement) &&
                                    span_equal(a->clause, b->clause);
        if (!same) {
            print_term("named", a);
            print_term("among all", b);
            line_wrong("named and among all it comes out otherwise");
        }
    }
}

static void answer(struct span line, const struct engine *engine) {
    static unsigned asked;
    OWN(arena_free) struct arena *arena = NULL;
    const struct permit *permit;
    struct policy_outcome outcome;
    if (lg_failed(arena_new(QUESTION_MEMORY, &arena))) {
        line_wrong("memory");
    }
    struct line_question it = line_read(line, engine->policies, arena);
    if (lg_failed(policy_decide(it.forces, it.force_count, &it.request, arena, &permit))) {
        line_wrong("the engine cannot decide");
    }
    if (asked++ % ALL_EVERY == 0) {
        ask_all(&it, arena);
    }
    size_t limit_count = policy_permit_limit_count(permit);
    struct policy_counts *counts = arena_array(arena, limit_count + 1, sizeof *counts);
    for (size_t i = 0; i < limit_count && counts != NULL; i++) {
        counts[i] = counts_for(&it, policy_permit_limit(permit, i));
    }
    const struct policy_facts facts = {.consents = it.consents,
                                       .consent_count = it.consent_count,
                                       .counts = counts,
                                       .count_count = limit_count,
                                       .opt_out = it.opt_out,
                                       .holder_withholds = it.holder_withholds};
    if (lg_failed(policy_settle(permit, 0, &facts, arena, &outcome))) {
        line_wrong("the engine cannot settle");
    }
    print_outcome(&outcome, engine, arena);
}

/* Writes the one form of a text beside it. */
static void format(struct span line) {
    OWN(arena_free) struct arena *arena = NULL;
    struct file text = read_file(line_column(&line, '\t'));
    char path[1024];
    struct span name = line_column(&line, '\t');
    struct diag diag = {0};
    struct span formatted;
    snprintf(path, sizeof path, "%.*s", (int)name.len, (const char *)name.ptr);
    if (lg_failed(arena_new(FORMAT_MEMORY, &arena))) {
        line_wrong("memory");
    }
    if (lg_failed(policy_format(span_of(text.bytes, text.len), arena, &diag, &formatted))) {
        printf("refused\t%u\t%s\n", (unsigned)diag.line, diag.text);
        free(text.bytes);
        return;
    }
    FILE *stream = fopen(path, "wb");
    if (stream == NULL || fwrite(formatted.ptr, 1, formatted.len, stream) != formatted.len ||
        fclose(stream) != 0) {
        line_wrong("a file cannot be written");
    }
    puts("ok");
    free(text.bytes);
}

static void print_names(const struct span_list *names) {
    for (size_t i = 0; i < names->count; i++) {
        fputs(i == 0 ? "" : ",", stdout);
        print_span(names->items[i]);
    }
}

static void print_change(const struct policy_change *change) {
    const struct span_list *sides[] = {&change->roles, &change->sources, &change->purposes,
                                       &change->fields};
    fputs(change->is_cell ? "cell" : "other", stdout);
    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++) {
        putchar('|');
        print_names(sides[i]);
    }
}

/* What the agreement of one slot changes against that of another. */
static void compare(struct span line, const struct engine *engine) {
    struct policy *const *policies = engine->policies;
    OWN(arena_free) struct arena *arena = NULL;
    long before = strtol((const char *)line_column(&line, '\t').ptr, NULL, 10);
    long after = strtol((const char *)line_column(&line, '\t').ptr, NULL, 10);
    struct policy_diff diff;
    if (before < 0 || before >= LINE_SLOTS || after < 0 || after >= LINE_SLOTS ||
        policies[before] == NULL || policies[after] == NULL) {
        line_wrong("no such slots to compare");
    }
    if (lg_failed(arena_new(DIFF_MEMORY, &arena)) ||
        lg_failed(policy_diff_make(policies[before], policies[after], arena, &diff))) {
        line_wrong("the versions cannot be compared");
    }
    for (size_t i = 0; i < diff.count; i++) {
        fputs(i == 0 ? "" : ";", stdout);
        print_change(&diff.changes[i]);
    }
    putchar('\n');
}

static void serve(struct span line, struct engine *engine) {
    struct span word = line_column(&line, '\t');
    if (span_equal_text(word, "register")) {
        load_register(line, engine);
    } else if (span_equal_text(word, "agreement")) {
        load(line, engine);
    } else if (span_equal_text(word, "question")) {
        answer(line, engine);
    } else if (span_equal_text(word, "format")) {
        format(line);
    } else if (span_equal_text(word, "diff")) {
        compare(line, engine);
    } else {
        line_wrong("a line begins with no word of this program");
    }
}

int main(void) {
    struct engine engine = {.statutes = NULL};
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    while ((len = getline(&line, &room, stdin)) > 0) {
        serve(span_of(line, (size_t)len - (line[len - 1] == '\n')), &engine);
    }
    for (size_t i = 0; i < LINE_SLOTS; i++) {
        policy_free(&engine.policies[i]);
    }
    policy_register_free(&engine.statutes);
    free(line);
    return 0;
}
