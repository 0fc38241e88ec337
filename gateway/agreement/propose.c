/* SPDX-License-Identifier: Apache-2.0 */
/* A draft that becomes a proposal: it compiles, its promises hold (both in the compiler), this
 * gateway can evaluate it, its parties have keys that can sign it, and its test cases pass. */
#include <stdio.h>

#include "gateway/agreement/book_int.h"
#include "policy/cases/cases.h"

enum { REPORT_BUDGET = 2 * LIMIT_AGREEMENT_REPORT_SIZE };

/* A draft on the way; text is this function's until it is handed to the agreement as pending. */
struct draft {
    struct agreement_book *book;
    const struct agreement_wish *wish;
    struct diag *diag;
    const struct policy *policy;
    struct span id;
    uint32_t number;
    struct span reports; /* the changes, and what was attached */
    uint8_t hash[VAULT_SHA256_SIZE];
    uint8_t report[VAULT_SHA256_SIZE];
};

static struct lg_err refuse(const struct draft *draft, enum agreement_code code,
                            const char *sentence) {
    diag_set(draft->diag, 0, "%s", sentence);
    return agreement_fail(LG_CLASS_INPUT, code);
}

static bool id_fits(struct span id) {
    return id.len > 0 && id.len <= AGREEMENT_ID_SIZE_MAX;
}

static struct lg_err sizes_check(const struct draft *draft) {
    const struct agreement_wish *wish = draft->wish;
    if (wish->text.len == 0 || wish->text.len > LIMIT_AGREEMENT_TEXT_SIZE) {
        return refuse(draft, AGREEMENT_TEXT, "the text is empty or longer than 256 KiB");
    }
    if (wish->report.len > LIMIT_AGREEMENT_ATTACHED_SIZE ||
        wish->cases.len > LIMIT_AGREEMENT_CASES_SIZE) {
        return refuse(draft, AGREEMENT_TEXT,
                      "attached reports and test cases have 64 KiB at most each");
    }
    return LG_OK;
}

static struct lg_err text_compile(struct draft *draft, struct agreement_text **out_text) {
    struct agreement_text *text = NULL;
    struct diag inner = {0};
    struct lg_err err =
        agreement_text_new(draft->wish->text, &draft->book->setup.ground, &inner, &text);
    if (lg_err_class(err) == LG_CLASS_CONFIG) {
        diag_set(draft->diag, inner.line, "%s", inner.text);
        return agreement_fail(LG_CLASS_INPUT, AGREEMENT_TEXT);
    }
    TRY(err);
    draft->policy = agreement_text_policy(text);
    draft->id = policy_id(draft->policy);
    draft->number = policy_version(draft->policy);
    *out_text = text;
    return LG_OK;
}

static void on_difference(void *ctx, struct span id, const char *column, struct span expected,
                          struct span got) {
    (void)ctx;
    (void)id;
    (void)column;
    (void)expected;
    (void)got;
}

struct lg_err agreement_cases_check(const struct policy *policy, struct span cases,
                                    struct diag *diag) {
    struct diag inner = {0};
    struct policy_cases_result result = {0};
    const struct policy_cases_watch watch = {.on_difference = on_difference};
    if (cases.len == 0) {
        return LG_OK;
    }
    struct lg_err err = policy_cases_run(policy, cases, &watch, &inner, &result);
    if (lg_err_class(err) == LG_CLASS_LIMIT) {
        return err;
    }
    if (lg_failed(err)) {
        diag_set(diag, inner.line, "cases: %s", inner.text);
        return agreement_fail(LG_CLASS_INPUT, AGREEMENT_TEXT);
    }
    if (result.failed > 0) {
        diag_set(diag, 0, "%u of its test cases fail: run `lockgate agreement check` with them",
                 (unsigned)result.failed);
        return agreement_fail(LG_CLASS_INPUT, AGREEMENT_TEXT);
    }
    return LG_OK;
}

static struct lg_err text_check(const struct draft *draft) {
    struct policy_party party;
    if (!id_fits(draft->id)) {
        return refuse(draft, AGREEMENT_TEXT, "the agreement's id has 63 characters at most");
    }
    if (!policy_party_find(draft->policy, draft->wish->agency, &party)) {
        return refuse(draft, AGREEMENT_NOT_YOURS, "your agency is not a party of this agreement");
    }
    TRY(draft->book->setup.fits(draft->book->setup.ctx, draft->policy, draft->diag));
    return agreement_cases_check(draft->policy, draft->wish->cases, draft->diag);
}

/* ---- Against what is there; under the mutex ---- */

static uint32_t newest_activated(const struct kept_agreement *agreement) {
    uint32_t newest = 0;
    for (size_t i = 0; agreement != NULL && i < agreement->count; i++) {
        const struct kept_version *version = agreement->versions[i];
        newest = version->is_activated ? version->number : newest;
    }
    return newest;
}

/* Keys come from the version in force, so that is the one which a new version replaces. The first
 * one here may replace one that only paper knows. */
static struct lg_err number_check(const struct draft *draft,
                                  const struct kept_agreement *agreement) {
    uint32_t replaces = policy_replaces(draft->policy);
    uint32_t newest = newest_activated(agreement);
    if (newest == 0 || replaces == newest) {
        return LG_OK;
    }
    diag_set(draft->diag, 0, "replaces: version %u is the active one; this text replaces %u",
             (unsigned)newest, (unsigned)replaces);
    return agreement_fail(LG_CLASS_INPUT, AGREEMENT_STATE);
}

static struct lg_err keys_check(const struct draft *draft, const struct kept_agreement *agreement) {
    struct agreement_signing signing;
    TRY(agreement_signing_make(draft->book, agreement, draft->policy, draft->diag, &signing));
    return agreement_signing_check(&signing, draft->diag);
}

static struct lg_err same_check(const struct draft *draft, const struct kept_version *version,
                                struct agreement_ready *out) {
    bool same = memcmp(version->text_hash, draft->hash, sizeof draft->hash) == 0 &&
                version->has_report == (draft->reports.len > 0) &&
                memcmp(version->report_hash, draft->report, sizeof draft->report) == 0;
    out->is_done = same;
    return same ? LG_OK
                : refuse(draft, AGREEMENT_STATE,
                         "this version was proposed with another text or report: give the new one "
                         "the next number");
}

static struct lg_err files_store(const struct draft *draft) {
    const struct agreement_wish *wish = draft->wish;
    struct agreement_book *book = draft->book;
    TRY(agreement_file_write(book, draft->id, draft->number, AGREEMENT_FILE_TEXT, wish->text));
    TRY(agreement_file_write(book, draft->id, draft->number, AGREEMENT_FILE_LINES,
                             span_of(NULL, 0)));
    TRY(agreement_file_write(book, draft->id, draft->number, AGREEMENT_FILE_REPORT,
                             draft->reports));
    return agreement_file_write(book, draft->id, draft->number, AGREEMENT_FILE_CASES, wish->cases);
}

static struct lg_err body_make(const struct draft *draft, struct agreement_ready *out) {
    const struct agreement_wish *wish = draft->wish;
    struct agreement_entry entry = {
        .act = AGREEMENT_PROPOSE,
        .agreement = draft->id,
        .version = draft->number,
        .has_report = draft->reports.len > 0,
        .agency = wish->agency,
        .system = wish->system,
        .user_id = wish->user_id,
        .role = wish->role,
        .display_name = wish->display_name,
    };
    memcpy(entry.text, draft->hash, sizeof entry.text);
    memcpy(entry.report, draft->report, sizeof entry.report);
    return agreement_entry_encode(&entry, out->body, &out->written);
}

/* Under the mutex: makes the agreement busy, or says in out->is_done that there is nothing to do.
 */
static struct lg_err draft_begin(const struct draft *draft, struct kept_agreement **out_agreement,
                                 struct agreement_ready *out) {
    struct kept_agreement *agreement = agreement_kept_find(draft->book, draft->id);
    const struct kept_version *version =
        agreement == NULL ? NULL : agreement_kept_version(agreement, draft->number);
    (void)snprintf(out->agreement, sizeof out->agreement, "%.*s", (int)draft->id.len,
                   (const char *)draft->id.ptr);
    out->version = draft->number;
    if (version != NULL) {
        return same_check(draft, version, out);
    }
    TRY(number_check(draft, agreement));
    TRY(agreement_room_version(agreement, draft->wish->agency, draft->diag));
    TRY(keys_check(draft, agreement));
    TRY(body_make(draft, out));
    return agreement_kept_enter(draft->book, draft->id, draft->diag, out_agreement);
}

/* Under the mutex, after the files were written or were not. */
static void draft_end(const struct draft *draft, struct kept_agreement *agreement,
                      struct agreement_text **text, struct lg_err written) {
    if (lg_failed(written)) {
        agreement->is_busy = false;
        return;
    }
    agreement_text_free(&agreement->pending);
    agreement->pending = *text;
    *text = NULL;
    memcpy(agreement->pending_hash, draft->hash, sizeof agreement->pending_hash);
}

static struct lg_err draft_prepare(const struct draft *draft, struct agreement_text **text,
                                   struct agreement_ready *out) {
    struct agreement_book *book = draft->book;
    struct kept_agreement *agreement = NULL;
    (void)pthread_mutex_lock(&book->mutex);
    struct lg_err err = draft_begin(draft, &agreement, out);
    (void)pthread_mutex_unlock(&book->mutex);
    TRY(err);
    if (out->is_done) {
        return LG_OK;
    }
    err = files_store(draft);
    (void)pthread_mutex_lock(&book->mutex);
    draft_end(draft, agreement, text, err);
    (void)pthread_mutex_unlock(&book->mutex);
    return err;
}

/* Worked out without the mutex: the old text is held meanwhile. */
static struct lg_err reports_make(struct draft *draft, struct arena *arena) {
    OWN(agreement_text_free) struct agreement_text *before = NULL;
    uint32_t replaces = policy_replaces(draft->policy);
    if (replaces != 0) {
        lg_err_ignore(agreement_book_text(draft->book, draft->id, replaces, &before),
                      "what this gateway never had cannot be compared");
    }
    struct lg_err err =
        agreement_report_make(before == NULL ? NULL : agreement_text_policy(before), draft->policy,
                              draft->wish->report, arena, &draft->reports);
    if (lg_err_module(err) == LG_POLICY && lg_err_code(err) == POLICY_TOO_LARGE) {
        return refuse(draft, AGREEMENT_TEXT,
                      "it changes more than can be told: propose it in smaller steps");
    }
    return err;
}

struct lg_err agreement_propose_prepare(struct agreement_book *book,
                                        const struct agreement_wish *wish, struct diag *diag,
                                        struct agreement_ready *out) {
    struct draft draft = {.book = book, .wish = wish, .diag = diag};
    OWN(agreement_text_free) struct agreement_text *text = NULL;
    OWN(arena_free) struct arena *arena = NULL;
    TRY(arena_new(REPORT_BUDGET, &arena));
    TRY(sizes_check(&draft));
    TRY(text_compile(&draft, &text));
    TRY(text_check(&draft));
    TRY(reports_make(&draft, arena));
    agreement_text_hash(wish->text, draft.hash);
    if (draft.reports.len > 0) {
        vault_sha256(draft.reports, draft.report);
    }
    return draft_prepare(&draft, &text, out);
}
