// SPDX-License-Identifier: Apache-2.0
// The views as markup: what is said in each state, in which order, and that nothing an agency
// writes becomes more than text.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { renderToString } from 'preact-render-to-string';
import { agreementRead, basesOf } from '../src/load/agreement';
import { Announcer, QUIET_MS } from '../src/load/announce';
import { sessionRead } from '../src/load/session';
import { Home } from '../src/view/home';
import { bornOf, FoundPage, LookupPage, lookupErrors, NOBODY } from '../src/view/lookup';
import type { AgencyState, PersonView } from '../src/view/model';
import { PersonScreen } from '../src/view/person';
import { bytesCut, NO_NEED, needErrors, PurposePage } from '../src/view/purpose';
import { contactsSorted, MAP_SIZE, places } from '../src/view/ring';
import { operatorWords, SessionLine } from '../src/view/session';
import { SignInWhy } from '../src/view/sign-in';
import { monthsOf } from '../src/view/timeline';
import { ageAt, bornWords, dateWords, markWords, nhsWords, stateLine } from '../src/view/words';
import { INJECTIONS } from './injections';
import { AGENCIES, FULL, REFUSED, WAITING } from './sample';

const TODAY = '2026-12-01';

function screen(view: PersonView): string {
  return renderToString(<PersonScreen view={view} today={TODAY} />);
}

// As somebody reads it: no tags, entities as characters.
function textOf(html: string): string {
  return html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, '<')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ');
}

test('the person is named first, in the form of a patient banner', () => {
  const text = textOf(screen(FULL));
  assert.match(text, /EXAMPLE, Mary Born 14-Jul-1989 \(37y\) NHS No\. 999 000 0018/);
  assert.match(text, /Purpose Protect an adult at risk from harm Basis Care Act 2014/);
  assert.ok(text.indexOf('EXAMPLE, Mary') < text.indexOf('Agencies: 4 of 8 answered'));
});

test('each state has its words and its shape, in the order given and never by arrival', () => {
  const html = screen(FULL);
  const states: [AgencyState, string][] = [
    ['answered', 'Answered 4 items, 2 held back'],
    ['nothing', 'Nothing to show'],
    ['consent', 'Person said no to this'],
    ['late', 'No answer in time'],
    ['unavailable', 'Not available'],
    ['not-asked', 'Not asked'],
  ];
  for (const [state, words] of states) {
    assert.match(html, new RegExp(`lg-tag--${state}"`));
    assert.ok(textOf(html).includes(words), words);
  }
  const names = AGENCIES.map((agency) => html.indexOf(`lg-agency__name">${agency.name}`));
  assert.ok(names.every((at, i) => at > 0 && (i === 0 || at > (names[i - 1] ?? 0))));
});

test('nobody known and hidden by rule are the same bytes', () => {
  const of = (id: string) => {
    const agency = AGENCIES.find((one) => one.id === id);
    assert.ok(agency !== undefined);
    const renamed = { ...agency, id: 'x', name: 'X' };
    return screen({ ...FULL, agencies: [renamed], happenings: [], contacts: [] });
  };
  assert.equal(of('childrens-care'), of('mh-trust'));
});

test('while agencies are asked nothing is promised, and no log entry claimed', () => {
  const text = textOf(screen(WAITING));
  assert.match(text, /Agencies: 0 of 8 answered/);
  assert.match(text, /Entries appear as agencies answer/);
  assert.match(text, /nothing is shown before it is in the log/);
  assert.doesNotMatch(text, /Ask for more/);
});

test('a refusal says why and what would make it lawful', () => {
  const text = textOf(screen(REFUSED));
  assert.match(
    text,
    /Not shared No clause shares this with this role for this purpose\. NO_CLAUSE/,
  );
  assert.match(text, /What would make this lawful Ask for safeguarding/);
  const none = { ...REFUSED, refusal: { code: 'X', sentence: 'S.', remedy: '' } };
  assert.match(textOf(screen(none)), /Nothing that you could change/);
});

test('held back is marked in words with its code, never with a value', () => {
  const text = textOf(screen(FULL));
  assert.match(text, /\[person’s choice\] .*CONSENT_REFUSED/);
  assert.match(text, /\[not needed for this purpose\]/);
  assert.equal(markWords({ item: 'a.b', code: 'FLOOR_PROHIBITED', sentence: '' }).length > 0, true);
});

test('months newest first, without a date last', () => {
  const titles = monthsOf(FULL.happenings).map((month) => month.title);
  assert.deepEqual(titles, ['November 2026', 'Without a date']);
  const first = monthsOf(FULL.happenings)[0]?.happenings.map((one) => one.date);
  assert.deepEqual(first, ['2026-11-12', '2026-11']);
});

test('the map has a link to each row of the table, in its order, inside its frame', () => {
  const html = screen(FULL);
  const links = [...html.matchAll(/href="#contact-(\w+)"/g)].map((match) => match[1]);
  const rows = [...html.matchAll(/<tr id="contact-(\w+)"/g)].map((match) => match[1]);
  assert.deepEqual(links, rows);
  assert.deepEqual(
    contactsSorted(FULL.contacts).map((contact) => contact.kind),
    ['household', 'family', 'family', 'worker', 'worker'],
  );
  for (const place of places(FULL.contacts)) {
    assert.ok(place.x > 16 && place.x < MAP_SIZE - 16 && place.y > 16 && place.y < MAP_SIZE - 16);
  }
  const shuffled = [...FULL.contacts].reverse();
  assert.deepEqual(places(shuffled), places(FULL.contacts));
});

test('60 strings of script in every text of agencies come out as text', () => {
  assert.equal(INJECTIONS.length, 60);
  for (const evil of INJECTIONS) {
    const html = screen(poisoned(evil));
    const tags = [...html.matchAll(/<([a-z0-9]+)/gi)].map((match) => match[1]);
    const known = [...screen(poisoned('plain')).matchAll(/<([a-z0-9]+)/gi)].map((one) => one[1]);
    assert.deepEqual(tags, known, evil);
    assert.doesNotMatch(html, /<[^>]*\son\w+=/i, evil);
    assert.doesNotMatch(html, /href="(?!#|\/)/i, evil);
  }
});

export function poisoned(evil: string): PersonView {
  return {
    ...FULL,
    pseudonym: evil,
    agencies: FULL.agencies.map((agency) => ({
      ...agency,
      name: `${agency.name} ${evil}`,
      sentence: evil,
      asOf: evil,
      heldBack: agency.heldBack.map((held) => ({ ...held, sentence: evil, item: evil })),
    })),
    happenings: FULL.happenings.map((one) => ({
      ...one,
      agency: evil,
      date: evil,
      record: `${one.record}${evil}`,
      facts: one.facts.map(() => ({ label: evil, value: evil, note: evil })),
    })),
    contacts: FULL.contacts.map((contact) => ({
      ...contact,
      label: evil,
      relation: evil,
      agency: evil,
      since: evil,
      telephone: evil,
    })),
    duties: { keepDays: 1, onward: evil, obligations: [evil] },
  };
}

test('the purpose page wants everything, says what is missing, and links to it', () => {
  const errors = needErrors(NO_NEED);
  assert.deepEqual(
    errors.map((error) => error.field),
    ['purpose', 'basis', 'caseReference', 'proportionate', 'necessary', 'leastIntrusive'],
  );
  const agreement = agreementRead(AGREEMENT);
  const html = renderToString(
    <PurposePage
      need={NO_NEED}
      agreement={agreement}
      agreements={[]}
      lookedBy="Chris Example, coordinator, Hub"
      errors={errors}
    />,
  );
  for (const { field } of errors) {
    assert.ok(html.includes(`href="#${field}"`) && html.includes(`id="${field}"`), field);
    assert.ok(html.includes(`id="${field}-error"`), field);
  }
  const good = {
    ...NO_NEED,
    purpose: 'p',
    basis: 'b',
    caseReference: 'DEMO-1',
    proportionate: 'x'.repeat(20),
    necessary: 'x'.repeat(500),
    leastIntrusive: ` ${'x'.repeat(20)} `,
  };
  assert.deepEqual(needErrors(good), []);
  const fields = (part: object) => needErrors({ ...good, ...part }).map((one) => one.field);
  assert.deepEqual(fields({ proportionate: 'x'.repeat(19) }), ['proportionate']);
  assert.deepEqual(fields({ proportionate: `${' '.repeat(30)}x` }), ['proportionate']);
  assert.deepEqual(fields({ necessary: 'x'.repeat(501) }), ['necessary']);
  assert.deepEqual(fields({ necessary: 'é'.repeat(300) }), ['necessary']);
  assert.deepEqual(fields({ caseReference: 'x'.repeat(129) }), ['caseReference']);
  assert.equal(bytesCut('x'.repeat(600)).length, 512);
  assert.equal(bytesCut('😀'.repeat(200)), '😀'.repeat(128));
});

const AGREEMENT = `isa 1
# purpose hidden
agreement bridgewater
  title: Bridgewater
party police
  name: Bridgewater police
purpose safeguarding
  title: Protect
purpose child-safeguarding
  title: Protect a child
  within: safeguarding
basis children-act
  title: Children Act
  covers: child-safeguarding
basis crime
  title: Crime and Disorder Act
  covers: crime-prevention, safeguarding
basis help
  title: Help
  covers: early-help
`;

test('names and titles are read from an agreement, and bases by what they cover', () => {
  const agreement = agreementRead(AGREEMENT);
  assert.equal(agreement.title, 'Bridgewater');
  assert.equal(agreement.parties.get('police'), 'Bridgewater police');
  const ids = (purpose: string) => basesOf(agreement, purpose).map((basis) => basis.id);
  assert.deepEqual(ids('child-safeguarding'), ['children-act', 'crime']);
  assert.deepEqual(ids('safeguarding'), ['crime']);
  assert.deepEqual(ids('unknown'), []);
  // One that is within itself is no endless walk.
  assert.deepEqual(basesOf(agreementRead('purpose a\n  within: a\n'), 'a'), []);
});

test('the look-up asks by number first, and a result names nobody', () => {
  const html = renderToString(<LookupPage asked={NOBODY} errors={[]} />);
  assert.ok(html.indexOf('id="identifier"') < html.indexOf('id="family"'));
  assert.equal((html.match(/autocomplete="off"/g) ?? []).length, 7);
  assert.equal(bornOf('14', '7', '1989'), '1989-07-14');
  assert.equal(bornOf(' ', '', ''), '');
  assert.deepEqual(
    lookupErrors([], 0).map((error) => error.field),
    ['identifier'],
  );
  assert.deepEqual(
    lookupErrors(['born', 'postcode'], 1).map((error) => error.field),
    ['day', 'postcode'],
  );
  assert.deepEqual(lookupErrors([], 1), []);
  const enough = textOf(renderToString(<FoundPage isEnough receipt="7" />));
  const less = textOf(renderToString(<FoundPage isEnough={false} receipt="7" />));
  assert.match(enough, /Enough to go on .*Open the headline/);
  assert.match(less, /Not enough to decide .*Either nobody fits .* or more than one/);
  assert.doesNotMatch(less, /Open the headline/);
});

test('dates, ages and numbers in words', () => {
  assert.equal(dateWords('2026-07-04'), '4 July 2026');
  assert.equal(dateWords('2026-07'), 'July 2026');
  assert.equal(dateWords('2026-13-01'), '2026-13-01');
  assert.equal(bornWords('1989-07-04'), '04-Jul-1989');
  assert.equal(ageAt('1989-07-14', '2026-07-13'), 36);
  assert.equal(ageAt('1989-07-14', '2026-07-14'), 37);
  assert.equal(ageAt('2030-01-01', '2026-07-14'), null);
  assert.equal(nhsWords('999-000 0018'), '999 000 0018');
  const late = AGENCIES.find((agency) => agency.state === 'late');
  assert.ok(late !== undefined);
  assert.equal(stateLine(late), 'No answer in time');
});

const SESSION = {
  displayName: 'Chris Example',
  role: 'coordinator',
  agencyName: 'Bridgewater hub',
  partnershipName: 'Bridgewater',
  idleLeftMs: '900000',
  leftMs: '36000000',
};

test('the session line warns two minutes before the end, and offers to stay', () => {
  const line = (part: object) =>
    textOf(renderToString(<SessionLine session={sessionRead({ ...SESSION, ...part })} />));
  assert.doesNotMatch(line({}), /signed out in/);
  assert.match(line({ idleLeftMs: '120000' }), /signed out in 2 minutes.*Stay signed in/);
  assert.match(line({ leftMs: '60000' }), /signed out in a minute/);
  assert.doesNotMatch(line({ leftMs: '60000' }), /Stay signed in/);
  assert.match(line({ isSynthetic: true }), /Synthetic data/);
  assert.match(operatorWords(sessionRead({ oneOperator: true })), /One operator runs/);
  assert.equal(operatorWords(sessionRead({})), '');
  assert.equal(sessionRead({ displayName: 7 }).displayName, '');
});

test('home leads a worker to the search and an officer to the record', () => {
  const home = (isOfficer: boolean) =>
    renderToString(<Home session={sessionRead({ ...SESSION, isOfficer })} />);
  assert.match(home(false), /href="\/find"/);
  assert.match(home(true), /href="\/disclosures"/);
});

test('why to sign in: known codes only', () => {
  assert.match(renderToString(<SignInWhy code="stopped" />), /Your access is stopped/);
  assert.equal(renderToString(<SignInWhy code="<b>call 0161</b>" />), '');
});

test('a screen reader is told at most once in five seconds, and nothing is lost', () => {
  const announcer = new Announcer();
  assert.equal(announcer.take(0), null);
  announcer.add('Housing: Answered');
  assert.equal(announcer.take(0), 'Housing: Answered');
  announcer.add('Police: Answered');
  announcer.add('All asked');
  assert.equal(announcer.take(QUIET_MS - 1), null);
  assert.equal(announcer.take(QUIET_MS), 'Police: Answered. All asked');
  assert.equal(announcer.take(3 * QUIET_MS), null);
});
