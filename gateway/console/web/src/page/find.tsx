// SPDX-License-Identifier: Apache-2.0
// From purpose to look-up to the single screen, all in one document: what was typed and what was
// answered live in its memory alone, and go when the view is left.
import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { lookupPrepare } from '../blind/lookup';
import type { Pins } from '../blind/pins';
import type { AgreementText } from '../load/agreement';
import { failureWords } from '../load/client';
import { agreementGet, agreementsList, type InForce, personFind, pinsGet } from '../load/look';
import type { Session } from '../load/session';
import { Failure, type FieldError } from '../view/form';
import { bornOf, FoundPage, LookupPage, lookupErrors, NOBODY } from '../view/lookup';
import type { Asked } from '../view/model';
import { type Need, NO_NEED, needErrors, PurposePage } from '../view/purpose';
import { RefusalBox } from '../view/refusal';
import { lookedByOf } from '../view/session';
import { appElement, focusStep, sessionStart } from './frame';
import { PersonStep } from './person';

type Step = 'purpose' | 'lookup' | 'found' | 'person' | 'ended';

export interface Settled {
  session: Session;
  agreements: InForce[];
  pins: Pins | null;
}

export interface Candidate {
  isEnough: boolean;
  handle: Uint8Array;
  receipt: string;
}

function textsOf(form: HTMLFormElement): (name: string) => string {
  const data = new FormData(form);
  return (name) => String(data.get(name) ?? '');
}

export function needOf(form: HTMLFormElement, before: Need): Need {
  const text = textsOf(form);
  return {
    agreement: text('agreement') || before.agreement,
    purpose: text('purpose'),
    basis: text('basis'),
    caseReference: text('caseReference'),
    ageClass: text('ageClass'),
    noConsentReason: text('noConsentReason'),
    proportionate: text('proportionate'),
    necessary: text('necessary'),
    leastIntrusive: text('leastIntrusive'),
  };
}

function askedOf(form: HTMLFormElement): Asked {
  const text = textsOf(form);
  return {
    family: text('family').trim(),
    given: text('given').trim(),
    born: bornOf(text('day'), text('month'), text('year')),
    postcode: text('postcode').trim(),
    scheme: text('scheme'),
    identifier: text('identifier').trim(),
  };
}

interface State {
  step: Step;
  need: Need;
  agreement: AgreementText;
  asked: Asked;
  candidate: Candidate | null;
  errors: FieldError[];
  failure: string[];
  refusal: Parameters<typeof RefusalBox>[0]['refusal'] | null;
  isBusy: boolean;
}

function useFlow({ session, pins }: Settled, first: AgreementText, agreementId: string) {
  const [state, setState] = useState<State>({
    step: 'purpose',
    need: { ...NO_NEED, agreement: agreementId },
    agreement: first,
    asked: NOBODY,
    candidate: null,
    errors: [],
    failure: [],
    refusal: null,
    isBusy: false,
  });
  const set = (part: Partial<State>) => setState((before) => ({ ...before, ...part }));

  async function needChange(form: HTMLFormElement | null, part: Partial<Need>) {
    const need = { ...(form === null ? state.need : needOf(form, state.need)), ...part };
    set({ need });
    if (part.agreement !== undefined) {
      const agreement = await agreementGet(part.agreement).catch(() => null);
      set(agreement === null ? { failure: ['The agreement could not be read.'] } : { agreement });
    }
  }

  function needSubmit(form: HTMLFormElement) {
    const need = needOf(form, state.need);
    const errors = needErrors(need);
    set({ need, errors, step: errors.length === 0 ? 'lookup' : 'purpose' });
  }

  async function find(form: HTMLFormElement) {
    if (state.isBusy) {
      return;
    }
    const asked = askedOf(form);
    const plan = lookupPrepare(asked);
    const errors = lookupErrors(plan.flaws, plan.batches.length);
    if (errors.length > 0 || pins === null) {
      const failure = pins === null ? NO_PINS : [];
      set({ asked, errors, failure });
      return;
    }
    set({ asked, errors: [], failure: [], refusal: null, isBusy: true });
    try {
      const found = await personFind(plan, state.need, pins);
      const step = found.refusal === null ? 'found' : 'lookup';
      set({ isBusy: false, refusal: found.refusal, candidate: found, step });
    } catch (failure) {
      set({ isBusy: false, failure: failureWords(failure) });
    }
  }

  return { state, set, needChange, needSubmit, find, lookedBy: lookedByOf(session) };
}

const NO_PINS = [
  'Looking people up is not set up here.',
  'The gateway has no pinned keys for this console, so that a look-up could not be checked.',
  'Tell whoever runs the gateway.',
];

function Find({ settled, first }: { settled: Settled; first: AgreementText }) {
  const flow = useFlow(settled, first, settled.agreements[0]?.value ?? '');
  const { state, set } = flow;
  const isFirst = useRef(true);
  // A step, an error, a failure: somebody's own doing, so focus goes with it.
  useEffect(() => {
    if (!isFirst.current) {
      focusStep();
    }
    isFirst.current = false;
  }, [state.step, state.errors, state.failure, state.refusal]);

  if (state.step === 'person' && state.candidate !== null) {
    return (
      <PersonStep
        settled={settled}
        need={state.need}
        agreement={state.agreement}
        asked={state.asked}
        candidate={state.candidate}
        onEnd={() => set({ step: 'ended', asked: NOBODY, candidate: null })}
      />
    );
  }
  return (
    <>
      {state.failure.length > 0 && <Failure sentences={state.failure} />}
      {state.refusal !== null && <RefusalBox refusal={state.refusal} />}
      <Steps flow={flow} settled={settled} />
    </>
  );
}

function submitted(act: (form: HTMLFormElement) => void) {
  return (event: SubmitEvent) => {
    event.preventDefault();
    act(event.currentTarget as HTMLFormElement);
  };
}

function Steps({ flow, settled }: { flow: ReturnType<typeof useFlow>; settled: Settled }) {
  const { state, set } = flow;
  switch (state.step) {
    case 'lookup':
      return (
        <LookupPage
          asked={state.asked}
          errors={state.errors}
          isBusy={state.isBusy}
          onSubmit={submitted((form) => void flow.find(form))}
          onBack={() => set({ step: 'purpose', errors: [], refusal: null, failure: [] })}
        />
      );
    case 'found':
      return (
        <FoundPage
          isEnough={state.candidate?.isEnough ?? false}
          receipt={state.candidate?.receipt ?? ''}
          onOpen={() => set({ step: 'person' })}
          onNarrow={() => set({ step: 'lookup', candidate: null })}
        />
      );
    case 'ended':
      return <Ended onAgain={() => set({ step: 'lookup' })} />;
    default:
      return (
        <PurposePage
          need={state.need}
          agreement={state.agreement}
          agreements={settled.agreements}
          lookedBy={flow.lookedBy}
          errors={state.errors}
          onChange={(part) => void flow.needChange(document.querySelector('form.lg-form'), part)}
          onSubmit={submitted(flow.needSubmit)}
        />
      );
  }
}

function Ended({ onAgain }: { onAgain: () => void }) {
  return (
    <>
      <h1 class="govuk-heading-l" id="heading" tabIndex={-1}>
        The view has ended
      </h1>
      <p class="govuk-body">
        What was shown is wiped from this page. The log keeps that you looked, and why.
      </p>
      <button type="button" class="govuk-button" onClick={onAgain}>
        Look again
      </button>
    </>
  );
}

async function start(): Promise<void> {
  const app = appElement();
  const wipe = () => render(null, app);
  try {
    const session = await sessionStart(wipe);
    if (session === null) {
      return;
    }
    const [agreements, pins] = await Promise.all([agreementsList(), pinsGet()]);
    const first = agreements[0] === undefined ? null : await agreementGet(agreements[0].value);
    if (first === null) {
      render(<Failure sentences={NO_AGREEMENT} />, app);
      return;
    }
    render(<Find settled={{ session, agreements, pins }} first={first} />, app);
  } catch (failure) {
    render(<Failure sentences={failureWords(failure)} />, app);
  }
}

const NO_AGREEMENT = [
  'No agreement is in force.',
  'Without one nobody may be asked.',
  'Ask your information governance officer.',
];

void start();
