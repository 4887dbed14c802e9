import { flagEntries } from '../../syntax/argv.ts';
import type { Command, Document, Entry, Mapping, Word } from '../../syntax/document.ts';
import { cover, span } from '../../text/span.ts';
import type { AdapterContext, Launch, Recognized, Section } from '../framework.ts';
import { baseName, NO_LAUNCH, readLaunch, wordText } from '../launch.ts';
import { recognizeUnits } from '../recognize-units.ts';
import { ownerOf } from './misplaced.ts';
import { findHead, recipeIn } from './recipe.ts';
import { opened, recipeScope } from './scopes.ts';
import { componentScope, configSections, hasOwnParts } from './sections.ts';
import { componentEntry, keepTree, Tree } from './tree.ts';

/** Configs and `tune run` commands of torchtune in a document. */
export function recognizeTorchtune(
  document: Document,
  context: AdapterContext,
): readonly Recognized[] {
  return recognizeUnits(document, context, recognizeMapping, recognizeCommand);
}

/** Keys beside a model that make a config one of training rather than generation or evaluation. */
const TRAINING = ['optimizer', 'loss', 'epochs', 'gradient_accumulation_steps'];

function recognizeMapping(
  document: Document,
  unit: Mapping,
  context: AdapterContext,
): Recognized | undefined {
  const { entries } = unit.root;
  if (!entries.some(isComponent)) return undefined;
  const usual = recipeScope(undefined);
  const scope = recipeIn(document) === undefined && hasOwnParts(unit.root) ? opened(usual) : usual;
  const recognized: Recognized = {
    adapter: context.adapter('torchtune'),
    grip: { file: document.file.path, span: entries[0]?.keySpan ?? unit.span },
    sections: configSections(document, unit, scope),
    launch: NO_LAUNCH,
    trains: isTraining(entries),
  };
  const source = { file: document.file.path, entries, dotted: false };
  return keepTree(recognized, new Tree([source]));
}

function isTraining(entries: readonly Entry[]): boolean {
  const keys = new Set(entries.map((entry) => entry.key));
  return keys.has('model') && TRAINING.filter((key) => keys.has(key)).length >= 2;
}

function isComponent({ value }: Entry): boolean {
  if (value.kind === 'list')
    return value.items.some((item) => item.kind === 'map' && componentEntry(item) !== undefined);
  return value.kind === 'map' && componentEntry(value) !== undefined;
}

function recognizeCommand(
  document: Document,
  command: Command,
  context: AdapterContext,
): Recognized | undefined {
  const head = findHead(command.words);
  if (head === undefined) return otherCommand(document, command, context);
  const file = document.file.path;
  const scope = recipeScope(head.recipe);
  const words = command.words.slice(head.args);
  const at = words.findIndex((word) => wordText(word) === '--config');
  const path = at < 0 ? '' : wordText(words[at + 1]);
  const rest = words.filter((_, index) => at < 0 || (index !== at && index !== at + 1));
  const { entries, positional } = flagEntries(rest, 'overrides');
  const config = fileMapping(path, file, context);
  const base = {
    file,
    document,
    unit: command,
    leftover: positional,
    path: [],
    style: 'overrides',
  } as const;
  const source = config && { file: config.file, entries: config.unit.root.entries, dotted: false };
  const tree = new Tree([...(source ? [source] : []), { file, entries, dotted: true }]);
  const own: Section = {
    ...base,
    scope,
    entries: entries.filter((one) => isPlain(one, scope, tree)),
  };
  const first = command.words[head.at];
  const last = command.words[head.args - 1];
  const recognized: Recognized = {
    adapter: context.adapter('torchtune'),
    grip: { file, span: first && last ? cover(first.span, last.span) : command.span },
    sections: [
      ...(config === undefined ? [] : configSections(config.document, config.unit, scope)),
      own,
      ...overrideSections(entries, tree).map((one) => ({ ...base, ...one, nested: true })),
    ],
    launch: launchOf(command, command.words.slice(0, head.args - 1), file),
    trains: config !== undefined && isTraining(config.unit.root.entries),
  };
  return keepTree(recognized, tree);
}

/** `tune download`, `tune cp`: torchtune's, with nothing to judge. */
function otherCommand(
  document: Document,
  command: Command,
  context: AdapterContext,
): Recognized | undefined {
  const { words } = command;
  const at = words.findIndex((word) => baseName(wordText(word)) === 'tune');
  if (at < 0 || !OTHER.test(wordText(words[at + 1]))) return undefined;
  const file = document.file.path;
  const scope = opened(recipeScope(undefined));
  return {
    adapter: context.adapter('torchtune'),
    grip: { file, span: command.span },
    sections: [{ file, document, unit: command, scope, entries: [], leftover: [], path: [] }],
    launch: NO_LAUNCH,
    trains: false,
  };
}

const OTHER = /^(?:run|download|ls|cp|cat|validate)$/;

/** A key of the top level; `tokenizer=...` names a component, `a.b=...` belongs to one. */
function isPlain(entry: Entry, scope: Section['scope'], tree: Tree): boolean {
  const plain = !entry.key.includes('.') && entry.key !== 'config';
  return plain && ownerOf(entry, scope, tree) === undefined;
}

/** Overrides of a component's parameters, with the part of the key that names the parameter. */
function overrideSections(
  entries: readonly Entry[],
  tree: Tree,
): readonly Pick<Section, 'scope' | 'entries' | 'path'>[] {
  return entries.flatMap((entry) => {
    const [outer = '', key = '', ...more] = entry.key.split('.');
    if (key === '' || key === '_component_' || more.length > 0) return [];
    const path = tree.component(outer).value;
    const scope = typeof path === 'string' ? componentScope(path, outer) : undefined;
    if (scope === undefined) return [];
    const start = entry.keySpan.end - key.length;
    return [
      {
        scope,
        entries: [{ ...entry, key, keySpan: span(start, entry.keySpan.end) }],
        path: [outer],
      },
    ];
  });
}

interface ConfigFile {
  readonly file: string;
  readonly document: Document;
  readonly unit: Mapping;
}

function fileMapping(path: string, from: string, context: AdapterContext): ConfigFile | undefined {
  const document = /\.ya?ml$/.test(path) ? context.file(path, from) : undefined;
  const unit = document?.units[0];
  if (document === undefined || unit?.kind !== 'mapping') return undefined;
  return { file: document.file.path, document, unit };
}

/** Options between `run` and the recipe are torchrun's. */
function launchOf(command: Command, before: readonly Word[], file: string): Launch {
  const start = before.findIndex((word) => baseName(wordText(word)) === 'tune');
  const { entries } = flagEntries(before.slice(start + 2), 'gnu');
  const tune = before[start];
  if (entries.length === 0 || tune === undefined) return readLaunch(command, [], file);
  const torchrun = { ...tune, value: { ...tune.value, kind: 'scalar', text: 'torchrun' } } as const;
  const word: Word = {
    ...torchrun,
    value: { ...torchrun.value, value: 'torchrun', quoted: false },
  };
  return readLaunch(command, [word, ...before.slice(start + 2)], file);
}
