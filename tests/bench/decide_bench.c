/* SPDX-License-Identifier: Apache-2.0 */
/* What one field of a decision costs, at the size of an agreement that people sign and at 5,000
 * clauses, beside a keyed BLAKE2b of 64 bytes measured in the same run.
 *
 *   decide_bench FILE.isa [REGISTER EXAMPLE.isa]
 *
 * field     the evaluation alone: a cell, all checks, the axes, consent, limits and ruling; names
 *           are numbers already, as the public path finds them once a question
 * question  the public path: policy_decide and policy_settle for one source and all its fields,
 * with the arena, the terms and the outcome, divided by the fields
 *
 * The question is another at each turn, out of QUESTIONS that were drawn beforehand. The best of
 * ROUNDS rounds is printed, in time of the processor: what is slower was something else. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/limits.h"
#include "gateway/vault/vault.h"
#include "policy/decide/permit_int.h"
#include "policy/register/register.h"
#include "tests/support/support.h"

enum {
    QUESTIONS = 1024,
    ROUNDS = 40,
    PARTIES = 60,
    ROLES = 300,
    PURPOSES = 20,
    CATEGORIES = 30,
    FIELDS = 20, /* of each category */
    CLAUSES = 5000,
    NAMED = 10, /* fields of one clause */
    TEXT_MAX = 1 << 22,
};

static _Noreturn void die(const char *what) {
    fprintf(stderr, "decide_bench: %s\n", what);
    exit(1);
}

static double now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* xorshift64*: the same questions in every run. */
static uint64_t seed = 88172645463325252U;
static uint32_t draw(uint32_t below) {
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (uint32_t)((seed * 2685821657736338717U) >> 33) % below;
}

/* ---- the hash ---- */

static double hash_ns(void) {
    struct vault_report report;
    struct vault_key *key = NULL;
    uint8_t data[64] = {0};
    uint8_t out[VAULT_MAC32_SIZE];
    double best = 1e18;
    if (lg_failed(vault_init(&report)) || lg_failed(vault_key_new(VAULT_KIND_SECRET, &key))) {
        die("no key");
    }
    vault_key_warm(key);
    for (int round = 0; round < ROUNDS; round++) {
        double start = now_ns();
        for (int i = 0; i < QUESTIONS; i++) {
            vault_mac32(key, span_of(data, sizeof data), out);
            memcpy(data, out, sizeof out);
        }
        double each = (now_ns() - start) / QUESTIONS;
        best = each < best ? each : best;
    }
    vault_key_free(&key);
    return best;
}

/* ---- 5,000 clauses ---- */

struct text {
    char *bytes;
    size_t len;
};

static void put(struct text *text, const char *format, ...) LG_PRINTF(2, 3);
static void put(struct text *text, const char *format, ...) {
    va_list args;
    va_start(args, format);
    text->len += (size_t)vsnprintf(text->bytes + text->len, TEXT_MAX - text->len, format, args);
    va_end(args);
}

static void put_names(struct text *text) {
    put(text, "isa 1\nagreement large\n  title: T\n  version: 1\n"
              "  in force: 2026-01-01 to 2026-12-31\n  review due: 2026-12-31\n"
              "  review grace: 0 days\n  time zone: Europe/London\n  lead: p0\n"
              "  signatures needed: all parties\n  assessment: A\n  contact: c\n");
    for (int i = 0; i < PARTIES; i++) {
        put(text,
            "party p%d\n  name: N\n  legal entity: L\n  public authority: yes\n"
            "  competent authority: no\n  signs as: S\n",
            i);
    }
    for (int i = 0; i < ROLES; i++) {
        put(text, "role p%d/r%d\n", i % PARTIES, i / PARTIES);
    }
    for (int i = 0; i < PURPOSES; i++) {
        put(text, "purpose u%d\n  title: T\n", i);
    }
    put(text, "basis duty\n  title: D\n  kind: statutory\n  article 6: e\n  article 9: g\n"
              "  covers: u0");
    for (int i = 1; i < PURPOSES; i++) {
        put(text, ", u%d", i);
    }
    for (int i = 0; i < CATEGORIES; i++) {
        put(text, "\ncategory c%d\n  title: T\n  class: %s\n  held by: any\n  fields: f0", i,
            i % 3 == 0 ? "special" : "ordinary");
        for (int j = 1; j < FIELDS; j++) {
            put(text, ", f%d", j);
        }
    }
    put(text, "\nhours day\n  open: 00:00 to 24:00 on every day\n"
              "limit usual\n  per person: 30 in 1 hour\ndefaults\n  hours: day\n  limit: usual\n");
}

/* Each for a role and purpose of its own, so that no two tie. */
static void put_clause(struct text *text, int i) {
    int role = i % ROLES;
    put(text, "clause %d share\n  from: p%u, p%u, p%u\n  to: p%d/r%d\n  purpose: u%d\n", i,
        draw(20), 20 + draw(20), 40 + draw(20), role % PARTIES, role / PARTIES, i / ROLES);
    put(text, "  basis: duty\n  consent: not needed\n  pass: ");
    for (int j = 0; j < NAMED; j++) {
        put(text, "%sc%d.f%u", j == 0 ? "" : ", ", (i + j) % CATEGORIES, draw(FIELDS));
    }
    put(text, "\n");
}

static char *large_text(void) {
    struct text text = {.bytes = malloc(TEXT_MAX)};
    if (text.bytes == NULL) {
        die("no memory");
    }
    put_names(&text);
    for (int i = 0; i < CLAUSES; i++) {
        put_clause(&text, i);
    }
    return text.bytes;
}

/* ---- questions ---- */

struct asked {
    struct policy_request request;
    struct span source;
    struct span field;
    uint32_t field_index;
    struct scope scope;
    struct seat seat;
};

struct world {
    const char *name;
    struct policy *policy;
    struct policy_force force;
    struct asked *asked;
    struct policy_counts counts[LIMIT_POLICY_LIMITS];
};

/* A question that gets as far as a clause: so every check is made. */
static bool draw_cell(const struct policy *policy, struct asked *out) {
    uint32_t role = draw(policy->role_names.count);
    uint32_t source = draw(policy->party_names.count);
    uint32_t purpose = draw(policy->purpose_names.count);
    uint32_t field = draw(policy->field_names.count);
    const struct category *category = &policy->categories[policy->fields[field].category];
    uint16_t entry = policy_table_get(policy, role, source, purpose, field);
    if (entry == 0 || (entry & ROW_BAN) != 0 || !policy_bits_has(&category->holders, source)) {
        return false;
    }
    const struct clause *clause = &policy->clauses[policy->arms[entry - 1].clause];
    uint32_t basis = 0;
    while ((clause->bases >> basis & 1U) == 0) {
        basis++;
    }
    out->source = policy->parties[source].shown.id;
    out->field = policy->fields[field].id;
    out->field_index = field;
    out->request = (struct policy_request){
        .at_s = (int64_t)(policy->days.first_day + 60) * 86400 + 43200,
        .recipient = policy->roles[role].shown.party,
        .role = policy->roles[role].shown.id,
        .trainings = {.items = &policy->roles[role].shown.training, .count = 1},
        .purpose = policy->purposes[purpose].id,
        .basis = policy->bases[basis].id,
        .age_class = AGE_ADULT,
        .has_case_reference = true,
        .has_second_person = true,
        .no_consent_reason = span_text("would-prejudice"),
        .has_statement = true,
        .necessity = UINT32_MAX,
    };
    return true;
}

static void draw_all(struct world *world) {
    world->asked = calloc(QUESTIONS, sizeof *world->asked);
    if (world->asked == NULL) {
        die("no memory");
    }
    for (int i = 0; i < QUESTIONS; i++) {
        while (!draw_cell(world->policy, &world->asked[i])) {
        }
        struct asked *asked = &world->asked[i];
        asked->request.sources = (struct span_list){.items = &asked->source, .count = 1};
        policy_scope_init(&world->force, &asked->request, &asked->scope);
        policy_seat_init(&asked->scope, asked->source, &asked->seat);
        asked->seat.is_alone = true;
    }
}

/* ---- measures ---- */

static double field_ns(const struct world *world, uint64_t *out_allocations) {
    const struct policy_facts facts = {.counts = world->counts, .count_count = LIMIT_POLICY_LIMITS};
    struct policy_ruling ruling;
    enum policy_reason stage;
    struct candidate candidate;
    double best = 1e18;
    uint64_t shared = 0;
    support_alloc_fail_at(0);
    for (int round = 0; round < ROUNDS; round++) {
        double start = now_ns();
        for (int i = 0; i < QUESTIONS; i++) {
            const struct asked *asked = &world->asked[i];
            policy_candidate_decide_at(&asked->seat, asked->field, asked->field_index, &candidate);
            policy_candidate_settle(&candidate, &facts, &ruling, &stage);
            shared += ruling.refusal == POLICY_REASON_NONE;
        }
        double each = (now_ns() - start) / QUESTIONS;
        best = each < best ? each : best;
    }
    *out_allocations = support_alloc_seen();
    if (shared == 0) {
        die("nothing was shared: the measure is of nothing");
    }
    return best;
}

/* Gives the fields that were decided. */
static size_t question_run(const struct world *world, const struct asked *asked,
                           struct arena_shelf *shelf) {
    const struct policy_facts facts = {.counts = world->counts, .count_count = LIMIT_POLICY_LIMITS};
    OWN(arena_free) struct arena *arena = NULL;
    const struct permit *permit = NULL;
    struct policy_outcome outcome;
    if (lg_failed(arena_new_on(shelf, 1 << 22, &arena)) ||
        lg_failed(policy_decide(&world->force, 1, &asked->request, arena, &permit)) ||
        lg_failed(policy_settle(permit, 0, &facts, arena, &outcome))) {
        die("a question failed");
    }
    return outcome.ruling_count;
}

static double question_ns(const struct world *world, double *out_fields) {
    struct arena_shelf *shelf = NULL;
    double best = 1e18;
    if (lg_failed(arena_shelf_new(256, &shelf))) {
        die("no shelf");
    }
    for (int round = 0; round < ROUNDS; round++) {
        size_t fields = 0;
        double start = now_ns();
        for (int i = 0; i < QUESTIONS; i++) {
            fields += question_run(world, &world->asked[i], shelf);
        }
        double each = (now_ns() - start) / (double)fields;
        best = each < best ? each : best;
        *out_fields = (double)fields / QUESTIONS;
    }
    arena_shelf_free(&shelf);
    return best;
}

/* ---- the run ---- */

static char *file_text(const char *path) {
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, TEXT_MAX);
    if (file == NULL || text == NULL || fread(text, 1, TEXT_MAX - 1, file) == 0) {
        die("a file cannot be read");
    }
    fclose(file);
    return text;
}

static void world_init(struct world *world, const char *name, const char *text,
                       const struct policy_register *statutes) {
    struct diag diag = {0};
    *world = (struct world){.name = name};
    if (lg_failed(policy_compile_law(span_text(text), span_of(NULL, 0), statutes, &diag,
                                     &world->policy))) {
        fprintf(stderr, "line %u: %s\n", (unsigned)diag.line, diag.text);
        die("the agreement does not compile");
    }
    world->force = (struct policy_force){.policy = world->policy};
    draw_all(world);
}

static double world_measure(struct world *world, double hash) {
    uint64_t allocations = 0;
    double fields = 0;
    double field = field_ns(world, &allocations);
    double question = question_ns(world, &fields);
    printf("%-20s %6zu %9.1f %7.2f %9.1f %7.2f %8.1f %12llu\n", world->name,
           policy_clause_count(world->policy), field, field / hash, question, question / hash,
           fields, (unsigned long long)allocations);
    free(world->asked);
    policy_free(&world->policy);
    return field;
}

int main(int argc, char **argv) {
    static struct world world;
    struct policy_register *statutes = NULL;
    if (argc != 2 && argc != 4) {
        die("usage: decide_bench FILE.isa [REGISTER EXAMPLE.isa]");
    }
    double hash = hash_ns();
    printf("keyed BLAKE2b of 64 bytes: %.1f ns\n\n", hash);
    printf("%-20s %6s %9s %7s %9s %7s %8s %12s\n", "agreement", "clauses", "field ns", "/hash",
           "quest. ns", "/hash", "fields", "allocations");
    world_init(&world, "example", file_text(argv[1]), NULL);
    double small = world_measure(&world, hash);
    if (argc == 4) {
        if (lg_failed(policy_register_compile(span_text(file_text(argv[2])), NULL, &statutes))) {
            die("the register does not compile");
        }
        world_init(&world, "under a register", file_text(argv[3]), statutes);
        (void)world_measure(&world, hash);
        policy_register_free(&statutes);
    }
    world_init(&world, "random", large_text(), NULL);
    double large = world_measure(&world, hash);
    printf("\ngrowth of a field from example to random: %.2f\n", large / small);
    return 0;
}
