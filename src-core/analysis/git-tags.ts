/** Where the tags are that are called like releases: forks have releases of their own. */
const REPOSITORIES = [
  'huggingface/transformers',
  'huggingface/trl',
  'huggingface/peft',
  'huggingface/accelerate',
  'deepspeedai/DeepSpeed',
  'microsoft/DeepSpeed',
  'modelscope/ms-swift',
  'hiyouga/LLaMA-Factory',
  'axolotl-ai-cloud/axolotl',
  'OpenRLHF/OpenRLHF',
  'verl-project/verl',
  'volcengine/verl',
  'InternLM/xtuner',
  'Lightning-AI/litgpt',
].map((one) => one.toLowerCase());

/** `git+https://github.com/huggingface/trl.git@v0.15.1`, up to the end of the tag, branch or commit. */
const SOURCE =
  /\bgit\+(?:https?|ssh):\/\/(?:git@)?[\w.-]+[/:]([\w.-]+)\/([\w.-]+?)(?:\.git)?(?:@([\w./-]+))?(?=[^\w./@-]|$)/gim;

/** What a text takes from a repository. */
export interface Taken {
  /** By the tag that is called so. */
  readonly release?: string;
  /** The newest that there is; else, without a release, a commit, another branch or a fork, of whatever time. */
  readonly newest: boolean;
}

/** How a text takes a package from repositories. */
export function takenFromGit(text: string, names: readonly string[]): readonly Taken[] {
  if (!text.includes('git+')) return [];
  const plain = names.map((name) => name.toLowerCase());
  return [...text.matchAll(SOURCE)]
    .filter(([, , name = '']) => plain.includes(name.toLowerCase()))
    .map(([, owner, name, at = '']) => {
      const own = REPOSITORIES.includes(`${owner}/${name}`.toLowerCase());
      const release = own ? /^v?(\d+\.\d+(?:\.\w+)*)$/.exec(at)?.[1] : undefined;
      const newest = own && /^(?:main|master|HEAD)?$/.test(at);
      return { newest, ...(release === undefined ? {} : { release }) };
    });
}
