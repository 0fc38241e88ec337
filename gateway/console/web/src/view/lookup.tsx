// SPDX-License-Identifier: Apache-2.0
// The look-up form, number first, and what came of it in plain words. Never a list of strangers.
import type { Flaw } from '../blind/normalise';
import { ErrorSummary, type FieldError, SelectField, TextField } from './form';
import type { Asked } from './model';

export const NOBODY: Asked = {
  family: '',
  given: '',
  born: '',
  postcode: '',
  scheme: 'nhs',
  identifier: '',
};

const SCHEMES = [
  { value: 'nhs', label: 'NHS number' },
  { value: 'tenancy', label: 'Tenancy number' },
  { value: 'case', label: 'Case number' },
];

const NAME_MAX = 100;

// Day, month and year as typed; a date that is none stays wrong rather than become another.
export function bornOf(day: string, month: string, year: string): string {
  const [d, m, y] = [day.trim(), month.trim(), year.trim()];
  if (d === '' && m === '' && y === '') {
    return '';
  }
  return `${y}-${m.padStart(2, '0')}-${d.padStart(2, '0')}`;
}

export function bornSplit(born: string): { day: string; month: string; year: string } {
  const [year = '', month = '', day = ''] = born.split('-');
  return { day, month, year };
}

const FLAW_ERRORS: Record<Flaw, FieldError> = {
  name: { field: 'family', sentence: 'Enter the name in letters from a to z, accents allowed' },
  born: { field: 'day', sentence: 'Enter a real date of birth, such as 14 7 1989' },
  postcode: { field: 'postcode', sentence: 'Enter a full UK postcode' },
  identifier: { field: 'identifier', sentence: 'Check the number: a digit is wrong or missing' },
};

// What has to be mended before anything is sent; tokenCount: how many tokens would be.
export function lookupErrors(flaws: Flaw[], tokenCount: number): FieldError[] {
  if (flaws.length > 0) {
    return flaws.map((flaw) => FLAW_ERRORS[flaw]);
  }
  return tokenCount > 0
    ? []
    : [
        {
          field: 'identifier',
          sentence: 'Enter a number, or a name with date of birth and postcode',
        },
      ];
}

interface LookupProps {
  asked: Asked;
  errors: FieldError[];
  isBusy?: boolean;
  onSubmit?: (event: SubmitEvent) => void;
  onBack?: () => void;
}

function Born({ asked, errors }: LookupProps) {
  const born = bornSplit(asked.born);
  const error = errors.find((one) => one.field === 'day')?.sentence;
  const part = (id: 'day' | 'month' | 'year', label: string, most: number) => (
    <div class="lg-date__part">
      <label class="govuk-label" for={id}>
        {label}
      </label>
      <input
        id={id}
        name={id}
        class={`govuk-input govuk-input--width-${most} ${error ? 'govuk-input--error' : ''}`}
        defaultValue={born[id]}
        maxLength={most}
        inputMode="numeric"
        autocomplete="off"
      />
    </div>
  );
  return (
    <div class={`govuk-form-group ${error ? 'govuk-form-group--error' : ''}`}>
      <fieldset class="govuk-fieldset" aria-describedby={error ? 'day-error' : undefined}>
        <legend class="govuk-fieldset__legend govuk-fieldset__legend--s">Date of birth</legend>
        {error !== undefined && (
          <p id="day-error" class="govuk-error-message">
            <span class="govuk-visually-hidden">Error: </span>
            {error}
          </p>
        )}
        <div class="lg-date">
          {part('day', 'Day', 2)}
          {part('month', 'Month', 2)}
          {part('year', 'Year', 4)}
        </div>
      </fieldset>
    </div>
  );
}

export function LookupPage(props: LookupProps) {
  const { asked, errors, isBusy = false, onSubmit, onBack } = props;
  return (
    <form class="lg-form" noValidate onSubmit={onSubmit}>
      <ErrorSummary errors={errors} />
      <h1 class="govuk-heading-l" id="heading" tabIndex={-1}>
        Who you are looking for
      </h1>
      <p class="govuk-body">
        What you type is made unreadable in your browser before it is sent. Neither the gateway nor
        its key service sees it.
      </p>
      <h2 class="govuk-heading-m">By number</h2>
      <SelectField
        id="scheme"
        label="Kind of number"
        errors={errors}
        value={asked.scheme}
        options={SCHEMES}
      />
      <TextField
        id="identifier"
        label="Number"
        errors={errors}
        value={asked.identifier}
        most={40}
      />
      <h2 class="govuk-heading-m">Or by name, date of birth and postcode</h2>
      <TextField
        id="family"
        label="Family name"
        errors={errors}
        value={asked.family}
        most={NAME_MAX}
      />
      <TextField
        id="given"
        label="Given name"
        errors={errors}
        value={asked.given}
        most={NAME_MAX}
      />
      <Born {...props} />
      <TextField
        id="postcode"
        label="Postcode"
        width="10"
        errors={errors}
        value={asked.postcode}
        most={10}
      />
      <div class="govuk-button-group">
        <button type="submit" class="govuk-button" aria-disabled={isBusy}>
          {isBusy ? 'Looking…' : 'Find'}
        </button>
        <button type="button" class="govuk-button govuk-button--secondary" onClick={onBack}>
          Back
        </button>
      </div>
    </form>
  );
}

interface FoundProps {
  isEnough: boolean;
  receipt: string;
  onOpen?: () => void;
  onNarrow?: () => void;
}

export function FoundPage({ isEnough, receipt, onOpen, onNarrow }: FoundProps) {
  return (
    <div class="lg-form">
      <h1 class="govuk-heading-l" id="heading" tabIndex={-1}>
        {isEnough ? 'Enough to go on' : 'Not enough to decide'}
      </h1>
      {isEnough ? (
        <p class="govuk-body">
          What you typed fits one person well, and nobody else comes close. Check again that it is
          the right person before you open the view.
        </p>
      ) : (
        <>
          <p class="govuk-body">
            Either nobody fits what you typed, or more than one person might. It looks the same in
            both cases, so that a wrong person is never shown.
          </p>
          <h2 class="govuk-heading-m">What would help</h2>
          <ul class="govuk-list govuk-list--bullet">
            <li>the NHS number, or another number that an agency gave the person</li>
            <li>the full given name, and the date of birth on a document</li>
            <li>an earlier postcode</li>
          </ul>
        </>
      )}
      <p class="govuk-body-s">
        This look-up is in the log{receipt === '' ? '' : `, entry ${receipt}`}.
      </p>
      <div class="govuk-button-group">
        {isEnough && (
          <button type="button" class="govuk-button" onClick={onOpen}>
            Open the headline
          </button>
        )}
        <button type="button" class="govuk-button govuk-button--secondary" onClick={onNarrow}>
          Change what you typed
        </button>
      </div>
    </div>
  );
}
