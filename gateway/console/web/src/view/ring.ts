// SPDX-License-Identifier: Apache-2.0
// Where the map puts each contact: a ring for each kind, a sector for each agency. No chance in it:
// the same household always looks the same, so people remember it.
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

// In the order of the table. Each contact has a direction of its own, so that no line runs through
// a node; those of one agency are side by side.
export function places(contacts: Contact[]): Place[] {
  const sorted = contactsSorted(contacts);
  const bySector = [...sorted].sort((a, b) => a.agency.localeCompare(b.agency));
  return sorted.map((contact) => {
    const angle = -Math.PI / 2 + (2 * Math.PI * bySector.indexOf(contact)) / bySector.length;
    const x = CENTRE + RADIUS[contact.kind] * Math.cos(angle);
    const y = CENTRE + RADIUS[contact.kind] * Math.sin(angle);
    return { contact, x: Math.round(x * 10) / 10, y: Math.round(y * 10) / 10 };
  });
}
