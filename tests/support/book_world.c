/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "tests/support/book_world.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "policy/signing.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { START_S = 1774699200, MS_PER_S = 1000, NO_KEY = 99 };

const char *const book_parties[BOOK_PARTIES] = {"alpha", "beta", "gamma"};

static int64_t wall_ms(void *ctx) {
    return ((const struct book_world *)ctx)->wall_ms;
}

static struct lg_err fits(void *ctx, const struct policy *policy, struct diag *diag) {
    struct book_world *world = ctx;
    (void)policy;
    if (world->on_fits != NULL) {
        world->on_fits(world);
    }
    diag_set(diag, 0, "this gateway cannot evaluate it");
    return world->unfit ? lg_err_make(LG_CLASS_INPUT, LG_AGREEMENT, AGREEMENT_TEXT) : LG_OK;
}

static void on_change(void *ctx) {
    ((struct book_world *)ctx)->changes++;
}

static void book_new(struct book_world *world) {
    const struct agreement_setup setup = {
        .folder = world->folder,
        .registry = &world->registry,
        .ground = world->ground,
        .live = world->live,
        .clock = {.wall_ms = wall_ms, .mono_ms = wall_ms, .ctx = world},
        .fits = fits,
        .on_change = on_change,
        .ctx = world,
    };
    assert_false(lg_failed(agreement_book_new(&setup, &world->book)));
}

static void registry_make(struct book_world *world) {
    static char names[BOOK_PARTIES][8];
    for (size_t i = 0; i < BOOK_PARTIES; i++) {
        struct vault_sign_public key = vault_sign_public(world->keys[i]);
        (void)snprintf(names[i], sizeof names[i], "%s", book_parties[i]);
        world->parties[i] = (struct config_party){.id = names[i], .has_signing_key = true};
        memcpy(world->parties[i].signing_key, key.bytes, sizeof key.bytes);
    }
    world->registry =
        (struct config_partnership){.parties = world->parties, .party_count = BOOK_PARTIES};
}

int book_world_setup(void **state) {
    struct vault_report report;
    size_t broken = 0;
    struct book_world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    assert_false(lg_failed(vault_init(&report)));
    (void)snprintf(world->folder, sizeof world->folder, "/tmp/lockgate-book-XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    world->wall_ms = (int64_t)START_S * MS_PER_S;
    for (size_t i = 0; i < BOOK_KEYS; i++) {
        assert_false(lg_failed(vault_key_new(VAULT_KIND_SIGN, &world->keys[i])));
    }
    registry_make(world);
    world->signs_reports = true;
    assert_false(lg_failed(agreement_live_new(&world->live)));
    world->view = agreement_view_of(world->live);
    book_new(world);
    assert_false(lg_failed(agreement_book_open(world->book, &broken)));
    assert_int_equal(broken, 0);
    *state = world;
    return 0;
}

static int on_entry(const char *path, const struct stat *info, int kind, struct FTW *place) {
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

int book_world_teardown(void **state) {
    struct book_world *world = *state;
    agreement_book_free(&world->book);
    agreement_view_done(&world->view);
    agreement_live_free(&world->live);
    for (size_t i = 0; i < BOOK_KEYS; i++) {
        vault_key_free(&world->keys[i]);
    }
    assert_int_equal(nftw(world->folder, on_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
    free(world);
    return 0;
}

static struct lg_err logged_apply(struct book_world *world, size_t index) {
    const struct book_logged *logged = &world->log[index];
    return agreement_book_apply(world->book, index + world->unlogged, world->wall_ms,
                                span_of(logged->body, logged->len));
}

size_t book_world_reopen(struct book_world *world) {
    size_t broken = 0;
    agreement_book_free(&world->book);
    book_new(world);
    for (size_t i = 0; i < world->log_count; i++) {
        assert_false(lg_failed(logged_apply(world, i)));
    }
    assert_false(lg_failed(agreement_book_open(world->book, &broken)));
    return broken;
}

/* ---- texts ---- */

static const char head[] =
    "isa 1\nagreement otr\n  title: Test\n  version: %u\n%s  in force: %s to %s\n"
    "  review due: %s\n  review grace: 14 days\n  time zone: Europe/London\n  lead: alpha\n"
    "  signatures needed: %s\n  assessment: A\n  contact: c\n";
static const char party_form[] =
    "party %s\n  name: N\n  legal entity: %s\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Owner of %s\n%s";
static const char tail[] =
    "role alpha/w\nrole beta/w\nrole gamma/w\npurpose p\n  title: P\nbasis d\n  title: D\n"
    "  kind: statutory\n  article 6: e\n  covers: p\ncategory c\n  title: C\n"
    "  class: ordinary\n  held by: any\n  fields: f\n"
    "clause 1 share\n  from: any\n  to: any\n  purpose: p\n  basis: d\n"
    "  consent: not needed\n  pass: c.f\n";

static const char *or_else(const char *text, const char *otherwise) {
    return text == NULL ? otherwise : text;
}

static size_t party_write(const struct book_world *world, const struct book_text *text, size_t i,
                          char *out, size_t size) {
    char key[80] = "";
    if (text->keys[i] != NO_KEY) {
        size_t which = text->keys[i] == 0 ? i : text->keys[i] - 1;
        struct vault_sign_public public_key = vault_sign_public(world->keys[which]);
        char hex[65];
        bytes_to_hex(span_of(public_key.bytes, sizeof public_key.bytes), hex);
        (void)snprintf(key, sizeof key, "  key: %s\n", hex);
    }
    int len =
        snprintf(out, size, party_form, book_parties[i], book_parties[i], book_parties[i], key);
    assert_true(len > 0 && (size_t)len < size);
    return (size_t)len;
}

const char *book_text_make(const struct book_world *world, const struct book_text *text,
                           char out[static BOOK_TEXT_SIZE]) {
    char replaces[32] = "";
    if (text->replaces != 0) {
        (void)snprintf(replaces, sizeof replaces, "  replaces: %u\n", (unsigned)text->replaces);
    }
    int len = snprintf(out, BOOK_TEXT_SIZE, head, (unsigned)(text->version | (text->version == 0)),
                       replaces, or_else(text->from, "2026-01-01"), or_else(text->to, "2026-12-31"),
                       or_else(text->review, "2026-10-01"), or_else(text->needed, "all parties"));
    size_t used = (size_t)len;
    for (size_t i = 0; i < BOOK_PARTIES; i++) {
        used += party_write(world, text, i, out + used, BOOK_TEXT_SIZE - used);
    }
    assert_true(used + sizeof tail < BOOK_TEXT_SIZE);
    memcpy(out + used, tail, sizeof tail);
    return out;
}

/* ---- acts ---- */

struct lg_err book_wish_do(struct book_world *world, const struct agreement_wish *wish) {
    struct agreement_ready ready;
    world->diag = (struct diag){0};
    TRY(agreement_book_prepare(world->book, wish, &world->diag, &ready));
    struct lg_err err = LG_OK;
    if (!ready.is_done) {
        struct book_logged *logged = &world->log[world->log_count];
        memcpy(logged->body, ready.written.ptr, ready.written.len);
        logged->len = ready.written.len;
        err = logged_apply(world, world->log_count);
        world->log_count += lg_failed(err) ? 0 : 1;
    }
    agreement_book_release(world->book, &ready);
    return err;
}

void book_entry_apply(struct book_world *world, struct span body) {
    uint64_t index = world->log_count + world->unlogged++;
    assert_false(lg_failed(agreement_book_apply(world->book, index, world->wall_ms, body)));
}

static struct span agreement_of(const struct book_world *world) {
    return span_text(or_else(world->agreement, "otr"));
}

static struct agreement_wish wish_of(const struct book_world *world, enum agreement_act act,
                                     size_t party) {
    return (struct agreement_wish){
        .act = act,
        .agency = span_text(book_parties[party]),
        .system = span_text("officer"),
        .user_id = span_text("u1"),
        .role = span_text("ig"),
        .agreement = agreement_of(world),
    };
}

struct lg_err book_propose(struct book_world *world, const char *text, size_t party) {
    struct agreement_wish wish = wish_of(world, AGREEMENT_PROPOSE, party);
    wish.text = span_text(text);
    return book_wish_do(world, &wish);
}

struct lg_err book_activate(struct book_world *world, uint32_t version, size_t party) {
    struct agreement_wish wish = wish_of(world, AGREEMENT_ACTIVATE, party);
    wish.version = version;
    return book_wish_do(world, &wish);
}

static uint32_t version_of(const char *text) {
    const char *at = strstr(text, "version: ");
    return (uint32_t)strtoul(at + strlen("version: "), NULL, 10);
}

/* Whoever signs was shown the reports of the proposal, where there are any. */
static void report_fill(struct book_world *world, struct agreement_line *line) {
    OWN(arena_free) struct arena *arena = NULL;
    struct agreement_info info = {0};
    assert_false(lg_failed(arena_new(1 << 20, &arena)));
    if (world->signs_reports && !lg_failed(agreement_book_find(world->book, line->agreement,
                                                               line->version, arena, &info))) {
        line->has_report = info.has_report;
        memcpy(line->report, info.report, sizeof line->report);
    }
}

struct span book_line(struct book_world *world, const struct book_signed *act) {
    static uint8_t bytes[AGREEMENT_LINE_SIZE_MAX];
    struct span written = span_of(NULL, 0);
    struct agreement_line line = {
        .act = act->act,
        .agreement = agreement_of(world),
        .version = version_of(act->text),
        .party = span_text(book_parties[act->party]),
        .office = span_text("Owner"),
        .time_s = world->wall_ms / MS_PER_S,
        .day = act->day == 0 ? AGREEMENT_NO_DAY : act->day,
        .reason = span_text(act->reason),
    };
    agreement_text_hash(span_text(act->text), line.text);
    report_fill(world, &line);
    assert_false(lg_failed(agreement_line_sign(&line, world->keys[act->key])));
    assert_false(lg_failed(agreement_line_write(&line, bytes, &written)));
    return written;
}

struct lg_err book_signed_do(struct book_world *world, const struct book_signed *act) {
    struct agreement_wish wish = wish_of(world, act->act, act->party);
    world->wall_ms += MS_PER_S;
    bool was = support_alloc_pause(true);
    wish.line = book_line(world, act);
    (void)support_alloc_pause(was);
    return book_wish_do(world, &wish);
}

void book_bring_into_force(struct book_world *world, const char *text, uint32_t version) {
    assert_false(lg_failed(book_propose(world, text, 0)));
    for (size_t i = 0; i < BOOK_PARTIES; i++) {
        const struct book_signed act = {.act = AGREEMENT_SIGN, .text = text, .party = i, .key = i};
        assert_false(lg_failed(book_signed_do(world, &act)));
    }
    assert_false(lg_failed(book_activate(world, version, 0)));
}

/* ---- looking ---- */

enum agreement_state book_state(struct book_world *world, uint32_t version) {
    OWN(arena_free) struct arena *arena = NULL;
    struct agreement_info info = {0};
    assert_false(lg_failed(arena_new(1 << 20, &arena)));
    if (lg_failed(agreement_book_find(world->book, agreement_of(world), version, arena, &info))) {
        return AGREEMENT_STATE_NONE;
    }
    return info.state;
}

const struct policy_force *book_force(struct book_world *world, int64_t at_s) {
    struct agreement_forces forces = agreement_set_at(agreement_view_set(&world->view), at_s);
    assert_true(forces.count <= 1);
    return forces.count == 0 ? NULL : &forces.force[0];
}

int32_t book_day(const char *text) {
    int32_t day = 0;
    assert_true(policy_day_parse(span_text(text), &day));
    return day;
}
