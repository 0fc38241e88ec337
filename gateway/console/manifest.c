/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.json: {"assets": [{"path", "file", "type", "sha256", "gzip", "immutable"}, ...]}, each
 * key once and no other. Types are few, so that nothing is ever served as what it is not. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/console/console_int.h"

static const char *const TYPES[] = {
    "text/html; charset=utf-8",
    "text/css; charset=utf-8",
    "text/javascript; charset=utf-8",
    "text/plain; charset=utf-8",
    "application/json",
    "image/svg+xml",
    "image/png",
    "font/woff2",
};

enum { KEYS = 6 };

static bool is_word(struct span text, const char *others) {
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.ptr[i];
        bool is_plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                        (byte >= '0' && byte <= '9');
        if (!is_plain && (byte == '\0' || strchr(others, byte) == NULL)) {
            return false;
        }
    }
    return true;
}

/* Starts with one slash, has no empty or dotted part. */
static bool is_path(struct span path) {
    struct span rest = span_slice(path, 1, path.len);
    struct span part;
    if (path.len == 0 || path.len > LIMIT_CONSOLE_PATH || path.ptr[0] != '/' ||
        !is_word(path, "/._-")) {
        return false;
    }
    while (rest.len > 0 && span_split(&rest, '/', &part)) {
        if (part.len == 0 || part.ptr[0] == '.') {
            return false;
        }
    }
    return true;
}

static bool is_file(struct span file) {
    return file.len > 0 && file.len < CONSOLE_FILE_SIZE - sizeof ".gz" && file.ptr[0] != '.' &&
           is_word(file, "._-");
}

static struct span text_of(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return span_of(json_string_value(value), json_string_length(value));
}

static void copy(struct span text, char *out) {
    memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
}

static bool type_take(struct span type, struct console_asset *asset) {
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        if (span_equal_text(type, TYPES[i])) {
            copy(type, asset->type);
            return true;
        }
    }
    return false;
}

/* Everybody may see how to sign in, and that they have signed out. */
static bool is_public(const char *path) {
    return strcmp(path, "/sign-in") == 0 || strcmp(path, "/signed-out") == 0;
}

/* NULL, or what is wrong with it. */
static const char *asset_take(const json_t *entry, struct console_asset *asset) {
    struct span path = text_of(entry, "path");
    struct span file = text_of(entry, "file");
    const json_t *gzip = json_object_get(entry, "gzip");
    const json_t *immutable = json_object_get(entry, "immutable");
    if (!json_is_object(entry) || json_object_size(entry) != KEYS || !json_is_boolean(gzip) ||
        !json_is_boolean(immutable)) {
        return "an entry has path, file, type, sha256, gzip and immutable, and nothing else";
    }
    if (!is_path(path)) {
        return "a path begins with one slash and has letters, digits, slashes and ._- alone";
    }
    if (!is_file(file)) {
        return "a file is a name in the same folder, of letters, digits and ._-";
    }
    if (!type_take(text_of(entry, "type"), asset)) {
        return "a type is not one of those that are served";
    }
    if (lg_failed(bytes_from_hex(text_of(entry, "sha256"), asset->sha256, sizeof asset->sha256))) {
        return "a sha256 is 64 hex digits";
    }
    copy(path, asset->path);
    copy(file, asset->file);
    asset->has_gzip = json_is_true(gzip);
    asset->is_immutable = json_is_true(immutable);
    asset->is_page =
        strncmp(asset->type, "text/html", strlen("text/html")) == 0 && !is_public(asset->path);
    return NULL;
}

static struct lg_err refuse(struct diag *diag, const char *fault) {
    diag_set(diag, 0, "manifest.json: %s", fault);
    return lg_err_make(LG_CLASS_CONFIG, LG_CONSOLE, CONSOLE_ASSETS);
}

static const char *list_take(const json_t *list, struct console_assets *assets) {
    if (!json_is_array(list) || json_array_size(list) > LIMIT_CONSOLE_ASSETS) {
        return "`assets` is no list, or has too many entries";
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct console_asset *asset = &assets->items[i];
        const char *fault = asset_take(json_array_get(list, i), asset);
        if (fault != NULL) {
            return fault;
        }
        if (console_asset_find(assets, span_text(asset->path)) != NULL) {
            return "a path stands there twice";
        }
        assets->count++;
    }
    static const char *const needed[] = {"/", "/sign-in", "/signed-out"};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (console_asset_find(assets, span_text(needed[i])) == NULL) {
            return "/, /sign-in and /signed-out have to be there";
        }
    }
    return NULL;
}

struct lg_err console_manifest_read(struct span text, struct diag *diag,
                                    struct console_assets *out_assets) {
    json_t *manifest = json_loadb((const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    const char *fault = json_is_object(manifest) && json_object_size(manifest) == 1
                            ? list_take(json_object_get(manifest, "assets"), out_assets)
                            : "no JSON object with `assets` alone";
    json_decref(manifest);
    return fault == NULL ? LG_OK : refuse(diag, fault);
}

const struct console_asset *console_asset_find(const struct console_assets *assets,
                                               struct span path) {
    for (size_t i = 0; i < assets->count; i++) {
        if (span_equal_text(path, assets->items[i].path)) {
            return &assets->items[i];
        }
    }
    return NULL;
}

const struct console_asset *console_page_find(const struct console_assets *assets,
                                              struct span name) {
    for (size_t i = 0; i < assets->count; i++) {
        const struct console_asset *it = &assets->items[i];
        if (it->is_page && span_equal_text(name, it->path + 1)) {
            return it;
        }
    }
    return NULL;
}
