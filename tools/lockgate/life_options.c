/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/life_options.h"

#include <stdlib.h>
#include <string.h>

#include "tools/lockgate/options.h"

enum { DECIMAL = 10, VERSION_DIGITS = 9 };

static bool version_take(void *ctx, const char *text) {
    size_t len = strlen(text);
    if (len == 0 || len > VERSION_DIGITS || strspn(text, "0123456789") != len) {
        return false;
    }
    *(uint32_t *)ctx = (uint32_t)strtoul(text, NULL, DECIMAL);
    return true;
}

bool life_options_read(int argc, char **argv, struct life_options *out_options) {
    *out_options = (struct life_options){.name = NULL};
    const struct option rows[] = {
        {.text = &out_options->name},
        {"--config", .text = &out_options->config},
        {"--party", .text = &out_options->party},
        {"--user", .text = &out_options->user},
        {"--role", .text = &out_options->role},
        {"--key", .text = &out_options->key},
        {"--office", .text = &out_options->office},
        {"--reason", .text = &out_options->reason},
        {"--day", .text = &out_options->day},
        {"--report", .text = &out_options->report},
        {"--cases", .text = &out_options->cases},
        {"--version", .take = version_take, .ctx = &out_options->version},
        {"--json", .is_set = &out_options->json},
    };
    const struct option_table table = {rows, sizeof rows / sizeof rows[0]};
    return options_read(argc, argv, &table, 1);
}
