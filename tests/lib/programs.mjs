// programs.mjs - the programs of a build that have routes, and those routes:
// found, not listed, so that none can be forgotten.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const build = process.env.PULSE_BUILD;

// Whatever was linked with lib/web's serve().
export const programs = fs.readdirSync(build).filter((name) => {
  const file = path.join(build, name), at = fs.statSync(file);
  return at.isFile() && at.mode & 0o111 && at.size < 64 << 20 && !/^(fuzz|unit|lt)[_-]/.test(name) && fs.readFileSync(file).includes('--routes=openapi');
}).sort();

const say = (program, option) => execFileSync(path.join(build, program), [option], { encoding: 'utf8', maxBuffer: 1 << 26 });

// [{ program, method, path, scope, least, params: [{ name, in, required, schema }] }]
export function routes() {
  return programs.flatMap((program) => {
    const table = say(program, '--routes').trim();
    if (!table) return [];
    const api = JSON.parse(say(program, '--routes=openapi'));
    return table.split('\n').map((line) => {
      const [method, route, scope, least] = line.split('\t');
      const op = api[route][method.toLowerCase()];
      const body = Object.values(op.requestBody?.content ?? {})[0]?.schema ?? {};
      const params = [...(op.parameters ?? []), ...Object.entries(body.properties ?? {}).map(([name, schema]) => ({ name, in: 'body', schema, required: body.required?.includes(name) ?? false }))];
      const raw = Object.keys(op.requestBody?.content ?? {}).find((type) => !/json|form/.test(type));
      return { program, raw, method, path: route, scope, least: least === '-' ? null : least, params, form: !!op.requestBody?.content?.['application/x-www-form-urlencoded'] };
    });
  });
}
