import { expect } from 'vitest';
import type { RotationJournal } from '../../../packages/core/src/model/rotation.ts';
import type { RotationParts } from '../../../packages/core/src/secrets/parts.ts';
import type { Issuer } from '../../../packages/core/src/secrets/ports.ts';
import { rotateSecret } from '../../../packages/core/src/secrets/rotate/run.ts';
import type { Process, World } from './world.ts';

type Command = typeof rotateSecret;

/** A process whose parts differ from the world's in something. */
export function bent(world: World, bend: (parts: RotationParts) => Partial<RotationParts>): Process {
  const process = world.process();
  const plain = process.parts.bind(process);
  process.parts = () => {
    const parts = plain();
    return { ...parts, ...bend(parts) };
  };
  return process;
}

export const bentIssuer = (parts: RotationParts, change: Partial<Issuer>): Partial<RotationParts> =>
  parts.issuer ? { issuer: { ...parts.issuer, ...change } } : {};

export function journalOf(world: World): RotationJournal {
  const [text] = [...world.journals.values()].map((each) => each.text).slice(-1);
  return JSON.parse(text ?? '{}') as RotationJournal;
}

export const run = (process: Process, command: Command, more: Parameters<Process['run']>[1] = {}): ReturnType<Process['run']> =>
  process.run(command, more);

/** The number of the boundary of that name, in a run that nobody disturbs. */
export async function boundaryOf(world: World, name: string): Promise<number> {
  const process = world.process();
  await process.run(rotateSecret);
  const index = process.boundaries.indexOf(name);
  expect(index).toBeGreaterThan(0);
  return index;
}
