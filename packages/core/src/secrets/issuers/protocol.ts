import { z } from 'zod';
import type { IssuerKey } from '../../model/rotation.ts';
import { RotationFailure } from '../failure.ts';
import type { RunContext, Verdict } from '../ports.ts';
import { holdsValue, shown } from '../shown.ts';
import { SecretValue } from '../value.ts';
import { describeEnd, programName, runProgram } from './program.ts';

/** An external program and how long it may take, ms. */
export interface ProgramConfig {
  readonly command: readonly string[];
  readonly timeout: number;
}

const short = z.string().min(1).max(256);
const key = z.object({ id: short.optional(), name: short.optional(), account: short.optional(), parent: short.optional() });
const because = z.union([z.boolean(), z.string()]).optional();

const answerSchema = z.object({
  ok: z.boolean(),
  value: z.string().min(1).max(65_536).optional(),
  key: key.optional(),
  keys: z.array(key).max(10_000).optional(),
  accepted: z.union([z.boolean(), z.literal('unknown')]).optional(),
  result: z.enum(['revoked', 'gone', 'manual', 'nothing-to-do']).optional(),
  detail: z.string().optional(),
  refused: because,
  retry: because,
  unsupported: z.boolean().optional(),
});

/** What a program answered to an operation that it did, or does not know (`unsupported`). */
export interface ProgramAnswer {
  readonly unsupported: boolean;
  /** The caller wipes it. */
  readonly value: SecretValue | undefined;
  readonly key: IssuerKey | undefined;
  readonly keys: readonly IssuerKey[] | undefined;
  readonly accepted: boolean | 'unknown' | undefined;
  readonly result: 'revoked' | 'gone' | 'manual' | 'nothing-to-do' | undefined;
  /** Fit to be shown. */
  readonly detail: string | undefined;
}

/**
 * Asks a program to do one thing: a JSON object on its standard input, a JSON
 * object as all that it prints, `{"ok": true, …}` and exit status 0. `values`
 * are the secrets of the request: no text that holds one of them is shown, and
 * no key may be named after one. Throws `refused` for `{"ok": false, "refused":
 * …}`, and `transient` for `{"ok": false, "retry": …}`, any other answer and
 * any other end. `silence`: an empty output with exit status 0 means ok.
 */
export async function ask(
  config: ProgramConfig,
  request: object,
  values: readonly (SecretValue | undefined)[],
  context: RunContext,
  options: { readonly silence?: boolean } = {},
): Promise<ProgramAnswer> {
  const name = programName(config.command);
  const end = await runProgram(config.command, request, config.timeout, context);
  const empty = end.stdout.every((byte) => byte <= 0x20);
  const answer = empty && options.silence ? { ok: true } : read(end.stdout);
  end.stdout.fill(0);
  const clean = end.code === 0;
  if (answer?.ok === false && !answer.unsupported) throw failed(name, answer, values);
  if (!clean) throw new RotationFailure('transient', `${name} failed: ${describeEnd(end)}`);
  if (!answer) throw new RotationFailure('transient', `${name} answers something else than the JSON that was asked for`);
  const value = answer.value === undefined ? undefined : SecretValue.fromText(answer.value);
  const all = [...values, value];
  const named = [...(answer.key ? [answer.key] : []), ...(answer.keys ?? [])].flatMap((each) => Object.values(each));
  // A name may begin with what values begin with, too: only half a value is one.
  if (named.some((text) => holdsValue(text, all, (length) => Math.max(8, Math.ceil(length / 2))))) {
    value?.wipe();
    throw new RotationFailure('operator', `${name} names a key after the value: names are shown and written down`);
  }
  return {
    unsupported: answer.unsupported ?? false,
    value,
    key: answer.key && present(answer.key),
    keys: answer.keys?.map(present),
    accepted: answer.accepted,
    result: answer.result,
    detail: answer.detail === undefined ? undefined : shown(answer.detail, all),
  };
}

/** {@link ask} for a verdict: `refused` is one, and whatever is no clear answer tells nothing. `okMeansAccepted`: {"ok": true} alone is one. */
export async function askVerdict(
  config: ProgramConfig,
  request: object,
  values: readonly (SecretValue | undefined)[],
  context: RunContext,
  options: { readonly silence?: boolean; readonly okMeansAccepted?: boolean } = {},
): Promise<Verdict> {
  const name = programName(config.command);
  try {
    const answer = await ask(config, request, values, context, options);
    answer.value?.wipe();
    const accepted = answer.accepted ?? (options.okMeansAccepted ? true : undefined);
    if (answer.unsupported || accepted === undefined) return { accepted: 'unknown', detail: `${name} does not tell` };
    const word = { true: 'accepts it', false: 'refuses it', unknown: 'cannot tell' }[`${accepted}`];
    return { accepted, detail: answer.detail ? `${name}: ${answer.detail}` : `${name} ${word}` };
  } catch (error) {
    if (!(error instanceof RotationFailure)) throw error;
    return { accepted: error.kind === 'refused' ? false : 'unknown', detail: error.message };
  }
}

type Answer = z.infer<typeof answerSchema>;

function read(output: Buffer): Answer | undefined {
  try {
    return answerSchema.safeParse(JSON.parse(output.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

function failed(name: string, { refused, retry, detail }: Answer, values: readonly (SecretValue | undefined)[]): RotationFailure {
  const words = [refused, retry, detail].find((text) => typeof text === 'string');
  const why = words === undefined ? '' : `: ${shown(words, values)}`;
  if (refused !== undefined && refused !== false) return new RotationFailure('refused', `${name} refuses${why}`);
  return new RotationFailure('transient', `${name} could not do it${why}`);
}

function present(given: z.infer<typeof key>): IssuerKey {
  return Object.fromEntries(Object.entries(given).filter(([, text]) => text !== undefined));
}
