/* SPDX-License-Identifier: Apache-2.0 */
/* The sections that name things: the agreement itself, parties, roles, purposes, bases, the data
 * and the rules of generalising. Names are gathered first, so that sections may stand in any order.
 */
#include "gateway/base/num.h"
#include "policy/load/load.h"

static struct lg_err bad_name(struct load *load, struct value word) {
    return policy_load_fault(load, "E01", word,
                             "`%.*s` is no name: lower-case letters, digits and single hyphens, "
                             "a letter first, at most %d",
                             (int)num_min(span_index(word.text, '\n'), LIMIT_POLICY_NAME_SIZE),
                             (const char *)word.text.ptr, LIMIT_POLICY_NAME_SIZE);
}

static struct lg_err seal(struct load *load, struct names *names, const char *what) {
    const struct names_entry *twice = policy_names_seal(names);
    if (twice == NULL) {
        return LG_OK;
    }
    return policy_load_fault(load, "E01", (struct value){twice->text, twice->line},
                             "%s `%.*s` is defined twice", what, (int)twice->text.len,
                             (const char *)twice->text.ptr);
}

/* The ids in the heads of all sections of one kind. */
struct gather {
    enum section_kind kind;
    const char *what;
    uint32_t max;
    struct names *names;
};

static struct lg_err gather_names(struct load *load, struct gather gather) {
    uint32_t count = policy_sections_count(load, gather.kind);
    TRY(policy_names_init(gather.names, count, load->policy->arena));
    for (uint32_t i = 0; i < load->doc.section_count; i++) {
        const struct doc_section *section = &load->doc.sections[i];
        if (load->kinds[i] != gather.kind) {
            continue;
        }
        if (gather.names->count == gather.max) {
            return policy_load_fault(load, "E00", policy_on_line(section->line),
                                     "more than %u sections `%s`", (unsigned)gather.max,
                                     gather.what);
        }
        bool reserved = span_equal_text(section->head, "any");
        if (!policy_words_is_name(section->head) || reserved) {
            TRY(policy_load_past(load,
                                 bad_name(load, (struct value){section->head, section->line})));
        }
        policy_names_add(gather.names, section->head, section->line);
    }
    return seal(load, gather.names, gather.what);
}

static struct lg_err gather_roles(struct load *load) {
    struct policy *policy = load->policy;
    TRY(policy_names_init(&policy->role_names, policy_sections_count(load, SECTION_ROLE),
                          policy->arena));
    for (uint32_t i = 0; i < load->doc.section_count; i++) {
        const struct doc_section *section = &load->doc.sections[i];
        if (load->kinds[i] != SECTION_ROLE) {
            continue;
        }
        size_t slash = span_index(section->head, '/');
        struct span id = span_slice(section->head, slash + 1, section->head.len);
        if (policy->role_names.count == LIMIT_POLICY_ROLES) {
            return policy_load_fault(load, "E00", policy_on_line(section->line),
                                     "more than %d roles", LIMIT_POLICY_ROLES);
        }
        if (!policy_words_is_name(id)) {
            TRY(policy_load_past(load, policy_load_stop(load, section->line,
                                                        "a role is written `role PARTY/ROLE`")));
        }
        policy_names_add(&policy->role_names, section->head, section->line);
    }
    return seal(load, &policy->role_names, "role");
}

static struct lg_err load_party(struct load *load, const struct value *values,
                                struct party *party) {
    static const char *const look_ups[] = {"blind", "plain", NULL};
    uint32_t look_up = 0;
    uint32_t joint = POLICY_NO16;
    const struct names *names = &load->policy->party_names;
    TRY(policy_value_text(load, values[PARTY_NAME], &party->shown.name));
    TRY(policy_value_text(load, values[PARTY_LEGAL_ENTITY], &party->shown.legal_entity));
    TRY(policy_value_flag(load, values[PARTY_PUBLIC], &party->shown.is_public_authority));
    TRY(policy_value_flag(load, values[PARTY_COMPETENT], &party->shown.is_competent_authority));
    TRY(policy_value_name(load, values[PARTY_JOINT], names, "a party of this agreement", &joint));
    TRY(policy_value_text(load, values[PARTY_SIGNS_AS], &party->signs_as));
    TRY(policy_value_existence(load, values[PARTY_EXISTENCE], &party->shown.existence));
    TRY(policy_value_choice(load, values[PARTY_LOOK_UP], look_ups, &look_up));
    TRY(policy_load_party_law(load, values, &party->law));
    party->key = values[PARTY_KEY].text;
    party->joint_controller = values[PARTY_JOINT].text;
    party->shown.lookup_is_plain = look_up == 1;
    return LG_OK;
}

static struct lg_err load_role(struct load *load, const struct value *values,
                               const struct doc_section *section, struct role *role) {
    size_t slash = span_index(section->head, '/');
    struct value party = {span_slice(section->head, 0, slash), section->line};
    uint32_t index = 0;
    TRY(policy_value_name(load, party, &load->policy->party_names, "a party of this agreement",
                          &index));
    role->party = (uint16_t)index;
    role->shown.party = party.text;
    role->shown.id = span_slice(section->head, slash + 1, section->head.len);
    role->shown.training = values[ROLE_TRAINING].text;
    if (role->shown.training.ptr != NULL && !policy_words_is_name(role->shown.training)) {
        return bad_name(load, values[ROLE_TRAINING]);
    }
    TRY(policy_value_number(load, values[ROLE_HOLDERS], 1000000, &role->shown.holders_max));
    if (values[ROLE_HOLDERS].text.ptr != NULL && role->shown.holders_max == 0) {
        return policy_load_fault(load, "E01", values[ROLE_HOLDERS],
                                 "a role that nobody may hold is left out instead");
    }
    return LG_OK;
}

static struct lg_err load_purpose(struct load *load, const struct value *values,
                                  const struct doc_section *section, struct purpose *purpose) {
    uint32_t parent = POLICY_NO16;
    purpose->id = section->head;
    purpose->line = section->line;
    TRY(policy_value_text(load, values[PURPOSE_TITLE], &purpose->title));
    TRY(policy_value_name(load, values[PURPOSE_WITHIN], &load->policy->purpose_names,
                          "a purpose of this agreement", &parent));
    TRY(policy_value_text(load, values[PURPOSE_DPV], &purpose->dpv));
    purpose->parent = (uint16_t)parent;
    return policy_load_purpose_law(load, values, &purpose->law);
}

/* Purposes that lie too deep, or in a ring, would make the walk up endless. */
static struct lg_err check_depth(struct load *load) {
    const struct policy *policy = load->policy;
    for (uint32_t i = 0; i < policy->purpose_names.count; i++) {
        uint32_t at = i;
        uint32_t depth = 0;
        while (policy->purposes[at].parent != POLICY_NO16 && depth <= LIMIT_POLICY_PURPOSE_DEPTH) {
            at = policy->purposes[at].parent;
            depth++;
        }
        if (depth > LIMIT_POLICY_PURPOSE_DEPTH) {
            return policy_load_stop(load, policy->purposes[i].line,
                                    "purpose `%.*s` lies within itself or more than %d deep",
                                    (int)policy->purposes[i].id.len,
                                    (const char *)policy->purposes[i].id.ptr,
                                    LIMIT_POLICY_PURPOSE_DEPTH);
        }
    }
    return LG_OK;
}

/* "not needed", "needed", or "needed for special and criminal". */
static struct lg_err load_reason(struct load *load, struct value value, uint8_t *out_classes) {
    static const char *const classes[] = {"ordinary", "special", "criminal"};
    if (value.text.ptr == NULL || policy_words_are(value.text, "not needed")) {
        return LG_OK;
    }
    struct words words = policy_words_of(value.text, value.line);
    bool good = policy_words_take(&words, "needed");
    if (good && policy_words_end(&words)) {
        *out_classes = 1U << POLICY_ORDINARY | 1U << POLICY_SPECIAL | 1U << POLICY_CRIMINAL;
        return LG_OK;
    }
    good = good && policy_words_take(&words, "for");
    while (good) {
        uint32_t i = 0;
        while (i < 3 && !policy_words_take(&words, classes[i])) {
            i++;
        }
        good = i < 3;
        *out_classes = (uint8_t)(*out_classes | (good ? 1U << (POLICY_ORDINARY + i) : 0));
        if (good && policy_words_end(&words)) {
            return LG_OK;
        }
        good = good && policy_words_take(&words, "and");
    }
    return policy_load_fault(load, "E01", value,
                             "write `not needed`, `needed` or `needed for special and criminal`");
}

static void cover_within(const struct policy *policy, struct bits *purposes) {
    for (uint32_t i = 0; i < policy->purpose_names.count; i++) {
        uint32_t at = i;
        while (policy->purposes[at].parent != POLICY_NO16) {
            at = policy->purposes[at].parent;
            if (policy_bits_has(purposes, at)) {
                policy_bits_add(purposes, i);
            }
        }
    }
}

static struct lg_err load_basis(struct load *load, const struct value *values,
                                const struct doc_section *section, struct basis *basis) {
    static const char *const kinds[] = {
        "statutory", "consent", "vital", "law-enforcement", "recognised-interest", NULL};
    uint32_t kind = 0;
    struct list_of known = {&load->policy->purpose_names, "a purpose of this agreement"};
    basis->id = section->head;
    TRY(policy_value_text(load, values[BASIS_TITLE], &basis->title));
    TRY(policy_value_choice(load, values[BASIS_KIND], kinds, &kind));
    basis->kind = (enum policy_basis_kind)(kind + POLICY_BASIS_STATUTORY);
    if (values[BASIS_ARTICLE_6].text.ptr == NULL && basis->kind != POLICY_BASIS_LAW_ENFORCEMENT) {
        return policy_load_stop(load, section->line,
                                "the section lacks `article 6`, which every kind but "
                                "law-enforcement needs");
    }
    basis->has_article9 = values[BASIS_ARTICLE_9].text.ptr != NULL;
    basis->has_article10 = values[BASIS_ARTICLE_10].text.ptr != NULL;
    TRY(policy_list_bits(load, values[BASIS_COVERS], known, &basis->covers));
    cover_within(load->policy, &basis->covers);
    TRY(policy_load_basis_law(load, values, &basis->law));
    return load_reason(load, values[BASIS_REASON], &basis->reason_classes);
}

static struct lg_err load_category(struct load *load, const struct value *values,
                                   const struct doc_section *section, struct category *category) {
    static const char *const classes[] = {"ordinary", "special", "criminal", NULL};
    uint32_t data_class = 0;
    bool any = false;
    category->id = section->head;
    TRY(policy_value_text(load, values[CATEGORY_TITLE], &category->title));
    TRY(policy_value_choice(load, values[CATEGORY_CLASS], classes, &data_class));
    category->data_class = (enum policy_class)(data_class + POLICY_ORDINARY);
    TRY(policy_list_parties(load, values[CATEGORY_HELD_BY], &any, &category->holders));
    TRY(policy_value_flag(load, values[CATEGORY_CONFIDENTIAL], &category->is_confidential));
    TRY(policy_load_category_law(load, values, category));
    return policy_value_existence(load, values[CATEGORY_EXISTENCE], &category->existence);
}

/* "category.field" for every item of a category's list. */
static struct lg_err load_fields(struct load *load, struct value list, uint32_t category) {
    struct policy *policy = load->policy;
    struct words words = policy_words_of(list.text, list.line);
    struct span item;
    policy->categories[category].first_field = policy->field_names.count;
    while (policy_words_item(&words, &item)) {
        struct span owner = policy->categories[category].id;
        if (!policy_words_is_name(item)) {
            return bad_name(load, (struct value){item, words.line});
        }
        struct span id =
            arena_format(policy->arena, "%.*s.%.*s", (int)owner.len, (const char *)owner.ptr,
                         (int)item.len, (const char *)item.ptr);
        if (id.ptr == NULL) {
            return policy_no_memory();
        }
        policy->fields[policy->field_names.count] =
            (struct field){.id = id, .category = (uint16_t)category};
        policy_names_add(&policy->field_names, id, words.line);
    }
    policy->categories[category].field_count =
        policy->field_names.count - policy->categories[category].first_field;
    return LG_OK;
}

static struct lg_err load_all_fields(struct load *load) {
    struct policy *policy = load->policy;
    uint32_t count = 0;
    struct value values[SETTINGS_MAX];
    for (uint32_t i = 0; i < load->doc.section_count; i++) {
        if (load->kinds[i] == SECTION_CATEGORY) {
            policy_section_values(load, i, values);
            count += policy_list_count(values[CATEGORY_FIELDS]);
        }
    }
    if (count > LIMIT_POLICY_FIELDS) {
        return policy_load_fault(load, "E00", policy_on_line(0),
                                 "%u fields; at most %d are allowed", (unsigned)count,
                                 LIMIT_POLICY_FIELDS);
    }
    policy->fields = arena_array(policy->arena, count, sizeof *policy->fields);
    TRY(policy->fields == NULL ? policy_no_memory() : LG_OK);
    TRY(policy_names_init(&policy->field_names, count, policy->arena));
    uint32_t category = 0;
    for (uint32_t i = 0; i < load->doc.section_count; i++) {
        if (load->kinds[i] == SECTION_CATEGORY) {
            policy_section_values(load, i, values);
            TRY(load_fields(load, values[CATEGORY_FIELDS], category++));
        }
    }
    return seal(load, &policy->field_names, "field");
}

static struct lg_err gather_all(struct load *load) {
    struct policy *policy = load->policy;
    const struct gather gathers[] = {
        {SECTION_PARTY, "party", LIMIT_POLICY_PARTIES, &policy->party_names},
        {SECTION_PURPOSE, "purpose", LIMIT_POLICY_PURPOSES, &policy->purpose_names},
        {SECTION_BASIS, "basis", LIMIT_POLICY_BASES, &policy->basis_names},
        {SECTION_CATEGORY, "category", LIMIT_POLICY_CATEGORIES, &policy->category_names},
        {SECTION_GENERALISE, "generalise", LIMIT_POLICY_RULES, &policy->rule_names},
        {SECTION_HOURS, "hours", LIMIT_POLICY_HOURS, &policy->hours_names},
        {SECTION_LIMIT, "limit", LIMIT_POLICY_LIMITS, &policy->limit_names},
        {SECTION_EMERGENCY, "emergency", LIMIT_POLICY_EMERGENCIES, &policy->emergency_names},
    };
    for (size_t i = 0; i < sizeof gathers / sizeof gathers[0]; i++) {
        TRY(policy_load_past(load, gather_names(load, gathers[i])));
    }
    return policy_load_past(load, gather_roles(load));
}

static struct lg_err allocate(struct policy *policy) {
    struct arena *arena = policy->arena;
    policy->parties = arena_array(arena, policy->party_names.count, sizeof *policy->parties);
    policy->roles = arena_array(arena, policy->role_names.count, sizeof *policy->roles);
    policy->purposes = arena_array(arena, policy->purpose_names.count, sizeof *policy->purposes);
    policy->bases = arena_array(arena, policy->basis_names.count, sizeof *policy->bases);
    policy->categories =
        arena_array(arena, policy->category_names.count, sizeof *policy->categories);
    policy->rules = arena_array(arena, policy->rule_names.count, sizeof *policy->rules);
    return lg_failed(arena_failed(arena)) ? policy_no_memory() : LG_OK;
}

/* Reads one section into the next free place of its kind. */
static struct lg_err load_section(struct load *load, uint32_t index, uint32_t *next) {
    struct policy *policy = load->policy;
    const struct doc_section *section = &load->doc.sections[index];
    enum section_kind kind = load->kinds[index];
    struct value values[SETTINGS_MAX];
    policy_section_values(load, index, values);
    uint32_t at = next[kind]++;
    switch (kind) {
    case SECTION_PARTY:
        policy->parties[at].shown.id = section->head;
        return load_party(load, values, &policy->parties[at]);
    case SECTION_ROLE:
        return load_role(load, values, section, &policy->roles[at]);
    case SECTION_PURPOSE:
        return load_purpose(load, values, section, &policy->purposes[at]);
    case SECTION_CATEGORY:
        return load_category(load, values, section, &policy->categories[at]);
    case SECTION_GENERALISE:
        policy->rules[at].id = section->head;
        return policy_value_text(load, values[GENERALISE_TO], &policy->rules[at].title);
    default:
        return LG_OK;
    }
}

struct lg_err policy_load_names(struct load *load) {
    uint32_t next[SECTION_KINDS] = {0};
    TRY(gather_all(load));
    TRY(policy_load_barrier(load));
    TRY(allocate(load->policy));
    for (uint32_t i = 0; i < load->doc.section_count; i++) {
        TRY(policy_load_past(load, load_section(load, i, next)));
    }
    TRY(check_depth(load));
    policy_law_inherit(load->policy);
    TRY(load_all_fields(load));
    /* Bases last: what they cover needs the purposes' parents. */
    uint32_t basis = 0;
    for (uint32_t i = 0; i < load->doc.section_count; i++) {
        if (load->kinds[i] == SECTION_BASIS) {
            struct value values[SETTINGS_MAX];
            policy_section_values(load, i, values);
            TRY(policy_load_past(load, load_basis(load, values, &load->doc.sections[i],
                                                  &load->policy->bases[basis++])));
        }
    }
    return LG_OK;
}
