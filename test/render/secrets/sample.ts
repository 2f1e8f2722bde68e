import type { RotationOutcome, RotationPlan } from '../../../packages/core/src/model/rotation-plan.ts';
import type { SecretList, SecretStatus } from '../../../packages/core/src/model/secret-status.ts';
import type { SecretVerification } from '../../../packages/core/src/model/secret-verification.ts';
import { testNow } from '../../support/host.ts';
import { hostile } from '../sample.ts';

const day = 86_400_000;
export const at = (days: number): string => new Date(testNow + days * day).toISOString();

function status(secret: string, days: number, more: Partial<SecretStatus>): SecretStatus {
  return {
    secret,
    location: `kv/agents/${secret}`,
    issuer: 'random',
    version: 4,
    age: { minSeconds: days * 86_400, maxSeconds: days * 86_400, since: at(-days), source: 'vault-version', basis: 'Vault version 4' },
    maxAgeSeconds: 90 * 86_400,
    dueAt: at(90 - days),
    status: 'pass',
    remarks: [{ what: 'in-time', status: 'pass', text: `due in ${90 - days} d` }],
    rotation: null,
    window: null,
    consumers: [],
    next: [],
    ...more,
  };
}

const rotation = { id: 'x/1', by: 'cron@ci', startedAt: at(-12), updatedAt: at(-12), graceUntil: null, revokeAt: null, version: null };

/** One of each kind, worst first. */
export const list: SecretList = {
  schemaVersion: 1,
  generatedAt: at(0),
  timeZone: 'Europe/Berlin',
  exitCode: 2,
  secrets: [
    status('billing-db', 190, {
      status: 'fail',
      remarks: [{ what: 'overdue', status: 'fail', text: 'older than twice its limit of 90 d' }],
      consumers: ['kubernetes billing/db', 'file /etc/billing/db.password'],
      next: ['agentops secrets rotate billing-db --dry-run'],
    }),
    status('search-key', 2, {
      status: 'fail',
      remarks: [
        {
          what: 'revoke-failed',
          status: 'fail',
          text: 'the old value may still be accepted; revoking it failed 3 times: api.openai.com answers 503 to DELETE /v1/organization/projects/p/service_accounts/s',
        },
        { what: 'in-time', status: 'pass', text: 'due in 88 d' },
      ],
      rotation: { ...rotation, state: 'GRACE', stage: 'grace', updatedAt: at(-2), graceUntil: at(-1) },
      next: ['agentops secrets resume search-key'],
    }),
    status('vault-root', 0, {
      status: 'unknown',
      location: null,
      version: null,
      age: null,
      dueAt: null,
      remarks: [{ what: 'not-seen', status: 'unknown', text: 'its rotations: kv/agentops/rotations: permission denied' }],
    }),
    status('openai-key', 131, {
      status: 'warn',
      age: { minSeconds: 131 * 86_400, maxSeconds: 140 * 86_400, since: at(-140), source: 'metadata', basis: 'Vault version 4' },
      dueAt: at(-50),
      remarks: [{ what: 'due', status: 'warn', text: 'over its limit of 90 d' }],
      rotation: { ...rotation, state: 'DONE', stage: 'finished', updatedAt: at(-400) },
      consumers: ['kubernetes agents/openai-key'],
      next: ['agentops secrets rotate openai-key --dry-run'],
    }),
    status('a-name-that-is-as-long-as-names-of-secrets-can-become', 12, { rotation: { ...rotation, state: 'DONE', stage: 'finished' } }),
    status('watched', 1, { issuer: null, location: `kv/${hostile}` }),
  ],
  notSeen: ['tools (kv/tools/*): permission denied to list kv/metadata/tools/'],
};

export const plan: RotationPlan = {
  secret: 'openai-key',
  location: 'kv/agents/openai',
  currentVersion: 4,
  valueSince: testNow - 131 * day,
  steps: [
    { step: 'lock', text: 'Lease agents/agentops-openai-key', objects: ['Lease agents/agentops-openai-key'] },
    { step: 'issue', text: 'OpenAI service account "agents", expires in 120 d', objects: [] },
    { step: 'verify', text: 'GET /v1/models with the new key', objects: [] },
    { step: 'publish', text: 'check-and-set on version 4', objects: ['kv/agents/openai'] },
    { step: 'sync', text: 'Secret agents/openai-key-v5 (immutable)', objects: ['Secret agents/openai-key-v5'] },
    {
      step: 'roll',
      text: 'Deployment agents/code-gen (6 pods), Deployment agents/planner (2 pods), Deployment agents/summarizer (1 pod): 1, then 2 at a time',
      objects: ['Deployment agents/code-gen', 'Deployment agents/planner', 'Deployment agents/summarizer'],
    },
    { step: 'grace', text: '24 h: both values are valid', objects: [] },
    { step: 'revoke', text: 'the key of version 4', objects: [] },
  ],
  undoUntil: 'revoke',
  warnings: ['also used by Deployment agents/old in namespace agents: not configured, so they stay on the old value'],
  blocked: undefined,
  notSeen: [],
};

export const outcome = (secret: string, result: RotationOutcome['result'], more: Partial<RotationOutcome> = {}): RotationOutcome => ({
  secret,
  rotation: `${secret}/1`,
  result,
  state: undefined,
  version: 5,
  graceUntil: undefined,
  detail: '',
  next: [],
  ...more,
});

export const outcomes: readonly RotationOutcome[] = [
  outcome('openai-key', 'done', { state: 'DONE', detail: 'version 5 serves, the old value is revoked' }),
  outcome('db', 'grace', {
    state: 'GRACE',
    graceUntil: testNow + day,
    detail: 'both values are valid',
    next: ['agentops secrets resume db', 'agentops secrets rollback db'],
  }),
  outcome('search', 'rolled-back', {
    state: 'ROLLED_BACK',
    version: 6,
    detail: 'Deployment agents/search: 1 pod crashes (CrashLoopBackOff), the last message of its container: exit 1',
  }),
  outcome('billing', 'needs-operator', {
    state: 'NEEDS_OPERATOR',
    detail: 'somebody wrote version 7',
    next: ['agentops secrets history billing'],
  }),
  outcome('tools', 'locked', { version: undefined, detail: 'cron@ci 1a2b3c is at it since 2026-11-21T13:00:00.000Z' }),
  outcome('unseen', 'unknown', { version: undefined, detail: 'its metadata: permission denied' }),
  outcome('young', 'skipped', { version: undefined, detail: `not due until 2027-02-07 ${hostile}` }),
];

export const verifications: readonly SecretVerification[] = [
  {
    secret: 'openai-key',
    location: 'kv/agents/openai',
    version: 5,
    result: 'bad',
    accepted: [{ by: 'verifier http', accepted: 'yes', detail: 'GET https://api.openai.com/v1/models answers 200' }],
    consumers: [
      { consumer: 'kubernetes agents/openai-key', holds: 'yes', detail: 'Secret agents/openai-key-v5' },
      { consumer: 'file /etc/agent/key', holds: 'no', detail: '/etc/agent/key has another value' },
    ],
    sinceRotation: 'changed',
    notes: ['the value was changed in Vault since its last rotation'],
  },
  {
    secret: 'db',
    location: 'kv/agents/db',
    version: null,
    result: 'unknown',
    accepted: [],
    consumers: [],
    sinceRotation: 'unknown',
    notes: ['the value was not seen: kv/data/agents/db: permission denied'],
  },
  {
    secret: 'vault-root',
    location: null,
    version: null,
    result: 'ok',
    accepted: [{ by: 'issuer vault-database-root', accepted: 'yes', detail: 'Vault logs in' }],
    consumers: [],
    sinceRotation: 'unknown',
    notes: [],
  },
];
