import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as oniguruma from 'vscode-oniguruma';
import * as textmate from 'vscode-textmate';

const require = createRequire(import.meta.url);
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const grammar = (name: string): textmate.IRawGrammar => {
  const path = here(`../../syntaxes/${name}.tmLanguage.json`);
  return textmate.parseRawGrammar(readFileSync(path, 'utf8'), path);
};

/** Stands for the editor's own grammar: only what an injection must keep out of. */
function host(scopeName: string): textmate.IRawGrammar {
  const patterns = [
    { match: '#.*', name: `comment.line.${scopeName}` },
    { match: "'[^']*'", name: scopeName === 'text.log' ? 'plain' : `string.quoted.${scopeName}` },
  ];
  return textmate.parseRawGrammar(JSON.stringify({ scopeName, patterns }), 'host.json');
}

async function createRegistry(): Promise<textmate.Registry> {
  const wasm = readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm'));
  await oniguruma.loadWASM(wasm);
  return new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (sources) => new oniguruma.OnigScanner(sources),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async (scope) =>
      scope.startsWith('tunelint.') ? grammar(scope.slice('tunelint.'.length)) : host(scope),
    getInjections: (scope) =>
      scope === 'source.shell' ? ['tunelint.training-flags'] : ['tunelint.training-log'],
  });
}

/** Every line, and under it the pieces that TuneLint colours. */
async function coloured(registry: textmate.Registry, scope: string, text: string) {
  const loaded = await registry.loadGrammar(scope);
  assert.ok(loaded);
  let state = textmate.INITIAL;
  const out: string[] = [];
  for (const line of text.trimEnd().split('\n')) {
    const { tokens, ruleStack } = loaded.tokenizeLine(line, state);
    state = ruleStack;
    out.push(`> ${line}`);
    for (const { startIndex, endIndex, scopes } of tokens) {
      const ours = scopes.filter((name) => name.endsWith('.tunelint'));
      if (ours.length > 0) out.push(`  ${line.slice(startIndex, endIndex)}  ${ours.join(' ')}`);
    }
  }
  return `${out.join('\n')}\n`;
}

const registry = createRegistry();
for (const [scope, file] of [
  ['source.shell', 'flags.sh'],
  ['text.log', 'training.log.txt'],
] as const) {
  test(`${file} is coloured as its snapshot says`, async () => {
    const actual = await coloured(await registry, scope, readFileSync(here(file), 'utf8'));
    const snapshot = here(`${file}.snap`);
    if (process.env.UPDATE_SNAPSHOTS === '1') writeFileSync(snapshot, actual);
    assert.equal(actual, readFileSync(snapshot, 'utf8'));
  });
}
