/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes that several services share. */
#include <lockgate/v1/common.pb-c.h>

#include "gateway/base/limits.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire_int.h"

static const struct shape_row actor_rows[] = {
    ROW_TEXT(1, struct actor, user_id, 0, LIMIT_WIRE_ACTOR),
    ROW_TEXT(2, struct actor, role, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(3, struct actor, display_name, 0, LIMIT_WIRE_ACTOR),
};

const struct shape wire_shape_actor =
    SHAPE_OF(lockgate__v1__actor__descriptor, struct actor, actor_rows);

static const struct shape_row ground_rows[] = {
    ROW_TEXT(1, struct ground, agreement, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(2, struct ground, purpose, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(3, struct ground, basis, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(4, struct ground, case_reference, 0, LIMIT_WIRE_ACTOR),
    ROW_MESSAGE(5, struct ground, actor, wire_shape_actor, false),
};

const struct shape wire_shape_ground =
    SHAPE_OF(lockgate__v1__ground__descriptor, struct ground, ground_rows);

static const struct shape_row identity_rows[] = {
    ROW_TEXT(1, struct identity, family_name, 0, LIMIT_WIRE_PERSON_NAME),
    ROW_TEXT(2, struct identity, given_name, 0, LIMIT_WIRE_PERSON_NAME),
    ROW_TEXT(3, struct identity, born, 0, LIMIT_WIRE_DATE),
    ROW_TEXT(4, struct identity, postcode, 0, LIMIT_WIRE_POSTCODE),
    ROW_TEXT(5, struct identity, scheme, 0, LIMIT_WIRE_SCHEME),
    ROW_TEXT(6, struct identity, identifier, 0, LIMIT_WIRE_IDENTIFIER),
};

const struct shape wire_shape_identity =
    SHAPE_OF(lockgate__v1__identity__descriptor, struct identity, identity_rows);

static const struct shape_row token_rows[] = {
    ROW_ENUM(1, struct token, token_class, true),
    ROW_U32(2, struct token, epoch, 1),
    ROW_BYTES(3, struct token, sealed, 1, LIMIT_WIRE_SEALED_TOKEN),
};

const struct shape wire_shape_token =
    SHAPE_OF(lockgate__v1__token__descriptor, struct token, token_rows);

static const struct shape_row token_set_rows[] = {
    ROW_MESSAGES(1, struct person_ref, tokens, token_count, wire_shape_token, 1, LIMIT_WIRE_TOKENS),
};

static const struct shape shape_token_set =
    SHAPE_OF(lockgate__v1__token_set__descriptor, struct person_ref, token_set_rows);

static const struct shape_row person_rows[] = {
    ROW_BYTES(1, struct person_ref, handle, 1, LIMIT_WIRE_HANDLE),
    ROW_MESSAGE(2, struct person_ref, identity, wire_shape_identity, false),
    ROW_INLINE(3, SHAPE_NOWHERE, shape_token_set),
    ROW_TEXT(4, struct person_ref, pseudonym, 1, LIMIT_WIRE_PSEUDONYM),
};

const struct shape wire_shape_person =
    SHAPE_CHOICE_OF(lockgate__v1__person_ref__descriptor, struct person_ref, kind, person_rows);

static const struct shape_row receipt_rows[] = {
    ROW_U64(1, struct receipt_form, index, 0),
    ROW_BYTES(2, struct receipt_form, leaf, 0, LIMIT_WIRE_LEAF),
    ROW_BLOBS(3, struct receipt_form, path, MODEL_HASH_SIZE, 0, LIMIT_WIRE_PATH),
    ROW_BYTES(4, struct receipt_form, salt, 0, MODEL_HASH_SIZE),
    ROW_BYTES(5, struct receipt_form, detail, 0, LIMIT_WIRE_DETAIL),
};

const struct shape wire_shape_receipt =
    SHAPE_OF(lockgate__v1__receipt__descriptor, struct receipt_form, receipt_rows);

static const struct shape_row checkpoint_rows[] = {
    ROW_TEXT(1, struct wire_note, text, 0, LIMIT_WIRE_NOTE),
};

const struct shape wire_shape_checkpoint =
    SHAPE_OF(lockgate__v1__signed_checkpoint__descriptor, struct wire_note, checkpoint_rows);

static const struct shape_row verdict_rows[] = {
    ROW_ENUM(1, struct verdict, decision, false),
    ROW_TEXT(2, struct verdict, code, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(3, struct verdict, sentence, 0, LIMIT_WIRE_SENTENCE),
    ROW_TEXT(4, struct verdict, remedy, 0, LIMIT_WIRE_SENTENCE),
    ROW_TEXT(5, struct verdict, agreement, 0, LIMIT_WIRE_NAME),
    ROW_U32(6, struct verdict, agreement_version, 0),
    ROW_TEXTS(7, struct verdict, clauses, LIMIT_WIRE_NAME, LIMIT_WIRE_CLAUSES),
};

const struct shape wire_shape_verdict =
    SHAPE_OF(lockgate__v1__verdict__descriptor, struct verdict, verdict_rows);
