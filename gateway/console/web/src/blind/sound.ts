// SPDX-License-Identifier: Apache-2.0
// The sound of a plain a-z name: one letter and three digits, as gateway/edge/sound.c has it.

const SOUND_SIZE = 4;
// Code of each letter from a; 0 for what is not heard. Vowels part equal codes; h and w do not.
const CODES = '01230120022455012623010202';

function isSoft(next: string): boolean {
  return next === 'e' || next === 'i' || next === 'y';
}

// The letter that stands for all that sound like the first one.
function firstLetter(name: string): string {
  const letter = name.charAt(0);
  const next = name.charAt(1);
  switch (letter) {
    case 'e':
    case 'i':
    case 'o':
    case 'u':
    case 'y':
      return 'a';
    case 'c':
      return isSoft(next) ? 's' : 'k';
    case 'q':
      return 'k';
    case 'g':
      return isSoft(next) ? 'j' : 'g';
    case 'p':
      return next === 'h' ? 'f' : 'p';
    case 'v':
      return 'f';
    case 'x':
    case 'z':
      return 's';
    default:
      return letter;
  }
}

// Letters inside that are not heard: the gh of ght, the t of tch, the d of dg.
function silentInside(rest: string): number {
  if (rest.startsWith('ght')) {
    return 2;
  }
  return rest.startsWith('tch') || rest.startsWith('dg') ? 1 : 0;
}

function codeOf(letter: string): string {
  return CODES.charAt(letter.charCodeAt(0) - 97);
}

// Empty for an empty name.
export function nameSound(plain: string): string {
  if (plain === '') {
    return '';
  }
  const name = /^(kn|gn|pn|wr|ps)/.test(plain) ? plain.slice(1) : plain;
  let sound = firstLetter(name);
  let last = codeOf(name.charAt(0));
  for (let at = 1; at < name.length && sound.length < SOUND_SIZE; at++) {
    at += silentInside(name.slice(at));
    const letter = name.charAt(at);
    if (letter === 'h' || letter === 'w') {
      continue;
    }
    const code = codeOf(letter);
    if (code !== '0' && code !== last) {
      sound += code;
    }
    last = code;
  }
  return sound.padEnd(SOUND_SIZE, '0');
}
