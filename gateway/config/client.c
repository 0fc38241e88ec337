/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a system that asks. */
#include "gateway/config/client.h"

#include "gateway/config/config_int.h"

static const cyaml_schema_field_t CLIENT_FIELDS[] = {
    CYAML_FIELD_MAPPING("gateway", CYAML_FLAG_DEFAULT, struct config_client, gateway,
                        CONFIG_PEER_FIELDS),
    CYAML_FIELD_MAPPING_PTR("connector", CONFIG_TEXT_OPTIONAL, struct config_client, connector,
                            CONFIG_PEER_FIELDS),
    CYAML_FIELD_MAPPING("tls-client", CYAML_FLAG_DEFAULT, struct config_client, tls_client,
                        CONFIG_TLS_FIELDS),
    CYAML_FIELD_END};
static const cyaml_schema_value_t CLIENT = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct config_client, CLIENT_FIELDS)};
const cyaml_schema_value_t *const config_schema_client = &CLIENT;

static struct lg_err check_client(const struct config_check *check, struct config_client *client) {
    TRY(config_check_peer(check, "gateway", &client->gateway));
    if (client->connector != NULL) {
        TRY(config_check_peer(check, "connector", client->connector));
    }
    return config_check_tls(check, "tls-client", &client->tls_client);
}

void config_client_free(struct config_client **client) {
    config_value_free(&CLIENT, *client);
    *client = NULL;
}

struct lg_err config_client_load(const char *path, struct diag *diag,
                                 struct config_client **out_client) {
    OWN(config_document_free) struct config_document *document = NULL;
    OWN(config_client_free) struct config_client *it = NULL;
    void *value = NULL;
    TRY(config_document_load(path, &CLIENT, diag, &document, &value));
    it = value;
    TRY(check_client(&(struct config_check){.document = document, .diag = diag}, it));
    *out_client = TAKE(it);
    return LG_OK;
}
