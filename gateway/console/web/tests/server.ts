// SPDX-License-Identifier: Apache-2.0
// The built pages with the gateway's own headers and canned answers, for browser tests alone. What
// it answers is in `world`, which a test may change before each step.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { Readable } from 'node:stream';

import { type Code, ConnectError, createConnectRouter } from '@connectrpc/connect';
import { createFetchHandler } from '@connectrpc/connect/protocol';
import { ristretto255_oprf, x25519 } from '@noble/curves/ed25519.js';
import { AgreementState, Agreements } from 'contract/lockgate/v1/agreements_pb';
import { Audit } from 'contract/lockgate/v1/audit_pb';
import { Disclosures, SourceState } from 'contract/lockgate/v1/disclosures_pb';
import { FindBand, Subjects } from 'contract/lockgate/v1/subjects_pb';

import { hexOf } from './edge';
import { sampleParts } from './parts';
import { logMake } from './tree';

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; " +
    "require-trusted-types-for 'script'; trusted-types 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

export interface World {
  session: Record<string, unknown> | null;
  agreement: string;
  isEnough: boolean;
  refusal: { code: string; sentence: string; remedy: string } | null;
  parts: ReturnType<typeof sampleParts>;
  // Parts from this one on wait until the test lets them go.
  holdFrom: number;
  held: Promise<void>;
  failure: Code | null;
  hasPins: boolean;
  // What was asked for, as calls came: to see what left the browser.
  calls: string[];
  bodies: Buffer[];
}

const AGREEMENT = `isa 1
agreement bridgewater
  title: Bridgewater multi-agency support, demonstration
party housing
  name: Bridgewater Homes (demonstration)
party police
  name: Bridgewater police (demonstration)
party childrens-care
  name: Children's social care (demonstration)
party adults-care
  name: Adults' social care (demonstration)
party mh-trust
  name: Bridgewater mental health trust (demonstration)
party gp
  name: GP practices (demonstration)
party voluntary
  name: Bridgewater family support (demonstration)
party probation
  name: Probation service (demonstration)
purpose safeguarding
  title: Protect a child, or an adult at risk, from harm
purpose adult-safeguarding
  title: Protect an adult at risk from harm
  within: safeguarding
basis care-act
  title: Care Act 2014 s.6, s.42 and s.45
  covers: adult-safeguarding
`;

export const SESSION = {
  displayName: 'Chris Sample',
  userId: 'c.sample',
  role: 'coordinator',
  agency: 'hub',
  agencyName: 'Bridgewater coordination hub',
  partnershipName: 'Bridgewater',
  idleLeftMs: '900000',
  leftMs: '36000000',
  isSynthetic: true,
  oneOperator: true,
};

export function worldNew(): World {
  return {
    session: SESSION,
    agreement: AGREEMENT,
    isEnough: true,
    refusal: null,
    parts: sampleParts(),
    holdFrom: Number.POSITIVE_INFINITY,
    held: Promise.resolve(),
    failure: null,
    hasPins: true,
    calls: [],
    bodies: [],
  };
}

const NOTE = 'lockgate.example/log\n48217\nAAAA\n\n— x y\n';
const token = ristretto255_oprf.voprf.generateKeyPair();
const index = x25519.keygen();

function pinsText(): string {
  const keys = [...'NACDE'].map((letter) => `token ${letter} 1 ${hexOf(token.publicKey)}\n`);
  return `index ${hexOf(index.publicKey)}\n${keys.join('')}`;
}

function subjectsOf(world: World) {
  return {
    evaluate(request: { batches: { tokenClass: number; elements: Uint8Array[] }[] }) {
      const batches = request.batches.map(({ tokenClass, elements }) => {
        const { secretKey, publicKey } = token;
        const said = ristretto255_oprf.voprf.blindEvaluateBatch(secretKey, publicKey, elements);
        return { tokenClass, epoch: 1, elements: said.evaluated, proof: said.proof };
      });
      return { batches };
    },
    find() {
      if (world.failure !== null) {
        throw new ConnectError('canned', world.failure);
      }
      return {
        verdict: { decision: 1 },
        band: world.isEnough ? FindBand.ENOUGH : FindBand.NOT_ENOUGH_TO_DECIDE,
        handle: new Uint8Array(96),
        receipt: { index: 48210n, leaf: new Uint8Array(40) },
      };
    },
  };
}

async function* watchOf(world: World) {
  const parts = world.refusal === null ? world.parts : [];
  for (const [at, result] of parts.entries()) {
    if (at >= world.holdFrom) {
      await world.held;
    }
    yield {
      event: {
        case: 'part' as const,
        value: {
          part: { result, receipt: { index: BigInt(48211 + at), leaf: new Uint8Array(40) } },
          pseudonym: 'mzxw6ytboi2fkq3cmzxw6ytboi2fkq3cmzxw6ytboi2fkq3cmzxw6ytb',
          checkpoint: { note: NOTE },
        },
      },
    };
  }
  const verdict =
    world.refusal === null
      ? { decision: 2, agreement: 'bridgewater' }
      : { decision: 3, ...world.refusal };
  yield {
    event: {
      case: 'end' as const,
      value: {
        verdict,
        duties: { keepDays: 90, onward: 'no', obligations: ['objection-noted'] },
        checkpoint: { note: NOTE },
      },
    },
  };
}

function disclosuresOf(world: World) {
  return {
    canAsk() {
      const sources = world.parts.map(({ source, state }) =>
        state === SourceState.NOT_PERMITTED
          ? {
              source,
              missing: [
                {
                  item: 'contact.x',
                  sentence: 'Your role may ask Probation only to prevent crime.',
                },
              ],
            }
          : { source, items: [{ item: 'contact.known-to-service' }] },
      );
      return { verdict: { decision: 2 }, sources };
    },
    watch: () => watchOf(world),
  };
}

function agreementsOf(world: World) {
  const one = { id: 'bridgewater', version: 1, title: 'Bridgewater', state: AgreementState.ACTIVE };
  return {
    list: () => ({ agreements: [one] }),
    get: () => ({ agreement: one, text: new TextEncoder().encode(world.agreement) }),
  };
}

export const LOG = logMake(60);

// 30 entries of the log, in two pages.
const auditOf = {
  search(request: { cursor: Uint8Array; purpose: string }) {
    const from = request.cursor.length === 0 ? 0 : 25;
    const entries = LOG.receipts.slice(from, from === 0 ? 25 : 30);
    const hits = entries.map(({ index }, i) => ({
      index,
      side: (i % 2) + 1,
      kind: (i % 4) + 1,
      outcome: (i % 3) + 1,
      timeMs: 1796083200000n,
      requester: i % 2 === 0 ? 'hub' : '',
      source: i % 4 === 1 ? 'police' : '',
      agreement: 'bridgewater',
      agreementVersion: 1,
      purpose: i % 2 === 0 ? 'adult-safeguarding' : '',
      basis: i % 2 === 0 ? 'care-act' : '',
      reason: 'PERMIT_CLAUSE',
      emergency: i === 4,
      recordCount: i % 2 === 0 ? 3 : 0,
    }));
    return {
      verdict: { decision: 1 },
      entries,
      hits,
      checkpoint: { note: LOG.note },
      coveredSize: 60n,
      cursor: from === 0 ? new Uint8Array(24) : new Uint8Array(),
    };
  },
};

interface Asset {
  path: string;
  file: string;
  type: string;
}

function assetsRead(folder: string): Map<string, Asset> {
  const text = fs.readFileSync(path.join(folder, 'manifest.json'), 'utf8');
  const { assets } = JSON.parse(text) as { assets: Asset[] };
  return new Map(assets.map((asset) => [asset.path, asset]));
}

function sessionAnswer(world: World, response: http.ServerResponse): void {
  const status = world.session === null ? 401 : 200;
  const body = world.session === null ? { code: 'unauthenticated' } : { state: world.session };
  response.writeHead(status, { ...HEADERS, 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function bodyOf(request: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

async function callAnswer(
  world: World,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const body = await bodyOf(request);
  world.calls.push(url.pathname);
  world.bodies.push(body);
  if (request.headers['lockgate-console'] !== '1') {
    response.writeHead(403, HEADERS).end();
    return;
  }
  if (url.pathname.startsWith('/lockgate.v1.Session/')) {
    sessionAnswer(world, response);
    return;
  }
  const router = createConnectRouter();
  router.service(Subjects, subjectsOf(world) as never);
  router.service(Disclosures, disclosuresOf(world) as never);
  router.service(Audit, auditOf as never);
  router.service(Agreements, agreementsOf(world) as never);
  const handler = router.handlers.find((one) => one.requestPath === url.pathname);
  if (handler === undefined) {
    response.writeHead(404, HEADERS).end();
    return;
  }
  const headers = new Headers();
  for (const name of ['content-type', 'connect-protocol-version', 'connect-timeout-ms']) {
    const value = request.headers[name];
    if (typeof value === 'string') {
      headers.set(name, value);
    }
  }
  const asked = new Request(url, { method: 'POST', headers, body: Uint8Array.from(body) });
  const answer = await createFetchHandler(handler, { httpVersion: '2.0' })(asked);
  response.writeHead(answer.status, { ...HEADERS, ...Object.fromEntries(answer.headers) });
  if (answer.body === null) {
    response.end();
  } else {
    Readable.fromWeb(answer.body as never)
      .on('error', () => response.destroy())
      .pipe(response);
  }
}

// Serves on a free port of loopback; gives its origin.
export async function serverStart(folder: string, world: World): Promise<[string, () => void]> {
  const assets = assetsRead(folder);
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const asset = assets.get(pathname);
    if (request.method === 'POST') {
      callAnswer(world, request, response).catch(() => response.destroy());
    } else if (pathname === '/pins') {
      response.writeHead(world.hasPins ? 200 : 404, { ...HEADERS, 'content-type': 'text/plain' });
      response.end(world.hasPins ? pinsText() : '');
    } else if (asset === undefined) {
      response.writeHead(404, HEADERS).end();
    } else {
      response.writeHead(200, { ...HEADERS, 'content-type': asset.type });
      response.end(fs.readFileSync(path.join(folder, asset.file)));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return [
    `http://localhost:${port}`,
    () => {
      server.closeAllConnections();
      server.close();
    },
  ];
}
