/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/life_print.h"

#include <inttypes.h>
#include <stdio.h>

#include "gateway/agreement/state.h"
#include "gateway/base/bytes.h"
#include "policy/policy.h"

enum { DAY_MS = 24 * 3600 * 1000 };

/* A text in JSON: our texts are plain, so quotes, backslashes and tabs are all that needs care. */
static void json_text(struct span text) {
    (void)putchar('"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\') {
            (void)putchar('\\');
        }
        (void)putchar(text.ptr[i] < ' ' ? ' ' : text.ptr[i]);
    }
    (void)putchar('"');
}

static void json_field(const char *name, struct span text) {
    (void)printf(",\"%s\":", name);
    json_text(text);
}

static void json_hash(const char *name, struct span bytes) {
    char hex[2 * MODEL_HASH_SIZE + 1] = "";
    if (bytes.len <= MODEL_HASH_SIZE) {
        bytes_to_hex(bytes, hex);
    }
    json_field(name, span_text(hex));
}

static const char *state_of(const struct wire_agreement_info *info) {
    return agreement_state_name((enum agreement_state)info->state);
}

static void json_info(const struct wire_agreement_info *info) {
    (void)printf("{\"id\":");
    json_text(info->id);
    (void)printf(",\"version\":%" PRIu32, info->version);
    json_field("state", span_text(state_of(info)));
    json_field("title", info->title);
    json_field("first_day", info->first_day);
    json_field("last_day", info->last_day);
    json_field("review_day", info->review_day);
    json_field("end_day", info->end_day);
    json_field("lead", info->lead);
    json_hash("sha256", info->sha256);
    json_hash("report_sha256", info->report_sha256);
}

static int width(struct span text) {
    return (int)text.len;
}

static const char *words(struct span text) {
    return text.len == 0 ? "" : (const char *)text.ptr;
}

void life_heading_print(bool json) {
    if (!json) {
        (void)printf("%-24s %7s  %-14s %-10s  %-10s  %-10s  %s\n", "agreement", "version", "state",
                     "first day", "last day", "review", "title");
    }
}

void life_info_print(const struct wire_agreement_info *info, bool json) {
    if (json) {
        json_info(info);
        (void)printf("}\n");
        return;
    }
    (void)printf("%-24.*s %7" PRIu32 "  %-14s %-10.*s  %-10.*s  %-10.*s  %.*s\n", width(info->id),
                 words(info->id), info->version, state_of(info), width(info->first_day),
                 words(info->first_day), width(info->last_day), words(info->last_day),
                 width(info->review_day), words(info->review_day), width(info->title),
                 words(info->title));
}

static const char *standing(const struct wire_agreement_party *party) {
    if (party->has_refused) {
        return "refused";
    }
    if (party->is_carried) {
        return "bound still";
    }
    return party->has_signed ? "signed" : "not signed";
}

static void party_print(const struct wire_agreement_party *party) {
    char key[17] = "";
    if (party->key_id.len == (sizeof key - 1) / 2) {
        bytes_to_hex(party->key_id, key);
    }
    (void)printf("  %-20.*s %-11s %-16s  %.*s%s%s%.*s\n", width(party->party), words(party->party),
                 standing(party), key, width(party->office), words(party->office),
                 party->is_suspended ? "; suspended" : "",
                 party->withdrawn_day.len > 0 ? "; withdrawn from " : "",
                 width(party->withdrawn_day), words(party->withdrawn_day));
}

static void party_json(const struct wire_agreement_party *party, bool is_first) {
    (void)printf("%s{\"party\":", is_first ? "" : ",");
    json_text(party->party);
    json_field("standing", span_text(standing(party)));
    json_field("office", party->office_held.len > 0 ? party->office_held : party->office);
    (void)printf(",\"signed_s\":%" PRId64 ",\"suspended\":%s", party->signed_s,
                 party->is_suspended ? "true" : "false");
    json_field("withdrawn_day", party->withdrawn_day);
    (void)printf("}");
}

static void hash_print(const char *name, struct span bytes) {
    char hex[2 * MODEL_HASH_SIZE + 1] = "";
    if (bytes.len == MODEL_HASH_SIZE) {
        bytes_to_hex(bytes, hex);
        (void)printf("%s %s\n", name, hex);
    }
}

void life_whole_print(const struct wire_agreement_info *info, bool json) {
    if (json) {
        json_info(info);
        (void)printf(",\"parties\":[");
        for (size_t i = 0; i < info->party_count; i++) {
            party_json(&info->parties[i], i == 0);
        }
        (void)printf("]}\n");
        return;
    }
    life_heading_print(false);
    life_info_print(info, false);
    hash_print("SHA-256 of the text   ", info->sha256);
    hash_print("SHA-256 of the reports", info->report_sha256);
    for (size_t i = 0; i < info->party_count; i++) {
        party_print(&info->parties[i]);
    }
}

/* ---- What is due ---- */

static void day_print(const struct wire_agreement_info *info, const char *what, struct span text,
                      int32_t left, uint32_t reminder, bool json) {
    if (json) {
        json_info(info);
        (void)printf(",\"due\":\"%s\",\"day\":", what);
        json_text(text);
        (void)printf(",\"days_left\":%" PRId32 ",\"reminder\":%" PRIu32 "}\n", left, reminder);
        return;
    }
    (void)printf("%-24.*s %7" PRIu32 "  %-14s %-8s %.*s  ", width(info->id), words(info->id),
                 info->version, state_of(info), what, width(text), words(text));
    if (left < 0) {
        (void)printf("%" PRId32 " days ago\n", -left);
    } else {
        (void)printf("in %" PRId32 " days (%" PRIu32 "-day reminder)\n", left, reminder);
    }
}

static bool is_running(const struct wire_agreement_info *info) {
    enum agreement_state state = (enum agreement_state)info->state;
    return agreement_state_is_in_force(state) || state == AGREEMENT_STATE_SUSPENDED ||
           state == AGREEMENT_STATE_OVERDUE;
}

void life_due_print(const struct wire_agreement_info *info, int32_t today, bool json) {
    const struct {
        const char *what;
        struct span day;
    } days[] = {{"review", info->review_day}, {"last day", info->last_day}};
    for (size_t i = 0; is_running(info) && i < sizeof days / sizeof days[0]; i++) {
        int32_t day = 0;
        if (policy_day_parse(days[i].day, &day) && agreement_reminder(today, day) != 0) {
            day_print(info, days[i].what, days[i].day, day - today, agreement_reminder(today, day),
                      json);
        }
    }
}

void life_case_print(const struct wire_review *review, bool json) {
    char id[2 * MODEL_REVIEW_ID_SIZE + 1];
    char day[11];
    if (!review->overdue) {
        return;
    }
    bytes_to_hex(span_of(review->review_id.bytes, sizeof review->review_id.bytes), id);
    policy_day_text((int32_t)(review->due_ms / DAY_MS), day);
    if (json) {
        (void)printf("{\"due\":\"case\",\"case\":\"%s\"", id);
        json_field("kind", review->kind);
        json_field("state", review->state);
        json_field("agreement", review->agreement);
        json_field("day", span_text(day));
        json_field("escalated_to", review->escalated_to);
        (void)printf(",\"telling_blocked\":%s}\n", review->telling_blocked ? "true" : "false");
        return;
    }
    (void)printf("%-24.*s %7s  %-14.*s %-16.*s %s  %s%s\n", width(review->agreement),
                 words(review->agreement), "case", width(review->state), words(review->state),
                 width(review->kind), words(review->kind), day, id,
                 review->telling_blocked ? ", the person cannot be told until it is closed" : "");
}
