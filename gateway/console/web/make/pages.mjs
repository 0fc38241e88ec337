// SPDX-License-Identifier: Apache-2.0
// The pages: where each is served, its shell, script and title. No title ever names a person.
export const PAGES = [
  { path: '/', file: 'home.html', shell: 'app', script: 'home', title: 'Home', nav: 'home' },
  {
    path: '/find',
    file: 'find.html',
    shell: 'app',
    script: 'find',
    title: 'Find a person',
    nav: 'find',
    isWide: true,
  },
  {
    path: '/disclosures',
    file: 'disclosures.html',
    shell: 'app',
    script: 'disclosures',
    title: 'Disclosures',
    nav: 'disclosures',
    isWide: true,
  },
  { path: '/sign-in', file: 'sign-in.html', shell: 'sign-in', script: 'sign-in', title: 'Sign in' },
  {
    path: '/signed-out',
    file: 'signed-out.html',
    shell: 'signed-out',
    script: 'plain',
    title: 'You are signed out',
  },
];
