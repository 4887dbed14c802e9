// A workspace that is not trusted, and then is.
import { holds, palette, quickOpen, TIMEOUT } from './hands.mjs';

async function openPicker(page) {
  await page.locator('.statusbar-item', { hasText: 'RTX 4090 D' }).first().click();
  await holds(page, '.quick-input-list .monaco-list-row', 'No GPU');
  await holds(page, '.quick-input-list .monaco-list-row', 'GeForce');
}

const HERE = '.quick-input-list .monaco-list-row:has-text("in this machine")';

/** The script is open in restricted mode, and the settings let the driver be asked. */
export const trustSteps = (driver) => (page, picture) => [
  [
    'in a workspace that is not trusted the driver is not asked',
    async () => {
      await holds(page, '.statusbar-item', 'Restricted Mode');
      await page.waitForSelector('.squiggly-error', { timeout: TIMEOUT });
      await openPicker(page);
      await picture('restricted');
      if (driver.wasAsked()) throw new Error('nvidia-smi was run');
      if ((await page.locator(HERE).count()) > 0)
        throw new Error('cards of this machine are listed');
      await page.keyboard.press('Escape');
    },
  ],
  [
    'once it is trusted, it is',
    async () => {
      await palette(page, 'Workspaces: Manage Workspace Trust');
      await page.locator('.workspace-trust-editor .monaco-button', { hasText: /^Trust$/ }).click();
      await page
        .locator('.statusbar-item', { hasText: 'Restricted Mode' })
        .waitFor({ state: 'detached', timeout: TIMEOUT });
      await quickOpen(page, 'train.sh');
      await openPicker(page);
      await page.locator(HERE).first().waitFor({ timeout: TIMEOUT });
      if (!driver.wasAsked()) throw new Error('nvidia-smi was not run');
    },
  ],
];
