/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/life_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DECIMAL = 10, VERSION_DIGITS = 9 };

static bool not_understood(const char *word) {
    (void)fprintf(stderr, "Not understood: %s\n", word);
    return false;
}

static bool version_read(const char *text, uint32_t *out_version) {
    size_t len = strlen(text);
    if (len == 0 || len > VERSION_DIGITS || strspn(text, "0123456789") != len) {
        return not_understood(text);
    }
    *out_version = (uint32_t)strtoul(text, NULL, DECIMAL);
    return true;
}

static const char **place_of(const char *flag, struct life_options *options) {
    const struct {
        const char *name;
        const char **place;
    } flags[] = {{"--config", &options->config}, {"--party", &options->party},
                 {"--user", &options->user},     {"--role", &options->role},
                 {"--key", &options->key},       {"--office", &options->office},
                 {"--reason", &options->reason}, {"--day", &options->day},
                 {"--report", &options->report}, {"--cases", &options->cases}};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(flag, flags[i].name) == 0) {
            return flags[i].place;
        }
    }
    return NULL;
}

bool life_options_read(int argc, char **argv, struct life_options *out_options) {
    struct life_options options = {.name = NULL};
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i];
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        const char **place = place_of(word, &options);
        bool is_version = strcmp(word, "--version") == 0;
        if (strcmp(word, "--json") == 0) {
            options.json = true;
        } else if (word[0] != '-' && options.name == NULL) {
            options.name = word;
        } else if (value == NULL || (place == NULL && !is_version)) {
            return not_understood(word);
        } else if (is_version) {
            i++;
            if (!version_read(value, &options.version)) {
                return false;
            }
        } else {
            *place = value;
            i++;
        }
    }
    *out_options = options;
    return true;
}
