/* SPDX-License-Identifier: Apache-2.0 */
/* A declared emergency and the second person, as far as the message alone tells what is wrong. */
#include <string.h>

#include "gateway/identity/identity.h"
#include "gateway/service/service_int.h"

static bool is_basis_known(struct span basis) {
    static const char *const known[] = {"seen", "told-by-clinician", "record", "cannot-tell"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (span_equal_text(basis, known[i])) {
            return true;
        }
    }
    return false;
}

/* The second person is of the same agency: the same system vouches for them. */
static const char *second_fault(const struct service_call *call, const struct actor *second) {
    const struct config_partnership *registry = call->service->worker->gateway->registry;
    const struct config_party *party = config_party_find(registry, call->caller.agency);
    if (second->user_id.len == 0) {
        return second->role.len + second->display_name.len == 0
                   ? NULL
                   : "second_person.user_id: is needed where a second person is named";
    }
    if (call->service->sessions.find != NULL) {
        return "second_person: nobody vouches for a second person in the console; leave it out, or "
               "ask through a case system";
    }
    if (span_equal_folded(second->user_id, call->caller.user_id)) {
        return "second_person: must be another person than ground.actor";
    }
    if (!identity_user_is_valid(second->user_id) || !span_is_plain(second->display_name)) {
        return "second_person: user_id and display_name are plain text of one line; user_id has at "
               "most 128 bytes and no blank at either end";
    }
    const struct config_system *system =
        party == NULL ? NULL : config_system_find(party, call->caller.system);
    if (system == NULL || !config_role_is_vouched(system, second->role)) {
        return "second_person.role: this system may not vouch for that role";
    }
    return NULL;
}

const char service_stale_sentence[] = "This needs a fresh sign-in: go to /sign-in/start?fresh=1, "
                                      "say who you are again, and repeat it";

/* A word on capacity comes with how that is known, and nothing without. */
static bool is_founded(enum capacity capacity, struct span basis) {
    return capacity == CAPACITY_UNSTATED ? basis.len == 0 : is_basis_known(basis);
}

static const char *declared_fault(const struct question *question) {
    if (question->ground.agreement.len == 0) {
        return "ground.agreement: name the agreement under which the emergency is declared";
    }
    if (!is_founded(question->capacity, question->capacity_basis)) {
        return "emergency.capacity_basis: say how the capacity is known: seen, told-by-clinician, "
               "record or cannot-tell; only with a capacity";
    }
    return NULL;
}

const char *service_emergency_fault(const struct service_call *call,
                                    const struct question *question) {
    const char *fault = second_fault(call, &question->second_person);
    if (fault == NULL &&
        !is_founded(question->deciding_capacity, question->deciding_capacity_basis)) {
        fault = "deciding_capacity_basis: say how the capacity is known: seen, told-by-clinician, "
                "record or "
                "cannot-tell; only with a capacity";
    }
    if (fault == NULL && question->emergency_declared) {
        fault = declared_fault(question);
    }
    return fault;
}
