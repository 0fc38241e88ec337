/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/chain_faults.h"

#include <openssl/core_names.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void chain_fault_memory_done(struct chain_fault_memory *memory) {
    for (size_t i = 0; i < memory->key_count; i++) {
        EVP_PKEY_free(memory->keys[i]);
    }
    OPENSSL_free((void *)(uintptr_t)memory->raw.ptr);
    memory->raw = span_of(NULL, 0);
    memory->key_count = 0;
}

static EVP_PKEY *keep(struct chain_fault_memory *memory, EVP_PKEY *key) {
    assert_true(memory->key_count < 4);
    memory->keys[memory->key_count++] = key;
    return key;
}

/* ---- who issued it ---- */

static void wrong_root(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->between_count = 1; /* another root, which is not sent and no anchor */
    plan->between.subject = "other authority";
    plan->is_between_anchor = !is_bad;
    plan->is_unsent = true;
    (void)memory;
}

static void same_name_root(struct chain_plan *plan, bool is_bad,
                           struct chain_fault_memory *memory) {
    plan->signer = is_bad ? memory->world->keys.other : NULL;
}

static void self_signed(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->is_self_signed = is_bad;
    (void)memory;
}

static void flipped_signature(struct chain_plan *plan, bool is_bad,
                              struct chain_fault_memory *memory) {
    plan->flips_signature = is_bad;
    (void)memory;
}

/* The certificate of an agency signs another: as the issuer that somebody made an anchor. */
static void leaf_as_issuer(struct chain_plan *plan, bool is_bad,
                           struct chain_fault_memory *memory) {
    plan->between_count = 1;
    plan->is_between_anchor = true;
    if (is_bad) {
        memcpy(plan->between.slots, plan->leaf.slots, sizeof plan->between.slots);
    }
    (void)memory;
}

/* The same, sent along below a good root. */
static void leaf_as_issuer_sent(struct chain_plan *plan, bool is_bad,
                                struct chain_fault_memory *memory) {
    leaf_as_issuer(plan, is_bad, memory);
    plan->is_between_anchor = !is_bad;
}

/* root > between > leaf, all good: trusted only where the one between is an anchor. */
static void one_between(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->between_count = 1;
    plan->is_between_anchor = !is_bad;
    (void)memory;
}

static void one_between_unsent(struct chain_plan *plan, bool is_bad,
                               struct chain_fault_memory *memory) {
    one_between(plan, is_bad, memory);
    plan->is_unsent = true;
}

static void path_too_long(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    one_between(plan, is_bad, memory);
    plan->root.slots[CHAIN_BASIC] = "basicConstraints=critical,CA:TRUE,pathlen:0";
}

static void twenty_long(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->between_count = 18;
    plan->is_between_anchor = !is_bad;
    (void)memory;
}

/* Every certificate maps policies to more policies (CVE-2023-0464). */
static void policy_bomb(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->between_count = 12;
    plan->is_between_anchor = !is_bad;
    size_t used =
        (size_t)snprintf(memory->text, sizeof memory->text, "certificatePolicies=DER:3081a8");
    for (unsigned i = 0; i < 24; i++) {
        used += (size_t)snprintf(memory->text + used, sizeof memory->text - used,
                                 "300506032a03%02x", i);
    }
    plan->between.slots[CHAIN_MORE] = memory->text;
    plan->between.slots[CHAIN_LAST] = "policyConstraints=critical,requireExplicitPolicy:0";
    plan->leaf.slots[CHAIN_MORE] = memory->text;
}

/* ---- the authority ---- */

static void no_basic(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    if (is_bad) {
        plan->root.slots[CHAIN_BASIC] = NULL;
    }
    (void)memory;
}

static void false_basic(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    if (is_bad) {
        plan->root.slots[CHAIN_BASIC] = "basicConstraints=critical,CA:FALSE";
    }
    (void)memory;
}

static void issuer_signs_no_certificates(struct chain_plan *plan, bool is_bad,
                                         struct chain_fault_memory *memory) {
    if (is_bad) {
        plan->root.slots[CHAIN_USAGE] = "keyUsage=critical,cRLSign";
    }
    (void)memory;
}

static void issuer_signs_no_lists(struct chain_plan *plan, bool is_bad,
                                  struct chain_fault_memory *memory) {
    if (is_bad) {
        plan->root.slots[CHAIN_USAGE] = "keyUsage=critical,keyCertSign";
    }
    (void)memory;
}

static void issuer_unknown_critical(struct chain_plan *plan, bool is_bad,
                                    struct chain_fault_memory *memory) {
    plan->root.slots[CHAIN_MORE] = is_bad ? "1.2.3.4=critical,DER:0500" : "1.2.3.4=DER:0500";
    (void)memory;
}

static void name_not_permitted(struct chain_plan *plan, bool is_bad,
                               struct chain_fault_memory *memory) {
    plan->root.slots[CHAIN_MORE] = is_bad ? "nameConstraints=critical,permitted;URI:otherwater"
                                          : "nameConstraints=critical,permitted;URI:bridgewater";
    (void)memory;
}

static void name_excluded(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->root.slots[CHAIN_MORE] = is_bad ? "nameConstraints=critical,excluded;URI:bridgewater"
                                          : "nameConstraints=critical,excluded;URI:otherwater";
    (void)memory;
}

static void issuer_expired(struct chain_plan *plan, bool is_bad,
                           struct chain_fault_memory *memory) {
    plan->root.until_s = CHAIN_NOW + 10;
    plan->now_s = is_bad ? CHAIN_NOW + 11 : CHAIN_NOW + 9;
    (void)memory;
}

static void issuer_expired_before(struct chain_plan *plan, bool is_bad,
                                  struct chain_fault_memory *memory) {
    plan->root.until_s = is_bad ? CHAIN_NOW - 1 : CHAIN_NOW + 1;
    (void)memory;
}

static void issuer_not_yet(struct chain_plan *plan, bool is_bad,
                           struct chain_fault_memory *memory) {
    plan->root.from_s = is_bad ? CHAIN_NOW + 1 : CHAIN_NOW;
    (void)memory;
}

/* ---- time ---- */

static void expired_now(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->leaf.until_s = is_bad ? CHAIN_NOW - 1 : CHAIN_NOW + 1;
    (void)memory;
}

static void not_yet(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->leaf.from_s = is_bad ? CHAIN_NOW + 1 : CHAIN_NOW;
    (void)memory;
}

static void day_399(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->leaf.until_s = plan->leaf.from_s + 398 * (int64_t)CHAIN_DAY + (is_bad ? 1 : 0);
    (void)memory;
}

static void century(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->leaf.until_s = plan->leaf.from_s + (is_bad ? 36525 : 365) * (int64_t)CHAIN_DAY;
    (void)memory;
}

static void time_is_no_time(X509 *leaf) {
    ASN1_TIME *until = X509_getm_notAfter(leaf);
    assert_int_equal(ASN1_STRING_set(until, "261301000000Z", 13), 1);
}

static void month_13(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->leaf.change = is_bad ? time_is_no_time : NULL;
    (void)memory;
}

/* ---- algorithms ---- */

static void sha1(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->leaf.digest = is_bad ? EVP_sha1() : EVP_sha256();
    (void)memory;
}

static void sha224(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->leaf.digest = is_bad ? EVP_sha224() : EVP_sha256();
    (void)memory;
}

static void sha512(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->leaf.digest = is_bad ? EVP_sha512() : EVP_sha256();
    (void)memory;
}

/* MD5 goes with RSA alone, and so does what an RSA authority signs. */
static void md5(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->root.key = is_bad ? keep(memory, chain_key_rsa(2048)) : plan->root.key;
    plan->leaf.digest = is_bad ? EVP_md5() : EVP_sha256();
}

static void rsa_issuer(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->root.key = keep(memory, is_bad ? chain_key_rsa(3072) : chain_key("ED25519"));
}

static void p384_issuer(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->root.key = keep(memory, chain_key_ec(is_bad ? "P-384" : "P-256"));
}

static void rsa_1024(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->leaf.key = keep(memory, is_bad ? chain_key_rsa(1024) : chain_key_ec("P-256"));
}

static void rsa_2048(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->leaf.key = keep(memory, is_bad ? chain_key_rsa(2048) : chain_key("ED25519"));
}

static void rsa_4096(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->leaf.key = keep(memory, is_bad ? chain_key_rsa(4096) : chain_key("ED25519"));
}

static void p224(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->leaf.key = keep(memory, chain_key_ec(is_bad ? "P-224" : "P-256"));
}

static void p384(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->leaf.key = keep(memory, chain_key_ec(is_bad ? "P-384" : "P-256"));
}

static void p521(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->leaf.key = keep(memory, chain_key_ec(is_bad ? "P-521" : "P-256"));
}

static void secp256k1(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->leaf.key = keep(memory, chain_key_ec(is_bad ? "secp256k1" : "P-256"));
}

static void brainpool(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->leaf.key = keep(memory, chain_key_ec(is_bad ? "brainpoolP256r1" : "P-256"));
}

static void ed448(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->leaf.key = keep(memory, chain_key(is_bad ? "ED448" : "ED25519"));
}

/* P-256 written out, prime, coefficients and all, in place of its name. */
static void explicit_curve(struct chain_plan *plan, bool is_bad,
                           struct chain_fault_memory *memory) {
    EVP_PKEY *key = keep(memory, chain_key_ec("P-256"));
    if (is_bad) {
        assert_int_equal(EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING,
                                                        OSSL_PKEY_EC_ENCODING_EXPLICIT),
                         1);
    }
    plan->leaf.key = key;
}

/* ---- a public key that is none ---- */

static void set_key_bits(X509 *leaf, const uint8_t *bits, size_t len) {
    X509_PUBKEY *shown = X509_get_X509_PUBKEY(leaf);
    unsigned char *copy = OPENSSL_memdup(bits, len);
    assert_non_null(copy);
    assert_int_equal(X509_PUBKEY_set0_param(shown, OBJ_nid2obj(NID_X9_62_id_ecPublicKey),
                                            V_ASN1_OBJECT, OBJ_nid2obj(NID_X9_62_prime256v1), copy,
                                            (int)len),
                     1);
}

static void off_the_curve(X509 *leaf) {
    uint8_t bits[65] = {4};
    memset(bits + 1, 1, 64);
    set_key_bits(leaf, bits, sizeof bits);
}

static void at_infinity(X509 *leaf) {
    uint8_t bits[1] = {0};
    set_key_bits(leaf, bits, sizeof bits);
}

static void above_the_prime(X509 *leaf) {
    uint8_t bits[65] = {4};
    memset(bits + 1, 0xff, 64);
    set_key_bits(leaf, bits, sizeof bits);
}

/* x^3 - 3x + b has no root for this x: the square root never ends in a library that does not look
 * (CVE-2022-0778). */
static void no_root(X509 *leaf) {
    uint8_t bits[33] = {2};
    bits[32] = 1;
    set_key_bits(leaf, bits, sizeof bits);
}

static void short_point(X509 *leaf) {
    uint8_t bits[64] = {4};
    memset(bits + 1, 1, 63);
    set_key_bits(leaf, bits, sizeof bits);
}

/* A curve over the prime 4, in place of the name of ours (CVE-2022-0778). */
static void even_prime(X509 *leaf) {
    static const uint8_t parameters[] = {
        0x30, 0x29, 0x02, 0x01, 0x01, 0x30, 0x0c, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x01,
        0x01, 0x02, 0x01, 0x04, 0x30, 0x08, 0x04, 0x02, 0x00, 0x01, 0x04, 0x02, 0x00, 0x01, 0x04,
        0x04, 0x02, 0x00, 0x02, 0x00, 0x02, 0x01, 0x07, 0x02, 0x01, 0x01, 0x02, 0x01};
    X509_PUBKEY *shown = X509_get_X509_PUBKEY(leaf);
    ASN1_STRING *text = ASN1_STRING_new();
    assert_int_equal(ASN1_STRING_set(text, parameters, sizeof parameters), 1);
    unsigned char *copy = OPENSSL_zalloc(2);
    copy[0] = 2;
    assert_int_equal(X509_PUBKEY_set0_param(shown, OBJ_nid2obj(NID_X9_62_id_ecPublicKey),
                                            V_ASN1_SEQUENCE, text, copy, 2),
                     1);
}

#define KEY_FAULT(name)                                                                            \
    static void name##_key(struct chain_plan *plan, bool is_bad,                                   \
                           struct chain_fault_memory *memory) {                                    \
        plan->leaf.change = is_bad ? name : NULL;                                                  \
        (void)memory;                                                                              \
    }
KEY_FAULT(off_the_curve)
KEY_FAULT(at_infinity)
KEY_FAULT(above_the_prime)
KEY_FAULT(no_root)
KEY_FAULT(short_point)
KEY_FAULT(even_prime)

/* ---- serial, version, names, size ---- */

static void zero_serial(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->leaf.serial = is_bad ? "0" : "1";
    (void)memory;
}

static void negative_serial(struct chain_plan *plan, bool is_bad,
                            struct chain_fault_memory *memory) {
    plan->leaf.serial = is_bad ? "-8191" : "8191";
    (void)memory;
}

/* 2^160 has 21 bytes. */
static void long_serial(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->leaf.serial = is_bad ? "1461501637330902918203684832716283019655932542976"
                               : "1461501637330902918203684832716283019655932542975";
    (void)memory;
}

static void version_1(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->leaf.version = is_bad ? 1 : 3;
    (void)memory;
}

static void version_2(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->leaf.version = is_bad ? 2 : 3;
    (void)memory;
}

/* What the URI should say stands in the common name, as some products do it. */
static void name_only(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    bool is_server = plan->ours == TLS_CLIENT;
    plan->leaf.subject = is_server ? "gateway.example" : "lockgate://bridgewater/police/cases";
    if (is_bad) {
        plan->leaf.slots[CHAIN_NAMES] = NULL;
    }
    (void)memory;
}

static const char *filler(struct chain_fault_memory *memory, size_t count) {
    size_t used = (size_t)snprintf(memory->text, sizeof memory->text, "1.2.3.4=DER:0482%04zx",
                                   count & 0xffff);
    assert_true(used + 2 * count < sizeof memory->text);
    memset(memory->text + used, '5', 2 * count);
    memory->text[used + 2 * count] = '\0';
    return memory->text;
}

static void large_leaf(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->leaf.slots[CHAIN_MORE] = filler(memory, is_bad ? 16000 : 15000);
}

/* A comment of 200 KB. */
static void huge_comment(X509 *leaf) {
    ASN1_OCTET_STRING *text = ASN1_OCTET_STRING_new();
    uint8_t *bytes = calloc(1, 200000);
    assert_int_equal(ASN1_OCTET_STRING_set(text, bytes, 200000), 1);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_NID(NULL, NID_netscape_comment, 0, text);
    assert_int_equal(X509_add_ext(leaf, extension, -1), 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(text);
    free(bytes);
}

static void leaf_of_200_kb(struct chain_plan *plan, bool is_bad,
                           struct chain_fault_memory *memory) {
    plan->leaf.change = is_bad ? huge_comment : NULL;
    (void)memory;
}

static void many_extensions(X509 *leaf, int count) {
    for (int i = 0; i < count; i++) {
        char oid[32];
        snprintf(oid, sizeof oid, "1.2.3.%d", 100 + i);
        X509_EXTENSION *extension = X509V3_EXT_nconf(NULL, NULL, oid, "DER:0500");
        assert_int_equal(X509_add_ext(leaf, extension, -1), 1);
        X509_EXTENSION_free(extension);
    }
}

static void extensions_16(X509 *leaf) {
    many_extensions(leaf, 16 - X509_get_ext_count(leaf));
}

static void extensions_17(X509 *leaf) {
    many_extensions(leaf, 17 - X509_get_ext_count(leaf));
}

static void seventeen_extensions(struct chain_plan *plan, bool is_bad,
                                 struct chain_fault_memory *memory) {
    plan->leaf.change = is_bad ? extensions_17 : extensions_16;
    (void)memory;
}

/* ---- lists ---- */

static void revoked(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->revoked = is_bad ? plan->leaf.serial : "8190";
    (void)memory;
}

/* Two leaves of one serial: the list means both. */
static void serial_of_a_revoked_one(struct chain_plan *plan, bool is_bad,
                                    struct chain_fault_memory *memory) {
    plan->revoked = "77";
    plan->leaf.serial = is_bad ? "77" : "78";
    (void)memory;
}

static void revoked_issuer(struct chain_plan *plan, bool is_bad,
                           struct chain_fault_memory *memory) {
    plan->between_count = 1;
    plan->is_between_anchor = true;
    plan->revoked_between = is_bad ? plan->between.serial : "4095";
    (void)memory;
}

static void list_of_another(struct chain_plan *plan, bool is_bad,
                            struct chain_fault_memory *memory) {
    plan->list = is_bad ? CHAIN_LIST_FOREIGN : CHAIN_LIST_GOOD;
    (void)memory;
}

static void partial_list(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->list = is_bad ? CHAIN_LIST_DELTA : CHAIN_LIST_GOOD;
    (void)memory;
}

static void no_list_of_the_issuer(struct chain_plan *plan, bool is_bad,
                                  struct chain_fault_memory *memory) {
    plan->between_count = 1;
    plan->is_between_anchor = true;
    plan->list = is_bad ? CHAIN_LIST_NONE : CHAIN_LIST_GOOD;
    (void)memory;
}

static void list_expired(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->list_until_s = CHAIN_NOW + 10;
    plan->now_s = is_bad ? CHAIN_NOW + 11 : CHAIN_NOW + 10;
    (void)memory;
}

static void list_expired_before(struct chain_plan *plan, bool is_bad,
                                struct chain_fault_memory *memory) {
    plan->list_until_s = is_bad ? CHAIN_NOW - 1 : CHAIN_NOW;
    (void)memory;
}

static void list_not_yet(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory) {
    plan->list_from_s = is_bad ? CHAIN_NOW + 1 : CHAIN_NOW;
    (void)memory;
}

static const struct chain_fault FAULTS[] = {
    {"wrong root", true, wrong_root, "unable to get local issuer certificate"},
    {"root of the same name", true, same_name_root, "certificate signature failure"},
    {"self-signed", true, self_signed, "self-signed certificate"},
    {"signature with a bit flipped", true, flipped_signature, "certificate signature failure"},
    {"a leaf's key signs, as an anchor", true, leaf_as_issuer, "not the certificate of a CA"},
    {"a leaf's key signs, sent along", true, leaf_as_issuer_sent, "chain too long"},
    {"one CA between", true, one_between, "chain too long"},
    {"one CA between, not sent", true, one_between_unsent,
     "unable to get local issuer certificate"},
    {"path length of the root exceeded", true, path_too_long, "chain too long"},
    {"chain of 20", true, twenty_long, "chain too long"},
    {"policy tree", true, policy_bomb, "chain too long"},
    {"issuer without basicConstraints", false, no_basic, "not the certificate of a CA"},
    {"issuer with CA:FALSE", false, false_basic, "not the certificate of a CA"},
    {"issuer may not sign certificates", false, issuer_signs_no_certificates,
     "not the certificate of a CA"},
    {"issuer may not sign lists", false, issuer_signs_no_lists, "has no revocation list"},
    {"issuer with an unknown critical extension", true, issuer_unknown_critical,
     "unhandled critical extension"},
    {"name not permitted by the issuer's constraints", true, name_not_permitted,
     "permitted subtree violation"},
    {"name excluded by the issuer's constraints", true, name_excluded,
     "excluded subtree violation"},
    {"issuer expired by one second", true, issuer_expired, "certificate has expired"},
    {"issuer expired when the files are read", false, issuer_expired_before, "has expired"},
    {"issuer not yet valid", true, issuer_not_yet, "certificate is not yet valid"},
    {"expired by one second", true, expired_now, "certificate has expired"},
    {"not yet valid by one second", true, not_yet, "certificate is not yet valid"},
    {"398 days and a second", true, day_399, "lifetime"},
    {"100 years", true, century, "lifetime"},
    {"end in month 13", true, month_13, "format error in certificate's notAfter field"},
    {"SHA-1", true, sha1, "CA signature digest algorithm too weak"},
    {"SHA-224", true, sha224, "its signature is neither"},
    {"SHA-512", true, sha512, "its signature is neither"},
    {"MD5 by an RSA authority", false, md5, "neither P-256 nor Ed25519"},
    {"RSA authority", true, rsa_issuer, "neither P-256 nor Ed25519"},
    {"P-384 authority", true, p384_issuer, "neither P-256 nor Ed25519"},
    {"RSA of 1024", true, rsa_1024, "EE certificate key too weak"},
    {"RSA of 2048", true, rsa_2048, "neither P-256 nor Ed25519"},
    {"RSA of 4096", true, rsa_4096, "neither P-256 nor Ed25519"},
    {"P-224", true, p224, "neither P-256 nor Ed25519"},
    {"P-384", true, p384, "neither P-256 nor Ed25519"},
    {"P-521", true, p521, "neither P-256 nor Ed25519"},
    {"secp256k1", true, secp256k1, "neither P-256 nor Ed25519"},
    {"brainpoolP256r1", true, brainpool, "neither P-256 nor Ed25519"},
    {"Ed448", true, ed448, "neither P-256 nor Ed25519"},
    {"P-256 written out", true, explicit_curve, "explicit"},
    {"point off the curve", true, off_the_curve_key, "key"},
    {"point at infinity", true, at_infinity_key, ""},
    {"point above the prime", true, above_the_prime_key, "key"},
    {"compressed point without a root", true, no_root_key, "key"},
    {"point cut short", true, short_point_key, "key"},
    {"curve over an even prime", true, even_prime_key, "key"},
    {"serial 0", true, zero_serial, "serial"},
    {"serial below 0", true, negative_serial, "serial"},
    {"serial of 21 bytes", true, long_serial, "serial"},
    {"version 1", true, version_1, "requires at least X509v3"},
    {"version 2", true, version_2, "requires at least X509v3"},
    {"common name alone", true, name_only, "subjectAltName"},
    {"leaf of 16 KB", true, large_leaf, ""},
    {"leaf of 200 KB", true, leaf_of_200_kb, ""},
    {"17 extensions", true, seventeen_extensions, "too many"},
    {"revoked", true, revoked, "it is revoked"},
    {"serial of a revoked one", true, serial_of_a_revoked_one, "it is revoked"},
    {"issuer revoked by its own issuer", true, revoked_issuer, "its issuer is revoked"},
    {"list that another key signed", true, list_of_another, "has no revocation list"},
    {"list of a part", true, partial_list, "critical extension"},
    {"no list of the issuer", true, no_list_of_the_issuer, "has no revocation list"},
    {"list expired by one second", true, list_expired, "no revocation list in force"},
    {"list expired when the files are read", true, list_expired_before, "not in force now"},
    {"list not yet in force", true, list_not_yet, "not in force now"},
};

const struct chain_fault *chain_faults(size_t *out_count) {
    *out_count = sizeof FAULTS / sizeof *FAULTS;
    return FAULTS;
}
