// SPDX-License-Identifier: Apache-2.0
// Where the map puts each contact: a ring for each kind, a sector for each agency, in the order of
// the table. No chance in it: the same household always looks the same, so people remember it.
import type { Contact, ContactKind } from './model';

export interface Place {
  contact: Contact;
  x: number;
  y: number;
}

export const MAP_SIZE = 360;
const CENTRE = MAP_SIZE / 2;
const RADIUS: Record<ContactKind, number> = { household: 66, family: 108, worker: 150 };
const KINDS: ContactKind[] = ['household', 'family', 'worker'];

// The order of table and Tab key: kind, then agency, then name.
export function contactsSorted(contacts: Contact[]): Contact[] {
  return [...contacts].sort(
    (a, b) =>
      KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
      a.agency.localeCompare(b.agency) ||
      a.label.localeCompare(b.label) ||
      a.id.localeCompare(b.id),
  );
}

export function places(contacts: Contact[]): Place[] {
  const sorted = contactsSorted(contacts);
  return KINDS.flatMap((kind, ring) => {
    const ofKind = sorted.filter((contact) => contact.kind === kind);
    // Each ring begins a little further on, so that lines do not run through nodes.
    const start = -Math.PI / 2 + ring * 0.4;
    return ofKind.map((contact, i) => {
      const angle = start + (2 * Math.PI * i) / ofKind.length;
      const x = CENTRE + RADIUS[kind] * Math.cos(angle);
      const y = CENTRE + RADIUS[kind] * Math.sin(angle);
      return { contact, x: Math.round(x * 10) / 10, y: Math.round(y * 10) / 10 };
    });
  });
}
