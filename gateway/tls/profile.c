/* SPDX-License-Identifier: Apache-2.0 */
/* Our own look at a leaf, after the chain (design/security.md M9): OpenSSL's purpose check takes a
 * certificate without extended key usage, without basicConstraints, or with two names. Here a leaf
 * is one of two shapes, and anything else names nobody:
 *
 *   client   extendedKeyUsage exactly clientAuth; subjectAltName exactly one entry, our URI
 *   server   extendedKeyUsage exactly serverAuth; subjectAltName one URI and DNS or IP names
 *   both     X.509 version 3, not a CA, keyUsage with digitalSignature, P-256 or Ed25519 key,
 *            signed by ECDSA with SHA-256 or Ed25519, no extension twice, serial of 1 to 20 bytes
 *            above zero, lifetime within LIMIT_TLS_LEAF_DAYS
 *
 * The subject's common name is never looked at. */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "gateway/config/config.h"
#include "gateway/tls/tls_int.h"

enum { SECONDS_A_DAY = 86400 };

_Static_assert((int)TLS_URI_MAX == (int)CONFIG_URI_MAX, "one length of an URI");
_Static_assert(sizeof((struct tls_peer *)0)->agency == CONFIG_NAME_MAX + 1, "one length of a name");

int64_t tls_seconds_of(const ASN1_TIME *time) {
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0;
    int seconds = 0;
    bool good = epoch != NULL && time != NULL && ASN1_TIME_diff(&days, &seconds, epoch, time) == 1;
    ASN1_TIME_free(epoch);
    return good ? (int64_t)days * SECONDS_A_DAY + seconds : INT64_MIN;
}

static bool usage_is_right(X509 *leaf, enum tls_side side) {
    EXTENDED_KEY_USAGE *usage = X509_get_ext_d2i(leaf, NID_ext_key_usage, NULL, NULL);
    if (usage == NULL) {
        return false;
    }
    int wanted = side == TLS_SERVER ? NID_server_auth : NID_client_auth;
    bool right =
        sk_ASN1_OBJECT_num(usage) == 1 && OBJ_obj2nid(sk_ASN1_OBJECT_value(usage, 0)) == wanted;
    EXTENDED_KEY_USAGE_free(usage);
    return right;
}

bool tls_key_is_right(X509 *certificate) {
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    char group[32] = {0};
    if (key == NULL) {
        return false;
    }
    if (EVP_PKEY_is_a(key, "ED25519")) {
        return true;
    }
    return EVP_PKEY_is_a(key, "EC") &&
           EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 &&
           strcmp(group, SN_X9_62_prime256v1) == 0;
}

/* What an issuer that we take as an anchor could still sign with: SHA-1, or SHA-224. */
static bool signature_is_right(const X509 *leaf) {
    int algorithm = X509_get_signature_nid(leaf);
    return algorithm == NID_ecdsa_with_SHA256 || algorithm == NID_ED25519;
}

/* Readers differ in whether the first or the last of two counts (RFC 5280, 4.2). */
static bool extensions_are_single(X509 *leaf) {
    int count = X509_get_ext_count(leaf);
    for (int i = 0; i < count && count <= LIMIT_TLS_EXTENSIONS; i++) {
        if (X509_get_ext_by_OBJ(leaf, X509_EXTENSION_get_object(X509_get_ext(leaf, i)), i) >= 0) {
            return false;
        }
    }
    return count <= LIMIT_TLS_EXTENSIONS;
}

static bool signs_only(X509 *leaf) {
    uint32_t usage = X509_get_key_usage(leaf); /* all bits set where the extension is missing */
    return X509_get_ext_by_NID(leaf, NID_key_usage, -1) >= 0 &&
           (usage & X509v3_KU_DIGITAL_SIGNATURE) != 0 &&
           (usage & (X509v3_KU_KEY_CERT_SIGN | X509v3_KU_CRL_SIGN)) == 0;
}

static bool uri_is_taken(const GENERAL_NAME *name, struct tls_peer *peer) {
    const ASN1_IA5STRING *text = name->d.uniformResourceIdentifier;
    struct span bytes = span_of(ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text));
    struct config_uri uri;
    if (lg_failed(config_uri_read(bytes, &uri))) {
        return false;
    }
    memcpy(peer->uri, bytes.ptr, bytes.len);
    peer->uri[bytes.len] = '\0';
    memcpy(peer->partnership, uri.partnership, sizeof peer->partnership);
    memcpy(peer->agency, uri.agency, sizeof peer->agency);
    memcpy(peer->system, uri.system, sizeof peer->system);
    return true;
}

static bool names_are_right(const GENERAL_NAMES *names, enum tls_side side, struct tls_peer *peer) {
    int uris = 0;
    int hosts = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_URI) {
            uris++;
            if (uris > 1 || !uri_is_taken(name, peer)) {
                return false;
            }
        } else if (name->type == GEN_DNS || name->type == GEN_IPADD) {
            hosts++;
        } else {
            return false;
        }
    }
    return uris == 1 && (side == TLS_SERVER ? hosts >= 1 : hosts == 0);
}

/* NULL from OpenSSL also means that the extension stands there twice. */
static bool read_names(X509 *leaf, enum tls_side side, struct tls_peer *peer) {
    GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
    if (names == NULL) {
        return false;
    }
    bool right = names_are_right(names, side, peer);
    GENERAL_NAMES_free(names);
    return right;
}

static bool read_serial(X509 *leaf, struct tls_peer *peer) {
    const ASN1_INTEGER *serial = X509_get0_serialNumber(leaf);
    int len = ASN1_STRING_length(serial);
    if (ASN1_STRING_type(serial) != V_ASN1_INTEGER || len < 1 || len > TLS_SERIAL_MAX) {
        return false; /* a negative number has another type */
    }
    memcpy(peer->serial, ASN1_STRING_get0_data(serial), (size_t)len);
    peer->serial_len = (uint8_t)len;
    return len > 1 || peer->serial[0] != 0;
}

static bool read_time(X509 *leaf, struct tls_peer *peer) {
    peer->not_before_s = tls_seconds_of(X509_get0_notBefore(leaf));
    peer->not_after_s = tls_seconds_of(X509_get0_notAfter(leaf));
    return peer->not_before_s != INT64_MIN && peer->not_after_s != INT64_MIN &&
           peer->not_after_s > peer->not_before_s &&
           peer->not_after_s - peer->not_before_s <= (int64_t)LIMIT_TLS_LEAF_DAYS * SECONDS_A_DAY;
}

/* The first rule that the leaf breaks, or NULL. */
static const char *broken_rule(X509 *leaf, enum tls_side side, struct tls_peer *peer) {
    /* X509_check_ca says no to a CA without keyCertSign; the flag is what basicConstraints says. */
    bool is_ca = X509_check_ca(leaf) != 0 || (X509_get_extension_flags(leaf) & EXFLAG_CA) != 0;
    if (X509_get_version(leaf) != X509_VERSION_3 || is_ca) {
        return "it is a CA or not of version 3";
    }
    if (!signs_only(leaf)) {
        return "its keyUsage is missing or not digitalSignature";
    }
    if (!usage_is_right(leaf, side)) {
        return "its extendedKeyUsage is not exactly that of its side";
    }
    if (!tls_key_is_right(leaf)) {
        return "its key is neither P-256 nor Ed25519";
    }
    if (!signature_is_right(leaf)) {
        return "its signature is neither ECDSA with SHA-256 nor Ed25519";
    }
    if (!extensions_are_single(leaf)) {
        return "an extension stands there twice, or there are too many";
    }
    if (!read_names(leaf, side, peer)) {
        return "its subjectAltName is not one URI of ours (and host names for a server only)";
    }
    if (!read_serial(leaf, peer) || !read_time(leaf, peer)) {
        return "its serial or its lifetime is out of bounds";
    }
    return NULL;
}

struct lg_err tls_profile_read(X509 *leaf, enum tls_side side, const char **out_why,
                               struct tls_peer *out_peer) {
    struct tls_peer peer = {0};
    *out_why = broken_rule(leaf, side, &peer);
    ERR_clear_error();
    if (*out_why != NULL) {
        return tls_error_peer(TLS_IDENTITY);
    }
    TRY(tls_fingerprint(leaf, peer.fingerprint));
    *out_peer = peer;
    return LG_OK;
}

/* ---- sites ---- */

/* Whoever issued it: browsers judge that. */
static bool site_has_host(X509 *leaf) {
    GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
    bool has_host = false;
    for (int i = 0; names != NULL && i < sk_GENERAL_NAME_num(names) && !has_host; i++) {
        int type = sk_GENERAL_NAME_value(names, i)->type;
        has_host = type == GEN_DNS || type == GEN_IPADD;
    }
    GENERAL_NAMES_free(names);
    return has_host;
}

static const char *broken_site_rule(X509 *leaf, struct tls_peer *times) {
    if (X509_get_version(leaf) != X509_VERSION_3 || X509_check_ca(leaf) != 0) {
        return "it is a CA or not of version 3";
    }
    if (X509_check_purpose(leaf, X509_PURPOSE_SSL_SERVER, 0) != 1) {
        return "it is not for servers";
    }
    if (!tls_key_is_right(leaf) || EVP_PKEY_is_a(X509_get0_pubkey(leaf), "ED25519")) {
        return "its key is not P-256, as browsers need";
    }
    if (!site_has_host(leaf)) {
        return "its subjectAltName has no host name";
    }
    times->not_before_s = tls_seconds_of(X509_get0_notBefore(leaf));
    times->not_after_s = tls_seconds_of(X509_get0_notAfter(leaf));
    bool is_timed = times->not_before_s != INT64_MIN && times->not_after_s != INT64_MIN;
    return is_timed ? NULL : "its lifetime cannot be read";
}

struct lg_err tls_profile_read_site(X509 *leaf, const char **out_why, struct tls_peer *out_peer) {
    struct tls_peer times = {0};
    *out_why = broken_site_rule(leaf, &times);
    ERR_clear_error();
    if (*out_why != NULL) {
        return tls_error_peer(TLS_IDENTITY);
    }
    *out_peer = times;
    return LG_OK;
}
