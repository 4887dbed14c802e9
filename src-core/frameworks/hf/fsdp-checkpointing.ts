import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { MapNode } from '../../syntax/document.ts';
import { asText, boolOfText } from '../convert.ts';
import type { AdapterContext, Recognized } from '../framework.ts';
import { rootOf } from './zero.ts';

const HOW = 'FSDP checkpoints activations itself';

/**
 * FSDP's own checkpoints, of which `fsdp_config` decides: the mapping, its JSON or a file. Where `fsdp`
 * names a preset or a file that holds both (ms-swift), that decides.
 */
export function fsdpCheckpointing(
  o: Options,
  recognized: Recognized,
  context: AdapterContext,
  presets: readonly string[],
): RunDraft {
  const fsdp = o.text('fsdp');
  const name = known(fsdp) ?? '';
  if (presets.includes(name)) return fsdpCheckpoints(true, fsdp);
  const whole = /\.json$/.test(name);
  const config = whole ? fsdp : o.get('fsdp_config');
  if (!whole && o.isNull('fsdp_config')) return {};
  const node = whole ? undefined : o.node('fsdp_config');
  const map = node?.kind === 'map' ? node : fileOf(o, whole, recognized, context);
  if (map === undefined) return fsdpCheckpoints(inJson(o), config);
  return fsdpCheckpoints(inMap(map), config);
}

/** What the trainer's fields become where FSDP does, or may do, what its own option does not. */
export function fsdpCheckpoints(
  value: boolean | typeof UNKNOWN,
  ...from: readonly Sourced<unknown>[]
): RunDraft {
  return value === false ? {} : { gradientCheckpointing: derived<boolean>(value, HOW, ...from) };
}

/** Checkpoints of the trainer or, where it makes none, of the engine. */
export function checkpointed(
  own: Sourced<boolean>,
  { gradientCheckpointing: engine }: RunDraft,
): Sourced<boolean> {
  return own.value === true ? own : (engine ?? own);
}

function fileOf(
  o: Options,
  whole: boolean,
  { grip }: Recognized,
  context: AdapterContext,
): MapNode | undefined {
  const name = known(o.text(whole ? 'fsdp' : 'fsdp_config'));
  const document = name === undefined ? undefined : context.file(name, grip.file);
  const root = document && rootOf(document);
  const inner = root?.entries.findLast(({ key }) => key === 'fsdp_config')?.value;
  return whole ? (inner?.kind === 'map' ? inner : undefined) : root;
}

/** The trainer takes `fsdp_` off the names. */
function inMap(map: MapNode): boolean | typeof UNKNOWN {
  const entry = map.entries.findLast(({ key }) => /^(?:fsdp_)?activation_checkpointing$/.test(key));
  if (entry === undefined) return false;
  const text = asText(entry.value);
  return text === UNKNOWN ? UNKNOWN : (boolOfText(text) ?? UNKNOWN);
}

/** Inline JSON on a command line; what else cannot be read may say anything. */
function inJson(o: Options): boolean | typeof UNKNOWN {
  const text = known(o.text('fsdp_config'));
  if (text === undefined || !/^\s*\{/.test(text)) return UNKNOWN;
  return /"(?:fsdp_)?activation_checkpointing"\s*:\s*true/i.test(text);
}
