import { z } from 'zod';
import { allChecks } from '../checks/registry.ts';
import { costPrices } from '../cost/prices/settings.ts';
import { isTimeZone } from '../model/calendar.ts';
import { duration } from '../model/setting.ts';
import { counterFamilies, fileFormats } from '../model/usage.ts';
import { httpUrl, secretString, tls } from './fields.ts';
import { problemOf, rotation, secretEntry } from './secrets.ts';

const headers = z.record(z.string(), secretString).describe('extra request headers, e.g. X-Scope-OrgID for Mimir');

const kubernetes = z
  .strictObject({
    enabled: z.boolean().default(true).describe('false: leave Kubernetes out'),
    kubeconfig: z.string().optional().describe('kubeconfig file; default KUBECONFIG, then ~/.kube/config, then in-cluster'),
    contexts: z.array(z.string().min(1)).default([]).describe('contexts to examine; default the current one'),
    namespaces: z.array(z.string().min(1)).default([]).describe('namespaces to examine; default all'),
    excludeNamespaces: z
      .array(z.string())
      .default(['kube-system', 'kube-public', 'kube-node-lease'])
      .describe('namespaces that findings about workloads, policies and secrets leave out'),
  })
  .describe('Kubernetes clusters');

const prometheus = z
  .strictObject({
    url: httpUrl.describe('base URL of the HTTP API (Prometheus, Thanos, Mimir, VictoriaMetrics)'),
    bearerToken: secretString.optional(),
    username: z.string().optional().describe('basic authentication'),
    password: secretString.optional(),
    headers: headers.default({}),
    tls: tls.optional(),
    window: duration.prefault('5m').describe('window that performance figures cover'),
    selector: z.string().default('').describe('label matchers added to every query, e.g. cluster="prod-eu"'),
  })
  .describe('Prometheus or a compatible server');

const redisServer = z
  .strictObject({
    name: z.string().default('redis').describe('how the report calls it'),
    url: z
      .string()
      .regex(/^(rediss?|rediss?\+sentinel|rediss?\+cluster):\/\//, 'expected redis://, rediss://, redis+sentinel:// or redis+cluster://')
      .describe('redis://host:6379/0, rediss:// for TLS, redis+sentinel://host:26379,host2/mymaster, redis+cluster://host:6379,host2'),
    username: z.string().optional().describe('ACL user'),
    password: secretString.optional(),
    sentinelPassword: secretString.optional(),
    tls: tls.optional(),
  })
  .describe('a Redis server, a Sentinel group or a Cluster');

const vaultAuth = z
  .discriminatedUnion('method', [
    z.strictObject({ method: z.literal('token'), token: secretString.optional().describe('default VAULT_TOKEN, then ~/.vault-token') }),
    z.strictObject({
      method: z.literal('kubernetes'),
      role: z.string(),
      mount: z.string().default('kubernetes'),
      jwtFile: z.string().default('/var/run/secrets/kubernetes.io/serviceaccount/token'),
    }),
    z.strictObject({
      method: z.literal('approle'),
      mount: z.string().default('approle'),
      roleId: secretString,
      secretId: secretString,
    }),
  ])
  .describe('how to log in');

const vault = z
  .strictObject({
    address: httpUrl.describe('e.g. https://vault:8200'),
    namespace: z.string().optional().describe('Vault Enterprise or OpenBao namespace'),
    auth: vaultAuth.default({ method: 'token' }),
    tls: tls.optional(),
    secrets: z
      .array(
        z.strictObject({
          mount: z.string().min(1).describe('KV v2 mount'),
          path: z.string().default('').describe('folder or secret below the mount; folders are walked'),
        }),
      )
      .default([])
      .describe('what the secret-age checks look at; metadata only'),
  })
  .describe('Vault or OpenBao');

const endpoint = z
  .strictObject({
    name: z.string().min(1),
    url: httpUrl,
    method: z.enum(['GET', 'HEAD']).default('GET'),
    expectStatus: z.array(z.int().min(100).max(599)).default([]).describe('the statuses that are right; default any below 400'),
    expectType: z
      .string()
      .regex(/^[\w.+-]+\/[\w.+-]+$/, 'expected a media type such as application/json')
      .optional()
      .describe('media type of its answers, e.g. application/json; default any, so that a login page would count'),
    timeout: duration.prefault('5s'),
    headers: headers.default({}),
    tls: tls.optional(),
  })
  .describe('an HTTP endpoint that agents depend on');

const provider = z
  .strictObject({
    name: z.string().min(1).describe('openai, anthropic, google, mistral, azure-openai, bedrock or a name of your own'),
    url: httpUrl.optional().describe('base URL; the known providers have one'),
  })
  .describe('a model provider whose API must be reachable; no token is spent');

const dollars = z.number().nonnegative();
const budget = z
  .strictObject({
    daily: dollars.optional().describe('US dollars a day'),
    monthly: dollars.optional().describe('US dollars a month'),
    hourlyTokens: z.number().positive().default(1_000_000).describe('tokens an hour'),
    perSession: dollars.optional().describe('US dollars a session'),
    perAgent: z.record(z.string(), dollars).default({}).describe('US dollars a day by agent'),
    prices: z
      .record(
        z.string(),
        z.strictObject({
          input: dollars.describe('US dollars per million input tokens'),
          output: dollars.describe('US dollars per million output tokens'),
        }),
      )
      .default({})
      .describe('prices by model, for servers that export tokens but no spend'),
  })
  .describe('what may be spent');

const agents = z
  .strictObject({
    redis: z.string().optional().describe('name of the Redis server that holds the registry; default the first'),
    registryKey: z
      .string()
      .default('agents:registry')
      .describe('hash: agent id → JSON with type, status, capacity, current_load, last_heartbeat'),
  })
  .describe('the agents’ registry');

const costSource = z
  .strictObject({
    path: z.string().min(1).describe('file, folder or glob'),
    format: z.enum(fileFormats).optional().describe('format; default: by its content'),
    name: z.string().optional().describe('how the report calls it; default the path'),
  })
  .describe('where usage is recorded');

const advice = z
  .strictObject({
    qualityFloor: z.number().min(0).max(1).default(0.9).describe('least success rate that a replacement must hold in your evaluations'),
    maxLatency: duration.optional().describe('most p95 latency of a replacement; default no limit'),
    nonInteractive: z.array(z.string()).default([]).describe('agents and tasks that nobody waits for: candidates for batch processing'),
  })
  .describe('limits that recommendations keep');

const cost = z
  .strictObject({
    codingAgents: z.boolean().default(true).describe('read the logs of Claude Code and Codex of this user, where there are any'),
    sources: z.array(costSource).default([]).describe('further files with usage records'),
    litellm: secretString.optional().describe('PostgreSQL URL of LiteLLM’s database; its spend table is read, never a prompt'),
    prometheus: z
      .union([z.boolean(), z.array(z.enum(counterFamilies)).min(1)])
      .default(false)
      .describe(
        'read token counters of the configured Prometheus by quarter hour; true: each request once as far as the counters tell, names: all counters of these families. Leave it off where another source counts the same requests',
      ),
    prices: costPrices.default({}),
    priceFile: z.string().optional().describe('a model_prices_and_context_window.json as LiteLLM has it'),
    evaluations: z.string().optional().describe('JSONL of your own evaluation results: task, model, success, steps, duration'),
    advice: advice.prefault({}),
    staleAfter: duration.prefault('1h').describe('the budget checks of diagnose do not trust a ledger that was last read longer ago'),
  })
  .describe('what model usage costs');

const suppression = z
  .strictObject({
    id: z.string().describe('check id, or category/*'),
    resource: z.string().optional().describe('namespace/name with * as wildcard; default every resource'),
    reason: z.string().min(1),
    until: z.iso.date().optional().describe('last day it holds'),
  })
  .describe('a finding that is known and accepted');

const checkSettings = z
  .strictObject(
    Object.fromEntries(
      allChecks.map((check) => [
        check.meta.id,
        (check.settings as z.ZodObject)
          .extend({ enabled: z.boolean().default(true) })
          .optional()
          .describe(check.meta.title),
      ]),
    ),
  )
  .describe('settings by check id; `agentops explain ID` lists them');

/** agentops.yaml. Every field has a default that is right for the common case. */
export const configSchema = z
  .strictObject({
    version: z.literal(1).default(1),
    timeout: duration.prefault('20s').describe('deadline of a whole diagnose run'),
    timeZone: z
      .string()
      .refine(isTimeZone, 'unknown time zone; expected an IANA name such as Europe/Berlin or UTC')
      .optional()
      .describe('IANA time zone of days and months; default the machine’s'),
    kubernetes: kubernetes.prefault({}),
    prometheus: prometheus.optional(),
    redis: z.array(redisServer).default([]),
    vault: vault.optional(),
    endpoints: z.array(endpoint).default([]),
    providers: z.array(provider).default([]),
    agents: agents.prefault({}),
    budget: budget.prefault({}),
    cost: cost.prefault({}),
    secrets: z
      .array(secretEntry)
      .default([])
      .superRefine((entries, context) => {
        entries.forEach((entry, index) => {
          const problem = problemOf(entry, entries.slice(0, index));
          if (problem) context.addIssue({ code: 'custom', path: [index, problem.at], message: problem.message });
        });
      })
      .describe('secrets that agentops rotates'),
    rotation: rotation.prefault({}),
    ledger: secretString
      .optional()
      .describe('where usage is kept: a file, or a postgres:// URL that a team shares; default in the state folder'),
    lab: z.string().optional().describe('name of the practice scenario; `agentops lab` sets it, and every report says it'),
    checks: checkSettings.prefault({}),
    suppressions: z.array(suppression).default([]),
  })
  .describe('agentops configuration');

export type Config = z.infer<typeof configSchema>;
export type PrometheusConfig = z.infer<typeof prometheus>;
export type RedisConfig = z.infer<typeof redisServer>;
export type VaultConfig = z.infer<typeof vault>;
export type EndpointConfig = z.infer<typeof endpoint>;
export type ProviderConfig = z.infer<typeof provider>;
export type TlsConfig = z.infer<typeof tls>;
export type BudgetConfig = z.infer<typeof budget>;
export type CostConfig = z.infer<typeof cost>;
