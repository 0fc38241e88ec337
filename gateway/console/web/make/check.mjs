// SPDX-License-Identifier: Apache-2.0
// Judges the sources without running them: check.mjs SOURCE OUT. Types by tsc, strict, with the
// contract's stubs; lint and format by Biome.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const [source, out] = process.argv.slice(2);
const modules = path.join(source, 'node_modules');
const config = path.join(out, 'tsconfig.json');

fs.writeFileSync(
  config,
  JSON.stringify({
    extends: path.join(source, 'tsconfig.json'),
    compilerOptions: {
      paths: { 'contract/*': [path.join(out, 'stubs/*')] },
      typeRoots: [path.join(modules, '@types')],
    },
    include: [path.join(source, 'src'), path.join(source, 'tests')],
  }),
);

function passes(program, words) {
  const { status } = spawnSync(program, words, { stdio: 'inherit', cwd: source });
  return status === 0;
}

const tsc = path.join(modules, 'typescript/bin/tsc');
const biome = path.join(modules, '@biomejs/cli-linux-x64/biome');
const good = [
  passes(process.execPath, [tsc, '-p', config]),
  passes(biome, ['check', '--error-on-warnings', '--colors=off', source]),
];
process.exit(good.every(Boolean) ? 0 : 1);
