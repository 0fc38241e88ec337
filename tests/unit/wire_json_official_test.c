/* SPDX-License-Identifier: Apache-2.0 */
/* Our JSON is that of the official mapping, both ways: Python's protobuf reads what we write to the
 * same bytes and writes the same values, and we read every form that it writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/bytes.h"
#include "gateway/wire/json.h"
#include "gateway/wire/wire_int.h"
#include "tests/support/messages.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { BUDGET = 64 << 20, CHOICES = 4, FORMS = 4 };

static const char FOLDER[] = LOCKGATE_BUILD "/tests/unit";

static void write_line(FILE *file, const struct wire_message *message, size_t index) {
    OWN(arena_free) struct arena *arena = NULL;
    struct span bytes = {0};
    struct span json = {0};
    assert_false(lg_failed(arena_new(BUDGET, &arena)));
    const void *plain =
        messages_filled(arena, message, (enum messages_fill)(index / CHOICES), index % CHOICES);
    assert_false(lg_failed(wire_message_encode(message, arena, plain, &bytes)));
    assert_false(lg_failed(wire_json_write(message, arena, bytes, &json)));
    char *hex = malloc(2 * bytes.len + 1);
    assert_non_null(hex);
    bytes_to_hex(bytes, hex);
    fprintf(file, "lockgate.v1.%s %s %.*s\n", message->shape->message->short_name, hex,
            (int)json.len, (const char *)json.ptr);
    free(hex);
}

static size_t write_messages(FILE *file) {
    const struct wire_message *message = NULL;
    size_t count = 0;
    for (size_t i = 0; (message = messages_at(i)) != NULL; i++) {
        for (size_t j = 0; j < (size_t)MESSAGES_FILLS * CHOICES; j++) {
            write_line(file, message, j);
            count++;
        }
    }
    return count;
}

static int run(const char *lines, const char *count, const char *out) {
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        execl("/usr/bin/python3", "python3", LOCKGATE_SOURCE "/tests/unit/wire_json_official.py",
              LOCKGATE_BUILD "/gateway/wire/contract.bin", lines, count, out, (char *)NULL);
        _exit(TEST_SKIPPED);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* "message hex json": the JSON is read to the bytes of the hex. */
static void check_line(struct span line) {
    OWN(arena_free) struct arena *arena = NULL;
    struct wire_report report;
    struct span name = {0};
    struct span hex = {0};
    struct span bytes = {0};
    assert_false(lg_failed(arena_new(BUDGET, &arena)));
    assert_true(span_split(&line, ' ', &name) && span_split(&line, ' ', &hex));
    uint8_t *sent = arena_alloc(arena, hex.len / 2);
    assert_non_null(sent);
    assert_false(lg_failed(bytes_from_hex(hex, sent, hex.len / 2)));
    const struct wire_message *message = wire_json_message_find(name);
    assert_non_null(message);
    if (lg_failed(wire_json_read(message, arena, line, &report, &bytes))) {
        fail_msg("%.*s: %s", (int)line.len, (const char *)line.ptr, report.sentence);
    }
    if (!span_equal(bytes, span_of(sent, hex.len / 2))) {
        fail_msg("%.*s is read otherwise", (int)line.len, (const char *)line.ptr);
    }
}

static size_t check_lines(const char *name) {
    size_t len = 0;
    size_t count = 0;
    char *text = support_file_read(FOLDER, name, &len);
    assert_non_null(text);
    struct span rest = span_of(text, len);
    struct span line = {0};
    while (span_split(&rest, '\n', &line)) {
        if (line.len > 0) {
            check_line(line);
            count++;
        }
    }
    free(text);
    return count;
}

static void both_mappings_are_the_same(void **state) {
    int *outcome = *state;
    char count[32];
    static const char ours[] = LOCKGATE_BUILD "/tests/unit/wire_json_ours.txt";
    static const char theirs[] = LOCKGATE_BUILD "/tests/unit/wire_json_theirs.txt";
    FILE *file = fopen(ours, "w");
    assert_non_null(file);
    size_t messages = write_messages(file);
    snprintf(count, sizeof count, "%zu", messages);
    assert_int_equal(fclose(file), 0);
    *outcome = run(ours, count, theirs);
    assert_true(*outcome == 0 || *outcome == TEST_SKIPPED);
    if (*outcome == 0) {
        assert_int_equal(check_lines("wire_json_theirs.txt"), messages * FORMS);
    }
}

int main(void) {
    int outcome = 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(both_mappings_are_the_same, &outcome),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed == 0 && outcome == TEST_SKIPPED ? TEST_SKIPPED : failed;
}
