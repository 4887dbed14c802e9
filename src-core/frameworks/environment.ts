import type { Recognized } from './framework.ts';
import { readsVariable } from './launch.ts';

/** What CUDA, CANN and torch read in any program. */
const OF_ANY = [
  'ASCEND_RT_VISIBLE_DEVICES',
  'CUDA_VISIBLE_DEVICES',
  'PYTORCH_ALLOC_CONF',
  'PYTORCH_CUDA_ALLOC_CONF',
];

/** With one of these a program that reads them starts torchrun. */
const TO_TORCHRUN = ['FORCE_TORCHRUN', 'NNODES', 'NPROC_PER_NODE'];

/** What such a program then hands on. */
const OF_TORCHRUN = ['MASTER_ADDR', 'MASTER_PORT', 'NODE_RANK'];

/** Whether there are runs that read the variable of the environment. */
export function mayBeRead(name: string): boolean {
  return readsVariable(name) || OF_TORCHRUN.includes(name);
}

/** Whether a run reads the variable of the environment, where those are set. */
export function isReadBy(
  name: string,
  { reads = [] }: Recognized,
  isSet: (name: string) => boolean,
): boolean {
  if (OF_ANY.includes(name) || reads.includes(name)) return true;
  return OF_TORCHRUN.includes(name) && TO_TORCHRUN.some((one) => reads.includes(one) && isSet(one));
}
