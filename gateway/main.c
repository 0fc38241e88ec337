/* SPDX-License-Identifier: Apache-2.0 */
/* lockgated CONFIG: the gateway, until SIGTERM or SIGINT.
 * lockgated --check CONFIG: reads everything that the file names and says whether a start would
 * take it. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "gateway/base/limits.h"
#include "gateway/base/log.h"
#include "gateway/node/node.h"

enum { DRAIN_MS = 10000, NS_PER_MS = 1000000, MS_PER_S = 1000, EXIT_USAGE = 2 };

struct options {
    const char *config;
    bool check;
};

static bool options_read(int argc, char **argv, struct options *out) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--check") == 0) {
            out->check = true;
        } else if (argv[i][0] != '-' && out->config == NULL) {
            out->config = argv[i];
        } else {
            return false;
        }
    }
    return out->config != NULL;
}

static int failed(const struct diag *diag, struct lg_err err) {
    fprintf(stderr, "lockgated: %s", diag->text[0] != '\0' ? diag->text : "cannot start");
    if (diag->line > 0) {
        fprintf(stderr, " (line %u)", diag->line);
    }
    fprintf(stderr, " [%s %u]\n", lg_class_name(lg_err_class(err)), lg_err_code(err));
    return 1;
}

/* Signals are taken here and nowhere else: every thread inherits the blocked set. */
static void run(struct node *node, const sigset_t *signals) {
    const struct timespec wait = {.tv_sec = LIMIT_TLS_REFRESH_MS / MS_PER_S,
                                  .tv_nsec = LIMIT_TLS_REFRESH_MS % MS_PER_S * (long)NS_PER_MS};
    for (;;) {
        int taken = sigtimedwait(signals, NULL, &wait);
        if (taken == SIGTERM || taken == SIGINT) {
            return;
        }
        node_refresh(node);
    }
}

/* The usual 1,024 are soon taken by the connections of a few agencies. Best effort: the listener
 * keeps some back whatever there are. */
static void raise_descriptors(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return;
    }
    rlim_t most = limit.rlim_max < LIMIT_LOOP_WATCHES ? limit.rlim_max : LIMIT_LOOP_WATCHES;
    if (limit.rlim_cur < most) {
        limit.rlim_cur = most;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv) {
    struct options options = {0};
    if (!options_read(argc, argv, &options)) {
        fprintf(stderr, "usage: lockgated [--check] CONFIG\n");
        return EXIT_USAGE;
    }
    struct diag diag = {0};
    if (options.check) {
        struct lg_err err = node_check(options.config, &diag);
        return lg_failed(err) ? failed(&diag, err) : 0;
    }
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGPIPE);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    raise_descriptors();
    struct node *node = NULL;
    struct lg_err err = node_start(options.config, &diag, &node);
    if (lg_failed(err)) {
        return failed(&diag, err);
    }
    log_line(LOG_INFO, "node.started", "port=%u", node_port(node));
    run(node, &signals);
    log_line(LOG_INFO, "node.stopping", "drain_ms=%d", DRAIN_MS);
    node_stop(&node, DRAIN_MS);
    return 0;
}
