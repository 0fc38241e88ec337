// SPDX-License-Identifier: Apache-2.0
// Stock @connectrpc/connect-node with code of protoc-gen-es: CanAsk, Ask, Watch and a question
// without a person, by the transport that it is told of. connect_node_peer_test.py judges what it
// prints.
import crypto from 'node:crypto';
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';

import { toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';

const told = JSON.parse(fs.readFileSync(0, 'utf8'));
const v1 = await import(pathToFileURL(`${told.stubs}/lockgate/v1/disclosures_pb.js`));
const read = (path) => fs.readFileSync(path);

const settings = {
  baseUrl: told.address,
  httpVersion: '2',
  useBinaryFormat: told.format === 'binary',
  nodeOptions: { ca: read(told.anchors), cert: read(told.certificate), key: read(told.key) },
};
const transport = told.protocol === 'grpc' ? createGrpcTransport(settings)
  : createConnectTransport(settings);
const client = createClient(v1.Disclosures, transport);
const options = { timeoutMs: 20000 };

const ground = {
  agreement: 'bridgewater', purpose: 'child-safeguarding', lawfulBasis: 'children-act',
  caseReference: 'CASE-ES', actor: { userId: 'es-user', role: 'social-worker',
    displayName: 'E SAMPLE' },
};
const question = (pseudonym) => ({
  requestId: crypto.randomBytes(16),
  person: pseudonym === undefined ? undefined
    : { ref: { case: 'pseudonym', value: pseudonym } },
  tier: v1.Tier.DETAIL, ground, ageClass: 1, noConsentReason: 'would-prejudice',
});

function print(word, schema, message) {
  console.log(`${word} ${Buffer.from(toBinary(schema, message)).toString('hex')}`);
}

async function wrong() {
  try {
    await client.ask(question(undefined), options);
    console.log('wrong OK');
  } catch (reason) {
    const error = ConnectError.from(reason);
    const name = Code[error.code].replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
    console.log(`wrong ${name} ${error.rawMessage}`);
  }
}

print('can-ask', v1.CanAskReplySchema, await client.canAsk(
  { ground, ageClass: 1, noConsentReason: 'would-prejudice' }, options));
print('ask', v1.AskReplySchema, await client.ask(question(told.pseudonym), options));
if (told.streams) {
  for await (const event of client.watch(question(told.pseudonym), options)) {
    print('watch', v1.WatchReplySchema, event);
  }
}
await wrong();
