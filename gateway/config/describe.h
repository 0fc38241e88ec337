/* SPDX-License-Identifier: Apache-2.0 */
/* The files of all programs, for who writes them (design/tools.md 4): which one a file is, whether
 * it would be taken, what its settings come to, and what may stand in it. */
#ifndef GATEWAY_CONFIG_DESCRIBE_H
#define GATEWAY_CONFIG_DESCRIBE_H

#include <stdio.h>

#include "gateway/config/config.h"

enum config_kind {
    CONFIG_KIND_GATEWAY,
    CONFIG_KIND_KEYD,
    CONFIG_KIND_CONNECTOR,
    CONFIG_KIND_WITNESS,
    CONFIG_KIND_CLIENT,
    CONFIG_KIND_PARTNERSHIP,
    CONFIG_KIND_MAPPING,
    CONFIG_KINDS,
};

/* "gateway", "keyd" and so on; static. */
const char *config_kind_name(enum config_kind kind);
/* False where no kind has this name. */
bool config_kind_find(const char *name, enum config_kind *out_kind);
/* The kind that the keys at the file's left margin fit best; false where it cannot be read, fits
 * none, or two as well. */
bool config_kind_guess(const char *path, enum config_kind *out_kind);

/* Loads and frees it, as the program would. Errors as its loader's, with line and sentence. */
LG_MUST_USE struct lg_err config_check_file(enum config_kind kind, const char *path,
                                            struct diag *diag);

/* One setting as it works: a place such as `limits.deadline-max-ms`, its value, and the line of the
 * file that says so, 0 where that is the default. Borrowed for the call. */
struct config_setting {
    const char *place;
    const char *value;
    uint32_t line;
};
typedef void (*config_on_setting_fn)(void *ctx, const struct config_setting *setting);
/* Every setting that has a value, in the order of the schema; paths as they would be opened. Errors
 * as above; nothing is said of a file that would not be taken. */
LG_MUST_USE struct lg_err config_show_file(enum config_kind kind, const char *path,
                                           struct diag *diag, config_on_setting_fn on_setting,
                                           void *ctx);

/* What may stand in a file, a line a key: its place, form and whether it is needed. */
void config_schema_print(enum config_kind kind, FILE *file);

#endif
