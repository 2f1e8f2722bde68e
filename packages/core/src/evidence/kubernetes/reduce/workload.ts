import type { Autoscaler, Job, Workload } from '../../../model/kubernetes.ts';
import { count, type Raw, raw, stringMap, time } from '../raw.ts';
import { conditions, controller, identity, objectRef } from './common.ts';

export function reduceDeployment(object: Raw): Workload {
  return replicated('Deployment', object);
}

export function reduceStatefulSet(object: Raw): Workload {
  return replicated('StatefulSet', object);
}

function replicated(kind: 'Deployment' | 'StatefulSet', object: Raw): Workload {
  const spec = raw(object.spec);
  const status = raw(object.status);
  return {
    kind,
    ...common(object),
    desired: count(spec.replicas, 1),
    ready: count(status.readyReplicas),
    available: count(status.availableReplicas),
    updated: count(status.updatedReplicas),
    paused: spec.paused === true,
  };
}

export function reduceDaemonSet(object: Raw): Workload {
  const status = raw(object.status);
  return {
    kind: 'DaemonSet',
    ...common(object),
    desired: count(status.desiredNumberScheduled),
    ready: count(status.numberReady),
    available: count(status.numberAvailable),
    updated: count(status.updatedNumberScheduled),
    paused: false,
  };
}

function common(object: Raw) {
  const metadata = raw(object.metadata);
  const status = raw(object.status);
  return {
    ...identity(object),
    labels: stringMap(metadata.labels),
    selector: stringMap(raw(raw(object.spec).selector).matchLabels),
    generation: count(metadata.generation),
    observedGeneration: count(status.observedGeneration),
    conditions: conditions(status.conditions),
    createdAt: time(metadata.creationTimestamp),
  };
}

export function reduceJob(object: Raw): Job {
  const metadata = raw(object.metadata);
  const status = raw(object.status);
  const owner = controller(metadata);
  return {
    ...identity(object),
    ...(owner ? { owner } : {}),
    active: count(status.active),
    succeeded: count(status.succeeded),
    failed: count(status.failed),
    conditions: conditions(status.conditions),
    createdAt: time(metadata.creationTimestamp),
  };
}

export function reduceAutoscaler(object: Raw): Autoscaler {
  const spec = raw(object.spec);
  const status = raw(object.status);
  return {
    ...identity(object),
    target: objectRef(spec.scaleTargetRef),
    min: count(spec.minReplicas, 1),
    max: count(spec.maxReplicas),
    current: count(status.currentReplicas),
    desired: count(status.desiredReplicas),
    conditions: conditions(status.conditions),
  };
}
