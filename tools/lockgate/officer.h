/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands of officers share: flags, one connection, what is said when it fails. */
#ifndef TOOLS_LOCKGATE_OFFICER_H
#define TOOLS_LOCKGATE_OFFICER_H

#include <stdbool.h>

#include "gateway/base/arena.h"
#include "gateway/base/diag.h"
#include "gateway/config/client.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire.h"
#include "tools/lockgate/client.h"

/* Words of a command line; NULL where a flag is absent. */
struct officer_options {
    const char *config;  /* --config */
    const char *user;    /* --user */
    const char *role;    /* --role */
    const char *name;    /* the one word without a flag: an id */
    const char *outcome; /* --outcome */
    const char *reason;  /* --reason */
    const char *telling; /* --telling */
    const char *channel; /* --channel */
    const char *agency;  /* --agency */
    const char *system;  /* --system */
    const char *person;  /* --person */
    const char *kind;    /* --kind */
    bool overdue;        /* --overdue */
    bool escalated;      /* --escalated */
    bool all;            /* --all */
    bool json;           /* --json: every reply is printed as such */
};

/* False for wrong usage: an unknown or doubled flag, or one of config, user and role missing. */
bool officer_options_read(int argc, char **argv, struct officer_options *out_options);

/* One command under way. */
struct officer {
    struct officer_options options;
    struct config_client *config;
    struct client *client;
    struct grpc_channel *gateway;
    struct arena *arena;
    struct diag diag;
    struct wire_report report;
};

struct actor officer_actor(const struct officer *officer);
/* Configuration, certificates and connection. Errors with a sentence in the diag. */
LG_MUST_USE struct lg_err officer_open(struct officer *officer);
void officer_done(struct officer *officer);
/* A unary call of the gateway; its reply is printed where JSON is wanted. */
LG_MUST_USE struct lg_err officer_call(struct officer *officer, const char *path,
                                       struct span message, struct span *out_answer);
/* Says what failed and why on stderr; the exit code. */
int officer_failed(const struct officer *officer, const char *what, struct lg_err err);
/* "14 Jul 2026, 09:41 UTC"; in the arena. */
const char *officer_time(const struct officer *officer, int64_t ms);

#endif
