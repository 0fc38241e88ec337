/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.json. Whatever is taken has paths that begin with a slash, files that stay in their
 * folder, no path twice, and the three that have to be there. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/console/console_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct console_assets *assets) {
    ASSERT(console_asset_find(assets, span_text("/")) != NULL);
    ASSERT(console_page_find(assets, span_text("")) != NULL);
    ASSERT(!console_asset_find(assets, span_text("/sign-in"))->is_page);
    for (size_t i = 0; i < assets->count; i++) {
        const struct console_asset *it = &assets->items[i];
        ASSERT(it->path[0] == '/' && strstr(it->path, "..") == NULL);
        ASSERT(strstr(it->path, "//") == NULL && strpbrk(it->path, "\"<>&'?#%\\ ") == NULL);
        ASSERT(it->file[0] != '\0' && it->file[0] != '.' && strchr(it->file, '/') == NULL);
        ASSERT(console_asset_find(assets, span_text(it->path)) == it);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct console_assets *assets = calloc(1, sizeof *assets);
    struct diag diag = {0};
    if (assets == NULL) {
        return 0;
    }
    if (!lg_failed(console_manifest_read(span_of(data, size), &diag, assets))) {
        check(assets);
    } else {
        ASSERT(diag.text[0] != '\0');
    }
    console_assets_free(&assets);
    return 0;
}
