/** Repositories by the word that begins a schema's origin, with the folders that are their own. */
const REPOSITORIES: Readonly<Record<string, readonly [name: string, ...roots: string[]]>> = {
  accelerate: ['huggingface/accelerate', 'src/accelerate'],
  axolotl: ['axolotl-ai-cloud/axolotl', 'src/axolotl'],
  DeepSpeed: ['deepspeedai/DeepSpeed', 'deepspeed'],
  litgpt: ['Lightning-AI/litgpt', 'litgpt'],
  'LLaMA-Factory': ['hiyouga/LLaMA-Factory', 'src/llamafactory'],
  OpenRLHF: ['OpenRLHF/OpenRLHF', 'openrlhf'],
  peft: ['huggingface/peft', 'src/peft'],
  'ms-swift': ['modelscope/ms-swift', 'swift'],
  torchtune: ['meta-pytorch/torchtune', 'recipes', 'torchtune'],
  trl: ['huggingface/trl', 'trl'],
  unsloth: ['unslothai/unsloth', 'unsloth'],
  verl: ['verl-project/verl', 'verl'],
};

/**
 * The page that shows `source` (`swift/arguments/sft_args.py:165`) as it was when the keys were read:
 * at the commit or release that `origin` names (`ms-swift 4.6 (3602360a5) with transformers 5.18.0`).
 * `undefined` where the two do not settle one page.
 */
export function sourceLink(source: string, origin: string): string | undefined {
  const [path = '', line] = source.split(':');
  if (path.startsWith('transformers/')) {
    const release = /\btransformers (\d+\.\d+\.\d+)/.exec(origin)?.[1];
    return release && page('huggingface/transformers', `v${release}`, `src/${path}`, line);
  }
  const [repository, ...roots] = REPOSITORIES[origin.split(' ')[0] ?? ''] ?? [];
  const commit = /\(([\da-f]{7,40})\)/.exec(origin)?.[1];
  if (repository === undefined || commit === undefined) return undefined;
  if (!roots.some((root) => path.startsWith(`${root}/`))) return undefined;
  // Keys of later releases stand among them: the lines are not all those of the commit.
  return page(repository, commit, path, origin.includes(') brought to ') ? undefined : line);
}

function page(repository: string, ref: string, path: string, line: string | undefined): string {
  const anchor = line === undefined ? '' : `#L${line}`;
  return `https://github.com/${repository}/blob/${ref}/${path}${anchor}`;
}
