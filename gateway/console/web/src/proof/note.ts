// SPDX-License-Identifier: Apache-2.0
// Signed checkpoints (C2SP signed-note and tlog-checkpoint) and the keys that verify them.
//
//   key         NAME+ID+BASE64(type 1, key 32 bytes), ID: 4 bytes in hex
//   checkpoint  ORIGIN, SIZE, BASE64(root), each a line, an empty line, then signatures:
//               "\u2014 NAME BASE64(id 4 bytes, signature 64 bytes)"
import { bytesEqual } from './tree';

const NOTE_MAX = 16384;
const ED25519 = 1;

export function base64Decode(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) {
    return null;
  }
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return base64Encode(bytes) === text ? bytes : null;
}

export function base64Encode(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

export interface LogKey {
  name: string;
  id: Uint8Array;
  key: Uint8Array<ArrayBuffer>;
}

// Null for a text that is no key of a log.
export async function logKeyRead(text: string): Promise<LogKey | null> {
  const found = /^([^ +\n]{1,128})\+([0-9a-f]{8})\+([A-Za-z0-9+/=]{44})$/.exec(text.trim());
  const typed = base64Decode(found?.[3] ?? '');
  if (found === null || typed === null || typed.length !== 33 || typed[0] !== ED25519) {
    return null;
  }
  const name = found[1] ?? '';
  const line = new TextEncoder().encode(`${name}\n`);
  const whole = new Uint8Array(line.length + typed.length);
  whole.set(line);
  whole.set(typed, line.length);
  const id = new Uint8Array(await crypto.subtle.digest('SHA-256', whole)).slice(0, 4);
  const hex = Array.from(id, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex === found[2] ? { name, id, key: typed.slice(1) } : null;
}

export interface Checkpoint {
  origin: string;
  size: bigint;
  root: Uint8Array<ArrayBuffer>;
  body: Uint8Array<ArrayBuffer>;
  signatures: { name: string; bytes: Uint8Array<ArrayBuffer> }[];
}

export function checkpointRead(note: string): Checkpoint | null {
  const end = note.lastIndexOf('\n\n');
  if (note.length > NOTE_MAX || end < 0 || !note.endsWith('\n')) {
    return null;
  }
  const body = note.slice(0, end + 1);
  const [origin = '', size = '', root = ''] = body.split('\n');
  const rootBytes = base64Decode(root);
  const signatures = note
    .slice(end + 2, -1)
    .split('\n')
    .map((line) => /^\u2014 ([^ +]+) ([A-Za-z0-9+/=]+)$/.exec(line))
    .map((found) => ({ name: found?.[1] ?? '', bytes: base64Decode(found?.[2] ?? '') }));
  const isWhole = signatures.every((one) => one.name !== '' && one.bytes !== null);
  if (!/^(0|[1-9][0-9]{0,19})$/.test(size) || rootBytes?.length !== 32 || !isWhole) {
    return null;
  }
  return {
    origin,
    size: BigInt(size),
    root: rootBytes,
    body: new TextEncoder().encode(body),
    signatures: signatures.map(({ name, bytes }) => ({ name, bytes: bytes ?? new Uint8Array() })),
  };
}

// True when the log's key signed this checkpoint, and none of its signatures is wrong.
export async function checkpointSigned(checkpoint: Checkpoint, log: LogKey): Promise<boolean> {
  const own = checkpoint.signatures.filter(
    (one) => one.name === log.name && bytesEqual(one.bytes.slice(0, 4), log.id),
  );
  if (own.length === 0 || checkpoint.origin !== log.name) {
    return false;
  }
  const key = await crypto.subtle.importKey('raw', log.key, 'Ed25519', false, ['verify']);
  const good = await Promise.all(
    own.map((one) => crypto.subtle.verify('Ed25519', key, one.bytes.slice(4), checkpoint.body)),
  );
  return good.every(Boolean);
}
