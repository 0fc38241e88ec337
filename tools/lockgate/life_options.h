/* SPDX-License-Identifier: Apache-2.0 */
/* Flags of the commands that work on agreements at a gateway. */
#ifndef TOOLS_LOCKGATE_LIFE_OPTIONS_H
#define TOOLS_LOCKGATE_LIFE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct life_options {
    const char *name; /* an id, or the file of a proposal */
    const char *config;
    uint32_t version; /* 0: the one in force */
    const char *party;
    const char *user;
    const char *role;
    const char *key;
    const char *office;
    const char *reason;
    const char *day;
    const char *report;
    const char *cases;
    bool json;
};

/* False after a sentence on stderr. */
bool life_options_read(int argc, char **argv, struct life_options *out_options);

#endif
