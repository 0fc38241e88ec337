/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what is on disk is what was signed, with the keys that had to sign. */
#include "gateway/agreement/book_int.h"
#include "gateway/base/log.h"

static bool signer_find(const struct policy *policy, struct span party,
                        struct policy_signer *out_signer) {
    for (size_t i = 0; policy != NULL && i < policy_party_count(policy); i++) {
        *out_signer = policy_signer_at(policy, i);
        if (span_equal(out_signer->party, party)) {
            return true;
        }
    }
    return false;
}

static struct lg_err no_key(struct diag *diag, struct span party, const char *why) {
    diag_set(diag, 0, "party %.*s: %s", (int)party.len, (const char *)party.ptr, why);
    return agreement_fail(LG_CLASS_INPUT, AGREEMENT_SIGNATURE);
}

/* The key of a party's own section, which for one that founds has to be the pinned one. */
static struct lg_err own_key(const struct agreement_signing *signing, struct span party,
                             bool founds, struct diag *diag, struct vault_sign_public *out_key) {
    struct policy_signer signer = {0};
    struct vault_sign_public key;
    if (!signer_find(signing->policy, party, &signer)) {
        return no_key(diag, party, "is not a party of this agreement");
    }
    if (lg_failed(agreement_key_read(signer.key, &key))) {
        return no_key(diag, party, "its section needs `key:` with 64 hex digits");
    }
    const struct config_party *pinned = config_party_find(signing->registry, party);
    if (founds && (pinned == NULL || !pinned->has_signing_key)) {
        return no_key(diag, party, "the partnership's file pins no signing-key for it");
    }
    if (founds && memcmp(pinned->signing_key, key.bytes, sizeof key.bytes) != 0) {
        return no_key(diag, party,
                      "its key is not the signing-key that the partnership's file pins");
    }
    *out_key = key;
    return LG_OK;
}

static bool signed_before(const struct kept_version *version, struct span party, uint64_t index) {
    const struct kept_act *signature = NULL;
    return version != NULL && agreement_has_act(version, AGREEMENT_SIGN, party, &signature) &&
           signature->index < index;
}

static const struct kept_version *replaced_by(const struct agreement_signing *signing,
                                              const struct policy *policy) {
    return signing->agreement == NULL
               ? NULL
               : agreement_kept_version(signing->agreement, policy_replaces(policy));
}

/* The newest one before that was in force and that the party itself signed; NULL: it has signed
 * none. A signature that carries over needs no look: its section is the same, word for word. */
static struct lg_err signed_find(const struct agreement_signing *signing, struct span party,
                                 struct diag *diag, const struct policy **out_policy) {
    const struct kept_version *version = replaced_by(signing, signing->policy);
    *out_policy = NULL;
    while (version != NULL) {
        const struct policy *policy = agreement_kept_policy(version);
        if (policy == NULL) {
            return no_key(diag, party, "an older version is broken and cannot tell its key");
        }
        if (version->is_activated && signed_before(version, party, signing->before)) {
            *out_policy = policy;
            return LG_OK;
        }
        version = replaced_by(signing, policy);
    }
    return LG_OK;
}

struct lg_err agreement_signing_key(const struct agreement_signing *signing, enum agreement_act act,
                                    struct span party, struct diag *diag,
                                    struct vault_sign_public *out_key) {
    struct policy_signer older = {0};
    const struct policy *policy = NULL;
    struct vault_sign_public key;
    bool enters = act == AGREEMENT_SIGN || act == AGREEMENT_REFUSE ||
                  !signed_before(signing->version, party, signing->before);
    TRY(signed_find(signing, party, diag, &policy));
    bool founds = policy == NULL;
    TRY(own_key(signing, party, founds, diag, &key));
    if (!founds && enters &&
        (!signer_find(policy, party, &older) || lg_failed(agreement_key_read(older.key, &key)))) {
        return no_key(diag, party, "the version that it signed before names no usable key for it");
    }
    *out_key = key;
    return LG_OK;
}

struct lg_err agreement_signing_check(const struct agreement_signing *signing, struct diag *diag) {
    for (size_t i = 0; i < policy_party_count(signing->policy); i++) {
        struct vault_sign_public key;
        struct span party = policy_party_at(signing->policy, i).id;
        TRY(agreement_signing_key(signing, AGREEMENT_SIGN, party, diag, &key));
    }
    return LG_OK;
}

/* ---- Files ---- */

struct lg_err agreement_text_load(const struct agreement_book *book,
                                  const struct kept_agreement *agreement,
                                  const struct kept_version *version, struct diag *diag,
                                  struct agreement_text **out_text) {
    struct span bytes;
    struct agreement_text *text = NULL;
    uint8_t hash[VAULT_SHA256_SIZE];
    TRY(agreement_file_read(book, span_text(agreement->id), version->number, AGREEMENT_FILE_TEXT,
                            &bytes));
    agreement_text_hash(bytes, hash);
    bool is_it = memcmp(hash, version->text_hash, sizeof hash) == 0;
    struct lg_err err = agreement_fail(LG_CLASS_INPUT, AGREEMENT_TEXT);
    if (is_it) {
        err = agreement_text_new(bytes, &book->setup.ground, diag, &text);
    } else {
        diag_set(diag, 0, "the text on disk is not the one that was proposed");
    }
    agreement_file_free(&bytes);
    TRY(err);
    err = book->setup.fits(book->setup.ctx, agreement_text_policy(text), diag);
    if (lg_failed(err)) {
        agreement_text_free(&text);
        return err;
    }
    *out_text = text;
    return LG_OK;
}

static bool lines_have(struct span lines, struct span line) {
    struct span part;
    struct span wanted = span_slice(line, 0, line.len - 1);
    while (span_split(&lines, '\n', &part)) {
        if (span_equal(part, wanted)) {
            return true;
        }
    }
    return false;
}

static struct lg_err act_verify(const struct agreement_signing *signing,
                                const struct kept_version *version, const struct kept_act *act,
                                struct span lines, struct diag *diag) {
    const struct agreement_entry *entry = &act->entry;
    struct vault_sign_public key;
    bool same = memcmp(entry->text, version->text_hash, sizeof entry->text) == 0 &&
                entry->has_report == version->has_report &&
                memcmp(entry->report, version->report_hash, sizeof entry->report) == 0;
    if (!same) {
        diag_set(diag, 0, "an act is recorded for another text");
        return agreement_fail(LG_CLASS_INPUT, AGREEMENT_SIGNATURE);
    }
    if (!agreement_act_has_line(entry->act)) {
        return LG_OK;
    }
    if (!lines_have(lines, entry->line)) {
        diag_set(diag, 0, "a signature that was recorded is missing on disk or was changed");
        return agreement_fail(LG_CLASS_INPUT, AGREEMENT_SIGNATURE);
    }
    struct agreement_signing then = *signing;
    then.before = act->index;
    TRY(agreement_signing_key(&then, entry->act, entry->agency, diag, &key));
    struct lg_err err = agreement_line_verify(&entry->signed_line, &key);
    if (lg_failed(err)) {
        diag_set(diag, 0, "a signature does not verify");
    }
    return err;
}

static struct lg_err report_verify(const struct agreement_book *book, struct span id,
                                   const struct kept_version *version, struct diag *diag) {
    uint8_t hash[VAULT_SHA256_SIZE];
    struct span report;
    if (!version->has_report) {
        return LG_OK;
    }
    TRY(agreement_file_read(book, id, version->number, AGREEMENT_FILE_REPORT, &report));
    vault_sha256(report, hash);
    agreement_file_free(&report);
    if (memcmp(hash, version->report_hash, sizeof hash) != 0) {
        diag_set(diag, 0, "the reports on disk are not those that were signed");
        return agreement_fail(LG_CLASS_INPUT, AGREEMENT_TEXT);
    }
    return LG_OK;
}

struct lg_err agreement_signing_make(const struct agreement_book *book,
                                     const struct kept_agreement *agreement,
                                     const struct policy *policy, struct diag *diag,
                                     struct agreement_signing *out_signing) {
    const struct kept_version *before =
        agreement == NULL ? NULL : agreement_kept_version(agreement, policy_replaces(policy));
    if (before != NULL && agreement_kept_policy(before) == NULL) {
        diag_set(diag, 0, "the version that it replaces is broken and cannot tell the keys");
        return agreement_fail(LG_CLASS_INPUT, AGREEMENT_SIGNATURE);
    }
    *out_signing = (struct agreement_signing){
        .registry = book->setup.registry,
        .policy = policy,
        .agreement = agreement,
        .version =
            agreement == NULL ? NULL : agreement_kept_version(agreement, policy_version(policy)),
        .before = UINT64_MAX,
    };
    return LG_OK;
}

static struct lg_err acts_verify(const struct agreement_book *book,
                                 const struct kept_agreement *agreement,
                                 const struct kept_version *version, const struct policy *policy,
                                 struct diag *diag) {
    struct agreement_signing signing;
    TRY(agreement_signing_make(book, agreement, policy, diag, &signing));
    struct span id = span_text(agreement->id);
    struct span lines;
    TRY(agreement_signing_check(&signing, diag));
    TRY(report_verify(book, id, version, diag));
    TRY(agreement_file_read(book, id, version->number, AGREEMENT_FILE_LINES, &lines));
    struct lg_err err = LG_OK;
    for (size_t i = 0; i < version->count && !lg_failed(err); i++) {
        err = act_verify(&signing, version, &version->acts[i], lines, diag);
    }
    agreement_file_free(&lines);
    return err;
}

/* A floor says nothing of data, and a signature that is missing leaves the text what it was: the
 * log has its hash. */
static struct agreement_text *word_load(const struct agreement_book *book,
                                        const struct kept_agreement *agreement,
                                        const struct kept_version *version) {
    const struct agreement_ground ground = {.statutes = book->setup.ground.statutes};
    struct agreement_text *word = NULL;
    struct diag diag = {0};
    uint8_t hash[VAULT_SHA256_SIZE];
    struct span bytes;
    if (lg_failed(agreement_file_read(book, span_text(agreement->id), version->number,
                                      AGREEMENT_FILE_TEXT, &bytes))) {
        return NULL;
    }
    agreement_text_hash(bytes, hash);
    if (memcmp(hash, version->text_hash, sizeof hash) == 0) {
        lg_err_ignore(agreement_text_new(bytes, &ground, &diag, &word), "then nobody can tell");
    }
    agreement_file_free(&bytes);
    return word;
}

void agreement_verified_make(const struct agreement_book *book,
                             const struct kept_agreement *agreement,
                             const struct kept_version *version,
                             struct agreement_verified *out_verified) {
    struct diag diag = {0};
    struct agreement_text *text = NULL;
    *out_verified = (struct agreement_verified){0};
    struct lg_err err = agreement_text_load(book, agreement, version, &diag, &text);
    if (!lg_failed(err)) {
        err = acts_verify(book, agreement, version, agreement_text_policy(text), &diag);
    }
    if (lg_failed(err)) {
        agreement_text_free(&text);
        out_verified->word = word_load(book, agreement, version);
        log_line(LOG_ERROR, "agreement.broken", "agreement=%s version=%u line=%u fault=\"%s\"",
                 agreement->id, (unsigned)version->number, (unsigned)diag.line, diag.text);
        return;
    }
    struct kept_version loaded = {.number = version->number, .text = text};
    agreement_accession_find(agreement, &loaded);
    out_verified->text = text;
    out_verified->is_accession = loaded.is_accession;
    memcpy(out_verified->carries, loaded.carries, sizeof loaded.carries);
}

void agreement_verified_put(struct kept_version *version, struct agreement_verified *verified) {
    agreement_text_free(&version->text);
    agreement_text_free(&version->word);
    version->text = verified->text;
    version->word = verified->word;
    version->is_broken = verified->text == NULL;
    version->is_accession = verified->is_accession;
    memcpy(version->carries, verified->carries, sizeof version->carries);
    verified->text = NULL;
    verified->word = NULL;
}

void agreement_verify(const struct agreement_book *book, const struct kept_agreement *agreement,
                      struct kept_version *version) {
    struct agreement_verified verified;
    agreement_verified_make(book, agreement, version, &verified);
    agreement_verified_put(version, &verified);
}
