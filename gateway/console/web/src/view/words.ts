// SPDX-License-Identifier: Apache-2.0
// Dates, ages, numbers and states in plain words.
import type { Agency, AgencyState, HeldBack } from './model';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

function parts(date: string): { year: number; month: number; day: number } | null {
  const found = /^([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?$/.exec(date);
  if (found === null) {
    return null;
  }
  return { year: Number(found[1]), month: Number(found[2]), day: Number(found[3] ?? 0) };
}

// "14 July 2026", "July 2026"; a text that is no date stays as it is.
export function dateWords(date: string): string {
  const found = parts(date);
  const month = found === null ? undefined : MONTHS[found.month - 1];
  if (found === null || month === undefined) {
    return date;
  }
  return `${found.day > 0 ? `${found.day} ` : ''}${month} ${found.year}`;
}

// "14-Jul-1989", as patient banners write it.
export function bornWords(date: string): string {
  const found = parts(date);
  const month = found === null ? undefined : MONTHS[found.month - 1];
  if (found === null || month === undefined || found.day === 0) {
    return date;
  }
  return `${String(found.day).padStart(2, '0')}-${month.slice(0, 3)}-${found.year}`;
}

// Whole years at a day; null where it is not known.
export function ageAt(born: string, today: string): number | null {
  const from = parts(born);
  const to = parts(today);
  if (from === null || to === null || from.day === 0) {
    return null;
  }
  const before = to.month < from.month || (to.month === from.month && to.day < from.day);
  const age = to.year - from.year - (before ? 1 : 0);
  return age >= 0 ? age : null;
}

export function dayOf(time: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

// "14 Jul 2026, 09:41"
export function momentWords(time: Date): string {
  const month = MONTHS[time.getMonth()]?.slice(0, 3) ?? '';
  return `${time.getDate()} ${month} ${time.getFullYear()}, ${clockWords(time)}`;
}

export function clockWords(time: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}`;
}

// 3-3-4
export function nhsWords(number: string): string {
  const digits = number.replace(/[\s-]/g, '');
  return /^[0-9]{10}$/.test(digits)
    ? `${digits.slice(0, 3)} ${digits.slice(3, 6)} ${digits.slice(6)}`
    : number;
}

// "known-to-service" -> "Known to service"
export function codeWords(code: string): string {
  const words = code.replace(/[-_]/g, ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

// "category.field" -> "Category: field"
export function itemWords(item: string): string {
  const [category = '', field = ''] = item.split('.');
  return field === '' ? codeWords(category) : codeWords(field);
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

// The mark in brackets where something is held back, by what the decision rests on.
export function markWords(held: HeldBack): string {
  if (/^(CONSENT|OPT_OUT|OBJECTION)/.test(held.code)) {
    return 'person’s choice';
  }
  if (/PRIVILEGE/.test(held.code)) {
    return 'legal privilege';
  }
  if (/^(PROHIBITED|FLOOR)/.test(held.code)) {
    return 'forbidden by the agreement';
  }
  if (/WITHHELD/.test(held.code)) {
    return 'the agency’s decision';
  }
  return 'not needed for this purpose';
}

interface StateWords {
  label: string;
  shape: string; // a second sign beside colour
  why: string;
  next: string;
}

const STATES: Record<AgencyState, StateWords> = {
  waiting: {
    label: 'Asking…',
    shape: '○',
    why: 'The agency has been asked and has a fixed time to answer. It is the same for everybody.',
    next: '',
  },
  answered: {
    label: 'Answered',
    shape: '●',
    why: 'The agency answered. Its entry is in the log.',
    next: 'Telephone the agency about details that are not here.',
  },
  consent: {
    label: 'Person said no to this',
    shape: '✕',
    why: 'The person chose that this agency does not share this for your purpose.',
    next: 'Ask the person. If sharing without asking is lawful, say why on the purpose page.',
  },
  'not-asked': {
    label: 'Not asked',
    shape: '–',
    why:
      'Decided from your role, your purpose and the agreement, before anything was looked up. ' +
      'It says nothing about the person.',
    next: 'Choose another purpose if it is the true one, or telephone the agency.',
  },
  nothing: {
    label: 'Nothing to show',
    shape: '□',
    why:
      'Nothing that may be shown came back. ' +
      'This is the same whether the agency knows the person or not.',
    next: 'If you are worried, telephone the agency’s general number.',
  },
  late: {
    label: 'No answer in time',
    shape: '△',
    why:
      'The agency did not answer within the time that every agency has. ' +
      'It says nothing about the person.',
    next: 'Ask again.',
  },
  unavailable: {
    label: 'Not available',
    shape: '▽',
    why: 'The agency’s system or the way to it is not working. It says nothing about the person.',
    next: 'Telephone the agency.',
  },
  withheld: {
    label: 'Agency decided not to share',
    shape: '✕',
    why: 'The agency looked and decided not to share this. Its decision is in the log.',
    next: 'Telephone the agency.',
  },
};

export function stateWords(state: AgencyState): StateWords {
  return STATES[state];
}

// "4 items, 1 held back"; empty for a state without.
export function countWords(agency: Agency): string {
  if (agency.state !== 'answered') {
    return '';
  }
  const held = agency.heldBack.length > 0 ? `, ${agency.heldBack.length} held back` : '';
  return `${count(agency.itemCount, 'item')}${held}`;
}

// "Answered, 4 items, 1 held back"
export function stateLine(agency: Agency): string {
  const counts = countWords(agency);
  const { label } = stateWords(agency.state);
  return counts === '' ? label : `${label}, ${counts}`;
}
