/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's files: what is flushed has a name, by which the next start finds it. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/audit/files.h"

#include <cmocka.h>

enum { PATH_SIZE = 64 };

static void a_file_without_a_name_is_not_durable(void **state) {
    const struct audit_file_ops *ops = audit_files_system();
    char folder[PATH_SIZE] = "/tmp/lockgate-files-XXXXXX";
    char path[2 * PATH_SIZE];
    char other[2 * PATH_SIZE];
    int fd = -1;
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/file", folder);
    (void)snprintf(other, sizeof other, "%s/other", folder);
    assert_false(lg_failed(ops->open(ops->ctx, path, AUDIT_OPEN_WRITE | AUDIT_OPEN_CREATE, &fd)));
    assert_false(lg_failed(ops->write(ops->ctx, fd, 0, span_text("entry"))));
    assert_false(lg_failed(ops->sync(ops->ctx, fd)));
    assert_int_equal(rename(path, other), 0); /* a name, whichever */
    assert_false(lg_failed(ops->sync(ops->ctx, fd)));
    assert_int_equal(unlink(other), 0);
    assert_false(lg_failed(ops->write(ops->ctx, fd, 5, span_text("entry"))));
    errno = ENOSPC; /* of an earlier call, and no word on this one */
    struct lg_err err = ops->sync(ops->ctx, fd);
    assert_int_equal(lg_err_class(err), LG_CLASS_STORE);
    assert_int_equal(lg_err_code(err), AUDIT_IO);
    ops->close(ops->ctx, fd);
    assert_int_equal(rmdir(folder), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_file_without_a_name_is_not_durable)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
