/* SPDX-License-Identifier: Apache-2.0 */
/* partnership.yaml: who is known, and the registry over it. */
#include <stdio.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/config/config_int.h"

enum { TITLE_MAX = 200, HEX_DIGITS = 64 };
enum { BUDGET_HOURS = 24, BUDGET_HOURS_MAX = 720, BUDGET_MAX = 1000000 };

static const cyaml_strval_t KINDS[] = {
    {"case-system", SYSTEM_CASE_SYSTEM}, {"connector", SYSTEM_CONNECTOR},
    {"console", SYSTEM_CONSOLE},         {"key-service", SYSTEM_KEY_SERVICE},
    {"officer", SYSTEM_OFFICER},         {"gateway", SYSTEM_GATEWAY},
    {"auditor", SYSTEM_AUDITOR}};
static const cyaml_strval_t LOOK_UPS[] = {{"blind", CONFIG_LOOK_UP_BLIND},
                                          {"plain", CONFIG_LOOK_UP_PLAIN}};

static const cyaml_schema_value_t ROLE = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, CONFIG_NAME_MAX)};

static const cyaml_schema_field_t SYSTEM_FIELDS[] = {
    CYAML_FIELD_STRING_PTR("name", CONFIG_TEXT, struct config_system, name, 1, CONFIG_NAME_MAX),
    CYAML_FIELD_ENUM("kind", CONFIG_WORD, struct config_system, kind, KINDS,
                     CYAML_ARRAY_LEN(KINDS)),
    CYAML_FIELD_SEQUENCE_COUNT("roles", CONFIG_TEXT_OPTIONAL, struct config_system, roles,
                               role_count, &ROLE, 0, LIMIT_CONFIG_ROLES),
    CYAML_FIELD_END};
static const cyaml_schema_value_t SYSTEM = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_system, SYSTEM_FIELDS)};

static const cyaml_schema_field_t SOURCE_FIELDS[] = {
    CYAML_FIELD_STRING_PTR("address", CONFIG_TEXT, struct config_source, address.text, 1,
                           LIMIT_CONFIG_TEXT),
    CYAML_FIELD_STRING_PTR("dns", CONFIG_TEXT, struct config_source, dns, 1, CONFIG_HOST_MAX),
    CYAML_FIELD_STRING_PTR("system", CONFIG_TEXT, struct config_source, system, 1, CONFIG_NAME_MAX),
    CYAML_FIELD_UINT("hidden-slot-ms", CYAML_FLAG_OPTIONAL, struct config_source, hidden_slot_ms),
    CYAML_FIELD_END};

static const cyaml_schema_value_t PURPOSE = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, CONFIG_NAME_MAX)};

static const cyaml_schema_field_t PARTY_FIELDS[] = {
    CYAML_FIELD_STRING_PTR("id", CONFIG_TEXT, struct config_party, id, 1, CONFIG_NAME_MAX),
    CYAML_FIELD_STRING_PTR("name", CONFIG_TEXT, struct config_party, name, 1, TITLE_MAX),
    CYAML_FIELD_SEQUENCE_COUNT("systems", CONFIG_TEXT, struct config_party, systems, system_count,
                               &SYSTEM, 1, LIMIT_CONFIG_SYSTEMS),
    CYAML_FIELD_MAPPING_PTR("source", CONFIG_TEXT_OPTIONAL, struct config_party, source,
                            SOURCE_FIELDS),
    CYAML_FIELD_ENUM("look-up", CONFIG_WORD_OPTIONAL, struct config_party, look_up, LOOK_UPS,
                     CYAML_ARRAY_LEN(LOOK_UPS)),
    CYAML_FIELD_STRING_PTR("public-key", CONFIG_TEXT_OPTIONAL, struct config_party, public_key_text,
                           HEX_DIGITS, HEX_DIGITS),
    CYAML_FIELD_STRING_PTR("signing-key", CONFIG_TEXT_OPTIONAL, struct config_party,
                           signing_key_text, HEX_DIGITS, HEX_DIGITS),
    CYAML_FIELD_STRING_PTR("working-hours", CONFIG_TEXT_OPTIONAL, struct config_party,
                           working_hours_text, 1, LIMIT_CONFIG_TEXT),
    CYAML_FIELD_SEQUENCE_COUNT("case-reference-for", CONFIG_TEXT_OPTIONAL, struct config_party,
                               case_purposes, case_purpose_count, &PURPOSE, 0, LIMIT_CONFIG_URGENT),
    CYAML_FIELD_END};
static const cyaml_schema_value_t PARTY = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_party, PARTY_FIELDS)};

static const cyaml_schema_field_t BUDGET_FIELDS[] = {
    CYAML_FIELD_STRING_PTR("role", CONFIG_TEXT_OPTIONAL, struct config_budget, role, 1,
                           CONFIG_NAME_MAX),
    CYAML_FIELD_STRING_PTR("purpose", CONFIG_TEXT_OPTIONAL, struct config_budget, purpose, 1,
                           CONFIG_NAME_MAX),
    CYAML_FIELD_UINT("window-hours", CYAML_FLAG_OPTIONAL, struct config_budget, window_hours),
    CYAML_FIELD_UINT("soft", CYAML_FLAG_DEFAULT, struct config_budget, soft),
    CYAML_FIELD_UINT("hard", CYAML_FLAG_DEFAULT, struct config_budget, hard),
    CYAML_FIELD_END};
static const cyaml_schema_value_t BUDGET = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_budget, BUDGET_FIELDS)};

static const cyaml_schema_field_t PARTNERSHIP_FIELDS[] = {
    CYAML_FIELD_STRING_PTR("partnership", CONFIG_TEXT, struct config_partnership, partnership, 1,
                           CONFIG_NAME_MAX),
    CYAML_FIELD_STRING_PTR("name", CONFIG_TEXT, struct config_partnership, name, 1, TITLE_MAX),
    CYAML_FIELD_SEQUENCE_COUNT("urgent-purposes", CONFIG_TEXT_OPTIONAL, struct config_partnership,
                               urgent_purposes, urgent_purpose_count, &PURPOSE, 0,
                               LIMIT_CONFIG_URGENT),
    CYAML_FIELD_SEQUENCE_COUNT("budgets", CONFIG_TEXT_OPTIONAL, struct config_partnership, budgets,
                               budget_count, &BUDGET, 0, LIMIT_CONFIG_BUDGETS),
    CYAML_FIELD_SEQUENCE_COUNT("parties", CONFIG_TEXT, struct config_partnership, parties,
                               party_count, &PARTY, 1, LIMIT_CONFIG_PARTIES),
    CYAML_FIELD_END};
static const cyaml_schema_value_t PARTNERSHIP = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct config_partnership, PARTNERSHIP_FIELDS)};
const cyaml_schema_value_t *const config_schema_partnership = &PARTNERSHIP;

/* ---- checks ---- */

static struct lg_err check_roles(const struct config_check *check, const char *place,
                                 const struct config_system *system) {
    struct config_place list = config_place_of(place, "roles");
    if (system->kind == SYSTEM_AUDITOR && system->role_count > 0) {
        return config_refuse(check, list.text, "an auditor asks nothing, and so acts in no role");
    }
    for (uint32_t i = 0; i < system->role_count; i++) {
        struct config_place here = config_place_in(list.text, i, "");
        TRY(config_check_name(check, here.text, system->roles[i]));
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(system->roles[i], system->roles[j]) == 0) {
                return config_refuse(check, here.text, "this role stands there twice");
            }
        }
    }
    return LG_OK;
}

static struct lg_err check_systems(const struct config_check *check, const char *place,
                                   const struct config_party *party) {
    struct config_place list = config_place_of(place, "systems");
    for (uint32_t i = 0; i < party->system_count; i++) {
        const struct config_system *system = &party->systems[i];
        struct config_place name = config_place_in(list.text, i, "name");
        TRY(config_check_name(check, name.text, system->name));
        if (config_system_find(party, span_text(system->name)) != system) {
            return config_refuse(check, name.text, "this system stands there twice");
        }
        TRY(check_roles(check, config_place_in(list.text, i, "").text, system));
    }
    return LG_OK;
}

static bool can_answer(const struct config_system *system) {
    return system != NULL &&
           (system->kind == SYSTEM_CONNECTOR || system->kind == SYSTEM_CASE_SYSTEM);
}

static struct lg_err check_source(const struct config_check *check, const char *place,
                                  const char *partnership, const struct config_party *party) {
    struct config_source *source = party->source;
    struct config_place here = config_place_of(place, "source");
    if (source == NULL) {
        return LG_OK;
    }
    TRY(config_check_address(check, config_place_of(here.text, "address").text, CONFIG_PORT_NEEDED,
                             &source->address));
    TRY(config_check_host(check, config_place_of(here.text, "dns").text, source->dns));
    if (!can_answer(config_system_find(party, span_text(source->system)))) {
        return config_refuse(check, config_place_of(here.text, "system").text,
                             "no connector or case-system of this party has that name");
    }
    TRY(config_check_number(check, config_place_of(here.text, "hidden-slot-ms").text,
                            (struct config_range){.min = 0, .max = 60000, .otherwise = 0},
                            &source->hidden_slot_ms));
    if (!party->has_public_key) {
        return config_refuse(check, here.text, "a party that is asked needs its public-key");
    }
    snprintf(source->uri, sizeof source->uri, "lockgate://%s/%s/%s", partnership, party->id,
             source->system);
    return LG_OK;
}

static struct lg_err check_party(const struct config_check *check,
                                 const struct config_partnership *partnership, uint32_t index) {
    struct config_party *party = &partnership->parties[index];
    struct config_place place = config_place_in("parties", index, "");
    struct config_place id = config_place_of(place.text, "id");
    TRY(config_check_name(check, id.text, party->id));
    if (config_party_find(partnership, span_text(party->id)) != party) {
        return config_refuse(check, id.text, "this party stands there twice");
    }
    TRY(check_systems(check, place.text, party));
    if (party->public_key_text != NULL) {
        TRY(config_check_hex(check, config_place_of(place.text, "public-key").text,
                             party->public_key_text, party->public_key));
        party->has_public_key = true;
    }
    if (party->signing_key_text != NULL) {
        TRY(config_check_hex(check, config_place_of(place.text, "signing-key").text,
                             party->signing_key_text, party->signing_key));
        party->has_signing_key = true;
    }
    TRY(config_check_hours(check, config_place_of(place.text, "working-hours").text,
                           party->working_hours_text, &party->working_hours));
    for (uint32_t i = 0; i < party->case_purpose_count; i++) {
        TRY(config_check_name(check, config_place_of(place.text, "case-reference-for").text,
                              party->case_purposes[i]));
    }
    return check_source(check, place.text, partnership->partnership, party);
}

static struct lg_err check_budget(const struct config_check *check, const char *place,
                                  struct config_budget *budget) {
    budget->window_hours = budget->window_hours == 0 ? BUDGET_HOURS : budget->window_hours;
    if (budget->window_hours > BUDGET_HOURS_MAX) {
        return config_refuse(check, place, "window-hours is 1 to 720");
    }
    if (budget->soft == 0 || budget->hard <= budget->soft || budget->hard > BUDGET_MAX) {
        return config_refuse(check, place, "soft is 1 or more, and hard above it, at most 1000000");
    }
    if (budget->role != NULL) {
        TRY(config_check_name(check, place, budget->role));
    }
    return budget->purpose == NULL ? LG_OK : config_check_name(check, place, budget->purpose);
}

static struct lg_err check_budgets(const struct config_check *check,
                                   struct config_partnership *partnership) {
    for (uint32_t i = 0; i < partnership->budget_count; i++) {
        struct config_place here = config_place_in("budgets", i, "");
        TRY(check_budget(check, here.text, &partnership->budgets[i]));
    }
    return LG_OK;
}

static struct lg_err check_urgent(const struct config_check *check,
                                  const struct config_partnership *partnership) {
    for (uint32_t i = 0; i < partnership->urgent_purpose_count; i++) {
        struct config_place here = config_place_in("urgent-purposes", i, "");
        TRY(config_check_name(check, here.text, partnership->urgent_purposes[i]));
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(partnership->urgent_purposes[i], partnership->urgent_purposes[j]) == 0) {
                return config_refuse(check, here.text, "this purpose stands there twice");
            }
        }
    }
    return LG_OK;
}

static struct lg_err check_partnership(const struct config_check *check,
                                       struct config_partnership *partnership) {
    TRY(config_check_name(check, "partnership", partnership->partnership));
    TRY(check_urgent(check, partnership));
    TRY(check_budgets(check, partnership));
    for (uint32_t i = 0; i < partnership->party_count; i++) {
        TRY(check_party(check, partnership, i));
    }
    return LG_OK;
}

void config_partnership_free(struct config_partnership **partnership) {
    config_value_free(&PARTNERSHIP, *partnership);
    *partnership = NULL;
}

struct lg_err config_partnership_load(const char *path, struct diag *diag,
                                      struct config_partnership **out_partnership) {
    OWN(config_document_free) struct config_document *document = NULL;
    OWN(config_partnership_free) struct config_partnership *it = NULL;
    void *value = NULL;
    TRY(config_document_load(path, &PARTNERSHIP, diag, &document, &value));
    it = value;
    TRY(check_partnership(&(struct config_check){.document = document, .diag = diag}, it));
    *out_partnership = TAKE(it);
    return LG_OK;
}

/* ---- the registry ---- */

const struct config_party *config_party_find(const struct config_partnership *partnership,
                                             struct span id) {
    for (uint32_t i = 0; i < partnership->party_count; i++) {
        if (span_equal_text(id, partnership->parties[i].id)) {
            return &partnership->parties[i];
        }
    }
    return NULL;
}

static bool has_gateway(const struct config_party *party) {
    for (uint32_t i = 0; i < party->system_count; i++) {
        if (party->systems[i].kind == SYSTEM_GATEWAY) {
            return true;
        }
    }
    return false;
}

const struct config_party *config_host_find(const struct config_partnership *partnership) {
    for (uint32_t i = 0; i < partnership->party_count; i++) {
        if (has_gateway(&partnership->parties[i])) {
            return &partnership->parties[i];
        }
    }
    return NULL;
}

const struct config_system *config_system_find(const struct config_party *party, struct span name) {
    for (uint32_t i = 0; i < party->system_count; i++) {
        if (span_equal_text(name, party->systems[i].name)) {
            return &party->systems[i];
        }
    }
    return NULL;
}

bool config_role_is_vouched(const struct config_system *system, struct span role) {
    for (uint32_t i = 0; i < system->role_count; i++) {
        if (span_equal_text(role, system->roles[i])) {
            return true;
        }
    }
    return false;
}
