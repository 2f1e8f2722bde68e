/** A scrape target of the lab; what is left out gets Prometheus's usual value. */
export interface LabTarget {
  /** Labels with `job` and `instance`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly health: 'up' | 'down' | 'unknown';
  readonly lastError?: string;
  readonly scrapePool?: string;
  readonly scrapeUrl?: string;
  /** Milliseconds since the epoch; now when left out. */
  readonly lastScrape?: number;
  readonly lastScrapeDurationSeconds?: number;
  readonly scrapeInterval?: string;
  readonly scrapeTimeout?: string;
  readonly discoveredLabels?: Readonly<Record<string, string>>;
  /** Dropped by relabelling: shown under droppedTargets. */
  readonly dropped?: boolean;
}

/** An entry of /api/v1/metadata. */
export interface MetricMetadata {
  readonly type: string;
  readonly help: string;
  readonly unit?: string;
}

function poolOf(target: LabTarget): string {
  return target.scrapePool ?? target.labels.job ?? '';
}

function activeTarget(target: LabTarget, now: number): unknown {
  const scrapeUrl = target.scrapeUrl ?? `http://${target.labels.instance ?? ''}/metrics`;
  return {
    discoveredLabels: target.discoveredLabels ?? {
      __address__: target.labels.instance ?? '',
      __metrics_path__: '/metrics',
      __scheme__: 'http',
      job: poolOf(target),
    },
    labels: target.labels,
    scrapePool: poolOf(target),
    scrapeUrl,
    globalUrl: scrapeUrl,
    lastError: target.lastError ?? '',
    lastScrape: new Date(target.lastScrape ?? now).toISOString(),
    lastScrapeDuration: target.lastScrapeDurationSeconds ?? 0.005,
    health: target.health,
    scrapeInterval: target.scrapeInterval ?? '15s',
    scrapeTimeout: target.scrapeTimeout ?? '10s',
  };
}

/** The data of /api/v1/targets with its `state` and `scrapePool`. */
export function targetsResponse(targets: readonly LabTarget[], params: URLSearchParams, now: number): unknown {
  const state = (params.get('state') ?? '').toLowerCase();
  const pool = params.get('scrapePool') ?? '';
  const shown = (kind: string): boolean => state === '' || state === 'any' || state === kind;
  const wanted = targets.filter((target) => pool === '' || poolOf(target) === pool);
  return {
    activeTargets: shown('active') ? wanted.filter(({ dropped }) => !dropped).map((target) => activeTarget(target, now)) : [],
    droppedTargets: shown('dropped')
      ? wanted.filter(({ dropped }) => dropped).map((target) => ({ discoveredLabels: target.discoveredLabels ?? target.labels }))
      : [],
  };
}
