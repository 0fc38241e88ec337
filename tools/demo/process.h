/* SPDX-License-Identifier: Apache-2.0 */
/* Programs of the demo: started, watched, ended. Who runs is written to STATE/processes with the
 * time at which the process began, so that a number that the system gave to somebody else since is
 * never mistaken for ours. */
#ifndef TOOLS_DEMO_PROCESS_H
#define TOOLS_DEMO_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "tools/demo/site.h"

enum { DEMO_PROCESSES = 4 + DEMO_AGENCIES };

struct demo_process {
    char name[32];
    pid_t pid;
    unsigned long long start; /* clock ticks since the machine started */
};

struct demo_processes {
    struct demo_process list[DEMO_PROCESSES];
    size_t count;
};

/* Starts `argv` (NULL-terminated, a full path first) with its output in STATE/log/NAME.log and adds
 * it to the list and the file. INTERNAL DEMO_PROGRAM. */
LG_MUST_USE struct lg_err demo_process_start(const struct demo_site *site,
                                             struct demo_processes *processes, const char *name,
                                             const char *const *argv, struct diag *diag);
/* Those of the file; none where there is no file. */
void demo_processes_read(const struct demo_site *site, struct demo_processes *out_processes);
bool demo_process_is_alive(const struct demo_process *process);
/* Ends exactly these: asks, waits, and insists after 8 seconds; removes the file. */
void demo_processes_stop(const struct demo_site *site, struct demo_processes *processes);

/* Runs a program to its end. `output`: a file for what it prints, or NULL: ours. INTERNAL
 * DEMO_PROGRAM where it does not end with 0 (or `also_good`). */
struct demo_run {
    const char *const *argv;
    const char *output;
    int also_good;
};
LG_MUST_USE struct lg_err demo_run(const struct demo_run *run, struct diag *diag);

#endif
