import type { CostReport } from './cost-report.ts';

/** What `agentops cost forecast` and `cost trend` answer. Amounts are exact decimal dollars. */

export interface UsdRange {
  readonly point: string;
  readonly low: string;
  readonly high: string;
}

/** Whole local days that a statement rests on. */
export interface HistorySpan {
  readonly days: number;
  /** Local dates, both inclusive; null without a day. */
  readonly from: string | null;
  readonly to: string | null;
  readonly newestRecordAt: string | null;
  /** Tokens without an exact price in it: what rests on it is a lower bound where this is not 0. */
  readonly unpricedTokens: number;
}

export interface CostForecast {
  readonly schemaVersion: 1;
  readonly generatedAt: string;
  readonly timeZone: string;
  /** `month`: what is left of it, today's rest included. `days`: whole days from tomorrow on. */
  readonly horizon: { readonly kind: 'month' | 'days'; readonly label: string; readonly from: string; readonly to: string };
  readonly history: HistorySpan;
  /** null: the history is too thin, `needs` says what is missing. */
  readonly forecast: {
    readonly method: string;
    /** `none`: no method did better than repeating last week, which is what is forecast then. */
    readonly skill: 'useful' | 'none';
    /** Mean absolute error over that of repeating last week, in the backtest. */
    readonly relativeError: number;
    /** Past days from which the method was tried. */
    readonly origins: number;
    /** Share of outcomes that the intervals are to hold. */
    readonly coverage: number;
    /** False: the interval is wider than the amount. */
    readonly forecastable: boolean;
    /** Over the horizon, with an interval of its own. */
    readonly total: UsdRange;
    /** First the rest of today, for a month. */
    readonly days: readonly (UsdRange & { readonly date: string })[];
  } | null;
  readonly needs?: { readonly days: number; readonly why: string };
  readonly month: {
    readonly label: string;
    readonly spent: string;
    /** Of the whole month: what is spent and what is forecast. */
    readonly end: UsdRange | null;
    readonly budget: string | null;
    readonly probabilityKept: number | null;
    /** Share of the budget used over the share of the month gone. */
    readonly burnRate: number | null;
    /** Date on which the expected spend passes the budget; null: not this month, or not known. */
    readonly exhaustedOn: string | null;
  };
  readonly notes: readonly string[];
}

export interface CostTrend {
  readonly schemaVersion: 1;
  readonly generatedAt: string;
  readonly timeZone: string;
  readonly history: HistorySpan;
  readonly days: readonly {
    readonly date: string;
    readonly weekday: string;
    readonly spend: string;
    readonly requests: number;
    readonly unpricedTokens: number;
    /** Belongs to an episode. */
    readonly unusual: 'high' | 'low' | null;
  }[];
  /** Theil–Sen slope over all of `days`, dollars a day per day; null: too few days, `needs` says how many more. */
  readonly slope: {
    readonly perDay: string;
    readonly low: string;
    readonly high: string;
    readonly confidence: number;
    readonly pValue: number;
    /** The interval does not contain 0. */
    readonly significant: boolean;
    /** Only the same weekdays were compared. */
    readonly byWeekday: boolean;
  } | null;
  readonly needs?: { readonly days: number; readonly why: string };
  readonly episodes: CostReport['anomalies'];
  readonly notes: readonly string[];
}
