// SPDX-License-Identifier: Apache-2.0
import { render } from 'preact';

import { failureWords } from '../load/client';
import { Failure } from '../view/form';
import { Home } from '../view/home';
import { appElement, sessionStart } from './frame';

async function start(): Promise<void> {
  const app = appElement();
  try {
    const session = await sessionStart(() => render(null, app));
    if (session !== null) {
      render(<Home session={session} />, app);
    }
  } catch (failure) {
    render(<Failure sentences={failureWords(failure)} />, app);
  }
}

void start();
