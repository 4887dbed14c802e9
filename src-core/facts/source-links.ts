const FILE = /^([\w.-]+\/[\w.-]+) ([\w./-]+\.\w+)(?:\[[^\]]*\])?$/;
const HUB = /^(?:architecture of|counted by transformers from the config of) ([\w.-]+\/[\w.-]+)$/;
const CARD = /^([\w.-]+\/[\w.-]+) model card$/;

/**
 * The address of a source of a model's or card's record: a file of a public repository, a model on
 * the hub. `undefined` for what nobody can open. `id` is the model's own.
 */
export function urlOfSource(source: string, id?: string): string | undefined {
  const file = FILE.exec(source);
  if (file !== null) return `https://github.com/${file[1]}/blob/HEAD/${file[2]}`;
  const model = (HUB.exec(source) ?? CARD.exec(source))?.[1];
  if (model !== undefined) return hubPage(model);
  return id !== undefined && source.startsWith('Hugging Face Hub API') ? hubPage(id) : undefined;
}

const hubPage = (id: string): string => `https://huggingface.co/${id}`;
