// SPDX-License-Identifier: Apache-2.0
// Why somebody is about to look: before anybody is looked up. Five prompts in a fixed order:
// proportionate, lawful, accountable, necessary, least intrusive. Lawful and accountable follow
// from what was chosen and who is signed in.
import type { AgreementText } from '../load/agreement';
import { basesOf } from '../load/agreement';
import {
  ErrorSummary,
  type FieldError,
  REASON_MAX,
  REASON_MIN,
  ReasonField,
  SelectField,
  TextField,
} from './form';

export interface Need {
  agreement: string;
  purpose: string;
  basis: string;
  caseReference: string;
  ageClass: string; // "", "child", "adult"
  noConsentReason: string;
  proportionate: string;
  necessary: string;
  leastIntrusive: string;
}

export const NO_NEED: Need = {
  agreement: '',
  purpose: '',
  basis: '',
  caseReference: '',
  ageClass: '',
  noConsentReason: '',
  proportionate: '',
  necessary: '',
  leastIntrusive: '',
};

const REASON_BYTES_MAX = 512; // of the contract
export const CASE_MAX = 128;

function reasonError(field: string, text: string, what: string): FieldError[] {
  const length = [...text.trim()].length;
  if (length < REASON_MIN) {
    return [{ field, sentence: `${what}: write at least ${REASON_MIN} characters` }];
  }
  if (length > REASON_MAX || new TextEncoder().encode(text.trim()).length > REASON_BYTES_MAX) {
    return [{ field, sentence: `${what}: write at most ${REASON_MAX} characters` }];
  }
  return [];
}

export function detailErrors(necessary: string): FieldError[] {
  return reasonError('necessary', necessary, 'Why you need more');
}

// In the order of the page.
export function needErrors(need: Need): FieldError[] {
  const errors: FieldError[] = [];
  if (need.purpose === '') {
    errors.push({ field: 'purpose', sentence: 'Choose a purpose' });
  }
  if (need.basis === '') {
    errors.push({ field: 'basis', sentence: 'Choose a legal basis' });
  }
  const caseBytes = new TextEncoder().encode(need.caseReference.trim()).length;
  if (caseBytes === 0) {
    errors.push({ field: 'caseReference', sentence: 'Enter your case reference' });
  } else if (caseBytes > CASE_MAX) {
    errors.push({ field: 'caseReference', sentence: 'Enter a shorter case reference' });
  }
  return [
    ...errors,
    ...reasonError('proportionate', need.proportionate, 'What harm or need there is'),
    ...reasonError('necessary', need.necessary, 'Why you need this'),
    ...reasonError('leastIntrusive', need.leastIntrusive, 'What you tried first'),
  ];
}

const AGES = [
  { value: '', label: 'I do not know' },
  { value: 'child', label: 'A child (under 18)' },
  { value: 'adult', label: 'An adult' },
];

const CONSENTS = [
  { value: '', label: 'I asked the person, or it need not be asked' },
  { value: 'cannot-give', label: 'The person cannot give consent' },
  { value: 'cannot-reasonably-obtain', label: 'There is no reasonable way to ask' },
  { value: 'would-prejudice', label: 'Asking would put somebody in danger' },
];

export interface PurposeProps {
  need: Need;
  agreement: AgreementText;
  // All that are in force, where there are several.
  agreements: { value: string; label: string }[];
  lookedBy: string;
  errors: FieldError[];
  onChange?: (need: Partial<Need>) => void;
  onSubmit?: (event: SubmitEvent) => void;
}

export function Choices({ need, agreement, agreements, errors, onChange }: PurposeProps) {
  const none = { value: '', label: 'Choose' };
  const purposes = agreement.purposes.map(({ id, title }) => ({ value: id, label: title }));
  const bases = basesOf(agreement, need.purpose).map(({ id, title }) => ({
    value: id,
    label: title,
  }));
  return (
    <>
      {agreements.length > 1 && (
        <SelectField
          id="agreement"
          label="Agreement"
          errors={errors}
          value={need.agreement}
          options={agreements}
          onChange={(value) => onChange?.({ agreement: value, purpose: '', basis: '' })}
        />
      )}
      <SelectField
        id="purpose"
        label="Purpose"
        hint="What you want to do for the person. It decides which agencies may answer."
        errors={errors}
        value={need.purpose}
        options={[none, ...purposes]}
        onChange={(value) => onChange?.({ purpose: value, basis: '' })}
      />
      <SelectField
        id="basis"
        label="Legal basis"
        hint="The law that lets you ask. Those that fit the purpose are listed."
        errors={errors}
        value={need.basis}
        options={[none, ...bases]}
        onChange={(value) => onChange?.({ basis: value })}
      />
    </>
  );
}

// Read only: it follows from what was chosen and who is signed in.
function Settled({ label, text }: { label: string; text: string }) {
  return (
    <div class="govuk-form-group">
      <h3 class="govuk-heading-s">{label}</h3>
      <p class="govuk-body">{text}</p>
    </div>
  );
}

// As many whole characters as a reason may have bytes.
export function bytesCut(text: string): string {
  const characters = [...text];
  while (new TextEncoder().encode(characters.join('')).length > REASON_BYTES_MAX) {
    characters.pop();
  }
  return characters.join('');
}

export function lawfulWords(need: Need, agreement: AgreementText): string {
  const basis = agreement.bases.find((one) => one.id === need.basis);
  return basis === undefined ? '' : bytesCut(`Under the basis: ${basis.title}`);
}

export function accountableWords(need: Need, lookedBy: string): string {
  return bytesCut(`${lookedBy}, case ${need.caseReference.trim()}`);
}

function Reasons({ need, agreement, lookedBy, errors }: PurposeProps) {
  const lawful = lawfulWords(need, agreement);
  return (
    <>
      <h2 class="govuk-heading-m">Five reasons</h2>
      <p class="govuk-body">
        They are sealed in the log. No agency is sent them. Do not write names or numbers of people.
      </p>
      <ReasonField
        id="proportionate"
        label="1. Proportionate: what harm or need is there?"
        errors={errors}
        value={need.proportionate}
      />
      <Settled
        label="2. Lawful"
        text={lawful !== '' ? lawful : 'Follows from the legal basis that you choose above.'}
      />
      <Settled label="3. Accountable" text={`${lookedBy}, with the case reference above.`} />
      <ReasonField
        id="necessary"
        label="4. Necessary: why do you need this?"
        errors={errors}
        value={need.necessary}
      />
      <ReasonField
        id="leastIntrusive"
        label="5. Least intrusive: what did you try first?"
        hint="For example: asked the person, telephoned an agency."
        errors={errors}
        value={need.leastIntrusive}
      />
    </>
  );
}

export function PurposePage(props: PurposeProps) {
  const { need, errors, onChange, onSubmit } = props;
  return (
    <form class="lg-form" noValidate onSubmit={onSubmit}>
      <ErrorSummary errors={errors} />
      <h1 class="govuk-heading-l" id="heading" tabIndex={-1}>
        Why you are asking
      </h1>
      <Choices {...props} />
      <TextField
        id="caseReference"
        label="Case reference"
        hint="Your organisation’s own, without a name in it."
        errors={errors}
        value={need.caseReference}
        most={CASE_MAX}
      />
      <SelectField
        id="ageClass"
        label="The person is"
        errors={errors}
        value={need.ageClass}
        options={AGES}
        onChange={(value) => onChange?.({ ageClass: value })}
      />
      <SelectField
        id="noConsentReason"
        label="Did you ask the person?"
        errors={errors}
        value={need.noConsentReason}
        options={CONSENTS}
        onChange={(value) => onChange?.({ noConsentReason: value })}
      />
      <Reasons {...props} />
      <button type="submit" class="govuk-button">
        Continue
      </button>
    </form>
  );
}

interface DetailProps {
  errors: FieldError[];
  necessary: string;
  onSubmit?: (event: SubmitEvent) => void;
  onBack?: () => void;
}

// Before more than the headline is asked for.
export function DetailPage({ errors, necessary, onSubmit, onBack }: DetailProps) {
  return (
    <form class="lg-form" noValidate onSubmit={onSubmit}>
      <ErrorSummary errors={errors} />
      <h1 class="govuk-heading-l" id="heading" tabIndex={-1}>
        Ask for more than the headline
      </h1>
      <p class="govuk-body">
        All records that the agreement lets you see for this purpose will be asked for. Ask only if
        the headline and a telephone call are not enough.
      </p>
      <ReasonField id="necessary" label="Why do you need more?" errors={errors} value={necessary} />
      <div class="govuk-button-group">
        <button type="submit" class="govuk-button">
          Ask for more
        </button>
        <button type="button" class="govuk-button govuk-button--secondary" onClick={onBack}>
          Stay with the headline
        </button>
      </div>
    </form>
  );
}
