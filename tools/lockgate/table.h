/* SPDX-License-Identifier: Apache-2.0 */
/* The commands, one table a noun: finding a command, its help and the completion all read these. */
#ifndef TOOLS_LOCKGATE_TABLE_H
#define TOOLS_LOCKGATE_TABLE_H

#include <stddef.h>

/* run gets what follows the verb and gives the exit code; on EXIT_TOOL_USAGE the help follows. A
 * noun that takes a name at once has no verb (NULL). */
struct command {
    const char *noun;
    const char *verb;
    const char *arguments;
    const char *summary;
    const char *examples[2];
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
extern const struct command_table table_can;
extern const struct command_table table_consent;
extern const struct command_table table_demo;
extern const struct command_table table_explain;
extern const struct command_table table_person;
extern const struct command_table table_register;
extern const struct command_table table_review;

#endif
