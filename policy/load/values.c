/* SPDX-License-Identifier: Apache-2.0 */
/* Values and lists of values, each with the one way to write it. */
#include <string.h>

#include "gateway/base/num.h"
#include "policy/load/load.h"

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400, WEEK_S = 604800, COUNT_MAX = 1000000 };

struct lg_err policy_bits_init(struct bits *bits, uint32_t size, struct arena *arena) {
    bits->size = size;
    bits->words = arena_array(arena, policy_bits_words(size), sizeof *bits->words);
    return bits->words == NULL ? policy_no_memory() : LG_OK;
}

struct lg_err policy_value_choice(struct load *load, struct value value, const char *const *choices,
                                  uint32_t *out_index) {
    if (value.text.ptr == NULL) {
        return LG_OK;
    }
    for (uint32_t i = 0; choices[i] != NULL; i++) {
        if (policy_words_are(value.text, choices[i])) {
            *out_index = i;
            return LG_OK;
        }
    }
    return policy_load_unknown_of(load, value, "a value of this setting", choices);
}

struct lg_err policy_value_flag(struct load *load, struct value value, bool *out_flag) {
    static const char *const choices[] = {"no", "yes", NULL};
    uint32_t index = *out_flag;
    TRY(policy_value_choice(load, value, choices, &index));
    *out_flag = index == 1;
    return LG_OK;
}

struct lg_err policy_value_number(struct load *load, struct value value, uint32_t max,
                                  uint32_t *out_number) {
    if (value.text.ptr != NULL && !policy_words_number_parse(value.text, max, out_number)) {
        return policy_load_fault(load, "E01", value, "a whole number of at most %u is needed here",
                                 (unsigned)max);
    }
    return LG_OK;
}

bool policy_words_window(struct words *words, uint32_t *out_s) {
    static const struct {
        const char *one;
        const char *many;
        uint32_t seconds;
    } units[] = {
        {"minute", "minutes", MINUTE_S},
        {"hour", "hours", HOUR_S},
        {"day", "days", DAY_S},
        {"week", "weeks", WEEK_S},
    };
    uint32_t count;
    if (!policy_words_number(words, 3650, &count) || count == 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (policy_words_take(words, units[i].one) || policy_words_take(words, units[i].many)) {
            *out_s = count * units[i].seconds;
            return units[i].seconds < WEEK_S || count <= 520;
        }
    }
    return false;
}

struct lg_err policy_value_days(struct load *load, struct value value, uint32_t *out_days) {
    if (value.text.ptr == NULL) {
        return LG_OK;
    }
    struct words words = policy_words_of(value.text, value.line);
    uint32_t seconds;
    if (!policy_words_window(&words, &seconds) || !policy_words_end(&words) ||
        seconds % DAY_S != 0) {
        return policy_load_fault(load, "E01", value,
                                 "a number of days or weeks is needed here, such as `90 days`");
    }
    *out_days = seconds / DAY_S;
    return LG_OK;
}

struct lg_err policy_value_day(struct load *load, struct value value, int32_t *out_day) {
    if (!policy_day_parse(value.text, out_day)) {
        return policy_load_fault(load, "E01", value, "a date is needed here, such as `2027-03-31`");
    }
    return LG_OK;
}

struct lg_err policy_value_rate(struct load *load, struct value value,
                                struct policy_rate *out_rate) {
    if (value.text.ptr == NULL) {
        return LG_OK;
    }
    struct words words = policy_words_of(value.text, value.line);
    struct policy_rate rate;
    if (!policy_words_number(&words, COUNT_MAX, &rate.count) || rate.count == 0 ||
        !policy_words_take(&words, "in") || !policy_words_window(&words, &rate.window_s) ||
        !policy_words_end(&words)) {
        return policy_load_fault(load, "E01", value,
                                 "a count in a window is needed here, such as `30 in 1 hour`");
    }
    *out_rate = rate;
    return LG_OK;
}

struct lg_err policy_value_existence(struct load *load, struct value value,
                                     enum policy_existence *out_existence) {
    static const char *const choices[] = {"open", "hidden", NULL};
    uint32_t index = 0;
    if (value.text.ptr == NULL) {
        return LG_OK;
    }
    TRY(policy_value_choice(load, value, choices, &index));
    *out_existence = index == 0 ? POLICY_OPEN : POLICY_HIDDEN;
    return LG_OK;
}

/* Words with one space between, however the text was broken into lines. */
struct lg_err policy_value_text(struct load *load, struct value value, struct span *out_text) {
    if (value.text.ptr == NULL) {
        *out_text = value.text;
        return LG_OK;
    }
    uint8_t *copy = arena_alloc(load->policy->arena, value.text.len);
    if (copy == NULL) {
        return policy_no_memory();
    }
    struct words words = policy_words_of(value.text, value.line);
    struct span word;
    size_t used = 0;
    while (policy_words_next(&words, &word)) {
        if (used > 0) {
            copy[used++] = ' ';
        }
        memcpy(copy + used, word.ptr, word.len);
        used += word.len;
    }
    *out_text = span_of(copy, used);
    return LG_OK;
}

struct lg_err policy_value_name(struct load *load, struct value value, const struct names *names,
                                const char *what, uint32_t *out_index) {
    if (value.text.ptr == NULL) {
        return LG_OK;
    }
    uint32_t index = policy_names_find(names, value.text);
    if (index == POLICY_NONE) {
        return policy_load_unknown(load, value, what, names);
    }
    *out_index = index;
    return LG_OK;
}

uint32_t policy_list_count(struct value value) {
    uint32_t count = value.text.len > 0;
    for (size_t i = 0; i < value.text.len; i++) {
        count += value.text.ptr[i] == ',';
    }
    return count;
}

/* The next item with its line, empty ones refused. *out_more false at the end. */
static struct lg_err next_item(struct load *load, struct words *words, struct value *out_item,
                               bool *out_more) {
    *out_more = policy_words_item(words, &out_item->text);
    out_item->line = words->line;
    if (*out_more && out_item->text.len == 0) {
        return policy_load_fault(load, "E01", *out_item,
                                 "the list has an empty item beside a comma");
    }
    return LG_OK;
}

static struct lg_err add_bit(struct load *load, struct value item, uint32_t index,
                             struct bits *bits) {
    if (policy_bits_has(bits, index)) {
        return policy_load_fault(load, "E01", item, "`%.*s` is listed twice", (int)item.text.len,
                                 (const char *)item.text.ptr);
    }
    policy_bits_add(bits, index);
    return LG_OK;
}

struct lg_err policy_list_bits(struct load *load, struct value value, struct list_of known,
                               struct bits *out_bits) {
    TRY(policy_bits_init(out_bits, known.names->count, load->policy->arena));
    struct words words = policy_words_of(value.text, value.line);
    struct value item;
    bool more;
    for (;;) {
        TRY(next_item(load, &words, &item, &more));
        if (!more) {
            return LG_OK;
        }
        uint32_t index = 0;
        TRY(policy_value_name(load, item, known.names, known.what, &index));
        TRY(add_bit(load, item, index, out_bits));
    }
}

struct lg_err policy_list_parties(struct load *load, struct value value, bool *out_any,
                                  struct bits *out_bits) {
    const struct names *names = &load->policy->party_names;
    *out_any = policy_words_are(value.text, "any");
    if (!*out_any) {
        struct list_of known = {.names = names, .what = "a party of this agreement, nor `any`"};
        return policy_list_bits(load, value, known, out_bits);
    }
    TRY(policy_bits_init(out_bits, names->count, load->policy->arena));
    for (uint32_t i = 0; i < names->count; i++) {
        policy_bits_add(out_bits, i);
    }
    return LG_OK;
}

/* A party and a star, or PARTY/ROLE. */
static struct lg_err target_find(struct load *load, struct value word, struct target *out_target) {
    const struct policy *policy = load->policy;
    size_t slash = span_index(word.text, '/');
    struct value party = {span_slice(word.text, 0, slash), word.line};
    if (slash == word.text.len) {
        return policy_load_stop(
            load, word.line, "`%.*s` names no role; write `PARTY/ROLE`, `PARTY/*` or `any`",
            (int)num_min(word.text.len, LIMIT_POLICY_NAME_SIZE), (const char *)word.text.ptr);
    }
    if (span_equal_text(span_slice(word.text, slash + 1, word.text.len), "*")) {
        *out_target = (struct target){.kind = TARGET_PARTY};
        return policy_value_name(load, party, &policy->party_names, "a party of this agreement",
                                 &out_target->index);
    }
    *out_target = (struct target){.kind = TARGET_ROLE};
    return policy_value_name(load, word, &policy->role_names, "a role of this agreement",
                             &out_target->index);
}

static bool has_target(const struct targets *targets, struct target target) {
    for (uint32_t i = 0; i < targets->count; i++) {
        if (targets->items[i].kind == target.kind && targets->items[i].index == target.index) {
            return true;
        }
    }
    return false;
}

struct lg_err policy_list_targets(struct load *load, struct value value,
                                  struct targets *out_targets) {
    struct targets targets = {0};
    targets.items =
        arena_array(load->policy->arena, policy_list_count(value), sizeof *targets.items);
    if (targets.items == NULL) {
        return policy_no_memory();
    }
    struct words words = policy_words_of(value.text, value.line);
    struct value item;
    bool more;
    TRY(next_item(load, &words, &item, &more));
    while (more) {
        struct target target = {.kind = TARGET_ANY};
        if (!policy_words_are(value.text, "any")) {
            TRY(target_find(load, item, &target));
        }
        if (has_target(&targets, target)) {
            return policy_load_fault(load, "E01", item, "`%.*s` is listed twice",
                                     (int)item.text.len, (const char *)item.text.ptr);
        }
        TRY(policy_load_steps(load, targets.count));
        targets.items[targets.count++] = target;
        TRY(next_item(load, &words, &item, &more));
    }
    *out_targets = targets;
    return LG_OK;
}

struct lg_err policy_list_roles(struct load *load, struct value value, struct bits *out_roles) {
    const struct policy *policy = load->policy;
    struct targets targets;
    TRY(policy_list_targets(load, value, &targets));
    TRY(policy_load_steps(load, (uint64_t)targets.count * policy->role_names.count));
    TRY(policy_bits_init(out_roles, policy->role_names.count, policy->arena));
    for (uint32_t role = 0; role < policy->role_names.count; role++) {
        if (policy_targets_match(policy, &targets, role) > 0) {
            policy_bits_add(out_roles, role);
        }
    }
    return LG_OK;
}

struct lg_err policy_datum_find(struct load *load, struct value word, struct datum *out_datum) {
    const struct policy *policy = load->policy;
    size_t dot = span_index(word.text, '.');
    *out_datum = (struct datum){.kind = DATA_FIELD, .line = word.line, .at = word.text.ptr};
    if (span_equal_text(span_slice(word.text, dot, word.text.len), ".*")) {
        struct value category = {span_slice(word.text, 0, dot), word.line};
        out_datum->kind = DATA_CATEGORY;
        return policy_value_name(load, category, &policy->category_names,
                                 "a category of this agreement", &out_datum->index);
    }
    return policy_value_name(load, word, &policy->field_names,
                             "a field of this agreement (CATEGORY.FIELD or CATEGORY.*)",
                             &out_datum->index);
}

static struct lg_err data_any(struct load *load, struct value value, struct data *out_data) {
    uint32_t count = load->policy->category_names.count;
    struct datum *items = arena_array(load->policy->arena, count, sizeof *items);
    if (items == NULL) {
        return policy_no_memory();
    }
    for (uint32_t i = 0; i < count; i++) {
        items[i] = (struct datum){
            .kind = DATA_CATEGORY, .index = i, .line = value.line, .at = value.text.ptr};
    }
    *out_data = (struct data){.items = items, .count = count};
    return LG_OK;
}

/* The item behind the last of data is not one of those before. */
static struct lg_err check_datum_new(struct load *load, const struct data *data,
                                     struct value item) {
    const struct datum *datum = &data->items[data->count];
    for (uint32_t i = 0; i < data->count; i++) {
        if (data->items[i].kind == datum->kind && data->items[i].index == datum->index) {
            return policy_load_fault(load, "E01", item, "`%.*s` is listed twice",
                                     (int)item.text.len, (const char *)item.text.ptr);
        }
    }
    return LG_OK;
}

struct lg_err policy_list_data(struct load *load, struct value value, struct data *out_data) {
    if (policy_words_are(value.text, "any")) {
        return data_any(load, value, out_data);
    }
    struct data data = {0};
    data.items = arena_array(load->policy->arena, policy_list_count(value), sizeof *data.items);
    if (data.items == NULL) {
        return policy_no_memory();
    }
    struct words words = policy_words_of(value.text, value.line);
    struct value item;
    bool more;
    TRY(next_item(load, &words, &item, &more));
    while (more) {
        TRY(policy_datum_find(load, item, &data.items[data.count]));
        TRY(policy_load_steps(load, data.count));
        TRY(check_datum_new(load, &data, item));
        data.count++;
        TRY(next_item(load, &words, &item, &more));
    }
    *out_data = data;
    return LG_OK;
}

struct lg_err policy_list_names(struct load *load, struct value value, struct span_list *out_list) {
    struct span *items = arena_array(load->policy->arena, policy_list_count(value), sizeof *items);
    if (items == NULL) {
        return policy_no_memory();
    }
    struct words words = policy_words_of(value.text, value.line);
    struct value item;
    size_t count = 0;
    bool more;
    TRY(next_item(load, &words, &item, &more));
    while (more) {
        if (!policy_words_is_name(item.text)) {
            return policy_load_fault(load, "E01", item,
                                     "a name is lower-case letters, digits and hyphens, at most %d",
                                     LIMIT_POLICY_NAME_SIZE);
        }
        TRY(policy_load_steps(load, count));
        for (size_t i = 0; i < count; i++) {
            TRY(!span_equal(items[i], item.text)
                    ? LG_OK
                    : policy_load_fault(load, "E01", item, "`%.*s` is listed twice",
                                        (int)item.text.len, (const char *)item.text.ptr));
        }
        items[count++] = item.text;
        TRY(next_item(load, &words, &item, &more));
    }
    *out_list = (struct span_list){.items = items, .count = count};
    return LG_OK;
}
