// SPDX-License-Identifier: Apache-2.0
// An officer's reading of the log: what to look for, the list, and one entry with its proof. Their
// own organisation's side, and no record of anybody.
import type { AgreementText } from '../load/agreement';
import type { Mark, Receipt, Step } from '../proof/proof';
import { ErrorSummary, type FieldError, SelectField, TextField } from './form';
import { CASE_MAX, Choices, NO_NEED } from './purpose';
import { codeWords, count } from './words';

export interface Filter {
  agreement: string;
  purpose: string;
  basis: string;
  caseReference: string;
  from: string; // YYYY-MM-DD
  to: string;
  side: string;
  kind: string;
  outcome: string;
  agency: string;
  isEmergency: boolean;
}

export const NO_FILTER: Filter = {
  agreement: '',
  purpose: '',
  basis: '',
  caseReference: '',
  from: '',
  to: '',
  side: '',
  kind: '',
  outcome: '',
  agency: '',
  isEmergency: false,
};

// What the entry says to this reader; empty where it does not tell.
export interface Disclosure {
  index: string;
  when: string;
  kind: string;
  outcome: string;
  side: string;
  requester: string;
  source: string;
  agreement: string;
  version: number;
  purpose: string;
  basis: string;
  reason: string;
  isEmergency: boolean;
  recordCount: number;
  receipt: Receipt;
  note: string;
}

export function filterErrors(filter: Filter): FieldError[] {
  const errors: FieldError[] = [];
  if (filter.purpose === '') {
    errors.push({ field: 'purpose', sentence: 'Choose a purpose' });
  }
  if (filter.basis === '') {
    errors.push({ field: 'basis', sentence: 'Choose a legal basis' });
  }
  if (filter.caseReference.trim() === '') {
    errors.push({ field: 'caseReference', sentence: 'Enter your case reference' });
  }
  for (const field of ['from', 'to'] as const) {
    if (filter[field] !== '' && !/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(filter[field])) {
      errors.push({ field, sentence: 'Enter a day as 2026-07-14' });
    }
  }
  if (filter.from !== '' && filter.to !== '' && filter.from > filter.to) {
    errors.push({ field: 'to', sentence: 'The last day is before the first' });
  }
  return errors;
}

const SIDES = [
  { value: '', label: 'Both' },
  { value: 'asked', label: 'My organisation asked' },
  { value: 'was-asked', label: 'My organisation was asked' },
];
const KINDS = [
  { value: '', label: 'Any' },
  { value: 'ask', label: 'Questions' },
  { value: 'release', label: 'What was released' },
  { value: 'denial', label: 'Refusals' },
  { value: 'search', label: 'Look-ups and searches' },
  { value: 'consent', label: 'Consents' },
];
const OUTCOMES = [
  { value: '', label: 'Any' },
  { value: 'permitted', label: 'Released' },
  { value: 'partial', label: 'Part released' },
  { value: 'refused', label: 'Refused' },
  { value: 'not-delivered', label: 'Not delivered' },
  { value: 'abandoned', label: 'Cut off' },
];

interface FilterProps {
  filter: Filter;
  agreement: AgreementText;
  agreements: { value: string; label: string }[];
  errors: FieldError[];
  isBusy?: boolean;
  onChange?: (part: Partial<Filter>) => void;
  onSubmit?: (event: SubmitEvent) => void;
}

export function FilterPage(props: FilterProps) {
  const { filter, agreement, agreements, errors, isBusy = false, onChange, onSubmit } = props;
  const parties = [...agreement.parties].map(([value, label]) => ({ value, label }));
  const select = (id: 'side' | 'kind' | 'outcome', label: string, options: typeof SIDES) => (
    <SelectField id={id} label={label} errors={errors} value={filter[id]} options={options} />
  );
  return (
    <form class="lg-form" noValidate onSubmit={onSubmit}>
      <ErrorSummary errors={errors} />
      <h1 class="govuk-heading-l" id="heading" tabIndex={-1}>
        Disclosures
      </h1>
      <p class="govuk-body">
        You read your own organisation’s side of the log. Each search is itself in the log.
      </p>
      <h2 class="govuk-heading-m">Why you are looking</h2>
      <Choices
        need={{ ...NO_NEED, ...filter }}
        agreement={agreement}
        agreements={agreements}
        lookedBy=""
        errors={errors}
        onChange={onChange}
      />
      <TextField
        id="caseReference"
        label="Case reference"
        errors={errors}
        value={filter.caseReference}
        most={CASE_MAX}
      />
      <h2 class="govuk-heading-m">What you are looking for</h2>
      <TextField
        id="from"
        label="First day"
        hint="Such as 2026-07-14. Empty: from the beginning."
        width="10"
        errors={errors}
        value={filter.from}
        most={10}
      />
      <TextField id="to" label="Last day" width="10" errors={errors} value={filter.to} most={10} />
      {select('side', 'Side', SIDES)}
      {select('kind', 'Kind of entry', KINDS)}
      {select('outcome', 'Outcome', OUTCOMES)}
      <SelectField
        id="agency"
        label="Other agency"
        errors={errors}
        value={filter.agency}
        options={[{ value: '', label: 'Any' }, ...parties]}
      />
      <label class="lg-check">
        <input type="checkbox" name="isEmergency" defaultChecked={filter.isEmergency} />
        <span>Only what was asked in an emergency</span>
      </label>
      <p>
        <button type="submit" class="govuk-button" aria-disabled={isBusy}>
          {isBusy ? 'Searching…' : 'Search'}
        </button>
      </p>
    </form>
  );
}

const KIND_WORDS: Record<string, string> = {
  ask: 'Question',
  release: 'Part of an answer',
  denial: 'Refusal',
  search: 'Look-up',
};

function kindWords(disclosure: Disclosure): string {
  return KIND_WORDS[disclosure.kind] ?? codeWords(disclosure.kind);
}

function outcomeWords(disclosure: Disclosure): string {
  const words = OUTCOMES.find((one) => one.value === disclosure.outcome)?.label;
  return disclosure.outcome === '' ? '' : (words ?? codeWords(disclosure.outcome));
}

function partyWords(names: Map<string, string>, id: string): string {
  return id === '' ? 'not told' : (names.get(id) ?? id);
}

interface ListProps {
  disclosures: Disclosure[];
  names: Map<string, string>;
  coveredSize: string;
  hasMore: boolean;
  onShow?: (disclosure: Disclosure) => void;
  onMore?: () => void;
  onBack?: () => void;
}

function Row({ disclosure, names, onShow }: Pick<ListProps, 'names' | 'onShow'> & RowProps) {
  return (
    <tr>
      <th scope="row">
        <button type="button" class="lg-link-button" onClick={() => onShow?.(disclosure)}>
          {disclosure.index}
          <span class="govuk-visually-hidden">: show this entry</span>
        </button>
      </th>
      <td>{disclosure.when}</td>
      <td>{kindWords(disclosure)}</td>
      <td>{partyWords(names, disclosure.requester)}</td>
      <td>{disclosure.source === '' ? '' : partyWords(names, disclosure.source)}</td>
      <td>{codeWords(disclosure.purpose)}</td>
      <td>
        {outcomeWords(disclosure)}
        {disclosure.isEmergency && <strong> (emergency)</strong>}
      </td>
      <td class="lg-number">{disclosure.recordCount}</td>
    </tr>
  );
}

interface RowProps {
  disclosure: Disclosure;
}

const HEADINGS = ['Entry', 'When', 'Kind', 'Who asked', 'Who was asked', 'Purpose', 'Outcome'];

export function ListPage(props: ListProps) {
  const { disclosures, names, coveredSize, hasMore, onShow, onMore, onBack } = props;
  return (
    <>
      <h1 class="govuk-heading-l" id="heading" tabIndex={-1}>
        {count(disclosures.length, 'entry', 'entries')}
        {hasMore ? ' on this page' : ''}
      </h1>
      <p class="govuk-body">
        The search covered the log up to size {coveredSize}. Newest question first.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls needs the keys */}
      <section class="lg-scroll" aria-label="Table of disclosures" tabIndex={0}>
        <table class="lg-table">
          <caption class="govuk-visually-hidden">Disclosures</caption>
          <thead>
            <tr>
              {HEADINGS.map((heading) => (
                <th key={heading} scope="col">
                  {heading}
                </th>
              ))}
              <th scope="col" class="lg-number">
                Records
              </th>
            </tr>
          </thead>
          <tbody>
            {disclosures.map((disclosure) => (
              <Row key={disclosure.index} disclosure={disclosure} names={names} onShow={onShow} />
            ))}
          </tbody>
        </table>
      </section>
      <div class="govuk-button-group lg-after">
        {hasMore && (
          <button type="button" class="govuk-button" onClick={onMore}>
            Next page
          </button>
        )}
        <button type="button" class="govuk-button govuk-button--secondary" onClick={onBack}>
          Change the search
        </button>
      </div>
    </>
  );
}

const SIGNS: Record<Mark, [string, string]> = {
  good: ['✓', 'Holds: '],
  bad: ['✗', 'Does not hold: '],
  open: ['?', 'Not checked: '],
};

function Steps({ steps }: { steps: Step[] }) {
  return (
    <ol class="lg-steps">
      {steps.map((step) => (
        <li key={step.words} class="lg-step">
          <span aria-hidden="true" class="lg-step__sign">
            {SIGNS[step.mark][0]}
          </span>
          <span>
            <strong>{SIGNS[step.mark][1]}</strong>
            {step.words}
          </span>
        </li>
      ))}
    </ol>
  );
}

interface OneProps {
  disclosure: Disclosure;
  names: Map<string, string>;
  steps: Step[];
  logKey: string;
  onKey?: (event: SubmitEvent) => void;
  onDownload?: () => void;
  onBack?: () => void;
}

function Facts({ disclosure, names }: Pick<OneProps, 'disclosure' | 'names'>) {
  const rows: [string, string][] = [
    ['When', disclosure.when],
    ['Kind', kindWords(disclosure)],
    ['Who asked', partyWords(names, disclosure.requester)],
    ['Who was asked', disclosure.source === '' ? '' : partyWords(names, disclosure.source)],
    ['Agreement', `${disclosure.agreement}, version ${disclosure.version}`],
    ['Purpose', codeWords(disclosure.purpose)],
    ['Legal basis', codeWords(disclosure.basis)],
    ['Outcome', outcomeWords(disclosure)],
    ['Reason code', disclosure.reason],
    ['Emergency', disclosure.isEmergency ? 'yes' : 'no'],
    ['Records', String(disclosure.recordCount)],
  ];
  return (
    <dl class="govuk-summary-list">
      {rows
        .filter(([, value]) => value !== '')
        .map(([label, value]) => (
          <div key={label} class="govuk-summary-list__row">
            <dt class="govuk-summary-list__key">{label}</dt>
            <dd class="govuk-summary-list__value">{value}</dd>
          </div>
        ))}
    </dl>
  );
}

export function OnePage(props: OneProps) {
  const { disclosure, names, steps, logKey, onKey, onDownload, onBack } = props;
  return (
    <div class="lg-form">
      <h1 class="govuk-heading-l" id="heading" tabIndex={-1}>
        Log entry {disclosure.index}
      </h1>
      <Facts disclosure={disclosure} names={names} />
      <h2 class="govuk-heading-m">Proof</h2>
      <p class="govuk-body">
        Checked by code that this gateway supplied. To depend on nobody here, download the proof and
        check it with a program of your own.
      </p>
      <Steps steps={steps} />
      <form noValidate onSubmit={onKey}>
        <TextField
          id="logKey"
          label="The log’s key"
          hint="As another partner or your own records have it: NAME+ID+KEY."
          errors={[]}
          value={logKey}
          width="30"
          most={200}
        />
        <div class="govuk-button-group">
          <button type="submit" class="govuk-button govuk-button--secondary">
            Check the signature
          </button>
          <button type="button" class="govuk-button" onClick={onDownload}>
            Download proof
          </button>
          <button type="button" class="govuk-button govuk-button--secondary" onClick={onBack}>
            Back to the list
          </button>
        </div>
      </form>
    </div>
  );
}
