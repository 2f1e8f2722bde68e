import type { AnyCheck } from '../check.ts';
import { costPerTask } from './cost-per-task.ts';
import { errorRatio } from './error-ratio.ts';
import { meanResponse } from './mean-response.ts';
import { p95 } from './p95.ts';
import { p99 } from './p99.ts';
import { stepsPerTask } from './steps-per-task.ts';
import { successRatio } from './success-ratio.ts';
import { targetsDown } from './targets-down.ts';
import { throughput } from './throughput.ts';
import { tokensPerTask } from './tokens-per-task.ts';
import { toolErrorRatio } from './tool-error-ratio.ts';

export const checks: readonly AnyCheck[] = [
  errorRatio,
  successRatio,
  meanResponse,
  p95,
  p99,
  toolErrorRatio,
  stepsPerTask,
  tokensPerTask,
  costPerTask,
  throughput,
  targetsDown,
];
