// SPDX-License-Identifier: Apache-2.0
// D of the single screen: what happened, newest first, under month headings. A list of text: it
// reads well aloud and prints.
import { AgencyName } from './agencies';
import type { Happening, HeldBack, PersonView } from './model';
import { count, dateWords, itemWords, markWords } from './words';

interface Month {
  title: string;
  happenings: Happening[];
}

// Newest month first; what has no date comes last.
export function monthsOf(happenings: Happening[]): Month[] {
  const sorted = [...happenings].sort((a, b) => {
    const dates = b.date.localeCompare(a.date);
    return dates !== 0 ? dates : a.agency.localeCompare(b.agency);
  });
  const months: Month[] = [];
  for (const happening of sorted) {
    const month = happening.date.slice(0, 7);
    const title = month === '' ? 'Without a date' : dateWords(month);
    const last = months.at(-1);
    if (last !== undefined && last.title === title) {
      last.happenings.push(happening);
    } else {
      months.push({ title, happenings: [happening] });
    }
  }
  return months;
}

function Entry({ happening }: { happening: Happening }) {
  const about = /^[0-9]{4}-[0-9]{2}$/.test(happening.date) ? 'About ' : '';
  return (
    <li class="lg-event">
      <p class="lg-event__head">
        <span class="lg-event__date">
          {happening.date === '' ? 'Date not given' : `${about}${dateWords(happening.date)}`}
        </span>{' '}
        <span class="lg-event__agency">
          <AgencyName name={happening.agency} />
        </span>
      </p>
      <dl class="lg-facts">
        {happening.facts.map((fact) => (
          <div key={fact.label} class="lg-fact">
            <dt>{fact.label}</dt>
            <dd>
              {fact.value}
              {fact.note !== '' && <span class="lg-note"> ({fact.note})</span>}
            </dd>
          </div>
        ))}
      </dl>
    </li>
  );
}

interface Left {
  agency: string;
  held: HeldBack;
}

function HeldBackList({ view }: { view: PersonView }) {
  const left: Left[] = view.agencies
    .filter((agency) => agency.state === 'answered')
    .flatMap((agency) => agency.heldBack.map((held) => ({ agency: agency.name, held })));
  if (left.length === 0) {
    return null;
  }
  return (
    <details class="lg-details">
      <summary>{count(left.length, 'item')} held back</summary>
      <ul class="lg-details__text">
        {left.map(({ agency, held }) => (
          <li key={`${agency} ${held.item}`}>
            {agency}, {itemWords(held.item).toLowerCase()}:{' '}
            <span class="lg-mark">[{markWords(held)}]</span>{' '}
            <span class="lg-code">{held.code}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

interface FilterProps {
  view: PersonView;
  onFilter: (agency: string, isShown: boolean) => void;
}

function Filter({ view, onFilter }: FilterProps) {
  const ids = [...new Set(view.happenings.map((happening) => happening.agencyId))];
  const shown = view.agencies.filter((agency) => ids.includes(agency.id));
  if (shown.length < 2) {
    return null;
  }
  return (
    <details class="lg-details lg-filter">
      <summary>Choose agencies</summary>
      <fieldset class="govuk-fieldset lg-details__text">
        <legend class="govuk-visually-hidden">Show entries of</legend>
        {shown.map((agency) => (
          <label key={agency.id} class="lg-check">
            <input
              type="checkbox"
              checked={!view.hiddenAgencies.includes(agency.id)}
              onChange={(event) => onFilter(agency.id, event.currentTarget.checked)}
            />
            <span>
              <AgencyName name={agency.name} />
            </span>
          </label>
        ))}
      </fieldset>
    </details>
  );
}

export interface TimelineActions {
  onFilter?: (agency: string, isShown: boolean) => void;
}

export function Timeline({ view, onFilter }: TimelineActions & { view: PersonView }) {
  const shown = view.happenings.filter((one) => !view.hiddenAgencies.includes(one.agencyId));
  const months = monthsOf(shown);
  return (
    <section id="timeline" class="lg-panel" aria-labelledby="timeline-heading" tabIndex={-1}>
      <h2 id="timeline-heading" class="lg-heading">
        Timeline
      </h2>
      {onFilter !== undefined && <Filter view={view} onFilter={onFilter} />}
      {months.length === 0 && (
        <p class="govuk-body">
          {view.isComplete ? 'No entries to show.' : 'Entries appear as agencies answer.'}
        </p>
      )}
      {months.map((month) => (
        <section key={month.title}>
          <h3 class="lg-month">{month.title}</h3>
          <ol class="lg-events">
            {month.happenings.map((happening) => (
              <Entry key={`${happening.agencyId} ${happening.record}`} happening={happening} />
            ))}
          </ol>
        </section>
      ))}
      <HeldBackList view={view} />
    </section>
  );
}
