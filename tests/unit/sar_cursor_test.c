/* SPDX-License-Identifier: Apache-2.0 */
/* A report goes on for whoever began it, for ten minutes. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "gateway/sar/cursor.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const int64_t NOW_MS = 1788220800000;

static struct sar_cursor cursor_of(const char *agency, const char *user_id, uint64_t number) {
    return (struct sar_cursor){
        .agency = span_text(agency), .user_id = span_text(user_id), .number = number};
}

static bool reads(struct vault_key *key, const uint8_t *bytes, struct sar_cursor who,
                  int64_t now_ms) {
    return sar_cursor_read(key, span_of(bytes, SAR_CURSOR_SIZE), now_ms, &who);
}

static void it_is_of_one_officer_one_request_and_ten_minutes(void **state) {
    OWN(vault_key_free) struct vault_key *key = NULL;
    OWN(vault_key_free) struct vault_key *other = NULL;
    struct sar_cursor mine = cursor_of("police", "ig-1", 40);
    struct sar_cursor read = mine;
    uint8_t bytes[SAR_CURSOR_SIZE];
    (void)state;
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SECRET, &key)));
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SECRET, &other)));
    mine.position = 900;
    mine.until_ms = NOW_MS + SAR_CURSOR_MS;
    assert_true(sar_cursor_write(key, &mine, bytes));
    assert_true(sar_cursor_read(key, span_of(bytes, sizeof bytes), NOW_MS, &read));
    assert_true(read.position == 900 && read.until_ms == mine.until_ms);
    assert_true(reads(key, bytes, mine, NOW_MS + SAR_CURSOR_MS - 1));
    assert_false(reads(key, bytes, mine, NOW_MS + SAR_CURSOR_MS));
    assert_false(reads(key, bytes, cursor_of("police", "ig-2", 40), NOW_MS));
    assert_false(reads(key, bytes, cursor_of("housing", "ig-1", 40), NOW_MS));
    assert_false(reads(key, bytes, cursor_of("policei", "g-1", 40), NOW_MS));
    assert_false(reads(key, bytes, cursor_of("police", "ig-1", 41), NOW_MS));
    assert_false(reads(other, bytes, mine, NOW_MS));
    for (size_t i = 0; i < sizeof bytes; i++) { /* neither place, nor time, nor code is changed */
        bytes[i] ^= 1;
        assert_false(reads(key, bytes, mine, NOW_MS));
        bytes[i] ^= 1;
    }
    for (size_t len = 0; len < sizeof bytes; len++) {
        assert_false(sar_cursor_read(key, span_of(bytes, len), NOW_MS, &read));
    }
}

static void a_name_that_is_too_long_has_none(void **state) {
    OWN(vault_key_free) struct vault_key *key = NULL;
    static char longest[4096];
    uint8_t bytes[SAR_CURSOR_SIZE];
    (void)state;
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SECRET, &key)));
    memset(longest, 'x', sizeof longest - 1);
    struct sar_cursor cursor = cursor_of("police", longest, 40);
    assert_false(sar_cursor_write(key, &cursor, bytes));
}

static int setup(void **state) {
    struct vault_report report;
    (void)state;
    return lg_failed(vault_init(&report)) ? -1 : 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_of_one_officer_one_request_and_ten_minutes),
        cmocka_unit_test(a_name_that_is_too_long_has_none),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
