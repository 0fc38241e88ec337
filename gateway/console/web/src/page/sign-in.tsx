// SPDX-License-Identifier: Apache-2.0
// Adds to the sign-in shell why the browser was sent here, and where it goes on afterwards.
import { render } from 'preact';

import { SignInWhy } from '../view/sign-in';
import { elementOf } from './element';

document.documentElement.classList.add('govuk-frontend-supported');
const asked = new URLSearchParams(location.search);
const page = asked.get('page') ?? '';
if (/^[a-z0-9-]{1,32}$/.test(page)) {
  elementOf('start').setAttribute('href', `/sign-in/start?page=${page}`);
}
render(<SignInWhy code={asked.get('why') ?? ''} />, elementOf('why'));
