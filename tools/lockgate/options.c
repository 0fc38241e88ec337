/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/options.h"

#include <stdio.h>
#include <string.h>

/* A word without a flag goes to the first place that is free. */
static bool fits(const struct option *option, const char *word) {
    if (option->flag != NULL) {
        return strcmp(option->flag, word) == 0;
    }
    return word[0] != '-' && *option->text == NULL;
}

static const struct option *option_find(const struct option_table *tables, size_t count,
                                        const char *word) {
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < tables[i].count; j++) {
            if (fits(&tables[i].rows[j], word)) {
                return &tables[i].rows[j];
            }
        }
    }
    return NULL;
}

static bool text_take(const char **place, const char *value) {
    bool is_free = *place == NULL;
    *place = value;
    return is_free;
}

static bool value_take(const struct option *option, const char *value) {
    if (option->take != NULL) {
        return option->take(option->ctx, value);
    }
    if (option->text != NULL) {
        return text_take(option->text, value);
    }
    bool is_free = option->span->ptr == NULL;
    *option->span = span_text(value);
    return is_free;
}

static bool flag_set(bool *place) {
    bool is_free = !*place;
    *place = true;
    return is_free;
}

/* Takes the word at *i, and its value where it has one. What is wrong with it, or NULL. */
static const char *word_take(int argc, char **argv, int *i, const struct option *option) {
    if (option == NULL) {
        return "Not understood";
    }
    if (option->is_set != NULL) {
        return flag_set(option->is_set) ? NULL : "Said twice";
    }
    if (option->flag == NULL) {
        return value_take(option, argv[*i]) ? NULL : "Said twice";
    }
    if (*i + 1 == argc) {
        return "A value is missing after";
    }
    (*i)++;
    bool is_taken = value_take(option, argv[*i]);
    return is_taken ? NULL : option->take == NULL ? "Said twice" : "The value does not fit";
}

bool options_read(int argc, char **argv, const struct option_table *tables, size_t count) {
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i];
        const char *wrong = word_take(argc, argv, &i, option_find(tables, count, word));
        if (wrong != NULL) {
            (void)fprintf(stderr, "%s: %s\n", wrong, word);
            return false;
        }
    }
    return true;
}
