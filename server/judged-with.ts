import type { FileEdits, Finding } from '../src-core/finding.ts';
import { applyEdits } from '../src-core/text/edit.ts';
import type { Core } from './core.ts';
import { textsOf, type View } from './view.ts';

/** What there would be to say of a view's files with these edits, as hard looked at as they were. */
export function judgedWith(
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
