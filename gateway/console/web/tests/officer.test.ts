// SPDX-License-Identifier: Apache-2.0
// An officer's pages in a browser: from the home page to one entry's proof.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';

import type { Browser } from 'playwright-core';

import { browserFind, browserStart, OUT, screenGood, tabGood, tabOpen } from './browser';
import { LOG, SESSION, serverStart, worldNew } from './server';

const world = worldNew();
let browser: Browser;
let origin = '';
let stop = () => {};

if (browserFind() === null) {
  console.log('skipped: no Chromium');
  process.exit(77);
}

before(async () => {
  world.session = { ...SESSION, role: 'officer', isOfficer: true };
  [origin, stop] = await serverStart(path.join(OUT, 'assets'), world);
  browser = await browserStart();
});

after(async () => {
  await browser.close();
  stop();
});

test('an officer finds an entry, checks its proof, and takes it along', async () => {
  const tab = await tabOpen(browser, origin, { acceptDownloads: true });
  const { page } = tab;
  const urls: string[] = [];
  page.on('request', (request) => urls.push(request.url()));
  await page.goto(`${origin}/`);
  await page.waitForSelector('main >> text=Disclosures');
  await screenGood(page, 'officer-home');
  await page.click('main >> text=Disclosures');
  await page.waitForSelector('#purpose');
  await page.click('button:has-text("Search")');
  await page.waitForSelector('text=There is a problem');
  await page.selectOption('#purpose', 'adult-safeguarding');
  await page.selectOption('#basis', 'care-act');
  await page.fill('#caseReference', 'DEMO-IG-7');
  await screenGood(page, 'disclosures-search');
  await page.click('button:has-text("Search")');
  await page.waitForSelector('text=25 entries on this page');
  await screenGood(page, 'disclosures-list');
  await page.click('text=Next page');
  await page.waitForSelector('h1:has-text("5 entries")');
  await page.click('tbody button >> nth=2');
  await page.waitForSelector('text=The signature is not checked');
  await page.fill('#logKey', LOG.vkey);
  await page.click('text=Check the signature');
  await page.waitForSelector('text=The checkpoint is signed by');
  assert.equal(await page.locator('.lg-step').count(), 3);
  await screenGood(page, 'disclosure');
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.click('text=Download proof'),
  ]);
  assert.equal(file.suggestedFilename(), 'entry-27.tlog-proof');
  const verifier = path.join(process.env.LOCKGATE_SOURCE ?? '', 'tests/vectors/verify.py');
  const words = ['-B', verifier, 'receipt', await file.path(), '--key', LOG.vkey];
  const said = spawnSync('/usr/bin/python3', words, { encoding: 'utf8' });
  assert.match(said.stdout, /^VERIFIED: receipt 27 of 60/, said.stderr);
  await page.click('text=Back to the list');
  await page.click('text=Change the search');
  assert.equal(await page.inputValue('#caseReference'), 'DEMO-IG-7');
  assert.ok(!urls.some((url) => /DEMO-IG|safeguarding|cursor/.test(url)), 'no address tells it');
  assert.ok(world.calls.includes('/lockgate.v1.Audit/Search'));
  tabGood(tab);
});

test('an entry that was changed on the way is shown as one not to rely on', async () => {
  const tab = await tabOpen(browser, origin);
  const { page } = tab;
  const receipt = LOG.receipts[0];
  assert.ok(receipt !== undefined);
  LOG.receipts[0] = { ...receipt, leaf: Uint8Array.from(receipt.leaf, (byte) => byte ^ 1) };
  await page.goto(`${origin}/disclosures`);
  await page.selectOption('#purpose', 'adult-safeguarding');
  await page.selectOption('#basis', 'care-act');
  await page.fill('#caseReference', 'DEMO-IG-7');
  await page.click('button:has-text("Search")');
  await page.click('tbody button >> nth=0');
  await page.waitForSelector('text=Does not hold');
  await screenGood(page, 'disclosure-bad');
  LOG.receipts[0] = receipt;
  tabGood(tab);
});
