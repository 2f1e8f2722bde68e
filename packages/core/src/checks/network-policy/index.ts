import type { AnyCheck } from '../check.ts';
import { blockedDns } from './blocked-dns.ts';
import { istioAuthorization } from './istio-authorization.ts';
import { istioDestinationRule } from './istio-destination-rule.ts';
import { istioMtls } from './istio-mtls.ts';
import { noDefaultDeny } from './no-default-deny.ts';
import { oneSided } from './one-sided.ts';
import { uncoveredPod } from './uncovered-pod.ts';
import { unusedPolicy } from './unused-policy.ts';
import { worldOpenEgress } from './world-open-egress.ts';
import { worldOpenIngress } from './world-open-ingress.ts';

/** In the order of the report. */
export const checks: readonly AnyCheck[] = [
  uncoveredPod,
  noDefaultDeny,
  blockedDns,
  oneSided,
  worldOpenEgress,
  worldOpenIngress,
  unusedPolicy,
  istioMtls,
  istioAuthorization,
  istioDestinationRule,
];
