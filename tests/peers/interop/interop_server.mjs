// SPDX-License-Identifier: Apache-2.0
// interop_server.mjs CERTIFICATES: grpc.testing.TestService by @grpc/grpc-js, for our client.
// Listens on a free port of loopback, prints "port N", and ends when its standard input does.
import { setTimeout as sleep } from 'node:timers/promises';

import grpc from '@grpc/grpc-js';

import { INITIAL, TRAILING, files, testing } from './interop_protocol.mjs';

const { anchors, key, certificate } = files(process.argv[2], 'hub/interop/server');

/// Sends what is to be echoed as headers; returns the trailers.
function echo(call) {
  const initial = new grpc.Metadata();
  const trailing = new grpc.Metadata();
  for (const value of call.metadata.get(INITIAL)) {
    initial.add(INITIAL, value);
  }
  for (const value of call.metadata.get(TRAILING)) {
    trailing.add(TRAILING, value);
  }
  call.sendMetadata(initial);
  return trailing;
}

const payload = (size) => ({ type: 0, body: Buffer.alloc(size) });

function refusal({ response_status: status }) {
  return status?.code ? { code: status.code, details: status.message } : null;
}

function emptyCall(call, done) {
  done(null, {}, echo(call));
}

function unaryCall(call, done) {
  const trailing = echo(call);
  const refused = refusal(call.request);
  if (refused !== null) {
    done({ ...refused, metadata: trailing });
    return;
  }
  done(null, { payload: payload(call.request.response_size) }, trailing);
}

function inputCall(call, done) {
  const trailing = echo(call);
  let sum = 0;
  call.on('data', (request) => { sum += request.payload.body.length; });
  call.on('end', () => done(null, { aggregated_payload_size: sum }, trailing));
}

/// One after the other, each after its pause.
async function answer(call, request) {
  for (const { size, interval_us: us } of request.response_parameters) {
    if (us > 0) {
      await sleep(us / 1000);
    }
    call.write({ payload: payload(size) });
  }
}

async function outputCall(call) {
  const trailing = echo(call);
  await answer(call, call.request);
  call.end(trailing);
}

function duplexCall(call) {
  const trailing = echo(call);
  let last = Promise.resolve();
  call.on('data', (request) => {
    const refused = refusal(request);
    if (refused !== null) {
      call.emit('error', { ...refused, metadata: trailing });
      return;
    }
    last = last.then(() => answer(call, request));
  });
  call.on('end', () => last.then(() => call.end(trailing)));
}

const server = new grpc.Server();
server.addService(testing.TestService.service, {
  EmptyCall: emptyCall,
  UnaryCall: unaryCall,
  StreamingInputCall: inputCall,
  StreamingOutputCall: outputCall,
  FullDuplexCall: duplexCall,
});
const credentials = grpc.ServerCredentials.createSsl(
  anchors, [{ private_key: key, cert_chain: certificate }], true);
server.bindAsync('127.0.0.1:0', credentials, (error, port) => {
  if (error) {
    throw error;
  }
  console.log(`port ${port}`);
});
process.stdin.on('end', () => server.forceShutdown());
process.stdin.resume();
