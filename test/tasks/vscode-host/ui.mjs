// The extension by mouse and keyboard, as a person uses it. Takes pictures; `--pictures` renews those
// of docs/ with them.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { makePackage } from '../package.mjs';
import { withPage } from './browser.mjs';
import { withDriver } from './driver.mjs';
import { TIMEOUT, takeSteps, VIEWPORT } from './hands.mjs';
import { pictureFile, reducePictures } from './pictures.mjs';
import { cardSteps } from './ui-card.mjs';
import { FIRST_FILES, firstFileSteps } from './ui-first.mjs';
import { fixSteps } from './ui-fix.mjs';
import { folderSteps, openFolders } from './ui-folders.mjs';
import { glanceSteps } from './ui-glance.mjs';
import { joinedSteps } from './ui-joined.mjs';
import { moreSteps } from './ui-more.mjs';
import { newSteps } from './ui-new.mjs';
import { notebookSteps } from './ui-notebook.mjs';
import { panelSteps } from './ui-panel.mjs';
import { readSteps } from './ui-read.mjs';
import { trustSteps } from './ui-trust.mjs';
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

/** Counts one tally in another. */
function add(tally, { passed, failed }) {
  tally.passed += passed;
  tally.failed += failed;
}

/** Pictures that the README shows; the others are for whoever looks for a mistake. */
const SHOWN = { hover: 'editor', panel: 'panel' };

/** Gives the function that opens a window of its own on a file and takes the steps there. */
function sessions(root, workbench) {
  const view = { viewport: VIEWPORT, deviceScaleFactor: 1.5 };
  const placeOf = (name) =>
    SHOWN[name] ? pictureFile(SHOWN[name]) : path.join(root, `.vscode-test/${name}.png`);
  return (file, stepsOf, open = openFile) =>
    withPage((page) => {
      const picture = (name) => page.screenshot({ path: placeOf(name) });
      const opening = [`${file} opens`, () => open(page, workbench, file)];
      const steps = stepsOf(page, picture, workbench.workspace);
      return takeSteps(page, [opening, ...steps], placeOf('failed'));
    }, view);
}

/** Runs the steps on the package in a fresh editor, and some in one that trusts no folder. */
export async function runUi({ root, workspace }) {
  const vsix = await makePackage();
  const tally = { passed: 0, failed: 0 };
  console.log('\nthe packaged extension, by mouse and keyboard');
  const settings = SETTINGS;
  await withDriver((driver) =>
    withWorkbench({ workspace, vsix, settings, env: driver.env }, async (workbench) => {
      writeFileSync(path.join(workbench.workspace, 'new.yaml'), '');
      const session = sessions(root, workbench);
      const steps = (...given) => GROUPS.flatMap((group) => group(...given));
      add(tally, await session('train.sh', steps));
      for (const file of FIRST_FILES) add(tally, await session(file, firstFileSteps));
      add(tally, await session('notes.txt', newSteps));
      add(tally, await session('train.yaml', notebookSteps));
      add(tally, await session('two folders', folderSteps, openFolders));
    }),
  );
  await withDriver(async (driver) => {
    const options = { workspace, vsix, settings, env: driver.env, restricted: true };
    await withWorkbench(options, async (workbench) =>
      add(tally, await sessions(root, workbench)('train.sh', trustSteps(driver))),
    );
  });
  if (tally.failed === 0) await reducePictures(Object.values(SHOWN));
  return tally;
}
