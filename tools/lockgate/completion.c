/* SPDX-License-Identifier: Apache-2.0 */
/* The words come from the tables of commands, so that what is completed is what is understood. */
#include "tools/lockgate/completion.h"

#include <stdio.h>

#include "tools/lockgate/exit.h"
#include "tools/lockgate/table.h"

static void print_flags(const struct command *command) {
    struct command_flag flag;
    const char *at = command->arguments;
    while ((at = command_flag_next(at, &flag)) != NULL) {
        printf("%.*s ", (int)flag.name.len, (const char *)flag.name.ptr);
    }
    printf("--quiet --no-input --help");
}

/* What may follow the noun, and what each verb of it. */
static void print_noun(const struct command_table *table) {
    const char *noun = table->rows[0].noun;
    if (table->rows[0].verb != NULL) {
        printf("    \"%s\") words=\"", noun);
        for (size_t i = 0; i < table->count; i++) {
            printf("%s%s", i == 0 ? "" : " ", table->rows[i].verb);
        }
        printf("\" ;;\n");
    }
    for (size_t i = 0; i < table->count; i++) {
        const char *verb = table->rows[i].verb;
        if (verb == NULL) {
            printf("    \"%s\"*) words=\"", noun);
        } else {
            printf("    \"%s %s\") words=\"", noun, verb);
        }
        print_flags(&table->rows[i]);
        printf("\" ;;\n");
    }
}

int tool_completion_bash(int argc, char **argv) {
    const struct command_table *const *tables;
    size_t count = command_tables(&tables);
    (void)argv;
    if (argc > 0) {
        return EXIT_TOOL_USAGE;
    }
    printf("_lockgate() {\n    local words=\"\" before=\"\"\n"
           "    [ \"$COMP_CWORD\" -lt 2 ] || before=\"${COMP_WORDS[1]}\"\n"
           "    [ \"$COMP_CWORD\" -lt 3 ] || before=\"$before ${COMP_WORDS[2]}\"\n"
           "    case \"$before\" in\n    \"\") words=\"");
    for (size_t i = 0; i < count; i++) {
        printf("%s%s", i == 0 ? "" : " ", tables[i]->rows[0].noun);
    }
    printf("\" ;;\n");
    for (size_t i = 0; i < count; i++) {
        print_noun(tables[i]);
    }
    printf("    esac\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\n"
           "complete -o default -F _lockgate lockgate\n");
    return EXIT_TOOL_DONE;
}
