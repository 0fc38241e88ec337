/* SPDX-License-Identifier: Apache-2.0 */
/* Our bytes are those of the official libraries: Python's protobuf reads every message, finds no
 * unknown field in it and writes the same bytes again. The commitment in the log rests on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/bytes.h"
#include "gateway/wire/wire_int.h"
#include "tests/support/messages.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { BUDGET = 16 << 20, CHOICES = 4 };

/* The contract's name of a message, also where ours stands beside it in parts.proto. */
static void write_line(FILE *file, const struct wire_message *message, struct span bytes) {
    char *hex = malloc(2 * bytes.len + 1);
    assert_non_null(hex);
    bytes_to_hex(bytes, hex);
    fprintf(file, "lockgate.v1.%s %s\n", message->shape->message->short_name, hex);
    free(hex);
}

static size_t write_messages(FILE *file) {
    const struct wire_message *message = NULL;
    size_t count = 0;
    for (size_t i = 0; (message = messages_at(i)) != NULL; i++) {
        for (size_t j = 0; j < (size_t)MESSAGES_FILLS * CHOICES; j++) {
            OWN(arena_free) struct arena *arena = NULL;
            struct span bytes = {0};
            assert_false(lg_failed(arena_new(BUDGET, &arena)));
            const void *plain =
                messages_filled(arena, message, (enum messages_fill)(j / CHOICES), j % CHOICES);
            assert_false(lg_failed(wire_message_encode(message, arena, plain, &bytes)));
            write_line(file, message, bytes);
            count++;
        }
    }
    return count;
}

static int run(const char *script, const char *contract, const char *messages, const char *count) {
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        execl("/usr/bin/python3", "python3", script, contract, messages, count, (char *)NULL);
        _exit(TEST_SKIPPED);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static void python_writes_the_same_bytes(void **state) {
    int *outcome = *state;
    char count[32];
    static const char path[] = LOCKGATE_BUILD "/tests/unit/wire_official.txt";
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    snprintf(count, sizeof count, "%zu", write_messages(file));
    assert_int_equal(fclose(file), 0);
    *outcome = run(LOCKGATE_SOURCE "/tests/unit/wire_official.py",
                   LOCKGATE_BUILD "/gateway/wire/contract.bin", path, count);
    assert_true(*outcome == 0 || *outcome == TEST_SKIPPED);
}

int main(void) {
    int outcome = 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(python_writes_the_same_bytes, &outcome),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed == 0 && outcome == TEST_SKIPPED ? TEST_SKIPPED : failed;
}
