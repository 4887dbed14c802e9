import { execFileSync } from 'node:child_process';
import * as vscode from 'vscode';
import { ours, revert, show } from './editor.ts';
import { equal, until } from './expect.ts';

/** The process of the language server: a child of this one. */
function server(): number | undefined {
  const list = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  const lines = list.split('\n').map((line) => line.trim().split(/\s+/));
  const found = lines.find(
    ([, parent, ...words]) =>
      Number(parent) === process.pid && words.some((word) => word.endsWith('/dist/server.js')),
  );
  return found === undefined ? undefined : Number(found[0]);
}

/** Kills the server as a machine without memory does, and gives its number. */
async function kill(): Promise<number> {
  const pid = await until('a server', server);
  process.kill(pid, 'SIGKILL');
  return pid;
}

async function type(document: vscode.TextDocument, text: string, over = 'float16') {
  const edit = new vscode.WorkspaceEdit();
  const at = document.getText().indexOf(over);
  const range = new vscode.Range(document.positionAt(at), document.positionAt(at + over.length));
  edit.replace(document.uri, range, text);
  await vscode.workspace.applyEdit(edit);
}

/** Whether the value is underlined where it stands. */
const says = (document: vscode.TextDocument, value: string) => () =>
  ours(document).some((one) => document.getText(one.range) === value);

suite('a server that hangs', function () {
  this.timeout(90_000);

  test('is replaced when the user restarts it', async () => {
    const document = await show('train.sh');
    await until('the finding', says(document, 'float16'));
    const pid = await until('a server', server);
    process.kill(pid, 'SIGSTOP');
    await type(document, 'float61');
    await vscode.commands.executeCommand('tunelint.restart');
    await until('another server', () => (server() ?? pid) !== pid);
    await until('the new finding', says(document, 'float61'));
    await type(document, 'float16', 'float61');
    await document.save(); // the editor may have saved the other by itself
  });
});

suite('a server that is killed', function () {
  this.timeout(90_000);

  test('is started again, and judges what was typed meanwhile', async () => {
    const document = await show('train.sh');
    await until('the finding', says(document, 'float16'));
    const pid = await kill();
    await type(document, 'float61'); // before anybody has noticed
    await until('another server', () => (server() ?? pid) !== pid);
    await until('the new finding', says(document, 'float61'));
    await revert(document);
  });

  test('five times is not started again, until the user does', async () => {
    const document = await show('train.sh');
    for (let times = 2; times <= 5; times++) {
      await until(`the finding, ${times}`, says(document, 'float16'));
      await kill();
      await until('the end of its findings', () => !says(document, 'float16')());
    }
    await new Promise((resolve) => setTimeout(resolve, 1500));
    equal(server(), undefined, 'server');
    await vscode.commands.executeCommand('tunelint.restart');
    await until('the finding after the restart', says(document, 'float16'));
    await kill();
    await until('that it is counted anew', says(document, 'float16'));
    await until('a server again', server);
  });
});
