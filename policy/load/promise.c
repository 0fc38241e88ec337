/* SPDX-License-Identifier: Apache-2.0 */
/* E11: promises that the text makes and does not keep stop it (design, 15.4). The proof itself is
 * that of policy/compare/prove.h, over this agreement alone. */
#include "policy/compare/prove_int.h"
#include "policy/load/load.h"

/* Work of one question of a proof, in steps of the load. */
enum { STEPS_A_QUESTION = 64 };

static struct lg_err stop_broken(struct load *load, const struct prove *prove) {
    struct span sentence = policy_prove_sentence(prove);
    struct span id = prove->promise->id;
    if (sentence.ptr == NULL) {
        return policy_no_memory();
    }
    return policy_load_fault(load, "E11", policy_on_line(prove->promise->line),
                             "promise %.*s is broken: %.*s", (int)id.len, (const char *)id.ptr,
                             (int)sentence.len, (const char *)sentence.ptr);
}

struct lg_err policy_promises_check(struct load *load) {
    struct policy *policy = load->policy;
    struct prove_agreement agreement = {.policy = policy};
    if (policy->promise_count == 0) {
        return LG_OK;
    }
    TRY(policy_probe_init(policy, policy->arena, &agreement.probe));
    for (uint32_t i = 0; i < policy->promise_count; i++) {
        struct prove prove = {
            .agreements = &agreement,
            .agreement_count = 1,
            .promise = &policy->promises[i],
            .arena = policy->arena,
            .questions_max = LIMIT_POLICY_STEPS / STEPS_A_QUESTION,
        };
        struct lg_err err = policy_prove_promise(&prove);
        if (lg_err_code(err) == POLICY_TOO_LARGE) {
            err = LG_OK;
        }
        TRY(err);
        TRY(policy_load_steps(load, prove.cells + prove.questions * STEPS_A_QUESTION));
        TRY(prove.is_broken ? policy_load_past(load, stop_broken(load, &prove)) : LG_OK);
    }
    return LG_OK;
}
