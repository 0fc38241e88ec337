/* SPDX-License-Identifier: Apache-2.0 */
/* ID tokens: one that is right, and every way we know in which one is not. */
#include "tests/unit/signin_fixture.h"

#define KID ",\"kid\":\"key-1\""

/* The claims of a right token, of which one may be another: `value` as JSON, NULL: absent. */
static char *claims_make(const struct signin_world *world, const char *name, const char *value) {
    char text[1024];
    (void)snprintf(text, sizeof text,
                   "{\"iss\":\"https://provider.example\",\"aud\":\"lockgate-console\","
                   "\"exp\":%d,\"iat\":%d,\"auth_time\":%d,\"nonce\":\"%s\",\"sub\":\"user-1\","
                   "\"sid\":\"session-1\",\"name\":\"A SAMPLE\",\"groups\":[\"staff\",\"hub\"]}",
                   SIGNIN_NOW_S + 300, SIGNIN_NOW_S - 1, SIGNIN_NOW_S - 5, world->nonce);
    json_t *claims = json_loads(text, 0, NULL);
    assert_non_null(claims);
    if (name != NULL && value == NULL) {
        assert_int_equal(json_object_del(claims, name), 0);
    } else if (name != NULL) {
        json_t *it = json_loads(value, JSON_DECODE_ANY, NULL);
        assert_non_null(it);
        assert_int_equal(json_object_set_new(claims, name, it), 0);
    }
    char *made = json_dumps(claims, 0);
    json_decref(claims);
    assert_non_null(made);
    return made;
}

static uint16_t check(const struct signin_world *world, const char *token,
                      struct signin_person *out_person) {
    struct lg_err err = signin_id_token_check(world->provider, &world->flow, span_text(token),
                                              SIGNIN_NOW_S, out_person);
    return lg_err_code(err);
}

/* What becomes of a token of these claims, signed as it should be. */
static uint16_t check_claims(const struct signin_world *world, const char *claims) {
    struct signin_person person = {0};
    char *token = signin_sign(world->key, "ES256", KID, claims);
    uint16_t code = check(world, token, &person);
    assert_int_equal(person.user_id[0] == '\0', code != 0);
    free(token);
    return code;
}

static void a_right_token_is_a_person(void **state) {
    const struct signin_world *world = *state;
    struct signin_person person = {0};
    char *claims = claims_make(world, NULL, NULL);
    char *token = signin_sign(world->key, "ES256", KID, claims);
    assert_int_equal(check(world, token, &person), 0);
    assert_string_equal(person.user_id, "user-1");
    assert_string_equal(person.subject, "user-1");
    assert_string_equal(person.sid, "session-1");
    assert_string_equal(person.display_name, "A SAMPLE");
    assert_string_equal(person.role, "coordinator");
    assert_false(person.is_officer);
    assert_int_equal(person.asked_s, SIGNIN_NOW_S - 5);
    free(token);
    free(claims);
}

struct row {
    const char *name;
    const char *value;
    uint16_t code;
};

static const struct row ROWS[] = {
    {"iss", NULL, SIGNIN_TOKEN},
    {"iss", "\"https://other.example\"", SIGNIN_TOKEN},
    {"iss", "\"https://provider.example/\"", SIGNIN_TOKEN},
    {"iss", "[\"https://provider.example\"]", SIGNIN_TOKEN},
    {"aud", NULL, SIGNIN_TOKEN},
    {"aud", "\"other\"", SIGNIN_TOKEN},
    {"aud", "[]", SIGNIN_TOKEN},
    {"aud", "[\"other\"]", SIGNIN_TOKEN},
    {"aud", "[\"lockgate-console\",\"other\"]", SIGNIN_TOKEN},
    {"aud", "[7]", SIGNIN_TOKEN},
    {"aud", "[\"lockgate-console\"]", 0},
    {"azp", "\"other\"", SIGNIN_TOKEN},
    {"azp", "5", SIGNIN_TOKEN},
    {"azp", "\"lockgate-console\"", 0},
    {"exp", NULL, SIGNIN_TOKEN},
    {"exp", "1789999970", SIGNIN_TOKEN},
    {"exp", "1789999971", 0},
    {"exp", "\"1790000300\"", SIGNIN_TOKEN},
    {"exp", "1790000300.5", SIGNIN_TOKEN},
    {"exp", "-1", SIGNIN_TOKEN},
    {"exp", "9223372036854775807", SIGNIN_TOKEN},
    {"iat", NULL, SIGNIN_TOKEN},
    {"iat", "1790000031", SIGNIN_TOKEN},
    {"iat", "1790000030", 0},
    {"iat", "1789999949", SIGNIN_TOKEN}, /* before this sign-in began */
    {"iat", "true", SIGNIN_TOKEN},
    {"nbf", "1790000031", SIGNIN_TOKEN},
    {"nbf", "\"now\"", SIGNIN_TOKEN},
    {"nbf", "1789999990", 0},
    {"nonce", NULL, SIGNIN_TOKEN},
    {"nonce", "\"\"", SIGNIN_TOKEN},
    {"nonce", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"", SIGNIN_TOKEN},
    {"nonce", "5", SIGNIN_TOKEN},
    {"auth_time", NULL, SIGNIN_TOKEN},
    {"auth_time", "\"now\"", SIGNIN_TOKEN},
    {"auth_time", "1790000031", SIGNIN_TOKEN},
    {"auth_time", "1789963969", SIGNIN_STALE}, /* ten hours and the clocks' difference */
    {"auth_time", "1789963970", 0},
    {"sub", NULL, SIGNIN_TOKEN},
    {"sub", "\"\"", SIGNIN_TOKEN},
    {"sub", "5", SIGNIN_TOKEN},
    {"sub", "\"user\\n1\"", SIGNIN_TOKEN},
    {"sub", "\" user-1\"", SIGNIN_PERSON}, /* two people who look like one */
    {"sub", "\"user\\u202e1\"", SIGNIN_TOKEN},
    {"sid", "5", SIGNIN_TOKEN},
    {"sid", NULL, 0},
    {"name", "5", SIGNIN_PERSON},
    {"name", "\"\"", SIGNIN_PERSON},
    {"name", "\"A\\tSAMPLE\"", SIGNIN_PERSON},
    {"name", NULL, 0},
    {"groups", NULL, SIGNIN_ROLE},
    {"groups", "[]", SIGNIN_ROLE},
    {"groups", "[\"visitors\"]", SIGNIN_ROLE},
    {"groups", "[\"Hub\"]", SIGNIN_ROLE},
    {"groups", "[\"hubs\",\"hu\",5,null]", SIGNIN_ROLE},
    {"groups", "{\"hub\":true}", SIGNIN_ROLE},
    {"groups", "\"hub\"", 0},
    {"unknown", "{\"a\":[1,2,3]}", 0},
};

static void claims_are_looked_at_one_by_one(void **state) {
    const struct signin_world *world = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char *claims = claims_make(world, ROWS[i].name, ROWS[i].value);
        uint16_t code = check_claims(world, claims);
        if (code != ROWS[i].code) {
            print_message("%s %s\n", ROWS[i].name, ROWS[i].value == NULL ? "" : ROWS[i].value);
        }
        assert_int_equal(code, ROWS[i].code);
        free(claims);
    }
}

static void long_claims_are_refused(void **state) {
    const struct signin_world *world = *state;
    static const struct row rows[] = {
        {"sub", NULL, SIGNIN_TOKEN}, {"sid", NULL, SIGNIN_TOKEN}, {"name", NULL, SIGNIN_PERSON}};
    char value[300];
    memset(value, 'x', sizeof value);
    value[0] = '"';
    value[sizeof value - 2] = '"';
    value[sizeof value - 1] = '\0';
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *claims = claims_make(world, rows[i].name, value);
        assert_int_equal(check_claims(world, claims), rows[i].code);
        free(claims);
    }
    json_t *many = json_array();
    for (int i = 0; i <= LIMIT_CONSOLE_GROUPS; i++) {
        json_array_append_new(many, json_string("hub"));
    }
    char *text = json_dumps(many, 0);
    char *claims = claims_make(world, "groups", text);
    assert_int_equal(check_claims(world, claims), SIGNIN_TOKEN);
    free(claims);
    free(text);
    json_decref(many);
}

static void the_first_row_that_fits_is_the_role(void **state) {
    const struct signin_world *world = *state;
    struct signin_person person = {0};
    char *claims = claims_make(world, "groups", "[\"workers\",\"hub\",\"governance\"]");
    char *token = signin_sign(world->key, "ES256", KID, claims);
    assert_int_equal(check(world, token, &person), 0);
    assert_string_equal(person.role, "ig-officer");
    assert_true(person.is_officer);
    free(token);
    free(claims);
}

/* Who has to be asked again was asked after the sign-in began, but for the clocks' difference. */
static void a_fresh_sign_in_wants_a_fresh_answer(void **state) {
    struct signin_world *world = *state;
    static const struct row rows[] = {{"auth_time", "1789999949", SIGNIN_STALE},
                                      {"auth_time", "1789999950", 0},
                                      {"auth_time", "1790000000", 0}};
    world->flow.is_fresh = true;
    signin_flow_word(world->provider, &world->flow, SIGNIN_WORD_NONCE, world->nonce);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *claims = claims_make(world, rows[i].name, rows[i].value);
        assert_int_equal(check_claims(world, claims), rows[i].code);
        free(claims);
    }
}

static void claims_are_one_object_without_doubles(void **state) {
    const struct signin_world *world = *state;
    char *claims = claims_make(world, NULL, NULL);
    char text[2048];
    (void)snprintf(text, sizeof text, "{\"iss\":\"https://provider.example\",%s", claims + 1);
    assert_int_equal(check_claims(world, text), SIGNIN_TOKEN);
    (void)snprintf(text, sizeof text, "[%s]", claims);
    assert_int_equal(check_claims(world, text), SIGNIN_TOKEN);
    (void)snprintf(text, sizeof text, "%s%s", claims, claims);
    assert_int_equal(check_claims(world, text), SIGNIN_TOKEN);
    (void)snprintf(text, sizeof text, "%.*s", (int)strlen(claims) - 1, claims);
    assert_int_equal(check_claims(world, text), SIGNIN_TOKEN);
    (void)snprintf(text, sizeof text, "{\"x\":\"\\u0000\",%s", claims + 1);
    assert_int_equal(check_claims(world, text), SIGNIN_TOKEN);
    assert_int_equal(check_claims(world, "\"text\""), SIGNIN_TOKEN);
    free(claims);
}

/* ---- headers ---- */

static void headers_change_nothing(void **state) {
    const struct signin_world *world = *state;
    static const char *const bad[] = {
        ",\"kid\":\"key-3\"",
        ",\"kid\":\"key-2\"",
        ",\"kid\":\"key-1\",\"crit\":[\"exp\"]",
        ",\"kid\":\"key-1\",\"crit\":[]",
        ",\"kid\":\"key-1\",\"b64\":false",
        ",\"kid\":\"key-1\",\"zip\":\"DEF\"",
        ",\"kid\":\"key-1\",\"jku\":\"https://provider.example/jwks\"",
        ",\"kid\":\"key-1\",\"x5u\":\"https://provider.example/x5u\"",
        ",\"kid\":\"key-1\",\"x5c\":[\"AAAA\"]",
        ",\"kid\":\"key-1\",\"jwk\":{\"kty\":\"EC\"}",
        ",\"kid\":\"key-1\",\"typ\":\"at+jwt\"",
        ",\"kid\":\"key-1\",\"typ\":\"logout+jwt\"",
        ",\"kid\":\"key-1\",\"cty\":\"JWT\"",
    };
    static const char *const good[] = {"", ",\"kid\":\"key-1\",\"typ\":\"JWT\"",
                                       ",\"kid\":\"key-1\",\"typ\":\"jwt\",\"x5t\":\"AAAA\""};
    struct signin_person person = {0};
    char *claims = claims_make(world, NULL, NULL);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *token = signin_sign(world->key, "ES256", bad[i], claims);
        assert_int_equal(check(world, token, &person), SIGNIN_TOKEN);
        free(token);
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char *token = signin_sign(world->key, "ES256", good[i], claims);
        assert_int_equal(check(world, token, &person), 0);
        free(token);
    }
    free(claims);
}

static void of_two_keys_the_token_says_which(void **state) {
    struct signin_world *world = *state;
    struct signin_person person = {0};
    struct signin_provider *one = world->provider;
    signin_keys_write(world, true);
    world->provider = NULL;
    signin_provider_open(world);
    signin_flow_word(world->provider, &world->flow, SIGNIN_WORD_NONCE, world->nonce);
    char *claims = claims_make(world, NULL, NULL);
    char *nameless = signin_sign(world->key, "ES256", "", claims);
    char *named = signin_sign(world->other, "ES256", ",\"kid\":\"key-2\"", claims);
    char *misnamed = signin_sign(world->other, "ES256", KID, claims);
    assert_int_equal(check(world, nameless, &person), SIGNIN_TOKEN);
    assert_int_equal(check(world, named, &person), 0);
    assert_int_equal(check(world, misnamed, &person), SIGNIN_TOKEN);
    free(nameless);
    free(named);
    free(misnamed);
    free(claims);
    signin_provider_free(&one);
}

/* HEADER.CLAIMS of these texts. */
static void unsigned_make(const char *header, const char *claims, char out[SIGNIN_TEXT_SIZE]) {
    char part[4096];
    signin_base64url(span_text(header), part);
    int len = snprintf(out, SIGNIN_TEXT_SIZE, "%s.", part);
    signin_base64url(span_text(claims), part);
    (void)snprintf(out + len, (size_t)(SIGNIN_TEXT_SIZE - len), "%s", part);
}

static void one_algorithm_and_no_other(void **state) {
    const struct signin_world *world = *state;
    struct signin_person person = {0};
    char *claims = claims_make(world, NULL, NULL);
    static const char *const headers[] = {
        "{\"alg\":\"none\"}",
        "{\"alg\":\"none\",\"kid\":\"key-1\"}",
        "{\"alg\":\"None\",\"kid\":\"key-1\"}",
        "{\"alg\":\"es256\",\"kid\":\"key-1\"}",
        "{\"alg\":\"\",\"kid\":\"key-1\"}",
        "{\"kid\":\"key-1\"}",
        "{\"alg\":7,\"kid\":\"key-1\"}",
        "{\"alg\":\"ES256\",\"alg\":\"ES256\",\"kid\":\"key-1\"}",
        "[\"ES256\"]",
        "ES256",
        "{\"alg\":\"ES256\"",
    };
    char text[SIGNIN_TEXT_SIZE];
    char whole[SIGNIN_TEXT_SIZE + 128];
    char *right = signin_sign(world->key, "ES256", KID, claims);
    const char *signature = strrchr(right, '.');
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        unsigned_make(headers[i], claims, text);
        assert_int_equal(check(world, text, &person), SIGNIN_TOKEN);
        (void)snprintf(whole, sizeof whole, "%s.", text);
        assert_int_equal(check(world, whole, &person), SIGNIN_TOKEN);
        (void)snprintf(whole, sizeof whole, "%s%s", text, signature);
        assert_int_equal(check(world, whole, &person), SIGNIN_TOKEN);
    }
    free(right);
    free(claims);
}

/* The public key, which everybody has, as the secret of a MAC (RFC 8725, 2.1). */
static void a_public_key_is_no_secret(void **state) {
    const struct signin_world *world = *state;
    struct signin_person person = {0};
    char *claims = claims_make(world, NULL, NULL);
    char *public_key = cjose_jwk_to_json(world->key, false, NULL);
    cjose_jwk_t *secret =
        cjose_jwk_create_oct_spec((const uint8_t *)public_key, strlen(public_key), NULL);
    assert_non_null(secret);
    char *token = signin_sign(secret, "HS256", KID, claims);
    assert_int_equal(check(world, token, &person), SIGNIN_TOKEN);
    free(token);
    cjose_jwk_release(secret);
    cjose_get_dealloc()(public_key);
    free(claims);
}

/* ---- signatures and shapes ---- */

static void a_signature_is_of_the_provider(void **state) {
    const struct signin_world *world = *state;
    struct signin_person person = {0};
    char *claims = claims_make(world, NULL, NULL);
    char *foreign = signin_sign(world->foreign, "ES256", KID, claims);
    assert_int_equal(check(world, foreign, &person), SIGNIN_TOKEN);
    free(foreign);
    char *token = signin_sign(world->key, "ES256", KID, claims);
    /* Any byte of it changed, but for the last digit's unused bits, which are refused as well. */
    for (size_t i = 0; token[i] != '\0'; i++) {
        char held = token[i];
        token[i] = held == 'A' ? 'B' : 'A';
        assert_int_equal(check(world, token, &person), SIGNIN_TOKEN);
        token[i] = held;
    }
    /* And any beginning of it. */
    for (size_t len = strlen(token) - 1; len > 0; len--) {
        struct lg_err err = signin_id_token_check(world->provider, &world->flow,
                                                  span_of(token, len), SIGNIN_NOW_S, &person);
        assert_int_equal(lg_err_code(err), SIGNIN_TOKEN);
    }
    assert_int_equal(check(world, token, &person), 0);
    free(token);
    free(claims);
}

static void a_token_is_three_parts_of_base64(void **state) {
    const struct signin_world *world = *state;
    struct signin_person person = {0};
    char *claims = claims_make(world, NULL, NULL);
    char *token = signin_sign(world->key, "ES256", KID, claims);
    static const char *const around[][2] = {
        {"", "="}, {"", "\n"}, {" ", ""}, {"", ".AAAA"}, {"", ".AAAA.AAAA"}, {".", ""}, {"", "."},
    };
    char text[SIGNIN_TEXT_SIZE];
    for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
        (void)snprintf(text, sizeof text, "%s%s%s", around[i][0], token, around[i][1]);
        assert_int_equal(check(world, text, &person), SIGNIN_TOKEN);
    }
    assert_int_equal(check(world, "", &person), SIGNIN_TOKEN);
    assert_int_equal(check(world, "..", &person), SIGNIN_TOKEN);
    assert_int_equal(check(world, "e30.e30.e30", &person), SIGNIN_TOKEN);
    free(token);
    free(claims);
}

static void a_token_has_a_ceiling(void **state) {
    const struct signin_world *world = *state;
    struct signin_person person = {0};
    char *filler = malloc(LIMIT_CONSOLE_TOKEN);
    assert_non_null(filler);
    memset(filler, 'x', LIMIT_CONSOLE_TOKEN - 1);
    filler[0] = '"';
    filler[LIMIT_CONSOLE_TOKEN - 2] = '"';
    filler[LIMIT_CONSOLE_TOKEN - 1] = '\0';
    char *claims = claims_make(world, "filler", filler);
    char *token = signin_sign(world->key, "ES256", KID, claims);
    assert_int_equal(check(world, token, &person), SIGNIN_TOKEN);
    free(token);
    free(claims);
    free(filler);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, signin_world_open, signin_world_close)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_right_token_is_a_person),
        TEST(claims_are_looked_at_one_by_one),
        TEST(long_claims_are_refused),
        TEST(the_first_row_that_fits_is_the_role),
        TEST(a_fresh_sign_in_wants_a_fresh_answer),
        TEST(claims_are_one_object_without_doubles),
        TEST(headers_change_nothing),
        TEST(of_two_keys_the_token_says_which),
        TEST(one_algorithm_and_no_other),
        TEST(a_public_key_is_no_secret),
        TEST(a_signature_is_of_the_provider),
        TEST(a_token_is_three_parts_of_base64),
        TEST(a_token_has_a_ceiling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
