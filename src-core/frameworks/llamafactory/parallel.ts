import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, UNKNOWN } from '../../run/sourced.ts';
import { confByDefault } from '../allocator-conf.ts';
import type { AdapterContext, Recognized } from '../framework.ts';
import { hfParallel } from '../hf/parallel.ts';
import { distributed } from './facts.ts';
import { isScript, programOf } from './words.ts';

/** `llamafactory-cli` starts the processes by itself; a script is one, unless a launcher starts more. */
function startsItself(recognized: Recognized): boolean {
  const program = programOf(recognized);
  const script = program !== undefined && isScript(program);
  return recognized.launch.launcher === undefined && !script;
}

/** How the run is spread: as the launch and the options say, or as `llamafactory-cli` does by itself. */
export function parallelOf(o: Options, recognized: Recognized, context: AdapterContext): RunDraft {
  const base = { ...hfParallel(o, recognized, context), ...otherEngine(o, recognized) };
  const { worldSize, visibleGpus } = recognized.launch;
  if (worldSize !== undefined || context.gpus !== undefined || !startsItself(recognized))
    return base;
  // The command line starts one process for each visible GPU by itself (launcher.py).
  if (visibleGpus !== undefined) return { ...base, 'parallel.worldSize': visibleGpus };
  if (base['parallel.engine'] === undefined) return isCommand(recognized) ? base : unseen(base);
  return {
    ...base,
    'parallel.worldSize': byDefault<number>(UNKNOWN, 'one process for each GPU there is'),
  };
}

function isCommand({ sections }: Recognized): boolean {
  return sections.some(({ unit }) => unit.kind === 'command');
}

/** A file by itself says nothing of how it is started: accelerate may split what it holds. */
function unseen(base: RunDraft): RunDraft {
  const how = 'no command shows how the file is started';
  return { ...base, 'parallel.worldSize': byDefault<number>(UNKNOWN, how) };
}

/** Engines that are chosen outside the options: by the environment, or by accelerate's config. */
function otherEngine(o: Options, { sections, launch }: Recognized): RunDraft {
  const why = (how: string) => ({ 'parallel.engine': byDefault<'none'>(UNKNOWN, how) });
  if (o.bool('use_kt').value === true) return why('KTransformers keeps experts on the CPU');
  const own = sections.find(({ unit }) => unit.kind === 'mapping');
  if (own?.scope.unknown === 'open')
    return { 'parallel.engine': byDefault<'megatron'>('megatron', 'a Megatron backend') };
  if (launch.launcher === 'accelerate') return {};
  const { path, text } = own?.document.file ?? { path: '', text: '' };
  const fsdp = /fsdp/i.test(path) || /accelerate launch/.test(text);
  return fsdp && !o.has('deepspeed') ? why('accelerate decides, by a config of its own') : {};
}

/** The command line tells the allocator of the processes that it starts itself. */
export function allocatorOf(parallel: RunDraft, recognized: Recognized): RunDraft {
  if (!startsItself(recognized) || !distributed({ draft: parallel, recognized })) return {};
  return { allocator: confByDefault('expandable_segments:True', LAUNCHER) };
}

const LAUNCHER = { label: 'LLaMA-Factory src/llamafactory/launcher.py' };
