import type { AuditRecord } from '../../model/rotation.ts';
import { effect, iso, type Run } from './run-state.ts';

/**
 * Appends an audit record of this rotation. At least once: a crash right after
 * it makes the resumed step append the same event again.
 */
export async function audit(run: Run, event: AuditRecord['event'], detail: string, version: number | null = null): Promise<void> {
  const { parts, keeper, options, context } = run;
  await effect(run, `audit ${event}`, () =>
    parts.audit.append({
      at: iso(context.host.clock.now()),
      by: options.by,
      secret: parts.entry.name,
      event,
      rotation: keeper.journal.id,
      version,
      detail,
    }),
  );
}
