// SPDX-License-Identifier: Apache-2.0
// A look-up without telling anybody whom: what is typed becomes blinded elements here, the key
// service multiplies them without seeing more than noise, and the tokens that come of it go sealed
// to the index (subjects.md 5.3; RFC 9497, mode VOPRF, ristretto255-SHA512).
//
//   lookupPrepare -> Subjects.Evaluate(batches) -> lookupFinish -> Subjects.Find(tokens)
//
// Nothing typed leaves this module: a plan holds elements, blinds and encoded inputs, and
// lookupFinish wipes the latter two whatever comes of it.
import { ristretto255, ristretto255_oprf } from '@noble/curves/ed25519.js';

import { inputsOf, type TokenClass } from './inputs';
import { type Flaw, type Identity, normalise } from './normalise';
import type { Pins } from './pins';
import { seal } from './seal';

type Bytes = Uint8Array<ArrayBuffer>;

export interface BlindedBatch {
  tokenClass: TokenClass;
  elements: Bytes[]; // of 32 bytes
}

export interface EvaluatedBatch {
  tokenClass: number;
  epoch: number;
  elements: Uint8Array[];
  proof: Uint8Array;
}

export interface SealedToken {
  tokenClass: TokenClass;
  epoch: number;
  sealed: Bytes;
}

interface Secret {
  tokenClass: TokenClass;
  input: Bytes;
  blind: Bytes;
  blinded: Bytes;
}

// One look-up; of one use.
export interface Plan {
  batches: BlindedBatch[];
  flaws: Flaw[];
  secrets: Secret[];
}

// The answer of the key service is not to these elements, or not made with the pinned key.
export class NotTheKeyService extends Error {}

const SCALAR_SIZE = 32;
const ELEMENT_SIZE = 32;

// No batch: nothing that was typed identifies anybody.
export function lookupPrepare(identity: Identity): Plan {
  const plain = normalise(identity);
  const secrets = inputsOf(plain).map(({ tokenClass, bytes }): Secret => {
    const { blind, blinded } = ristretto255_oprf.voprf.blind(bytes);
    return {
      tokenClass,
      input: bytes,
      blind: Uint8Array.from(blind),
      blinded: Uint8Array.from(blinded),
    };
  });
  const batches = secrets.map(({ tokenClass, blinded }) => ({ tokenClass, elements: [blinded] }));
  return { batches, flaws: plain.flaws, secrets };
}

// Throws where one batch is not the pinned key's: with another key for some people, the key service
// could tell them apart.
function tokenOf(secret: Secret, answer: EvaluatedBatch | undefined, pins: Pins): Bytes {
  const evaluated = answer?.elements[0];
  if (answer === undefined || evaluated === undefined || answer.elements.length !== 1) {
    throw new NotTheKeyService('another number of elements');
  }
  if (answer.epoch !== pins.epoch || evaluated.length !== ELEMENT_SIZE) {
    throw new NotTheKeyService('another epoch');
  }
  try {
    const item = { input: secret.input, blind: secret.blind, blinded: secret.blinded, evaluated };
    ristretto255_oprf.voprf.finalizeBatch([item], pins.tokenKey(secret.tokenClass), answer.proof);
  } catch {
    throw new NotTheKeyService('the proof does not hold');
  }
  const { Point } = ristretto255;
  const blind = Point.Fn.fromBytes(secret.blind);
  return Uint8Array.from(Point.fromBytes(evaluated).multiply(Point.Fn.inv(blind)).toBytes());
}

// N, class, epoch big-endian: what gateway/edge/token.c opens.
function tokenSeal(secret: Secret, token: Bytes, pins: Pins): SealedToken {
  const plain = new Uint8Array(ELEMENT_SIZE + 1 + 4);
  plain.set(token);
  plain[ELEMENT_SIZE] = secret.tokenClass;
  new DataView(plain.buffer).setUint32(ELEMENT_SIZE + 1, pins.epoch);
  const sealed = seal(pins.index, plain);
  plain.fill(0);
  token.fill(0);
  return { tokenClass: secret.tokenClass, epoch: pins.epoch, sealed };
}

// The tokens, sealed to the index. Throws NotTheKeyService. The plan is wiped either way.
export function lookupFinish(plan: Plan, answers: EvaluatedBatch[], pins: Pins): SealedToken[] {
  try {
    if (answers.length !== plan.secrets.length) {
      throw new NotTheKeyService('another number of batches');
    }
    return plan.secrets.map((secret) => {
      const answer = answers.find((one) => one.tokenClass === secret.tokenClass);
      return tokenSeal(secret, tokenOf(secret, answer, pins), pins);
    });
  } finally {
    planWipe(plan);
  }
}

// Also for a look-up that is given up.
export function planWipe(plan: Plan): void {
  for (const secret of plan.secrets) {
    secret.input.fill(0);
    secret.blind.fill(0, 0, SCALAR_SIZE);
  }
  plan.secrets.length = 0;
}
