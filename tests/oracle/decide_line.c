/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/oracle/decide_line.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void line_wrong(const char *what) {
    fprintf(stderr, "decide_main: %s\n", what);
    exit(2);
}

struct span line_column(struct span *rest, uint8_t mark) {
    struct span part;
    return span_split(rest, mark, &part) ? part : span_of(NULL, 0);
}

static int64_t number(struct span text) {
    int64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            line_wrong("a number cannot be read");
        }
        value = value * 10 + (text.ptr[i] - '0');
    }
    return value;
}

static uint32_t small(struct span text) {
    return (uint32_t)number(text);
}

static bool flag(struct span text) {
    return span_equal_text(text, "1");
}

static size_t parts_of(struct span text, uint8_t mark) {
    size_t count = text.len > 0;
    for (size_t i = 0; i < text.len; i++) {
        count += text.ptr[i] == mark;
    }
    return count;
}

static void *room(struct arena *arena, size_t count, size_t size) {
    void *items = arena_array(arena, count + 1, size);
    if (items == NULL) {
        line_wrong("memory");
    }
    return items;
}

static struct span_list list(struct span text, uint8_t mark, struct arena *arena) {
    size_t count = parts_of(text, mark);
    struct span *items = room(arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        items[i] = line_column(&text, mark);
    }
    return (struct span_list){.items = items, .count = count};
}

static struct policy_force force_of(struct span text, struct policy *const policies[],
                                    struct arena *arena) {
    uint32_t slot = small(line_column(&text, '|'));
    if (slot >= LINE_SLOTS || policies[slot] == NULL) {
        line_wrong("no agreement in this slot");
    }
    struct policy_force force = {.policy = policies[slot]};
    force.is_suspended = flag(line_column(&text, '|'));
    force.is_unsigned = flag(line_column(&text, '|'));
    force.suspended = list(line_column(&text, '|'), ',', arena);
    force.unsigned_parties = list(line_column(&text, '|'), ',', arena);
    force.withdrawn = list(line_column(&text, '|'), ',', arena);
    return force;
}

/* The place of a word in a list that ends with NULL. */
static unsigned word(struct span text, const char *const *words) {
    unsigned index = 0;
    while (words[index] != NULL && !span_equal_text(text, words[index])) {
        index++;
    }
    if (words[index] == NULL) {
        line_wrong("a word is none of its list");
    }
    return index;
}

static enum consent_kind kind_of(struct span text) {
    static const char *const words[] = {"",        "lawful basis", "confidentiality",
                                        "service", "objection",    NULL};
    return (enum consent_kind)word(text, words);
}

static struct consent consent_of(struct span text, struct arena *arena) {
    struct span state = line_column(&text, '|');
    struct consent consent = {.state = span_equal_text(state, "given")     ? CONSENT_GIVEN
                                       : span_equal_text(state, "refused") ? CONSENT_REFUSED
                                                                           : CONSENT_WITHDRAWN};
    consent.explicit_consent = flag(line_column(&text, '|'));
    consent.purposes = list(line_column(&text, '|'), ',', arena);
    consent.categories = list(line_column(&text, '|'), ',', arena);
    consent.recipients = list(line_column(&text, '|'), ',', arena);
    consent.from = line_column(&text, '|');
    consent.until = line_column(&text, '|');
    consent.recorded_ms = number(line_column(&text, '|'));
    consent.recorded_by = line_column(&text, '|');
    consent.log_index = (uint64_t)number(line_column(&text, '|'));
    consent.kind = kind_of(line_column(&text, '|'));
    consent.sources = list(line_column(&text, '|'), ',', arena);
    return consent;
}

static struct line_count count_of(struct span text) {
    struct line_count count = {.agreement = line_column(&text, '|')};
    count.limit = line_column(&text, '|');
    count.counts.person = small(line_column(&text, '|'));
    count.counts.agency = small(line_column(&text, '|'));
    count.counts.subject = small(line_column(&text, '|'));
    return count;
}

static struct policy_emergency emergency_of(struct span text) {
    static const char *const capacities[] = {"", "can", "cannot", "not known", NULL};
    struct policy_emergency emergency = {.is_declared = text.len > 0};
    emergency.id = line_column(&text, '|');
    emergency.reason = line_column(&text, '|');
    emergency.rationale_chars = small(line_column(&text, '|'));
    struct span age = line_column(&text, '|');
    emergency.has_age = age.len > 0;
    emergency.age_min = small(age);
    emergency.count = small(line_column(&text, '|'));
    emergency.overdue = small(line_column(&text, '|'));
    emergency.capacity = (enum capacity)word(line_column(&text, '|'), capacities);
    return emergency;
}

static void read_forces(struct line_question *it, struct span text, struct policy *const policies[],
                        struct arena *arena) {
    it->force_count = parts_of(text, ';');
    it->forces = room(arena, it->force_count, sizeof *it->forces);
    for (size_t i = 0; i < it->force_count; i++) {
        it->forces[i] = force_of(line_column(&text, ';'), policies, arena);
    }
}

static void read_request(struct policy_request *request, struct span *rest, struct arena *arena) {
    request->agreement = line_column(rest, '\t');
    request->at_s = number(line_column(rest, '\t'));
    request->recipient = line_column(rest, '\t');
    request->role = line_column(rest, '\t');
    request->trainings = list(line_column(rest, '\t'), ',', arena);
    request->sources = list(line_column(rest, '\t'), ',', arena);
    request->purpose = line_column(rest, '\t');
    request->basis = line_column(rest, '\t');
    request->fields = list(line_column(rest, '\t'), ';', arena);
    struct span age = line_column(rest, '\t');
    request->age_class = span_equal_text(age, "child")   ? AGE_CHILD
                         : span_equal_text(age, "adult") ? AGE_ADULT
                                                         : AGE_UNKNOWN;
    request->has_case_reference = flag(line_column(rest, '\t'));
    request->has_second_person = flag(line_column(rest, '\t'));
    request->no_consent_reason = line_column(rest, '\t');
    request->emergency = emergency_of(line_column(rest, '\t'));
}

static void read_person(struct line_question *it, struct span *rest, struct arena *arena) {
    struct span consents = line_column(rest, '\t');
    struct span counts = line_column(rest, '\t');
    it->consent_count = parts_of(consents, ';');
    it->consents = room(arena, it->consent_count, sizeof *it->consents);
    for (size_t i = 0; i < it->consent_count; i++) {
        it->consents[i] = consent_of(line_column(&consents, ';'), arena);
    }
    it->count_count = parts_of(counts, ';');
    it->counts = room(arena, it->count_count, sizeof *it->counts);
    for (size_t i = 0; i < it->count_count; i++) {
        it->counts[i] = count_of(line_column(&counts, ';'));
    }
}

static struct policy_opt_out opt_out_of(struct span text) {
    struct policy_opt_out read = {.is_known = text.len > 0};
    read.applies = flag(line_column(&text, '|'));
    if (read.is_known && !policy_day_parse(line_column(&text, '|'), &read.as_of_day)) {
        line_wrong("a day cannot be read");
    }
    return read;
}

static void read_law(struct line_question *it, struct span text) {
    static const char *const capacities[] = {"", "has", "lacks", NULL};
    it->request.has_statement = flag(line_column(&text, ';'));
    it->request.has_compelling_reason = flag(line_column(&text, ';'));
    struct span necessity = line_column(&text, ';');
    for (unsigned i = 0; i < necessity.len; i++) {
        it->request.necessity |= (uint32_t)(necessity.ptr[i] == '1') << i;
    }
    it->request.capacity = (enum policy_capacity)word(line_column(&text, ';'), capacities);
    it->opt_out = opt_out_of(line_column(&text, ';'));
    it->holder_withholds = flag(line_column(&text, ';'));
}

struct line_question line_read(struct span line, struct policy *const policies[static LINE_SLOTS],
                               struct arena *arena) {
    struct line_question it = {0};
    read_forces(&it, line_column(&line, '\t'), policies, arena);
    read_request(&it.request, &line, arena);
    read_person(&it, &line, arena);
    read_law(&it, line_column(&line, '\t'));
    return it;
}
