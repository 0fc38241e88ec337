// SPDX-License-Identifier: Apache-2.0
// The proof of one entry: its steps, each with what came of it, and its text for a verifier that is
// none of ours (c2sp.org/tlog-proof; gateway/audit/proof.c draws the extra line).
import { base64Encode, checkpointRead, checkpointSigned, logKeyRead } from './note';
import { bytesEqual, leafHash, pathRoot } from './tree';

export interface Receipt {
  index: bigint;
  leaf: Uint8Array;
  path: Uint8Array[];
  salt: Uint8Array;
  detail: Uint8Array;
}

export type Mark = 'good' | 'bad' | 'open';

export interface Step {
  mark: Mark;
  words: string;
}

function hexShort(bytes: Uint8Array): string {
  const start = Array.from(bytes.slice(0, 6), (byte) => byte.toString(16).padStart(2, '0'));
  return `${start.join('')}…`;
}

// keyText: the log's key as somebody else gave it; empty: the signature stays open.
export async function proofSteps(receipt: Receipt, note: string, keyText: string): Promise<Step[]> {
  const hash = await leafHash(receipt.leaf);
  const checkpoint = checkpointRead(note);
  const read: Step = {
    mark: receipt.leaf.length > 0 ? 'good' : 'bad',
    words: `The entry has ${receipt.leaf.length} bytes; their hash is ${hexShort(hash)}`,
  };
  if (checkpoint === null) {
    return [read, { mark: 'bad', words: 'What came is no checkpoint' }];
  }
  const root = await pathRoot(receipt.index, checkpoint.size, hash, receipt.path);
  const isIn = root !== null && bytesEqual(root, checkpoint.root);
  const path: Step = {
    mark: isIn ? 'good' : 'bad',
    words: isIn
      ? `${receipt.path.length} hashes lead from it to the root at log size ${checkpoint.size}`
      : 'The hashes do not lead to the root of the checkpoint: do not rely on this entry',
  };
  return [read, path, await signatureStep(note, keyText)];
}

async function signatureStep(note: string, keyText: string): Promise<Step> {
  const checkpoint = checkpointRead(note);
  if (keyText.trim() === '' || checkpoint === null) {
    return { mark: 'open', words: 'The signature is not checked: paste the log’s key below' };
  }
  const key = await logKeyRead(keyText);
  if (key === null) {
    return { mark: 'bad', words: 'What you pasted is no key of a log' };
  }
  const isSigned = await checkpointSigned(checkpoint, key).catch(() => null);
  if (isSigned === null) {
    return { mark: 'open', words: 'This browser cannot check such signatures: download the proof' };
  }
  return {
    mark: isSigned ? 'good' : 'bad',
    words: isSigned
      ? `The checkpoint is signed by ${key.name}`
      : `The checkpoint is not signed by ${key.name}: do not rely on it`,
  };
}

const EXTRA_VERSION = 2;

function extraOf(receipt: Receipt): Uint8Array {
  const parts = [receipt.leaf, receipt.salt, receipt.detail];
  const size = parts.reduce((sum, part) => sum + 2 + part.length, 1);
  const extra = new Uint8Array(size);
  extra[0] = EXTRA_VERSION;
  let at = 1;
  for (const part of parts) {
    extra[at] = part.length >> 8;
    extra[at + 1] = part.length & 0xff;
    extra.set(part, at + 2);
    at += 2 + part.length;
  }
  return extra;
}

export function proofText(receipt: Receipt, note: string): string {
  const lines = [
    'c2sp.org/tlog-proof@v1',
    `extra ${base64Encode(extraOf(receipt))}`,
    `index ${receipt.index}`,
    ...receipt.path.map(base64Encode),
  ];
  return `${lines.join('\n')}\n\n${note}`;
}
