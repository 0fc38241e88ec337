/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/consent/leaflet.h"

#include "gateway/consent/consent_int.h"

enum list_of { OF_PURPOSES, OF_CATEGORIES, OF_PARTIES };

/* A text that grows; the first failure sticks in the arena. */
struct page {
    const struct consent_leaflet *leaflet;
    struct arena *arena;
    struct span text;
};

static const char *str(struct span text) {
    return text.len == 0 ? "" : (const char *)text.ptr;
}

static void add(struct page *page, struct span more) {
    page->text = arena_format(page->arena, "%.*s%.*s", (int)page->text.len, str(page->text),
                              (int)more.len, str(more));
}

/* The name as people read it; the word of the agreement where none in force has it any more. */
static struct span title_of(const struct page *page, enum list_of which, struct span name) {
    const struct consent_leaflet *leaflet = page->leaflet;
    for (size_t i = 0; i < leaflet->force_count; i++) {
        const struct policy *policy = leaflet->force[i].policy;
        struct policy_party party;
        struct span title = span_of(NULL, 0);
        if (which == OF_PURPOSES) {
            title = policy_purpose_title(policy, name);
        } else if (which == OF_CATEGORIES) {
            title = policy_category_title(policy, name);
        } else if (policy_party_find(policy, name, &party)) {
            title = party.name;
        }
        if (title.len > 0) {
            return title;
        }
    }
    return name;
}

static void list_add(struct page *page, const char *label, const struct span_list *names,
                     enum list_of which, const char *all) {
    add(page, arena_format(page->arena, "%s\n", label));
    for (size_t i = 0; i < names->count; i++) {
        struct span title = title_of(page, which, names->items[i]);
        add(page, arena_format(page->arena, "  - %.*s\n", (int)title.len, (const char *)title.ptr));
    }
    if (names->count == 0) {
        add(page, arena_format(page->arena, "  - %s\n", all));
    }
}

/* ---- The parts ---------------------------------------------------------------------------------
 */

static const char *did_text(const struct consent *consent) {
    bool is_objection = consent->kind == CONSENT_KIND_OBJECTION;
    switch (consent->state) {
    case CONSENT_GIVEN:
        return "YOU AGREED";
    case CONSENT_WITHDRAWN:
        return is_objection ? "YOU TOOK BACK YOUR OBJECTION" : "YOU WITHDREW WHAT YOU AGREED TO";
    case CONSENT_REFUSED:
        break;
    }
    return is_objection ? "YOU OBJECTED" : "YOU SAID NO";
}

static const char *kind_text(enum consent_kind kind) {
    switch (kind) {
    case CONSENT_KIND_BASIS:
        return "to information about you being used and shared because you agree to it";
    case CONSENT_KIND_CONFIDENTIALITY:
        return "to people whom you told something in confidence sharing it with others";
    case CONSENT_KIND_SERVICE:
        return "to a service being provided to you";
    case CONSENT_KIND_OBJECTION:
        return "to information about you being used for a public task";
    case CONSENT_KIND_NOT_STATED:
    case CONSENT_KIND_END:
        break;
    }
    return "to sharing of every kind that depends on your agreement";
}

static const char *representative_text(enum consent_representative representative) {
    static const char *const texts[] = {
        [CONSENT_REPRESENTATIVE_NONE] = "",
        [CONSENT_REPRESENTATIVE_PARENT] = "a parent or other person with parental responsibility",
        [CONSENT_REPRESENTATIVE_ATTORNEY] = "an attorney under a lasting power of attorney",
        [CONSENT_REPRESENTATIVE_DEPUTY] = "a deputy appointed by the Court of Protection",
        [CONSENT_REPRESENTATIVE_COURT] = "a court, by an order",
    };
    return texts[representative];
}

static const char *manner_text(enum consent_manner manner) {
    static const char *const texts[] = {
        [CONSENT_MANNER_NOT_STATED] = "",
        [CONSENT_MANNER_IN_PERSON] = "in person",
        [CONSENT_MANNER_TELEPHONE] = "by telephone",
        [CONSENT_MANNER_WRITING] = "in writing",
        [CONSENT_MANNER_ONLINE] = "online",
    };
    return texts[manner];
}

static void head_add(struct page *page) {
    const struct consent *consent = page->leaflet->consent;
    add(page, span_text("RECORD OF YOUR CHOICE ABOUT SHARING INFORMATION\n\n"
                        "Name (please fill in; it is not held with this record):\n\n"
                        "  ______________________________________________\n\n"));
    add(page, arena_format(page->arena, "%s%s\n%s.\n\n", did_text(consent),
                           consent->explicit_consent && consent->state == CONSENT_GIVEN
                               ? " (in so many words)"
                               : "",
                           kind_text(consent->kind)));
}

static void scope_add(struct page *page) {
    const struct consent *consent = page->leaflet->consent;
    list_add(page, "What for:", &consent->purposes, OF_PURPOSES, "every purpose");
    list_add(page, "What information:", &consent->categories, OF_CATEGORIES, "all kinds");
    list_add(page, "From whom:", &consent->sources, OF_PARTIES, "everybody who holds it");
    list_add(page, "To whom:", &consent->recipients, OF_PARTIES, "every agency of the agreements");
}

static void dates_add(struct page *page) {
    const struct consent *consent = page->leaflet->consent;
    if (consent->state != CONSENT_GIVEN) {
        return;
    }
    if (consent->from.len > 0) {
        add(page, arena_format(page->arena, "From: %.*s\n", (int)consent->from.len,
                               (const char *)consent->from.ptr));
    }
    if (consent->until.len > 0) {
        add(page, arena_format(page->arena, "Until the end of: %.*s\n", (int)consent->until.len,
                               (const char *)consent->until.ptr));
    } else {
        add(page, span_text("Until: you say otherwise\n"));
    }
}

static void how_add(struct page *page) {
    const struct consent *consent = page->leaflet->consent;
    const struct consent_how *how = &consent->how;
    struct span party = title_of(page, OF_PARTIES, consent->recorded_by);
    if (how->representative != CONSENT_REPRESENTATIVE_NONE) {
        add(page, arena_format(page->arena, "Said for you by: %s\n",
                               representative_text(how->representative)));
    }
    if (how->manner != CONSENT_MANNER_NOT_STATED) {
        add(page, arena_format(page->arena, "How: %s\n", manner_text(how->manner)));
    }
    add(page,
        arena_format(page->arena, "Recorded by: %.*s\nOn: %.*s\nLog entry: %llu\n", (int)party.len,
                     (const char *)party.ptr, (int)page->leaflet->recorded_on.len,
                     (const char *)page->leaflet->recorded_on.ptr,
                     (unsigned long long)consent->log_index));
}

/* What withdrawing means: stops the future, not the past, and neither a duty nor an emergency
 * (law.md 4.3, rule 7: the person is told at capture). */
static const char *change_text(const struct consent *consent) {
    if (consent->kind == CONSENT_KIND_OBJECTION) {
        return "HOW TO CHANGE THIS\n"
               "Tell the agency that recorded it. You need give no reason.\n"
               "An objection does not by itself stop what the law requires or what protects\n"
               "somebody from serious harm; whoever decides otherwise must be able to say why.\n";
    }
    if (consent->state == CONSENT_GIVEN) {
        return "HOW TO CHANGE YOUR MIND\n"
               "Tell any agency named here, at any time. You need give no reason, and it counts at "
               "once.\n"
               "Everybody who received something because you agreed is told.\n"
               "It does not undo what was shared before, and it does not stop sharing that the "
               "law\n"
               "requires or that protects somebody from serious harm in an emergency.\n";
    }
    return "WHAT THIS DOES\n"
           "Sharing that depends on your agreement stops at once.\n"
           "It does not undo what was shared before, and it does not stop sharing that the law\n"
           "requires or that protects somebody from serious harm in an emergency.\n"
           "You can change your mind: tell any agency named here.\n";
}

struct lg_err consent_leaflet_write(const struct consent_leaflet *leaflet, struct arena *arena,
                                    struct span *out_text) {
    struct page page = {.leaflet = leaflet, .arena = arena};
    head_add(&page);
    scope_add(&page);
    dates_add(&page);
    how_add(&page);
    add(&page, arena_format(arena,
                            "\n%s\nThe receipt that comes with this page proves that the "
                            "record is genuine and unchanged.\n",
                            change_text(leaflet->consent)));
    if (lg_failed(arena_failed(arena))) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    *out_text = page.text;
    return LG_OK;
}
