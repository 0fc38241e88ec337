// SPDX-License-Identifier: Apache-2.0
// An officer's search in the log, its list, and one entry with its proof; all in one document, so
// that nothing of it stands in an address.
import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import type { AgreementText } from '../load/agreement';
import { failureWords } from '../load/client';
import { disclosuresFind, type Found } from '../load/log';
import { agreementGet, agreementsList, type InForce } from '../load/look';
import { proofSteps, proofText, type Step } from '../proof/proof';
import {
  type Disclosure,
  type Filter,
  FilterPage,
  filterErrors,
  ListPage,
  NO_FILTER,
  OnePage,
} from '../view/disclosures';
import { Failure, type FieldError } from '../view/form';
import { RefusalBox } from '../view/refusal';
import { appElement, focusStep, sessionStart } from './frame';

function filterOf(form: HTMLFormElement, before: Filter): Filter {
  const data = new FormData(form);
  const text = (name: keyof Filter) => String(data.get(name) ?? '').trim();
  return {
    agreement: text('agreement') || before.agreement,
    purpose: text('purpose'),
    basis: text('basis'),
    caseReference: text('caseReference'),
    from: text('from'),
    to: text('to'),
    side: text('side'),
    kind: text('kind'),
    outcome: text('outcome'),
    agency: text('agency'),
    isEmergency: data.get('isEmergency') !== null,
  };
}

const NO_CURSOR = new Uint8Array();

// The file is made in the browser; its name is the entry's number.
function download(disclosure: Disclosure): void {
  const text = proofText(disclosure.receipt, disclosure.note);
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = `entry-${disclosure.index}.tlog-proof`;
  link.click();
  URL.revokeObjectURL(address);
}

function useSearch(agreementId: string, first: AgreementText) {
  const [filter, setFilter] = useState<Filter>({ ...NO_FILTER, agreement: agreementId });
  const [agreement, setAgreement] = useState(first);
  const [errors, setErrors] = useState<FieldError[]>([]);
  const [found, setFound] = useState<Found | null>(null);
  const [failure, setFailure] = useState<string[]>([]);
  const [isBusy, setBusy] = useState(false);

  async function find(asked: Filter, cursor: Uint8Array) {
    setBusy(true);
    setFailure([]);
    try {
      setFound(await disclosuresFind(asked, cursor));
    } catch (error) {
      setFailure(failureWords(error));
    }
    setBusy(false);
  }

  function submit(form: HTMLFormElement) {
    const asked = filterOf(form, filter);
    const wrong = filterErrors(asked);
    setFilter(asked);
    setErrors(wrong);
    if (wrong.length === 0 && !isBusy) {
      void find(asked, NO_CURSOR);
    }
  }

  async function change(form: HTMLFormElement | null, part: Partial<Filter>) {
    setFilter({ ...(form === null ? filter : filterOf(form, filter)), ...part });
    if (part.agreement !== undefined) {
      const text = await agreementGet(part.agreement).catch(() => null);
      if (text !== null) {
        setAgreement(text);
      }
    }
  }

  const more = () => void find(filter, found?.cursor ?? NO_CURSOR);
  const back = () => setFound(null);
  return { filter, agreement, errors, found, failure, isBusy, submit, change, more, back };
}

interface OneProps {
  disclosure: Disclosure;
  names: Map<string, string>;
  logKey: string;
  onKey: (key: string) => void;
  onBack: () => void;
}

function One({ disclosure, names, logKey, onKey, onBack }: OneProps) {
  const [steps, setSteps] = useState<Step[]>([]);
  useEffect(() => {
    proofSteps(disclosure.receipt, disclosure.note, logKey)
      .then(setSteps)
      .catch(() => setSteps([{ mark: 'open', words: 'This browser cannot check proofs' }]));
  }, [disclosure, logKey]);
  return (
    <OnePage
      disclosure={disclosure}
      names={names}
      steps={steps}
      logKey={logKey}
      onKey={(event) => {
        event.preventDefault();
        const data = new FormData(event.currentTarget as HTMLFormElement);
        onKey(String(data.get('logKey') ?? '').trim());
      }}
      onDownload={() => download(disclosure)}
      onBack={onBack}
    />
  );
}

function Disclosures({ agreements, first }: { agreements: InForce[]; first: AgreementText }) {
  const search = useSearch(agreements[0]?.value ?? '', first);
  const { found, failure, filter, agreement } = search;
  const [one, setOne] = useState<Disclosure | null>(null);
  const [logKey, setLogKey] = useState('');
  const isFirst = useRef(true);
  useEffect(() => {
    if (!isFirst.current) {
      focusStep();
    }
    isFirst.current = false;
  }, [found, one, search.errors, failure]);

  if (one !== null) {
    return (
      <One
        disclosure={one}
        names={agreement.parties}
        logKey={logKey}
        onKey={setLogKey}
        onBack={() => setOne(null)}
      />
    );
  }
  if (found !== null && found.refusal === null) {
    return (
      <>
        {failure.length > 0 && <Failure sentences={failure} />}
        <ListPage
          disclosures={found.disclosures}
          names={agreement.parties}
          coveredSize={found.coveredSize}
          hasMore={found.cursor.length > 0}
          onShow={setOne}
          onMore={search.more}
          onBack={search.back}
        />
      </>
    );
  }
  return (
    <>
      {failure.length > 0 && <Failure sentences={failure} />}
      {found?.refusal && <RefusalBox refusal={found.refusal} />}
      <FilterPage
        filter={filter}
        agreement={agreement}
        agreements={agreements}
        errors={search.errors}
        isBusy={search.isBusy}
        onChange={(part) => void search.change(document.querySelector('form.lg-form'), part)}
        onSubmit={(event) => {
          event.preventDefault();
          search.submit(event.currentTarget as HTMLFormElement);
        }}
      />
    </>
  );
}

async function start(): Promise<void> {
  const app = appElement();
  const wipe = () => render(null, app);
  try {
    if ((await sessionStart(wipe)) === null) {
      return;
    }
    const agreements = await agreementsList();
    const first = agreements[0] === undefined ? null : await agreementGet(agreements[0].value);
    render(
      first === null ? (
        <Failure sentences={['No agreement is in force.', 'There is nothing to look for.']} />
      ) : (
        <Disclosures agreements={agreements} first={first} />
      ),
      app,
    );
  } catch (failure) {
    render(<Failure sentences={failureWords(failure)} />, app);
  }
}

void start();
