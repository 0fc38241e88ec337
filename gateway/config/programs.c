/* SPDX-License-Identifier: Apache-2.0 */
/* The files of lockgated, lockgate-keyd and lockgate-connector. */
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/base/limits_signals.h"
#include "gateway/base/limits_witness.h"
#include "gateway/config/config_int.h"

enum { HEX_DIGITS = 64, ORIGIN_MAX = 200, WORKERS_MAX = 64 };

#define FIELD_PATH(key, owner, member)                                                             \
    CYAML_FIELD_STRING_PTR(key, CONFIG_TEXT, owner, member, 1, LIMIT_CONFIG_TEXT)

/* ---- lockgated ---- */

static const cyaml_schema_field_t PINNED_FIELDS[] = {
    FIELD_PATH("file", struct config_pinned_file, file),
    CYAML_FIELD_STRING_PTR("sha256", CONFIG_TEXT, struct config_pinned_file, sha256_text,
                           HEX_DIGITS, HEX_DIGITS),
    CYAML_FIELD_END};

static const cyaml_schema_field_t AGREEMENT_FIELDS[] = {
    FIELD_PATH("file", struct config_pinned_file, file),
    CYAML_FIELD_STRING_PTR("sha256", CONFIG_TEXT, struct config_pinned_file, sha256_text,
                           HEX_DIGITS, HEX_DIGITS),
    CYAML_FIELD_STRING_PTR("signatures", CONFIG_TEXT_OPTIONAL, struct config_pinned_file,
                           signatures, 1, LIMIT_CONFIG_TEXT),
    CYAML_FIELD_END};
static const cyaml_schema_value_t PINNED = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_pinned_file, AGREEMENT_FIELDS)};

static const cyaml_schema_field_t LOG_FIELDS[] = {
    FIELD_PATH("key", struct config_log, key),
    CYAML_FIELD_STRING_PTR("origin", CONFIG_TEXT, struct config_log, origin, 1, ORIGIN_MAX),
    CYAML_FIELD_END};

static const cyaml_schema_field_t LIMIT_FIELDS[] = {
    CYAML_FIELD_UINT("deadline-max-ms", CYAML_FLAG_OPTIONAL, struct config_limits, deadline_max_ms),
    CYAML_FIELD_UINT("source-timeout-ms", CYAML_FLAG_OPTIONAL, struct config_limits,
                     source_timeout_ms),
    CYAML_FIELD_UINT("hidden-slot-ms", CYAML_FLAG_OPTIONAL, struct config_limits, hidden_slot_ms),
    CYAML_FIELD_UINT("signals-every-ms", CYAML_FLAG_OPTIONAL, struct config_limits,
                     signals_every_ms),
    CYAML_FIELD_END};

static const cyaml_schema_field_t GATEWAY_FIELDS[] = {
    FIELD_PATH("listen", struct config_gateway, listen.text),
    CYAML_FIELD_UINT("workers", CYAML_FLAG_OPTIONAL, struct config_gateway, workers),
    CYAML_FIELD_MAPPING("tls-server", CYAML_FLAG_DEFAULT, struct config_gateway, tls_server,
                        CONFIG_TLS_FIELDS),
    CYAML_FIELD_MAPPING("tls-client", CYAML_FLAG_DEFAULT, struct config_gateway, tls_client,
                        CONFIG_TLS_FIELDS),
    FIELD_PATH("partnership", struct config_gateway, partnership),
    CYAML_FIELD_SEQUENCE_COUNT("agreements", CONFIG_TEXT, struct config_gateway, agreements,
                               agreement_count, &PINNED, 0, LIMIT_CONFIG_AGREEMENTS),
    CYAML_FIELD_MAPPING_PTR("floor", CONFIG_TEXT_OPTIONAL, struct config_gateway, floor,
                            PINNED_FIELDS),
    CYAML_FIELD_MAPPING_PTR("register", CONFIG_TEXT_OPTIONAL, struct config_gateway, statutes,
                            PINNED_FIELDS),
    CYAML_FIELD_STRING_PTR("wards", CONFIG_TEXT_OPTIONAL, struct config_gateway, wards, 1,
                           CYAML_UNLIMITED),
    FIELD_PATH("state", struct config_gateway, state),
    CYAML_FIELD_MAPPING("log", CYAML_FLAG_DEFAULT, struct config_gateway, log, LOG_FIELDS),
    CYAML_FIELD_SEQUENCE_COUNT("witnesses", CONFIG_TEXT_OPTIONAL, struct config_gateway, witnesses,
                               witness_count, &CONFIG_LOG_WITNESS, 0, LIMIT_WITNESS_COUNT),
    CYAML_FIELD_MAPPING_PTR("quorum", CONFIG_TEXT_OPTIONAL, struct config_gateway, quorum,
                            CONFIG_QUORUM_FIELDS),
    CYAML_FIELD_MAPPING("key-service", CYAML_FLAG_DEFAULT, struct config_gateway, key_service,
                        CONFIG_PEER_FIELDS),
    FIELD_PATH("index-key", struct config_gateway, index_key),
    CYAML_FIELD_MAPPING("limits", CYAML_FLAG_OPTIONAL, struct config_gateway, limits, LIMIT_FIELDS),
    CYAML_FIELD_MAPPING_PTR("console", CONFIG_TEXT_OPTIONAL, struct config_gateway, console,
                            CONFIG_CONSOLE_FIELDS),
    CYAML_FIELD_END};
static const cyaml_schema_value_t GATEWAY = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct config_gateway, GATEWAY_FIELDS)};
const cyaml_schema_value_t *const config_schema_gateway = &GATEWAY;

static struct lg_err check_pinned(const struct config_check *check, const char *place,
                                  struct config_pinned_file *pinned) {
    TRY(config_check_path(check, config_place_of(place, "file").text, &pinned->file));
    return config_check_hex(check, config_place_of(place, "sha256").text, pinned->sha256_text,
                            pinned->sha256);
}

static struct lg_err check_agreements(const struct config_check *check,
                                      const struct config_gateway *gateway) {
    for (uint32_t i = 0; i < gateway->agreement_count; i++) {
        struct config_place here = config_place_in("agreements", i, "");
        struct config_pinned_file *file = &gateway->agreements[i];
        TRY(check_pinned(check, here.text, file));
        if (file->signatures != NULL) {
            TRY(config_check_path(check, config_place_of(here.text, "signatures").text,
                                  &file->signatures));
        }
        for (uint32_t j = 0; j < i; j++) {
            if (memcmp(gateway->agreements[i].sha256, gateway->agreements[j].sha256,
                       CONFIG_HASH_SIZE) == 0) {
                return config_refuse(check, here.text, "this agreement stands there twice");
            }
        }
    }
    if (gateway->floor != NULL) {
        TRY(check_pinned(check, "floor", gateway->floor));
    }
    return gateway->statutes == NULL ? LG_OK : check_pinned(check, "register", gateway->statutes);
}

/* The name goes into checkpoints and key names: C2SP signed-note forbids spaces and "+". */
static struct lg_err check_log(const struct config_check *check, struct config_log *log) {
    TRY(config_check_path(check, "log.key", &log->key));
    for (const char *at = log->origin; *at != '\0'; at++) {
        if (*at <= ' ' || *at > '~' || *at == '+') {
            return config_refuse(check, "log.origin", "only visible ASCII without + belongs here");
        }
    }
    return LG_OK;
}

static struct lg_err check_limits(const struct config_check *check, struct config_limits *limits) {
    TRY(config_check_number(check, "limits.deadline-max-ms",
                            (struct config_range){.min = 100, .max = 120000, .otherwise = 30000},
                            &limits->deadline_max_ms));
    TRY(config_check_number(check, "limits.source-timeout-ms",
                            (struct config_range){.min = 50, .max = 60000, .otherwise = 2000},
                            &limits->source_timeout_ms));
    TRY(config_check_number(check, "limits.hidden-slot-ms",
                            (struct config_range){.min = 50, .max = 60000, .otherwise = 2500},
                            &limits->hidden_slot_ms));
    TRY(config_check_number(check, "limits.signals-every-ms",
                            (struct config_range){.min = LIMIT_SIGNALS_EVERY_LEAST_MS,
                                                  .max = LIMIT_SIGNALS_EVERY_MOST_MS,
                                                  .otherwise = LIMIT_SIGNALS_EVERY_MS},
                            &limits->signals_every_ms));
    if (limits->source_timeout_ms > limits->hidden_slot_ms ||
        limits->hidden_slot_ms > limits->deadline_max_ms) {
        return config_refuse(check, "limits",
                             "source-timeout-ms <= hidden-slot-ms <= deadline-max-ms has to hold "
                             "(here %u, %u, %u)",
                             limits->source_timeout_ms, limits->hidden_slot_ms,
                             limits->deadline_max_ms);
    }
    return LG_OK;
}

static struct lg_err check_gateway(const struct config_check *check,
                                   struct config_gateway *gateway) {
    TRY(config_check_address(check, "listen", CONFIG_PORT_ANY, &gateway->listen));
    TRY(config_check_number(check, "workers",
                            (struct config_range){.min = 1, .max = WORKERS_MAX, .otherwise = 1},
                            &gateway->workers));
    TRY(config_check_tls(check, "tls-server", &gateway->tls_server));
    TRY(config_check_tls(check, "tls-client", &gateway->tls_client));
    TRY(config_check_path(check, "partnership", &gateway->partnership));
    TRY(check_agreements(check, gateway));
    if (gateway->wards != NULL) {
        TRY(config_check_path(check, "wards", &gateway->wards));
    }
    TRY(config_check_path(check, "state", &gateway->state));
    TRY(check_log(check, &gateway->log));
    TRY(config_check_witnesses(check, gateway->witnesses, gateway->witness_count));
    if (gateway->quorum != NULL) {
        TRY(config_check_quorum(check, gateway->quorum, gateway->witness_count));
    }
    TRY(config_check_peer(check, "key-service", &gateway->key_service));
    TRY(config_check_path(check, "index-key", &gateway->index_key));
    if (gateway->console != NULL) {
        TRY(config_check_console(check, gateway->console));
    }
    return check_limits(check, &gateway->limits);
}

void config_gateway_free(struct config_gateway **gateway) {
    config_value_free(&GATEWAY, *gateway);
    *gateway = NULL;
}

struct lg_err config_gateway_load(const char *path, struct diag *diag,
                                  struct config_gateway **out_gateway) {
    OWN(config_document_free) struct config_document *document = NULL;
    OWN(config_gateway_free) struct config_gateway *it = NULL;
    void *value = NULL;
    TRY(config_document_load(path, &GATEWAY, diag, &document, &value));
    it = value;
    TRY(check_gateway(&(struct config_check){.document = document, .diag = diag}, it));
    *out_gateway = TAKE(it);
    return LG_OK;
}

/* ---- lockgate-keyd ---- */

static const cyaml_schema_value_t CALLER = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, CONFIG_URI_MAX)};

static const cyaml_schema_field_t KEYD_FIELDS[] = {
    FIELD_PATH("listen", struct config_keyd, listen.text),
    CYAML_FIELD_MAPPING("tls-server", CYAML_FLAG_DEFAULT, struct config_keyd, tls_server,
                        CONFIG_TLS_FIELDS),
    FIELD_PATH("passphrase", struct config_keyd, passphrase),
    FIELD_PATH("state", struct config_keyd, state),
    FIELD_PATH("partnership", struct config_keyd, partnership),
    CYAML_FIELD_SEQUENCE_COUNT("callers", CONFIG_TEXT, struct config_keyd, callers, caller_count,
                               &CALLER, 1, LIMIT_CONFIG_CALLERS),
    CYAML_FIELD_END};
static const cyaml_schema_value_t KEYD = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct config_keyd, KEYD_FIELDS)};
const cyaml_schema_value_t *const config_schema_keyd = &KEYD;

static struct lg_err check_keyd(const struct config_check *check, struct config_keyd *keyd) {
    TRY(config_check_address(check, "listen", CONFIG_PORT_ANY, &keyd->listen));
    TRY(config_check_tls(check, "tls-server", &keyd->tls_server));
    TRY(config_check_path(check, "passphrase", &keyd->passphrase));
    TRY(config_check_path(check, "state", &keyd->state));
    TRY(config_check_path(check, "partnership", &keyd->partnership));
    for (uint32_t i = 0; i < keyd->caller_count; i++) {
        struct config_place here = config_place_in("callers", i, "");
        TRY(config_check_uri(check, here.text, keyd->callers[i]));
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(keyd->callers[i], keyd->callers[j]) == 0) {
                return config_refuse(check, here.text, "this caller stands there twice");
            }
        }
    }
    return LG_OK;
}

void config_keyd_free(struct config_keyd **keyd) {
    config_value_free(&KEYD, *keyd);
    *keyd = NULL;
}

struct lg_err config_keyd_load(const char *path, struct diag *diag, struct config_keyd **out_keyd) {
    OWN(config_document_free) struct config_document *document = NULL;
    OWN(config_keyd_free) struct config_keyd *it = NULL;
    void *value = NULL;
    TRY(config_document_load(path, &KEYD, diag, &document, &value));
    it = value;
    TRY(check_keyd(&(struct config_check){.document = document, .diag = diag}, it));
    *out_keyd = TAKE(it);
    return LG_OK;
}

bool config_keyd_has_caller(const struct config_keyd *keyd, const char *uri) {
    for (uint32_t i = 0; i < keyd->caller_count; i++) {
        if (strcmp(keyd->callers[i], uri) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- lockgate-connector ---- */

static const cyaml_schema_field_t CONNECTOR_FIELDS[] = {
    FIELD_PATH("listen", struct config_connector, listen.text),
    CYAML_FIELD_MAPPING("tls-server", CYAML_FLAG_DEFAULT, struct config_connector, tls_server,
                        CONFIG_TLS_FIELDS),
    CYAML_FIELD_MAPPING("tls-client", CYAML_FLAG_DEFAULT, struct config_connector, tls_client,
                        CONFIG_TLS_FIELDS),
    CYAML_FIELD_STRING_PTR("agency", CONFIG_TEXT, struct config_connector, agency, 1,
                           CONFIG_NAME_MAX),
    CYAML_FIELD_MAPPING("gateway", CYAML_FLAG_DEFAULT, struct config_connector, gateway,
                        CONFIG_PEER_FIELDS),
    FIELD_PATH("mapping", struct config_connector, mapping),
    FIELD_PATH("secret-key", struct config_connector, secret_key),
    FIELD_PATH("pinned-keys", struct config_connector, pinned_keys),
    FIELD_PATH("state", struct config_connector, state),
    CYAML_FIELD_BOOL("local-blinding", CYAML_FLAG_OPTIONAL, struct config_connector,
                     local_blinding),
    CYAML_FIELD_END};
static const cyaml_schema_value_t CONNECTOR = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct config_connector, CONNECTOR_FIELDS)};
const cyaml_schema_value_t *const config_schema_connector = &CONNECTOR;

static struct lg_err check_connector(const struct config_check *check,
                                     struct config_connector *connector) {
    TRY(config_check_address(check, "listen", CONFIG_PORT_ANY, &connector->listen));
    TRY(config_check_tls(check, "tls-server", &connector->tls_server));
    TRY(config_check_tls(check, "tls-client", &connector->tls_client));
    TRY(config_check_name(check, "agency", connector->agency));
    TRY(config_check_peer(check, "gateway", &connector->gateway));
    TRY(config_check_path(check, "mapping", &connector->mapping));
    TRY(config_check_path(check, "secret-key", &connector->secret_key));
    TRY(config_check_path(check, "pinned-keys", &connector->pinned_keys));
    return config_check_path(check, "state", &connector->state);
}

void config_connector_free(struct config_connector **connector) {
    config_value_free(&CONNECTOR, *connector);
    *connector = NULL;
}

struct lg_err config_connector_load(const char *path, struct diag *diag,
                                    struct config_connector **out_connector) {
    OWN(config_document_free) struct config_document *document = NULL;
    OWN(config_connector_free) struct config_connector *it = NULL;
    void *value = NULL;
    TRY(config_document_load(path, &CONNECTOR, diag, &document, &value));
    it = value;
    TRY(check_connector(&(struct config_check){.document = document, .diag = diag}, it));
    *out_connector = TAKE(it);
    return LG_OK;
}
