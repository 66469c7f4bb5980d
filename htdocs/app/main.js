// main.js - begins: is somebody signed in, and which page was asked for?

import { h, replace } from './dom.js';
import { find, go } from './router.js';
import * as session from './session.js';
import { shell } from '../components/shell.js';

const app = document.getElementById('app');
let current = null, turn = 0;

async function show() {
	const mine = ++turn;
	const page = find(location.pathname);
	if (!page.open && !session.user) {
		const back = location.pathname + location.search;
		return go(`/login${back === '/' ? '' : `?next=${encodeURIComponent(back)}`}`, { replace: true });
	}
	const module = await page.load();
	if (mine !== turn) return;
	current?.leave?.();
	current = module.default({ address: page.address, query: new URLSearchParams(location.search) });
	document.title = `${current.title} · Pulse`;
	const main = h('main', { id: 'main', tabindex: '-1', class: page.open ? null : 'page' }, current.element);
	replace(app, page.open ? main : shell(page.address, main));
	if (current.enter) current.enter(); else main.focus({ preventScroll: true });
}

addEventListener('popstate', show);
addEventListener('pulse:go', show);
session.events.addEventListener('signedout', () => go('/login?ended=1'));

session.renew().catch(() => false).then(show);
