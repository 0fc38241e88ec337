// SPDX-License-Identifier: Apache-2.0
// Runs one suite: test.mjs SOURCE OUT NAME. It is bundled first, since Node reads no TSX. Ends with
// 77 where all of it was skipped.
import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';

const [source, out, name] = process.argv.slice(2);
const bundle = path.join(out, 'tests', `${name}.mjs`);
const external = ['playwright-core', 'axe-core'].map((one) => `--external:${one}`);

execFileSync(path.join(source, 'node_modules/@esbuild/linux-x64/bin/esbuild'), [
  '--bundle',
  '--platform=node',
  '--format=esm',
  '--jsx=automatic',
  '--jsx-import-source=preact',
  `--alias:contract=${path.join(out, 'stubs')}`,
  '--log-level=error',
  ...external,
  `--outfile=${bundle}`,
  path.join(source, 'tests', name),
]);
const { status } = spawnSync(process.execPath, ['--test', '--test-reporter=spec', bundle], {
  stdio: 'inherit',
  env: { ...process.env, LOCKGATE_CONSOLE: out },
});
process.exit(status ?? 1);
