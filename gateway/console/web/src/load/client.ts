// SPDX-License-Identifier: Apache-2.0
// Calls to the gateway: Connect with binary protobuf, to the page's own origin. Who calls is the
// session's to say: no message names an actor.
import { Code, ConnectError, type Interceptor } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-web';

// A page of another origin cannot send this header without asking first, and is refused then.
const marked: Interceptor = (next) => (request) => {
  request.header.set('lockgate-console', '1');
  return next(request);
};

export const transport = createConnectTransport({
  baseUrl: location.origin,
  useBinaryFormat: true,
  interceptors: [marked],
});

export function signInAgain(): void {
  const page = location.pathname.slice(1);
  location.assign(/^[a-z0-9-]+$/.test(page) ? `/sign-in?page=${page}` : '/sign-in');
}

// What went wrong, why, and what to do, as sentences. A session that ended goes to the sign-in.
export function failureWords(failure: unknown): string[] {
  const error = ConnectError.from(failure);
  switch (error.code) {
    case Code.Unauthenticated:
      signInAgain();
      return ['Your session has ended.', 'Sign in again.'];
    case Code.PermissionDenied:
    case Code.Unimplemented:
      return ['You may not do this here.', 'Your role does not have it.', 'Ask your manager.'];
    case Code.ResourceExhausted:
      return [
        'Too many questions at once.',
        'The gateway limits them.',
        'Wait a minute, try again.',
      ];
    case Code.InvalidArgument:
      return ['The gateway did not take this.', error.rawMessage, 'Check what you typed.'];
    case Code.DeadlineExceeded:
      return ['No answer in time.', 'The gateway or the way to it is slow.', 'Try again.'];
    default:
      return [
        'The gateway could not be reached.',
        'It may be starting or the line down.',
        'Try again.',
      ];
  }
}

export function randomId(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(16));
}
