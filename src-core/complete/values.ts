import type { AnalyzedRun } from '../analysis/analyzed-run.ts';
import type { Analysis } from '../analyze.ts';
import { listModels, registeredModels, templateNames, templatesOf } from '../facts/lookup.ts';
import type { WrittenOption } from '../frameworks/options.ts';
import type { KeySpec } from '../frameworks/schema.ts';
import { known } from '../run/sourced.ts';
import type { Scalar } from '../syntax/document.ts';
import { literal, quoteOf } from '../syntax/patch/literal.ts';
import { type Message, say, word } from '../text/message.ts';
import type { SourceFile } from '../text/source-file.ts';
import type { Span } from '../text/span.ts';
import type { Completions } from './completion.ts';
import { usualValues } from './usual-values.ts';

/** A value to propose, the best first. */
interface Value {
  readonly value: Scalar;
  readonly detail?: Message;
}

/** What may stand at `where` behind the key of an option. */
export function valuesOf(
  { resolved, section }: WrittenOption,
  where: Span,
  run: AnalyzedRun,
  { file }: Analysis,
): Completions {
  if (resolved.kind !== 'key') return { items: [], partial: false };
  return valuesOfKey(resolved.spec, where, { text: file.text, in: section.document.file, run });
}

/** Where a value is to stand: the text that is typed in, and the file whose language it is in. */
interface ValuePlace {
  readonly text: string;
  readonly in: Pick<SourceFile, 'language'>;
  readonly run?: AnalyzedRun;
}

/** The same for a key that belongs to no run yet. */
export function valuesOfKey(
  spec: KeySpec,
  where: Span,
  { text, in: { language }, run }: ValuePlace,
): Completions {
  const raw = text.slice(where.start, where.end);
  // YAML reads `key:value` as one text.
  const joins = language === 'yaml' && raw === '' && text[where.start - 1] === ':';
  const { values, partial } = proposed(spec, run, raw);
  const items = values.map(({ value, detail }, i) => ({
    label: String(value),
    kind: 'value' as const,
    ...(detail === undefined ? {} : { detail }),
    edit: { span: where, text: (joins ? ' ' : '') + literal(language, value, quoteOf(raw)) },
    sortText: String(i).padStart(3, '0'),
  }));
  return { items, partial };
}

interface Proposed {
  readonly values: readonly Value[];
  /** Whether there are more, to be found once more is typed. */
  readonly partial: boolean;
}

function proposed(spec: KeySpec, run: AnalyzedRun | undefined, raw: string): Proposed {
  const others = spec.kinds[0] === 'bool' ? [true, false] : usualValues(spec.name);
  const listed = spec.choices ?? others;
  if (listed.length > 0)
    return every(
      listed.map((value) => ({
        value,
        ...(value === spec.default && { detail: word('default') }),
      })),
    );
  if (namesModel(spec)) return models(raw.replace(/^["']|["']$/g, ''));
  return every(spec.name === 'template' && run ? templates(run) : []);
}

const every = (values: readonly Value[]): Proposed => ({ values, partial: false });

const MODEL_KEY = /^(?:base_model|model|(?:pretrained_)?model_name_or_path)$/;

/** Whether the key says by id or path which model is trained. */
function namesModel({ name, kinds }: KeySpec): boolean {
  return MODEL_KEY.test(name) && kinds.some((kind) => kind === 'string' || kind === 'any');
}

/** So many ids are offered; typing on narrows them. */
const MOST_MODELS = 300;

/** The models whose dimensions are known, then those that frameworks register, that hold `typed`. */
function models(typed: string): Proposed {
  const wanted = typed.toLowerCase();
  const found = new Map<string, Value>();
  for (const { id, params } of listModels())
    found.set(id.toLowerCase(), {
      value: id,
      ...(params && { detail: say`${(params / 1e9).toPrecision(3)} B parameters` }),
    });
  if (wanted !== '')
    for (const { id } of registeredModels())
      if (!found.has(id.toLowerCase())) found.set(id.toLowerCase(), { value: id });
  const values = [...found].filter(([id]) => id.includes(wanted)).map(([, value]) => value);
  return {
    values: values.slice(0, MOST_MODELS),
    partial: wanted === '' || values.length > MOST_MODELS,
  };
}

/** Every template of the framework, the model's own in front. */
function templates({ run, framework }: AnalyzedRun): readonly Value[] {
  if (framework !== 'swift' && framework !== 'llamafactory') return [];
  const entry = templatesOf(known(run.model)?.text ?? '');
  const own = framework === 'swift' ? entry?.swiftTemplate : entry?.factoryTemplate;
  const rest = templateNames(framework).filter((name) => name !== own);
  return [
    ...(own === undefined ? [] : [{ value: own, detail: say`the model's own` }]),
    ...[...rest].sort().map((value) => ({ value })),
  ];
}
