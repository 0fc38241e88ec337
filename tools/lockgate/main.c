/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate NOUN VERB ...`: finds the command, keeps the manners that all commands have, and prints
 * help. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tools/lockgate/exit.h"
#include "tools/lockgate/table.h"

/* ---- help ---- */

static const char *verb_of(const struct command *command) {
    return command->verb == NULL ? "" : command->verb;
}

static void print_name(FILE *stream, const struct command *command) {
    fprintf(stream, "lockgate %s%s%s", command->noun, command->verb == NULL ? "" : " ",
            verb_of(command));
}

static void print_command(FILE *stream, const struct command *command) {
    fprintf(stream, "  %s\n  %s\n\n", command->examples[0], command->examples[1]);
    print_name(stream, command);
    fprintf(stream, " %s\n", command->arguments);
    fprintf(stream, "  [--quiet] [--no-input] [--help]\n  %s.\n", command->summary);
}

static void print_table(FILE *stream, const struct command_table *table) {
    for (size_t i = 0; i < table->count; i++) {
        const struct command *command = &table->rows[i];
        fprintf(stream, "  %-10s %-12s %s\n", command->noun, verb_of(command), command->summary);
    }
}

static void print_all(FILE *stream) {
    const struct command_table *const *tables;
    size_t count = command_tables(&tables);
    fprintf(stream, "lockgate NOUN VERB [NAME] [--flags]\n\n");
    for (size_t i = 0; i < count; i++) {
        print_table(stream, tables[i]);
    }
    fprintf(stream, "\n`lockgate NOUN VERB --help` shows examples.\n");
}

static bool asks_help(const char *word) {
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* ---- manners ---- */

/* What is left for the command, and what is the same for all: nothing here asks a question, so that
 * --no-input has nothing to forbid. */
struct words {
    int argc;
    char **argv;
    const char *strange; /* a flag that the command does not have */
    bool wants_help;
    bool is_quiet;
};

static void keep(struct words *words, char *word) {
    words->argv[words->argc++] = word;
}

/* Whether a value comes after the word. */
static bool flag_take(struct words *words, const struct command *command, char *word) {
    struct command_flag flag = {.has_value = false};
    bool is_quiet = strcmp(word, "--quiet") == 0;
    words->is_quiet |= is_quiet;
    if ((is_quiet && command->has_notes) || command_flag_find(command, word, &flag)) {
        keep(words, word);
    } else if (!is_quiet && strcmp(word, "--no-input") != 0) {
        words->strange = word;
    }
    return flag.has_value;
}

static struct words words_read(const struct command *command, int argc, char **argv) {
    struct words words = {.argv = argv};
    for (int i = 0; i < argc; i++) {
        if (asks_help(argv[i])) {
            words.wants_help = true;
        } else if (strncmp(argv[i], "--", 2) != 0) {
            keep(&words, argv[i]);
        } else if (flag_take(&words, command, argv[i]) && i + 1 < argc) {
            keep(&words, argv[++i]);
        }
    }
    return words;
}

static int usage(const struct command *command) {
    fputc('`', stderr);
    print_name(stderr, command);
    fprintf(stderr, "` was not run.\nA word is missing, or does not fit.\n"
                    "See what it takes:\n\n");
    print_command(stderr, command);
    return EXIT_TOOL_USAGE;
}

static int run(const struct command *command, int argc, char **argv) {
    struct words words = words_read(command, argc, argv);
    if (words.wants_help) {
        print_command(stdout, command);
        return EXIT_TOOL_DONE;
    }
    if (words.strange != NULL) {
        fprintf(stderr, "Not understood: %s\n", words.strange);
        return usage(command);
    }
    if (words.is_quiet && freopen("/dev/null", "w", stdout) == NULL) {
        fprintf(stderr, "Nothing was done.\n/dev/null cannot be opened.\n"
                        "Leave --quiet out.\n");
        return EXIT_TOOL_FAILED;
    }
    int code = command->run(words.argc, words.argv);
    return code == EXIT_TOOL_USAGE ? usage(command) : code;
}

/* A noun alone, or with a verb that it does not have. */
static int lost(int argc, char **argv) {
    const struct command_table *table = argc < 2 ? NULL : command_table_find(argv[1]);
    bool is_asked = argc == 2 ? asks_help(argv[1]) : argc > 2 && asks_help(argv[2]);
    FILE *stream = is_asked ? stdout : stderr;
    if (argc > 1 && !is_asked) {
        fprintf(stderr, "Not understood: %s\n", table == NULL ? argv[1] : argv[argc > 2 ? 2 : 1]);
    }
    if (table == NULL) {
        print_all(stream);
    } else {
        print_table(stream, table);
    }
    return is_asked ? EXIT_TOOL_DONE : EXIT_TOOL_USAGE;
}

int main(int argc, char **argv) {
    const struct command *command = argc >= 3 ? command_find(argv[1], argv[2]) : NULL;
    if (command == NULL) {
        return lost(argc, argv);
    }
    int taken = command->verb == NULL ? 2 : 3;
    return run(command, argc - taken, argv + taken);
}
