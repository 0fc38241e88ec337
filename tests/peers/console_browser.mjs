// SPDX-License-Identifier: Apache-2.0
// What a browser does at the console and the provider, without the browser: HTTP/2 to the one,
// HTTP/1.1 to the other, each with its cookies; every answer of the console is looked at for the
// headers that all of them have.
import assert from 'node:assert/strict';
import http2 from 'node:http2';
import https from 'node:https';

// design/console.md, 1: written out here again, so that a change of the table is seen.
export const HEADERS = {
  'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; "
    + "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'strict-transport-security': 'max-age=63072000',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

export class Jar {
  constructor() { this.cookies = new Map(); this.written = []; }

  take(lines) {
    for (const line of lines ?? []) {
      this.written.push(line);
      const [pair] = line.split(';');
      const name = pair.slice(0, pair.indexOf('='));
      const value = pair.slice(pair.indexOf('=') + 1);
      if (/max-age=0/i.test(line) || value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) {
        this.cookies.delete(name);
      } else {
        this.cookies.set(name, value);
      }
    }
  }

  text() { return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '); }
}

// One browser: a connection to the console, and cookies for both.
export class Browser {
  constructor(told) {
    this.told = told;
    this.console = new Jar();
    this.provider = new Jar();
    this.session = http2.connect(told.origin, { ca: told.ca });
    this.session.on('error', () => {});
    this.seen = 0;
  }

  close() { this.session.close(); }

  // { status, headers, body }
  ask(method, path, headers = {}, body = undefined) {
    return new Promise((resolve, reject) => {
      const cookie = this.console.text();
      const call = this.session.request({
        ':method': method, ':path': path, ...(cookie ? { cookie } : {}), ...headers,
      });
      const pieces = [];
      let got = {};
      call.on('response', (it) => { got = it; });
      call.on('data', (piece) => pieces.push(piece));
      call.on('error', reject);
      call.on('close', () => reject(new Error('cut off')));
      call.on('end', () => {
        if (got[':status'] === undefined) {
          reject(new Error('cut off'));
          return;
        }
        this.console.take(got['set-cookie']);
        this.check(path, got);
        resolve({ status: got[':status'], headers: got, body: Buffer.concat(pieces) });
      });
      call.end(body);
    });
  }

  check(path, headers) {
    this.seen += 1;
    for (const [name, value] of Object.entries(HEADERS)) {
      assert.equal(headers[name], value, `${name} of ${path}`);
    }
    if (!String(headers['cache-control']).includes('immutable')) {
      assert.equal(headers['cache-control'], 'no-store', path);
    }
  }

  get(path, headers) { return this.ask('GET', path, headers); }

  // A call of a page by Connect with JSON.
  async call(method, message = {}, headers = {}) {
    const told = await this.ask('POST', `/lockgate.v1.${method}`, {
      'content-type': 'application/json', 'lockgate-console': '1',
      'sec-fetch-site': 'same-origin', origin: this.told.origin, ...headers,
    }, JSON.stringify(message));
    return { status: told.status, headers: told.headers, said: JSON.parse(told.body || '{}') };
  }

  // At the provider.
  visit(method, url, form = undefined) {
    return new Promise((resolve, reject) => {
      const cookie = this.provider.text();
      const request = https.request(url, {
        method, ca: this.told.ca, agent: false,
        headers: {
          ...(cookie ? { cookie } : {}),
          ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        },
      }, (response) => {
        let body = '';
        this.provider.take(response.headers['set-cookie']);
        response.on('data', (piece) => { body += piece; });
        response.on('end', () => resolve({
          status: response.statusCode, location: response.headers.location, body,
        }));
      });
      request.on('error', reject);
      request.end(form ? new URLSearchParams(form).toString() : undefined);
    });
  }

  // From the console's redirect to where the provider sends us back to.
  async choose(url, user) {
    let next = url;
    for (let step = 0; step < 8; step += 1) {
      const told = await this.visit('GET', next);
      if (told.location) {
        next = new URL(told.location, next).href;
      } else {
        const chosen = await this.visit('POST', next, { user });
        assert.ok(chosen.location, chosen.body);
        next = new URL(chosen.location, next).href;
      }
      if (next.startsWith(`${this.told.origin}/`)) {
        return next.slice(this.told.origin.length);
      }
    }
    throw new Error(`the provider leads nowhere: ${next}`);
  }

  // Sets out; the provider's address.
  async start(query = '') {
    const told = await this.get(`/sign-in/start${query}`);
    assert.equal(told.status, 303);
    return told.headers.location;
  }

  // There and back; the answer to the way back.
  async signIn(user, query = '') {
    return this.get(await this.choose(await this.start(query), user));
  }
}
