import type { KeyProblem } from '../../run/problem.ts';
import { written } from '../../run/sourced.ts';
import type { Entry } from '../../syntax/document.ts';
import { type Phrase, say } from '../../text/message.ts';
import type { AdapterContext, Recognized } from '../framework.ts';
import { olderThan } from '../since.ts';
import { misplaced, ownerOf } from './misplaced.ts';
import { component, isModule, isPackage, tableRelease } from './scopes.ts';
import { componentParts, flattened, isPasted, type Part } from './sections.ts';
import { componentEntry, treeOf } from './tree.ts';

const CITE = { label: 'torchtune torchtune/config/_instantiate.py' };

/** What is wrong with the components of a config, and with mappings that no recipe reads. */
export function componentProblems(
  recognized: Recognized,
  context: AdapterContext,
): readonly KeyProblem[] {
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
  // Recipes of older releases read mappings that none does now: `fsdp` until 0.2.
  const isOlder = olderThan(context, 'torchtune', tableRelease());
  const inFiles = recognized.sections.flatMap(({ unit, file, path, scope }) => {
    if (unit.kind !== 'mapping' || path.length > 0) return [];
    return [
      ...componentParts(unit.root).flatMap((part) => [
        ...(problemOf(componentEntry(part.map), file, context) ?? []),
        ...pasted(part, file),
      ]),
      ...(isOlder ? [] : unit.root.entries).flatMap((outer) =>
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
    message: say`no recipe reads \`${outer.key}.${entry.key}\`: it is silently ignored. The key is \`${outer.key}_${entry.key}\`, at the top level`,
  };
}

function problemOf(
  entry: Entry | undefined,
  file: string,
  context: AdapterContext,
): readonly KeyProblem[] | undefined {
  if (entry === undefined) return undefined;
  const path = entry.value.kind === 'scalar' ? entry.value.text : '';
  const found = component(path);
  if (found.kind === 'known' || isInOwnSource(path, context)) return undefined;
  const isOlder = olderThan(context, 'torchtune', tableRelease());
  const at = written(path, file, entry, 'component');
  const cut = path.lastIndexOf('.');
  const parent = path.slice(0, cut);
  if (found.kind === 'unknown') {
    const open = found.near.length === 0;
    // An older release may have had a name that no longer is.
    if (isOlder && open) return undefined;
    return [
      {
        rule: 'bad-choice',
        at,
        severity: open || isOlder ? 'warning' : 'error',
        message: lacking(parent, path, unless(open, isOlder)),
        cite: CITE,
        fixes: found.near.map((name) => ({
          title: say`Change to \`${parent}.${name}\``,
          safety: 'unsafe' as const,
          changes: [{ kind: 'value' as const, at: originOf(entry, file), to: `${parent}.${name}` }],
        })),
      },
    ];
  }
  if (isOlder || !/^torchtune\./.test(path) || isModule(parent) || /\._/.test(path))
    return undefined;
  return [
    {
      rule: 'bad-choice',
      at,
      severity: 'warning',
      message: isPackage(parent)
        ? lacking(parent, path, unless(true, false))
        : say`torchtune 0.7 has no module \`${parent}\`: the component cannot be made, unless a fork adds it`,
      cite: CITE,
    },
  ];
}

/** Whether the module of a component names it in the copy of torchtune's source that lies with the config. */
function isInOwnSource(path: string, context: AdapterContext): boolean {
  const cut = path.lastIndexOf('.');
  const name = path.slice(cut + 1);
  if (!/^torchtune(?:\.\w+)+$/.test(path)) return false;
  const module = path.slice(0, cut).replaceAll('.', '/');
  const word = new RegExp(`\\b${name}\\b`);
  return context
    .source('torchtune', [`${module}.py`, `${module}/__init__.py`])
    .some(([, text]) => word.test(text));
}

function originOf(entry: Entry, file: string) {
  return { kind: 'written', file, entry, scope: 'component' } as const;
}

function unless(open: boolean, isOlder: boolean): Phrase | '' {
  if (isOlder) return say`, unless the release in use has it`;
  return open ? say`, unless a fork adds it` : '';
}

function lacking(parent: string, path: string, fork: Phrase | ''): Phrase {
  return say`${parent} has no \`${path.slice(parent.length + 1)}\`: the component cannot be made${fork}`;
}
