/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration of every program: YAML, checked against one schema a program (design/tools.md 4).
 * An unknown or doubled key, an alias, a wrong type, a value out of range: the load fails and *diag
 * gets the line, what is wrong, and the nearest known word (the caller knows the file's name).
 *
 * In all files: names (partnership, party, system, role) are 1 to 63 of a-z 0-9 and "-", as in the
 * certificates' URI. A path that does not start with "/" is meant from the folder of the file
 * that names it; what the structs hold is ready to open. An ADDRESS is HOST:PORT or [IPv6]:PORT.
 * An URI is lockgate://PARTNERSHIP/AGENCY/SYSTEM. Loaded structs never change; every pointer in
 * them lives until the struct's _free. Optional text that is absent is NULL. */
#ifndef GATEWAY_CONFIG_CONFIG_H
#define GATEWAY_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"

enum config_code {
    CONFIG_MEMORY = 1, /* LIMIT: no memory */
    CONFIG_FILE,       /* CONFIG: cannot be read, too big, writable by everybody, not text */
    CONFIG_SYNTAX,     /* CONFIG: not YAML, or YAML that we do not take (alias, tag, depth) */
    CONFIG_KEY,        /* CONFIG: a key is unknown, doubled or missing */
    CONFIG_VALUE,      /* CONFIG: a value has the wrong type or form, or contradicts another */
};

enum {
    CONFIG_NAME_MAX = 63,
    CONFIG_HOST_MAX = 253,
    CONFIG_URI_MAX = 255,
    CONFIG_KEY_SIZE = 32,
    CONFIG_HASH_SIZE = 32,
};

/* The parts of lockgate://PARTNERSHIP/AGENCY/SYSTEM. */
struct config_uri {
    char partnership[CONFIG_NAME_MAX + 1];
    char agency[CONFIG_NAME_MAX + 1];
    char system[CONFIG_NAME_MAX + 1];
};

/* 1 to 63 of a-z 0-9 and "-". */
bool config_name_is_valid(struct span name);
/* Reads the one canonical form: no upper case, escape, port, query, empty part or trailing slash.
 * INPUT CONFIG_VALUE for anything else. */
LG_MUST_USE struct lg_err config_uri_read(struct span text, struct config_uri *out_uri);

/* `text` is as written; host has no brackets; port 0 (any free one) only where it says so. */
struct config_address {
    char *text;
    char host[CONFIG_HOST_MAX + 1];
    uint16_t port;
};

/* Four paths for a tls_context (struct tls_files). */
struct config_tls {
    char *certificate; /* certificate: leaf first, then intermediates */
    char *key;         /* key */
    char *anchors;     /* anchors: CA certificates of the partnership */
    char *crl;         /* crl: signed revocation list */
};

/* Where to call somebody and who has to answer there. */
struct config_peer {
    struct config_address address; /* address */
    char *dns;                     /* dns: name in its certificate, sent as SNI */
    char *uri;                     /* uri: the SAN URI of its certificate */
};

/* ---- partnership.yaml: who is known -------------------------------------------------------- */

struct config_system {
    char *name;            /* name: the last part of its certificate's URI */
    enum system_kind kind; /* kind: case-system connector console key-service officer gateway
                              auditor */
    char **roles;          /* roles: what its people may act as; optional, then nobody acts */
    uint32_t role_count;
};

struct config_source {
    struct config_address address; /* address */
    char *dns;                     /* dns */
    char *system;                  /* system: a connector or case-system of this party */
    uint32_t hidden_slot_ms;       /* hidden-slot-ms: optional; 0: the gateway's own */
    char uri[CONFIG_URI_MAX + 1];  /* made from partnership, party and system */
};

enum config_look_up { CONFIG_LOOK_UP_BLIND, CONFIG_LOOK_UP_PLAIN };

/* Days and minutes between which people of a party work, in London. days: 0 is Monday, both
 * included and in that order; minutes of the day, the second not included. */
struct config_hours {
    uint32_t first_day;
    uint32_t last_day;
    uint32_t from_minute;
    uint32_t to_minute;
};

struct config_party {
    char *id;                            /* id: equal to AGENCY in its certificates */
    char *name;                          /* name: for people, 1 to 200 bytes */
    struct config_system *systems;       /* systems: at least one, names unlike */
    uint32_t system_count;               /* */
    struct config_source *source;        /* source: optional; NULL: it is never asked */
    enum config_look_up look_up;         /* look-up: blind (default) or plain */
    char *public_key_text;               /* public-key: 64 hex digits; needed with a source */
    bool has_public_key;                 /* */
    uint8_t public_key[CONFIG_KEY_SIZE]; /* X25519; references are sealed to it */
    /* signing-key: 64 hex digits, optional: the Ed25519 key with which the party signs the first
     * agreement that it is in. Pins that key for good: later keys are named in agreements that this
     * one signed, and do not change this line. */
    char *signing_key_text;
    bool has_signing_key;
    uint8_t signing_key[CONFIG_KEY_SIZE];
    /* working-hours: optional, such as "mon-fri 08:00-18:00": what is asked outside, or on a bank
     * holiday of England and Wales, is shown to the party's officers. */
    char *working_hours_text;
    struct config_hours working_hours;
    /* case-reference-for: optional; purposes for which a question without a case reference is shown
     * to the party's officers. */
    char **case_purposes;
    uint32_t case_purpose_count;
};

/* How many people one user may look at for one purpose. The first of the list that fits counts. */
struct config_budget {
    char *role;            /* role: optional; NULL: every role */
    char *purpose;         /* purpose: optional; NULL: every purpose, each counted by itself */
    uint32_t window_hours; /* window-hours: 1 to 720, default 24 */
    uint32_t soft;         /* soft: beyond it a review case is opened; 1 or more */
    uint32_t hard;         /* hard: here it ends; above soft, at most 1,000,000 */
};

struct config_partnership {
    char *partnership; /* partnership */
    char *name;        /* name: for people */
    /* urgent-purposes: optional; purposes of the agreements, such as child-safeguarding. When more
     * is asked than can be answered, questions for one of them, or for one within them, go first,
     * each agency's up to its share. */
    char **urgent_purposes;
    uint32_t urgent_purpose_count;
    struct config_budget *budgets; /* budgets: optional; none: not limited */
    uint32_t budget_count;
    struct config_party *parties; /* parties: at least one, ids unlike */
    uint32_t party_count;
};

LG_MUST_USE struct lg_err config_partnership_load(const char *path, struct diag *diag,
                                                  struct config_partnership **out_partnership);
void config_partnership_free(struct config_partnership **partnership);

/* The registry: NULL where nobody of that name is known. */
const struct config_party *config_party_find(const struct config_partnership *partnership,
                                             struct span id);
/* The host of the partnership: the party whose system the gateway is; NULL where none says so. */
const struct config_party *config_host_find(const struct config_partnership *partnership);
const struct config_system *config_system_find(const struct config_party *party, struct span name);
/* Whether people of the party work then; true where it has no working-hours. */
bool config_hours_include(const struct config_party *party, uint32_t weekday, uint32_t minute);
bool config_purpose_wants_case(const struct config_party *party, struct span purpose);
/* Whether the system may vouch for people of this role. */
bool config_role_is_vouched(const struct config_system *system, struct span role);

/* ---- lockgated ------------------------------------------------------------------------------ */

struct config_pinned_file {
    char *file;                       /* file */
    char *sha256_text;                /* sha256: 64 hex digits; the loader of the file compares */
    uint8_t sha256[CONFIG_HASH_SIZE]; /* */
    char *signatures; /* signatures: of an agreement; optional: beside it, FILE.isa has FILE.sig */
};

struct config_log {
    char *key;    /* key: file of the log's signing key, 0600 */
    char *origin; /* origin: name of the log in checkpoints (C2SP): no space, no "+" */
};

/* A witness of the log: whoever runs it, it is no part of the partnership's registry. */
struct config_log_witness {
    struct config_peer peer; /* address, dns, uri */
    char *vkey;              /* key: its verifier key NAME+ID+KEY, type 4 (C2SP tlog-cosignature) */
};

/* Answers under these agreements leave only when so many of the log's witnesses have seen them in
 * the log (audit.md 4.4); under some of them those to a valid emergency leave on the log alone. */
struct config_quorum {
    uint32_t witnesses;       /* witnesses: 1 to how many there are */
    char **agreements;        /* agreements: their ids, each once */
    uint32_t agreement_count; /* */
    char **at_once;           /* emergencies-at-once: of those, each once; optional */
    uint32_t at_once_count;   /* */
};

/* All in milliseconds and optional; source-timeout <= hidden-slot <= deadline-max. */
struct config_limits {
    uint32_t deadline_max_ms;   /* deadline-max-ms: 100 to 120000, default 30000 */
    uint32_t source_timeout_ms; /* source-timeout-ms: 50 to 60000, default 2000 */
    uint32_t hidden_slot_ms;    /* hidden-slot-ms: 50 to 60000, default 2500 */
    /* signals-every-ms: 1000 to 86400000, default 21600000 (six hours): about how often cases of
     * misuse are opened, at moments drawn at random. */
    uint32_t signals_every_ms;
};

/* Whoever has this value among the claim's acts in this role. */
struct config_console_role {
    char *claim;     /* claim: the value, as the provider writes it */
    char *role;      /* role: one of those of the console's system */
    bool is_officer; /* officer: optional; they do what a system of kind officer may */
};

/* An OpenID Connect provider, and what this gateway is to it. Nothing of it is fetched but tokens.
 */
struct config_sign_in {
    char *issuer;        /* issuer: https, as in its tokens */
    char *authorization; /* authorization: https address that browsers are sent to */
    char *token;         /* token: https address where codes are redeemed */
    char *anchors;       /* anchors: CA certificates; no other is trusted for that address */
    char *client;        /* client: our identifier there */
    char *secret;        /* secret: file with our secret there, 0600 */
    char *algorithm;     /* algorithm: the one that it signs with, such as ES256 */
    char *keys;          /* keys: file of its public keys (JWK set) */
    char *scope;         /* scope: optional, "openid" */
    char *user_claim; /* user: optional claim that is the user id, and nobody else's ever; "sub" */
    char *name_claim; /* name: optional claim that is shown as the name; "name" */
    char *groups_claim; /* groups: claim whose values are mapped */
    /* roles: the first row whose value a person has is theirs; without one they cannot sign in */
    struct config_console_role *roles;
    uint32_t role_count;
};

/* Where browsers are served. */
struct config_console {
    struct config_address listen; /* listen; port 0 allowed */
    char *certificate;            /* certificate: for browsers, on P-256; leaf first */
    char *key;                    /* key */
    char *origin;                 /* origin: https://HOST:PORT as browsers see it */
    char *assets;                 /* assets: folder with manifest.json */
    char *party;        /* party: optional; whose people they are, by default the host's */
    char *system;       /* system: one of that party's, of kind console */
    char *pins;         /* pins: optional; public keys of key service and index, as
                           edges pin them: without it pages look nobody up */
    bool is_synthetic;  /* synthetic: optional; the data are made up, pages say so */
    uint32_t idle_s;    /* idle-s: optional, 1 to 900 (default) */
    uint32_t longest_s; /* longest-s: optional, 1 to 36000 (default) */
    uint32_t fresh_s;   /* fresh-s: optional, 1 to 300 (default) */
    struct config_sign_in sign_in; /* sign-in */
};

struct config_gateway {
    struct config_address listen;          /* listen; port 0 allowed */
    uint32_t workers;                      /* workers: 1 to 64, default 1 */
    struct config_tls tls_server;          /* tls-server: our leaf for those who call us */
    struct config_tls tls_client;          /* tls-client: our leaf for those whom we call */
    char *partnership;                     /* partnership: path of partnership.yaml */
    struct config_pinned_file *agreements; /* agreements: those in force, in this order */
    uint32_t agreement_count;              /* */
    struct config_pinned_file *floor;      /* floor: optional */
    struct config_pinned_file *statutes;   /* register: optional statute register */
    char *wards;                           /* wards: optional table for `generalise ward` */
    char *state;                           /* state: folder of index, consents and journal */
    struct config_log log;                 /* log */
    struct config_log_witness *witnesses;  /* witnesses: optional, at most LIMIT_WITNESS_COUNT */
    uint32_t witness_count;                /* */
    struct config_quorum *quorum;          /* quorum: optional; other agreements' wait for nobody */
    struct config_peer key_service;        /* key-service */
    char *index_key;                       /* index-key: file of the index's secret key, 0600 */
    struct config_limits limits;           /* limits: optional */
    struct config_console *console;        /* console: optional; no browsers without it */
};

LG_MUST_USE struct lg_err config_gateway_load(const char *path, struct diag *diag,
                                              struct config_gateway **out_gateway);
void config_gateway_free(struct config_gateway **gateway);

/* ---- lockgate-keyd -------------------------------------------------------------------------- */

struct config_keyd {
    struct config_address listen; /* listen; port 0 allowed */
    struct config_tls tls_server; /* tls-server */
    char *passphrase;             /* passphrase: file, 0600 */
    char *state;                  /* state: folder of the sealed keys */
    char *partnership;            /* partnership: path of partnership.yaml */
    char **callers;               /* callers: URIs of the systems that may call; at least one */
    uint32_t caller_count;
};

LG_MUST_USE struct lg_err config_keyd_load(const char *path, struct diag *diag,
                                           struct config_keyd **out_keyd);
void config_keyd_free(struct config_keyd **keyd);
/* Whether this URI is among the callers. */
bool config_keyd_has_caller(const struct config_keyd *keyd, const char *uri);

/* ---- lockgate-witness ----------------------------------------------------------------------- */

struct config_witness {
    struct config_address listen; /* listen; port 0 allowed */
    struct config_tls tls_server; /* tls-server */
    char *name;                   /* name: of the witness and its key; no space, no "+" */
    char *key;                    /* key: file of its signing key, 0600; made where it is absent */
    char *state;                  /* state: folder, 0700; what it has seen of each log */
    char **logs;                  /* logs: verifier keys NAME+ID+KEY; at least one */
    uint32_t log_count;
};

LG_MUST_USE struct lg_err config_witness_load(const char *path, struct diag *diag,
                                              struct config_witness **out_witness);
void config_witness_free(struct config_witness **witness);

/* ---- lockgate-connector --------------------------------------------------------------------- */

struct config_connector {
    struct config_address
        listen; /* listen: for Source and the local blinding call; port 0 allowed */
    struct config_tls tls_server; /* tls-server */
    struct config_tls tls_client; /* tls-client */
    char *agency;                 /* agency: the party whose records it serves */
    struct config_peer gateway;   /* gateway: called for enrolment; its uri alone may call Source */
    char *mapping;                /* mapping: path of the mapping file */
    char *secret_key;             /* secret-key: file of the agency's secret key, 0600 */
    char *pinned_keys;            /* pinned-keys: file with public keys of key service and index */
    char *state;                  /* state: folder; where an enrolment resumes */
    bool local_blinding;          /* local-blinding: optional, default false; the agency's own
                                     systems may call for blinding on the same listener */
};

LG_MUST_USE struct lg_err config_connector_load(const char *path, struct diag *diag,
                                                struct config_connector **out_connector);
void config_connector_free(struct config_connector **connector);

#endif
