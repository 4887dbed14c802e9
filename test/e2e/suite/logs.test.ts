import * as vscode from 'vscode';
import { diagnostics, fixture, ruleOf, show } from './editor.ts';
import { equal, match, ok } from './expect.ts';

/** Each log with what is found in it, and the text that is marked. */
const LOGS: readonly (readonly [file: string, rule: string, line: number, marked: string])[] = [
  ['train.log', 'nan-loss', 4, 'nan'],
  ['output.txt', 'nan-loss', 4, 'nan'],
  ['logs/trainer_state.json', 'nan-loss', 12, 'NaN'],
  ['logs/trainer_log.jsonl', 'zero-loss', 1, '0.0'],
  ['logs/zero.out', 'zero-loss', 1, '0.0'],
  ['logs/scale.err', 'loss-scale-collapse', 1, 'Attempted loss scale: 1, reducing to 1'],
  ['logs/spike_log.txt', 'grad-norm-spike', 16, '48.5'],
  ['logs/slow.out', 'throughput-drop', 20, '1220.0'],
];

/** The only finding of a log. */
async function onlyFinding(document: vscode.TextDocument): Promise<vscode.Diagnostic> {
  const [finding, ...others] = await diagnostics(document);
  ok(finding, 'a finding');
  equal(others.map(ruleOf), [], 'other findings');
  return finding;
}

/** The text that related information points at, opened as a click on it would. */
async function textAt({ location }: vscode.DiagnosticRelatedInformation): Promise<string> {
  const document = await vscode.workspace.openTextDocument(location.uri);
  return document.getText(location.range);
}

suite('a training log', () => {
  for (const [file, rule, line, marked] of LOGS)
    test(`${file}: ${rule}`, async () => {
      const document = await show(file);
      const finding = await onlyFinding(document);
      equal(ruleOf(finding), rule, 'rule');
      equal(finding.range.start.line, line, 'line');
      equal(document.getText(finding.range), marked, 'marked text');
    });

  test('one in a file of plain text is read once the extension is active', async () => {
    equal((await show('output.txt')).languageId, 'plaintext', 'language');
  });

  test('out of memory leads to the value of the command that does not fit', async () => {
    const document = await show('logs/oom.err');
    const finding = await onlyFinding(document);
    equal(ruleOf(finding), 'out-of-memory', 'rule');
    const [related] = finding.relatedInformation ?? [];
    ok(related, 'related information');
    match(related.message, /^does-not-fit: .*Would help: /, 'explanation');
    equal(related.location.uri.toString(), document.uri.toString(), 'file');
    equal(related.location.range.start.line, 0, 'line');
    equal(await textAt(related), 'Qwen/Qwen2.5-14B-Instruct', 'value');
  });

  test('a log that names a config leads into the config', async () => {
    const finding = await onlyFinding(await show('logs/named.out'));
    const config = fixture('logs/gemma.yaml').toString();
    const related = finding.relatedInformation?.find(
      ({ location }) => location.uri.toString() === config,
    );
    ok(related, 'related information in the config');
    match(related.message, /^fp16-on-bf16-model: gemma-3-4b-it/, 'explanation');
    equal(await textAt(related), 'true', 'value');
    const { uri, range } = related.location;
    const line = (await vscode.workspace.openTextDocument(uri)).lineAt(range.start.line);
    equal(line.text, 'fp16: true', 'line');
  });
});
