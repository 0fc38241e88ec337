/* SPDX-License-Identifier: Apache-2.0 */
/* Duties on the command line: lists page by page, acts on one duty or a page of them. */
#include "tools/lockgate/duty.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/wire/duties.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/officer.h"

enum { ID_DIGITS = 2 * WIRE_DUTY_ID_SIZE };

/* ---- printing ---- */

static void text_print(const char *before, struct span text) {
    if (text.len > 0) {
        (void)printf("%s%.*s", before, (int)text.len, (const char *)text.ptr);
    }
}

static const char *state_word(enum wire_duty_state state) {
    static const char *const words[] = {
        [WIRE_DUTY_STATE_UNSPECIFIED] = "unknown", [WIRE_DUTY_STATE_OPEN] = "open",
        [WIRE_DUTY_STATE_TAKEN] = "taken",         [WIRE_DUTY_STATE_DONE] = "done",
        [WIRE_DUTY_STATE_ATTESTED] = "attested",   [WIRE_DUTY_STATE_OVERDUE] = "OVERDUE",
        [WIRE_DUTY_STATE_ESCALATED] = "ESCALATED",
    };
    return words[state];
}

static void duty_print(const struct officer *officer, const struct wire_duty *duty) {
    char id[ID_DIGITS + 1];
    bytes_to_hex(span_of(duty->duty_id.bytes, sizeof duty->duty_id.bytes), id);
    (void)printf("%s  %-10.*s  %-9s  due %s", id, (int)duty->rule.len, (const char *)duty->rule.ptr,
                 state_word(duty->state), officer_time(officer, duty->due_ms));
    (void)printf("  received %s", officer_time(officer, duty->received_ms));
    text_print("  by ", duty->agency);
    text_print("  from ", duty->source);
    text_print("  under ", duty->agreement);
    if (duty->count > 1) {
        (void)printf("  %" PRIu64 " releases", duty->count);
    }
    if (duty->blocked) {
        (void)printf("  TELLING BLOCKED");
    }
    text_print("  taken by ", duty->taken_by);
    text_print("  ", duty->outcome);
    text_print(" by ", duty->attested_by);
    text_print(": ", duty->reason);
    text_print("  escalated to ", duty->escalated_to);
    (void)putchar('\n');
}

/* ---- list ---- */

static struct lg_err page_ask(struct officer *officer,
                              const struct wire_list_duties_request *request,
                              struct wire_list_duties_reply *out_reply) {
    struct span message;
    struct span answer;
    TRY(wire_list_duties_request_encode(officer->arena, request, &message));
    TRY(officer_call(officer, "/lockgate.v1.Obligations/List", message, &answer));
    return wire_list_duties_reply_decode(officer->arena, answer, &officer->report, out_reply);
}

static struct lg_err pages_print(struct officer *officer, enum wire_duty_kind kind,
                                 size_t *out_count) {
    const struct officer_options *options = &officer->options;
    struct wire_list_duties_request request = {.actor = officer_actor(officer),
                                               .kind = kind,
                                               .open_only = !options->all,
                                               .overdue_only = options->overdue,
                                               .escalated = options->escalated};
    struct wire_list_duties_reply reply;
    do {
        TRY(page_ask(officer, &request, &reply));
        for (size_t i = 0; i < reply.duty_count && !options->json; i++) {
            duty_print(officer, &reply.duties[i]);
        }
        *out_count += reply.duty_count;
        request.cursor = reply.cursor;
    } while (reply.cursor.len > 0);
    return LG_OK;
}

/* False for a word that is none of them. */
static bool kind_read(const char *word, enum wire_duty_kind *out_kind) {
    static const struct {
        const char *word;
        enum wire_duty_kind kind;
    } kinds[] = {{"keep", WIRE_DUTY_KIND_KEEP},
                 {"onward", WIRE_DUTY_KIND_ONWARD},
                 {"tell", WIRE_DUTY_KIND_TELL}};
    *out_kind = WIRE_DUTY_KIND_UNSPECIFIED;
    for (size_t i = 0; word != NULL && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].word, word) == 0) {
            *out_kind = kinds[i].kind;
        }
    }
    return word == NULL || *out_kind != WIRE_DUTY_KIND_UNSPECIFIED;
}

/* Persons to be told are a list of their own, and come last. */
static struct lg_err lists_print(struct officer *officer, enum wire_duty_kind kind,
                                 size_t *out_count) {
    bool has_both = kind == WIRE_DUTY_KIND_UNSPECIFIED && !officer->options.escalated;
    TRY(officer_open(officer));
    TRY(pages_print(officer, kind, out_count));
    return has_both ? pages_print(officer, WIRE_DUTY_KIND_TELL, out_count) : LG_OK;
}

int tool_duty_list(int argc, char **argv) {
    struct officer officer = {.config = NULL};
    enum wire_duty_kind kind = WIRE_DUTY_KIND_UNSPECIFIED;
    size_t count = 0;
    if (!officer_options_read(argc, argv, &officer.options) || officer.options.name != NULL ||
        !kind_read(officer.options.kind, &kind)) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = lists_print(&officer, kind, &count);
    int code = EXIT_TOOL_DONE;
    if (lg_failed(err)) {
        code = officer_failed(&officer, "The duties were not listed.", err);
    } else if (!officer.options.json) {
        (void)printf("%zu %s\n", count, officer.options.all ? "duties" : "duties not over");
    }
    officer_done(&officer);
    return code;
}

/* ---- take and attest ---- */

/* Ids of 32 digits with commas between them. */
static bool ids_read(const char *word, struct wire_duty_ref out[static LIMIT_DUTY_PAGE],
                     size_t *out_count) {
    size_t count = 0;
    while (word != NULL && count < LIMIT_DUTY_PAGE) {
        size_t len = strcspn(word, ",");
        struct wire_duty_id *id = &out[count++].duty_id;
        if (lg_failed(bytes_from_hex(span_of(word, len), id->bytes, sizeof id->bytes))) {
            return false;
        }
        *out_count = count;
        if (word[len] == '\0') {
            return true;
        }
        word += len + 1;
    }
    return false;
}

struct verb {
    enum wire_duty_method method;
    const char *path;
    const char *failed;
};

static struct lg_err act_ask(struct officer *officer, const struct verb *verb,
                             struct wire_duty_request *request, struct wire_duty_reply *out_reply) {
    const struct officer_options *options = &officer->options;
    struct span message;
    struct span answer;
    request->actor = officer_actor(officer);
    if (verb->method == WIRE_DUTY_ATTEST) {
        request->outcome = span_text(options->outcome);
        request->reason = span_text(options->reason);
    }
    TRY(officer_open(officer));
    TRY(wire_duty_request_encode(verb->method, officer->arena, request, &message));
    TRY(officer_call(officer, verb->path, message, &answer));
    return wire_duty_reply_decode(verb->method, officer->arena, answer, &officer->report,
                                  out_reply);
}

static int act_run(struct officer *officer, const struct verb *verb) {
    struct wire_duty_ref ids[LIMIT_DUTY_PAGE];
    struct wire_duty_request request = {.duties = ids};
    struct wire_duty_reply reply = {.duty_count = 0};
    if (!ids_read(officer->options.name, ids, &request.duty_count)) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = act_ask(officer, verb, &request, &reply);
    int code = EXIT_TOOL_DONE;
    if (lg_failed(err)) {
        code = officer_failed(officer, verb->failed, err);
    }
    for (size_t i = 0; !lg_failed(err) && !officer->options.json && i < reply.duty_count; i++) {
        duty_print(officer, &reply.duties[i]);
    }
    officer_done(officer);
    return code;
}

int tool_duty_take(int argc, char **argv) {
    static const struct verb verb = {WIRE_DUTY_TAKE, "/lockgate.v1.Obligations/Take",
                                     "The duties were not taken."};
    struct officer officer = {.config = NULL};
    bool good = officer_options_read(argc, argv, &officer.options);
    return good ? act_run(&officer, &verb) : EXIT_TOOL_USAGE;
}

int tool_duty_attest(int argc, char **argv) {
    static const struct verb verb = {WIRE_DUTY_ATTEST, "/lockgate.v1.Obligations/Attest",
                                     "The duties were not attested."};
    struct officer officer = {.config = NULL};
    bool good = officer_options_read(argc, argv, &officer.options) &&
                officer.options.outcome != NULL && officer.options.reason != NULL;
    return good ? act_run(&officer, &verb) : EXIT_TOOL_USAGE;
}
