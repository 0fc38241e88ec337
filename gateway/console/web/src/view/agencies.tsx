// SPDX-License-Identifier: Apache-2.0
// C of the single screen: what became of each agency, in an order that never depends on who
// answered first. Words, shape and colour each say the state.
import type { Agency, PersonView } from './model';
import { agencyCounts } from './model';
import { countWords, itemWords, markWords, stateWords } from './words';

// "Bridgewater Homes (demonstration)": what stands in brackets is small.
export function AgencyName({ name }: { name: string }) {
  const [, plain, rest] = /^(.*?)( \(.*\))$/.exec(name) ?? ['', name, ''];
  return (
    <>
      {plain}
      {rest !== '' && <span class="lg-note">{rest}</span>}
    </>
  );
}

function State({ agency }: { agency: Agency }) {
  const { label, shape } = stateWords(agency.state);
  const counts = countWords(agency);
  return (
    <p class="lg-state">
      <span class={`lg-tag lg-tag--${agency.state}`}>
        <span aria-hidden="true" class="lg-shape">
          {shape}
        </span>{' '}
        {label}
      </span>
      {counts !== '' && <span class="lg-note"> {counts}</span>}
    </p>
  );
}

function Why({ agency }: { agency: Agency }) {
  const { why, next } = stateWords(agency.state);
  return (
    <details class="lg-details">
      <summary>
        Why<span class="govuk-visually-hidden">: {agency.name}</span>
      </summary>
      <div class="lg-details__text">
        <p>{agency.sentence !== '' ? agency.sentence : why}</p>
        {agency.sentence !== '' && <p>{why}</p>}
        {agency.heldBack.length > 0 && (
          <ul>
            {agency.heldBack.map((held) => (
              <li key={`${held.item} ${held.code}`}>
                {itemWords(held.item)} <span class="lg-mark">[{markWords(held)}]</span>{' '}
                {held.sentence} <span class="lg-code">{held.code}</span>
              </li>
            ))}
          </ul>
        )}
        {next !== '' && <p>What you can do: {next}</p>}
        {agency.asOf !== '' && <p>Its data is of {agency.asOf}.</p>}
        {agency.receipt !== '' && <p>Log entry {agency.receipt}.</p>}
      </div>
    </details>
  );
}

export interface AgencyActions {
  onAskAgain?: (agency: string) => void;
  onDetail?: () => void;
}

export function Agencies({ view, onAskAgain, onDetail }: AgencyActions & { view: PersonView }) {
  const { answered, all } = agencyCounts(view);
  const canAsk = view.isComplete && view.tier === 'headline' && view.refusal === null;
  return (
    <section id="agencies" class="lg-panel" aria-labelledby="agencies-heading" tabIndex={-1}>
      <h2 id="agencies-heading" class="lg-heading">
        Agencies: {answered} of {all} answered
      </h2>
      <ul class="lg-agencies">
        {view.agencies.map((agency) => (
          <li key={agency.id} class="lg-agency">
            <h3 class="lg-agency__name">
              <AgencyName name={agency.name} />
            </h3>
            <State agency={agency} />
            {agency.state === 'late' && view.isComplete && onAskAgain !== undefined && (
              <button
                type="button"
                class="lg-link-button"
                onClick={() => onAskAgain(agency.id)}
                aria-keyshortcuts="Alt+A"
              >
                Ask again<span class="govuk-visually-hidden">: {agency.name}</span>
              </button>
            )}
            <Why agency={agency} />
          </li>
        ))}
      </ul>
      {canAsk && onDetail !== undefined && (
        <button type="button" class="govuk-button govuk-button--secondary" onClick={onDetail}>
          Ask for more
        </button>
      )}
    </section>
  );
}
