// SPDX-License-Identifier: Apache-2.0
// Stock @connectrpc/connect-web, in the page that connect_web_peer.mjs opens: bundled with the code
// of protoc-gen-es, which the bundler finds as `contract`.
import { createConnectTransport } from '@connectrpc/connect-web';
import * as health from 'contract/grpc/health/v1/health_pb.js';
import * as v1 from 'contract/lockgate/v1/disclosures_pb.js';

import { calls } from './connect_calls.mjs';

globalThis.ask = async (told) => {
  const lines = [];
  const transport = createConnectTransport({
    baseUrl: location.origin, useBinaryFormat: told.format === 'binary' });
  await calls({ v1, health }, transport, told.pseudonym, (line) => lines.push(line));
  return lines;
};
