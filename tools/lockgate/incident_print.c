/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents and notices as people read them. */
#include <inttypes.h>
#include <stdio.h>

#include "gateway/base/bytes.h"
#include "tools/lockgate/audit_int.h"
#include "tools/lockgate/incident_int.h"

static void part_print(const char *before, struct span text) {
    if (text.len > 0) {
        (void)printf("%s%.*s", before, (int)text.len, (const char *)text.ptr);
    }
}

static void time_print(const char *before, int64_t ms) {
    char when[64];
    if (ms != 0) {
        audit_time_write(ms, true, when);
        (void)printf("%s%s", before, when);
    }
}

static const char *kind_word(enum wire_incident_kind kind) {
    static const char *const words[] = {"unknown", "wrong-person", "wrong-merge", "lost-device",
                                        "compromised-system"};
    return words[kind <= WIRE_INCIDENT_COMPROMISED_SYSTEM ? kind : 0];
}

static const char *outcome_word(enum wire_incident_outcome outcome) {
    static const char *const words[] = {"", "destroyed", "returned", "kept", "not-held", "noted"};
    return words[outcome <= WIRE_INCIDENT_NOTED ? outcome : 0];
}

static void state_print(const struct wire_incident *it) {
    if (it->closed_ms != 0) {
        (void)printf("closed");
    } else if (it->has_decision) {
        (void)printf("decided");
    } else if (it->overdue) {
        (void)printf("OVERDUE by %" PRId64 " h", -it->hours_left);
    } else {
        (void)printf("%" PRId64 " h left", it->hours_left);
    }
}

void incident_print(const struct wire_incident *it) {
    char id[2 * WIRE_INCIDENT_ID_SIZE + 1];
    bytes_to_hex(span_of(it->incident_id.bytes, sizeof it->incident_id.bytes), id);
    (void)printf("%s  version %" PRIu32 "  %-18s  ", it->version > 0 ? id : "of another agency",
                 it->version, kind_word(it->kind));
    state_print(it);
    part_print("  of ", it->agency);
    time_print("  aware ", it->aware_ms);
    if (it->notice_count > 0) {
        (void)printf("  %" PRIu32 " notices", it->notice_count);
    }
    (void)printf("%s\n", it->escalated ? "  ESCALATED" : "");
}

static void scope_print(const struct wire_incident_scope *scope) {
    (void)printf("  scope      ");
    for (size_t i = 0; i < scope->entry_count; i++) {
        (void)printf("%s%" PRIu64, i == 0 ? "entries " : ", ", scope->entries[i].index);
    }
    (void)printf("%s", scope->of_person ? "a person" : "");
    part_print("system ", scope->system);
    part_print("user ", scope->user_id);
    part_print(" of ", scope->agency);
    time_print(", from ", scope->from_ms);
    time_print(", before ", scope->to_ms);
    (void)putchar('\n');
}

static void decision_print(const struct wire_incident_decision *it) {
    (void)printf("  decided    %s, %s",
                 it->ico == WIRE_INCIDENT_ICO_NOTIFY ? "the ICO is notified"
                                                     : "the ICO is not notified",
                 it->persons == WIRE_INCIDENT_PERSONS_TELL ? "the persons are told"
                                                           : "the persons are not told");
    time_print(", ", it->decided_ms);
    part_print(" by ", it->decided_by);
    part_print("\n  because    ", it->reason);
    part_print("\n  effects    ", it->effects);
    part_print("\n  delay      ", it->delay);
    (void)putchar('\n');
}

void incident_print_whole(const struct wire_incident *it) {
    incident_print(it);
    time_print("  opened     ", it->opened_ms);
    part_print(" by ", it->opened_by);
    time_print("\n  clock ends ", it->due_ms);
    part_print("\n  facts      ", it->facts);
    (void)putchar('\n');
    scope_print(&it->scope);
    if (it->has_decision) {
        decision_print(&it->decision);
    }
    if (it->notice_count > 0) {
        (void)printf("  told       %" PRIu32 " notices of %" PRIu32
                     " entries, log looked through up "
                     "to %" PRIu64 "\n",
                     it->notice_count, it->entry_count, it->covered_size);
    }
    part_print("  measures   ", it->measures);
    time_print("\n  closed     ", it->closed_ms);
    (void)fputs(it->closed_ms != 0 ? "\n" : "", stdout);
}

static void question_print(struct span id) {
    char text[2 * MODEL_REQUEST_ID_SIZE + 1];
    if (id.len == MODEL_REQUEST_ID_SIZE) {
        bytes_to_hex(id, text);
        (void)printf(" (question %s)", text);
    }
}

void incident_notice_print(const struct wire_incident_notice *it) {
    (void)printf("%10" PRIu64 "  %-18s  %s", it->number, kind_word(it->kind),
                 it->recall ? "stop using, destroy or return" : "know that it went astray");
    time_print("  by ", it->by_ms);
    part_print("  to ", it->recipient);
    part_print("  from ", it->sender);
    part_print("  system ", it->system);
    (void)printf("  %" PRIu32 " entries", it->entry_total);
    for (size_t i = 0; i < it->entry_count; i++) {
        (void)printf("%s%" PRIu64, i == 0 ? ": " : ", ", it->entries[i].index);
        question_print(it->entries[i].question_id);
    }
    if (it->acknowledged) {
        (void)printf("  %s", outcome_word(it->outcome));
        part_print(": ", it->reason);
    }
    (void)printf("%s\n", it->overdue ? "  OVERDUE" : "");
}
