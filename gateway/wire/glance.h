/* SPDX-License-Identifier: Apache-2.0 */
/* A look at a request that nobody has read yet: what it is for, so that a server with more calls
 * than it can answer knows which come first. It decides order and nothing else: the request is read
 * strictly later (wire.h), and one that lies here lies there. */
#ifndef GATEWAY_WIRE_GLANCE_H
#define GATEWAY_WIRE_GLANCE_H

#include <stdbool.h>

#include "gateway/base/span.h"

/* purpose points into the message, and is empty where none is found. Found: the first Ground, if it
 * is whole, stands among the first LIMIT_WIRE_GLANCE fields and nothing before it is malformed. */
struct wire_glance {
    struct span purpose;
    bool has_emergency;
};

struct wire_glance wire_ask_request_glance(struct span message);
struct wire_glance wire_can_ask_request_glance(struct span message);
struct wire_glance wire_find_request_glance(struct span message);

#endif
