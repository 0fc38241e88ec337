/* SPDX-License-Identifier: Apache-2.0 */
/* Working hours of a party: "mon-fri 08:00-18:00". */
#include <string.h>

#include "gateway/config/config_int.h"

enum { DAYS = 7, TEXT_LEN = 19, HOUR_MINUTES = 60, DAY_MINUTES = 24 * 60 };

/* The weekday that the next three letters name; DAYS where they name none. */
static uint32_t day_read(const char *text) {
    static const char *const names[DAYS] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    uint32_t day = 0;
    while (day < DAYS && strncmp(text, names[day], 3) != 0) {
        day++;
    }
    return day;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static uint32_t two_digits(const char *text) {
    return (uint32_t)(text[0] - '0') * 10 + (uint32_t)(text[1] - '0');
}

/* HH:MM, up to 24:00; UINT32_MAX where it is none. */
static uint32_t minute_read(const char *text) {
    bool is_form = is_digit(text[0]) && is_digit(text[1]) && text[2] == ':' && is_digit(text[3]) &&
                   is_digit(text[4]);
    if (!is_form || two_digits(&text[3]) >= HOUR_MINUTES) {
        return UINT32_MAX;
    }
    uint32_t minute = two_digits(text) * HOUR_MINUTES + two_digits(&text[3]);
    return minute <= DAY_MINUTES ? minute : UINT32_MAX;
}

/* Exactly DAY-DAY HH:MM-HH:MM, in that order. */
static bool hours_read(const char *text, struct config_hours *out) {
    if (strlen(text) != TEXT_LEN || text[3] != '-' || text[7] != ' ' || text[13] != '-') {
        return false;
    }
    *out = (struct config_hours){.first_day = day_read(text),
                                 .last_day = day_read(&text[4]),
                                 .from_minute = minute_read(&text[8]),
                                 .to_minute = minute_read(&text[14])};
    return out->last_day < DAYS && out->first_day <= out->last_day &&
           out->to_minute <= DAY_MINUTES && out->from_minute < out->to_minute;
}

struct lg_err config_check_hours(const struct config_check *check, const char *place,
                                 const char *text, struct config_hours *out_hours) {
    if (text == NULL || hours_read(text, out_hours)) {
        return LG_OK;
    }
    return config_refuse(check, place,
                         "write days from mon to sun and hours from 00:00 to 24:00, the earlier "
                         "first, such as \"mon-fri 08:00-18:00\"");
}

bool config_hours_include(const struct config_party *party, uint32_t weekday, uint32_t minute) {
    const struct config_hours *hours = &party->working_hours;
    return party->working_hours_text == NULL ||
           (weekday >= hours->first_day && weekday <= hours->last_day &&
            minute >= hours->from_minute && minute < hours->to_minute);
}

bool config_purpose_wants_case(const struct config_party *party, struct span purpose) {
    for (uint32_t i = 0; i < party->case_purpose_count; i++) {
        if (span_equal_text(purpose, party->case_purposes[i])) {
            return true;
        }
    }
    return false;
}
