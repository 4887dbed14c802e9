// The card and what depends on it.
import { caretAt, holds, markOf, TIMEOUT } from './hands.mjs';

/** The item of the status bar with the card; its background says by its kind whether the run fits. */
const item = (page, kind, text) =>
  page
    .locator(
      `.statusbar-item${kind === undefined ? ':not(.has-background-color)' : `.${kind}-kind`}`,
      {
        hasText: text,
      },
    )
    .first();

/** Chooses a card from the status bar, and how many. */
async function choose(page, card, count) {
  await holds(page, '.quick-input-list .monaco-list-row', 'GeForce');
  await page.keyboard.type(card);
  await holds(page, '.quick-input-list .monaco-list-row.focused', card);
  await page.keyboard.press('Enter');
  await holds(page, '.quick-input-widget', 'How many');
  await page.keyboard.type(String(count));
  await page.waitForSelector(`.quick-input-list .monaco-list-row.focused[aria-label="${count}"]`, {
    timeout: TIMEOUT,
  });
  await page.keyboard.press('Enter');
}

/** Writes the length of the samples, which has four digits, into the script. */
async function writeLength(page, tokens) {
  await caretAt(page, '14:18');
  for (let i = 0; i < 4; i++) await page.keyboard.press('Delete');
  await page.keyboard.type(String(tokens));
}

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
      'the status bar says how many cards there are',
      async () => {
        await item(page, undefined, /RTX 4090 D$/).click();
        await choose(page, 'GeForce RTX 4090 D', 2);
        await item(page, undefined, /RTX 4090 D ×2$/).waitFor({ timeout: TIMEOUT });
      },
    ],
    [
      'its colour says whether the run fits',
      async () => {
        for (const [tokens, kind] of [
          [6144, 'warning'], // shorter samples fit
          [2048, undefined],
        ]) {
          await writeLength(page, tokens);
          await item(page, kind, 'RTX 4090 D').waitFor({ timeout: TIMEOUT });
        }
      },
    ],
    [
      'another card is chosen from the status bar, where that of the setting stands first',
      async () => {
        await page.locator('.statusbar-item', { hasText: 'RTX 4090 D' }).first().click();
        await holds(page, '.quick-input-list .monaco-list-row.focused', 'chosen');
        await holds(page, '.quick-input-list .monaco-list-row', 'in this machine ×2');
        await picture('machine');
        await choose(page, 'T4', 1);
        await item(page, 'error', /T4$/).waitFor({ timeout: TIMEOUT });
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
