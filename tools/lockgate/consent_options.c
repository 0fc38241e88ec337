/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/consent_options.h"

#include <stdio.h>
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

static bool word_option(const char *name, const char *value, struct consent *consent) {
    const struct {
        const char *name;
        const char *const *words;
    } options[] = {{"--kind", kinds},
                   {"--state", states},
                   {"--manner", manners},
                   {"--representative", representatives},
                   {"--format", formats}};
    size_t which = 0;
    unsigned number = 0;
    while (which < 5 && strcmp(name, options[which].name) != 0) {
        which++;
    }
    if (which == 5 || !word_find(options[which].words, value, &number)) {
        return false;
    }
    switch (which) {
    case 0:
        consent->kind = (enum consent_kind)number;
        break;
    case 1:
        consent->state = (enum consent_state)number;
        break;
    case 2:
        consent->how.manner = (enum consent_manner)number;
        break;
    case 3:
        consent->how.representative = (enum consent_representative)number;
        break;
    default:
        consent->how.format = (enum consent_format)number;
        break;
    }
    return true;
}

static bool text_option(const char *name, const char *value, struct consent *consent) {
    const struct {
        const char *name;
        struct span *place;
    } texts[] = {{"--from", &consent->from},
                 {"--until", &consent->until},
                 {"--language", &consent->how.language},
                 {"--evidence", &consent->how.evidence},
                 {"--representative-evidence", &consent->how.representative_evidence}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(name, texts[i].name) == 0) {
            *texts[i].place = span_text(value);
            return true;
        }
    }
    return false;
}

/* A list of names with commas between them. */
static bool list_option(const char *name, const char *value, struct consent_options *options) {
    struct consent *consent = &options->consent;
    const struct {
        const char *name;
        struct span_list *place;
    } lists[CONSENT_LISTS] = {{"--purposes", &consent->purposes},
                              {"--categories", &consent->categories},
                              {"--recipients", &consent->recipients},
                              {"--sources", &consent->sources}};
    for (size_t i = 0; i < CONSENT_LISTS; i++) {
        struct span rest = span_text(value);
        struct span part;
        size_t count = 0;
        if (strcmp(name, lists[i].name) != 0) {
            continue;
        }
        while (count < CONSENT_LIST_MAX && span_split(&rest, ',', &part)) {
            options->names[i][count++] = span_trim(part);
        }
        *lists[i].place = (struct span_list){.items = options->names[i], .count = count};
        return rest.ptr == NULL;
    }
    return false;
}

static bool id_option(const char *name, const char *value, struct consent_options *options) {
    bool acknowledges = strcmp(name, "--acknowledge") == 0;
    if (!acknowledges && strcmp(name, "--id") != 0) {
        return false;
    }
    options->acknowledges = acknowledges;
    options->has_id =
        !lg_failed(bytes_from_hex(span_text(value), options->id.bytes, sizeof options->id.bytes));
    return options->has_id;
}

static bool bare_option(const char *name, struct consent_options *options) {
    const struct {
        const char *name;
        bool *place;
    } flags[] = {{"--explicit", &options->consent.explicit_consent},
                 {"--of-source", &options->of_source},
                 {"--outstanding", &options->outstanding_only}};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(name, flags[i].name) == 0) {
            *flags[i].place = true;
            return true;
        }
    }
    return false;
}

static bool option_take(const char *name, const char *value, struct consent_options *options) {
    if (strcmp(name, "--proof") == 0) {
        options->proof = value;
        return true;
    }
    return word_option(name, value, &options->consent) ||
           text_option(name, value, &options->consent) || list_option(name, value, options) ||
           id_option(name, value, options) || person_option_take(name, value, &options->person);
}

bool consent_options_read(int argc, char **argv, bool wants_person,
                          struct consent_options *out_options) {
    *out_options = (struct consent_options){.proof = NULL};
    for (int i = 0; i < argc; i++) {
        if (bare_option(argv[i], out_options)) {
            continue;
        }
        if (i + 1 >= argc || !option_take(argv[i], argv[i + 1], out_options)) {
            (void)fprintf(stderr, "Not understood: %s\n", argv[i]);
            return false;
        }
        i++;
    }
    return person_options_are_whole(&out_options->person, wants_person);
}
