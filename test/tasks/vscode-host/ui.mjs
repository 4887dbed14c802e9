// The extension by mouse and keyboard, as a person uses it: sees the squiggle, hovers, applies the
// fix with the keyboard. Takes the picture that the README shows.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makePackage } from '../package.mjs';
import { withPage } from './browser.mjs';
import { moreSteps } from './ui-more.mjs';
import { withWorkbench } from './workbench.mjs';

const TIMEOUT = 30_000;
const VIEWPORT = { width: 960, height: 560 };

async function openFile(page, workbench, name) {
  const payload = [
    ['openFile', workbench.remote(path.join(workbench.workspace, name))],
    ['skipWelcome', 'true'],
  ];
  await page.goto(workbench.pageUrl(payload));
  await page.waitForSelector(`.tab[data-resource-name="${name}"]`, { timeout: TIMEOUT });
}

/** Puts the caret at `line:column`, both from 1. */
async function caretAt(page, place) {
  await page.keyboard.press('Escape');
  await page.mouse.move(900, 760); // an open hover would swallow the keys
  // Keys typed in the panel's frame reach the editor a moment later: wait until it has the focus.
  await page.keyboard.press('Control+1');
  await page.waitForSelector('.monaco-editor.focused', { timeout: TIMEOUT });
  await page.keyboard.press('Control+g');
  await page.waitForSelector('.quick-input-widget:not([style*="display: none"]) input', {
    timeout: TIMEOUT,
  });
  await page.keyboard.type(place);
  await page.keyboard.press('Enter');
}

/** Moves down the open menu to the entry that holds `text` and takes it. */
async function chooseAction(page, text, key = 'Enter') {
  for (let i = 0; i < 20; i++) {
    const focused = await page
      .$eval('.action-widget .monaco-list-row.focused', (row) => row.textContent)
      .catch(() => '');
    if (focused.includes(text)) return page.keyboard.press(key);
    await page.keyboard.press('ArrowDown');
  }
  throw new Error(`the menu has no ${text}`);
}

/** Closes the active tab of a group of editors. */
async function closeTab(page, group = 1) {
  await page.keyboard.press(`Control+${group}`);
  await page.keyboard.press('Control+w');
}

const lineWith = (page, text) => page.locator('.view-line', { hasText: text }).first();

/** The page of the memory panel: a frame in a frame. */
const inPanel = (page) => page.frameLocator('iframe.webview').frameLocator('#active-frame');

/** Waits for the mark in the margin whose picture has this colour. */
async function markOf(page, colour) {
  await page.waitForFunction(
    (wanted) =>
      [...document.querySelectorAll('.cgmr')].some((mark) => {
        const [, data = ''] =
          /base64,([\w+/=]+)/.exec(getComputedStyle(mark).backgroundImage) ?? [];
        return atob(data).includes(wanted);
      }),
    colour,
    { timeout: TIMEOUT },
  );
}

/** Waits until some element of `selector` holds `text`. */
const holds = (page, selector, text) =>
  page.locator(selector, { hasText: text }).first().waitFor({ timeout: TIMEOUT });

function steps(page, pictures) {
  const picture = (name) => page.screenshot({ path: pictures[name] });
  return [
    [
      'the value float16 has a squiggle',
      () => page.waitForSelector('.squiggly-error', { timeout: TIMEOUT }),
    ],
    [
      'a line above the command says what it needs',
      () => holds(page, '.codelens-decoration', /≈ \d+\.\d of 24\.0 GiB/),
    ],
    ['the status bar shows the card', () => holds(page, '.statusbar-item', 'RTX 4090 D')],
    ['a mark in the margin says by its colour that the run fits', () => markOf(page, '#2e7d32')],
    [
      'the hover shows the finding',
      async () => {
        await lineWith(page, 'torch_dtype').getByText('float16').first().hover();
        await holds(page, '.monaco-hover:not(.hidden) .hover-contents', 'tunelint');
        await page.waitForTimeout(1500); // the hover grows as its parts arrive
        await picture('hover');
      },
    ],
    [
      'the rule named in the hover opens its page',
      async () => {
        await page
          .locator('.monaco-hover:not(.hidden) a', { hasText: 'fp16-over' })
          .first()
          .click();
        await page
          .frameLocator('iframe.webview')
          .frameLocator('#active-frame')
          .locator('h1', { hasText: 'fp16-overflows-model' })
          .waitFor({ timeout: TIMEOUT });
        await picture('rule');
        await closeTab(page);
      },
    ],
    [
      'the definition of an option is its documentation',
      async () => {
        await caretAt(page, '8:10');
        await page.keyboard.press('F12');
        await lineWith(page, '## torch_dtype').waitFor({ timeout: TIMEOUT });
        await picture('options');
        await closeTab(page);
      },
    ],
    [
      'the command folds with its continuation lines',
      async () => {
        await caretAt(page, '5:1');
        await page.keyboard.press('Control+Shift+BracketLeft');
        await lineWith(page, '--torch_dtype').waitFor({ state: 'detached', timeout: TIMEOUT });
        await picture('folded');
        await page.keyboard.press('Control+Shift+BracketRight');
        await lineWith(page, '--torch_dtype').waitFor({ timeout: TIMEOUT });
      },
    ],
    [
      'a fix is previewed with the keyboard',
      async () => {
        await caretAt(page, '8:22');
        await page.keyboard.press('Control+.');
        await page.waitForSelector('.action-widget .monaco-list-row', { timeout: TIMEOUT });
        await page.waitForTimeout(300);
        await chooseAction(page, 'bfloat16', 'Control+Enter');
        await holds(page, '.bulk-edit-panel', 'train.sh');
        await picture('preview');
        await page.locator('.bulk-edit-panel .monaco-button', { hasText: 'Discard' }).click();
        await page
          .locator('.bulk-edit-panel .monaco-button')
          .first()
          .waitFor({ state: 'hidden', timeout: TIMEOUT });
      },
    ],
    [
      'the fix is applied with the keyboard',
      async () => {
        await caretAt(page, '8:22');
        await page.keyboard.press('Control+.');
        await page.waitForSelector('.action-widget .monaco-list-row', { timeout: TIMEOUT });
        await page.waitForTimeout(300);
        await picture('fixes');
        await chooseAction(page, 'bfloat16');
        await lineWith(page, '--torch_dtype bfloat16').waitFor({ timeout: TIMEOUT });
      },
    ],
    [
      'the squiggle is gone',
      () => page.waitForSelector('.squiggly-error', { state: 'detached', timeout: TIMEOUT }),
    ],
    [
      'training flags have scopes of their own',
      async () => {
        await caretAt(page, '8:10');
        await page.keyboard.press('F1');
        await page.keyboard.type('Inspect Editor Tokens and Scopes');
        await page.keyboard.press('Enter');
        await holds(page, '.token-inspect-widget', 'support.class.precision.tunelint');
        await picture('scopes');
        await page.keyboard.press('Escape');
      },
    ],
    [
      'the line above the command opens the panel',
      async () => {
        await page.locator('.codelens-decoration a').first().click();
        await inPanel(page)
          .locator('#headline', { hasText: 'of 24.0 GiB' })
          .waitFor({ timeout: TIMEOUT });
        await inPanel(page).locator('#chart canvas').waitFor({ timeout: TIMEOUT });
        await page.setViewportSize({ width: 1240, height: 1240 });
        await page.waitForTimeout(1000);
        await picture('panel');
        await page.setViewportSize(VIEWPORT);
      },
    ],
    [
      'the arrow keys read the charts',
      async () => {
        await inPanel(page).locator('#chart').press('End');
        await inPanel(page)
          .locator('#moment', { hasText: /^step 2, .*: \d+\.\d GiB/ })
          .waitFor({ timeout: TIMEOUT });
        await inPanel(page).locator('#layers').press('Home');
        await inPanel(page)
          .locator('#layer', { hasText: /^Layer 0: .* doublings left/ })
          .waitFor({ timeout: TIMEOUT });
        await picture('layers');
      },
    ],
    [
      'what is tried in the panel changes the figures',
      async () => {
        await inPanel(page).locator('#microBatch').fill('4');
        await inPanel(page)
          .locator('#headline', { hasText: 'more than written' })
          .waitFor({ timeout: TIMEOUT });
      },
    ],
    [
      'it is written to the file, and one undo takes it back',
      async () => {
        await inPanel(page).locator('#apply:enabled').press('Enter');
        await lineWith(page, '--per_device_train_batch_size 4').waitFor({ timeout: TIMEOUT });
        await caretAt(page, '8:10');
        await page.keyboard.press('Control+z');
        await lineWith(page, '--per_device_train_batch_size 1').waitFor({ timeout: TIMEOUT });
        await closeTab(page, 2);
        await page.locator('iframe.webview').waitFor({ state: 'detached', timeout: TIMEOUT });
      },
    ],
    [
      'another card is chosen from the status bar',
      async () => {
        await page.locator('.statusbar-item', { hasText: 'RTX 4090 D' }).first().click();
        await page.waitForSelector('.quick-input-widget:not([style*="display: none"]) input');
        await holds(page, '.quick-input-list .monaco-list-row', 'in this machine ×2');
        await picture('machine');
        await page.keyboard.type('T4');
        await holds(page, '.quick-input-list .monaco-list-row', /^Tesla T4|^T4/);
        await picture('cards');
        await page.keyboard.press('Enter');
        await holds(page, '.quick-input-widget', 'How many');
        await page.keyboard.press('Enter');
        await holds(page, '.statusbar-item', 'T4');
        await holds(page, '.codelens-decoration', /of 1[45]\.\d GiB/);
      },
    ],
    [
      'what does not fit the new card is underlined',
      async () => {
        await page.waitForSelector('.squiggly-error, .squiggly-warning', { timeout: TIMEOUT });
        await markOf(page, '#c72e2b');
        await picture('after');
      },
    ],
  ];
}

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

/** Runs the steps in order; the first failure ends them. */
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
    after: scratch('after'),
  };
  const tally = { passed: 0, failed: 0 };
  const view = { viewport: VIEWPORT, deviceScaleFactor: 1.5 };
  const vsix = makePackage();
  console.log('\nthe packaged extension, by mouse and keyboard');
  const env = { PATH: `${fakeDriver()}${path.delimiter}${process.env.PATH}` };
  await withWorkbench({ workspace, vsix, settings: SETTINGS, env }, (workbench) =>
    withPage(async (page) => {
      writeFileSync(path.join(workbench.workspace, 'new.yaml'), '');
      let current = 'the file opens';
      try {
        await openFile(page, workbench, 'train.sh');
        await page.keyboard.press('Control+b');
        const picture = (name) => page.screenshot({ path: pictures[name] });
        const more = moreSteps(page, { picture, holds, inPanel, lineWith });
        for (const [title, run] of [...steps(page, pictures), ...more]) {
          current = title;
          await run();
          tally.passed += 1;
          console.log(`  ok ${title}`);
        }
      } catch (error) {
        tally.failed += 1;
        console.log(`  failed: ${current}: ${error.message}`);
        await page.screenshot({ path: scratch('failed') });
      }
    }, view),
  );
  return tally;
}
