/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/reply.h"

#include <stdio.h>

#include "gateway/wire/json.h"

struct lg_err reply_json_print(const char *path, struct arena *arena, struct span answer) {
    struct span json;
    TRY(wire_json_reply(path, arena, answer, &json));
    (void)printf("%.*s\n", (int)json.len, (const char *)json.ptr);
    return LG_OK;
}
