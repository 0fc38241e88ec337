/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "tests/support/store_support.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/edge/edge.h"

#include <cmocka.h>

enum { ARENA_BUDGET = 64 << 20, TEXT_SIZE = 256 };

static void open_all(struct store_support *support) {
    struct diag diag = {0};
    struct lg_err err = store_open(support->folder, support->root, &diag, &support->store);
    if (lg_failed(err)) {
        fail_msg("store_open: %08x %s", err.word, diag.text);
    }
    assert_false(lg_failed(store_reader_open(support->store, &support->reader)));
    assert_false(lg_failed(arena_new(ARENA_BUDGET, &support->arena)));
}

static void close_all(struct store_support *support) {
    store_reader_free(&support->reader);
    store_free(&support->store);
    arena_free(&support->arena);
}

void store_support_init(struct store_support *support) {
    *support = (struct store_support){0};
    struct vault_report report;
    assert_false(lg_failed(vault_init(&report)));
    (void)snprintf(support->folder, sizeof support->folder, "/tmp/lockgate-store-XXXXXX");
    assert_non_null(mkdtemp(support->folder));
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SECRET, &support->root)));
    open_all(support);
}

void store_support_reopen(struct store_support *support) {
    close_all(support);
    open_all(support);
}

/* Calls `each` with every file of the folder until it gives true. */
static bool folder_walk(const char *folder, bool (*each)(const char *path, void *ctx), void *ctx) {
    DIR *dir = opendir(folder);
    bool done = false;
    struct dirent *entry = NULL;
    while (dir != NULL && !done && (entry = readdir(dir)) != NULL) {
        char path[STORE_SUPPORT_PATH * 2];
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.') {
            done = each(path, ctx);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    return done;
}

static bool file_remove(const char *path, void *ctx) {
    (void)ctx;
    (void)unlink(path);
    return false;
}

void store_support_done(struct store_support *support) {
    close_all(support);
    vault_key_free(&support->root);
    (void)folder_walk(support->folder, file_remove, NULL);
    (void)rmdir(support->folder);
}

static bool file_has(const char *path, void *ctx) {
    const struct span *bytes = ctx;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    size_t size = 16U << 20;
    uint8_t *content = malloc(size);
    assert_non_null(content);
    size_t len = fread(content, 1, size, file);
    (void)fclose(file);
    bool found = false;
    for (size_t i = 0; !found && i + bytes->len <= len; i++) {
        found = memcmp(content + i, bytes->ptr, bytes->len) == 0;
    }
    free(content);
    return found;
}

bool store_support_folder_has(const struct store_support *support, struct span bytes) {
    return folder_walk(support->folder, file_has, &bytes);
}

/* ---- People ------------------------------------------------------------------------------------
 */

static void token_add(enum token_class token_class, const char *text, struct store_token *out) {
    struct vault_point point;
    assert_false(
        lg_failed(vault_point_hash(span_text("lockgate test tokens"), span_text(text), &point)));
    *out = (struct store_token){.token_class = token_class, .epoch = 1};
    memcpy(out->point, point.bytes, sizeof out->point);
}

/* The same parts as the edge takes, spelled without its normalising. */
static void text_make(enum token_class token_class, const struct made_person *p,
                      char out[static TEXT_SIZE]) {
    char surname[EDGE_SOUND_SIZE + 1];
    char forename[EDGE_SOUND_SIZE + 1];
    edge_name_sound(p->surname, surname);
    edge_name_sound(p->forename, forename);
    int district = (int)strcspn(p->postcode, " ");
    switch (token_class) {
    case TOKEN_N:
        (void)snprintf(out, TEXT_SIZE, "N|nhs|%s", p->identifier);
        break;
    case TOKEN_A:
        (void)snprintf(out, TEXT_SIZE, "A|%s|%s|%s", p->forename, p->surname, p->born);
        break;
    case TOKEN_C:
        (void)snprintf(out, TEXT_SIZE, "C|%.1s|%s|%s", p->forename, surname, p->born);
        break;
    case TOKEN_D:
        (void)snprintf(out, TEXT_SIZE, "D|%s|%s|%.*s", forename, p->born, district, p->postcode);
        break;
    case TOKEN_E:
    case TOKEN_CLASS_END:
        (void)snprintf(out, TEXT_SIZE, "E|%s|%s", p->born, p->postcode);
        break;
    }
}

static bool text_is_whole(enum token_class token_class, const struct made_person *p) {
    bool born = p->born[0] != 0;
    bool postcode = p->postcode[0] != 0;
    bool forename = p->forename[0] != 0;
    switch (token_class) {
    case TOKEN_N:
        return p->identifier[0] != 0;
    case TOKEN_A:
    case TOKEN_C:
        return born && forename && p->surname[0] != 0;
    case TOKEN_D:
        return born && postcode && forename;
    default:
        return born && postcode;
    }
}

size_t store_support_tokens(const struct made_person *person, struct store_token out[static 5]) {
    size_t count = 0;
    for (enum token_class c = TOKEN_N; c < TOKEN_CLASS_END; c++) {
        char text[TEXT_SIZE];
        if (text_is_whole(c, person)) {
            text_make(c, person, text);
            token_add(c, text, &out[count]);
            count++;
        }
    }
    return count;
}

struct record_tag store_support_tag(uint32_t number) {
    struct record_tag tag = {{0}};
    for (size_t i = 0; i < 4; i++) {
        tag.bytes[15 - i] = (uint8_t)(number >> (8 * i));
    }
    return tag;
}

enum store_enrolled_how store_support_enrol(struct store_support *support, const char *agency,
                                            uint32_t number, const struct made_person *person) {
    struct store_token tokens[5];
    uint8_t reference[STORE_REFERENCE_SIZE];
    memset(reference, (int)(number & 0xff), sizeof reference);
    struct store_record record = {
        .record_tag = store_support_tag(number),
        .reference = span_of(reference, sizeof reference),
        .tokens = tokens,
        .token_count = store_support_tokens(person, tokens),
    };
    struct store_enrolment batch = {
        .agency = span_text(agency),
        .agreement = span_text("otr"),
        .now_ms = 1795435200000,
        .quarter = STORE_SUPPORT_QUARTER,
        .records = &record,
        .count = 1,
    };
    struct store_enrolled result = {0};
    struct lg_err err = store_enrol(support->store, &batch, &result);
    if (lg_failed(err)) {
        fail_msg("store_enrol: %08x", err.word);
    }
    return result.how;
}

bool store_support_person(struct store_support *support, const char *agency, uint32_t number,
                          struct person_id *out_person) {
    struct record_tag tag = store_support_tag(number);
    const struct store_row *row = NULL;
    assert_false(lg_failed(
        store_record_find(support->reader, span_text(agency), &tag, support->arena, &row)));
    if (row != NULL) {
        *out_person = row->person;
    }
    return row != NULL;
}

bool store_support_joined(struct store_support *support, const char *agency_a, uint32_t number_a,
                          const char *agency_b, uint32_t number_b) {
    struct person_id a;
    struct person_id b;
    assert_true(store_support_person(support, agency_a, number_a, &a));
    assert_true(store_support_person(support, agency_b, number_b, &b));
    return memcmp(&a, &b, sizeof a) == 0;
}
