import * as index from '../src-core/index.ts';
import type { Core } from './core.ts';

/** The core as the server takes it. */
export const core: Core = { ...index, hover: () => undefined, complete: () => [] };
