import type { Command, Document, Mapping } from '../syntax/document.ts';
import type { AdapterContext, Recognized } from './framework.ts';

/** What one unit of a document is a run of, if any. */
type Read<U> = (
  document: Document,
  unit: U,
  context: AdapterContext,
) => Recognized | readonly Recognized[] | undefined;

/** The runs of a framework whose configs are mappings and whose launches are commands. */
export function recognizeUnits(
  document: Document,
  context: AdapterContext,
  readMapping: Read<Mapping>,
  readCommand: Read<Command>,
): readonly Recognized[] {
  return document.units.flatMap((unit) => {
    if (context.isTaken?.(unit)) return [];
    if (unit.kind === 'mapping') return readMapping(document, unit, context) ?? [];
    return unit.kind === 'command' ? (readCommand(document, unit, context) ?? []) : [];
  });
}
