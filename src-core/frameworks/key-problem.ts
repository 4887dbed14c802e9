import type { FixIntent } from '../run/fix-intent.ts';
import type { KeyProblem } from '../run/problem.ts';
import { type Phrase, say } from '../text/message.ts';
import type { Section } from './framework.ts';
import type { WrittenOption } from './options.ts';
import { originOf } from './point-at.ts';

/** Whether the options are those of a script of one's own, which may mean something else by a name. */
export function isOwnScript({ scope, unit }: Section): boolean {
  return scope.shared === true && unit.kind === 'command';
}

/** What is wrong with an option by the library, where a script of one's own may mean something else by it. */
export function lessSureOfScripts(problem: KeyProblem, section: Section): KeyProblem {
  if (problem.severity !== 'error' || !isOwnScript(section)) return problem;
  const message = say`${problem.message} (unless the script has an option of that name)`;
  return { ...problem, severity: 'warning', message };
}

/** Whether a script of one's own reads the options, with those that it declares itself. */
export function isForScript({ scope, unit }: Section): boolean {
  return scope.names === 'dash' && unit.kind !== 'call';
}

/** What becomes of a key that a scope does not have. */
export function effectOf({ scope, unit }: Section): Phrase {
  const { unknown, warns, shared, perhaps } = scope;
  if (perhaps === true)
    return say`it stops with an error, unless a module that is not read imports Unsloth`;
  if (unknown === 'open' && unit.kind === 'call')
    return say`the call that it is passed on to refuses it`;
  if (unknown === 'open' || shared === true)
    return say`it stops with an error, unless the script has an option of that name`;
  if (unknown === 'raise') return say`it stops with an error`;
  return warns === true
    ? say`it is ignored, as a line of the log says`
    : say`it is silently ignored`;
}

/** A fix that writes another name. */
export function renaming(option: WrittenOption, to: string, safe: boolean): FixIntent {
  return {
    title: say`Rename to \`${to}\``,
    safety: safe ? 'safe' : 'unsafe',
    changes: [{ kind: 'rename', at: originOf(option), to }],
  };
}

/** A fix that takes the option out, and others that go with it. */
export function removal(option: WrittenOption, ...others: readonly WrittenOption[]): FixIntent {
  const { key } = option.entry;
  return {
    title:
      others.length === 0
        ? say`Remove \`${key}\``
        : say`Remove \`${key}\` and ${others.length} more`,
    safety: 'suggestion',
    changes: [option, ...others].map((one) => ({ kind: 'remove', at: originOf(one) })),
  };
}

/** Whether the option is that of one of several calls: the others need not go with it. */
export function ofSeveral({ section: { unit } }: WrittenOption): boolean {
  return unit.kind === 'call' && unit.several === true;
}
