import * as vscode from 'vscode';
import { ours, revert, show } from './editor.ts';
import { until } from './expect.ts';

interface Ended {
  terminate(): void;
}

/** Keeps the workers that are made from now on. */
function watchWorkers(): Ended[] {
  const made: Ended[] = [];
  const scope = globalThis as unknown as { Worker: new (...given: unknown[]) => Ended };
  scope.Worker = new Proxy(scope.Worker, {
    construct(target, given) {
      const worker = Reflect.construct(target, given) as Ended;
      made.push(worker);
      return worker;
    },
  });
  return made;
}

suite('a worker that is gone', function () {
  this.timeout(90_000);

  test('is noticed when it owes an answer, and another one judges', async () => {
    const workers = watchWorkers();
    const document = await show('train.sh');
    await vscode.commands.executeCommand('tunelint.restart');
    const worker = await until('a worker', () => workers.at(-1));
    await until('the findings', () => ours(document).length > 0);
    worker.terminate(); // as a browser does that is short of memory: nobody is told
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(0, 0), '# one line more\n');
    const [before] = ours(document).map(({ range }) => range.start.line);
    await vscode.workspace.applyEdit(edit);
    await until('another worker', () => workers.at(-1) !== worker, 60_000);
    await until('the finding at its new place', () =>
      ours(document).some(({ range }) => range.start.line === (before ?? 0) + 1),
    );
    await revert(document);
  });
});
