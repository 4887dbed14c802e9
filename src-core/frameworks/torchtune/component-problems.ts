import type { KeyProblem } from '../../run/problem.ts';
import { written } from '../../run/sourced.ts';
import type { Entry } from '../../syntax/document.ts';
import { type Phrase, say } from '../../text/message.ts';
import type { Recognized } from '../framework.ts';
import { misplaced, ownerOf } from './misplaced.ts';
import { component, isModule, isPackage } from './scopes.ts';
import { componentParts, flattened, isPasted, type Part } from './sections.ts';
import { componentEntry, treeOf } from './tree.ts';

const CITE = { label: 'torchtune torchtune/config/_instantiate.py' };

/** What is wrong with the components of a config, and with mappings that no recipe reads. */
export function componentProblems(recognized: Recognized): readonly KeyProblem[] {
  const tree = treeOf(recognized);
  const own = recognized.sections.find(
    ({ unit, path }) => unit.kind === 'command' && path.length === 0,
  );
  const overrides = tree.sources.filter(({ dotted }) => dotted);
  const strays = overrides.flatMap(({ entries, file }) =>
    entries.flatMap((entry) => {
      const owner = own === undefined ? undefined : ownerOf(entry, own.scope, tree);
      return own === undefined || owner === undefined
        ? []
        : misplaced(entry, owner, file, own.scope);
    }),
  );
  const inFiles = recognized.sections.flatMap(({ unit, file, path, scope }) => {
    if (unit.kind !== 'mapping' || path.length > 0) return [];
    return [
      ...componentParts(unit.root).flatMap((part) => [
        ...(problemOf(componentEntry(part.map), file) ?? []),
        ...pasted(part, file),
      ]),
      ...unit.root.entries.flatMap((outer) =>
        flattened(outer, scope).map((entry) => unread(outer, entry, file)),
      ),
    ];
  });
  return [...strays, ...inFiles];
}

function pasted({ map, path }: Part, file: string): readonly KeyProblem[] {
  return map.entries.flatMap((entry) => {
    if (!isPasted(entry, path)) return [];
    const key = entry.key.slice(path.join('.').length + 1);
    return {
      rule: 'unknown-key',
      at: written(entry.key, file, entry, 'component'),
      onKey: true,
      severity: 'error',
      message: say`\`${entry.key}\` is how the command line names it: inside \`${path.join('.')}\` it is \`${key}\`, and the component stops at a parameter that it does not have`,
      cite: CITE,
      fixes: [
        {
          title: say`Rename to \`${key}\``,
          safety: 'unsafe',
          changes: [{ kind: 'rename', at: originOf(entry, file), to: key }],
        },
      ],
    } satisfies KeyProblem;
  });
}

function unread(outer: Entry, entry: Entry, file: string): KeyProblem {
  return {
    rule: 'ignored-key',
    at: written(entry.key, file, entry, 'component'),
    onKey: true,
    severity: 'warning',
    message: say`no recipe reads \`${outer.key}.${entry.key}\`: it is dropped without a word. The key is \`${outer.key}_${entry.key}\`, at the top level`,
  };
}

function problemOf(entry: Entry | undefined, file: string): readonly KeyProblem[] | undefined {
  if (entry === undefined) return undefined;
  const path = entry.value.kind === 'scalar' ? entry.value.text : '';
  const found = component(path);
  const at = written(path, file, entry, 'component');
  const cut = path.lastIndexOf('.');
  const parent = path.slice(0, cut);
  if (found.kind === 'unknown') {
    const [first] = found.near;
    return [
      {
        rule: 'bad-choice',
        at,
        severity: first === undefined ? 'warning' : 'error',
        message: lacking(parent, path, first === undefined),
        cite: CITE,
        fixes: found.near.map((name) => ({
          title: say`Change to \`${parent}.${name}\``,
          safety: 'unsafe' as const,
          changes: [{ kind: 'value' as const, at: originOf(entry, file), to: `${parent}.${name}` }],
        })),
      },
    ];
  }
  const missing = found.kind === 'foreign' && /^torchtune\./.test(path) && !isModule(parent);
  if (!missing || /\._/.test(path)) return undefined;
  return [
    {
      rule: 'bad-choice',
      at,
      severity: 'warning',
      message: isPackage(parent)
        ? lacking(parent, path, true)
        : say`torchtune 0.7 has no module \`${parent}\`: the component cannot be made, unless a fork adds it`,
      cite: CITE,
    },
  ];
}

function originOf(entry: Entry, file: string) {
  return { kind: 'written', file, entry, scope: 'component' } as const;
}

function lacking(parent: string, path: string, open: boolean): Phrase {
  const fork = open ? say`, unless a fork adds it` : '';
  return say`${parent} has no \`${path.slice(parent.length + 1)}\`: the component cannot be made${fork}`;
}
