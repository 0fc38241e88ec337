/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tools/lockgate/search.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "tools/lockgate/exit.h"
#include "tools/lockgate/person_print.h"
#include "tools/lockgate/reply.h"
#include "tools/lockgate/search_int.h"

enum { CALL_MS = 60000, RESCAN_MS = 600000, KEY_SIZE_MAX = 4096, KEY_WRONG = 220 };

static const char search_path[] = "/lockgate.v1.Audit/Search";

struct lg_err search_key_read(const char *path, struct arena *arena, struct diag *diag,
                              struct audit_vkey *out_vkey) {
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = arena_alloc(arena, KEY_SIZE_MAX);
    size_t len = file == NULL || bytes == NULL ? 0 : fread(bytes, 1, KEY_SIZE_MAX, file);
    if (file != NULL) {
        (void)fclose(file);
    }
    if (len == 0 || lg_failed(audit_vkey_read(span_of(bytes, len), out_vkey))) {
        diag_set(diag, 0, "%s: not the verifier key of a log", path);
        return lg_err_make(LG_CLASS_CONFIG, LG_TOOLS, KEY_WRONG);
    }
    return LG_OK;
}

/* ---- asking ---- */

struct lg_err search_open(struct search *search, struct wire_find_reply *out_found) {
    struct search_options *options = &search->options;
    search->asking = (struct asking){
        .config_path = options->config,
        .identity_path = options->identity,
        .question = &options->question,
    };
    if (options->identity == NULL) {
        TRY(asking_open_gateway(&search->asking));
    } else {
        TRY(asking_find_person(&search->asking, out_found));
        options->request.has_person = true;
        options->request.person =
            (struct person_ref){.kind = PERSON_HANDLE, .handle = out_found->handle};
    }
    options->request.ground = options->question.ground;
    return options->key == NULL ? LG_OK
                                : search_key_read(options->key, search->asking.arena,
                                                  &search->asking.diag, &search->vkey);
}

static struct lg_err page_fetch(struct search *search, struct wire_audit_search_reply *out_reply) {
    struct asking *asking = &search->asking;
    const struct wire_audit_search_request *request = &search->options.request;
    struct span message;
    struct span answer;
    TRY(wire_audit_search_request_encode(asking->arena, request, &message));
    TRY(asking_call(asking,
                    (struct client_call){.channel = asking->gateway,
                                         .path = search_path,
                                         .message = message,
                                         .timeout_ms = request->rescan ? RESCAN_MS : CALL_MS},
                    &answer));
    TRY(wire_audit_search_reply_decode(asking->arena, answer, &asking->report, out_reply));
    return search->options.is_json ? reply_json_print(search_path, asking->arena, answer) : LG_OK;
}

static int refused(const struct search *search, const struct verdict *verdict) {
    if (!search->options.is_json) {
        person_verdict_print(verdict);
    }
    return EXIT_TOOL_REFUSED;
}

/* ---- search ---- */

static void page_end_print(const struct wire_audit_search_reply *reply, size_t count) {
    if (count == 0) {
        (void)puts("No entries.");
    }
    (void)printf("The log was searched up to entry %" PRIu64 ".\n", reply->covered_size);
    if (reply->rescanned_size > 0) {
        (void)printf("Every leaf up to entry %" PRIu64 " was looked at: the index lacked %" PRIu64
                     " of them.\n",
                     reply->rescanned_size, reply->rescan_missing);
    }
}

/* One page where --most says so, otherwise all of them. */
static struct lg_err pages_show(struct search *search, struct wire_audit_search_reply *reply) {
    struct wire_audit_search_request *request = &search->options.request;
    bool is_one = request->most > 0;
    size_t count = 0;
    do {
        TRY(page_fetch(search, reply));
        if (reply->verdict.decision == DECISION_REFUSE) {
            return LG_OK;
        }
        count += reply->hit_count;
        if (!search->options.is_json) {
            search_hits_print(reply);
        }
        request->cursor = reply->cursor;
        request->rescan = false;
    } while (reply->cursor.len > 0 && !is_one);
    if (!search->options.is_json) {
        page_end_print(reply, count);
    }
    return LG_OK;
}

static int search_end(struct search *search, struct lg_err err,
                      const struct wire_audit_search_reply *reply) {
    int code = EXIT_TOOL_DONE;
    if (lg_failed(err)) {
        code = asking_failed(&search->asking, "The log was not searched to its end.", err);
    } else if (reply->verdict.decision == DECISION_REFUSE) {
        code = refused(search, &reply->verdict);
    }
    asking_done(&search->asking);
    return code;
}

int tool_audit_search(int argc, char **argv) {
    struct search search = {.options = {.config = NULL}};
    struct wire_audit_search_reply reply = {.covered_size = 0};
    struct wire_find_reply found = {.verdict = {.decision = DECISION_PERMIT}};
    if (!search_options_read(argc, argv, &search.options)) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = search_open(&search, &found);
    if (!lg_failed(err) && found.verdict.decision == DECISION_REFUSE) {
        reply.verdict = found.verdict;
    } else if (!lg_failed(err)) {
        err = pages_show(&search, &reply);
    }
    return search_end(&search, err, &reply);
}

/* ---- tail ---- */

/* Newest first as they came; those from `from` on are printed the other way round. */
static void new_print(const struct wire_audit_search_reply *reply, uint64_t from) {
    for (size_t i = reply->hit_count; i > 0; i--) {
        const struct wire_audit_hit *hit = &reply->hits[i - 1];
        if (hit->index >= from && hit->kind != AUDIT_SEARCH) {
            search_hit_print(hit);
        }
    }
    (void)fflush(stdout);
}

static void pause_s(uint32_t seconds) {
    struct timespec left = {.tv_sec = (time_t)seconds};
    while (nanosleep(&left, &left) != 0) {
        /* Goes on after a signal that ends nothing. */
    }
}

/* Pages until one reaches back to what was seen; the first look of all is one page. */
static struct lg_err new_show(struct search *search, struct wire_audit_search_reply *reply,
                              uint64_t *from) {
    uint64_t covered = 0;
    bool is_seen = false;
    search->options.request.cursor = span_of(NULL, 0);
    do {
        TRY(page_fetch(search, reply));
        covered = covered == 0 ? reply->covered_size : covered;
        if (!search->options.is_json) {
            new_print(reply, *from);
        }
        for (size_t i = 0; i < reply->hit_count; i++) {
            is_seen = is_seen || reply->hits[i].index < *from;
        }
        search->options.request.cursor = reply->cursor;
    } while (reply->cursor.len > 0 && !is_seen && *from > 0);
    *from = covered;
    return LG_OK;
}

/* One look; its memory is given back, for this goes on for long. */
static int tail_once(struct search *search, uint64_t *from) {
    struct wire_audit_search_reply reply = {.covered_size = 0};
    struct wire_find_reply found = {.verdict = {.decision = DECISION_PERMIT}};
    struct lg_err err = search_open(search, &found);
    if (!lg_failed(err)) {
        err = new_show(search, &reply, from);
    }
    return search_end(search, err, &reply);
}

int tool_audit_tail(int argc, char **argv) {
    struct search search = {.options = {.config = NULL}};
    uint64_t from = 0;
    int code = EXIT_TOOL_DONE;
    if (!search_options_read(argc, argv, &search.options) || search.options.identity != NULL) {
        return EXIT_TOOL_USAGE;
    }
    for (uint32_t i = 0; code == EXIT_TOOL_DONE; i++) {
        code = tail_once(&search, &from);
        if (search.options.times_max > 0 && i + 1 >= search.options.times_max) {
            break;
        }
        if (code == EXIT_TOOL_DONE) {
            pause_s(search.options.every_s);
        }
    }
    return code;
}
