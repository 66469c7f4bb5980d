// tap.mjs - tests in JavaScript that print TAP: a test is a sentence and a
// function that throws when it is not so.
import { createRequire } from 'node:module';

// npm's packages are where check installed them, not beside this file.
export const require = createRequire((process.env.PULSE_NPM || '/nowhere') + '/');

let count = 0, failed = 0;

export async function test(sentence, body) {
  try {
    await body();
    console.log(`ok ${++count} - ${sentence}`);
  } catch (error) {
    failed++;
    console.log(`not ok ${++count} - ${sentence}`);
    console.log(String(error.stack || error).split('\n').slice(0, 8).map((l) => '# ' + l).join('\n'));
  }
}

export const note = (text) => console.log('# ' + text);

export function done() {
  console.log(`1..${count}`);
  process.exitCode = failed ? 1 : 0;
  // Nothing that was forgotten holds the others up.
  setTimeout(() => { console.log('# something of this test is still running'); process.exit(); }, 10000).unref();
}

export const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

// Wait until `probe` gives something true, or fail with the sentence.
export async function until(sentence, probe, ms = 10000) {
  const end = Date.now() + ms;
  for (;;) {
    const got = await probe();
    if (got) return got;
    if (Date.now() > end) throw new Error('waited in vain: ' + sentence);
    await sleep(20);
  }
}

export const quantile = (xs, q) => {
  const s = [...xs].sort((a, b) => a - b);
  return s[Math.min(s.length - 1, Math.floor(q * s.length))];
};
