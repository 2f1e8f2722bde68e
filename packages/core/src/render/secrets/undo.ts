import { duration, listed } from '../../model/format.ts';
import type { RotationJournal } from '../../model/rotation.ts';
import { createPaint } from '../terminal/paint.ts';
import { printable, wrap } from '../terminal/text.ts';

interface Options {
  readonly width: number;
  readonly color: boolean;
  /** ms since the epoch */
  readonly now: number;
}

/** What a way back will undo, before it is confirmed. */
export function renderWayBack(journal: RotationJournal, options: Options): string {
  const { oldVersion, newVersion, target, newKey } = journal;
  const published = newVersion !== null || journal.intent === 'publish';
  const place = target ? `${target.mount}/${target.path}` : 'inside Vault';
  const steps = [
    ...journal.consumers.flatMap(({ id, from, workloads }) => [`${id}: back to ${from ?? 'nothing, as before'}${restarts(workloads)}`]),
    published
      ? oldVersion === 0
        ? `${place}: removed, as there was nothing before`
        : `${place}: the value of version ${oldVersion} again, as a new version`
      : `${place}: still at version ${oldVersion}, nothing to write`,
    newKey || hasReached(journal, 'STAGED') ? 'the new value ends: it is revoked where the issuer can, and wiped from Vault' : '',
  ].filter(Boolean);
  const numbered = steps.flatMap((text, index) => indented(text, `   ${index + 1}  `, options.width));
  return [...headLines(journal, options), '', ...numbered].join('\n');
}

/** What nobody looks after any more once a rotation is abandoned. */
export function renderLeftBehind(journal: RotationJournal, options: Options): string {
  const { state, oldVersion, newVersion, newKey, target, consumers, intent, operator } = journal;
  const place = target ? `${target.mount}/${target.path}` : 'inside Vault';
  const issued = hasReached(journal, 'ISSUED') || intent === 'issue';
  const key = newKey?.name ?? newKey?.id ?? newKey?.account;
  const left = [
    newVersion === null
      ? `${place}: version ${oldVersion} serves`
      : `${place}: version ${newVersion} serves, version ${oldVersion} is the old value`,
    issued
      ? `the issuer (${journal.issuer}) may accept both values: revoke by hand the one that shall not serve${key === undefined ? '' : `; the new one is ${key}`}`
      : 'the issuer has not been told a new value',
    ...consumers.map(({ id, from, to, workloads }) => {
      const users = workloads.length === 0 ? 'serves' : `${listed(workloads.map(workloadName))} ${workloads.length === 1 ? 'uses' : 'use'}`;
      return `${id}: ${from ?? 'nothing'} or ${to}: look which one ${users}`;
    }),
    state === 'DONE' ? '' : `the pending value of ${journal.id} in Vault`,
  ].filter(Boolean);
  const why = operator === null ? [] : indented(operator, '  ! ', options.width);
  return [
    ...headLines(journal, options),
    ...why,
    '',
    '  stays behind, and nobody looks after it any more:',
    ...left.flatMap((text) => indented(text, '   - ', options.width)),
  ].join('\n');
}

function headLines(
  { secret, id, state, by, startedAt, oldVersion, newVersion }: RotationJournal,
  { width, color, now }: Options,
): string[] {
  const age = duration(Math.max(0, now - Date.parse(startedAt)));
  const versions = newVersion === null ? `version ${oldVersion}` : `version ${oldVersion} → ${newVersion}`;
  const text = `rotation ${id} stands at ${state}: ${versions}, begun ${age} ago by ${by}`;
  return [createPaint(color).bold(secret), ...wrap(text, width - 2).map((line) => `  ${line}`)];
}

type WorkloadRecord = RotationJournal['consumers'][number]['workloads'][number];

function restarts(workloads: readonly WorkloadRecord[]): string {
  if (workloads.length === 0) return '';
  return ` (${listed(workloads.map(workloadName))} ${workloads.length === 1 ? 'restarts' : 'restart'})`;
}

function workloadName({ kind, namespace, name }: WorkloadRecord): string {
  return `${kind} ${namespace}/${name}`;
}

function hasReached(journal: RotationJournal, state: RotationJournal['state']): boolean {
  return journal.history.some((entry) => entry.state === state);
}

function indented(text: string, start: string, width: number): string[] {
  const [first = '', ...rest] = wrap(printable(text), width - start.length);
  return [`${start}${first}`, ...rest.map((line) => ' '.repeat(start.length) + line)];
}
