import type { ApiResource } from '../resources.ts';
import * as cluster from './cluster.ts';
import * as network from './network.ts';
import { pods } from './pod.ts';
import { type Cell, type ColumnDefinition, columnDefinitions, type Printer } from './table.ts';
import * as workloads from './workloads.ts';

/** Printers by storage key; what is not here prints name and age. */
const printers: Readonly<Record<string, Printer>> = {
  pods,
  nodes: cluster.nodes,
  namespaces: cluster.namespaces,
  secrets: cluster.secrets,
  configmaps: cluster.configMaps,
  resourcequotas: cluster.quotas,
  events: cluster.events,
  limitranges: cluster.created,
  persistentvolumeclaims: cluster.claims,
  services: network.services,
  endpoints: network.endpoints,
  replicationcontrollers: workloads.replicationControllers,
  'deployments.apps': workloads.deployments,
  'replicasets.apps': workloads.replicaSets,
  'statefulsets.apps': workloads.statefulSets,
  'daemonsets.apps': workloads.daemonSets,
  'controllerrevisions.apps': workloads.controllerRevisions,
  'jobs.batch': workloads.jobs,
  'cronjobs.batch': workloads.cronJobs,
  'horizontalpodautoscalers.autoscaling': workloads.autoscalers,
  'poddisruptionbudgets.policy': workloads.disruptionBudgets,
  'networkpolicies.networking.k8s.io': network.networkPolicies,
  'ingresses.networking.k8s.io': network.ingresses,
  'endpointslices.discovery.k8s.io': network.endpointSlices,
  'leases.coordination.k8s.io': cluster.leases,
  'roles.rbac.authorization.k8s.io': cluster.created,
  'clusterroles.rbac.authorization.k8s.io': cluster.created,
  'rolebindings.rbac.authorization.k8s.io': cluster.roleBindings,
  'clusterrolebindings.rbac.authorization.k8s.io': cluster.roleBindings,
  'customresourcedefinitions.apiextensions.k8s.io': cluster.created,
  'apiservices.apiregistration.k8s.io': cluster.apiServices,
};

export interface TablePrinter {
  readonly columns: readonly ColumnDefinition[];
  readonly row: (object: Record<string, unknown>, now: number) => Cell[];
}

/** How a resource prints: its own printer, a custom resource's columns, or name and age. */
export function printerOf(resource: ApiResource): TablePrinter {
  const printer =
    (Object.hasOwn(printers, resource.storage) ? printers[resource.storage] : undefined) ??
    (resource.custom ? cluster.customAnything : cluster.anything);
  const columns = columnDefinitions(printer.columns);
  const { columns: custom } = resource;
  if (!custom) return { columns, row: printer.row };
  const [name] = columns;
  return {
    columns: [
      ...(name ? [name] : []),
      ...custom.map((column) => ({ name: column.name, type: column.type, format: '', description: '', priority: column.priority ?? 0 })),
    ],
    row: (object, now) => [printer.row(object, now)[0] ?? '', ...custom.map((column) => (column.cell(object) ?? '') as Cell)],
  };
}
