/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate in DER to who it names. Whoever is accepted has one canonical name that stands in
 * the bytes, fits one side alone, is no CA, and is the same person when it is written and read
 * again. */
#define _GNU_SOURCE
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/config/config.h"
#include "gateway/tls/tls_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds) {
    if (!holds) {
        abort();
    }
}

static bool is_peer(X509 *leaf, enum tls_side side, struct tls_peer *out_peer) {
    const char *why = NULL;
    struct tls_peer before = {.uri = "nobody"};
    *out_peer = before;
    if (!lg_failed(tls_profile_read(leaf, side, &why, out_peer))) {
        require(why == NULL);
        return true;
    }
    require(why != NULL);
    require(strcmp(out_peer->uri, before.uri) == 0);
    return false;
}

/* The three names are those of the text, and make the text again. */
static void require_canonical(const struct tls_peer *peer) {
    char text[TLS_URI_MAX + 1];
    struct config_uri uri;
    int len = snprintf(text, sizeof text, "lockgate://%s/%s/%s", peer->partnership, peer->agency,
                       peer->system);
    require(len > 0 && (size_t)len < sizeof text);
    require(strcmp(text, peer->uri) == 0);
    require(!lg_failed(config_uri_read(span_text(peer->uri), &uri)));
    require(strspn(peer->uri, "abcdefghijklmnopqrstuvwxyz0123456789-:/") == strlen(peer->uri));
}

static void require_sane(X509 *leaf, const struct tls_peer *peer) {
    require(peer->serial_len >= 1 && peer->serial_len <= TLS_SERIAL_MAX);
    require(peer->not_after_s > peer->not_before_s);
    require(peer->not_after_s - peer->not_before_s <= (int64_t)LIMIT_TLS_LEAF_DAYS * 86400);
    require(X509_check_ca(leaf) == 0);
    require((X509_get_extension_flags(leaf) & EXFLAG_CA) == 0);
    int purpose = X509_check_purpose(leaf, X509_PURPOSE_SSL_CLIENT, 0) +
                  X509_check_purpose(leaf, X509_PURPOSE_SSL_SERVER, 0);
    require(purpose <= 1);
}

/* Written and read again it names the same one. */
static void require_stable(X509 *leaf, enum tls_side side, const struct tls_peer *peer) {
    unsigned char *bytes = NULL;
    int len = i2d_X509(leaf, &bytes);
    require(len > 0);
    const unsigned char *at = bytes;
    X509 *again = d2i_X509(NULL, &at, len);
    require(again != NULL);
    struct tls_peer other;
    require(is_peer(again, side, &other));
    require(memcmp(&other, peer, sizeof other) == 0);
    X509_free(again);
    OPENSSL_free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const unsigned char *at = data;
    X509 *leaf = size > 16384 ? NULL : d2i_X509(NULL, &at, (long)size);
    ERR_clear_error();
    if (leaf == NULL) {
        return 0;
    }
    struct tls_peer as_client;
    struct tls_peer as_server;
    bool is_client = is_peer(leaf, TLS_CLIENT, &as_client);
    bool is_server = is_peer(leaf, TLS_SERVER, &as_server);
    require(!is_client || !is_server);
    if (is_client || is_server) {
        const struct tls_peer *peer = is_client ? &as_client : &as_server;
        require_canonical(peer);
        require(memmem(data, size, peer->uri, strlen(peer->uri)) != NULL);
        require_sane(leaf, peer);
        require_stable(leaf, is_client ? TLS_CLIENT : TLS_SERVER, peer);
    }
    X509_free(leaf);
    ERR_clear_error();
    return 0;
}
