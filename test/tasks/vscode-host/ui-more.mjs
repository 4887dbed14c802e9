// More of the extension by mouse and keyboard: other files, a dark theme, the walkthrough.
import { focusEditor, holds, inPanel, lineWith, palette, quickOpen, TIMEOUT } from './hands.mjs';

/** The frame that shows the README on the page of the extension. */
async function readmeFrame(page) {
  const until = Date.now() + TIMEOUT;
  while (Date.now() < until) {
    for (const frame of page.frames()) {
      const heading = frame.locator('h1', { hasText: /^TuneLint$/ });
      if ((await heading.count().catch(() => 0)) > 0) return frame;
    }
    await page.waitForTimeout(200);
  }
  throw new Error('the README is not shown');
}

/** Pictures that are not shown, and links that lead nowhere. */
const deadParts = (frame) =>
  frame.evaluate(() => {
    const pictures = [...document.images].filter(({ naturalWidth }) => naturalWidth === 0);
    const links = document.querySelectorAll('a:not([href^="https:"], #scroll-to-top)');
    return [...pictures, ...links].map(({ outerHTML }) => outerHTML);
  });

/** The steps after those on `train.sh`. */
export function moreSteps(page, picture) {
  return [
    [
      'a log is marked where its loss is no number any more',
      async () => {
        await quickOpen(page, 'train.log');
        await page.waitForSelector('.squiggly-error', { timeout: TIMEOUT });
        await picture('log');
      },
    ],
    [
      'a new config is one word and a key',
      async () => {
        await quickOpen(page, 'new.yaml');
        await page.waitForSelector('.monaco-editor.focused', { timeout: TIMEOUT });
        await page.keyboard.type('axolotl', { delay: 40 });
        await holds(page, '.suggest-widget .monaco-list-row', 'axolotl');
        await picture('snippet');
        await page.keyboard.press('Enter');
        await lineWith(page, 'base_model:').waitFor({ timeout: TIMEOUT });
        await holds(page, '.codelens-decoration', /≈ \d+\.\d of \d+\.\d GiB/);
        await page.keyboard.press('Escape');
      },
    ],
    [
      'in a dark theme as well, without the mouse',
      async () => {
        await palette(page, 'Preferences: Toggle between Light/Dark Themes');
        await page.waitForSelector('.monaco-workbench.vs-dark', { timeout: TIMEOUT });
        await focusEditor(page);
        await palette(page, 'TuneLint: Estimate GPU Memory');
        await inPanel(page).locator('#chart canvas').waitFor({ timeout: TIMEOUT });
        await page.setViewportSize({ width: 1240, height: 1240 });
        await page.waitForTimeout(1000);
        await picture('dark');
      },
    ],
    [
      'the tab key goes through the panel in the order of reading',
      async () => {
        const order = [];
        await inPanel(page).locator('#microBatch').focus();
        for (let i = 0; i < 14; i++) {
          const id = await inPanel(page)
            .locator('body')
            .evaluate((body) => {
              const { activeElement } = body.ownerDocument;
              return activeElement?.id || activeElement?.tagName;
            });
          if (order.at(-1) !== id) order.push(id);
          await page.keyboard.press('Tab');
        }
        const wanted =
          /^microBatch gradientAccumulation maxLength loraRank optimizer quantization gpu gradientCheckpointing (apply )?(reset )?chart (layers SUMMARY)?/;
        if (!wanted.test(order.join(' '))) throw new Error(order.join(' '));
      },
    ],
    [
      'the walkthrough has four steps',
      async () => {
        await page.setViewportSize({ width: 1100, height: 700 });
        await palette(page, 'Welcome: Open Walkthrough...');
        await page.keyboard.type('Check a fine-tuning run');
        await holds(page, '.quick-input-list .monaco-list-row', 'Check a fine-tuning run');
        await page.keyboard.press('Enter');
        for (const step of [
          'Open a training command or config',
          'Choose the GPU',
          'Read what the run needs',
          'Apply a fix',
        ])
          await holds(page, '.gettingStartedContainer .step-title', step);
        await page.waitForTimeout(800);
        await picture('walkthrough');
      },
    ],
    [
      'the page of the extension has no dead link and no dead picture',
      async () => {
        await palette(page, 'Extensions: Show Installed Extensions');
        await page.locator('.extension-list-item', { hasText: 'TuneLint' }).first().click();
        const dead = await deadParts(await readmeFrame(page));
        if (dead.length > 0) throw new Error(dead.join(' '));
        await picture('extension');
      },
    ],
  ];
}
