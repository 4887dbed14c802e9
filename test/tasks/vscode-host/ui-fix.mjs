// A fix by the keyboard.
import { caretAt, chooseAction, lineWith, markOf, openActions, TIMEOUT } from './hands.mjs';

/** The script still has its finding. */
export function fixSteps(page, picture) {
  return [
    [
      'the fix is applied with the keyboard',
      async () => {
        await caretAt(page, '8:22');
        await openActions(page);
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
    ['the mark in the margin turns green', () => markOf(page, '#2e7d32')],
  ];
}
