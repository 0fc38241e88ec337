// SPDX-License-Identifier: Apache-2.0
// Stock @connectrpc/connect-node with code of protoc-gen-es, by the transport that it is told of.
// connect_node_peer_test.py judges what it prints.
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';

import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';

import { calls } from './connect_calls.mjs';

const told = JSON.parse(fs.readFileSync(0, 'utf8'));
const stub = (name) => import(pathToFileURL(`${told.stubs}/${name}_pb.js`));
const contract = { v1: await stub('lockgate/v1/disclosures'),
  health: await stub('grpc/health/v1/health') };
const read = (path) => fs.readFileSync(path);
const settings = {
  baseUrl: told.address,
  httpVersion: '2',
  useBinaryFormat: told.format === 'binary',
  nodeOptions: { ca: read(told.anchors), cert: read(told.certificate), key: read(told.key) },
};
const transport = told.protocol === 'grpc' ? createGrpcTransport(settings)
  : createConnectTransport(settings);
await calls(contract, transport, told.pseudonym, console.log);
