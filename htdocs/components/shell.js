// shell.js - the frame: brand, navigation, who is signed in, theme, way out.

import { h, icon, replace } from '../app/dom.js';
import { api, signOut, user } from '../app/session.js';

const places = [['/dashboard/activity', 'Activity', 'activity']];
const themes = { system: ['screen', 'Theme: as the system'], light: ['sun', 'Theme: light'], dark: ['moon', 'Theme: dark'] };

function themeButton() {
	const button = h('button', { type: 'button', class: 'button bare', onclick() {
		const names = Object.keys(themes);
		window.pulseTheme.choice = names[(names.indexOf(window.pulseTheme.choice) + 1) % names.length];
		draw();
	} });
	const draw = () => {
		const [name, title] = themes[window.pulseTheme.choice];
		button.title = title;
		button.setAttribute('aria-label', title);
		replace(button, icon(name));
	};
	draw();
	return button;
}

// Whether it succeeded the sign-in page says, where both ways lead.
function signOutButton() {
	const button = h('button', { type: 'button', class: 'button bare', title: 'Sign out', 'aria-label': 'Sign out', onclick() {
		button.disabled = true;
		signOut().catch(() => {});
	} }, icon('out'));
	return button;
}

export function shell(address, main) {
	const organisation = h('small', {}, '\u00a0');
	api('GET', '/auth/me').then((me) => { organisation.textContent = me.organisation.name; }, () => {});
	return h('div', { class: 'shell' },
		h('header', { class: 'sidebar' },
			h('a', { class: 'brand', href: '/dashboard/activity' }, h('img', { src: '/icon.svg', alt: '', width: 30, height: 30 }), h('span', {}, 'Pulse', organisation)),
			h('nav', { class: 'nav', 'aria-label': 'Pages' }, h('ul', {}, places.map(([href, name, mark]) =>
				h('li', {}, h('a', { href, title: name, 'aria-label': name, 'aria-current': href === address ? 'page' : null }, icon(mark), h('span', {}, name)))))),
			h('div', { class: 'who' },
				h('div', {}, h('strong', {}, user.name), h('span', { class: 'soft' }, user.role)),
				h('div', { class: 'row' }, themeButton(), signOutButton()))),
		main);
}
