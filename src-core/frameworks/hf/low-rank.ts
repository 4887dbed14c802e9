/** What GaLore or APOLLO makes of an optimizer that `optim` names, by transformers' names of their own. */
export function lowRank(name: 'galore' | 'apollo', optim: string): string | undefined {
  if (/^adamw_(?:hf|torch|torch_fused)$/.test(optim)) return `${name}_adamw`;
  if (name === 'apollo') return undefined;
  if (optim === 'adafactor') return 'galore_adafactor';
  return /^adamw_(?:bnb_)?8bit$/.test(optim) ? 'galore_adamw_8bit' : undefined;
}
