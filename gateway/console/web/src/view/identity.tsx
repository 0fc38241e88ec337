// SPDX-License-Identifier: Apache-2.0
// A and B of the single screen: who was asked about, and on what ground. Always visible.
import type { PersonView } from './model';
import { ageAt, bornWords, codeWords, nhsWords } from './words';

function Name({ view }: { view: PersonView }) {
  const { family, given } = view.asked;
  const name = [family.toUpperCase(), given].filter((part) => part !== '').join(', ');
  return <h1 class="lg-name">{name === '' ? 'Person found by number' : name}</h1>;
}

function Part({ label, children }: { label: string; children: preact.ComponentChildren }) {
  return (
    <div class="lg-part">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function IdentityBar({ view, today }: { view: PersonView; today: string }) {
  const { born, scheme, identifier, postcode } = view.asked;
  const age = ageAt(born, today);
  const label = scheme === 'nhs' ? 'NHS No.' : codeWords(scheme);
  return (
    <section class="lg-identity" aria-label="Person">
      <Name view={view} />
      <dl class="lg-parts">
        {born !== '' && (
          <Part label="Born">
            {bornWords(born)}
            {age !== null && ` (${age}y)`}
          </Part>
        )}
        {identifier !== '' && (
          <Part label={label}>{scheme === 'nhs' ? nhsWords(identifier) : identifier}</Part>
        )}
        {postcode !== '' && <Part label="Postcode">{postcode.toUpperCase()}</Part>}
        <Part label="Checked">as you typed it</Part>
      </dl>
      {view.isSynthetic && <strong class="lg-tag lg-tag--synthetic lg-end">Synthetic data</strong>}
    </section>
  );
}

export function ContextBar({ view }: { view: PersonView }) {
  const { ground } = view;
  return (
    <section class="lg-context" aria-label="Why you may look">
      <dl class="lg-parts">
        <Part label="Purpose">{ground.purposeTitle}</Part>
        <Part label="Basis">{ground.basisTitle}</Part>
        <Part label="Case">{ground.caseReference}</Part>
        <Part label="Consent">per agency</Part>
        <Part label="Ends">{view.endsAt}</Part>
      </dl>
      <WhyThis view={view} />
    </section>
  );
}

function WhyThis({ view }: { view: PersonView }) {
  const { ground } = view;
  return (
    <details class="lg-details lg-why">
      <summary>Why am I seeing this?</summary>
      <div class="lg-details__text">
        <p>
          The agreement “{ground.agreementTitle}” lets your role ask for this purpose, on the basis
          that you named. Each agency’s line says what its own answer rests on. What you see was
          written in the log before it was shown.
        </p>
        {view.pseudonym !== '' && (
          <p>
            Reference of this person for your organisation, under this agreement:{' '}
            <span class="lg-code">{view.pseudonym}</span>
          </p>
        )}
        {view.duties !== null && <DutiesList view={view} />}
      </div>
    </details>
  );
}

export const ONWARD: Record<string, string> = {
  no: 'Do not pass it on.',
  ask: 'Ask the agency that it came from before you pass it on.',
  to: 'Pass it on only to those that the agreement names.',
};

function DutiesList({ view }: { view: PersonView }) {
  const { keepDays = 0, onward = '', obligations = [] } = view.duties ?? {};
  return (
    <ul>
      {keepDays > 0 && <li>Delete what you keep of this after {keepDays} days.</li>}
      {ONWARD[onward] !== undefined && <li>{ONWARD[onward]}</li>}
      {obligations.map((code) => (
        <li key={code}>{codeWords(code)}</li>
      ))}
    </ul>
  );
}
