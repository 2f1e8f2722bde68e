import { duration } from '../../model/format.ts';
import type { PlanStep, RotationPlan } from '../../model/rotation-plan.ts';
import { createPaint, type Paint } from '../terminal/paint.ts';
import { columns, padEnd, printable, wrap } from '../terminal/text.ts';
import { bothEnds, type SecretsRender, tint } from './words.ts';

/** What rotating would do, step by step, before anything is touched. `now`: ms since the epoch. */
export function renderPlans(
  plans: readonly RotationPlan[],
  options: SecretsRender & { readonly now: number; readonly dryRun: boolean },
): string {
  const blocks = plans.map((plan) => planLines(plan, options));
  const text = blocks.map((block) => block.join('\n')).join('\n\n');
  if (!options.dryRun) return text;
  const end = 'dry run, nothing was touched';
  const [only] = plans;
  const undo = blocks.at(-1)?.at(-1) ?? '';
  // One plan carries the end on its undo line, several have it below all of them.
  const joins = plans.length === 1 && only?.blocked === undefined && columns(`${undo} · ${end}`) <= options.width;
  return joins ? `${text} · ${end}` : `${text}\n\n${end}`;
}

function planLines(plan: RotationPlan, { width, color, now }: SecretsRender & { readonly now: number }): string[] {
  const paint = createPaint(color);
  const lines = bothEnds(headOf(plan, now), 'no value is read or shown', width);
  lines[0] = (lines[0] ?? '').replace(plan.secret, paint.bold(plan.secret));
  if (plan.steps.length > 0) lines.push('', ...stepLines(plan.steps, width, paint));
  const notes = [
    ...plan.warnings.flatMap((text) => noted(paint, 'warn', '! ', text, width)),
    ...plan.notSeen.flatMap((text) => noted(paint, 'unknown', '? not seen: ', text, width)),
    ...(plan.blocked === undefined ? [] : noted(paint, 'fail', '✖ cannot be rotated as it stands: ', plan.blocked, width)),
  ];
  if (notes.length > 0) lines.push('', ...notes);
  if (plan.blocked === undefined) lines.push('', undoLine(plan));
  return lines;
}

function headOf({ secret, location, currentVersion, valueSince }: RotationPlan, now: number): string {
  if (location === undefined) return `${secret}   inside Vault`;
  if (currentVersion === 0) return `${secret}   ${location}  no version yet → 1`;
  const age = valueSince === undefined ? 'age not seen' : duration(Math.max(0, now - valueSince));
  return `${secret}   ${location}  version ${currentVersion} (${age}) → ${currentVersion + 1}`;
}

function stepLines(steps: readonly PlanStep[], width: number, paint: Paint): string[] {
  const digits = String(steps.length).length;
  const name = Math.max(...steps.map(({ step }) => step.length));
  const indent = 3 + digits + 2 + name + 2;
  return steps.flatMap(({ step, text, objects }, index) => {
    // What a sentence names already is not named twice.
    const named = objects.filter((object) => !text.includes(object.split(' ').at(-1) ?? object));
    const [first = '', ...rest] = wrap([...named, ...(text === '' ? [] : [text])].join(', '), width - indent);
    const start = `   ${String(index + 1).padStart(digits)}  ${paint.bold(padEnd(step, name))}  `;
    return [`${start}${first}`.trimEnd(), ...rest.map((line) => `${' '.repeat(indent)}${line}`)];
  });
}

function noted(paint: Paint, tone: 'warn' | 'unknown' | 'fail', label: string, text: string, width: number): string[] {
  const [first = '', ...rest] = wrap(`${label}${text}`, width - 2);
  return [`  ${tint(paint, tone, first)}`, ...rest.map((line) => `    ${tint(paint, tone, line)}`)];
}

function undoLine({ secret, steps, undoUntil }: RotationPlan): string {
  if (undoUntil === undefined) return '! there is no way back once it has begun';
  const number = steps.findIndex(({ step }) => step === undoUntil) + 1;
  const until = number > 0 ? `step ${number}` : printable(undoUntil);
  return `undo until ${until}: agentops secrets rollback ${secret}`;
}
