/* SPDX-License-Identifier: Apache-2.0 */
/* The agreement's own section, its end, hours, limits and defaults. */
#include "gateway/base/num.h"
#include "policy/calendar.h"
#include "policy/load/load.h"

enum { DAY_MIN = 1440, WEEKDAYS = 7, VERSION_MAX = 1000000, GRACE_MAX_DAYS = 366 };

static struct lg_err load_in_force(struct load *load, struct value value) {
    struct policy_term_days *days = &load->policy->days;
    struct words words = policy_words_of(value.text, value.line);
    struct span first;
    struct span last;
    policy_words_next(&words, &first);
    if (!policy_words_take(&words, "to") || !policy_words_next(&words, &last) ||
        !policy_words_end(&words) || !policy_day_parse(first, &days->first_day) ||
        !policy_day_parse(last, &days->last_day)) {
        return policy_load_fault(load, "E12", value,
                                 "two dates are needed here, such as `2026-04-01 to 2027-03-31`");
    }
    return LG_OK;
}

/* E12. */
static struct lg_err check_dates(struct load *load, const struct value *values) {
    const struct policy_term_days *days = &load->policy->days;
    int32_t year;
    uint32_t month;
    uint32_t day;
    if (days->last_day < days->first_day) {
        return policy_load_fault(load, "E12", values[AGREEMENT_IN_FORCE],
                                 "the last day lies before the first");
    }
    if (days->review_day < days->first_day || days->review_day > days->last_day) {
        return policy_load_fault(load, "E12", values[AGREEMENT_REVIEW_DUE],
                                 "the review lies outside the term of the agreement");
    }
    /* The same date a year later; 29 February counts as 1 March. */
    policy_date_of(days->first_day, &year, &month, &day);
    if (days->review_day > policy_day_of(year + 1, month, day)) {
        return policy_load_fault(load, "E12", values[AGREEMENT_REVIEW_DUE],
                                 "the review lies more than 12 months after the first day");
    }
    return LG_OK;
}

static struct lg_err load_dates(struct load *load, const struct value *values) {
    TRY(load_in_force(load, values[AGREEMENT_IN_FORCE]));
    TRY(policy_value_day(load, values[AGREEMENT_REVIEW_DUE], &load->policy->days.review_day));
    return check_dates(load, values);
}

static struct lg_err load_grace(struct load *load, struct value value) {
    uint32_t days = 0;
    if (!policy_words_are(value.text, "0 days")) {
        TRY(policy_value_days(load, value, &days));
    }
    if (days > GRACE_MAX_DAYS) {
        return policy_load_fault(load, "E01", value, "a grace of more than %d days",
                                 GRACE_MAX_DAYS);
    }
    load->policy->days.grace_days = days;
    return LG_OK;
}

static struct lg_err load_version(struct load *load, const struct value *values) {
    struct policy *policy = load->policy;
    TRY(policy_value_number(load, values[AGREEMENT_VERSION], VERSION_MAX, &policy->version));
    TRY(policy_value_number(load, values[AGREEMENT_REPLACES], VERSION_MAX, &policy->replaces));
    if (policy->version == 0) {
        return policy_load_fault(load, "E01", values[AGREEMENT_VERSION], "versions start at 1");
    }
    if (values[AGREEMENT_REPLACES].text.ptr != NULL && policy->replaces >= policy->version) {
        return policy_load_fault(load, "E01", values[AGREEMENT_REPLACES],
                                 "a version replaces an older one");
    }
    return LG_OK;
}

static struct lg_err load_texts(struct load *load, const struct value *values) {
    struct policy *policy = load->policy;
    TRY(policy_value_text(load, values[AGREEMENT_TITLE], &policy->title));
    TRY(policy_value_text(load, values[AGREEMENT_ASSESSMENT], &policy->assessment));
    TRY(policy_value_text(load, values[AGREEMENT_CONTACT], &policy->contact));
    TRY(policy_value_text(load, values[AGREEMENT_NOTICE], &policy->notice));
    return policy_value_text(load, values[AGREEMENT_LAW], &policy->law);
}

static struct lg_err load_agreement(struct load *load, const struct doc_section *section,
                                    const struct value *values) {
    static const char *const zones[] = {"UTC", "Europe/London", NULL};
    static const char *const signatures[] = {"all parties", "both sides", NULL};
    struct policy *policy = load->policy;
    uint32_t zone = 0;
    uint32_t needed = 0;
    uint32_t lead = 0;
    if (!policy_words_is_name(section->head)) {
        return policy_load_stop(load, section->line, "the section is written `agreement ID`");
    }
    policy->id = section->head;
    TRY(load_texts(load, values));
    TRY(policy_load_past(load, load_version(load, values)));
    TRY(policy_load_past(load, load_dates(load, values)));
    TRY(policy_load_past(load, load_grace(load, values[AGREEMENT_REVIEW_GRACE])));
    TRY(policy_load_past(load,
                         policy_value_choice(load, values[AGREEMENT_TIME_ZONE], zones, &zone)));
    TRY(policy_load_past(
        load, policy_value_choice(load, values[AGREEMENT_SIGNATURES], signatures, &needed)));
    TRY(policy_load_past(load, policy_value_name(load, values[AGREEMENT_LEAD], &policy->party_names,
                                                 "a party of this agreement", &lead)));
    policy->zone = zone == 0 ? ZONE_UTC : ZONE_LONDON;
    policy->both_sides = needed == 1;
    policy->lead = (uint16_t)lead;
    return LG_OK;
}

static struct lg_err load_leaving(struct load *load, struct value value, bool *out_return) {
    static const char *const choices[] = {"delete", "return", NULL};
    uint32_t index = 0;
    TRY(policy_value_choice(load, value, choices, &index));
    *out_return = index == 1;
    return LG_OK;
}

static struct lg_err load_end(struct load *load, const struct value *values) {
    TRY(load_leaving(load, values[END_ON_LEAVING], &load->policy->return_on_leaving));
    return load_leaving(load, values[END_ON_EXPIRY], &load->policy->return_on_expiry);
}

struct lg_err policy_load_agreement(struct load *load) {
    bool found = false;
    struct value values[SETTINGS_MAX];
    for (uint32_t i = 0; i < load->doc.section_count; i++) {
        const struct doc_section *section = &load->doc.sections[i];
        if (load->kinds[i] != SECTION_AGREEMENT && load->kinds[i] != SECTION_END) {
            continue;
        }
        policy_section_values(load, i, values);
        if (load->kinds[i] == SECTION_END) {
            TRY(policy_load_past(
                load, section->head.len > 0
                          ? policy_load_stop(load, section->line, "the section is written `end`")
                          : load_end(load, values)));
        } else {
            TRY(policy_load_past(load, load_agreement(load, section, values)));
            found = true;
        }
    }
    return found ? LG_OK : policy_load_stop(load, 1, "the file has no `agreement` section");
}

/* ---- hours ---- */

/* HH:MM, 24:00 included. */
static bool clock_parse(struct span text, uint32_t *out_minute) {
    if (text.len != 5 || text.ptr[2] != ':') {
        return false;
    }
    uint32_t minute = 0;
    for (size_t i = 0; i < 5; i++) {
        bool digit = text.ptr[i] >= '0' && text.ptr[i] <= '9';
        if (i != 2 && !digit) {
            return false;
        }
    }
    uint32_t hour = (uint32_t)(text.ptr[0] - '0') * 10 + (uint32_t)(text.ptr[1] - '0');
    minute = (uint32_t)(text.ptr[3] - '0') * 10 + (uint32_t)(text.ptr[4] - '0');
    *out_minute = hour * 60 + minute;
    return minute < 60 && *out_minute <= DAY_MIN;
}

static bool weekday_parse(struct span text, uint32_t *out_weekday) {
    static const char *const names[] = {"monday", "tuesday",  "wednesday", "thursday",
                                        "friday", "saturday", "sunday"};
    for (uint32_t i = 0; i < WEEKDAYS; i++) {
        if (span_equal_text(text, names[i])) {
            *out_weekday = i;
            return true;
        }
    }
    return false;
}

/* A word with the comma after it taken off. */
static bool next_day_word(struct words *words, struct span *out_word, bool *out_comma) {
    if (!policy_words_next(words, out_word)) {
        return false;
    }
    *out_comma = out_word->len > 1 && out_word->ptr[out_word->len - 1] == ',';
    out_word->len -= *out_comma;
    return true;
}

/* "monday", "monday to friday", "monday, wednesday": one bit a day from Monday. */
static bool named_days(struct words *words, uint32_t *out_days) {
    struct span word;
    bool comma = true;
    while (comma) {
        uint32_t first;
        uint32_t last;
        if (!next_day_word(words, &word, &comma) || !weekday_parse(word, &first)) {
            return false;
        }
        last = first;
        if (!comma && policy_words_take(words, "to") &&
            (!next_day_word(words, &word, &comma) || !weekday_parse(word, &last))) {
            return false;
        }
        for (uint32_t day = first;; day = (day + 1) % WEEKDAYS) {
            *out_days |= 1U << day;
            if (day == last) {
                break;
            }
        }
    }
    return true;
}

static bool days_parse(struct words *words, uint32_t *out_days) {
    *out_days = 0;
    if (policy_words_take(words, "every")) {
        *out_days = 0x7f;
        return policy_words_take(words, "day");
    }
    if (policy_words_take(words, "weekdays")) {
        *out_days = 0x1f;
        return true;
    }
    if (policy_words_take(words, "weekends")) {
        *out_days = 0x60;
        return true;
    }
    return named_days(words, out_days);
}

/* Opens [from, to) on a day; an end before the start lies on the next day. */
static void open_range(struct bits *week, uint32_t weekday, uint32_t from, uint32_t to) {
    uint32_t length = to > from ? to - from : to + DAY_MIN - from;
    for (uint32_t i = 0; i < length; i++) {
        policy_bits_add(week, (weekday * DAY_MIN + from + i) % LIMIT_POLICY_WEEK_MINUTES);
    }
}

static bool range_parse(struct words *words, struct bits *week) {
    struct span text;
    uint32_t from;
    uint32_t to;
    uint32_t days;
    if (!policy_words_next(words, &text) || !clock_parse(text, &from) || from == DAY_MIN ||
        !policy_words_take(words, "to") || !policy_words_next(words, &text) ||
        !clock_parse(text, &to) || from == to || !policy_words_take(words, "on") ||
        !days_parse(words, &days)) {
        return false;
    }
    for (uint32_t day = 0; day < WEEKDAYS; day++) {
        if ((days >> day & 1U) != 0) {
            open_range(week, day, from, to);
        }
    }
    return true;
}

static struct lg_err load_open(struct load *load, struct value value, struct hours *hours) {
    TRY(policy_bits_init(&hours->week, LIMIT_POLICY_WEEK_MINUTES, load->policy->arena));
    TRY(policy_value_text(load, value, &hours->text));
    struct words words = policy_words_of(value.text, value.line);
    bool good = range_parse(&words, &hours->week);
    while (good && !policy_words_end(&words)) {
        good = policy_words_take(&words, "and") && range_parse(&words, &hours->week);
    }
    if (!good) {
        return policy_load_fault(
            load, "E01", value,
            "hours are written `08:00 to 20:00 on every day`, `on weekdays` or "
            "`on monday, friday`; several with `and`");
    }
    return LG_OK;
}

/* Reads a date into the next free place; false too for one that is there already. */
static bool is_new_day(struct span text, struct hours *hours) {
    int32_t *day = &hours->closed_days[hours->closed_count];
    if (!policy_day_parse(text, day)) {
        return false;
    }
    for (uint32_t i = 0; i < hours->closed_count; i++) {
        if (hours->closed_days[i] == *day) {
            return false;
        }
    }
    return true;
}

static struct lg_err load_closed(struct load *load, struct value value, struct hours *hours) {
    hours->closed_days =
        arena_array(load->policy->arena, policy_list_count(value), sizeof *hours->closed_days);
    if (hours->closed_days == NULL) {
        return policy_no_memory();
    }
    struct words words = policy_words_of(value.text, value.line);
    struct value item;
    while (policy_words_item(&words, &item.text)) {
        item.line = words.line;
        TRY(policy_load_steps(load, hours->closed_count));
        bool holidays = policy_words_are(item.text, "bank holidays");
        if (holidays && !hours->closed_on_bank_holidays) {
            hours->closed_on_bank_holidays = true;
        } else if (is_new_day(item.text, hours)) {
            hours->closed_count++;
        } else {
            return policy_load_fault(load, "E01", item,
                                     "`closed on` lists dates such as `2026-12-24`, and `bank "
                                     "holidays` for those of England and Wales, each once");
        }
    }
    return LG_OK;
}

static struct lg_err load_limit(struct load *load, uint32_t line, const struct value *values,
                                struct limit *limit) {
    TRY(policy_value_rate(load, values[LIMIT_PER_PERSON], &limit->per_person));
    TRY(policy_value_rate(load, values[LIMIT_PER_AGENCY], &limit->per_agency));
    TRY(policy_value_rate(load, values[LIMIT_PER_SUBJECT], &limit->per_subject));
    bool limits = limit->per_person.count + limit->per_agency.count + limit->per_subject.count > 0;
    return limits ? LG_OK : policy_load_stop(load, line, "the limit limits nothing");
}

struct lg_err policy_load_hours(struct load *load) {
    struct policy *policy = load->policy;
    uint32_t hours = 0;
    uint32_t limit = 0;
    policy->hours = arena_array(policy->arena, policy->hours_names.count, sizeof *policy->hours);
    policy->limits = arena_array(policy->arena, policy->limit_names.count, sizeof *policy->limits);
    if (policy->hours == NULL || policy->limits == NULL) {
        return policy_no_memory();
    }
    for (uint32_t i = 0; i < load->doc.section_count; i++) {
        const struct doc_section *section = &load->doc.sections[i];
        struct value values[SETTINGS_MAX];
        if (load->kinds[i] == SECTION_HOURS) {
            policy_section_values(load, i, values);
            policy->hours[hours].id = section->head;
            TRY(policy_load_past(load, load_open(load, values[HOURS_OPEN], &policy->hours[hours])));
            TRY(policy_load_past(
                load, load_closed(load, values[HOURS_CLOSED_ON], &policy->hours[hours])));
            hours++;
        } else if (load->kinds[i] == SECTION_LIMIT) {
            policy_section_values(load, i, values);
            policy->limits[limit].id = section->head;
            TRY(policy_load_past(load,
                                 load_limit(load, section->line, values, &policy->limits[limit])));
            limit++;
        }
    }
    return LG_OK;
}

/* ---- defaults ---- */

/* "no", "ask PARTY" or "to PARTY for PURPOSE". */
struct lg_err policy_load_onward(struct load *load, struct value value, struct onward *out_onward) {
    struct words words = policy_words_of(value.text, value.line);
    struct value party = {.line = value.line};
    struct value purpose = {.line = value.line};
    uint32_t party_index = POLICY_NO16;
    uint32_t purpose_index = POLICY_NO16;
    enum policy_onward kind = POLICY_ONWARD_NO;
    bool good = false;
    if (value.text.ptr == NULL) {
        return LG_OK;
    }
    if (policy_words_take(&words, "no")) {
        good = true;
    } else if (policy_words_take(&words, "ask")) {
        kind = POLICY_ONWARD_ASK;
        good = policy_words_next(&words, &party.text);
    } else if (policy_words_take(&words, "to")) {
        kind = POLICY_ONWARD_TO;
        good = policy_words_next(&words, &party.text) && policy_words_take(&words, "for") &&
               policy_words_next(&words, &purpose.text);
    }
    if (!good || !policy_words_end(&words)) {
        return policy_load_fault(load, "E01", value,
                                 "onward sharing is `no`, `ask PARTY` or `to PARTY for PURPOSE`");
    }
    TRY(policy_value_name(load, party, &load->policy->party_names, "a party of this agreement",
                          &party_index));
    TRY(policy_value_name(load, purpose, &load->policy->purpose_names,
                          "a purpose of this agreement", &purpose_index));
    *out_onward = (struct onward){kind, (uint16_t)party_index, (uint16_t)purpose_index};
    return LG_OK;
}

struct lg_err policy_load_defaults(struct load *load) {
    struct policy *policy = load->policy;
    uint32_t hours = POLICY_NO16;
    uint32_t limit = POLICY_NO16;
    load->default_onward =
        (struct onward){.kind = POLICY_ONWARD_NO, .party = POLICY_NO16, .purpose = POLICY_NO16};
    for (uint32_t i = 0; i < load->doc.section_count; i++) {
        struct value values[SETTINGS_MAX];
        if (load->kinds[i] != SECTION_DEFAULTS) {
            continue;
        }
        if (load->doc.sections[i].head.len > 0) {
            TRY(policy_load_past(load, policy_load_stop(load, load->doc.sections[i].line,
                                                        "the section is written `defaults`")));
        }
        policy_section_values(load, i, values);
        TRY(policy_load_past(load,
                             policy_value_name(load, values[DEFAULTS_HOURS], &policy->hours_names,
                                               "hours of this agreement", &hours)));
        TRY(policy_load_past(load,
                             policy_value_name(load, values[DEFAULTS_LIMIT], &policy->limit_names,
                                               "a limit of this agreement", &limit)));
        TRY(policy_load_past(
            load, policy_value_days(load, values[DEFAULTS_KEEP], &load->default_keep_days)));
        TRY(policy_load_past(
            load, policy_load_onward(load, values[DEFAULTS_ONWARD], &load->default_onward)));
    }
    policy->default_keep_days = load->default_keep_days;
    load->default_hours = (uint16_t)hours;
    load->default_limit = (uint16_t)limit;
    return LG_OK;
}
