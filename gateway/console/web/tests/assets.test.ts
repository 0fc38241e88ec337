// SPDX-License-Identifier: Apache-2.0
// What the build hands to the gateway: the manifest's promises, shells without anything inline, no
// mark of a government that this is not, and the licences of what is in it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';

const folder = path.join(process.env.LOCKGATE_CONSOLE ?? '', 'assets');
const read = (name: string) => fs.readFileSync(path.join(folder, name));

interface Asset {
  path: string;
  file: string;
  type: string;
  sha256: string;
  gzip: boolean;
  immutable: boolean;
}

const { assets } = JSON.parse(read('manifest.json').toString()) as { assets: Asset[] };

test('the manifest is whole, and nothing beside it is in the folder', () => {
  const files = assets.flatMap((asset) => [asset.file, `${asset.file}.gz`]);
  assert.deepEqual(fs.readdirSync(folder).sort(), ['manifest.json', ...files].sort());
  assert.ok(assets.length <= 128);
  assert.equal(new Set(assets.map((asset) => asset.path)).size, assets.length);
  for (const asset of assets) {
    const keys = ['path', 'file', 'type', 'sha256', 'gzip', 'immutable'];
    assert.deepEqual(Object.keys(asset), keys);
    assert.match(asset.path, /^\/[a-zA-Z0-9/._-]{0,119}$/);
    assert.match(asset.file, /^[a-zA-Z0-9._-]+$/);
    const bytes = read(asset.file);
    assert.ok(bytes.length <= 1 << 20);
    assert.equal(createHash('sha256').update(bytes).digest('hex'), asset.sha256);
    assert.deepEqual(gunzipSync(read(`${asset.file}.gz`)), bytes);
    assert.equal(asset.immutable, asset.file.includes(asset.sha256.slice(0, 16)), asset.file);
  }
  for (const needed of ['/', '/sign-in', '/signed-out', '/find', '/disclosures']) {
    assert.ok(
      assets.some((asset) => asset.path === needed),
      needed,
    );
  }
});

test('shells hold no inline script or style, and ask for what is there alone', () => {
  const pages = assets.filter((asset) => asset.type.startsWith('text/html'));
  assert.equal(pages.length, 5);
  for (const { file } of pages) {
    const html = read(file).toString();
    assert.doesNotMatch(
      html,
      /<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|"javascript:/i,
      file,
    );
    assert.doesNotMatch(html, /GOV\.UK|crown|Crown copyright|govuk-logo/, file);
    assert.match(html, /<html lang="en-GB"/);
    for (const [, address] of html.matchAll(/(?:src|href)="(\/[^"#?]*)"/g)) {
      const isKnown = assets.some((asset) => asset.path === address);
      assert.ok(isKnown || address === '/sign-in/start', `${file} asks for ${address}`);
    }
    assert.doesNotMatch(html, /(?:src|href)="(?!\/|#)/, file);
  }
});

test('scripts never write markup, and styles ask nobody for anything', () => {
  for (const { file, type } of assets) {
    const text = read(file).toString();
    if (type.startsWith('text/javascript')) {
      assert.doesNotMatch(text, /\beval\(|new Function\(|document\.write/, file);
    }
    if (type.startsWith('text/css')) {
      assert.doesNotMatch(text, /url\((?!["']?data:)|@import|GDS Transport/, file);
    }
  }
});

test('the notices hold the licence text of each package that a browser gets', () => {
  const notices = read('notices.txt').toString();
  for (const name of ['@bufbuild/protobuf', '@connectrpc/connect', '@noble/curves', 'preact']) {
    assert.match(notices, new RegExp(`^${name} [0-9.]+: `, 'm'));
  }
  assert.match(notices, /govuk-frontend [0-9.]+: MIT\n\nCopyright[^\n]*\n\nPermission is hereby/);
  assert.match(notices, /TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION/);
  assert.match(notices, /Copyright 2008 Google Inc/);
  const parts = notices.split(`\n${'-'.repeat(78)}\n`).slice(1);
  for (const part of parts) {
    assert.ok(part.length > 400, part.slice(0, 60));
  }
});
