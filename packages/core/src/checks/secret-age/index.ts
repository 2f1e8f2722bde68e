import type { AnyCheck } from '../check.ts';
import { kubernetesSecretAge } from './kubernetes.ts';
import { tlsExpiry } from './tls-expiry.ts';
import { vaultSecretAge } from './vault.ts';

/** In the order of the report. */
export const checks: readonly AnyCheck[] = [kubernetesSecretAge, vaultSecretAge, tlsExpiry];
