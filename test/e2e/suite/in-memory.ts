import { fixtures } from 'tunelint:fixtures';
import * as vscode from 'vscode';
import { fixture } from './editor.ts';

/** Writes the fixtures into the open folder, which is in memory and empty. */
export async function writeFixtures(): Promise<void> {
  const encoder = new TextEncoder();
  for (const [name, text] of Object.entries(fixtures))
    await vscode.workspace.fs.writeFile(fixture(name), encoder.encode(text));
}
