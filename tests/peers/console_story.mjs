// SPDX-License-Identifier: Apache-2.0
// A worker's look and an officer's check of it, in headless Chromium, at a gateway with agencies, a
// key service and a sign-in provider that all run. Told of them by console_story_test.py; prints
// where the downloaded proof lies. Nothing that was typed leaves the browser, no policy is
// violated, and no page says anything to its console or asks another origin.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { chromium } from 'playwright-core';

const told = JSON.parse(fs.readFileSync(0, 'utf8'));
const { person } = told;
const faults = [];
const bodies = [];

function watch(tab) {
  tab.on('console', (it) => {
    if (!it.text().startsWith('Clear-Site-Data header on')) { // the browser's own word of it
      faults.push(`console: ${it.text()}`);
    }
  });
  tab.on('pageerror', (it) => faults.push(`error: ${it.message}`));
  tab.on('request', (it) => {
    const url = new URL(it.url());
    if (![told.origin, told.issuer, 'null'].includes(url.origin)) {
      faults.push(`another origin: ${url.origin}`);
    }
    if (url.origin === told.origin) {
      bodies.push(Buffer.from(url.pathname + url.search), it.postDataBuffer() ?? Buffer.alloc(0));
    }
  });
}

async function sign_in(context, user, page) {
  const tab = await context.newPage();
  tab.setDefaultTimeout(15000);
  watch(tab);
  await tab.goto(`${told.origin}/${page}`);
  assert.equal(tab.url(), `${told.origin}/sign-in?page=${page}`);
  await tab.click('#start');
  await tab.click(`button[value="${user}"]`);
  await tab.waitForURL(`${told.origin}/${page}`);
  return tab;
}

const shot = (tab, name) => tab.screenshot({ path: path.join(told.shots, `${name}.png`) });

async function look(context) {
  const tab = await sign_in(context, 'coordinator', 'find');
  await tab.waitForSelector('#purpose');
  await tab.selectOption('#purpose', 'child-safeguarding');
  await tab.selectOption('#basis', 'children-act');
  await tab.fill('#caseReference', 'DEMO-STORY-1');
  await tab.selectOption('#ageClass', 'child');
  await tab.selectOption('#noConsentReason', 'would-prejudice');
  for (const id of ['proportionate', 'necessary', 'leastIntrusive']) {
    await tab.fill(`#${id}`, 'A made-up reason of a made-up worker.');
  }
  await tab.click('text=Continue');
  await tab.fill('#identifier', person.identifier);
  await tab.fill('#family', person.family);
  await tab.fill('#given', person.given);
  await tab.fill('#day', String(Number(person.day)));
  await tab.fill('#month', String(Number(person.month)));
  await tab.fill('#year', person.year);
  await tab.fill('#postcode', person.postcode);
  await shot(tab, 'story-look-up');
  await tab.click('button:has-text("Find")');
  await tab.waitForSelector('text=Enough to go on');
  await tab.click('text=Open the headline');
  // The slow one, and the one whose answer has a moment of its own, come last.
  await tab.waitForSelector('text=No answer in time');
  await tab.waitForSelector('text=Nothing to show');
  const said = await tab.locator('main').innerText();
  for (const words of ['EXAMPLE, Riley', 'Answered', 'Nothing to show', 'Not available',
    'Record of this look']) {
    assert.ok(said.includes(words), `the screen does not say: ${words}`);
  }
  await tab.click('summary:has-text("Why") >> nth=1');
  await shot(tab, 'story-person');
  await tab.click('text=Sign out');
  await tab.waitForURL(`${told.origin}/signed-out`);
  await tab.close();
}

async function check(context) {
  const tab = await sign_in(context, 'officer', 'disclosures');
  await tab.waitForSelector('#purpose');
  await tab.selectOption('#purpose', 'child-safeguarding');
  await tab.selectOption('#basis', 'children-act');
  await tab.fill('#caseReference', 'DEMO-STORY-2');
  await tab.click('button:has-text("Search")');
  await tab.waitForSelector('tbody button');
  await shot(tab, 'story-disclosures');
  await tab.click('tbody button >> nth=0');
  await tab.fill('#logKey', told.vkey);
  await tab.click('text=Check the signature');
  await tab.waitForSelector('.lg-step');
  const steps = await tab.locator('.lg-step').allInnerTexts();
  assert.ok(steps.length >= 3, `steps: ${steps}`);
  await shot(tab, 'story-proof');
  const [download] = await Promise.all([tab.waitForEvent('download'),
    tab.click('button:has-text("Download proof")')]);
  const file = path.join(told.shots, 'story.tlog-proof');
  await download.saveAs(file);
  console.log(file);
  await tab.close();
}

// As typed, and as the look-up writes it down for itself.
function nothing_typed_left() {
  const all = Buffer.concat(bodies).toString('latin1').toLowerCase();
  const born = `${person.year}-${person.month}-${person.day}`;
  for (const typed of [person.identifier, person.family, person.given, person.postcode,
    person.postcode.replaceAll(' ', ''), born, born.replaceAll('-', '')]) {
    assert.ok(!all.includes(typed.toLowerCase()), 'something that was typed left the browser');
  }
  assert.ok(bodies.length > 20 && all.includes('child-safeguarding'));
}

const browser = await chromium.launch({ executablePath: told.browser,
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
const options = { ignoreHTTPSErrors: true, viewport: { width: 1366, height: 768 } };
try {
  await look(await browser.newContext(options));
  nothing_typed_left();
  await check(await browser.newContext(options));
  assert.deepEqual(faults, []);
} finally {
  await browser.close();
}
