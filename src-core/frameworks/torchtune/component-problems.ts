import type { KeyProblem } from '../../run/problem.ts';
import { written } from '../../run/sourced.ts';
import type { Entry } from '../../syntax/document.ts';
import type { Recognized } from '../framework.ts';
import { component, isModule } from './scopes.ts';
import { componentEntries } from './sections.ts';

const CITE = { label: 'torchtune torchtune/config/_instantiate.py' };

/** Components of torchtune that do not exist: the config cannot be read into a run. */
export function componentProblems(recognized: Recognized): readonly KeyProblem[] {
  return recognized.sections.flatMap(({ unit, file, path }) => {
    if (unit.kind !== 'mapping' || path.length > 0) return [];
    return componentEntries(unit.root).flatMap((entry) => problemOf(entry, file) ?? []);
  });
}

function problemOf(entry: Entry, file: string): KeyProblem | undefined {
  const path = entry.value.kind === 'scalar' ? entry.value.text : '';
  const found = component(path);
  const at = written(path, file, entry, 'component');
  const cut = path.lastIndexOf('.');
  const parent = path.slice(0, cut);
  if (found.kind === 'unknown') {
    const [first] = found.near;
    return {
      rule: 'bad-choice',
      at,
      severity: first === undefined ? 'warning' : 'error',
      message: `${parent} has no \`${path.slice(cut + 1)}\`: the component cannot be made${first === undefined ? ', unless a fork adds it' : ''}`,
      cite: CITE,
      fixes: found.near.map((name) => ({
        title: `Change to \`${parent}.${name}\``,
        safety: 'unsafe' as const,
        changes: [{ kind: 'value' as const, at: originOf(entry, file), to: `${parent}.${name}` }],
      })),
    };
  }
  const missing = found.kind === 'foreign' && /^torchtune\./.test(path) && !isModule(parent);
  if (!missing || /\._/.test(path)) return undefined;
  return {
    rule: 'bad-choice',
    at,
    severity: 'warning',
    message: `torchtune 0.7 has no module \`${parent}\`: the component cannot be made, unless a fork adds it`,
    cite: CITE,
  };
}

function originOf(entry: Entry, file: string) {
  return { kind: 'written', file, entry, scope: 'component' } as const;
}
