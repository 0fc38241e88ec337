/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of replays share: questions to tests/vectors/policy/whole.isa as decision records,
 * and a replay of them. */
#ifndef TESTS_UNIT_POLICY_REHEARSE_FIXTURE_H
#define TESTS_UNIT_POLICY_REHEARSE_FIXTURE_H

#include "policy/compare/rehearse.h"
#include "tests/unit/policy_fixture.h"

enum { ROOM = 4096, QUESTIONS = 9 };

/* A question, its consent or none, and whether the person's limit is used up. */
struct asked {
    struct policy_request request;
    struct consent consent;
    bool has_consent;
    bool is_limited;
    bool is_part;           /* the record holds a part of the facts */
    uint32_t subject_count; /* how often anybody asked about the person */
    size_t source;          /* of which the record is */
};

struct written {
    struct span ask;
    struct span part;
};

static inline struct asked health_of_gamma(struct fixture *fixture) {
    return (struct asked){.request = good(fixture)};
}

static inline void ask_delta(struct asked *asked, struct fixture *fixture, const char *role) {
    asked->request.sources = list(fixture, "delta");
    asked->request.role = span_text(role);
    asked->request.trainings = list(fixture, "safeguarding-2");
    asked->consent =
        (struct consent){.state = CONSENT_GIVEN, .recorded_by = span_text("delta"), .log_index = 1};
    asked->has_consent = true;
}

static inline void make_questions(struct fixture *fixture, struct asked asked[static QUESTIONS]) {
    for (size_t i = 0; i < QUESTIONS; i++) {
        asked[i] = health_of_gamma(fixture);
    }
    asked[1].request.no_consent_reason = span_text(""); /* refused: a reason is missing */
    asked[2].is_limited = true;                         /* refused: the limit */
    asked[3].request.at_s = at("2026-06-10", 22);       /* refused: closed */
    ask_delta(&asked[4], fixture, "worker");            /* shared by clause 3 */
    ask_delta(&asked[5], fixture, "manager");           /* likewise */
    ask_delta(&asked[6], fixture, "worker");            /* nobody consented */
    asked[6].has_consent = false;
    asked[7].request.recipient = span_text("beta"); /* a number as a pseudonym, at night */
    asked[7].request.role = span_text("officer");
    asked[7].request.sources = list(fixture, "alpha");
    asked[7].request.fields = list(fixture, "person.number");
    asked[7].request.at_s = at("2026-06-10", 22);
    asked[8].request.purpose = span_text("gossip"); /* no text knows it */
}

/* The hash of a text stands for it: here its length is enough. */
static inline struct policy_record_hash hash_of(const struct policy *policy) {
    struct policy_record_hash hash = {{0}};
    hash.bytes[0] = (uint8_t)policy_text(policy).len;
    hash.bytes[1] = (uint8_t)(policy_text(policy).len >> 8);
    return hash;
}

static inline struct span bytes_of(struct fixture *fixture, const struct writer *writer) {
    struct span bytes;
    assert_false(lg_failed(writer_end(writer, &bytes)));
    return arena_copy(fixture->arena, bytes);
}

/* Texts that are in force together, in their order. */
struct texts {
    const struct policy *policies[2];
    size_t count;
};

/* The question of asked as it was decided under these texts, and of one of its sources. */
static inline struct written record_under(struct fixture *fixture, const struct asked *asked,
                                          const struct texts *texts) {
    struct policy_force force[2] = {{0}};
    struct policy_record_hash hashes[2] = {{{0}}};
    const struct policy_record_given given = {
        .force = force, .hashes = hashes, .force_count = texts->count};
    const struct permit *permit = NULL;
    for (size_t i = 0; i < texts->count; i++) {
        force[i].policy = texts->policies[i];
        hashes[i] = hash_of(texts->policies[i]);
    }
    assert_false(
        lg_failed(policy_decide(force, texts->count, &asked->request, fixture->arena, &permit)));
    struct policy_counts counts[4] = {{0}};
    counts[0].person = asked->is_limited ? 3 : 0;
    counts[0].subject = asked->subject_count;
    const struct policy_facts facts = {
        .consents = &asked->consent,
        .consent_count = asked->has_consent,
        .counts = counts,
        .count_count = policy_permit_limit_count(permit),
    };
    struct policy_outcome outcome;
    struct policy_record_ask ask;
    struct policy_record_part part;
    const struct policy_record_settled settled = {&facts, &outcome};
    uint8_t bytes[ROOM];
    struct written written;
    struct arena *arena = fixture->arena;
    assert_false(lg_failed(policy_settle(permit, asked->source, &facts, arena, &outcome)));
    assert_false(lg_failed(policy_record_ask_make(permit, &given, arena, &ask)));
    assert_false(lg_failed(policy_record_part_make(permit, asked->source, &settled, arena, &part)));
    part.is_whole = part.is_whole && !asked->is_part;
    struct writer writer = writer_of(bytes, sizeof bytes);
    policy_record_ask_write(&ask, &writer);
    written.ask = bytes_of(fixture, &writer);
    writer = writer_of(bytes, sizeof bytes);
    policy_record_part_write(&part, &writer);
    written.part = bytes_of(fixture, &writer);
    return written;
}

static inline struct written record_of(struct fixture *fixture, const struct asked *asked) {
    return record_under(fixture, asked, &(struct texts){{fixture->policy}, 1});
}

/* Memory of its own, which does not fail. */
static inline void record_all(struct fixture *fixture, struct written written[static QUESTIONS]) {
    struct asked asked[QUESTIONS];
    bool was_paused = support_alloc_pause(true);
    make_questions(fixture, asked);
    for (size_t i = 0; i < QUESTIONS; i++) {
        written[i] = record_of(fixture, &asked[i]);
    }
    support_alloc_pause(was_paused);
}

/* Of who asked every other question was refused as a whole. */
LG_MUST_USE static inline struct lg_err rehearse(struct fixture *fixture,
                                                 const struct policy *draft,
                                                 enum policy_reader reader, struct arena *arena,
                                                 struct policy_rehearsal *out_report) {
    struct rehearsal *rehearsal;
    const struct policy *texts[] = {fixture->policy};
    struct written written[QUESTIONS];
    record_all(fixture, written);
    TRY(policy_rehearse_begin(draft, arena, &rehearsal));
    for (size_t i = 0; i < QUESTIONS; i++) {
        const struct policy_rehearse_record record = {
            .ask = written[i].ask,
            .parts = &written[i].part,
            .part_count = reader == POLICY_READER_REQUESTER ? i % 2 : 1,
            .texts = {.policies = texts, .count = 1},
            .reader = reader,
        };
        TRY(policy_rehearse_record(rehearsal, &record));
    }
    return policy_rehearse_report(rehearsal, out_report);
}

#endif
