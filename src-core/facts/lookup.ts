export { findGpu, type GpuFinding, type GpuNeed, smallestFittingGpus } from './find-gpu.ts';
export { findModel, type ModelFinding } from './find-model.ts';
export { listGpus } from './gpus/gpus.ts';
export { listModels } from './models/models.ts';
export { type TemplateFramework, templateNames, userMark } from './registry/prompt-templates.ts';
export {
  type RegistryEntry,
  registryEntries as registeredModels,
  registryEntry,
} from './registry/registry.ts';
export { templatesOf } from './templates.ts';
