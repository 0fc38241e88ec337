/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of grpc.reflection.v1 and v1alpha: two packages with the same messages, so one pair
 * of functions. Written out by hand, as each member is a text and the request comes back as it was
 * sent (gRPC server-reflection document). */
#ifndef GATEWAY_WIRE_REFLECTION_H
#define GATEWAY_WIRE_REFLECTION_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/wire/wire.h"

/* The numbers of the members of the request's oneof. */
enum wire_reflection_ask {
    WIRE_REFLECTION_NOTHING = 0,
    WIRE_REFLECTION_FILE = 3,       /* file_by_filename */
    WIRE_REFLECTION_SYMBOL = 4,     /* file_containing_symbol */
    WIRE_REFLECTION_EXTENSION = 5,  /* file_containing_extension */
    WIRE_REFLECTION_EXTENSIONS = 6, /* all_extension_numbers_of_type */
    WIRE_REFLECTION_SERVICES = 7,   /* list_services */
};

struct wire_reflection_request {
    struct span host;
    enum wire_reflection_ask ask;
    struct span name; /* the text of that member; of the extended message for EXTENSION */
};

/* Numbers of the members of the reply's oneof. */
enum wire_reflection_tell {
    WIRE_REFLECTION_FILES = 4,
    WIRE_REFLECTION_SERVICE_NAMES = 6,
    WIRE_REFLECTION_ERROR = 7,
};

struct wire_reflection_reply {
    struct span host;    /* valid_host */
    struct span request; /* original_request, as it was sent */
    enum wire_reflection_tell tell;
    const struct span *items; /* FILES, SERVICE_NAMES */
    size_t item_count;
    uint32_t error_code;       /* ERROR: an enum grpc_status, above 0 */
    struct span error_message; /* ERROR */
};

/* Spans of the result point into `bytes`. As protobuf has it: fields that are not known are stepped
 * over, of several members the last one counts. INPUT with a sentence in the report: not
 * well-formed, not of the field's type, or text that is none. */
LG_MUST_USE struct lg_err wire_reflection_decode(struct span bytes, struct wire_report *report,
                                                 struct wire_reflection_request *out_request);
/* LIMIT WIRE_MEMORY. */
LG_MUST_USE struct lg_err wire_reflection_encode(struct arena *arena,
                                                 const struct wire_reflection_reply *reply,
                                                 struct span *out_bytes);

#endif
