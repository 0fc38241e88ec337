// SPDX-License-Identifier: Apache-2.0
// Whether a leaf is in a tree (RFC 9162, section 2.1.3.2), by Web Crypto's SHA-256 alone.

async function sha256(...parts: Uint8Array[]): Promise<Uint8Array> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
}

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
const HASH_SIZE = 32;
const PATH_MAX = 63;

export function leafHash(leaf: Uint8Array): Promise<Uint8Array> {
  return sha256(LEAF, leaf);
}

export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

// The root that the path leads to; null for a path of another length than the tree's shape has.
export async function pathRoot(
  index: bigint,
  size: bigint,
  hash: Uint8Array,
  path: Uint8Array[],
): Promise<Uint8Array | null> {
  if (index >= size || path.length > PATH_MAX || path.some((one) => one.length !== HASH_SIZE)) {
    return null;
  }
  let at = index;
  let last = size - 1n;
  let root = hash;
  for (const step of path) {
    if (last === 0n) {
      return null;
    }
    if ((at & 1n) === 1n || at === last) {
      root = await sha256(NODE, step, root);
      while (at !== 0n && (at & 1n) === 0n) {
        at >>= 1n;
        last >>= 1n;
      }
    } else {
      root = await sha256(NODE, root, step);
    }
    at >>= 1n;
    last >>= 1n;
  }
  return last === 0n ? root : null;
}
