#!/usr/bin/env node
// browser.mjs - from the POST of a delivery to the line on the screen of a real
// browser, at RATE (50) deliveries a second, behind each web server.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { liveState, openBrowser, openPage } from '../tests/lib/browser.mjs';
import { Stack } from '../tests/lib/stack.mjs';
import { table, millis, quantile } from './lib/report.mjs';

const rate = Number(process.env.RATE || 50), seconds = 6 * Number(process.env.SECONDS_EACH);
const now = () => performance.timeOrigin + performance.now();

// The page's clock, against ours: the best of several tries.
async function clockOffset(page) {
  let best = { took: Infinity };
  for (let i = 0; i < 20; i++) {
    const before = now(), theirs = await page.evaluate(() => performance.timeOrigin + performance.now()), took = now() - before;
    if (took < best.took) best = { took, offset: theirs - before - took / 2 };
  }
  return best.offset;
}

// In the page: when each line came into the document, and when the next frame
// began: then the one that shows it has been painted.
function watch() {
  window.seen = {};
  const time = () => performance.timeOrigin + performance.now();
  new MutationObserver((changes) => {
    const came = time();
    for (const change of changes)
      for (const node of change.addedNodes) {
        const mark = /mark-(\d+)/.exec(node.textContent || '')?.[1];
        if (mark && !window.seen[mark]) {
          const line = window.seen[mark] = { came };
          requestAnimationFrame(() => { line.painted = time(); });
        }
      }
  }).observe(document.body, { childList: true, subtree: true });
}

async function measure(web) {
  const s = await Stack.start({ web });
  const owner = s.person('acme', 'owner');
  s.sql("INSERT INTO repository (org_id, host, github_id, full_name) VALUES (1, 'github.com', 5, 'acme/api')");
  await s.settled();
  const browser = await openBrowser();
  const page = await openPage(browser, s, { who: owner });
  await liveState(page, 'live');
  const offset = await clockOffset(page);
  await page.evaluate(watch);
  const sent = [], answered = [], posts = [];
  const began = now();
  for (let i = 0; i < rate * seconds; i++) {
    await sleep(Math.max(0, began + i * 1000 / rate - now()));
    const t = new Date().toISOString();
    sent[i] = now();
    posts.push(s.deliver('pull_request', { action: 'opened', repository: { id: 5, full_name: 'acme/api' }, pull_request: { id: i + 1, number: i + 1, state: 'open', title: `mark-${i}`,
      created_at: t, updated_at: t, user: { login: 'ann', id: 1, type: 'User' }, html_url: 'https://github.com/acme/api/pull/' + i } }, { id: randomUUID() })
      .then((r) => { answered[i] = r.status === 202 ? now() : NaN; }));
  }
  await Promise.all(posts);
  await sleep(2000);
  const seen = await page.evaluate(() => window.seen);
  await browser.close();
  await s.stop();
  const keep = sent.map((_, i) => i).filter((i) => i >= rate);	// the first second warms up
  const times = (pick) => keep.map(pick).filter((t) => t !== undefined);
  const row = (name, values) => [name, values.length, millis(quantile(values, 0.5)), millis(quantile(values, 0.99)), millis(Math.max(...values))];
  table(`POST to browser behind ${web}, ${rate} deliveries a second, ${keep.length} deliveries`, ['until', 'n', 'p50', 'p99', 'max'], [
    row('the answer', times((i) => answered[i] - sent[i])),
    row('the line is in the document', times((i) => seen[i] && seen[i].came - offset - sent[i])),
    row('its frame is on the screen', times((i) => seen[i]?.painted && seen[i].painted - offset - sent[i]))]);
}

for (const web of (process.env.WEB || 'lighttpd wstunnel apache').split(' ')) await measure(web);
