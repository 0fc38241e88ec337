// SPDX-License-Identifier: Apache-2.0
// The pages in a browser, as a worker meets them: every screen and state, by pointer and by keys,
// small, enlarged, in forced colours, on paper; and what hostile agencies can make of them.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';

import { Code } from '@connectrpc/connect';
import type { Browser, Page } from 'playwright-core';

import {
  axeGood,
  browserFind,
  browserStart,
  OUT,
  screenGood,
  shotPath,
  tabGood,
  tabOpen,
} from './browser';
import { INJECTIONS } from './injections';
import { poisonedParts } from './parts';
import { SESSION, serverStart, type World, worldNew } from './server';

const skip = browserFind() === null && 'no Chromium';
const assets = path.join(OUT, 'assets');
const world: World = worldNew();
let browser: Browser;
let origin = '';
let stop = () => {};

if (skip) {
  console.log('skipped: no Chromium');
  process.exit(77);
}

before(async () => {
  [origin, stop] = await serverStart(assets, world);
  browser = await browserStart();
});

after(async () => {
  await browser.close();
  stop();
});

beforeEach(() => {
  Object.assign(world, worldNew());
});

const REASON = 'She did not answer the door for a week and is diabetic.';

async function purposeFill(page: Page): Promise<void> {
  await page.selectOption('#purpose', 'adult-safeguarding');
  await page.selectOption('#basis', 'care-act');
  await page.fill('#caseReference', 'DEMO-2026-114');
  await page.selectOption('#ageClass', 'adult');
  for (const id of ['proportionate', 'necessary', 'leastIntrusive']) {
    await page.fill(`#${id}`, REASON);
  }
  await page.click('text=Continue');
  await page.waitForSelector('text=Who you are looking for');
}

async function lookupFill(page: Page): Promise<void> {
  await page.fill('#identifier', '999 000 0018');
  await page.fill('#family', 'Example');
  await page.fill('#given', 'Mary');
  await page.fill('#day', '14');
  await page.fill('#month', '7');
  await page.fill('#year', '1989');
  await page.fill('#postcode', 'M16 0KI');
  await page.click('button:has-text("Find")');
}

async function personOpen(page: Page): Promise<void> {
  await page.goto(`${origin}/find`);
  await page.waitForSelector('#purpose');
  await purposeFill(page);
  await lookupFill(page);
  await page.click('text=Open the headline');
  await page.waitForSelector('.lg-person');
}

async function personComplete(page: Page): Promise<void> {
  await personOpen(page);
  await page.waitForSelector('text=Ask for more');
}

test('from sign-in to the single screen, every screen on the way', { skip }, async () => {
  const tab = await tabOpen(browser, origin);
  const { page } = tab;
  await page.goto(`${origin}/sign-in?why=expired&page=find`);
  await page.waitForSelector('text=The sign-in took too long');
  assert.equal(await page.getAttribute('#start', 'href'), '/sign-in/start?page=find');
  await screenGood(page, 'sign-in');
  await page.goto(`${origin}/signed-out`);
  await screenGood(page, 'signed-out');
  await page.goto(`${origin}/`);
  await page.waitForSelector('main >> text=Find a person');
  await screenGood(page, 'home');
  await page.click('main >> text=Find a person');
  await page.waitForSelector('#purpose');
  await page.click('text=Continue');
  await page.waitForSelector('text=There is a problem');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'errors');
  await screenGood(page, 'purpose-errors');
  await purposeFill(page);
  await page.click('button:has-text("Find")');
  await page.waitForSelector('text=There is a problem');
  await screenGood(page, 'look-up-errors');
  await lookupFill(page);
  await page.waitForSelector('text=Enough to go on');
  await screenGood(page, 'found');
  await page.click('text=Open the headline');
  await page.waitForSelector('text=Ask for more');
  await screenGood(page, 'person');
  await page.screenshot({ path: shotPath('person-first.png') });
  const low = await page.evaluate(() => {
    const bottoms = (words: string) =>
      [...document.querySelectorAll(words)].map((one) => one.getBoundingClientRect().bottom);
    const record = document.querySelector('.lg-record')?.getBoundingClientRect().top ?? 0;
    return { agencies: Math.max(...bottoms('.lg-agency')), record };
  });
  assert.ok(low.agencies < low.record, `states end at ${low.agencies}, above ${low.record}`);
  await page.click('text=Ask for more');
  await page.waitForSelector('text=Why do you need more?');
  await screenGood(page, 'detail');
  await page.fill('#necessary', REASON);
  await page.click('button:has-text("Ask for more")');
  await page.waitForSelector('.lg-person');
  await page.click('text=End view');
  await page.waitForSelector('text=The view has ended');
  const left = await page.content();
  assert.ok(!left.includes('Mary') && !left.includes('Damp'), 'what was shown is wiped');
  await screenGood(page, 'ended');
  tabGood(tab);
});

test('what leaves the browser names nobody, and no address does', { skip }, async () => {
  const tab = await tabOpen(browser, origin);
  const urls: string[] = [];
  tab.page.on('request', (request) => urls.push(request.url()));
  await personComplete(tab.page);
  const sent = Buffer.concat(world.bodies).toString('latin1').toLowerCase();
  for (const typed of ['example', 'mary', '9990000018', '999 000 0018', '1989', 'm16']) {
    assert.ok(!sent.includes(typed), typed);
    assert.ok(!urls.join(' ').toLowerCase().includes(typed), typed);
  }
  assert.ok(sent.includes('demo-2026-114'), 'the case reference is sent');
  assert.deepEqual(await tab.page.context().cookies(), []);
  const kept = await tab.page.evaluate(() => localStorage.length + sessionStorage.length);
  assert.equal(kept, 0);
  assert.equal(await tab.page.title(), 'Find a person – Lockgate');
  assert.ok(world.calls.includes('/lockgate.v1.Subjects/Evaluate'));
  tabGood(tab);
});

test('agencies appear as they answer, in their fixed order, and focus stays', {
  skip,
}, async () => {
  let release = () => {};
  world.holdFrom = 2;
  world.held = new Promise((resolve) => {
    release = resolve;
  });
  const tab = await tabOpen(browser, origin);
  const { page } = tab;
  await personOpen(page);
  await page.waitForSelector('text=1 of 8 answered');
  const order = () => page.locator('.lg-agency__name').allTextContents();
  const first = await order();
  assert.deepEqual(
    first,
    [...first].sort((a, b) => a.localeCompare(b)),
  );
  await screenGood(page, 'person-waiting');
  await page.focus('.lg-agency summary');
  release();
  await page.waitForSelector('text=Ask for more');
  assert.deepEqual(await order(), first);
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'SUMMARY');
  await page.waitForSelector('[role=status]:has-text("agencies answered")', { state: 'attached' });
  await page.keyboard.press('Alt+a');
  await page.waitForSelector('text=Ask for more');
  assert.equal(world.calls.filter((one) => one.endsWith('/Watch')).length, 2);
  tabGood(tab);
});

test('states that stop somebody say what to do', { skip }, async () => {
  const tab = await tabOpen(browser, origin);
  tab.allowed = [/status of (401|503|429)/];
  const { page } = tab;
  world.isEnough = false;
  await page.goto(`${origin}/find`);
  await page.waitForSelector('#purpose');
  await purposeFill(page);
  await lookupFill(page);
  await page.waitForSelector('text=Not enough to decide');
  await screenGood(page, 'not-enough');
  await page.click('text=Change what you typed');
  world.failure = Code.Unavailable;
  await lookupFill(page);
  await page.waitForSelector('text=The gateway could not be reached');
  await screenGood(page, 'failure');
  world.failure = null;
  world.isEnough = true;
  world.refusal = {
    code: 'NO_CLAUSE',
    sentence: 'No clause shares this with this role for this purpose.',
    remedy: 'Ask for safeguarding, if that is the true purpose, and name the Care Act.',
  };
  await lookupFill(page);
  await page.click('text=Open the headline');
  await page.waitForSelector('text=What would make this lawful');
  await screenGood(page, 'refused');
  world.session = { ...SESSION, idleLeftMs: '90000' };
  await page.goto(`${origin}/`);
  await page.waitForSelector('text=Stay signed in');
  await screenGood(page, 'session-ends');
  world.session = SESSION;
  await page.keyboard.press('Alt+s');
  await page.waitForSelector('text=Stay signed in', { state: 'detached' });
  await page.click('text=Sign out');
  await page.waitForURL('**/signed-out');
  assert.ok(world.calls.includes('/lockgate.v1.Session/End'));
  world.session = null;
  await page.goto(`${origin}/find`);
  await page.waitForURL('**/sign-in?page=find');
  world.session = SESSION;
  world.hasPins = false;
  tab.allowed.push(/status of 404/);
  await page.goto(`${origin}/find`);
  await page.waitForSelector('#purpose');
  await purposeFill(page);
  await lookupFill(page);
  await page.waitForSelector('text=Looking people up is not set up here');
  tabGood(tab);
});

test('60 strings of script through every text of agencies do nothing', { skip }, async () => {
  world.parts = poisonedParts(INJECTIONS);
  world.agreement = world.agreement.replace(/name: .*/g, (line) => `${line} ${INJECTIONS[0]}`);
  const tab = await tabOpen(browser, origin);
  await personComplete(tab.page);
  const { hit, strange } = await tab.page.evaluate(() => ({
    hit: (globalThis as unknown as { hit?: number }).hit ?? 0,
    strange: document.querySelectorAll(
      'main :is(script, iframe, object, embed, img, style, base, meta, link, video, audio), ' +
        'main :is(math, [style])',
    ).length,
  }));
  assert.equal(hit, 0);
  assert.equal(strange, 0);
  for (const evil of INJECTIONS) {
    assert.ok((await tab.page.locator('main').textContent())?.includes(evil), evil);
  }
  tabGood(tab);
});

test('the whole screen by keys alone, in reading order', { skip }, async () => {
  const tab = await tabOpen(browser, origin);
  const { page } = tab;
  await personComplete(page);
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  const stops: string[] = [];
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      const box = element?.getBoundingClientRect();
      const part = element?.closest('section[id], .lg-bars, nav, header')?.id ?? '';
      return {
        text: element === document.body ? '' : (element?.textContent ?? '').trim().slice(0, 40),
        part,
        isSmall: element?.tagName !== 'INPUT' && box !== undefined && box.height < 24,
      };
    });
    if (stop.text === '' && stops.length > 0 && stop.part === '') {
      break;
    }
    assert.ok(!stop.isSmall, `${stop.text} is lower than 24 px`);
    stops.push(`${stop.part}: ${stop.text}`);
  }
  const at = (words: string) => stops.findIndex((stop) => stop.startsWith(words));
  const order = ['agencies:', 'timeline:', 'household:', 'record:'].map(at);
  assert.ok(
    order.every((one, i) => one >= 0 && one > (order[i - 1] ?? -1)),
    stops.join('\n'),
  );
  console.log(`${stops.length} stops from the top to the end of the single screen`);
  await page.keyboard.press('Shift+Tab');
  await page.focus('.lg-skips a');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => location.hash), '#agencies');
  tabGood(tab);
});

test('forced colours, text at 200 %, and paper', { skip }, async () => {
  const forced = await tabOpen(browser, origin, { forcedColors: 'active' });
  await personComplete(forced.page);
  await axeGood(forced.page, 'forced colours');
  await forced.page.screenshot({ path: shotPath('person-forced.png'), fullPage: true });
  tabGood(forced);
  const tab = await tabOpen(browser, origin);
  const { page } = tab;
  await personComplete(page);
  await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${wide} px too wide at 200 %`);
  await page.screenshot({ path: shotPath('person-200.png'), fullPage: true });
  await page.evaluate(() => document.documentElement.style.removeProperty('font-size'));
  const pdf = await page.pdf({ path: shotPath('person.pdf'), preferCSSPageSize: true });
  const pages = (pdf.toString('latin1').match(/\/Type\s*\/Page\b/g) ?? []).length;
  console.log(`the screen prints on ${pages} pages of A4`);
  assert.ok(pages >= 1 && pages <= 2);
  await page.emulateMedia({ media: 'print' });
  // biome-ignore lint/performance/useDomNodeTextContent: what is hidden on paper is not read
  const printed = await page.evaluate(() => document.body.innerText);
  assert.match(printed, /Printed by Chris Sample/);
  assert.match(printed, /Destroy after/);
  assert.doesNotMatch(printed, /Ask again|Skip to|Sign out/);
  tabGood(tab);
});

test('the page of the single screen is less than 150 kB on the way', { skip }, () => {
  const manifest = JSON.parse(fs.readFileSync(path.join(assets, 'manifest.json'), 'utf8'));
  const html = fs.readFileSync(path.join(assets, 'find.html'), 'utf8');
  const needed = manifest.assets.filter(
    (one: { path: string }) => one.path === '/find' || html.includes(`"${one.path}"`),
  );
  const sizes = needed.map((one: { file: string }) => fs.statSync(`${assets}/${one.file}.gz`).size);
  const total = sizes.reduce((sum: number, size: number) => sum + size, 0);
  console.log(`${total} bytes gzipped in ${sizes.length} files`);
  assert.ok(total < 150 * 1024);
});
