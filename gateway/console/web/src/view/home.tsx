// SPDX-License-Identifier: Apache-2.0
// Where somebody starts: what they came for first.
import type { Session } from '../load/session';

export function Home({ session }: { session: Session }) {
  return session.isOfficer ? <OfficerHome session={session} /> : <WorkerHome session={session} />;
}

function WorkerHome({ session }: { session: Session }) {
  return (
    <div class="lg-form">
      <h1 class="govuk-heading-l">{session.partnershipName || 'Lockgate'}</h1>
      <p class="govuk-body">
        <a href="/find" class="govuk-button" draggable={false}>
          Find a person
        </a>
      </p>
      <h2 class="govuk-heading-m">Before you look</h2>
      <ul class="govuk-list govuk-list--bullet">
        <li>have your case reference at hand</li>
        <li>know for what purpose you ask, and under which law</li>
        <li>ask the person first, unless that would put somebody in danger</li>
      </ul>
      <p class="govuk-body">
        If somebody is in danger now, telephone 999. Telephoning an agency is often quicker than
        asking here, and always allowed.
      </p>
    </div>
  );
}

function OfficerHome({ session }: { session: Session }) {
  return (
    <div class="lg-form">
      <h1 class="govuk-heading-l">Information governance: {session.agencyName}</h1>
      <p class="govuk-body">You see your own organisation’s side, and no records of people.</p>
      <ul class="govuk-list">
        <li>
          <a class="govuk-link" href="/disclosures">
            Disclosures
          </a>
          : who asked for what, why, and what came of it, each with its proof
        </li>
      </ul>
    </div>
  );
}
