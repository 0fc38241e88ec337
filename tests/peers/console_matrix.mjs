// SPDX-License-Identifier: Apache-2.0
// Every route and method of the contract by everybody: what is not written here as allowed is not.
// Told by console_roles_test.py, with `methods`: all that the contract has.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { Browser } from './console_browser.mjs';

const told = JSON.parse(fs.readFileSync(0, 'utf8'));
told.ca = fs.readFileSync(told.anchors);

const VERBS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE'];
const WHO = [null, 'coordinator', 'social-worker', 'officer'];
const READ = { GET: 200, HEAD: 200 };
const TO_SIGN_IN = { GET: 303, HEAD: 303 };
const ALL = { '/sign-in': READ, '/signed-out': READ, '/assets/app-1a2b3c.js': READ,
  '/favicon.svg': READ, '/signed-in/0': READ, '/sign-in/start': { GET: 303 },
  '/sign-in/return': { GET: 303 } };
const ROUTES = {
  nobody: { ...ALL, '/': TO_SIGN_IN, '/person': TO_SIGN_IN },
  anybody: { ...ALL, '/': READ, '/person': READ, '/pins': READ },
};
const OTHERS = ['/pins', '/sign-out', '/sign-out/back-channel', '/none', '/index.html',
  '/manifest.json', '/log/checkpoint', '/lockgate.v1.Session/Current', '/robots.txt',
  '/grpc.health.v1.Health/Check', '/.well-known/security.txt'];

async function routes(browser, who) {
  const allowed = who === null ? ROUTES.nobody : ROUTES.anybody;
  let count = 0;
  for (const path of new Set([...Object.keys(allowed), ...OTHERS])) {
    for (const verb of VERBS) {
      const { status, body } = await browser.ask(verb, path);
      const wanted = allowed[path]?.[verb];
      if (wanted !== undefined) {
        assert.equal(status, wanted, `${verb} ${path} by ${who}`);
      } else {
        assert.ok([400, 401, 403, 404, 405].includes(status),
          `${verb} ${path} by ${who}: ${status}`);
        assert.ok(!String(body).includes('doctype'), `${verb} ${path} by ${who}`);
      }
      count += 1;
    }
  }
  return count;
}

// What browsers may call; nothing of it without a session.
const OFFERED = new Set(`
Disclosures/Ask Disclosures/Watch Disclosures/CanAsk Subjects/Find Subjects/Evaluate
Consents/Record Consents/Withdraw Consents/Show Consents/List Consents/Receipt Consents/Notices
Consents/Acknowledge Consents/Counts Audit/Search Audit/Get Audit/Explain Audit/Prove
Audit/Checkpoint Audit/Consistency Agreements/List Agreements/Get Agreements/Diff Reviews/List
Reviews/Get Reviews/Take Reviews/Close Reviews/Tell Reviews/Open Reviews/Mark Access/Stop
Access/Resume Access/List SubjectAccess/Open SubjectAccess/Act SubjectAccess/Collect
SubjectAccess/List Reports/Quarter Obligations/List Obligations/Take Obligations/Attest
Session/Current Session/Extend`.trim().split(/\s+/));

// Calls that are whole, and who may make them.
const actor = {};
const reason = 'Looks at people whom no case is about.';
const WHOLE = [
  ['Session/Current', {}, WHO],
  ['Session/Extend', {}, WHO],
  ['Reviews/List', { actor }, ['officer']],
  ['Access/List', { actor }, ['officer']],
  ['SubjectAccess/List', { actor }, ['officer']],
  ['Obligations/List', { actor }, ['officer']],
  ['Reports/Quarter', { actor, quarter: '2026-Q2' }, ['officer']],
  ['Access/Stop', { actor, scope: { agency: 'hub', userId: 'nobody-1' }, reason }, ['officer']],
  ['Access/Resume', { actor, scope: { agency: 'hub', userId: 'nobody-1' }, reason }, ['officer']],
];

async function calls(browser, who) {
  let count = 0;
  for (const method of told.methods.filter((it) => it !== 'Session/End')) {
    const { status, said } = await browser.call(method, {});
    if (!OFFERED.has(method)) {
      assert.ok([404, 415].includes(status), `${method} by ${who}: ${status}`);
      assert.equal(said.code, 'unimplemented', method);
    } else if (who === null && status !== 415) {
      assert.deepEqual([status, said.code], [401, 'unauthenticated'], method);
    } else {
      assert.ok(![401, 404].includes(status), `${method} by ${who}: ${status}`);
    }
    const foreign = await browser.call(method, {}, { 'lockgate-console': '' });
    assert.ok([403, 404, 415].includes(foreign.status), `${method} without the header`);
    count += 2;
  }
  for (const [method, message, allowed] of WHOLE) {
    const { status, said } = await browser.call(method, message);
    const wanted = who === null ? 401 : allowed.includes(who) ? 200 : 403;
    assert.equal(status, wanted, `${method} by ${who}: ${JSON.stringify(said)}`);
    count += 1;
  }
  return count;
}

for (const who of WHO) {
  const browser = new Browser(told);
  if (who !== null) {
    await browser.signIn(who);
  }
  const counted = [await routes(browser, who), await calls(browser, who)];
  console.log(`${who ?? 'nobody'}: ${counted[0]} routes, ${counted[1]} calls, `
    + `${browser.seen} answers with all headers`);
  browser.close();
}
