/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate NOUN VERB ...`: finds the command in the table of its noun, and prints help of it. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tools/lockgate/exit.h"
#include "tools/lockgate/table.h"

static const struct command_table *const tables[] = {
    &table_access, &table_agreement, &table_audit,  &table_can,      &table_consent,
    &table_demo,   &table_explain,   &table_person, &table_register, &table_review,
};

static const size_t table_count = sizeof tables / sizeof tables[0];

static const char *verb_of(const struct command *command) {
    return command->verb == NULL ? "" : command->verb;
}

static void print_command(FILE *stream, const struct command *command) {
    fprintf(stream, "  %s\n  %s\n\n", command->examples[0], command->examples[1]);
    fprintf(stream, "lockgate %s %s %s\n", command->noun, verb_of(command), command->arguments);
    fprintf(stream, "  %s.\n", command->summary);
}

static void print_table(FILE *stream, const struct command_table *table) {
    for (size_t i = 0; i < table->count; i++) {
        const struct command *command = &table->rows[i];
        fprintf(stream, "  %-10s %-12s %s\n", command->noun, verb_of(command), command->summary);
    }
}

static void print_all(FILE *stream) {
    fprintf(stream, "lockgate NOUN VERB [NAME] [--flags]\n\n");
    for (size_t i = 0; i < table_count; i++) {
        print_table(stream, tables[i]);
    }
    fprintf(stream, "\n`lockgate NOUN VERB --help` shows examples.\n");
}

static const struct command_table *table_find(const char *noun) {
    for (size_t i = 0; i < table_count; i++) {
        if (strcmp(tables[i]->rows[0].noun, noun) == 0) {
            return tables[i];
        }
    }
    return NULL;
}

static const struct command *command_find(const char *noun, const char *verb) {
    const struct command_table *table = table_find(noun);
    for (size_t i = 0; table != NULL && i < table->count; i++) {
        const char *own = table->rows[i].verb;
        if (own == NULL || strcmp(own, verb) == 0) {
            return &table->rows[i];
        }
    }
    return NULL;
}

static bool asks_help(const char *word) {
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

int main(int argc, char **argv) {
    if (argc >= 2 && asks_help(argv[1])) {
        print_all(stdout);
        return EXIT_TOOL_DONE;
    }
    const struct command *command = argc >= 3 ? command_find(argv[1], argv[2]) : NULL;
    if (command == NULL) {
        print_all(stderr);
        return EXIT_TOOL_USAGE;
    }
    int taken = command->verb == NULL ? 2 : 3;
    if (argc > taken && asks_help(argv[taken])) {
        print_command(stdout, command);
        return EXIT_TOOL_DONE;
    }
    int code = command->run(argc - taken, argv + taken);
    if (code == EXIT_TOOL_USAGE) {
        print_command(stderr, command);
    }
    return code;
}
