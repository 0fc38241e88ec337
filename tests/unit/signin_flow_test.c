/* SPDX-License-Identifier: Apache-2.0 */
/* There and back: what the browser is sent with, and what it has to bring back; what is read of the
 * provider at the start. */
#include "tests/unit/signin_fixture.h"

struct trip {
    char cookie[SIGNIN_COOKIE_SIZE];
    char url[SIGNIN_URL_SIZE];
    char state[SIGNIN_SECRET_SIZE];
};

static void set_out(struct signin_world *world, struct trip *trip) {
    assert_false(
        lg_failed(signin_flow_begin(world->provider, &world->flow, trip->cookie, trip->url)));
    signin_flow_word(world->provider, &world->flow, SIGNIN_WORD_STATE, trip->state);
}

/* Where it ends: the code, or what is wrong. */
static uint16_t come_back(const struct signin_world *world, const char *cookie, const char *query,
                          char *out_code) {
    struct arena *arena = NULL;
    struct signin_flow flow = {0};
    struct span code = {0};
    const struct signin_return back = {
        .cookie = span_text(cookie), .query = span_text(query), .now_s = SIGNIN_NOW_S};
    assert_false(lg_failed(arena_new(65536, &arena)));
    struct lg_err err = signin_flow_read(world->provider, &back, arena, &flow, &code);
    if (!lg_failed(err)) {
        assert_memory_equal(flow.seed, world->flow.seed, sizeof flow.seed);
        assert_int_equal(flow.page, world->flow.page);
        assert_int_equal(flow.started_s, world->flow.started_s);
        assert_int_equal(flow.is_fresh, world->flow.is_fresh);
        (void)snprintf(out_code, 64, "%.*s", (int)code.len, (const char *)code.ptr);
    }
    arena_free(&arena);
    return lg_err_code(err);
}

static void the_way_there_says_what_it_must(void **state) {
    struct signin_world *world = *state;
    struct trip trip;
    set_out(world, &trip);
    static const char *const parts[] = {
        "https://provider.example/auth?response_type=code&client_id=lockgate-console&",
        "&redirect_uri=https%3A%2F%2Fconsole.example%2Fsign-in%2Freturn&",
        "&scope=openid&",
        "&code_challenge_method=S256&",
        "&max_age=36000",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        assert_non_null(strstr(trip.url, parts[i]));
    }
    assert_null(strstr(trip.url, "prompt="));
    char word[SIGNIN_SECRET_SIZE];
    for (enum signin_word i = SIGNIN_WORD_STATE; i <= SIGNIN_WORD_NONCE; i++) {
        signin_flow_word(world->provider, &world->flow, i, word);
        assert_int_equal(strlen(word), 43);
        assert_non_null(strstr(trip.url, word));
    }
    /* The verifier stays here; its digest goes there (RFC 7636, 4.2). */
    uint8_t digest[VAULT_SHA256_SIZE];
    char challenge[SIGNIN_SECRET_SIZE];
    signin_flow_word(world->provider, &world->flow, SIGNIN_WORD_VERIFIER, word);
    assert_null(strstr(trip.url, word));
    assert_null(strstr(trip.cookie, word));
    vault_sha256(span_text(word), digest);
    signin_base64url(span_of(digest, sizeof digest), challenge);
    assert_non_null(strstr(trip.url, challenge));
    world->flow.is_fresh = true;
    set_out(world, &trip);
    assert_non_null(strstr(trip.url, "&max_age=0&prompt=login"));
}

static void no_two_flows_share_a_word(void **state) {
    struct signin_world *world = *state;
    char words[6][SIGNIN_SECRET_SIZE];
    struct trip trip;
    for (int i = 0; i < 2; i++) {
        set_out(world, &trip);
        for (enum signin_word j = SIGNIN_WORD_STATE; j <= SIGNIN_WORD_VERIFIER; j++) {
            signin_flow_word(world->provider, &world->flow, j, words[3 * i + (int)j]);
        }
    }
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(words[i], words[j]);
        }
    }
}

static void the_right_way_back_has_its_code(void **state) {
    struct signin_world *world = *state;
    struct trip trip;
    char query[512];
    char code[64];
    set_out(world, &trip);
    (void)snprintf(query, sizeof query, "code=a%%2Bb%%20c+d&state=%s&session_state=x", trip.state);
    assert_int_equal(come_back(world, trip.cookie, query, code), 0);
    assert_string_equal(code, "a+b c d");
    (void)snprintf(query, sizeof query, "state=%s&iss=https%%3A%%2F%%2Fprovider.example&code=x",
                   trip.state);
    assert_int_equal(come_back(world, trip.cookie, query, code), 0);
    assert_string_equal(code, "x");
}

static void any_other_way_back_is_none(void **state) {
    struct signin_world *world = *state;
    struct trip trip;
    set_out(world, &trip);
    static const char *const forms[] = {
        "state=%s",
        "code=&state=%s",
        "code=x",
        "",
        "code=x&code=y&state=%s",
        "code=x&state=%s&state=%s",
        "code=x&state=%sA",
        "code=x&state=",
        "code=x&state=%s&error=access_denied",
        "error=access_denied&state=%s",
        "code=x&state=%s&iss=https%%3A%%2F%%2Fother.example",
        "code=x&state=%s&iss=",
        "code=%%zz&state=%s",
        "code=%%4&state=%s",
        "code=x&State=%s",
    };
    char query[512];
    char code[64];
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        /* Each form is ours. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
        (void)snprintf(query, sizeof query, forms[i], trip.state, trip.state);
#pragma GCC diagnostic pop
        assert_int_equal(come_back(world, trip.cookie, query, code), SIGNIN_RETURN);
    }
    char *longest = malloc(LIMIT_CONSOLE_CODE + 256);
    assert_non_null(longest);
    memset(longest, 'x', LIMIT_CONSOLE_CODE + 8);
    memcpy(longest, "code=", 5);
    (void)snprintf(longest + LIMIT_CONSOLE_CODE + 8, 128, "&state=%s", trip.state);
    assert_int_equal(come_back(world, trip.cookie, longest, code), SIGNIN_RETURN);
    free(longest);
}

static void a_cookie_is_ours_or_none(void **state) {
    struct signin_world *world = *state;
    struct trip trip;
    char query[128];
    char code[64];
    set_out(world, &trip);
    (void)snprintf(query, sizeof query, "code=x&state=%s", trip.state);
    assert_int_equal(come_back(world, NULL, query, code), SIGNIN_RETURN);
    assert_int_equal(come_back(world, "", query, code), SIGNIN_RETURN);
    for (size_t i = 0; trip.cookie[i] != '\0'; i++) {
        char held = trip.cookie[i];
        trip.cookie[i] = held == 'A' ? 'B' : 'A';
        assert_int_equal(come_back(world, trip.cookie, query, code), SIGNIN_RETURN);
        trip.cookie[i] = held;
    }
    assert_int_equal(come_back(world, trip.cookie, query, code), 0);
    /* Another browser's cookie goes with another state. */
    struct trip other;
    set_out(world, &other);
    assert_int_equal(come_back(world, other.cookie, query, code), SIGNIN_RETURN);
    /* So does one from before a restart. */
    struct signin_provider *before = world->provider;
    world->provider = NULL;
    signin_provider_open(world);
    assert_int_equal(come_back(world, trip.cookie, query, code), SIGNIN_RETURN);
    signin_provider_free(&before);
}

static void a_trip_has_ten_minutes(void **state) {
    struct signin_world *world = *state;
    static const struct {
        int64_t started_s;
        uint16_t code;
    } rows[] = {{SIGNIN_NOW_S - LIMIT_CONSOLE_RETURN_S, 0},
                {SIGNIN_NOW_S - LIMIT_CONSOLE_RETURN_S - 1, SIGNIN_RETURN},
                {SIGNIN_NOW_S, 0},
                {SIGNIN_NOW_S + 1, SIGNIN_RETURN}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct trip trip;
        char query[128];
        char code[64];
        world->flow.started_s = rows[i].started_s;
        set_out(world, &trip);
        (void)snprintf(query, sizeof query, "code=x&state=%s", trip.state);
        assert_int_equal(come_back(world, trip.cookie, query, code), rows[i].code);
    }
}

static void short_memory_leads_nowhere(void **state) {
    struct signin_world *world = *state;
    bool is_over = false;
    for (uint64_t n = 1; !is_over; n++) {
        struct trip trip;
        support_alloc_fail_at(n);
        struct lg_err err = signin_flow_begin(world->provider, &world->flow, trip.cookie, trip.url);
        is_over = support_alloc_seen() < n;
        support_alloc_fail_at(0);
        assert_int_equal(lg_err_class(err), is_over ? 0 : LG_CLASS_LIMIT);
        assert_true(n < 1000);
    }
    struct signin_sessions *sessions = NULL;
    support_alloc_fail_at(1);
    struct lg_err err = signin_sessions_new(1, 1, &sessions);
    support_alloc_fail_at(0);
    assert_int_equal(lg_failed(err), sessions == NULL);
    signin_sessions_free(&sessions);
}

/* ---- texts ---- */

static void base64_is_that_of_the_rfc(void **state) {
    (void)state;
    static const char *const plain[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
    static const char *const coded[] = {"", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFy"};
    static const char *const bad[] = {
        "Z", "Zh", "Zm9", "Zg=", "Zg==", "Zm+v", "Zm/v", "Zm9vY", " Zg"};
    struct arena *arena = NULL;
    struct span bytes = {0};
    char text[64];
    assert_false(lg_failed(arena_new(65536, &arena)));
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        signin_base64url(span_text(plain[i]), text);
        assert_string_equal(text, coded[i]);
        assert_false(lg_failed(signin_base64url_read(span_text(coded[i]), arena, &bytes)));
        assert_true(span_equal_text(bytes, plain[i]));
    }
    signin_base64url(span_of("\xfb\xff\xfe", 3), text);
    assert_string_equal(text, "-__-");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_true(lg_failed(signin_base64url_read(span_text(bad[i]), arena, &bytes)));
    }
    arena_free(&arena);
}

/* ---- what is read at the start ---- */

/* What is said of a set of keys, or NULL where it is taken. */
static const char *keys_say(struct signin_world *world, const char *text, struct diag *diag) {
    struct signin_provider *provider = NULL;
    *diag = (struct diag){0};
    signin_file_write(world->keys, text);
    struct lg_err err =
        signin_provider_new(&world->config, "https://console.example", diag, &provider);
    signin_provider_free(&provider);
    return lg_failed(err) ? diag->text : NULL;
}

static void keys_are_public_and_of_the_algorithm(void **state) {
    struct signin_world *world = *state;
    struct diag diag;
    char text[8192];
    char *public_key = cjose_jwk_to_json(world->key, false, NULL);
    char *private_key = cjose_jwk_to_json(world->key, true, NULL);
    static const char *const bad[] = {"",
                                      "[]",
                                      "{}",
                                      "{\"keys\":{}}",
                                      "{\"keys\":[]}",
                                      "{\"keys\":[5]}",
                                      "{\"keys\":[],\"keys\":[]}",
                                      "{\"keys\":[{\"kty\":\"oct\"}]}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_non_null(keys_say(world, bad[i], &diag));
    }
    (void)snprintf(text, sizeof text, "{\"keys\":[%s]}", private_key);
    assert_non_null(strstr(keys_say(world, text, &diag), "secret key"));
    (void)snprintf(text, sizeof text, "{\"keys\":[%s,%s]}", public_key, public_key);
    assert_non_null(strstr(keys_say(world, text, &diag), "kid"));
    (void)snprintf(text, sizeof text, "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"},%s]}",
                   public_key);
    assert_non_null(strstr(keys_say(world, text, &diag), "secret key"));
    /* What is for something else is passed over. */
    (void)snprintf(text, sizeof text, "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\"},%s]}",
                   public_key);
    assert_null(keys_say(world, text, &diag));
    world->config.algorithm = "ES384";
    assert_non_null(strstr(keys_say(world, text, &diag), "size"));
    world->config.algorithm = "RS256";
    assert_non_null(strstr(keys_say(world, text, &diag), "no key for the configured algorithm"));
    world->config.algorithm = "ES256";
    cjose_get_dealloc()(public_key);
    cjose_get_dealloc()(private_key);
}

static void small_rsa_keys_are_refused(void **state) {
    struct signin_world *world = *state;
    struct diag diag;
    char text[8192];
    world->config.algorithm = "RS256";
    static const size_t bits[] = {1024, 2048};
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
        cjose_jwk_t *key = cjose_jwk_create_RSA_random(bits[i], NULL, 0, NULL);
        assert_non_null(key);
        char *public_key = cjose_jwk_to_json(key, false, NULL);
        (void)snprintf(text, sizeof text, "{\"keys\":[%s]}", public_key);
        const char *said = keys_say(world, text, &diag);
        assert_int_equal(said == NULL, bits[i] >= 2048);
        cjose_get_dealloc()(public_key);
        cjose_jwk_release(key);
    }
}

static void the_secret_is_private_and_a_line(void **state) {
    struct signin_world *world = *state;
    struct diag diag = {0};
    struct signin_provider *provider = NULL;
    assert_string_equal(world->provider->secret, "synthetic secret");
    assert_int_equal(chmod(world->secret, 0644), 0);
    assert_true(lg_failed(signin_provider_new(&world->config, "https://x", &diag, &provider)));
    static const char *const bad[] = {"", "\n", "caf\xc3\xa9\n", "a\nb"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        signin_file_write(world->secret, bad[i]);
        assert_true(lg_failed(signin_provider_new(&world->config, "https://x", &diag, &provider)));
    }
    signin_file_write(world->secret, "synthetic secret");
    assert_int_equal(unlink(world->anchors), 0);
    assert_true(lg_failed(signin_provider_new(&world->config, "https://x", &diag, &provider)));
    assert_non_null(strstr(diag.text, "CA certificates"));
    assert_null(provider);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, signin_world_open, signin_world_close)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_way_there_says_what_it_must),
        TEST(no_two_flows_share_a_word),
        TEST(the_right_way_back_has_its_code),
        TEST(any_other_way_back_is_none),
        TEST(a_cookie_is_ours_or_none),
        TEST(a_trip_has_ten_minutes),
        TEST(short_memory_leads_nowhere),
        TEST(base64_is_that_of_the_rfc),
        TEST(keys_are_public_and_of_the_algorithm),
        TEST(small_rsa_keys_are_refused),
        TEST(the_secret_is_private_and_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
