/* SPDX-License-Identifier: Apache-2.0 */
/* What the console's look-up module is compared with: the C edge, the demo's people, and a key
 * service and an index of one fixed key each, as lines of text.
 *
 *   console-edge people SEED COUNT   `person` lines, as below, of the demo's generator
 *   console-edge points FIRST LAST   for each code point: what a name of "a", it, "b" folds to, "!"
 *                                    where it cannot be told
 *   console-edge serve               `pins` line by line, then answers standard input:
 *     person GIVEN FAMILY BORN POSTCODE SCHEME IDENTIFIER     each in hex of UTF-8, "-" for empty
 *         -> plain FLAWS GIVEN FAMILY BORN POSTCODE SCHEME IDENTIFIER, then token CLASS HEX..., end
 *     evaluate HEX...   -> evaluated HEX..., then proof HEX
 *     open HEX          -> opened CLASS EPOCH HEX, or refused */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/edge/edge.h"
#include "tools/demo/world.h"

enum {
    LINE_SIZE = 1 << 16,
    WORDS_MAX = 64,
    FIELD_MAX = 1024,
    EPOCH = 3,
    ARENA_SIZE = 1 << 20,
    FIELDS = 6,
};

struct server {
    struct vault_key *token_key;
    struct vault_key *index_key;
    struct vault_point public_key;
};

static void fatal_if(bool bad, const char *what) {
    if (bad) {
        (void)fprintf(stderr, "console-edge: %s\n", what);
        exit(1);
    }
}

static void hex_print(struct span bytes) {
    char text[2 * FIELD_MAX + 1];
    fatal_if(bytes.len > FIELD_MAX, "too long to print");
    bytes_to_hex(bytes, text);
    (void)printf(" %s", bytes.len == 0 ? "-" : text);
}

static void person_print(const struct demo_world *world, const struct demo_person *person) {
    char born[16];
    (void)snprintf(born, sizeof born, "%04d-%02d-%02d", person->born.year, person->born.month,
                   person->born.day);
    const char *fields[FIELDS] = {
        person->given, person->family, born, world->households[person->household].postcode,
        "nhs",         person->nhs,
    };
    (void)printf("person");
    for (size_t i = 0; i < FIELDS; i++) {
        hex_print(span_text(fields[i]));
    }
    (void)printf("\n");
}

static void people(uint64_t seed, size_t count) {
    OWN(demo_world_free) struct demo_world *world = NULL;
    fatal_if(lg_failed(demo_world_new(seed, &world)), "no memory for the demo's world");
    for (size_t i = 0; i < count && i < DEMO_PEOPLE; i++) {
        person_print(world, &world->people[i]);
    }
}

static size_t utf8_write(uint32_t point, uint8_t out[static 4]) {
    if (point < 0x80) {
        out[0] = (uint8_t)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (uint8_t)(0xc0 | point >> 6);
        out[1] = (uint8_t)(0x80 | (point & 0x3f));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (uint8_t)(0xe0 | point >> 12);
        out[1] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (point & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | point >> 18);
    out[1] = (uint8_t)(0x80 | (point >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (point & 0x3f));
    return 4;
}

static void points(uint32_t first, uint32_t last) {
    for (uint32_t point = first; point <= last; point++) {
        uint8_t name[8] = {'a'};
        size_t len = 1 + utf8_write(point, name + 1);
        name[len++] = 'b';
        const struct edge_identity identity = {.primary = {.given_name = span_of(name, len)}};
        struct edge_plain plain;
        edge_identity_normalise(&identity, &plain);
        (void)printf("%s\n", plain.flaws != 0 ? "!" : plain.names[0].given);
    }
}

static void pins_print(const struct server *server) {
    struct edge_pins pins = {.has_index = true, .index = vault_box_public(server->index_key)};
    for (enum token_class c = TOKEN_N; c < TOKEN_CLASS_END; c++) {
        pins.tokens[pins.token_count++] =
            (struct edge_pin){.token_class = c, .epoch = EPOCH, .public_key = server->public_key};
    }
    char text[EDGE_PINS_TEXT_SIZE];
    edge_pins_write(&pins, text);
    (void)printf("%send\n", text);
}

static void server_open(struct server *server) {
    static const uint8_t token_secret[VAULT_KEY_SIZE] = {7, 1, 2, 3};
    static const uint8_t index_secret[VAULT_KEY_SIZE] = {9, 4, 5, 6};
    fatal_if(
        lg_failed(vault_key_from_bytes(
            VAULT_KIND_SCALAR, span_of(token_secret, sizeof token_secret), &server->token_key)) ||
            lg_failed(vault_key_from_bytes(
                VAULT_KIND_BOX, span_of(index_secret, sizeof index_secret), &server->index_key)),
        "no memory for the keys");
    server->public_key = vault_oprf_public(server->token_key);
}

static size_t words_split(char *line, char *words[static WORDS_MAX]) {
    size_t count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(line, " \n", &rest); word != NULL && count < WORDS_MAX;
         word = strtok_r(NULL, " \n", &rest)) {
        words[count++] = word;
    }
    return count;
}

static struct span field_read(const char *hex, uint8_t out[static FIELD_MAX]) {
    struct span text = span_text(strcmp(hex, "-") == 0 ? "" : hex);
    fatal_if(text.len / 2 > FIELD_MAX || lg_failed(bytes_from_hex(text, out, text.len / 2)),
             "a field that is not hex");
    return span_of(out, text.len / 2);
}

static void plain_print(const struct edge_identity *identity) {
    struct edge_plain plain;
    edge_identity_normalise(identity, &plain);
    const char *fields[FIELDS] = {plain.names[0].given, plain.names[0].family, plain.born,
                                  plain.postcodes[0],   plain.scheme,          plain.identifier};
    (void)printf("plain %u", plain.flaws);
    for (size_t i = 0; i < FIELDS; i++) {
        hex_print(span_text(fields[i]));
    }
    (void)printf("\n");
}

static void batch_print(struct server *server, const struct edge_batch *batch) {
    struct vault_point evaluated[VAULT_BATCH_MAX];
    struct vault_proof proof;
    struct edge_token tokens[VAULT_BATCH_MAX];
    const struct vault_oprf_request request = {
        .key = server->token_key, .blinded = batch->blinded, .count = batch->count};
    fatal_if(lg_failed(vault_oprf_evaluate(VAULT_VOPRF, &request, evaluated, &proof)), "evaluate");
    const struct edge_reply reply = {
        .epoch = EPOCH, .evaluated = evaluated, .count = batch->count, .proof = &proof};
    fatal_if(lg_failed(edge_tokens_finish(batch, &server->public_key, &reply, tokens)), "finish");
    for (size_t i = 0; i < batch->count; i++) {
        (void)printf("token %u", (unsigned)batch->token_class);
        hex_print(span_of(tokens[i].point.bytes, sizeof tokens[i].point.bytes));
        (void)printf("\n");
    }
}

static void person_answer(struct server *server, char *const words[static FIELDS]) {
    static uint8_t bytes[FIELDS][FIELD_MAX];
    struct span fields[FIELDS];
    for (size_t i = 0; i < FIELDS; i++) {
        fields[i] = field_read(words[i], bytes[i]);
    }
    const struct edge_identity identity = {.primary = {
                                               .given_name = fields[0],
                                               .family_name = fields[1],
                                               .born = fields[2],
                                               .postcode = fields[3],
                                               .scheme = fields[4],
                                               .identifier = fields[5],
                                           }};
    plain_print(&identity);
    struct edge_plan plan;
    OWN(arena_free) struct arena *arena = NULL;
    fatal_if(lg_failed(arena_new(ARENA_SIZE, &arena)), "no memory");
    fatal_if(lg_failed(edge_tokens_prepare(arena, &identity, 1, EPOCH, &plan)), "prepare");
    for (size_t i = 0; i < plan.batch_count; i++) {
        batch_print(server, &plan.batches[i]);
    }
    (void)printf("end\n");
}

static void evaluate_answer(struct server *server, char *const *words, size_t count) {
    struct vault_point blinded[WORDS_MAX];
    struct vault_point evaluated[WORDS_MAX];
    struct vault_proof proof;
    for (size_t i = 0; i < count; i++) {
        fatal_if(lg_failed(bytes_from_hex(span_text(words[i]), blinded[i].bytes,
                                          sizeof blinded[i].bytes)),
                 "an element that is not hex");
    }
    const struct vault_oprf_request request = {
        .key = server->token_key, .blinded = blinded, .count = count};
    fatal_if(lg_failed(vault_oprf_evaluate(VAULT_VOPRF, &request, evaluated, &proof)), "evaluate");
    (void)printf("evaluated");
    for (size_t i = 0; i < count; i++) {
        hex_print(span_of(evaluated[i].bytes, sizeof evaluated[i].bytes));
    }
    (void)printf("\nproof");
    hex_print(span_of(proof.bytes, sizeof proof.bytes));
    (void)printf("\n");
}

static void open_answer(struct server *server, const char *hex) {
    uint8_t bytes[FIELD_MAX];
    struct edge_token token;
    if (lg_failed(edge_token_open(server->index_key, field_read(hex, bytes), &token))) {
        (void)printf("refused\n");
        return;
    }
    (void)printf("opened %u %u", (unsigned)token.token_class, (unsigned)token.epoch);
    hex_print(span_of(token.point.bytes, sizeof token.point.bytes));
    (void)printf("\n");
}

static void serve(void) {
    static char line[LINE_SIZE];
    struct server server;
    server_open(&server);
    pins_print(&server);
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *words[WORDS_MAX];
        size_t count = words_split(line, words);
        if (count == FIELDS + 1 && strcmp(words[0], "person") == 0) {
            person_answer(&server, words + 1);
        } else if (count > 1 && strcmp(words[0], "evaluate") == 0) {
            evaluate_answer(&server, words + 1, count - 1);
        } else if (count == 2 && strcmp(words[0], "open") == 0) {
            open_answer(&server, words[1]);
        } else {
            fatal_if(true, "a line that is no command");
        }
    }
    vault_key_free(&server.token_key);
    vault_key_free(&server.index_key);
}

int main(int argc, char **argv) {
    struct vault_report report;
    fatal_if(lg_failed(vault_init(&report)), "libsodium does not start");
    if (argc == 4 && strcmp(argv[1], "people") == 0) {
        people(strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
    } else if (argc == 4 && strcmp(argv[1], "points") == 0) {
        points((uint32_t)strtoul(argv[2], NULL, 16), (uint32_t)strtoul(argv[3], NULL, 16));
    } else if (argc == 2 && strcmp(argv[1], "serve") == 0) {
        serve();
    } else {
        (void)fprintf(stderr,
                      "usage: console-edge people SEED COUNT | points FIRST LAST | serve\n");
        return 2;
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
