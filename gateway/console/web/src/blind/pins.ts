// SPDX-License-Identifier: Apache-2.0
// The file of pinned keys (gateway/edge/edge.h): what a look-up has to know of key service and
// index before it trusts an answer.
import type { TokenClass } from './inputs';

export interface Pins {
  index: Uint8Array<ArrayBuffer>; // X25519
  epoch: number; // the newest that has all classes
  tokenKey(tokenClass: TokenClass): Uint8Array<ArrayBuffer>; // of that epoch
}

const CLASSES = 'NACDE';
const LINES_MAX = 64;

export function hexDecode(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

class PinsText {
  index: Uint8Array<ArrayBuffer> | null = null;
  readonly keys = new Map<string, Uint8Array<ArrayBuffer>>();

  add(line: string): boolean {
    const index = /^index ([0-9a-f]{64})$/.exec(line);
    if (index?.[1] !== undefined && this.index === null) {
      this.index = hexDecode(index[1]);
      return true;
    }
    const token = /^token ([NACDE]) ([1-9][0-9]{0,9}) ([0-9a-f]{64})$/.exec(line);
    const name = token === null ? '' : `${token[1]} ${token[2]}`;
    if (token?.[3] === undefined || this.keys.has(name)) {
      return false;
    }
    this.keys.set(name, hexDecode(token[3]));
    return true;
  }

  epoch(): number {
    const epochs = [...this.keys.keys()].map((name) => Number(name.slice(2)));
    const whole = epochs.filter((epoch) =>
      [...CLASSES].every((letter) => this.keys.has(`${letter} ${epoch}`)),
    );
    return Math.max(0, ...whole);
  }
}

// Null for a text that is not such a file, or lacks the index or a whole epoch.
export function pinsRead(text: string): Pins | null {
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
  const pins = new PinsText();
  const good = lines.length <= LINES_MAX && lines.every((line) => line === '' || pins.add(line));
  const epoch = pins.epoch();
  const index = pins.index;
  if (!good || index === null || epoch === 0) {
    return null;
  }
  return {
    index,
    epoch,
    tokenKey: (tokenClass) => {
      const key = pins.keys.get(`${CLASSES.charAt(tokenClass - 1)} ${epoch}`);
      if (key === undefined) {
        throw new Error('a whole epoch has a key of every class');
      }
      return key;
    },
  };
}
