/** What a GPU's name says: the words that name the chip, the memory, how many. */
export interface GpuName {
  /** Words of the chip: `rtx`, `4090`, `d`; makers' names and packaging words are left out. */
  readonly chip: readonly string[];
  /** GB, where the name gives it. */
  readonly memoryGb?: number;
  /** How many cards, where the text gives it: `4 x A100`, `RTX 4090 x2`. */
  readonly count?: number;
}

/** Words that the same card goes with or without. */
const noise = new Set(
  (
    'nvidia corporation geforce tesla amd instinct radeon intel apple huawei gpu gpus graphics card ' +
    'generation edition hbm2 hbm2e hbm3 hbm3e gddr6 gddr6x gddr7 cuda with and memory vram of dgx'
  ).split(' '),
);

/** Reads a card as people and tools write it: `RTX 4090D x2`, `4 x A100 80GB`, `Tesla V100-SXM2-32GB`. */
export function parseGpuName(text: string): GpuName {
  const lower = text
    .toLowerCase()
    .replace(/\([^()]*\)|\[[^[\]]*\]/g, ' ')
    .trim();
  const counted = takeCount(lower);
  const sized = takeMemory(counted.rest);
  const chip = words(sized.rest).filter((word) => !noise.has(word));
  return {
    chip,
    ...(sized.memoryGb !== undefined && { memoryGb: sized.memoryGb }),
    ...(counted.count !== undefined && { count: counted.count }),
  };
}

function takeCount(text: string): { readonly rest: string; readonly count?: number } {
  const before = /^(\d{1,3})\s*[x×*]\s*(?=[a-z])/.exec(text);
  const after =
    /(?:\s[x×*]\s*|(?<=\d)[×*]\s*|(?<=\d)x(?=\d)|:|,\s*)(\d{1,4})(?:\s*(?:gpus?|cards?))?$/.exec(
      text,
    );
  const found = before ?? after;
  const count = Number(found?.[1]);
  if (found === null || count < 1) return { rest: text };
  return { rest: text.replace(found[0], ' '), count };
}

function takeMemory(text: string): { readonly rest: string; readonly memoryGb?: number } {
  const found = /(?<![a-z\d.])(\d{1,4})\s*(?:gib|gb|g)(?![a-z\d])/.exec(text);
  if (found === null) return { rest: text };
  return { rest: text.replace(found[0], ' '), memoryGb: Number(found[1]) };
}

function words(text: string): readonly string[] {
  const raw = text
    .replace(/max-q/g, 'maxq')
    .split(/[^a-z\d+]+/)
    .filter((word) => word !== '');
  return raw.flatMap((word) => {
    const branded = /^(rtx|gtx|quadro|titan|rx|arc|mi)(?=[a-z]?\d)(.+)$/.exec(word);
    if (branded?.[1] === 'mi' || branded === null) return suffix(word);
    return [branded[1] ?? '', ...suffix(branded[2] ?? '')];
  });
}

/** `4090d` is `4090 d`, `3080ti` is `3080 ti`; `a100`, `l40s` and `mi300x` stay whole. */
function suffix(word: string): readonly string[] {
  const parts = /^(\d{3,4})(d|tis|ti|super|s|xtx|xt|laptop|m)$/.exec(word);
  if (parts === null) return word === 'mobile' || word === 'notebook' ? ['laptop'] : [word];
  if (parts[2] === 'tis') return [parts[1] ?? '', 'ti', 'super'];
  const tail = parts[2] === 's' ? 'super' : parts[2] === 'm' ? 'laptop' : (parts[2] ?? '');
  return [parts[1] ?? '', tail];
}
