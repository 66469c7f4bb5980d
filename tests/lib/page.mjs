// page.mjs - the page's own live client (htdocs/app/live.js) run by Node, for
// tests of what reaches a subscriber without a browser.
import fs from 'node:fs';
import { require } from './tap.mjs';

const WS = require('ws');

export async function pageClient(s, who, { block = false } = {}) {
  const cookies = new Map();
  const bare = globalThis.fetch;
  globalThis.fetch = async (url, options = {}) => {
    const r = await bare(url.startsWith('http') ? url : s.url + url, { ...options, cache: undefined, credentials: undefined });
    // getSetCookie() is not in Debian 12's Node.js.
    for (const c of (r.headers.get('set-cookie') || '').split(/, (?=pulse_)/)) cookies.set(c.split('=')[0], c.split(';')[0].split('=')[1]);
    return r;
  };
  globalThis.localStorage = { getItem: () => '1', setItem() {}, removeItem() {} };
  globalThis.addEventListener ||= () => {};
  globalThis.removeEventListener ||= () => {};
  globalThis.CustomEvent ||= class extends Event { constructor(n, o) { super(n); this.detail = o?.detail; } };
  globalThis.WebSocket = class extends WS {
    constructor(url, protocol) { super(block ? 'ws://127.0.0.1:1/' : url, protocol, { headers: { cookie: `pulse_live=${cookies.get('pulse_live')}` }, rejectUnauthorized: false }); this.on('error', () => {}); }
  };
  // Node takes a .js for a module only where a package.json says so.
  const app = s.dir + '/app';
  fs.cpSync(process.env.PULSE_TOP + '/htdocs/app', app, { recursive: true });
  fs.writeFileSync(app + '/package.json', '{"type":"module"}');
  const session = await import(app + '/session.js');
  await session.signIn(who.email, who.password);
  const { Live } = await import(app + '/live.js');
  return new Live();
}
