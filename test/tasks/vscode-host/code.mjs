#!/usr/bin/env node
// Stands in for the desktop's `code` where that cannot be had: takes the arguments that
// @vscode/test-electron passes, runs the tests in VS Code's server build through chromium, and
// exits with their code.
import { fileURLToPath } from 'node:url';
import { testRun, withPage } from './browser.mjs';
import { withWorkbench } from './workbench.mjs';

const args = process.argv.slice(2);

function option(name) {
  const found = args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
  if (found === undefined) throw new Error(`only test runs are supported: --${name} is missing`);
  return found.startsWith('file:') ? fileURLToPath(found) : found;
}

const extension = option('extensionDevelopmentPath');
const tests = option('extensionTestsPath');
const workspace = args.find((arg) => !arg.startsWith('-'));
if (workspace === undefined) throw new Error('no workspace folder was given');

const code = await withWorkbench({ workspace }, ({ remote, pageUrl }) =>
  withPage(async (page) => {
    const { finished } = await testRun(page);
    const payload = [
      ['extensionDevelopmentPath', remote(extension)],
      ['extensionTestsPath', remote(tests)],
      ['enableProposedApi', ''],
      ['skipWelcome', 'true'],
    ];
    await page.goto(pageUrl(payload));
    return finished;
  }),
);
process.exit(code);
