import 'mocha/mocha.js';
import * as vscode from 'vscode';
import { writeFixtures } from './in-memory.ts';
import { OPTIONS, runMocha } from './mocha-run.ts';

/** Called by VS Code inside the web worker's extension host; the folder is in memory and empty. */
export async function run(): Promise<void> {
  await writeFixtures();
  mocha.setup(OPTIONS);
  if (vscode.env.language === 'zh-cn') await import('./chinese.test.ts');
  else {
    await import('./basics.test.ts');
    await import('./features.test.ts');
    await import('./fix-all.test.ts');
    await import('./logs.test.ts');
    await import('./workers.test.ts');
  }
  const tally = await runMocha(mocha);
  console.log(`tunelint-report ${JSON.stringify(tally)}`);
  if (tally.failed > 0) throw new Error(`${tally.failed} failed`);
}
