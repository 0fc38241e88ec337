// SPDX-License-Identifier: Apache-2.0
// The log, as an officer's own side of it is read: one page of hits at a time, each with its proof.
import { createClient } from '@connectrpc/connect';
import {
  Audit,
  type AuditHit,
  AuditKind,
  AuditOutcome,
  AuditSide,
} from 'contract/lockgate/v1/audit_pb';
import type { Receipt as ReceiptMessage } from 'contract/lockgate/v1/common_pb';

import type { Receipt } from '../proof/proof';
import type { Disclosure, Filter } from '../view/disclosures';
import type { Refusal } from '../view/model';
import { momentWords } from '../view/words';
import { transport } from './client';

const audit = createClient(Audit, transport);

const REFUSED = 3;
export const PAGE_SIZE = 25;

const OUTCOMES: Record<string, AuditOutcome> = {
  permitted: AuditOutcome.PERMITTED,
  partial: AuditOutcome.PARTIAL,
  refused: AuditOutcome.REFUSED,
  'not-delivered': AuditOutcome.NOT_DELIVERED,
  abandoned: AuditOutcome.ABANDONED,
};

const KINDS: Record<string, AuditKind> = {
  ask: AuditKind.ASK,
  release: AuditKind.RELEASE,
  denial: AuditKind.DENIAL,
  search: AuditKind.SEARCH,
  consent: AuditKind.CONSENT,
};

const SIDES: Record<string, AuditSide> = {
  asked: AuditSide.REQUESTER,
  'was-asked': AuditSide.SOURCE,
};

function wordOf<T>(words: Record<string, T>, value: T): string {
  return Object.entries(words).find(([, one]) => one === value)?.[0] ?? '';
}

function receiptOf(message: ReceiptMessage): Receipt {
  const { index, leaf, path, salt, detail } = message;
  return { index, leaf, path, salt, detail };
}

// A source's leaf tells the day alone.
function whenOf(hit: AuditHit): string {
  const time = new Date(Number(hit.timeMs));
  const words = momentWords(time);
  return hit.side === AuditSide.SOURCE ? words.replace(/, .*/, '') : words;
}

function disclosureOf(hit: AuditHit, receipt: ReceiptMessage, note: string): Disclosure {
  return {
    index: hit.index.toString(),
    when: whenOf(hit),
    kind: (AuditKind[hit.kind] ?? '').toLowerCase(),
    outcome: wordOf(OUTCOMES, hit.outcome),
    side: wordOf(SIDES, hit.side),
    requester: hit.requester,
    source: hit.source,
    agreement: hit.agreement,
    version: hit.agreementVersion,
    purpose: hit.purpose,
    basis: hit.basis,
    reason: hit.reason,
    isEmergency: hit.emergency,
    recordCount: hit.recordCount,
    receipt: receiptOf(receipt),
    note,
  };
}

export interface Found {
  disclosures: Disclosure[];
  cursor: Uint8Array;
  coveredSize: string;
  refusal: Refusal | null;
}

function dayMs(day: string, days: number): bigint {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(day)) {
    return 0n;
  }
  const time = new Date(`${day}T00:00:00`);
  time.setDate(time.getDate() + days);
  return BigInt(time.getTime());
}

export async function disclosuresFind(filter: Filter, cursor: Uint8Array): Promise<Found> {
  const reply = await audit.search({
    ground: {
      agreement: filter.agreement,
      purpose: filter.purpose,
      lawfulBasis: filter.basis,
      caseReference: filter.caseReference.trim(),
    },
    fromMs: dayMs(filter.from, 0),
    toMs: dayMs(filter.to, 1),
    most: PAGE_SIZE,
    side: SIDES[filter.side] ?? AuditSide.UNSPECIFIED,
    kind: KINDS[filter.kind] ?? AuditKind.UNSPECIFIED,
    outcome: OUTCOMES[filter.outcome] ?? AuditOutcome.UNSPECIFIED,
    agency: filter.agency,
    emergency: filter.isEmergency,
    cursor,
  });
  const { verdict } = reply;
  const note = reply.checkpoint?.note ?? '';
  return {
    disclosures: reply.hits.flatMap((hit, i) => {
      const receipt = reply.entries[i];
      return receipt === undefined ? [] : [disclosureOf(hit, receipt, note)];
    }),
    cursor: reply.cursor,
    coveredSize: reply.coveredSize.toString(),
    refusal:
      verdict?.decision === REFUSED
        ? { code: verdict.code, sentence: verdict.sentence, remedy: verdict.remedy }
        : null,
  };
}
