/* SPDX-License-Identifier: Apache-2.0 */
/* The facts of consent of one question: what of each fact concerns it, and of those facts only the
 * ones that no newer one stands in for. So whoever was asked often has a record as short as anybody
 * else's, and a decision made from what is left is the decision that was made from all. */
#include "gateway/base/num.h"
#include "policy/record/record_int.h"

/* Facts of one source while they are looked through. */
struct sifting {
    const struct permit *permit;
    struct span source;
    const struct span *categories;
    size_t category_count;
    uint16_t agreements; /* those that know the purpose */
    struct policy_record_consent kept[POLICY_RECORD_CONSENTS_MAX];
    bool pinned[POLICY_RECORD_CONSENTS_MAX]; /* it contradicts one that decided */
    size_t kept_count;
    size_t room;
    bool is_whole;
    uint8_t given_kinds;
};

static bool lists(const struct span_list *list, struct span name) {
    for (size_t i = 0; i < list->count; i++) {
        if (span_equal(list->items[i], name)) {
            return true;
        }
    }
    return false;
}

/* An empty list covers all. */
static bool covers(const struct span_list *list, struct span name) {
    return list->count == 0 || lists(list, name);
}

/* Bit i: the i-th agreement says that the fact's purposes cover the one asked for. */
static uint16_t agreements_of(const struct sifting *s, const struct consent *fact) {
    uint16_t mask = 0;
    if (fact->purposes.count == 0) {
        return s->agreements;
    }
    for (size_t i = 0; i < s->permit->scope_count; i++) {
        for (size_t j = 0; (s->agreements >> i & 1U) != 0 && j < fact->purposes.count; j++) {
            if (policy_purpose_covers(s->permit->scopes[i].policy, fact->purposes.items[j],
                                      s->permit->request.purpose)) {
                mask |= (uint16_t)(1U << i);
            }
        }
    }
    return mask;
}

static uint64_t categories_of(const struct sifting *s, const struct consent *fact) {
    uint64_t mask = 0;
    for (size_t i = 0; i < s->category_count; i++) {
        if (covers(&fact->categories, s->categories[i])) {
            mask |= UINT64_C(1) << i;
        }
    }
    return mask;
}

static enum policy_record_recorder recorder_of(const struct sifting *s, struct span party) {
    if (party.len == 0) {
        return POLICY_RECORD_BY_NOBODY;
    }
    if (span_equal(party, s->source)) {
        return POLICY_RECORD_BY_SOURCE;
    }
    bool by_recipient = span_equal(party, s->permit->request.recipient);
    return by_recipient ? POLICY_RECORD_BY_RECIPIENT : POLICY_RECORD_BY_OTHER;
}

static int32_t day_of(struct span text) {
    int32_t day;
    if (text.len == 0) {
        return INT32_MIN;
    }
    return policy_day_parse(text, &day) ? day : INT32_MAX;
}

/* A state that nobody knows stops like a refusal. */
static enum consent_state state_of(const struct consent *fact) {
    bool is_known = fact->state == CONSENT_GIVEN || fact->state == CONSENT_WITHDRAWN;
    return is_known ? fact->state : CONSENT_REFUSED;
}

/* The fact as it concerns the question. */
static struct policy_record_consent project(const struct sifting *s, const struct consent *fact) {
    return (struct policy_record_consent){
        .state = state_of(fact),
        .is_explicit = fact->explicit_consent,
        .every_purpose = fact->purposes.count == 0,
        .every_category = fact->categories.count == 0,
        .every_recipient = fact->recipients.count == 0,
        .every_source = fact->sources.count == 0,
        .kind = fact->kind,
        .recorder = recorder_of(s, fact->recorded_by),
        .from_day = day_of(fact->from),
        .until_day = day_of(fact->until),
        .revision = fact->log_index,
        .recorded_ms = fact->recorded_ms,
        .categories = categories_of(s, fact),
        .agreements = agreements_of(s, fact),
    };
}

static bool is_newer(const struct policy_record_consent *a, const struct policy_record_consent *b) {
    if (a->revision != b->revision) {
        return a->revision > b->revision;
    }
    if (a->recorded_ms != b->recorded_ms) {
        return a->recorded_ms > b->recorded_ms;
    }
    return a->state != CONSENT_GIVEN && b->state == CONSENT_GIVEN;
}

/* A fact that states no kind counts wherever a consent of some kind does. */
static bool kind_reaches(enum consent_kind a, enum consent_kind b) {
    return a == b || (a == CONSENT_KIND_NOT_STATED && b != CONSENT_KIND_OBJECTION);
}

/* Wherever b counts, a counts too. Who recorded a consent may decide whether it counts; of a
 * refusal it never does. */
static bool reaches(const struct policy_record_consent *a, const struct policy_record_consent *b) {
    bool believed =
        a->state != CONSENT_GIVEN || (b->state == CONSENT_GIVEN && a->recorder == b->recorder);
    return believed && kind_reaches(a->kind, b->kind) && (b->categories & ~a->categories) == 0 &&
           (b->agreements & ~a->agreements) == 0;
}

static void drop(struct sifting *s, size_t at) {
    for (size_t i = at; i + 1 < s->kept_count; i++) {
        s->kept[i] = s->kept[i + 1];
        s->pinned[i] = s->pinned[i + 1];
    }
    s->kept_count--;
}

/* Of two of one age, the one that was read first counts. */
static void keep(struct sifting *s, const struct policy_record_consent *fact, bool is_pinned) {
    for (size_t i = 0; !is_pinned && i < s->kept_count; i++) {
        if (!is_newer(fact, &s->kept[i]) && reaches(&s->kept[i], fact)) {
            return;
        }
    }
    for (size_t i = s->kept_count; i-- > 0;) {
        if (!s->pinned[i] && is_newer(fact, &s->kept[i]) && reaches(fact, &s->kept[i])) {
            drop(s, i);
        }
    }
    if (s->kept_count == s->room) {
        s->is_whole = false;
        return;
    }
    s->pinned[s->kept_count] = is_pinned;
    s->kept[s->kept_count++] = *fact;
}

static bool is_conflict(const struct policy_outcome *outcome, const struct consent *fact) {
    for (size_t i = 0; i < outcome->ruling_count; i++) {
        if (outcome->rulings[i].conflicts == fact) {
            return true;
        }
    }
    return false;
}

static void sift(struct sifting *s, const struct policy_outcome *outcome,
                 const struct policy_facts *facts) {
    for (size_t i = 0; i < facts->consent_count; i++) {
        const struct consent *fact = &facts->consents[i];
        struct policy_record_consent record = project(s, fact);
        bool is_ours = covers(&fact->recipients, s->permit->request.recipient) &&
                       covers(&fact->sources, s->source);
        if (fact->state == CONSENT_GIVEN) {
            s->given_kinds |= (uint8_t)(1U << (unsigned)fact->kind);
        }
        if (is_ours && record.categories != 0 && record.agreements != 0) {
            keep(s, &record, is_conflict(outcome, fact));
        }
    }
}

/* The categories of the source's fields, without repeats, in their order. */
static size_t list_categories(const struct sifting *s, const struct permit_source *source,
                              struct span *out, bool *out_whole) {
    size_t count = 0;
    for (size_t i = 0; i < source->field_count * s->permit->scope_count; i++) {
        const struct span_list have = {.items = out, .count = count};
        struct span category = source->candidates[i].term.category;
        if (category.len == 0 || lists(&have, category)) {
            continue;
        }
        if (count == POLICY_RECORD_CATEGORIES_MAX) {
            *out_whole = false;
            break;
        }
        out[count++] = category;
    }
    return count;
}

static struct lg_err give_out(const struct sifting *s, struct arena *arena,
                              struct policy_record_part *part) {
    struct policy_record_name *categories =
        arena_array(arena, s->category_count, sizeof *categories);
    struct policy_record_consent *consents = arena_array(arena, s->kept_count, sizeof *consents);
    if (categories == NULL || consents == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < s->category_count; i++) {
        categories[i] =
            policy_record_name_find(s->permit, POLICY_RECORD_CATEGORY, s->categories[i]);
    }
    for (size_t i = 0; i < s->kept_count; i++) {
        consents[i] = s->kept[i];
    }
    part->categories = categories;
    part->category_count = s->category_count;
    part->consents = consents;
    part->consent_count = s->kept_count;
    part->consent_room = s->room;
    part->given_kinds = s->given_kinds;
    part->is_whole = part->is_whole && s->is_whole;
    return LG_OK;
}

struct lg_err policy_record_consents_make(const struct permit *permit, size_t source,
                                          const struct policy_record_settled *settled,
                                          struct arena *arena, struct policy_record_part *part) {
    struct sifting *s = arena_alloc(arena, sizeof *s);
    struct span *categories = arena_array(arena, POLICY_RECORD_CATEGORIES_MAX, sizeof *categories);
    if (s == NULL || categories == NULL) {
        return policy_no_memory();
    }
    *s = (struct sifting){.permit = permit, .source = permit->sources[source].id, .is_whole = true};
    s->category_count = list_categories(s, &permit->sources[source], categories, &s->is_whole);
    s->categories = categories;
    /* From the permit alone, so that the record's length says nothing about the person. */
    s->room = num_min(2 * s->category_count + 2, POLICY_RECORD_CONSENTS_MAX);
    for (size_t i = 0; i < permit->scope_count; i++) {
        if (permit->scopes[i].purpose != POLICY_NONE) {
            s->agreements |= (uint16_t)(1U << i);
        }
    }
    sift(s, settled->outcome, settled->facts);
    return give_out(s, arena, part);
}
