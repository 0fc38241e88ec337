// SPDX-License-Identifier: Apache-2.0
// A page in Debian's Chromium that fails on whatever a strict page must not do: a violation of the
// policy, an error in the console, a request to anybody else.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { type Browser, chromium, type Page } from 'playwright-core';

export const OUT = process.env.LOCKGATE_CONSOLE ?? '';
const SHOTS = path.join(OUT, 'screens');

export const WIDE = { width: 1366, height: 768 };
export const NARROW = { width: 320, height: 640 };

export function browserFind(): string | null {
  const known = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];
  return known.find((file) => fs.existsSync(file)) ?? null;
}

// As root, and in a container, it has no sandbox of its own; it opens no page but ours.
export function browserStart(): Promise<Browser> {
  return chromium.launch({
    executablePath: browserFind() ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
}

export interface Tab {
  page: Page;
  wrongs: string[];
  allowed: RegExp[]; // of wrongs, where a test provokes them
}

export async function tabOpen(
  browser: Browser,
  origin: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Tab> {
  const context = await browser.newContext({ viewport: WIDE, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  const wrongs: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      wrongs.push(`console: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => wrongs.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`)) {
      wrongs.push(`off-origin: ${request.url()}`);
    }
  });
  page.on('dialog', (dialog) => wrongs.push(`dialog: ${dialog.message()}`));
  await page.exposeFunction('violated', (what: string) => wrongs.push(`policy: ${what}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      (globalThis as unknown as { violated: (what: string) => void }).violated(
        `${event.violatedDirective} ${event.blockedURI}`,
      );
    });
  });
  return { page, wrongs, allowed: [] };
}

export function tabGood({ wrongs, allowed }: Tab): void {
  const left = wrongs.filter((wrong) => !allowed.some((one) => one.test(wrong)));
  assert.deepEqual(left, []);
}

let axe = '';

// No violation by the rules of WCAG 2.2 A and AA, and axe's own best practices.
export async function axeGood(page: Page, name: string): Promise<void> {
  if (axe === '') {
    const require = createRequire(path.join(OUT, 'tests/x.mjs'));
    axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
  }
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const run = (globalThis as unknown as { axe: { run: () => Promise<AxeFound> } }).axe.run;
    const { violations } = await run();
    return violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' | ')}`);
  });
  assert.deepEqual(found, [], name);
}

interface AxeFound {
  violations: { id: string; nodes: { html: string }[] }[];
}

async function narrowGood(page: Page, name: string): Promise<void> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${name} is ${wide} px wider than the window`);
}

// A screen as it is: looked at by axe at both widths, fits both, and is kept as a picture.
export async function screenGood(page: Page, name: string): Promise<void> {
  fs.mkdirSync(SHOTS, { recursive: true });
  for (const [size, viewport] of [
    ['1366', WIDE],
    ['320', NARROW],
  ] as const) {
    await page.setViewportSize(viewport);
    await axeGood(page, `${name} at ${size}`);
    await narrowGood(page, `${name} at ${size}`);
    await page.screenshot({ path: path.join(SHOTS, `${name}-${size}.png`), fullPage: true });
  }
  await page.setViewportSize(WIDE);
}

export function shotPath(name: string): string {
  fs.mkdirSync(SHOTS, { recursive: true });
  return path.join(SHOTS, name);
}
