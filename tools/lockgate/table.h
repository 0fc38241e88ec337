/* SPDX-License-Identifier: Apache-2.0 */
/* The commands, one table a noun. What may be said, its help and its completion all come from here:
 * a flag that `arguments` does not name is not understood. */
#ifndef TOOLS_LOCKGATE_TABLE_H
#define TOOLS_LOCKGATE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/span.h"

/* run gets what follows the verb, but for the flags of every command (--help, --no-input, and
 * --quiet unless it has notes to leave out), and gives the exit code; on EXIT_TOOL_USAGE the help
 * follows. A noun that takes a name at once has no verb (NULL). In arguments a flag with a value
 * has a word after it, what may be left out stands in brackets, and what is chosen among has bars
 * between. */
struct command {
    const char *noun;
    const char *verb;
    const char *arguments;
    const char *summary;
    const char *examples[2];
    bool has_notes; /* on stderr, beside what it prints */
    int (*run)(int argc, char **argv);
};

/* Never empty; every command has the noun of the first. */
struct command_table {
    const struct command *rows;
    size_t count;
};

extern const struct command_table table_access;
extern const struct command_table table_agreement;
extern const struct command_table table_audit;
extern const struct command_table table_backup;
extern const struct command_table table_can;
extern const struct command_table table_completion;
extern const struct command_table table_config;
extern const struct command_table table_consent;
extern const struct command_table table_demo;
extern const struct command_table table_duty;
extern const struct command_table table_erase;
extern const struct command_table table_explain;
extern const struct command_table table_incident;
extern const struct command_table table_person;
extern const struct command_table table_register;
extern const struct command_table table_review;
extern const struct command_table table_sar;

/* All of them, in the order of help; how many. */
size_t command_tables(const struct command_table *const **out_tables);
/* NULL where there is none. */
const struct command_table *command_table_find(const char *noun);
const struct command *command_find(const char *noun, const char *verb);

struct command_flag {
    struct span name; /* with its dashes */
    bool has_value;
};

/* The first flag of a text of arguments, and where to go on; NULL where there is none. */
const char *command_flag_next(const char *arguments, struct command_flag *out_flag);
/* False where the command does not take it. */
bool command_flag_find(const struct command *command, const char *name,
                       struct command_flag *out_flag);

/* What an officer says of themselves, and the same in examples. */
#define TABLE_ACTOR "--config FILE --user ID --role ID"
#define TABLE_AS_OFFICER "--config officer.yaml --user ig1 --role reviewer"
/* What an example of a question about a complaint says, and then of whom. */
#define TABLE_ON_COMPLAINT                                                                         \
    "--purpose complaint \\\n    --basis public-task --user ig1 --role reviewer"

/* What every question says of itself, and every question about a person besides. */
#define TABLE_GROUND                                                                               \
    "--config FILE --purpose ID --basis ID --user ID --role ID\n  [--agreement ID] "               \
    "[--case REF]"
#define TABLE_PERSON                                                                               \
    TABLE_GROUND "\n  --identity FILE [--age child|adult] [--name WORDS] [--proportionate WORDS] " \
                 "[--lawful WORDS]\n  [--accountable WORDS] [--necessary WORDS] "                  \
                 "[--least-intrusive WORDS]"

#endif
