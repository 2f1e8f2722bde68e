import { secret } from '../kubernetes/objects.ts';
import type { KubeObject } from '../kubernetes/types.ts';
import type { LabVaultSecret } from '../vault/options.ts';
import { minute, type Tweaks } from './world.ts';

/** What agentops.yaml says of the secret: a random value that one Deployment uses. */
export const rotatedSecret = `secrets:
  - name: openai-key
    vault: { mount: kv, path: agents/openai, field: key }
    issuer: { type: random }
    consumers:
      - { type: kubernetes, namespace: agents, secret: openai-key, workloads: [{ name: code-gen }] }
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

/** Journal and lock of a rotation whose machine died after the new value was published, before any pod took it up. */
export function diedHalfway(now: number, { rotation }: Tweaks): Record<string, LabVaultSecret> {
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
    oldCreatedAt: null,
    oldKey: null,
    newKey: {},
    oldFingerprint: null,
    newFingerprint: null,
    consumers: [
      {
        id: 'kubernetes agents/openai-key',
        from: 'openai-key',
        to: 'openai-key-v3',
        workloads: [{ kind: 'Deployment', namespace: 'agents', name: 'code-gen', references: [] }],
      },
    ],
    acceptDowntime: false,
    overlapMs: 86_400_000,
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
  };
}

/** The version that it published. */
export function publishedVersion(now: number, { rotation }: Tweaks): LabVaultSecret['versions'] {
  return rotation ? [{ createdAt: begun(now, rotation) + 5000, data: { key: 'lab' } }] : [];
}

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
  return [secret({ namespace: 'agents', name: 'openai-key-v3', at, annotations, managers: [{ manager: 'agentops', at, data: true }] })];
}

function begun(now: number, rotation: NonNullable<Tweaks['rotation']>): number {
  return now - rotation.diedMinutesAgo * minute - 8000;
}

/** `openai-key/20261121t124223z-9f3a` */
function idOf(started: number): string {
  return `openai-key/${new Date(started).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').toLowerCase()}z-9f3a`;
}
