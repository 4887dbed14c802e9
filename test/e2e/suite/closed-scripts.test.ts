import * as vscode from 'vscode';
import { ours, ruleOf, show } from './editor.ts';
import { equal, ok, until } from './expect.ts';

suite('a script that is not open', () => {
  test('says in the program that it starts what it alone knows', async () => {
    const program = await show('closed/whole.py');
    const found = await until('what the script knows of the card', () =>
      ours(program).find((one) => ruleOf(one) === 'does-not-fit'),
    );
    ok(found.message.includes('start.sh'), `the script is named in ${found.message}`);
    const open = vscode.workspace.textDocuments.map(({ uri }) => uri.path);
    equal(open.filter((path) => path.endsWith('start.sh')).length, 0, 'open scripts');
  });
});
