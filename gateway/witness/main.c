/* SPDX-License-Identifier: Apache-2.0 */
/* lockgate-witness CONFIG: a witness of logs, until SIGTERM or SIGINT.
 * lockgate-witness --vkey CONFIG: prints its verifier key, for whoever relies on it, and ends.
 *
 * The first start is the one that makes the key. It begins the state; from then on key and state
 * belong together, and a key whose state is gone does not start.
 *
 * Where what was seen cannot be made durable the process ends with status 74 and not another word;
 * the next start reads again what the disk holds. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/assert.h"
#include "gateway/base/limits.h"
#include "gateway/base/log.h"
#include "gateway/config/config.h"
#include "gateway/witness/serve.h"

enum { NS_PER_MS = 1000000, MS_PER_S = 1000, EXIT_USAGE = 2, EXIT_BROKEN = 74 };

struct program {
    struct config_witness *config;
    struct vault_key *key;
    struct witness *witness;
    struct tls_context *tls;
    struct tls_watch watch;
    struct loop *loop;
    struct http2_host *host;
    struct witness_server *server;
    pthread_t thread;
    bool has_thread;
    struct loop_message refresh;
    atomic_bool is_refreshing;
};

static struct lg_err state_open(struct program *program, const char *path, struct diag *diag) {
    struct vault_report report;
    TRY(vault_init(&report));
    TRY(config_witness_load(path, diag, &program->config));
    const struct vault_file file = {.path = program->config->key};
    bool is_new = access(file.path, F_OK) != 0 && errno == ENOENT;
    TRY(vault_key_load_or_create(&file, VAULT_KIND_SIGN, diag, &program->key));
    const struct witness_config config = {
        .folder = program->config->state,
        .name = program->config->name,
        .sign_key = program->key,
        .is_new = is_new,
        .logs = (const char *const *)program->config->logs,
        .log_count = program->config->log_count,
        .clock = clock_system(),
    };
    struct lg_err err = witness_open(&config, diag, &program->witness);
    if (lg_failed(err) && is_new) {
        (void)unlink(file.path); /* it has signed nothing, and would miss a state next time */
    }
    return err;
}

static void on_broken(void *ctx) {
    (void)ctx;
    _exit(EXIT_BROKEN);
}

static struct lg_err server_open(struct program *program, struct diag *diag) {
    const struct config_tls *files = &program->config->tls_server;
    const struct tls_files tls_files = {.certificate = files->certificate,
                                        .key = files->key,
                                        .anchors = files->anchors,
                                        .crl = files->crl};
    TRY(tls_context_new(TLS_SERVER, &tls_files, diag, &program->tls));
    TRY(loop_new(clock_system(), &program->loop));
    TRY(http2_host_new(program->loop, &program->host));
    struct witness_serve serve = {.witness = program->witness,
                                  .host = program->host,
                                  .tls = program->tls,
                                  .on_broken = on_broken};
    TRY(http2_address_resolve(program->config->listen.text, &serve.address));
    struct lg_err err = witness_server_new(&serve, &program->server);
    if (lg_failed(err)) {
        diag_set(diag, 0, "listen: %s cannot be listened on", program->config->listen.text);
    }
    return err;
}

static void *loop_main(void *ctx) {
    struct program *program = ctx;
    loop_run(program->loop);
    return NULL;
}

static void on_refresh(void *ctx) {
    struct program *program = ctx;
    atomic_store(&program->is_refreshing, false);
    witness_server_recheck(program->server);
}

static void signals_wait(struct program *program, const sigset_t *signals) {
    const struct timespec wait = {.tv_sec = LIMIT_TLS_REFRESH_MS / MS_PER_S,
                                  .tv_nsec = LIMIT_TLS_REFRESH_MS % MS_PER_S * (long)NS_PER_MS};
    for (;;) {
        int got = sigtimedwait(signals, NULL, &wait);
        if (got == SIGTERM || got == SIGINT) {
            return;
        }
        (void)tls_watch_look(&program->watch, program->tls, "server");
        if (!atomic_exchange(&program->is_refreshing, true)) {
            loop_post(program->loop, &program->refresh, on_refresh, program);
        }
    }
}

static struct lg_err serve_until_told(struct program *program, const sigset_t *signals,
                                      struct diag *diag) {
    TRY(server_open(program, diag));
    if (pthread_create(&program->thread, NULL, loop_main, program) != 0) {
        diag_set(diag, 0, "no thread to be had");
        return lg_err_make(LG_CLASS_INTERNAL, LG_WITNESS, WITNESS_SYSTEM);
    }
    program->has_thread = true;
    log_line(LOG_INFO, "witness.ready", "port=%u logs=%u",
             (unsigned)witness_server_port(program->server), program->config->log_count);
    signals_wait(program, signals);
    return LG_OK;
}

static void program_close(struct program *program) {
    if (program->has_thread) {
        loop_stop(program->loop);
        ASSERT(pthread_join(program->thread, NULL) == 0);
    }
    witness_server_free(&program->server);
    http2_host_free(&program->host);
    loop_free(&program->loop);
    tls_context_free(&program->tls);
    witness_free(&program->witness);
    vault_key_free(&program->key);
    config_witness_free(&program->config);
}

static struct lg_err vkey_print(const struct program *program) {
    char text[AUDIT_VKEY_SIZE_MAX];
    witness_vkey_write(program->witness, text);
    (void)printf("%s\n", text);
    return LG_OK;
}

/* The key never reaches a core file. */
static void process_harden(void) {
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) {
        log_line(LOG_WARN, "witness.core.allowed", "hint=set_the_limit_to_0");
    }
}

int main(int argc, char **argv) {
    bool prints = argc == 3 && strcmp(argv[1], "--vkey") == 0;
    if (argc != 2 && !prints) {
        (void)fputs("usage: lockgate-witness [--vkey] CONFIG\n", stderr);
        return EXIT_USAGE;
    }
    process_harden();
    struct program program = {.config = NULL};
    struct diag diag = {.line = 0};
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGPIPE);
    ASSERT(pthread_sigmask(SIG_BLOCK, &signals, NULL) == 0);
    struct lg_err err = state_open(&program, argv[argc - 1], &diag);
    if (!lg_failed(err)) {
        err = prints ? vkey_print(&program) : serve_until_told(&program, &signals, &diag);
    }
    program_close(&program);
    if (lg_failed(err)) {
        (void)fprintf(stderr, "lockgate-witness: %s (line %u) [%s %u]\n",
                      diag.text[0] != '\0' ? diag.text : "cannot start", diag.line,
                      lg_class_name(lg_err_class(err)), lg_err_code(err));
        return 1;
    }
    return 0;
}
