/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands about incidents share, and opening one. A person is found as `person find`
 * does, so that no identifier stands on the command line. */
#include "tools/lockgate/incident.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/base/day.h"
#include "gateway/vault/vault.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/failure.h"
#include "tools/lockgate/incident_int.h"
#include "tools/lockgate/person_print.h"
#include "tools/lockgate/reply.h"

enum { CALL_MS = 60000 };

static const int64_t DAY_MS = 86400000;
static const int64_t MINUTE_MS = 60000;

/* ---- shared ---- */

unsigned incident_word_find(const char *const *words, size_t count, const char *word) {
    for (size_t i = 1; word != NULL && i < count; i++) {
        if (strcmp(words[i], word) == 0) {
            return (unsigned)i;
        }
    }
    return 0;
}

bool incident_number_read(const char *text, uint64_t *out_number) {
    char *end = NULL;
    if (text == NULL || text[0] < '0' || text[0] > '9') {
        return false;
    }
    errno = 0;
    *out_number = strtoull(text, &end, 10);
    return *end == '\0' && errno == 0;
}

/* THH:MM */
static bool clock_read(const char *text, int64_t *out_ms) {
    bool is_form = strlen(text) == 6 && text[0] == 'T' && text[3] == ':';
    for (size_t i = 1; is_form && i < 6; i++) {
        is_form = i == 3 || (text[i] >= '0' && text[i] <= '9');
    }
    if (!is_form) {
        return false;
    }
    int hours = (text[1] - '0') * 10 + text[2] - '0';
    int minutes = (text[4] - '0') * 10 + text[5] - '0';
    *out_ms = (hours * INT64_C(60) + minutes) * MINUTE_MS;
    return hours < 24 && minutes < 60;
}

bool incident_moment_read(const char *text, int64_t *out_ms) {
    int32_t day = 0;
    int64_t clock_ms = 0;
    *out_ms = 0;
    if (text == NULL) {
        return true;
    }
    size_t len = strlen(text);
    bool has_clock = len > DAY_TEXT_SIZE;
    if (!day_read(span_of(text, has_clock ? DAY_TEXT_SIZE : len), &day) ||
        (has_clock && !clock_read(text + DAY_TEXT_SIZE, &clock_ms))) {
        return false;
    }
    *out_ms = day * DAY_MS + clock_ms;
    return true;
}

static bool id_read(struct incident_command *command) {
    return command->name != NULL &&
           !lg_failed(bytes_from_hex(span_text(command->name), command->id.bytes,
                                     sizeof command->id.bytes));
}

static bool version_read(struct incident_command *command) {
    uint64_t number = 0;
    bool is = incident_number_read(command->version, &number) && number > 0 && number < UINT32_MAX;
    command->version_number = (uint32_t)number;
    return is;
}

bool incident_options_read(int argc, char **argv, const struct incident_usage *usage,
                           struct incident_command *command) {
    struct option asked[QUESTION_OPTIONS];
    struct actor *actor = &command->question.ground.actor;
    const struct option actor_rows[] = {{"--user", .span = &actor->user_id},
                                        {"--role", .span = &actor->role}};
    const struct option shared[] = {{"--config", .text = &command->config},
                                    {"--json", .is_set = &command->json}};
    const struct option more[] = {{.text = &command->name},
                                  {"--version", .text = &command->version}};
    question_table(&command->question, asked);
    size_t more_count = (usage->wants_id ? 1U : 0) + (usage->wants_version ? 1U : 0);
    const struct option_table tables[] = {
        {usage->wants_ground ? asked : actor_rows,
         usage->wants_ground ? sizeof asked / sizeof asked[0] : 2},
        {shared, 2},
        {more, more_count},
        {usage->own, usage->own_count},
    };
    bool is_read = options_read(argc, argv, tables, 4) && command->config != NULL &&
                   actor->user_id.len > 0 && actor->role.len > 0;
    command->asking = (struct asking){.config_path = command->config,
                                      .identity_path = command->identity,
                                      .question = &command->question};
    return is_read && (!usage->wants_id || id_read(command)) &&
           (!usage->wants_version || version_read(command));
}

struct actor incident_actor(const struct incident_command *command) {
    return command->question.ground.actor;
}

static const char *path_of(enum wire_incident_method method) {
    static const char *const paths[WIRE_INCIDENT_METHODS] = {
        [WIRE_INCIDENT_OPEN] = "/lockgate.v1.Incidents/Open",
        [WIRE_INCIDENT_SCOPE] = "/lockgate.v1.Incidents/Scope",
        [WIRE_INCIDENT_NOTIFY] = "/lockgate.v1.Incidents/Notify",
        [WIRE_INCIDENT_ACT] = "/lockgate.v1.Incidents/Act",
        [WIRE_INCIDENT_LIST] = "/lockgate.v1.Incidents/List",
        [WIRE_INCIDENT_GET] = "/lockgate.v1.Incidents/Get",
        [WIRE_INCIDENT_NOTICES] = "/lockgate.v1.Incidents/Notices",
        [WIRE_INCIDENT_ANSWER] = "/lockgate.v1.Incidents/Acknowledge",
    };
    return paths[method];
}

struct lg_err incident_call(struct incident_command *command, enum wire_incident_method method,
                            const void *request, void *out_reply) {
    struct asking *asking = &command->asking;
    const char *path = path_of(method);
    struct span message;
    struct span answer;
    if (asking->gateway == NULL) {
        TRY(asking_open_gateway(asking));
    }
    TRY(wire_incident_request_encode(method, asking->arena, request, &message));
    TRY(asking_call(
        asking,
        (struct client_call){
            .channel = asking->gateway, .path = path, .message = message, .timeout_ms = CALL_MS},
        &answer));
    if (command->json) {
        TRY(reply_json_print(path, asking->arena, answer));
    }
    return wire_incident_reply_decode(method, asking->arena, answer, &asking->report, out_reply);
}

int incident_end(struct incident_command *command, const char *what, struct lg_err err) {
    const struct asking *asking = &command->asking;
    int code = EXIT_TOOL_DONE;
    if (lg_failed(err)) {
        code = failure_tell(&(struct failure){
            .what = what,
            .diag = &asking->diag,
            .sentence = asking->report.sentence,
            .err = err,
            .if_refused = "See with `lockgate incident show` how the incident stands, and who of "
                          "your agency may do this.",
        });
    }
    asking_done(&command->asking);
    return code;
}

/* ---- open ---- */

struct opening {
    struct incident_command command;
    const char *kind;
    const char *aware;
    const char *facts;
    const char *entries;
    const char *agency;
    const char *system;
    const char *of_user;
    const char *from;
    const char *to;
    const char *request_id;
    struct wire_incident_entry list[LIMIT_INCIDENT_NAMED];
    struct wire_incident_open_request request;
    struct wire_incident_open_reply reply;
};

static struct span text_or_empty(const char *text) {
    return text == NULL ? span_of(NULL, 0) : span_text(text);
}

/* Numbers with commas between them. */
static bool entries_read(struct opening *it) {
    const char *word = it->entries;
    size_t count = 0;
    while (word != NULL && count < LIMIT_INCIDENT_NAMED) {
        char number[24] = "";
        size_t len = strcspn(word, ",");
        if (len >= sizeof number) {
            return false;
        }
        memcpy(number, word, len);
        if (!incident_number_read(number, &it->list[count++].index)) {
            return false;
        }
        word = word[len] == ',' ? word + len + 1 : NULL;
    }
    it->request.scope.entries = it->list;
    it->request.scope.entry_count = count;
    return word == NULL;
}

static bool request_id_read(struct opening *it) {
    uint8_t *id = it->request.id.bytes;
    if (it->request_id == NULL) {
        vault_random(id, sizeof it->request.id.bytes);
        return true;
    }
    return !lg_failed(bytes_from_hex(span_text(it->request_id), id, sizeof it->request.id.bytes));
}

static bool open_read(struct opening *it) {
    static const char *const kinds[] = {"", "wrong-person", "wrong-merge", "lost-device",
                                        "compromised-system"};
    struct wire_incident_scope *scope = &it->request.scope;
    it->request.kind = (enum wire_incident_kind)incident_word_find(kinds, 5, it->kind);
    it->request.facts = text_or_empty(it->facts);
    scope->agency = text_or_empty(it->agency);
    scope->system = text_or_empty(it->system);
    scope->user_id = text_or_empty(it->of_user);
    scope->of_person = it->command.identity != NULL;
    bool has_ground = !scope->of_person || question_is_whole(&it->command.question);
    return it->request.kind != 0 && it->facts != NULL && it->aware != NULL && has_ground &&
           incident_moment_read(it->aware, &it->request.aware_ms) &&
           incident_moment_read(it->from, &scope->from_ms) &&
           incident_moment_read(it->to, &scope->to_ms) && entries_read(it) && request_id_read(it);
}

static struct lg_err open_ask(struct opening *it) {
    struct asking *asking = &it->command.asking;
    it->request.actor = incident_actor(&it->command);
    if (it->request.scope.of_person) {
        struct wire_find_reply found;
        TRY(asking_find_person(asking, &found));
        it->reply.verdict = found.verdict;
        if (found.verdict.decision == DECISION_REFUSE) {
            return it->command.json
                       ? reply_json_print(asking_find_path, asking->arena, asking->found)
                       : LG_OK;
        }
        it->request.has_person = it->request.has_ground = true;
        it->request.person = (struct person_ref){.kind = PERSON_HANDLE, .handle = found.handle};
        it->request.ground = it->command.question.ground;
    }
    return incident_call(&it->command, WIRE_INCIDENT_OPEN, &it->request, &it->reply);
}

int tool_incident_open(int argc, char **argv) {
    struct opening it = {.kind = NULL};
    const struct option own[] = {
        {"--identity", .text = &it.command.identity},
        {"--kind", .text = &it.kind},
        {"--aware", .text = &it.aware},
        {"--facts", .text = &it.facts},
        {"--entries", .text = &it.entries},
        {"--agency", .text = &it.agency},
        {"--system", .text = &it.system},
        {"--of-user", .text = &it.of_user},
        {"--from", .text = &it.from},
        {"--to", .text = &it.to},
        {"--request", .text = &it.request_id},
    };
    const struct incident_usage usage = {
        .wants_ground = true, .own = own, .own_count = sizeof own / sizeof own[0]};
    if (!incident_options_read(argc, argv, &usage, &it.command) || !open_read(&it)) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = open_ask(&it);
    bool is_refused = !lg_failed(err) && it.reply.verdict.decision == DECISION_REFUSE;
    if (!lg_failed(err) && !it.command.json && is_refused) {
        person_verdict_print(&it.reply.verdict);
    } else if (!lg_failed(err) && !it.command.json) {
        incident_print(&it.reply.incident);
    }
    int code = incident_end(&it.command, "The incident was not opened.", err);
    return is_refused ? EXIT_TOOL_REFUSED : code;
}
