// SPDX-License-Identifier: Apache-2.0
// E of the single screen: who is around the person, as a map of links and as a table of the same
// rows, which is the primary form for screen readers and on paper. No scores, no colours for risk.
import { AgencyName } from './agencies';
import type { Contact, ContactKind, PersonView, Tie } from './model';
import { contactsSorted, MAP_SIZE, type Place, places } from './ring';

const KIND_WORDS: Record<ContactKind, string> = {
  household: 'Household',
  family: 'Family',
  worker: 'Worker',
};
const TIE_WORDS: Record<Tie, string> = {
  current: 'current',
  past: 'past',
  reported: 'reported once',
};
const CENTRE = MAP_SIZE / 2;

// The shape says the kind: a circle, a rounded square, a diamond.
function Shape({ place }: { place: Place }) {
  const { x, y, contact } = place;
  if (contact.kind === 'household') {
    return <circle cx={x} cy={y} r={16} />;
  }
  if (contact.kind === 'family') {
    return <rect x={x - 16} y={y - 16} width={32} height={32} rx={4} />;
  }
  return <path d={`M${x} ${y - 19}L${x + 19} ${y}L${x} ${y + 19}L${x - 19} ${y}Z`} />;
}

function Node({ place, number }: { place: Place; number: number }) {
  const { contact, x, y } = place;
  const words = `${contact.label}, ${contact.relation}, ${TIE_WORDS[contact.tie]}`;
  return (
    <a href={`#contact-${contact.id}`} class={`lg-node lg-node--${contact.kind}`}>
      <title>{words}</title>
      <Shape place={place} />
      <text x={x} y={y + 5} text-anchor="middle">
        {number}
      </text>
    </a>
  );
}

function HouseholdMap({ contacts }: { contacts: Contact[] }) {
  const found = places(contacts);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a drawing has no element of forms
    <svg
      class="lg-map"
      viewBox={`0 0 ${MAP_SIZE} ${MAP_SIZE}`}
      role="group"
      aria-label="Map of household and contacts. The table below has the same rows."
    >
      {found.map(({ contact, x, y }) => (
        <line
          key={contact.id}
          class={`lg-tie lg-tie--${contact.tie}`}
          x1={CENTRE}
          y1={CENTRE}
          x2={x}
          y2={y}
        />
      ))}
      <circle class="lg-centre" cx={CENTRE} cy={CENTRE} r={29} />
      <circle class="lg-centre" cx={CENTRE} cy={CENTRE} r={24} />
      <text class="lg-centre-text" x={CENTRE} y={CENTRE + 5} text-anchor="middle">
        Person
      </text>
      {found.map((place, i) => (
        <Node key={place.contact.id} place={place} number={i + 1} />
      ))}
    </svg>
  );
}

function ContactRow({ contact, number }: { contact: Contact; number: number }) {
  return (
    <tr id={`contact-${contact.id}`} tabIndex={-1}>
      <th scope="row">
        {number}. {contact.label}
        {contact.reference !== '' && (
          <span aria-hidden="true" class="lg-code">
            {' '}
            {contact.reference}
          </span>
        )}
        <p class="lg-link-words">
          {contact.relation}
          <span class="lg-note">
            {' '}
            ({KIND_WORDS[contact.kind].toLowerCase()}, {TIE_WORDS[contact.tie]})
          </span>
        </p>
      </th>
      <td>
        <AgencyName name={contact.agency} />
        {contact.since !== '' && <span class="lg-note"> ({contact.since})</span>}
      </td>
      <td class="lg-phone">{contact.telephone}</td>
    </tr>
  );
}

export function Household({ view }: { view: PersonView }) {
  const contacts = contactsSorted(view.contacts);
  return (
    <section id="household" class="lg-panel" aria-labelledby="household-heading" tabIndex={-1}>
      <h2 id="household-heading" class="lg-heading">
        Household and contacts
      </h2>
      {contacts.length === 0 ? (
        <p class="govuk-body">
          {view.isComplete ? 'Nobody to show.' : 'Contacts appear as agencies answer.'}
        </p>
      ) : (
        <>
          <HouseholdMap contacts={contacts} />
          <p class="lg-key">
            Circle: household. Square: family. Diamond: worker. Solid line: current; dashed: past;
            dotted: reported once.
          </p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls needs the keys */}
          <section class="lg-scroll" aria-label="Table of household and contacts" tabIndex={0}>
            <table class="lg-table">
              <caption class="govuk-visually-hidden">Household and contacts</caption>
              <thead>
                <tr>
                  <th scope="col">Who</th>
                  <th scope="col">Agency</th>
                  <th scope="col">Telephone</th>
                </tr>
              </thead>
              <tbody>
                {contacts.map((contact, i) => (
                  <ContactRow key={contact.id} contact={contact} number={i + 1} />
                ))}
              </tbody>
            </table>
          </section>
        </>
      )}
    </section>
  );
}
