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

/**
 * The releases of a package that a text takes from a repository: those of tags, and `undefined` for a branch, a
 * commit or a fork.
 */
export function takenFromGit(
  text: string,
  names: readonly string[],
): readonly (string | undefined)[] {
  if (!text.includes('git+')) return [];
  const plain = names.map((name) => name.toLowerCase());
  return [...text.matchAll(SOURCE)]
    .filter(([, , name = '']) => plain.includes(name.toLowerCase()))
    .map(([, owner, name, at = '']) => {
      const own = REPOSITORIES.includes(`${owner}/${name}`.toLowerCase());
      return own ? /^v?(\d+\.\d+(?:\.\w+)*)$/.exec(at)?.[1] : undefined;
    });
}
