/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of the demo's programs. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/edge/edge.h"
#include "gateway/vault/vault.h"
#include "tools/demo/make.h"
#include "tools/demo/sources.h"

enum { AGREEMENT_SIZE = 512 * 1024 };

const char *const *demo_roles(enum demo_agency agency) {
    static const char *const POLICE[] = {"hub-officer", "sergeant", NULL};
    static const char *const HOUSING[] = {"hub-officer", "manager", NULL};
    static const char *const CHILDRENS[] = {"social-worker", "team-manager", "reviewer",
                                            "hub-analyst", NULL};
    static const char *const ADULTS[] = {"social-worker", "team-manager", NULL};
    static const char *const MENTAL[] = {"practitioner", "duty-manager", NULL};
    static const char *const GP[] = {"practitioner", "safeguarding-lead", NULL};
    static const char *const VOLUNTARY[] = {"keyworker", NULL};
    static const char *const HUB[] = {"coordinator", NULL};
    static const char *const REFUGE[] = {"advocate", NULL};
    static const char *const PROBATION[] = {"practitioner", NULL};
    static const char *const *const ROLES[DEMO_AGENCIES] = {
        [DEMO_POLICE] = POLICE,       [DEMO_HOUSING] = HOUSING, [DEMO_CHILDRENS_CARE] = CHILDRENS,
        [DEMO_ADULTS_CARE] = ADULTS,  [DEMO_MH_TRUST] = MENTAL, [DEMO_GP] = GP,
        [DEMO_VOLUNTARY] = VOLUNTARY, [DEMO_HUB] = HUB,         [DEMO_REFUGE] = REFUGE,
        [DEMO_PROBATION] = PROBATION};
    return ROLES[agency];
}

/* ---- pieces -------------------------------------------------------------------------------- */

static void put_leaf(FILE *file, const struct demo_site *site, const char *key, const char *agency,
                     const char *system) {
    const char *side = strcmp(key, "tls-server") == 0 ? "server" : "client";
    (void)fprintf(file,
                  "%s:\n"
                  "  certificate: %s/ca/%s/%s/%s.pem\n"
                  "  key: %s/ca/%s/%s/%s.key\n"
                  "  anchors: %s/ca/ca.pem\n"
                  "  crl: %s/ca/crl.pem\n",
                  key, site->state, agency, system, side, site->state, agency, system, side,
                  site->state, site->state);
}

static void put_peer(FILE *file, const char *key, uint16_t port, const char *agency,
                     const char *system) {
    (void)fprintf(file,
                  "%s:\n"
                  "  address: 127.0.0.1:%u\n"
                  "  dns: localhost\n"
                  "  uri: lockgate://%s/%s/%s\n",
                  key, (unsigned)port, DEMO_PARTNERSHIP, agency, system);
}

static struct lg_err public_key_of(const struct demo_site *site, enum demo_agency agency,
                                   struct diag *diag, char out_hex[static 65]) {
    struct demo_path path = demo_path_of(site, "connectors/%s/secret.key", demo_agency_id(agency));
    struct vault_file file = {.path = path.text};
    struct vault_report report;
    OWN(vault_key_free) struct vault_key *secret = NULL;
    struct edge_agency keys;
    TRY(vault_init(&report));
    TRY(vault_key_load(&file, VAULT_KIND_SECRET, diag, &secret));
    TRY(edge_agency_open(secret, &keys));
    struct vault_box_public public = vault_box_public(keys.box);
    edge_agency_close(&keys);
    bytes_to_hex(span_of(public.bytes, sizeof public.bytes), out_hex);
    return LG_OK;
}

static struct lg_err agreement_hash(const struct demo_site *site, const char *id, struct diag *diag,
                                    char out_hex[static 65]) {
    static uint8_t text[AGREEMENT_SIZE];
    uint8_t hash[VAULT_SHA256_SIZE];
    struct demo_path path = demo_path_of(site, "%s.isa", id);
    FILE *file = fopen(path.text, "re");
    if (file == NULL) {
        diag_set(diag, 0, "%s: %s", path.text, strerror(errno));
        return lg_err_make(LG_CLASS_CONFIG, LG_TOOLS, DEMO_STATE);
    }
    size_t len = fread(text, 1, sizeof text, file);
    (void)fclose(file);
    vault_sha256(span_of(text, len), hash);
    bytes_to_hex(span_of(hash, sizeof hash), out_hex);
    return LG_OK;
}

/* ---- partnership --------------------------------------------------------------------------- */

static void put_roles(FILE *file, enum demo_agency agency) {
    const char *const *roles = demo_roles(agency);
    (void)fputs("        roles: [", file);
    for (size_t i = 0; roles[i] != NULL; i++) {
        (void)fprintf(file, "%s%s", i == 0 ? "" : ", ", roles[i]);
    }
    (void)fputs("]\n", file);
}

static struct lg_err put_party(FILE *file, const struct demo_site *site, enum demo_agency agency,
                               struct diag *diag) {
    char public_key[65];
    char signing_key[65];
    const char *id = demo_agency_id(agency);
    uint16_t port = agency == DEMO_SLOW ? site->relay_port : site->connector_ports[agency];
    TRY(public_key_of(site, agency, diag, public_key));
    TRY(demo_signing_key(site, id, diag, signing_key));
    (void)fprintf(file,
                  "  - id: %s\n"
                  "    name: %s (demonstration)\n"
                  "    systems:\n"
                  "      - name: connector\n"
                  "        kind: connector\n"
                  "      - name: cases\n"
                  "        kind: case-system\n",
                  id, id);
    put_roles(file, agency);
    (void)fputs("      - name: officer\n"
                "        kind: officer\n",
                file);
    put_roles(file, agency);
    if (agency == DEMO_CONSOLE) {
        (void)fputs("      - name: console\n"
                    "        kind: console\n",
                    file);
        put_roles(file, agency);
    }
    (void)fprintf(file,
                  "    source:\n"
                  "      address: 127.0.0.1:%u\n"
                  "      dns: localhost\n"
                  "      system: connector\n"
                  "    public-key: %s\n"
                  "    signing-key: %s\n",
                  (unsigned)port, public_key, signing_key);
    if (agency == DEMO_VOLUNTARY) {
        (void)fputs("    look-up: plain\n", file);
    }
    return LG_OK;
}

static struct lg_err put_parties(FILE *file, const struct demo_site *site, struct diag *diag) {
    (void)fprintf(file,
                  "partnership: %s\n"
                  "name: Bridgewater (demonstration)\n"
                  "urgent-purposes: [child-safeguarding]\n"
                  "parties:\n"
                  "  - id: %s\n"
                  "    name: Operator of the demonstration\n"
                  "    systems:\n"
                  "      - {name: gateway, kind: gateway}\n"
                  "      - {name: keys, kind: key-service}\n",
                  DEMO_PARTNERSHIP, DEMO_OPERATOR);
    for (unsigned agency = 0; agency < DEMO_AGENCIES; agency++) {
        TRY(put_party(file, site, (enum demo_agency)agency, diag));
    }
    return LG_OK;
}

/* ---- programs ------------------------------------------------------------------------------ */

static struct lg_err put_agreements(FILE *file, const struct demo_site *site, struct diag *diag) {
    (void)fputs("agreements:\n", file);
    for (size_t i = 0; i < DEMO_AGREEMENTS; i++) {
        char hash[65];
        const char *id = demo_agreement_at(i)->id;
        TRY(agreement_hash(site, id, diag, hash));
        (void)fprintf(file, "  - {file: %s/%s.isa, sha256: %s}\n", site->state, id, hash);
    }
    return LG_OK;
}

static struct lg_err put_gateway(FILE *file, const struct demo_site *site, struct diag *diag) {
    (void)fprintf(file, "listen: 127.0.0.1:%u\nworkers: 1\n", (unsigned)site->gateway_port);
    put_leaf(file, site, "tls-server", DEMO_OPERATOR, "gateway");
    put_leaf(file, site, "tls-client", DEMO_OPERATOR, "gateway");
    (void)fputs("partnership: partnership.yaml\n", file);
    TRY(put_agreements(file, site, diag));
    (void)fprintf(file,
                  "wards: %s\n"
                  "state: %s/gateway\n"
                  "log:\n"
                  "  key: %s/keys/log.key\n"
                  "  origin: %s\n",
                  demo_source_file("policy/examples/wards.csv").text, site->state, site->state,
                  DEMO_LOG_ORIGIN);
    put_peer(file, "key-service", site->keyd_port, DEMO_OPERATOR, "keys");
    (void)fprintf(file,
                  "index-key: %s/keys/index.key\n"
                  "limits: {source-timeout-ms: 1500, hidden-slot-ms: 2000}\n",
                  site->state);
    if (site->web[0] != '\0') {
        demo_console_put(file, site);
    }
    return LG_OK;
}

static struct lg_err put_keyd(FILE *file, const struct demo_site *site, struct diag *diag) {
    (void)diag;
    (void)fprintf(file, "listen: 127.0.0.1:%u\n", (unsigned)site->keyd_port);
    put_leaf(file, site, "tls-server", DEMO_OPERATOR, "keys");
    (void)fprintf(file,
                  "passphrase: %s/keys/passphrase\n"
                  "state: %s/keyd\n"
                  "partnership: partnership.yaml\n"
                  "callers: [\"lockgate://%s/%s/gateway\"]\n",
                  site->state, site->state, DEMO_PARTNERSHIP, DEMO_OPERATOR);
    return LG_OK;
}

static void put_connector(FILE *file, const struct demo_site *site, enum demo_agency agency) {
    const char *id = demo_agency_id(agency);
    (void)fprintf(file, "listen: 127.0.0.1:%u\n", (unsigned)site->connector_ports[agency]);
    put_leaf(file, site, "tls-server", id, "connector");
    put_leaf(file, site, "tls-client", id, "connector");
    (void)fprintf(file, "agency: %s\n", id);
    put_peer(file, "gateway", site->gateway_port, DEMO_OPERATOR, "gateway");
    (void)fprintf(file,
                  "mapping: %s/agencies/%s.yaml\n"
                  "secret-key: %s/connectors/%s/secret.key\n"
                  "pinned-keys: %s/pinned-keys\n"
                  "state: %s/connectors/%s\n"
                  "local-blinding: true\n",
                  site->state, id, site->state, id, site->state, site->state, id);
}

static void put_client(FILE *file, const struct demo_site *site, enum demo_agency agency,
                       const char *system) {
    const char *id = demo_agency_id(agency);
    put_peer(file, "gateway", site->gateway_port, DEMO_OPERATOR, "gateway");
    put_peer(file, "connector", site->connector_ports[agency], id, "connector");
    put_leaf(file, site, "tls-client", id, system);
}

/* CONFIG of one client of an agency: config/AGENCY-SYSTEM.yaml. */
static struct lg_err client_file(const struct demo_site *site, enum demo_agency agency,
                                 const char *system, struct diag *diag) {
    FILE *file = NULL;
    struct demo_path path = demo_path_of(site, "config/%s-%s.yaml", demo_agency_id(agency), system);
    TRY(demo_file_create(&path, diag, &file));
    put_client(file, site, agency, system);
    return demo_file_close(&path, diag, file);
}

typedef struct lg_err (*put_fn)(FILE *file, const struct demo_site *site, struct diag *diag);

static struct lg_err service_file(const struct demo_site *site, const char *name, put_fn put,
                                  struct diag *diag) {
    struct demo_path path = demo_path_of(site, "config/%s", name);
    FILE *file = NULL;
    TRY(demo_file_create(&path, diag, &file));
    struct lg_err put_err = put(file, site, diag);
    struct lg_err close_err = demo_file_close(&path, diag, file);
    return lg_failed(put_err) ? put_err : close_err;
}

static struct lg_err agency_files(const struct demo_site *site, enum demo_agency agency,
                                  struct diag *diag) {
    FILE *file = NULL;
    const char *id = demo_agency_id(agency);
    struct demo_path connector = demo_path_of(site, "config/%s.yaml", id);
    TRY(demo_file_create(&connector, diag, &file));
    put_connector(file, site, agency);
    TRY(demo_file_close(&connector, diag, file));
    TRY(client_file(site, agency, "cases", diag));
    return client_file(site, agency, "officer", diag);
}

struct lg_err demo_configure(const struct demo_site *site, struct diag *diag) {
    TRY(service_file(site, "partnership.yaml", put_parties, diag));
    TRY(service_file(site, "gateway.yaml", put_gateway, diag));
    TRY(service_file(site, "keyd.yaml", put_keyd, diag));
    if (site->web[0] != '\0') {
        TRY(demo_console_configure(site, diag));
    }
    for (unsigned agency = 0; agency < DEMO_AGENCIES; agency++) {
        TRY(agency_files(site, (enum demo_agency)agency, diag));
    }
    return LG_OK;
}
