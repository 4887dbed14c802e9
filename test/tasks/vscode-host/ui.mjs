// The extension by mouse and keyboard, as a person uses it. Takes the pictures that the README shows.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makePackage } from '../package.mjs';
import { withPage } from './browser.mjs';
import { TIMEOUT, takeSteps, VIEWPORT } from './hands.mjs';
import { cardSteps } from './ui-card.mjs';
import { FIRST_FILES, firstFileSteps } from './ui-first.mjs';
import { fixSteps } from './ui-fix.mjs';
import { glanceSteps } from './ui-glance.mjs';
import { joinedSteps } from './ui-joined.mjs';
import { moreSteps } from './ui-more.mjs';
import { panelSteps } from './ui-panel.mjs';
import { readSteps } from './ui-read.mjs';
import { writeSteps } from './ui-write.mjs';
import { withWorkbench } from './workbench.mjs';

async function openFile(page, workbench, name) {
  const payload = [
    ['openFile', workbench.remote(path.join(workbench.workspace, name))],
    ['skipWelcome', 'true'],
  ];
  await page.goto(workbench.pageUrl(payload));
  const tab = `.tab[data-resource-name="${path.basename(name)}"]`;
  await page.waitForSelector(tab, { timeout: TIMEOUT });
  await page.waitForSelector('.monaco-editor.focused', { timeout: TIMEOUT });
  await page.keyboard.press('Control+b');
}

/** The steps of the long session, in order. */
const GROUPS = [
  ...[glanceSteps, readSteps, fixSteps, panelSteps, writeSteps],
  ...[cardSteps, joinedSteps, moreSteps],
];

const SETTINGS = {
  'breadcrumbs.enabled': false,
  'tunelint.detectGpu': true,
  'tunelint.gpu': 'RTX 4090D',
  'window.commandCenter': false,
  'workbench.activityBar.location': 'hidden',
  'workbench.layoutControl.enabled': false,
  'workbench.sideBar.location': 'right',
};

/** A folder with an `nvidia-smi` that names two cards. */
function fakeDriver() {
  const folder = mkdtempSync(path.join(tmpdir(), 'tl-driver-'));
  const names = ['NVIDIA GeForce RTX 4090', 'NVIDIA GeForce RTX 4090'];
  const script = `#!/bin/sh\n${names.map((name) => `echo "${name}"`).join('\n')}\n`;
  writeFileSync(path.join(folder, 'nvidia-smi'), script, { mode: 0o755 });
  return folder;
}

/** Counts one tally in another. */
function add(tally, { passed, failed }) {
  tally.passed += passed;
  tally.failed += failed;
}

/** Runs the steps on the package in a fresh editor. */
export async function runUi({ root, workspace }) {
  const scratch = (name) => path.join(root, '.vscode-test', `${name}.png`);
  const pictures = {
    hover: path.join(root, 'docs/editor.png'),
    ...{ fixes: scratch('fixes'), preview: scratch('preview') },
    panel: path.join(root, 'docs/panel.png'),
    ...{ rule: scratch('rule'), options: scratch('options'), folded: scratch('folded') },
    ...{ scopes: scratch('scopes'), layers: scratch('layers') },
    ...{ cards: scratch('cards'), machine: scratch('machine'), log: scratch('log') },
    ...{ snippet: scratch('snippet'), dark: scratch('dark'), walkthrough: scratch('walkthrough') },
    ...{ written: scratch('written'), tried: scratch('tried'), unwritten: scratch('unwritten') },
    after: scratch('after'),
  };
  const view = { viewport: VIEWPORT, deviceScaleFactor: 1.5 };
  const vsix = makePackage();
  console.log('\nthe packaged extension, by mouse and keyboard');
  const env = { PATH: `${fakeDriver()}${path.delimiter}${process.env.PATH}` };
  return withWorkbench({ workspace, vsix, settings: SETTINGS, env }, async (workbench) => {
    writeFileSync(path.join(workbench.workspace, 'new.yaml'), '');
    /** A window of its own that opens a file first. */
    const session = (file, stepsOf) =>
      withPage((page) => {
        const picture = (name) => page.screenshot({ path: pictures[name] });
        const opening = [`${file} opens`, () => openFile(page, workbench, file)];
        return takeSteps(page, [opening, ...stepsOf(page, picture)], scratch('failed'));
      }, view);
    const tally = await session('train.sh', (page, picture) =>
      GROUPS.flatMap((group) => group(page, picture)),
    );
    for (const file of FIRST_FILES) add(tally, await session(file, firstFileSteps));
    return tally;
  });
}
