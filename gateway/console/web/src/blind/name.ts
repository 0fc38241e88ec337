// SPDX-License-Identifier: Apache-2.0
// Names to plain a-z, by the rules of gateway/edge/name.c: each code point is decomposed
// (compatibility), case-folded and stripped of its marks; what is then a-z is kept, a few letters
// without a decomposition have a spelling, and any other letter makes the whole name missing: half
// a name would be a token of somebody else. tests/blind.test.ts compares every code point of
// Unicode with the C edge.

import { isLater } from './later';

const NAME_BYTES_MAX = 256; // LIMIT_EDGE_NAME: as given, in UTF-8
const PLAIN_MAX = 64; // EDGE_NAME_SIZE
const WORDS_MAX = 16;
const WORDS_TEXT_MAX = PLAIN_MAX * 2;

// Letters that Unicode does not decompose, after case folding.
const SPELLINGS = new Map<string, string>([
  ['\u00e6', 'ae'],
  ['\u00f0', 'd'],
  ['\u00f8', 'o'],
  ['\u00fe', 'th'],
  ['\u0111', 'd'],
  ['\u0127', 'h'],
  ['\u0131', 'i'],
  ['\u0138', 'k'],
  ['\u0142', 'l'],
  ['\u014b', 'ng'],
  ['\u0153', 'oe'],
  ['\u0167', 't'],
  ['\u0180', 'b'],
  ['\u0188', 'c'],
  ['\u018f', 'e'],
  ['\u0192', 'f'],
  ['\u01b6', 'z'],
  ['\u0259', 'e'],
]);

const TITLES = new Set(
  'mr mrs ms miss mx dr doctor prof professor rev revd master mstr sir dame cllr'.split(' '),
);
const SUFFIXES = new Set('jr jnr sr snr esq mbe obe cbe'.split(' '));

// Directions, controls, private, unassigned: they are there to make one name look like another.
const HOSTILE = /^(?!\t)[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\p{Cc}\p{Cn}\p{Co}\p{Cs}]$/u;
const IGNORED = /^\p{Default_Ignorable_Code_Point}$/u;
const MARK = /^\p{M}$/u;
const LETTER = /^\p{L}$/u;
// Apostrophes that Unicode counts among the letters (okina and its relatives).
const LETTER_MARK = /^[\u02b9-\u02cf]$/u;
// A word ends here; hyphens and apostrophes join what stands on both sides.
const BREAK = /^[\p{Zs}\t.,()/;]$/u;

// Unicode's full case folding, which is what lower, upper, lower come to.
function caseFold(piece: string): string {
  return piece.toLowerCase().toUpperCase().toLowerCase();
}

// One code point as the plain pieces that it stands for. Three rounds are enough: a compatibility
// form, the letter that it has, and that letter's folding.
function piecesOf(point: string): string[] {
  let pieces = [point];
  for (let round = 0; round < 4; round++) {
    pieces = pieces
      .filter((piece) => !IGNORED.test(piece) && !MARK.test(piece))
      .flatMap((piece) => Array.from(caseFold(piece).normalize('NFKD')));
  }
  return pieces.filter((piece) => !IGNORED.test(piece) && !MARK.test(piece));
}

class Words {
  readonly list: string[] = [];
  private length = 0;
  private open = false;

  // False: more words or letters than a name has.
  letters(text: string): boolean {
    if (!this.open) {
      if (this.list.length === WORDS_MAX) {
        return false;
      }
      this.list.push('');
      this.open = true;
    }
    this.length += text.length;
    this.list[this.list.length - 1] += text;
    return this.length <= WORDS_TEXT_MAX;
  }

  close(): void {
    this.open = false;
  }
}

// One piece. False: the name cannot be told in plain letters.
function pieceAdd(words: Words, piece: string): boolean {
  const plain = /^[a-z]$/.test(piece) ? piece : SPELLINGS.get(piece);
  if (plain !== undefined) {
    return words.letters(plain);
  }
  if (BREAK.test(piece)) {
    words.close();
  }
  return !LETTER.test(piece) || LETTER_MARK.test(piece);
}

function wordsOf(given: string): string[] | null {
  const words = new Words();
  for (const point of given) {
    if (HOSTILE.test(point) || isLater(point.codePointAt(0) ?? 0)) {
      return null;
    }
    if (!piecesOf(point).every((piece) => pieceAdd(words, piece))) {
      return null;
    }
  }
  return words.list;
}

// The name as plain a-z, empty where nothing is left; null where it cannot be told in plain letters
// or is too long.
export function nameFold(given: string): string | null {
  if (new TextEncoder().encode(given).length > NAME_BYTES_MAX) {
    return null;
  }
  const words = wordsOf(given);
  if (words === null) {
    return null;
  }
  let first = 0;
  let last = words.length;
  // At least one word stays: "Master" alone is a family name.
  while (last - first > 1 && TITLES.has(words[first] ?? '')) {
    first++;
  }
  while (last - first > 1 && SUFFIXES.has(words[last - 1] ?? '')) {
    last--;
  }
  const plain = words.slice(first, last).join('');
  return plain.length <= PLAIN_MAX ? plain : null;
}
