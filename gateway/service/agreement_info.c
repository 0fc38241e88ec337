/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/service/agreements.h"

static struct span day_text(int32_t day, struct arena *arena) {
    char text[11];
    if (day == AGREEMENT_NO_DAY) {
        return span_of(NULL, 0);
    }
    policy_day_text(day, text);
    return arena_copy(arena, span_text(text));
}

static void party_fill(const struct agreement_party_info *party, struct arena *arena,
                       struct wire_agreement_party *out) {
    *out = (struct wire_agreement_party){
        .party = party->party,
        .office = party->office,
        .has_signed = party->has_signed,
        .has_refused = party->has_refused,
        .signed_s = party->signed_s,
        .office_held = party->held,
        .is_suspended = party->is_suspended,
        .is_carried = party->is_carried,
        .withdrawn_day = day_text(party->withdrawn_day, arena),
    };
    if (party->has_signed) {
        out->key_id = arena_copy(arena, span_of(party->key_id, sizeof party->key_id));
    }
}

struct lg_err service_agreement_info(const struct agreement_info *info, struct arena *arena,
                                     struct wire_agreement_info *out_info) {
    struct wire_agreement_party *parties = arena_array(arena, info->party_count, sizeof *parties);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < info->party_count; i++) {
        party_fill(&info->parties[i], arena, &parties[i]);
    }
    bool is_known = info->state != AGREEMENT_STATE_BROKEN;
    *out_info = (struct wire_agreement_info){
        .id = info->id,
        .version = info->version,
        .title = info->title,
        .state = (enum wire_agreement_state)info->state,
        .sha256 = arena_copy(arena, span_of(info->text, sizeof info->text)),
        .first_day = is_known ? day_text(info->days.first_day, arena) : span_of(NULL, 0),
        .last_day = is_known ? day_text(info->days.last_day, arena) : span_of(NULL, 0),
        .review_day = is_known ? day_text(info->days.review_day, arena) : span_of(NULL, 0),
        .grace_days = info->days.grace_days,
        .replaces = info->replaces,
        .lead = info->lead,
        .parties = parties,
        .party_count = info->party_count,
        .end_day = day_text(info->end_day, arena),
        .both_sides = info->signs_both_sides,
    };
    if (info->has_report) {
        out_info->report_sha256 = arena_copy(arena, span_of(info->report, sizeof info->report));
    }
    return arena_failed(arena);
}

struct lg_err service_agreement_findings(const struct policy_findings *findings,
                                         struct arena *arena,
                                         const struct wire_finding **out_findings) {
    struct wire_finding *list = arena_array(arena, findings->count, sizeof *list);
    TRY(arena_failed(arena));
    for (uint32_t i = 0; i < findings->count; i++) {
        const struct policy_finding *it = &findings->items[i];
        struct span sentence = it->sentence;
        sentence.len = sentence.len > LIMIT_WIRE_SENTENCE ? LIMIT_WIRE_SENTENCE : sentence.len;
        list[i] = (struct wire_finding){
            .line = it->line,
            .code = arena_copy(arena, span_text(it->code)),
            .sentence = sentence,
        };
    }
    *out_findings = list;
    return arena_failed(arena);
}

bool service_agreement_shows_lines(const struct agreement_info *info, const struct caller *caller) {
    for (size_t i = 0; i < info->party_count; i++) {
        if (span_equal(info->parties[i].party, caller->agency)) {
            return true;
        }
    }
    return caller->kind == SYSTEM_OFFICER;
}
