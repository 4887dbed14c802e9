import type { KeyProblem } from '../run/problem.ts';
import type { Entry } from '../syntax/document.ts';
import { declarationsOf } from '../syntax/python/python.ts';
import { closest } from '../text/distance.ts';
import { lazy } from '../text/lazy.ts';
import { say } from '../text/message.ts';
import { scriptOf } from './command-script.ts';
import type { Place, Recognized } from './framework.ts';
import { isForScript } from './key-problem.ts';
import { type Files, programOf, takerIn } from './own-options.ts';
import { parserClasses } from './python/parsed.ts';
import { findKey } from './resolve-key.ts';
import { hfScope } from './transformers/scopes.ts';
import { trlScope } from './trl/scopes.ts';

/** What fills in, or leaves out, words of the command before a parser sees them. */
const EDITED = /\bsys\.argv\s*(?:=[^=]|\.|\[\d*:)|\bargs_file_flag\b/;
/** Classes whose names any release has had: what is gone of them may be there in the one that is meant. */
const LIBRARY = ['TrainingArguments', 'SFTConfig', 'DPOConfig', 'GRPOConfig', 'ModelConfig'];

/**
 * Flags of a command that none of the classes takes which its program parses: `HfArgumentParser` stops at them
 * (transformers hf_argparser.py, parse_args_into_dataclasses), and so does TRL's parser.
 */
export function unparsedFlags(
  { started, sections }: Recognized,
  context: Files,
): readonly KeyProblem[] {
  const own = sections.find((one) => isForScript(one) && one.unit.kind === 'command');
  const place: Place | undefined = started ?? own;
  const command = place?.unit;
  const entries = command?.kind === 'command' ? (scriptOf(command)?.entries ?? []) : [];
  if (place === undefined || command?.kind !== 'command' || entries.length === 0) return [];
  const program = programOf(command, place.file, context);
  if (program === undefined || parserClasses(program).length === 0) return [];
  if (EDITED.test(program.file.text)) return [];
  const names = [...(declarationsOf(program)?.classes.values() ?? [])].flatMap((one) => [
    ...one.keys(),
  ]);
  return entries.flatMap((entry) => {
    const key = entry.key.replaceAll('-', '_');
    // What is on by default has a flag that denies it.
    const taken = [key, key.replace(/^no_/, '')].some(
      (name) => takerIn(program, name, context) !== 'library' || isLibrarys(name),
    );
    if (taken || key === 'config') return [];
    const similar = closest(key, [...names, ...libraryNames()], 5);
    const near = similar.find((name) => takerIn(program, name, context) === 'script');
    return problem(entry, place.file, near);
  });
}

const scopes = lazy(() => LIBRARY.flatMap((name) => hfScope(name) ?? trlScope(name) ?? []));

/** Whether a class of the library has the name or had it, or one that begins so: argparse takes that. */
function isLibrarys(key: string): boolean {
  const all = scopes();
  if (all.some(({ gone }) => gone.some(({ name }) => name === key))) return true;
  if (all.some((scope) => findKey(scope, key) !== undefined)) return true;
  return libraryNames().some((name) => name.startsWith(key));
}

const libraryNames = lazy(() =>
  scopes().flatMap((scope) => scope.keys.all().map(({ name }) => name)),
);

function problem(entry: Entry, file: string, near: string | undefined): KeyProblem {
  const origin = { kind: 'written', file, entry, scope: 'script' } as const;
  const lost = say`none of the classes that the program parses has \`${entry.key}\`: it stops there`;
  return {
    rule: 'unknown-key',
    at: { value: entry.key, origin },
    onKey: true,
    severity: near === undefined ? 'warning' : 'error',
    message: near === undefined ? lost : say`${lost}. Did you mean \`${near}\`?`,
    cite: { label: 'transformers hf_argparser.py, parse_args_into_dataclasses' },
    fixes:
      near === undefined
        ? []
        : [
            {
              title: say`Rename to \`${near}\``,
              safety: 'unsafe',
              changes: [{ kind: 'rename', at: origin, to: near }],
            },
          ],
  };
}
