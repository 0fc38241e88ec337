// SPDX-License-Identifier: Apache-2.0
// Visits to the console from the sign-in to its end; told by console_test.py.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Browser } from './console_browser.mjs';

const told = JSON.parse(fs.readFileSync(0, 'utf8'));
told.ca = fs.readFileSync(told.anchors);

async function with_browser(visit) {
  const browser = new Browser(told);
  try {
    await visit(browser);
  } finally {
    browser.close();
  }
}

async function files(browser) {
  const plain = await browser.get('/assets/app-1a2b3c.js');
  assert.equal(plain.status, 200);
  assert.equal(plain.headers['content-type'], 'text/javascript; charset=utf-8');
  assert.equal(plain.headers['cache-control'], 'public, max-age=31536000, immutable');
  assert.equal(Number(plain.headers['content-length']), plain.body.length);
  const packed = await browser.get('/assets/app-1a2b3c.js', { 'accept-encoding': 'br, gzip' });
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.deepEqual(gunzipSync(packed.body), plain.body);
  const refused = await browser.get('/assets/app-1a2b3c.js', { 'accept-encoding': 'gzip;q=0' });
  assert.equal(refused.headers['content-encoding'], undefined);
  const bare = await browser.ask('HEAD', '/assets/app-1a2b3c.js');
  assert.deepEqual([bare.status, bare.body.length], [200, 0]);
  assert.equal(bare.headers['content-length'], plain.headers['content-length']);
  const known = await browser.get('/assets/app-1a2b3c.js', { 'if-none-match': plain.headers.etag });
  assert.deepEqual([known.status, known.body.length], [304, 0]);
  for (const path of ['/none', '/assets/', '/assets/../index.html', '/index.html', '//person',
    '/manifest.json', '/person/', '/%70erson', '/log/checkpoint', '/lockgate.v1.Audit/Get',
    '/signed-in/', '/signed-in/x', '/signed-in/99', '/signed-in/4', '/sign-in/']) {
    assert.equal((await browser.get(path)).status, 404, path);
  }
  assert.equal((await browser.ask('DELETE', '/person')).status, 405);
  assert.equal((await browser.ask('POST', '/person', {}, 'x')).status, 405);
  assert.equal((await browser.ask('HEAD', '/sign-in/start')).status, 405);
  assert.equal((await browser.get('/sign-out')).status, 405);
  assert.equal((await browser.get(`/${'x'.repeat(5000)}`)).status, 414);
}

async function nobody(browser) {
  const page = await browser.get('/person');
  assert.deepEqual([page.status, page.headers.location], [303, '/sign-in?page=person']);
  assert.equal((await browser.get('/')).headers.location, '/sign-in');
  assert.equal((await browser.get('/sign-in?why=no-role')).status, 200);
  assert.equal((await browser.get('/signed-out')).status, 200);
  assert.equal((await browser.get('/pins')).status, 401);
  const call = await browser.call('Session/Current');
  assert.deepEqual([call.status, call.said.code], [401, 'unauthenticated']);
}

function attributes(jar, name) {
  const line = jar.written.filter((it) => it.startsWith(`${name}=`) && !it.includes('Max-Age=0'))
    .at(-1);
  return line.split('; ').slice(1).sort();
}

async function signs_in(browser) {
  const back = await browser.signIn('coordinator', '?page=person');
  assert.equal(back.status, 303);
  assert.match(back.headers.location, /^\/signed-in\/\d+$/);
  assert.deepEqual(attributes(browser.console, '__Host-session'),
    ['HttpOnly', 'Path=/', 'SameSite=Strict', 'Secure']);
  assert.deepEqual(attributes(browser.console, '__Host-sign-in'),
    ['HttpOnly', 'Max-Age=600', 'Path=/', 'SameSite=Lax', 'Secure']);
  assert.ok(!browser.console.cookies.has('__Host-sign-in'));
  const landing = await browser.get(back.headers.location);
  assert.match(String(landing.body), /http-equiv="refresh" content="0;url=\/person"/);
  assert.equal((await browser.get('/person')).status, 200);
  assert.equal(String((await browser.get('/pins')).body), told.pins);
  const { status, said } = await browser.call('Session/Current');
  assert.equal(status, 200);
  const { idleLeftMs, leftMs, askedMs, ...state } = said.state;
  assert.deepEqual(state, {
    displayName: 'Chris SAMPLE', userId: 'coordinator', role: 'coordinator', agency: 'hub',
    agencyName: 'hub (test)', partnershipName: 'Test partnership', oneOperator: true,
    isSynthetic: true,
  });
  assert.ok(Number(idleLeftMs) <= 900000 && Number(idleLeftMs) > 880000, idleLeftMs);
  assert.ok(Number(leftMs) <= 36000000 && Number(leftMs) > 35900000, leftMs);
  assert.ok(Number(askedMs ?? 0) < 60000, askedMs);
}

const ground = {
  agreement: 'bridgewater', purpose: 'child-safeguarding', lawfulBasis: 'children-act',
  caseReference: 'CASE-C',
};

async function calls(browser) {
  const question = { ground, ageClass: 'AGE_CLASS_CHILD', noConsentReason: 'would-prejudice' };
  const good = await browser.call('Disclosures/CanAsk', question);
  assert.equal(good.status, 200, JSON.stringify(good.said));
  assert.ok(good.said.verdict, JSON.stringify(good.said));
  const own = { userId: 'coordinator', role: 'coordinator', displayName: 'Chris SAMPLE' };
  const same = await browser.call('Disclosures/CanAsk',
    { ...question, ground: { ...ground, actor: own } });
  assert.equal(same.status, 200);
  for (const other of [{ userId: 'officer' }, { role: 'ig-officer' }, { displayName: 'X' }]) {
    const told_other = await browser.call('Disclosures/CanAsk',
      { ...question, ground: { ...ground, actor: { ...own, ...other } } });
    assert.deepEqual([told_other.status, told_other.said.code], [400, 'invalid_argument']);
  }
  const doubled = await browser.call('Session/Current', {},
    { cookie: `${browser.console.text()}; __Host-session=${'A'.repeat(43)}` });
  assert.equal(doubled.status, 401);
  const second = { userId: 'officer', role: 'ig-officer', displayName: 'Ola SAMPLE' };
  const ask = { ...question, requestId: Buffer.alloc(16, 5).toString('base64'),
    person: { pseudonym: 'x' }, secondPerson: second };
  const vouched = await browser.call('Disclosures/Ask', ask);
  assert.equal(vouched.status, 400);
  assert.match(vouched.said.message, /nobody vouches for a second person/);
  for (const headers of [{ 'lockgate-console': '0' }, { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' }, { 'sec-fetch-site': 'none' },
    { origin: 'https://localhost:1' }, { origin: 'null' }]) {
    const foreign = await browser.call('Disclosures/CanAsk', question, headers);
    assert.deepEqual([foreign.status, foreign.said.code], [403, 'permission_denied'],
      JSON.stringify(headers));
  }
}

async function wrong_ways_back(browser) {
  const first = await browser.choose(await browser.start(), 'coordinator');
  const other = new URLSearchParams(first.split('?')[1]);
  other.set('state', 'A'.repeat(43));
  const failed = await browser.get(`/sign-in/return?${other}`);
  assert.equal(failed.headers.location, '/sign-in?why=expired');
  assert.ok(!browser.console.cookies.has('__Host-session'));
  // The cookie went with it: the right way back has none any more.
  assert.equal((await browser.get(first)).headers.location, '/sign-in?why=expired');
  const again = await browser.choose(await browser.start(), 'coordinator');
  const held = browser.console.cookies.get('__Host-sign-in');
  assert.match((await browser.get(again)).headers.location, /^\/signed-in\//);
  // A code is redeemed once: the provider says so.
  browser.console.cookies.set('__Host-sign-in', held);
  assert.equal((await browser.get(again)).headers.location, '/sign-in?why=failed');
  browser.console.cookies.set('__Host-sign-in', `${held.slice(0, -2)}AA`);
  assert.equal((await browser.get(again)).headers.location, '/sign-in?why=expired');
}

async function no_role(browser) {
  const back = await browser.signIn('outsider');
  assert.equal(back.headers.location, '/sign-in?why=no-role');
  assert.ok(!browser.console.cookies.has('__Host-session'));
}

async function step_up(browser) {
  await browser.signIn('coordinator');
  const before = browser.console.cookies.get('__Host-session');
  const url = await browser.start('?fresh=1');
  assert.match(url, /[?&]max_age=0(&|$)/);
  const back = await browser.get(await browser.choose(url, 'coordinator'));
  assert.match(back.headers.location, /^\/signed-in\//);
  assert.notEqual(browser.console.cookies.get('__Host-session'), before);
  const stale = new Browser(told);
  stale.console.cookies.set('__Host-session', before);
  assert.equal((await stale.call('Session/Current')).status, 401);
  stale.close();
}

async function signs_out(browser) {
  await browser.signIn('coordinator');
  const held = browser.console.cookies.get('__Host-session');
  for (const headers of [{ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site', origin: 'null' }, { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' }, {}]) {
    assert.equal((await browser.ask('POST', '/sign-out', headers, '')).status, 403);
  }
  assert.equal((await browser.call('Session/Current')).status, 200);
  const out = await browser.ask('POST', '/sign-out',
    { 'sec-fetch-site': 'same-origin', origin: 'null' }, '');
  assert.deepEqual([out.status, out.headers.location], [303, '/signed-out']);
  assert.equal(out.headers['clear-site-data'], '"cache", "storage"');
  browser.console.cookies.set('__Host-session', held);
  assert.equal((await browser.call('Session/Current')).status, 401);
  // The provider still knows them; here they begin anew, and end by a call.
  await browser.signIn('coordinator');
  const ended = await browser.call('Session/End');
  assert.equal(ended.status, 200);
  assert.equal(ended.headers['clear-site-data'], '"cache", "storage"');
  assert.ok(!browser.console.cookies.has('__Host-session'));
}

// The provider tells of a sign-out of its own.
async function back_channel(browser) {
  await browser.signIn('coordinator');
  const page = await browser.visit('GET', `${told.issuer}/session/end`);
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.body)[1];
  await browser.visit('POST', `${told.issuer}/session/end/confirm`, { xsrf, logout: 'yes' });
  for (let i = 0; i < 100; i += 1) {
    if ((await browser.call('Session/Current')).status === 401) {
      return;
    }
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
  throw new Error('the session outlived the provider\'s');
}

const visits = { files, nobody, signs_in, wrong_ways_back, no_role, step_up, signs_out,
  back_channel };
for (const [name, visit] of Object.entries(visits)) {
  await with_browser(visit);
  console.log(name);
}
await with_browser(async (browser) => {
  await browser.signIn('coordinator');
  await calls(browser);
});
console.log('calls');
