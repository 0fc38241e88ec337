// SPDX-License-Identifier: Apache-2.0
// The calls of the Connect clients, in node and in a browser alike: health, CanAsk, Ask, Watch, a
// Watch that is given up after its first part, and a question without a person. `print` is given
// lines as foreign.py reads them.
import { toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient } from '@connectrpc/connect';

const ground = {
  agreement: 'bridgewater', purpose: 'child-safeguarding', lawfulBasis: 'children-act',
  caseReference: 'CASE-ES',
  actor: { userId: 'es-user', role: 'social-worker', displayName: 'E SAMPLE' },
};

const question = (v1, person) => ({
  requestId: crypto.getRandomValues(new Uint8Array(16)),
  person, tier: v1.Tier.DETAIL, ground, ageClass: 1, noConsentReason: 'would-prejudice',
});

function hex(schema, message) {
  const bytes = [...toBinary(schema, message)];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function wrong(v1, client, options) {
  try {
    await client.ask(question(v1, undefined), options);
    return 'OK';
  } catch (reason) {
    const error = ConnectError.from(reason);
    const name = Code[error.code].replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase();
    return `${name} ${error.rawMessage}`;
  }
}

/* A Watch that is given up after its first part. */
async function left(client, request, options) {
  const given = new AbortController();
  let seen = 'nothing';
  try {
    for await (const event of client.watch(request, { ...options, signal: given.signal })) {
      seen = event.event.case;
      given.abort();
    }
  } catch (reason) {
    return `${seen} ${Code[ConnectError.from(reason).code]}`;
  }
  return `${seen} to its end`;
}

/* v1, health: what protoc-gen-es made of disclosures.proto and health.proto. */
export async function calls({ v1, health }, transport, pseudonym, print) {
  const client = createClient(v1.Disclosures, transport);
  const options = { timeoutMs: 20000 };
  const person = { ref: { case: 'pseudonym', value: pseudonym } };
  const { status } = await createClient(health.Health, transport).check({}, options);
  print(`health ${health.HealthCheckResponse_ServingStatus[status]}`);
  print(`can-ask ${hex(v1.CanAskReplySchema, await client.canAsk(
    { ground, ageClass: 1, noConsentReason: 'would-prejudice' }, options))}`);
  print(`ask ${hex(v1.AskReplySchema, await client.ask(question(v1, person), options))}`);
  for await (const event of client.watch(question(v1, person), options)) {
    print(`watch ${hex(v1.WatchReplySchema, event)}`);
  }
  print(`left ${await left(client, question(v1, person), options)}`);
  print(`wrong ${await wrong(v1, client, options)}`);
}
