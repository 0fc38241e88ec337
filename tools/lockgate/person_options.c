/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tools/lockgate/person_options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { IDENTITY_SIZE = 4096, IDENTITY_WRONG = 210 };

/* ---- flags --------------------------------------------------------------------------------- */

static bool text_option(const char *name, const char *value, struct person_options *options) {
    struct question *question = &options->question;
    const struct {
        const char *name;
        struct span *place;
    } texts[] = {{"--agreement", &question->ground.agreement},
                 {"--purpose", &question->ground.purpose},
                 {"--basis", &question->ground.basis},
                 {"--case", &question->ground.case_reference},
                 {"--user", &question->ground.actor.user_id},
                 {"--role", &question->ground.actor.role},
                 {"--name", &question->ground.actor.display_name},
                 {"--no-consent", &question->no_consent_reason},
                 {"--proportionate", &question->reasons.proportionate},
                 {"--lawful", &question->reasons.lawful},
                 {"--accountable", &question->reasons.accountable},
                 {"--necessary", &question->reasons.necessary},
                 {"--least-intrusive", &question->reasons.least_intrusive}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(name, texts[i].name) == 0) {
            *texts[i].place = span_text(value);
            return true;
        }
    }
    return false;
}

static bool file_option(const char *name, const char *value, struct person_options *options) {
    const struct {
        const char *name;
        const char **place;
    } files[] = {{"--config", &options->config},
                 {"--identity", &options->identity},
                 {"--receipts", &options->receipts}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (strcmp(name, files[i].name) == 0) {
            *files[i].place = value;
            return true;
        }
    }
    return false;
}

static bool age_option(const char *name, const char *value, struct person_options *options) {
    if (strcmp(name, "--age") != 0) {
        return false;
    }
    bool child = strcmp(value, "child") == 0;
    options->question.age_class = child ? AGE_CHILD : AGE_ADULT;
    return child || strcmp(value, "adult") == 0;
}

bool person_option_take(const char *name, const char *value, struct person_options *options) {
    return text_option(name, value, options) || file_option(name, value, options) ||
           age_option(name, value, options);
}

bool person_options_are_whole(const struct person_options *options, bool wants_identity) {
    const struct ground *ground = &options->question.ground;
    return options->config != NULL && (options->identity != NULL || !wants_identity) &&
           ground->purpose.len > 0 && ground->basis.len > 0 && ground->actor.user_id.len > 0 &&
           ground->actor.role.len > 0;
}

bool person_options_read(int argc, char **argv, struct person_options *out_options) {
    struct person_options options = {.question = {.tier = TIER_HEADLINE}};
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--detail") == 0) {
            options.question.tier = TIER_DETAIL;
            continue;
        }
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        bool taken = value != NULL && person_option_take(argv[i], value, &options);
        if (!taken) {
            (void)fprintf(stderr, "Not understood: %s\n", argv[i]);
            return false;
        }
        i++;
    }
    *out_options = options;
    return person_options_are_whole(&options, true);
}

/* ---- identity ------------------------------------------------------------------------------ */

static struct lg_err identity_wrong(struct diag *diag, uint32_t line, const char *sentence) {
    diag_set(diag, line, "identity: %s", sentence);
    return lg_err_make(LG_CLASS_CONFIG, LG_TOOLS, IDENTITY_WRONG);
}

static struct lg_err file_text(const char *path, struct arena *arena, struct diag *diag,
                               struct span *out_text) {
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "re");
    uint8_t *bytes = arena_alloc(arena, IDENTITY_SIZE);
    TRY(arena_failed(arena));
    if (file == NULL) {
        return identity_wrong(diag, 0, strerror(errno));
    }
    size_t len = fread(bytes, 1, IDENTITY_SIZE, file);
    if (!is_stdin) {
        (void)fclose(file);
    }
    *out_text = span_of(bytes, len);
    return len < IDENTITY_SIZE ? LG_OK : identity_wrong(diag, 0, "the file is too long");
}

static struct span *identity_place(struct identity *identity, struct span name) {
    const struct {
        const char *name;
        struct span *place;
    } places[] = {{"family-name", &identity->family_name},
                  {"given-name", &identity->given_name},
                  {"born", &identity->born},
                  {"postcode", &identity->postcode},
                  {"scheme", &identity->scheme},
                  {"identifier", &identity->identifier}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (span_equal_text(name, places[i].name)) {
            return places[i].place;
        }
    }
    return NULL;
}

struct lg_err person_identity_read(const char *path, struct arena *arena, struct diag *diag,
                                   struct identity *out_identity) {
    struct span rest;
    struct span line_text;
    struct identity identity = {.scheme = {.ptr = NULL}};
    TRY(file_text(path, arena, diag, &rest));
    for (uint32_t line = 1; span_split(&rest, '\n', &line_text); line++) {
        struct span value = span_trim(line_text);
        struct span name;
        if (value.len == 0 || !span_split(&value, ':', &name)) {
            continue;
        }
        struct span *place = identity_place(&identity, span_trim(name));
        if (place == NULL || value.ptr == NULL) {
            return identity_wrong(diag, line, "not a line of the form NAME: TEXT, or no such name");
        }
        *place = span_trim(value);
    }
    *out_identity = identity;
    return LG_OK;
}
