// Where there is no training config yet.
import { holds, lineWith, palette, quickOpen, TIMEOUT } from './hands.mjs';

/** Looks for what was said: under test the editor shows no message by itself. */
async function wasSaid(page, text) {
  await palette(page, 'Notifications: Show Notifications');
  await holds(page, '.notification-list-item', text);
  await palette(page, 'Notifications: Clear All Notifications');
}

/** A text that is no config is open. */
export function newSteps(page, picture) {
  return [
    [
      'without a config the commands say what they need',
      async () => {
        for (const command of ['Estimate GPU Memory', 'Fix All Safe Problems']) {
          await palette(page, `TuneLint: ${command}`);
          await wasSaid(page, /needs a training command or config/);
        }
      },
    ],
    [
      'a training config is begun from the palette, and judged',
      async () => {
        await palette(page, 'TuneLint: New Training Config');
        await holds(page, '.quick-input-list .monaco-list-row', 'ms-swift');
        await page.keyboard.type('torchtune');
        await holds(page, '.quick-input-list .monaco-list-row.focused', 'torchtune: LoRA');
        await picture('new');
        await page.keyboard.press('Enter');
        // A draft has no name that the comment could hold.
        await lineWith(page, '--config train.yaml').waitFor({ timeout: TIMEOUT });
        await holds(page, '.codelens-decoration', /≈ \d+\.\d of \d+\.\d GiB/);
        await page.keyboard.press('Escape');
      },
    ],
    [
      'where no fix leaves the training as it is, the command says so',
      async () => {
        await quickOpen(page, 'train.yaml');
        await holds(page, '.codelens-decoration', /≈ \d+\.\d of \d+\.\d GiB/);
        await palette(page, 'TuneLint: Fix All Safe Problems');
        await wasSaid(page, /No fix here leaves the training as it is/);
      },
    ],
  ];
}
