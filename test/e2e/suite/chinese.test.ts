import * as vscode from 'vscode';
import { actionsAt, diagnostics, revert, show } from './editor.ts';
import { equal, match, ok, until } from './expect.ts';

suite('in a Chinese editor', () => {
  test('findings and fixes are said in Chinese', async () => {
    equal(vscode.env.language, 'zh-cn', 'language');
    const document = await show('train.sh');
    const [finding] = await diagnostics(document);
    ok(finding, 'a finding');
    match(finding.message, /eager 注意力/, 'message');
    const quickFix = vscode.CodeActionKind.QuickFix;
    await until('以 bfloat16 训练', async () =>
      (await actionsAt(document, finding.range, quickFix)).some(
        ({ title }) => title === '以 bfloat16 训练',
      ),
    );
    await revert(document);
  });
});
