/* SPDX-License-Identifier: Apache-2.0 */
/* Settings that tie an agreement to the law: body, function, gateway, patient information, opt-out,
 * confidentiality and the like. They need `law:`; where no register is at hand their words can only
 * be checked for their form. */
#include "gateway/base/assert.h"
#include "policy/law/axes.h"
#include "policy/load/load.h"

enum { OPT_OUT_MAX_DAYS = 366 };

/* ---- the edition ---- */

static struct lg_err copy_register(struct policy *policy, const struct policy_register *law) {
    struct diag unused = {0};
    struct policy_register *copy = arena_alloc(policy->arena, sizeof *copy);
    if (copy == NULL) {
        return policy_no_memory();
    }
    TRY(policy_register_read(law->text, policy->arena, &unused, copy));
    policy->statutes = copy;
    return LG_OK;
}

static struct lg_err check_edition(struct load *load, struct value law,
                                   const struct policy_register *it) {
    if (span_equal(law.text, it->edition)) {
        return copy_register(load->policy, it);
    }
    return policy_load_fault(load, "E01", law, "the register at hand is edition `%.*s`",
                             (int)it->edition.len, (const char *)it->edition.ptr);
}

/* A setting that has no meaning but under a register. */
struct judged {
    const char *name;
    struct value value; /* text.ptr NULL: the text has none */
};

/* The first of these settings of a section, where none was found before. */
static void find_judged(enum section_kind kind, const struct value *values, struct judged *out) {
    static const struct {
        enum section_kind kind;
        size_t setting;
    } settings[] = {
        {SECTION_PARTY, PARTY_BODY},
        {SECTION_PURPOSE, PURPOSE_FUNCTION},
        {SECTION_BASIS, BASIS_GATEWAY},
        {SECTION_BASIS, BASIS_FUNCTION},
        {SECTION_CATEGORY, CATEGORY_PATIENT},
        {SECTION_CATEGORY, CATEGORY_OPT_OUT},
        {SECTION_CATEGORY, CATEGORY_RECEIVED_UNDER},
        {SECTION_SHARE, SHARE_CONFIDENTIALITY},
    };
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        if (out->value.text.ptr == NULL && settings[i].kind == kind) {
            *out = (struct judged){policy_setting_name(kind, settings[i].setting),
                                   values[settings[i].setting]};
        }
    }
}

static void find_law(const struct load *load, struct value *out_law, struct judged *out_judged) {
    struct value values[SETTINGS_MAX];
    for (uint32_t i = 0; i < load->doc.section_count; i++) {
        policy_section_values(load, i, values);
        if (load->kinds[i] == SECTION_AGREEMENT) {
            *out_law = values[AGREEMENT_LAW];
        }
        find_judged(load->kinds[i], values, out_judged);
    }
}

/* What the register judges is never passed over for want of its name: an agreement that uses its
 * words says by which edition it is judged. */
struct lg_err policy_load_law(struct load *load, const struct policy_register *law) {
    struct value named = {0};
    struct judged judged = {0};
    find_law(load, &named, &judged);
    load->policy->needs_law = named.text.ptr != NULL;
    if (named.text.ptr != NULL) {
        return law == NULL ? LG_OK : check_edition(load, named, law);
    }
    if (judged.value.text.ptr == NULL) {
        return LG_OK;
    }
    struct span edition = law == NULL ? span_text("EDITION") : law->edition;
    return policy_load_fault(load, "E01", judged.value,
                             "`%s` is judged by the register of statutes, so the agreement needs "
                             "`law: %.*s`",
                             judged.name, (int)edition.len, (const char *)edition.ptr);
}

/* ---- words of the register ---- */

/* A list of names as bits; form alone without a register. */
static struct lg_err register_bits(struct load *load, struct value value, struct list_of known,
                                   uint64_t *out_bits) {
    struct span_list unused;
    struct bits bits;
    if (value.text.ptr == NULL) {
        return LG_OK;
    }
    if (load->policy->statutes == NULL) {
        return policy_list_names(load, value, &unused);
    }
    TRY(policy_list_bits(load, value, known, &bits));
    ASSERT(bits.size > 0);
    *out_bits = bits.words[0];
    return LG_OK;
}

static struct lg_err read_functions(struct load *load, struct value value, uint64_t *out_bits) {
    const struct policy_register *law = load->policy->statutes;
    struct list_of known = {law == NULL ? NULL : &law->function_names,
                            "a function of the statute register"};
    return register_bits(load, value, known, out_bits);
}

struct lg_err policy_load_party_law(struct load *load, const struct value *values,
                                    struct party_law *out) {
    const struct policy_register *law = load->policy->statutes;
    struct list_of known = {law == NULL ? NULL : &law->body_names,
                            "a body of the statute register"};
    TRY(register_bits(load, values[PARTY_BODY], known, &out->bodies));
    out->is_care = law != NULL && (out->bodies & law->care_bodies) != 0;
    return LG_OK;
}

/* ---- purposes ---- */

static struct lg_err read_flag(struct load *load, struct value value, enum law_flag *out_flag) {
    bool flag = false;
    if (value.text.ptr != NULL) {
        TRY(policy_value_flag(load, value, &flag));
        *out_flag = flag ? LAW_YES : LAW_NO;
    }
    return LG_OK;
}

struct lg_err policy_load_purpose_law(struct load *load, const struct value *values,
                                      struct purpose_law *out) {
    TRY(read_functions(load, values[PURPOSE_FUNCTION], &out->functions));
    TRY(read_flag(load, values[PURPOSE_DIRECT_CARE], &out->direct_care));
    TRY(read_flag(load, values[PURPOSE_SECONDARY_USE], &out->secondary_use));
    if (out->direct_care == LAW_YES && out->secondary_use == LAW_YES) {
        return policy_load_fault(load, "E01", values[PURPOSE_SECONDARY_USE],
                                 "direct care is no secondary use; one of the two says `no`");
    }
    return LG_OK;
}

/* A purpose is direct care or secondary use, never both: its own word for one ends what it would
 * inherit of the other. */
static enum law_flag inherited(enum law_flag own, enum law_flag other, enum law_flag wider) {
    bool is_ended = other == LAW_YES && wider == LAW_YES;
    return own == LAW_UNSET && !is_ended ? wider : own;
}

/* Reads the parents' own settings only, so that the order of the file does not matter: called from
 * the top down would need one. */
void policy_law_inherit(struct policy *policy) {
    for (uint32_t depth = 0; depth < LIMIT_POLICY_PURPOSE_DEPTH; depth++) {
        for (uint32_t i = 0; i < policy->purpose_names.count; i++) {
            struct purpose *purpose = &policy->purposes[i];
            if (purpose->parent == POLICY_NO16) {
                continue;
            }
            const struct purpose_law *wider = &policy->purposes[purpose->parent].law;
            struct purpose_law *law = &purpose->law;
            law->functions = law->functions == 0 ? wider->functions : law->functions;
            law->direct_care = inherited(law->direct_care, law->secondary_use, wider->direct_care);
            law->secondary_use =
                inherited(law->secondary_use, law->direct_care, wider->secondary_use);
        }
    }
}

/* ---- bases ---- */

static struct lg_err read_entry(struct load *load, struct value item, uint32_t *out_entry) {
    const struct policy_register *law = load->policy->statutes;
    return policy_value_name(load, item, &law->entry_names, "an entry of the statute register",
                             out_entry);
}

static struct lg_err add_gateway(struct load *load, struct value item, struct basis_law *out) {
    uint32_t entry = 0;
    TRY(read_entry(load, item, &entry));
    const struct register_entry *it = &load->policy->statutes->entries[entry];
    if (!register_is_gateway(it)) {
        return policy_load_fault(load, "E01", item, "`%.*s` is neither a duty nor a power: %s",
                                 (int)item.text.len, (const char *)item.text.ptr,
                                 policy_register_kind_name(it->shown.kind));
    }
    for (uint32_t i = 0; i < out->entry_count; i++) {
        if (out->entries[i] == entry) {
            return policy_load_fault(load, "E01", item, "`%.*s` is listed twice",
                                     (int)item.text.len, (const char *)item.text.ptr);
        }
    }
    if (out->entry_count == LIMIT_REGISTER_CITED) {
        return policy_load_fault(load, "E01", item, "at most %d gateways of one basis",
                                 LIMIT_REGISTER_CITED);
    }
    out->entries[out->entry_count++] = (uint8_t)entry;
    return LG_OK;
}

struct lg_err policy_load_basis_law(struct load *load, const struct value *values,
                                    struct basis_law *out) {
    struct words words = policy_words_of(values[BASIS_GATEWAY].text, values[BASIS_GATEWAY].line);
    struct value item;
    TRY(policy_value_text(load, values[BASIS_ARTICLE_6], &out->article6));
    TRY(policy_value_text(load, values[BASIS_ARTICLE_9], &out->article9));
    TRY(policy_value_text(load, values[BASIS_ARTICLE_10], &out->article10));
    TRY(read_functions(load, values[BASIS_FUNCTION], &out->functions));
    while (load->policy->statutes != NULL && policy_words_item(&words, &item.text)) {
        item.line = words.line;
        TRY(add_gateway(load, item, out));
    }
    return LG_OK;
}

/* ---- categories ---- */

/* "national, at most N days old", or "none". */
static struct lg_err read_opt_out(struct load *load, struct value value, struct category_law *out) {
    struct words words = policy_words_of(value.text, value.line);
    if (value.text.ptr == NULL) {
        return LG_OK;
    }
    if (span_equal_text(value.text, "none")) {
        out->is_exempt = true;
        return LG_OK;
    }
    bool good = policy_words_take(&words, "national,") && policy_words_take(&words, "at") &&
                policy_words_take(&words, "most") &&
                policy_words_number(&words, OPT_OUT_MAX_DAYS, &out->opt_out_days) &&
                (policy_words_take(&words, "days") || policy_words_take(&words, "day")) &&
                policy_words_take(&words, "old") && policy_words_end(&words);
    if (!good) {
        return policy_load_fault(load, "E01", value,
                                 "write `national, at most 7 days old`, or `none` where an "
                                 "exemption applies");
    }
    out->has_opt_out = true;
    return LG_OK;
}

static struct lg_err read_received(struct load *load, struct value value, uint16_t *out_entry) {
    uint32_t entry = POLICY_NO16;
    if (value.text.ptr == NULL || load->policy->statutes == NULL) {
        return LG_OK;
    }
    TRY(read_entry(load, value, &entry));
    if (load->policy->statutes->entries[entry].use_only_for == 0) {
        return policy_load_fault(load, "E01", value,
                                 "`%.*s` has no `use only for`, so it locks nothing",
                                 (int)value.text.len, (const char *)value.text.ptr);
    }
    load->policy->has_locks = true;
    *out_entry = (uint16_t)entry;
    return LG_OK;
}

struct lg_err policy_load_category_law(struct load *load, const struct value *values,
                                       struct category *category) {
    struct category_law *out = &category->law;
    out->received_under = POLICY_NO16;
    out->says_patient = values[CATEGORY_PATIENT].text.ptr != NULL;
    TRY(policy_value_flag(load, values[CATEGORY_PATIENT], &out->is_patient));
    load->policy->has_marks |= out->is_patient || category->is_confidential;
    TRY(read_opt_out(load, values[CATEGORY_OPT_OUT], out));
    TRY(read_received(load, values[CATEGORY_RECEIVED_UNDER], &out->received_under));
    if (!out->is_patient && values[CATEGORY_OPT_OUT].text.ptr != NULL) {
        return policy_load_fault(load, "E01", values[CATEGORY_OPT_OUT],
                                 "the opt-out is about patient information: the category needs "
                                 "`patient information: yes`");
    }
    out->kinds =
        (uint8_t)((out->is_patient ? 1U << REGISTER_DATA_PATIENT : 0) |
                  (category->data_class == POLICY_SPECIAL ? 1U << REGISTER_DATA_SPECIAL : 0) |
                  (category->data_class == POLICY_CRIMINAL ? 1U << REGISTER_DATA_CRIMINAL : 0));
    return LG_OK;
}

/* ---- clauses ---- */

static struct lg_err read_route(struct load *load, struct value item, struct clause_law *out) {
    static const char *const routes[] = {
        "implied consent", "explicit consent", "statute", "section 251",
        "public interest", "best interests",   NULL};
    struct words words = policy_words_of(item.text, item.line);
    uint32_t index = 0;
    if (policy_words_take(&words, "section") && policy_words_take(&words, "251")) {
        out->approval = policy_words_rest(&words);
        if (out->approval.len == 0) {
            return policy_load_fault(load, "E01", item,
                                     "support under section 251 has a reference, such as "
                                     "`section 251 25/CAG/0001`");
        }
        index = POLICY_CONFIDENCE_SECTION_251 - POLICY_CONFIDENCE_IMPLIED;
    } else {
        TRY(policy_value_choice(load, item, routes, &index));
    }
    uint32_t bit = 1U << (index + POLICY_CONFIDENCE_IMPLIED);
    if ((out->routes & bit) != 0) {
        return policy_load_fault(load, "E01", item, "`%s` is listed twice", routes[index]);
    }
    out->routes |= bit;
    return LG_OK;
}

struct lg_err policy_load_clause_law(struct load *load, const struct value *values,
                                     struct clause_law *out) {
    static const char *const objections[] = {"note", "refer", NULL};
    struct value value = values[SHARE_CONFIDENTIALITY];
    struct words words = policy_words_of(value.text, value.line);
    struct value item;
    uint32_t objection = 0;
    TRY(policy_value_choice(load, values[SHARE_OBJECTION], objections, &objection));
    out->objection_refers = objection == 1;
    while (policy_words_item(&words, &item.text)) {
        item.line = words.line;
        TRY(read_route(load, item, out));
    }
    return LG_OK;
}
