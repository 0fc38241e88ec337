/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of the provider, read once at the start. */
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/signin/signin_int.h"

/* A line end behind it is no part of it. */
static struct lg_err secret_read(const char *path, struct diag *diag,
                                 char out[static SIGNIN_CLIENT_SECRET_MAX + 1]) {
    uint8_t bytes[SIGNIN_CLIENT_SECRET_MAX + 1];
    size_t len = 0;
    TRY(vault_private_read(path, diag, bytes, sizeof bytes, &len));
    while (len > 0 && (bytes[len - 1] == '\n' || bytes[len - 1] == '\r')) {
        len--;
    }
    bool is_good =
        len >= 1 && len <= SIGNIN_CLIENT_SECRET_MAX && span_plain_len(span_of(bytes, len)) == len;
    if (is_good) {
        memcpy(out, bytes, len);
        out[len] = '\0';
    } else {
        diag_set(diag, 0, "%s: a secret of 1 to %d printable characters belongs there", path,
                 SIGNIN_CLIENT_SECRET_MAX);
    }
    vault_wipe(bytes, sizeof bytes);
    return is_good ? LG_OK : signin_error_file();
}

static struct lg_err anchors_check(const char *path, struct diag *diag) {
    if (access(path, R_OK) != 0) {
        diag_set(diag, 0,
                 "%s: cannot be read: the CA certificates of the sign-in provider belong "
                 "there",
                 path);
        return signin_error_file();
    }
    return LG_OK;
}

struct lg_err signin_provider_new(const struct config_sign_in *config, const char *origin,
                                  struct diag *diag, struct signin_provider **out_provider) {
    OWN(signin_provider_free) struct signin_provider *provider = calloc(1, sizeof *provider);
    if (provider == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return signin_error_memory();
    }
    provider->config = config;
    provider->origin = origin;
    TRY(secret_read(config->secret, diag, provider->secret));
    TRY(anchors_check(config->anchors, diag));
    TRY(signin_keys_read(config->keys, config->algorithm, diag, &provider->keys));
    TRY(vault_key_new(VAULT_KIND_SECRET, &provider->flow_key));
    *out_provider = TAKE(provider);
    return LG_OK;
}

void signin_provider_free(struct signin_provider **provider) {
    struct signin_provider *it = *provider;
    *provider = NULL;
    if (it == NULL) {
        return;
    }
    signin_keys_done(&it->keys);
    vault_key_free(&it->flow_key);
    vault_wipe(it->secret, sizeof it->secret);
    free(it);
}
