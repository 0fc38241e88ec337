/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions: how they begin, and each way in which they end; logout tokens. */
#include "tests/unit/signin_fixture.h"

enum { IDLE_MS = 900000, LONGEST_MS = 36000000 };

static struct signin_person person_of(const char *subject, const char *sid) {
    struct signin_person person = {.role = "coordinator", .asked_s = SIGNIN_NOW_S};
    (void)snprintf(person.subject, sizeof person.subject, "%s", subject);
    (void)snprintf(person.sid, sizeof person.sid, "%s", sid);
    (void)snprintf(person.user_id, sizeof person.user_id, "user of %s", subject);
    return person;
}

static int sessions_open(void **state) {
    struct vault_report report;
    struct signin_sessions *sessions = NULL;
    assert_false(lg_failed(vault_init(&report)));
    assert_false(lg_failed(signin_sessions_new(IDLE_MS, LONGEST_MS, &sessions)));
    *state = sessions;
    return 0;
}

static int sessions_close(void **state) {
    struct signin_sessions *sessions = *state;
    signin_sessions_free(&sessions);
    assert_null(sessions);
    return 0;
}

static void begin(struct signin_sessions *sessions, const char *subject, int64_t now_ms,
                  char out_token[static SIGNIN_SECRET_SIZE]) {
    struct signin_person person = person_of(subject, "sid");
    assert_false(lg_failed(signin_session_begin(sessions, &person, now_ms, out_token)));
    assert_int_equal(strlen(out_token), 43);
}

static bool lives(struct signin_sessions *sessions, const char *token, int64_t now_ms, bool used) {
    struct signin_session session = {0};
    return signin_session_find(sessions, span_text(token), now_ms, used, &session);
}

static void a_token_finds_its_person(void **state) {
    struct signin_sessions *sessions = *state;
    char token[SIGNIN_SECRET_SIZE];
    struct signin_session session = {0};
    begin(sessions, "one", 1000, token);
    assert_true(signin_session_find(sessions, span_text(token), 2000, false, &session));
    assert_string_equal(session.person.user_id, "user of one");
    assert_string_equal(session.person.role, "coordinator");
    assert_int_equal(session.idle_left_ms, IDLE_MS - 1000);
    assert_int_equal(session.left_ms, LONGEST_MS - 1000);
}

static void other_tokens_find_nobody(void **state) {
    struct signin_sessions *sessions = *state;
    char token[SIGNIN_SECRET_SIZE];
    begin(sessions, "one", 0, token);
    for (size_t i = 0; i < 43; i++) {
        char held = token[i];
        token[i] = held == 'A' ? 'B' : 'A';
        assert_false(lives(sessions, token, 0, true));
        token[i] = held;
    }
    for (size_t len = 0; len < 43; len++) {
        struct signin_session session = {0};
        assert_false(signin_session_find(sessions, span_of(token, len), 0, true, &session));
    }
    assert_false(lives(sessions, NULL, 0, true));
    assert_false(lives(sessions, "", 0, true));
    assert_true(lives(sessions, token, 0, true));
}

static void who_does_nothing_is_signed_out(void **state) {
    struct signin_sessions *sessions = *state;
    char token[SIGNIN_SECRET_SIZE];
    begin(sessions, "one", 0, token);
    assert_true(lives(sessions, token, IDLE_MS - 1, false));
    assert_false(lives(sessions, token, IDLE_MS, true));
    /* It does not come back with an earlier time. */
    assert_false(lives(sessions, token, 0, true));
    begin(sessions, "one", 0, token);
    assert_true(lives(sessions, token, IDLE_MS - 1, true));
    assert_true(lives(sessions, token, 2 * IDLE_MS - 2, false));
    assert_false(lives(sessions, token, 2 * IDLE_MS - 1, false));
}

static void the_day_ends_whatever_is_done(void **state) {
    struct signin_sessions *sessions = *state;
    struct signin_session session = {0};
    char token[SIGNIN_SECRET_SIZE];
    begin(sessions, "one", 0, token);
    for (int64_t now_ms = 0; now_ms < LONGEST_MS; now_ms += IDLE_MS / 2) {
        assert_true(signin_session_find(sessions, span_text(token), now_ms, true, &session));
        assert_int_equal(session.idle_left_ms, IDLE_MS);
    }
    assert_true(lives(sessions, token, LONGEST_MS - 1, true));
    assert_false(lives(sessions, token, LONGEST_MS, true));
}

static void sign_out_ends_one(void **state) {
    struct signin_sessions *sessions = *state;
    char first[SIGNIN_SECRET_SIZE];
    char second[SIGNIN_SECRET_SIZE];
    begin(sessions, "one", 0, first);
    begin(sessions, "one", 0, second);
    assert_string_not_equal(first, second);
    assert_true(signin_session_end(sessions, span_text(first)));
    assert_false(signin_session_end(sessions, span_text(first)));
    assert_false(lives(sessions, first, 0, true));
    assert_true(lives(sessions, second, 0, true));
}

static void the_oldest_of_a_person_gives_way(void **state) {
    struct signin_sessions *sessions = *state;
    char tokens[LIMIT_CONSOLE_SESSIONS_USER + 1][SIGNIN_SECRET_SIZE];
    char other[SIGNIN_SECRET_SIZE];
    begin(sessions, "other", 0, other);
    for (int i = 0; i <= LIMIT_CONSOLE_SESSIONS_USER; i++) {
        begin(sessions, "one", 10 + i, tokens[i]);
    }
    assert_false(lives(sessions, tokens[0], 20, true));
    for (int i = 1; i <= LIMIT_CONSOLE_SESSIONS_USER; i++) {
        assert_true(lives(sessions, tokens[i], 20, true));
    }
    assert_true(lives(sessions, other, 20, true));
}

static void a_full_table_takes_nobody_more(void **state) {
    struct signin_sessions *sessions = *state;
    char first[SIGNIN_SECRET_SIZE];
    char token[SIGNIN_SECRET_SIZE];
    char subject[32];
    for (int i = 0; i < LIMIT_CONSOLE_SESSIONS; i++) {
        (void)snprintf(subject, sizeof subject, "subject %d", i);
        begin(sessions, subject, i, i == 0 ? first : token);
    }
    struct signin_person person = person_of("one more", "");
    struct lg_err err = signin_session_begin(sessions, &person, LIMIT_CONSOLE_SESSIONS, token);
    assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
    assert_int_equal(lg_err_code(err), SIGNIN_FULL);
    assert_true(lives(sessions, first, LIMIT_CONSOLE_SESSIONS, false));
    /* A place that time gave back is a place. */
    assert_false(lg_failed(signin_session_begin(sessions, &person, IDLE_MS, token)));
    assert_true(lives(sessions, token, IDLE_MS, true));
    assert_int_equal(signin_sessions_count(sessions, IDLE_MS), LIMIT_CONSOLE_SESSIONS);
    assert_int_equal(signin_sessions_count(sessions, 3 * (int64_t)IDLE_MS), 0);
}

/* ---- others end them ---- */

static void a_stopped_person_loses_all(void **state) {
    struct signin_sessions *sessions = *state;
    char tokens[3][SIGNIN_SECRET_SIZE];
    begin(sessions, "one", 0, tokens[0]);
    begin(sessions, "one", 0, tokens[1]);
    begin(sessions, "two", 0, tokens[2]);
    assert_int_equal(signin_sessions_end_user(sessions, "user of one"), 2);
    assert_int_equal(signin_sessions_end_user(sessions, "user of one"), 0);
    assert_false(lives(sessions, tokens[0], 0, true));
    assert_false(lives(sessions, tokens[1], 0, true));
    assert_true(lives(sessions, tokens[2], 0, true));
}

static struct signin_logout logout_of(const char *subject, const char *sid, uint8_t jti) {
    struct signin_logout logout = {.jti = {jti}};
    (void)snprintf(logout.subject, sizeof logout.subject, "%s", subject);
    (void)snprintf(logout.sid, sizeof logout.sid, "%s", sid);
    return logout;
}

static void a_logout_ends_what_it_names(void **state) {
    struct signin_sessions *sessions = *state;
    static const struct {
        const char *subject;
        const char *sid;
        size_t count;
    } rows[] = {{"one", "", 2}, {"one", "a", 1}, {"", "a", 2}, {"two", "b", 0}, {"three", "", 0}};
    static const char *const people[][2] = {{"one", "a"}, {"one", "b"}, {"two", "a"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char token[SIGNIN_SECRET_SIZE];
        size_t count = 99;
        for (size_t j = 0; j < sizeof people / sizeof *people; j++) {
            struct signin_person person = person_of(people[j][0], people[j][1]);
            assert_false(lg_failed(signin_session_begin(sessions, &person, 0, token)));
        }
        struct signin_logout logout = logout_of(rows[i].subject, rows[i].sid, (uint8_t)i);
        assert_true(signin_sessions_logout(sessions, &logout, 0, &count));
        assert_int_equal(count, rows[i].count);
        assert_int_equal(signin_sessions_count(sessions, 0), 3 - rows[i].count);
        assert_int_equal(signin_sessions_count(sessions, IDLE_MS), 0);
    }
}

static void a_logout_counts_once(void **state) {
    struct signin_sessions *sessions = *state;
    char token[SIGNIN_SECRET_SIZE];
    size_t count = 0;
    struct signin_logout logout = logout_of("one", "", 7);
    assert_true(signin_sessions_logout(sessions, &logout, 0, &count));
    begin(sessions, "one", 1, token);
    assert_false(signin_sessions_logout(sessions, &logout, 2, &count));
    assert_int_equal(count, 0);
    assert_true(lives(sessions, token, 3, true));
    /* So many others do not make it new, while its token counts. */
    for (int i = 0; i < LIMIT_CONSOLE_LOGOUTS - 1; i++) {
        struct signin_logout other = logout_of("nobody", "", 8);
        memcpy(other.jti + 4, &i, sizeof i);
        assert_true(signin_sessions_logout(sessions, &other, 4, &count));
    }
    assert_false(signin_sessions_logout(sessions, &logout, 5, &count));
}

/* ---- logout tokens ---- */

#define EVENTS "{\"http://schemas.openid.net/event/backchannel-logout\":{}}"

static char *claims_make(const char *name, const char *value) {
    char text[1024];
    (void)snprintf(text, sizeof text,
                   "{\"iss\":\"https://provider.example\",\"aud\":\"lockgate-console\",\"iat\":%d,"
                   "\"exp\":%d,\"jti\":\"one\",\"sub\":\"user-1\",\"sid\":\"session-1\","
                   "\"events\":" EVENTS "}",
                   SIGNIN_NOW_S - 1, SIGNIN_NOW_S + 100);
    json_t *claims = json_loads(text, 0, NULL);
    assert_non_null(claims);
    if (name != NULL && value == NULL) {
        assert_int_equal(json_object_del(claims, name), 0);
    } else if (name != NULL) {
        assert_int_equal(
            json_object_set_new(claims, name, json_loads(value, JSON_DECODE_ANY, NULL)), 0);
    }
    char *made = json_dumps(claims, 0);
    json_decref(claims);
    return made;
}

static bool is_taken(const struct signin_world *world, const char *more, const char *claims,
                     struct signin_logout *out_logout) {
    char *token = signin_sign(world->key, "ES256", more, claims);
    struct lg_err err =
        signin_logout_check(world->provider, span_text(token), SIGNIN_NOW_S, out_logout);
    free(token);
    return !lg_failed(err);
}

static void a_right_logout_token_is_taken(void **state) {
    const struct signin_world *world = *state;
    struct signin_logout logout = {0};
    char *claims = claims_make(NULL, NULL);
    assert_true(is_taken(world, ",\"typ\":\"logout+jwt\"", claims, &logout));
    assert_string_equal(logout.subject, "user-1");
    assert_string_equal(logout.sid, "session-1");
    assert_true(is_taken(world, "", claims, &logout));
    assert_false(is_taken(world, ",\"typ\":\"at+jwt\"", claims, &logout));
    free(claims);
}

static void logout_tokens_are_looked_at(void **state) {
    const struct signin_world *world = *state;
    static const struct {
        const char *name;
        const char *value;
        bool is_good;
    } rows[] = {
        {"iss", "\"https://other.example\"", false},
        {"aud", "\"other\"", false},
        {"iat", NULL, false},
        {"iat", "1789999879", false},
        {"iat", "1789999880", true},
        {"iat", "1790000031", false},
        {"exp", "1789999970", false},
        {"exp", NULL, true},
        {"exp", "\"x\"", false},
        {"jti", NULL, false},
        {"jti", "5", false},
        {"jti", "\"\"", false},
        {"events", NULL, false},
        {"events", "{}", false},
        {"events", "[\"http://schemas.openid.net/event/backchannel-logout\"]", false},
        {"events", "{\"http://schemas.openid.net/event/backchannel-logout\":true}", false},
        {"events", "{\"http://schemas.openid.net/event/other\":{}}", false},
        {"nonce", "\"x\"", false}, /* no ID token passes for one */
        {"sub", NULL, true},
        {"sid", NULL, true},
        {"sub", "5", false},
        {"sid", "\"\"", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct signin_logout logout = {0};
        char *claims = claims_make(rows[i].name, rows[i].value);
        assert_int_equal(is_taken(world, "", claims, &logout), rows[i].is_good);
        free(claims);
    }
    struct signin_logout logout = {0};
    assert_false(is_taken(world, "",
                          "{\"iss\":\"https://provider.example\",\"aud\":\"lockgate-console\","
                          "\"iat\":1790000000,\"jti\":\"one\",\"events\":" EVENTS "}",
                          &logout));
}

#define SESSIONS(name) cmocka_unit_test_setup_teardown(name, sessions_open, sessions_close)
#define TOKENS(name) cmocka_unit_test_setup_teardown(name, signin_world_open, signin_world_close)

int main(void) {
    const struct CMUnitTest tests[] = {
        SESSIONS(a_token_finds_its_person),
        SESSIONS(other_tokens_find_nobody),
        SESSIONS(who_does_nothing_is_signed_out),
        SESSIONS(the_day_ends_whatever_is_done),
        SESSIONS(sign_out_ends_one),
        SESSIONS(the_oldest_of_a_person_gives_way),
        SESSIONS(a_full_table_takes_nobody_more),
        SESSIONS(a_stopped_person_loses_all),
        SESSIONS(a_logout_ends_what_it_names),
        SESSIONS(a_logout_counts_once),
        TOKENS(a_right_logout_token_is_taken),
        TOKENS(logout_tokens_are_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
