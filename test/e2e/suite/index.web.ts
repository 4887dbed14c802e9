import 'mocha/mocha.js';
import * as vscode from 'vscode';
import backup from '../fixtures/backup.sh';
import nohup from '../fixtures/nohup.out.txt';
import runShell from '../fixtures/run.sh';
import trainLog from '../fixtures/train.log';
import trainShell from '../fixtures/train.sh';
import trainYaml from '../fixtures/train.yaml';
import { fixture } from './editor.ts';
import { OPTIONS, runMocha } from './mocha-run.ts';

const FIXTURES: Readonly<Record<string, string>> = {
  'backup.sh': backup,
  'nohup.out.txt': nohup,
  'run.sh': runShell,
  'train.log': trainLog,
  'train.sh': trainShell,
  'train.yaml': trainYaml,
};

/** Called by VS Code inside the web worker's extension host; the folder is in memory and empty. */
export async function run(): Promise<void> {
  const encoder = new TextEncoder();
  for (const [name, text] of Object.entries(FIXTURES))
    await vscode.workspace.fs.writeFile(fixture(name), encoder.encode(text));
  mocha.setup(OPTIONS);
  if (vscode.env.language === 'zh-cn') await import('./chinese.test.ts');
  else {
    await import('./basics.test.ts');
    await import('./features.test.ts');
  }
  const tally = await runMocha(mocha);
  console.log(`tunelint-report ${JSON.stringify(tally)}`);
  if (tally.failed > 0) throw new Error(`${tally.failed} failed`);
}
