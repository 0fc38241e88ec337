// SPDX-License-Identifier: Apache-2.0
// From messages to the screen: nothing is shown that is not in the log, an agency changes its own
// row alone, and rows never move.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  CanAskReplySchema,
  SourceState,
  WatchEndSchema,
  WatchPartSchema,
} from 'contract/lockgate/v1/disclosures_pb';

import { agenciesOf, checkpointSize, endSet, partAdd, waitingEnd } from '../src/load/answer';
import type { PersonView } from '../src/view/model';
import { sampleParts } from './parts';
import { WAITING } from './sample';

const NOW = new Date('2026-12-01T09:41:02');
const NOTE = 'log\n48217\nroot\n\n\u2014 x y\n';

function partOf(result: unknown, leafSize = 40) {
  const shape = {
    part: { result, receipt: { index: 7n, leaf: new Uint8Array(leafSize) } },
    checkpoint: { note: NOTE },
    pseudonym: 'abc',
  };
  return create(WatchPartSchema, shape as MessageInitShape<typeof WatchPartSchema>);
}

function after(view: PersonView, leafSize = 40): PersonView {
  return sampleParts().reduce((shown, part) => partAdd(shown, partOf(part, leafSize), NOW), view);
}

test('rows come from what may be asked, in the order of names, before anybody answers', () => {
  const reply = create(CanAskReplySchema, {
    sources: [
      { source: 'z', items: [{ item: 'contact.x' }] },
      { source: 'a', missing: [{ item: 'contact.x', sentence: 'Another purpose.' }] },
    ],
  });
  const rows = agenciesOf(reply, new Map([['z', 'Bridgewater Homes']]));
  assert.deepEqual(
    rows.map(({ name, state, sentence }) => [name, state, sentence]),
    [
      ['A', 'not-asked', 'Another purpose.'],
      ['Bridgewater Homes', 'waiting', ''],
    ],
  );
});

test('a part without its entry in the log is not shown', () => {
  const view = after(WAITING, 0);
  assert.deepEqual(view, WAITING);
  const bare = create(WatchPartSchema, { part: { result: { source: 'housing' } } });
  assert.deepEqual(partAdd(WAITING, bare, NOW), WAITING);
});

test('an agency that is no row is not shown either', () => {
  const part = partOf({ source: 'stranger', state: SourceState.ANSWERED });
  assert.deepEqual(partAdd(WAITING, part, NOW), WAITING);
});

test('each state reaches its row, and rows stay where they are', () => {
  const view = after(WAITING);
  assert.deepEqual(
    view.agencies.map((agency) => agency.id),
    WAITING.agencies.map((agency) => agency.id),
  );
  const states = Object.fromEntries(view.agencies.map((agency) => [agency.id, agency.state]));
  assert.deepEqual(states, {
    housing: 'answered',
    police: 'answered',
    'childrens-care': 'nothing',
    'adults-care': 'consent',
    'mh-trust': 'nothing',
    gp: 'late',
    voluntary: 'unavailable',
    probation: 'not-asked',
  });
  assert.equal(view.logSize, '48217');
  assert.equal(view.loggedAt, '09:41:02');
  assert.equal(view.pseudonym, 'abc');
});

test('records become happenings with dates, and contacts without names of others', () => {
  const view = after(WAITING);
  const dates = view.happenings.map((one) => one.date).sort();
  assert.deepEqual(dates, ['2026-10', '2026-10-03', '2026-11', '2026-11-12']);
  const notes = view.happenings.flatMap((one) => one.facts.map((fact) => fact.note));
  assert.ok(notes.includes('as count band') && notes.includes('reported'));
  assert.deepEqual(
    view.contacts.map(({ label, kind, tie }) => [label, kind, tie]).sort(),
    [
      ['A person not named here', 'family', 'current'],
      ['A person not named here', 'family', 'past'],
      ['A person not named here', 'household', 'current'],
      ['A. Example', 'worker', 'current'],
      ['R. Sample', 'worker', 'current'],
    ].sort(),
  );
  assert.equal(new Set(view.contacts.map((contact) => contact.id)).size, view.contacts.length);
});

test('a second answer of an agency takes the place of its first', () => {
  const once = after(WAITING);
  const twice = after(once);
  assert.deepEqual(twice.happenings.length, once.happenings.length);
  assert.deepEqual(twice.contacts.length, once.contacts.length);
  const gone = partAdd(twice, partOf({ source: 'housing', state: 4 }), NOW);
  assert.ok(gone.happenings.every((one) => one.agencyId !== 'housing'));
  assert.ok(gone.contacts.every((one) => one.agency !== 'Bridgewater Homes'));
});

test('the end: what is missing is not waited for, a refusal has its remedy', () => {
  const end = endSet(WAITING, create(WatchEndSchema, { verdict: { decision: 2 } }), NOW);
  assert.ok(end.isComplete && end.agencies.every((agency) => agency.state === 'unavailable'));
  const verdict = { decision: 3, code: 'NO_CLAUSE', sentence: 'S.', remedy: 'R.' };
  const refused = endSet(WAITING, create(WatchEndSchema, { verdict }), NOW);
  assert.deepEqual(refused.refusal, { code: 'NO_CLAUSE', sentence: 'S.', remedy: 'R.' });
  assert.ok(refused.agencies.every((agency) => agency.state === 'not-asked'));
  assert.deepEqual(waitingEnd(after(WAITING).agencies, 'late'), after(WAITING).agencies);
});

test('a state that the contract does not have yet is shown as not available', () => {
  const view = partAdd(WAITING, partOf({ source: 'gp', state: 99 }), NOW);
  assert.equal(view.agencies.find((agency) => agency.id === 'gp')?.state, 'unavailable');
  assert.equal(checkpointSize('x\nmany\n'), '');
});
