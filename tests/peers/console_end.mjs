// SPDX-License-Identifier: Apache-2.0
// How sessions end: told by console_ends_test.py, a line for each thing that it has to do between.
import assert from 'node:assert/strict';
import readline from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import fs from 'node:fs';
import { Browser } from './console_browser.mjs';

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const next = async () => (await lines.next()).value;
const told = JSON.parse(await next());
told.ca = fs.readFileSync(told.anchors);

const state = async (browser) => (await browser.call('Session/Current')).status;

// Two seconds of idleness: looking does not count as use, Extend does.
async function idle() {
  const browser = new Browser(told);
  await browser.signIn('coordinator');
  const begun = Date.now();
  for (let i = 0; i < 5; i += 1) {
    await wait(600);
    assert.equal((await browser.call('Session/Extend')).status, 200);
  }
  assert.ok(Date.now() - begun >= 3000);
  let ended = 0;
  while (ended === 0 && Date.now() - begun < 9000) {
    await wait(100);
    ended = await state(browser) === 401 ? Date.now() : 0;
  }
  assert.ok(ended - begun > 4500 && ended - begun < 8000, `${ended - begun}`);
  const page = await browser.get('/person');
  assert.deepEqual([page.status, page.headers.location], [303, '/sign-in?page=person']);
  browser.close();
}

// An officer stops somebody who is signed in twice; they are out, and in again when it is lifted.
async function stop() {
  const [one, two, officer] = [new Browser(told), new Browser(told), new Browser(told)];
  await one.signIn('coordinator');
  await two.signIn('coordinator');
  await officer.signIn('officer');
  const scope = { agency: 'hub', userId: 'coordinator' };
  const change = { actor: {}, scope, reason: 'A test.' };
  assert.equal((await one.call('Session/Extend')).status, 200);
  const stopped = await officer.call('Access/Stop', change);
  assert.equal(stopped.status, 200, JSON.stringify(stopped.said));
  assert.ok(stopped.said.receipt);
  const refused = await one.call('Agreements/List', {});
  assert.equal(refused.status, 401);
  assert.match(refused.said.message, /stopped/);
  assert.equal(await state(two), 401);
  assert.equal((await one.get('/person')).status, 303);
  const lifted = await officer.call('Access/Resume', change);
  assert.equal(lifted.status, 200, JSON.stringify(lifted.said));
  assert.equal(await state(one), 401);
  await one.signIn('coordinator');
  assert.equal(await state(one), 200);
  for (const browser of [one, two, officer]) {
    browser.close();
  }
}

// An open screen is not enough for what ends somebody's access or breaks the glass.
async function fresh() {
  const officer = new Browser(told);
  await officer.signIn('officer');
  const change = { actor: {}, scope: { agency: 'hub', userId: 'nobody-1' }, reason: 'A test.' };
  const question = {
    requestId: Buffer.alloc(16, 7).toString('base64'), person: { pseudonym: 'x' }, ageClass: 1,
    noConsentReason: 'would-prejudice', ground: {
      agreement: 'bridgewater', purpose: 'child-safeguarding', lawfulBasis: 'children-act',
      caseReference: 'CASE-C',
    },
  };
  const declared_as = { reason: 'life', rationale: 'A child is in danger at this moment.' };
  const emergency = { ...question, emergency: declared_as };
  const begun = Date.now();
  assert.equal((await officer.call('Access/Stop', change)).status, 200);
  const declared = await officer.call('Disclosures/Ask', emergency);
  assert.notEqual(declared.said.code, 'failed_precondition', JSON.stringify(declared.said));
  while (Date.now() - begun < 4500) {
    await wait(500);
    assert.equal((await officer.call('Session/Extend')).status, 200);
  }
  // The provider remembers them, and so to go there once more asks nobody anything.
  assert.match((await officer.signIn('officer')).headers.location, /^\/signed-in\//);
  for (const [method, message] of [['Access/Stop', change], ['Access/Resume', change],
    ['Reviews/Close', { actor: {} }], ['Disclosures/Ask', emergency]]) {
    const { status, said } = await officer.call(method, message);
    if (said.code !== 'invalid_argument') {
      assert.deepEqual([status, said.code], [400, 'failed_precondition'], method);
      assert.match(said.message, /fresh=1/);
    } else {
      throw new Error(`${method}: ${said.message}`);
    }
  }
  assert.equal((await officer.call('Access/List', { actor: {} })).status, 200);
  const plain = await officer.call('Disclosures/Ask', question);
  assert.notEqual(plain.said.code, 'failed_precondition');
  await officer.signIn('officer', '?fresh=1');
  assert.equal((await officer.call('Access/Resume', change)).status, 200);
  officer.close();
}

async function restart() {
  const before = new Browser(told);
  await before.signIn('coordinator');
  assert.equal(await state(before), 200);
  const held = before.console.cookies.get('__Host-session');
  console.log('restart');
  assert.equal(await next(), 'done');
  const after = new Browser(told);
  after.console.cookies.set('__Host-session', held);
  assert.equal(await state(after), 401);
  before.close();
  after.close();
}

// The provider takes codes and says nothing: so many wait, one more is told, and the gateway ends
// in the middle of it.
async function silence() {
  const browser = new Browser(told);
  const ways = [];
  for (let i = 0; i < 34; i += 1) {
    const url = new URL(await browser.start());
    const state_of = url.searchParams.get('state');
    ways.push({ path: `/sign-in/return?code=x&state=${state_of}`,
      cookie: `__Host-sign-in=${browser.console.cookies.get('__Host-sign-in')}` });
  }
  browser.console.cookies.clear();
  const asked = ways.map(({ path, cookie }) => browser.get(path, { cookie }).catch(() => null));
  const first = await Promise.race(asked);
  assert.equal(first.headers.location, '/sign-in?why=busy');
  // Others are served meanwhile.
  const other = new Browser(told);
  assert.equal((await other.get('/sign-in')).status, 200);
  other.close();
  console.log('silent');
  assert.equal(await next(), 'done');
}

const parts = { idle, fresh, stop, restart, silence };
for (const name of told.parts) {
  await parts[name]();
  console.log(`${name} ended`);
}
process.exit(0);
