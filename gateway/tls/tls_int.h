/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of tls: files, what they hold, and how a peer is judged. */
#ifndef GATEWAY_TLS_TLS_INT_H
#define GATEWAY_TLS_TLS_INT_H

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdatomic.h>
#include <sys/types.h>
#include <time.h>

#include "gateway/base/limits.h"
#include "gateway/tls/tls.h"

LG_MUST_USE static inline struct lg_err tls_error_file(void) {
    return lg_err_make(LG_CLASS_CONFIG, LG_TLS, TLS_FILE);
}

LG_MUST_USE static inline struct lg_err tls_error_memory(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_TLS, TLS_MEMORY);
}

LG_MUST_USE static inline struct lg_err tls_error_peer(enum tls_code code) {
    return lg_err_make(LG_CLASS_PEER, LG_TLS, code);
}

/* ---- files.c ---- */

/* By what a changed file is told. */
struct tls_file_mark {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

/* A whole file; wiped when done. */
struct tls_blob {
    uint8_t *ptr;
    size_t len;
    struct tls_file_mark mark;
};

/* Public ones may be anybody's who lets nobody else write to them, for what they say is signed.
 * Trusted and secret ones are ours or root's; the one no other may change, the other none may read.
 */
enum tls_secrecy { TLS_PUBLIC_FILE, TLS_TRUSTED_FILE, TLS_SECRET_FILE };

LG_MUST_USE struct lg_err tls_blob_read(const char *path, size_t size_max, enum tls_secrecy secrecy,
                                        struct diag *diag, struct tls_blob *out_blob);
void tls_blob_done(struct tls_blob *blob);
/* Whether the path now leads to something else than what was read; true where it leads nowhere. */
bool tls_file_is_changed(const char *path, const struct tls_file_mark *mark);

/* ---- pem.c ---- */

/* The one leaf, what follows it, and the key of the leaf. */
struct tls_credential {
    X509 *leaf;
    STACK_OF(X509) * chain;
    EVP_PKEY *key;
};

void tls_credential_done(struct tls_credential *credential);
/* Reads leaf, chain and key and checks that the key is the leaf's. `what` names the file. */
LG_MUST_USE struct lg_err tls_credential_read(const struct tls_blob *certificate,
                                              const struct tls_blob *key, struct diag *diag,
                                              struct tls_credential *out_credential);
/* 1 to count_max certificates, nothing else; the caller frees the stack with its elements. */
LG_MUST_USE struct lg_err tls_pem_certificates(const struct tls_blob *blob, int count_max,
                                               struct diag *diag,
                                               STACK_OF(X509) * *out_certificates);
LG_MUST_USE struct lg_err tls_pem_crls(const struct tls_blob *blob, int count_max,
                                       struct diag *diag, STACK_OF(X509_CRL) * *out_crls);

/* ---- profile.c ---- */

/* Seconds since 1970, or INT64_MIN where it is no time. */
int64_t tls_seconds_of(const ASN1_TIME *time);
/* P-256 by its name, or Ed25519. */
bool tls_key_is_right(X509 *certificate);
/* Whether the leaf is one of our profiles for that side, and who it names. PEER TLS_IDENTITY
 * otherwise, with the reason in *out_why (a static sentence). */
LG_MUST_USE struct lg_err tls_profile_read(X509 *leaf, enum tls_side side, const char **out_why,
                                           struct tls_peer *out_peer);

/* Whether the leaf can be a site's, for browsers. PEER TLS_IDENTITY with the reason in *out_why; of
 * *out_peer the times alone are written. */
LG_MUST_USE struct lg_err tls_profile_read_site(X509 *leaf, const char **out_why,
                                                struct tls_peer *out_peer);

/* ---- trust.c ---- */

/* An anchor and its revocation list. */
struct tls_issuer {
    X509 *certificate; /* borrowed from anchors */
    X509_CRL *crl;     /* owned; NULL: none of this issuer */
    bool is_revoked;   /* by the list of another anchor, which issued this one */
    int64_t this_update_s;
    int64_t good_until_s; /* the end of the anchor, or its list's next update if that is sooner */
    uint8_t fingerprint[TLS_FINGERPRINT_SIZE];
};

/* Whom we trust and whom no longer: never changes once made, shared by count. */
struct tls_trust {
    atomic_uint references;
    STACK_OF(X509) * anchors;
    struct tls_issuer issuers[LIMIT_TLS_ANCHORS];
    size_t issuer_count;
    bool uses_crl;
};

/* What a trust is made of. */
struct tls_trust_files {
    const struct tls_blob *anchors;
    const struct tls_blob *crl; /* NULL: no list is used */
};

/* `old`: the trust in force, NULL at the start. What `old` holds already is taken again although it
 * went out of date meanwhile (its peers are refused), so that it holds up nobody's revocation. */
LG_MUST_USE struct lg_err tls_trust_new(const struct tls_trust_files *files,
                                        const struct tls_trust *old, int64_t now_s,
                                        struct diag *diag, struct tls_trust **out_trust);
/* Drops one reference. */
void tls_trust_free(struct tls_trust **trust);
struct tls_trust *tls_trust_share(struct tls_trust *trust);
/* CONFIG where a list is older than that of the same issuer in `old`: a replayed file. */
LG_MUST_USE struct lg_err tls_trust_follows(const struct tls_trust *trust,
                                            const struct tls_trust *old, struct diag *diag);
const struct tls_issuer *tls_trust_find(const struct tls_trust *trust,
                                        const uint8_t fingerprint[static TLS_FINGERPRINT_SIZE]);
/* Whether the leaf of that issuer is not revoked by a list that is in force now: X509_V_OK, or the
 * reason that becomes the alert, with a static sentence in *out_why. */
int tls_issuer_judge(const struct tls_trust *trust, const struct tls_issuer *issuer, X509 *leaf,
                     int64_t now_s, const char **out_why);
LG_MUST_USE struct lg_err tls_fingerprint(X509 *certificate,
                                          uint8_t out_digest[static TLS_FINGERPRINT_SIZE]);

/* ---- context.c ---- */

/* A new SSL with its generation. */
LG_MUST_USE struct lg_err tls_context_ssl(struct tls_context *context, SSL **out_ssl,
                                          uint64_t *out_generation);
enum tls_side tls_context_side(const struct tls_context *context);
/* Whether it asks nobody for a certificate. */
bool tls_context_is_open(const struct tls_context *context);
/* Seconds since 1970 by the context's clock. */
int64_t tls_context_now_s(const struct tls_context *context);
BIO_METHOD *tls_context_bio(const struct tls_context *context);
/* Grows with every change of anchors or lists. */
uint64_t tls_context_trust_version(const struct tls_context *context);
/* A reference to the trust in force, and its version; free it. */
struct tls_trust *tls_context_trust(struct tls_context *context, uint64_t *out_version);

/* ---- bio.c ---- */

/* The socket under a stream. `budget` bytes may still be read before it says "later". */
struct tls_socket {
    int fd;
    size_t budget;
    bool ended;  /* the peer closed its side */
    bool paused; /* a read stopped at the budget, not for want of bytes */
    bool dry;    /* the last read took all that was there */
};

LG_MUST_USE struct lg_err tls_bio_method_new(BIO_METHOD **out_method);
/* The socket is borrowed and outlives the BIO. */
BIO *tls_bio_new(const BIO_METHOD *method, struct tls_socket *socket);

/* ---- stream.c, verify.c ---- */

struct tls_stream {
    struct tls_context *context; /* borrowed: outlives its streams */
    SSL *ssl;
    struct tls_socket socket;
    enum tls_side side;
    uint64_t generation;
    bool is_open;        /* the peer is a browser: it has no certificate */
    bool done;           /* handshake finished and peer accepted */
    bool broken;         /* no further use, not even a goodbye */
    bool drained;        /* the last read found nothing left inside */
    bool reads_on;       /* a read follows another: nothing in between leaves the library errors */
    bool identity_fault; /* chain good, profile or name not */
    const char *refusal; /* static */
    uint32_t late_messages;
    struct tls_peer peer;
    uint8_t issuer[TLS_FINGERPRINT_SIZE];
    uint64_t trust_version;  /* what the two below were read at; 0: not yet */
    bool allowed;            /* issuer known and leaf not revoked */
    int64_t allowed_until_s; /* good_until_s of the issuer */
    char *dns_name;          /* clients */
    char *uri;               /* clients */
    char server_name[256];   /* servers */
};

/* Whether a host name is an IPv4 or IPv6 address. */
bool tls_is_address(const char *name);
/* OpenSSL's hook for a peer's chain: chain, profile, name, revocation. 1: accepted. */
int tls_verify_peer(X509_STORE_CTX *store, void *unused);

#endif
