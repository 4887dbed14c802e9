/**
 * What the client asks before there is a server: whether a document is worth starting one for. The
 * tests are the core's own, so that both sides agree; this is all of the core that the client holds.
 */
export { isTrainingLog } from '../../src-core/logs/gate.ts';
export { documentLanguage } from './language.ts';
