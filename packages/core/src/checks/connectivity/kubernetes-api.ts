import { duration } from '../../model/format.ts';
import { defineCheck } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { notReached } from './reach.ts';
import { slowAfter } from './settings.ts';

export const kubernetesApi = defineCheck({
  meta: {
    id: 'connectivity/kubernetes-api',
    category: 'connectivity',
    title: 'Kubernetes API',
    why: 'Without the API nothing can be deployed, scaled or repaired, and most of the other checks are blind.',
    remedy: [
      'Refused or timed out: look at the control plane, at the network between here and there, and whether the kubeconfig points to the right address.',
      'TLS: the CA in the kubeconfig does not match, or the certificate of the API server has expired.',
      '401: the credentials have expired; log in again. 403 and 401 are gaps, not findings: the API is there.',
      'Slow: look at the API server’s own latency, at etcd, and at admission webhooks.',
    ],
  },
  needs: [],
  uses: ['kubernetes.cluster'],
  settings: slowAfter('1s'),
  evaluate(input, settings, context) {
    const cluster = input['kubernetes.cluster'];
    const next = [
      kubectl(context.context, undefined, 'get', '--raw', '/readyz?verbose'),
      kubectl(context.context, undefined, 'cluster-info'),
    ];
    const resource = { kind: 'Cluster', name: context.context ?? cluster.source };
    const examined = { count: 1, noun: 'API server' };
    if (!cluster.ok) return { ...notReached(cluster, { resource, next }), examined };
    const { latencyMs, version, server } = cluster.data;
    const slow = latencyMs > settings.slowAfter;
    return {
      examined,
      facts: [
        {
          label: 'Kubernetes API',
          resource,
          text: `${server}, ${version}, ${duration(latencyMs)}`,
          measured: { value: latencyMs, unit: 'ms' },
        },
      ],
      findings: slow
        ? [
            {
              severity: 'warning',
              resource,
              seen: `answers after ${duration(latencyMs)}`,
              expected: `within ${duration(settings.slowAfter)}`,
              measured: { value: latencyMs, unit: 'ms' },
              threshold: { value: settings.slowAfter, unit: 'ms' },
              next,
            },
          ]
        : [],
    };
  },
});
