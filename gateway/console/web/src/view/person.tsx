// SPDX-License-Identifier: Apache-2.0
// The single screen: right person? may I look? who knows them? what happened? who is around them?
import { Agencies, type AgencyActions } from './agencies';
import { Household } from './household';
import { ContextBar, IdentityBar, ONWARD } from './identity';
import { agencyCounts, type PersonView } from './model';
import { RefusalBox } from './refusal';
import { Timeline, type TimelineActions } from './timeline';
import { dateWords, dayOf } from './words';

export interface PersonActions extends AgencyActions, TimelineActions {
  onPrint?: () => void;
  onLeave?: () => void;
}

// F: what the log holds of this look.
function RecordOfLook({ view, onPrint, onLeave }: PersonActions & { view: PersonView }) {
  const { answered, all } = agencyCounts(view);
  return (
    <section id="record" class="lg-record" aria-labelledby="record-heading" tabIndex={-1}>
      <h2 id="record-heading" class="lg-heading">
        Record of this look
      </h2>
      <p>
        {view.logSize === ''
          ? 'Being written: nothing is shown before it is in the log.'
          : `Logged ${view.loggedAt}, log size ${view.logSize}.`}{' '}
        {answered} of {all} agencies answered.
      </p>
      <div class="lg-buttons">
        {onPrint !== undefined && (
          <button type="button" class="govuk-button govuk-button--secondary" onClick={onPrint}>
            Print
          </button>
        )}
        {onLeave !== undefined && (
          <button type="button" class="govuk-button govuk-button--warning" onClick={onLeave}>
            End view
          </button>
        )}
      </div>
    </section>
  );
}

function destroyAfter(view: PersonView, today: string): string {
  const days = view.duties?.keepDays ?? 0;
  if (days === 0 || today === '') {
    return 'as the agreement says';
  }
  const day = new Date(`${today}T12:00:00`);
  day.setDate(day.getDate() + days);
  return dateWords(dayOf(day));
}

// On paper only: who, when, why, where it is logged, when to destroy it.
function PrintFooter({ view, today }: { view: PersonView; today: string }) {
  return (
    <p class="lg-print-only lg-print-foot">
      Printed by {view.lookedBy}, {view.lookedAt}. Purpose: {view.ground.purposeTitle}. Case{' '}
      {view.ground.caseReference}. Log size {view.logSize}. Destroy after{' '}
      {destroyAfter(view, today)}. {ONWARD[view.duties?.onward ?? '']}{' '}
      {ONWARD[view.duties?.onward ?? '']}
    </p>
  );
}

export function PersonScreen(props: PersonActions & { view: PersonView; today: string }) {
  const { view, today, onAskAgain, onDetail, onFilter, onPrint, onLeave } = props;
  return (
    <div class="lg-person">
      <nav class="lg-skips" aria-label="Skip to a part of this page">
        <a class="govuk-skip-link" href="#agencies">
          Skip to agencies
        </a>
        <a class="govuk-skip-link" href="#timeline">
          Skip to timeline
        </a>
        <a class="govuk-skip-link" href="#household">
          Skip to household and contacts
        </a>
      </nav>
      <div class="lg-bars">
        <IdentityBar view={view} today={today} />
        <ContextBar view={view} />
      </div>
      {view.refusal !== null && <RefusalBox refusal={view.refusal} />}
      <div class="lg-columns">
        <Agencies view={view} onAskAgain={onAskAgain} onDetail={onDetail} />
        <Timeline view={view} onFilter={onFilter} />
        <Household view={view} />
      </div>
      <RecordOfLook view={view} onPrint={onPrint} onLeave={onLeave} />

      <PrintFooter view={view} today={today} />
    </div>
  );
}
