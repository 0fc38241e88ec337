/* SPDX-License-Identifier: Apache-2.0 */
/* --json of the commands that ask a gateway. */
#ifndef TOOLS_LOCKGATE_REPLY_H
#define TOOLS_LOCKGATE_REPLY_H

#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"

/* Prints the reply of a method on one line of standard output, in the JSON of the contract
 * (proto/lockgate/v1). Errors as wire_json_reply. */
LG_MUST_USE struct lg_err reply_json_print(const char *path, struct arena *arena,
                                           struct span answer);

#endif
