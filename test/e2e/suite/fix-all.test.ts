import * as vscode from 'vscode';
import { actionsAt, fixture, ours, revert, ruleOf, show } from './editor.ts';
import { equal, match, ok, until } from './expect.ts';

const KIND = vscode.CodeActionKind.SourceFixAll.append('tunelint');
/** The options by the names they have now, and the value that only the user can change. */
const FIXED = /--tuner_type lora \\\n.*--torch_dtype float16 \\\n.*--eval_strategy steps \\\n/;

/** The old names are found and the half precision of the run as well. */
async function renamed(document: vscode.TextDocument): Promise<void> {
  await until('the old names', () => {
    const rules = ours(document).map(ruleOf);
    const old = rules.filter((rule) => rule === 'renamed-key').length;
    return old === 2 && rules.includes('fp16-on-bf16-model');
  });
}

async function gone(document: vscode.TextDocument): Promise<void> {
  await until('the old names are gone', () => {
    const rules = ours(document).map(ruleOf);
    return rules.includes('fp16-on-bf16-model') && !rules.includes('renamed-key');
  });
}

suite('all safe problems at once', () => {
  test('one action fixes the names and leaves the training as it is; one undo takes it back', async () => {
    const document = await show('renamed.sh');
    await renamed(document);
    const before = document.getText();
    const whole = new vscode.Range(0, 0, document.lineCount, 0);
    const action = await until('the action', async () =>
      (await actionsAt(document, whole, KIND)).find(({ kind }) => kind?.contains(KIND)),
    );
    ok(action.edit, 'an edit');
    ok(await vscode.workspace.applyEdit(action.edit), 'the edit applies');
    match(document.getText(), FIXED, 'text');
    await gone(document);
    await vscode.commands.executeCommand('undo');
    equal(document.getText(), before, 'text after one undo');
  });

  test('the command of the palette does the same', async () => {
    const document = await show('renamed.sh');
    await renamed(document);
    await vscode.commands.executeCommand('tunelint.fixAll');
    await until('the fixed text', () => FIXED.test(document.getText()));
    await gone(document);
    await revert(document);
  });

  test('so does saving, where the user set it', async () => {
    const { uri } = await show('renamed.sh');
    const copy = fixture('saved.sh');
    await vscode.workspace.fs.copy(uri, copy, { overwrite: true });
    const editor = vscode.workspace.getConfiguration('editor');
    const { Workspace } = vscode.ConfigurationTarget;
    await editor.update('codeActionsOnSave', { [KIND.value]: 'always' }, Workspace);
    try {
      const document = await show('saved.sh');
      await renamed(document);
      const end = document.lineAt(document.lineCount - 1).range.end;
      const edit = new vscode.WorkspaceEdit();
      edit.insert(copy, end, '# saved\n');
      ok(await vscode.workspace.applyEdit(edit), 'the edit applies');
      ok(await document.save(), 'saved');
      match(document.getText(), FIXED, 'text');
    } finally {
      await editor.update('codeActionsOnSave', undefined, Workspace);
      await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
      await vscode.workspace.fs.delete(copy);
    }
  });
});
