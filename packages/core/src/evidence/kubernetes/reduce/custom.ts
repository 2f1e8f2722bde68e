import type { Certificate, IstioConfig } from '../../../model/kubernetes.ts';
import { optionalText, type Raw, raw, raws, stringMap, text, time } from '../raw.ts';
import { conditions, identity } from './common.ts';

type Element<T> = T extends readonly (infer E)[] ? E : never;
type PeerAuthentication = Element<IstioConfig['peerAuthentications']>;
type AuthorizationPolicy = Element<IstioConfig['authorizationPolicies']>;
type DestinationRule = Element<IstioConfig['destinationRules']>;

export function reduceCertificate(object: Raw): Certificate {
  const status = raw(object.status);
  const ready = conditions(status.conditions).find((condition) => condition.type === 'Ready');
  const notAfter = time(status.notAfter);
  return {
    ...identity(object),
    secretName: text(raw(object.spec).secretName),
    ...(notAfter === 0 ? {} : { notAfter }),
    ready: ready?.status === 'True',
    message: ready?.message ?? '',
  };
}

/** Mode `UNSET` where the policy names none: it inherits. */
export function reducePeerAuthentication(object: Raw): PeerAuthentication {
  const spec = raw(object.spec);
  const portModes: Record<string, string> = {};
  for (const [port, mtls] of Object.entries(raw(spec.portLevelMtls))) portModes[port] = optionalText(raw(mtls).mode) ?? 'UNSET';
  return {
    ...identity(object),
    mode: optionalText(raw(spec.mtls).mode) ?? 'UNSET',
    selector: stringMap(raw(spec.selector).matchLabels),
    portModes,
  };
}

export function reduceAuthorizationPolicy(object: Raw): AuthorizationPolicy {
  const spec = raw(object.spec);
  const rules = raws(spec.rules);
  const targets = [...raws(spec.targetRefs), ...raws(spec.targetRef === undefined ? [] : [spec.targetRef])];
  return {
    ...identity(object),
    action: optionalText(spec.action) ?? 'ALLOW',
    selector: stringMap(raw(spec.selector).matchLabels),
    rules: Array.isArray(spec.rules) ? rules.length : -1,
    matchesAll: rules.some((rule) => isEmpty(rule.from) && isEmpty(rule.to) && isEmpty(rule.when)),
    ...(targets.length === 0 ? {} : { targets: targets.map((target) => `${text(target.kind)}/${text(target.name)}`) }),
  };
}

function isEmpty(value: unknown): boolean {
  return !Array.isArray(value) || value.length === 0;
}

export function reduceDestinationRule(object: Raw): DestinationRule {
  const spec = raw(object.spec);
  const policies = [spec.trafficPolicy, ...raws(spec.subsets).map((subset) => subset.trafficPolicy)].map(raw);
  const modes = policies
    .flatMap((policy) => [policy.tls, ...raws(policy.portLevelSettings).map((setting) => setting.tls)])
    .map((tls) => text(raw(tls).mode));
  return { ...identity(object), host: text(spec.host), tlsModes: [...new Set(modes)].filter((mode) => mode !== '') };
}
