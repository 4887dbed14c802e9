// The memory panel with mouse and keyboard.
import { caretAt, closeTab, inPanel, lineWith, TIMEOUT, VIEWPORT } from './hands.mjs';

/** The script `train.sh` is open and has a line above its command. */
export function panelSteps(page, picture) {
  return [
    [
      'the line above the command opens the panel',
      async () => {
        await page.locator('.codelens-decoration a').first().click();
        await inPanel(page)
          .locator('#headline', { hasText: 'of 24.0 GiB' })
          .waitFor({ timeout: TIMEOUT });
        await inPanel(page).locator('#chart canvas').waitFor({ timeout: TIMEOUT });
        for (const [place, text] of [
          ['#legend li', 'CUDA context'],
          ['#legend li', /^held in all at most: \d+\.\d GiB/],
          ['#caption', /^\d+\.\d GiB in all: .* with 2 of its 16 micro batches/],
        ])
          await inPanel(page)
            .locator(place, { hasText: text })
            .first()
            .waitFor({ timeout: TIMEOUT });
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
      'in a narrow column nothing reaches beyond the edge',
      async () => {
        await page.setViewportSize({ width: 520, height: 560 });
        await page.waitForTimeout(500);
        const beyond = await inPanel(page)
          .locator('html')
          .evaluate((root) => root.scrollWidth - root.clientWidth);
        await page.setViewportSize(VIEWPORT);
        if (beyond > 0) throw new Error(`${beyond} pixels are out of sight`);
      },
    ],
    [
      'each area has a colour of its own, in a theme that lacks one, too',
      async () => {
        const colours = await inPanel(page)
          .locator('html')
          .evaluate(async (root) => {
            root.style.removeProperty('--vscode-charts-orange');
            root.ownerDocument.body.classList.toggle('another-theme');
            await new Promise((resolve) => setTimeout(resolve, 300));
            const swatches = [...root.querySelectorAll('#legend .swatch:not(.whole, .card)')];
            return swatches.map((swatch) => swatch.style.background);
          });
        if (colours.length < 4 || new Set(colours).size < colours.length)
          throw new Error(colours.join(' '));
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
  ];
}
