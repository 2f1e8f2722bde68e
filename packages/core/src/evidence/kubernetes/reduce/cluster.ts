import type { ClusterEvent, Namespace, Node, NodeUsage, PodUsage, Quota } from '../../../model/kubernetes.ts';
import { parseQuantity, quantities } from '../quantity.ts';
import { count, optionalText, type Raw, raw, raws, stringMap, text, time } from '../raw.ts';
import { conditions, identity, message, objectRef } from './common.ts';

export function reduceNamespace(object: Raw): Namespace {
  const metadata = raw(object.metadata);
  return {
    name: text(metadata.name),
    labels: stringMap(metadata.labels),
    terminating: raw(object.status).phase === 'Terminating' || metadata.deletionTimestamp !== undefined,
  };
}

export function reduceNode(object: Raw): Node {
  const metadata = raw(object.metadata);
  const status = raw(object.status);
  const pods = parseQuantity(raw(status.allocatable).pods);
  return {
    name: text(metadata.name),
    labels: stringMap(metadata.labels),
    unschedulable: raw(object.spec).unschedulable === true,
    conditions: conditions(status.conditions),
    allocatable: { ...quantities(status.allocatable), ...(pods === undefined ? {} : { pods }) },
    createdAt: time(metadata.creationTimestamp),
  };
}

/** Time: `series.lastObservedTime`, else `eventTime`, else `lastTimestamp` (events without any: their creation). */
export function reduceEvent(object: Raw): ClusterEvent {
  const involved = raw(object.involvedObject);
  const series = raw(object.series);
  const metadata = raw(object.metadata);
  const namespace = optionalText(involved.namespace);
  const uid = optionalText(involved.uid);
  return {
    namespace: text(metadata.namespace),
    type: text(object.type),
    reason: text(object.reason),
    message: message(object.message),
    object: { ...objectRef(involved), ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) },
    count: Math.max(1, count(series.count), count(object.count)),
    lastAt:
      time(series.lastObservedTime) ||
      time(object.eventTime) ||
      time(object.lastTimestamp) ||
      time(object.firstTimestamp) ||
      time(metadata.creationTimestamp),
  };
}

export function reduceQuota(object: Raw): Quota {
  const status = raw(object.status);
  // The status lags behind a new object; its spec says what is allowed all the same.
  return { ...identity(object), hard: numbers(status.hard ?? raw(object.spec).hard), used: numbers(status.used) };
}

function numbers(value: unknown): Readonly<Record<string, number>> {
  const result: Record<string, number> = {};
  for (const [name, quantity] of Object.entries(raw(value))) {
    const parsed = parseQuantity(quantity);
    if (parsed !== undefined) result[name] = parsed;
  }
  return result;
}

/** Containers whose usage is unreadable are left out: no usage is not a usage of 0. */
export function reducePodUsage(object: Raw): PodUsage {
  return {
    ...identity(object),
    containers: raws(object.containers).flatMap((container) => {
      const { cpu, memory } = quantities(container.usage);
      return cpu === undefined || memory === undefined ? [] : [{ name: text(container.name), cpu, memory }];
    }),
  };
}

export function reduceNodeUsage(object: Raw): NodeUsage | undefined {
  const { cpu, memory } = quantities(object.usage);
  return cpu === undefined || memory === undefined ? undefined : { name: text(raw(object.metadata).name), cpu, memory };
}
