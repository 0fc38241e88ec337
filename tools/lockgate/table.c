/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/table.h"

#include <string.h>

static const struct command_table *const tables[] = {
    &table_access,     &table_agreement, &table_audit,    &table_backup, &table_can,
    &table_completion, &table_config,    &table_consent,  &table_demo,   &table_duty,
    &table_erase,      &table_explain,   &table_incident, &table_person, &table_register,
    &table_review,     &table_sar,
};

size_t command_tables(const struct command_table *const **out_tables) {
    *out_tables = tables;
    return sizeof tables / sizeof tables[0];
}

const struct command_table *command_table_find(const char *noun) {
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if (strcmp(tables[i]->rows[0].noun, noun) == 0) {
            return tables[i];
        }
    }
    return NULL;
}

const struct command *command_find(const char *noun, const char *verb) {
    const struct command_table *table = command_table_find(noun);
    for (size_t i = 0; table != NULL && i < table->count; i++) {
        const char *own = table->rows[i].verb;
        if (own == NULL || strcmp(own, verb) == 0) {
            return &table->rows[i];
        }
    }
    return NULL;
}

/* ---- flags ---- */

static const char flag_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

const char *command_flag_next(const char *arguments, struct command_flag *out_flag) {
    const char *name = strstr(arguments, "--");
    if (name == NULL) {
        return NULL;
    }
    size_t len = strspn(name, flag_letters);
    const char *after = name + len;
    const char *value = after + strspn(after, " \n");
    bool ends = value[0] == '\0' || strchr("[]|-,", value[0]) != NULL;
    *out_flag =
        (struct command_flag){.name = span_of((const uint8_t *)name, len), .has_value = !ends};
    return after;
}

bool command_flag_find(const struct command *command, const char *name,
                       struct command_flag *out_flag) {
    const char *at = command->arguments;
    while ((at = command_flag_next(at, out_flag)) != NULL) {
        if (span_equal_text(out_flag->name, name)) {
            return true;
        }
    }
    return false;
}
