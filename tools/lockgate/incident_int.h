/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands about incidents share. */
#ifndef TOOLS_LOCKGATE_INCIDENT_INT_H
#define TOOLS_LOCKGATE_INCIDENT_INT_H

#include <stdbool.h>

#include "gateway/wire/incidents.h"
#include "tools/lockgate/asking.h"
#include "tools/lockgate/options.h"
#include "tools/lockgate/person_options.h"

/* One command under way: zeroed, then given its options, opened, and ended by asking_done. */
struct incident_command {
    const char *config;
    const char *identity;
    const char *name;    /* the one word without a flag */
    const char *version; /* --version */
    const char *reason;  /* --reason */
    bool json;
    struct question question; /* its ground */
    struct wire_incident_id id;
    uint32_t version_number;
    struct asking asking;
};

/* Options of every command: config, user, role, json, and what `own` has; an id and a version where
 * they are wanted; with a ground where wants_ground. False for wrong usage. */
struct incident_usage {
    bool wants_id;
    bool wants_version;
    bool wants_ground;
    const struct option *own;
    size_t own_count;
};
bool incident_options_read(int argc, char **argv, const struct incident_usage *usage,
                           struct incident_command *command);
/* Days of YYYY-MM-DD and moments of YYYY-MM-DDTHH:MM, UTC. False for others; text NULL: 0. */
bool incident_moment_read(const char *text, int64_t *out_ms);
/* A decimal number without sign. */
bool incident_number_read(const char *text, uint64_t *out_number);
/* The number of a word from 1; 0 where it is none of them. */
unsigned incident_word_find(const char *const *words, size_t count, const char *word);

/* A unary call; the reply is printed where JSON is wanted. request and reply are the method's. */
LG_MUST_USE struct lg_err incident_call(struct incident_command *command,
                                        enum wire_incident_method method, const void *request,
                                        void *out_reply);
/* Ends the command: tells what failed, or gives EXIT_TOOL_DONE. */
int incident_end(struct incident_command *command, const char *what, struct lg_err err);

void incident_print(const struct wire_incident *it);
void incident_print_whole(const struct wire_incident *it);
void incident_notice_print(const struct wire_incident_notice *it);
/* The actor of the question. */
struct actor incident_actor(const struct incident_command *command);

#endif
