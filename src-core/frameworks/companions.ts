import type { KeyProblem } from '../run/problem.ts';
import { accelerateSections, reachOf } from './accelerate/sections.ts';
import { type ConstraintInput, checkConstraints } from './constraint.ts';
import { asText } from './convert.ts';
import { launcherScope } from './deepspeed/scopes.ts';
import { deepSpeedSections } from './deepspeed/sections.ts';
import type { AdapterContext, Place, Recognized, Section } from './framework.ts';
import { mappingOf, type NamedMapping } from './hf/accelerate.ts';
import { deepSpeedConfig, deepSpeedMatches } from './hf/deepspeed.ts';
import { deepSpeedOverrides } from './hf/deepspeed-overrides.ts';

/**
 * What a trainer and the configs that it names say against each other. A script that accelerate
 * starts may work without transformers' Trainer, which is who compares.
 */
export function joinedProblems(input: ConstraintInput): readonly KeyProblem[] {
  const { recognized, options } = input;
  if (!recognized.trains) return [];
  const problems = checkConstraints([...deepSpeedMatches(), ...deepSpeedOverrides()], input);
  const sure = recognized.adapter.id !== 'transformers' || options.has('deepspeed');
  return sure ? problems : problems.map((one) => ({ ...one, severity: 'warning' }));
}

/**
 * The configs that a trainer's run names or is launched through, each to be checked by its own
 * adapter in the light of that run: DeepSpeed's JSON, and what the launcher is told.
 */
export function companions(input: ConstraintInput): readonly Recognized[] {
  const { recognized, context } = input;
  if (recognized.adapter.id === 'deepspeed' || recognized.adapter.id === 'accelerate') return [];
  return [...deepSpeedOf(input), ...launcherOf(recognized, context)];
}

function deepSpeedOf(input: ConstraintInput): readonly Recognized[] {
  const { recognized, context, draft } = input;
  const config = deepSpeedConfig(input, context) ?? scriptConfig(recognized, context);
  // Keys that accelerate turns into a DeepSpeed config are checked as its own.
  if (config === undefined || config.path[0] === 'deepspeed_config') return [];
  const { document, unit, root, path } = config;
  const world = draft['parallel.worldSize'] ?? recognized.launch.worldSize;
  return [
    {
      adapter: context.adapter('deepspeed'),
      grip: { file: document.file.path, span: root.entries[0]?.keySpan ?? root.span },
      sections: deepSpeedSections(document, unit, root, path),
      launch: { entries: [], env: [], ...(world !== undefined && { worldSize: world }) },
      trains: false,
      within: recognized.adapter.id,
    },
  ];
}

/** `--deepspeed_config ds.json` of a script, by any of the names that scripts give to it. */
function scriptConfig(
  { sections, grip, adapter }: Recognized,
  context: AdapterContext,
): NamedMapping | undefined {
  if (adapter.id !== 'transformers') return undefined;
  const entries = sections.flatMap((section) => section.entries);
  const named = entries.findLast(
    ({ key, value }) =>
      /^(?:deepspeed|ds)[_-]config$/.test(key) &&
      value.kind === 'scalar' &&
      /\.json$/.test(value.text),
  );
  const name = named && asText(named.value);
  return typeof name === 'string' ? mappingOf(context.file(name, grip.file)) : undefined;
}

function launcherOf(recognized: Recognized, context: AdapterContext): readonly Recognized[] {
  const { launch } = recognized;
  const { launcher } = launch;
  if (launcher !== 'accelerate' && launcher !== 'deepspeed') return [];
  const own: Place | undefined =
    recognized.started ?? recognized.sections.findLast(({ unit }) => unit.kind === 'command');
  if (own === undefined) return [];
  const sections =
    launcher === 'accelerate'
      ? accelerateSections(launch, own, context)
      : [
          {
            ...own,
            ...reachOf(launch),
            scope: launcherScope(),
            entries: launch.entries,
            leftover: [],
          },
        ];
  const first: Section | undefined = sections[0];
  return first === undefined || sections.every(({ entries }) => entries.length === 0)
    ? []
    : [
        {
          adapter: context.adapter(launcher),
          grip: recognized.grip,
          sections,
          launch,
          trains: false,
          within: recognized.adapter.id,
        },
      ];
}
