// A workspace of two folders with cards of their own.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { holds, quickOpen, TIMEOUT } from './hands.mjs';

const FOLDERS = { small: 'T4', large: 'A100 80GB' };
const settingsOf = (root, name) => path.join(root, name, '.vscode/settings.json');

/** Opens the two folders, each with a copy of `train.sh`. */
export async function openFolders(page, workbench) {
  const root = path.join(workbench.workspace, 'folders');
  for (const [name, gpu] of Object.entries(FOLDERS)) {
    mkdirSync(path.dirname(settingsOf(root, name)), { recursive: true });
    writeFileSync(settingsOf(root, name), JSON.stringify({ 'tunelint.gpu': gpu }));
    cpSync(path.join(workbench.workspace, 'train.sh'), path.join(root, name, `${name}.sh`));
  }
  const workspace = path.join(root, 'two.code-workspace');
  const folders = Object.keys(FOLDERS).map((name) => ({ path: name }));
  writeFileSync(workspace, JSON.stringify({ folders }));
  // Now and then the editor begins without the folders, where it has just been told of them.
  for (const timeout of [TIMEOUT / 3, TIMEOUT]) {
    await page.goto(workbench.pageUrl([['skipWelcome', 'true']], { workspace }));
    const shown = page.waitForSelector('.explorer-folders-view .monaco-list-row', { timeout });
    if (await shown.catch(() => undefined)) return;
  }
  throw new Error('the folders are not shown');
}

const item = (page, text) => page.locator('.statusbar-item', { hasText: text }).first();

/** The two folders are open. */
export function folderSteps(page, _picture, workspace) {
  const root = path.join(workspace, 'folders');
  return [
    [
      'each folder has its card',
      async () => {
        await quickOpen(page, 'small.sh');
        await holds(page, '.codelens-decoration', 'Tesla T4');
        await quickOpen(page, 'large.sh');
        await holds(page, '.codelens-decoration', 'A100 SXM4 80GB');
      },
    ],
    [
      'a card that is chosen counts for the folder of the file in front, and for no other',
      async () => {
        await item(page, 'A100').click();
        await holds(page, '.quick-input-list .monaco-list-row.focused', 'chosen');
        await page.keyboard.type('H200');
        await holds(page, '.quick-input-list .monaco-list-row.focused', 'H200');
        await page.keyboard.press('Enter');
        await holds(page, '.quick-input-widget', 'How many');
        await page.keyboard.press('Enter');
        await holds(page, '.codelens-decoration', 'H200');
        const kept = JSON.parse(readFileSync(settingsOf(root, 'small'), 'utf8'));
        if (kept['tunelint.gpu'] !== FOLDERS.small) throw new Error(JSON.stringify(kept));
        await quickOpen(page, 'small.sh');
        await holds(page, '.codelens-decoration', 'Tesla T4');
      },
    ],
  ];
}
