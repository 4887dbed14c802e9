import { show } from './editor.ts';
import { writeFixtures } from './in-memory.ts';

/** Called by VS Code in place of a suite: prepares the folder for mouse and keyboard, and never ends. */
export async function run(): Promise<void> {
  await writeFixtures();
  await show('train.sh');
  await new Promise(() => {});
}
