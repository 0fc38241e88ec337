// SPDX-License-Identifier: Apache-2.0
// The calls of one look, in their order: agreements, pinned keys, Evaluate, Find, CanAsk, Watch.
import { createClient } from '@connectrpc/connect';
import { AgreementState, Agreements } from 'contract/lockgate/v1/agreements_pb';
import { AgeClass } from 'contract/lockgate/v1/common_pb';
import { Disclosures, Tier } from 'contract/lockgate/v1/disclosures_pb';
import { FindBand, Subjects } from 'contract/lockgate/v1/subjects_pb';

import { lookupFinish, type Plan } from '../blind/lookup';
import { type Pins, pinsRead } from '../blind/pins';
import type { PersonView, Refusal } from '../view/model';
import { accountableWords, lawfulWords, type Need } from '../view/purpose';
import { type AgreementText, agreementRead } from './agreement';
import { agenciesOf, endSet, partAdd } from './answer';
import { randomId, transport } from './client';

const agreements = createClient(Agreements, transport);
const subjects = createClient(Subjects, transport);
const disclosures = createClient(Disclosures, transport);

const REFUSED = 3;
const IN_FORCE = new Set<AgreementState>([
  AgreementState.ACTIVE,
  AgreementState.REVIEW_DUE,
  AgreementState.GRACE,
]);

export interface InForce {
  value: string;
  label: string;
}

export async function agreementsList(): Promise<InForce[]> {
  const reply = await agreements.list({});
  return reply.agreements
    .filter((one) => IN_FORCE.has(one.state))
    .map(({ id, title }) => ({ value: id, label: title === '' ? id : title }));
}

export async function agreementGet(id: string): Promise<AgreementText> {
  const reply = await agreements.get({ id });
  return agreementRead(new TextDecoder().decode(reply.text));
}

// Null: this installation has none, and nobody can be looked up.
export async function pinsGet(): Promise<Pins | null> {
  const answer = await fetch('/pins', { headers: { 'lockgate-console': '1' } });
  return answer.ok ? pinsRead(await answer.text()) : null;
}

function groundOf(need: Need) {
  return {
    agreement: need.agreement,
    purpose: need.purpose,
    lawfulBasis: need.basis,
    caseReference: need.caseReference.trim(),
  };
}

const AGES: Record<string, AgeClass> = { child: AgeClass.CHILD, adult: AgeClass.ADULT };

function ageOf(need: Need): AgeClass {
  return AGES[need.ageClass] ?? AgeClass.UNSPECIFIED;
}

export interface Found {
  isEnough: boolean;
  handle: Uint8Array;
  receipt: string;
  refusal: Refusal | null;
}

// What was typed is gone by now: the plan holds blinded elements, and is wiped by the end.
export async function personFind(plan: Plan, need: Need, pins: Pins): Promise<Found> {
  const ground = groundOf(need);
  const evaluated = await subjects.evaluate({ ground, batches: plan.batches });
  const tokens = lookupFinish(plan, evaluated.batches, pins);
  const reply = await subjects.find({
    requestId: randomId(),
    person: { ref: { case: 'tokens', value: { tokens } } },
    ground,
    ageClass: ageOf(need),
  });
  const { verdict } = reply;
  return {
    isEnough: reply.band === FindBand.ENOUGH,
    handle: reply.handle,
    receipt: reply.receipt?.index.toString() ?? '',
    refusal:
      verdict?.decision === REFUSED
        ? { code: verdict.code, sentence: verdict.sentence, remedy: verdict.remedy }
        : null,
  };
}

// The rows of the screen, before anybody is asked. Nothing is looked up for it.
export async function agenciesGet(need: Need, names: Map<string, string>) {
  const permits = await disclosures.canAsk({
    ground: groundOf(need),
    ageClass: ageOf(need),
    noConsentReason: need.noConsentReason,
    reasons: { proportionate: need.proportionate, necessary: need.necessary },
  });
  return agenciesOf(permits, names);
}

export interface Question {
  need: Need;
  agreement: AgreementText;
  handle: Uint8Array;
  lookedBy: string;
  // Whom to ask; empty: all.
  sources: string[];
  signal: AbortSignal;
}

// Asks, and gives the screen as it is after each part that came.
export async function* watch(view: PersonView, question: Question): AsyncGenerator<PersonView> {
  const { need, agreement, handle, lookedBy, sources, signal } = question;
  const request = {
    requestId: randomId(),
    person: { ref: { case: 'handle' as const, value: handle } },
    sources,
    tier: view.tier === 'detail' ? Tier.DETAIL : Tier.HEADLINE,
    ground: groundOf(need),
    ageClass: ageOf(need),
    noConsentReason: need.noConsentReason,
    reasons: {
      proportionate: need.proportionate.trim(),
      lawful: lawfulWords(need, agreement),
      accountable: accountableWords(need, lookedBy),
      necessary: need.necessary.trim(),
      leastIntrusive: need.leastIntrusive.trim(),
    },
  };
  let shown = view;
  for await (const reply of disclosures.watch(request, { signal })) {
    if (reply.event.case === 'part') {
      shown = partAdd(shown, reply.event.value, new Date());
    } else if (reply.event.case === 'end') {
      shown = endSet(shown, reply.event.value, new Date());
    }
    yield shown;
  }
}
