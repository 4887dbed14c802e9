import * as vscode from 'vscode';
import backup from '../fixtures/backup.sh';
import nohup from '../fixtures/nohup.out.txt';
import renamedShell from '../fixtures/renamed.sh';
import runShell from '../fixtures/run.sh';
import trainLog from '../fixtures/train.log';
import trainShell from '../fixtures/train.sh';
import trainYaml from '../fixtures/train.yaml';
import { fixture } from './editor.ts';

const FIXTURES: Readonly<Record<string, string>> = {
  'backup.sh': backup,
  'nohup.out.txt': nohup,
  'renamed.sh': renamedShell,
  'run.sh': runShell,
  'train.log': trainLog,
  'train.sh': trainShell,
  'train.yaml': trainYaml,
};

/** Writes the fixtures into the open folder, which is in memory and empty. */
export async function writeFixtures(): Promise<void> {
  const encoder = new TextEncoder();
  for (const [name, text] of Object.entries(FIXTURES))
    await vscode.workspace.fs.writeFile(fixture(name), encoder.encode(text));
}
