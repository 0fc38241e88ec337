// SPDX-License-Identifier: Apache-2.0
// Proofs in the browser: whatever is true holds, whatever is changed does not, and what is
// downloaded satisfies a verifier that is none of ours.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { checkpointRead, logKeyRead } from '../src/proof/note';
import { proofSteps, proofText, type Receipt } from '../src/proof/proof';
import { leafHash, pathRoot } from '../src/proof/tree';
import { type Log, logMake } from './tree';

async function marks(receipt: Receipt, log: Log, key = log.vkey): Promise<string> {
  const steps = await proofSteps(receipt, log.note, key);
  return steps.map((step) => step.mark).join(' ');
}

test('every entry of trees of every shape up to 33', async () => {
  for (let size = 1; size <= 33; size++) {
    const log = logMake(size);
    for (const receipt of log.receipts) {
      assert.equal(await marks(receipt, log), 'good good good', `${receipt.index} of ${size}`);
    }
  }
});

function changed(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

test('another leaf, place, path or length does not lead to the root', async () => {
  const log = logMake(21);
  const receipt = log.receipts[13] as Receipt;
  const first = receipt.path[0] as Uint8Array;
  const wrong: Partial<Receipt>[] = [
    { leaf: changed(receipt.leaf, 5) },
    { leaf: receipt.leaf.slice(1) },
    { index: 12n },
    { index: 14n },
    { index: 21n },
    { index: 2n ** 63n },
    { path: receipt.path.slice(1) },
    { path: receipt.path.slice(0, -1) },
    { path: [...receipt.path, first] },
    { path: [] },
    { path: Array.from({ length: 64 }, () => first) },
    { path: [first.slice(1), ...receipt.path.slice(1)] },
    ...receipt.path.map((one, i) => ({
      path: receipt.path.map((step, k) => (k === i ? changed(one, 31) : step)),
    })),
  ];
  for (const part of wrong) {
    const said = await marks({ ...receipt, ...part }, log);
    assert.equal(said.split(' ')[1], 'bad', JSON.stringify(Object.keys(part)));
  }
  assert.equal(await pathRoot(0n, 0n, await leafHash(receipt.leaf), []), null);
});

test('a checkpoint that is changed, of another log, or no checkpoint', async () => {
  const log = logMake(5);
  const receipt = log.receipts[2] as Receipt;
  const other = logMake(5);
  assert.equal(await marks(receipt, log, ''), 'good good open');
  assert.equal(await marks(receipt, log, other.vkey), 'good good bad');
  assert.equal(await marks(receipt, log, 'nonsense'), 'good good bad');
  assert.equal(await marks(receipt, { ...log, note: other.note }), 'good good bad');
  const grown = { ...log, note: log.note.replace('\n5\n', '\n6\n') };
  assert.match(await marks(receipt, grown), /bad$/);
  for (const note of ['', 'x', log.note.slice(0, -1), log.note.replace('\u2014', '-'), '\n\n\n']) {
    assert.equal(checkpointRead(note), null, JSON.stringify(note));
    assert.equal((await proofSteps(receipt, note, log.vkey)).at(-1)?.mark, 'bad');
  }
  assert.equal(checkpointRead(log.note.replace('\n5\n', '\n05\n')), null);
  assert.equal(checkpointRead(`${'x'.repeat(16384)}${log.note}`), null);
});

test('a key whose id is not its own is none', async () => {
  const { vkey } = logMake(1);
  assert.notEqual(await logKeyRead(` ${vkey}\n`), null);
  const [name, id, ...key] = vkey.split('+');
  const turned = `${(id ?? '').slice(1)}${(id ?? '').charAt(0)}`;
  assert.equal(await logKeyRead([name, turned, ...key].join('+')), null);
  assert.equal(await logKeyRead(['other', id, ...key].join('+')), null);
  assert.equal(await logKeyRead(''), null);
});

test('what is downloaded satisfies the verifier of the tree', () => {
  const log = logMake(9);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'proof-'));
  const file = path.join(folder, 'entry.tlog-proof');
  const verifier = path.join(process.env.LOCKGATE_SOURCE ?? '', 'tests/vectors/verify.py');
  const verify = (text: string) => {
    fs.writeFileSync(file, text);
    const words = ['-B', verifier, 'receipt', file, '--key', log.vkey];
    return spawnSync('/usr/bin/python3', words, { encoding: 'utf8' });
  };
  try {
    const good = verify(proofText(log.receipts[6] as Receipt, log.note));
    assert.match(good.stdout, /^VERIFIED: receipt 6 of 9/, good.stderr);
    const bad = verify(proofText({ ...(log.receipts[6] as Receipt), index: 5n }, log.note));
    assert.equal(bad.status, 1);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
