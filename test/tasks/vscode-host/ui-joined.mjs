// A script and the config that it names, side by side.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  caretAt,
  closePanel,
  closeTab,
  groupOf,
  holds,
  inPanel,
  lineWith,
  markOf,
  palette,
  quickOpen,
  TIMEOUT,
} from './hands.mjs';

/** Colours of the marks in a light theme. */
const FITS = '#2e7d32';
const UNLIKELY = '#9a6700';

/** Waits until the line above the first run of a file holds `text`. */
const lineAbove = (page, name, text) =>
  groupOf(page, name)
    .locator('.codelens-decoration', { hasText: text })
    .first()
    .waitFor({ timeout: TIMEOUT });

/** The workspace holds `run.sh`, which names `train.yaml`. */
export function joinedSteps(page, _picture, workspace) {
  const config = path.join(workspace, 'train.yaml');
  return [
    [
      'an edit of the config renews the line in the script that names it',
      async () => {
        await quickOpen(page, 'run.sh');
        await lineAbove(page, 'run.sh', 'LoRA r8 ');
        await holds(page, '.statusbar-item', 'A100');
        await quickOpen(page, 'train.yaml', 'Control+Enter');
        await lineAbove(page, 'train.yaml', /A100.*in the run of run\.sh/);
        await holds(page, '.statusbar-item', 'A100');
        await caretAt(page, '8:13', 2);
        await page.keyboard.type('8');
        await lineWith(page, 'lora_rank: 88').waitFor({ timeout: TIMEOUT });
        await lineAbove(page, 'run.sh', 'LoRA r88 ');
        await page.keyboard.press('Control+z');
        await lineAbove(page, 'run.sh', 'LoRA r8 ');
        await closeTab(page, 2);
      },
    ],
    [
      'a card that is chosen where a file names another is said not to count there',
      async () => {
        await quickOpen(page, 'run.sh');
        await page.locator('.statusbar-item', { hasText: 'A100' }).first().click();
        await holds(page, '.quick-input-list .monaco-list-row.focused', 'T4');
        await page.keyboard.press('Enter');
        await holds(page, '.quick-input-widget', 'How many');
        await page.keyboard.press('Enter');
        await palette(page, 'Notifications: Show Notifications');
        await holds(page, '.notification-list-item', /run\.sh is named in a file: A100/);
        await palette(page, 'Notifications: Clear All Notifications');
      },
    ],
    [
      'a config that changes on the disk renews line, mark and panel of the script that names it',
      async () => {
        const before = readFileSync(config, 'utf8');
        await quickOpen(page, 'run.sh');
        await markOf(page, FITS);
        await palette(page, 'TuneLint: Estimate GPU Memory');
        await inPanel(page).locator('#chart canvas').waitFor({ timeout: TIMEOUT });
        writeFileSync(config, before.replace('cutoff_len: 2048', 'cutoff_len: 120000'));
        await lineAbove(page, 'run.sh', /probably does not fit/);
        await inPanel(page)
          .locator('#headline[data-verdict="unlikely"]')
          .waitFor({ timeout: TIMEOUT });
        await inPanel(page).locator('#microBatch').focus();
        await markOf(page, UNLIKELY); // though the panel has the focus
        writeFileSync(config, before);
        await markOf(page, FITS);
        await inPanel(page).locator('#headline[data-verdict="fits"]').waitFor({ timeout: TIMEOUT });
        await closePanel(page);
      },
    ],
  ];
}
