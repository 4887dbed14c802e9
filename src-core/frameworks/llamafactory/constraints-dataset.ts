import { known } from '../../run/sourced.ts';
import type { Entry, MapNode } from '../../syntax/document.ts';
import { closest } from '../../text/distance.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  isOn,
  isSet,
  numberOf,
  setOption,
  textOf,
  type Violation,
} from '../constraint.ts';
import { rootOf } from '../hf/zero.ts';
import { bareStage, namesOf, rejects } from './facts.ts';

const LISTS = ['dataset', 'eval_dataset'] as const;
/** What ends a path, and hardly ever a name. */
const FILE = /\.(?:jsonl?|csv|parquet|arrow|txt)$/i;

/** The file that says which datasets there are (data/parser.py). */
interface Listing {
  readonly path: string;
  readonly root: MapNode;
  /** Whether the config names the folder, which else is `data` in the folder that the run is started in. */
  readonly named: boolean;
}

function pathOf({ options: o }: ConstraintInput): string | undefined {
  const folder = o.has('dataset_dir') ? textOf(o, 'dataset_dir') : 'data';
  // A model that is only talked to reads no data.
  if (folder === undefined || !isOn(o, 'do_train')) return undefined;
  if (folder === 'ONLINE' || folder.startsWith('REMOTE:')) return undefined;
  return `${folder.replace(/\/$/, '')}/dataset_info.json`;
}

function listingOf(input: ConstraintInput): Listing | undefined {
  const path = pathOf(input);
  if (path === undefined || !LISTS.some((key) => isSet(input.options, key))) return undefined;
  const document = input.context.file(path, input.recognized.grip.file);
  const root = document?.fault === undefined ? document && rootOf(document) : undefined;
  return root && { path, root, named: input.options.has('dataset_dir') };
}

/** What the listing says of each dataset of the run; `undefined` for one that it lacks. */
function* listed(
  { options: o }: ConstraintInput,
  { root }: Listing,
): Generator<{ key: string; name: string; entry: Entry | undefined; alone: boolean }> {
  for (const key of LISTS) {
    const names = known(namesOf(o, key)) ?? [];
    for (const name of names) {
      const entry = root.entries.findLast((one) => one.key === name);
      yield { key, name, entry, alone: names.length === 1 };
    }
  }
}

function has({ value }: Entry, ...keys: readonly string[]): boolean {
  return value.kind === 'map' && value.entries.some(({ key }) => keys.includes(key));
}

/** A check of the listing: an error where the config names its folder. */
function ofListing(
  id: string,
  where: string,
  check: (input: ConstraintInput, listing: Listing) => Violation | undefined,
): readonly Constraint[] {
  return (['error', 'warning'] as const).map((severity) => ({
    ...rejects(id, where, (input) => {
      const listing = listingOf(input);
      if (listing === undefined || listing.named !== (severity === 'error')) return undefined;
      return check(input, listing);
    }),
    severity,
  }));
}

function undefinedDataset(input: ConstraintInput, listing: Listing): Violation | undefined {
  const { path, root } = listing;
  for (const { key, name, entry, alone } of listed(input, listing)) {
    if (entry !== undefined) continue;
    const names = root.entries.map((one) => one.key);
    return {
      at: key,
      message: say`\`${name}\` is no dataset of ${path}: LLaMA-Factory stops there`,
      fixes: alone ? closest(name, names).map((near) => setOption(key, near)) : [],
    };
  }
  return undefined;
}

function otherStage(input: ConstraintInput, listing: Listing): Violation | undefined {
  const stage = bareStage(input.options);
  const pairs = stage === 'rm' || stage === 'dpo';
  if (stage === undefined) return undefined;
  for (const { key, name, entry } of listed(input, listing)) {
    if (entry?.value.kind !== 'map') continue;
    const said = entry.value.entries.findLast((one) => one.key === 'ranking')?.value;
    const ranking = said === undefined ? false : said.kind === 'scalar' ? said.value : undefined;
    if (typeof ranking !== 'boolean' || ranking === pairs) continue;
    return {
      at: key,
      with: ['stage'],
      message: pairs
        ? say`the ${stage} stage compares answers, and \`${name}\` has no \`"ranking": true\` in ${listing.path}: it stops with an error`
        : say`\`${name}\` has \`"ranking": true\` in ${listing.path}, which the ${stage} stage refuses`,
    };
  }
  return undefined;
}

/** Whether a dataset is read from a file, as far as the listing says. */
function fromFile(input: ConstraintInput): boolean | undefined {
  const listing = listingOf(input);
  if (listing === undefined) return undefined;
  const urls = ['hf_hub_url', 'ms_hub_url', 'om_hub_url', 'script_url', 'cloud_file_name'];
  const entries = [...listed(input, listing)].map(({ entry }) => entry);
  return entries.some((entry) => entry !== undefined && !has(entry, ...urls));
}

/** A file is cut into as many parts as there are workers: none, by default. */
function streamsNothing(input: ConstraintInput): Violation | undefined {
  const { options: o } = input;
  const streams = isOn(o, 'streaming') && isOn(o, 'do_train') && !isSet(o, 'tokenized_path');
  if (!streams || !isSet(o, 'dataset') || numberOf(o, 'dataloader_num_workers') !== 0)
    return undefined;
  return {
    at: 'streaming',
    with: ['dataloader_num_workers'],
    message: say`LLaMA-Factory cuts a streamed file into as many parts as dataloader_num_workers, which is 0: it stops with StopIteration`,
    fixes: [setOption('dataloader_num_workers', 4)],
  };
}

/** Names of datasets, and what dataset_info.json says of them. */
export const datasetConstraints = lazy((): readonly Constraint[] => [
  ...ofListing('undefined-dataset', 'data/parser.py', undefinedDataset),
  ...ofListing('dataset-stage', 'data/loader.py', otherStage),
  {
    ...rejects('dataset-file', 'data/parser.py', (input) => {
      if (pathOf(input) === undefined || listingOf(input) !== undefined) return undefined;
      for (const key of LISTS) {
        const name = known(namesOf(input.options, key))?.find((one) => FILE.test(one));
        if (name === undefined) continue;
        return {
          at: key,
          message: say`${key} takes names that dataset_info.json lists, not files: unless one is called \`${name}\` there, LLaMA-Factory stops`,
        };
      }
      return undefined;
    }),
    severity: 'warning',
  },
  rejects('streaming-without-workers', 'data/loader.py', (input) =>
    fromFile(input) === true ? streamsNothing(input) : undefined,
  ),
  {
    ...rejects('streaming-without-workers', 'data/loader.py', (input) =>
      fromFile(input) === undefined ? streamsNothing(input) : undefined,
    ),
    severity: 'warning',
  },
]);
