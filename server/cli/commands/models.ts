import type { ModelRecord } from '../../../src-core/facts/model.ts';
import { findModel, listModels } from '../../../src-core/index.ts';
import { formatParams } from '../../../src-core/run/units.ts';
import type { Style } from '../../report/style.ts';
import { padEnd, padStart } from '../../report/width.ts';
import type { Command } from '../command.ts';
import { EXIT, UsageError } from '../io.ts';
import { styleFor } from '../look.ts';

/** `tunelint models [QUERY]`: the models whose dimensions are known. */
export const models: Command = {
  name: 'models',
  operands: '[QUERY]',
  summary: 'List the models whose dimensions are known, or look one up',
  flags: [{ name: 'format', value: 'FORMAT', choices: ['pretty', 'json'], help: 'pretty, json' }],
  notes: ['Exit code 2: no model is known by that name.'],
  run(args, io) {
    const query = args.positionals.join(' ');
    const { records, suggestions } = search(query);
    if (records.length === 0)
      throw new UsageError(`${notKnown(query, suggestions)}\n"tunelint models" lists them`);
    if (args.text('format') === 'json') io.out(`${JSON.stringify(records, null, 2)}\n`);
    else io.out(`${pretty(records, styleFor(args, io)).join('\n')}\n`);
    if (suggestions.length > 0) io.err(`tunelint: ${notKnown(query, suggestions)}\n`);
    return EXIT.clean;
  },
};

interface Search {
  readonly records: readonly ModelRecord[];
  readonly suggestions: readonly string[];
}

/** Models whose id holds every word; else the one that the name leads to. */
function search(query: string): Search {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const holding = listModels().filter(({ id }) =>
    words.every((word) => id.toLowerCase().includes(word)),
  );
  if (holding.length > 0) return { records: holding, suggestions: [] };
  const { record, suggestions } = findModel(query);
  return { records: record === undefined ? [] : [record], suggestions };
}

function pretty(records: readonly ModelRecord[], style: Style): readonly string[] {
  const width = Math.max(...records.map(({ id }) => id.length));
  const rows = records.map((record) => {
    const { id, params, dtype, arch, quantized, basis } = record;
    const details = [
      quantized ?? dtype ?? '',
      arch === undefined ? '' : `${arch.layers} layers`,
      arch?.maxPositionEmbeddings === undefined ? '' : `context ${arch.maxPositionEmbeddings}`,
      basis === 'table' ? '' : basisText(record),
    ].filter((text) => text !== '');
    const size = padStart(formatParams(params), 8);
    return `${padEnd(id, width)}  ${size}  ${style.dim(details.join(', '))}`;
  });
  const [only] = records;
  if (records.length > 1 || only === undefined) return rows;
  return [...rows, ...only.sources.map((source) => `  ${style.dim(`= ${source}`)}`)];
}

function basisText({ basis }: ModelRecord): string {
  return basis === 'base' ? 'by the model it builds on' : 'by the size in its name';
}

function notKnown(query: string, suggestions: readonly string[]): string {
  const near = suggestions.length > 0 ? `; did you mean ${suggestions.join(' or ')}?` : '';
  return `no model is known as "${query}"${near}`;
}
