import * as vscode from 'vscode';
import { actionsAt, fixture, ours, ruleOf } from './editor.ts';
import { equal, ok, until } from './expect.ts';

/** Opens the notebook and gives its code cells: what is installed, the model, the arguments. */
async function openNotebook(): Promise<readonly vscode.TextDocument[]> {
  const notebook = await vscode.workspace.openNotebookDocument(fixture('train.ipynb'));
  await vscode.window.showNotebookDocument(notebook);
  return notebook
    .getCells()
    .filter(({ kind }) => kind === vscode.NotebookCellKind.Code)
    .map(({ document }) => document);
}

/** Waits until the cell has exactly these findings. */
function untilSaid(cell: vscode.TextDocument, wanted: readonly string[]): Promise<unknown> {
  return until(`${wanted.join(', ') || 'nothing'} in the cell`, () => {
    const said = ours(cell).map((one) => `${ruleOf(one)} ${one.range.start.line}`);
    return said.join() === wanted.join();
  });
}

async function replace(cell: vscode.TextDocument, from: string, to: string): Promise<void> {
  const at = cell.getText().indexOf(from);
  ok(at >= 0, `the cell has ${from}`);
  const edit = new vscode.WorkspaceEdit();
  const range = new vscode.Range(cell.positionAt(at), cell.positionAt(at + from.length));
  edit.replace(cell.uri, range, to);
  ok(await vscode.workspace.applyEdit(edit), 'edited');
}

suite('notebooks', () => {
  test('cells are judged together, each finding shown in its own', async () => {
    const [install, model, args] = await openNotebook();
    ok(install && model && args, 'three code cells');
    await untilSaid(args, ['renamed-key 3']);
    equal(ours(model).length + ours(install).length, 0, 'findings in the other cells');
    await replace(install, '4.57.6', '4.40.0');
    await untilSaid(args, []);
    await replace(install, '4.40.0', '4.57.6');
    await untilSaid(args, ['renamed-key 3']);
  });

  test('the line of the run stands in its cell, and a fix changes that cell', async () => {
    const [, model, args] = await openNotebook();
    ok(model && args, 'the cells');
    const lenses = (cell: vscode.TextDocument) =>
      vscode.commands.executeCommand<vscode.CodeLens[]>(
        'vscode.executeCodeLensProvider',
        cell.uri,
        10,
      );
    await until('the line of the run', async () =>
      (await lenses(args)).some(({ command }) => /Qwen2\.5-7B/.test(command?.title ?? '')),
    );
    equal((await lenses(model)).length, 0, 'lines in the cell of the model');
    await untilSaid(args, ['renamed-key 3']);
    const [found] = ours(args);
    ok(found, 'the finding');
    const fix = await until('the fix', async () =>
      (await actionsAt(args, found.range, vscode.CodeActionKind.QuickFix)).find(({ title }) =>
        /eval_strategy/.test(title),
      ),
    );
    ok(fix.edit && (await vscode.workspace.applyEdit(fix.edit)), 'applied');
    await untilSaid(args, []);
    ok(args.getText().includes('\n    eval_strategy="no"'), 'the cell has the new name');
    await replace(args, 'eval_strategy', 'evaluation_strategy');
    await untilSaid(args, ['renamed-key 3']);
  });
});
