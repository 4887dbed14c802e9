import type { Command, Document } from '../../syntax/document.ts';
import { isDeepSpeedConfig } from '../deepspeed/sections.ts';
import type { AdapterContext, Recognized } from '../framework.ts';
import { launchedIndex, NO_LAUNCH, readLaunch, wordText } from '../launch.ts';
import { accelerateScope } from './scopes.ts';
import { accelerateSections, configSections, isAccelerateConfig } from './sections.ts';

/** Configs of accelerate, and commands of its launcher that no trainer claims. */
export function recognizeAccelerate(
  document: Document,
  context: AdapterContext,
): readonly Recognized[] {
  return document.units.flatMap((unit): readonly Recognized[] => {
    if (context.isTaken?.(unit)) return [];
    if (unit.kind === 'command') return recognizeCommand(document, unit, context);
    if (unit.kind !== 'mapping' || !isAccelerateConfig(unit.root.entries)) return [];
    if (document.file.language === 'json' && isDeepSpeedConfig(unit.root)) return [];
    const first = unit.root.entries[0];
    return [
      {
        adapter: context.adapter('accelerate'),
        grip: { file: document.file.path, span: first?.keySpan ?? unit.span },
        sections: configSections(document, unit),
        launch: NO_LAUNCH,
        trains: false,
      },
    ];
  });
}

/** Index of the word behind which the flags of the launcher stand. */
function launcherIndex({ words }: Command): number {
  return words.findIndex((word, i) => {
    const text = wordText(word);
    if (/(?:^|\/)accelerate-launch$/.test(text) || text === 'accelerate.commands.launch')
      return true;
    return text === 'launch' && /(?:^|\/)accelerate$/.test(wordText(words[i - 1]));
  });
}

function recognizeCommand(
  document: Document,
  command: Command,
  context: AdapterContext,
): readonly Recognized[] {
  const at = launcherIndex(command);
  const launcher = command.words[at];
  const scope = accelerateScope('launch');
  const script = launcher && scope && launchedIndex(command.words, at + 1, scope);
  if (launcher === undefined || script === undefined || scope === undefined) return [];
  const file = document.file.path;
  const launch = readLaunch(command, command.words.slice(0, script), file);
  const own = { file, document, unit: command, scope, entries: [], leftover: [], path: [] };
  return [
    {
      adapter: context.adapter('accelerate'),
      grip: { file, span: launcher.span },
      sections: accelerateSections(launch, own, context),
      launch,
      trains: false,
    },
  ];
}
