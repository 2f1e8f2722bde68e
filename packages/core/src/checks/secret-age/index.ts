import type { AnyCheck } from '../check.ts';
import { graceExpired } from './grace-expired.ts';
import { kubernetesSecretAge } from './kubernetes.ts';
import { revokePending } from './revoke-pending.ts';
import { rootPasswordAge } from './root-password.ts';
import { rotationFailed } from './rotation-failed.ts';
import { rotationNeedsOperator } from './rotation-needs-operator.ts';
import { rotationUnfinished } from './rotation-unfinished.ts';
import { tlsExpiry } from './tls-expiry.ts';
import { vaultSecretAge } from './vault.ts';

/** In the order of the report. */
export const checks: readonly AnyCheck[] = [
  kubernetesSecretAge,
  vaultSecretAge,
  rootPasswordAge,
  tlsExpiry,
  rotationNeedsOperator,
  rotationUnfinished,
  graceExpired,
  revokePending,
  rotationFailed,
];
