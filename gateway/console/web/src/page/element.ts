// SPDX-License-Identifier: Apache-2.0
// A place that the shell of a page has.
export function elementOf(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) {
    throw new Error(`the shell has no #${id}`);
  }
  return element;
}
