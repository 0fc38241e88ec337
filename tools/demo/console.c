/* SPDX-License-Identifier: Apache-2.0 */
/* The console of the demo: the lines of gateway.yaml, and the sign-in provider with made-up people.
 */
#include "tools/demo/make.h"
#include "tools/demo/sources.h"

/* Of the demo alone: whoever can read the tree knows it, and it opens nothing else. */
#define SECRET "synthetic-secret-of-the-demo"

void demo_console_put(FILE *file, const struct demo_site *site) {
    const char *id = demo_agency_id(DEMO_CONSOLE);
    (void)fprintf(file,
                  "console:\n"
                  "  listen: 127.0.0.1:%u\n"
                  "  certificate: %s/ca/%s/console/server.pem\n"
                  "  key: %s/ca/%s/console/server.key\n"
                  "  origin: https://localhost:%u\n"
                  "  assets: %s\n"
                  "  party: %s\n"
                  "  system: console\n"
                  "  pins: %s/pinned-keys\n"
                  "  synthetic: true\n",
                  (unsigned)site->console_port, site->state, id, site->state, id,
                  (unsigned)site->console_port, site->web, id, site->state);
    (void)fprintf(file,
                  "  sign-in:\n"
                  "    issuer: https://localhost:%u\n"
                  "    authorization: https://localhost:%u/auth\n"
                  "    token: https://localhost:%u/token\n"
                  "    anchors: %s/ca/ca.pem\n"
                  "    client: lockgate-console\n"
                  "    secret: provider.secret\n"
                  "    algorithm: ES256\n"
                  "    keys: provider-keys.json\n"
                  "    groups: groups\n"
                  "    roles:\n"
                  "      - {claim: hub-governance, role: reviewer, officer: true}\n"
                  "      - {claim: hub-coordinators, role: team-manager}\n"
                  "      - {claim: hub-workers, role: social-worker}\n",
                  (unsigned)site->provider_port, (unsigned)site->provider_port,
                  (unsigned)site->provider_port, site->state);
}

static struct lg_err text_write(const struct demo_site *site, const char *name, const char *text,
                                struct diag *diag) {
    struct demo_path path = demo_path_of(site, "config/%s", name);
    FILE *file = NULL;
    TRY(demo_file_create(&path, diag, &file));
    (void)fputs(text, file);
    return demo_file_close(&path, diag, file);
}

struct lg_err demo_console_configure(const struct demo_site *site, struct diag *diag) {
    struct demo_path path = demo_path_of(site, "config/provider.json");
    FILE *file = NULL;
    TRY(text_write(site, "provider.secret", SECRET "\n", diag));
    TRY(demo_file_create(&path, diag, &file));
    (void)fprintf(file,
                  "{\"port\": %u, \"key\": \"%s/ca/%s/provider/server.key\",\n"
                  " \"certificate\": \"%s/ca/%s/provider/server.pem\",\n"
                  " \"origin\": \"https://localhost:%u\", \"secret\": \"" SECRET "\",\n"
                  " \"keys\": \"%s/config/provider-keys.json\", \"anchors\": \"%s/ca/ca.pem\"}\n",
                  (unsigned)site->provider_port, site->state, DEMO_OPERATOR, site->state,
                  DEMO_OPERATOR, (unsigned)site->console_port, site->state, site->state);
    return demo_file_close(&path, diag, file);
}
