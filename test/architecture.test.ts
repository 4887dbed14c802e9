// Holds the shape of the code: which part may import which, how long files are, what they never say.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { filesBelow, root } from './harness/suite.ts';

/** What each part of the core may import beside itself; `run/units` is that file alone, `*` all. */
const CORE: Readonly<Record<string, readonly string[]>> = {
  text: [],
  syntax: ['text'],
  logs: ['text'],
  facts: ['run/units', 'run/sourced', 'text'],
  run: ['text', 'syntax/document', 'facts'],
  frameworks: ['text', 'syntax', 'run', 'facts'],
  estimate: ['run', 'facts', 'text/message'],
  probe: ['text/message', 'run', 'facts'],
  rules: ['text/span', 'text/message', 'logs', 'run', 'facts', 'estimate', 'probe'],
  fix: ['text', 'syntax', 'run', 'facts', 'frameworks', 'analysis', 'finding'],
  hover: ['*'],
  complete: ['*'],
  analysis: ['*'],
  'analyze.ts': ['*'],
  'index.ts': ['*'],
  'finding.ts': ['text', 'run'],
  'settings.ts': ['run'],
};

const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'src-core': ['@lezer/common', '@lezer/python', 'jsonc-parser', 'unbash', 'yaml'],
  server: [
    'vscode-languageserver',
    'vscode-languageserver-protocol',
    'vscode-languageserver-textdocument',
    'vscode-languageserver-types',
  ],
  client: ['vscode', 'vscode-languageclient', 'uplot'],
};

const parts = ['src-core', 'server', 'client'];
const sources = parts.flatMap((part) => filesBelow(part, '.ts'));
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

interface Import {
  readonly from: string;
  /** A file of the repository, or the name of a package. */
  readonly to: string;
  readonly local: boolean;
}

const imports: readonly Import[] = sources.flatMap((from) =>
  [...read(from).matchAll(/(?:^|\n)(?:import|export)\s[^;'=(]*?\bfrom '([^']+)'/g)]
    .concat([...read(from).matchAll(/\bimport\('([^']+)'\)/g)])
    .map(([, to = '']) =>
      to.startsWith('.')
        ? { from, to: path.posix.join(path.posix.dirname(from), to), local: true }
        : { from, to, local: false },
    ),
);

/** Imports and re-exports of values; those of types vanish. */
const VALUE_IMPORT = /(?:^|\n)(?:import|export)(?! type)\s[^;'=(]*?\bfrom '(\.[^']+)'/g;

const arrow = ({ from, to }: Import) => `${from} -> ${to}`;

function partOf(file: string): string {
  return file.split('/')[1] ?? '';
}

function isAllowed(from: string, to: string): boolean {
  const mine = partOf(from);
  if (mine === partOf(to)) return true;
  const inCore = to.replace(/^src-core\//, '').replace(/\.ts$/, '');
  return (CORE[mine] ?? []).some(
    (may) => may === '*' || inCore === may || inCore.startsWith(`${may}/`),
  );
}

describe('imports', () => {
  test('are found', () => assert.ok(imports.length > 500, `${imports.length} imports`));

  test('in the core follow the arrows', () => {
    const wrong = imports
      .filter(
        ({ from, to, local }) => local && from.startsWith('src-core/') && !isAllowed(from, to),
      )
      .map(arrow);
    assert.deepEqual(wrong, []);
  });

  test('of the core stay in the core', () => {
    const wrong = imports.filter(
      ({ from, to, local }) => local && from.startsWith('src-core/') && !to.startsWith('src-core/'),
    );
    assert.deepEqual(wrong.map(arrow), []);
  });

  test('of the client reach the server by protocol only', () => {
    const wrong = imports.filter(
      ({ from, to, local }) =>
        local && from.startsWith('client/') && to.startsWith('server/') && !to.includes('/proto/'),
    );
    assert.deepEqual(wrong.map(arrow), []);
  });

  test('bring nothing of the core into the client but the gate that decides on its start', () => {
    const values = new Map<string, string[]>();
    for (const from of sources)
      values.set(
        from,
        [...read(from).matchAll(VALUE_IMPORT)].map(([, to = '']) =>
          path.posix.join(path.posix.dirname(from), to),
        ),
      );
    const reached = new Set(sources.filter((file) => file.startsWith('client/')));
    for (const file of reached) for (const to of values.get(file) ?? []) reached.add(to);
    assert.ok(reached.has('server/proto/gate.ts'));
    const held = [...reached].filter((file) => !file.startsWith('client/')).sort();
    const proto = held.filter((file) => file.startsWith('server/proto/'));
    assert.deepEqual(
      held.filter((file) => !proto.includes(file)),
      ['src-core/logs/gate.ts', 'src-core/text/source-file.ts'],
    );
    const direct = imports.filter(
      ({ from, to, local }) => local && from.startsWith('client/') && to.startsWith('src-core/'),
    );
    assert.deepEqual(direct.map(arrow), []);
  });

  test('of packages are declared and allowed', () => {
    const wrong = imports.filter(({ from, to, local }) => {
      if (local || to.startsWith('tunelint:')) return false; // `tunelint:` is made by the bundler
      if (to.startsWith('node:')) return from.startsWith('src-core/');
      const name = to.split('/', to.startsWith('@') ? 2 : 1).join('/');
      return !(PACKAGES[from.split('/')[0] ?? ''] ?? []).includes(name);
    });
    assert.deepEqual(wrong.map(arrow), []);
  });

  test('have no cycle in the core', () => {
    assert.equal(findCycle(), undefined);
  });
});

describe('files', () => {
  const code = [...sources, ...filesBelow('test', '.ts')].filter(
    (file) => !/\.data\.|^test\/tasks\//.test(file),
  );

  test('are at most 300 lines long', () => {
    const long = code
      .map((file) => ({ file, lines: read(file).split('\n').length - 1 }))
      .filter(({ lines }) => lines > 300)
      .map(({ file, lines }) => `${file}: ${lines}`);
    assert.deepEqual(long, []);
  });

  test('have kebab-case names', () => {
    const wrong = sources.filter(
      (file) => !/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(path.basename(file)),
    );
    assert.deepEqual(wrong, []);
  });

  test('never say any, and never export a default', () => {
    const wrong = sources.flatMap((file) =>
      read(file)
        .split('\n')
        .filter((line) => /(:|<|\bas) any\b|^export default\b/.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    );
    assert.deepEqual(wrong, []);
  });

  test('of the core document what they export', () => {
    const wrong = sources
      .filter((file) => file.startsWith('src-core/') && file !== 'src-core/index.ts')
      .flatMap((file) => undocumented(file));
    assert.deepEqual(wrong, []);
  });
});

/** Exported declarations without a doc comment above them. One-line types explain themselves. */
function undocumented(file: string): readonly string[] {
  const lines = read(file).split('\n');
  return lines.flatMap((line, i) => {
    const name = /^export (?:async )?(?:function\*?|const|interface|class) (\w+)/.exec(line)?.[1];
    const above = lines[i - 1]?.trim() ?? '';
    return name === undefined || above.endsWith('*/') ? [] : [`${file}: ${name}`];
  });
}

/** A ring of value imports, as `a -> b -> a`. Type imports vanish and may form one. */
function findCycle(): string | undefined {
  const graph = new Map<string, string[]>();
  for (const file of sources.filter((name) => name.startsWith('src-core/'))) {
    const found = read(file).matchAll(VALUE_IMPORT);
    graph.set(
      file,
      [...found].map(([, to = '']) => path.posix.join(path.posix.dirname(file), to)),
    );
  }
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): string | undefined => {
    const at = trail.indexOf(file);
    if (at >= 0) return [...trail.slice(at), file].join(' -> ');
    if (done.has(file)) return undefined;
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next, [...trail, file]);
      if (cycle !== undefined) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const cycle = visit(file, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
