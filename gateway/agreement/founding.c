/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/agreement/founding.h"

#include "gateway/agreement/book_int.h"

/* Who signed, by the order of the text. */
struct signatures {
    const struct agreement_founding *founding;
    const struct policy *policy;
    uint8_t hash[VAULT_SHA256_SIZE];
    bool has_signed[LIMIT_POLICY_PARTIES];
};

static struct lg_err wrong(struct diag *diag, struct span party, const char *why) {
    diag_set(diag, 0, "signature of %.*s: %s", (int)party.len, (const char *)party.ptr, why);
    return agreement_fail(LG_CLASS_INPUT, AGREEMENT_SIGNATURE);
}

static size_t party_index(const struct policy *policy, struct span party) {
    size_t at = 0;
    while (at < policy_party_count(policy) && !span_equal(policy_party_at(policy, at).id, party)) {
        at++;
    }
    return at;
}

static struct lg_err line_take(struct signatures *all, struct span part, struct diag *diag) {
    const struct agreement_signing signing = {.registry = all->founding->registry,
                                              .policy = all->policy};
    struct agreement_line line;
    struct vault_sign_public key;
    if (lg_failed(agreement_line_read(part, &line)) || line.act != AGREEMENT_SIGN) {
        diag_set(diag, 0, "signatures: a line is not one of `lockgate agreement sign`");
        return agreement_fail(LG_CLASS_INPUT, AGREEMENT_LINE);
    }
    if (!span_equal(line.agreement, policy_id(all->policy)) ||
        line.version != policy_version(all->policy) ||
        memcmp(line.text, all->hash, sizeof line.text) != 0) {
        return wrong(diag, line.party, "is over another text than this one; sign again");
    }
    if (line.has_report) {
        return wrong(diag, line.party, "names reports; a founding text has none");
    }
    TRY(agreement_signing_key(&signing, AGREEMENT_SIGN, line.party, diag, &key));
    if (lg_failed(agreement_line_verify(&line, &key))) {
        return wrong(diag, line.party, "is not one by the key that the partnership pins");
    }
    all->has_signed[party_index(all->policy, line.party)] = true;
    return LG_OK;
}

static struct lg_err all_signed(const struct signatures *all, struct diag *diag) {
    const struct policy *policy = all->policy;
    size_t lead = party_index(policy, policy_lead(policy));
    size_t count = 0;
    size_t missing = lead;
    for (size_t i = 0; i < policy_party_count(policy); i++) {
        count += all->has_signed[i] ? 1 : 0;
        missing = all->has_signed[i] ? missing : i;
    }
    bool enough = policy_signs_both_sides(policy) ? count >= 2 && all->has_signed[lead]
                                                  : count == policy_party_count(policy);
    return enough ? LG_OK
                  : wrong(diag, policy_party_at(policy, missing).id,
                          "is missing; let it sign with `lockgate agreement sign`");
}

static struct lg_err lines_check(struct signatures *all, struct diag *diag) {
    struct span rest = all->founding->lines;
    struct span part;
    if (rest.len == 0 || rest.ptr[rest.len - 1] != '\n') {
        diag_set(diag, 0, "signatures: the last line is cut off");
        return agreement_fail(LG_CLASS_INPUT, AGREEMENT_LINE);
    }
    while (span_split(&rest, '\n', &part)) {
        if (part.len > 0) {
            TRY(line_take(all, part, diag));
        }
    }
    return all_signed(all, diag);
}

struct lg_err agreement_founding_check(const struct agreement_founding *founding, struct diag *diag,
                                       struct agreement_text **out_text) {
    OWN(agreement_text_free) struct agreement_text *text = NULL;
    TRY(agreement_text_new(founding->text, &founding->ground, diag, &text));
    struct signatures all = {.founding = founding, .policy = agreement_text_policy(text)};
    const struct agreement_signing signing = {.registry = founding->registry, .policy = all.policy};
    agreement_text_hash(founding->text, all.hash);
    TRY(agreement_signing_check(&signing, diag));
    TRY(lines_check(&all, diag));
    *out_text = TAKE(text);
    return LG_OK;
}
