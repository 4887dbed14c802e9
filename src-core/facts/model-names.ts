/** A model as the user names it: hub id, local path or nickname, cut into its parts. */
export interface ModelName {
  /** Owner on the hub, or the folder above; absent for a bare name. */
  readonly owner?: string;
  /** Last part of the name. */
  readonly name: string;
  /** Folders above the name, nearest first, at most three. */
  readonly folders: readonly string[];
  /** Written as a path on disk. */
  readonly local: boolean;
}

/** A name without what fine-tuning and quantising add to it. */
export interface Stem {
  readonly key: string;
  /** Format of the weights that the name tells: `awq`, `gptq`, `bnb-4bit`, `fp8`, ... */
  readonly quantized?: string;
  /** Something was cut off that may change the context length or the dtype. */
  readonly tuned: boolean;
  /** The name says that the weights are plain floats again: `bf16`, `fp16`. */
  readonly unpacked: boolean;
}

const CACHE = /(?:^|\/)(?:models|datasets)--([^/]+?)--([^/]+)/;
const HUB_URL = /^https?:\/\/(?:www\.)?(?:huggingface\.co|hf-mirror\.com|modelscope\.cn\/models)\//;

/** The parts of a model name, or `undefined` where the text holds a variable or is no name. */
export function parseModelName(text: string): ModelName | undefined {
  if (text.length > 512 || /[$*{}<>\n]/.test(text)) return undefined;
  const plain = text.trim().replace(HUB_URL, '').replace(/\\/g, '/').replace(/\/+$/, '');
  const cached = CACHE.exec(plain);
  if (cached?.[1] && cached[2]) {
    return { owner: cached[1], name: cached[2], folders: [], local: false };
  }
  const parts = plain.split('/').filter((part) => part !== '' && part !== '.');
  const name = parts.at(-1)?.replace(/___/g, '.');
  if (name === undefined || name === '..' || name === '~') return undefined;
  const local = /^(?:[./~]|[a-z]:)/i.test(plain) || parts.length > 2;
  const owner = parts.at(-2);
  const folders = local ? parts.slice(-4, -1).reverse() : [];
  return { name, folders, local, ...(owner !== undefined && { owner }) };
}

/** What to call a model in a few words: the last part of its name, and of a path into the hub's cache the model's. */
export function shortModelName(id: string): string {
  const path = id.replace(/(?<![/\\])[/\\]+$/, '');
  return parseModelName(id)?.name ?? path.split(/[/\\]/).at(-1) ?? id;
}

/** The same of a run's model: one of the hub that is not known keeps its owner, as a bare name is one of the known. */
export function modelTitle(text: string, isKnown: boolean): string {
  const parsed = isKnown ? undefined : parseModelName(text);
  if (parsed?.owner === undefined || parsed.local) return shortModelName(text);
  return `${parsed.owner}/${parsed.name}`;
}

/** Words that say how a model was tuned or packed; they leave its dimensions alone. */
const tuning = new Set(
  (
    'instruct it chat pt base hf sft dpo orpo grpo rlhf thinking finetuned finetune ft merged ' +
    'mnli qnli qqp mrpc cola squad ' +
    'abliterated uncensored unsloth dynamic bf16 fp16 fp32 bfloat16 float16 safetensors'
  ).split(' '),
);

const quantWords: Readonly<Record<string, string>> = {
  awq: 'awq',
  gptq: 'gptq',
  bnb: 'bnb',
  nf4: 'bnb-4bit',
  fp8: 'fp8',
  gguf: 'gguf',
  mlx: 'mlx',
  mxfp4: 'mxfp4',
  nvfp4: 'nvfp4',
  hqq: 'hqq',
  w4a16: 'w4a16',
  w8a8: 'w8a8',
  exl2: 'exl2',
};

const bitWords: Readonly<Record<string, number>> = {
  int4: 4,
  int8: 8,
  '4bit': 4,
  '4bits': 4,
  '8bit': 8,
  '8bits': 8,
  '6bit': 6,
  '3bit': 3,
};

/** Release months that re-train one architecture. */
const releases: Readonly<Record<string, string>> = {
  '2507': 'qwen-3-',
  '0324': 'deepseek-v3',
  '0528': 'deepseek-r-1',
};

/** Words of a name, lower case, letters apart from numbers, sizes (`7b`) and versions kept whole. */
export function modelTokens(name: string, underscoreIsDot = true): readonly string[] {
  const lower = name.toLowerCase();
  const dotted = underscoreIsDot ? lower.replace(/(\d)_(\d)/g, '$1.$2') : lower;
  const words = dotted.split(/[^a-z\d.]+/).filter((word) => word !== '');
  const tokens = words.flatMap(splitWord);
  return tokens[0] === 'meta' && tokens[1] === 'llama' ? tokens.slice(1) : tokens;
}

const WHOLE = /^(?:v\d[\d.]*|a?\d+(?:\.\d+)?[bmke]|\d+x\d+(?:\.\d+)?b)$/;

function splitWord(word: string): readonly string[] {
  if (tuning.has(word) || Object.hasOwn(quantWords, word) || Object.hasOwn(bitWords, word)) {
    return [word];
  }
  if (WHOLE.test(word)) return [word];
  return word.match(/[a-z]+|\d[\d.]*(?:[bmke](?![a-z]))?/g) ?? [];
}

/** The comparable form of all tokens: `qwen-2.5-7b-instruct`. */
export const nameKey = (tokens: readonly string[]): string => tokens.join('-');

/** Cuts off what tuning and quantising add. The rest must name a model by itself. */
export function stemOf(tokens: readonly string[], owner = ''): Stem {
  const quants = tokens.filter((token) => Object.hasOwn(quantWords, token));
  const bits = tokens.find((token) => Object.hasOwn(bitWords, token));
  const isQuant = (token: string): boolean =>
    Object.hasOwn(quantWords, token) || Object.hasOwn(bitWords, token);
  const key = nameKey(tokens.filter((token) => !tuning.has(token) && !isQuant(token)));
  const tuned = tokens.some((token) => tuning.has(token) && token !== 'hf');
  const quantized = quantName(
    quants.find((word) => word === 'nf4') ?? quants[0] ?? (/^mlx/i.test(owner) ? 'mlx' : undefined),
    bits === undefined ? undefined : bitWords[bits],
  );
  const unpacked = tokens.some((token) =>
    /^(?:bf16|fp16|fp32|bfloat16|float16|thinking)$/.test(token),
  );
  return { key, tuned, unpacked, ...(quantized && { quantized }) };
}

/** The stem without its release month, where that month is known to keep the architecture. */
export function withoutRelease(key: string): string | undefined {
  const month = /-(\d{4})$/.exec(key)?.[1];
  const family = month === undefined ? undefined : releases[month];
  if (family === undefined || !key.startsWith(family)) return undefined;
  return key.slice(0, -5);
}

function quantName(word: string | undefined, bits: number | undefined): string | undefined {
  const format = word === undefined ? undefined : quantWords[word];
  if (format === undefined) return bits === undefined ? undefined : `${bits}bit`;
  if (format === 'bnb' || format === 'mlx')
    return bits === undefined ? format : `${format}-${bits}bit`;
  return format === 'gptq' && bits === 8 ? 'gptq-8bit' : format;
}

/**
 * Parameters by the size in a name: `foo-7b-custom` is 7e9. Undefined unless exactly one is given.
 * `8x7b` counts what the experts share once, about a fifth (Mixtral 8x7B: 46.7e9, 8x22B: 140.6e9).
 */
export function sizeInName(tokens: readonly string[]): number | undefined {
  const sizes = tokens.flatMap((token) => /^(?:(\d+)x)?(\d+(?:\.\d+)?)([bm])$/.exec(token) ?? []);
  if (sizes.length !== 4) return undefined;
  const [, experts, size = '', unit] = sizes;
  const each = Number.parseFloat(size) * (unit === 'b' ? 1e9 : 1e6);
  const params = experts === undefined ? each : Number(experts) * each * 0.8;
  return params >= 1e7 && params <= 2e12 ? params : undefined;
}
