// SPDX-License-Identifier: Apache-2.0
// What somebody typed, to the one form that tokens are made of: the rules of gateway/edge
// (normalise.c), so that a person typed here gets the tokens that an agency made.
import { nameFold } from './name';

// As typed: any part may be empty. born is YYYY-MM-DD; scheme is "nhs", or a name of [a-z0-9-].
export interface Identity {
  given: string;
  family: string;
  born: string;
  postcode: string;
  scheme: string;
  identifier: string;
}

// What was typed but cannot be used; it counts as missing.
export type Flaw = 'name' | 'born' | 'postcode' | 'identifier';

// Every part in its canonical form or empty; born is YYYYMMDD; scheme is set exactly when
// identifier is.
export interface Plain extends Identity {
  flaws: Flaw[];
}

const YEAR_FIRST = 1880;
const YEAR_LAST = 2099;
const POSTCODE_MAX = 15;
const IDENTIFIER_MAX = 32;

// Dates that systems write where nobody knew one.
const STAND_INS = new Set([
  '18991230',
  '18991231',
  '19000101',
  '19010101',
  '19110101',
  '19111111',
  '19700101',
  '20990101',
  '20991231',
]);

function trim(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '');
}

function daysOf(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
}

// The parts below are null where what was typed cannot be used, empty where it is missing.

function bornFold(typed: string): string | null {
  const text = trim(typed);
  if (text === '') {
    return '';
  }
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) {
    return null;
  }
  const digits = text.replaceAll('-', '');
  if (STAND_INS.has(digits)) {
    return '';
  }
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number);
  const fits = year >= YEAR_FIRST && year <= YEAR_LAST && day >= 1 && day <= daysOf(year, month);
  return fits ? digits : null;
}

// Upper-case letters and digits, without the marks in `dropped`.
function plainCopy(typed: string, dropped: RegExp, most: number): string | null {
  // Letters of other scripts must not become ours: only ASCII is put into upper case.
  const text = typed.replace(dropped, '').replace(/[a-z]/g, (letter) => letter.toUpperCase());
  return /^[A-Z0-9]*$/.test(text) && text.length <= most ? text : null;
}

function postcodeFold(typed: string): string | null {
  const text = plainCopy(typed, /[ \t]/g, POSTCODE_MAX);
  // ZZ99 is the health service's range of codes for no fixed abode and abroad.
  if (text === null || text === '' || /^(ZZ99.*|NFA|NOFIXEDABODE)$/.test(text)) {
    return text === null ? null : '';
  }
  const fits = /^([A-Z][0-9]{1,2}|[A-Z]{2}[0-9]{1,2}|[A-Z]{1,2}[0-9][A-Z])[0-9][A-Z]{2}$/;
  return fits.test(text) || text === 'GIR0AA' ? text : null;
}

function isOneCharacter(text: string): boolean {
  return text === text.charAt(0).repeat(text.length);
}

// Ten digits with their check digit, of a range that is issued (or 999, test records), and not one
// digit ten times.
export function nhsNumberFits(text: string): boolean {
  if (!/^[0-9]{10}$/.test(text) || isOneCharacter(text)) {
    return false;
  }
  let sum = 0;
  for (let i = 0; i < 9; i++) {
    sum += (10 - i) * Number(text.charAt(i));
  }
  const range = Number(text.slice(0, 3));
  const issued = (range >= 320 && range <= 499) || (range >= 600 && range <= 799) || range === 999;
  return issued && (11 - (sum % 11)) % 11 === Number(text.charAt(9));
}

function identifierFold(scheme: string, typed: string): string | null {
  const given = trim(typed);
  if (given === '') {
    return '';
  }
  const text = plainCopy(given, /[ \t\-/.]/g, IDENTIFIER_MAX);
  if (!/^[a-z0-9-]{1,32}$/.test(scheme) || text === null) {
    return null;
  }
  const fits = scheme === 'nhs' ? nhsNumberFits(text) : text.length >= 4 && !isOneCharacter(text);
  return fits ? text : null;
}

// Cannot fail: what cannot be used is missing and told in flaws.
export function normalise(identity: Identity): Plain {
  const given = nameFold(identity.given);
  const family = nameFold(identity.family);
  const born = bornFold(identity.born);
  const postcode = postcodeFold(identity.postcode);
  const identifier = identifierFold(identity.scheme, identity.identifier);
  const flaws: Flaw[] = [];
  if (given === null || family === null) {
    flaws.push('name');
  }
  if (born === null) {
    flaws.push('born');
  }
  if (postcode === null) {
    flaws.push('postcode');
  }
  if (identifier === null) {
    flaws.push('identifier');
  }
  return {
    given: given ?? '',
    family: family ?? '',
    born: born ?? '',
    postcode: postcode ?? '',
    scheme: identifier ? identity.scheme : '',
    identifier: identifier ?? '',
    flaws,
  };
}
