import type { Call, Document } from '../../syntax/document.ts';
import type { AdapterContext, Recognized, Section } from '../framework.ts';
import { keyTable } from '../key-table.ts';
import { NO_LAUNCH, readLaunch, wordText } from '../launch.ts';
import type { Scope } from '../schema.ts';
import { hfScope } from '../transformers/scopes.ts';

/** Options that `dict(...)` calls of an xtuner config may hold; what else stands there is its own. */
function openScope(id: string): Scope {
  return {
    id,
    title: `xtuner ${id}`,
    keys: keyTable([]),
    gone: [],
    unknown: 'open',
    names: 'exact',
    origin: 'xtuner 0.2',
  };
}

/** Configs in Python, and `xtuner train NAME` commands. */
export function recognizeXtuner(
  document: Document,
  context: AdapterContext,
): readonly Recognized[] {
  return document.file.language === 'python'
    ? recognizeConfig(document, context)
    : recognizeCommands(document, context);
}

/** What `type=` of a `dict(...)` names. */
export function typeOf(call: Call): string {
  const value = call.entries.findLast((entry) => entry.key === 'type')?.value;
  return value?.kind === 'scalar' || value?.kind === 'opaque' ? value.text : '';
}

function recognizeConfig(document: Document, context: AdapterContext): readonly Recognized[] {
  const { text } = document.file;
  // A program that reads arguments is one of xtuner's tools, no config.
  if (!/\bxtuner\b/.test(text) || /^import argparse\b/m.test(text)) return [];
  const dicts = document.units.filter(
    (unit): unit is Call => unit.kind === 'call' && unit.callee === 'dict',
  );
  const model = dicts.find((call) => call.assignedTo === 'model');
  const first = model ?? dicts.find((call) => call.assignedTo !== undefined) ?? document.units[0];
  if (first === undefined) return [];
  return [
    {
      adapter: context.adapter('xtuner'),
      grip: { file: document.file.path, span: gripOf(document, first.span.start) },
      sections: [
        section(document, first, openScope('config')),
        ...dicts.flatMap((call) => partOf(document, call)),
      ],
      launch: NO_LAUNCH,
      trains: model !== undefined,
    },
  ];
}

/** The line on which the model is set. */
function gripOf(document: Document, at: number) {
  const { text } = document.file;
  const start = text.lastIndexOf('\n', at - 1) + 1;
  const end = text.indexOf('\n', at);
  return { start, end: end < 0 ? text.length : end };
}

/** `dict(type=LoraConfig, ...)` and its like are calls of that class, in other words. */
function partOf(document: Document, call: Call): readonly Section[] {
  const type = typeOf(call);
  const name = /ForCausalLM\.from_pretrained$/.test(type) ? 'from_pretrained' : type;
  const scope = ['LoraConfig', 'BitsAndBytesConfig', 'from_pretrained'].includes(name)
    ? hfScope(name)
    : undefined;
  return scope === undefined ? [] : [section(document, call, scope)];
}

function section(document: Document, unit: Section['unit'], scope: Scope): Section {
  const entries = unit.kind === 'call' ? unit.entries.filter((one) => one.key !== 'type') : [];
  return { file: document.file.path, document, unit, scope, entries, leftover: [], path: [] };
}

function recognizeCommands(document: Document, context: AdapterContext): readonly Recognized[] {
  const file = document.file.path;
  return document.units.flatMap((unit): readonly Recognized[] => {
    if (unit.kind !== 'command') return [];
    const at = unit.words.findIndex((word) => wordText(word) === 'xtuner');
    const program = unit.words[at];
    if (at < 0 || program === undefined) return [];
    return [
      {
        adapter: context.adapter('xtuner'),
        grip: { file, span: program.span },
        sections: [],
        launch: readLaunch(unit, unit.words.slice(0, at), file),
        trains: false,
      },
    ];
  });
}
