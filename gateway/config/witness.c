/* SPDX-License-Identifier: Apache-2.0 */
/* The file of lockgate-witness, and the witnesses in lockgated's. */
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/base/limits_witness.h"
#include "gateway/config/config_int.h"

enum { VKEY_MAX = 400, NAME_MAX_LEN = 128, ID_MAX_LEN = 63 };

#define FIELD_PATH(key, owner, member)                                                             \
    CYAML_FIELD_STRING_PTR(key, CONFIG_TEXT, owner, member, 1, LIMIT_CONFIG_TEXT)

/* ---- in lockgated's */

static const cyaml_schema_field_t LOG_WITNESS_FIELDS[] = {
    FIELD_PATH("address", struct config_log_witness, peer.address.text),
    CYAML_FIELD_STRING_PTR("dns", CONFIG_TEXT, struct config_log_witness, peer.dns, 1,
                           CONFIG_HOST_MAX),
    CYAML_FIELD_STRING_PTR("uri", CONFIG_TEXT, struct config_log_witness, peer.uri, 1,
                           CONFIG_URI_MAX),
    CYAML_FIELD_STRING_PTR("key", CONFIG_TEXT, struct config_log_witness, vkey, 1, VKEY_MAX),
    CYAML_FIELD_END};
const cyaml_schema_value_t CONFIG_LOG_WITNESS = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_log_witness, LOG_WITNESS_FIELDS)};

/* Type and key of NAME+ID+KEY: who signs, under whatever name. */
static const char *key_of(const char *vkey) {
    const char *rest = vkey;
    for (int i = 0; i < 2 && rest != NULL; i++) {
        rest = strchr(rest, '+');
        rest = rest != NULL ? rest + 1 : NULL;
    }
    return rest != NULL ? rest : vkey;
}

struct lg_err config_check_witnesses(const struct config_check *check,
                                     struct config_log_witness *witnesses, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        struct config_place here = config_place_in("witnesses", i, "");
        TRY(config_check_peer(check, here.text, &witnesses[i].peer));
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(key_of(witnesses[i].vkey), key_of(witnesses[j].vkey)) == 0) {
                return config_refuse(check, here.text, "this witness stands there twice");
            }
        }
    }
    return LG_OK;
}

/* ---- its quorum */

static const cyaml_schema_value_t AGREEMENT = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, ID_MAX_LEN)};

const cyaml_schema_field_t CONFIG_QUORUM_FIELDS[] = {
    CYAML_FIELD_UINT("witnesses", CYAML_FLAG_DEFAULT, struct config_quorum, witnesses),
    CYAML_FIELD_SEQUENCE_COUNT("agreements", CONFIG_TEXT, struct config_quorum, agreements,
                               agreement_count, &AGREEMENT, 1, LIMIT_CONFIG_AGREEMENTS),
    CYAML_FIELD_SEQUENCE_COUNT("emergencies-at-once", CONFIG_TEXT_OPTIONAL, struct config_quorum,
                               at_once, at_once_count, &AGREEMENT, 1, LIMIT_CONFIG_AGREEMENTS),
    CYAML_FIELD_END};

static bool is_among(char *const *ids, uint32_t count, const char *id) {
    bool is = false;
    for (uint32_t i = 0; i < count && !is; i++) {
        is = strcmp(ids[i], id) == 0;
    }
    return is;
}

/* What waits for nobody as it is would be a rule that holds for nothing, and nobody would notice.
 */
static struct lg_err at_once_check(const struct config_check *check,
                                   const struct config_quorum *quorum) {
    for (uint32_t i = 0; i < quorum->at_once_count; i++) {
        struct config_place here = config_place_in("quorum.emergencies-at-once", i, "");
        if (!is_among(quorum->agreements, quorum->agreement_count, quorum->at_once[i])) {
            return config_refuse(check, here.text,
                                 "no answer under this agreement waits: name it in "
                                 "`quorum.agreements`, or take it off here");
        }
        if (is_among(quorum->at_once, i, quorum->at_once[i])) {
            return config_refuse(check, here.text, "this agreement stands there twice");
        }
    }
    return LG_OK;
}

struct lg_err config_check_quorum(const struct config_check *check, struct config_quorum *quorum,
                                  uint32_t witness_count) {
    if (witness_count == 0) {
        return config_refuse(check, "quorum", "there are no witnesses: list them in `witnesses`");
    }
    if (quorum->witnesses < 1 || quorum->witnesses > witness_count) {
        return config_refuse(check, "quorum.witnesses",
                             "1 to %u belongs here: so many witnesses are listed", witness_count);
    }
    for (uint32_t i = 0; i < quorum->agreement_count; i++) {
        if (is_among(quorum->agreements, i, quorum->agreements[i])) {
            struct config_place here = config_place_in("quorum.agreements", i, "");
            return config_refuse(check, here.text, "this agreement stands there twice");
        }
    }
    return at_once_check(check, quorum);
}

/* ---- lockgate-witness */

static const cyaml_schema_value_t LOG = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, VKEY_MAX)};

static const cyaml_schema_field_t WITNESS_FIELDS[] = {
    FIELD_PATH("listen", struct config_witness, listen.text),
    CYAML_FIELD_MAPPING("tls-server", CYAML_FLAG_DEFAULT, struct config_witness, tls_server,
                        CONFIG_TLS_FIELDS),
    CYAML_FIELD_STRING_PTR("name", CONFIG_TEXT, struct config_witness, name, 1, NAME_MAX_LEN),
    FIELD_PATH("key", struct config_witness, key),
    FIELD_PATH("state", struct config_witness, state),
    CYAML_FIELD_SEQUENCE_COUNT("logs", CONFIG_TEXT, struct config_witness, logs, log_count, &LOG, 1,
                               LIMIT_WITNESS_LOGS),
    CYAML_FIELD_END};
static const cyaml_schema_value_t WITNESS = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct config_witness, WITNESS_FIELDS)};
const cyaml_schema_value_t *const config_schema_witness = &WITNESS;

static struct lg_err check_witness(const struct config_check *check,
                                   struct config_witness *witness) {
    TRY(config_check_address(check, "listen", CONFIG_PORT_ANY, &witness->listen));
    TRY(config_check_tls(check, "tls-server", &witness->tls_server));
    TRY(config_check_path(check, "key", &witness->key));
    return config_check_path(check, "state", &witness->state);
}

void config_witness_free(struct config_witness **witness) {
    config_value_free(&WITNESS, *witness);
    *witness = NULL;
}

struct lg_err config_witness_load(const char *path, struct diag *diag,
                                  struct config_witness **out_witness) {
    OWN(config_document_free) struct config_document *document = NULL;
    OWN(config_witness_free) struct config_witness *it = NULL;
    void *value = NULL;
    TRY(config_document_load(path, &WITNESS, diag, &document, &value));
    it = value;
    TRY(check_witness(&(struct config_check){.document = document, .diag = diag}, it));
    *out_witness = TAKE(it);
    return LG_OK;
}
