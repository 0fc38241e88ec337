/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tools/demo/ready.h"

#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "tools/demo/sources.h"
#include "tools/lockgate/client.h"

enum { TRIES = 400, TRY_MS = 1000, PAUSE_MS = 50 };

static struct config_peer peer_of(const struct demo_health *health, char *address, char *uri,
                                  char *dns) {
    (void)snprintf(address, 64, "127.0.0.1:%u", (unsigned)health->port);
    (void)snprintf(uri, CONFIG_URI_MAX + 1, "lockgate://%s/%s/%s", DEMO_PARTNERSHIP, health->agency,
                   health->system);
    (void)snprintf(dns, 16, "localhost");
    return (struct config_peer){.address = {.text = address}, .dns = dns, .uri = uri};
}

/* HealthCheckResponse{status: SERVING}. */
static bool is_serving(struct span answer) {
    return span_equal(answer, span_of("\x08\x01", 2));
}

static struct lg_err ask_once(const struct demo_site *site, const struct demo_health *health,
                              bool *out_serving) {
    char address[64];
    char uri[CONFIG_URI_MAX + 1];
    char dns[16];
    struct diag diag = {.line = 0};
    struct demo_path leaf =
        demo_path_of(site, "ca/%s/%s/client.pem", health->as_agency, health->as_system);
    struct demo_path key =
        demo_path_of(site, "ca/%s/%s/client.key", health->as_agency, health->as_system);
    struct demo_path anchors = demo_path_of(site, "ca/ca.pem");
    struct demo_path crl = demo_path_of(site, "ca/crl.pem");
    struct config_tls tls = {
        .certificate = leaf.text, .key = key.text, .anchors = anchors.text, .crl = crl.text};
    struct config_peer peer = peer_of(health, address, uri, dns);
    OWN(arena_free) struct arena *arena = NULL;
    OWN(client_close) struct client *client = NULL;
    struct client_call call = {.path = "/grpc.health.v1.Health/Check", .timeout_ms = TRY_MS};
    struct span answer;
    TRY(arena_new(65536, &arena));
    TRY(client_open(&tls, &diag, &client));
    TRY(client_dial(client, &peer, &diag, &call.channel));
    TRY(client_ask(client, &call, arena, &diag, &answer));
    *out_serving = is_serving(answer);
    return LG_OK;
}

static void last_line(const struct demo_site *site, const char *name, char out[static 256]) {
    struct demo_path path = demo_path_of(site, "log/%s.log", name);
    FILE *file = fopen(path.text, "re");
    char line[256];
    out[0] = '\0';
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        (void)memcpy(out, line, sizeof line);
        out[strcspn(out, "\n")] = '\0';
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

static struct lg_err not_ready(const struct demo_site *site, const struct demo_health *health,
                               struct diag *diag) {
    char line[256];
    last_line(site, health->process->name, line);
    diag_set(diag, 0, "%s is not ready. Its log ends: %s", health->process->name, line);
    return lg_err_make(LG_CLASS_PEER, LG_TOOLS, DEMO_NOT_READY);
}

struct lg_err demo_ready_wait(const struct demo_site *site, const struct demo_health *health,
                              struct diag *diag) {
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    for (int i = 0; i < TRIES; i++) {
        bool serving = false;
        struct lg_err err = ask_once(site, health, &serving);
        if (!lg_failed(err) && serving) {
            return LG_OK;
        }
        (void)waitpid(health->process->pid, NULL, WNOHANG);
        if (!demo_process_is_alive(health->process)) {
            return not_ready(site, health, diag);
        }
        (void)nanosleep(&pause, NULL);
    }
    return not_ready(site, health, diag);
}
