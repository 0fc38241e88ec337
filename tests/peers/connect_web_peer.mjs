// SPDX-License-Identifier: Apache-2.0
// Opens a page in headless Chromium that asks by @connectrpc/connect-web, and prints what it got.
// The page comes from here, under the gateway's own origin; every other request goes to the gateway
// with the client certificate. connect_web_peer_test.py judges what it prints.
import fs from 'node:fs';

import { chromium } from 'playwright-core';

const told = JSON.parse(fs.readFileSync(0, 'utf8'));
const script = fs.readFileSync(told.bundle, 'utf8');
const page = `${told.address}/page`;

// As root, and in a container, it has no sandbox of its own; it opens no page but ours.
const browser = await chromium.launch({ executablePath: told.browser,
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
try {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    clientCertificates: [{ origin: told.address, certPath: told.certificate,
      keyPath: told.key }],
  });
  const tab = await context.newPage();
  const requests = [];
  tab.on('request', (request) => requests.push(request.method()));
  await tab.route(page, (route) => route.fulfill({ contentType: 'text/html',
    body: '<!doctype html><title>peer</title>' }));
  await tab.goto(page);
  await tab.addScriptTag({ content: script });
  for (const way of told.ways) {
    const lines = await tab.evaluate((words) => globalThis.ask(words), way);
    lines.forEach((line) => console.log(line));
    console.log('end');
  }
  const protocols = await tab.evaluate(() => performance.getEntriesByType('resource')
    .map((entry) => entry.nextHopProtocol));
  console.log(`protocols ${[...new Set(protocols)].join(' ')}`);
  console.log(`methods ${[...new Set(requests)].sort().join(' ')}`);
} finally {
  await browser.close();
}
