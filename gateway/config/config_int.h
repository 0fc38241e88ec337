/* SPDX-License-Identifier: Apache-2.0 */
/* The one reader of YAML behind every loader of this module: text to a tree of structs by a
 * libcyaml schema, and the places to point at when a value turns out wrong. The mapping file of a
 * connector goes through it as well.
 *
 * Two passes. The first walks the parser's events beside the schema and judges all that can be
 * judged there, because only it knows lines: unknown, doubled and missing keys, aliases, anchors,
 * tags, types, words, lengths, counts. What passes goes to libcyaml, which fills the structs. */
#ifndef GATEWAY_CONFIG_CONFIG_INT_H
#define GATEWAY_CONFIG_CONFIG_INT_H

#include <cyaml/cyaml.h>

#include "gateway/config/config.h"

/* What a file said where. Places are named like `parties[2].systems[0].name`. */
struct config_document;

/* CONFIG with line and sentence in *diag, or LIMIT. The value is freed by config_value_free with
 * the same schema, whose top is a mapping behind a pointer with at most 64 keys a mapping. */
LG_MUST_USE struct lg_err config_document_load(const char *path, const cyaml_schema_value_t *schema,
                                               struct diag *diag,
                                               struct config_document **out_document,
                                               void **out_value);
void config_document_free(struct config_document **document);
void config_value_free(const cyaml_schema_value_t *schema, void *value);

/* Whether the file has this place. */
bool config_document_has(const struct config_document *document, const char *place);
/* Its line; 0 where the file has it not. */
uint32_t config_document_line(const struct config_document *document, const char *place);

/* The schema of each file, whose top is a mapping. */
extern const cyaml_schema_value_t *const config_schema_gateway;
extern const cyaml_schema_value_t *const config_schema_keyd;
extern const cyaml_schema_value_t *const config_schema_connector;
extern const cyaml_schema_value_t *const config_schema_witness;
extern const cyaml_schema_value_t *const config_schema_client;
extern const cyaml_schema_value_t *const config_schema_partnership;
extern const cyaml_schema_value_t *const config_schema_mapping;

/* A loaded file under its checks. */
struct config_check {
    const struct config_document *document;
    struct diag *diag;
};

/* CONFIG CONFIG_VALUE; *diag gets the line of `place` and "PLACE: SENTENCE". */
LG_MUST_USE struct lg_err config_refuse(const struct config_check *check, const char *place,
                                        const char *format, ...) LG_PRINTF(3, 4);

/* The same with another code. */
LG_MUST_USE struct lg_err config_refuse_as(const struct config_check *check, enum config_code code,
                                           const char *place, const char *format, ...)
    LG_PRINTF(4, 5);

/* A place inside another: "parties" 2 "name" gives "parties[2].name". */
struct config_place {
    char text[256];
};
struct config_place config_place_in(const char *list, size_t index, const char *key);
struct config_place config_place_of(const char *mapping, const char *key);

/* ---- values.c: each judges the value of one place ---- */

/* "DAY-DAY HH:MM-HH:MM"; text NULL: nothing is written. */
LG_MUST_USE struct lg_err config_check_hours(const struct config_check *check, const char *place,
                                             const char *text, struct config_hours *out_hours);

enum config_port { CONFIG_PORT_NEEDED, CONFIG_PORT_ANY };

LG_MUST_USE struct lg_err config_check_name(const struct config_check *check, const char *place,
                                            const char *name);
LG_MUST_USE struct lg_err config_check_host(const struct config_check *check, const char *place,
                                            const char *host);
LG_MUST_USE struct lg_err config_check_uri(const struct config_check *check, const char *place,
                                           const char *uri);
/* Fills host and port from the text. */
LG_MUST_USE struct lg_err config_check_address(const struct config_check *check, const char *place,
                                               enum config_port port,
                                               struct config_address *address);
/* Makes the path ready to open. */
LG_MUST_USE struct lg_err config_check_path(const struct config_check *check, const char *place,
                                            char **path);
/* 64 hex digits. */
LG_MUST_USE struct lg_err config_check_hex(const struct config_check *check, const char *place,
                                           const char *text, uint8_t out[static 32]);

struct config_range {
    uint32_t min;
    uint32_t max;
    uint32_t otherwise; /* where the file does not say */
};

LG_MUST_USE struct lg_err config_check_number(const struct config_check *check, const char *place,
                                              struct config_range range, uint32_t *number);
LG_MUST_USE struct lg_err config_check_tls(const struct config_check *check, const char *place,
                                           struct config_tls *tls);
LG_MUST_USE struct lg_err config_check_peer(const struct config_check *check, const char *place,
                                            struct config_peer *peer);

/* Keys of a config_tls and of a config_peer. */
extern const cyaml_schema_field_t CONFIG_TLS_FIELDS[];
extern const cyaml_schema_field_t CONFIG_PEER_FIELDS[];

/* lockgated's `quorum`, of so many witnesses. */
extern const cyaml_schema_field_t CONFIG_QUORUM_FIELDS[];
LG_MUST_USE struct lg_err config_check_quorum(const struct config_check *check,
                                              struct config_quorum *quorum, uint32_t witness_count);
/* One of lockgated's `witnesses`, and what is checked of them. */
extern const cyaml_schema_value_t CONFIG_LOG_WITNESS;
LG_MUST_USE struct lg_err config_check_witnesses(const struct config_check *check,
                                                 struct config_log_witness *witnesses,
                                                 uint32_t count);

/* lockgated's `console`. */
extern const cyaml_schema_field_t CONFIG_CONSOLE_FIELDS[];
LG_MUST_USE struct lg_err config_check_console(const struct config_check *check,
                                               struct config_console *console);

/* Flags of a text behind a pointer, needed or not; of a word from a list. */
enum {
    CONFIG_TEXT = CYAML_FLAG_POINTER,
    CONFIG_TEXT_OPTIONAL = CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
    CONFIG_WORD = CYAML_FLAG_STRICT,
    CONFIG_WORD_OPTIONAL = CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL,
};

/* The word of the list that is fewest edits away; NULL for an empty list. */
const char *config_nearest(struct span word, const char *const *list, size_t count);

#endif
