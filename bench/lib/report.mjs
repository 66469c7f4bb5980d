// report.mjs - figures in columns.

import { quantile } from '../../tests/lib/tap.mjs';

export { quantile };
export const median = (xs) => quantile(xs, 0.5);
export const millis = (x) => (!Number.isFinite(x) ? '–' : `${x < 10 ? x.toFixed(2) : x.toFixed(1)} ms`);
export const ratio = (x) => (Number.isFinite(x) ? `× ${x.toFixed(2)}` : '–');
export const rate = (x) => `${Math.round(x).toLocaleString('en')}/s`;

// A titled table; the first column to the left, the others to the right.
export function table(title, head, rows) {
  const lines = [head, ...rows].map((r) => r.map(String));
  const width = head.map((_, c) => Math.max(...lines.map((l) => [...(l[c] ?? '')].length)));
  console.log(title);
  for (const line of lines)
    console.log('  ' + line.map((x, c) => (c ? ' '.repeat(width[c] - [...x].length) + x : x + ' '.repeat(width[c] - [...x].length))).join('   ').trimEnd());
}
