import type { UsageRecord } from '../../../model/usage.ts';
import { type Fields, isFields, Malformed } from '../fields.ts';
import type { DocumentFormat, DocumentResult } from '../source.ts';
import { type Attributes, attribute, attributesOf, listOf } from './attributes.ts';
import { fromPoint, isUsageMetric, pointsOf, type SeriesState, seriesOf } from './metrics.ts';
import { bearsUsage, fromSpan } from './spans.ts';

export interface OtlpState {
  /** Cumulative series by their name and attributes. */
  readonly series: Readonly<Record<string, SeriesState>>;
  /** Services whose model calls come as spans, or as the histogram: the first seen counts, or both would. */
  readonly signals: Readonly<Record<string, 'spans' | 'metrics'>>;
}

/** So many series of metrics are remembered; a point of a further one cannot be counted. */
const maxSeries = 20_000;

/** OTLP in JSON: export requests with spans or metrics, one a file or (as the Collector's file exporter writes them) one a line. */
export const otlp: DocumentFormat<OtlpState> = {
  kind: 'otlp',
  start: () => ({ series: {}, signals: {} }),
  read: (document, state) => {
    const reading = new Reading(state);
    for (const request of Array.isArray(document) ? document : [document]) reading.request(request);
    return reading.result();
  },
};

class Reading {
  readonly #records: UsageRecord[] = [];
  readonly #rejects: DocumentResult['rejects'][number][] = [];
  #empty = 0;
  readonly #series: Map<string, SeriesState>;
  readonly #signals: Map<string, 'spans' | 'metrics'>;

  constructor(state: OtlpState) {
    this.#series = new Map(Object.entries(state.series));
    this.#signals = new Map(Object.entries(state.signals));
  }

  result(): DocumentResult<OtlpState> {
    return {
      records: this.#records,
      rejects: this.#rejects,
      empty: this.#empty,
      state: { series: Object.fromEntries(this.#series), signals: Object.fromEntries(this.#signals) },
    };
  }

  request(request: unknown): void {
    const known = isFields(request) && ['resourceSpans', 'resourceMetrics', 'resourceLogs'].some((field) => Array.isArray(request[field]));
    if (!known || !isFields(request)) {
      this.#reject(new Malformed('unknown-shape', 'neither spans nor metrics of OTLP'));
      return;
    }
    for (const inner of listOf(request.resourceSpans)) this.#spans(inner);
    for (const inner of listOf(request.resourceMetrics)) this.#metrics(inner);
    this.#empty += listOf(request.resourceLogs).length;
  }

  #spans(resourceSpans: unknown): void {
    if (!isFields(resourceSpans)) {
      this.#reject(new Malformed('unknown-shape', 'resourceSpans holds no object'));
      return;
    }
    const resource = resourceOf(resourceSpans);
    const spans = listOf(resourceSpans.scopeSpans)
      .flatMap((scope) => (isFields(scope) ? listOf(scope.spans) : []))
      .filter(isFields);
    // A framework's span around that of the client library: both tell of the same request.
    const outer = new Set(
      spans
        .filter(bearsUsage)
        .map((span) => span.parentSpanId)
        .filter((id) => typeof id === 'string' && id !== ''),
    );
    for (const span of spans) {
      this.#count(() => {
        if (outer.has(span.spanId)) return undefined;
        const record = fromSpan(span, resource);
        return record && this.#first(resource, 'spans') ? record : undefined;
      });
    }
  }

  #metrics(resourceMetrics: unknown): void {
    if (!isFields(resourceMetrics)) {
      this.#reject(new Malformed('unknown-shape', 'resourceMetrics holds no object'));
      return;
    }
    const resource = resourceOf(resourceMetrics);
    const metrics = listOf(resourceMetrics.scopeMetrics)
      .flatMap((scope) => (isFields(scope) ? listOf(scope.metrics) : []))
      .filter(isFields);
    for (const metric of metrics) {
      if (!isUsageMetric(metric)) this.#empty++;
      else for (const point of pointsOf(metric, resource)) this.#count(() => this.#point(point, resource));
    }
  }

  #point(point: Parameters<typeof fromPoint>[0], resource: Attributes): UsageRecord | undefined {
    if (point.metric === 'gen_ai.client.token.usage' && !this.#first(resource, 'metrics')) return undefined;
    const name = seriesOf(point);
    const before = this.#series.get(name);
    if (before === undefined && point.cumulative && this.#series.size >= maxSeries)
      throw new Malformed('too-long', 'more series of metrics than are remembered');
    const { state, record } = fromPoint(point, name, before);
    if (state) this.#series.set(name, state);
    return record;
  }

  #first(resource: Attributes, signal: 'spans' | 'metrics'): boolean {
    const service = `${attribute(resource, 'service.namespace')}/${attribute(resource, 'service.name')}`;
    const first = this.#signals.get(service) ?? signal;
    this.#signals.set(service, first);
    return first === signal;
  }

  #count(read: () => UsageRecord | undefined): void {
    try {
      const record = read();
      if (record) this.#records.push(record);
      else this.#empty++;
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.#reject(error);
    }
  }

  #reject(error: Malformed): void {
    this.#rejects.push({ reason: error.reason, detail: error.message });
  }
}

function resourceOf(holder: Fields): Attributes {
  return attributesOf(isFields(holder.resource) ? holder.resource.attributes : undefined);
}
