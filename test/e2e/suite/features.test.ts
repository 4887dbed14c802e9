import * as vscode from 'vscode';
import { actionsAt, diagnostics, fixture, ours, revert, ruleOf, show } from './editor.ts';
import { equal, match, ok, until } from './expect.ts';

function run<T>(command: string, ...args: unknown[]): Thenable<T> {
  return vscode.commands.executeCommand<T>(command, ...args);
}

function positionOf(document: vscode.TextDocument, text: string): vscode.Position {
  const at = document.getText().indexOf(text);
  ok(at >= 0, `the document has ${text}`);
  return document.positionAt(at);
}

/** The titles of the lines above the runs, once there are some. */
function lenses(document: vscode.TextDocument, pattern: RegExp): Promise<string> {
  return until(`a line that says ${pattern}`, async () => {
    const found = await run<vscode.CodeLens[]>('vscode.executeCodeLensProvider', document.uri, 10);
    return found.map(({ command }) => command?.title ?? '').find((title) => pattern.test(title));
  });
}

/** The words that put in a new config, by a file of the language. */
const SNIPPETS = {
  'new.sh': ['swift sft', 'trl sft', 'openrlhf sft', 'verl grpo', 'tune run', 'litgpt finetune'],
  'new.yaml': ['llamafactory', 'axolotl', 'torchtune', 'litgpt'],
  'new.py': ['TrainingArguments', 'SFTConfig', 'xtuner'],
  'new.json': ['deepspeed'],
};

async function set(key: string, value: unknown): Promise<void> {
  const settings = vscode.workspace.getConfiguration('tunelint');
  await settings.update(key, value, vscode.ConfigurationTarget.Workspace);
}

suite('at a glance', () => {
  test('a line above the run says what it needs; the card comes from the setting', async () => {
    const document = await show('train.sh');
    await set('gpu', 'RTX 4090D');
    match(
      await lenses(document, /GiB/),
      /memory .*: ≈ \d+\.\d of 24\.0 GiB · Qwen2\.5-7B/,
      'summary',
    );
    await set('gpu', undefined);
  });

  test('a comment in the file names the card', async () => {
    const document = await show('run.sh');
    match(await lenses(document, /A100/), /of \d+\.\d GiB.*A100/, 'summary');
  });

  test('the outline shows the run with its options', async () => {
    const document = await show('train.sh');
    const symbols = await run<vscode.DocumentSymbol[]>(
      'vscode.executeDocumentSymbolProvider',
      document.uri,
    );
    const names = symbols.flatMap(({ children }) => children.map(({ name }) => name));
    ok(names.includes('torch_dtype'), `torch_dtype among ${names.join(', ')}`);
  });
});

suite('a script and the program that it starts', () => {
  test('are one run: its line stands in the script, and the script speaks for the program', async () => {
    const program = await show('program.py');
    const alone = await diagnostics(program);
    ok(alone.map(ruleOf).includes('bf16-updates-lost'), 'no fp32 copy where no launch is seen');
    const script = await show('launch.sh');
    match(await lenses(script, /GiB/), /memory fits: .* · full · .* · 8 x H100/, 'summary');
    await until('ZeRO-3 keeps a copy', () => ours(program).length === 0);
  });
});

suite('folding', () => {
  test('a command folds with its continuation lines', async () => {
    const document = await show('train.sh');
    const folds = await run<vscode.FoldingRange[]>(
      'vscode.executeFoldingRangeProvider',
      document.uri,
    );
    const lines = folds.map(({ start, end }) => `${start}-${end}`);
    ok(lines.includes('4-14'), `4-14 among ${lines.join(' ')}`);
  });
});

suite('to and fro', () => {
  test('go to definition of an option opens its documentation', async () => {
    const document = await show('train.sh');
    const position = positionOf(document, '--torch_dtype').translate(0, 4);
    const [found] = await run<vscode.Location[]>(
      'vscode.executeDefinitionProvider',
      document.uri,
      position,
    );
    ok(found, 'a definition');
    const page = await vscode.workspace.openTextDocument(found.uri);
    equal(page.lineAt(found.range.start.line).text, '## torch_dtype', 'heading');
  });

  test('a diagnostic links to the page of its rule', async () => {
    const document = await show('train.sh');
    const [finding] = await diagnostics(document);
    const target = typeof finding?.code === 'object' && finding.code && 'target' in finding.code;
    ok(target, 'a link');
    const page = await vscode.workspace.openTextDocument(
      vscode.Uri.from({ scheme: 'tunelint-rule', path: `/${ruleOf(finding)}.md` }),
    );
    match(page.getText(), /## Why it matters/, 'page');
  });

  test('a new config is proposed for every framework', async () => {
    for (const [name, words] of Object.entries(SNIPPETS)) {
      const document = await vscode.workspace.openTextDocument(
        fixture(name).with({ scheme: 'untitled' }),
      );
      await vscode.window.showTextDocument(document);
      const list = await run<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        document.uri,
        new vscode.Position(0, 0),
      );
      const labels = list.items.map(({ label }) =>
        typeof label === 'string' ? label : label.label,
      );
      for (const word of words) ok(labels.includes(word), `${word} in ${name}`);
    }
  });

  test('the model links to its page', async () => {
    const document = await show('train.sh');
    const links = await run<vscode.DocumentLink[]>('vscode.executeLinkProvider', document.uri);
    const targets = links.map(({ target }) => target?.toString() ?? '');
    ok(
      targets.some((target) => target.endsWith('Qwen/Qwen2.5-7B-Instruct')),
      targets.join(', '),
    );
  });

  test('go to definition opens the config that the command names', async () => {
    const document = await show('run.sh');
    const position = positionOf(document, 'train.yaml').translate(0, 2);
    const found = await run<vscode.Location[]>(
      'vscode.executeDefinitionProvider',
      document.uri,
      position,
    );
    equal(found[0]?.uri.toString(), fixture('train.yaml').toString(), 'definition');
  });

  test('completion proposes dtypes behind the flag', async () => {
    const document = await show('train.sh');
    const position = positionOf(document, 'float16').translate(0, 'float16'.length);
    const list = await run<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      document.uri,
      position,
    );
    const labels = list.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
    ok(labels.includes('bfloat16'), 'bfloat16 is proposed');
  });
});

suite('the last word', () => {
  test('a comment silences a rule', async () => {
    const document = await show('train.sh');
    const [finding] = await diagnostics(document);
    ok(finding, 'a finding');
    const quickFix = vscode.CodeActionKind.QuickFix;
    const ignore = await until('an action that ignores the rule', async () => {
      const actions = await actionsAt(document, finding.range, quickFix);
      return actions.find(({ title }) => title === `Ignore ${ruleOf(finding)} here`);
    });
    ok(ignore.edit, 'its edit');
    ok(await vscode.workspace.applyEdit(ignore.edit), 'the edit applies');
    match(
      document.getText(),
      /\n# tunelint: ignore\[[\w-]+\]\nCUDA_VISIBLE_DEVICES/,
      'the comment',
    );
    const rule = ruleOf(finding);
    await until('silence', () => !ours(document).some((each) => ruleOf(each) === rule));
    await revert(document);
  });

  test('a setting switches a rule off, and all of it', async () => {
    const document = await show('train.sh');
    const rule = 'fp16-overflows-model';
    const has = () => ours(document).some((each) => ruleOf(each) === rule);
    await until('the finding', has);
    await set('rules', { [rule]: 'off' });
    await until('the rule is off', () => !has());
    await set('rules', { [rule]: 'info' });
    const found = await until('the rule is milder', () =>
      ours(document).find((each) => ruleOf(each) === rule),
    );
    equal(found.severity, vscode.DiagnosticSeverity.Information, 'severity');
    await set('rules', undefined);
    await set('enable', false);
    await until('all is off', () => ours(document).length === 0);
    await set('enable', undefined);
    await until('all is back', has);
  });

  test('a rule is explained on its page', async () => {
    await run('tunelint.explainRule', 'fp16-overflows-model');
    await until('its page', () =>
      vscode.window.tabGroups.activeTabGroup.tabs
        .map((tab) => tab.label)
        .find((each) => each.includes('fp16-overflows-model')),
    );
    await run('workbench.action.closeActiveEditor');
  });

  test('the server restarts on command', async () => {
    const document = await show('train.sh');
    await run('tunelint.restart');
    await until('findings after the restart', () => ours(document).length > 0);
  });
});
