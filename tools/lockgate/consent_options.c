/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/consent_options.h"

#include <string.h>

#include "gateway/base/bytes.h"

/* Words by number; NULL ends. Those of the contract, in lower case. */
static const char *const kinds[] = {"all",     "basis",     "confidentiality",
                                    "service", "objection", NULL};
static const char *const states[] = {"", "given", "refused", "withdrawn", NULL};
static const char *const manners[] = {"", "in-person", "telephone", "writing", "online", NULL};
static const char *const representatives[] = {"", "parent", "attorney", "deputy", "court", NULL};
static const char *const formats[] = {"",        "standard", "easy-read",     "large-print",
                                      "braille", "audio",    "sign-language", "interpreter",
                                      NULL};

const char *consent_kind_word(enum consent_kind kind) {
    return kind < CONSENT_KIND_END ? kinds[kind] : "?";
}

const char *consent_state_word(const struct consent *consent) {
    if (consent->kind == CONSENT_KIND_OBJECTION) {
        return consent->state == CONSENT_WITHDRAWN ? "lifted" : "stands";
    }
    return states[consent->state <= CONSENT_WITHDRAWN ? consent->state : 0];
}

/* ---- flags --------------------------------------------------------------------------------- */

static bool word_find(const char *const *words, const char *value, unsigned *out_number) {
    for (unsigned i = 0; words[i] != NULL; i++) {
        if (value[0] != '\0' && strcmp(words[i], value) == 0) {
            *out_number = i;
            return true;
        }
    }
    return false;
}

static bool kind_take(void *ctx, const char *value) {
    unsigned number = 0;
    bool found = word_find(kinds, value, &number);
    ((struct consent *)ctx)->kind = (enum consent_kind)number;
    return found;
}

static bool state_take(void *ctx, const char *value) {
    unsigned number = 0;
    bool found = word_find(states, value, &number);
    ((struct consent *)ctx)->state = (enum consent_state)number;
    return found;
}

static bool manner_take(void *ctx, const char *value) {
    unsigned number = 0;
    bool found = word_find(manners, value, &number);
    ((struct consent *)ctx)->how.manner = (enum consent_manner)number;
    return found;
}

static bool representative_take(void *ctx, const char *value) {
    unsigned number = 0;
    bool found = word_find(representatives, value, &number);
    ((struct consent *)ctx)->how.representative = (enum consent_representative)number;
    return found;
}

static bool format_take(void *ctx, const char *value) {
    unsigned number = 0;
    bool found = word_find(formats, value, &number);
    ((struct consent *)ctx)->how.format = (enum consent_format)number;
    return found;
}

/* A list of names with commas between them, and its room. */
struct names {
    struct span_list *list;
    struct span *room;
};

static bool names_take(void *ctx, const char *value) {
    const struct names *names = ctx;
    struct span rest = span_text(value);
    struct span part;
    size_t count = 0;
    while (count < CONSENT_LIST_MAX && span_split(&rest, ',', &part)) {
        names->room[count++] = span_trim(part);
    }
    *names->list = (struct span_list){.items = names->room, .count = count};
    return rest.ptr == NULL;
}

static bool id_take(void *ctx, const char *value) {
    struct consent_options *options = ctx;
    options->has_id =
        !lg_failed(bytes_from_hex(span_text(value), options->id.bytes, sizeof options->id.bytes));
    return options->has_id;
}

static bool acknowledge_take(void *ctx, const char *value) {
    ((struct consent_options *)ctx)->acknowledges = true;
    return id_take(ctx, value);
}

bool consent_options_read(int argc, char **argv, bool wants_person,
                          struct consent_options *out_options) {
    *out_options = (struct consent_options){.proof = NULL};
    struct consent *consent = &out_options->consent;
    struct names lists[CONSENT_LISTS] = {{&consent->purposes, out_options->names[0]},
                                         {&consent->categories, out_options->names[1]},
                                         {&consent->recipients, out_options->names[2]},
                                         {&consent->sources, out_options->names[3]}};
    struct option person[PERSON_OPTIONS];
    const struct option own[] = {
        {"--kind", .take = kind_take, .ctx = consent},
        {"--state", .take = state_take, .ctx = consent},
        {"--manner", .take = manner_take, .ctx = consent},
        {"--representative", .take = representative_take, .ctx = consent},
        {"--format", .take = format_take, .ctx = consent},
        {"--from", .span = &consent->from},
        {"--until", .span = &consent->until},
        {"--language", .span = &consent->how.language},
        {"--evidence", .span = &consent->how.evidence},
        {"--representative-evidence", .span = &consent->how.representative_evidence},
        {"--purposes", .take = names_take, .ctx = &lists[0]},
        {"--categories", .take = names_take, .ctx = &lists[1]},
        {"--recipients", .take = names_take, .ctx = &lists[2]},
        {"--sources", .take = names_take, .ctx = &lists[3]},
        {"--id", .take = id_take, .ctx = out_options},
        {"--acknowledge", .take = acknowledge_take, .ctx = out_options},
        {"--proof", .text = &out_options->proof},
        {"--explicit", .is_set = &consent->explicit_consent},
        {"--quiet", .is_set = &out_options->is_quiet},
        {"--of-source", .is_set = &out_options->of_source},
        {"--outstanding", .is_set = &out_options->outstanding_only},
    };
    person_table(&out_options->person, person);
    const struct option_table tables[] = {{own, sizeof own / sizeof own[0]},
                                          {person, sizeof person / sizeof person[0]}};
    return options_read(argc, argv, tables, 2) &&
           person_options_are_whole(&out_options->person, wants_person);
}
