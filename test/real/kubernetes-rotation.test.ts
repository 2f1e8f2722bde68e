import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secretReferences } from '../../packages/core/src/secrets/kubernetes/references.ts';
import { KubernetesApi } from '../../scripts/servers/kubernetes-api.ts';
import { describeKubernetesRotation } from '../contract/kubernetes-rotation.ts';
import { leaveClean } from './clean.ts';
import { installRollouts } from './rollout-resource.ts';
import { describeReal } from './support.ts';

interface Pod {
  readonly metadata: { readonly name: string };
  readonly spec: unknown;
  readonly status?: { readonly containerStatuses?: readonly { readonly state?: { readonly waiting?: { readonly reason: string } } }[] };
}

describeReal(['kubernetes'], 'rotation on Kubernetes, with its own controllers and kwok’s nodes', ({ kubernetes }) => {
  leaveClean(kubernetes);
  let api: KubernetesApi;
  beforeAll(async () => {
    api = new KubernetesApi({ url: kubernetes.url, caFile: kubernetes.caFile, token: kubernetes.tokens.admin });
    await installRollouts(api);
  });
  afterAll(async () => {
    await api.request('DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/rollouts.argoproj.io');
    api.close();
  });

  describeKubernetesRotation(() => ({ kubeconfig: kubernetes.kubeconfig, api, nobody: 'nobody', crash }));

  /** Plays a kubelet whose containers end at once, for as long as it is asked to. */
  function crash(namespace: string, secret: string): () => void {
    let going = true;
    const pods = `/api/v1/namespaces/${namespace}/pods`;
    void (async () => {
      while (going) {
        const { items } = (await api.get(pods)) as { items: readonly Pod[] };
        for (const pod of items) {
          const isMeant = secretReferences(pod.spec).some(({ name }) => name === secret);
          const crashes = pod.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff';
          if (isMeant && !crashes && pod.status?.containerStatuses)
            await api.request('PATCH', `${pods}/${pod.metadata.name}/status`, crashed, mergePatch);
        }
        await sleep(50);
      }
    })();
    return () => {
      going = false;
    };
  }

  describe('what crossed the wire, by the audit log of the API server', () => {
    interface AuditEvent {
      readonly verb: string;
      readonly requestURI: string;
      readonly userAgent?: string;
      readonly requestObject?: unknown;
      readonly responseObject?: unknown;
      readonly objectRef?: { readonly name?: string; readonly namespace?: string };
    }

    it('values went out with the Secret that is written, and came in with the one it is made from', () => {
      const events = readFileSync(kubernetes.auditLog, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as AuditEvent)
        .filter(({ userAgent, objectRef }) => userAgent === 'agentops' && /^rotation-/.test(objectRef?.namespace ?? ''));
      const hasValue = (part: unknown): boolean => /"data":\{"/.test(JSON.stringify(part ?? null));
      const carrying = events.filter(({ requestObject, responseObject }) => hasValue(requestObject) || hasValue(responseObject));
      expect(carrying.length).toBeGreaterThan(10);
      for (const event of carrying) {
        // Writes are answered with metadata alone; lists never carry a value.
        expect(event.verb === 'get' ? hasValue(event.requestObject) : hasValue(event.responseObject)).toBe(false);
        expect(['get', 'create', 'patch']).toContain(event.verb);
      }
      const asked = (verb: string): number => events.filter((event) => event.verb === verb).length;
      expect(asked('list')).toBeGreaterThan(0);
      expect(asked('get')).toBeGreaterThan(carrying.filter(({ verb }) => verb === 'get').length);
    });
  });
});

const mergePatch = 'application/merge-patch+json';
const crashed = {
  status: {
    phase: 'Running',
    conditions: [
      { type: 'Initialized', status: 'True' },
      { type: 'Ready', status: 'False', reason: 'ContainersNotReady' },
      { type: 'ContainersReady', status: 'False', reason: 'ContainersNotReady' },
      { type: 'PodScheduled', status: 'True' },
    ],
    containerStatuses: [
      {
        name: 'main',
        image: 'registry.example/agent:1.0',
        imageID: '',
        ready: false,
        restartCount: 3,
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container' } },
      },
    ],
  },
};
