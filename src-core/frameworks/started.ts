import type { Command, Document, Unit } from '../syntax/document.ts';
import type { Adapter, AdapterContext, Place, Recognized } from './framework.ts';
import { readLaunch } from './launch.ts';
import { transformers } from './transformers/adapter.ts';
import { scriptIndex } from './transformers/recognize.ts';

/** Whose runs a program may make, the one to believe first when two recognise the same call. */
const MAKERS = ['unsloth', 'trl', 'transformers'] as const;

/**
 * Commands that start a Python program which makes its own arguments: `accelerate launch train.py`. The
 * runs are those of the program, started as the command says.
 */
export const startedPrograms: Adapter = {
  ...transformers,
  evidence: [
    /\.py\b/,
    /\b(?:torchrun|torch\.distributed|accelerate|deepspeed|CUDA_VISIBLE_DEVICES)\b/,
  ],
  recognize(document, context) {
    if (document.file.language !== 'shell') return [];
    return document.units.flatMap((unit) =>
      unit.kind === 'command' ? startedBy(unit, document, context) : [],
    );
  },
};

function startedBy(
  command: Command,
  document: Document,
  context: AdapterContext,
): readonly Recognized[] {
  const at = scriptIndex(command.words);
  const script = command.words[at];
  if (script?.value.kind !== 'scalar' || !script.value.text.endsWith('.py')) return [];
  const program = context.file(script.value.text, document.file.path);
  if (program === undefined) return [];
  const { path: file } = document.file;
  const launch = readLaunch(command, command.words.slice(0, at), file);
  const started: Place = { file, document, unit: command, path: [] };
  return runsOf(program, context).map((run) => ({
    ...run,
    grip: { file, span: script.span },
    launch: { ...launch, ...(run.launch.visibleGpus && { visibleGpus: run.launch.visibleGpus }) },
    started,
  }));
}

function runsOf(program: Document, context: AdapterContext): readonly Recognized[] {
  const taken = new Set<Unit>();
  return MAKERS.flatMap((id) =>
    context
      .adapter(id)
      .recognize(program, context)
      .filter(({ trains, sections }) => {
        const args = sections.at(-1)?.unit;
        if (!trains || args === undefined || taken.has(args)) return false;
        for (const { unit } of sections) taken.add(unit);
        return true;
      }),
  );
}
