// SPDX-License-Identifier: Apache-2.0
// The C edge as a program (tests/browser/edge_main.c), for tests to compare with. Its path is in
// LOCKGATE_EDGE.
import { execFileSync } from 'node:child_process';

import type { Identity } from '../src/blind/normalise';

const program = process.env.LOCKGATE_EDGE ?? '';
const LINES_MAX = 256 * 1024 * 1024;

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex === '-' ? [] : Buffer.from(hex, 'hex'));
}

function run(words: string[], input = ''): string[] {
  const text = execFileSync(program, words, { input, maxBuffer: LINES_MAX }).toString('utf8');
  return text.split('\n').slice(0, -1);
}

export function edgePeople(seed: number, count: number): Identity[] {
  return run(['people', String(seed), String(count)]).map((line) => identityOf(line.split(' ')));
}

export function edgePoints(first: number, last: number): string[] {
  return run(['points', first.toString(16), last.toString(16)]);
}

// What `serve` answers to these lines; the first of it is the pins.
export function edgeServe(lines: string[]): { pins: string; answers: string[] } {
  const said = run(['serve'], lines.map((line) => `${line}\n`).join(''));
  const end = said.indexOf('end');
  return { pins: `${said.slice(0, end).join('\n')}\n`, answers: said.slice(end + 1) };
}

function text(hex: string | undefined): string {
  return Buffer.from(bytesOf(hex ?? '-')).toString('utf8');
}

export function identityOf(words: string[]): Identity {
  const [, given, family, born, postcode, scheme, identifier] = words;
  return {
    given: text(given),
    family: text(family),
    born: text(born),
    postcode: text(postcode),
    scheme: text(scheme),
    identifier: text(identifier),
  };
}

export function personLine(identity: Identity): string {
  const { given, family, born, postcode, scheme, identifier } = identity;
  const fields = [given, family, born, postcode, scheme, identifier];
  const hex = fields.map((field) => Buffer.from(field, 'utf8').toString('hex') || '-');
  return `person ${hex.join(' ')}`;
}
