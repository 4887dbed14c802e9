// The extension by mouse and keyboard, as a person uses it: sees the squiggle, hovers, applies the
// fix with the keyboard. Takes the picture that the README shows.
import path from 'node:path';
import { withPage } from './browser.mjs';
import { withWorkbench } from './workbench.mjs';

const TIMEOUT = 30_000;

async function openFile(page, workbench, root, name) {
  const payload = [
    ['extensionDevelopmentPath', workbench.remote(root)],
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
  await page.keyboard.press('Control+1');
  await page.keyboard.press('Control+g');
  await page.waitForSelector('.quick-input-widget:not([style*="display: none"]) input');
  await page.keyboard.type(place);
  await page.keyboard.press('Enter');
}

/** Moves down the open menu to the entry that holds `text` and takes it. */
async function chooseAction(page, text) {
  for (let i = 0; i < 20; i++) {
    const focused = await page
      .$eval('.action-widget .monaco-list-row.focused', (row) => row.textContent)
      .catch(() => '');
    if (focused.includes(text)) return page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
  }
  throw new Error(`the menu has no ${text}`);
}

const lineWith = (page, text) => page.locator('.view-line', { hasText: text }).first();
const hoverText = (page) =>
  page.$$eval('.monaco-hover:not(.hidden) .hover-contents', (all) =>
    all.map((each) => each.textContent),
  );

function steps(page, screenshots) {
  return [
    [
      'the value float16 has a squiggle',
      async () => {
        await page.waitForSelector('.squiggly-error, .squiggly-warning', { timeout: TIMEOUT });
      },
    ],
    [
      'the hover shows the finding',
      async () => {
        await lineWith(page, 'torch_dtype').getByText('float16').first().hover();
        await page.waitForFunction(
          () =>
            [...document.querySelectorAll('.monaco-hover:not(.hidden) .hover-contents')].some(
              (each) => each.textContent.includes('tunelint'),
            ),
          null,
          { timeout: TIMEOUT },
        );
        await page.waitForTimeout(700); // the hover grows as its parts arrive
        if (screenshots) await page.screenshot({ path: screenshots.hover });
        if ((await hoverText(page)).length < 1) throw new Error('no hover');
      },
    ],
    [
      'the fix is applied with the keyboard',
      async () => {
        await caretAt(page, '8:22');
        await page.keyboard.press('Control+.');
        await page.waitForSelector('.action-widget .monaco-list-row', { timeout: TIMEOUT });
        await page.waitForTimeout(300);
        if (screenshots) await page.screenshot({ path: screenshots.fix });
        await chooseAction(page, 'bfloat16');
        await lineWith(page, '--torch_dtype bfloat16').waitFor({ timeout: TIMEOUT });
      },
    ],
    [
      'the squiggle is gone',
      async () => {
        await page.waitForFunction(() => !document.querySelector('.squiggly-error'), null, {
          timeout: TIMEOUT,
        });
      },
    ],
  ];
}

/** Runs the steps in order; the first failure ends them. */
export async function runUi({ root, workspace }) {
  const screenshots = {
    hover: path.join(root, 'docs/editor.png'),
    fix: path.join(root, '.vscode-test/fix.png'),
  };
  const tally = { passed: 0, failed: 0 };
  const settings = { 'tunelint.gpu': 'RTX 4090D' };
  console.log('\nby mouse and keyboard');
  await withWorkbench({ workspace, settings }, (workbench) =>
    withPage(async (page) => {
      try {
        await openFile(page, workbench, root, 'train.sh');
        for (const [title, run] of steps(page, screenshots)) {
          await run();
          tally.passed += 1;
          console.log(`  ok ${title}`);
        }
      } catch (error) {
        tally.failed += 1;
        console.log(`  failed: ${error.message}`);
        await page.screenshot({ path: path.join(root, '.vscode-test/failed.png') });
      }
    }),
  );
  return tally;
}
