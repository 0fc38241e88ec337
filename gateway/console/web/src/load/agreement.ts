// SPDX-License-Identifier: Apache-2.0
// What a page needs of an agreement's text: names and titles for the codes that calls carry. It
// decides nothing: the gateway judges every question by the whole text.
export interface Choice {
  id: string;
  title: string;
}

export interface AgreementText {
  title: string;
  parties: Map<string, string>;
  purposes: (Choice & { within: string })[];
  bases: (Choice & { covers: string[] })[];
}

const LINES_MAX = 20000;

interface Block {
  kind: string;
  id: string;
  fields: Map<string, string>;
}

// Blocks begin at the margin, their fields are indented; a comment begins with #.
function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  for (const line of text.split('\n').slice(0, LINES_MAX)) {
    const head = /^([a-z]+) ([a-z0-9.-]+)/.exec(line);
    const field = /^ {2}([a-z ]+): (.*)$/.exec(line);
    if (head !== null) {
      blocks.push({ kind: head[1] ?? '', id: head[2] ?? '', fields: new Map() });
    } else if (field !== null) {
      blocks.at(-1)?.fields.set(field[1] ?? '', field[2] ?? '');
    }
  }
  return blocks;
}

export function agreementRead(text: string): AgreementText {
  const blocks = blocksOf(text);
  const of = (kind: string) => blocks.filter((block) => block.kind === kind);
  const titled = (block: Block) => ({
    id: block.id,
    title: block.fields.get('title') ?? block.id,
  });
  return {
    title: of('agreement')[0]?.fields.get('title') ?? '',
    parties: new Map(of('party').map((block) => [block.id, block.fields.get('name') ?? block.id])),
    purposes: of('purpose').map((block) => ({
      ...titled(block),
      within: block.fields.get('within') ?? '',
    })),
    bases: of('basis').map((block) => ({
      ...titled(block),
      covers: (block.fields.get('covers') ?? '').split(',').map((word) => word.trim()),
    })),
  };
}

// The bases that cover a purpose, itself or one that it is within.
export function basesOf(agreement: AgreementText, purpose: string): Choice[] {
  const covered = new Set<string>();
  let at = purpose;
  while (at !== '' && !covered.has(at)) {
    covered.add(at);
    at = agreement.purposes.find((one) => one.id === at)?.within ?? '';
  }
  return agreement.bases.filter((basis) => basis.covers.some((one) => covered.has(one)));
}
