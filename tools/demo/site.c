/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tools/demo/site.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/demo/sources.h"

/* ---- paths --------------------------------------------------------------------------------- */

struct demo_path demo_path_of(const struct demo_site *site, const char *format, ...) {
    struct demo_path path;
    int len = snprintf(path.text, sizeof path.text, "%s/", site->state);
    size_t used = len < 0 || (size_t)len >= sizeof path.text ? sizeof path.text - 1 : (size_t)len;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(path.text + used, sizeof path.text - used, format, args);
    va_end(args);
    return path;
}

const char *demo_state_default(void) {
    return DEMO_TREE "/build/demo/state";
}

struct demo_path demo_source_file(const char *name) {
    struct demo_path path;
    (void)snprintf(path.text, sizeof path.text, "%s/%s", DEMO_TREE, name);
    return path;
}

const char *demo_program_gateway(void) {
    return DEMO_PROGRAM_GATEWAY;
}

const char *demo_program_keyd(void) {
    return DEMO_PROGRAM_KEYD;
}

const char *demo_program_connector(void) {
    return DEMO_PROGRAM_CONNECTOR;
}

const char *demo_program_delay(void) {
    return DEMO_PROGRAM_DELAY;
}

/* ---- ports --------------------------------------------------------------------------------- */

/* Binds to the port (0: any) on the loopback address; the port, or 0. */
static uint16_t port_try(uint16_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    if (fd < 0) {
        return 0;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    bool bound = bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
                 getsockname(fd, (struct sockaddr *)&address, &len) == 0;
    (void)close(fd);
    return bound ? ntohs(address.sin_port) : 0;
}

struct lg_err demo_ports_choose(struct demo_site *site, struct diag *diag) {
    uint16_t *ports[5 + DEMO_AGENCIES] = {&site->gateway_port, &site->keyd_port, &site->relay_port};
    for (size_t i = 0; i < DEMO_AGENCIES; i++) {
        ports[3 + i] = &site->connector_ports[i];
    }
    ports[3 + DEMO_AGENCIES] = &site->console_port;
    ports[4 + DEMO_AGENCIES] = &site->provider_port;
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        /* 8443 is the gateway's, then from 8451. */
        uint16_t usual = (uint16_t)(i == 0 ? 8443 : 8450 + i);
        *ports[i] = port_try(usual);
        if (*ports[i] == 0) {
            *ports[i] = port_try(0);
        }
        if (*ports[i] == 0) {
            diag_set(diag, 0, "no free port on the loopback address");
            return lg_err_make(LG_CLASS_INTERNAL, LG_TOOLS, DEMO_PROGRAM);
        }
    }
    return LG_OK;
}

/* ---- files --------------------------------------------------------------------------------- */

static struct lg_err path_wrong(const struct demo_path *path, struct diag *diag) {
    diag_set(diag, 0, "%s: %s", path->text, strerror(errno));
    return lg_err_make(LG_CLASS_STORE, LG_TOOLS, DEMO_FILE);
}

struct lg_err demo_file_create(const struct demo_path *path, struct diag *diag, FILE **out_file) {
    int fd = open(path->text, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL) {
        return path_wrong(path, diag);
    }
    *out_file = file;
    return LG_OK;
}

struct lg_err demo_file_close(const struct demo_path *path, struct diag *diag, FILE *file) {
    bool failed = ferror(file) != 0;
    if (fclose(file) != 0 || failed) {
        return path_wrong(path, diag);
    }
    return LG_OK;
}

struct lg_err demo_folder_make(const struct demo_path *path, struct diag *diag) {
    char partial[DEMO_PATH];
    (void)snprintf(partial, sizeof partial, "%s", path->text);
    for (char *slash = strchr(partial + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(partial, 0700);
        *slash = '/';
    }
    return mkdir(partial, 0700) != 0 && errno != EEXIST ? path_wrong(path, diag) : LG_OK;
}
