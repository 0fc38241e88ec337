// SPDX-License-Identifier: Apache-2.0
// The line under the header: who is signed in, that data is made up, and when the session ends.
import type { Session } from '../load/session';
import { codeWords } from './words';

// From here on the page asks whether somebody is still there.
export const WARN_MS = 2 * 60 * 1000;

export function leftMs(session: Session): number {
  return Math.min(session.idleLeftMs, session.leftMs);
}

function Ends({ session, onExtend }: SessionProps) {
  const minutes = Math.max(1, Math.ceil(leftMs(session) / 60000));
  // The ten hours are over: no key makes it longer.
  const canExtend = session.leftMs > session.idleLeftMs;
  return (
    <div class="lg-session__ends" role="alert">
      <p>
        You will be signed out in {minutes === 1 ? 'a minute' : `${minutes} minutes`}, and this view
        will be wiped.
      </p>{' '}
      {canExtend && (
        <button type="button" class="lg-link-button" onClick={onExtend} aria-keyshortcuts="Alt+S">
          Stay signed in (Alt and S)
        </button>
      )}
    </div>
  );
}

interface SessionProps {
  session: Session;
  onExtend?: () => void;
  onSignOut?: () => void;
}

export function SessionLine(props: SessionProps) {
  const { session, onSignOut } = props;
  return (
    <>
      <p>
        {session.displayName}, {codeWords(session.role).toLowerCase()}, {session.agencyName}
      </p>{' '}
      {session.isSynthetic && <strong class="lg-tag lg-tag--synthetic">Synthetic data</strong>}{' '}
      <button type="button" class="lg-link-button" onClick={onSignOut}>
        Sign out
      </button>
      {leftMs(session) <= WARN_MS && <Ends {...props} />}
    </>
  );
}

export function lookedByOf(session: Session): string {
  return `${session.displayName}, ${codeWords(session.role).toLowerCase()}, ${session.agencyName}`;
}

// For the foot of the page: who could undo tokens is said, not hidden.
export function operatorWords(session: Session): string {
  return session.oneOperator
    ? 'One operator runs index and key service here, and could undo the tokens of look-ups.'
    : '';
}
