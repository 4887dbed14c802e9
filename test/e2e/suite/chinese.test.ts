import * as vscode from 'vscode';
import { actionsAt, diagnostics, revert, show } from './editor.ts';
import { equal, match, ok } from './expect.ts';

suite('in a Chinese editor', () => {
  test('findings and fixes are said in Chinese', async () => {
    equal(vscode.env.language, 'zh-cn', 'language');
    const document = await show('train.sh');
    const [finding] = await diagnostics(document);
    ok(finding, 'a finding');
    match(finding.message, /eager 注意力/, 'message');
    const quickFix = vscode.CodeActionKind.QuickFix;
    const titles = (await actionsAt(document, finding.range, quickFix)).map(({ title }) => title);
    ok(titles.includes('以 bfloat16 训练'), titles.join(', '));
    await revert(document);
  });
});
