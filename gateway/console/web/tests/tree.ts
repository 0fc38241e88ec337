// SPDX-License-Identifier: Apache-2.0
// A log of made-up entries with its proofs and a signed checkpoint, built by Node's own crypto.
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

import type { Receipt } from '../src/proof/proof';

function sha(...parts: Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) {
    hash.update(part);
  }
  return hash.digest();
}

function rootOf(hashes: Buffer[]): Buffer {
  if (hashes.length === 1) {
    return hashes[0] as Buffer;
  }
  const half = 2 ** Math.floor(Math.log2(hashes.length - 1));
  return sha(Buffer.of(1), rootOf(hashes.slice(0, half)), rootOf(hashes.slice(half)));
}

function pathOf(index: number, hashes: Buffer[]): Buffer[] {
  if (hashes.length === 1) {
    return [];
  }
  const half = 2 ** Math.floor(Math.log2(hashes.length - 1));
  const left = hashes.slice(0, half);
  const right = hashes.slice(half);
  return index < half
    ? [...pathOf(index, left), rootOf(right)]
    : [...pathOf(index - half, right), rootOf(left)];
}

// An entry of version 2 without anything in it, told apart by its request id.
function leafOf(i: number): Buffer {
  const leaf = Buffer.alloc(24 + 6 + 16 + 1 + 28);
  leaf[0] = 2;
  leaf[1] = 1;
  leaf.writeUInt32BE(i, 4);
  return leaf;
}

export interface Log {
  vkey: string;
  note: string;
  receipts: Receipt[];
}

export function logMake(size: number, name = 'lockgate.example/log'): Log {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const leaves = Array.from({ length: size }, (_, i) => leafOf(i));
  const hashes = leaves.map((leaf) => sha(Buffer.of(0), leaf));
  return {
    ...signed(name, size, rootOf(hashes), publicKey, privateKey),
    receipts: leaves.map((leaf, i) => ({
      index: BigInt(i),
      leaf,
      path: pathOf(i, hashes),
      salt: new Uint8Array(),
      detail: new Uint8Array(),
    })),
  };
}

function signed(
  name: string,
  size: number,
  root: Buffer,
  publicKey: KeyObject,
  privateKey: KeyObject,
) {
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const typed = Buffer.concat([Buffer.of(1), raw]);
  const id = sha(Buffer.from(`${name}\n`), typed).subarray(0, 4);
  const body = `${name}\n${size}\n${root.toString('base64')}\n`;
  const signature = sign(null, Buffer.from(body), privateKey);
  const line = Buffer.concat([id, signature]).toString('base64');
  return {
    vkey: `${name}+${id.toString('hex')}+${typed.toString('base64')}`,
    note: `${body}\n\u2014 ${name} ${line}\n`,
  };
}
