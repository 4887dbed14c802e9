import { flagEntries } from '../../syntax/argv.ts';
import type { Command, Document, Entry } from '../../syntax/document.ts';
import type { AdapterContext, Recognized, Section } from '../framework.ts';
import { baseName, launchedIndex, NO_LAUNCH, readLaunch, wordText } from '../launch.ts';
import { launcherScope } from './scopes.ts';
import { deepSpeedSections, isDeepSpeedConfig } from './sections.ts';

/** DeepSpeed configs, and commands of its launcher that no trainer claims. */
export function recognizeDeepSpeed(
  document: Document,
  context: AdapterContext,
): readonly Recognized[] {
  return document.units.flatMap((unit): readonly Recognized[] => {
    if (context.isTaken?.(unit)) return [];
    if (unit.kind === 'command') return recognizeCommand(document, unit, context);
    if (unit.kind !== 'mapping' || document.file.language !== 'json') return [];
    if (!isDeepSpeedConfig(unit.root)) return [];
    const first = unit.root.entries[0];
    return [
      {
        adapter: context.adapter('deepspeed'),
        grip: { file: document.file.path, span: first?.keySpan ?? unit.span },
        sections: deepSpeedSections(document, unit, unit.root),
        launch: NO_LAUNCH,
        trains: false,
      },
    ];
  });
}

function recognizeCommand(
  document: Document,
  command: Command,
  context: AdapterContext,
): readonly Recognized[] {
  const at = command.words.findIndex((word) => baseName(wordText(word)) === 'deepspeed');
  const launcher = command.words[at];
  if (launcher === undefined) return [];
  const scope = launcherScope();
  const script = launchedIndex(command.words, at + 1, scope);
  if (script === undefined) return [];
  const file = document.file.path;
  const launch = readLaunch(command, command.words.slice(0, script), file);
  const own: Section = {
    file,
    document,
    unit: command,
    scope,
    entries: launch.entries,
    leftover: [],
    path: [],
    ...(launch.reach && { reach: launch.reach }),
  };
  const { entries } = flagEntries(command.words.slice(script + 1), 'gnu');
  return [
    {
      adapter: context.adapter('deepspeed'),
      grip: { file, span: launcher.span },
      sections: [...configSections(entries, file, context), own],
      launch,
      trains: false,
    },
  ];
}

/** `--deepspeed_config ds.json`, by any of the names that scripts give to it. */
function configSections(
  entries: readonly Entry[],
  file: string,
  context: AdapterContext,
): readonly Section[] {
  const named = entries.findLast(({ key, value }) => {
    const json = value.kind === 'scalar' && value.text.endsWith('.json');
    return json && /^(?:deepspeed|deepspeed[_-]config|ds[_-]config)$/.test(key);
  });
  if (named?.value.kind !== 'scalar') return [];
  const document = context.file(named.value.text, file);
  const unit = document?.units[0];
  return document === undefined || unit?.kind !== 'mapping'
    ? []
    : deepSpeedSections(document, unit, unit.root);
}
