import type { KeyProblem } from '../../run/problem.ts';
import { UNKNOWN } from '../../run/sourced.ts';
import type { Document, Entry, Word } from '../../syntax/document.ts';
import { editDistance } from '../../text/edit-distance.ts';
import { say } from '../../text/message.ts';
import type { Recognized } from '../framework.ts';
import { baseName, wordText } from '../launch.ts';
import { isRecipe, recipeNames } from './scopes.ts';

/**
 * The recipe of a run: what the command names, else the first that the comments of the config say
 * to run it with.
 */
export function recipeOf(recognized: Recognized): string | undefined {
  const [section] = recognized.sections;
  const own = recognized.sections.find(({ unit }) => unit.kind === 'command');
  if (own !== undefined) return isRecipe(own.scope.id) ? own.scope.id : undefined;
  return section === undefined ? undefined : recipeIn(section.document);
}

/** The recipe that the comments of a config say to run it with. */
export function recipeIn({ comments }: Document): string | undefined {
  for (const { text } of comments ?? []) {
    const words = /\btune run\b(.*)/.exec(text)?.[1]?.split(/\s+/) ?? [];
    const named = words.find((word) => isRecipe(word));
    if (named !== undefined) return named;
  }
  return undefined;
}

/** A letter or two that part a name from a recipe's: `tune run` takes it for a module of one's own, and imports that. */
export function recipeProblems({ sections }: Recognized): readonly KeyProblem[] {
  const section = sections.find(({ unit }) => unit.kind === 'command');
  const words = section?.unit.kind === 'command' ? section.unit.words : [];
  const head = findHead(words);
  const word = head && words[head.args - 1];
  if (section === undefined || word === undefined || !/^\w+$/.test(word.raw)) return [];
  const name = wordText(word);
  const near = recipeNames().find((one) => editDistance(name, one, 2) <= 2);
  if (near === undefined || isRecipe(name)) return [];
  const { span } = word;
  const entry: Entry = { key: name, keySpan: span, value: { kind: 'absent', span }, span };
  const at = {
    value: UNKNOWN,
    origin: { kind: 'written', file: section.file, entry, scope: 'tune run' },
  } as const;
  return [
    {
      rule: 'bad-choice',
      at,
      onKey: true,
      severity: 'warning',
      message: say`torchtune has no recipe \`${name}\`, and takes it for a module beside the command. Did you mean \`${near}\`?`,
      cite: { label: 'torchtune torchtune/_cli/run.py' },
      fixes: [
        {
          title: say`Rename to \`${near}\``,
          safety: 'unsafe',
          changes: [{ kind: 'rename', at: at.origin, to: near }],
        },
      ],
    },
  ];
}

interface Head {
  readonly at: number;
  readonly recipe: string;
  readonly args: number;
}

/** `tune run [torchrun options] RECIPE --config NAME key=value ...` */
export function findHead(words: readonly Word[]): Head | undefined {
  const at = words.findIndex(
    (word, index) => baseName(wordText(word)) === 'tune' && wordText(words[index + 1]) === 'run',
  );
  if (at < 0) return undefined;
  const behind = words.slice(at + 2).map(wordText);
  const named = behind.findIndex((text) => isRecipe(text) || /\.py$/.test(text));
  const config = behind.indexOf('--config');
  const index = named >= 0 ? named : config - 1;
  if (index < 0) return undefined;
  return { at, recipe: behind[index] ?? '', args: at + 3 + index };
}
