/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/prove.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "policy/cases/cases.h"
#include "policy/compare/prove.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/isa.h"
#include "tools/lockgate/json.h"
#include "tools/lockgate/options.h"

enum { OTHERS_MAX = LIMIT_POLICY_AGREEMENTS - 1 };

struct options {
    const char *file;
    const char *floor;
    const char *statutes;
    const char *promise;
    const char *others[OTHERS_MAX];
    size_t other_count;
    bool json;
};

static bool other_take(void *ctx, const char *value) {
    struct options *options = ctx;
    if (options->other_count == OTHERS_MAX) {
        return false;
    }
    options->others[options->other_count++] = value;
    return true;
}

static bool parse(int argc, char **argv, struct options *options) {
    *options = (struct options){0};
    const struct option rows[] = {{.text = &options->file},
                                  {"--floor", .text = &options->floor},
                                  {"--register", .text = &options->statutes},
                                  {"--promise", .text = &options->promise},
                                  {"--json", .is_set = &options->json},
                                  {"--with", .take = other_take, .ctx = options}};
    const struct option_table table = {rows, sizeof rows / sizeof rows[0]};
    if (!options_read(argc, argv, &table, 1)) {
        return false;
    }
    if (options->file == NULL) {
        fprintf(stderr, "No agreement is named.\n");
        return false;
    }
    return true;
}

/* ---- the promise on the command line ---- */

/* Starts a setting of a promise: the word and the colon after it. */
static bool starts_setting(const char *at) {
    static const char *const names[] = {"who:", "sees:", "from:", "for:", "without:", "unless:"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strncmp(at, names[i], strlen(names[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* The promise as a section of the agreement: a line a setting. The caller frees *out_text. */
static bool section_of(const char *promise, struct span text, struct agreement_file *out_text) {
    size_t size = text.len + 4 * strlen(promise) + 64;
    uint8_t *bytes = malloc(size);
    if (bytes == NULL) {
        return false;
    }
    if (text.len > 0) {
        memcpy(bytes, text.ptr, text.len);
    }
    size_t used = text.len;
    used += (size_t)snprintf((char *)bytes + used, size - used, "\npromise command-line ");
    for (const char *at = promise; *at != 0; at++) {
        bool is_start = starts_setting(at) && (at == promise || at[-1] == ' ');
        if (is_start) {
            while (bytes[used - 1] == ' ') {
                used--;
            }
            memcpy(bytes + used, "\n  ", 3);
            used += 3;
        }
        bytes[used++] = (uint8_t)*at;
    }
    bytes[used++] = '\n';
    *out_text = (struct agreement_file){span_of(bytes, used)};
    return true;
}

/* ---- printing ---- */

static void print_span(const char *before, struct span text) {
    printf("%s%.*s", before, (int)text.len, text.len == 0 ? "" : (const char *)text.ptr);
}

static void print_steps(const struct policy_proof *proof, struct span heading) {
    print_span("  as a cases file:\n", heading);
    printf("\n");
    for (size_t i = 0; i < proof->step_count; i++) {
        const struct policy_step *step = &proof->steps[i];
        print_span("", step->case_line);
        printf("\n");
        if (step->onward_party.len > 0) {
            print_span("  then clause ", step->clause);
            print_span(" of ", step->agreement);
            print_span(" lets it go to ", step->onward_party);
            print_span(" for ", step->onward_purpose);
            printf("\n");
        }
    }
}

static void print_proof(const struct policy_proof *proof, struct span heading) {
    print_span("promise ", proof->id);
    printf(" %s: %s, %llu cells, %llu questions\n", proof->is_never ? "never" : "always",
           proof->holds ? "holds" : "BROKEN", (unsigned long long)proof->cells,
           (unsigned long long)proof->questions);
    if (!proof->holds) {
        print_span("  ", proof->sentence);
        printf("\n");
    }
    if (proof->step_count > 0) {
        print_steps(proof, heading);
    }
}

static void json_member(const char *before, struct span text) {
    printf("%s", before);
    json_text(stdout, text);
}

/* One object a step; the last has no onward party. */
static void json_steps(const struct policy_proof *proof, struct span heading) {
    json_member(",\"columns\":", heading);
    printf(",\"steps\":[");
    for (size_t i = 0; i < proof->step_count; i++) {
        const struct policy_step *step = &proof->steps[i];
        json_member(i == 0 ? "{\"case\":" : ",{\"case\":", step->case_line);
        json_member(",\"agreement\":", step->agreement);
        json_member(",\"clause\":", step->clause);
        json_member(",\"onward_party\":", step->onward_party);
        json_member(",\"onward_purpose\":", step->onward_purpose);
        printf("}");
    }
    printf("]");
}

static void json_proofs(const struct policy_proofs *proofs, struct span heading) {
    printf("{\"promises\":[");
    for (size_t i = 0; i < proofs->count; i++) {
        const struct policy_proof *proof = &proofs->proofs[i];
        json_member(i == 0 ? "\n{\"id\":" : ",\n{\"id\":", proof->id);
        printf(",\"kind\":\"%s\",\"holds\":%s,\"cells\":%llu,\"questions\":%llu",
               proof->is_never ? "never" : "always", proof->holds ? "true" : "false",
               (unsigned long long)proof->cells, (unsigned long long)proof->questions);
        if (!proof->holds) {
            json_member(",\"sentence\":", proof->sentence);
            json_steps(proof, heading);
        }
        printf("}");
    }
    printf("],\n\"broken\":%zu}\n", proofs->broken);
}

static struct lg_err proofs_print(const struct policy_proofs *proofs, bool json,
                                  struct arena *arena) {
    struct span heading;
    TRY(policy_case_heading_write(arena, &heading));
    if (json) {
        json_proofs(proofs, heading);
        return LG_OK;
    }
    for (size_t i = 0; i < proofs->count; i++) {
        print_proof(&proofs->proofs[i], heading);
    }
    printf("%zu of %zu promises hold\n", proofs->count - proofs->broken, proofs->count);
    return LG_OK;
}

static int prove(const struct options *options, const struct policy *policy,
                 struct policy *const *others) {
    OWN(arena_free) struct arena *arena = NULL;
    const struct policy *beside[OTHERS_MAX];
    struct policy_proofs proofs;
    for (size_t i = 0; i < options->other_count; i++) {
        beside[i] = others[i];
    }
    struct lg_err err = arena_new(LIMIT_POLICY_MEMORY, &arena);
    if (!lg_failed(err)) {
        err = policy_prove(policy, beside, options->other_count, arena, &proofs);
    }
    if (!lg_failed(err)) {
        err = proofs_print(&proofs, options->json, arena);
    }
    if (lg_failed(err)) {
        fprintf(stderr, "The promises were not proven.\nThere are more questions than can be gone "
                        "through.\nName fewer agreements.\n");
        return EXIT_TOOL_FAILED;
    }
    return proofs.broken == 0 ? EXIT_TOOL_DONE : EXIT_TOOL_NOT_VERIFIED;
}

/* ---- the command ---- */

static bool compile_all(const struct options *options, const struct isa_ground *ground,
                        struct policy *policies[static OTHERS_MAX + 1]) {
    struct agreement_file text = {0};
    struct agreement_file longer = {0};
    bool good = agreement_input_read(options->file, LIMIT_POLICY_TEXT_SIZE, &text);
    struct span whole = text.bytes;
    if (good && options->promise != NULL) {
        good = section_of(options->promise, whole, &longer);
        whole = longer.bytes;
    }
    good = good && isa_compile_unproven(options->file, whole, ground, &policies[0]);
    for (size_t i = 0; good && i < options->other_count; i++) {
        good = isa_compile(options->others[i], ground, &policies[i + 1]);
    }
    agreement_input_done(&text);
    agreement_input_done(&longer);
    return good;
}

int tool_agreement_prove(int argc, char **argv) {
    struct policy *policies[OTHERS_MAX + 1] = {NULL};
    struct isa_ground ground;
    struct options options;
    if (!parse(argc, argv, &options)) {
        return EXIT_TOOL_USAGE;
    }
    bool good = isa_ground_read(options.floor, options.statutes, &ground) &&
                compile_all(&options, &ground, policies);
    int code = good ? prove(&options, policies[0], policies + 1) : EXIT_TOOL_FAILED;
    for (size_t i = 0; i <= OTHERS_MAX; i++) {
        policy_free(&policies[i]);
    }
    isa_ground_done(&ground);
    return code;
}
