/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens: from normalised identities to blinded batches, and back to N = k·H(x).
 *
 * What is hashed to the group, byte by byte, numbers big-endian:
 *   part  "lockgate token"
 *   1     class (number of the contract)
 *   1     EDGE_RULE_VERSION
 *   parts the fields of the class, in the order of edge.h
 * where a part is a 2-byte length and its bytes; so no two persons of different fields share one.
 *
 * What is sealed to the index: N 32 bytes, class 1, epoch 4. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/base/num.h"
#include "gateway/edge/edge.h"
#include "gateway/edge/edge_int.h"
#include "gateway/vault/vault.h"

enum {
    INPUT_SIZE = 192,
    FIELDS_MAX = 3,
    PLAIN_SIZE = VAULT_POINT_SIZE + 1 + 4,
    /* Names make A and C, postcodes E; D pairs every name with the first postcode and the first
     * name with every postcode. */
    TOKENS_AT_MOST = 1 + 2 * (1 + EDGE_ALIAS_MAX) + (1 + 2 * EDGE_ALIAS_MAX) + (1 + EDGE_ALIAS_MAX),
};

_Static_assert((int)TOKENS_AT_MOST <= (int)EDGE_TOKENS_MAX, "a person's tokens fit one TokenSet");
_Static_assert(2 + 14 + 2 + FIELDS_MAX * 2 + 2 * EDGE_NAME_SIZE + EDGE_BORN_SIZE <= INPUT_SIZE,
               "the longest input fits");
_Static_assert(PLAIN_SIZE + VAULT_BOX_OVERHEAD == EDGE_TOKEN_SEALED_SIZE, "size of a sealed token");

struct input {
    enum token_class token_class;
    size_t len;
    uint8_t bytes[INPUT_SIZE];
};

struct inputs {
    struct input items[EDGE_TOKENS_MAX];
    size_t count;
};

/* Adds the input of a class unless a field is missing or the same one is there. */
static void input_add(struct inputs *inputs, enum token_class token_class,
                      const char *const fields[static FIELDS_MAX]) {
    ASSERT(inputs->count < EDGE_TOKENS_MAX);
    struct input *input = &inputs->items[inputs->count];
    struct writer w = writer_of(input->bytes, sizeof input->bytes);
    writer_part(&w, span_text("lockgate token"));
    writer_u8(&w, (uint8_t)token_class);
    writer_u8(&w, EDGE_RULE_VERSION);
    for (size_t i = 0; i < FIELDS_MAX && fields[i] != NULL; i++) {
        if (fields[i][0] == '\0') {
            return;
        }
        writer_part(&w, span_text(fields[i]));
    }
    struct span written = {.ptr = NULL, .len = 0};
    ASSERT(!lg_failed(writer_end(&w, &written)));
    for (size_t i = 0; i < inputs->count; i++) {
        struct span other = span_of(inputs->items[i].bytes, inputs->items[i].len);
        if (span_equal(written, other)) {
            return;
        }
    }
    input->token_class = token_class;
    input->len = written.len;
    inputs->count++;
}

static void inputs_of_name(struct inputs *inputs, const struct edge_plain *plain, size_t index) {
    const struct edge_plain_name *name = &plain->names[index];
    const char initial[] = {name->given[0], '\0'};
    char sound[EDGE_SOUND_SIZE + 1];
    edge_name_sound(name->family, sound);
    input_add(inputs, TOKEN_A,
              (const char *const[FIELDS_MAX]){name->given, name->family, plain->born});
    input_add(inputs, TOKEN_C, (const char *const[FIELDS_MAX]){initial, sound, plain->born});
}

static void input_of_place(struct inputs *inputs, const struct edge_plain *plain, size_t name_index,
                           size_t postcode_index) {
    char sound[EDGE_SOUND_SIZE + 1];
    char district[EDGE_POSTCODE_SIZE + 1] = {0};
    const char *postcode = plain->postcodes[postcode_index];
    size_t len = strlen(postcode);
    memcpy(district, postcode, len > 3 ? len - 3 : 0);
    edge_name_sound(plain->names[name_index].given, sound);
    input_add(inputs, TOKEN_D, (const char *const[FIELDS_MAX]){sound, plain->born, district});
}

static void inputs_make(const struct edge_plain *plain, struct inputs *out) {
    out->count = 0;
    input_add(out, TOKEN_N,
              (const char *const[FIELDS_MAX]){plain->scheme, plain->identifier, NULL});
    for (size_t i = 0; i < plain->name_count; i++) {
        inputs_of_name(out, plain, i);
        input_of_place(out, plain, i, 0);
    }
    for (size_t i = 0; i < plain->postcode_count; i++) {
        input_of_place(out, plain, 0, i);
        input_add(out, TOKEN_E,
                  (const char *const[FIELDS_MAX]){plain->born, plain->postcodes[i], NULL});
    }
}

/* All elements of one class, before they are cut into batches. */
struct lane {
    struct vault_point *blinded;
    struct vault_scalar *blinds;
    struct vault_scalar *unblinds;
    uint32_t *owner;
    size_t used;
    size_t size;
};

struct lanes {
    struct lane of[TOKEN_CLASS_END];
};

static size_t lane_share(const struct edge_identity *person, enum token_class token_class) {
    size_t names = 1 + num_min(person->alias_count, EDGE_ALIAS_MAX);
    size_t postcodes = 1 + num_min(person->postcode_count, EDGE_ALIAS_MAX);
    switch (token_class) {
    case TOKEN_A:
    case TOKEN_C:
        return names;
    case TOKEN_D:
        return names + postcodes - 1;
    case TOKEN_E:
        return postcodes;
    case TOKEN_N:
    case TOKEN_CLASS_END:
        break;
    }
    return 1;
}

static struct lg_err lanes_make(struct arena *arena, const struct edge_identity *people,
                                size_t count, struct lanes *out) {
    *out = (struct lanes){.of = {{.used = 0}}};
    for (enum token_class c = TOKEN_N; c < TOKEN_CLASS_END; c++) {
        struct lane *lane = &out->of[c];
        for (size_t i = 0; i < count; i++) {
            lane->size += lane_share(&people[i], c);
        }
        lane->blinded = arena_array(arena, lane->size, sizeof *lane->blinded);
        lane->blinds = arena_array(arena, lane->size, sizeof *lane->blinds);
        lane->unblinds = arena_array(arena, lane->size, sizeof *lane->unblinds);
        lane->owner = arena_array(arena, lane->size, sizeof *lane->owner);
    }
    return arena_failed(arena);
}

static struct lg_err lane_blind(struct lane *lane, const struct input *input, uint32_t owner) {
    ASSERT(lane->used < lane->size);
    struct vault_scalar *blind = &lane->blinds[lane->used];
    vault_scalar_random(blind);
    TRY(vault_oprf_blind(VAULT_VOPRF, span_of(input->bytes, input->len), blind,
                         &lane->blinded[lane->used]));
    lane->owner[lane->used++] = owner;
    return LG_OK;
}

static struct lg_err person_blind(struct lanes *lanes, const struct edge_identity *person,
                                  uint32_t owner, unsigned *out_flaws) {
    struct edge_plain plain;
    struct inputs inputs;
    struct lg_err err = LG_OK;
    edge_identity_normalise(person, &plain);
    inputs_make(&plain, &inputs);
    *out_flaws = plain.flaws;
    for (size_t i = 0; i < inputs.count && !lg_failed(err); i++) {
        err = lane_blind(&lanes->of[inputs.items[i].token_class], &inputs.items[i], owner);
    }
    vault_wipe(&plain, sizeof plain);
    vault_wipe(&inputs, sizeof inputs);
    return err;
}

/* Cuts one class into batches, each with its inverses. */
static struct lg_err lane_cut(struct lane *lane, enum token_class token_class, uint32_t epoch,
                              struct edge_plan *plan) {
    for (size_t at = 0; at < lane->used; at += VAULT_BATCH_MAX) {
        size_t count = num_min(lane->used - at, VAULT_BATCH_MAX);
        TRY(vault_scalar_invert(lane->blinds + at, count, lane->unblinds + at));
        plan->batches[plan->batch_count++] = (struct edge_batch){
            .token_class = token_class,
            .epoch = epoch,
            .count = count,
            .blinded = lane->blinded + at,
            .owner = lane->owner + at,
            .unblind = lane->unblinds + at,
        };
        plan->token_count += count;
    }
    vault_wipe(lane->blinds, lane->size * sizeof *lane->blinds);
    return LG_OK;
}

static struct lg_err plan_cut(struct arena *arena, struct lanes *lanes, uint32_t epoch,
                              struct edge_plan *plan) {
    size_t batches = 0;
    for (enum token_class c = TOKEN_N; c < TOKEN_CLASS_END; c++) {
        batches += (lanes->of[c].used + VAULT_BATCH_MAX - 1) / VAULT_BATCH_MAX;
    }
    plan->batches = arena_array(arena, batches, sizeof *plan->batches);
    TRY(arena_failed(arena));
    for (enum token_class c = TOKEN_N; c < TOKEN_CLASS_END; c++) {
        TRY(lane_cut(&lanes->of[c], c, epoch, plan));
    }
    ASSERT(plan->batch_count == batches);
    return LG_OK;
}

struct lg_err edge_tokens_prepare(struct arena *arena, const struct edge_identity *people,
                                  size_t count, uint32_t epoch, struct edge_plan *out_plan) {
    if (count < 1 || count > EDGE_PEOPLE_MAX) {
        return edge_fail(LG_CLASS_LIMIT, EDGE_PEOPLE);
    }
    if (epoch == 0) {
        return edge_fail(LG_CLASS_INPUT, EDGE_EPOCH);
    }
    struct lanes lanes;
    TRY(lanes_make(arena, people, count, &lanes));
    unsigned *flaws = arena_array(arena, count, sizeof *flaws);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < count; i++) {
        TRY(person_blind(&lanes, &people[i], (uint32_t)i, &flaws[i]));
    }
    struct edge_plan plan = {.flaws = flaws};
    TRY(plan_cut(arena, &lanes, epoch, &plan));
    *out_plan = plan;
    return LG_OK;
}

struct lg_err edge_tokens_finish(const struct edge_batch *batch,
                                 const struct vault_point *public_key,
                                 const struct edge_reply *reply, struct edge_token *out_tokens) {
    if (reply->count != batch->count || reply->epoch != batch->epoch) {
        return edge_fail(LG_CLASS_PEER, EDGE_REPLY);
    }
    struct vault_oprf_answer answer = {
        .public_key = public_key,
        .blinded = batch->blinded,
        .evaluated = reply->evaluated,
        .count = reply->count,
        .proof = reply->proof,
    };
    if (lg_failed(vault_oprf_verify(VAULT_VOPRF, &answer))) {
        return edge_fail(LG_CLASS_PEER, EDGE_REPLY);
    }
    for (size_t i = 0; i < batch->count; i++) {
        struct edge_token *token = &out_tokens[i];
        token->token_class = batch->token_class;
        token->epoch = batch->epoch;
        TRY(vault_point_unblind(&reply->evaluated[i], &batch->unblind[i], &token->point));
    }
    return LG_OK;
}

struct lg_err edge_token_seal(const struct vault_box_public *index, const struct edge_token *token,
                              struct edge_sealed_token *out_sealed) {
    uint8_t plain[PLAIN_SIZE];
    struct writer w = writer_of(plain, sizeof plain);
    writer_bytes(&w, span_of(token->point.bytes, sizeof token->point.bytes));
    writer_u8(&w, (uint8_t)token->token_class);
    writer_u32(&w, token->epoch);
    struct lg_err err = vault_box_seal(index, span_of(plain, sizeof plain), out_sealed->bytes);
    vault_wipe(plain, sizeof plain);
    return lg_failed(err) ? edge_fail(LG_CLASS_INPUT, EDGE_TOKEN) : LG_OK;
}

struct lg_err edge_token_open(struct vault_key *index_key, struct span sealed,
                              struct edge_token *out_token) {
    uint8_t plain[PLAIN_SIZE];
    if (sealed.len != EDGE_TOKEN_SEALED_SIZE ||
        lg_failed(vault_box_open(index_key, sealed, plain))) {
        return edge_fail(LG_CLASS_INPUT, EDGE_TOKEN);
    }
    struct reader r = reader_of(span_of(plain, sizeof plain));
    struct edge_token token;
    reader_copy(&r, token.point.bytes, sizeof token.point.bytes);
    uint8_t token_class = reader_u8(&r);
    token.epoch = reader_u32(&r);
    bool fits = !lg_failed(reader_end(&r)) && token_class >= TOKEN_N &&
                token_class < TOKEN_CLASS_END && token.epoch > 0 &&
                vault_point_is_valid(&token.point);
    vault_wipe(plain, sizeof plain);
    if (!fits) {
        vault_wipe(&token, sizeof token);
        return edge_fail(LG_CLASS_INPUT, EDGE_TOKEN);
    }
    token.token_class = (enum token_class)token_class;
    *out_token = token;
    return LG_OK;
}
