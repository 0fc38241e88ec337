/* SPDX-License-Identifier: Apache-2.0 */
/* A provider that the test is: its keys are made here, and it signs whatever is wanted. */
#ifndef TESTS_UNIT_SIGNIN_FIXTURE_H
#define TESTS_UNIT_SIGNIN_FIXTURE_H

#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/signin/signin_int.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { SIGNIN_NOW_S = 1790000000, SIGNIN_TEXT_SIZE = 32768 };

struct signin_world {
    char folder[64];
    char secret[96];
    char keys[96];
    char anchors[96];
    struct config_console_role roles[3];
    struct config_sign_in config;
    cjose_jwk_t *key;     /* "key-1", in the set */
    cjose_jwk_t *other;   /* "key-2", in the set where the test wants two */
    cjose_jwk_t *foreign; /* of nobody */
    struct signin_provider *provider;
    struct signin_flow flow;
    char nonce[SIGNIN_SECRET_SIZE];
};

static inline cjose_jwk_t *signin_key_make(const char *kid) {
    cjose_jwk_t *key = cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, NULL);
    assert_non_null(key);
    assert_true(cjose_jwk_set_kid(key, kid, strlen(kid), NULL));
    return key;
}

static inline void signin_file_write(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

static inline void signin_keys_write(const struct signin_world *world, bool has_both) {
    char text[4096];
    char *first = cjose_jwk_to_json(world->key, false, NULL);
    char *second = cjose_jwk_to_json(world->other, false, NULL);
    (void)snprintf(text, sizeof text, "{\"keys\":[%s%s%s]}", first, has_both ? "," : "",
                   has_both ? second : "");
    signin_file_write(world->keys, text);
    cjose_get_dealloc()(first);
    cjose_get_dealloc()(second);
}

static inline void signin_provider_open(struct signin_world *world) {
    struct diag diag = {0};
    struct lg_err err =
        signin_provider_new(&world->config, "https://console.example", &diag, &world->provider);
    if (lg_failed(err)) {
        print_message("%s\n", diag.text);
    }
    assert_false(lg_failed(err));
}

static inline int signin_world_open(void **state) {
    struct vault_report report;
    struct signin_world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    assert_false(lg_failed(vault_init(&report)));
    (void)snprintf(world->folder, sizeof world->folder, "/tmp/lockgate-signin-XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    (void)snprintf(world->secret, sizeof world->secret, "%s/secret", world->folder);
    (void)snprintf(world->keys, sizeof world->keys, "%s/keys.json", world->folder);
    (void)snprintf(world->anchors, sizeof world->anchors, "%s/ca.pem", world->folder);
    world->roles[0] = (struct config_console_role){"governance", "ig-officer", true};
    world->roles[1] = (struct config_console_role){"hub", "coordinator", false};
    world->roles[2] = (struct config_console_role){"workers", "social-worker", false};
    world->config = (struct config_sign_in){
        .issuer = "https://provider.example",
        .authorization = "https://provider.example/auth",
        .token = "https://provider.example/token",
        .anchors = world->anchors,
        .client = "lockgate-console",
        .secret = world->secret,
        .algorithm = "ES256",
        .keys = world->keys,
        .groups_claim = "groups",
        .roles = world->roles,
        .role_count = 3,
    };
    world->key = signin_key_make("key-1");
    world->other = signin_key_make("key-2");
    world->foreign = signin_key_make("key-1");
    signin_file_write(world->secret, "synthetic secret\n");
    signin_file_write(world->anchors, "");
    signin_keys_write(world, false);
    signin_provider_open(world);
    world->flow = (struct signin_flow){.page = 3, .started_s = SIGNIN_NOW_S - 20};
    vault_random(world->flow.seed, sizeof world->flow.seed);
    signin_flow_word(world->provider, &world->flow, SIGNIN_WORD_NONCE, world->nonce);
    *state = world;
    return 0;
}

static inline int signin_world_close(void **state) {
    struct signin_world *world = *state;
    signin_provider_free(&world->provider);
    cjose_jwk_release(world->key);
    cjose_jwk_release(world->other);
    cjose_jwk_release(world->foreign);
    (void)unlink(world->secret);
    (void)unlink(world->keys);
    (void)unlink(world->anchors);
    assert_int_equal(rmdir(world->folder), 0);
    free(world);
    return 0;
}

/* A token over these claims, by the library, as an honest provider makes it. `more`: of the header,
 * as JSON members behind alg, each with its comma, or "". */
static inline char *signin_sign(cjose_jwk_t *key, const char *algorithm, const char *more,
                                const char *claims) {
    char text[1024];
    const char *token = NULL;
    cjose_err fault;
    (void)snprintf(text, sizeof text, "{\"alg\":\"%s\"%s}", algorithm, more);
    json_t *header = json_loads(text, 0, NULL);
    assert_non_null(header);
    cjose_jws_t *jws = cjose_jws_sign(key, (cjose_header_t *)header, (const uint8_t *)claims,
                                      strlen(claims), &fault);
    assert_non_null(jws);
    assert_true(cjose_jws_export(jws, &token, NULL));
    char *copy = strdup(token);
    assert_non_null(copy);
    cjose_jws_release(jws);
    json_decref(header);
    return copy;
}

#endif
