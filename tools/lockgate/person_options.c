/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tools/lockgate/person_options.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { IDENTITY_SIZE = 4096, IDENTITY_WRONG = 210 };

/* ---- flags --------------------------------------------------------------------------------- */

static bool age_take(void *ctx, const char *value) {
    struct question *question = ctx;
    bool child = strcmp(value, "child") == 0;
    question->age_class = child ? AGE_CHILD : AGE_ADULT;
    return child || strcmp(value, "adult") == 0;
}

static bool capacity_take(void *ctx, const char *value) {
    static const char *const words[] = {
        [CAPACITY_CAN] = "can", [CAPACITY_CANNOT] = "cannot", [CAPACITY_NOT_KNOWN] = "not-known"};
    struct question *question = ctx;
    for (size_t i = CAPACITY_CAN; i <= CAPACITY_NOT_KNOWN; i++) {
        if (strcmp(value, words[i]) == 0) {
            question->deciding_capacity = (enum capacity)i;
            return true;
        }
    }
    return false;
}

void question_table(struct question *question, struct option out[static QUESTION_OPTIONS]) {
    const struct option rows[] = {
        {"--agreement", .span = &question->ground.agreement},
        {"--purpose", .span = &question->ground.purpose},
        {"--basis", .span = &question->ground.basis},
        {"--case", .span = &question->ground.case_reference},
        {"--user", .span = &question->ground.actor.user_id},
        {"--role", .span = &question->ground.actor.role},
        {"--no-consent", .span = &question->no_consent_reason},
        {"--statement", .span = &question->statement},
        {"--compelling-reason", .span = &question->compelling_reason},
        {"--capacity", .take = capacity_take, .ctx = question},
        {"--capacity-basis", .span = &question->deciding_capacity_basis},
        {"--age", .take = age_take, .ctx = question},
    };
    static_assert(sizeof rows / sizeof rows[0] == QUESTION_OPTIONS, "all of them");
    memcpy(out, rows, sizeof rows);
}

bool question_is_whole(const struct question *question) {
    const struct ground *ground = &question->ground;
    return ground->purpose.len > 0 && ground->basis.len > 0 && ground->actor.user_id.len > 0 &&
           ground->actor.role.len > 0;
}

void person_table(struct person_options *options, struct option out[static PERSON_OPTIONS]) {
    struct question *question = &options->question;
    const struct option rows[] = {
        {"--config", .text = &options->config},
        {"--identity", .text = &options->identity},
        {"--receipts", .text = &options->receipts},
        {"--json", .is_set = &options->json},
        {"--name", .span = &question->ground.actor.display_name},
        {"--proportionate", .span = &question->reasons.proportionate},
        {"--lawful", .span = &question->reasons.lawful},
        {"--accountable", .span = &question->reasons.accountable},
        {"--necessary", .span = &question->reasons.necessary},
        {"--least-intrusive", .span = &question->reasons.least_intrusive},
    };
    static_assert(sizeof rows / sizeof rows[0] + QUESTION_OPTIONS == PERSON_OPTIONS, "all of them");
    question_table(question, out);
    memcpy(out + QUESTION_OPTIONS, rows, sizeof rows);
}

bool person_options_are_whole(const struct person_options *options, bool wants_identity) {
    return options->config != NULL && (options->identity != NULL || !wants_identity) &&
           question_is_whole(&options->question);
}

bool person_options_read(int argc, char **argv, struct person_options *out_options) {
    *out_options = (struct person_options){.question = {.tier = TIER_HEADLINE}};
    bool is_detail = false;
    struct option rows[PERSON_OPTIONS];
    const struct option own[] = {{"--detail", .is_set = &is_detail}};
    person_table(out_options, rows);
    const struct option_table tables[] = {{rows, sizeof rows / sizeof rows[0]},
                                          {own, sizeof own / sizeof own[0]}};
    if (!options_read(argc, argv, tables, 2)) {
        return false;
    }
    if (is_detail) {
        out_options->question.tier = TIER_DETAIL;
    }
    return person_options_are_whole(out_options, true);
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
