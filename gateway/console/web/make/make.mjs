// SPDX-License-Identifier: Apache-2.0
// Builds the console's web part: make.mjs SOURCE TREE OUT
//
//   OUT/stubs    the contract as protoc-gen-es has it
//   OUT/assets   what the gateway serves: shells, one script a page, one style sheet, notices, each
//                with its gzip twin, and manifest.json (gateway/console/manifest.c reads it)
//
// Scripts and styles carry their content's hash in their names and may be kept for ever; shells are
// fetched anew each time. Nothing is fetched, and nothing is written outside of OUT.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import nunjucks from 'nunjucks';
import * as sass from 'sass';

import { PAGES } from './pages.mjs';

const [source, tree, out] = process.argv.slice(2);
const modules = path.join(source, 'node_modules');
const stubs = path.join(out, 'stubs');
const assets = path.join(out, 'assets');
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

function run(program, words, options = {}) {
  execFileSync(program, words, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
}

function contract() {
  fs.mkdirSync(stubs, { recursive: true });
  // Stubs and test bundles find their packages by it.
  const link = path.join(out, 'node_modules');
  fs.rmSync(link, { force: true });
  fs.symlinkSync(modules, link);
  const folder = path.join(tree, 'proto');
  const protos = fs
    .readdirSync(path.join(folder, 'lockgate/v1'))
    .filter((name) => name.endsWith('.proto'))
    .map((name) => `lockgate/v1/${name}`);
  const plugin = path.join(modules, '@bufbuild/protoc-gen-es/bin/protoc-gen-es');
  run(
    'protoc',
    [
      `-I${folder}`,
      `--plugin=protoc-gen-es=${plugin}`,
      `--es_out=${stubs}`,
      '--es_opt=target=ts,import_extension=none',
      ...protos,
    ],
    { env: { ...process.env, PATH: `${path.dirname(process.execPath)}:${process.env.PATH}` } },
  );
}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const manifest = [];

// Writes one asset and its gzip twin. mtime 0 in the twin: the same sources give the same bytes.
function assetAdd(name, bytes, served) {
  const twin = gzipSync(bytes, { level: 9 });
  fs.writeFileSync(path.join(assets, name), bytes);
  fs.writeFileSync(path.join(assets, `${name}.gz`), twin);
  manifest.push({
    path: served.path,
    file: name,
    type: TYPES[path.extname(name)],
    sha256: sha256(bytes),
    gzip: true,
    immutable: served.immutable,
  });
  return served.path;
}

function hashedAdd(stem, extension, bytes) {
  const name = `${stem}-${sha256(bytes).slice(0, 16)}${extension}`;
  return assetAdd(name, bytes, { path: `/${name}`, immutable: true });
}

function styleMake() {
  const { css } = sass.compile(path.join(source, 'src/style/main.scss'), {
    loadPaths: [modules],
    style: 'compressed',
    quietDeps: true,
    silenceDeprecations: ['import'],
  });
  return hashedAdd('style', '.css', Buffer.from(css));
}

function scriptMake(name) {
  const file = path.join(out, `${name}.js`);
  run(path.join(modules, '@esbuild/linux-x64/bin/esbuild'), [
    '--bundle',
    '--minify',
    '--format=iife',
    '--target=es2022',
    '--charset=utf8',
    '--legal-comments=none',
    '--jsx=automatic',
    '--jsx-import-source=preact',
    `--alias:contract=${stubs}`,
    '--log-level=error',
    `--outfile=${file}`,
    path.join(source, `src/page/${name}.tsx`),
  ]);
  return hashedAdd(name, '.js', fs.readFileSync(file));
}

function shellsMake(style) {
  const shells = path.join(source, 'src/shell');
  const macros = path.join(modules, 'govuk-frontend/dist');
  const env = new nunjucks.Environment(new nunjucks.FileSystemLoader([shells, macros]), {
    autoescape: true,
    throwOnUndefined: false,
    trimBlocks: true,
    lstripBlocks: true,
  });
  const icon = hashedAdd('icon', '.svg', fs.readFileSync(path.join(source, 'src/style/icon.svg')));
  for (const page of PAGES) {
    const script = scriptMake(page.script);
    const html = env.render(`${page.shell}.njk`, { ...page, script, style, icon });
    // No block leaves empty lines behind.
    const bytes = Buffer.from(html.trimStart().replace(/\n\s*\n+/g, '\n'));
    assetAdd(page.file, bytes, { path: page.path, immutable: false });
  }
}

// Who a package's files say wrote them and under what: the comments that they begin with.
function headersOf(folder) {
  const files = fs
    .readdirSync(folder, { recursive: true })
    .filter((name) => /^dist\/esm\/.*\.js$/.test(name));
  const headers = files.map((name) => {
    const text = fs.readFileSync(path.join(folder, name), 'utf8');
    return (/^(?:\/\/.*\n)+/.exec(text)?.[0] ?? '').replace(/^\/\/ ?/gm, '').trim();
  });
  return [...new Set(headers)].filter((header) => header !== '').join('\n\n');
}

// The terms that those comments name, as a package has them that is under them whole.
function apacheTerms() {
  const file = path.join(modules, 'playwright-core/LICENSE');
  const text = fs.readFileSync(file, 'utf8');
  const first = text.indexOf('Apache License');
  const last = text.indexOf('END OF TERMS AND CONDITIONS');
  if (first < 0 || last < 0) {
    throw new Error(`${file} is not the text of Apache-2.0`);
  }
  return `${text.slice(first, last).trim()}\n`;
}

// A package that brings no text: its repository's copyright line. Its terms are MIT's, which
// others bring.
const COPYRIGHTS = {
  'node_modules/govuk-frontend': 'Copyright (C) 2017 Crown Copyright (Government Digital Service)',
};

function mitTerms() {
  const file = path.join(modules, 'preact/LICENSE');
  const text = fs.readFileSync(file, 'utf8');
  return text.slice(text.indexOf('Permission is hereby granted'));
}

function licenceOf(at) {
  const folder = path.join(source, at);
  const file = fs.readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  const own = file ? fs.readFileSync(path.join(folder, file), 'utf8') : headersOf(folder);
  const words = COPYRIGHTS[at] === undefined ? own : `${COPYRIGHTS[at]}\n\n${mitTerms()}`;
  if (words.trim() === '') {
    throw new Error(`${at} says nowhere under which licence it is`);
  }
  return words.trim();
}

// The licences of all that a browser gets, one text after the other.
function noticesMake() {
  const lock = JSON.parse(fs.readFileSync(path.join(source, 'package-lock.json'), 'utf8'));
  const texts = Object.entries(lock.packages)
    .filter(([at, told]) => at.startsWith('node_modules/') && !told.dev && !told.devOptional)
    .map(([at, { version, license }]) => {
      const name = at.slice('node_modules/'.length);
      return `${name} ${version}: ${license}\n\n${licenceOf(at)}\n`;
    });
  const head = 'What the pages of this console are made with, and under which licences.\n';
  const text = [head, ...texts, apacheTerms()].join(`\n${'-'.repeat(78)}\n\n`);
  assetAdd('notices.txt', Buffer.from(text), { path: '/notices.txt', immutable: false });
}

contract();
fs.rmSync(assets, { recursive: true, force: true });
fs.mkdirSync(assets, { recursive: true });
shellsMake(styleMake());
noticesMake();
fs.writeFileSync(
  path.join(assets, 'manifest.json'),
  `${JSON.stringify({ assets: manifest }, null, 1)}\n`,
);
