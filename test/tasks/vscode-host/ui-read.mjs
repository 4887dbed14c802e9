// Where the editor leads from a training command: pages, documentation, folds, a preview.
import {
  caretAt,
  chooseAction,
  closeTab,
  focusEditor,
  holds,
  inPanel,
  lineWith,
  openActions,
  palette,
  TIMEOUT,
} from './hands.mjs';

/** The hover over the finding is open. */
export function readSteps(page, picture) {
  return [
    [
      'the rule named in the hover opens its page',
      async () => {
        await page
          .locator('.monaco-hover:not(.hidden) a', { hasText: 'fp16-over' })
          .first()
          .click();
        await inPanel(page)
          .locator('h1', { hasText: 'fp16-overflows-model' })
          .waitFor({ timeout: TIMEOUT });
        await picture('rule');
        await closeTab(page);
      },
    ],
    [
      'the palette lists the rules, and opens the page of one',
      async () => {
        await focusEditor(page);
        await palette(page, 'TuneLint: Explain Rule');
        // The letters would go into the editor before the rules are there.
        await holds(page, '.quick-input-title', 'Explain a rule');
        await page.keyboard.type('static-loss');
        await holds(page, '.quick-input-list .monaco-list-row.focused', 'static-loss-scale');
        await page.keyboard.press('Enter');
        await inPanel(page)
          .locator('h1', { hasText: 'static-loss-scale' })
          .waitFor({ timeout: TIMEOUT });
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
        await openActions(page);
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
  ];
}
