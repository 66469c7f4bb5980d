// shell.js - the frame around every page behind the login: which organisation,
// where one can go (app/places.js), who is signed in.
//
// On a phone the same part is a drawer behind a button. While it is open the
// page behind takes no focus; Escape, a place, and a touch outside close it.

import { h, icon, replace } from '../app/dom.js';
import { logoOf } from '../app/brand.js';
import { places, within } from '../app/places.js';
import { go } from '../app/router.js';
import { loadMe, may, me, signInBy, signOut, user } from '../app/session.js';
import { avatar } from './avatar.js';
import { menu } from './menu.js';
import { toast } from './toast.js';
import { profileSaved } from '../app/profile.js';

const themes = { system: ['screen', 'As the system'], light: ['sun', 'Light'], dark: ['moon', 'Dark'] };
const organisation = () => me?.organisation || { name: '\u00a0' };
const face = (o) => avatar(o.name, { square: true, logo: o.id && o.id === me?.organisation.id && logoOf(me.branding) });

async function switchTo(org) {
	try {
		await signInBy('/auth/switch', { org: org.id });
		await loadMe();
		go('/dashboard/activity');
		toast(`You are in ${org.name} now.`);
	} catch (problem) {
		toast(`Still in ${organisation().name}: ${problem.message}`, { bad: true });
	}
}

const newOrganisation = () => import('./new-organisation.js').then((m) => m.default(switchTo));

function organisations() {
	const all = me?.organisations?.length ? me.organisations : me ? [{ ...me.organisation, role: me.role }] : [];
	return [{ heading: 'Your organisations' },
		...all.map((o) => ({ name: o.name, note: o.role, icon: face(o), checked: o.id === me.organisation.id, pick: () => { if (o.id !== me.organisation.id) switchTo(o); } })),
		'line', { name: 'New organisation', icon: 'plus', pick: newOrganisation }];
}

function setTheme(choice) {
	window.pulseTheme.choice = choice;
	profileSaved({ theme: choice }).catch(() => {});	// here it holds in any case
}

// Whether signing out succeeded the sign-in page says, where both ways lead.
const account = () => [
	{ heading: user.email || user.name },
	{ name: 'Profile', icon: 'person', href: '/dashboard/settings/profile' },
	{ name: 'Sign-in and sessions', icon: 'shield', href: '/dashboard/settings/security' },
	'line', { heading: 'Theme' },
	...Object.entries(themes).map(([choice, [mark, name]]) => ({ name, icon: mark, checked: window.pulseTheme.choice === choice, pick: () => setTheme(choice) })),
	'line', { name: 'Sign out', icon: 'out', pick: () => { signOut().catch(() => {}); } },
];

export class Shell {
	#address = ''; #org = h('button', { type: 'button', class: 'org-button' }); #who = h('button', { type: 'button', class: 'who-button' });
	#nav = h('ul'); #place = h('span', { class: 'phone-place' });

	constructor() {
		this.opener = h('button', { type: 'button', class: 'button bare opener', 'aria-label': 'Menu', 'aria-expanded': 'false', 'aria-controls': 'sidebar', onclick: () => this.drawer(true) }, icon('menu'));
		this.sidebar = h('div', { class: 'sidebar', id: 'sidebar' },
			menu({ button: this.#org, label: 'Organisations', items: organisations, wide: true }),
			h('nav', { class: 'nav', 'aria-label': 'Pages' }, this.#nav),
			h('div', { class: 'sidebar-end' }, menu({ button: this.#who, label: 'Your account', items: account, wide: true })));
		this.veil = h('div', { class: 'veil', onclick: () => this.drawer(false) });
		this.phone = h('div', { class: 'phone-bar' }, this.opener, h('img', { src: '/icon.svg', alt: '', width: 26, height: 26 }), this.#place);
		this.main = h('main');
		this.element = h('div', { class: 'shell' }, h('header', { class: 'frame' }, this.phone, this.sidebar), this.veil, this.main);
		this.sidebar.addEventListener('keydown', (event) => { if (event.key === 'Escape' && !event.defaultPrevented) this.drawer(false); });
		this.draw();
	}

	drawer(open) {
		if (open === this.element.hasAttribute('data-open')) return;
		this.element.toggleAttribute('data-open', open);
		this.opener.setAttribute('aria-expanded', String(open));
		this.main.inert = open;
		if (open) (this.#nav.querySelector('[aria-current]') || this.#org).focus(); else this.opener.focus();
	}

	// Who and what may have changed.
	draw() {
		const org = organisation();
		replace(this.#org, face(org), h('span', { class: 'unseen' }, 'Organisation: '), h('span', {}, h('strong', {}, org.name), h('small', {}, 'Pulse')), icon('choose'));
		replace(this.#who, avatar(user?.name || ''), h('span', { class: 'unseen' }, 'Your account: '), h('span', {}, h('strong', {}, user?.name), h('small', {}, user?.role)), icon('choose'));
		replace(this.#nav, places.filter(([, , , right]) => may(right)).map(([href, name, mark]) =>
			h('li', {}, h('a', { href, 'aria-current': within(href, this.#address) ? 'page' : null }, icon(mark), h('span', {}, name)))));
		this.#place.textContent = places.find(([href]) => within(href, this.#address))?.[1] || 'Pulse';
	}

	show(address, main) {
		this.#address = address;
		this.drawer(false);
		this.main.replaceWith(main);
		this.main = main;
		this.draw();
	}
}
