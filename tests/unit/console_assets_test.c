/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest and the files behind it: what is taken, and what stops the start. */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/bytes.h"
#include "gateway/console/console_int.h"
#include "gateway/vault/vault.h"
#include "tests/support/support.h"

#include <cmocka.h>

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HTML "text/html; charset=utf-8"
#define ENTRY(path, file, type, rest)                                                              \
    "{\"path\":\"" path "\",\"file\":\"" file "\",\"type\":\"" type "\",\"sha256\":\"" HEX         \
    "\"," rest "}"
#define PLAIN "\"gzip\":false,\"immutable\":false"
#define NEEDED                                                                                     \
    ENTRY("/", "a.html", HTML, PLAIN)                                                              \
    "," ENTRY("/sign-in", "b.html", HTML, PLAIN) "," ENTRY("/signed-out", "c.html", HTML, PLAIN)
#define MANIFEST(more) "{\"assets\":[" NEEDED more "]}"

static struct lg_err manifest_read(const char *text, struct console_assets **out_assets) {
    struct diag diag = {0};
    *out_assets = calloc(1, sizeof **out_assets);
    assert_non_null(*out_assets);
    struct lg_err err = console_manifest_read(span_text(text), &diag, *out_assets);
    assert_int_equal(lg_failed(err), diag.text[0] != '\0');
    return err;
}

static bool is_taken(const char *text) {
    struct console_assets *assets = NULL;
    struct lg_err err = manifest_read(text, &assets);
    console_assets_free(&assets);
    return !lg_failed(err);
}

static void a_manifest_names_paths_and_files(void **state) {
    (void)state;
    struct console_assets *assets = NULL;
    assert_false(lg_failed(manifest_read(
        MANIFEST("," ENTRY("/assets/app-1a2b3c.js", "app.js", "text/javascript; charset=utf-8",
                           "\"gzip\":true,\"immutable\":true")),
        &assets)));
    assert_int_equal(assets->count, 4);
    const struct console_asset *script =
        console_asset_find(assets, span_text("/assets/app-1a2b3c.js"));
    assert_non_null(script);
    assert_true(script->has_gzip);
    assert_true(script->is_immutable);
    assert_false(script->is_page);
    /* The two that everybody sees are no pages that want a session. */
    assert_true(console_asset_find(assets, span_text("/"))->is_page);
    assert_false(console_asset_find(assets, span_text("/sign-in"))->is_page);
    assert_false(console_asset_find(assets, span_text("/signed-out"))->is_page);
    assert_ptr_equal(console_page_find(assets, span_text("")),
                     console_asset_find(assets, span_text("/")));
    assert_null(console_page_find(assets, span_text("sign-in")));
    assert_null(console_page_find(assets, span_text("assets/app-1a2b3c.js")));
    assert_null(console_asset_find(assets, span_text("/assets")));
    assert_null(console_asset_find(assets, span_text("")));
    console_assets_free(&assets);
    assert_null(assets);
}

static void other_manifests_are_refused(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"assets\":{}}",
        "{\"assets\":[]}",
        "{\"assets\":[5]}",
        MANIFEST("") "x",
        "{\"assets\":[" NEEDED "],\"more\":1}",
        "{\"assets\":[" NEEDED "],\"assets\":[" NEEDED "]}",
        "{\"assets\":[" ENTRY("/", "a.html", HTML, PLAIN) "]}",
        MANIFEST("," ENTRY("/", "d.html", HTML, PLAIN)),
        MANIFEST("," ENTRY("x", "d.html", HTML, PLAIN)),
        MANIFEST("," ENTRY("//x", "d.html", HTML, PLAIN)),
        MANIFEST("," ENTRY("/x//y", "d.html", HTML, PLAIN)),
        MANIFEST("," ENTRY("/../x", "d.html", HTML, PLAIN)),
        MANIFEST("," ENTRY("/x/..", "d.html", HTML, PLAIN)),
        MANIFEST("," ENTRY("/.x", "d.html", HTML, PLAIN)),
        MANIFEST("," ENTRY("/x?y", "d.html", HTML, PLAIN)),
        MANIFEST("," ENTRY("/x%20", "d.html", HTML, PLAIN)),
        MANIFEST("," ENTRY("/x y", "d.html", HTML, PLAIN)),
        MANIFEST("," ENTRY("/x\\\"y", "d.html", HTML, PLAIN)),
        MANIFEST("," ENTRY("/x", "", HTML, PLAIN)),
        MANIFEST("," ENTRY("/x", "../d.html", HTML, PLAIN)),
        MANIFEST("," ENTRY("/x", "d/d.html", HTML, PLAIN)),
        MANIFEST("," ENTRY("/x", ".d", HTML, PLAIN)),
        MANIFEST("," ENTRY("/x", "/etc/hostname", HTML, PLAIN)),
        MANIFEST("," ENTRY("/x", "d.html", "text/html", PLAIN)),
        MANIFEST("," ENTRY("/x", "d.html", "application/octet-stream", PLAIN)),
        MANIFEST("," ENTRY("/x", "d.html", HTML, "\"gzip\":0,\"immutable\":false")),
        MANIFEST("," ENTRY("/x", "d.html", HTML, "\"gzip\":false")),
        MANIFEST("," ENTRY("/x", "d.html", HTML, PLAIN ",\"more\":1")),
        MANIFEST(",{\"path\":\"/x\",\"file\":\"d.html\",\"type\":\"" HTML
                 "\",\"sha256\":\"12\"," PLAIN "}"),
    };
    assert_true(is_taken(MANIFEST("")));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (is_taken(bad[i])) {
            print_message("%s\n", bad[i]);
        }
        assert_false(is_taken(bad[i]));
    }
}

static void a_manifest_has_a_ceiling(void **state) {
    (void)state;
    enum { SIZE = 65536 };
    char *text = malloc(SIZE);
    assert_non_null(text);
    for (int more = 0; more < 2; more++) {
        int len = snprintf(text, SIZE, "{\"assets\":[" NEEDED);
        for (int i = 3; i < LIMIT_CONSOLE_ASSETS + more; i++) {
            len += snprintf(text + len, (size_t)(SIZE - len),
                            ",{\"path\":\"/x%d\",\"file\":\"x\",\"type\":\"" HTML
                            "\",\"sha256\":\"" HEX "\"," PLAIN "}",
                            i);
        }
        (void)snprintf(text + len, (size_t)(SIZE - len), "]}");
        assert_int_equal(is_taken(text), more == 0);
    }
    free(text);
}

/* ---- files ---- */

struct folder {
    char path[64];
};

static void file_write(const struct folder *folder, const char *name, const void *bytes,
                       size_t len) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder->path, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void file_remove(const struct folder *folder, const char *name) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder->path, name);
    (void)unlink(path);
}

static const char TEXT[] = "hello";
/* gzip of "hello", as others made it. */
static const uint8_t TWIN[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                               0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x86,
                               0xa6, 0x10, 0x36, 0x05, 0x00, 0x00, 0x00};

static void folder_fill(const struct folder *folder) {
    char manifest[4096];
    uint8_t digest[32];
    char hex[65];
    static const char *const paths[] = {"/", "/sign-in", "/signed-out"};
    int len = snprintf(manifest, sizeof manifest, "{\"assets\":[");
    vault_sha256(span_text(TEXT), digest);
    bytes_to_hex(span_of(digest, sizeof digest), hex);
    for (int i = 0; i < 3; i++) {
        len += snprintf(manifest + len, sizeof manifest - (size_t)len,
                        "%s{\"path\":\"%s\",\"file\":\"x.html\",\"type\":\"" HTML
                        "\",\"sha256\":\"%s\",\"gzip\":%s,\"immutable\":false}",
                        i > 0 ? "," : "", paths[i], hex, i == 0 ? "true" : "false");
    }
    len += snprintf(manifest + len, sizeof manifest - (size_t)len, "]}");
    file_write(folder, "manifest.json", manifest, (size_t)len);
    file_write(folder, "x.html", TEXT, strlen(TEXT));
    file_write(folder, "x.html.gz", TWIN, sizeof TWIN);
}

static int folder_open(void **state) {
    struct vault_report report;
    struct folder *folder = calloc(1, sizeof *folder);
    assert_non_null(folder);
    assert_false(lg_failed(vault_init(&report)));
    (void)snprintf(folder->path, sizeof folder->path, "/tmp/lockgate-assets-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    folder_fill(folder);
    *state = folder;
    return 0;
}

static int folder_close(void **state) {
    struct folder *folder = *state;
    file_remove(folder, "manifest.json");
    file_remove(folder, "x.html");
    file_remove(folder, "x.html.gz");
    file_remove(folder, "y.html");
    assert_int_equal(rmdir(folder->path), 0);
    free(folder);
    return 0;
}

/* NULL where the folder is taken. */
static const char *load_says(const struct folder *folder, struct diag *diag) {
    struct console_assets *assets = NULL;
    *diag = (struct diag){0};
    struct lg_err err = console_assets_load(folder->path, diag, &assets);
    assert_int_equal(lg_failed(err), assets == NULL);
    console_assets_free(&assets);
    return lg_failed(err) ? diag->text : NULL;
}

static void what_was_checked_is_held(void **state) {
    const struct folder *folder = *state;
    struct diag diag = {0};
    struct console_assets *assets = NULL;
    assert_false(lg_failed(console_assets_load(folder->path, &diag, &assets)));
    file_write(folder, "x.html", "other", 5);
    const struct console_asset *page = console_asset_find(assets, span_text("/"));
    assert_true(span_equal_text(span_of(page->body, page->len), TEXT));
    assert_int_equal(page->gzip_len, sizeof TWIN);
    assert_int_equal(strlen(page->etag), 66);
    assert_null(console_asset_find(assets, span_text("/sign-in"))->gzip);
    console_assets_free(&assets);
}

static void what_is_not_as_it_says_stops_the_start(void **state) {
    const struct folder *folder = *state;
    struct diag diag;
    uint8_t twin[sizeof TWIN];
    assert_null(load_says(folder, &diag));
    file_write(folder, "x.html", "hellO", 5);
    assert_non_null(strstr(load_says(folder, &diag), "sha256"));
    file_write(folder, "x.html", "", 0);
    assert_non_null(load_says(folder, &diag));
    file_remove(folder, "x.html");
    assert_non_null(load_says(folder, &diag));
    /* A link leads somewhere else. */
    file_write(folder, "y.html", TEXT, strlen(TEXT));
    char from[128];
    (void)snprintf(from, sizeof from, "%s/x.html", folder->path);
    assert_int_equal(symlink("y.html", from), 0);
    assert_non_null(load_says(folder, &diag));
    file_remove(folder, "x.html");
    file_write(folder, "x.html", TEXT, strlen(TEXT));
    /* A twin of something else, by its length, its sum, or by no form at all. */
    static const size_t at[] = {0, 17, 21};
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        memcpy(twin, TWIN, sizeof twin);
        twin[at[i]] ^= 1;
        file_write(folder, "x.html.gz", twin, sizeof twin);
        assert_non_null(strstr(load_says(folder, &diag), "unpack"));
    }
    file_write(folder, "x.html.gz", TWIN, 17);
    assert_non_null(load_says(folder, &diag));
    file_remove(folder, "x.html.gz");
    assert_non_null(load_says(folder, &diag));
    file_remove(folder, "manifest.json");
    assert_non_null(load_says(folder, &diag));
}

static void short_memory_is_an_error(void **state) {
    const struct folder *folder = *state;
    struct lg_err err = lg_err_make(LG_CLASS_LIMIT, LG_CONSOLE, CONSOLE_MEMORY);
    bool is_over = false;
    for (uint64_t n = 1; n < 4096 && !is_over; n++) {
        struct console_assets *assets = NULL;
        struct diag diag = {0};
        support_alloc_fail_at(n);
        err = console_assets_load(folder->path, &diag, &assets);
        is_over = support_alloc_seen() < n;
        support_alloc_fail_at(0);
        assert_int_equal(lg_failed(err), assets == NULL);
        console_assets_free(&assets);
    }
    assert_true(is_over);
    assert_false(lg_failed(err));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manifest_names_paths_and_files),
        cmocka_unit_test(other_manifests_are_refused),
        cmocka_unit_test(a_manifest_has_a_ceiling),
        cmocka_unit_test_setup_teardown(what_was_checked_is_held, folder_open, folder_close),
        cmocka_unit_test_setup_teardown(what_is_not_as_it_says_stops_the_start, folder_open,
                                        folder_close),
        cmocka_unit_test_setup_teardown(short_memory_is_an_error, folder_open, folder_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
