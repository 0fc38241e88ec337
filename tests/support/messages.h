/* SPDX-License-Identifier: Apache-2.0 */
/* Every message of wire, and plain structs filled with values that obey its rows. For tests and
 * fuzz targets only: looks inside wire. */
#ifndef TESTS_SUPPORT_MESSAGES_H
#define TESTS_SUPPORT_MESSAGES_H

#include <stddef.h>

#include "gateway/base/arena.h"
#include "gateway/wire/wire_int.h"

enum messages_fill {
    MESSAGES_LEAST, /* only what is needed */
    MESSAGES_SOME,  /* every field, lists of two */
    MESSAGES_MOST,  /* every field at its ceiling, lists of three or their least */
    MESSAGES_FILLS,
};

/* The index-th message of all services, or NULL past the end. */
const struct wire_message *messages_at(size_t index);
/* The message with this short name, such as "AskReply". */
const struct wire_message *messages_named(const char *name);
/* A filled plain struct of the message, in the arena. `choice`: which member of a oneof, modulo
 * their count. Fails the running test where the arena is full. */
void *messages_filled(struct arena *arena, const struct wire_message *message,
                      enum messages_fill fill, size_t choice);

#endif
