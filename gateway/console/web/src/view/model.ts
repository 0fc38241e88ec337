// SPDX-License-Identifier: Apache-2.0
// What the single screen shows, as plain data: the views draw it and nothing else.

// In the order of the contract; "waiting" is before an agency's part is here.
export type AgencyState =
  | 'waiting'
  | 'answered'
  | 'consent'
  | 'not-asked'
  | 'nothing'
  | 'late'
  | 'unavailable'
  | 'withheld';

export interface HeldBack {
  item: string;
  code: string;
  sentence: string;
}

export interface Agency {
  id: string;
  name: string;
  state: AgencyState;
  itemCount: number;
  heldBack: HeldBack[];
  // One sentence of the gateway for a state other than answered.
  sentence: string;
  asOf: string; // how old its data is; empty: not known
  receipt: string; // position of its entry in the log; empty while waiting
}

// What somebody typed to find the person; lives in the page's memory until the view is left.
export interface Asked {
  family: string;
  given: string;
  born: string; // YYYY-MM-DD
  postcode: string;
  scheme: string;
  identifier: string;
}

export interface Fact {
  label: string;
  value: string;
  // How the value was changed or how sure the source is; empty where it is as the source has it.
  note: string;
}

export interface Happening {
  date: string; // YYYY-MM-DD or YYYY-MM; empty: not known
  agency: string; // name
  agencyId: string;
  record: string; // reference
  facts: Fact[];
  asOf: string;
}

export type ContactKind = 'household' | 'family' | 'worker';
export type Tie = 'current' | 'past' | 'reported';

export interface Contact {
  id: string; // for anchors: letters and digits
  label: string;
  reference: string; // of a person who is not named, short; empty: named
  relation: string;
  kind: ContactKind;
  tie: Tie;
  agency: string;
  since: string; // such as "last contact July 2026"; empty: not known
  telephone: string;
}

export interface Refusal {
  code: string;
  sentence: string;
  remedy: string; // what would make it lawful; empty: nothing would
}

export interface Ground {
  agreement: string;
  agreementTitle: string;
  purpose: string;
  purposeTitle: string;
  basis: string;
  basisTitle: string;
  caseReference: string;
}

export interface Duties {
  keepDays: number;
  onward: string;
  obligations: string[];
}

export interface PersonView {
  asked: Asked;
  ground: Ground;
  tier: 'headline' | 'detail';
  pseudonym: string;
  agencies: Agency[];
  happenings: Happening[];
  contacts: Contact[];
  duties: Duties | null;
  refusal: Refusal | null;
  // Of the newest checkpoint: its size; empty until a part is here.
  logSize: string;
  loggedAt: string; // HH:MM:SS
  isComplete: boolean;
  isSynthetic: boolean;
  // Who looks, for the page when it is printed.
  lookedBy: string;
  lookedAt: string; // 14 Jul 2026, 09:41
  // Agencies and months to leave out of the timeline; of this view only.
  hiddenAgencies: string[];
  endsAt: string; // HH:MM, when the handle ends
}

export function agencyCounts(view: PersonView): { answered: number; all: number } {
  const isIn = (agency: Agency) => agency.state === 'answered' || agency.state === 'nothing';
  return { answered: view.agencies.filter(isIn).length, all: view.agencies.length };
}
