// browser.mjs - chromium, driven by playwright-core, and what every page must
// keep: no console error, no request elsewhere.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { require } from './tap.mjs';

const { chromium } = require('playwright-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export async function openBrowser(extra = []) {
  return chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', ...extra] });
}

// A page with its complaints collected: errors of the console, requests that
// leave the installation. `before` stands between it and the network, which
// works from the first load on only.
export async function openPage(browser, s, { who, path = '/', before, ...context } = {}) {
  const ctx = await browser.newContext({ ignoreHTTPSErrors: true, ...context });
  const page = await ctx.newPage();
  page.complaints = [];
  page.expected = [];	// what a test provokes: regular expressions
  page.on('console', (m) => { if (m.type() === 'error' && !page.expected.some((r) => r.test(m.text()))) page.complaints.push(m.text()); });
  page.on('pageerror', (e) => page.complaints.push(e.message));
  page.on('request', (r) => { if (!r.url().startsWith(s.url) && !/^(data|blob):/.test(r.url())) page.complaints.push('leaves: ' + r.url()); });
  await before?.(page);
  await page.goto(s.url + path);
  if (who) await signIn(page, who);
  return page;
}

export async function signIn(page, who) {
  await page.waitForSelector('#email');
  await page.fill('#email', who.email);
  await page.fill('#password', who.password);
  await page.press('#password', 'Enter');
  await page.waitForSelector('.topbar');
}

export async function signOut(page) {
  await page.click('.who-button');
  await page.click('role=menuitem[name="Sign out"]');
}

export const liveState = (page, state, timeout = 15000) => page.waitForFunction((x) => document.querySelector('.live')?.dataset.state === x, state, { timeout });
export const sees = (page, text, timeout = 5000) => page.waitForFunction((t) => [...document.querySelectorAll('.summary')].some((e) => e.textContent.includes(t)), text, { timeout });

export const sizes = { desktop: { width: 1280, height: 860 }, phone: { width: 390, height: 844 } };

const everything = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// In a world of its own, so that the page's policy stays as it is; once for each
// document.
const worlds = new WeakMap();
async function axeWorld(page) {
  if (!worlds.has(page)) page.on('domcontentloaded', () => worlds.set(page, null));
  if (!worlds.get(page)) {
    const client = await page.context().newCDPSession(page);
    const { frameTree } = await client.send('Page.getFrameTree');
    const { executionContextId } = await client.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id });
    await client.send('Runtime.evaluate', { expression: axe, contextId: executionContextId });
    worlds.set(page, [client, executionContextId]);
  }
  return worlds.get(page);
}

// No violation of axe-core (of all its rules, or of those named), and nothing
// wider than the screen.
export async function accessible(page, what, rules = everything) {
  // While a dialog fades in its colours are others.
  await page.waitForFunction(() => document.getAnimations().every((x) => x.playState === 'finished' || x.effect.getComputedTiming().endTime === Infinity));
  const [client, executionContextId] = await axeWorld(page);
  const { result } = await client.send('Runtime.evaluate', { contextId: executionContextId, awaitPromise: true, returnByValue: true,
    expression: `axe.run(document, { resultTypes: ['violations'], runOnly: ${JSON.stringify(rules)} }).then(r => JSON.stringify(r.violations.map(v => [v.id, v.nodes.map(n => n.html + ' ' + n.failureSummary)])))` });
  assert.equal(result.value, '[]', what);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1), false, `${what}: it scrolls sideways`);
}
