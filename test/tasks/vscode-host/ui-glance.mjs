// What is seen of a script with a training command before anything is done.
import { holds, lineWith, markOf, TIMEOUT } from './hands.mjs';

/** The script `train.sh` is open, and the card is an RTX 4090D. */
export function glanceSteps(page, picture) {
  return [
    [
      'the value float16 has a squiggle',
      () => page.waitForSelector('.squiggly-error', { timeout: TIMEOUT }),
    ],
    [
      'a line above the command says what it needs',
      () => holds(page, '.codelens-decoration', /memory fits: ≈ \d+\.\d of 24\.0 GiB/),
    ],
    ['the status bar shows the card', () => holds(page, '.statusbar-item', 'RTX 4090 D')],
    [
      'a mark in the margin says that it fits, in grey beside an error',
      () => markOf(page, '#6b6b6b'),
    ],
    [
      'the hover shows the finding',
      async () => {
        await lineWith(page, 'torch_dtype').getByText('float16').first().hover();
        await holds(page, '.monaco-hover:not(.hidden) .hover-contents', 'tunelint');
        await page.waitForTimeout(1500); // the hover grows as its parts arrive
        await picture('hover');
      },
    ],
  ];
}
