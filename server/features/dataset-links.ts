import type { DocumentLink } from 'vscode-languageserver';
import type { Entry, Node, ScalarNode } from '../../src-core/syntax/document.ts';
import type { AnalyzedRun } from '../core.ts';
import { toRange } from '../proto/to-proto.ts';
import type { Shell } from '../shell.ts';
import { folderOf, resolveFrom } from '../uris.ts';
import type { View } from '../view.ts';

/** Keys whose value names datasets, in the spellings of the frameworks. */
const DATASETS =
  /^(?:train_|val_|eval_|test_|pretraining_|custom_)?datasets?(?:_name|_path|_id)?$|^(?:train|val)_files$|^(?:prompt|input)_data$/;
/** Keys that name the data within one dataset's own mapping. */
const WITHIN = /^(?:path|source|name|data_files|ds_path)$/;

/** One dataset as it is written. */
interface Named {
  readonly node: ScalarNode;
  readonly name: string;
}

function* scalars(node: Node): Generator<ScalarNode> {
  if (node.kind === 'scalar' && typeof node.value === 'string') yield node;
  else if (node.kind === 'list') for (const item of node.items) yield* scalars(item);
  else if (node.kind === 'map')
    for (const { key, value } of node.entries) if (WITHIN.test(key)) yield* scalars(value);
}

function namedIn(run: AnalyzedRun, view: View): readonly Named[] {
  const isOurs = ({ key }: Entry) => DATASETS.test(key.slice(key.lastIndexOf('.') + 1));
  return run.options.entries
    .filter(
      ({ section, entry }) =>
        view.place(section.file, entry.span) === view.document && isOurs(entry),
    )
    .flatMap(({ entry }) => [...scalars(entry.value)])
    .map((node) => ({ node, name: node.text.replace(/#\d+$/, '') }));
}

const FILE = /\.(?:jsonl?|csv|tsv|parquet|arrow|txt|zst|gz)$|^(?:\.{0,2}|~)\//;
const HUB = /^(?:(hf|ms)::)?([\w.-]+\/[\w.-]+)(?::[\w.,/-]+)?$/i;

/** The page of a dataset on its hub: ms-swift asks ModelScope unless it is told otherwise. */
function hubPage(name: string, { framework, options }: AnalyzedRun): string | undefined {
  const [, hub, id] = HUB.exec(name) ?? [];
  if (id === undefined || FILE.test(name)) return undefined;
  const modelScope =
    hub === undefined
      ? framework === 'swift' && options.bool('use_hf').value !== true
      : hub.toLowerCase() === 'ms';
  return modelScope
    ? `https://modelscope.cn/datasets/${id}`
    : `https://huggingface.co/datasets/${id}`;
}

/** The file that a path means, seen from the document's folder and then from the workspace's. */
async function fileOf({ host, folders }: Shell, path: string, from: string) {
  for (const folder of new Set([folderOf(from), ...folders])) {
    const uri = resolveFrom(folder, path);
    if (await host.exists(uri)) return uri;
  }
  return undefined;
}

/** LLaMA-Factory's names stand in a registry beside the data. */
async function registryOf(shell: Shell, view: View, { framework, options }: AnalyzedRun) {
  if (framework !== 'llamafactory') return undefined;
  const folder = options.text('dataset_dir').value;
  const path = `${typeof folder === 'string' ? folder : 'data'}/dataset_info.json`;
  return fileOf(shell, path, view.document.uri);
}

/** Links from datasets to their files, their registry or their page on the hub. */
export async function datasetLinks(shell: Shell, view: View): Promise<readonly DocumentLink[]> {
  const links: DocumentLink[] = [];
  for (const run of view.analysis.runs) {
    const registry = await registryOf(shell, view, run);
    for (const { node, name } of namedIn(run, view)) {
      const range = toRange(view.document, node.span);
      const file = registry ?? (await fileOf(shell, name, view.document.uri));
      const page = file === undefined ? hubPage(name, run) : undefined;
      if (file !== undefined)
        links.push({ range, target: file, tooltip: shell.say('Open the file') });
      else if (page !== undefined)
        links.push({ range, target: page, tooltip: shell.say('Open the dataset’s page') });
    }
  }
  return links;
}
