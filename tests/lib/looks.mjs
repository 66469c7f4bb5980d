// looks.mjs - pages in every size and theme: axe-core, what moves while they
// load, and pictures.
import assert from 'node:assert/strict';
import { accessible, openPage, sizes } from './browser.mjs';
import { contract } from './contract.mjs';

const pictures = process.env.PULSE_PICTURES;

// By one, from the first paint on. 0.1 is what counts as good.
const MOVES = 0.02;
const moved = (page) => page.evaluate(() => new Promise((done) => {
  new PerformanceObserver((list, observer) => { observer.disconnect(); done(list.getEntries().reduce((n, e) => n + e.value, 0)); }).observe({ type: 'layout-shift', buffered: true });
  setTimeout(done, 50, 0);
}));

async function look(browser, s, name, path, options) {
  const page = await openPage(browser, s, { path, viewport: sizes.desktop, before: contract(options) });
  await page.waitForSelector('h1');
  await page.waitForFunction(() => !document.querySelector('[aria-busy], .bones-box'));
  await page.evaluate(() => document.fonts.ready);
  const shift = await moved(page);
  assert.ok(shift < MOVES, `${name}: ${shift} moved while it was loaded`);
  let looks = 0;
  for (const [size, viewport] of Object.entries(sizes)) for (const colorScheme of ['light', 'dark']) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // Another theme has other colours and nothing else.
    await accessible(page, `${name}, ${size}, ${colorScheme}`, colorScheme === 'dark' ? ['color-contrast'] : undefined);
    if (pictures) await page.screenshot({ path: `${pictures}/${name}-${size}-${colorScheme}.png` });
    looks++;
  }
  assert.deepEqual(page.complaints, [], name);
  await page.context().close();
  return looks;
}

// rows: [name, path, options of contract()]. Two at a time.
export async function everyLook(browser, s, rows) {
  const left = [...rows];
  const some = async () => { let n = 0; for (let row; (row = left.shift());) n += await look(browser, s, ...row); return n; };
  const counts = await Promise.all([some(), some()]);
  return counts.reduce((a, b) => a + b, 0);
}
