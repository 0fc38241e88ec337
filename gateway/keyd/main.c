/* SPDX-License-Identifier: Apache-2.0 */
/* lockgate-keyd CONFIG: the key service.
 * lockgate-keyd --public-keys CONFIG: prints the keys for edges to pin, and ends.
 *
 * The main thread opens the state, starts a worker for each core and then waits for signals: TERM
 * and INT end the process, HUP and every minute re-read certificates and the revocation list. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gateway/base/assert.h"
#include "gateway/base/limits.h"
#include "gateway/base/log.h"
#include "gateway/config/config.h"
#include "gateway/edge/edge.h"
#include "gateway/keyd/keyd.h"
#include "gateway/keyd/serve.h"
#include "gateway/vault/vault.h"

enum { WORKERS_MAX = 4, NS_PER_MS = 1000000, MS_PER_S = 1000 };

struct program {
    struct config_keyd *config;
    struct config_partnership *partnership;
    struct keyd *keyd;
    struct tls_context *tls;
    struct tls_watch watch;
    struct keyd_worker *workers[WORKERS_MAX];
    pthread_t threads[WORKERS_MAX];
    size_t worker_count;
    size_t thread_count;
};

static struct lg_err state_open(struct program *program, const char *path, struct diag *diag) {
    struct vault_report report;
    TRY(vault_init(&report));
    if (!report.memory_locked) {
        log_line(LOG_WARN, "keyd.memory.unlocked", "hint=raise_the_memlock_limit");
    }
    TRY(config_keyd_load(path, diag, &program->config));
    TRY(config_partnership_load(program->config->partnership, diag, &program->partnership));
    const struct keyd_settings settings = {
        .folder = program->config->state,
        .passphrase_path = program->config->passphrase,
        .epoch_first = 1,
        .epoch_last = 1,
        .evaluations_per_day = LIMIT_KEYD_EVALUATIONS_DAY,
        .plain_evaluations_per_day = LIMIT_KEYD_PLAIN_DAY,
        .clock = clock_system(),
    };
    return keyd_open(&settings, diag, &program->keyd);
}

static struct lg_err public_keys_print(const struct program *program) {
    struct edge_pins pins = {.has_index = false};
    char text[EDGE_PINS_TEXT_SIZE];
    for (uint32_t epoch = keyd_epoch_first(program->keyd); epoch <= keyd_epoch_last(program->keyd);
         epoch++) {
        for (enum token_class c = TOKEN_N; c < TOKEN_CLASS_END; c++) {
            struct edge_pin *pin = &pins.tokens[pins.token_count++];
            *pin = (struct edge_pin){.token_class = c, .epoch = epoch};
            TRY(keyd_public_key(program->keyd, c, epoch, &pin->public_key));
        }
    }
    edge_pins_write(&pins, text);
    fputs(text, stdout);
    return LG_OK;
}

static struct lg_err workers_open(struct program *program, struct diag *diag) {
    const struct config_tls *files = &program->config->tls_server;
    const struct tls_files tls_files = {.certificate = files->certificate,
                                        .key = files->key,
                                        .anchors = files->anchors,
                                        .crl = files->crl};
    TRY(tls_context_new(TLS_SERVER, &tls_files, diag, &program->tls));
    struct keyd_serve serve = {
        .answers = {.keyd = program->keyd, .partnership = program->partnership},
        .config = program->config,
        .tls = program->tls,
        .clock = clock_system(),
    };
    TRY(http2_address_resolve(program->config->listen.text, &serve.address));
    if (lg_failed(http2_address_claim(&serve.address))) {
        diag_set(diag, 0,
                 "listen: %s cannot be listened on: another program has it, or it is no "
                 "address of this machine",
                 program->config->listen.text);
        return lg_err_make(LG_CLASS_CONFIG, LG_HTTP2, HTTP2_ADDRESS);
    }
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    /* A free port is known only once the first has it. */
    bool one = program->config->listen.port == 0 || cores < 2;
    size_t wanted = one ? 1 : (size_t)cores;
    for (size_t i = 0; i < wanted && i < WORKERS_MAX; i++) {
        TRY(keyd_worker_new(&serve, &program->workers[i]));
        program->worker_count++;
    }
    return LG_OK;
}

static void *worker_run(void *ctx) {
    loop_run(ctx);
    return NULL;
}

static bool threads_start(struct program *program) {
    for (size_t i = 0; i < program->worker_count; i++) {
        if (pthread_create(&program->threads[i], NULL, worker_run,
                           keyd_worker_loop(program->workers[i])) != 0) {
            return false;
        }
        program->thread_count++;
    }
    return true;
}

static void refresh(struct program *program) {
    (void)tls_watch_look(&program->watch, program->tls, "server");
    /* Also where no file changed: a peer's certificate, or a list, may have come to its end. */
    for (size_t i = 0; i < program->worker_count; i++) {
        keyd_worker_recheck(program->workers[i]);
    }
}

static void signals_wait(struct program *program, const sigset_t *signals) {
    const struct timespec wait = {.tv_sec = LIMIT_TLS_REFRESH_MS / MS_PER_S,
                                  .tv_nsec = LIMIT_TLS_REFRESH_MS % MS_PER_S * (long)NS_PER_MS};
    for (;;) {
        int got = sigtimedwait(signals, NULL, &wait);
        if (got == SIGTERM || got == SIGINT) {
            return;
        }
        refresh(program);
    }
}

static void program_close(struct program *program) {
    for (size_t i = 0; i < program->thread_count; i++) {
        loop_stop(keyd_worker_loop(program->workers[i]));
    }
    for (size_t i = 0; i < program->thread_count; i++) {
        ASSERT(pthread_join(program->threads[i], NULL) == 0);
    }
    for (size_t i = 0; i < program->worker_count; i++) {
        keyd_worker_free(&program->workers[i]);
    }
    tls_context_free(&program->tls);
    keyd_close(&program->keyd);
    config_partnership_free(&program->partnership);
    config_keyd_free(&program->config);
}

/* Keys never reach a core file; a broken connection is a return value and not a signal. */
static void process_harden(sigset_t *out_signals) {
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) {
        log_line(LOG_WARN, "keyd.core.allowed", "errno=%d", errno);
    }
    sigemptyset(out_signals);
    sigaddset(out_signals, SIGTERM);
    sigaddset(out_signals, SIGINT);
    sigaddset(out_signals, SIGHUP);
    ASSERT(pthread_sigmask(SIG_BLOCK, out_signals, NULL) == 0);
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    ASSERT(sigaction(SIGPIPE, &ignore, NULL) == 0);
}

static struct lg_err serve_until_told(struct program *program, const sigset_t *signals,
                                      struct diag *diag) {
    TRY(workers_open(program, diag));
    if (!threads_start(program)) {
        diag_set(diag, 0, "no thread to be had");
        return lg_err_make(LG_CLASS_LIMIT, LG_KEYD, KEYD_MEMORY);
    }
    log_line(LOG_INFO, "keyd.ready", "port=%u workers=%zu",
             (unsigned)keyd_worker_port(program->workers[0]), program->worker_count);
    signals_wait(program, signals);
    log_line(LOG_INFO, "keyd.stopping", "workers=%zu", program->worker_count);
    return LG_OK;
}

int main(int argc, char **argv) {
    bool prints = argc == 3 && strcmp(argv[1], "--public-keys") == 0;
    if (argc != 2 && !prints) {
        fputs("usage: lockgate-keyd [--public-keys] CONFIG\n", stderr);
        return 2;
    }
    sigset_t signals;
    struct program program = {.config = NULL};
    struct diag diag = {.line = 0};
    process_harden(&signals);
    struct lg_err err = state_open(&program, argv[argc - 1], &diag);
    if (!lg_failed(err)) {
        err = prints ? public_keys_print(&program) : serve_until_told(&program, &signals, &diag);
    }
    program_close(&program);
    if (lg_failed(err)) {
        fprintf(stderr, "lockgate-keyd: %s (line %u)\n",
                diag.text[0] != '\0' ? diag.text : "cannot start", diag.line);
        return 1;
    }
    return 0;
}
