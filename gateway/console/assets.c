/* SPDX-License-Identifier: Apache-2.0 */
/* The files of the web part, read once at the start and held: what is served is what was checked,
 * whatever becomes of the folder. A gzip twin is checked by what it unpacks to, which its trailer
 * says: length and CRC of the file (RFC 1952, 2.3.1). */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/bytes.h"
#include "gateway/console/console_int.h"
#include "gateway/vault/vault.h"

enum { PATH_SIZE = 4096, GZIP_MIN = 18, GZIP_TRAILER = 8 };

LG_MUST_USE static struct lg_err refuse(struct diag *diag, const char *path, const char *fault) {
    diag_set(diag, 0, "%s: %s", path, fault);
    return lg_err_make(LG_CLASS_CONFIG, LG_CONSOLE, CONSOLE_ASSETS);
}

static struct lg_err error_memory(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_CONSOLE, CONSOLE_MEMORY);
}

static bool read_all(int fd, uint8_t *out, size_t len) {
    for (size_t have = 0; have < len;) {
        ssize_t got = read(fd, out + have, len - have);
        if (got <= 0) {
            return false;
        }
        have += (size_t)got;
    }
    return true;
}

struct lg_err console_file_read(const char *path, size_t size_max, struct diag *diag,
                                uint8_t **out_body, size_t *out_len) {
    struct stat state;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &state) != 0 || !S_ISREG(state.st_mode) || state.st_size < 1 ||
        (size_t)state.st_size > size_max) {
        if (fd >= 0) {
            close(fd);
        }
        return refuse(diag, path, "cannot be read, is empty, too large or no plain file");
    }
    size_t len = (size_t)state.st_size;
    uint8_t *body = malloc(len);
    bool is_read = body != NULL && read_all(fd, body, len);
    close(fd);
    if (!is_read) {
        free(body);
        return body == NULL ? error_memory() : refuse(diag, path, "cannot be read");
    }
    *out_body = body;
    *out_len = len;
    return LG_OK;
}

static struct lg_err path_make(const char *folder, const char *file, const char *end,
                               struct diag *diag, char out[static PATH_SIZE]) {
    int len = snprintf(out, PATH_SIZE, "%s/%s%s", folder, file, end);
    return len > 0 && len < PATH_SIZE ? LG_OK : refuse(diag, folder, "the path is too long");
}

/* CRC-32 of RFC 1952, 8. */
static uint32_t crc_of(struct span bytes) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= bytes.ptr[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320U : crc >> 1;
        }
    }
    return ~crc;
}

static uint32_t little(const uint8_t *bytes) {
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static bool is_twin(const struct console_asset *asset) {
    const uint8_t *trailer = asset->gzip + asset->gzip_len - GZIP_TRAILER;
    return asset->gzip_len >= GZIP_MIN && asset->gzip[0] == 0x1f && asset->gzip[1] == 0x8b &&
           little(trailer) == crc_of(span_of(asset->body, asset->len)) &&
           little(trailer + 4) == asset->len;
}

static struct lg_err twin_load(const char *folder, struct diag *diag, struct console_asset *asset) {
    char path[PATH_SIZE];
    TRY(path_make(folder, asset->file, ".gz", diag, path));
    TRY(console_file_read(path, LIMIT_CONSOLE_ASSET, diag, &asset->gzip, &asset->gzip_len));
    return asset->gzip_len >= GZIP_MIN && is_twin(asset)
               ? LG_OK
               : refuse(diag, path, "does not unpack to the file beside it: build both again");
}

static struct lg_err asset_load(const char *folder, struct diag *diag,
                                struct console_assets *assets, struct console_asset *asset) {
    char path[PATH_SIZE];
    uint8_t digest[VAULT_SHA256_SIZE];
    TRY(path_make(folder, asset->file, "", diag, path));
    TRY(console_file_read(path, LIMIT_CONSOLE_ASSET, diag, &asset->body, &asset->len));
    vault_sha256(span_of(asset->body, asset->len), digest);
    if (memcmp(digest, asset->sha256, sizeof digest) != 0) {
        return refuse(diag, path, "is not what manifest.json says (sha256): build both again");
    }
    asset->etag[0] = '"';
    bytes_to_hex(span_of(digest, sizeof digest), asset->etag + 1);
    memcpy(asset->etag + 1 + 2 * sizeof digest, "\"", sizeof "\"");
    if (asset->has_gzip) {
        TRY(twin_load(folder, diag, asset));
    }
    assets->size += asset->len + asset->gzip_len;
    return assets->size <= LIMIT_CONSOLE_ASSETS_SIZE
               ? LG_OK
               : refuse(diag, folder, "the files are too large together");
}

static struct lg_err manifest_load(const char *folder, struct diag *diag,
                                   struct console_assets *assets) {
    char path[PATH_SIZE];
    uint8_t *text = NULL;
    size_t len = 0;
    TRY(path_make(folder, "manifest.json", "", diag, path));
    TRY(console_file_read(path, LIMIT_CONSOLE_MANIFEST, diag, &text, &len));
    struct lg_err err = console_manifest_read(span_of(text, len), diag, assets);
    free(text);
    return err;
}

struct lg_err console_assets_load(const char *folder, struct diag *diag,
                                  struct console_assets **out_assets) {
    OWN(console_assets_free) struct console_assets *assets = calloc(1, sizeof *assets);
    if (assets == NULL) {
        return error_memory();
    }
    TRY(manifest_load(folder, diag, assets));
    for (size_t i = 0; i < assets->count; i++) {
        TRY(asset_load(folder, diag, assets, &assets->items[i]));
    }
    *out_assets = TAKE(assets);
    return LG_OK;
}

void console_assets_free(struct console_assets **assets) {
    struct console_assets *it = *assets;
    *assets = NULL;
    for (size_t i = 0; it != NULL && i < LIMIT_CONSOLE_ASSETS; i++) {
        free(it->items[i].body);
        free(it->items[i].gzip);
    }
    free(it);
}
