/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of wire: how plain structs lie beside the messages of the contract.
 *
 * A shape is one message of protobuf-c and one plain struct, with a row for each field. Rows are
 * data: scan.c reads them to check bytes, convert.c to carry values across. Tests read them too, to
 * compare every row with the contract. */
#ifndef GATEWAY_WIRE_WIRE_INT_H
#define GATEWAY_WIRE_WIRE_INT_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/limits.h"
#include "gateway/base/span.h"
#include "gateway/wire/wire.h"

enum shape_kind {
    SHAPE_TEXT,    /* string <-> struct span; repeated <-> struct span_list */
    SHAPE_BYTES,   /* bytes <-> the same */
    SHAPE_FIXED,   /* bytes <-> uint8_t[high] */
    SHAPE_U32,     /* uint32 <-> uint32_t */
    SHAPE_U64,     /* uint64 <-> uint64_t */
    SHAPE_I64,     /* int64 <-> int64_t */
    SHAPE_BOOL,    /* bool <-> bool */
    SHAPE_ENUM,    /* enum <-> enum of the same values */
    SHAPE_MESSAGE, /* message <-> embedded struct; repeated <-> pointer and count */
    SHAPE_RAW,     /* message in the contract, bytes here <-> struct span */
};

struct shape;

enum { SHAPE_NOWHERE = 0xffff, SHAPE_FIELDS_MAX = 20 };

/* One field. Offsets are those of the plain struct. */
struct shape_row {
    const char *name; /* name of the plain member; NULL where the fields lie in the outer one */
    uint16_t number;
    uint8_t kind; /* enum shape_kind */
    bool repeated;
    bool needed;        /* a request without it is refused; always encoded */
    bool is_loose;      /* text of a reply: blanked where it is not plain, and the rest goes on */
    uint8_t fallback;   /* enum: what an unspecified value reads as */
    uint16_t at;        /* of the member */
    uint16_t count_at;  /* repeated messages: of the count */
    uint16_t flag_at;   /* message: of the bool that says it is there; or NOWHERE */
    uint32_t low;       /* bytes of a text, or least number */
    uint32_t high;      /* bytes of a text */
    uint32_t count_low; /* repeated */
    uint32_t count_high;
    const struct shape *shape; /* MESSAGE and RAW */
};

/* Always true: row i belongs to field i of the descriptor (both ascend by number), and a RAW row is
 * a bytes field there. choice_at: where the message is one oneof, offset of the enum whose value is
 * the number of the member that is set; else NOWHERE. */
struct shape {
    const ProtobufCMessageDescriptor *message;
    const struct shape_row *rows;
    uint16_t row_count;
    uint16_t choice_at;
    size_t size;
};

/* A message that travels on its own. */
struct wire_message {
    const struct shape *shape;
    bool lenient; /* a reply: see wire.h */
    uint32_t elements_max;
    uint32_t bytes_max;
};

/* Offset of a member that must have this type. */
#define SHAPE_AT(type, member, want)                                                               \
    (uint16_t)(offsetof(type, member) + 0 * sizeof(_Generic(((type *)0)->member, want : 1)))
/* Offset of a member that must be as large as an int: an enum. */
#define SHAPE_ENUM_AT(type, member)                                                                \
    (uint16_t)(offsetof(type, member) +                                                            \
               0 * sizeof(char[sizeof(((type *)0)->member) == sizeof(int) ? 1 : -1]))

/* Rows of the tables. low above 0 makes the field needed. */
#define ROW_TEXT(field, type, member, least, most)                                                 \
    {                                                                                              \
        .name = #member, .number = field, .kind = SHAPE_TEXT, .needed = (least) > 0,               \
        .at = SHAPE_AT(type, member, struct span), .flag_at = SHAPE_NOWHERE, .low = least,         \
        .high = most                                                                               \
    }
#define ROW_LOOSE(field, type, member, least, most)                                                \
    {                                                                                              \
        .name = #member, .number = field, .kind = SHAPE_TEXT, .needed = (least) > 0,               \
        .is_loose = true, .at = SHAPE_AT(type, member, struct span), .flag_at = SHAPE_NOWHERE,     \
        .low = least, .high = most                                                                 \
    }
#define ROW_BYTES(field, type, member, least, most)                                                \
    {                                                                                              \
        .name = #member, .number = field, .kind = SHAPE_BYTES, .needed = (least) > 0,              \
        .at = SHAPE_AT(type, member, struct span), .flag_at = SHAPE_NOWHERE, .low = least,         \
        .high = most                                                                               \
    }
/* Exactly the array's size; where it is not needed, absent reads as zeros and zeros are absent. */
#define ROW_FIXED(field, type, member, is_needed)                                                  \
    {                                                                                              \
        .name = #member, .number = field, .kind = SHAPE_FIXED, .needed = is_needed,                \
        .at = offsetof(type, member), .flag_at = SHAPE_NOWHERE,                                    \
        .low = sizeof(((type *)0)->member), .high = sizeof(((type *)0)->member)                    \
    }
#define ROW_U32(field, type, member, least)                                                        \
    {                                                                                              \
        .name = #member, .number = field, .kind = SHAPE_U32, .needed = (least) > 0,                \
        .at = SHAPE_AT(type, member, uint32_t), .flag_at = SHAPE_NOWHERE, .low = least             \
    }
#define ROW_U64(field, type, member, least)                                                        \
    {                                                                                              \
        .name = #member, .number = field, .kind = SHAPE_U64, .needed = (least) > 0,                \
        .at = SHAPE_AT(type, member, uint64_t), .flag_at = SHAPE_NOWHERE, .low = least             \
    }
#define ROW_I64(field, type, member)                                                               \
    {                                                                                              \
        .name = #member, .number = field, .kind = SHAPE_I64,                                       \
        .at = SHAPE_AT(type, member, int64_t), .flag_at = SHAPE_NOWHERE                            \
    }
#define ROW_BOOL(field, type, member)                                                              \
    {                                                                                              \
        .name = #member, .number = field, .kind = SHAPE_BOOL, .at = SHAPE_AT(type, member, bool),  \
        .flag_at = SHAPE_NOWHERE                                                                   \
    }
#define ROW_ENUM(field, type, member, is_needed)                                                   \
    {                                                                                              \
        .name = #member, .number = field, .kind = SHAPE_ENUM, .needed = is_needed,                 \
        .at = SHAPE_ENUM_AT(type, member), .flag_at = SHAPE_NOWHERE, .low = is_needed              \
    }
/* Never refused for being unspecified: it reads as `otherwise` then. */
#define ROW_ENUM_ELSE(field, type, member, otherwise)                                              \
    {                                                                                              \
        .name = #member, .number = field, .kind = SHAPE_ENUM, .fallback = otherwise,               \
        .at = SHAPE_ENUM_AT(type, member), .flag_at = SHAPE_NOWHERE                                \
    }
/* Repeated text or bytes: each of least to most, count_least to count_most of them. */
#define ROW_TEXTS(field, type, member, most, count_most)                                           \
    {                                                                                              \
        .name = #member, .number = field, .kind = SHAPE_TEXT, .repeated = true,                    \
        .at = SHAPE_AT(type, member, struct span_list), .flag_at = SHAPE_NOWHERE, .low = 1,        \
        .high = most, .count_high = count_most                                                     \
    }
#define ROW_BLOBS(field, type, member, size, count_least, count_most)                              \
    {                                                                                              \
        .name = #member, .number = field, .kind = SHAPE_BYTES, .repeated = true,                   \
        .at = SHAPE_AT(type, member, struct span_list), .flag_at = SHAPE_NOWHERE, .low = size,     \
        .high = size, .count_low = count_least, .count_high = count_most                           \
    }
#define ROW_MESSAGE(field, type, member, of, is_needed)                                            \
    {                                                                                              \
        .name = #member, .number = field, .kind = SHAPE_MESSAGE, .needed = is_needed,              \
        .at = offsetof(type, member), .flag_at = SHAPE_NOWHERE, .shape = &of                       \
    }
#define ROW_FLAGGED(field, type, member, flag, of)                                                 \
    {                                                                                              \
        .name = #member, .number = field, .kind = SHAPE_MESSAGE, .at = offsetof(type, member),     \
        .flag_at = SHAPE_AT(type, flag, bool), .shape = &of                                        \
    }
/* A message whose fields lie in the outer struct itself; flag as above or SHAPE_NOWHERE. */
#define ROW_INLINE(field, flag_offset, of)                                                         \
    { .number = field, .kind = SHAPE_MESSAGE, .flag_at = flag_offset, .shape = &of }
#define ROW_MESSAGES(field, type, member, count, of, count_least, count_most)                      \
    {                                                                                              \
        .name = #member, .number = field, .kind = SHAPE_MESSAGE, .repeated = true,                 \
        .at = offsetof(type, member), .count_at = SHAPE_AT(type, count, size_t),                   \
        .flag_at = SHAPE_NOWHERE, .count_low = count_least, .count_high = count_most, .shape = &of \
    }
#define ROW_RAW(field, type, member, of)                                                           \
    {                                                                                              \
        .name = #member, .number = field, .kind = SHAPE_RAW,                                       \
        .at = SHAPE_AT(type, member, struct span), .flag_at = SHAPE_NOWHERE, .shape = &of          \
    }
/* The two rows of what was logged, in replies that keep it in `logged`: the receipt, and under the
 * next number the checkpoint. */
#define ROWS_LOGGED(field, type)                                                                   \
    ROW_FLAGGED(field, type, logged.receipt, logged.has_receipt, wire_shape_receipt),              \
        ROW_MESSAGE((field) + 1, type, logged.checkpoint, wire_shape_checkpoint, false)
/* A whole shape from its rows. */
#define SHAPE_OF(descriptor, type, table)                                                          \
    {                                                                                              \
        .message = &descriptor, .rows = table, .row_count = sizeof(table) / sizeof((table)[0]),    \
        .choice_at = SHAPE_NOWHERE, .size = sizeof(type)                                           \
    }
#define SHAPE_CHOICE_OF(descriptor, type, choice, table)                                           \
    {                                                                                              \
        .message = &descriptor, .rows = table, .row_count = sizeof(table) / sizeof((table)[0]),    \
        .choice_at = SHAPE_ENUM_AT(type, choice), .size = sizeof(type)                             \
    }

/* The tables' ends: requests and what sources send; what the gateway sends. */
#define WIRE_REQUEST(of)                                                                           \
    { .shape = &of, .elements_max = LIMIT_WIRE_ELEMENTS, .bytes_max = LIMIT_WIRE_BYTES }
#define WIRE_REPLY(of)                                                                             \
    {                                                                                              \
        .shape = &of, .lenient = true, .elements_max = LIMIT_WIRE_REPLY_ELEMENTS,                  \
        .bytes_max = LIMIT_WIRE_REPLY_BYTES                                                        \
    }

/* A signed note, where the outer struct has no span of its own for it. */
struct wire_note {
    struct span text;
};

/* Shapes that several services share (common.c). */
extern const struct shape wire_shape_actor;
extern const struct shape wire_shape_finding;
extern const struct shape wire_shape_ground;
extern const struct shape wire_shape_identity;
extern const struct shape wire_shape_token;
extern const struct shape wire_shape_person;
extern const struct shape wire_shape_receipt;
extern const struct shape wire_shape_checkpoint; /* <-> struct wire_note, or a struct span */
extern const struct shape wire_shape_verdict;
extern const struct shape wire_shape_explained_item;  /* explain.c */
extern const struct shape wire_shape_blinded_batch;   /* subjects.c */
extern const struct shape wire_shape_evaluated_batch; /* subjects.c */

extern const struct wire_message wire_message_explain_request; /* explain.c */
extern const struct wire_message wire_message_explain_reply;
extern const struct shape wire_shape_audit_hit;

/* Every message that travels on its own, by service, each list ending in NULL. */
extern const struct wire_message *const wire_disclosures_messages[];
extern const struct wire_message *const wire_subjects_messages[];
extern const struct wire_message *const wire_consents_messages[];
extern const struct wire_message *const wire_notices_messages[];
extern const struct wire_message *const wire_source_messages[];
extern const struct wire_message *const wire_keys_messages[];
extern const struct wire_message *const wire_edge_messages[];
extern const struct wire_message *const wire_audit_messages[];
extern const struct wire_message *const wire_agreements_messages[];
extern const struct wire_message *const wire_agreement_diff_messages[];
extern const struct wire_message *const wire_agreement_replay_messages[];
extern const struct wire_message *const wire_audit_search_messages[];
extern const struct wire_message *const wire_reviews_messages[];
extern const struct wire_message *const wire_access_messages[];
extern const struct wire_message *const wire_erasures_messages[];
extern const struct wire_message *const wire_subject_access_messages[];
extern const struct wire_message *const wire_reports_messages[];
extern const struct wire_message *const wire_duties_messages[];
extern const struct wire_message *const wire_incidents_messages[];
extern const struct wire_message *const wire_session_messages[];
extern const struct wire_message *const wire_health_messages[]; /* beside the contract */

/* Walks bytes without unpacking, iteratively, as wire.h says. INPUT with enum wire_code. report is
 * not NULL. */
LG_MUST_USE struct lg_err wire_scan(const struct wire_message *message, struct span bytes,
                                    bool strict, struct wire_report *report);
/* The same of a reply, and blanks in the bytes themselves what is_loose rows hold that is not
 * plain.
 */
LG_MUST_USE struct lg_err wire_scan_blank(const struct wire_message *message, uint8_t *bytes,
                                          size_t len, struct wire_report *report);
/* A sentence of a report while it is put together; what does not fit is cut. */
struct wire_sentence {
    char *text; /* WIRE_SENTENCE_SIZE bytes */
    size_t used;
};
void wire_sentence_add(struct wire_sentence *sentence, const char *format, ...) LG_PRINTF(2, 3);
/* The row of a field number, or NULL. */
const struct shape_row *wire_row_find(const struct shape *shape, uint64_t number);
/* The generic halves of all wire_X_decode and wire_X_encode; out and plain point to the shape's
 * plain struct. */
LG_MUST_USE struct lg_err wire_message_decode(const struct wire_message *message,
                                              struct arena *arena, struct span bytes,
                                              struct wire_report *report, void *out);
LG_MUST_USE struct lg_err wire_message_encode(const struct wire_message *message,
                                              struct arena *arena, const void *plain,
                                              struct span *out_bytes);
/* Plain struct from an unpacked message (zeroed before), and back. LIMIT WIRE_MEMORY; INTERNAL
 * WIRE_TEXT for a NUL in a text. */
LG_MUST_USE struct lg_err wire_convert_read(struct arena *arena, const struct shape *shape,
                                            ProtobufCMessage *from, void *to);
LG_MUST_USE struct lg_err wire_convert_write(struct arena *arena, const struct shape *shape,
                                             const void *from, ProtobufCMessage **out_to);

#endif
