// A notebook, whose cells are parts of one run.
import { holds, quickOpen, TIMEOUT } from './hands.mjs';

/** What is said of the run stands in the cell that it is about. */
export function notebookSteps(page, picture) {
  return [
    [
      'the cells of a notebook are judged together',
      async () => {
        await quickOpen(page, 'train.ipynb');
        await page.waitForSelector('.notebook-editor .squiggly-error', { timeout: TIMEOUT });
        await holds(page, '.notebook-editor .codelens-decoration', /≈ \d+\.\d of \d+\.\d GiB/);
        await picture('notebook');
      },
    ],
  ];
}
