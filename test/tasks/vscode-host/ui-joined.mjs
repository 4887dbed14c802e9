// A script and the config that it names, side by side.
import { caretAt, closeTab, groupOf, holds, lineWith, quickOpen, TIMEOUT } from './hands.mjs';

/** Waits until the line above the first run of a file holds `text`. */
const lineAbove = (page, name, text) =>
  groupOf(page, name)
    .locator('.codelens-decoration', { hasText: text })
    .first()
    .waitFor({ timeout: TIMEOUT });

/** The workspace holds `run.sh`, which names `train.yaml`. */
export function joinedSteps(page) {
  return [
    [
      'an edit of the config renews the line in the script that names it',
      async () => {
        await quickOpen(page, 'run.sh');
        await lineAbove(page, 'run.sh', 'LoRA r8 ');
        await holds(page, '.statusbar-item', 'A100');
        await quickOpen(page, 'train.yaml', 'Control+Enter');
        await holds(page, '.statusbar-item', 'T4');
        await caretAt(page, '8:13', 2);
        await page.keyboard.type('8');
        await lineWith(page, 'lora_rank: 88').waitFor({ timeout: TIMEOUT });
        await lineAbove(page, 'run.sh', 'LoRA r88 ');
        await page.keyboard.press('Control+z');
        await lineAbove(page, 'run.sh', 'LoRA r8 ');
        await closeTab(page, 2);
      },
    ],
  ];
}
