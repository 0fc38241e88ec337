// SPDX-License-Identifier: Apache-2.0
// Stock @grpc/grpc-js: every service that partners use, and `Source` served to the gateway. Told
// what it needs by a line of JSON; listens, waits for a second line, then asks.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import readline from 'node:readline';

import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const told = JSON.parse((await lines.next()).value);

const files = ['common', 'disclosures', 'subjects', 'consents', 'audit', 'edge', 'source'];
const loaded = protoLoader.loadSync(
  files.map((name) => `lockgate/v1/${name}.proto`),
  { includeDirs: [told.proto], keepCase: true, longs: Number, enums: Number, defaults: true },
);
const v1 = grpc.loadPackageDefinition(loaded).lockgate.v1;
const read = (path) => fs.readFileSync(path);
const anchors = read(told.anchors);
const id = () => crypto.randomBytes(16);
const deadline = () => ({ deadline: Date.now() + 20000 });

// ---- the source of children's social care ----------------------------------------------------

const known = new Map(); // sealed reference as enrolled -> person
const fetched = [];
const acknowledged = [];

function fromGateway(call) {
  const names = call.getAuthContext().sslPeerCertificate?.subjectaltname ?? '';
  return names.split(', ').includes(`URI:${told.gatewayUri}`);
}

function onFetch(call, done) {
  if (!fromGateway(call)) {
    done({ code: grpc.status.PERMISSION_DENIED });
    return;
  }
  const { reference, call_reference, items } = call.request;
  const person = known.get(reference.toString('hex'));
  fetched.push(call.request);
  const held = { 'children.case-status': 'open', 'children.plan-type': 'plan' };
  const answer = items.filter((item) => item in held)
    .map((item) => ({ item, value: held[item], standing: 1 }));
  const records = person === undefined ? [] : [{ record: `case-${person}`, items: answer }];
  done(null, { call_reference, records, as_of_s: 1790000000 });
}

function onAcknowledge(call, done) {
  if (!fromGateway(call)) {
    done({ code: grpc.status.PERMISSION_DENIED });
    return;
  }
  acknowledged.push(call.request);
  done(null, {});
}

const server = new grpc.Server();
server.addService(v1.Source.service, { Fetch: onFetch, Acknowledge: onAcknowledge });
await new Promise((resolve, reject) => {
  const pair = { private_key: read(`${told.sourceLeaf}.key`),
    cert_chain: read(`${told.sourceLeaf}.pem`) };
  const credentials = grpc.ServerCredentials.createSsl(anchors, [pair], true);
  server.bindAsync(told.source, credentials, (error) => (error ? reject(error) : resolve()));
});
console.log('listening');
await lines.next();

// ---- clients -----------------------------------------------------------------------------------

const clients = [];
function client(service, leaf, address = told.gateway) {
  const made = new v1[service](address, grpc.credentials.createSsl(
    anchors, read(`${leaf}.key`), read(`${leaf}.pem`)));
  clients.push(made);
  return made;
}

const unary = (stub, method, request) => new Promise((resolve, reject) => {
  stub[method](request, deadline(), (error, reply) => (error ? reject(error) : resolve(reply)));
});

// The reply's bytes as they came.
const raw = (stub, path, type, request) => new Promise((resolve, reject) => {
  stub.makeUnaryRequest(path, type.requestSerialize, (bytes) => bytes, request,
    new grpc.Metadata(), deadline(), (error, reply) => (error ? reject(error) : resolve(reply)));
});

async function refused(code, promise) {
  await assert.rejects(promise, (error) => error.code === code);
}

const ground = (role, purpose, lawful_basis) => ({
  agreement: 'bridgewater', purpose, lawful_basis, case_reference: 'CASE-9',
  actor: { user_id: 'node-user', role, display_name: 'N SAMPLE' },
});
const child = ground('sergeant', 'child-safeguarding', 'children-act');
const adult = ground('sergeant', 'adult-safeguarding', 'care-act');

// ---- the log, as an outsider checks it -------------------------------------------------------

const sha = (...parts) => {
  const hash = crypto.createHash('sha256');
  parts.forEach((part) => hash.update(part));
  return hash.digest();
};
const node = (left, right) => sha(Buffer.from([1]), left, right);

function checkpointOpen(note) {
  const [name, keyId, ...key] = told.vkey.trim().split('+');
  const secret = Buffer.from(key.join('+'), 'base64');
  const end = note.lastIndexOf('\n\n');
  const body = note.slice(0, end + 1);
  const line = note.slice(end + 2).split('\n').find((it) => it.startsWith(`\u2014 ${name} `));
  const signature = Buffer.from(line.split(' ')[2], 'base64');
  assert.equal(signature.subarray(0, 4).toString('hex'), keyId);
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), secret.subarray(1)]);
  const publicKey = crypto.createPublicKey({ key: spki, format: 'der', type: 'spki' });
  assert.ok(crypto.verify(null, Buffer.from(body), publicKey, signature.subarray(4)));
  const [origin, size, root] = body.split('\n');
  assert.equal(origin, name);
  return { size: Number(size), root: Buffer.from(root, 'base64') };
}

// RFC 9162, section 2.1.3.2.
function rootOf(index, size, leafHash, path) {
  let [fn, sn, result] = [index, size - 1, leafHash];
  for (const step of path) {
    assert.notEqual(sn, 0);
    if (fn % 2 === 1 || fn === sn) {
      result = node(step, result);
      while (fn !== 0 && fn % 2 === 0) {
        [fn, sn] = [fn >> 1, sn >> 1];
      }
    } else {
      result = node(result, step);
    }
    [fn, sn] = [fn >> 1, sn >> 1];
  }
  assert.equal(sn, 0);
  return result;
}

function receiptCheck(receipt, checkpoint) {
  const { size, root } = checkpointOpen(checkpoint.note);
  const hashed = sha(Buffer.from([0]), receipt.leaf);
  assert.deepEqual(rootOf(receipt.index, size, hashed, receipt.path), root);
}

// RFC 9162, section 2.1.4.2.
function consistencyCheck(older, newer, path) {
  const steps = Number.isInteger(Math.log2(older.size)) ? [older.root, ...path] : [...path];
  let [fn, sn] = [older.size - 1, newer.size - 1];
  while (fn % 2 === 1) {
    [fn, sn] = [fn >> 1, sn >> 1];
  }
  let [fr, sr] = [steps[0], steps[0]];
  for (const step of steps.slice(1)) {
    assert.notEqual(sn, 0);
    if (fn % 2 === 1 || fn === sn) {
      [fr, sr] = [node(step, fr), node(step, sr)];
      while (fn !== 0 && fn % 2 === 0) {
        [fn, sn] = [fn >> 1, sn >> 1];
      }
    } else {
      sr = node(sr, step);
    }
    [fn, sn] = [fn >> 1, sn >> 1];
  }
  assert.equal(sn, 0);
  assert.deepEqual([fr, sr], [older.root, newer.root]);
}

// Fields of a message on the wire; length-delimited ones as bytes.
function* fields(bytes) {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at];
      at += 1;
      value += (byte & 127) * scale;
      if (byte < 128) {
        return value;
      }
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const value = varint();
    if (key % 8 === 2) {
      yield [key >> 3, bytes.subarray(at, at + value)];
      at += value;
    } else {
      yield [key >> 3, value];
    }
  }
}
const first = (bytes, number) => [...fields(bytes)].find(([at]) => at === number)[1];
const all = (bytes, number) => [...fields(bytes)].filter(([at]) => at === number)
  .map(([, value]) => value);

// ---- what is shown -----------------------------------------------------------------------------

async function enrol() {
  const edge = client('Edge', told.care, told.edge);
  const persons = told.people.map((p) => ({
    identity: { family_name: p.family, given_name: p.given, born: p.born, postcode: p.postcode,
      scheme: 'nhs', identifier: p.nhs },
    local_reference: `node-${p.serial}`,
  }));
  const blinded = await unary(edge, 'Blind', {
    ground: ground('social-worker', 'child-safeguarding', 'children-act'), persons });
  const stub = client('Subjects', told.careEnrol);
  const reply = await new Promise((resolve, reject) => {
    const call = stub.Enrol(deadline(), (error, it) => (error ? reject(error) : resolve(it)));
    call.write({ header: { agreement: 'bridgewater', expected: persons.length } });
    blinded.persons.forEach((person, i) => {
      known.set(person.reference.toString('hex'), told.people[i].serial);
      call.write({ record: { line: i + 1, record_tag: person.record_tag,
        reference: person.reference, tokens: person.tokens } });
    });
    call.end();
  });
  assert.deepEqual([reply.received, reply.added, reply.rejected], [2, 2, 0]);
  receiptCheck(reply.receipt, reply.checkpoint);
  return blinded.persons.map((person) => person.tokens);
}

async function find(tokens, wanted) {
  const reply = await unary(client('Subjects', told.police), 'Find', {
    request_id: id(), person: { tokens: { tokens } }, ground: wanted, age_class: 1 });
  assert.equal(reply.band, 1);
  assert.equal(reply.handle.length, 88);
  receiptCheck(reply.receipt, reply.checkpoint);
  return reply.handle;
}

async function canAsk(stub) {
  const reply = await unary(stub, 'CanAsk', { ground: child, age_class: 1,
    no_consent_reason: 'would-prejudice' });
  const care = reply.sources.find((it) => it.source === 'childrens-care');
  assert.ok(care.items.some((it) => it.item === 'children.plan-type' && it.clause === '7.3'));
}

const question = (person, wanted, age_class) => ({
  request_id: id(), person, ground: wanted, age_class, tier: 2,
  no_consent_reason: 'would-prejudice' });

async function ask(stub, handle) {
  const bytes = await raw(stub, '/lockgate.v1.Disclosures/Ask', v1.Disclosures.service.Ask,
    question({ handle }, child, 1));
  const reply = v1.Disclosures.service.Ask.responseDeserialize(bytes);
  const results = all(bytes, 4).map((part) => first(part, 1));
  assert.equal(results.length, reply.parts.length);
  reply.parts.forEach((part, i) => {
    receiptCheck(part.receipt, reply.checkpoint);
    assert.ok(part.receipt.leaf.includes(sha(part.receipt.salt, results[i])));
  });
  const own = reply.parts.find((it) => it.result.source === 'childrens-care');
  assert.equal(own.result.state, 1);
  const items = own.result.records[0].items.map((it) => [it.item, it.value]);
  assert.deepEqual(Object.fromEntries(items),
    { 'children.case-status': 'open', 'children.plan-type': 'plan' });
  return { reply, own };
}

async function watch(stub, pseudonym) {
  const seen = new Map();
  let ended = false;
  for await (const event of stub.Watch(question({ pseudonym }, child, 1), deadline())) {
    assert.ok(!ended);
    if (event.end) {
      ended = true;
    } else {
      receiptCheck(event.part.part.receipt, event.part.checkpoint);
      assert.equal(event.part.pseudonym, pseudonym);
      seen.set(event.part.part.result.source, event.part.part.result.state);
    }
  }
  assert.ok(ended);
  assert.equal(seen.get('childrens-care'), 1);
}

async function sourceHeard(own) {
  for (let i = 0; i < 200 && acknowledged.length === 0; i += 1) {
    await new Promise((resolve) => { setTimeout(resolve, 25); });
  }
  const mine = acknowledged.find((it) => it.receipt.index === own.receipt.index);
  receiptCheck(mine.receipt, mine.checkpoint);
  assert.deepEqual(mine.receipt.leaf, own.receipt.leaf);
  const call = fetched.find((it) => it.call_reference.equals(mine.call_reference));
  assert.deepEqual([call.purpose, call.requesting_agency, call.acting_user], ['', '', '']);
}

async function adultsState(stub, handle) {
  const reply = await unary(stub, 'Ask', question({ handle }, adult, 2));
  const part = reply.parts.find((it) => it.result.source === 'adults-care');
  return part.result.records.flatMap((it) => it.items.map((item) => item.item));
}

async function consents(stub, handle) {
  const calls = client('Consents', told.police);
  const wanted = { request_id: id(), person: { handle }, ground: adult };
  assert.ok(!(await adultsState(stub, handle)).includes('adults.case-status'));
  const recorded = await unary(calls, 'Record', { ...wanted,
    consent: { state: 1, kind: 2, explicit: true, purposes: ['adult-safeguarding'] } });
  assert.equal(recorded.verdict.decision, 1);
  receiptCheck(recorded.receipt, recorded.checkpoint);
  assert.ok((await adultsState(stub, handle)).includes('adults.case-status'));
  const { consent_id } = recorded;
  const shown = await unary(calls, 'Show', { ...wanted, request_id: id(), consent_id });
  assert.equal(shown.consent.recorded_by, 'police');
  const listed = await unary(calls, 'List', { ...wanted, request_id: id() });
  assert.deepEqual(listed.consents.map((it) => it.consent_id), [consent_id]);
  const receipt = await unary(calls, 'Receipt', { request_id: id(), ground: adult, consent_id });
  assert.deepEqual(receipt.receipt.leaf, recorded.receipt.leaf);
  const gone = await unary(calls, 'Withdraw', { ...wanted, request_id: id(), consent_id });
  assert.equal(gone.withdrawn, 0); // nobody learns whether there was one
  receiptCheck(gone.receipt, gone.checkpoint);
  assert.ok(!(await adultsState(stub, handle)).includes('adults.case-status'));
}

async function audit(older, own) {
  const stub = client('Audit', told.police);
  const newer = checkpointOpen((await unary(stub, 'Checkpoint', {})).checkpoint.note);
  assert.ok(newer.size > older.size);
  const { path } = await unary(stub, 'Consistency',
    { from_size: older.size, to_size: newer.size });
  consistencyCheck(older, newer, path);
  const proof = await unary(stub, 'Prove', { index: own.receipt.index, size: newer.size });
  const hashed = sha(Buffer.from([0]), own.receipt.leaf);
  assert.deepEqual(rootOf(own.receipt.index, newer.size, hashed, proof.path), newer.root);
  const entry = await unary(client('Audit', told.careOfficer), 'Get', {
    ground: ground('social-worker', 'child-safeguarding', 'children-act'),
    index: own.receipt.index });
  assert.deepEqual(entry.receipt.leaf, own.receipt.leaf);
  await refused(grpc.status.OUT_OF_RANGE, unary(stub, 'Prove', { index: newer.size + 999 }));
}

const tokens = await enrol();
const stub = client('Disclosures', told.police);
await canAsk(stub);
const { reply, own } = await ask(stub, await find(tokens[0], child));
await watch(stub, reply.pseudonym);
await sourceHeard(own);
await consents(stub, await find(tokens[0], adult));
await audit(checkpointOpen(reply.checkpoint.note), own);
const other = (reply.pseudonym[0] === 'a' ? 'b' : 'a') + reply.pseudonym.slice(1);
await refused(grpc.status.INVALID_ARGUMENT,
  unary(stub, 'Ask', question({ pseudonym: other }, child, 1)));
console.log('grpc-js: Blind, Enrol, CanAsk, Find, Ask, Watch, consents, audit, refusals; as a '
  + `source: ${fetched.length} calls served, ${acknowledged.length} receipts`);
clients.forEach((it) => it.close());
server.forceShutdown();
lines.return();
process.stdin.destroy();
