/* SPDX-License-Identifier: Apache-2.0 */
/* Marks of the person whom a question was about. */
#include "gateway/service/signal_marks.h"

#include <string.h>

#include "gateway/service/marks_known.h"
#include "gateway/service/service_int.h"
#include "gateway/store/entries.h"
#include "gateway/store/signals.h"

enum { MARKS_BUDGET = 1 << 20 };

static bool same(const struct store_tag *a, const struct store_tag *b) {
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* Rows that count for who asked then, by what is in force now; what an emergency opened besides
 * stays out. */
static struct lg_err asker_make(const struct service_marks_look *look, struct arena *arena,
                                struct locate_asker *out_asker) {
    const struct index_asked *asked = look->asked;
    const struct caller caller = {.agency = asked->entry.requesting_agency, .role = asked->role};
    const struct question question = {
        .ground = {.agreement = asked->entry.agreement,
                   .purpose = asked->entry.purpose,
                   .basis = asked->entry.basis,
                   .case_reference = asked->case_reference},
        .age_class = asked->age_class <= AGE_ADULT ? asked->age_class : AGE_UNKNOWN,
    };
    const struct policy_request request =
        query_policy_request(&caller, &question, asked->entry.time_ms);
    struct agreement_view view = agreement_view_of(look->gateway->agreements);
    struct lg_err err =
        query_askers_get(look->askers, agreement_view_set(&view), &request, arena, out_asker);
    agreement_view_done(&view);
    return err;
}

static bool is_visible(const struct locate_asker *asker, const struct store_tag *enrolment) {
    for (size_t i = 0; i < asker->scope_count; i++) {
        if (asker->scope[i].is_visible && same(&asker->scope[i].enrolment, enrolment)) {
            return true;
        }
    }
    return false;
}

/* Whether the visible rows agree with this match's mark so far that it is the same person. */
static bool is_person(const struct locate_asker *asker, const struct store_mark_matches *matches,
                      const struct store_mark_match *match) {
    struct store_evidence evidence = {.classes = 0};
    for (size_t i = 0; i < matches->count; i++) {
        const struct store_mark_match *it = &matches->items[i];
        if (it->kind == match->kind && same(&it->label, &match->label) &&
            is_visible(asker, &it->enrolment)) {
            evidence.classes |= 1U << it->token_class;
        }
    }
    return store_evidence_is_enough(&evidence);
}

/* ---- Whom it is about ---- */

/* The log remembers the newest entries that this process wrote. Of those before it the index tells
 * by which key they are sealed, and the map of the agency whose it is. Once the log remembers, the
 * maps are of no more use. */
static struct lg_err person_find(const struct service_marks_look *look, bool *out_found,
                                 struct person_id *out_person) {
    *out_found = look->asked->has_person;
    *out_person = look->asked->person;
    if (*out_found) {
        service_marks_known_leave(look->known);
        return LG_OK;
    }
    const struct service_marks_whose whose = {.gateway = look->gateway,
                                              .reader = look->reader,
                                              .agency = look->asked->entry.requesting_agency,
                                              .quarter = look->asked->entry.quarter};
    return service_marks_known_find(look->known, &whose, &look->asked->subject, out_found,
                                    out_person);
}

struct lg_err service_marks_find(const struct service_marks_look *look,
                                 struct service_marks *out_marks) {
    OWN(arena_free) struct arena *arena = NULL;
    struct service_marks marks = {.is_canary = false};
    const struct store_mark self = {.agency = look->asked->entry.requesting_agency,
                                    .kind = STORE_MARK_STAFF,
                                    .label = look->asked->user_id};
    struct store_mark_matches matches;
    struct locate_asker asker;
    struct store_tag user;
    struct person_id person;
    bool is_known = false;
    *out_marks = marks;
    TRY(arena_new(MARKS_BUDGET, &arena));
    TRY(person_find(look, &is_known, &person));
    if (!is_known) {
        return LG_OK;
    }
    TRY(store_marks_match(look->reader, self.agency, &person, arena, &matches));
    if (matches.count == 0) {
        return LG_OK;
    }
    TRY(asker_make(look, arena, &asker));
    TRY(store_mark_label(look->gateway->store, &self, &user));
    for (size_t i = 0; i < matches.count; i++) {
        const struct store_mark_match *match = &matches.items[i];
        bool is = is_person(&asker, &matches, match);
        bool is_staff = match->kind == STORE_MARK_STAFF;
        bool is_self = is_staff && same(&match->label, &user);
        marks.is_own_record = marks.is_own_record || (is && is_self);
        marks.is_colleague = marks.is_colleague || (is && is_staff && !is_self);
        marks.is_canary = marks.is_canary || (is && !is_staff);
    }
    *out_marks = marks;
    return LG_OK;
}
