/* SPDX-License-Identifier: Apache-2.0 */
/* Reviews on the command line: one call each, and what came back in words. */
#include "tools/lockgate/review.h"

#include <stdio.h>

#include "gateway/base/bytes.h"
#include "gateway/base/limits.h"
#include "gateway/base/limits_signals.h"
#include "gateway/wire/reviews.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/officer.h"

enum { ID_TEXT = 2 * MODEL_REVIEW_ID_SIZE + 1 };

static void print_field(const char *name, struct span value) {
    if (value.len > 0) {
        (void)printf("%-14s %.*s\n", name, (int)value.len, (const char *)value.ptr);
    }
}

static void print_head(const struct officer *officer, const struct wire_review *review) {
    char id[ID_TEXT];
    bytes_to_hex(span_of(review->review_id.bytes, sizeof review->review_id.bytes), id);
    (void)printf("%s  %-16.*s  %-9.*s  due %s%s%s", id, (int)review->kind.len,
                 (const char *)review->kind.ptr, (int)review->state.len,
                 (const char *)review->state.ptr, officer_time(officer, review->due_ms),
                 review->overdue ? "  OVERDUE" : "",
                 review->telling_blocked ? "  TELLING BLOCKED" : "");
    if (review->escalated_to.len > 0) {
        (void)printf("  escalated to %.*s", (int)review->escalated_to.len,
                     (const char *)review->escalated_to.ptr);
    }
    (void)putchar('\n');
}

/* What a rule of misuse says, and how often it hit for this user; beyond the ceiling none is kept.
 */
static void print_rule(const struct wire_review *review) {
    print_field("rule", review->rule);
    if (review->has_hits) {
        (void)printf("%-14s %u%s in this case, %u in earlier ones of the same rule and user\n",
                     "hits", review->hits.count,
                     review->hits.count >= LIMIT_SIGNALS_HITS ? " and more" : "",
                     review->hits.earlier);
    }
}

static void print_hits(const struct officer *officer, const struct wire_review_hits *hits) {
    for (size_t i = 0; i < hits->newest_count; i++) {
        (void)printf("%-14s %llu  %s\n", i == 0 ? "log entry" : "",
                     (unsigned long long)hits->newest[i].log_index,
                     officer_time(officer, hits->newest[i].at_ms));
    }
}

static void print_detail(const struct officer *officer, const struct wire_review_detail *detail,
                         bool has_rule) {
    print_field("user", detail->user_id);
    print_field("role", detail->role);
    print_field("purpose", detail->purpose);
    print_field("case", detail->case_reference);
    print_field("cause", detail->cause);
    print_field("rationale", has_rule ? span_of(NULL, 0) : detail->rationale);
    print_field("capacity", detail->capacity);
    print_field("known by", detail->capacity_basis);
    print_field("second person", detail->second_user);
    for (size_t i = 0; i < detail->sources.count; i++) {
        print_field(i == 0 ? "asked" : "", detail->sources.items[i]);
    }
    if (detail->notice.office.len > 0) {
        print_field("to be told", detail->notice.office);
        (void)printf("%-14s %s\n", "by", officer_time(officer, detail->notice.due_ms));
    }
    print_field("the person", detail->telling);
    print_field("told by", detail->channel);
    print_field("reasons", detail->reasons);
}

static void print_review(const struct officer *officer, const struct wire_review *review) {
    print_head(officer, review);
    (void)printf("%-14s %s\n", "opened", officer_time(officer, review->opened_ms));
    print_field("agreement", review->agreement);
    print_field("taken by", review->taken_by);
    print_field("outcome", review->outcome);
    print_rule(review);
    print_hits(officer, &review->hits);
    if (review->has_detail) {
        print_detail(officer, &review->detail, review->rule.len > 0);
    }
}

/* ---- list ---- */

static struct lg_err page_ask(struct officer *officer, const struct review_id *after,
                              struct wire_list_reviews_reply *out_reply) {
    const struct wire_list_reviews_request request = {.actor = officer_actor(officer),
                                                      .open_only = !officer->options.all,
                                                      .after_review_id = *after};
    struct span message;
    struct span answer;
    TRY(wire_list_reviews_request_encode(officer->arena, &request, &message));
    TRY(officer_call(officer, "/lockgate.v1.Reviews/List", message, &answer));
    return wire_list_reviews_reply_decode(officer->arena, answer, &officer->report, out_reply);
}

static struct lg_err pages_print(struct officer *officer, size_t *out_count) {
    struct review_id after = {{0}};
    struct wire_list_reviews_reply reply;
    *out_count = 0;
    do {
        TRY(page_ask(officer, &after, &reply));
        for (size_t i = 0; i < reply.review_count; i++) {
            after = reply.reviews[i].review_id;
            if (!officer->options.json) {
                print_head(officer, &reply.reviews[i]);
                print_rule(&reply.reviews[i]);
            }
        }
        *out_count += reply.review_count;
    } while (reply.review_count == LIMIT_STORE_REVIEW_LIST);
    return LG_OK;
}

int tool_review_list(int argc, char **argv) {
    struct officer officer = {.config = NULL};
    size_t count = 0;
    if (!officer_options_read(argc, argv, &officer.options) || officer.options.name != NULL) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = officer_open(&officer);
    if (!lg_failed(err)) {
        err = pages_print(&officer, &count);
    }
    int code = EXIT_TOOL_DONE;
    if (lg_failed(err)) {
        code = officer_failed(&officer, "The cases were not listed.", err);
    } else if (!officer.options.json) {
        (void)printf("%zu %s\n", count, officer.options.all ? "cases" : "cases not closed");
    }
    officer_done(&officer);
    return code;
}

/* ---- one case ---- */

struct verb {
    enum wire_review_method method;
    const char *path;
    const char *failed;
};

static struct span text_of(const char *text) {
    return text == NULL ? span_of(NULL, 0) : span_text(text);
}

static struct lg_err case_ask(struct officer *officer, const struct verb *verb,
                              const struct review_id *id, struct wire_review_reply *out_reply) {
    const struct officer_options *options = &officer->options;
    const struct wire_review_request request = {
        .actor = officer_actor(officer),
        .review_id = *id,
        .outcome = text_of(options->outcome),
        .reasons = text_of(options->reason),
        .telling = text_of(options->telling),
        .channel = text_of(options->channel),
    };
    struct span message;
    struct span answer;
    TRY(officer_open(officer));
    TRY(wire_review_request_encode(verb->method, officer->arena, &request, &message));
    TRY(officer_call(officer, verb->path, message, &answer));
    return wire_review_reply_decode(verb->method, officer->arena, answer, &officer->report,
                                    out_reply);
}

static int case_run(struct officer *officer, const struct verb *verb) {
    struct review_id id;
    struct wire_review_reply reply;
    if (officer->options.name == NULL ||
        lg_failed(bytes_from_hex(span_text(officer->options.name), id.bytes, sizeof id.bytes))) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = case_ask(officer, verb, &id, &reply);
    int code = EXIT_TOOL_DONE;
    if (lg_failed(err)) {
        code = officer_failed(officer, verb->failed, err);
    } else if (!officer->options.json) {
        print_review(officer, &reply.review);
    }
    officer_done(officer);
    return code;
}

int tool_review_show(int argc, char **argv) {
    static const struct verb verb = {WIRE_REVIEW_GET, "/lockgate.v1.Reviews/Get",
                                     "The case was not shown."};
    struct officer officer = {.config = NULL};
    bool good = officer_options_read(argc, argv, &officer.options);
    return good ? case_run(&officer, &verb) : EXIT_TOOL_USAGE;
}

int tool_review_take(int argc, char **argv) {
    static const struct verb verb = {WIRE_REVIEW_TAKE, "/lockgate.v1.Reviews/Take",
                                     "The case was not taken."};
    struct officer officer = {.config = NULL};
    bool good = officer_options_read(argc, argv, &officer.options);
    return good ? case_run(&officer, &verb) : EXIT_TOOL_USAGE;
}

int tool_review_close(int argc, char **argv) {
    static const struct verb verb = {WIRE_REVIEW_CLOSE, "/lockgate.v1.Reviews/Close",
                                     "The case was not closed."};
    struct officer officer = {.config = NULL};
    bool good = officer_options_read(argc, argv, &officer.options) &&
                officer.options.outcome != NULL && officer.options.reason != NULL;
    return good ? case_run(&officer, &verb) : EXIT_TOOL_USAGE;
}

int tool_review_tell(int argc, char **argv) {
    static const struct verb verb = {WIRE_REVIEW_TELL, "/lockgate.v1.Reviews/Tell",
                                     "The person was not recorded as told."};
    struct officer officer = {.config = NULL};
    bool good =
        officer_options_read(argc, argv, &officer.options) && officer.options.channel != NULL;
    return good ? case_run(&officer, &verb) : EXIT_TOOL_USAGE;
}
