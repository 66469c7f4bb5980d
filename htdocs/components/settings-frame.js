// settings-frame.js - the sections of the settings beside the one that is shown.
//
// default (main, address, page) puts both into main and returns a function that
// draws the sections again, for when the person's rights have changed.

import { h, icon, replace } from '../app/dom.js';
import { settings, within } from '../app/places.js';
import { may } from '../app/session.js';

export default function settingsFrame(main, address, page) {
	const nav = h('nav', { class: 'sections', 'aria-label': 'Settings' });
	const draw = () => {
		const groups = settings.map(([name, rows]) => [name, rows.filter(([, , , right]) => may(right))]).filter(([, rows]) => rows.length);
		replace(nav, groups.map(([name, rows], i) => h('div', { class: 'section-group' }, h('h2', { id: `settings-${i}` }, name),
			h('ul', { 'aria-labelledby': `settings-${i}` }, rows.map(([href, label, mark]) => h('li', {}, h('a', { href, 'aria-current': within(href, address) ? 'page' : null }, icon(mark), label)))))));
	};
	draw();
	replace(main, h('div', { class: 'settings' }, nav, h('div', { class: 'settings-page' }, page)));
	// On a phone the sections are one line that may be scrolled.
	requestAnimationFrame(() => {
		const here = nav.querySelector('[aria-current]');
		if (here && nav.scrollWidth > nav.clientWidth) nav.scrollLeft = here.offsetLeft - 60;
	});
	return draw;
}
