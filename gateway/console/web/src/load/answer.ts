// SPDX-License-Identifier: Apache-2.0
// From the messages of Disclosures to what the single screen shows, part by part.
import {
  type CanAskReply,
  type ReleasedItem,
  type ReleasedRecord,
  type SourceResult,
  SourceState,
  Standing,
  Treatment,
  type WatchEnd,
  type WatchPart,
} from 'contract/lockgate/v1/disclosures_pb';

import type {
  Agency,
  AgencyState,
  Contact,
  ContactKind,
  Fact,
  Happening,
  PersonView,
} from '../view/model';
import { codeWords, dateWords, dayOf, itemWords } from '../view/words';

const STATES: Record<number, AgencyState> = {
  [SourceState.ANSWERED]: 'answered',
  [SourceState.WITHHELD_BY_CONSENT]: 'consent',
  [SourceState.NOT_PERMITTED]: 'not-asked',
  [SourceState.NOTHING_TO_SHOW]: 'nothing',
  [SourceState.NO_ANSWER_IN_TIME]: 'late',
  [SourceState.UNAVAILABLE]: 'unavailable',
  [SourceState.WITHHELD_BY_SOURCE]: 'withheld',
};

// The rows before anybody answered, in the order of their names, which nothing about the person
// moves.
export function agenciesOf(permits: CanAskReply, names: Map<string, string>): Agency[] {
  const rows = permits.sources.map((source): Agency => {
    const isAsked = source.items.length > 0;
    return {
      id: source.source,
      name: names.get(source.source) ?? codeWords(source.source),
      state: isAsked ? 'waiting' : 'not-asked',
      itemCount: 0,
      heldBack: [],
      sentence: isAsked ? '' : (source.missing[0]?.sentence ?? source.heldBack[0]?.sentence ?? ''),
      asOf: '',
      receipt: '',
    };
  });
  return rows.sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
}

function noteOf(item: ReleasedItem): string {
  const notes: string[] = [];
  if (item.treatment === Treatment.GENERALISE) {
    notes.push(item.rule === '' ? 'made less exact' : `as ${item.rule.replaceAll('-', ' ')}`);
  }
  if (item.treatment === Treatment.PSEUDONYMISE) {
    notes.push('a reference instead');
  }
  if (item.standing === Standing.REPORTED) {
    notes.push('reported');
  }
  if (item.standing === Standing.ASSUMED) {
    notes.push('assumed');
  }
  return notes.join(', ');
}

function fieldOf(item: ReleasedItem): string {
  return item.item.split('.')[1] ?? '';
}

const DATE = /^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$/;

function dateOf(record: ReleasedRecord): string {
  const dated = record.items.map((item) => item.date).filter((date) => DATE.test(date));
  const values = record.items
    .filter((item) => fieldOf(item).endsWith('-date') && DATE.test(item.value))
    .map((item) => item.value);
  return [...dated, ...values].sort().at(-1) ?? '';
}

function factOf(item: ReleasedItem): Fact {
  return {
    label: itemWords(item.item),
    value: DATE.test(item.value) ? dateWords(item.value) : item.value,
    note: noteOf(item),
  };
}

function happeningsOf(agency: Agency, result: SourceResult): Happening[] {
  return result.records.map((record) => ({
    date: dateOf(record),
    agency: agency.name,
    agencyId: agency.id,
    record: record.record,
    facts: record.items.map(factOf),
    asOf: agency.asOf,
  }));
}

function kindOf(relation: string): ContactKind {
  return /household|lives|tenant/i.test(relation) ? 'household' : 'family';
}

function workersOf(agency: Agency, record: ReleasedRecord): Contact[] {
  const textOf = (field: string) =>
    record.items.find((item) => fieldOf(item) === field)?.value ?? '';
  const name = textOf('worker-name');
  const telephone = textOf('worker-phone');
  if (name === '' && telephone === '') {
    return [];
  }
  const tie = record.items.some((item) => item.standing === Standing.REPORTED);
  return [
    {
      id: '',
      label: name === '' ? 'Duty worker' : name,
      reference: '',
      relation: 'works with this person',
      kind: 'worker',
      tie: tie ? 'reported' : 'current',
      agency: agency.name,
      since: dateOf(record) === '' ? '' : `last contact ${dateWords(dateOf(record))}`,
      telephone,
    },
  ];
}

function contactsOf(agency: Agency, result: SourceResult): Contact[] {
  return result.records.flatMap((record) => [
    ...record.links.map(
      (link): Contact => ({
        id: '',
        label: 'A person not named here',
        reference: link.pseudonym.slice(0, 6),
        relation: link.relation,
        kind: kindOf(link.relation),
        tie: /^(former|past|ex)\b/i.test(link.relation) ? 'past' : 'current',
        agency: agency.name,
        since: '',
        telephone: '',
      }),
    ),
    ...workersOf(agency, record),
  ]);
}

// Ids for anchors, unique in the page and free of anything that an agency wrote.
function numbered(contacts: Contact[]): Contact[] {
  return contacts.map((contact, i) => ({ ...contact, id: `n${i + 1}` }));
}

function agencyAfter(agency: Agency, result: SourceResult, receipt: string): Agency {
  return {
    ...agency,
    state: STATES[result.state] ?? 'unavailable',
    itemCount: result.records.reduce((sum, record) => sum + record.items.length, 0),
    heldBack: result.heldBack.map(({ item, code, sentence }) => ({ item, code, sentence })),
    sentence: result.sentence,
    asOf: result.asOfS > 0n ? dateWords(dayOf(new Date(Number(result.asOfS) * 1000))) : '',
    receipt,
  };
}

// Of a signed checkpoint: its second line.
export function checkpointSize(note: string): string {
  const size = note.split('\n')[1] ?? '';
  return /^[0-9]{1,20}$/.test(size) ? size : '';
}

function clock(now: Date): string {
  return now.toTimeString().slice(0, 8);
}

// One agency's part takes the place of what was shown of that agency. A part without its entry in
// the log is not shown: nothing is seen that is not written down.
export function partAdd(view: PersonView, part: WatchPart, now: Date): PersonView {
  const result = part.part?.result;
  const receipt = part.part?.receipt;
  if (result === undefined || receipt === undefined || receipt.leaf.length === 0) {
    return view;
  }
  const index = receipt.index.toString();
  const known = view.agencies.find((agency) => agency.id === result.source);
  if (known === undefined) {
    return view;
  }
  const agency = agencyAfter(known, result, index);
  const others = view.happenings.filter((one) => one.agencyId !== agency.id);
  const contacts = view.contacts.filter((one) => one.agency !== agency.name);
  return {
    ...view,
    agencies: view.agencies.map((one) => (one.id === agency.id ? agency : one)),
    happenings: [...others, ...happeningsOf(agency, result)],
    contacts: numbered([...contacts, ...contactsOf(agency, result)]),
    pseudonym: part.pseudonym === '' ? view.pseudonym : part.pseudonym,
    logSize: checkpointSize(part.checkpoint?.note ?? '') || view.logSize,
    loggedAt: clock(now),
  };
}

const REFUSED = 3;

// Whose part is not here by the end, as nobody waits for it any more.
export function waitingEnd(agencies: Agency[], state: AgencyState): Agency[] {
  return agencies.map((agency) => (agency.state === 'waiting' ? { ...agency, state } : agency));
}

export function endSet(view: PersonView, end: WatchEnd, now: Date): PersonView {
  const verdict = end.verdict;
  const isRefused = verdict?.decision === REFUSED;
  return {
    ...view,
    agencies: waitingEnd(view.agencies, isRefused ? 'not-asked' : 'unavailable'),
    isComplete: true,
    refusal: isRefused
      ? { code: verdict.code, sentence: verdict.sentence, remedy: verdict.remedy }
      : null,
    duties:
      end.duties === undefined
        ? null
        : {
            keepDays: end.duties.keepDays,
            onward: end.duties.onward,
            obligations: end.duties.obligations,
          },
    logSize: checkpointSize(end.checkpoint?.note ?? '') || view.logSize,
    loggedAt: clock(now),
  };
}
