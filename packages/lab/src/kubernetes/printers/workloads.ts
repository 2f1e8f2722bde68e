import { at, count, dicts, stringMap, text } from '../access.ts';
import type { Dict } from '../types.ts';
import { humanDuration, since } from './duration.ts';
import { age, nameOf, type Printer, printLabels, printSelector } from './table.ts';

const replicas = (object: Dict) => (typeof at(object, 'spec', 'replicas') === 'number' ? count(object, 'spec', 'replicas') : 1);

/** Names and images of a pod template's containers. */
function containers(template: unknown): [string, string] {
  const all = dicts(template, 'spec', 'containers');
  return [all.map((container) => text(container, 'name')).join(','), all.map((container) => text(container, 'image')).join(',')];
}

export const deployments: Printer = {
  columns: 'Name, Ready, Up-to-date, Available, Age, Containers+, Images+, Selector+',
  row: (object, now) => [
    nameOf(object),
    `${count(object, 'status', 'readyReplicas')}/${replicas(object)}`,
    count(object, 'status', 'updatedReplicas'),
    count(object, 'status', 'availableReplicas'),
    age(object, now),
    ...containers(at(object, 'spec', 'template')),
    printSelector(at(object, 'spec', 'selector')),
  ],
};

const replicaColumns = 'Name, Desired:integer, Current:integer, Ready:integer, Age, Containers+, Images+, Selector+';

export const replicaSets: Printer = {
  columns: replicaColumns,
  row: (object, now) => [
    nameOf(object),
    replicas(object),
    count(object, 'status', 'replicas'),
    count(object, 'status', 'readyReplicas'),
    age(object, now),
    ...containers(at(object, 'spec', 'template')),
    printSelector(at(object, 'spec', 'selector')),
  ],
};

export const replicationControllers: Printer = {
  columns: replicaColumns,
  row: (object, now) => [...replicaSets.row(object, now).slice(0, 7), printLabels(stringMap(object, 'spec', 'selector'))],
};

export const statefulSets: Printer = {
  columns: 'Name, Ready, Age, Containers+, Images+',
  row: (object, now) => [
    nameOf(object),
    `${count(object, 'status', 'readyReplicas')}/${replicas(object)}`,
    age(object, now),
    ...containers(at(object, 'spec', 'template')),
  ],
};

export const daemonSets: Printer = {
  columns:
    'Name, Desired:integer, Current:integer, Ready:integer, Up-to-date:integer, Available:integer, Node Selector, Age, Containers+, Images+, Selector+',
  row: (object, now) => [
    nameOf(object),
    count(object, 'status', 'desiredNumberScheduled'),
    count(object, 'status', 'currentNumberScheduled'),
    count(object, 'status', 'numberReady'),
    count(object, 'status', 'updatedNumberScheduled'),
    count(object, 'status', 'numberAvailable'),
    printLabels(stringMap(object, 'spec', 'template', 'spec', 'nodeSelector')),
    age(object, now),
    ...containers(at(object, 'spec', 'template')),
    printSelector(at(object, 'spec', 'selector')),
  ],
};

const conditionTrue = (object: Dict, type: string) =>
  dicts(object, 'status', 'conditions').some((condition) => condition.type === type && condition.status === 'True');

function jobStatus(job: Dict): string {
  if (conditionTrue(job, 'Complete')) return 'Complete';
  if (conditionTrue(job, 'Failed')) return 'Failed';
  if (text(job, 'metadata', 'deletionTimestamp') !== '') return 'Terminating';
  if (conditionTrue(job, 'Suspended')) return 'Suspended';
  if (conditionTrue(job, 'FailureTarget')) return 'FailureTarget';
  return conditionTrue(job, 'SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

function completions(job: Dict): string {
  const done = count(job, 'status', 'succeeded');
  const wanted = at(job, 'spec', 'completions');
  if (typeof wanted === 'number') return `${done}/${wanted}`;
  const parallel = count(job, 'spec', 'parallelism');
  return parallel > 1 ? `${done}/1 of ${parallel}` : `${done}/1`;
}

function jobDuration(job: Dict, now: number): string {
  const start = Date.parse(text(job, 'status', 'startTime'));
  if (Number.isNaN(start)) return '';
  const end = Date.parse(text(job, 'status', 'completionTime'));
  return humanDuration((Number.isNaN(end) ? now : end) - start);
}

export const jobs: Printer = {
  columns: 'Name, Status, Completions, Duration, Age, Containers+, Images+, Selector+',
  row: (job, now) => [
    nameOf(job),
    jobStatus(job),
    completions(job),
    jobDuration(job, now),
    age(job, now),
    ...containers(at(job, 'spec', 'template')),
    printSelector(at(job, 'spec', 'selector')),
  ],
};

export const cronJobs: Printer = {
  columns: 'Name, Schedule, Timezone, Suspend:boolean, Active:integer, Last Schedule, Age, Containers+, Images+, Selector+',
  row: (object, now) => [
    nameOf(object),
    text(object, 'spec', 'schedule'),
    text(object, 'spec', 'timeZone') || '<none>',
    at(object, 'spec', 'suspend') === true ? 'True' : 'False',
    dicts(object, 'status', 'active').length,
    text(object, 'status', 'lastScheduleTime') === '' ? '<none>' : since(text(object, 'status', 'lastScheduleTime'), now),
    age(object, now),
    ...containers(at(object, 'spec', 'jobTemplate', 'spec', 'template')),
    printSelector(at(object, 'spec', 'jobTemplate', 'spec', 'selector')),
  ],
};

function metricTarget(spec: Dict, current: Dict | undefined): string {
  const type = text(spec, 'type');
  const key = `${type.charAt(0).toLowerCase()}${type.slice(1)}`;
  const target = at(spec, key, 'target');
  const measured = at(current, key, 'current');
  const name = type === 'Resource' || type === 'ContainerResource' ? `${text(spec, key, 'name')}: ` : '';
  if (typeof at(target, 'averageUtilization') === 'number') {
    const now = at(measured, 'averageUtilization');
    return `${name}${typeof now === 'number' ? `${now}%` : '<unknown>'}/${count(target, 'averageUtilization')}%`;
  }
  const field = text(target, 'averageValue') === '' ? 'value' : 'averageValue';
  return `${name}${text(measured, field) || '<unknown>'}/${text(target, field)}${field === 'averageValue' && name === '' ? ' (avg)' : ''}`;
}

function targets(object: Dict): string {
  const specs = dicts(object, 'spec', 'metrics');
  if (specs.length === 0) return '<none>';
  const current = dicts(object, 'status', 'currentMetrics');
  const printed = specs.slice(0, 2).map((spec, index) => metricTarget(spec, current[index]));
  return specs.length > 2 ? `${printed.join(', ')} + ${specs.length - 2} more...` : printed.join(', ');
}

export const autoscalers: Printer = {
  columns: 'Name, Reference, Targets, MinPods, MaxPods, Replicas, Age',
  row: (object, now) => [
    nameOf(object),
    `${text(object, 'spec', 'scaleTargetRef', 'kind')}/${text(object, 'spec', 'scaleTargetRef', 'name')}`,
    targets(object),
    typeof at(object, 'spec', 'minReplicas') === 'number' ? String(count(object, 'spec', 'minReplicas')) : '<unset>',
    count(object, 'spec', 'maxReplicas'),
    count(object, 'status', 'currentReplicas'),
    age(object, now),
  ],
};

export const disruptionBudgets: Printer = {
  columns: 'Name, Min Available, Max Unavailable, Allowed Disruptions:integer, Age',
  row: (object, now) => [
    nameOf(object),
    String(at(object, 'spec', 'minAvailable') ?? 'N/A'),
    String(at(object, 'spec', 'maxUnavailable') ?? 'N/A'),
    count(object, 'status', 'disruptionsAllowed'),
    age(object, now),
  ],
};

export const controllerRevisions: Printer = {
  columns: 'Name, Controller, Revision, Age',
  row: (object, now) => {
    const owner = dicts(object, 'metadata', 'ownerReferences').find(({ controller }) => controller === true);
    const controller = owner
      ? `${text(owner, 'kind').toLowerCase()}.${text(owner, 'apiVersion').split('/')[0]}/${text(owner, 'name')}`
      : '<none>';
    return [nameOf(object), controller, String(count(object, 'revision')), age(object, now)];
  },
};
