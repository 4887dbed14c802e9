import type { Analysis } from '../src-core/analyze.ts';
import type { FileEdits, Finding } from '../src-core/finding.ts';
import { applyEdits } from '../src-core/text/edit.ts';
import type { Core } from './core.ts';
import { textsOf, type View } from './view.ts';

/** What edits of an analysis were found to lead to: an editor asks anew wherever the caret goes. */
const tried = new WeakMap<Analysis, Map<string, readonly Finding[]>>();

/** What there would be to say of a view's files with these edits, as hard looked at as they were. */
export function judgedWith(
  core: Core,
  view: View,
  edits: readonly FileEdits[],
): readonly Finding[] {
  const { analysis } = view;
  const known = tried.get(analysis) ?? new Map<string, readonly Finding[]>();
  tried.set(analysis, known);
  const key = JSON.stringify(edits);
  const found = known.get(key) ?? judged(core, view, edits);
  known.set(key, found);
  return found;
}

function judged(
  core: Core,
  { analysis, settings, found }: View,
  edits: readonly FileEdits[],
): readonly Finding[] {
  const edited = (path: string, text: string): string =>
    applyEdits(
      text,
      edits.filter(({ file }) => file === path).flatMap((part) => part.edits),
    );
  const { path, text } = analysis.file;
  const { effort } = analysis.basis ?? {};
  return core.analyze({
    file: { ...analysis.file, text: edited(path, text) },
    settings: settings.core,
    files: new Map([...textsOf(found)].map(([other, its]) => [other, edited(other, its)])),
    previous: analysis,
    ...(effort !== undefined && { effort }),
  }).findings;
}
