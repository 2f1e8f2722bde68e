import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { configJsonSchema } from '../packages/core/src/config/json-schema.ts';
import { costReport } from '../packages/core/src/model/cost-report.ts';
import { report } from '../packages/core/src/model/report.ts';

/** Writes the JSON Schemas of agentops.yaml and of the JSON reports into `folder`, as the package publishes them. */
export function writeSchemas(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, schema: unknown): void => writeFileSync(join(folder, name), `${JSON.stringify(schema, undefined, 2)}\n`);
  write('agentops.schema.json', configJsonSchema());
  write('report.v1.schema.json', { ...z.toJSONSchema(report), title: 'agentops report, version 1' });
  write('cost-report.v1.schema.json', { ...z.toJSONSchema(costReport), title: 'agentops cost report, version 1' });
}
