import { type TemplateFramework, templatesOf, userMark } from '../../facts/lookup.ts';
import { known } from '../../run/sourced.ts';
import type { TrainingRun } from '../../run/training-run.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';

/** Templates made for base models, which have no format of their own. */
const GENERIC = /^(?:default|empty|alpaca|vicuna|fewshot|chatml|dummy)$/;

/** A prompt template whose turns are marked otherwise than those the model was tuned with. */
export const templateOfAnotherModel = defineRule({
  id: 'template-of-another-model',
  group: 'data',
  severity: 'warning',
  claim: 'framework',
  fix: 'unsafe',
  summary: 'formats conversations for another model',
  cites: [
    { label: 'LLaMA-Factory src/llamafactory/extras/constants.py and data/template.py' },
    { label: 'ms-swift swift/model/models and swift/template/templates' },
  ],
  *check(run) {
    const clash = findClash(run);
    if (clash === undefined) return;
    const { model, own, written } = clash;
    const tuned = isChatModel(model);
    if (!tuned && GENERIC.test(written.name)) return;
    yield {
      at: run.options.get('template'),
      severity: tuned ? 'warning' : 'info',
      message: say`template \`${written.name}\` opens the user's turn with \`${written.mark}\`, but ${model} ${tuned ? 'was tuned on' : 'goes with'} \`${own.mark}\` (template \`${own.name}\`): it has to learn the format anew, and must be served with it`,
      related: [{ at: run.model, message: say`its template is \`${own.name}\`` }],
      fixes: [
        {
          title: say`Use the template \`${own.name}\``,
          safety: 'unsafe',
          changes: [{ kind: 'option', key: 'template', to: own.name }],
        },
      ],
    };
  },
});

interface Template {
  readonly name: string;
  /** What opens a user's turn. */
  readonly mark: string;
}

/** The written template and the model's own, where both are known and mark turns differently. */
function findClash(
  run: TrainingRun,
): { readonly model: string; readonly own: Template; readonly written: Template } | undefined {
  const framework = frameworkOf(run);
  const text = known(run.model)?.text;
  if (framework === undefined || text === undefined || !run.options.has('template')) return;
  const entry = templatesOf(text);
  const own = template(
    framework,
    framework === 'swift' ? entry?.swiftTemplate : entry?.factoryTemplate,
  );
  const written = template(framework, known(run.options.text('template')));
  if (entry === undefined || own === undefined || written === undefined) return;
  return own.mark === written.mark ? undefined : { model: lastPart(entry.id), own, written };
}

function frameworkOf({ framework }: TrainingRun): TemplateFramework | undefined {
  return framework === 'swift' || framework === 'llamafactory' ? framework : undefined;
}

function template(framework: TemplateFramework, name: string | undefined): Template | undefined {
  const mark = name === undefined ? undefined : userMark(framework, name);
  return name === undefined || mark == null ? undefined : { name, mark };
}

const lastPart = (id: string): string => id.slice(id.lastIndexOf('/') + 1);

/** Whether a model was tuned on conversations: its name says so, or its base model has another. */
function isChatModel(name: string): boolean {
  if (/(?:^|[-_.])(?:instruct|chat|it|thinking|sft|dpo|rlhf)(?:[-_.]|$)/i.test(name)) return true;
  return templatesOf(`${name}-Base`) !== undefined;
}
