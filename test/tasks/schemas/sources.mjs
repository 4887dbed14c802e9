// Which extracted classes make up which scope of which framework.
import { accelerate } from './sources/accelerate.mjs';
import { axolotl } from './sources/axolotl.mjs';
import { deepspeed } from './sources/deepspeed.mjs';
import { litgpt } from './sources/litgpt.mjs';
import { llamafactory } from './sources/llamafactory.mjs';
import { openrlhf } from './sources/openrlhf.mjs';
import { peft } from './sources/peft.mjs';
import { swift } from './sources/swift.mjs';
import { torchtune } from './sources/torchtune.mjs';
import { transformers } from './sources/transformers.mjs';
import { trl } from './sources/trl.mjs';
import { unsloth } from './sources/unsloth.mjs';
import { verl } from './sources/verl.mjs';

export const SOURCES = {
  accelerate,
  axolotl,
  deepspeed,
  litgpt,
  llamafactory,
  openrlhf,
  peft,
  swift,
  torchtune,
  transformers,
  trl,
  unsloth,
  verl,
};
