/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "tools/lockgate/explain_int.h"

static bool text_option(const char *name, struct span value, struct question *question) {
    const struct {
        const char *name;
        struct span *place;
    } texts[] = {
        {"--agreement", &question->ground.agreement},  {"--purpose", &question->ground.purpose},
        {"--basis", &question->ground.basis},          {"--case", &question->ground.case_reference},
        {"--user", &question->ground.actor.user_id},   {"--role", &question->ground.actor.role},
        {"--no-consent", &question->no_consent_reason}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(name, texts[i].name) == 0) {
            *texts[i].place = value;
            return true;
        }
    }
    return false;
}

static bool list_option(const char *name, struct span value, struct explain_options *options) {
    bool is_source = strcmp(name, "--from") == 0;
    struct span_list *list = is_source ? &options->question.sources : &options->question.items;
    struct span *room = is_source ? options->sources : options->items;
    if ((!is_source && strcmp(name, "--item") != 0) || list->count == EXPLAIN_LIST_MAX) {
        return false;
    }
    room[list->count] = value;
    list->items = room;
    list->count++;
    return true;
}

static bool other_option(const char *name, const char *value, struct explain_options *options) {
    if (strcmp(name, "--config") == 0) {
        options->config = value;
        return true;
    }
    bool child = strcmp(value, "child") == 0;
    options->question.age_class = child ? AGE_CHILD : AGE_ADULT;
    return strcmp(name, "--age") == 0 && (child || strcmp(value, "adult") == 0);
}

static bool switch_option(const char *name, struct explain_options *options) {
    const struct {
        const char *name;
        bool *place;
    } switches[] = {{"--quiet", &options->is_quiet},
                    {"--json", &options->is_json},
                    {"--case-line", &options->is_case_line}};
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
        if (strcmp(name, switches[i].name) == 0) {
            *switches[i].place = true;
            return true;
        }
    }
    return false;
}

bool explain_options_read(int argc, char **argv, struct explain_options *out_options) {
    *out_options = (struct explain_options){.config = NULL};
    for (int i = 0; i < argc; i++) {
        if (switch_option(argv[i], out_options)) {
            continue;
        }
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        bool taken =
            value != NULL && (text_option(argv[i], span_text(value), &out_options->question) ||
                              list_option(argv[i], span_text(value), out_options) ||
                              other_option(argv[i], value, out_options));
        if (!taken) {
            (void)fprintf(stderr, "Not understood: %s\n", argv[i]);
            return false;
        }
        i++;
    }
    const struct ground *ground = &out_options->question.ground;
    return out_options->config != NULL && ground->purpose.len > 0 && ground->basis.len > 0 &&
           ground->actor.user_id.len > 0 && ground->actor.role.len > 0;
}
