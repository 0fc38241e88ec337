// SPDX-License-Identifier: Apache-2.0
// Fields of forms with GOV.UK's markup: label, hint, error and count, tied together.
import { useState } from 'preact/hooks';

export interface FieldError {
  field: string; // id of the field
  sentence: string;
}

function describedBy(id: string, hint: string | undefined, error: string | undefined): string {
  return [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
}

interface FieldProps {
  id: string;
  label: string;
  hint?: string;
  errors: FieldError[];
}

function errorOf(errors: FieldError[], id: string): string | undefined {
  return errors.find((error) => error.field === id)?.sentence;
}

function Around(props: FieldProps & { children: preact.ComponentChildren }) {
  const { id, label, hint, errors, children } = props;
  const error = errorOf(errors, id);
  return (
    <div class={`govuk-form-group ${error ? 'govuk-form-group--error' : ''}`}>
      <label class="govuk-label govuk-label--s" for={id}>
        {label}
      </label>
      {hint !== undefined && (
        <div id={`${id}-hint`} class="govuk-hint">
          {hint}
        </div>
      )}
      {error !== undefined && (
        <p id={`${id}-error`} class="govuk-error-message">
          <span class="govuk-visually-hidden">Error: </span>
          {error}
        </p>
      )}
      {children}
    </div>
  );
}

interface TextProps extends FieldProps {
  value: string;
  width?: string;
  isNumeric?: boolean;
  most: number;
}

// No field is kept by the browser: what is typed about a person stays in this page.
export function TextField(props: TextProps) {
  const { id, hint, errors, value, width = '20', isNumeric = false, most } = props;
  const error = errorOf(errors, id);
  return (
    <Around {...props}>
      <input
        id={id}
        name={id}
        class={`govuk-input govuk-input--width-${width} ${error ? 'govuk-input--error' : ''}`}
        defaultValue={value}
        maxLength={most}
        inputMode={isNumeric ? 'numeric' : 'text'}
        autocomplete="off"
        spellcheck={false}
        aria-describedby={describedBy(id, hint, error) || undefined}
        aria-invalid={error ? 'true' : undefined}
      />
    </Around>
  );
}

export const REASON_MIN = 20;
export const REASON_MAX = 500;

// A reason in words, with a count that says how much more or less is wanted.
export function ReasonField(props: FieldProps & { value: string }) {
  const { id, hint, errors, value } = props;
  const error = errorOf(errors, id);
  const [length, setLength] = useState([...value].length);
  const words =
    length < REASON_MIN
      ? `${length} of at least ${REASON_MIN} characters`
      : `${length} of at most ${REASON_MAX} characters`;
  return (
    <Around {...props}>
      <textarea
        id={id}
        name={id}
        class={`govuk-textarea ${error ? 'govuk-textarea--error' : ''}`}
        rows={3}
        maxLength={REASON_MAX}
        defaultValue={value}
        autocomplete="off"
        aria-describedby={`${describedBy(id, hint, error)} ${id}-count`.trim()}
        aria-invalid={error ? 'true' : undefined}
        onInput={(event) => setLength([...event.currentTarget.value].length)}
      />
      <p id={`${id}-count`} class="lg-counter">
        {words}
      </p>
    </Around>
  );
}

export interface Option {
  value: string;
  label: string;
}

interface SelectProps extends FieldProps {
  value: string;
  options: Option[];
  onChange?: (value: string) => void;
}

export function SelectField(props: SelectProps) {
  const { id, hint, errors, value, options, onChange } = props;
  const error = errorOf(errors, id);
  return (
    <Around {...props}>
      <select
        id={id}
        name={id}
        class={`govuk-select lg-select ${error ? 'govuk-select--error' : ''}`}
        aria-describedby={describedBy(id, hint, error) || undefined}
        aria-invalid={error ? 'true' : undefined}
        onChange={(event) => onChange?.(event.currentTarget.value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === value}>
            {option.label}
          </option>
        ))}
      </select>
    </Around>
  );
}

// At the top of a page, with a link to each field that wants something.
export function ErrorSummary({ errors }: { errors: FieldError[] }) {
  if (errors.length === 0) {
    return null;
  }
  return (
    <div class="govuk-error-summary" id="errors" tabIndex={-1}>
      <div role="alert">
        <h2 class="govuk-error-summary__title">There is a problem</h2>
        <div class="govuk-error-summary__body">
          <ul class="govuk-list govuk-error-summary__list">
            {errors.map((error) => (
              <li key={error.field}>
                <a href={`#${error.field}`}>{error.sentence}</a>
              </li>
            ))}
          </ul>
        </div>
      </div>
    </div>
  );
}

// What went wrong outside of any field: what, why, what to do.
export function Failure({ sentences }: { sentences: string[] }) {
  const [what, ...rest] = sentences;
  return (
    <div class="govuk-error-summary" id="errors" tabIndex={-1}>
      <div role="alert">
        <h2 class="govuk-error-summary__title">{what}</h2>
        <div class="govuk-error-summary__body">
          {rest.map((sentence) => (
            <p key={sentence}>{sentence}</p>
          ))}
        </div>
      </div>
    </div>
  );
}
