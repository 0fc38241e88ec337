/* SPDX-License-Identifier: Apache-2.0 */
/* The parameters that we offer, and the files behind them. Two things are replaced while in use,
 * each as a whole: the SSL_CTX with certificate and key (new streams take the new one), and the
 * trust (anchors and lists), which every stream looks at again by its version number. */
#include <openssl/err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/clock.h"
#include "gateway/tls/tls_int.h"

static const char CIPHERS[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                              "TLS_CHACHA20_POLY1305_SHA256";
static const char GROUPS[] = "X25519:P-256";
static const char SIGNATURES[] = "ecdsa_secp256r1_sha256:ed25519";
static const unsigned char ALPN_H2[] = {2, 'h', '2'};

enum { FILE_CERTIFICATE, FILE_KEY, FILE_ANCHORS, FILE_CRL, FILE_COUNT };

struct tls_context {
    enum tls_side side;
    bool is_open;
    struct clock clock;
    char *paths[FILE_COUNT]; /* FILE_CRL may be NULL; FILE_ANCHORS too where it is open */
    struct tls_file_mark marks[FILE_COUNT];
    BIO_METHOD *bio;
    pthread_mutex_t lock; /* guards ssl_ctx, generation and trust */
    SSL_CTX *ssl_ctx;
    uint64_t generation;
    int64_t own_until_s;  /* of the leaf in use; only the refreshing thread's, as the next one */
    struct tls_peer self; /* whom that leaf names */
    struct tls_trust *trust;
    atomic_uint_fast64_t trust_version;
};

int64_t tls_context_now_s(const struct tls_context *context) {
    enum { MS_PER_S = 1000 };
    return clock_wall_ms(&context->clock) / MS_PER_S;
}

/* ---- what we offer ---- */

static bool hello_has(SSL *ssl, unsigned extension) {
    const unsigned char *bytes = NULL;
    size_t len = 0;
    return SSL_client_hello_get0_ext(ssl, extension, &bytes, &len) == 1;
}

/* Turned away before any key is agreed, for that costs a handshake: a hello without ALPN, and one
 * that wants records of 512 bytes, each of which costs us as much as one of 16 KiB (RFC 6066, 4;
 * the library would grant it). */
static int on_client_hello(SSL *ssl, int *alert, void *unused) {
    (void)unused;
    if (!hello_has(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation)) {
        *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
        return SSL_CLIENT_HELLO_ERROR;
    }
    if (hello_has(ssl, TLSEXT_TYPE_max_fragment_length)) {
        *alert = SSL_AD_HANDSHAKE_FAILURE;
        return SSL_CLIENT_HELLO_ERROR;
    }
    return SSL_CLIENT_HELLO_SUCCESS;
}

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                   const unsigned char *offered, unsigned offered_len, void *unused) {
    unsigned char *chosen = NULL;
    (void)ssl;
    (void)unused;
    if (SSL_select_next_proto(&chosen, out_len, ALPN_H2, sizeof ALPN_H2, offered, offered_len) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static bool set_protocol(SSL_CTX *ctx) {
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    /* Extensions of TLS 1.2, which a hello of ours has no use for. */
    SSL_CTX_set_options(ctx, SSL_OP_NO_ENCRYPT_THEN_MAC | SSL_OP_NO_EXTENDED_MASTER_SECRET);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_security_level(ctx, 2);
    SSL_CTX_set_post_handshake_auth(ctx, 0);
    SSL_CTX_set_max_cert_list(ctx, LIMIT_TLS_PEER_CERTIFICATES);
    return SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_ciphersuites(ctx, CIPHERS) == 1 &&
           SSL_CTX_set1_groups_list(ctx, GROUPS) == 1 &&
           SSL_CTX_set1_sigalgs_list(ctx, SIGNATURES) == 1 &&
           SSL_CTX_set_num_tickets(ctx, 0) == 1 && SSL_CTX_set_max_early_data(ctx, 0) == 1 &&
           SSL_CTX_set_recv_max_early_data(ctx, 0) == 1;
}

/* As much as one full record is asked of the socket at once. More is dearer: after each record the
 * library moves all that it has read beyond it to the front. */
static void set_buffers(SSL_CTX *ctx) {
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(ctx, 1);
}

/* Depth 0: a leaf has to be issued by an anchor itself. Each anchor is trusted for what it is,
 * also where its own issuer is not in the file. */
static bool set_verification(SSL_CTX *ctx, bool is_open) {
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);
    if (is_open) {
        SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
        return true;
    }
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, tls_verify_peer, NULL);
    X509_VERIFY_PARAM_set_depth(param, 0);
    return X509_VERIFY_PARAM_set_flags(param,
                                       X509_V_FLAG_X509_STRICT | X509_V_FLAG_PARTIAL_CHAIN) == 1;
}

static bool set_alpn(SSL_CTX *ctx, enum tls_side side) {
    if (side == TLS_SERVER) {
        SSL_CTX_set_client_hello_cb(ctx, on_client_hello, NULL);
        SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
        return true;
    }
    return SSL_CTX_set_alpn_protos(ctx, ALPN_H2, sizeof ALPN_H2) == 0; /* 0 is success here */
}

static struct lg_err make_ssl_ctx(const struct tls_context *context,
                                  const struct tls_credential *credential, SSL_CTX **out_ctx) {
    enum tls_side side = context->side;
    SSL_CTX *ctx = SSL_CTX_new(side == TLS_SERVER ? TLS_server_method() : TLS_client_method());
    if (ctx == NULL) {
        return tls_error_memory();
    }
    set_buffers(ctx);
    if (!set_protocol(ctx) || !set_verification(ctx, context->is_open) || !set_alpn(ctx, side) ||
        SSL_CTX_use_cert_and_key(ctx, credential->leaf, credential->key, credential->chain, 1) !=
            1) {
        SSL_CTX_free(ctx);
        ERR_clear_error();
        return tls_error_memory();
    }
    *out_ctx = ctx;
    return LG_OK;
}

/* ---- files ---- */

/* Says which file a reader's sentence is about. */
static void name_file(struct diag *diag, const char *path) {
    if (diag != NULL) {
        struct diag cause = *diag;
        diag_set(diag, 0, "%s: %s", path, cause.text);
    }
}

static struct lg_err check_own(const struct tls_context *context, X509 *leaf, struct diag *diag,
                               struct tls_peer *out_self) {
    const char *why = NULL;
    struct lg_err err = context->is_open ? tls_profile_read_site(leaf, &why, out_self)
                                         : tls_profile_read(leaf, context->side, &why, out_self);
    if (lg_failed(err)) {
        diag_set(diag, 0, "the certificate does not fit its profile: %s",
                 why == NULL ? "no memory" : why);
        return tls_error_file();
    }
    int64_t now = tls_context_now_s(context);
    if (now < out_self->not_before_s || now > out_self->not_after_s) {
        diag_set(diag, 0, "the certificate is not valid now: renew it, or look at the clock");
        return tls_error_file();
    }
    return LG_OK;
}

static struct lg_err build_credential(struct tls_context *context,
                                      const struct tls_blob *certificate,
                                      const struct tls_blob *key, struct diag *diag,
                                      SSL_CTX **out_ctx) {
    struct tls_credential credential = {0};
    struct tls_peer self;
    struct lg_err err = tls_credential_read(certificate, key, diag, &credential);
    if (!lg_failed(err)) {
        err = check_own(context, credential.leaf, diag, &self);
    }
    if (!lg_failed(err)) {
        err = make_ssl_ctx(context, &credential, out_ctx);
    }
    if (!lg_failed(err)) {
        context->own_until_s = tls_seconds_of(X509_get0_notAfter(credential.leaf));
        context->self = self;
    }
    tls_credential_done(&credential);
    if (lg_failed(err)) {
        name_file(diag, context->paths[FILE_CERTIFICATE]);
    }
    return err;
}

/* Takes over certificate and key. */
static struct lg_err load_credential(struct tls_context *context, struct diag *diag) {
    struct tls_blob certificate = {0};
    struct tls_blob key = {0};
    SSL_CTX *fresh = NULL;
    TRY(tls_blob_read(context->paths[FILE_CERTIFICATE], LIMIT_TLS_FILE, TLS_PUBLIC_FILE, diag,
                      &certificate));
    struct lg_err err =
        tls_blob_read(context->paths[FILE_KEY], LIMIT_TLS_FILE, TLS_SECRET_FILE, diag, &key);
    if (!lg_failed(err)) {
        err = build_credential(context, &certificate, &key, diag, &fresh);
    }
    if (!lg_failed(err)) {
        pthread_mutex_lock(&context->lock);
        SSL_CTX *old = context->ssl_ctx;
        context->ssl_ctx = fresh;
        context->generation++;
        pthread_mutex_unlock(&context->lock);
        SSL_CTX_free(old);
        context->marks[FILE_CERTIFICATE] = certificate.mark;
        context->marks[FILE_KEY] = key.mark;
    }
    tls_blob_done(&certificate);
    tls_blob_done(&key);
    return err;
}

static struct lg_err build_trust(const struct tls_context *context,
                                 const struct tls_trust_files *files, struct diag *diag,
                                 struct tls_trust **out_trust) {
    OWN(tls_trust_free) struct tls_trust *trust = NULL;
    struct lg_err err =
        tls_trust_new(files, context->trust, tls_context_now_s(context), diag, &trust);
    if (!lg_failed(err) && context->trust != NULL) {
        err = tls_trust_follows(trust, context->trust, diag);
    }
    if (lg_failed(err)) {
        name_file(diag,
                  files->crl == NULL ? context->paths[FILE_ANCHORS] : context->paths[FILE_CRL]);
        return err;
    }
    *out_trust = TAKE(trust);
    return LG_OK;
}

/* Takes over anchors and lists. */
static struct lg_err load_trust(struct tls_context *context, struct diag *diag) {
    if (context->is_open) {
        return LG_OK; /* there is nobody to be trusted */
    }
    struct tls_blob anchors = {0};
    struct tls_blob crl = {0};
    bool has_crl = context->paths[FILE_CRL] != NULL;
    OWN(tls_trust_free) struct tls_trust *fresh = NULL;
    TRY(tls_blob_read(context->paths[FILE_ANCHORS], LIMIT_TLS_FILE, TLS_TRUSTED_FILE, diag,
                      &anchors));
    struct lg_err err = LG_OK;
    if (has_crl) {
        err = tls_blob_read(context->paths[FILE_CRL], LIMIT_TLS_CRL, TLS_PUBLIC_FILE, diag, &crl);
    }
    if (!lg_failed(err)) {
        const struct tls_trust_files files = {.anchors = &anchors, .crl = has_crl ? &crl : NULL};
        err = build_trust(context, &files, diag, &fresh);
    }
    if (!lg_failed(err)) {
        pthread_mutex_lock(&context->lock);
        struct tls_trust *old = context->trust;
        context->trust = fresh;
        fresh = old; /* dropped on the way out */
        atomic_fetch_add(&context->trust_version, 1);
        pthread_mutex_unlock(&context->lock);
        context->marks[FILE_ANCHORS] = anchors.mark;
        context->marks[FILE_CRL] = crl.mark;
    }
    tls_blob_done(&anchors);
    tls_blob_done(&crl);
    return err;
}

static struct lg_err copy_paths(struct tls_context *context, const struct tls_files *files) {
    const char *paths[FILE_COUNT] = {files->certificate, files->key, files->anchors, files->crl};
    for (int i = 0; i < FILE_COUNT; i++) {
        if (paths[i] == NULL) {
            continue;
        }
        size_t size = strlen(paths[i]) + 1;
        context->paths[i] = malloc(size);
        if (context->paths[i] == NULL) {
            return tls_error_memory();
        }
        memcpy(context->paths[i], paths[i], size);
    }
    return LG_OK;
}

struct lg_err tls_context_new(enum tls_side side, const struct tls_files *files, struct diag *diag,
                              struct tls_context **out_context) {
    ASSERT(files->certificate != NULL && files->key != NULL);
    ASSERT(files->anchors != NULL || files->is_open);
    ASSERT(!files->is_open || side == TLS_SERVER);
    /* The machine's openssl.cnf has no say in what we offer. */
    if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1) {
        return tls_error_memory();
    }
    OWN(tls_context_free) struct tls_context *context = calloc(1, sizeof *context);
    if (context == NULL) {
        return tls_error_memory();
    }
    context->side = side;
    context->is_open = files->is_open;
    context->clock = files->clock == NULL ? clock_system() : *files->clock;
    atomic_init(&context->trust_version, 0);
    pthread_mutex_init(&context->lock, NULL);
    TRY(copy_paths(context, files));
    TRY(tls_bio_method_new(&context->bio));
    TRY(load_trust(context, diag));
    TRY(load_credential(context, diag));
    ASSERT(context->generation == 1);
    *out_context = TAKE(context);
    return LG_OK;
}

void tls_context_free(struct tls_context **context) {
    struct tls_context *it = *context;
    if (it == NULL) {
        return;
    }
    SSL_CTX_free(it->ssl_ctx);
    tls_trust_free(&it->trust);
    BIO_meth_free(it->bio);
    pthread_mutex_destroy(&it->lock);
    for (int i = 0; i < FILE_COUNT; i++) {
        free(it->paths[i]);
    }
    free(it);
    *context = NULL;
}

static bool is_changed(const struct tls_context *context, int first, int second) {
    return tls_file_is_changed(context->paths[first], &context->marks[first]) ||
           (context->paths[second] != NULL &&
            tls_file_is_changed(context->paths[second], &context->marks[second]));
}

/* Trust first and by itself: a half-written certificate of ours must not hold up a revocation. */
struct lg_err tls_context_refresh(struct tls_context *context, struct diag *diag,
                                  bool *out_changed) {
    struct lg_err trust_err = LG_OK;
    struct lg_err credential_err = LG_OK;
    *out_changed = false;
    if (!context->is_open && is_changed(context, FILE_ANCHORS, FILE_CRL)) {
        trust_err = load_trust(context, diag);
        *out_changed = !lg_failed(trust_err);
    }
    if (is_changed(context, FILE_CERTIFICATE, FILE_KEY)) {
        struct diag *free_diag = lg_failed(trust_err) ? NULL : diag;
        credential_err = load_credential(context, free_diag);
        *out_changed = *out_changed || !lg_failed(credential_err);
    }
    return lg_failed(trust_err) ? trust_err : credential_err;
}

const struct tls_peer *tls_context_self(const struct tls_context *context) {
    return &context->self;
}

int64_t tls_context_until_s(const struct tls_context *context, enum tls_term term) {
    if (term == TLS_TERM_OWN) {
        return context->own_until_s;
    }
    int64_t until_s = INT64_MAX;
    if (context->is_open) {
        return until_s;
    }
    for (size_t i = 0; i < context->trust->issuer_count; i++) {
        int64_t one_s = context->trust->issuers[i].good_until_s;
        until_s = one_s < until_s ? one_s : until_s;
    }
    return until_s;
}

uint64_t tls_context_generation(const struct tls_context *context) {
    /* The lock is not part of the value that the caller sees. */
    struct tls_context *it = (struct tls_context *)context;
    pthread_mutex_lock(&it->lock);
    uint64_t generation = it->generation;
    pthread_mutex_unlock(&it->lock);
    return generation;
}

/* ---- for streams ---- */

struct lg_err tls_context_ssl(struct tls_context *context, SSL **out_ssl,
                              uint64_t *out_generation) {
    pthread_mutex_lock(&context->lock);
    SSL *ssl = SSL_new(context->ssl_ctx);
    *out_generation = context->generation;
    pthread_mutex_unlock(&context->lock);
    if (ssl == NULL) {
        ERR_clear_error();
        return tls_error_memory();
    }
    *out_ssl = ssl;
    return LG_OK;
}

enum tls_side tls_context_side(const struct tls_context *context) {
    return context->side;
}

bool tls_context_is_open(const struct tls_context *context) {
    return context->is_open;
}

BIO_METHOD *tls_context_bio(const struct tls_context *context) {
    return context->bio;
}

uint64_t tls_context_trust_version(const struct tls_context *context) {
    return atomic_load(&context->trust_version);
}

struct tls_trust *tls_context_trust(struct tls_context *context, uint64_t *out_version) {
    pthread_mutex_lock(&context->lock);
    struct tls_trust *trust = tls_trust_share(context->trust);
    *out_version = atomic_load(&context->trust_version);
    pthread_mutex_unlock(&context->lock);
    return trust;
}
