import { createHmac } from 'node:crypto';
import { secret } from '../kubernetes/objects.ts';
import type { Dict, KubeObject } from '../kubernetes/types.ts';
import type { LabVaultSecret } from '../vault/options.ts';
import { day, minute, type Tweaks } from './world.ts';

/** The lab's own: they open nothing. */
const values = { old: 'lab-before', new: 'lab-after' } as const;

/** Key under which values are compared. */
const fingerprintKey = Buffer.alloc(32, 'agentops-lab');

/** ms that both values stay valid: short, so that the end can be practised, too. */
const overlap = minute;

/** What agentops.yaml says of the secret: a random value that one Deployment uses. */
export const rotatedSecret = `secrets:
  - name: openai-key
    vault: { mount: kv, path: agents/openai, field: key }
    issuer: { type: random }
    overlap: ${overlap / 1000}s
    consumers:
      - { type: kubernetes, namespace: agents, secret: openai-key, workloads: [{ name: code-gen }], settle: 3s }
`;

/** Seconds after its beginning at which a rotation came to each state, up to where its machine died. */
const states = [
  ['PLANNED', 0],
  ['LOCKED', 1],
  ['STAGED', 2],
  ['ISSUED', 3],
  ['VERIFIED', 4],
  ['PUBLISHED', 5],
  ['SYNCED', 7],
] as const;

/** Journal and lock of a rotation whose machine died after the new value was published, before any pod took it up. `written`: when the old value was (ms). */
export function diedHalfway(now: number, written: number, { rotation }: Tweaks): Record<string, LabVaultSecret> {
  if (!rotation) return {};
  const started = begun(now, rotation);
  const id = idOf(started);
  const at = (seconds: number): string => new Date(started + seconds * 1000).toISOString();
  const journal = {
    format: 1,
    id,
    secret: 'openai-key',
    state: 'SYNCED',
    intent: 'roll',
    epoch: 1,
    holder: 'rotator-29310/1',
    by: 'CronJob platform/agentops-rotate',
    startedAt: at(0),
    updatedAt: at(8),
    target: { mount: 'kv', path: 'agents/openai', field: 'key' },
    issuer: 'random',
    oldVersion: 2,
    newVersion: 3,
    restoredVersion: null,
    oldCreatedAt: new Date(written).toISOString(),
    oldKey: null,
    newKey: {},
    oldFingerprint: fingerprint(values.old),
    newFingerprint: fingerprint(values.new),
    consumers: [
      {
        id: 'kubernetes agents/openai-key',
        from: 'openai-key',
        to: 'openai-key-v3',
        workloads: [{ kind: 'Deployment', namespace: 'agents', name: 'code-gen', references: [reference] }],
      },
    ],
    acceptDowntime: false,
    overlapMs: overlap,
    graceUntil: null,
    revoke: null,
    failure: null,
    operator: null,
    history: states.map(([state, seconds], index) => ({
      state,
      at: at(seconds),
      ms: (seconds - (states[index - 1]?.[1] ?? 0)) * 1000,
    })),
  };
  const lock = { holder: 'rotator-29310/1', claim: '5d0c7b1e9a3f2468', epoch: 1, since: at(1), expiresAt: at(68) };
  return {
    [`agentops/rotations/${id}`]: { versions: [{ createdAt: started, data: journal }] },
    'agentops/locks/openai-key': { versions: [{ createdAt: started, data: lock }] },
    'agentops/fingerprint-key': { versions: [{ createdAt: started, data: { key: fingerprintKey.toString('base64') } }] },
  };
}

/** The OpenAI key in Vault: the value before, and the one that was published. */
export function rotatedVersions(now: number, written: number, { rotation }: Tweaks): LabVaultSecret['versions'] {
  const created = rotation ? [written - 90 * day, written, begun(now, rotation) + 5000] : [written - 90 * day, written];
  return created.map((createdAt, index) => ({ createdAt, data: { key: index === 2 ? values.new : values.old } }));
}

/** How the container of code-gen gets the key; where it is not rotated nothing is said of it. */
export function keyInEnvironment({ rotation }: Tweaks): { readonly env?: readonly Dict[] } {
  return rotation ? { env: [{ name: 'OPENAI_API_KEY', valueFrom: { secretKeyRef: { name: 'openai-key', key: 'key' } } }] } : {};
}

/** The Secret's values before the rotation. */
export const servedValues = { key: values.old } as const;

/** The Secret that it made, and that no pod uses yet. */
export function syncedSecret(now: number, { rotation }: Tweaks): KubeObject[] {
  if (!rotation) return [];
  const started = begun(now, rotation);
  const at = started + 7000;
  const annotations = {
    'agentops.dev/rotation': idOf(started),
    'agentops.dev/secret': 'openai-key',
    'agentops.dev/vault-path': 'kv/agents/openai',
    'agentops.dev/vault-version': '3',
    'agentops.dev/rotated-at': new Date(at).toISOString(),
  };
  const made = secret({
    namespace: 'agents',
    name: 'openai-key-v3',
    at,
    values: { key: values.new },
    labels: { 'app.kubernetes.io/managed-by': 'agentops' },
    annotations,
    managers: [{ manager: 'agentops', at, data: true }],
  });
  return [{ ...made, immutable: true }];
}

/** Where the pod template of code-gen names the Secret. */
const reference = { pointer: '/spec/template/spec/containers/0/env/0/valueFrom/secretKeyRef/name', name: 'openai-key' } as const;

function fingerprint(value: string): string {
  return createHmac('sha256', fingerprintKey).update(value).digest('hex');
}

function begun(now: number, rotation: NonNullable<Tweaks['rotation']>): number {
  return now - rotation.diedMinutesAgo * minute - 8000;
}

/** `openai-key/20261121t124223z-9f3a` */
function idOf(started: number): string {
  return `openai-key/${new Date(started).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').toLowerCase()}z-9f3a`;
}
