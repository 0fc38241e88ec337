/* SPDX-License-Identifier: Apache-2.0 */
/* What the made-up agencies hold, in files as agencies have them: SQLite for six, CSV for the GP
 * practices (windows-1252, as a spreadsheet exports it) and for the charity. */
#ifndef TOOLS_DEMO_SOURCES_H
#define TOOLS_DEMO_SOURCES_H

#include <stdint.h>

#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "tools/demo/world.h"

enum demo_code {
    DEMO_FILE = 100, /* STORE: a file cannot be written; the diag says which */
    DEMO_PROGRAM,    /* INTERNAL: a program of the demo cannot be started or ended early */
    DEMO_NOT_READY,  /* PEER: a program did not become ready in time */
    DEMO_STATE,      /* CONFIG: the state folder is not ours or not whole */
};

/* Whether the agency keeps its records in a CSV file. */
bool demo_source_is_csv(enum demo_agency agency);
/* Writes DIR/NAME.db or DIR/NAME.csv, over what was there. `folder` must exist. */
LG_MUST_USE struct lg_err demo_source_write(const struct demo_world *world, enum demo_agency agency,
                                            const char *folder, struct diag *diag);
/* Writes DIR/NAME.yaml, the mapping of that file. */
LG_MUST_USE struct lg_err demo_mapping_write(enum demo_agency agency, const char *folder,
                                             struct diag *diag);
/* Writes 500 names, numbers and references of people, one a line, "kind<TAB>text": what may be
 * found nowhere but in the sources. */
LG_MUST_USE struct lg_err demo_canaries_write(const struct demo_world *world, const char *path,
                                              struct diag *diag);

#endif
