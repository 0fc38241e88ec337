// SPDX-License-Identifier: Apache-2.0
// The console in headless Chromium: signing in with its real cookies, and what pages of another
// origin can do to somebody who is signed in, which is nothing. Told by console_browser_test.py.
import assert from 'node:assert/strict';
import fs from 'node:fs';

import { chromium } from 'playwright-core';

const told = JSON.parse(fs.readFileSync(0, 'utf8'));
const EVIL = 'https://evil.example';
// Of another origin but of the same site: to a browser, ports are none of a site's business.
const NEIGHBOUR = 'https://localhost:1';

const call = (method) => `fetch('${told.origin}/lockgate.v1.Session/${method}', { method: 'POST',
  headers: { 'content-type': 'application/json', 'lockgate-console': '1' }, body: '{}' })`;

async function sign_in(tab) {
  await tab.goto(`${told.origin}/person`);
  assert.equal(tab.url(), `${told.origin}/sign-in?page=person`);
  await tab.goto(`${told.origin}/sign-in/start?page=person`);
  // The provider may know them still: then it sends them back at once.
  if (!tab.url().startsWith(told.origin)) {
    await tab.click('button[value=coordinator]');
  }
  await tab.waitForURL(`${told.origin}/person`);
  assert.equal(await tab.evaluate('document.cookie'), '');
  const state = await tab.evaluate(`${call('Current')}.then((it) => it.json())`);
  assert.equal(state.state.userId, 'coordinator');
}

// Each is the body of a page at the attacker's, run there; what it gives has to be `wanted`.
const fails = `.then((it) => it.type === 'opaque' ? 'opaque' : String(it.status), () => 'failed')`;
const ATTACKS = {
  'a call with the header': [`${call('End')}${fails}`, 'failed'],
  'a call with cookies': [`fetch('${told.origin}/lockgate.v1.Session/Current', { method: 'POST',
    credentials: 'include', headers: { 'content-type': 'application/json',
    'lockgate-console': '1' }, body: '{}' })${fails}`, 'failed'],
  'a simple call': [`fetch('${told.origin}/lockgate.v1.Session/End', { method: 'POST',
    credentials: 'include', mode: 'no-cors', body: '{}' })${fails}`, 'failed'],
  'a read of a page': [`fetch('${told.origin}/person', { credentials: 'include' })${fails}`,
    'failed'],
  'a read without rules': [`fetch('${told.origin}/person', { credentials: 'include',
    mode: 'no-cors' })${fails}`, 'failed'],
  'a beacon': [`String(navigator.sendBeacon('${told.origin}/sign-out', ''))`, 'true'],
  'a script of ours': [`new Promise((resolve) => { const it = document.createElement('script');
    it.src = '${told.origin}/assets/app-1a2b3c.js'; it.onload = () => resolve('loaded');
    it.onerror = () => resolve('failed'); document.head.append(it); })`, 'failed'],
  'a picture of ours': [`new Promise((resolve) => { const it = new Image();
    it.onload = () => resolve('loaded'); it.onerror = () => resolve('failed');
    it.src = '${told.origin}/favicon.svg'; })`, 'failed'],
  'a style of ours': [`new Promise((resolve) => { const it = document.createElement('link');
    it.rel = 'stylesheet'; it.href = '${told.origin}/person'; it.onload = () => resolve('loaded');
    it.onerror = () => resolve('failed'); document.head.append(it); })`, 'failed'],
  'a frame': [`new Promise((resolve) => { const it = document.createElement('iframe');
    it.src = '${told.origin}/person'; document.body.append(it);
    it.onload = () => { let seen = 'nothing';
      try { seen = it.contentDocument?.title ?? 'nothing'; } catch { seen = 'nothing'; }
      resolve(seen); }; })`, 'nothing'],
  'a socket': [`new Promise((resolve) => { const it = new WebSocket('${told.origin
    .replace('https', 'wss')}/person'); it.onopen = () => resolve('open');
    it.onerror = () => resolve('failed'); })`, 'failed'],
};

async function attack(context, origin) {
  const tab = await context.newPage();
  await tab.route(`${origin}/**`, (route) => route.fulfill({ contentType: 'text/html',
    body: '<!doctype html><title>other</title><body></body>' }));
  for (const [name, [body, wanted]] of Object.entries(ATTACKS)) {
    await tab.goto(`${origin}/`);
    assert.equal(await tab.evaluate(body), wanted, `${name} from ${origin}`);
  }
  // A form that is sent from there, and a window that is opened from there.
  for (const path of ['/sign-out', '/lockgate.v1.Session/End']) {
    await tab.goto(`${origin}/`);
    await tab.evaluate(`(() => { const it = document.createElement('form'); it.method = 'post';
      it.action = '${told.origin}${path}'; document.body.append(it); it.submit(); })()`);
    await tab.waitForURL(`${told.origin}${path}`);
  }
  await tab.goto(`${origin}/`);
  const [opened] = await Promise.all([context.waitForEvent('page'),
    tab.evaluate(`void (globalThis.w = open('${told.origin}/person'))`)]);
  await opened.waitForURL((url) => url.origin === told.origin);
  await tab.waitForFunction('globalThis.w.closed', undefined, { timeout: 5000 });
  await opened.close();
  await tab.close();
  return Object.keys(ATTACKS).length + 3;
}

// As root, and in a container, it has no sandbox of its own; it opens no page but ours.
const browser = await chromium.launch({ executablePath: told.browser,
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
try {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const tab = await context.newPage();
  await sign_in(tab);
  for (const origin of [EVIL, NEIGHBOUR]) {
    const count = await attack(context, origin);
    const state = await tab.evaluate(`${call('Current')}.then((it) => it.status)`);
    assert.equal(state, 200, `signed out from ${origin}`);
    console.log(`${count} attacks from ${origin}: nothing was read, nobody was signed out`);
  }
  // A form of a page of ours signs out, and the browser itself lets the cookies go.
  await tab.evaluate(`(() => { const it = document.createElement('form'); it.method = 'post';
    it.action = '/sign-out'; document.body.append(it); it.submit(); })()`);
  await tab.waitForURL(`${told.origin}/signed-out`);
  const held = async () => (await context.cookies(told.origin)).map((it) => it.name)
    .filter((name) => name.startsWith('__Host-'));
  assert.deepEqual(await held(), []);
  await sign_in(tab);
  assert.equal(await tab.evaluate(`${call('End')}.then((it) => it.status)`), 200);
  assert.deepEqual(await held(), []);
  await tab.goto(`${told.origin}/person`);
  assert.equal(tab.url(), `${told.origin}/sign-in?page=person`);
} finally {
  await browser.close();
}
