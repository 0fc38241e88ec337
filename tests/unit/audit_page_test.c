/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate audit verify` with witnesses, and as a page to print: the program itself, on files. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "gateway/audit/note.h"
#include "tests/support/audit_support.h"

#include <cmocka.h>

static const char PROGRAM[] = LOCKGATE_BUILD "/tools/lockgate/lockgate";

/* A log whose name would like to be more than a name. */
static const char ORIGIN[] = "log.example/<script>alert('1')</script>&\"";

enum { WITNESSES = 2, OUTPUT_MAX = 32768 };

struct page {
    struct audit_support support;
    struct arena *arena;
    struct receipt *receipt;
    struct receipt_form form;
    struct vault_key *keys[WITNESSES];
    struct audit_vkey vkeys[WITNESSES];
    char output[OUTPUT_MAX];
};

static const char *const NAMES[WITNESSES] = {"witness.example/a", "witness.example/<b>"};

static void file_write(const struct page *page, const char *name, struct span bytes) {
    char path[2 * SUPPORT_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", page->support.folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
    assert_int_equal(fclose(file), 0);
}

static int run(struct page *page, const char *arguments) {
    char command[1024];
    snprintf(command, sizeof command, "cd %s && %s audit verify %s 2>&1", page->support.folder,
             PROGRAM, arguments);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t len = fread(page->output, 1, sizeof page->output - 1, pipe);
    page->output[len] = '\0';
    int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* The receipt with the cosignatures of the first `count` witnesses; `spoilt`: of which one is of
 * another time than it says. */
static void receipt_write(struct page *page, size_t count, bool spoilt) {
    struct span checkpoint = audit_receipt_checkpoint(page->receipt);
    struct span text = checkpoint;
    struct audit_note note;
    assert_false(lg_failed(audit_note_read(checkpoint, &note)));
    for (size_t i = 0; i < count; i++) {
        struct audit_cosignature line;
        struct span body = spoilt ? span_text("another\n1\n\n") : note.body;
        audit_cosign(&page->vkeys[i], page->keys[i], 1796040000, body, &line);
        text = arena_format(page->arena, "%.*s%.*s", (int)text.len, (const char *)text.ptr,
                            (int)line.len, line.text);
    }
    assert_false(lg_failed(audit_proof_write(&page->form, text, page->arena, &text)));
    file_write(page, "receipt", text);
}

static int setup(void **state) {
    static struct page page;
    char vkey[AUDIT_VKEY_SIZE_MAX];
    audit_support_init(&page.support);
    page.support.config.origin = ORIGIN;
    assert_false(lg_failed(arena_new(1 << 20, &page.arena)));
    struct audit_log *log = audit_support_open(&page.support);
    struct audit_entry_fields fields = audit_support_ask(7);
    page.receipt = audit_support_commit_one(log, &fields);
    assert_false(
        lg_failed(audit_receipt_form(page.receipt, (struct span){0}, page.arena, &page.form)));
    audit_vkey_write(log, vkey);
    file_write(&page, "log.vkey", span_text(vkey));
    audit_log_close(&log);
    struct span lines = {0};
    for (size_t i = 0; i < WITNESSES; i++) {
        assert_false(lg_failed(vault_key_new(VAULT_KIND_SIGN, &page.keys[i])));
        page.vkeys[i] = audit_vkey_of(NAMES[i], page.keys[i], AUDIT_KEY_COSIGNER);
        audit_vkey_text(&page.vkeys[i], vkey);
        lines = arena_format(page.arena, "%.*s%s\n", (int)lines.len,
                             lines.len > 0 ? (const char *)lines.ptr : "", vkey);
    }
    file_write(&page, "witnesses", lines);
    *state = &page;
    return 0;
}

static int teardown(void **state) {
    struct page *page = *state;
    audit_receipt_free(&page->receipt);
    vault_key_free(&page->keys[0]);
    vault_key_free(&page->keys[1]);
    arena_free(&page->arena);
    audit_support_done(&page->support);
    return 0;
}

static void assert_has(const struct page *page, const char *part) {
    if (strstr(page->output, part) == NULL) {
        fail_msg("no `%s` in\n%s", part, page->output);
    }
}

static void assert_lacks(const struct page *page, const char *part) {
    if (strstr(page->output, part) != NULL) {
        fail_msg("`%s` in\n%s", part, page->output);
    }
}

/* ---- Witnesses */

static void those_who_saw_it_are_told(void **state) {
    struct page *page = *state;
    receipt_write(page, 2, false);
    assert_int_equal(run(page, "receipt --key log.vkey --witness witnesses"), 0);
    assert_has(page, "witness    seen by witness.example/a (key ");
    assert_has(page, "at 30 Nov 2026 12:00:00 UTC\n");
    assert_has(page, "witness    seen by witness.example/<b> (key ");
    assert_has(page, "\nVERIFIED\n");
    /* Who is not asked for does not count. */
    assert_int_equal(run(page, "receipt --key log.vkey"), 0);
    assert_lacks(page, "witness  ");
}

static void a_quorum_is_counted(void **state) {
    struct page *page = *state;
    receipt_write(page, 1, false);
    assert_int_equal(run(page, "receipt --key log.vkey --witness witnesses"), 5);
    assert_has(page, "Fewer witnesses");
    assert_lacks(page, "\nVERIFIED");
    assert_int_equal(run(page, "receipt --key log.vkey --witness witnesses --quorum 2"), 5);
    assert_int_equal(run(page, "receipt --key log.vkey --witness witnesses --quorum 1"), 0);
    receipt_write(page, 0, false);
    assert_int_equal(run(page, "receipt --key log.vkey --witness witnesses --quorum 1"), 5);
    assert_int_equal(run(page, "receipt --key log.vkey --witness witnesses --quorum 0"), 0);
    assert_int_equal(run(page, "receipt --key log.vkey --witness witnesses --quorum 3"), 1);
    assert_int_equal(run(page, "receipt --key log.vkey --witness witnesses --quorum x"), 1);
    assert_int_equal(run(page, "receipt --key log.vkey --quorum 1"), 2);
    assert_int_equal(run(page, "receipt --key log.vkey --witness receipt"), 1);
}

/* The log's own signature is no witness's, and no witness counts twice. */
static void a_key_counts_once(void **state) {
    struct page *page = *state;
    char first[AUDIT_VKEY_SIZE_MAX];
    char other[AUDIT_VKEY_SIZE_MAX];
    char log[AUDIT_VKEY_SIZE_MAX];
    char as_log[AUDIT_VKEY_SIZE_MAX];
    struct audit_vkey again = audit_vkey_of("another.example", page->keys[0], AUDIT_KEY_COSIGNER);
    struct audit_vkey own = audit_vkey_of(ORIGIN, page->support.sign, AUDIT_KEY_COSIGNER);
    struct audit_vkey log_vkey = audit_vkey_of(ORIGIN, page->support.sign, AUDIT_KEY_ED25519);
    audit_vkey_text(&page->vkeys[0], first);
    audit_vkey_text(&again, other);
    audit_vkey_text(&own, as_log);
    audit_vkey_text(&log_vkey, log);
    const char *const pairs[][2] = {{first, log}, {first, first}, {first, other}, {first, as_log}};
    receipt_write(page, 1, false);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        file_write(page, "some", arena_format(page->arena, "%s\n%s\n", pairs[i][0], pairs[i][1]));
        assert_int_equal(run(page, "receipt --key log.vkey --witness some --quorum 2"), 1);
        assert_has(page, "stands there twice");
        assert_int_equal(run(page, "receipt --key log.vkey --witness some --quorum 1"), 1);
    }
    file_write(page, "some", span_text(first));
    assert_int_equal(run(page, "receipt --key log.vkey --witness some"), 0);
}

static void a_wrong_cosignature_proves_nothing(void **state) {
    struct page *page = *state;
    receipt_write(page, 2, true);
    assert_int_equal(run(page, "receipt --key log.vkey --witness witnesses --quorum 0"), 5);
    assert_has(page, "The signature on the checkpoint is wrong");
    assert_int_equal(run(page, "receipt --key log.vkey"), 0);
}

/* ---- The page */

static void a_page_says_what_was_checked(void **state) {
    struct page *page = *state;
    receipt_write(page, 2, false);
    assert_int_equal(run(page, "receipt --key log.vkey --witness witnesses --html"), 0);
    assert_has(page, "<!DOCTYPE html>");
    assert_has(page, "<h1>1 receipt, checked</h1>");
    assert_has(page, "<dt>Record of a</dt><dd>question</dd>");
    assert_has(page, "<dt>Seen by</dt><dd>witness.example/a, key ");
    assert_has(page, "30 Nov 2026 12:00:00 UTC</dd>");
    assert_has(page, "<pre>c2sp.org/tlog-proof@v1\n");
    assert_has(page, "</html>\n");
    assert_lacks(page, "VERIFIED");
}

static void nothing_on_a_page_runs(void **state) {
    struct page *page = *state;
    receipt_write(page, 2, false);
    assert_int_equal(run(page, "receipt --key log.vkey --witness witnesses --html"), 0);
    assert_lacks(page, "<script");
    assert_lacks(page, "<b>&amp;"); /* the name's own, beside the one around it */
    assert_lacks(page, "src=");
    assert_lacks(page, "http://");
    assert_has(page, "log.example/&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;");
    assert_has(page, "witness.example/&lt;b&gt;");
    assert_has(page, "default-src 'none'");
}

static void there_is_no_page_of_what_does_not_hold(void **state) {
    struct page *page = *state;
    receipt_write(page, 1, false);
    assert_int_equal(run(page, "receipt --key log.vkey --witness witnesses --html"), 5);
    assert_lacks(page, "<html");
    file_write(page, "payload", span_text("what was sent"));
    assert_int_equal(run(page, "receipt --key log.vkey --payload payload --html"), 5);
    assert_lacks(page, "<html");
}

int main(void) {
    struct vault_report report;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_who_saw_it_are_told),
        cmocka_unit_test(a_quorum_is_counted),
        cmocka_unit_test(a_key_counts_once),
        cmocka_unit_test(a_wrong_cosignature_proves_nothing),
        cmocka_unit_test(a_page_says_what_was_checked),
        cmocka_unit_test(nothing_on_a_page_runs),
        cmocka_unit_test(there_is_no_page_of_what_does_not_hold),
    };
    if (lg_failed(vault_init(&report))) {
        return 1;
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
