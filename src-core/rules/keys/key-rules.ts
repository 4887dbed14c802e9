import { cite } from '../../facts/citations.ts';
import type { KeyProblem } from '../../run/problem.ts';
import { defineRule, type Rule } from '../rule.ts';

type Facts = Pick<Rule, 'severity' | 'fix' | 'summary'> & Partial<Rule>;

/** What each kind of key problem means; the adapter finds them, these rules report them. */
const KINDS: Readonly<Record<KeyProblem['rule'], Facts>> = {
  'unknown-key': {
    severity: 'error',
    fix: 'unsafe',
    summary: 'sets a key that the framework does not have and refuses',
  },
  'ignored-key': {
    severity: 'warning',
    fix: 'unsafe',
    summary: 'sets a key that the framework silently ignores',
  },
  'renamed-key': { severity: 'error', fix: 'safe', summary: 'uses the old name of a key' },
  'removed-key': { severity: 'error', fix: 'safe', summary: 'sets a key that is gone' },
  'gone-import': {
    severity: 'error',
    fix: 'unsafe',
    summary: 'imports a name that the library no longer has',
  },
  'wrong-type': {
    severity: 'error',
    fix: 'unsafe',
    summary: 'gives a key a value of the wrong type',
  },
  'bad-choice': {
    severity: 'error',
    fix: 'unsafe',
    summary: 'gives a key a value that is not one of its choices',
  },
  'duplicate-key': { severity: 'warning', fix: 'safe', summary: 'sets a key twice' },
  'missing-key': {
    severity: 'error',
    fix: 'suggestion',
    summary: 'leaves out a key that the framework demands',
  },
  'rejected-combination': {
    severity: 'error',
    fix: 'suggestion',
    summary: 'combines settings that the framework refuses',
  },
  'overridden-key': {
    severity: 'warning',
    fix: 'suggestion',
    summary: 'sets a key that another setting overrides',
  },
  'nothing-trained': {
    severity: 'warning',
    fix: 'suggestion',
    summary: 'sets up a training that nothing switches on',
  },
  'evaluation-keeps-logits': {
    severity: 'warning',
    fix: 'suggestion',
    summary: 'keeps all logits of an evaluation on the card',
  },
  'syntax-error': {
    group: 'syntax',
    severity: 'error',
    fix: 'none',
    summary: 'is in a file that the loader of the framework cannot read',
    cites: [cite.pyYaml, cite.pythonJson],
  },
};

/** The rules of the group `keys`, and that of a file that has none to read. */
export const keyRules: readonly Rule[] = Object.entries(KINDS).map(([id, facts]) =>
  defineRule({
    id,
    group: 'keys',
    claim: 'framework',
    cites: [],
    ...facts,
    *check(run) {
      for (const problem of run.problems) {
        if (problem.rule !== id) continue;
        const { at, message, onKey, severity, fixes, related } = problem;
        yield {
          at,
          message,
          ...(onKey === undefined ? {} : { onKey }),
          ...(severity === undefined ? {} : { severity }),
          ...(fixes === undefined ? {} : { fixes }),
          ...(related === undefined ? {} : { related }),
          ...(problem.cite && { cites: [problem.cite] }),
        };
      }
    },
  }),
);
