// SPDX-License-Identifier: Apache-2.0
// What client and server of @grpc/grpc-js share: the protocol, and the files of certificates.
import fs from 'node:fs';
import path from 'node:path';

import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';

const loaded = protoLoader.loadSync('test.proto', {
  includeDirs: [import.meta.dirname], keepCase: true, longs: Number, enums: Number, defaults: true,
});

export const testing = grpc.loadPackageDefinition(loaded).grpc.testing;
export const INITIAL = 'x-grpc-test-echo-initial';
export const TRAILING = 'x-grpc-test-echo-trailing-bin';

/// Anchors, key and certificate out of a folder of certs/dev-ca.
export function files(folder, leaf) {
  const read = (name) => fs.readFileSync(path.join(folder, name));
  return { anchors: read('ca.pem'), key: read(`${leaf}.key`), certificate: read(`${leaf}.pem`) };
}
