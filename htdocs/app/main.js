// main.js - begins: is somebody signed in, which page was asked for, and may he
// see it? The frame stays while pages change within it.

import { h, replace } from './dom.js';
import { find, go } from './router.js';
import * as session from './session.js';
import { wear } from './brand.js';
import { Watch } from './watch.js';
import { Shell } from '../components/shell.js';
import { toast } from '../components/toast.js';
import { noRight, trouble } from '../components/states.js';

const app = document.getElementById('app');
const watch = new Watch((list) => current?.changed?.(list), (data) => current?.progress?.(data));
let current = null, page = null, turn = 0, shell = null, drawFrame = null;

// A page's styles stand before it does.
const sheets = new Map();
function styled(name) {
	if (name && !sheets.has(name)) sheets.set(name, new Promise((done) => {
		document.head.append(h('link', { rel: 'stylesheet', href: `/styles/${name}.css`, onload: done, onerror: done }));
	}));
	return sheets.get(name);
}

const broken = (problem) => ({ default: () => ({ title: 'Not loaded', element: trouble('The page could not be loaded', problem, show) }) });

// ended: his organisation was deleted; an owner may take that back.
async function parts(wanted) {
	let ended = false;
	const [module, frame] = await Promise.all([
		wanted.load().catch(broken),
		wanted.frame && import(`../components/${wanted.frame}-frame.js`),
		...[wanted.styles].flat().map(styled),
		wanted.open || wanted.nobody || session.me || session.loadMe().catch((problem) => { ended = problem.status === 410; }),
	]);
	return { module, frame, ended };
}

async function show() {
	const mine = ++turn, wanted = find(location.pathname);
	if (!wanted.open && !session.user) {
		const back = location.pathname + location.search;
		return go(`/login${back === '/' ? '' : `?next=${encodeURIComponent(back)}`}`, { replace: true });
	}
	const { module, frame, ended } = await parts(wanted);
	if (mine !== turn || !wanted.open && !session.user) return;
	if (ended) return go('/dashboard/restore', { replace: true });
	const next = await Promise.resolve().then(() => made(module, wanted)).catch((problem) => { console.error(problem); return broken(problem).default(); });
	if (mine !== turn) return next.leave?.();
	current?.leave?.();
	page = wanted;
	current = next;
	document.title = `${current.title} · Pulse`;
	const alone = page.open || page.bare;
	const main = h('main', { id: 'main', tabindex: '-1', class: alone ? null : 'page' });
	drawFrame = frame ? frame.default(main, page.address, current.element) : replace(main, current.element) && null;
	stand(main, alone);
	watch.follow(session.user && !alone ? current.live : null, Boolean(session.user && !alone));
	if (current.enter) current.enter(); else main.focus({ preventScroll: true });
}

function made(module, page) {
	if (page.right && !session.me) return broken(new Error('Who you are could not be asked for')).default();
	if (!page.open && !session.may(page.right)) return { title: 'Not for your role', element: noRight(session.user.role) };
	return module.default({ address: page.address, parts: page.parts, query: new URLSearchParams(location.search) });
}

function stand(main, alone) {
	if (alone) {
		shell = null;
		wear(null);
		replace(app, main);
		return;
	}
	wear(session.me?.branding);
	if (!shell) replace(app, (shell = new Shell()).element);
	shell.show(page.address, main);
	if (!location.hash) scrollTo(0, 0);
}

// His role, his organisation's name or his teams may have changed: what stands
// is kept, unless it is the page itself that he may see no more, or now may.
session.events.addEventListener('me', ({ detail: before }) => {
	const { me } = session;
	wear(me.branding);
	shell?.draw();
	if (me.profile?.theme && me.profile.theme !== before?.profile?.theme) window.pulseTheme.choice = me.profile.theme;
	if (!before || before.id !== me.id || before.organisation.id !== me.organisation.id) return;
	if (before.role !== me.role) toast(`You are ${me.role} of ${me.organisation.name} now.`);
	if (String(before.rights) === String(me.rights) || !shell) return;
	if (page.right && before.rights.includes(page.right) !== session.may(page.right)) show();
	else {
		current.rights?.();
		drawFrame?.();
	}
});

addEventListener('popstate', show);
addEventListener('pulse:go', show);
session.events.addEventListener('signedout', () => go('/login?ended=1'));

session.renew().catch(() => false).then(show);
