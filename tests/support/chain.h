/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates with one fault each, made at test time, and what gateway/tls says to them. A plan is
 * a good chain until a test changes something in it; time is the plan's own. */
#ifndef TESTS_SUPPORT_CHAIN_H
#define TESTS_SUPPORT_CHAIN_H

#include <openssl/x509v3.h>

#include "gateway/tls/tls.h"

/* Where each of a certificate's extensions stands in a list; the last two are free. */
enum chain_slot {
    CHAIN_BASIC,
    CHAIN_USAGE,
    CHAIN_EXTENDED,
    CHAIN_NAMES,
    CHAIN_SUBJECT_KEY,
    CHAIN_AUTHORITY_KEY,
    CHAIN_MORE,
    CHAIN_LAST,
    CHAIN_SLOTS,
};

struct chain_spec {
    const char *subject;            /* common name */
    const char *slots[CHAIN_SLOTS]; /* as in openssl.cnf, "name=value"; NULL: absent */
    EVP_PKEY *key;                  /* borrowed */
    const EVP_MD *digest;           /* of the signature on it; NULL: the signer is Edwards */
    const char *serial;             /* decimal, may be negative */
    int64_t from_s;
    int64_t until_s;
    int version;                                /* 3 */
    void (*change)(X509 *unsigned_certificate); /* before it is signed; may be NULL */
};

enum { CHAIN_BETWEEN_MAX = 20, CHAIN_NOW = 1790000000, CHAIN_DAY = 86400 };

enum chain_list { CHAIN_LIST_GOOD, CHAIN_LIST_NONE, CHAIN_LIST_FOREIGN, CHAIN_LIST_DELTA };

struct chain_plan {
    enum tls_side ours; /* TLS_SERVER: the chain is a client's */
    struct chain_spec root;
    struct chain_spec between; /* every one of the certificates between root and leaf */
    struct chain_spec leaf;
    int between_count;
    bool is_between_anchor; /* the last of them is an anchor beside the root */
    bool is_root_anchor;
    bool is_unsent;   /* the certificates between are not sent */
    EVP_PKEY *signer; /* of the leaf; NULL: its issuer */
    bool is_self_signed;
    bool flips_signature;
    int copies; /* of the leaf, behind it */

    enum chain_list list;        /* of the issuer of the leaf */
    const char *revoked;         /* a serial on it, or NULL */
    const char *revoked_between; /* a serial on the root's list */
    int64_t list_from_s;
    int64_t list_until_s;
    int64_t now_s; /* at the handshake; the files are read at CHAIN_NOW */

    const char *dns_name; /* what a client of ours dials and wants */
    const char *uri;
};

/* Keys of every kind that a test may want, made once. */
struct chain_keys {
    EVP_PKEY *root;
    EVP_PKEY *other;
    EVP_PKEY *between;
    EVP_PKEY *leaf;
};

/* A folder for the files of contexts, and the identity of our own side. */
struct chain_world {
    char dir[64];
    struct chain_keys keys;
};

struct chain_verdict {
    bool is_accepted;
    int code;             /* of our handshake, or TLS_FILE where the files were refused */
    char why[128];        /* what we said to ourselves */
    int alert;            /* what the peer heard, or -1 */
    struct tls_peer peer; /* where accepted */
};

void chain_world_new(struct chain_world *world);
void chain_world_free(struct chain_world *world);
/* A good chain for that side. */
void chain_plan_init(const struct chain_world *world, enum tls_side ours, struct chain_plan *plan);
/* Reads the plan's anchors and lists, shakes hands with a peer that shows the plan's chain. */
void chain_try(const struct chain_world *world, const struct chain_plan *plan,
               struct chain_verdict *out_verdict);
/* The same with a context that is made once, for many leaves shown as they are. */
struct chain_session;
struct chain_session *chain_session_open(const struct chain_world *world,
                                         const struct chain_plan *plan);
void chain_session_try(const struct chain_session *session, struct span leaf,
                       struct chain_verdict *out_verdict);
struct tls_context *chain_session_context(const struct chain_session *session);
void chain_session_close(struct chain_session **session);
/* The leaf alone, DER; the caller frees it with OPENSSL_free. */
struct span chain_leaf(const struct chain_plan *plan);

EVP_PKEY *chain_key_ec(const char *curve);
EVP_PKEY *chain_key_rsa(unsigned bits);
EVP_PKEY *chain_key(const char *type);

#endif
