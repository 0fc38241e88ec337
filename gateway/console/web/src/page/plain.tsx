// SPDX-License-Identifier: Apache-2.0
// A page that is all in its shell.
document.documentElement.classList.add('govuk-frontend-supported');
