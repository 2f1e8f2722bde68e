import type { Condition, LabelSelector, ObjectRef } from '../../../model/kubernetes.ts';
import { optionalText, type Raw, raw, raws, stringMap, strings, text, time } from '../raw.ts';

/** Longest message kept: the server's own words, but not a page of them. */
const messageLimit = 1000;

export function message(value: unknown): string {
  return text(value).slice(0, messageLimit);
}

export function conditions(value: unknown): readonly Condition[] {
  return raws(value).map((condition) => ({
    type: text(condition.type),
    status: condition.status === 'True' || condition.status === 'False' ? condition.status : 'Unknown',
    reason: text(condition.reason),
    message: message(condition.message),
    since: time(condition.lastTransitionTime),
  }));
}

/** The owner that controls the object, if one does. */
export function controller(metadata: Raw): ObjectRef | undefined {
  const owner = raws(metadata.ownerReferences).find((reference) => reference.controller === true);
  return owner && { kind: text(owner.kind), name: text(owner.name) };
}

export function labelSelector(value: unknown): LabelSelector {
  const selector = raw(value);
  const expressions = raws(selector.matchExpressions).map((expression) => ({
    key: text(expression.key),
    operator: text(expression.operator),
    ...(Array.isArray(expression.values) ? { values: strings(expression.values) } : {}),
  }));
  return {
    ...(selector.matchLabels === undefined ? {} : { matchLabels: stringMap(selector.matchLabels) }),
    ...(expressions.length > 0 ? { matchExpressions: expressions } : {}),
  };
}

export function objectRef(value: unknown): ObjectRef {
  const reference = raw(value);
  return { kind: text(reference.kind), name: text(reference.name) };
}

/** Name and namespace, as every namespaced type has them. */
export function identity(object: Raw): { readonly namespace: string; readonly name: string } {
  const metadata = raw(object.metadata);
  return { namespace: text(metadata.namespace), name: text(metadata.name) };
}

export function servicePorts(value: unknown): readonly { readonly name?: string; readonly port: number; readonly protocol: string }[] {
  return raws(value).map((entry) => {
    const name = optionalText(entry.name);
    const port = entry.port ?? entry.containerPort;
    return {
      ...(name === undefined ? {} : { name }),
      port: typeof port === 'number' ? port : 0,
      protocol: optionalText(entry.protocol) ?? 'TCP',
    };
  });
}
