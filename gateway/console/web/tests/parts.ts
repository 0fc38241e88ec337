// SPDX-License-Identifier: Apache-2.0
// What agencies answer in browser tests: made-up records that reach every state of the screen.
import { SourceState } from 'contract/lockgate/v1/disclosures_pb';

interface Item {
  item: string;
  value: string;
  date?: string;
  treatment?: number;
  rule?: string;
  standing?: number;
}

export interface Part {
  source: string;
  state: SourceState;
  sentence?: string;
  asOfS?: bigint;
  records?: {
    record: string;
    items: Item[];
    links?: { pseudonym: string; relation: string }[];
  }[];
  heldBack?: { item: string; code: string; sentence: string; clause?: string }[];
}

function contact(name: string, phone: string, last: string): Item[] {
  return [
    { item: 'contact.known-to-service', value: 'yes' },
    { item: 'contact.worker-name', value: name },
    { item: 'contact.worker-phone', value: phone },
    { item: 'contact.last-contact-date', value: last, treatment: 2, rule: 'month' },
  ];
}

const HOUSING: Part = {
  source: 'housing',
  state: SourceState.ANSWERED,
  asOfS: 1796083200n,
  records: [
    {
      record: 'r1',
      items: [
        { item: 'tenancy.tenancy-status', value: 'Notice served', date: '2026-11-12', standing: 1 },
        {
          item: 'tenancy.property-condition',
          value: 'Damp in two rooms; repair asked for twice',
          standing: 2,
        },
      ],
      links: [
        { pseudonym: 'x9d4aaaa', relation: 'lives with' },
        { pseudonym: 'm3n8bbbb', relation: 'parent of' },
        { pseudonym: 'k2p7cccc', relation: 'former partner of' },
      ],
    },
    { record: 'r2', items: contact('R. Sample', '0161 496 0144', '2026-11') },
  ],
  heldBack: [
    {
      item: 'tenancy.rent-arrears',
      code: 'NO_CLAUSE',
      sentence: 'No clause shares this with this role for this purpose.',
    },
    { item: 'tenancy.asb-complaints', code: 'CONSENT_REFUSED', sentence: 'The person said no.' },
  ],
};

const POLICE: Part = {
  source: 'police',
  state: SourceState.ANSWERED,
  records: [
    {
      record: 'r3',
      items: [
        {
          item: 'incidents.incident-count',
          value: '1 to 2',
          treatment: 2,
          rule: 'count-band',
          date: '2026-10-03',
        },
      ],
    },
    { record: 'r4', items: contact('A. Example', '0161 496 0101', '2026-10') },
  ],
};

// In the order in which they come.
export function sampleParts(): Part[] {
  return [
    {
      source: 'probation',
      state: SourceState.NOT_PERMITTED,
      sentence: 'Your role may ask Probation only to prevent crime.',
    },
    POLICE,
    HOUSING,
    {
      source: 'adults-care',
      state: SourceState.WITHHELD_BY_CONSENT,
      sentence: 'The person refused consent.',
    },
    { source: 'childrens-care', state: SourceState.NOTHING_TO_SHOW },
    { source: 'mh-trust', state: SourceState.NOTHING_TO_SHOW },
    {
      source: 'voluntary',
      state: SourceState.UNAVAILABLE,
      sentence: 'The agency cannot be reached.',
    },
    { source: 'gp', state: SourceState.NO_ANSWER_IN_TIME },
  ];
}

// Every text of every agency is one of the strings; each string is in every kind of text.
export function poisonedParts(strings: readonly string[]): Part[] {
  const evil = (at: number) => strings[at % strings.length] ?? '';
  return sampleParts().map((part, agency) => ({
    ...part,
    sentence: evil(agency),
    records: (part.records ?? []).length === 0 ? [] : strings.map((text, i) => poisoned(text, i)),
    heldBack: strings.map((text) => ({ item: text, code: text, sentence: text, clause: text })),
  }));
}

function poisoned(text: string, i: number) {
  return {
    record: `${text}${i}`,
    items: [
      { item: `tenancy.${text}`, value: text, date: text, rule: text, treatment: 2 },
      { item: 'contact.worker-name', value: text },
      { item: 'contact.worker-phone', value: text },
    ],
    links: [{ pseudonym: text, relation: text }],
  };
}
