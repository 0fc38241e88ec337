/* SPDX-License-Identifier: Apache-2.0 */
/* Rows for the record of processing activities, UK GDPR Article 30(1): (a) controllers and contact,
 * (b) purposes, (c) people and data, (d) recipients, (f) time limits. Transfers abroad (e) and
 * security measures (g) are no part of an agreement and are added by whoever keeps the record. */
#include "policy/print/print_int.h"

/* ---- cells ---- */

/* One cell, quoted; what a spreadsheet would take for a formula is made text. */
static void put_cell(struct print *print, struct span text, bool is_last) {
    struct out *out = &print->out;
    struct span words = policy_print_words(print, text);
    bool is_formula = words.len > 0 && (words.ptr[0] == '=' || words.ptr[0] == '+' ||
                                        words.ptr[0] == '-' || words.ptr[0] == '@');
    policy_out_text(out, is_formula ? "\"'" : "\"");
    for (size_t i = 0; i < words.len; i++) {
        policy_out_byte(out, '"', words.ptr[i] == '"');
        policy_out_byte(out, words.ptr[i], 1);
    }
    policy_out_text(out, is_last ? "\"\r\n" : "\",");
}

/* Items joined with "; ". */
struct join {
    struct out out;
    bool has_some;
};

static void join_add(struct join *join, struct span item) {
    if (item.len > 0) {
        policy_out_text(&join->out, join->has_some ? "; " : "");
        policy_out_words(&join->out, item);
        join->has_some = true;
    }
}

static void put_join(struct print *print, const struct join *join) {
    struct span text = span_of(NULL, 0);
    print->out.has_failed |= lg_failed(policy_out_done(&join->out, &text));
    put_cell(print, text, false);
}

static struct join join_of(const struct print *print) {
    return (struct join){.out = policy_out_of(print->out.arena)};
}

/* ---- columns ---- */

/* A source of the clause that holds something of what it shares. */
static bool gives(const struct policy *policy, const struct clause *clause, uint32_t party) {
    bool holds = false;
    for (uint32_t i = 0; i < clause->data.count; i++) {
        const struct datum *datum = &clause->data.items[i];
        uint32_t category =
            datum->kind == DATA_CATEGORY ? datum->index : policy->fields[datum->index].category;
        holds |= policy_bits_has(&policy->categories[category].holders, party);
    }
    return holds && policy_bits_has(&clause->from, party);
}

static void put_controllers(struct print *print, const struct clause *clause) {
    struct join names = join_of(print);
    struct join joint = join_of(print);
    for (uint32_t i = 0; i < print->policy->party_names.count; i++) {
        if (gives(print->policy, clause, i)) {
            join_add(&names, print->policy->parties[i].shown.name);
            join_add(&joint, print->policy->parties[i].joint_controller);
        }
    }
    put_join(print, &names);
    put_join(print, &joint);
}

static void put_recipients(struct print *print, const struct clause *clause) {
    const struct policy *policy = print->policy;
    struct join names = join_of(print);
    struct bits seen;
    if (lg_failed(policy_bits_init(&seen, policy->party_names.count, print->out.arena))) {
        print->out.has_failed = true;
        return;
    }
    for (uint32_t i = 0; i < policy->role_names.count; i++) {
        uint32_t party = policy->roles[i].party;
        bool is_new =
            policy_targets_match(policy, &clause->to, i) > 0 && !policy_bits_has(&seen, party);
        if (is_new) {
            policy_bits_add(&seen, party);
            join_add(&names, policy->parties[party].shown.name);
        }
    }
    put_join(print, &names);
}

static void put_purposes(struct print *print, const struct clause *clause) {
    struct join titles = join_of(print);
    for (uint32_t i = 0; i < print->policy->purpose_names.count; i++) {
        if (policy_bits_has(&clause->purposes, i)) {
            join_add(&titles, print->policy->purposes[i].title);
        }
    }
    put_join(print, &titles);
}

static void put_data(struct print *print, const struct clause *clause) {
    const struct policy *policy = print->policy;
    struct join categories = join_of(print);
    struct join items = join_of(print);
    for (uint32_t i = 0; i < policy->category_names.count; i++) {
        const struct category *category = &policy->categories[i];
        bool is_named = false;
        for (uint32_t d = 0; d < clause->data.count; d++) {
            const struct datum *datum = &clause->data.items[d];
            is_named |= (datum->kind == DATA_CATEGORY ? datum->index
                                                      : policy->fields[datum->index].category) == i;
        }
        if (is_named) {
            join_add(&categories, category->title);
            policy_out_format(&categories.out, " (%s)", policy_print_class(category->data_class));
        }
    }
    for (uint32_t d = 0; d < clause->data.count; d++) {
        const struct datum *datum = &clause->data.items[d];
        bool is_field = datum->kind == DATA_FIELD;
        struct span treatment = policy_print_treatment(print, datum);
        join_add(&items,
                 is_field ? policy->fields[datum->index].id : policy->categories[datum->index].id);
        policy_out_text(&items.out, is_field ? "" : ".*");
        policy_out_format(&items.out, " (%.*s)", (int)treatment.len, (const char *)treatment.ptr);
    }
    put_join(print, &categories);
    put_join(print, &items);
}

/* The titles of the bases, then the articles of each. */
static void put_bases(struct print *print, const struct clause *clause) {
    static const char *const settings[] = {"title", "article 6", "article 9", "article 10"};
    for (size_t s = 0; s < sizeof settings / sizeof settings[0]; s++) {
        struct join values = join_of(print);
        for (uint32_t i = 0; i < print->policy->basis_names.count; i++) {
            if ((clause->bases >> i & 1U) != 0) {
                uint32_t section =
                    policy_print_section(print, SECTION_BASIS, print->policy->bases[i].id);
                join_add(&values, policy_print_setting(print, section, settings[s]));
            }
        }
        put_join(print, &values);
    }
}

static void put_rest(struct print *print, const struct clause *clause, uint32_t section) {
    static const char *const onwards[] = {
        [POLICY_ONWARD_TO] = "to a named party",
        [POLICY_ONWARD_ASK] = "after asking",
        [POLICY_ONWARD_NO] = "no",
    };
    struct span keep = arena_format(print->out.arena, "%u days", (unsigned)clause->keep_days);
    struct span onward = policy_print_setting(print, section, "onward");
    print->out.has_failed |= keep.ptr == NULL;
    put_cell(print, policy_print_setting(print, section, "consent"), false);
    put_cell(print, clause->keep_days > 0 ? keep : span_text("not stated"), false);
    put_cell(print, onward.ptr != NULL ? onward : span_text(onwards[clause->onward.kind]), true);
}

static void put_row(struct print *print, const struct clause *clause) {
    static const char *const abouts[] = {
        [SUBJECT_ANYONE] = "children and adults",
        [SUBJECT_CHILDREN] = "children",
        [SUBJECT_ADULTS] = "adults",
    };
    uint32_t section = policy_print_clause(print, &clause->shown);
    put_cell(print, print->policy->id, false);
    policy_out_format(&print->out, "\"%u\",", (unsigned)print->policy->version);
    put_cell(print, clause->shown.id, false);
    put_cell(print, clause->shown.title, false);
    put_controllers(print, clause);
    put_cell(print, print->policy->contact, false);
    put_purposes(print, clause);
    put_cell(print, span_text(abouts[clause->about]), false);
    put_data(print, clause);
    put_recipients(print, clause);
    put_bases(print, clause);
    put_rest(print, clause, section);
}

struct lg_err policy_print_processing(const struct policy *policy, struct arena *arena,
                                      struct span *out_text) {
    struct policy scratch = {0};
    struct print print;
    TRY(policy_print_begin(policy, arena, &scratch, &print));
    policy_out_text(&print.out,
                    "agreement,version,clause,title,controllers,joint_controllers,contact,"
                    "purposes,data_subjects,categories,items,recipients,lawful_bases,article_6,"
                    "article_9,article_10,consent,kept_for,onward\r\n");
    for (uint32_t i = 0; i < policy->own_clause_count; i++) {
        if (policy->clauses[i].kind == CLAUSE_SHARE) {
            put_row(&print, &policy->clauses[i]);
        }
    }
    return policy_out_done(&print.out, out_text);
}
