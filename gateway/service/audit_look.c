/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/service/audit_look.h"

#include <string.h>

const char *service_audit_look_fault(const struct service_call *call,
                                     const struct wire_audit_search_request *request) {
    if (request->from_ms < 0 || request->to_ms < 0 ||
        (request->to_ms != 0 && request->to_ms <= request->from_ms)) {
        return "from_ms, to_ms: milliseconds since 1970, the first included, the last not";
    }
    if (request->question_id.len != 0 && request->question_id.len != MODEL_REQUEST_ID_SIZE) {
        return "question_id: 16 bytes, as a hit has it";
    }
    if (request->has_person && request->reason == WIRE_SEARCH_NO_REASON) {
        return "reason: say why the entries about a person are looked for: subject access, a "
               "complaint, or a case";
    }
    return !request->has_person ||
                   service_person_is_usable(call, &request->person, &request->ground)
               ? NULL
               : service_person_sentence;
}

const char *service_audit_look_reason(enum wire_search_reason reason) {
    switch (reason) {
    case WIRE_SEARCH_SUBJECT_ACCESS:
        return "SUBJECT_ACCESS";
    case WIRE_SEARCH_COMPLAINT:
        return "COMPLAINT";
    case WIRE_SEARCH_CASE:
        return "CASE";
    default:
        return NULL;
    }
}

struct lg_err service_audit_look_query(const struct service_call *call,
                                       const struct wire_audit_search_request *request,
                                       struct index_query *out_query) {
    struct request_id *question = arena_alloc(call->arena, sizeof *question);
    TRY(arena_failed(call->arena));
    *out_query = (struct index_query){
        .agency = call->caller.agency,
        .role = (enum store_side_role)request->side,
        .other = request->agency,
        .agreement = request->agreement,
        .purpose = request->purpose,
        .basis = request->basis,
        .kind = request->kind,
        .decision = request->outcome,
        .in_emergency = request->emergency,
        .from_ms = request->from_ms,
        .to_ms = request->to_ms,
        .now_ms = clock_wall_ms(&call->service->worker->gateway->clock),
    };
    if (request->question_id.len == MODEL_REQUEST_ID_SIZE) {
        memcpy(question->bytes, request->question_id.ptr, sizeof question->bytes);
        out_query->question = question;
    }
    return LG_OK;
}

/* Of nobody one id that nobody has, read in the same way. */
struct lg_err service_audit_look_persons(const struct service_search *search,
                                         struct index_query *query) {
    struct person_id person = search->located.person;
    struct person_id *persons = NULL;
    size_t count = 0;
    if (!search->located.is_enough) {
        vault_random(person.bytes, sizeof person.bytes);
    }
    TRY(store_aliases_read(search->call->service->worker->reader, &person, search->call->arena,
                           &persons, &count));
    query->by_person = true;
    query->persons = persons;
    query->person_count = count < LIMIT_INDEX_ALIASES ? count : LIMIT_INDEX_ALIASES;
    return LG_OK;
}
