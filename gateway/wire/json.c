/* SPDX-License-Identifier: Apache-2.0 */
/* Which message a method takes and gives, by the descriptors of the contract. */
#include "gateway/wire/json.h"

#include <grpc/health/v1/health.pb-c.h>
#include <lockgate/v1/access.pb-c.h>
#include <lockgate/v1/agreements.pb-c.h>
#include <lockgate/v1/audit.pb-c.h>
#include <lockgate/v1/consents.pb-c.h>
#include <lockgate/v1/disclosures.pb-c.h>
#include <lockgate/v1/duties.pb-c.h>
#include <lockgate/v1/edge.pb-c.h>
#include <lockgate/v1/erasures.pb-c.h>
#include <lockgate/v1/incidents.pb-c.h>
#include <lockgate/v1/keys.pb-c.h>
#include <lockgate/v1/reports.pb-c.h>
#include <lockgate/v1/reviews.pb-c.h>
#include <lockgate/v1/session.pb-c.h>
#include <lockgate/v1/source.pb-c.h>
#include <lockgate/v1/subject_access.pb-c.h>
#include <lockgate/v1/subjects.pb-c.h>
#include <string.h>

#include "gateway/wire/json_int.h"

/* ---- methods and messages ---- */

static const ProtobufCServiceDescriptor *const SERVICES[] = {
    &lockgate__v1__audit__descriptor,          &lockgate__v1__consents__descriptor,
    &lockgate__v1__disclosures__descriptor,    &lockgate__v1__edge__descriptor,
    &lockgate__v1__keys__descriptor,           &lockgate__v1__source__descriptor,
    &lockgate__v1__subjects__descriptor,       &grpc__health__v1__health__descriptor,
    &lockgate__v1__agreements__descriptor,     &lockgate__v1__reviews__descriptor,
    &lockgate__v1__access__descriptor,         &lockgate__v1__erasures__descriptor,
    &lockgate__v1__subject_access__descriptor, &lockgate__v1__reports__descriptor,
    &lockgate__v1__obligations__descriptor,    &lockgate__v1__incidents__descriptor,
    &lockgate__v1__session__descriptor,
};

static const struct wire_message *const *const MESSAGES[] = {
    wire_disclosures_messages,    wire_subjects_messages,
    wire_consents_messages,       wire_notices_messages,
    wire_source_messages,         wire_keys_messages,
    wire_edge_messages,           wire_audit_messages,
    wire_health_messages,         wire_agreements_messages,
    wire_reviews_messages,        wire_access_messages,
    wire_agreement_diff_messages, wire_agreement_replay_messages,
    wire_audit_search_messages,   wire_erasures_messages,
    wire_subject_access_messages, wire_reports_messages,
    wire_duties_messages,         wire_incidents_messages,
    wire_duties_messages,         wire_session_messages,
};

static const struct shape SHAPE_EMPTY = {.choice_at = SHAPE_NOWHERE};
static const struct wire_message MESSAGE_EMPTY = WIRE_REQUEST(SHAPE_EMPTY);

/* By the short name, as ours stand in parts.proto beside the contract's where they hold bytes that
 * were committed to. Among all of them a name is there once. */
static const struct wire_message *message_of(const ProtobufCMessageDescriptor *descriptor) {
    for (size_t i = 0; i < sizeof MESSAGES / sizeof MESSAGES[0]; i++) {
        for (size_t j = 0; MESSAGES[i][j] != NULL; j++) {
            const ProtobufCMessageDescriptor *it = MESSAGES[i][j]->shape->message;
            if (strcmp(it->short_name, descriptor->short_name) == 0) {
                return MESSAGES[i][j];
            }
        }
    }
    return descriptor->n_fields == 0 ? &MESSAGE_EMPTY : NULL;
}

static bool method_of(const ProtobufCServiceDescriptor *service, struct span name,
                      struct wire_json_method *out_method) {
    for (unsigned i = 0; i < service->n_methods; i++) {
        const ProtobufCMethodDescriptor *method = &service->methods[i];
        if (span_equal_text(name, method->name)) {
            out_method->request = message_of(method->input);
            out_method->reply = message_of(method->output);
            return out_method->request != NULL && out_method->reply != NULL;
        }
    }
    return false;
}

bool wire_json_method_find(struct span path, struct wire_json_method *out_method) {
    if (path.len == 0 || path.ptr[0] != '/') {
        return false;
    }
    struct span rest = span_slice(path, 1, path.len);
    size_t slash = span_index(rest, '/');
    struct span service = span_slice(rest, 0, slash);
    struct span name = span_slice(rest, slash + 1, rest.len);
    for (size_t i = 0; slash < rest.len && i < sizeof SERVICES / sizeof SERVICES[0]; i++) {
        if (span_equal_text(service, SERVICES[i]->name)) {
            return method_of(SERVICES[i], name, out_method);
        }
    }
    return false;
}

static bool is_of_the_contract(const ProtobufCMessageDescriptor *message) {
    return strncmp(message->package_name, "lockgate.", strlen("lockgate.")) == 0;
}

/* What a request or reply is, is found among the services' methods; SourceResult is no method's. */
const struct wire_message *wire_json_message_find(struct span name) {
    struct span package = span_text("lockgate.v1.");
    if (!span_starts_with(name, package)) {
        return NULL;
    }
    struct span rest = span_slice(name, package.len, name.len);
    for (size_t i = 0; i < sizeof MESSAGES / sizeof MESSAGES[0]; i++) {
        for (size_t j = 0; MESSAGES[i][j] != NULL; j++) {
            const ProtobufCMessageDescriptor *it = MESSAGES[i][j]->shape->message;
            if (span_equal_text(rest, it->short_name) && is_of_the_contract(it)) {
                return MESSAGES[i][j];
            }
        }
    }
    bool is_empty =
        span_equal_text(rest, lockgate__v1__checkpoint_request__descriptor.short_name) ||
        span_equal_text(rest, lockgate__v1__public_keys_request__descriptor.short_name) ||
        span_equal_text(rest, lockgate__v1__current_session_request__descriptor.short_name) ||
        span_equal_text(rest, lockgate__v1__extend_session_request__descriptor.short_name) ||
        span_equal_text(rest, lockgate__v1__end_session_request__descriptor.short_name) ||
        span_equal_text(rest, lockgate__v1__end_session_reply__descriptor.short_name);
    return is_empty ? &MESSAGE_EMPTY : NULL;
}

/* ---- by path ---- */

bool wire_json_knows(const char *path) {
    struct wire_json_method method = {0};
    return wire_json_method_find(span_text(path), &method);
}

LG_MUST_USE static struct lg_err error_method(void) {
    return lg_err_make(LG_CLASS_INTERNAL, LG_WIRE, WIRE_UNKNOWN);
}

struct lg_err wire_json_request(const char *path, struct arena *arena, struct span json,
                                const char **out_sentence, struct span *out_bytes) {
    struct wire_json_method method = {0};
    struct wire_report report;
    *out_sentence = NULL;
    if (!wire_json_method_find(span_text(path), &method)) {
        return error_method();
    }
    struct lg_err err = wire_json_read(method.request, arena, json, &report, out_bytes);
    if (lg_failed(err) && report.sentence[0] != '\0') {
        *out_sentence = arena_text(arena, span_text(report.sentence));
    }
    return err;
}

struct lg_err wire_json_reply(const char *path, struct arena *arena, struct span bytes,
                              struct span *out_json) {
    struct wire_json_method method = {0};
    if (!wire_json_method_find(span_text(path), &method)) {
        return error_method();
    }
    return wire_json_write(method.reply, arena, bytes, out_json);
}
