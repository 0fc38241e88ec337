// SPDX-License-Identifier: Apache-2.0
// What every page of a session does: says who is signed in, warns before the session ends, goes to
// the sign-in when it has.
import { render } from 'preact';

import { signInAgain } from '../load/client';
import { type Session, sessionCurrent, sessionEnd, sessionExtend } from '../load/session';
import { leftMs, operatorWords, SessionLine } from '../view/session';
import { elementOf } from './element';

const CHECK_MS = 30 * 1000;

// The app's place in the shell, emptied of what it said before.
export function appElement(): HTMLElement {
  document.documentElement.classList.add('govuk-frontend-supported');
  const app = elementOf('app');
  app.replaceChildren();
  return app;
}

// Where somebody is after a step of their own: at the new heading, or at what is wrong.
export function focusStep(): void {
  const target = document.getElementById('errors') ?? document.getElementById('heading');
  target?.focus();
  if (target === null || target.id === 'heading') {
    window.scrollTo(0, 0);
  }
}

// Wiped first, whatever becomes of the call: the page goes away with what it shows. A session that
// could not be ended ends by itself, and the sign-in says so.
async function signOut(): Promise<void> {
  const app = elementOf('app');
  render(null, app);
  const isEnded = await sessionEnd().then(
    () => true,
    () => false,
  );
  location.assign(isEnded ? '/signed-out' : '/sign-in?why=failed');
}

async function extend(onEnd: () => void): Promise<void> {
  const session = await sessionExtend().catch(() => null);
  if (session === null) {
    onEnd();
    return;
  }
  show(session, onEnd);
}

function show(session: Session, onEnd: () => void): void {
  render(
    <SessionLine session={session} onExtend={() => extend(onEnd)} onSignOut={signOut} />,
    elementOf('session'),
  );
}

async function check(onEnd: () => void): Promise<void> {
  // A line that is down is no end: the server ends the session by itself.
  const session = await sessionCurrent().catch(() => undefined);
  if (session === null) {
    onEnd();
  } else if (session !== undefined) {
    show(session, onEnd);
  }
}

// Pages that a role has nothing to do on are not offered; the gateway refuses them anyway.
function navigationFit(session: Session): void {
  const unfit = session.isOfficer ? '/find' : '/disclosures';
  document.querySelector(`nav a[href="${unfit}"]`)?.closest('li')?.remove();
}

// The session; null when the page is on its way to the sign-in. onWipe: what it forgets first.
export async function sessionStart(onWipe: () => void): Promise<Session | null> {
  const onEnd = () => {
    onWipe();
    signInAgain();
  };
  // Nothing stays behind for the button that goes back.
  window.addEventListener('pagehide', onWipe);
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) {
      location.reload();
    }
  });
  const session = await sessionCurrent();
  if (session === null || leftMs(session) <= 0) {
    onEnd();
    return null;
  }
  navigationFit(session);
  elementOf('operator').textContent = operatorWords(session);
  show(session, onEnd);
  setInterval(() => check(onEnd), CHECK_MS);
  document.addEventListener('keydown', (event) => {
    if (event.altKey && event.key.toLowerCase() === 's') {
      event.preventDefault();
      void extend(onEnd);
    }
  });
  return session;
}
