/* SPDX-License-Identifier: Apache-2.0 */
/* What all workers share, opened once at the start. */
#include "gateway/console/console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/console/console_int.h"
#include "gateway/edge/edge.h"

enum { MS_PER_S = 1000, LANDING_SIZE = 512 + 2 * LIMIT_CONSOLE_PATH };

static struct lg_err refuse(struct diag *diag, const char *place, const char *fault) {
    diag_set(diag, 0, "console.%s: %s", place, fault);
    return lg_err_make(LG_CLASS_CONFIG, LG_CONSOLE, CONSOLE_SYSTEM);
}

/* People of the console act for one party, as that system of it may have them act. */
static struct lg_err system_find(struct console *console, struct diag *diag) {
    const struct config_console *config = console->config;
    console->party = config->party == NULL
                         ? config_host_find(console->registry)
                         : config_party_find(console->registry, span_text(config->party));
    if (console->party == NULL) {
        return refuse(diag, "party",
                      "there is no such party in partnership.yaml; without one it is that of the "
                      "system of kind gateway");
    }
    console->system = config_system_find(console->party, span_text(config->system));
    if (console->system == NULL || console->system->kind != SYSTEM_CONSOLE) {
        return refuse(diag, "system",
                      "the party has no such system of kind console; add it to partnership.yaml");
    }
    for (uint32_t i = 0; i < config->sign_in.role_count; i++) {
        if (!config_role_is_vouched(console->system, span_text(config->sign_in.roles[i].role))) {
            return refuse(diag, "sign-in.roles",
                          "a role is not among those that partnership.yaml "
                          "gives to the console");
        }
    }
    return LG_OK;
}

/* Checked here, so that a page never says that keys are not keys. */
static struct lg_err pins_load(struct console *console, struct diag *diag) {
    const char *path = console->config->pins;
    struct edge_pins pins;
    struct diag cause = {0};
    if (path == NULL) {
        return LG_OK;
    }
    TRY(console_file_read(path, LIMIT_CONSOLE_PINS, diag, &console->pins, &console->pins_len));
    struct lg_err err = edge_pins_read(span_of(console->pins, console->pins_len), &cause, &pins);
    if (lg_failed(err)) {
        diag_set(diag, cause.line, "%s: %s", path, cause.text);
    }
    return err;
}

static struct lg_err tls_open(struct console *console, struct diag *diag) {
    const struct tls_files files = {
        .certificate = console->config->certificate,
        .key = console->config->key,
        .is_open = true,
    };
    return tls_context_new(TLS_SERVER, &files, diag, &console->tls);
}

/* A navigation that comes from the provider does not bring the session's cookie, which is Strict,
 * and one of our own does. Paths have no character that HTML gives a meaning. */
static struct lg_err landings_make(struct console *console) {
    for (size_t i = 0; i < console->assets->count; i++) {
        const struct console_asset *asset = &console->assets->items[i];
        if (!asset->is_page) {
            continue;
        }
        char *page = malloc(LANDING_SIZE);
        if (page == NULL) {
            return lg_err_make(LG_CLASS_LIMIT, LG_CONSOLE, CONSOLE_MEMORY);
        }
        (void)snprintf(page, LANDING_SIZE,
                       "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                       "<meta http-equiv=\"refresh\" content=\"0;url=%s\"><title>Signed in</title>"
                       "</head><body><p>You are signed in. <a href=\"%s\">Go on</a></p></body>"
                       "</html>\n",
                       asset->path, asset->path);
        console->landings[i] = page;
    }
    return LG_OK;
}

struct lg_err console_new(const struct config_console *config,
                          const struct config_partnership *registry, struct diag *diag,
                          struct console **out_console) {
    OWN(console_free) struct console *console = calloc(1, sizeof *console);
    if (console == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_CONSOLE, CONSOLE_MEMORY);
    }
    console->config = config;
    console->registry = registry;
    TRY(system_find(console, diag));
    TRY(tls_open(console, diag));
    TRY(console_assets_load(config->assets, diag, &console->assets));
    TRY(landings_make(console));
    TRY(pins_load(console, diag));
    TRY(signin_provider_new(&config->sign_in, config->origin, diag, &console->provider));
    TRY(signin_sessions_new((int64_t)config->idle_s * MS_PER_S,
                            (int64_t)config->longest_s * MS_PER_S, &console->sessions));
    *out_console = TAKE(console);
    return LG_OK;
}

void console_describe(struct console *console, bool has_one_operator) {
    console->has_one_operator = has_one_operator;
}

struct lg_err console_start(struct console *console) {
    return loop_pool_new(LIMIT_CONSOLE_THREADS, &console->pool);
}

void console_free(struct console **console) {
    struct console *it = *console;
    *console = NULL;
    if (it == NULL) {
        return;
    }
    loop_pool_free(&it->pool);
    signin_sessions_free(&it->sessions);
    signin_provider_free(&it->provider);
    for (size_t i = 0; i < LIMIT_CONSOLE_ASSETS; i++) {
        free(it->landings[i]);
    }
    free(it->pins);
    console_assets_free(&it->assets);
    tls_context_free(&it->tls);
    free(it);
}

void console_refresh(struct console *console) {
    (void)tls_watch_look(&console->watch, console->tls, "console");
}

uint16_t console_port(const struct console *console) {
    return console->port;
}
