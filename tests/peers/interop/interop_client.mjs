// SPDX-License-Identifier: Apache-2.0
// interop_client.mjs CERTIFICATES PORT: the cases of the gRPC project's interop descriptions, run
// by @grpc/grpc-js against our server. Prints "NAME ok" or "NAME failed: WHY" for each.
import assert from 'node:assert/strict';
import { once } from 'node:events';

import grpc from '@grpc/grpc-js';

import { INITIAL, TRAILING, files, testing } from './interop_protocol.mjs';

const { anchors, key, certificate } = files(process.argv[2], 'police/interop/client');
const address = `localhost:${process.argv[3]}`;
const credentials = grpc.credentials.createSsl(anchors, key, certificate);
const client = new testing.TestService(address, credentials);
const other = new testing.UnimplementedService(address, credentials);

const { status } = grpc;
const LARGE_REQUEST = 271828;
const LARGE_RESPONSE = 314159;
const REQUESTS = [27182, 8, 1828, 45904];
const RESPONSES = [31415, 9, 2653, 58979];

const soon = () => ({ deadline: Date.now() + 20000 });
const payload = (size) => ({ type: 0, body: Buffer.alloc(size) });

/// A call with one answer: { error, answer, initial, final }.
function ask(method, request, metadata = new grpc.Metadata()) {
  return new Promise((resolve) => {
    const said = {};
    let waiting = 2;
    const settle = () => { waiting -= 1; if (waiting === 0) resolve(said); };
    const call = client[method](request, metadata, soon(), (error, answer) => {
      Object.assign(said, { error, answer });
      settle();
    });
    call.on('metadata', (initial) => { said.initial = initial; });
    call.on('status', (final) => { said.final = final; settle(); });
  });
}

/// Everything that a streaming call gives until its status.
function collect(call) {
  const said = { answers: [] };
  call.on('metadata', (initial) => { said.initial = initial; });
  call.on('data', (answer) => said.answers.push(answer));
  call.on('error', () => {});
  said.done = new Promise((resolve) => {
    call.on('status', (final) => { said.final = final; resolve(said); });
  });
  return said;
}

function checkZeros(body, size) {
  assert.equal(body.length, size);
  assert.ok(body.every((byte) => byte === 0));
}

function checkSizes(said) {
  assert.equal(said.final.code, status.OK);
  assert.equal(said.answers.length, RESPONSES.length);
  said.answers.forEach((answer, i) => checkZeros(answer.payload.body, RESPONSES[i]));
}

const large = { response_type: 0, response_size: LARGE_RESPONSE, payload: payload(LARGE_REQUEST) };

async function emptyUnary() {
  const { error, answer } = await ask('EmptyCall', {});
  assert.equal(error, null);
  assert.deepEqual({ ...answer }, {});
}

async function largeUnary() {
  const { error, answer } = await ask('UnaryCall', large);
  assert.equal(error, null);
  assert.equal(answer.payload.type, 0);
  checkZeros(answer.payload.body, LARGE_RESPONSE);
}

async function clientStreaming() {
  const answer = await new Promise((resolve, reject) => {
    const call = client.StreamingInputCall(
      soon(), (error, got) => (error ? reject(error) : resolve(got)));
    REQUESTS.forEach((size) => call.write({ payload: payload(size) }));
    call.end();
  });
  assert.equal(answer.aggregated_payload_size, 74922);
}

async function serverStreaming() {
  const request = { response_parameters: RESPONSES.map((size) => ({ size })) };
  checkSizes(await collect(client.StreamingOutputCall(request, soon())).done);
}

async function pingPong() {
  const call = client.FullDuplexCall(soon());
  const said = collect(call);
  for (let i = 0; i < REQUESTS.length; i += 1) {
    call.write({ response_parameters: [{ size: RESPONSES[i] }], payload: payload(REQUESTS[i]) });
    await once(call, 'data');
    assert.equal(said.answers.length, i + 1);
  }
  call.end();
  checkSizes(await said.done);
}

async function emptyStream() {
  const call = client.FullDuplexCall(soon());
  const said = collect(call);
  call.end();
  await said.done;
  assert.equal(said.final.code, status.OK);
  assert.equal(said.answers.length, 0);
}

function checkEchoes(initial, trailing) {
  assert.deepEqual(initial.get(INITIAL), ['test_initial_metadata_value']);
  assert.deepEqual(trailing.get(TRAILING), [Buffer.from([0xab, 0xab, 0xab])]);
}

async function customMetadata() {
  const metadata = new grpc.Metadata();
  metadata.set(INITIAL, 'test_initial_metadata_value');
  metadata.set(TRAILING, Buffer.from([0xab, 0xab, 0xab]));
  const unary = await ask('UnaryCall', large, metadata);
  assert.equal(unary.error, null);
  checkZeros(unary.answer.payload.body, LARGE_RESPONSE);
  checkEchoes(unary.initial, unary.final.metadata);
  const call = client.FullDuplexCall(metadata, soon());
  const said = collect(call);
  call.write({ response_parameters: [{ size: LARGE_RESPONSE }], payload: payload(LARGE_REQUEST) });
  call.end();
  await said.done;
  assert.equal(said.final.code, status.OK);
  checkZeros(said.answers[0].payload.body, LARGE_RESPONSE);
  checkEchoes(said.initial, said.final.metadata);
}

async function statusCodeAndMessage() {
  const asked = { response_status: { code: status.UNKNOWN, message: 'test status message' } };
  const { error } = await ask('UnaryCall', asked);
  assert.equal(error.code, status.UNKNOWN);
  assert.equal(error.details, 'test status message');
  const call = client.FullDuplexCall(soon());
  const said = collect(call);
  call.write(asked);
  call.end();
  await said.done;
  assert.equal(said.final.code, status.UNKNOWN);
  assert.equal(said.final.details, 'test status message');
}

async function specialStatusMessage() {
  const message = '\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \u{1f608}\t\n';
  const { error } = await ask('UnaryCall', { response_status: { code: status.UNKNOWN, message } });
  assert.equal(error.code, status.UNKNOWN);
  assert.equal(error.details, message);
}

async function unimplementedMethod() {
  const { error } = await ask('UnimplementedCall', {});
  assert.equal(error.code, status.UNIMPLEMENTED);
}

async function unimplementedService() {
  const error = await new Promise((resolve) => {
    other.UnimplementedCall({}, soon(), resolve);
  });
  assert.equal(error.code, status.UNIMPLEMENTED);
}

async function cancelAfterBegin() {
  const error = await new Promise((resolve) => {
    const call = client.StreamingInputCall(soon(), resolve);
    call.cancel();
  });
  assert.equal(error.code, status.CANCELLED);
}

async function cancelAfterFirstResponse() {
  const call = client.FullDuplexCall(soon());
  const said = collect(call);
  call.write({ response_parameters: [{ size: RESPONSES[0] }], payload: payload(REQUESTS[0]) });
  await once(call, 'data');
  call.cancel();
  await said.done;
  assert.equal(said.final.code, status.CANCELLED);
  checkZeros(said.answers[0].payload.body, RESPONSES[0]);
}

async function timeoutOnSleepingServer() {
  const call = client.FullDuplexCall({ deadline: Date.now() + 1 });
  const said = collect(call);
  call.write({ payload: payload(REQUESTS[0]) });
  await said.done;
  assert.equal(said.final.code, status.DEADLINE_EXCEEDED);
}

const CASES = {
  empty_unary: emptyUnary,
  large_unary: largeUnary,
  client_streaming: clientStreaming,
  server_streaming: serverStreaming,
  ping_pong: pingPong,
  empty_stream: emptyStream,
  custom_metadata: customMetadata,
  status_code_and_message: statusCodeAndMessage,
  special_status_message: specialStatusMessage,
  unimplemented_method: unimplementedMethod,
  unimplemented_service: unimplementedService,
  cancel_after_begin: cancelAfterBegin,
  cancel_after_first_response: cancelAfterFirstResponse,
  timeout_on_sleeping_server: timeoutOnSleepingServer,
};

let failed = 0;
for (const [name, run] of Object.entries(CASES)) {
  try {
    await run();
    console.log(`${name} ok`);
  } catch (error) {
    console.log(`${name} failed: ${error.message.split('\n')[0]}`);
    failed += 1;
  }
}
client.close();
other.close();
// The timer of a call that was cancelled before it began would hold the process until it is due.
process.exit(failed === 0 ? 0 : 1);
