/* SPDX-License-Identifier: Apache-2.0 */
/* Builds what a plan says, and tries it. */
#define _GNU_SOURCE
#include "tests/support/chain.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/tls_meet.h"

#include <cmocka.h>

static const char ROOT[] = "bridgewater authority";
static const char PATHS[][16] = {"own.pem", "own.key", "anchors.pem", "lists.pem"};
enum { PATH_OWN, PATH_KEY, PATH_ANCHORS, PATH_LISTS, PATH_COUNT, PATH_SIZE = 128 };

/* ---- keys ---- */

EVP_PKEY *chain_key_ec(const char *curve) {
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve);
    assert_non_null(key);
    return key;
}

EVP_PKEY *chain_key_rsa(unsigned bits) {
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
    assert_non_null(key);
    return key;
}

EVP_PKEY *chain_key(const char *type) {
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, type);
    assert_non_null(key);
    return key;
}

/* ---- certificates ---- */

static const char *text_of(const char *slot, char name[static 64]) {
    const char *equals = strchr(slot, '=');
    assert_non_null(equals);
    assert_true(equals - slot < 64);
    memcpy(name, slot, (size_t)(equals - slot));
    name[equals - slot] = '\0';
    return equals + 1;
}

static void add_extension(X509 *certificate, X509 *issuer, const char *slot) {
    X509V3_CTX ctx;
    char name[64];
    const char *value = text_of(slot, name);
    X509V3_set_ctx(&ctx, issuer, certificate, NULL, NULL, 0);
    X509V3_set_ctx_nodb(&ctx);
    X509_EXTENSION *extension = X509V3_EXT_nconf(NULL, &ctx, name, value);
    if (extension == NULL) {
        print_error("no extension: %s\n", slot);
    }
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static X509_NAME *name_of(const char *text) {
    X509_NAME *name = X509_NAME_new();
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                                (const unsigned char *)text, -1, -1, 0),
                     1);
    return name;
}

/* Who issues: NULL where the new certificate issues itself. */
struct issuer {
    X509 *certificate;
    EVP_PKEY *key;
};

static void set_names(X509 *certificate, const char *subject, const struct issuer *issuer) {
    X509_NAME *own = name_of(subject);
    const X509_NAME *other =
        issuer->certificate == NULL ? own : X509_get_subject_name(issuer->certificate);
    assert_int_equal(X509_set_subject_name(certificate, own), 1);
    assert_int_equal(X509_set_issuer_name(certificate, other), 1);
    X509_NAME_free(own);
}

static void set_serial(ASN1_INTEGER *serial, const char *text) {
    BIGNUM *number = NULL;
    assert_true(BN_dec2bn(&number, text) > 0);
    assert_non_null(BN_to_ASN1_INTEGER(number, serial));
    BN_free(number);
}

static X509 *issue(const struct chain_spec *spec, const struct issuer *issuer) {
    X509 *it = X509_new();
    assert_non_null(it);
    assert_int_equal(X509_set_version(it, spec->version - 1), 1);
    set_serial(X509_get_serialNumber(it), spec->serial);
    set_names(it, spec->subject, issuer);
    assert_non_null(ASN1_TIME_set(X509_getm_notBefore(it), (time_t)spec->from_s));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(it), (time_t)spec->until_s));
    assert_int_equal(X509_set_pubkey(it, spec->key), 1);
    for (int i = 0; i < CHAIN_SLOTS; i++) {
        if (spec->slots[i] != NULL) {
            add_extension(it, issuer->certificate == NULL ? it : issuer->certificate,
                          spec->slots[i]);
        }
    }
    if (spec->change != NULL) {
        spec->change(it);
    }
    bool is_edwards = EVP_PKEY_is_a(issuer->key, "ED25519") || EVP_PKEY_is_a(issuer->key, "ED448");
    assert_true(X509_sign(it, issuer->key, is_edwards ? NULL : spec->digest) > 0);
    return it;
}

/* ---- chains ---- */

/* Root, those between, leaf. */
struct built {
    X509 *all[CHAIN_BETWEEN_MAX + 2];
    int count;
};

static void build_authorities(const struct chain_plan *plan, struct built *out) {
    out->all[0] = issue(&plan->root, &(struct issuer){.key = plan->root.key});
    out->count = 1;
    for (int i = 0; i < plan->between_count; i++) {
        struct chain_spec spec = plan->between;
        char subject[64];
        struct issuer issuer = {.certificate = out->all[i],
                                .key = i == 0 ? plan->root.key : plan->between.key};
        snprintf(subject, sizeof subject, "%s %d", plan->between.subject, i);
        spec.subject = subject;
        out->all[out->count++] = issue(&spec, &issuer);
    }
}

static void build_leaf(const struct chain_plan *plan, struct built *out) {
    struct issuer issuer = {.certificate = out->all[out->count - 1]};
    issuer.key = plan->between_count > 0 ? plan->between.key : plan->root.key;
    if (plan->signer != NULL) {
        issuer.key = plan->signer;
    }
    if (plan->is_self_signed) {
        issuer = (struct issuer){.key = plan->leaf.key};
    }
    out->all[out->count++] = issue(&plan->leaf, &issuer);
}

static void built_free(struct built *built) {
    for (int i = 0; i < built->count; i++) {
        X509_free(built->all[i]);
    }
}

static struct span der_of(X509 *certificate) {
    unsigned char *bytes = NULL;
    int len = i2d_X509(certificate, &bytes);
    assert_true(len > 0);
    return span_of(bytes, (size_t)len);
}

struct span chain_leaf(const struct chain_plan *plan) {
    struct built built;
    build_authorities(plan, &built);
    build_leaf(plan, &built);
    struct span der = der_of(built.all[built.count - 1]);
    built_free(&built);
    return der;
}

/* ---- lists ---- */

static void add_entry(X509_CRL *list, const char *serial, int64_t at_s) {
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    ASN1_TIME *time = ASN1_TIME_set(NULL, (time_t)at_s);
    set_serial(number, serial);
    assert_int_equal(X509_REVOKED_set_serialNumber(entry, number), 1);
    assert_int_equal(X509_REVOKED_set_revocationDate(entry, time), 1);
    assert_int_equal(X509_CRL_add0_revoked(list, entry), 1);
    ASN1_INTEGER_free(number);
    ASN1_TIME_free(time);
}

/* issuingDistributionPoint, onlyContainsUserCerts: part of a scope. */
static void make_partial(X509_CRL *list) {
    X509_EXTENSION *extension =
        X509V3_EXT_nconf(NULL, NULL, "2.5.29.28", "critical,DER:30038101ff");
    assert_non_null(extension);
    assert_int_equal(X509_CRL_add_ext(list, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static void set_list_times(X509_CRL *list, int64_t from_s, int64_t until_s) {
    ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)from_s);
    ASN1_TIME *until = ASN1_TIME_set(NULL, (time_t)until_s);
    assert_int_equal(X509_CRL_set1_lastUpdate(list, from), 1);
    assert_int_equal(X509_CRL_set1_nextUpdate(list, until), 1);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
}

/* `key` signs in the name of the issuer. */
static X509_CRL *make_list(const struct chain_plan *plan, X509 *issuer, EVP_PKEY *key,
                           const char *revoked) {
    X509_CRL *list = X509_CRL_new();
    assert_int_equal(X509_CRL_set_version(list, X509_CRL_VERSION_2), 1);
    assert_int_equal(X509_CRL_set_issuer_name(list, X509_get_subject_name(issuer)), 1);
    set_list_times(list, plan->list_from_s, plan->list_until_s);
    if (revoked != NULL) {
        add_entry(list, revoked, plan->list_from_s);
    }
    if (plan->list == CHAIN_LIST_DELTA) {
        make_partial(list);
    }
    bool is_edwards = EVP_PKEY_is_a(key, "ED25519");
    assert_true(X509_CRL_sign(list, key, is_edwards ? NULL : EVP_sha256()) > 0);
    return list;
}

/* ---- files ---- */

static FILE *open_file(const struct chain_world *world, int which) {
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", world->dir, PATHS[which]);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    return file;
}

static void write_list(FILE *file, X509_CRL *list) {
    assert_int_equal(PEM_write_X509_CRL(file, list), 1);
    X509_CRL_free(list);
}

static void write_trust(const struct chain_world *world, const struct chain_plan *plan,
                        const struct built *built) {
    FILE *anchors = open_file(world, PATH_ANCHORS);
    FILE *lists = open_file(world, PATH_LISTS);
    X509 *last = built->all[plan->between_count];
    EVP_PKEY *list_key = plan->list == CHAIN_LIST_FOREIGN ? world->keys.other : NULL;
    bool has_between = plan->between_count > 0 && plan->is_between_anchor;
    if (plan->is_root_anchor) {
        assert_int_equal(PEM_write_X509(anchors, built->all[0]), 1);
        EVP_PKEY *key = list_key == NULL || has_between ? plan->root.key : list_key;
        const char *revoked = has_between ? plan->revoked_between : plan->revoked;
        if (has_between || plan->list != CHAIN_LIST_NONE) {
            write_list(lists, make_list(plan, built->all[0], key, revoked));
        }
    }
    if (has_between) {
        assert_int_equal(PEM_write_X509(anchors, last), 1);
        if (plan->list != CHAIN_LIST_NONE) {
            EVP_PKEY *key = list_key == NULL ? plan->between.key : list_key;
            write_list(lists, make_list(plan, last, key, plan->revoked));
        }
    }
    assert_int_equal(fclose(anchors), 0);
    assert_int_equal(fclose(lists), 0);
}

/* Our own side: its leaf is good, whatever the plan is about. */
static void write_own(const struct chain_world *world, enum tls_side ours) {
    struct chain_plan plan;
    chain_plan_init(world, ours == TLS_SERVER ? TLS_CLIENT : TLS_SERVER, &plan);
    struct built built;
    build_authorities(&plan, &built);
    build_leaf(&plan, &built);
    FILE *file = open_file(world, PATH_OWN);
    assert_int_equal(PEM_write_X509(file, built.all[1]), 1);
    assert_int_equal(fclose(file), 0);
    file = open_file(world, PATH_KEY);
    assert_int_equal(PEM_write_PrivateKey(file, world->keys.leaf, NULL, NULL, 0, NULL, NULL), 1);
    assert_int_equal(fclose(file), 0);
    built_free(&built);
}

/* ---- worlds and plans ---- */

void chain_world_new(struct chain_world *world) {
    *world = (struct chain_world){.dir = "/tmp/lockgate-test-XXXXXX"};
    umask(077);
    assert_non_null(mkdtemp(world->dir));
    world->keys = (struct chain_keys){.root = chain_key_ec("P-256"),
                                      .other = chain_key_ec("P-256"),
                                      .between = chain_key_ec("P-256"),
                                      .leaf = chain_key_ec("P-256")};
}

void chain_world_free(struct chain_world *world) {
    for (int i = 0; i < PATH_COUNT; i++) {
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "%s/%s", world->dir, PATHS[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(world->dir), 0);
    EVP_PKEY_free(world->keys.root);
    EVP_PKEY_free(world->keys.other);
    EVP_PKEY_free(world->keys.between);
    EVP_PKEY_free(world->keys.leaf);
}

static struct chain_spec authority(const char *subject, EVP_PKEY *key) {
    return (struct chain_spec){
        .subject = subject,
        .slots = {[CHAIN_BASIC] = "basicConstraints=critical,CA:TRUE",
                  [CHAIN_USAGE] = "keyUsage=critical,keyCertSign,cRLSign",
                  [CHAIN_SUBJECT_KEY] = "subjectKeyIdentifier=hash",
                  [CHAIN_AUTHORITY_KEY] = "authorityKeyIdentifier=keyid"},
        .key = key,
        .digest = EVP_sha256(),
        .serial = "4096",
        .from_s = CHAIN_NOW - (int64_t)1000 * CHAIN_DAY,
        .until_s = CHAIN_NOW + (int64_t)1000 * CHAIN_DAY,
        .version = 3,
    };
}

void chain_plan_init(const struct chain_world *world, enum tls_side ours, struct chain_plan *plan) {
    bool is_client = ours == TLS_SERVER;
    *plan = (struct chain_plan){
        .ours = ours,
        .root = authority(ROOT, world->keys.root),
        .between = authority("between", world->keys.between),
        .leaf = authority(is_client ? "police cases" : "hub gateway", world->keys.leaf),
        .is_root_anchor = true,
        .list_from_s = CHAIN_NOW - CHAIN_DAY,
        .list_until_s = CHAIN_NOW + CHAIN_DAY,
        .now_s = CHAIN_NOW,
        .dns_name = "gateway.example",
        .uri = "lockgate://bridgewater/hub/gateway",
    };
    const char **slots = plan->leaf.slots;
    slots[CHAIN_BASIC] = "basicConstraints=critical,CA:FALSE";
    slots[CHAIN_USAGE] = "keyUsage=critical,digitalSignature";
    slots[CHAIN_EXTENDED] =
        is_client ? "extendedKeyUsage=critical,clientAuth" : "extendedKeyUsage=critical,serverAuth";
    slots[CHAIN_NAMES] =
        is_client ? "subjectAltName=URI:lockgate://bridgewater/police/cases"
                  : "subjectAltName=URI:lockgate://bridgewater/hub/gateway,DNS:gateway.example";
    plan->leaf.serial = "8191";
    plan->leaf.from_s = CHAIN_NOW - CHAIN_DAY;
    plan->leaf.until_s = CHAIN_NOW + 29 * (int64_t)CHAIN_DAY;
}

/* ---- trying ---- */

static int64_t wall_ms(void *ctx) {
    const int64_t *now_s = ctx;
    return *now_s * 1000;
}

struct files {
    char paths[PATH_COUNT][PATH_SIZE];
    struct tls_files files;
};

static void set_files(const struct chain_world *world, const struct clock *clock,
                      struct files *out) {
    for (int i = 0; i < PATH_COUNT; i++) {
        snprintf(out->paths[i], sizeof out->paths[i], "%s/%s", world->dir, PATHS[i]);
    }
    out->files = (struct tls_files){.certificate = out->paths[PATH_OWN],
                                    .key = out->paths[PATH_KEY],
                                    .anchors = out->paths[PATH_ANCHORS],
                                    .crl = out->paths[PATH_LISTS],
                                    .clock = clock};
}

/* The leaf first, its copies, then those between from the leaf's side on. */
static void show(const struct chain_plan *plan, const struct built *built, struct raw_chain *out) {
    struct span leaf = der_of(built->all[built->count - 1]);
    out->count = 0;
    for (int i = 0; i <= plan->copies; i++) {
        out->certificates[out->count++] = leaf;
    }
    for (int i = plan->between_count; i > 0 && !plan->is_unsent; i--) {
        out->certificates[out->count++] = der_of(built->all[i]);
    }
    if (plan->flips_signature) {
        ((uint8_t *)(uintptr_t)leaf.ptr)[leaf.len - 1] ^= 1;
    }
    out->key = plan->leaf.key;
}

static void shown_free(const struct chain_plan *plan, struct raw_chain *chain) {
    for (size_t i = 0; i < chain->count; i++) {
        bool is_copy = i > 0 && i <= (size_t)plan->copies;
        if (is_copy) {
            continue;
        }
        OPENSSL_free((void *)(uintptr_t)chain->certificates[i].ptr);
    }
}

static void meet(struct tls_context *context, const struct chain_plan *plan,
                 const struct raw_chain *chain, struct chain_verdict *out) {
    struct raw_meeting meeting;
    bool is_client = plan->ours == TLS_CLIENT;
    raw_meeting_new(context, is_client ? plan->dns_name : NULL, is_client ? plan->uri : NULL,
                    &meeting);
    if (is_client) {
        raw_server_answer(&meeting, chain);
    } else {
        assert_true(raw_client_hello(&meeting, NULL));
        raw_client_answer(&meeting, chain);
    }
    out->is_accepted = !lg_failed(meeting.err);
    out->code = out->is_accepted ? 0 : (int)lg_err_code(meeting.err);
    snprintf(out->why, sizeof out->why, "%s", meeting.refusal);
    out->alert = meeting.raw->alert;
    if (out->is_accepted) {
        out->peer = *tls_stream_peer(meeting.ours);
    }
    raw_meeting_free(&meeting);
}

void chain_try(const struct chain_world *world, const struct chain_plan *plan,
               struct chain_verdict *out_verdict) {
    int64_t now_s = CHAIN_NOW;
    struct clock clock = {.wall_ms = wall_ms, .mono_ms = wall_ms, .ctx = &now_s};
    struct tls_context *context = NULL;
    struct diag diag = {0};
    struct built built;
    struct raw_chain chain;
    struct files files;
    *out_verdict = (struct chain_verdict){.alert = -1};
    build_authorities(plan, &built);
    build_leaf(plan, &built);
    write_trust(world, plan, &built);
    write_own(world, plan->ours);
    set_files(world, &clock, &files);
    show(plan, &built, &chain);
    struct lg_err err = tls_context_new(plan->ours, &files.files, &diag, &context);
    if (lg_failed(err)) {
        out_verdict->code = (int)lg_err_code(err);
        snprintf(out_verdict->why, sizeof out_verdict->why, "%s", strstr(diag.text, ".pem: ") + 6);
    } else {
        now_s = plan->now_s;
        meet(context, plan, &chain, out_verdict);
    }
    tls_context_free(&context);
    shown_free(plan, &chain);
    built_free(&built);
    ERR_clear_error();
}

/* ---- sessions ---- */

struct chain_session {
    struct chain_plan plan;
    int64_t now_s;
    struct tls_context *context;
};

struct chain_session *chain_session_open(const struct chain_world *world,
                                         const struct chain_plan *plan) {
    struct chain_session *session = calloc(1, sizeof *session);
    struct diag diag = {0};
    struct built built;
    struct files files;
    assert_non_null(session);
    session->plan = *plan;
    session->now_s = plan->now_s;
    struct clock clock = {.wall_ms = wall_ms, .mono_ms = wall_ms, .ctx = &session->now_s};
    build_authorities(plan, &built);
    write_trust(world, plan, &built);
    write_own(world, plan->ours);
    set_files(world, &clock, &files);
    assert_false(lg_failed(tls_context_new(plan->ours, &files.files, &diag, &session->context)));
    built_free(&built);
    return session;
}

void chain_session_try(const struct chain_session *session, struct span leaf,
                       struct chain_verdict *out_verdict) {
    const struct raw_chain chain = {
        .certificates = {leaf}, .count = 1, .key = session->plan.leaf.key};
    *out_verdict = (struct chain_verdict){.alert = -1};
    meet(session->context, &session->plan, &chain, out_verdict);
    ERR_clear_error();
}

struct tls_context *chain_session_context(const struct chain_session *session) {
    return session->context;
}

void chain_session_close(struct chain_session **session) {
    tls_context_free(&(*session)->context);
    free(*session);
    *session = NULL;
}
