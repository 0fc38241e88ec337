// SPDX-License-Identifier: Apache-2.0
// The look-up module makes the tokens that the C edge makes, refuses what is not the pinned key's,
// and keeps nothing of what was typed.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { ristretto255, ristretto255_oprf } from '@noble/curves/ed25519.js';

import {
  type EvaluatedBatch,
  lookupFinish,
  lookupPrepare,
  NotTheKeyService,
  type Plan,
} from '../src/blind/lookup';
import { nameFold } from '../src/blind/name';
import { type Identity, normalise } from '../src/blind/normalise';
import { type Pins, pinsRead } from '../src/blind/pins';
import { bytesOf, edgePeople, edgePoints, edgeServe, hexOf, identityOf, personLine } from './edge';

const NOBODY: Identity = {
  given: '',
  family: '',
  born: '',
  postcode: '',
  scheme: '',
  identifier: '',
};

const HARD_NAMES = [
  'Zoë',
  'Zoe\u0308',
  "O'Sample",
  'O\u2019Sample',
  'O\u02bcSample',
  '\u02bbOkina',
  'Mary-Jane',
  'Anna  Maria',
  'Straße',
  'STRASSE',
  '\u1e9ei',
  'İlker',
  'Işık',
  'Łukasz',
  'Søren',
  'Æther',
  'Þóra',
  'Đorđe',
  'Nguyễn',
  'Ａｎｎａ',
  '𝒜nn',
  'Alﬁe',
  'An\u200bna',
  'An\u00adna',
  '\ufeffAnna',
  'Dr. Prof. Example',
  'Example Jr.',
  'Master',
  'Mr Master',
  'Anna (Nan)',
  'Ann1e',
  '-',
  'Аnna',
  'Αnna',
  '李',
  'علي',
  'Anna\u202e',
  'An\ue000na',
  'An\u0378na',
  'An\u0001na',
  'An\u0000na',
  'A'.repeat(64),
  'A'.repeat(65),
  'é'.repeat(129),
  'b '.repeat(40),
  `a${'\u0301'.repeat(100)}`,
  '\ufdfa'.repeat(20),
  'ǅ',
  'ŉ',
  'ſmith',
  'K',
  'Knight',
  'Wright',
  'Phillips',
  'Pfister',
  'Tchaikovsky',
  'Edge',
];

const HARD_REST: Partial<Identity>[] = [
  { born: '1900-01-01' },
  { born: ' 1987-03-14\t' },
  { born: '1900-02-29' },
  { born: '2000-02-29' },
  { born: '1879-12-31' },
  { born: '2100-01-01' },
  { born: '1987-13-01' },
  { born: '1987-00-10' },
  { born: '1987-3-14' },
  { born: '14/03/1987' },
  { postcode: 'm16 0ki' },
  { postcode: ' M16\t0KI' },
  { postcode: 'ZZ99 3VZ' },
  { postcode: 'nfa' },
  { postcode: 'No Fixed Abode' },
  { postcode: 'GIR 0AA' },
  { postcode: 'EC1A 1BB' },
  { postcode: 'W1A 0AX' },
  { postcode: 'M1 1A' },
  { postcode: 'M111AAA' },
  { postcode: 'Ｍ16 0KI' },
  { postcode: 'M16-0KI' },
  { postcode: 'M16 0ſI' },
  { scheme: 'nhs', identifier: '999 123 4560' },
  { scheme: 'nhs', identifier: '999-000-0018' },
  { scheme: 'nhs', identifier: '9999999999' },
  { scheme: 'nhs', identifier: '0000000000' },
  { scheme: 'nhs', identifier: '5000000000' },
  { scheme: 'tenancy', identifier: 'demo-0042' },
  { scheme: 'tenancy', identifier: 'AAAA' },
  { scheme: 'tenancy', identifier: 'abc' },
  { scheme: 'Tenancy', identifier: 'demo-0042' },
  { scheme: '', identifier: 'demo-0042' },
  { scheme: 'tenancy', identifier: 'x'.repeat(33) },
  { scheme: 'tenancy', identifier: '' },
  { scheme: 'nhs', identifier: '٩٩٩٠٠٠٠٠١٨' },
];

function everybody(): Identity[] {
  const drawn = edgePeople(7, 120);
  const first = drawn[0] ?? NOBODY;
  const odd = HARD_NAMES.map((name) => ({ ...first, given: name, family: name }));
  const rest = HARD_REST.map((part) => ({ ...first, ...part }));
  return [...drawn, ...odd, ...rest, NOBODY];
}

interface EdgePerson {
  plain: Identity;
  hasFlaws: number;
  tokens: string[]; // "CLASS HEX", sorted
}

function edgePerson(lines: string[]): EdgePerson {
  const plain = (lines[0] ?? '').split(' ');
  const tokens = lines.filter((line) => line.startsWith('token ')).map((line) => line.slice(6));
  return {
    plain: identityOf(plain.slice(1)),
    hasFlaws: Number(plain[1]),
    tokens: tokens.sort(),
  };
}

function edgeTokens(people: Identity[]): { pins: Pins; people: EdgePerson[] } {
  const { pins, answers } = edgeServe(people.map(personLine));
  const found: EdgePerson[] = [];
  let from = 0;
  answers.forEach((line, at) => {
    if (line === 'end') {
      found.push(edgePerson(answers.slice(from, at)));
      from = at + 1;
    }
  });
  const read = pinsRead(pins);
  assert.ok(read !== null);
  return { pins: read, people: found };
}

// The key service's answers to many plans, in one run.
function evaluateAll(plans: Plan[]): EvaluatedBatch[][] {
  const batches = plans.flatMap((plan) => plan.batches);
  const asked = batches.map((batch) => `evaluate ${batch.elements.map(hexOf).join(' ')}`);
  const { answers } = edgeServe(asked);
  const evaluated = batches.map(({ tokenClass }, i) => ({
    tokenClass,
    epoch: 3,
    elements: (answers[2 * i] ?? '').split(' ').slice(1).map(bytesOf),
    proof: bytesOf((answers[2 * i + 1] ?? '').split(' ')[1] ?? '-'),
  }));
  let at = 0;
  return plans.map((plan) => {
    at += plan.batches.length;
    return evaluated.slice(at - plan.batches.length, at);
  });
}

const FLAW_BITS = { name: 1, born: 2, postcode: 4, identifier: 8 };

test('people of the demo and hard ones get the tokens that the C edge makes', () => {
  const people = everybody();
  const edge = edgeTokens(people);
  assert.equal(edge.people.length, people.length);
  const plans = people.map(lookupPrepare);
  const answers = evaluateAll(plans);
  const sealed = plans.map((plan, i) => lookupFinish(plan, answers[i] ?? [], edge.pins));
  const opened = edgeServe(sealed.flat().map((token) => `open ${hexOf(token.sealed)}`)).answers;
  let at = 0;
  let compared = 0;
  people.forEach((person, i) => {
    const { flaws, ...plain } = normalise(person);
    const wanted = edge.people[i];
    assert.deepEqual(plain, wanted?.plain, JSON.stringify(person));
    const bits = flaws.reduce((sum, flaw) => sum + FLAW_BITS[flaw], 0);
    assert.equal(bits, wanted?.hasFlaws, JSON.stringify(person));
    const mine = (sealed[i] ?? []).map(() => {
      const [word, tokenClass, epoch, hex] = (opened[at++] ?? '').split(' ');
      assert.deepEqual([word, epoch], ['opened', '3']);
      return `${tokenClass} ${hex}`;
    });
    assert.deepEqual(mine.sort(), wanted?.tokens, JSON.stringify(person));
    compared += mine.length;
  });
  console.log(`${people.length} people, ${compared} tokens, all as the C edge makes them`);
});

test('every code point of Unicode folds as in the C edge', () => {
  let differ = 0;
  let count = 0;
  for (let first = 0; first < 0x110000; first += 0x10000) {
    edgePoints(first, first + 0xffff).forEach((wanted, i) => {
      const point = first + i;
      // A lone surrogate has no UTF-8; both refuse it.
      const found = nameFold(`a${String.fromCodePoint(point)}b`) ?? '!';
      count++;
      if (found !== wanted) {
        differ++;
        if (differ < 40) {
          console.log(`U+${point.toString(16)}: here "${found}", there "${wanted}"`);
        }
      }
    });
  }
  assert.equal(count, 0x110000);
  assert.equal(differ, 0);
});

function onePerson(): { plan: Plan; answers: EvaluatedBatch[]; pins: Pins } {
  const person = edgePeople(7, 1)[0] ?? NOBODY;
  const plan = lookupPrepare(person);
  const answers = evaluateAll([plan])[0] ?? [];
  return { plan, answers, pins: edgeTokens([]).pins };
}

test('an answer that is not the pinned key’s is refused, and the plan wiped', () => {
  const { pins, answers, plan } = onePerson();
  const [first] = answers;
  assert.ok(first !== undefined && first.elements[0] !== undefined);
  const other = ristretto255.Point.BASE.toBytes();
  const order = ristretto255.Point.Fn.ORDER;
  const response = first.proof.slice(32);
  const unreduced = Uint8Array.from(first.proof);
  let value = BigInt(`0x${hexOf(response.toReversed())}`) + order;
  for (let i = 32; i < 64; i++, value >>= 8n) {
    unreduced[i] = Number(value & 0xffn);
  }
  const wrong: [string, EvaluatedBatch[]][] = [
    ['no answer', []],
    ['a batch too few', answers.slice(1)],
    ['a class twice', [first, ...answers.slice(0, -1)].reverse()],
    ['another epoch', answers.map((one) => ({ ...one, epoch: 2 }))],
    ['no element', answers.map((one) => ({ ...one, elements: [] }))],
    ['two elements', answers.map((one) => ({ ...one, elements: [...one.elements, other] }))],
    ['another element', answers.map((one) => ({ ...one, elements: [other] }))],
    ['the identity', answers.map((one) => ({ ...one, elements: [new Uint8Array(32)] }))],
    ['a short element', answers.map((one) => ({ ...one, elements: [other.slice(1)] }))],
    ['no proof', answers.map((one) => ({ ...one, proof: new Uint8Array(0) }))],
    ['a proof of zeros', answers.map((one) => ({ ...one, proof: new Uint8Array(64) }))],
    ['a proof that is not reduced', [{ ...first, proof: unreduced }, ...answers.slice(1)]],
  ];
  for (let bit = 0; bit < 512; bit += 61) {
    const proof = Uint8Array.from(first.proof);
    proof[bit >> 3] = (proof[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    wrong.push([`bit ${bit} of the proof`, [{ ...first, proof }, ...answers.slice(1)]]);
  }
  for (const [what, said] of wrong) {
    const copy: Plan = { ...plan, secrets: plan.secrets.map((one) => structuredClone(one)) };
    const kept = [...copy.secrets];
    assert.throws(() => lookupFinish(copy, said, pins), NotTheKeyService, what);
    assert.equal(copy.secrets.length, 0, what);
    assert.ok(
      kept.every((one) => one.input.every((byte) => byte === 0)),
      what,
    );
    assert.ok(
      kept.every((one) => one.blind.every((byte) => byte === 0)),
      what,
    );
  }
  const otherKey: Pins = { ...pins, tokenKey: () => Uint8Array.from(other) };
  const copy: Plan = { ...plan, secrets: plan.secrets.map((one) => structuredClone(one)) };
  assert.throws(() => lookupFinish(copy, answers, otherKey), NotTheKeyService);
  assert.equal(lookupFinish(plan, answers, pins).length, answers.length);
});

test('what leaves is noise: two look-ups of one person share no byte string', () => {
  const person = edgePeople(7, 1)[0] ?? NOBODY;
  const plans = [lookupPrepare(person), lookupPrepare(person)];
  const elements = plans.flatMap((plan) => plan.batches.flatMap((batch) => batch.elements));
  assert.equal(new Set(elements.map(hexOf)).size, elements.length);
  const sent = JSON.stringify(plans.map((plan) => [plan.batches, plan.flaws]));
  for (const typed of [person.given, person.family, person.identifier, person.born]) {
    assert.ok(!sent.includes(typed));
  }
});

test('the pins file: its shape, a whole epoch, nothing twice', () => {
  const hex = 'ab'.repeat(32);
  const whole = (epoch: number) =>
    [...'NACDE'].map((letter) => `token ${letter} ${epoch} ${hex}`).join('\n');
  const read = (text: string) => pinsRead(text)?.epoch ?? null;
  assert.equal(read(`# keys\nindex ${hex}\n\n${whole(1)}\n`), 1);
  assert.equal(read(`index ${hex}\n${whole(1)}\n${whole(2)}`), 2);
  assert.equal(read(`index ${hex}\n${whole(1)}\ntoken N 2 ${hex}`), 1);
  assert.equal(read(`index ${hex}\ntoken N 1 ${hex}`), null);
  assert.equal(read(whole(1)), null);
  assert.equal(read(`index ${hex}\nindex ${hex}\n${whole(1)}`), null);
  assert.equal(read(`index ${hex}\n${whole(1)}\n${whole(1)}`), null);
  assert.equal(read(`index ${hex}\n${whole(1)}\nelse`), null);
  assert.equal(read(''), null);
});

interface OprfVector {
  Batch: number;
  Input: string;
  Blind: string;
  BlindedElement: string;
  EvaluationElement: string;
  Proof: { proof: string };
  Output: string;
}

const folder = process.env.LOCKGATE_DATA ?? '';
const file = `${folder}/rfc9497-allVectors.json`;

function vectorsRead(): { pkSm: string; vectors: OprfVector[] } | null {
  try {
    const suites = JSON.parse(readFileSync(file, 'utf8'));
    return suites.find(
      (one: { identifier: string; mode: number }) =>
        one.identifier === 'ristretto255-SHA512' && one.mode === 1,
    );
  } catch {
    return null;
  }
}

test('the vectors of RFC 9497, mode VOPRF', (context) => {
  const suite = vectorsRead();
  if (suite === null) {
    context.skip('skipped: the folder of outside vectors is absent');
    return;
  }
  for (const vector of suite.vectors) {
    const split = (text: string) => text.split(',').map(bytesOf);
    const blinds = split(vector.Blind);
    const elements = split(vector.BlindedElement);
    const evaluated = split(vector.EvaluationElement);
    const items = split(vector.Input).map((input, i) => ({
      input,
      blind: blinds[i] ?? input,
      blinded: elements[i] ?? input,
      evaluated: evaluated[i] ?? input,
    }));
    const outputs: Uint8Array[] = ristretto255_oprf.voprf.finalizeBatch(
      items,
      bytesOf(suite.pkSm),
      bytesOf(vector.Proof.proof),
    );
    assert.equal(outputs.map(hexOf).join(','), vector.Output);
  }
});
