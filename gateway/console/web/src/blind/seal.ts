// SPDX-License-Identifier: Apache-2.0
// libsodium's sealed box (crypto_box_seal): a one-time X25519 key, its shared secret through
// HSalsa20, XSalsa20-Poly1305 under the nonce BLAKE2b-192(one-time key, recipient).
import { hsalsa, xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { u32 } from '@noble/ciphers/utils.js';
import { x25519 } from '@noble/curves/ed25519.js';
import { blake2b } from '@noble/hashes/blake2.js';

const SIGMA = u32(new TextEncoder().encode('expand 32-byte k'));

export function seal(recipient: Uint8Array, plain: Uint8Array): Uint8Array<ArrayBuffer> {
  const oneTime = x25519.keygen();
  const shared = x25519.getSharedSecret(oneTime.secretKey, recipient);
  const key = new Uint32Array(8);
  hsalsa(SIGMA, u32(shared), new Uint32Array(4), key);
  const nonce = blake2b.create({ dkLen: 24 }).update(oneTime.publicKey).update(recipient).digest();
  const boxed = xsalsa20poly1305(new Uint8Array(key.buffer), nonce).encrypt(plain);
  const sealed = new Uint8Array(oneTime.publicKey.length + boxed.length);
  sealed.set(oneTime.publicKey);
  sealed.set(boxed, oneTime.publicKey.length);
  oneTime.secretKey.fill(0);
  shared.fill(0);
  key.fill(0);
  return sealed;
}
