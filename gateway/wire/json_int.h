/* SPDX-License-Identifier: Apache-2.0 */
/* What the pieces of json.h share. */
#ifndef GATEWAY_WIRE_JSON_INT_H
#define GATEWAY_WIRE_JSON_INT_H

#include "gateway/wire/json.h"
#include "gateway/wire/wire_int.h"

/* Room for a name of the contract with its NUL. */
enum { WIRE_JSON_NAME_SIZE = 64 };

/* "no_consent_reason" to "noConsentReason". */
void wire_json_name(const char *name, char out[static WIRE_JSON_NAME_SIZE]);

/* ---- the text as values (json_parse.c) ---- */

enum wire_json_kind {
    WIRE_JSON_NULL,
    WIRE_JSON_FALSE,
    WIRE_JSON_TRUE,
    WIRE_JSON_NUMBER,
    WIRE_JSON_STRING,
    WIRE_JSON_LIST,
    WIRE_JSON_OBJECT,
};

/* A value. Members and elements hang from their owner by its last one, each by the one before it,
 * as the reader takes them from the end. text: a string as it stands between its quotes, or a
 * number. name: of a member, likewise. Both borrow the text. */
struct wire_json_node {
    uint8_t kind; /* enum wire_json_kind */
    struct span text;
    struct span name;
    const struct wire_json_node *before;
    const struct wire_json_node *last;
    uint32_t count; /* members or elements */
};

/* The whole text (RFC 8259), whose root is an object; in the arena. INPUT with a sentence, LIMIT
 * WIRE_MEMORY. */
LG_MUST_USE struct lg_err wire_json_parse(const struct wire_message *message, struct arena *arena,
                                          struct span json, struct wire_report *report,
                                          const struct wire_json_node **out_root);

/* ---- pieces of values (json_text.c) ---- */

/* The length of a string that the parser took without its escapes; written to out unless that is
 * NULL. */
size_t wire_json_unescape(struct span text, uint8_t *out);
/* Whether the string is `plain` once its escapes are undone. */
bool wire_json_text_is(struct span text, const char *plain);
/* Base64 of one alphabet, not both. Takes the padding off `text` and tells the bytes it stands for;
 * false where no base64 has this length. */
bool wire_json_base64_size(struct span *text, size_t *out_size);
/* Decodes what the former left to exactly that size. False: not base64, or stray bits at the end.
 */
bool wire_json_base64_read(struct span text, uint8_t *out);

#endif
