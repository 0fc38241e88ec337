// SPDX-License-Identifier: Apache-2.0
// The session, as the gateway tells it: lockgate.v1.Session, three calls without fields, by
// Connect's JSON.
export interface Session {
  displayName: string;
  role: string;
  agencyName: string;
  partnershipName: string;
  isOfficer: boolean;
  idleLeftMs: number;
  leftMs: number;
  oneOperator: boolean;
  isSynthetic: boolean;
}

// Numbers of 64 bits come as text; what is 0, false or empty is left out.
export function sessionRead(state: Record<string, unknown>): Session {
  const text = (name: string) => (typeof state[name] === 'string' ? state[name] : '');
  return {
    displayName: text('displayName') || text('userId'),
    role: text('role'),
    agencyName: text('agencyName') || text('agency'),
    partnershipName: text('partnershipName'),
    isOfficer: state.isOfficer === true,
    idleLeftMs: Number(text('idleLeftMs') || 0),
    leftMs: Number(text('leftMs') || 0),
    oneOperator: state.oneOperator === true,
    isSynthetic: state.isSynthetic === true,
  };
}

// Null: there is no session any more.
async function call(method: string): Promise<Record<string, unknown> | null> {
  const answer = await fetch(`/lockgate.v1.Session/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'lockgate-console': '1' },
    body: '{}',
  });
  if (answer.status === 401) {
    return null;
  }
  if (!answer.ok) {
    throw new Error(`Session ${method}: ${answer.status}`);
  }
  return answer.json();
}

async function stateOf(method: string): Promise<Session | null> {
  const reply = await call(method);
  return reply === null ? null : sessionRead((reply.state ?? {}) as Record<string, unknown>);
}

// Does not make it last longer.
export function sessionCurrent(): Promise<Session | null> {
  return stateOf('Current');
}

export async function sessionEnd(): Promise<void> {
  await call('End');
}

export function sessionExtend(): Promise<Session | null> {
  return stateOf('Extend');
}
