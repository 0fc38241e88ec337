/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/limits.h"
#include "gateway/node/node_int.h"

#include <cmocka.h>

static char path[] = "/tmp/lockgate-wards-XXXXXX";

static struct lg_err load(const char *text, struct diag *diag, struct node_wards *out) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
    *diag = (struct diag){0};
    return node_wards_load(path, diag, out);
}

static void a_table_is_read(void **state) {
    (void)state;
    struct diag diag;
    struct node_wards wards;
    assert_false(lg_failed(load("# wards\n\nM32, Stretford\r\nM337,Sale Moor", &diag, &wards)));
    assert_int_equal(wards.count, 2);
    assert_true(span_equal_text(wards.wards[0].postcode, "M32"));
    assert_true(span_equal_text(wards.wards[0].ward, "Stretford"));
    assert_true(span_equal_text(wards.wards[1].ward, "Sale Moor"));
    node_wards_free(&wards);
}

static void no_table_is_none(void **state) {
    (void)state;
    struct diag diag = {0};
    struct node_wards wards = {.count = 1};
    assert_false(lg_failed(node_wards_load(NULL, &diag, &wards)));
    assert_int_equal(wards.count, 0);
}

static void wrong_lines_are_named(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint32_t line;
    } rows[] = {
        {"M32,Stretford\nm33,Sale\n", 2},
        {"M32\n", 1},
        {"M32,\n", 1},
        {"M,Sale\n", 1},
        {"M33777,Sale\n", 1},
        {"M32,\xff\n", 1},
        {"\n\nM32,A\nM32,B\n", 4},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct diag diag;
        struct node_wards wards;
        assert_true(lg_failed(load(rows[i].text, &diag, &wards)));
        assert_int_equal(diag.line, rows[i].line);
    }
}

static void one_line_too_many(void **state) {
    (void)state;
    static char text[LIMIT_NODE_WARDS_SIZE];
    for (size_t count = LIMIT_NODE_WARDS; count <= LIMIT_NODE_WARDS + 1; count++) {
        size_t used = 0;
        for (size_t i = 0; i < count; i++) {
            used += (size_t)snprintf(text + used, sizeof text - used, "M%04zX,W\n", i);
        }
        struct diag diag;
        struct node_wards wards;
        bool failed = lg_failed(load(text, &diag, &wards));
        assert_int_equal(failed, count > LIMIT_NODE_WARDS);
        if (!failed) {
            node_wards_free(&wards);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_is_read),
        cmocka_unit_test(no_table_is_none),
        cmocka_unit_test(wrong_lines_are_named),
        cmocka_unit_test(one_line_too_many),
    };
    int fd = mkstemp(path);
    int failed = fd < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
    (void)close(fd);
    (void)unlink(path);
    return failed;
}
