// SPDX-License-Identifier: Apache-2.0
// The single screen at work: asks, shows each part as it comes, announces it, and ends when the
// handle does or the view is left.
import { useEffect, useRef, useState } from 'preact/hooks';

import type { AgreementText } from '../load/agreement';
import { Announcer } from '../load/announce';
import { waitingEnd } from '../load/answer';
import { failureWords } from '../load/client';
import { agenciesGet, watch } from '../load/look';
import { Failure } from '../view/form';
import { type Asked, agencyCounts, type PersonView } from '../view/model';
import { PersonScreen } from '../view/person';
import { DetailPage, detailErrors, type Need } from '../view/purpose';
import { lookedByOf } from '../view/session';
import { clockWords, dayOf, momentWords, stateLine } from '../view/words';
import type { Candidate, Settled } from './find';

const HANDLE_MS = 10 * 60 * 1000; // Subjects.Find

export interface PersonProps {
  settled: Settled;
  need: Need;
  agreement: AgreementText;
  asked: Asked;
  candidate: Candidate;
  onEnd: () => void;
}

function viewStart(props: PersonProps, now: Date): PersonView {
  const { need, agreement, settled, asked } = props;
  const titleOf = (list: { id: string; title: string }[], id: string) =>
    list.find((one) => one.id === id)?.title ?? id;
  return {
    asked,
    ground: {
      agreement: need.agreement,
      agreementTitle: agreement.title,
      purpose: need.purpose,
      purposeTitle: titleOf(agreement.purposes, need.purpose),
      basis: need.basis,
      basisTitle: titleOf(agreement.bases, need.basis),
      caseReference: need.caseReference.trim(),
    },
    tier: 'headline',
    pseudonym: '',
    agencies: [],
    happenings: [],
    contacts: [],
    duties: null,
    refusal: null,
    logSize: '',
    loggedAt: '',
    isComplete: false,
    isSynthetic: settled.session.isSynthetic,
    lookedBy: lookedByOf(settled.session),
    lookedAt: momentWords(now),
    hiddenAgencies: [],
    endsAt: clockWords(new Date(now.getTime() + HANDLE_MS)),
  };
}

// What changed between two screens, for the live region.
export function changesOf(before: PersonView, after: PersonView): string[] {
  const messages = after.agencies
    .filter((agency, i) => {
      const old = before.agencies[i];
      return agency.state !== 'waiting' && old?.id === agency.id && old.state !== agency.state;
    })
    .map((agency) => `${agency.name}: ${stateLine(agency)}`);
  if (after.isComplete && !before.isComplete) {
    const { answered, all } = agencyCounts(after);
    messages.push(`All asked: ${answered} of ${all} agencies answered`);
  }
  return messages;
}

function useSpoken() {
  const [spoken, setSpoken] = useState('');
  const announcer = useRef(new Announcer());
  useEffect(() => {
    const timer = setInterval(() => {
      const message = announcer.current.take(Date.now());
      if (message !== null) {
        setSpoken(message);
      }
    }, 500);
    return () => clearInterval(timer);
  }, []);
  return { spoken, announce: (message: string) => announcer.current.add(message) };
}

function useLook(props: PersonProps) {
  const { need, agreement, settled, candidate, onEnd } = props;
  const [view, setView] = useState(() => viewStart(props, new Date()));
  const [failure, setFailure] = useState<string[]>([]);
  const { spoken, announce } = useSpoken();
  const stop = useRef(new AbortController());

  async function ask(from: PersonView, sources: string[], asNeeded: Need) {
    const question = {
      need: asNeeded,
      agreement,
      handle: candidate.handle,
      lookedBy: lookedByOf(settled.session),
      sources,
      signal: stop.current.signal,
    };
    let last = from;
    setFailure([]);
    setView(from);
    try {
      for await (const next of watch(from, question)) {
        changesOf(last, next).forEach(announce);
        last = next;
        // The filter is the reader's: it stays as it is.
        setView((now) => ({ ...next, hiddenAgencies: now.hiddenAgencies }));
      }
    } catch (error) {
      if (!stop.current.signal.aborted) {
        setFailure(failureWords(error));
        setView((now) => ({
          ...now,
          agencies: waitingEnd(now.agencies, 'unavailable'),
          isComplete: true,
        }));
      }
    }
  }

  // Once: the headline of all.
  useEffect(() => {
    const timer = setTimeout(onEnd, HANDLE_MS);
    agenciesGet(need, agreement.parties)
      .then((agencies) => ask({ ...view, agencies }, [], need))
      .catch((error) => setFailure(failureWords(error)));
    return () => {
      clearTimeout(timer);
      stop.current.abort();
    };
  }, []);

  function askAgain(ids: string[]) {
    if (ids.length === 0 || !view.isComplete) {
      return;
    }
    const agencies = view.agencies.map((one) =>
      ids.includes(one.id) ? { ...one, state: 'waiting' as const, sentence: '' } : one,
    );
    void ask({ ...view, agencies, isComplete: false }, ids, need);
  }

  function askDetail(necessary: string) {
    const agencies = view.agencies.map((one) =>
      one.state === 'not-asked' ? one : { ...one, state: 'waiting' as const },
    );
    const from = { ...view, agencies, tier: 'detail' as const, isComplete: false };
    void ask(from, [], { ...need, necessary });
  }

  return { view, setView, failure, spoken, askAgain, askDetail };
}

// Alt and A asks again whoever gave no answer in time.
function useAskAgainKey(view: PersonView, askAgain: (ids: string[]) => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.altKey && event.key.toLowerCase() === 'a') {
        event.preventDefault();
        askAgain(view.agencies.filter((one) => one.state === 'late').map((one) => one.id));
      }
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  });
}

function hiddenAfter(hidden: string[], agency: string, isShown: boolean): string[] {
  const rest = hidden.filter((one) => one !== agency);
  return isShown ? rest : [...rest, agency];
}

export function PersonStep(props: PersonProps) {
  const look = useLook(props);
  const { view, setView, failure, spoken } = look;
  const [isDetail, setDetail] = useState(false);
  const [errors, setErrors] = useState<ReturnType<typeof detailErrors>>([]);
  useAskAgainKey(view, look.askAgain);

  function detailSubmit(event: SubmitEvent) {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const necessary = String(data.get('necessary') ?? '').trim();
    const wrong = detailErrors(necessary);
    setErrors(wrong);
    if (wrong.length === 0) {
      setDetail(false);
      look.askDetail(necessary);
    }
  }

  if (isDetail) {
    return (
      <DetailPage
        errors={errors}
        necessary=""
        onSubmit={detailSubmit}
        onBack={() => setDetail(false)}
      />
    );
  }
  return (
    <>
      {failure.length > 0 && <Failure sentences={failure} />}
      <p role="status" class="govuk-visually-hidden">
        {spoken}
      </p>
      <PersonScreen
        view={view}
        today={dayOf(new Date())}
        onAskAgain={(id) => look.askAgain([id])}
        onDetail={() => setDetail(true)}
        onFilter={(agency, isShown) =>
          setView((now) => ({
            ...now,
            hiddenAgencies: hiddenAfter(now.hiddenAgencies, agency, isShown),
          }))
        }
        onPrint={() => window.print()}
        onLeave={props.onEnd}
      />
    </>
  );
}
