/* SPDX-License-Identifier: Apache-2.0 */
/* Anchors and revocation lists as one value that never changes: replaced as a whole, so that a
 * reader on any thread sees either the old or the new.
 *
 * A list is taken only from an anchor that signed it, complete (no delta, no part of a scope: such
 * lists carry a critical extension), and with a next update. An anchor whose own issuer is an
 * anchor as well, and has it on its list, issues nothing any more. */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/tls/tls_int.h"

struct lg_err tls_fingerprint(X509 *certificate, uint8_t out_digest[static TLS_FINGERPRINT_SIZE]) {
    unsigned len = 0;
    uint8_t digest[EVP_MAX_MD_SIZE];
    if (X509_digest(certificate, EVP_sha256(), digest, &len) != 1) {
        ERR_clear_error();
        return tls_error_memory();
    }
    ASSERT(len == TLS_FINGERPRINT_SIZE);
    memcpy(out_digest, digest, TLS_FINGERPRINT_SIZE);
    return LG_OK;
}

void tls_trust_free(struct tls_trust **trust) {
    struct tls_trust *it = *trust;
    *trust = NULL;
    if (it == NULL || atomic_fetch_sub(&it->references, 1) != 1) {
        return;
    }
    for (size_t i = 0; i < it->issuer_count; i++) {
        X509_CRL_free(it->issuers[i].crl);
    }
    sk_X509_pop_free(it->anchors, X509_free);
    free(it);
}

struct tls_trust *tls_trust_share(struct tls_trust *trust) {
    atomic_fetch_add(&trust->references, 1);
    return trust;
}

/* What the making of a trust goes by. */
struct making {
    struct tls_trust *trust;
    const struct tls_trust *old; /* NULL: none */
    int64_t now_s;
    struct diag *diag;
};

static const struct tls_issuer *find_old(const struct making *making,
                                         const struct tls_issuer *issuer) {
    return making->old == NULL ? NULL : tls_trust_find(making->old, issuer->fingerprint);
}

static const char *anchor_fault(const struct making *making, const struct tls_issuer *issuer) {
    X509 *anchor = issuer->certificate;
    if (X509_check_ca(anchor) != 1 || (X509_get_key_usage(anchor) & X509v3_KU_KEY_CERT_SIGN) == 0) {
        return "is not the certificate of a CA";
    }
    if (!tls_key_is_right(anchor)) {
        return "has a key that is neither P-256 nor Ed25519";
    }
    if (issuer->good_until_s < making->now_s && find_old(making, issuer) == NULL) {
        return "has expired";
    }
    return tls_trust_find(making->trust, issuer->fingerprint) == NULL ? NULL : "stands there twice";
}

static struct lg_err add_issuer(const struct making *making, X509 *anchor) {
    struct tls_trust *trust = making->trust;
    struct tls_issuer *issuer = &trust->issuers[trust->issuer_count];
    *issuer = (struct tls_issuer){.certificate = anchor,
                                  .good_until_s = tls_seconds_of(X509_get0_notAfter(anchor))};
    TRY(tls_fingerprint(anchor, issuer->fingerprint));
    const char *fault = anchor_fault(making, issuer);
    if (fault != NULL) {
        diag_set(making->diag, 0, "an anchor %s", fault);
        return tls_error_file();
    }
    trust->issuer_count++;
    return LG_OK;
}

static struct lg_err add_anchors(const struct making *making, const struct tls_blob *blob) {
    struct tls_trust *trust = making->trust;
    TRY(tls_pem_certificates(blob, LIMIT_TLS_ANCHORS, making->diag, &trust->anchors));
    for (int i = 0; i < sk_X509_num(trust->anchors); i++) {
        TRY(add_issuer(making, sk_X509_value(trust->anchors, i)));
    }
    return LG_OK;
}

static bool has_critical_extension(const X509_CRL *crl) {
    for (int i = 0; i < X509_CRL_get_ext_count(crl); i++) {
        if (X509_EXTENSION_get_critical(X509_CRL_get_ext(crl, i)) != 0) {
            return true;
        }
    }
    return false;
}

/* The anchor that bears the list's issuer name and whose key verifies it. */
static struct tls_issuer *find_signer(struct tls_trust *trust, X509_CRL *crl) {
    for (size_t i = 0; i < trust->issuer_count; i++) {
        X509 *anchor = trust->issuers[i].certificate;
        if (X509_NAME_cmp(X509_get_subject_name(anchor), X509_CRL_get_issuer(crl)) != 0) {
            continue;
        }
        if ((X509_get_key_usage(anchor) & X509v3_KU_CRL_SIGN) != 0 &&
            X509_CRL_verify(crl, X509_get0_pubkey(anchor)) == 1) {
            return &trust->issuers[i];
        }
    }
    return NULL;
}

/* A list that is in use already may have gone stale there; a stale one is never new. */
static bool is_in_force(const struct making *making, const struct tls_issuer *issuer,
                        int64_t from_s, int64_t until_s) {
    const struct tls_issuer *before = find_old(making, issuer);
    bool is_known = before != NULL && before->crl != NULL && from_s == before->this_update_s;
    return from_s != INT64_MIN && until_s != INT64_MIN && from_s <= making->now_s &&
           (until_s >= making->now_s || is_known);
}

static struct lg_err add_crl(const struct making *making, X509_CRL *crl) {
    struct tls_issuer *issuer = find_signer(making->trust, crl);
    int64_t from_s = tls_seconds_of(X509_CRL_get0_lastUpdate(crl));
    int64_t until_s = tls_seconds_of(X509_CRL_get0_nextUpdate(crl));
    const char *fault = NULL;
    if (issuer == NULL) {
        /* Nobody that we trust: it says nothing about anybody. Two files cannot change at once, so
         * the list of a new anchor comes before it, and that of an old one stays behind. */
        return LG_OK;
    }
    if (issuer->crl != NULL) {
        fault = "is the second one of its issuer";
    } else if (has_critical_extension(crl)) {
        fault = "has a critical extension: only complete lists are taken";
    } else if (!is_in_force(making, issuer, from_s, until_s)) {
        fault = "is not in force now: look at its last and next update";
    }
    if (fault != NULL) {
        diag_set(making->diag, 0, "a revocation list %s", fault);
        return tls_error_file();
    }
    X509_CRL_up_ref(crl);
    issuer->crl = crl;
    issuer->this_update_s = from_s;
    issuer->good_until_s = until_s < issuer->good_until_s ? until_s : issuer->good_until_s;
    return LG_OK;
}

static struct lg_err add_crls(const struct making *making, const struct tls_blob *blob) {
    STACK_OF(X509_CRL) *crls = NULL;
    TRY(tls_pem_crls(blob, LIMIT_TLS_ANCHORS, making->diag, &crls));
    struct lg_err err = LG_OK;
    for (int i = 0; i < sk_X509_CRL_num(crls) && !lg_failed(err); i++) {
        err = add_crl(making, sk_X509_CRL_value(crls, i));
    }
    sk_X509_CRL_pop_free(crls, X509_CRL_free);
    return err;
}

static struct lg_err check_complete(const struct tls_trust *trust, struct diag *diag) {
    for (size_t i = 0; i < trust->issuer_count; i++) {
        if (trust->issuers[i].crl == NULL) {
            diag_set(diag, 0, "an anchor has no revocation list in the file");
            return tls_error_file();
        }
    }
    return LG_OK;
}

/* An entry "remove from CRL" counts as well: it belongs into delta lists, which we do not take. */
static bool lists(const struct tls_issuer *issuer, X509 *certificate) {
    X509_REVOKED *entry = NULL;
    return X509_CRL_get0_by_serial(issuer->crl, &entry, X509_get0_serialNumber(certificate)) != 0;
}

static bool has_issued(const struct tls_issuer *issuer, X509 *certificate) {
    return X509_check_issued(issuer->certificate, certificate) == X509_V_OK &&
           X509_verify(certificate, X509_get0_pubkey(issuer->certificate)) == 1;
}

static void mark_revoked(struct tls_trust *trust) {
    for (size_t i = 0; i < trust->issuer_count; i++) {
        for (size_t j = 0; j < trust->issuer_count; j++) {
            X509 *anchor = trust->issuers[j].certificate;
            if (has_issued(&trust->issuers[i], anchor) && lists(&trust->issuers[i], anchor)) {
                trust->issuers[j].is_revoked = true;
            }
        }
    }
}

struct lg_err tls_trust_new(const struct tls_trust_files *files, const struct tls_trust *old,
                            int64_t now_s, struct diag *diag, struct tls_trust **out_trust) {
    OWN(tls_trust_free) struct tls_trust *trust = calloc(1, sizeof *trust);
    if (trust == NULL) {
        return tls_error_memory();
    }
    atomic_init(&trust->references, 1);
    const struct making making = {.trust = trust, .old = old, .now_s = now_s, .diag = diag};
    TRY(add_anchors(&making, files->anchors));
    if (files->crl != NULL) {
        trust->uses_crl = true;
        TRY(add_crls(&making, files->crl));
        TRY(check_complete(trust, diag));
        mark_revoked(trust);
    }
    ERR_clear_error();
    *out_trust = TAKE(trust);
    return LG_OK;
}

const struct tls_issuer *tls_trust_find(const struct tls_trust *trust,
                                        const uint8_t fingerprint[static TLS_FINGERPRINT_SIZE]) {
    for (size_t i = 0; i < trust->issuer_count; i++) {
        if (memcmp(trust->issuers[i].fingerprint, fingerprint, TLS_FINGERPRINT_SIZE) == 0) {
            return &trust->issuers[i];
        }
    }
    return NULL;
}

struct lg_err tls_trust_follows(const struct tls_trust *trust, const struct tls_trust *old,
                                struct diag *diag) {
    for (size_t i = 0; i < trust->issuer_count; i++) {
        const struct tls_issuer *before = tls_trust_find(old, trust->issuers[i].fingerprint);
        if (before != NULL && trust->issuers[i].this_update_s < before->this_update_s) {
            diag_set(diag, 0, "a revocation list is older than the one in use");
            return tls_error_file();
        }
    }
    return LG_OK;
}

int tls_issuer_judge(const struct tls_trust *trust, const struct tls_issuer *issuer, X509 *leaf,
                     int64_t now_s, const char **out_why) {
    if (now_s > issuer->good_until_s) {
        *out_why = "its issuer has no revocation list in force, or has expired";
        return X509_V_ERR_CRL_HAS_EXPIRED;
    }
    if (issuer->is_revoked) {
        *out_why = "its issuer is revoked";
        return X509_V_ERR_CERT_REVOKED;
    }
    if (trust->uses_crl && lists(issuer, leaf)) {
        *out_why = "it is revoked";
        return X509_V_ERR_CERT_REVOKED;
    }
    return X509_V_OK;
}
