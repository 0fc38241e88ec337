/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate audit verify` as a third party runs it: the program itself, on files, and its exit
 * codes.
 */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "gateway/audit/audit.h"
#include "tests/support/audit_support.h"

#include <cmocka.h>

static const char PROGRAM[] = LOCKGATE_BUILD "/tools/lockgate/lockgate";

struct verify {
    struct audit_support support;
    char output[4096];
    char text[3 * AUDIT_PROOF_SIZE_MAX]; /* receipts of two parts */
    size_t text_len;
    size_t first_len;
    uint64_t index[2];
};

static void file_write(const struct verify *verify, const char *name, const void *bytes,
                       size_t len) {
    char path[2 * SUPPORT_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", verify->support.folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

/* Runs the program in the folder; gives its exit code and keeps what it wrote. */
static int run(struct verify *verify, const char *arguments) {
    char command[2048];
    snprintf(command, sizeof command, "cd %s && %s audit verify %s 2>&1", verify->support.folder,
             PROGRAM, arguments);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t len = fread(verify->output, 1, sizeof verify->output - 1, pipe);
    verify->output[len] = '\0';
    int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static struct span proof_text(const struct receipt_form *form, const struct receipt *receipt,
                              struct arena *arena) {
    struct span text;
    assert_false(
        lg_failed(audit_proof_write(form, audit_receipt_checkpoint(receipt), arena, &text)));
    return text;
}

static void receipts_make(struct verify *verify, struct audit_log *log) {
    OWN(arena_free) struct arena *arena = NULL;
    static const char *const parts[2] = {"part of housing", "part of health"};
    struct audit_commitment commitments[2];
    struct audit_detail details[2];
    struct audit_entry_fields entries[2];
    struct receipt *receipts[2];
    assert_false(lg_failed(arena_new(1 << 18, &arena)));
    for (uint32_t i = 0; i < 2; i++) {
        audit_commitment_make(span_text(parts[i]), &commitments[i]);
        entries[i] = audit_support_part(i, AUDIT_RELEASE, &commitments[i], &details[i]);
    }
    struct audit_batch batch = {.entries = entries, .count = 2};
    assert_int_equal(audit_support_commit(log, &batch, receipts), AUDIT_COMMITTED);
    struct receipt_form forms[2];
    for (size_t i = 0; i < 2; i++) {
        struct span salt = span_of(commitments[i].salt, AUDIT_SALT_SIZE);
        verify->index[i] = audit_receipt_index(receipts[i]);
        assert_false(lg_failed(audit_receipt_form(receipts[i], salt, arena, &forms[i])));
        struct span text = proof_text(&forms[i], receipts[i], arena);
        memcpy(verify->text + verify->text_len, text.ptr, text.len);
        verify->text_len += text.len;
        verify->first_len = i == 0 ? text.len : verify->first_len;
    }
    struct receipt_form changed = forms[0];
    changed.detail = span_of(NULL, 0);
    struct span text = proof_text(&changed, receipts[0], arena);
    file_write(verify, "source.proof", (const char *)text.ptr, text.len);
    changed.detail = forms[1].detail;
    text = proof_text(&changed, receipts[0], arena);
    file_write(verify, "mixed.proof", (const char *)text.ptr, text.len);
    audit_receipt_free(&receipts[0]);
    audit_receipt_free(&receipts[1]);
}

static int setup(void **state) {
    static struct verify verify;
    char vkey[AUDIT_VKEY_SIZE_MAX];
    verify = (struct verify){.text_len = 0};
    audit_support_init(&verify.support);
    struct audit_log *log = audit_support_open(&verify.support);
    receipts_make(&verify, log);
    audit_vkey_write(log, vkey);
    audit_log_close(&log);
    file_write(&verify, "both.proof", verify.text, verify.text_len);
    file_write(&verify, "one.proof", verify.text, verify.first_len);
    file_write(&verify, "log.vkey", vkey, strlen(vkey));
    file_write(&verify, "part", "part of health", strlen("part of health"));
    file_write(&verify, "other", "part of nobody", strlen("part of nobody"));
    *state = &verify;
    return 0;
}

static int teardown(void **state) {
    audit_support_done(&((struct verify *)*state)->support);
    return 0;
}

static void assert_leaf(const struct verify *verify, const char *before, size_t i) {
    char wanted[64];
    (void)snprintf(wanted, sizeof wanted, "%s%llu\n", before, (unsigned long long)verify->index[i]);
    assert_non_null(strstr(verify->output, wanted));
}

static void good_receipts_verify(void **state) {
    struct verify *verify = *state;
    assert_int_equal(run(verify, "one.proof --key log.vkey"), 0);
    assert_leaf(verify, "matches leaf ", 0);
    assert_non_null(strstr(verify->output,
                           "entry      disclosure, from housing, to childrens-care, under "
                           "north-child-safeguarding, for child-safeguarding, "
                           "23 Nov 2026 12:00:00 UTC\n"));
    assert_non_null(strstr(verify->output, "matches root of size 3\n"));
    assert_non_null(strstr(verify->output, "signed by log.partnership.example"));
    assert_non_null(strstr(verify->output, "\nVERIFIED\n"));
    assert_int_equal(run(verify, "--key log.vkey both.proof --payload part"), 0);
    assert_leaf(verify, "matches leaf ", 1);
    assert_leaf(verify, "match the commitment of leaf ", 1);
}

/* What the source of the part holds: the day, and neither requester nor purpose. */
static void a_receipt_without_detail_verifies_and_tells_the_day(void **state) {
    struct verify *verify = *state;
    assert_int_equal(run(verify, "source.proof --key log.vkey"), 0);
    assert_non_null(strstr(verify->output, "entry      disclosure, from housing, under "
                                           "north-child-safeguarding, 23 Nov 2026\n"));
    assert_non_null(strstr(verify->output, "\nVERIFIED\n"));
}

static void the_detail_of_another_leaf_does_not(void **state) {
    struct verify *verify = *state;
    assert_int_equal(run(verify, "mixed.proof --key log.vkey"), 5);
    assert_non_null(strstr(verify->output, "The detail in the receipt is not the one"));
    assert_null(strstr(verify->output, "\nVERIFIED"));
}

static void another_payload_does_not(void **state) {
    struct verify *verify = *state;
    assert_int_equal(run(verify, "both.proof --key log.vkey --payload other"), 5);
    assert_null(strstr(verify->output, "\nVERIFIED"));
    assert_int_equal(run(verify, "one.proof --key log.vkey --payload part"), 5);
}

/* A change of any character of the file is found. Some are seen only in the text form. */
static void every_changed_line_is_found(void **state) {
    struct verify *verify = *state;
    char changed[sizeof verify->text];
    size_t lines = 0;
    for (size_t i = 0; i < verify->first_len; i++) {
        if (i > 0 && verify->text[i - 1] != '\n') {
            continue;
        }
        memcpy(changed, verify->text, verify->first_len);
        /* In the middle of the line, so that a base64 letter or a digit changes. */
        size_t end = i;
        while (verify->text[end] != '\n') {
            end++;
        }
        size_t at = (i + end) / 2;
        changed[at] = changed[at] == 'B' ? 'C' : 'B';
        file_write(verify, "changed.proof", changed, verify->first_len);
        assert_int_equal(run(verify, "changed.proof --key log.vkey"), 5);
        assert_null(strstr(verify->output, "\nVERIFIED"));
        lines++;
    }
    assert_true(lines >= 9);
}

static void cut_files_are_found(void **state) {
    struct verify *verify = *state;
    for (size_t len = 0; len < verify->first_len; len += 97) {
        file_write(verify, "cut.proof", verify->text, len);
        assert_int_equal(run(verify, "cut.proof --key log.vkey"), 5);
    }
    file_write(verify, "cut.proof", verify->text, verify->text_len - 1);
    assert_int_equal(run(verify, "cut.proof --key log.vkey"), 5);
}

static void a_stranger_key_proves_nothing(void **state) {
    struct verify *verify = *state;
    const char *key = "log.partnership.example+530d903a+"
                      "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n";
    file_write(verify, "wrong.vkey", key, strlen(key)); /* id of another name */
    assert_int_equal(run(verify, "one.proof --key wrong.vkey"), 1);
    key = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n";
    file_write(verify, "other.vkey", key, strlen(key));
    assert_int_equal(run(verify, "one.proof --key other.vkey"), 5);
    assert_non_null(strstr(verify->output, "not signed by this key"));
}

static void wrong_usage_is_told(void **state) {
    struct verify *verify = *state;
    assert_int_equal(run(verify, ""), 2);
    assert_int_equal(run(verify, "one.proof"), 2);
    assert_int_equal(run(verify, "one.proof --key"), 2);
    assert_int_equal(run(verify, "one.proof two.proof --key log.vkey"), 2);
    assert_int_equal(run(verify, "one.proof --key log.vkey --quick"), 2);
    assert_int_equal(run(verify, "absent.proof --key log.vkey"), 1);
    assert_int_equal(run(verify, "one.proof --key absent.vkey"), 1);
    assert_int_equal(run(verify, "one.proof --key log.vkey --payload absent"), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_receipts_verify),
        cmocka_unit_test(another_payload_does_not),
        cmocka_unit_test(every_changed_line_is_found),
        cmocka_unit_test(cut_files_are_found),
        cmocka_unit_test(a_receipt_without_detail_verifies_and_tells_the_day),
        cmocka_unit_test(the_detail_of_another_leaf_does_not),
        cmocka_unit_test(a_stranger_key_proves_nothing),
        cmocka_unit_test(wrong_usage_is_told),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
