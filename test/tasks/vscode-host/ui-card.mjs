// The card and what depends on it.
import { caretAt, holds, markOf, TIMEOUT } from './hands.mjs';

/** The card is an RTX 4090D, and the machine has two of an RTX 4090. */
export function cardSteps(page, picture) {
  return [
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
