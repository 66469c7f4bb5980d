// browser.mjs - chromium, driven by playwright-core, and what every page must
// keep: no console error, no request elsewhere.
import { require } from './tap.mjs';

const { chromium } = require('playwright-core');

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

export const liveState = (page, state, timeout = 15000) => page.waitForFunction((x) => document.querySelector('.live')?.dataset.state === x, state, { timeout });
export const sees = (page, text, timeout = 5000) => page.waitForFunction((t) => [...document.querySelectorAll('.summary')].some((e) => e.textContent.includes(t)), text, { timeout });
