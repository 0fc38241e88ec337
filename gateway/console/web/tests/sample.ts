// SPDX-License-Identifier: Apache-2.0
// A made-up person's screen in every state, for tests of views and for browser tests.
import type { Agency, AgencyState, Contact, Happening, PersonView } from '../src/view/model';

function agency(id: string, name: string, state: AgencyState, part: Partial<Agency> = {}): Agency {
  return {
    id,
    name,
    state,
    itemCount: 0,
    heldBack: [],
    sentence: '',
    asOf: '',
    receipt: state === 'waiting' ? '' : '48211',
    ...part,
  };
}

export const AGENCIES: Agency[] = [
  agency('housing', 'Bridgewater Homes', 'answered', {
    itemCount: 4,
    asOf: '30 November 2026',
    heldBack: [
      { item: 'tenancy.rent-arrears', code: 'NO_CLAUSE', sentence: 'No clause shares this.' },
      { item: 'tenancy.asb-complaints', code: 'CONSENT_REFUSED', sentence: 'The person said no.' },
    ],
  }),
  agency('police', 'Bridgewater police', 'answered', { itemCount: 2 }),
  agency('childrens-care', 'Children’s social care', 'nothing'),
  agency('adults-care', 'Adults’ social care', 'consent'),
  agency('mh-trust', 'Mental health trust', 'nothing'),
  agency('gp', 'GP practices', 'late'),
  agency('voluntary', 'Family support', 'unavailable'),
  agency('probation', 'Probation', 'not-asked', {
    sentence: 'Your role may ask Probation only for: crime prevention.',
  }),
];

const HAPPENINGS: Happening[] = [
  {
    date: '2026-11-12',
    agency: 'Bridgewater Homes',
    agencyId: 'housing',
    record: 'r1',
    facts: [
      { label: 'Tenancy status', value: 'Notice served', note: '' },
      { label: 'Property condition', value: 'Damp in two rooms', note: 'reported' },
    ],
    asOf: '',
  },
  {
    date: '2026-11',
    agency: 'Bridgewater police',
    agencyId: 'police',
    record: 'r2',
    facts: [{ label: 'Incident count', value: '1 to 2', note: 'as a band' }],
    asOf: '',
  },
  {
    date: '',
    agency: 'Bridgewater Homes',
    agencyId: 'housing',
    record: 'r3',
    facts: [{ label: 'Known to service', value: 'yes', note: '' }],
    asOf: '',
  },
];

const CONTACTS: Contact[] = [
  ['c1', 'A person not named here', 'parent of', 'family', 'current', 'Children’s social care'],
  ['c2', 'A person not named here', 'lives with', 'household', 'current', 'Bridgewater Homes'],
  ['c3', 'R. Sample', 'housing officer', 'worker', 'current', 'Bridgewater Homes'],
  ['c4', 'A. Example', 'neighbourhood officer', 'worker', 'reported', 'Bridgewater police'],
  ['c5', 'A person not named here', 'former partner', 'family', 'past', 'Bridgewater police'],
].map(([id, label, relation, kind, tie, from]) => ({
  id: id as string,
  label: label as string,
  reference: kind === 'worker' ? '' : `x9d4${id}`,
  relation: relation as string,
  kind: kind as Contact['kind'],
  tie: tie as Contact['tie'],
  agency: from as string,
  since: 'last contact March 2025',
  telephone: kind === 'worker' ? '0161 496 0144' : '',
}));

export const FULL: PersonView = {
  asked: {
    family: 'Example',
    given: 'Mary',
    born: '1989-07-14',
    postcode: 'm16 0ki',
    scheme: 'nhs',
    identifier: '9990000018',
  },
  ground: {
    agreement: 'bridgewater',
    agreementTitle: 'Bridgewater multi-agency support, demonstration',
    purpose: 'adult-safeguarding',
    purposeTitle: 'Protect an adult at risk from harm',
    basis: 'care-act',
    basisTitle: 'Care Act 2014 s.6, s.42 and s.45',
    caseReference: 'DEMO-2026-114',
  },
  tier: 'headline',
  pseudonym: 'mzxw6ytboi2fkq3c',
  agencies: AGENCIES,
  happenings: HAPPENINGS,
  contacts: CONTACTS,
  duties: { keepDays: 90, onward: 'no', obligations: ['objection-noted'] },
  refusal: null,
  logSize: '48217',
  loggedAt: '09:41:02',
  isComplete: true,
  isSynthetic: true,
  lookedBy: 'Chris Example, coordinator, Bridgewater coordination hub',
  lookedAt: '1 Dec 2026, 09:41',
  hiddenAgencies: [],
  endsAt: '09:51',
};

export const WAITING: PersonView = {
  ...FULL,
  agencies: AGENCIES.map((one) => agency(one.id, one.name, 'waiting')),
  happenings: [],
  contacts: [],
  duties: null,
  pseudonym: '',
  logSize: '',
  loggedAt: '',
  isComplete: false,
};

export const REFUSED: PersonView = {
  ...WAITING,
  agencies: AGENCIES.map((one) => agency(one.id, one.name, 'not-asked')),
  isComplete: true,
  logSize: '48218',
  loggedAt: '09:42:10',
  refusal: {
    code: 'NO_CLAUSE',
    sentence: 'No clause shares this with this role for this purpose.',
    remedy: 'Ask for safeguarding, if that is the true purpose, and name the Care Act.',
  },
};
