import * as vscode from 'vscode';
import { actionsAt, diagnostics, hoverAt, ours, revert, ruleOf, show } from './editor.ts';
import { equal, match, ok, until } from './expect.ts';

const { QuickFix } = vscode.CodeActionKind;

/** The place of `text` in the document. */
function rangeOf(document: vscode.TextDocument, text: string): vscode.Range {
  const start = document.getText().indexOf(text);
  ok(start >= 0, `the document has ${text}`);
  return new vscode.Range(document.positionAt(start), document.positionAt(start + text.length));
}

/** Finds the fp16 finding, applies its first fix and waits until it is gone. */
async function fixHalfPrecision(document: vscode.TextDocument, fixed: RegExp): Promise<void> {
  const found = (await diagnostics(document)).find(({ message }) => /fp16|float16/i.test(message));
  ok(found, 'a finding about fp16');
  // The editor gives nothing for a question that another overtook; a person would ask again.
  const action = await until('a fix to bfloat16', async () => {
    const actions = await actionsAt(document, found.range, QuickFix);
    return actions.find(({ title }) => /bfloat16/.test(title));
  });
  ok(action.edit, 'the fix has an edit');
  ok(await vscode.workspace.applyEdit(action.edit), 'the edit applies');
  match(document.getText(), fixed, 'text after the fix');
  const rule = ruleOf(found);
  await until('the finding is gone', () => !ours(document).some((each) => ruleOf(each) === rule));
}

suite('a shell script', () => {
  test('neither a script without training nor a text starts the server', async () => {
    await show('notes.txt');
    await show('backup.sh');
    const extension = vscode.extensions.getExtension('tunelint.tunelint');
    ok(extension, 'the extension is there');
    const api = await extension.activate();
    equal(api.isRunning(), false, 'server running');
  });

  test('a training command gets a diagnostic on the value', async () => {
    const document = await show('train.sh');
    const found = await diagnostics(document);
    const underlined = found.map(({ range }) => document.getText(range));
    ok(underlined.includes('float16'), `float16 is underlined, not only ${underlined.join(', ')}`);
  });

  test('hover explains the flag', async () => {
    const document = await show('train.sh');
    const text = await hoverAt(document, rangeOf(document, 'float16').start);
    match(text, /torch_dtype/, 'hover');
  });

  test('the quick fix is applied and the finding goes', async () => {
    const document = await show('train.sh');
    await fixHalfPrecision(document, /--torch_dtype bfloat16 \\\n {4}--attn_impl eager/);
    await revert(document);
    await until('the finding is back', () => ours(document).length > 0);
  });

  test('the documents without training stay clean', async () => {
    const document = await show('backup.sh');
    equal(ours(document).length, 0, 'findings');
  });
});

suite('a YAML config', () => {
  test('diagnostic, hover and fix', async () => {
    const document = await show('train.yaml');
    const found = await diagnostics(document);
    ok(found.length > 0, 'findings');
    const hover = await hoverAt(document, rangeOf(document, 'fp16').start);
    ok(hover.length > 0, 'a hover');
    await fixHalfPrecision(document, /bf16: true/);
    await revert(document);
  });
});
