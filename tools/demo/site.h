/* SPDX-License-Identifier: Apache-2.0 */
/* Where everything of the demo partnership lies, and which ports it uses. One folder, STATE:
 *
 *   made                  written last: the folder is whole; its time is the day of the agreement
 *   agencies/             what the agencies hold, their mappings, and the person to try
 *   ca/                   the partnership's authority and every leaf
 *   keys/                 keys of index and log, passphrase of the key service
 *   connectors/AGENCY/    secret key and state of a connector
 *   gateway/ keyd/        state of the two services
 *   config/               configuration of every program, written anew at each start; keys and
 *                         secret of the sign-in provider, where there is a console
 *   AGREEMENT.isa         an agreement; log.vkey: the log's public key; pinned-keys
 *   log/                  what the programs say
 *   processes             who runs: NAME PID START */
#ifndef TOOLS_DEMO_SITE_H
#define TOOLS_DEMO_SITE_H

#include <stdint.h>
#include <stdio.h>

#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "tools/demo/world.h"

enum { DEMO_PATH = 1024, DEMO_DELAY_MS = 4000, DEMO_SEED = 20261123 };

#define DEMO_PARTNERSHIP "bridgewater"
#define DEMO_OPERATOR "operator"
#define DEMO_LOG_ORIGIN "bridgewater.example/log"

struct demo_site {
    char state[DEMO_PATH];
    uint16_t gateway_port;
    uint16_t keyd_port;
    uint16_t relay_port; /* in front of the slow agency */
    uint16_t console_port;
    uint16_t provider_port;
    char web[DEMO_PATH]; /* files of the console; empty: there is no console */
    uint16_t connector_ports[DEMO_AGENCIES];
};

/* Whose people sign in to the console. */
#define DEMO_CONSOLE DEMO_CHILDRENS_CARE
/* The one that is slow, and the one that is off. */
#define DEMO_SLOW DEMO_GP
#define DEMO_OFF DEMO_VOLUNTARY

struct demo_path {
    char text[DEMO_PATH];
};

/* STATE/NAME; the format is printf's. Cut at DEMO_PATH. */
struct demo_path demo_path_of(const struct demo_site *site, const char *format, ...)
    LG_PRINTF(2, 3);

/* The default folder, in the build folder of the tree. */
const char *demo_state_default(void);
/* A file of the tree, such as "certs/dev-ca", and a program as it was built. */
struct demo_path demo_source_file(const char *name);
const char *demo_program_gateway(void);
const char *demo_program_keyd(void);
const char *demo_program_connector(void);
const char *demo_program_delay(void);

/* Chooses ports: the usual ones, and free ones in place of those that are taken. */
LG_MUST_USE struct lg_err demo_ports_choose(struct demo_site *site, struct diag *diag);

/* Opens STATE/NAME for writing, 0600. STORE DEMO_FILE with a sentence. */
LG_MUST_USE struct lg_err demo_file_create(const struct demo_path *path, struct diag *diag,
                                           FILE **out_file);
/* Closes; STORE DEMO_FILE where anything was not written. */
LG_MUST_USE struct lg_err demo_file_close(const struct demo_path *path, struct diag *diag,
                                          FILE *file);
LG_MUST_USE struct lg_err demo_folder_make(const struct demo_path *path, struct diag *diag);

#endif
