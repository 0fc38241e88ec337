// SPDX-License-Identifier: Apache-2.0
// What is hashed to the group for each token, byte by byte as gateway/edge/token.c draws it:
//   part "lockgate token", class, rule version, then the fields of the class as parts,
// where a part is a 2-byte big-endian length and its bytes.
import type { Plain } from './normalise';
import { nameSound } from './sound';

const RULE_VERSION = 1; // EDGE_RULE_VERSION
const PRODUCT = 'lockgate token';

// Numbers of the contract's enum TokenClass.
export const TOKEN_CLASSES = { N: 1, A: 2, C: 3, D: 4, E: 5 } as const;
export type TokenClass = 1 | 2 | 3 | 4 | 5;

export interface Input {
  tokenClass: TokenClass;
  bytes: Uint8Array<ArrayBuffer>;
}

function encode(tokenClass: TokenClass, fields: string[]): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  const part = (text: string) => {
    bytes.push(text.length >> 8, text.length & 0xff);
    for (let i = 0; i < text.length; i++) {
      bytes.push(text.charCodeAt(i));
    }
  };
  part(PRODUCT);
  bytes.push(tokenClass, RULE_VERSION);
  // Fields are plain ASCII by now: a character is a byte.
  fields.forEach(part);
  return Uint8Array.from(bytes);
}

// One for each class whose fields are all there.
export function inputsOf(plain: Plain): Input[] {
  const district = plain.postcode.slice(0, -3);
  const fieldsOf: [TokenClass, string[]][] = [
    [TOKEN_CLASSES.N, [plain.scheme, plain.identifier]],
    [TOKEN_CLASSES.A, [plain.given, plain.family, plain.born]],
    [TOKEN_CLASSES.C, [plain.given.charAt(0), nameSound(plain.family), plain.born]],
    [TOKEN_CLASSES.D, [nameSound(plain.given), plain.born, district]],
    [TOKEN_CLASSES.E, [plain.born, plain.postcode]],
  ];
  return fieldsOf
    .filter(([, fields]) => fields.every((field) => field !== ''))
    .map(([tokenClass, fields]) => ({ tokenClass, bytes: encode(tokenClass, fields) }));
}
